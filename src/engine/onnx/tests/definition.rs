//! CREPS and INR-GAN by their definitions, evaluated plainly in f64.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2, TAU};

use crate::network::creps::{
    decoder_name, layer_name as line_layer_name, lines_name, refined_name, refined_rgb_name,
};
use crate::network::inr_gan::{Grids, Stage, Tap, layer_name, rgb_name};
use crate::network::{Code, Creps, InrGan, Matrix, Modulation, Network};

/// Features, `[block][place][feature]`, and colours `[place][channel]`.
type Evaluated = (Vec<Vec<Vec<f64>>>, Vec<Vec<f64>>);

/// A linear layer.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) weight: Vec<f64>,
    pub(super) bias: Vec<f64>,
    inputs: usize,
}

/// A generator's field.
#[derive(Clone)]
pub(super) struct Definition<'a> {
    network: &'a Network,
    /// The code's tensors, level by level.
    pub(super) code: Vec<Vec<Vec<f64>>>,
    /// By name.
    pub(super) layers: BTreeMap<String, Layer>,
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

fn lrelu(x: f64) -> f64 {
    x.max(0.2 * x)
}

impl Layer {
    fn new(matrix: &Matrix<'_>) -> Self {
        let layer = matrix.layer;
        Self { weight: wide(&layer.weight), bias: wide(&layer.bias), inputs: layer.inputs }
    }

    fn apply(&self, x: &[f64]) -> Vec<f64> {
        assert_eq!(x.len(), self.inputs);
        let rows = self.weight.chunks_exact(self.inputs).zip(&self.bias);
        rows.map(|(row, b)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b).collect()
    }

    fn active(&self, x: &[f64]) -> Vec<f64> {
        self.apply(x).into_iter().map(|v| (SQRT_2 * lrelu(v)).clamp(-256.0, 256.0)).collect()
    }

    /// With columns multiplied by factors.
    fn scaled(&self, factors: &[f64], scale: f64) -> Self {
        let mut new = self.clone();
        for row in new.weight.chunks_exact_mut(self.inputs) {
            row.iter_mut().zip(factors).for_each(|(w, f)| *w *= f * scale);
        }
        new
    }

    /// With rows divided by what `length` makes of the sum of their squares.
    fn divided(mut self, length: impl Fn(f64) -> f64) -> Self {
        for row in self.weight.chunks_exact_mut(self.inputs) {
            let length = length(row.iter().map(|w| w * w).sum());
            row.iter_mut().for_each(|w| *w /= length);
        }
        self
    }
}

impl<'a> Definition<'a> {
    pub(super) fn new(network: &'a Network, code: &Code) -> Self {
        let level = |level| code.level(level).iter().map(|t| wide(t.values())).collect();
        let layers = network.matrices().into_iter().map(|m| (m.name.clone(), Layer::new(&m)));
        Self { network, code: (0..code.levels()).map(level).collect(), layers: layers.collect() }
    }

    /// RGB of the nominal range [0, 1].
    pub(super) fn rgb(&self, positions: &[[f32; 2]]) -> Vec<f64> {
        match self.network {
            Network::Creps(n) => nominal(positions.iter().flat_map(|p| self.creps(n, *p).1)),
            Network::InrGan(n) => {
                let wide: Vec<[f64; 2]> = positions.iter().map(|p| p.map(f64::from)).collect();
                self.of_blocks(n, n.config().blocks.len() - 1, &wide)
            }
            Network::PolyInr(_) => panic!("it has a definition elsewhere"),
        }
    }

    fn code(&self, modulation: &Modulation) -> &[Vec<f64>] {
        &self.code[modulation.level()][modulation.numbers()]
    }

    fn even(&self, name: &str, modulation: &Modulation) -> Layer {
        self.layers[name].scaled(&self.code(modulation)[0], 1.0).divided(|s| (s + 1e-8).sqrt())
    }

    fn colours(&self, name: &str, modulation: &Modulation) -> Layer {
        let layer = &self.layers[name];
        layer.scaled(&self.code(modulation)[0], 1.0 / (layer.inputs as f64).sqrt())
    }

