//! Mean and covariance of features, gathered batch by batch.

use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};

/// Count, sum and sum of outer products of feature vectors, in float64: what a normal distribution
/// is fitted from without keeping the vectors.
#[derive(Debug)]
pub struct Moments {
    count: i64,
    sum: Tensor,
    products: Tensor,
}

/// A normal distribution: `mean [d]` and `covariance [d, d]`, float64, on the CPU.
#[derive(Debug)]
pub struct Gaussian {
    /// Mean `[d]`.
    pub mean: Tensor,
    /// Covariance `[d, d]`, divided by the count, as in the StyleGAN convention.
    pub covariance: Tensor,
}

impl Moments {
    /// Nothing yet, for vectors of `width` numbers, gathered on `device`.
    pub fn new(width: i64, device: Device) -> Self {
        let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Double, device));
        Self { count: 0, sum: zeros(&[width]), products: zeros(&[width, width]) }
    }

    /// Takes a batch of vectors in: `[b, d]`, of any kind.
    pub fn push(&mut self, batch: &Tensor) {
        let batch = batch.to_device(self.sum.device()).to_kind(Kind::Double);
        self.count += batch.size()[0];
        let _ = self.sum.g_add_(&batch.sum_dim_intlist(0, false, Kind::Double));
        let _ = self.products.addmm_(&batch.tr(), &batch);
    }

    /// How many vectors were taken in.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// Mean and covariance of what was taken in.
    ///
    /// # Errors
    /// [`Error::Parameter`] when that is fewer than two vectors.
    pub fn gaussian(&self) -> Result<Gaussian> {
        if self.count < 2 {
            return Err(Error::parameter("--images", "at least 2 images are needed on both sides"));
        }
        let mean = (&self.sum / self.count as f64).to_device(Device::Cpu);
        let products = (&self.products / self.count as f64).to_device(Device::Cpu);
        Ok(Gaussian { covariance: products - mean.outer(&mean), mean })
    }

    /// The parts under their names, as a cache keeps them.
    pub fn to_tensors(&self) -> Vec<(&'static str, Tensor)> {
        vec![
            ("count", Tensor::from_slice(&[self.count])),
            ("sum", self.sum.to_device(Device::Cpu)),
            ("products", self.products.to_device(Device::Cpu)),
        ]
    }

    /// What [`to_tensors`](Self::to_tensors) gave; `None` when a part is missing or misshapen.
    pub fn from_tensors(mut take: impl FnMut(&str) -> Option<Tensor>) -> Option<Self> {
        let (count, sum, products) = (take("count")?, take("sum")?, take("products")?);
        let width = sum.numel() as i64;
        let fits = count.size() == [1] && sum.size() == [width] && products.size() == [width; 2];
        let kinds = [count.kind(), sum.kind(), products.kind()];
        let fits = fits && kinds == [Kind::Int64, Kind::Double, Kind::Double];
        fits.then(|| Self { count: count.int64_value(&[0]), sum, products })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;

    #[test]
    fn streamed_mean_and_covariance_are_numpys() {
        let golden = golden::metrics();
        let vectors = &golden["streamed.vectors"];
        let mut moments = Moments::new(vectors.size()[1], Device::Cpu);
        for batch in vectors.split(7, 0) {
            moments.push(&batch);
        }
        assert_eq!(moments.count(), vectors.size()[0]);
        let gaussian = moments.gaussian().unwrap();
        golden::assert_close(&gaussian.mean, &golden["streamed.mean"], 1e-12);
        golden::assert_close(&gaussian.covariance, &golden["streamed.covariance"], 1e-12);
    }

    #[test]
    fn parts_are_checked_and_one_image_is_too_few() {
        let mut moments = Moments::new(3, Device::Cpu);
        moments.push(&Tensor::ones([1, 3], (Kind::Float, Device::Cpu)));
        assert!(moments.gaussian().unwrap_err().to_string().contains("at least 2"));
        let parts = |kept: &'static str| {
            let parts = moments.to_tensors();
            move |name: &str| {
                let part = parts.iter().find(|(n, _)| *n == name && kept.contains(n));
                part.map(|(_, t)| t.shallow_clone())
            }
        };
        assert_eq!(Moments::from_tensors(parts("count sum products")).unwrap().count(), 1);
        assert!(Moments::from_tensors(parts("count products")).is_none());
    }
}
