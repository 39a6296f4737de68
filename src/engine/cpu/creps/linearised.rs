//! The way back through an image.
//!
//! Positions share lines, so that there are three tapes after one another: the image's weights; lines, a
//! chunk of coordinates at a time; and colours, a group of positions at a time. Derivatives go back through
//! groups, then chunks, then weights. Sums are taken in the order of groups and chunks, whose number
//! depends on the positions only, so that results do not depend on the number of threads.

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::fusion::{AllLines, colours, maps};
use super::lines::{Axis, lines};
use super::view_lines::joined;
use super::weights::{CrepsWeights, FusionWeights, LineWeights};
use crate::engine::cpu::image_inputs::ImageInputs;
use crate::engine::cpu::tape::{Dense, Pairs, Tape, Value, summed};
use crate::engine::derivatives::check_length;
use crate::engine::{Derivative, DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::network::Creps;
use crate::network::creps::LinePairs;

/// Coordinates a chunk.
const CHUNK: usize = 32;
/// Positions a group, at least, and groups, at most.
const GROUP: usize = 256;
const GROUPS: usize = 16;

/// A field at some positions.
pub(crate) struct LinearisedCreps<'a> {
    pool: &'a ThreadPool,
    network: &'a Creps,
    weights_wanted: bool,
    tape: Tape,
    inputs: ImageInputs,
    weights: CrepsWeights,
    /// Of rows, and of columns.
    lines: [Vec<LineChunk>; 2],
    groups: Vec<Group>,
    /// Positions a group.
    group: usize,
    rgb: Vec<f32>,
}

/// Lines at some coordinates.
struct LineChunk {
    tape: Tape,
    weights: LineWeights,
    maps: Vec<Value>,
}

impl LineChunk {
    fn new(weights: &LineWeights, axis: Axis, coordinates: &[f32]) -> Self {
        let mut tape = Tape::recording();
        let weights = weights.on(&mut tape);
        let maps = lines(&mut tape, &weights, axis, coordinates);
        Self { tape, weights, maps }
    }
}

/// Colours at some positions.
struct Group {
    tape: Tape,
    weights: FusionWeights,
    /// Of rows, and of columns.
    lines: [Vec<Value>; 2],
    rgb: Value,
}

impl Group {
    fn new(weights: &FusionWeights, lines: &[Vec<Value>; 2], pairs: Pairs) -> Self {
        let mut tape = Tape::recording();
        let weights = weights.on(&mut tape);
        let lines = lines.each_ref().map(|maps| {
            let own = maps.iter().map(|value| tape.input(value.dense().clone()));
            own.collect::<Vec<Value>>()
        });
        let [rows, columns] = &lines;
        let maps = maps(&mut tape, &weights, AllLines { rows, columns }, &Arc::new(pairs));
        let rgb = colours(&mut tape, &weights, maps.last());
        Self { tape, weights, lines, rgb }
    }

    /// Derivatives by its weights, then by lines of rows and of columns.
    fn slopes(&self, u: &[f32]) -> Vec<Dense> {
        let [rows, columns] = &self.lines;
        let wanted: Vec<&Value> =
            self.weights.values().into_iter().chain(rows).chain(columns).collect();
        self.tape.slopes([(&self.rgb, Dense::new(3, u.to_vec()))], &wanted)
    }
}

impl<'a> LinearisedCreps<'a> {
    /// Of a request for `network`.
    pub(crate) fn new(
        pool: &'a ThreadPool,
        network: &'a Creps,
        request: DerivativeRequest<'a>,
    ) -> Self {
        let mut tape = Tape::recording();
        let matrices = network.matrices();
        let inputs = ImageInputs::new(&mut tape, &matrices, request.code, request.weights);
        let weights = CrepsWeights::new(&mut tape, network, &inputs);
        let LinePairs { rows, columns, pairs } = LinePairs::new(request.positions);
        let group = pairs.len().div_ceil(GROUPS).max(GROUP);
        let chunks = |axis: Axis, coordinates: &[f32]| -> Vec<LineChunk> {
            let chunks = coordinates.par_chunks(CHUNK);
            chunks.map(|chunk| LineChunk::new(&weights.lines, axis, chunk)).collect()
        };
        let (lines, groups) = pool.install(|| {
            let lines = [chunks(Axis::Rows, &rows), chunks(Axis::Columns, &columns)];
            let all = lines.each_ref().map(|chunks| {
                joined(&chunks.iter().map(|chunk| chunk.maps.clone()).collect::<Vec<_>>())
            });
            let rank = network.config().rank;
            let groups = pairs.par_chunks(group).map(|pairs| {
                Group::new(&weights.fusion, &all, Pairs { rank, pairs: pairs.to_vec() })
            });
            (lines, groups.collect::<Vec<_>>())
        });
        let rgb = groups.iter().flat_map(|g: &Group| g.rgb.dense().values().to_vec()).collect();
        let weights_wanted = request.weights;
        Self { pool, network, weights_wanted, tape, inputs, weights, lines, groups, group, rgb }
    }

    /// Derivatives by all weights of lines, of one axis, from those by its lines.
    fn line_slopes(chunks: &[LineChunk], by_lines: &[Dense]) -> Vec<Dense> {
        let mut first = 0;
        let starts: Vec<usize> = chunks
            .iter()
            .map(|chunk| {
                let start = first;
                first += chunk.maps[0].dense().rows();
                start
            })
            .collect();
        let slopes = chunks.par_iter().zip(starts).map(|(chunk, start)| {
            let seeds = chunk.maps.iter().zip(by_lines).map(|(map, slopes)| {
                let (rows, columns) = (map.dense().rows(), slopes.columns());
                let own = &slopes.values()[start * columns..(start + rows) * columns];
                (map, Dense::new(columns, own.to_vec()))
            });
            chunk.tape.slopes(seeds, &chunk.weights.values())
        });
        summed(slopes.collect())
    }
}

impl LinearisedField for LinearisedCreps<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn derivative(&self, u: &[f32]) -> Result<Derivative> {
        check_length(u, &self.rgb)?;
        let own = self.weights.fusion.values();
        let (by_fusion, by_lines) = self.pool.install(|| {
            let groups = self.groups.par_iter().zip(u.par_chunks(self.group * 3));
            let mut slopes = summed(groups.map(|(group, u)| group.slopes(u)).collect());
            let mut by_lines = slopes.split_off(own.len().min(slopes.len()));
            let by_columns = by_lines.split_off(by_lines.len() / 2);
            let by_axis = [by_lines, by_columns];
            let by_lines = self.lines.iter().zip(&by_axis);
            let by_lines = by_lines.map(|(chunks, by)| Self::line_slopes(chunks, by));
            (slopes, summed(by_lines.collect()))
        });
        let lines = self.weights.lines.values();
        let seeds = own.into_iter().zip(by_fusion).chain(lines.into_iter().zip(by_lines));
        let matrices = self.network.matrices();
        Ok(self.inputs.derivative(&self.tape, seeds.collect(), &matrices, self.weights_wanted))
    }
}