    /// Every map, and colours of the nominal range [-1, 1].
    fn creps(&self, network: &Creps, [x, y]: [f32; 2]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let (rank, c) = (network.config().rank, network.config().line_channels);
        let lines = |at: f32, axis: usize| -> Vec<Vec<Vec<f64>>> {
            (0..rank).map(|d| self.line(network, f64::from(at), axis, d)).collect()
        };
        let (rows, columns) = (lines(y, 0), lines(x, 1));
        let composed = |map: usize| -> Vec<f64> {
            let sum = |k: usize| (0..rank).map(|d| rows[d][map][k] * columns[d][map][k]).sum();
            (0..c).map(sum).collect()
        };
        let mut maps: Vec<Vec<f64>> = (0..network.config().maps()).map(composed).collect();
        let mut e = composed(0);
        for map in 0..network.config().maps() {
            for i in 0..4 {
                let y = self.layers[&decoder_name(map, i)].apply(&e);
                e = y.into_iter().map(lrelu).collect();
            }
            if map + 1 < network.config().maps() {
                e.iter_mut().zip(composed(map + 1)).for_each(|(e, f)| *e += f);
            }
            maps.push(e.clone());
        }
        let mut rgb = self.layers["rgb"].apply(&e);
        for (k, refinement) in network.refinements().iter().enumerate() {
            for (i, layer) in refinement.layers.iter().enumerate() {
                e = self.even(&refined_name(k, i), &layer.modulation).active(&e);
            }
            let layer = self.colours(&refined_rgb_name(k), &refinement.rgb.modulation);
            rgb.iter_mut().zip(layer.apply(&e)).for_each(|(v, more)| *v += more);
        }
        (maps, rgb)
    }

    /// What line `d` of a row or column adds up to after each block but the first.
    fn line(&self, network: &Creps, at: f64, axis: usize, d: usize) -> Vec<Vec<f64>> {
        let (channels, rank) = (network.config().blocks[0], network.config().rank);
        let (input, half) = (network.input(), channels / 2);
        let code = &self.code(&input.modulation)[0];
        let wave = |k: usize| {
            let q = TAU * at * f64::from(input.frequencies[(k % half) * rank + d]);
            let place = k * 2 * rank + axis * rank + d;
            let amplitude = f64::from(input.weight[place]) * code[place];
            (if k < half { q } else { q + PI / 2.0 }).sin() * amplitude / (channels as f64).sqrt()
        };
        let mut x: Vec<f64> = (0..channels).map(wave).collect();
        let mut sum = vec![0.0; network.config().line_channels];
        let mut all = Vec::new();
        for (b, block) in network.blocks().iter().enumerate() {
            for (i, layer) in block.layers.iter().enumerate() {
                x = self.even(&line_layer_name(b, i), &layer.modulation).active(&x);
            }
            if let Some(lines) = &block.lines {
                let added = self.colours(&lines_name(b), &lines.modulation).apply(&x);
                sum.iter_mut().zip(added).for_each(|(s, v)| *s += v.clamp(-256.0, 256.0));
                all.push(sum.iter().map(|v| v * FRAC_1_SQRT_2).collect());
            }
        }
        all
    }

    /// The features of every map that can be looked at, `[map][position][feature]`.
    pub(super) fn features(&self, positions: &[[f32; 2]]) -> Vec<Vec<Vec<f64>>> {
        match self.network {
            Network::Creps(n) => {
                let all: Vec<_> = positions.iter().map(|p| self.creps(n, *p).0).collect();
                let map = |map: usize| all.iter().map(|maps| maps[map].clone()).collect();
                (0..self.network.maps()).map(map).collect()
            }
            Network::InrGan(n) => {
                let wide: Vec<[f64; 2]> = positions.iter().map(|p| p.map(f64::from)).collect();
                self.inr_gan(n, n.config().blocks.len() - 1, &wide).0
            }
            Network::PolyInr(_) => panic!("it has a definition elsewhere"),
        }
    }

    /// RGB of an INR-GAN by its blocks up to `last`.
    pub(super) fn of_blocks(
        &self,
        network: &InrGan,
        last: usize,
        positions: &[[f64; 2]],
    ) -> Vec<f64> {
        nominal(self.inr_gan(network, last, positions).1.into_iter().flatten())
    }

    fn inr_gan(&self, network: &InrGan, last: usize, positions: &[[f64; 2]]) -> Evaluated {
        let config = network.config();
        let mut deviations = BTreeMap::new();
        if config.normalised {
            self.blocks(network, &Grids::native(config).stages, &mut deviations);
        }
        let grids = Grids::new(config, last, positions.iter().copied());
        self.blocks(network, &grids.stages, &mut deviations)
    }

