//! INR-GAN by its definition.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use polyinr::network::InrGan as Network;
use polyinr::network::inr_gan::{Embedding, InrGanConfig, InrGanLayers, Upsampling};

use super::modulated::{Layers, activated};
use super::{Layer, Parameters, Value};

/// What is known of cells: of which block, and which column and row of its grid.
type Cells = HashMap<(usize, [i64; 2]), Rc<Value>>;

/// An INR-GAN's field in f64.
pub struct InrGan {
    config: InrGanConfig,
    /// Blocks of one resolution after those of the one before.
    stages: Vec<Stage>,
    /// Values at whole cells, by stage, column and row.
    cells: RefCell<Cells>,
}

/// Blocks of one resolution.
struct Stage {
    resolution: usize,
    embedding: Option<Waves>,
    blocks: Vec<Block>,
}

/// An embedding of positions.
struct Waves {
    basis: Vec<f64>,
    constants: Vec<f64>,
}

struct Block {
    layers: Vec<Normalised>,
    rgb: Layer,
}

/// A layer, and what its inputs are divided by.
struct Normalised {
    layer: Layer,
    deviations: Option<Vec<f64>>,
}

impl InrGan {
    /// The field with the blocks up to `last`.
    pub fn new(network: &Network, parameters: &Parameters, last: usize) -> Self {
        let config = network.config().clone();
        let mut layers = Layers::new(parameters);
        let mut stages: Vec<Stage> = Vec::new();
        for (number, weights) in network.blocks()[..=last].iter().enumerate() {
            if config.takes_coordinates(number) {
                let embedding = weights.embedding.as_ref().map(|e| Waves::new(e));
                let resolution = config.resolution_of(number);
                stages.push(Stage { resolution, embedding, blocks: Vec::new() });
            }
            let block = Block::new(weights, config.rank, &mut layers);
            stages.last_mut().expect("a first block's").blocks.push(block);
        }
        let mut field = Self { config, stages, cells: RefCell::default() };
        if field.config.normalised {
            field.normalise();
        }
        field
    }

    pub fn at(&self, x: f64, y: f64) -> Value {
        let last = self.stages.len() - 1;
        let side = self.stages[last].resolution as f64;
        self.value(last, [x, y].map(|v| v * side - 0.5))
    }

    /// The value of a stage at a place of its grid, between cells' centres.
    fn value(&self, stage: usize, place: [f64; 2]) -> Value {
        let (mut value, embedded) = self.inputs(stage, place);
        let mut x = value.features.last().cloned().unwrap_or_default();
        x.extend(embedded);
        for block in &self.stages[stage].blocks {
            for layer in &block.layers {
                x = layer.apply(x, &mut value.kink);
            }
            let colours = block.rgb.apply(&x);
            value.rgb.iter_mut().zip(colours).for_each(|(v, more)| *v += more);
            value.features.push(x.clone());
        }
        value
    }

    /// What a place takes of the stage before, and the embedding of its coordinates.
    fn inputs(&self, stage: usize, place: [f64; 2]) -> (Value, Vec<f64>) {
        let Stage { resolution, embedding, .. } = &self.stages[stage];
        let embedded = embedding.as_ref().map(|e| e.at(place, *resolution)).unwrap_or_default();
        let Some(before) = stage.checked_sub(1) else {
            let (rgb, features) = (vec![0.0; 3], Vec::new());
            return (Value { rgb, features, kink: f64::INFINITY, border: f64::INFINITY }, embedded);
        };
        let sides = [*resolution, self.stages[before].resolution].map(|r| r as f64);
        let value = match self.config.upsampling {
            Upsampling::Nearest => self.nearest(before, place, sides),
            Upsampling::Bilinear => self.bilinear(before, place, sides),
        };
        (value, embedded)
    }

    /// The cell of a stage in which a place of the next one's grid lies.
    fn nearest(&self, stage: usize, place: [f64; 2], [own, coarse]: [f64; 2]) -> Value {
        let at = place.map(|v| (v + 0.5) * coarse / own);
        let cell = self.cell(stage, at.map(|v| v.floor() as i64));
        let [across, down] = at.map(|v| (v - v.round()).abs());
        let mut value = cell.as_ref().clone();
        value.border = value.border.min(across).min(down);
        value
    }

    /// Between the four cells of a stage around a place of the next one's grid.
    fn bilinear(&self, stage: usize, place: [f64; 2], [own, coarse]: [f64; 2]) -> Value {
        let at = place.map(|v| v * (coarse - 1.0) / (own - 1.0));
        let [x, y] =
            at.map(|v| [(v.floor(), 1.0 - v + v.floor()), (v.floor() + 1.0, v - v.floor())]);
        let mut sum: Option<Value> = None;
        for (row, down) in y {
            for (column, across) in x {
                let part = across * down;
                if part == 0.0 {
                    continue;
                }
                let cell = self.cell(stage, [column as i64, row as i64]);
                sum = Some(match sum {
                    None => cell.as_ref().clone().times(part),
                    Some(sum) => sum.plus(&cell, part),
                });
            }
        }
        sum.expect("parts that add up to 1")
    }

