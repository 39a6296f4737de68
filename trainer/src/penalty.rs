//! The gradient penalty.

use tch::Tensor;

use crate::discriminator::Discriminator;
use crate::loss::total;

/// R1 (Mescheder et al., 2018): the squared norm of the gradient of a picture's logit by its pixels,
/// mean over `images [B, 3, H, W]`, of which the discriminator sees what `show` makes of them; one
/// number that can be differentiated by the weights. Logits of several heads are added first. The
/// images' own history is left out.
pub fn r1_penalty(
    discriminator: &dyn Discriminator,
    images: &Tensor,
    labels: Option<&Tensor>,
    show: &dyn Fn(&Tensor) -> Tensor,
) -> Tensor {
    let images = images.detach().set_requires_grad(true);
    let logits = discriminator.logits(&show(&images), labels);
    let sum = total(&logits, |logits| logits.sum(logits.kind()));
    let gradients = Tensor::run_backward(&[sum], &[&images], true, true);
    gradients[0].square().sum_dim_intlist([1, 2, 3].as_slice(), false, None).mean(None)
}

/// Lazy regularisation (Karras et al., 2020): the penalty only every few steps, as much heavier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LazyR1 {
    /// Weight of the penalty, halved as in the paper that introduced it.
    pub gamma: f64,
    /// Steps from one penalty to the next, from 1.
    pub interval: u64,
}

impl LazyR1 {
    /// What the penalty of step `step` is to be multiplied by; `None` where it is left out.
    pub fn weight(&self, step: u64) -> Option<f64> {
        let interval = self.interval.max(1);
        let due = self.gamma > 0.0 && step.is_multiple_of(interval);
        due.then_some(self.gamma / 2.0 * interval as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_penalty_comes_every_few_steps_and_as_much_heavier() {
        let lazy = LazyR1 { gamma: 0.3, interval: 8 };
        let weights = (0..17).map(|step| lazy.weight(step)).collect::<Vec<_>>();
        assert_eq!(weights.iter().flatten().copied().collect::<Vec<_>>(), [0.3 / 2.0 * 8.0; 3]);
        assert!(weights[0].is_some() && weights[8].is_some() && weights[16].is_some());
        assert_eq!(LazyR1 { gamma: 0.0, interval: 8 }.weight(0), None);
    }
}
