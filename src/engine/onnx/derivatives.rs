//! Derivatives of a field, a few thousand positions at a time.

use std::sync::Arc;

use parking_lot::Mutex;

use super::networks::{self, code_inputs};
use super::session::{Bound, Prepared, doubles, floats};
use crate::engine::derivatives::check_length;
use crate::engine::{Derivative, DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::network::{Linear, Matrix, Network, NetworkConfig};

/// Most positions that are computed at once.
const POSITIONS: usize = 1 << 12;

/// Graphs of networks of one shape.
#[derive(Debug)]
pub(super) struct DerivativeGraphs {
    pub(super) network: NetworkConfig,
    /// Whether derivatives by matrices are computed too.
    pub(super) weights: bool,
    pub(super) forward: Arc<Prepared>,
    pub(super) backward: Arc<Prepared>,
}

/// Graphs with one network's matrices in their inputs.
#[derive(Debug)]
pub(super) struct BoundDerivatives {
    forward: Mutex<Bound>,
    backward: Mutex<Bound>,
}

/// The inputs of a matrix: names, shapes and values.
fn matrix_inputs<'a>(matrix: &Matrix<'a>) -> [(String, Vec<usize>, &'a [f32]); 2] {
    let Matrix { name, layer, .. } = matrix;
    [
        (format!("{name}_weight"), vec![layer.outputs, layer.inputs], &layer.weight),
        (format!("{name}_bias"), vec![layer.outputs], &layer.bias),
    ]
}

impl BoundDerivatives {
    pub(super) fn new(graphs: &DerivativeGraphs, network: &Network) -> Result<Self> {
        let (mut forward, mut backward) = (graphs.forward.bound()?, graphs.backward.bound()?);
        for (name, dims) in networks::code_outputs(network) {
            backward.buffer(&name, &dims)?;
        }
        for (name, dims, values) in network.matrices().iter().flat_map(matrix_inputs) {
            let values = floats(&dims, values.to_vec())?;
            forward.put(&name, &values)?;
            backward.put(&name, &values)?;
            if graphs.weights {
                backward.buffer(&format!("{name}_gradient"), &dims)?;
            }
        }
        Ok(Self { forward: Mutex::new(forward), backward: Mutex::new(backward) })
    }
}

/// A generator's field at some positions.
pub(super) struct LinearisedGraph<'a> {
    graphs: Arc<BoundDerivatives>,
    request: DerivativeRequest<'a>,
    rgb: Vec<f32>,
}

impl<'a> LinearisedGraph<'a> {
    pub(super) fn new(
        graphs: Arc<BoundDerivatives>,
        request: DerivativeRequest<'a>,
    ) -> Result<Self> {
        let mut rgb = Vec::with_capacity(request.positions.len() * 3);
        let mut forward = graphs.forward.lock();
        put_code(&mut forward, &request)?;
        for positions in request.positions.chunks(POSITIONS) {
            put_positions(&mut forward, positions)?;
            forward.buffer("rgb", &[positions.len(), 3])?;
            forward.run()?;
            rgb.extend_from_slice(forward.values("rgb")?);
        }
        drop(forward);
        Ok(Self { graphs, request, rgb })
    }
}

fn put_code(graph: &mut Bound, request: &DerivativeRequest<'_>) -> Result<()> {
    for (name, dims, values) in code_inputs(request.network, request.code) {
        graph.put(&name, &floats(&dims, values)?)?;
    }
    Ok(())
}

fn put_positions(graph: &mut Bound, positions: &[[f32; 2]]) -> Result<()> {
    let wide = positions.iter().flatten().map(|v| f64::from(*v)).collect();
    graph.put("positions", &doubles(&[positions.len(), 2], wide)?)
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}

impl LinearisedField for LinearisedGraph<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn derivative(&self, u: &[f32]) -> Result<Derivative> {
        check_length(u, &self.rgb)?;
        let DerivativeRequest { network, code, positions, weights } = self.request;
        let matrices = network.matrices();
        let mut sums = vec![0.0; code.values().count()];
        let mut slopes: Option<Vec<Linear>> =
            weights.then(|| matrices.iter().map(|matrix| matrix.layer.zeros()).collect());
        let mut backward = self.graphs.backward.lock();
        put_code(&mut backward, &self.request)?;
        for (positions, u) in positions.chunks(POSITIONS).zip(u.chunks(POSITIONS * 3)) {
            put_positions(&mut backward, positions)?;
            backward.put("u", &floats(&[positions.len(), 3], u.to_vec())?)?;
            backward.run()?;
            let mut rest = sums.as_mut_slice();
            for (name, _) in networks::code_outputs(network) {
                let values = backward.values(&name)?;
                let (own, others) = rest.split_at_mut(values.len());
                add(own, values);
                rest = others;
            }
            for (matrix, slope) in matrices.iter().zip(slopes.iter_mut().flatten()) {
                let name = &matrix.name;
                add(&mut slope.weight, backward.values(&format!("{name}_weight_gradient"))?);
                add(&mut slope.bias, backward.values(&format!("{name}_bias_gradient"))?);
            }
        }
        Ok(Derivative { code: sums, weights: slopes })
    }
}
