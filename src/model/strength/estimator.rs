//! How much there is to clean in a picture, estimated by a small network.

use std::sync::LazyLock;

use super::Strength;
use crate::error::{Error, Result};
use crate::model::builtin::ESTIMATOR;
use crate::network::lrelu;
use crate::tensors::{NamedTensor, Storage, Tensors, serialize};

/// Key of the JSON in the file's metadata.
const METADATA_KEY: &str = "estimator";

/// Share of the blur that is seen of which an upscaler is told: told more than there is, it makes edges
/// too sharp, which is worse than leaving some blur.
const DEBLUR_SHARE: f64 = 0.75;

/// Noise below which a picture counts as clean.
const LEAST_NOISE: f64 = 0.1;

/// Pixels from one position of the outputs to the next.
const STEP: usize = 8;

/// Four convolutions of 3x3 pixels without padding, the last three of which keep every second pixel,
/// and two linear layers for every position that is left. These give, for denoise and deblur of a
/// [`Strength`], a value and how much it counts; a part's estimate is the mean of all values, each
/// weighted by the exponential of how much it counts. Of noise, which is everywhere
/// and which detail hides, the picture's is the median of its parts'; of blur it is the mean over all
/// positions of all parts, so that what is sharp somewhere is not blurred.
#[derive(Clone, Debug)]
pub struct StrengthEstimator {
    convs: Vec<Layer>,
    hidden: Layer,
    outputs: Layer,
}

/// A convolution, or a linear layer: one of a single pixel.
#[derive(Clone, Debug)]
struct Layer {
    inputs: usize,
    outputs: usize,
    side: usize,
    step: usize,
    /// `[side, side, inputs, outputs]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Values of pixels, `[height, width, channels]`.
struct Map {
    size: [usize; 2],
    channels: usize,
    values: Vec<f32>,
}

/// What parts of a picture say of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Noise and compression of each part that says something.
    noise: Vec<f64>,
    blur: Mean,
}

