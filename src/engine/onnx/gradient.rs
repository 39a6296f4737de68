//! Derivatives of a field, a few thousand positions at a time.

use std::sync::Arc;

use super::backward::{Form, layers};
use super::session::{Inputs, Prepared, doubles, floats};
use crate::engine::{Gradient, GradientRequest, Linearised};
use crate::error::{Error, Result};
use crate::model::{Linear, Synthesis};

/// Most positions that are computed at once.
const POSITIONS: usize = 1 << 12;

/// Graphs of one form.
#[derive(Debug)]
pub(super) struct PreparedGradient {
    pub(super) form: Form,
    pub(super) forward: Prepared,
    pub(super) backward: Prepared,
}

/// A generator's field at some positions.
pub(super) struct LinearField<'a> {
    graphs: Arc<PreparedGradient>,
    request: GradientRequest<'a>,
    rgb: Vec<f32>,
}

impl<'a> LinearField<'a> {
    pub(super) fn new(graphs: Arc<PreparedGradient>, request: GradientRequest<'a>) -> Result<Self> {
        let mut this = Self { graphs, request, rgb: Vec::new() };
        let mut rgb = Vec::with_capacity(request.positions.len() * 3);
        for positions in request.positions.chunks(POSITIONS) {
            let inputs = this.inputs(positions)?;
            this.graphs.forward.run(inputs, "rgb", |values| rgb.extend_from_slice(values))?;
        }
        this.rgb = rgb;
        Ok(this)
    }

    fn inputs(&self, positions: &[[f32; 2]]) -> Result<Inputs<'static>> {
        let affine = self.request.affine;
        let dims = [affine.levels(), affine.features(), 3];
        let wide = positions.iter().flatten().map(|v| f64::from(*v)).collect();
        let mut inputs: Inputs<'static> = vec![
            ("affine".into(), floats(&dims, affine.values().to_vec())?.into()),
            ("positions".into(), doubles(&[positions.len(), 2], wide)?.into()),
        ];
        for (name, layer) in layers(self.request.synthesis) {
            let weight = floats(&[layer.outputs, layer.inputs], layer.weight.clone())?;
            let bias = floats(&[layer.outputs], layer.bias.clone())?;
            inputs.push((format!("{name}_weight").into(), weight.into()));
            inputs.push((format!("{name}_bias").into(), bias.into()));
        }
        Ok(inputs)
    }
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
        for (positions, u) in request.positions.chunks(POSITIONS).zip(u.chunks(POSITIONS * 3)) {
            let mut inputs = self.inputs(positions)?;
            inputs.push(("u".into(), floats(&[positions.len(), 3], u.to_vec())?.into()));
            self.graphs.backward.run_all(inputs, |name, values| {
                if name == "affine_gradient" {
                    add(&mut affine, values);
                } else if let Some(weights) = &mut weights {
                    add_to_layer(weights, name, values);
                }
            })?;
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
