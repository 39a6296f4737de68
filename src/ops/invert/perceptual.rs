//! The perceptual part of the loss: how far a field's pixels are from the picture's to VGG16.

use super::loss::{Judged, beyond};
use super::options::InvertOptions;
use super::target::FitTarget;
use crate::engine::{Derivatives, PERCEPTUAL_SIDE, PerceptualLoss, PerceptualRequest};
use crate::error::Result;

/// The loss of one grid, with the picture's features.
pub(super) struct Perceptual<'a> {
    loss: Box<dyn PerceptualLoss + 'a>,
    /// The picture, where it is not known the mean of what is: `[height, width, 3]`.
    filled: Vec<f32>,
    weight: f32,
}

impl<'a> Perceptual<'a> {
    /// `None` where the options want none, or `target` is too small for it.
    pub fn new(
        engine: &'a dyn Derivatives,
        target: &FitTarget,
        options: &InvertOptions,
    ) -> Result<Option<Self>> {
        let (width, height, weight) = (target.width, target.height, options.perceptual_weight);
        match &options.perceptual {
            Some(vgg) if weight > 0.0 && width.min(height) >= PERCEPTUAL_SIDE => {
                let filled = filled(target);
                let request = PerceptualRequest { vgg, rgb: &filled, width, height };
                Ok(Some(Self { loss: engine.perceptual(&request)?, filled, weight }))
            }
            _ => Ok(None),
        }
    }

    /// Adds what this loss says of `rgb`, the known pixels in the order of rows, to `judged`. What is
    /// unknown has one colour here and in the picture, and what is beyond the picture's range where
    /// it is at an end is taken as the picture has it: neither makes a difference.
    pub fn add(&self, target: &FitTarget, rgb: &[f32], judged: &mut Judged) -> Result<()> {
        let mut whole = self.filled.clone();
        let known = || target.known.iter().enumerate().filter(|(_, known)| **known);
        let counts = |v: f32, t: f32| !beyond(v, t);
        for ((i, _), pixel) in known().zip(rgb.chunks_exact(3)) {
            let to = &mut whole[i * 3..i * 3 + 3];
            to.iter_mut().zip(pixel).filter(|(t, v)| counts(**v, **t)).for_each(|(t, v)| *t = *v);
        }
        let perceived = self.loss.judge(&whole)?;
        judged.value += f64::from(self.weight) * perceived.value;
        let pixels = judged.slope.chunks_exact_mut(3).zip(rgb.chunks_exact(3));
        for ((i, _), (slope, pixel)) in known().zip(pixels) {
            for c in (0..3).filter(|c| counts(pixel[*c], target.rgb[i * 3 + c])) {
                slope[c] += self.weight * perceived.slope[i * 3 + c];
            }
        }
        Ok(())
    }
}

/// The picture with the known pixels' mean where it is not known: what stands there would change the
/// features around it.
fn filled(target: &FitTarget) -> Vec<f32> {
    let pixels = || target.rgb.chunks_exact(3).zip(&target.known);
    let mut mean = [0.0f64; 3];
    for (pixel, _) in pixels().filter(|(_, known)| **known) {
        mean.iter_mut().zip(pixel).for_each(|(m, v)| *m += f64::from(*v));
    }
    let mean = mean.map(|m| (m / target.count().max(1) as f64) as f32);
    pixels().flat_map(|(p, known)| if *known { [p[0], p[1], p[2]] } else { mean }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::CpuEngine;
    use crate::model::{Vgg16, latent};

    const VGG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vgg16.safetensors");

    fn options() -> InvertOptions {
        let perceptual = Some(Arc::new(Vgg16::open(VGG).unwrap()));
        InvertOptions { perceptual, perceptual_weight: 0.5, ..InvertOptions::default() }
    }

    fn target(width: usize, height: usize) -> FitTarget {
        let known = (0..width * height).map(|i| i % 5 != 0).collect();
        let rgb = latent(1, width * height * 3).iter().map(|v| 0.5 + 0.4 * v).collect::<Vec<_>>();
        let rgb = rgb.iter().map(|v: &f32| v.clamp(0.0, 1.0)).collect();
        FitTarget { width, height, rgb, known }
    }

    fn judge(perceptual: &Perceptual<'_>, target: &FitTarget, rgb: &[f32]) -> Judged {
        let mut judged = Judged { value: 0.0, slope: vec![0.0; rgb.len()], squares: 0.0 };
        perceptual.add(target, rgb, &mut judged).unwrap();
        judged
    }

    #[test]
    fn only_what_is_known_and_within_the_range_counts() {
        let (engine, options, target) =
            (CpuEngine::new(Some(2)).unwrap(), options(), target(20, 17));
        let perceptual = Perceptual::new(&engine, &target, &options).unwrap().unwrap();
        let mut rgb: Vec<f32> = (0..340)
            .filter(|i| target.known[*i])
            .flat_map(|i| target.rgb[i * 3..i * 3 + 3].to_vec())
            .collect();
        let ends: Vec<usize> = (0..rgb.len()).filter(|i| rgb[*i] == 1.0).collect();
        assert!(!ends.is_empty());
        ends.iter().for_each(|i| rgb[*i] = 1.5);
        let same = judge(&perceptual, &target, &rgb);
        assert!(same.value < 1e-12, "{}", same.value);
        rgb[1] += 0.3;
        let other = judge(&perceptual, &target, &rgb);
        assert!(other.value > 1e-5 && other.slope[1] != 0.0);
        assert!(ends.iter().filter(|i| **i != 1).all(|i| other.slope[*i] == 0.0));
    }

    #[test]
    fn small_grids_and_no_weight_have_none() {
        let (engine, options) = (CpuEngine::new(Some(1)).unwrap(), options());
        let has = |options: &InvertOptions, target: &FitTarget| {
            Perceptual::new(&engine, target, options).unwrap().is_some()
        };
        assert!(has(&options, &target(16, 16)) && !has(&options, &target(15, 40)));
        let none = InvertOptions { perceptual_weight: 0.0, ..options };
        assert!(!has(&none, &target(16, 16)));
        assert!(!has(&InvertOptions::default(), &target(16, 16)));
    }
}