/// A weighted mean in the making.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
    }

    fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl StrengthEstimator {
    /// Channels before, between and after the convolutions.
    pub const CHANNELS: [usize; 5] = [3, 12, 24, 48, 48];
    /// Pixels from one position of each convolution to the next.
    pub const STEPS: [usize; 4] = [1, 2, 2, 2];
    /// Numbers for every position: two values, before they pass through the logistic function, and
    /// how much they count.
    pub const OUTPUTS: usize = 2 * Strength::NUMBERS;
    /// Side of the parts of a picture that it is shown, in pixels.
    pub const SIDE: usize = 96;
    /// Least side of a part in pixels: one position is left of it.
    pub const LEAST_SIDE: usize = 17;
    /// Most that a value may count for, as an exponent, in either direction.
    pub const MOST_WEIGHT: f32 = 8.0;

    /// The one that the library has.
    ///
    /// # Panics
    /// Never: the file is part of the library, and a test opens it.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<StrengthEstimator> = LazyLock::new(|| {
            StrengthEstimator::from_bytes("estimator", ESTIMATOR).expect("the library's own file")
        });
        &BUILTIN
    }

    /// The estimator in the bytes of a safetensors file with the tensors `conv.0.weight` and
    /// `conv.0.bias` to `conv.3`, `hidden` and `outputs`; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Model`] when a tensor is missing or has another shape.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let tensors = Tensors::parse(name, bytes, Error::model)?;
        let conv = |i: usize| {
            let [inputs, outputs] = [Self::CHANNELS[i], Self::CHANNELS[i + 1]];
            Layer::read(&tensors, &format!("conv.{i}"), [inputs, outputs], 3, Self::STEPS[i])
        };
        let last = Self::CHANNELS[4];
        Ok(Self {
            convs: (0..Self::STEPS.len()).map(conv).collect::<Result<_>>()?,
            hidden: Layer::read(&tensors, "hidden", [last, last], 1, 1)?,
            outputs: Layer::read(&tensors, "outputs", [last, Self::OUTPUTS], 1, 1)?,
        })
    }

    /// The bytes of a file of these tensors; `about` says how they were trained.
    ///
    /// # Errors
    /// [`Error::Model`] when one is missing or has another shape.
    pub fn write(tensors: &[NamedTensor], about: &str) -> Result<Vec<u8>> {
        let json = serde_json::json!({ "training": about }).to_string();
        let wrong = |problem| Error::model(METADATA_KEY, problem);
        let bytes = serialize(tensors, Storage::F16, METADATA_KEY, json).map_err(wrong)?;
        Self::from_bytes(METADATA_KEY, &bytes)?;
        Ok(bytes)
    }

    /// What a part of a picture says: `pixels [height, width, 3]`, 0 to 1. A part under
    /// [`LEAST_SIDE`](Self::LEAST_SIDE) says nothing, and so does what is mostly of one colour: frames, bars
    /// and skies that are clipped have no noise, whatever the rest has.
    ///
    /// # Panics
    /// When there are not as many pixels as `size`, width and height, says.
    pub fn evidence(&self, size: [usize; 2], pixels: &[f32]) -> Evidence {
        assert_eq!(pixels.len(), size[0] * size[1] * 3, "pixels of a part");
        if size.iter().any(|side| *side < Self::LEAST_SIDE) {
            return Evidence::default();
        }
        let values = pixels.iter().map(|v| v - 0.5).collect();
        let mut map = Map { size, channels: 3, values };
        for layer in self.convs.iter().chain([&self.hidden]) {
            map = layer.apply(&map);
            map.values.iter_mut().for_each(|v| *v = lrelu(*v));
        }
        let mut means = [Mean::default(); Strength::NUMBERS];
        let outputs = self.outputs.apply(&map);
        for (number, position) in outputs.values.chunks_exact(Self::OUTPUTS).enumerate() {
            let window = [number % outputs.size[0], number / outputs.size[0]].map(|n| n * STEP);
            if is_flat(size[0], pixels, window) {
                continue;
            }
            let (values, counts) = position.split_at(Strength::NUMBERS);
            for (mean, (value, counts)) in means.iter_mut().zip(values.iter().zip(counts)) {
                let counts = counts.clamp(-Self::MOST_WEIGHT, Self::MOST_WEIGHT);
                mean.add(logistic(f64::from(*value)), f64::from(counts).exp());
            }
        }
        let [noise, blur] = means;
        Evidence { noise: noise.value().into_iter().collect(), blur }
    }
}

impl Evidence {
    /// What both say together.
    pub fn and(mut self, other: Self) -> Self {
        self.noise.extend(other.noise);
        self.blur.add(other.blur.value().unwrap_or(0.0), other.blur.weight);
        self
    }

    /// What there is, of noise with compression and of blur, 0 to 1; none where nothing was said.
    pub fn damage(&self) -> [f64; Strength::NUMBERS] {
        let mut noise = self.noise.clone();
        noise.sort_by(f64::total_cmp);
        let last = noise.len().saturating_sub(1);
        let at = |index: usize| noise.get(index).copied().unwrap_or(0.0);
        let median = (at(last / 2) + at(last.div_ceil(2))) / 2.0;
        [median, self.blur.value().unwrap_or(0.0)]
    }

    /// What an upscaler should be told, in steps of a twentieth: no noise where there is next to none, and
    /// three quarters of the blur.
    pub fn strength(&self) -> Strength {
        let rounded = |number: f64| ((number * 20.0).round() / 20.0) as f32;
        let [noise, blur] = self.damage();
        let noise = if noise < LEAST_NOISE { 0.0 } else { noise };
        Strength { denoise: rounded(noise), deblur: rounded(blur * DEBLUR_SHARE), detail: 0.0 }
    }
}

/// Whether more than a quarter of the pixels of the window at `x`, `y` that a position sees are as those
/// to their right, in a part `width` pixels wide.
fn is_flat(width: usize, pixels: &[f32], [x, y]: [usize; 2]) -> bool {
    let side = StrengthEstimator::LEAST_SIDE;
    let flat = |y: usize| {
        let line = &pixels[(y * width + x) * 3..][..side * 3];
        line.windows(6).step_by(3).filter(|pair| pair[..3] == pair[3..]).count()
    };
    (y..y + side).map(flat).sum::<usize>() > side * (side - 1) / 4
}

