//! Forward and backward passes by this project's own kernels, on a processor in float32.

use tch::{Device, Kind, Tensor, no_grad};

use super::PolyInr;
use super::kernels::{Affine, LevelOutput, Shape};
use crate::generator::coordinates::{Window, grid};
use crate::nn::values::{floats, floats_mut};

/// What a forward pass leaves for the backward one.
#[derive(Debug)]
pub(super) struct Pass {
    /// Affine parameters `[batch, 3, n]` of all levels, with their history; level 0's with W and b folded in.
    affine: Vec<Tensor>,
    /// What the matrices of levels 1 and later give, `[batch, positions, n]`.
    stored: Vec<Tensor>,
    /// Their biases `[n]`.
    biases: Vec<Tensor>,
    /// `[positions, 3]`.
    positions: Tensor,
}

impl PolyInr {
    /// Colours `[batch, positions, 3]` on the grid of `side` pixels a side of images with these
    /// affine parameters, without a history.
    pub(super) fn pass_forward(&self, mut affine: Vec<Tensor>, side: i64) -> (Tensor, Pass) {
        let positions = grid(Window::UNIT, side, side, Device::Cpu);
        affine[0] = self.levels[0].folded(&affine[0]);
        no_grad(|| {
            let (batch, count) = (affine[0].size()[0], positions.size()[0]);
            let options = (Kind::Float, Device::Cpu);
            let n = self.shape.features as i64;
            let stored: Vec<Tensor> =
                (1..self.levels.len()).map(|_| Tensor::empty([batch, count, n], options)).collect();
            let colour = Tensor::empty([batch, count, 3], options);
            let biases = self.levels[1..].iter().map(|level| level.shared.scaled().1.detach());
            let pass = Pass { affine, stored, biases: biases.collect(), positions };
            for image in 0..batch {
                self.image_forward(&pass, image, &colour.get(image));
            }
            (colour, pass)
        })
    }

    /// Colours `[positions, 3]` of one image, and what its levels' matrices give.
    fn image_forward(&self, pass: &Pass, image: i64, colour: &Tensor) {
        let shape = self.kernel_shape();
        let here = Image::new(pass, image);
        let mut u = Tensor::empty([here.count(), shape.n as i64], (Kind::Float, Device::Cpu));
        for j in 1..self.levels.len() {
            let affine = Affine(floats(&here.affine[j]));
            shape.products(here.source(j - 1), affine, here.positions(), floats_mut(&mut u));
            let weight = self.levels[j].shared.scaled().0;
            let _ = u.matmul_out(&here.stored[j - 1], &weight.tr());
        }
        shape.outputs(here.source(self.levels.len() - 1), here.positions(), floats_mut(&mut u));
        let (weight, bias) = self.rgb.scaled();
        let _ = bias.addmm_out(colour, &u, &weight.tr());
    }

    /// Passes the gradient `[batch, positions, 3]` of the colours on to all that `pass` was made from.
    pub(super) fn pass_backward(&self, pass: &Pass, gradient: &Tensor) {
        let mut sums = no_grad(|| Sums::zeros(self, pass));
        no_grad(|| {
            for image in 0..gradient.size()[0] {
                self.image_backward(pass, image, &gradient.get(image).contiguous(), &mut sums);
            }
        });
        // The function whose gradient these are: linear in all of them.
        let mut total = Tensor::zeros([1], (Kind::Float, Device::Cpu));
        for (affine, gradient) in pass.affine.iter().zip(&sums.affine) {
            total += (affine * gradient).sum(Kind::Float);
        }
        let layers = self.levels[1..].iter().map(|level| &level.shared).chain([&self.rgb]);
        for (layer, [weight, bias]) in layers.zip(&sums.layers) {
            let (own_weight, own_bias) = layer.scaled();
            total += (own_weight * weight).sum(Kind::Float) + (own_bias * bias).sum(Kind::Float);
        }
        total.backward();
    }

