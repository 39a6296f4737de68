//! Derivatives of a field, a few thousand positions at a time.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use super::gradients::gradient_name;
use super::group::Group;
use super::layers::InputValues;
use super::networks::{self, Form};
use super::points::Points;
use super::session::{Bound, Prepared, floats};
use super::shared::{SharedRun, put_values, shared_values};
use crate::engine::derivatives::check_length;
use crate::engine::{Derivative, DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::network::{Linear, Matrix, Network, NetworkConfig};

/// Most positions that are computed at once.
const POSITIONS: u64 = 1 << 12;

/// Graphs of networks of one shape.
#[derive(Debug)]
pub(super) struct DerivativeGraphs {
    pub(super) network: NetworkConfig,
    /// Whether derivatives by matrices are computed too.
    pub(super) weights: bool,
    /// Of pixels: colours, and derivatives.
    pub(super) pixels: [Arc<Prepared>; 2],
    /// Of what pixels share: values, and derivatives.
    pub(super) shared: Option<[Arc<Prepared>; 2]>,
}

/// Graphs with one network's matrices in their inputs.
#[derive(Debug)]
pub(super) struct BoundDerivatives {
    forward: Mutex<BoundPair>,
    backward: Mutex<BoundPair>,
}

/// A graph of pixels, and one of what they share.
#[derive(Debug)]
struct BoundPair {
    pixels: Bound,
    shared: Option<Bound>,
}

/// The inputs of a matrix: names, shapes and values.
fn matrix_inputs(matrix: &Matrix<'_>) -> [InputValues; 2] {
    let Matrix { name, layer, .. } = matrix;
    [
        (format!("{name}_weight"), vec![layer.outputs, layer.inputs], layer.weight.clone()),
        (format!("{name}_bias"), vec![layer.outputs], layer.bias.clone()),
    ]
}

impl BoundDerivatives {
    pub(super) fn new(graphs: &DerivativeGraphs, network: &Network) -> Result<Self> {
        let pair = |number: usize| {
            let pixels = graphs.pixels[number].bound()?;
            let shared = graphs.shared.as_ref().map(|pair| pair[number].bound()).transpose()?;
            BoundPair { pixels, shared }.with(network)
        };
        Ok(Self { forward: Mutex::new(pair(0)?), backward: Mutex::new(pair(1)?) })
    }
}

impl BoundPair {
    /// With the network's own values in its inputs, and places for derivatives by them and by codes.
    fn with(mut self, network: &Network) -> Result<Self> {
        let matrices: Vec<InputValues> =
            network.matrices().iter().flat_map(matrix_inputs).collect();
        let fixed = networks::fixed_inputs(network);
        let by_codes = networks::code_shapes(network);
        let by_matrices = matrices.iter().map(|(name, dims, _)| (name.clone(), dims.clone()));
        let by: Vec<(String, Vec<usize>)> = by_codes.into_iter().chain(by_matrices).collect();
        for graph in [&mut self.pixels].into_iter().chain(&mut self.shared) {
            put_values(graph, &matrices)?;
            put_values(graph, &fixed)?;
            buffers(graph, &by)?;
        }
        Ok(self)
    }

    fn put_code(&mut self, request: &DerivativeRequest<'_>) -> Result<()> {
        let code = networks::code_inputs(request.network, request.code);
        let graphs = [&mut self.pixels].into_iter().chain(&mut self.shared);
        graphs.into_iter().try_for_each(|graph| put_values(graph, &code))
    }
}

/// Places for derivatives by values of these names and shapes, those that `graph` gives.
fn buffers(graph: &mut Bound, by: &[(String, Vec<usize>)]) -> Result<()> {
    for (name, dims) in by {
        let name = gradient_name(name);
        if graph.gives(&name) {
            graph.buffer(&name, dims)?;
        }
    }
    Ok(())
}

/// Positions that share values.
struct SharingPositions<'a> {
    group: Group<'a>,
    span: Range<u64>,
    runs: Vec<SharedRun>,
    values: Vec<InputValues>,
}

impl SharingPositions<'_> {
    /// Its positions, as many at a time as are computed at once.
    fn chunks(&self) -> impl Iterator<Item = Range<u64>> {
        let Range { start, end } = self.span;
        (start..end).step_by(POSITIONS as usize).map(move |first| first..end.min(first + POSITIONS))
    }
}

/// A generator's field at some positions.
pub(super) struct LinearisedGraph<'a> {
    graphs: Arc<BoundDerivatives>,
    request: DerivativeRequest<'a>,
    groups: Vec<SharingPositions<'a>>,
    rgb: Vec<f32>,
}

