//! Layers that all images of a model share, and that every image modulates by its code.

use std::ops::Range;
use std::sync::Arc;

use super::code::{Code, CodeShape, Tensor};
use super::layers::Linear;
use super::styles::Styles;
use crate::error::{Error, Result};
use crate::tensors::TensorSource;

/// What an image's code says of one layer, and the head that makes it of a latent w.
#[derive(Clone, Debug)]
pub struct Modulation {
    level: usize,
    tensors: Range<usize>,
    shapes: Vec<Vec<usize>>,
    head: Arc<Linear>,
}

/// A layer and what an image's code says of it.
#[derive(Clone, Debug)]
pub struct Modulated {
    /// What all images share.
    pub layer: Linear,
    /// What one image adds.
    pub modulation: Modulation,
}

impl Modulation {
    /// The level whose latent w makes its tensors.
    pub fn level(&self) -> usize {
        self.level
    }

    /// Its tensors of an image's code.
    ///
    /// # Panics
    /// When the code has not the shape of the network's.
    pub fn of<'a>(&self, code: &'a Code) -> &'a [Tensor] {
        &code.level(self.level)[self.tensors.clone()]
    }

    /// What makes the values of its tensors of a latent w.
    #[cfg(feature = "onnx")]
    pub(crate) fn head(&self) -> &Linear {
        &self.head
    }

    /// Which of its level's tensors are its own.
    pub(crate) fn numbers(&self) -> Range<usize> {
        self.tensors.clone()
    }

    fn make(&self, w: &[f32]) -> Result<Vec<Tensor>> {
        let values = self.head.apply(w);
        let mut rest = values.as_slice();
        let tensor = |shape: &Vec<usize>| {
            let (own, others) = rest.split_at(shape.iter().product());
            rest = others;
            Tensor::new(shape, own.to_vec())
        };
        self.shapes.iter().map(tensor).collect()
    }
}

/// Reads layers, and lays out what codes say of them.
pub(super) struct LayerReader<'a> {
    source: &'a dyn TensorSource,
    w_dim: usize,
    shape: CodeShape,
}

impl<'a> LayerReader<'a> {
    /// Of a network of so many levels.
    pub(super) fn new(source: &'a dyn TensorSource, w_dim: usize, levels: usize) -> Self {
        Self { source, w_dim, shape: vec![Vec::new(); levels] }
    }

    /// The tensor `name`.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.source.tensor(name, shape)
    }

    /// The layer `name`, which no code modulates.
    pub(super) fn layer(&self, name: &str, inputs: usize, outputs: usize) -> Result<Linear> {
        Linear::load(self.source, name, inputs, outputs)
    }

    /// Tensors of these shapes in the codes' `level`, made by the head `style.{name}`.
    pub(super) fn modulation(
        &mut self,
        level: usize,
        name: &str,
        shapes: &[[usize; 2]],
    ) -> Result<Modulation> {
        let shapes: Vec<Vec<usize>> = shapes.iter().map(|s| flat(*s)).collect();
        let values = shapes.iter().map(|s| s.iter().product::<usize>()).sum();
        let head = Linear::load(self.source, &format!("style.{name}"), self.w_dim, values)?;
        let taken = &mut self.shape[level];
        let tensors = taken.len()..taken.len() + shapes.len();
        taken.extend(shapes.iter().cloned());
        Ok(Modulation { level, tensors, shapes, head: Arc::new(head.equalised_linear()) })
    }

    /// The layer `name`, and its modulation by tensors of these shapes.
    pub(super) fn modulated(
        &mut self,
        level: usize,
        name: &str,
        [inputs, outputs]: [usize; 2],
        shapes: &[[usize; 2]],
    ) -> Result<Modulated> {
        let layer = self.layer(name, inputs, outputs)?;
        Ok(Modulated { layer, modulation: self.modulation(level, name, shapes)? })
    }

    /// Shapes of codes, once all layers are read.
    pub(super) fn code_shape(self) -> CodeShape {
        self.shape
    }
}

/// A shape without sides of 1: vectors have one dimension.
fn flat([rows, columns]: [usize; 2]) -> Vec<usize> {
    if rows == 1 { vec![columns] } else { vec![rows, columns] }
}

/// The code that latents w make, one a level, by all modulations of a network in the order in which
/// they were read.
pub(super) fn code<'a>(
    modulations: impl IntoIterator<Item = &'a Modulation>,
    levels: usize,
    styles: &Styles,
) -> Result<Code> {
    if styles.rows().len() != levels {
        let problem = format!("{} latents given, the network takes {levels}", styles.rows().len());
        return Err(Error::parameter("styles", problem));
    }
    let mut code = vec![Vec::new(); levels];
    for modulation in modulations {
        let w = styles.row(modulation.level);
        if w.len() != modulation.head.inputs {
            let problem =
                format!("latents of {} numbers, {} needed", w.len(), modulation.head.inputs);
            return Err(Error::parameter("styles", problem));
        }
        code[modulation.level].extend(modulation.make(w)?);
    }
    Code::new(code)
}