    /// The value of a stage at a whole cell.
    fn cell(&self, stage: usize, cell: [i64; 2]) -> Rc<Value> {
        let key = (stage, cell);
        if let Some(value) = self.cells.borrow().get(&key) {
            return value.clone();
        }
        let value = Rc::new(self.value(stage, cell.map(|v| v as f64)));
        self.cells.borrow_mut().insert(key, value.clone());
        value
    }

    /// Takes the deviations of layers' inputs over the native picture.
    fn normalise(&mut self) {
        let mut number = 0;
        for stage in 0..self.stages.len() {
            let side = self.stages[stage].resolution;
            let cells = (0..side * side).map(|i| [(i % side) as f64, (i / side) as f64]);
            let mut inputs: Vec<Vec<f64>> = cells
                .map(|place| {
                    let (value, embedded) = self.inputs(stage, place);
                    value.features.last().into_iter().flatten().copied().chain(embedded).collect()
                })
                .collect();
            for block in &mut self.stages[stage].blocks {
                for (i, layer) in block.layers.iter_mut().enumerate() {
                    if self.config.is_normalised(number, i) {
                        layer.deviations = Some(deviations(&inputs));
                    }
                    let mut kink = f64::INFINITY;
                    inputs = inputs.into_iter().map(|x| layer.apply(x, &mut kink)).collect();
                }
                number += 1;
            }
        }
    }
}

impl Block {
    fn new(weights: &InrGanLayers, rank: usize, layers: &mut Layers<'_>) -> Self {
        let made = weights.layers.iter().map(|layer| {
            let layer = layers.factorised(layer, rank);
            Normalised { layer, deviations: None }
        });
        Self { layers: made.collect(), rgb: layers.styled(&weights.rgb) }
    }
}

impl Normalised {
    fn apply(&self, mut x: Vec<f64>, kink: &mut f64) -> Vec<f64> {
        for (v, deviation) in x.iter_mut().zip(self.deviations.iter().flatten()) {
            *v /= deviation;
        }
        activated(self.layer.apply(&x), kink)
    }
}

impl Waves {
    fn new(embedding: &Embedding) -> Self {
        let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect();
        Self { basis: wide(&embedding.basis), constants: wide(&embedding.constants) }
    }

    /// Sines, cosines and constants at a place of a grid of side r.
    fn at(&self, [column, row]: [f64; 2], side: usize) -> Vec<f64> {
        let r = side as f64;
        let (x, y) = (2.0 * column / r - 1.0, 2.0 * (r - 1.0 - row) / r - 1.0);
        let phases = self.basis.chunks_exact(2).map(|b| b[0] * x + b[1] * y);
        let sines = phases.clone().map(f64::sin);
        let constants = self.constants.chunks_exact(side * side);
        let constants = constants.map(|map| sampled(map, side, [column, row]));
        sines.chain(phases.map(f64::cos)).chain(constants).collect()
    }
}

/// A map between the four cells around a place; outside, its edge goes on.
fn sampled(map: &[f64], side: usize, place: [f64; 2]) -> f64 {
    let [x, y] = place.map(|v| v.clamp(0.0, (side - 1) as f64));
    let cell = |column: f64, row: f64| {
        let [column, row] = [column, row].map(|v| (v as usize).min(side - 1));
        map[row * side + column]
    };
    let along = |row: f64| {
        let part = x - x.floor();
        cell(x, row) * (1.0 - part) + cell(x + 1.0, row) * part
    };
    let part = y - y.floor();
    along(y) * (1.0 - part) + along(y + 1.0) * part
}

/// Unbiased standard deviation of every feature over the cells, and 1e-8.
fn deviations(cells: &[Vec<f64>]) -> Vec<f64> {
    let count = cells.len() as f64;
    let deviation = |c: usize| {
        let mean = cells.iter().map(|x| x[c]).sum::<f64>() / count;
        let squares = cells.iter().map(|x| (x[c] - mean).powi(2)).sum::<f64>();
        (squares / (count - 1.0)).sqrt() + 1e-8
    };
    (0..cells[0].len()).map(deviation).collect()
}

impl Value {
    fn values(&mut self) -> impl Iterator<Item = &mut f64> {
        self.rgb.iter_mut().chain(self.features.iter_mut().flatten())
    }

    fn times(mut self, part: f64) -> Self {
        self.values().for_each(|v| *v *= part);
        self
    }

    fn plus(mut self, other: &Self, part: f64) -> Self {
        let more = other.rgb.iter().chain(other.features.iter().flatten());
        self.values().zip(more).for_each(|(v, more)| *v += part * more);
        self.kink = self.kink.min(other.kink);
        self.border = self.border.min(other.border);
        self
    }
}
