//! Linear layers, plain and scaled.

use tch::nn::Path;
use tch::{Kind, Tensor};

/// What a linear layer multiplies its weights by when it computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gain {
    /// Nothing: `y = W x + b`.
    Plain,
    /// StyleGAN's equalised learning rate: `y = W x lr/sqrt(in) + b lr`. Weights start with
    /// deviation `1/lr`.
    Equalised(f64),
}

/// A linear layer: weight `[out, in]` and bias `[out]` under `weight` and `bias` of its path.
#[derive(Debug)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
    gain: Gain,
}

impl Linear {
    /// A layer whose weights are drawn from a normal distribution: of deviation `1/sqrt(in)` for
    /// plain ones, `1/lr` for equalised ones, so that both keep the scale of their input. Biases
    /// start at zero.
    pub fn new(path: &Path<'_>, inputs: usize, outputs: usize, gain: Gain) -> Self {
        let (inputs, outputs) = (inputs.cast_signed() as i64, outputs.cast_signed() as i64);
        let deviation = match gain {
            Gain::Plain => 1.0 / (inputs as f64).sqrt(),
            Gain::Equalised(lr) => 1.0 / lr,
        };
        let weight = Tensor::randn([outputs, inputs], (Kind::Float, path.device())) * deviation;
        let bias = Tensor::zeros([outputs], (Kind::Float, path.device()));
        Self { weight: path.add("weight", weight, true), bias: path.add("bias", bias, true), gain }
    }

    /// `x [..., in]` to `[..., out]`, in the kind of `x`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let (weight, bias) = self.scaled();
        x.linear(&weight.to_kind(x.kind()), Some(bias.to_kind(x.kind())))
    }

    /// Weight and bias with the gain applied, float32.
    pub fn scaled(&self) -> (Tensor, Tensor) {
        match self.gain {
            Gain::Plain => (self.weight.shallow_clone(), self.bias.shallow_clone()),
            Gain::Equalised(lr) => {
                let inputs = self.weight.size()[1] as f64;
                (&self.weight * (lr / inputs.sqrt()), &self.bias * lr)
            }
        }
    }

    /// The weight as stored, `[out, in]`.
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// The bias as stored, `[out]`.
    pub fn bias(&self) -> &Tensor {
        &self.bias
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;
    use tch::nn::VarStore;

    #[test]
    fn both_gains_keep_the_scale_of_normal_inputs() {
        for gain in [Gain::Plain, Gain::Equalised(0.1)] {
            tch::manual_seed(1);
            let store = VarStore::new(Device::Cpu);
            let layer = Linear::new(&store.root(), 256, 512, gain);
            let y = layer.forward(&Tensor::randn([64, 256], (Kind::Float, Device::Cpu)));
            let deviation = y.std(true).double_value(&[]);
            assert!((deviation - 1.0).abs() < 0.05, "{gain:?}: {deviation}");
        }
    }

    #[test]
    fn the_kind_is_that_of_the_input() {
        let store = VarStore::new(Device::Cpu);
        let layer = Linear::new(&store.root(), 3, 2, Gain::Plain);
        let x = Tensor::ones([1, 3], (Kind::BFloat16, Device::Cpu));
        assert_eq!(layer.forward(&x).kind(), Kind::BFloat16);
    }
}
