//! CREPS by its definition.

use std::cell::RefCell;
use std::collections::HashMap;
use std::f64::consts::TAU;
use std::rc::Rc;

use polyinr::network::creps::Refinement as RefinementWeights;
use polyinr::network::{Creps as Network, Modulated};

use super::modulated::{Layers, activated, clamped};
use super::{Layer, Parameters, Value, lrelu};

/// A CREPS's field in f64.
pub struct Creps {
    rank: usize,
    frequencies: Vec<f64>,
    /// The weight of what lines begin as, times the code's, `[C, 2 R]`.
    input: Vec<f64>,
    blocks: Vec<Block>,
    decoders: Vec<Vec<Layer>>,
    rgb: Layer,
    refinements: Vec<Refinement>,
    /// Of rows, and of columns, whose coordinates were asked for.
    known: [RefCell<HashMap<u64, Rc<Lines>>>; 2],
}

/// A block of layers of lines.
struct Block {
    layers: Vec<Layer>,
    /// What it adds to the channels of lines; nothing in the first.
    lines: Option<Layer>,
}

struct Refinement {
    layers: Vec<Layer>,
    rgb: Layer,
}

/// The lines of a row or a column.
struct Lines {
    /// Channels of every line, a map.
    maps: Vec<Vec<Vec<f64>>>,
    kink: f64,
}

impl Creps {
    pub fn new(network: &Network, parameters: &Parameters) -> Self {
        let mut layers = Layers::new(parameters);
        let blocks = network.blocks().iter().map(|block| Block {
            layers: demodulated(&mut layers, &block.layers),
            lines: block.lines.as_ref().map(|lines| layers.styled(lines)),
        });
        let blocks = blocks.collect();
        let refinement = |weights: &RefinementWeights| Refinement {
            layers: demodulated(&mut layers, &weights.layers),
            rgb: layers.styled(&weights.rgb),
        };
        let refinements = network.refinements().iter().map(refinement).collect();
        let decoder = |_: &_| (0..4).map(|_| layers.plain().clone()).collect();
        let decoders = network.decoders().iter().map(decoder).collect();
        let rgb = layers.plain().clone();
        let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        let input = network.input();
        let factors = parameters.of(&input.modulation)[0];
        let scale = (network.config().blocks[0] as f64).sqrt();
        let weight = wide(&input.weight).into_iter().zip(factors).map(|(w, f)| w * f / scale);
        Self {
            rank: network.config().rank,
            frequencies: wide(&input.frequencies),
            input: weight.collect(),
            blocks,
            decoders,
            rgb,
            refinements,
            known: Default::default(),
        }
    }

    pub fn at(&self, x: f64, y: f64) -> Value {
        let [rows, columns] = [(0, y), (1, x)].map(|(side, at)| self.known_lines(side, at));
        let mut kink = rows.kink.min(columns.kink);
        let maps = rows.maps.iter().zip(&columns.maps);
        let mut features: Vec<Vec<f64>> = maps.map(|(row, column)| composed(row, column)).collect();
        let mut fused = features[0].clone();
        for (number, decoder) in self.decoders.iter().enumerate() {
            for layer in decoder {
                fused = layer.apply(&fused);
                fused.iter().for_each(|v| kink = kink.min(v.abs()));
                fused.iter_mut().for_each(|v| *v = lrelu(*v));
            }
            // The last decoder's is followed by no other map.
            if number + 1 < self.decoders.len() {
                fused.iter_mut().zip(&features[number + 1]).for_each(|(v, own)| *v += own);
            }
            features.push(fused.clone());
        }
        let mut rgb = self.rgb.apply(&fused);
        for refinement in &self.refinements {
            for layer in &refinement.layers {
                fused = activated(layer.apply(&fused), &mut kink);
            }
            let added = clamped(refinement.rgb.apply(&fused), &mut kink);
            rgb.iter_mut().zip(added).for_each(|(v, more)| *v += more);
        }
        Value { rgb, features, kink, border: f64::INFINITY }
    }

    fn known_lines(&self, side: usize, at: f64) -> Rc<Lines> {
        let known = &self.known[side];
        if let Some(lines) = known.borrow().get(&at.to_bits()) {
            return lines.clone();
        }
        let lines = Rc::new(self.lines(side, at));
        known.borrow_mut().insert(at.to_bits(), lines.clone());
        lines
    }

    /// The lines of a row (side 0) or column (side 1) at a coordinate.
    fn lines(&self, side: usize, at: f64) -> Lines {
        let mut kink = f64::INFINITY;
        let mut maps = vec![Vec::new(); self.decoders.len()];
        for line in 0..self.rank {
            let mut x = self.first_features(side, line, at);
            let mut sum: Option<Vec<f64>> = None;
            let mut own = maps.iter_mut();
            for block in &self.blocks {
                for layer in &block.layers {
                    x = activated(layer.apply(&x), &mut kink);
                }
                let Some(lines) = &block.lines else { continue };
                let added = clamped(lines.apply(&x), &mut kink);
                let so_far = match sum.take() {
                    Some(sum) => sum.iter().zip(&added).map(|(a, b)| a + b).collect(),
                    None => added,
                };
                let scaled = so_far.iter().map(|v| v * 0.5f64.sqrt()).collect();
                own.next().expect("a map a block").push(scaled);
                sum = Some(so_far);
            }
        }
        Lines { maps, kink }
    }

    /// What a line begins as.
    fn first_features(&self, side: usize, line: usize, at: f64) -> Vec<f64> {
        let half = self.frequencies.len() / self.rank;
        let feature = |channel: usize| {
            let phase = TAU * at * self.frequencies[channel % half * self.rank + line];
            let wave = if channel < half { phase.sin() } else { phase.cos() };
            wave * self.input[(channel * 2 + side) * self.rank + line]
        };
        (0..2 * half).map(feature).collect()
    }
}

fn demodulated<'a>(
    layers: &mut Layers<'_>,
    modulated: impl IntoIterator<Item = &'a Modulated>,
) -> Vec<Layer> {
    modulated.into_iter().map(|layer| layers.demodulated(layer)).collect()
}

/// `Σ_d row_d column_d` of every channel.
fn composed(row: &[Vec<f64>], column: &[Vec<f64>]) -> Vec<f64> {
    let sum = |c: usize| row.iter().zip(column).map(|(r, l)| r[c] * l[c]).sum();
    (0..row[0].len()).map(sum).collect()
}
