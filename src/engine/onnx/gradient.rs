//! Derivatives of a field, a few thousand positions at a time.

use std::sync::Arc;

use parking_lot::Mutex;

use super::backward::{Form, layers};
use super::session::{Bound, Prepared, doubles, floats};
use crate::engine::{Gradient, GradientRequest, Linearised};
use crate::error::{Error, Result};
use crate::model::{Linear, Synthesis};

/// Most positions that are computed at once.
const POSITIONS: usize = 1 << 12;

/// Graphs of one form.
#[derive(Debug)]
pub(super) struct PreparedGradient {
    pub(super) form: Form,
    pub(super) forward: Arc<Prepared>,
    pub(super) backward: Arc<Prepared>,
}

/// Graphs with one model's weights in their inputs.
#[derive(Debug)]
pub(super) struct BoundGradient {
    forward: Mutex<Bound>,
    backward: Mutex<Bound>,
}

impl BoundGradient {
    pub(super) fn new(graphs: &PreparedGradient, synthesis: &Synthesis) -> Result<Self> {
        let (mut forward, mut backward) = (graphs.forward.bound()?, graphs.backward.bound()?);
        let (levels, n) = (synthesis.levels.len(), synthesis.rgb.inputs);
        backward.buffer("affine_gradient", &[levels, n, 3])?;
        for (name, layer) in layers(synthesis) {
            let dims = [layer.outputs, layer.inputs];
            let parts = [("weight", &dims[..], &layer.weight), ("bias", &dims[..1], &layer.bias)];
            for (part, dims, values) in parts {
                let name = format!("{name}_{part}");
                let values = floats(dims, values.clone())?;
                forward.put(&name, &values)?;
                backward.put(&name, &values)?;
                if graphs.form.weights {
                    backward.buffer(&format!("{name}_gradient"), dims)?;
                }
            }
        }
        Ok(Self { forward: Mutex::new(forward), backward: Mutex::new(backward) })
    }
}

/// A generator's field at some positions.
pub(super) struct LinearField<'a> {
    graphs: Arc<BoundGradient>,
    request: GradientRequest<'a>,
    rgb: Vec<f32>,
}

impl<'a> LinearField<'a> {
    pub(super) fn new(graphs: Arc<BoundGradient>, request: GradientRequest<'a>) -> Result<Self> {
        let mut rgb = Vec::with_capacity(request.positions.len() * 3);
        let mut forward = graphs.forward.lock();
        put_affine(&mut forward, &request)?;
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

fn put_affine(graph: &mut Bound, request: &GradientRequest<'_>) -> Result<()> {
    let affine = request.affine;
    let dims = [affine.levels(), affine.features(), 3];
    graph.put("affine", &floats(&dims, affine.values().to_vec())?)
}

fn put_positions(graph: &mut Bound, positions: &[[f32; 2]]) -> Result<()> {
    let wide = positions.iter().flatten().map(|v| f64::from(*v)).collect();
    graph.put("positions", &doubles(&[positions.len(), 2], wide)?)
}

/// Derivatives by the weights, all 0.
fn zeros(synthesis: &Synthesis) -> Synthesis {
    let zero = |layer: &Linear| Linear {
        weight: vec![0.0; layer.weight.len()],
        bias: vec![0.0; layer.bias.len()],
        ..*layer
    };
    Synthesis {
        levels: synthesis.levels.iter().map(zero).collect(),
        rgb: zero(&synthesis.rgb),
        ..synthesis.clone()
    }
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}

impl Linearised for LinearField<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn gradient(&self, u: &[f32]) -> Result<Gradient> {
        if u.len() != self.rgb.len() {
            let problem = format!("{} values given, {} needed", u.len(), self.rgb.len());
            return Err(Error::parameter("derivatives", problem));
        }
        let request = &self.request;
        let mut affine = vec![0.0; request.affine.values().len()];
        let mut weights = request.weights.then(|| zeros(request.synthesis));
        let mut backward = self.graphs.backward.lock();
        put_affine(&mut backward, request)?;
        for (positions, u) in request.positions.chunks(POSITIONS).zip(u.chunks(POSITIONS * 3)) {
            put_positions(&mut backward, positions)?;
            backward.put("u", &floats(&[positions.len(), 3], u.to_vec())?)?;
            backward.run()?;
            for (name, values) in backward.all_values() {
                if name == "affine_gradient" {
                    add(&mut affine, values);
                } else if let Some(weights) = &mut weights {
                    add_to_layer(weights, name, values);
                }
            }
        }
        Ok(Gradient { affine, weights })
    }
}

/// Adds what the output `name` of a graph of derivatives holds to its layer's.
fn add_to_layer(weights: &mut Synthesis, name: &str, values: &[f32]) {
    let Synthesis { levels, rgb, .. } = weights;
    let all = levels.iter_mut().enumerate().map(|(j, layer)| (format!("level{j}"), layer));
    for (layer_name, layer) in all.chain([("rgb_layer".to_owned(), rgb)]) {
        match name.strip_prefix(&layer_name) {
            Some("_weight_gradient") => add(&mut layer.weight, values),
            Some("_bias_gradient") => add(&mut layer.bias, values),
            _ => {}
        }
    }
}
