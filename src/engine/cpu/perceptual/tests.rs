//! Features, loss and derivatives against PyTorch's (`tests/golden/vgg16.py`) and differences.

use proptest::prelude::*;

use super::*;
use crate::engine::{CpuEngine, Derivatives, PERCEPTUAL_SIDE};
use crate::model::latent;
use crate::tensors::Tensors;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vgg16.safetensors");
const SIZE: [usize; 2] = [65, 67];

fn vgg() -> Arc<Vgg16> {
    Arc::new(Vgg16::open(GOLDEN).unwrap())
}

/// A picture around grey.
fn picture(seed: u32, width: usize, height: usize) -> Vec<f32> {
    latent(seed, width * height * 3).iter().map(|v| 0.5 + 0.2 * v).collect()
}

/// The largest difference, relative to the largest value.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    let largest = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let pairs = found.iter().zip(expected);
    pairs.fold(0.0f32, |m, (a, b)| m.max((a - b).abs())) / largest
}

#[test]
fn pytorch_finds_the_same() {
    let golden = Tensors::open(GOLDEN.as_ref(), crate::Error::model).unwrap();
    let of = |name: &str| golden.values(name).unwrap();
    let (engine, vgg, target, picture) =
        (CpuEngine::new(Some(2)).unwrap(), vgg(), of("target"), of("picture"));
    let [width, height] = SIZE;
    let request = PerceptualRequest { vgg: &vgg, rgb: &target, width, height };
    let packed = Arc::new(PackedVgg16::new(&vgg));
    let perception = Perception::new(&engine.pool, packed, request.blocks().unwrap(), &request);
    let features = engine.pool.install(|| perception.features(5, &picture));
    for (block, name) in ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"].iter().enumerate()
    {
        let expected = of(name);
        let found = &features[block].last().unwrap().values;
        // Only the first rows of the largest are kept.
        assert!(found.len() == expected.len() || block == 0, "{name}");
        assert!(difference(&found[..expected.len()], &expected) < 1e-5, "{name}");
    }
    let perceived = perception.judge(&picture).unwrap();
    let distances = of("distances");
    let expected = distances.iter().map(|d| f64::from(*d)).sum::<f64>() / 5.0;
    assert!((perceived.value - expected).abs() < 1e-5 * expected, "{} {expected}", perceived.value);
    let off = difference(&perceived.slope, &of("slope"));
    assert!(off < 1e-4, "{off}");
}

#[test]
fn the_same_picture_has_no_loss() {
    let (engine, vgg, rgb) = (CpuEngine::new(Some(2)).unwrap(), vgg(), picture(1, 40, 33));
    let request = PerceptualRequest { vgg: &vgg, rgb: &rgb, width: 40, height: 33 };
    let perceived = engine.perceptual(&request).unwrap().judge(&rgb).unwrap();
    assert!(perceived.value < 1e-12, "{}", perceived.value);
    assert!(perceived.slope.iter().all(|s| s.abs() < 1e-9));
}

#[test]
fn threads_do_not_matter() {
    let (vgg, target, rgb) = (vgg(), picture(1, 50, 70), picture(2, 50, 70));
    let request = PerceptualRequest { vgg: &vgg, rgb: &target, width: 50, height: 70 };
    let [one, three] = [1, 3].map(|threads| {
        let engine = CpuEngine::new(Some(threads)).unwrap();
        let perceived = engine.perceptual(&request).unwrap().judge(&rgb).unwrap();
        (perceived.value, perceived.slope)
    });
    assert_eq!(one, three);
}

#[test]
fn depth_follows_the_size() {
    let vgg = vgg();
    let blocks = |side: usize| {
        let rgb = picture(1, side, 2 * side);
        PerceptualRequest { vgg: &vgg, rgb: &rgb, width: side, height: 2 * side }.blocks()
    };
    assert_eq!([16, 31, 32, 63, 64].map(|side| blocks(side).unwrap()), [3, 3, 4, 4, 5]);
    assert!(blocks(PERCEPTUAL_SIDE - 1).is_err());
}

