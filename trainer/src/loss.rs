//! Adversarial losses.

use tch::{Kind, Tensor};

/// A pair of losses, one for each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Losses {
    /// `softplus(-D(real)) + softplus(D(fake))` against `softplus(-D(fake))` (Goodfellow et al.,
    /// 2014), usually with [`r1_penalty`](crate::penalty::r1_penalty).
    NonSaturating,
    /// `max(0, 1 - D(real)) + max(0, 1 + D(fake))` against `-D(fake)` (Lim and Ye, 2017).
    Hinge,
}

impl Losses {
    /// A discriminator's loss for logits of real pictures.
    fn real(self, logits: &Tensor) -> Tensor {
        match self {
            Self::NonSaturating => (-logits).softplus(),
            Self::Hinge => (-logits + 1.0).relu(),
        }
    }

    /// A discriminator's loss for logits of generated pictures.
    fn fake(self, logits: &Tensor) -> Tensor {
        match self {
            Self::NonSaturating => logits.softplus(),
            Self::Hinge => (logits + 1.0).relu(),
        }
    }

    fn generator(self, logits: &Tensor) -> Tensor {
        match self {
            Self::NonSaturating => (-logits).softplus(),
            Self::Hinge => -logits,
        }
    }
}

/// What a discriminator minimises, given its logits of real and of generated pictures: the mean
/// within every tensor, summed over tensors; one number, float32.
pub fn discriminator_loss(losses: Losses, real: &[Tensor], fake: &[Tensor]) -> Tensor {
    total(real, |logits| losses.real(logits)) + total(fake, |logits| losses.fake(logits))
}

/// What a generator minimises, given the discriminator's logits of its pictures: the mean within
/// every tensor, summed over tensors; one number, float32.
pub fn generator_loss(losses: Losses, fake: &[Tensor]) -> Tensor {
    total(fake, |logits| losses.generator(logits))
}

/// How far colours `[B, 3, H, W]` lie outside their nominal range: the mean of `max(0, |x| - 1)²`; one
/// number, float32.
pub fn range_penalty(images: &Tensor) -> Tensor {
    (images.to_kind(Kind::Float).abs() - 1.0).relu().square().mean(Kind::Float)
}

/// The sum over tensors of what `loss` makes of each: means, float32.
pub(crate) fn total(logits: &[Tensor], loss: impl Fn(&Tensor) -> Tensor) -> Tensor {
    logits.iter().map(|logits| loss(&logits.to_kind(Kind::Float)).mean(Kind::Float)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(numbers: &[f32]) -> Tensor {
        Tensor::from_slice(numbers).view([-1, 1])
    }

    #[test]
    fn losses_are_those_of_the_definition() {
        let (real, fake) = ([0.5f32, -2.0], [1.5f32, -0.25]);
        let softplus = |x: f32| f64::from(x).exp().ln_1p();
        let mean =
            |numbers: [f32; 2], f: &dyn Fn(f32) -> f64| numbers.map(f).iter().sum::<f64>() / 2.0;
        let check = |losses, expected: [f64; 2]| {
            let heads = |numbers: &[f32]| [values(numbers), values(numbers)];
            let d = discriminator_loss(losses, &heads(&real), &heads(&fake));
            let g = generator_loss(losses, &heads(&fake));
            for (is, should) in [d, g].iter().zip(expected) {
                assert!((is.double_value(&[]) - 2.0 * should).abs() < 1e-5, "{losses:?}");
            }
        };
        let d = mean(real, &|x| softplus(-x)) + mean(fake, &softplus);
        check(Losses::NonSaturating, [d, mean(fake, &|x| softplus(-x))]);
        check(Losses::Hinge, [(0.5 + 3.0) / 2.0 + (2.5 + 0.75) / 2.0, -1.25 / 2.0]);
    }

    #[test]
    fn colours_in_their_range_cost_nothing() {
        let images = Tensor::from_slice(&[-1.0f32, 0.3, 1.0, 3.0, -2.0]);
        assert!((range_penalty(&images).double_value(&[]) - (4.0 + 1.0) / 5.0).abs() < 1e-6);
        assert_eq!(range_penalty(&images.narrow(0, 0, 3)).double_value(&[]), 0.0);
    }
}
