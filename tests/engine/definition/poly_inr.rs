//! Poly-INR against its definition (equation 3).

use std::sync::Arc;

use polyinr::engine::Features;
use polyinr::model::{ModelId, latent};
use polyinr::network::poly_inr::AffineActivation;
use polyinr::network::{Code, Linear, Network, PolyInr as Weights, PolyInrConfig};
use polyinr::ops::render_to_vec;
use polyinr::{Control, CpuEngine, Field, GeneratedField, Grid, View, Warp, Window};
use proptest::prelude::*;

use super::{Definition, Layer, Parameters, Value, heat, lrelu, positions};

/// A Poly-INR's field in f64.
pub struct PolyInr {
    layers: Vec<Layer>,
    affine: Vec<f64>,
    lrelu_affine: bool,
    clamp: f64,
}

impl PolyInr {
    pub fn new(network: &Weights, parameters: &Parameters) -> Self {
        let config = network.config();
        Self {
            layers: parameters.matrices.clone(),
            affine: parameters.code.clone(),
            lrelu_affine: config.affine_activation == AffineActivation::Lrelu,
            clamp: config.clamp.map_or(f64::INFINITY, f64::from),
        }
    }

    pub fn at(&self, x: f64, y: f64) -> Value {
        let (rgb, levels) = self.layers.split_last().expect("colours");
        let affine = self.affine.chunks_exact(self.affine.len() / levels.len());
        let mut kink = f64::INFINITY;
        let mut features: Vec<Vec<f64>> = Vec::new();
        for (layer, a) in levels.iter().zip(affine) {
            let row = |a: &[f64]| a[0] * x + a[1] * y + a[2];
            let term: Vec<f64> = a.chunks_exact(3).map(row).collect();
            let act = |a: f64| if self.lrelu_affine { lrelu(a) } else { a };
            if self.lrelu_affine && !features.is_empty() {
                term.iter().for_each(|a| kink = kink.min(a.abs()));
            }
            let input: Vec<f64> = match features.last() {
                None => term,
                Some(h) => h.iter().zip(&term).map(|(h, a)| h * act(*a)).collect(),
            };
            let mut clamped = |v: f64| {
                kink = kink.min(v.abs().min((lrelu(v).abs() - self.clamp).abs()));
                lrelu(v).clamp(-self.clamp, self.clamp)
            };
            features.push(layer.apply(&input).into_iter().map(&mut clamped).collect());
        }
        let rgb = rgb.apply(features.last().expect("a level"));
        Value { rgb, features, kink, border: f64::INFINITY }
    }
}

/// A generated field of random weights.
pub fn field(
    levels: usize,
    features: usize,
    lrelu_affine: bool,
    clamp: Option<f32>,
    seed: u32,
) -> GeneratedField {
    let layers = (0..levels).map(|j| linear(features, features, seed + j as u32)).collect();
    let network = network(lrelu_affine, clamp, layers, linear(features, 3, seed + 77));
    let code = code(&network, &latent(seed, levels * features * 3));
    let model = ModelId { name: "random".into(), id: String::new() };
    GeneratedField::from_parts(model, network, code).unwrap()
}

/// A network of these layers.
pub fn network(
    lrelu_affine: bool,
    clamp: Option<f32>,
    levels: Vec<Linear>,
    rgb: Linear,
) -> Arc<Network> {
    let mut config = PolyInrConfig::new(levels.len(), rgb.inputs);
    config.clamp = clamp;
    if !lrelu_affine {
        config.affine_activation = AffineActivation::None;
    }
    Arc::new(Network::PolyInr(Weights::new(config, levels, rgb).unwrap()))
}

/// The code of these numbers.
pub fn code(network: &Network, values: &[f32]) -> Code {
    Code::from_values(&network.code_shape(), values).unwrap()
}

pub fn linear(inputs: usize, outputs: usize, seed: u32) -> Linear {
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
        let found = render_to_vec(&engine, &Field::Generated(field.clone()), &view, &control).unwrap();
        let definition = Definition::new(field.network(), field.code());
        for ((x, y), found) in positions(&view).zip(found.chunks_exact(3)) {
            let expected = definition.rgb(x, y);
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
        let definition = Definition::new(field.network(), field.code());
        let features: Vec<_> = positions(&view).map(|(x, y)| definition.features(x, y)).collect();
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