impl<'a> LinearisedGraph<'a> {
    pub(super) fn new(
        graphs: Arc<BoundDerivatives>,
        request: DerivativeRequest<'a>,
    ) -> Result<Self> {
        let points = Points::Listed(request.positions);
        let network: &'a Network = request.network;
        let form = Form::whole(network);
        let mut rgb = Vec::with_capacity(request.positions.len() * 3);
        let (mut groups, mut first) = (Vec::new(), 0);
        let mut forward = graphs.forward.lock();
        let pair = &mut *forward;
        pair.put_code(&request)?;
        while first < points.count() {
            let group = Group::new(network, form, &points, first..points.count());
            let (span, runs) = (group.span(), group.runs()?);
            let values = match &mut pair.shared {
                Some(shared) => shared_values(shared, &runs, group.shapes())?,
                None => Vec::new(),
            };
            put_values(&mut pair.pixels, &values)?;
            first = span.end;
            let positions = SharingPositions { group, span, runs, values };
            for chunk in positions.chunks() {
                let graph = &mut pair.pixels;
                positions.group.put(&points, chunk.clone(), graph)?;
                graph.buffer("rgb", &[(chunk.end - chunk.start) as usize, 3])?;
                graph.run()?;
                rgb.extend_from_slice(graph.values("rgb")?);
            }
            groups.push(positions);
        }
        drop(forward);
        Ok(Self { graphs, request, groups, rgb })
    }
}

/// Sums of derivatives, by their names.
#[derive(Default)]
struct Sums {
    sums: HashMap<String, Vec<f32>>,
}

impl Sums {
    /// Adds what the last run of `graph` gave.
    fn add(&mut self, graph: &Bound) {
        for (name, values) in graph.all_values() {
            match self.sums.get_mut(name) {
                Some(sum) => sum.iter_mut().zip(values).for_each(|(sum, v)| *sum += v),
                None => drop(self.sums.insert(name.to_owned(), values.to_vec())),
            }
        }
    }

    /// The sum of derivatives by `name`, of so many values.
    fn take(&mut self, name: &str, length: usize) -> Vec<f32> {
        self.sums.remove(&gradient_name(name)).unwrap_or_else(|| vec![0.0; length])
    }
}

impl SharingPositions<'_> {
    /// Adds derivatives of these positions' part of a loss.
    fn derive(
        &self,
        pair: &mut BoundPair,
        points: &Points<'_>,
        u: &[f32],
        sums: &mut Sums,
    ) -> Result<()> {
        let graph = &mut pair.pixels;
        put_values(graph, &self.values)?;
        let shapes: Vec<(String, Vec<usize>)> =
            self.values.iter().map(|(name, dims, _)| (name.clone(), dims.clone())).collect();
        buffers(graph, &shapes)?;
        for chunk in self.chunks() {
            let own = u[chunk.start as usize * 3..chunk.end as usize * 3].to_vec();
            self.group.put(points, chunk, graph)?;
            graph.put("u", &floats(&[own.len() / 3, 3], own)?)?;
            graph.run()?;
            sums.add(graph);
        }
        match &mut pair.shared {
            Some(shared) => self.derive_shared(shared, sums),
            None => Ok(()),
        }
    }

    /// Goes on from derivatives by shared values to those by what these are made of.
    fn derive_shared(&self, graph: &mut Bound, sums: &mut Sums) -> Result<()> {
        let by: Vec<Vec<f32>> =
            self.values.iter().map(|(name, _, values)| sums.take(name, values.len())).collect();
        let mut starts = vec![0; by.len()];
        for run in &self.runs {
            run.put(graph)?;
            for (((name, dims), by), start) in run.outputs.iter().zip(&by).zip(&mut starts) {
                let end = *start + dims.iter().product::<usize>();
                let own = by[*start..end].to_vec();
                graph.put_if_taken(&gradient_name(name), &floats(dims, own)?)?;
                *start = end;
            }
            graph.run()?;
            sums.add(graph);
        }
        Ok(())
    }
}

impl LinearisedField for LinearisedGraph<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn derivative(&self, u: &[f32]) -> Result<Derivative> {
        check_length(u, &self.rgb)?;
        let DerivativeRequest { network, positions, weights, .. } = self.request;
        let (points, mut sums) = (Points::Listed(positions), Sums::default());
        let mut backward = self.graphs.backward.lock();
        backward.put_code(&self.request)?;
        for group in &self.groups {
            group.derive(&mut backward, &points, u, &mut sums)?;
        }
        drop(backward);
        let mut code = Vec::new();
        for (name, dims) in networks::code_shapes(network) {
            code.extend(sums.take(&name, dims.iter().product()));
        }
        let mut slope = |Matrix { name, layer, .. }: Matrix<'_>| Linear {
            weight: sums.take(&format!("{name}_weight"), layer.weight.len()),
            bias: sums.take(&format!("{name}_bias"), layer.bias.len()),
            ..*layer
        };
        let slopes = weights.then(|| network.matrices().into_iter().map(&mut slope).collect());
        Ok(Derivative { code, weights: slopes })
    }
}
