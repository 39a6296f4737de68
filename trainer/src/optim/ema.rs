//! The running average of a network's weights.

use tch::nn::VarStore;
use tch::{Tensor, no_grad};

use crate::nn::store::named;

/// An exponential average of the trained tensors of one store in another, whose memory is counted in
/// images; every other tensor is copied.
#[derive(Debug)]
pub struct Ema {
    half_life: f64,
    ramp_up: Option<f64>,
    averaged: Vec<(Tensor, Tensor)>,
    copied: Vec<(Tensor, Tensor)>,
}

impl Ema {
    /// An average of `source` in `average`, two stores of the same names and shapes. After
    /// `half_life` images a weight counts half; with a ramp-up no longer than `ramp_up` times the
    /// images seen so far, so that the random start is forgotten soon. What `source` trains is what
    /// requires gradients now.
    ///
    /// # Errors
    /// Which tensor differs between the stores, in words.
    pub fn new(
        source: &VarStore,
        average: &VarStore,
        half_life: f64,
        ramp_up: Option<f64>,
    ) -> Result<Self, String> {
        let (source, mut targets) = (named(source), named(average));
        let (mut averaged, mut copied) = (Vec::new(), Vec::new());
        for (name, tensor) in source {
            let target = targets.remove(&name).filter(|target| target.size() == tensor.size());
            let target =
                target.ok_or_else(|| format!("the average has no {name} of this shape"))?;
            let pairs = if tensor.requires_grad() { &mut averaged } else { &mut copied };
            pairs.push((tensor, target));
        }
        match targets.keys().next() {
            Some(name) => Err(format!("the average has a {name} that the network has not")),
            None => Ok(Self { half_life, ramp_up, averaged, copied }),
        }
    }

    /// Share that the average keeps when `batch` images more have been seen, `seen` in all:
    /// `0.5^(batch / min(half life, ramp-up seen))`.
    pub fn decay(&self, batch: u64, seen: u64) -> f64 {
        let limit = self.ramp_up.map_or(f64::INFINITY, |ramp| ramp * seen as f64);
        0.5f64.powf(batch as f64 / self.half_life.min(limit).max(1e-8))
    }

    /// Moves the average on after a step of `batch` images, `seen` in all.
    pub fn update(&mut self, batch: u64, seen: u64) {
        let share = 1.0 - self.decay(batch, seen);
        no_grad(|| {
            for (source, average) in &mut self.averaged {
                let _ = average.lerp_(source, share);
            }
            self.copied.iter_mut().for_each(|(source, average)| average.copy_(source));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    fn store(weight: f64, buffer: f64) -> VarStore {
        let store = VarStore::new(Device::Cpu);
        let full = |value| Tensor::full([3], value, (Kind::Float, Device::Cpu));
        let _ = store.root().add("weight", full(weight), true);
        let _ = store.root().add("buffer", full(buffer), false);
        store
    }

    fn value(store: &VarStore, name: &str) -> f64 {
        named(store)[name].double_value(&[1])
    }

    #[test]
    fn weights_are_averaged_and_buffers_copied() {
        let (source, average) = (store(1.0, 5.0), store(0.0, 0.0));
        let mut ema = Ema::new(&source, &average, 1000.0, None).unwrap();
        for step in 1..=10 {
            ema.update(100, 100 * step);
        }
        assert!((value(&average, "weight") - 0.5).abs() < 1e-6, "one half-life has passed");
        assert_eq!(value(&average, "buffer"), 5.0);
    }

    #[test]
    fn ramp_up_shortens_the_memory_at_first() {
        let store = store(1.0, 1.0);
        let ema = Ema::new(&store, &store, 20_000.0, Some(0.05)).unwrap();
        assert_eq!(ema.decay(64, 64_000), 0.5f64.powf(64.0 / 3200.0));
        assert_eq!(ema.decay(64, 4_000_000), 0.5f64.powf(64.0 / 20_000.0));
        assert!(ema.decay(64, 0) < 1e-9);
    }

    #[test]
    fn stores_that_differ_are_refused() {
        let (source, average) = (store(1.0, 1.0), store(1.0, 1.0));
        let _ = average.root().zeros_no_train("more", &[1]);
        let reason = |a, b| Ema::new(a, b, 1.0, None).unwrap_err();
        assert!(reason(&source, &average).contains("more"));
        assert!(reason(&average, &source).contains("more"));
    }
}