#[test]
fn pictures_that_do_not_fit_are_refused() {
    let (engine, vgg, mut rgb) = (CpuEngine::new(Some(1)).unwrap(), vgg(), picture(1, 16, 17));
    let request = PerceptualRequest { vgg: &vgg, rgb: &rgb, width: 16, height: 17 };
    let loss = engine.perceptual(&request).unwrap();
    assert!(matches!(loss.judge(&rgb[3..]), Err(Error::Parameter { name: "picture", .. })));
    let short = PerceptualRequest { height: 18, ..request };
    assert!(engine.perceptual(&short).is_err());
    let huge = PerceptualRequest { width: usize::MAX, height: 17, ..request };
    assert!(engine.perceptual(&huge).is_err());
    rgb[5] = f32::NAN;
    let spoilt = PerceptualRequest { vgg: &vgg, rgb: &rgb, width: 16, height: 17 };
    assert!(engine.perceptual(&spoilt).is_err());
}

/// A layer wider than one block of channels against the definition.
#[test]
fn wide_layers_are_convolutions() {
    let (inputs, outputs, width, height) = (5, 300, 13, 17);
    let weight = latent(3, outputs * inputs * 9);
    let conv = crate::network::Conv3x3 { inputs, outputs, weight, bias: latent(4, outputs) };
    let values = latent(5, width * height * inputs);
    let map = Map { width, height, channels: inputs, values };
    let found = Conv::new(&conv).forward(&map, &Scratch::default());
    let mut range = 0.0f32;
    let mut worst = 0.0f32;
    for (i, found) in found.values.iter().enumerate() {
        let (pixel, o) = (i / outputs, i % outputs);
        let (x, y) = (pixel % width, pixel / width);
        let mut sum = conv.bias[o];
        for tap in 0..9 {
            let (x, y) = ((x + tap % 3).wrapping_sub(1), (y + tap / 3).wrapping_sub(1));
            if x < width && y < height {
                let at = |c| map.values[(y * width + x) * inputs + c];
                let weight = |c| conv.weight[(o * inputs + c) * 9 + tap];
                sum += (0..inputs).map(|c| at(c) * weight(c)).sum::<f32>();
            }
        }
        range = range.max(sum.abs());
        worst = worst.max((found - sum.max(0.0)).abs());
    }
    assert!(worst < 1e-5 * range, "{worst} of {range}");
}

proptest! {
    // The same cases always: rounding may take another maximum than the difference does.
    #![proptest_config(ProptestConfig {
        cases: 12,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_slope_is_the_difference(
        width in PERCEPTUAL_SIDE..70,
        height in PERCEPTUAL_SIDE..70,
        seed in 0u32..1000,
    ) {
        let (engine, vgg) = (CpuEngine::new(Some(2)).unwrap(), vgg());
        let (target, rgb) = (picture(seed, width, height), picture(seed + 1, width, height));
        let request = PerceptualRequest { vgg: &vgg, rgb: &target, width, height };
        // Features that vanish nowhere: where they do, their direction jumps.
        let packed = random([5, 6, 7, 8, 9], 0.5, 1.5);
        let blocks = request.blocks().unwrap();
        let loss = Perception::new(&engine.pool, packed, blocks, &request);
        let slope = loss.judge(&rgb).unwrap().slope;
        // Along the slope the change is large against the rounding of features, and a short way
        // meets few kinks.
        let length = slope.iter().map(|s| s * s).sum::<f32>().sqrt();
        let at = |by: f32| {
            let moved = rgb.iter().zip(&slope).map(|(v, s)| v + by * s / length);
            loss.judge(&moved.collect::<Vec<f32>>()).unwrap().value
        };
        let difference = ((at(2e-3) - at(-2e-3)) / 4e-3) as f32;
        prop_assert!((difference - length).abs() < 0.02 * length, "{difference} {length}");
    }
}

/// Random weights of unit scale times `scale`.
fn random(widths: [usize; 5], scale: f32, bias: f32) -> Arc<PackedVgg16> {
    let mut inputs = 3;
    let mut conv = |outputs: usize| {
        let scale = scale * (2.0 / (9 * inputs) as f32).sqrt();
        let weight = latent((inputs + 7 * outputs) as u32, outputs * inputs * 9);
        let weight = weight.iter().map(|w| w * scale).collect();
        let conv = crate::network::Conv3x3 { inputs, outputs, weight, bias: vec![bias; outputs] };
        inputs = outputs;
        Conv::new(&conv)
    };
    let blocks = widths.into_iter().zip([2, 2, 3, 3, 3]);
    let blocks = blocks.map(|(outputs, count)| (0..count).map(|_| conv(outputs)).collect());
    Arc::new(PackedVgg16 { blocks: blocks.collect() })
}
