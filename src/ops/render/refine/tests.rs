use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::field::Plane;
use crate::raster::{Channels, Filter, Raster, RasterRows, RowSource, Samples};

/// A picture of any values, as floats or in 8 bits.
fn picture(width: u32, height: u32, bounded: bool) -> Arc<Raster> {
    let count = (width * height * 3) as usize;
    let value = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 1009.0;
    let mut samples = match bounded {
        true => Samples::U8(vec![0; count]),
        false => Samples::F32(vec![0.0; count]),
    };
    (0..count).for_each(|i| samples.set(i, value(i)));
    Arc::new(Raster::new(width, height, Channels::Rgb, samples).unwrap())
}

/// What a network might make: partly outside `[0, 1]`.
fn made(width: u32, height: u32) -> Vec<f32> {
    let value = |i: u32| ((i * 31) % 127) as f32 / 90.0 - 0.2;
    (0..width * height * 3).map(value).collect()
}

/// `picture` is read whole, then `rgb` comes in pieces of some rows. Also the most rows that were
/// kept.
fn refined(
    picture: &Arc<Raster>,
    rgb: &[f32],
    size: [u32; 2],
    steps: u32,
    rows: usize,
) -> (Vec<f32>, usize) {
    let source = Box::new(RasterRows::new(picture.clone()));
    let (target, mut source) = RefineTarget::tap(source, Plane::Colour);
    while source.next_rows(2).unwrap().is_some() {}
    let mut steps = Steps::new(target, size, steps);
    let (mut all, mut out, mut kept) = (Vec::new(), Vec::new(), 0);
    for piece in rgb.chunks(rows * size[0] as usize * 3) {
        steps.push(piece, &mut out).unwrap();
        all.extend_from_slice(&out);
        kept = kept.max(steps.kept());
    }
    (all, kept)
}

/// A plane of numbers.
#[derive(Clone)]
struct Plain {
    width: usize,
    values: Vec<f64>,
}

impl Plain {
    /// Resampled to `width x height`, pixel by pixel.
    fn resampled(&self, [width, height]: [u32; 2]) -> Self {
        let from = [self.width as u32, (self.values.len() / self.width) as u32];
        let (mut values, taps) = (Vec::new(), Filter::Bicubic);
        for y in 0..height {
            for x in 0..width {
                let (top, down) = taps.weights(y, from[1], height);
                let (left, across) = taps.weights(x, from[0], width);
                let at = |i: usize, k: usize| self.values[(top + k) * self.width + left + i];
                let weights = down.iter().enumerate();
                values.push(weights.fold(0.0, |sum, (k, wy)| {
                    let line = across.iter().enumerate().map(|(i, wx)| wx * at(i, k));
                    sum + wy * line.sum::<f64>()
                }));
            }
        }
        Self { width: width as usize, values }
    }

    fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self { width: self.width, values: pairs.map(|(a, b)| f(*a, *b)).collect() }
    }
}

/// The formula of the module, for one channel of the whole picture.
fn reference(wanted: &Plain, plain: &Plain, steps: u32, bounded: bool) -> Plain {
    let small = [wanted.width as u32, (wanted.values.len() / wanted.width) as u32];
    let large = [plain.width as u32, (plain.values.len() / plain.width) as u32];
    let corrected = |correction: &Plain| {
        let more = correction.resampled(large);
        plain.zip(&more, |n, c| if bounded { (n + c).clamp(0.0, 1.0) } else { n + c })
    };
    let mut correction = wanted.zip(wanted, |_, _| 0.0);
    for _ in 0..steps {
        let reduced = corrected(&correction).resampled(small);
        let missing = wanted.zip(&reduced, |y, d| y - if bounded { d.clamp(0.0, 1.0) } else { d });
        correction = correction.zip(&missing, |c, m| c + 1.5 * m);
    }
    corrected(&correction)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn row_by_row_as_the_whole(
        (width, height) in (1u32..14, 1u32..14),
        (wide, high) in (0u32..40, 0u32..40),
        (steps, rows) in (1u32..5, 1usize..9),
        bounded: bool,
    ) {
        let (picture, size) = (picture(width, height, bounded), [width + wide, height + high]);
        let rgb = made(size[0], size[1]);
        let whole = refined(&picture, &rgb, size, steps, size[1] as usize).0;
        let (pieces, kept) = refined(&picture, &rgb, size, steps, rows);
        prop_assert!(whole == pieces);
        prop_assert_eq!(whole.len(), rgb.len());
        let refine = Refine::new(steps).unwrap();
        prop_assert!(kept as u64 <= refine.waiting(height, size[1]), "{} rows", kept);
        for channel in 0..3 {
            let part = |len: usize, width: u32, get: &dyn Fn(usize) -> f32| Plain {
                width: width as usize,
                values: (channel..len).step_by(3).map(|i| f64::from(get(i))).collect(),
            };
            let wanted =
                part((width * height * 3) as usize, width, &|i| picture.samples().get(i));
            let plain = part(rgb.len(), size[0], &|i| rgb[i]);
            let expected = reference(&wanted, &plain, steps, bounded);
            let found = part(whole.len(), size[0], &|i| whole[i]);
            for (a, b) in expected.values.iter().zip(&found.values) {
                prop_assert!((a - b).abs() < 1e-4, "{} {}", a, b);
            }
        }
    }
}

/// However bad the start, a reduction comes closer with every step, at any factor.
#[test]
fn steps_converge() {
    for [from, to] in [[9, 9], [9, 10], [9, 13], [9, 18], [9, 23], [9, 40], [5, 81], [1, 7]] {
        let (picture, size) = (picture(from, from, false), [to, to]);
        let rgb = made(to, to);
        let away = |steps| {
            let out = refined(&picture, &rgb, size, steps, 3).0;
            let values = out.iter().step_by(3).map(|v| f64::from(*v)).collect();
            let reduced = Plain { width: to as usize, values }.resampled([from, from]);
            let wanted = (0..reduced.values.len()).map(|i| picture.samples().get(3 * i));
            let away = reduced.values.iter().zip(wanted).map(|(a, b)| (a - f64::from(b)).powi(2));
            (away.sum::<f64>() / reduced.values.len() as f64).sqrt()
        };
        let (one, four, sixteen) = (away(1), away(4), away(16));
        assert!(four < one && sixteen < 0.3 * one, "{from} to {to}: {one} {four} {sixteen}");
    }
}

#[test]
fn what_cannot_be_refined_is_said() {
    let message = |r: Result<()>| r.unwrap_err().to_string();
    let refine = Refine::default();
    assert!(message(refine.check((9, 9), (18, 8))).contains("enlargements only"));
    assert!(refine.check((9, 9), (9, 9)).is_ok());
    assert!(message(Refine::new(0).map(drop)).starts_with("refine: 0 steps"));
    assert!(Refine::new(Refine::MAX_STEPS).is_ok());
    assert!(Refine::new(Refine::MAX_STEPS + 1).is_err());
}

#[test]
fn an_engine_that_reads_nothing_is_an_error() {
    let source = Box::new(RasterRows::new(picture(4, 4, true)));
    let (target, _source) = RefineTarget::tap(source, Plane::Colour);
    let mut steps = Steps::new(target, [8, 8], 1);
    let error = steps.push(&made(8, 8), &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("before it has read"), "{error}");
}
