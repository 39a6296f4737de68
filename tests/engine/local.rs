//! Pictures' fields against their definition, evaluated plainly in f64.

use std::sync::Arc;

use crate::definition::{Layer, linear, lrelu};
use polyinr::model::{About, Upscaler, latent};
use polyinr::network::local_poly_inr::{AffineLayer, Blend, COMPONENTS};
use polyinr::network::{
    Conv3x3, Linear, LocalPolyInr, LocalPolyInrConfig, LocalPolyInrWeights, UpscalerNetwork,
};
use polyinr::ops::render_to_vec;
use polyinr::{Channels, Control, CpuEngine, Field, PictureField, Raster, Samples, View};
use proptest::prelude::*;

/// An upscaler of random weights.
pub fn upscaler(
    [channels, blocks]: [usize; 2],
    [levels, features]: [usize; 2],
    (blend, affine_side): (Blend, usize),
    seed: u32,
) -> Arc<Upscaler> {
    let mut config = LocalPolyInrConfig::new([channels, blocks], [levels, features]);
    config.blend = blend;
    config.affine_side = affine_side;
    let outputs = levels * features * COMPONENTS;
    let about = About {
        name: "random".into(),
        id: String::new(),
        parameters: 0,
        licence: String::new(),
        training: String::new(),
    };
    let weights = LocalPolyInrWeights {
        head: conv(3, channels, seed),
        blocks: (0..blocks as u32)
            .map(|i| [1, 2].map(|j| conv(channels, channels, seed + 2 * i + j)))
            .collect(),
        tail: conv(channels, channels, seed + 50),
        affine: match affine_side {
            1 => AffineLayer::Point(linear(channels, outputs, seed + 60)),
            _ => AffineLayer::Conv(conv(channels, outputs, seed + 60)),
        },
        levels: (0..levels as u32).map(|j| linear(features, features, seed + 70 + j)).collect(),
        rgb: linear(features, 3, seed + 90),
        strength: None,
    };
    let network = UpscalerNetwork::LocalPolyInr(LocalPolyInr::new(config, weights).unwrap());
    Arc::new(Upscaler::new(about, [1.0, 4.0], network))
}

/// The network of an upscaler.
fn network(upscaler: &Upscaler) -> &LocalPolyInr {
    let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
    network
}

fn conv(inputs: usize, outputs: usize, seed: u32) -> Conv3x3 {
    let Linear { weight, bias, .. } = linear(inputs * 9, outputs, seed);
    Conv3x3 { inputs, outputs, weight, bias }
}

/// A picture of `width` columns: a vector for every pixel.
pub struct Map {
    width: i64,
    pixels: Vec<Vec<f64>>,
}

impl Map {
    fn height(&self) -> i64 {
        self.pixels.len() as i64 / self.width
    }

    /// The vector at column `x` and row `y`, if that is inside.
    fn at(&self, x: i64, y: i64) -> Option<&[f64]> {
        let inside = (0..self.width).contains(&x) && (0..self.height()).contains(&y);
        inside.then(|| self.pixels[(y * self.width + x) as usize].as_slice())
    }

    /// What `of` makes of every pixel.
    fn map(&self, of: impl Fn(i64, i64) -> Vec<f64>) -> Self {
        let places = (0..self.pixels.len() as i64).map(|i| (i % self.width, i / self.width));
        Self { width: self.width, pixels: places.map(|(x, y)| of(x, y)).collect() }
    }

    fn conv(&self, conv: &Conv3x3) -> Self {
        self.map(|x, y| {
            let output = |o: usize| {
                let mut sum = f64::from(conv.bias[o]);
                for tap in 0..9 {
                    let (dx, dy) = (tap % 3 - 1, tap / 3 - 1);
                    let Some(values) = self.at(x + dx, y + dy) else { continue };
                    for (i, value) in values.iter().enumerate() {
                        let at = (o * conv.inputs + i) * 9 + tap as usize;
                        sum += value * f64::from(conv.weight[at]);
                    }
                }
                sum
            };
            (0..conv.outputs).map(output).collect()
        })
    }

    fn relu(self) -> Self {
        self.map(|x, y| self.at(x, y).unwrap().iter().map(|v| v.max(0.0)).collect())
    }

    fn plus(self, other: &Self) -> Self {
        self.map(|x, y| {
            let pairs = self.at(x, y).unwrap().iter().zip(other.at(x, y).unwrap());
            pairs.map(|(a, b)| a + b).collect()
        })
    }
}

/// Affine parameters of all pixels, `[levels, n, 4]` each.
fn cells(upscaler: &Upscaler, picture: &Map) -> Map {
    let centred = picture.map(|x, y| picture.at(x, y).unwrap().iter().map(|v| v - 0.5).collect());
    let weights = network(upscaler).weights();
    let head = centred.conv(&weights.head);
    let mut y = head.map(|x, y| head.at(x, y).unwrap().to_vec());
    for [first, second] in &weights.blocks {
        y = y.conv(first).relu().conv(second).plus(&y);
    }
    let features = y.conv(&weights.tail).plus(&head);
    match &weights.affine {
        AffineLayer::Conv(conv) => features.conv(conv),
        AffineLayer::Point(linear) => {
            let layer = Layer::new(linear);
            features.map(|x, y| layer.apply(features.at(x, y).unwrap()))
        }
    }
}