fn logistic(x: f64) -> f64 {
    (1.0 + (-x).exp()).recip()
}

impl Layer {
    fn read(
        tensors: &Tensors<'_>,
        name: &str,
        [inputs, outputs]: [usize; 2],
        side: usize,
        step: usize,
    ) -> Result<Self> {
        let shape = [outputs, inputs, side, side];
        let stored = tensors.tensor(&format!("{name}.weight"), &shape)?;
        let bias = tensors.tensor(&format!("{name}.bias"), &[outputs])?;
        let (taps, mut weight) = (side * side, vec![0.0; stored.len()]);
        for (at, value) in stored.into_iter().enumerate() {
            let (output, input, tap) = (at / (inputs * taps), at / taps % inputs, at % taps);
            weight[(tap * inputs + input) * outputs + output] = value;
        }
        Ok(Self { inputs, outputs, side, step, weight, bias })
    }

    fn apply(&self, map: &Map) -> Map {
        let size = map.size.map(|side| (side - self.side) / self.step + 1);
        let mut values = Vec::with_capacity(size[0] * size[1] * self.outputs);
        for y in 0..size[1] {
            for x in 0..size[0] {
                let start = values.len();
                values.extend_from_slice(&self.bias);
                self.add(map, [x, y].map(|n| n * self.step), &mut values[start..]);
            }
        }
        Map { size, channels: self.outputs, values }
    }