    fn image_backward(&self, pass: &Pass, image: i64, gradient: &Tensor, sums: &mut Sums) {
        let shape = self.kernel_shape();
        let (here, last) = (Image::new(pass, image), self.levels.len() - 1);
        let mut u = Tensor::empty([here.count(), shape.n as i64], (Kind::Float, Device::Cpu));
        shape.outputs(here.source(last), here.positions(), floats_mut(&mut u));
        add_products(&mut sums.layers[last], gradient, &u);
        // Of the level's output before leaky ReLU, from here on.
        let mut back = gradient.matmul(&self.rgb.scaled().0);
        shape.outputs_backward(here.source(last), here.positions(), floats_mut(&mut back));
        for j in (1..=last).rev() {
            let affine = Affine(floats(&here.affine[j]));
            shape.products(here.source(j - 1), affine, here.positions(), floats_mut(&mut u));
            add_products(&mut sums.layers[j - 1], &back, &u);
            back = back.matmul(&self.levels[j].shared.scaled().0);
            let mut of_affine = sums.affine[j].get(image);
            shape.products_backward(
                here.source(j - 1),
                affine,
                here.positions(),
                floats_mut(&mut back),
                floats_mut(&mut of_affine),
            );
        }
        let mut of_first = sums.affine[0].get(image);
        shape.term_backward(here.positions(), floats_mut(&mut back), floats_mut(&mut of_first));
    }

    fn kernel_shape(&self) -> Shape {
        Shape {
            n: self.shape.features,
            activation: self.shape.affine_activation,
            limit: self.shape.clamp.unwrap_or(f32::INFINITY),
            parallel: tch::get_num_threads() > 1,
        }
    }
}

/// Gradients that are gathered over images.
struct Sums {
    /// Of affine parameters, `[batch, 3, n]` for each level.
    affine: Vec<Tensor>,
    /// Of weight and bias of levels 1 and later, then of the colours'.
    layers: Vec<[Tensor; 2]>,
}

impl Sums {
    fn zeros(network: &PolyInr, pass: &Pass) -> Self {
        let layers = network.levels[1..].iter().map(|level| &level.shared).chain([&network.rgb]);
        Self {
            affine: pass.affine.iter().map(Tensor::zeros_like).collect(),
            layers: layers.map(|l| [l.weight().zeros_like(), l.bias().zeros_like()]).collect(),
        }
    }
}

/// Adds the gradients of a linear layer's weight and bias, given that of what it gives and what it took.
fn add_products([weight, bias]: &mut [Tensor; 2], gradient: &Tensor, taken: &Tensor) {
    let _ = weight.addmm_(&gradient.tr(), taken);
    let _ = bias.f_add_(&gradient.sum_dim_intlist(0, false, Kind::Float));
}

/// One image's part of a pass.
struct Image<'a> {
    affine: Vec<Tensor>,
    stored: Vec<Tensor>,
    biases: &'a [Tensor],
    positions: &'a [f32],
}

impl<'a> Image<'a> {
    fn new(pass: &'a Pass, image: i64) -> Self {
        Self {
            affine: pass.affine.iter().map(|a| a.detach().get(image).contiguous()).collect(),
            stored: pass.stored.iter().map(|z| z.get(image)).collect(),
            biases: &pass.biases,
            positions: floats(&pass.positions),
        }
    }

    fn positions(&self) -> &'a [[f32; 3]] {
        self.positions.as_chunks().0
    }

    fn count(&self) -> i64 {
        self.positions().len() as i64
    }

    /// The output of level `j` before leaky ReLU.
    fn source(&self, j: usize) -> LevelOutput<'_> {
        match j {
            0 => LevelOutput::Affine(Affine(floats(&self.affine[0]))),
            _ => LevelOutput::Stored(floats(&self.stored[j - 1]), floats(&self.biases[j - 1])),
        }
    }
}