    /// At the last stage's places. Deviations that are not known yet are noted.
    fn blocks(
        &self,
        network: &InrGan,
        stages: &[Stage],
        deviations: &mut BTreeMap<(usize, usize), Vec<f64>>,
    ) -> Evaluated {
        let (mut all, mut rgb): Evaluated = Default::default();
        for stage in stages {
            let count = stage.places.len();
            let mut x = vec![Vec::new(); count];
            if stage.per_place > 0 {
                all = all.iter().map(|features| taken(stage, features)).collect();
                rgb = taken(stage, &rgb);
                x = all[all.len() - 1].clone();
            } else {
                rgb = vec![vec![0.0; 3]; count];
            }
            for block in stage.blocks.clone() {
                let own = self.embedded(network, stage, block);
                x.iter_mut().zip(own).for_each(|(x, own)| x.extend(own));
                self.layers_of(network, block, &mut x, deviations);
                let layer = &network.blocks()[block].rgb;
                let layer = self.colours(&rgb_name(block), &layer.modulation);
                for (sum, x) in rgb.iter_mut().zip(&x) {
                    sum.iter_mut().zip(layer.apply(x)).for_each(|(s, v)| *s += v);
                }
                all.push(x.clone());
            }
        }
        (all, rgb)
    }

    fn layers_of(
        &self,
        network: &InrGan,
        block: usize,
        features: &mut [Vec<f64>],
        deviations: &mut BTreeMap<(usize, usize), Vec<f64>>,
    ) {
        let rank = network.config().rank;
        for (i, layer) in network.blocks()[block].layers.iter().enumerate() {
            if network.config().is_normalised(block, i) {
                let known = deviations.entry((block, i)).or_insert_with(|| spread(features));
                let divided = |x: &mut Vec<f64>| {
                    x.iter_mut().zip(&*known).for_each(|(v, d)| *v /= d + 1e-8);
                };
                features.iter_mut().for_each(divided);
            }
            let mut own = self.layers[&layer_name(block, i)].clone();
            let [left, right] = self.code(&layer.modulation) else { panic!("two factors") };
            for (at, w) in own.weight.iter_mut().enumerate() {
                let (o, k) = (at / own.inputs, at % own.inputs);
                let terms = (0..rank).map(|r| left[o * rank + r] * right[r * own.inputs + k]);
                *w *= terms.sum::<f64>() / (rank as f64).sqrt() + 1.0;
            }
            let own = own.divided(|s| s.sqrt() + 1e-8);
            features.iter_mut().for_each(|x| *x = own.active(x));
        }
    }

    fn embedded(&self, network: &InrGan, stage: &Stage, block: usize) -> Vec<Vec<f64>> {
        let Some(embedding) = &network.blocks()[block].embedding else {
            return vec![Vec::new(); stage.places.len()];
        };
        let r = network.config().resolution_of(block);
        let place = |place: &[f64; 2]| {
            let [x, y] = stage.coordinates(*place);
            let waves = embedding.basis.chunks_exact(2);
            let waves = waves.map(|b| f64::from(b[0]) * x + f64::from(b[1]) * y);
            let mut all: Vec<f64> = waves.clone().map(f64::sin).collect();
            all.extend(waves.map(f64::cos));
            let taps = stage.constants(*place);
            all.extend(embedding.constants.chunks_exact(r * r).map(|map| {
                let tap = |t: &Tap| f64::from(t.weight) * f64::from(map[t.place as usize]);
                taps.iter().map(tap).sum::<f64>()
            }));
            all
        };
        stage.places.iter().map(place).collect()
    }
}

/// What every place of a stage takes of values of the stage before.
fn taken(stage: &Stage, values: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let place = |taps: &[Tap]| {
        let mut sum = vec![0.0; values[0].len()];
        for tap in taps {
            let (from, weight) = (&values[tap.place as usize], f64::from(tap.weight));
            sum.iter_mut().zip(from).for_each(|(s, v)| *s += weight * v);
        }
        sum
    };
    stage.taps.chunks(stage.per_place).map(place).collect()
}

/// From the nominal range [-1, 1] to [0, 1].
fn nominal(rgb: impl Iterator<Item = f64>) -> Vec<f64> {
    rgb.map(|v| (v + 1.0) / 2.0).collect()
}

/// The unbiased deviation of each feature.
fn spread(features: &[Vec<f64>]) -> Vec<f64> {
    let count = features.len() as f64;
    let of = |k: usize| {
        let mean = features.iter().map(|x| x[k]).sum::<f64>() / count;
        let squares = features.iter().map(|x| (x[k] - mean).powi(2)).sum::<f64>();
        (squares / (count - 1.0)).sqrt()
    };
    (0..features[0].len()).map(of).collect()
}
