//! Convolutions: frozen ones with random weights, and trained ones with spectral norm.

use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

/// What a norm is kept above before something is divided by it.
const EPSILON: f64 = 1e-12;

/// Numbers from ±1/sqrt(`fan_in`), as PyTorch's convolutions start with.
fn uniform(path: &Path<'_>, name: &str, shape: &[i64], fan_in: i64, trained: bool) -> Tensor {
    let bound = 1.0 / (fan_in as f64).sqrt();
    let values = Tensor::empty(shape, (Kind::Float, path.device())).uniform_(-bound, bound);
    path.add(name, values, trained)
}

/// A convolution whose random weights are never trained: `weight` and `bias` of its path.
#[derive(Debug)]
pub struct FrozenConv {
    weight: Tensor,
    bias: Tensor,
}

impl FrozenConv {
    /// A convolution of square kernels.
    pub fn new(path: &Path<'_>, inputs: i64, outputs: i64, kernel: i64) -> Self {
        let fan_in = inputs * kernel * kernel;
        Self {
            weight: uniform(path, "weight", &[outputs, inputs, kernel, kernel], fan_in, false),
            bias: uniform(path, "bias", &[outputs], fan_in, false),
        }
    }

    /// Convolves `x [B, inputs, H, W]`.
    pub fn forward(&self, x: &Tensor, stride: i64, padding: i64) -> Tensor {
        let (weight, bias) = self.in_kind_of(x);
        x.conv2d(&weight, Some(&bias), [stride; 2], [padding; 2], [1, 1], 1)
    }

    /// The transposed convolution of `x`, which must have as many channels as come out.
    pub fn transposed(&self, x: &Tensor, stride: i64) -> Tensor {
        let (weight, bias) = self.in_kind_of(x);
        x.conv_transpose2d(&weight, Some(&bias), [stride; 2], [0, 0], [0, 0], 1, [1, 1])
    }

    fn in_kind_of(&self, x: &Tensor) -> (Tensor, Tensor) {
        (self.weight.to_kind(x.kind()), self.bias.to_kind(x.kind()))
    }
}

/// A 4x4 convolution without bias whose weight, as a matrix `[outputs, inputs · 16]`, is divided by
/// its largest singular value (Miyato et al., 2018): `weight` and, not trained, `weight_u` of its
/// path.
///
/// As in `torch.nn.utils.spectral_norm`, every computation of the weight takes one step of the power
/// iteration from where the last one came to (`weight_u`, the left singular vector), and the gradient
/// flows through the singular value with both vectors held.
#[derive(Debug)]
pub struct SpectralConv {
    weight: Tensor,
    left: Tensor,
}

impl SpectralConv {
    /// Rows and columns of the kernel.
    pub const KERNEL: i64 = 4;

    /// A convolution with random weights.
    pub fn new(path: &Path<'_>, inputs: i64, outputs: i64) -> Self {
        let fan_in = inputs * Self::KERNEL * Self::KERNEL;
        let shape = [outputs, inputs, Self::KERNEL, Self::KERNEL];
        let weight = uniform(path, "weight", &shape, fan_in, true);
        let left = unit(&Tensor::randn([outputs], (Kind::Float, path.device())));
        Self { weight, left: path.add("weight_u", left, false) }
    }

    /// Convolves `x [B, inputs, H, W]`, in the kind of `x`.
    pub fn forward(&self, x: &Tensor, stride: i64, padding: i64) -> Tensor {
        let weight = self.normalised().to_kind(x.kind());
        x.conv2d(&weight, None::<&Tensor>, [stride; 2], [padding; 2], [1, 1], 1)
    }

    /// The weight divided by its singular value, after one step of the power iteration.
    fn normalised(&self) -> Tensor {
        let matrix = self.weight.flatten(1, -1);
        let (left, right) = no_grad(|| {
            let right = unit(&matrix.tr().mv(&self.left));
            let left = unit(&matrix.mv(&right));
            self.left.shallow_clone().copy_(&left);
            (left, right)
        });
        &self.weight / left.dot(&matrix.mv(&right))
    }
}

/// `x` at length 1.
fn unit(x: &Tensor) -> Tensor {
    x / x.norm().clamp_min(EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;
    use tch::nn::VarStore;

    fn largest_singular_value(weight: &Tensor) -> f64 {
        let (_, values, _) = weight.flatten(1, -1).svd(true, false);
        values.max().double_value(&[])
    }

    #[test]
    fn the_spectral_norm_converges_to_one() {
        tch::manual_seed(3);
        let store = VarStore::new(Device::Cpu);
        let conv = SpectralConv::new(&store.root(), 5, 7);
        let first = largest_singular_value(&conv.normalised());
        assert!(first > 1.01, "one step of the power iteration is not enough: {first}");
        (0..200).for_each(|_| drop(conv.normalised()));
        let weight = conv.normalised();
        let norm = largest_singular_value(&weight);
        assert!((norm - 1.0).abs() < 1e-4, "{norm}");
        let difference = weight * largest_singular_value(&conv.weight) - &conv.weight;
        assert!(difference.abs().max().double_value(&[]) < 1e-4);
    }

    /// With both vectors held, the derivative of `sum(G W/σ)` is `(G - <G, W/σ> u v') / σ`.
    #[test]
    fn the_gradient_flows_through_the_singular_value() {
        tch::manual_seed(4);
        let store = VarStore::new(Device::Cpu);
        let conv = SpectralConv::new(&store.root(), 2, 3);
        let matrix = conv.weight.detach().flatten(1, -1);
        let right = unit(&matrix.tr().mv(&conv.left));
        let upstream = Tensor::randn(conv.weight.size(), (Kind::Float, Device::Cpu));
        let normalised = conv.normalised();
        (&normalised * &upstream).sum(Kind::Float).backward();
        let sigma = conv.left.dot(&matrix.mv(&right));
        let inner = (&upstream * normalised.detach()).sum(Kind::Float);
        let should = (upstream.flatten(1, -1) - inner * conv.left.outer(&right)) / sigma;
        let difference = (conv.weight.grad().flatten(1, -1) - should).abs().max();
        assert!(difference.double_value(&[]) < 1e-5, "{difference:?}");
    }
}