    /// Adds what the window at `x`, `y` gives.
    fn add(&self, map: &Map, [x, y]: [usize; 2], sums: &mut [f32]) {
        let row = self.side * map.channels;
        let weights = self.weight.chunks_exact(row * self.outputs);
        for (line, weights) in weights.enumerate() {
            let start = ((y + line) * map.size[0] + x) * map.channels;
            let values = &map.values[start..start + row];
            for (value, weights) in values.iter().zip(weights.chunks_exact(self.outputs)) {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
            }
        }
        debug_assert_eq!(map.channels, self.inputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An estimator of zeros but for the biases of its outputs, and a file of it.
    fn constant(outputs: [f32; 4]) -> StrengthEstimator {
        let channels = StrengthEstimator::CHANNELS;
        let layer = |name: &str, [i, o]: [usize; 2], side: usize| -> [NamedTensor; 2] {
            let shape = vec![o, i, side, side];
            let weight = vec![0.0; shape.iter().product()];
            [
                (format!("{name}.weight"), shape, weight),
                (format!("{name}.bias"), vec![o], vec![0.0; o]),
            ]
        };
        let mut tensors: Vec<NamedTensor> = Vec::new();
        for i in 0..4 {
            tensors.extend(layer(&format!("conv.{i}"), [channels[i], channels[i + 1]], 3));
        }
        tensors.extend(layer("hidden", [channels[4]; 2], 1));
        tensors.extend(layer("outputs", [channels[4], 4], 1));
        tensors.last_mut().unwrap().2 = outputs.to_vec();
        let bytes = StrengthEstimator::write(&tensors, "a test").unwrap();
        StrengthEstimator::from_bytes("x", &bytes).unwrap()
    }

    /// Pixels that differ.
    fn stripes(width: usize, height: usize) -> Vec<f32> {
        (0..width * height * 3).map(|i| (i % 7) as f32 / 7.0).collect()
    }

    #[test]
    fn of_blur_parts_that_count_more_decide() {
        let one = constant([0.0, -2.0, 0.0, 2.0]).evidence([20, 17], &stripes(20, 17));
        let two = constant([0.0, 2.0, 0.0, -2.0]).evidence([17, 20], &stripes(17, 20));
        let [noise, blur] = one.clone().and(two.clone()).damage();
        assert!(blur < 0.2 && noise == 0.5, "{noise} {blur}");
        assert_eq!(one.clone().and(two).strength().denoise, 0.5);
        assert_eq!(one.clone().and(Evidence::default()), one);
    }

    /// Detail hides noise: one part that shows none does not make a picture clean, however sure it is.
    #[test]
    fn of_noise_most_parts_decide() {
        let part = |noise: f32, counts: f32| {
            constant([noise, 0.0, counts, 0.0]).evidence([17; 2], &stripes(17, 17))
        };
        let noisy = part(2.0, -3.0);
        let expected = noisy.damage()[0];
        let all = [part(-9.0, 8.0), noisy.clone(), noisy.clone(), noisy];
        let all = all.into_iter().fold(Evidence::default(), Evidence::and);
        assert_eq!(all.damage()[0], expected);
        assert!(expected > 0.8);
        let almost_clean = part(-2.4, 0.0);
        assert!(almost_clean.damage()[0] > 0.05 && almost_clean.strength().denoise == 0.0);
    }

    #[test]
    fn parts_that_are_too_small_say_nothing() {
        let estimator = constant([5.0; 4]);
        let evidence = estimator.evidence([16, 90], &stripes(16, 90));
        assert_eq!(evidence.strength(), Strength::default());
        assert_eq!(evidence, Evidence::default());
        assert_eq!(estimator.evidence([17; 2], &stripes(17, 17)).strength().denoise, 1.0);
    }

    /// A photograph in a white frame is as noisy as without.
    #[test]
    fn what_is_of_one_colour_says_nothing() {
        let estimator = StrengthEstimator::builtin();
        assert_eq!(estimator.evidence([40; 2], &vec![1.0; 40 * 40 * 3]), Evidence::default());
        let noise = crate::model::latent(3, 96 * 96 * 3);
        let value = |i: usize, framed: bool| match framed && i / 3 % 96 < 32 {
            true => 1.0,
            false => 0.5 + noise[i] * 0.1,
        };
        let picture = |framed| (0..96 * 96 * 3).map(|i| value(i, framed)).collect::<Vec<f32>>();
        let [plain, framed] =
            [false, true].map(|framed| estimator.evidence([96; 2], &picture(framed)).damage()[0]);
        assert!(plain > 0.5 && (plain - framed).abs() < 0.15, "{plain} {framed}");
    }

    /// The kernel's taps and channels are where the file has them.
    #[test]
    fn a_layer_is_a_convolution() {
        let weight: Vec<f32> = (0..2 * 3 * 9).map(|i| (i as f32 * 0.37).sin()).collect();
        let named = vec![
            ("a.weight".to_owned(), vec![2, 3, 3, 3], weight.clone()),
            ("a.bias".to_owned(), vec![2], vec![0.25, -0.5]),
        ];
        let bytes = serialize(&named, Storage::F32, METADATA_KEY, "{}".into()).unwrap();
        let tensors = Tensors::parse("x", &bytes, Error::model).unwrap();
        let layer = Layer::read(&tensors, "a", [3, 2], 3, 2).unwrap();
        let values: Vec<f32> = (0..7 * 5 * 3).map(|i| (i as f32 * 0.11).cos()).collect();
        let map = Map { size: [7, 5], channels: 3, values: values.clone() };
        let found = layer.apply(&map);
        assert_eq!(found.size, [3, 2]);
        for (at, found) in found.values.iter().enumerate() {
            let (x, y, o) = (at / 2 % 3, at / 6, at % 2);
            let mut sum = [0.25, -0.5][o];
            for (i, w) in weight[o * 27..][..27].iter().enumerate() {
                let (channel, line, column) = (i / 9, i / 3 % 3, i % 3);
                sum += w * values[((2 * y + line) * 7 + 2 * x + column) * 3 + channel];
            }
            assert!((found - sum).abs() < 1e-5, "{at}");
        }
    }

    #[test]
    fn a_file_that_lacks_something_is_refused() {
        let error = StrengthEstimator::write(&[], "nothing").unwrap_err().to_string();
        assert!(error.contains("conv.0.weight"), "{error}");
    }
}
