//! Poly-INR against its definition (equation 3), evaluated plainly in f64.

use std::sync::Arc;

use polyinr::engine::Features;
use polyinr::model::{ModelId, latent};
use polyinr::network::poly_inr::AffineActivation;
use polyinr::network::{Code, Linear, Network, PolyInr, PolyInrConfig};
use polyinr::ops::render_to_vec;
use polyinr::{Control, CpuEngine, Field, GeneratedField, Grid, View, Warp, Window};
use proptest::prelude::*;

pub fn lrelu(x: f64) -> f64 {
    x.max(0.2 * x)
}

/// A linear layer in f64.
#[derive(Clone)]
pub struct Layer {
    pub weight: Vec<f64>,
    pub bias: Vec<f64>,
}

impl Layer {
    pub fn new(layer: &Linear) -> Self {
        let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect();
        Self { weight: wide(&layer.weight), bias: wide(&layer.bias) }
    }

    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weight.chunks_exact(x.len()).zip(&self.bias);
        rows.map(|(row, b)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b).collect()
    }
}

/// A generator's field in f64.
#[derive(Clone)]
pub struct Definition {
    pub layers: Vec<Layer>,
    pub affine: Vec<f64>,
    lrelu_affine: bool,
    clamp: f64,
}

impl Definition {
    pub fn new(network: &Network, code: &Code) -> Self {
        let Network::PolyInr(network) = network;
        let config = network.config();
        Self {
            layers: network.levels().iter().chain([network.rgb()]).map(Layer::new).collect(),
            affine: code.values().map(f64::from).collect(),
            lrelu_affine: config.affine_activation == AffineActivation::Lrelu,
            clamp: config.clamp.map_or(f64::INFINITY, f64::from),
        }
    }

    /// RGB in `[0, 1]` nominal at one position.
    pub fn rgb(&self, x: f64, y: f64) -> Vec<f64> {
        let h = self.features(x, y).pop().expect("a level");
        self.layers[self.layers.len() - 1].apply(&h).into_iter().map(|v| (v + 1.0) / 2.0).collect()
    }

    /// The features of every level at one position, after activation and clamp.
    fn features(&self, x: f64, y: f64) -> Vec<Vec<f64>> {
        self.visit(x, y, |_| ())
    }

    /// Distance to the nearest kink of what is computed at one position: single precision may take
    /// the other slope of one that is nearer than its rounding.
    pub fn nearest_kink(&self, x: f64, y: f64) -> f64 {
        let mut nearest = f64::INFINITY;
        self.visit(x, y, |distance| nearest = nearest.min(distance));
        nearest
    }

    /// [`features`](Self::features); `kink` is told the distance of every value to its kinks.
    fn visit(&self, x: f64, y: f64, mut kink: impl FnMut(f64)) -> Vec<Vec<f64>> {
        let levels = &self.layers[..self.layers.len() - 1];
        let affine = self.affine.chunks_exact(self.affine.len() / levels.len());
        let mut all: Vec<Vec<f64>> = Vec::new();
        for (layer, a) in levels.iter().zip(affine) {
            let row = |a: &[f64]| a[0] * x + a[1] * y + a[2];
            let term: Vec<f64> = a.chunks_exact(3).map(row).collect();
            let act = |a: f64| if self.lrelu_affine { lrelu(a) } else { a };
            if self.lrelu_affine && !all.is_empty() {
                term.iter().for_each(|a| kink(a.abs()));
            }
            let input: Vec<f64> = match all.last() {
                None => term,
                Some(h) => h.iter().zip(&term).map(|(h, a)| h * act(*a)).collect(),
            };
            let mut clamped = |v: f64| {
                kink(v.abs().min((lrelu(v).abs() - self.clamp).abs()));
                lrelu(v).clamp(-self.clamp, self.clamp)
            };
            all.push(layer.apply(&input).into_iter().map(&mut clamped).collect());
        }
        all
    }
}

/// `Σ_c mean(h_c) h_c` at every position, for one level; `features` are `[position][level][c]`.
fn heat(features: &[Vec<Vec<f64>>], level: usize) -> Vec<f64> {
    let count = features[0][level].len();
    let mean = |c: usize| features.iter().map(|f| f[level][c]).sum::<f64>() / features.len() as f64;
    let means: Vec<f64> = (0..count).map(mean).collect();
    features.iter().map(|f| f[level].iter().zip(&means).map(|(h, m)| h * m).sum()).collect()
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
    Arc::new(Network::PolyInr(PolyInr::new(config, levels, rgb).unwrap()))
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
        for (i, found) in found.chunks_exact(3).enumerate() {
            let (x, y) = view.position(i as i64 % i64::from(width), i as i64 / i64::from(width));
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
        let pixels = (0..i64::from(height)).flat_map(|k| (0..i64::from(width)).map(move |i| (i, k)));
        let features: Vec<_> = pixels.map(|(i, k)| {
            let (x, y) = view.position(i, k);
            definition.features(x, y)
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
