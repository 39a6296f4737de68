//! Convolutions for training, as they are or as branches that are one when computed.

use tch::nn::Path;
use tch::{Kind, Tensor};

/// Inner channels of the branch that widens, for each of its own.
const WIDENING: i64 = 2;

/// A convolution of an odd side that pads with zeros: weight `[out, in, side, side]` and bias `[out]`.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor,
    bias: Tensor,
    branches: Option<Branches>,
}

/// What is added to the kernel of a 3x3 convolution while it is trained: a 1x1 convolution, and a 1x1,
/// a 3x3 and another 1x1 one after another, with more channels between (after ECBSR, Zhang et al.,
/// 2021, and SPAN, Wan et al., 2024). All are linear, so they are one kernel.
#[derive(Debug)]
struct Branches {
    /// `[out, in]`.
    point: Tensor,
    /// `[wide, in]`, `[wide, wide, 3, 3]` and `[out, wide]`.
    chain: [Tensor; 3],
}

impl Conv {
    /// Weights are drawn so that normal inputs give outputs of deviation `gain`; biases are zero.
    pub fn new(path: &Path<'_>, inputs: usize, outputs: usize, side: usize, gain: f64) -> Self {
        let [inputs, outputs, side] = [inputs, outputs, side].map(|n| n.cast_signed() as i64);
        let weight = normal(path, &[outputs, inputs, side, side]) * gain;
        Self {
            weight: path.add("weight", weight, true),
            bias: path.zeros("bias", &[outputs]),
            branches: None,
        }
    }

    /// The 3x3 convolution with branches, which add nothing before they are trained.
    pub fn branched(self, path: &Path<'_>) -> Self {
        let size = self.weight.size();
        let (outputs, inputs) = (size[0], size[1]);
        let wide = WIDENING * inputs.max(outputs);
        let path = &(path / "branch");
        let branches = Branches {
            point: path.zeros("point", &[outputs, inputs]),
            chain: [
                path.add("widen", normal(path, &[wide, inputs]), true),
                path.add("middle", normal(path, &[wide, wide, 3, 3]), true),
                path.zeros("narrow", &[outputs, wide]),
            ],
        };
        Self { branches: Some(branches), ..self }
    }

    /// The kernel `[out, in, side, side]`, branches included.
    pub fn kernel(&self) -> Tensor {
        match &self.branches {
            None => self.weight.shallow_clone(),
            Some(branches) => &self.weight + branches.kernel(),
        }
    }

    /// The bias `[out]`.
    pub fn bias(&self) -> &Tensor {
        &self.bias
    }

    /// `x [B, in, h, w]` to `[B, out, h, w]`, in the kind of `x`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        convolve(x, &self.kernel(), &self.bias)
    }
}

impl Branches {
    fn kernel(&self) -> Tensor {
        let [widen, middle, narrow] = &self.chain;
        let (outputs, inputs) = (self.point.size()[0], self.point.size()[1]);
        // [wide, 3, 3, in], then [out, 3, 3, in].
        let widened = middle.permute([0, 2, 3, 1]).matmul(widen);
        let chain = narrow.matmul(&widened.flatten(1, 3)).view([outputs, 3, 3, inputs]);
        let point = self.point.view([outputs, inputs, 1, 1]).constant_pad_nd([1, 1, 1, 1]);
        chain.permute([0, 3, 1, 2]) + point
    }
}

/// `x` convolved with a kernel of an odd side, zeros around.
pub fn convolve(x: &Tensor, kernel: &Tensor, bias: &Tensor) -> Tensor {
    let (kernel, bias) = (kernel.to_kind(x.kind()), bias.to_kind(x.kind()));
    x.conv2d(&kernel, Some(bias), 1, kernel.size()[3] / 2, 1, 1)
}

/// A tensor `[out, ...]` with which normal inputs give outputs of deviation 1.
fn normal(path: &Path<'_>, shape: &[i64]) -> Tensor {
    let inputs: i64 = shape[1..].iter().product();
    Tensor::randn(shape, (Kind::Float, path.device())) / (inputs as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::nn::VarStore;
    use tch::{Device, no_grad};

    /// The branches one after another, as layers of their own.
    fn in_turn(conv: &Conv, x: &Tensor) -> Tensor {
        let branches = conv.branches.as_ref().unwrap();
        let plain = |x: &Tensor, kernel: &Tensor| {
            x.conv2d(kernel, None::<&Tensor>, 1, kernel.size()[3] / 2, 1, 1)
        };
        let point = |x: &Tensor, w: &Tensor| plain(x, &w.unsqueeze(2).unsqueeze(3));
        let [widen, middle, narrow] = &branches.chain;
        let chain = point(&plain(&point(x, widen), middle), narrow);
        plain(x, &conv.weight) + point(x, &branches.point) + chain
    }

    #[test]
    fn branches_are_one_kernel() {
        tch::manual_seed(4);
        let store = VarStore::new(Device::Cpu);
        let path = &store.root();
        let conv = Conv::new(path, 5, 7, 3, 1.0).branched(path);
        let x = Tensor::randn([2, 5, 6, 4], (Kind::Float, Device::Cpu));
        let untrained = convolve(&x, &conv.weight, &conv.bias);
        assert_eq!(conv.forward(&x), untrained);
        let branches = conv.branches.as_ref().unwrap();
        no_grad(|| {
            for zeros in [&branches.point, &branches.chain[2]] {
                let _ = zeros.shallow_clone().normal_(0.0, 0.3);
            }
        });
        let apart = (conv.forward(&x) - in_turn(&conv, &x)).abs().max().double_value(&[]);
        let added = (conv.forward(&x) - untrained).abs().max().double_value(&[]);
        assert!(apart < 1e-5 && added > 0.3, "{apart}, {added}");
    }
}