/// The colour that affine terms `[levels, n]` make.
fn colour(upscaler: &Upscaler, terms: &[f64]) -> Vec<f64> {
    let mut h: Option<Vec<f64>> = None;
    let (weights, features) = (network(upscaler).weights(), network(upscaler).config().features);
    for (level, terms) in weights.levels.iter().zip(terms.chunks(features)) {
        let terms: Vec<f64> = terms.iter().map(|t| lrelu(*t)).collect();
        let input = match h {
            None => terms,
            Some(h) => h.iter().zip(terms).map(|(h, t)| h * t).collect(),
        };
        h = Some(Layer::new(level).apply(&input).into_iter().map(lrelu).collect());
    }
    Layer::new(&weights.rgb).apply(&h.expect("a level"))
}

/// The residual at a position, x and y in pixels from the upper left corner.
fn residual(upscaler: &Upscaler, cells: &Map, [x, y]: [f64; 2], inverse_scale: f64) -> Vec<f64> {
    let [left, top] = [x, y].map(|at| (at - 0.5).floor());
    let (right, below) = (x - 0.5 - left, y - 0.5 - top);
    let mut terms = Vec::new();
    for corner in 0..4 {
        let (i, k) = (corner % 2, corner / 2);
        let inside = |at: f64, size: i64| (at as i64).clamp(0, size - 1);
        let column = inside(left + i as f64, cells.width);
        let row = inside(top + k as f64, cells.height());
        let at = [x - 0.5 - column as f64, y - 0.5 - row as f64, 1.0, inverse_scale];
        let term = |a: &[f64]| a.iter().zip(at).map(|(a, x)| a * x).sum::<f64>();
        let own: Vec<f64> = cells.at(column, row).unwrap().chunks(4).map(term).collect();
        let share = [1.0 - right, right][i] * [1.0 - below, below][k];
        terms.push((share, own));
    }
    let blend = |parts: Vec<(f64, Vec<f64>)>| -> Vec<f64> {
        let sum = |c: usize| parts.iter().map(|(share, values)| share * values[c]).sum();
        (0..parts[0].1.len()).map(sum).collect()
    };
    match network(upscaler).config().blend {
        Blend::Terms => colour(upscaler, &blend(terms)),
        Blend::Colours => {
            blend(terms.into_iter().map(|(share, t)| (share, colour(upscaler, &t))).collect())
        }
    }
}

/// Bicubic interpolation with a = -0.75, edges going on.
fn bicubic(picture: &Map, [x, y]: [f64; 2]) -> Vec<f64> {
    const A: f64 = -0.75;
    let weight = |d: f64| match d.abs() {
        d if d <= 1.0 => (A + 2.0) * d.powi(3) - (A + 3.0) * d.powi(2) + 1.0,
        d if d < 2.0 => A * (d.powi(3) - 5.0 * d.powi(2) + 8.0 * d - 4.0),
        _ => 0.0,
    };
    let [left, top] = [x, y].map(|at| (at - 0.5).floor() as i64);
    let mut sum = vec![0.0; 3];
    for (row, column) in (-1..3).flat_map(|k| (-1..3).map(move |i| (top + k, left + i))) {
        let share = weight(x - 0.5 - column as f64) * weight(y - 0.5 - row as f64);
        let (column, row) =
            (column.clamp(0, picture.width - 1), row.clamp(0, picture.height() - 1));
        let pixel = picture.at(column, row).unwrap();
        sum.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += share * v);
    }
    sum
}

/// A random picture's field and the picture.
pub fn field(upscaler: &Arc<Upscaler>, [width, height]: [u32; 2], seed: u32) -> (Field, Map) {
    let count = (width * height * 3) as usize;
    let values: Vec<f32> =
        latent(seed, count).iter().map(|v| (0.5 + 0.2 * v).clamp(0.0, 1.0)).collect();
    let pixels = values.chunks(3).map(|p| p.iter().map(|v| f64::from(*v)).collect()).collect();
    let raster = Raster::new(width, height, Channels::Rgb, Samples::F32(values)).unwrap();
    let field = PictureField::new(upscaler, Arc::new(raster));
    (Field::Picture(field), Map { width: i64::from(width), pixels })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pictures_are_as_defined(
        channels in 1usize..20,
        blocks in 0usize..3,
        levels in 1usize..4,
        features in 1usize..36,
        terms: bool,
        point: bool,
        seed in 0u32..1000,
        (width, height) in (1u32..11, 1u32..9),
        (columns, rows) in (11u32..80, 9u32..20),
    ) {
        // A picture of one colour is levelled, and a smaller view shows it reduced.
        prop_assume!(width * height > 1);
        let form = (if terms { Blend::Terms } else { Blend::Colours }, if point { 1 } else { 3 });
        let upscaler = upscaler([channels, blocks], [levels, features], form, seed);
        let (field, picture) = field(&upscaler, [width, height], seed);
        let view: View = field.view(columns, rows).unwrap();
        let engine = CpuEngine::new(Some(1)).unwrap();
        let found = render_to_vec(&engine, &field, &view, &Control::default()).unwrap();
        let cells = cells(&upscaler, &picture);
        let [across, down] =
            [(width, columns), (height, rows)].map(|(w, c)| f64::from(w) / f64::from(c));
        let inverse_scale = (across * down).sqrt().clamp(1.0 / 4.0, 1.0);
        for (i, found) in found.chunks_exact(3).enumerate() {
            let (column, row) = (i as u32 % columns, i as u32 / columns);
            let at = [(f64::from(column) + 0.5) * across, (f64::from(row) + 0.5) * down];
            let residual = residual(&upscaler, &cells, at, inverse_scale);
            for ((base, r), f) in bicubic(&picture, at).iter().zip(residual).zip(found) {
                let scale = (base + r).abs().max(1.0);
                prop_assert!((base + r - f64::from(*f)).abs() < 2e-4 * scale, "{base} {r} {f}");
            }
        }
    }
}
