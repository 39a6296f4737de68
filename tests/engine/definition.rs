//! Poly-INR against its definition (equation 3), evaluated plainly in f64.

use std::sync::Arc;

use polyinr::model::{Affine, AffineActivation, Linear, Synthesis, latent};
use polyinr::{Control, CpuEngine, Engine, Field, GeneratedField, Grid, View, Warp, Window};
use proptest::prelude::*;

fn lrelu(x: f64) -> f64 {
    x.max(0.2 * x)
}

fn apply(layer: &Linear, x: &[f64]) -> Vec<f64> {
    let rows = layer.weight.chunks_exact(layer.inputs).zip(&layer.bias);
    rows.map(|(row, b)| {
        row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>() + f64::from(*b)
    })
    .collect()
}

/// RGB in `[0, 1]` nominal at one position.
fn definition(synthesis: &Synthesis, affine: &Affine, x: f64, y: f64) -> Vec<f64> {
    let h = features(synthesis, affine, x, y).pop().unwrap();
    apply(&synthesis.rgb, &h).into_iter().map(|v| (v + 1.0) / 2.0).collect()
}

/// The features of every level at one position, after activation and clamp.
fn features(synthesis: &Synthesis, affine: &Affine, x: f64, y: f64) -> Vec<Vec<f64>> {
    let mut h: Vec<f64> = Vec::new();
    let mut all = Vec::new();
    for (j, layer) in synthesis.levels.iter().enumerate() {
        let row = |a: &[f32]| f64::from(a[0]) * x + f64::from(a[1]) * y + f64::from(a[2]);
        let term: Vec<f64> = affine.level(j).chunks_exact(3).map(row).collect();
        let input: Vec<f64> = match (j, synthesis.affine_activation) {
            (0, _) => term,
            (_, AffineActivation::None) => h.iter().zip(&term).map(|(h, a)| h * a).collect(),
            (_, AffineActivation::Lrelu) => {
                h.iter().zip(&term).map(|(h, a)| h * lrelu(*a)).collect()
            }
        };
        let limit = synthesis.clamp.map_or(f64::INFINITY, f64::from);
        h = apply(layer, &input).into_iter().map(|v| lrelu(v).clamp(-limit, limit)).collect();
        all.push(h.clone());
    }
    all
}

/// `Σ_c mean(h_c) h_c` at every position, for one level; `features` are `[position][level][c]`.
fn heat(features: &[Vec<Vec<f64>>], level: usize) -> Vec<f64> {
    let count = features[0][level].len();
    let mean = |c: usize| features.iter().map(|f| f[level][c]).sum::<f64>() / features.len() as f64;
    let means: Vec<f64> = (0..count).map(mean).collect();
    features.iter().map(|f| f[level].iter().zip(&means).map(|(h, m)| h * m).sum()).collect()
}

/// A generated field of random weights.
fn field(
    levels: usize,
    features: usize,
    lrelu_affine: bool,
    clamp: Option<f32>,
    seed: u32,
) -> GeneratedField {
    let synthesis = Synthesis {
        levels: (0..levels).map(|j| linear(features, features, seed + j as u32)).collect(),
        rgb: linear(features, 3, seed + 77),
        affine_activation: match lrelu_affine {
            true => AffineActivation::Lrelu,
            false => AffineActivation::None,
        },
        clamp,
    };
    let affine = Affine::new(levels, features, latent(seed, levels * features * 3)).unwrap();
    GeneratedField { synthesis: Arc::new(synthesis), affine }
}

fn linear(inputs: usize, outputs: usize, seed: u32) -> Linear {
    let scale = 1.0 / (inputs as f32).sqrt();
    let weight = latent(seed, inputs * outputs).into_iter().map(|v| v * scale).collect();
    Linear { inputs, outputs, weight, bias: latent(seed + 1, outputs) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn both_forms_at_any_size(
        levels in 1usize..5,
        features in 1usize..40,
        lrelu_affine: bool,
        clamp in proptest::option::of(0.5f32..4.0),
        seed in 0u32..1000,
        (width, height) in (1u32..9, 1u32..9),
    ) {
        let field = field(levels, features, lrelu_affine, clamp, seed);
        let view = View::new(Window::new(-0.5, 1.5, 0.0, 1.0), width, height, Grid::Centres).unwrap();
        let engine = CpuEngine::new(Some(1)).unwrap();
        let control = Control::default();
        let found = engine.render_to_vec(&Field::Generated(field.clone()), &view, &control).unwrap();
        for (i, found) in found.chunks_exact(3).enumerate() {
            let (x, y) = view.position(i as i64 % i64::from(width), i as i64 / i64::from(width));
            let expected = definition(&field.synthesis, &field.affine, x, y);
            for (e, f) in expected.iter().zip(found) {
                let scale = e.abs().max(1.0);
                prop_assert!((e - f64::from(*f)).abs() < 1e-4 * scale, "{e} {f}");
            }
        }
    }
    #[test]
    fn heat_of_every_level(
        levels in 1usize..5,
        count in 1usize..40,
        lrelu_affine: bool,
        clamp in proptest::option::of(0.5f32..4.0),
        seed in 0u32..1000,
        (width, height) in (1u32..40, 1u32..30),
    ) {
        let field = field(levels, count, lrelu_affine, clamp, seed);
        let view = View::new(Window::new(-0.5, 1.5, 0.0, 1.0), width, height, Grid::Centres).unwrap();
        let warp = Warp::elastic(0.05, 3, seed).unwrap();
        let view = view.rotated(20.0).unwrap().warped(warp);
        let pixels = (0..i64::from(height)).flat_map(|k| (0..i64::from(width)).map(move |i| (i, k)));
        let features: Vec<_> = pixels.map(|(i, k)| {
            let (x, y) = view.position(i, k);
            features(&field.synthesis, &field.affine, x, y)
        }).collect();
        let engine = CpuEngine::new(Some(1)).unwrap();
        // In any order, and not all of them.
        let wanted: Vec<usize> = (0..levels).rev().filter(|l| *l == 0 || l % 3 != 1).collect();
        let control = Control::default();
        let found = engine
            .heatmaps(&Field::Generated(field), &view, &wanted, &control)
            .unwrap();
        prop_assert_eq!(found.len(), wanted.len());
        for (level, found) in wanted.into_iter().zip(found) {
            let expected = heat(&features, level);
            let scale = expected.iter().fold(1.0f64, |m, e| m.max(e.abs()));
            for (e, f) in expected.iter().zip(&found) {
                prop_assert!((e - f64::from(*f)).abs() < 1e-4 * scale, "{level}: {e} {f}");
            }
            prop_assert_eq!(found.len(), expected.len());
        }
    }
}
