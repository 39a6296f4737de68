//! Poly-INR as it is trained: w becomes affine parameters ([`PolyInr::affine`]), and these become
//! colour at the positions of a grid ([`PolyInr::render`]).

mod grow;
mod kernels;
mod level;
mod pass;
mod scale;

use std::rc::Rc;

use polyinr::network::{NetworkConfig, PolyInrConfig};
use tch::nn::Path;
use tch::{Device, Kind, Tensor, no_grad};

pub use scale::Scale;

use super::coordinates::{Window, grid};
use super::drawing::Drawing;
use super::modulated::row;
use super::network::Network;
use crate::nn::{Gain, Linear, limited};
use level::Level;

/// The levels of a Poly-INR network and what makes colours of the last one.
#[derive(Debug)]
pub struct PolyInr {
    shape: PolyInrConfig,
    levels: Vec<Level>,
    rgb: Linear,
}

impl PolyInr {
    /// A network of that shape under `root` with random weights, drawn from libtorch's generator.
    pub fn new(root: &Path<'_>, shape: &PolyInrConfig, w_dim: usize) -> Self {
        let level = |j| Level::new(root, j, shape, w_dim);
        let levels = (0..shape.levels).map(level).collect();
        let rgb = Linear::new(&(root / "rgb"), shape.features, 3, Gain::Plain);
        Self { shape: shape.clone(), levels, rgb }
    }

    /// Affine parameters of every level, `[batch, 3, n]` with rows x, y, 1, the chain of coordinate
    /// maps collapsed into them. `w` is `[batch, w_dim]`, or `[batch, levels, w_dim]` with its own row
    /// for each level.
    pub fn affine(&self, w: &Tensor) -> Vec<Tensor> {
        let mut chain = level::identity_chain(w.size()[0], w.device());
        let levels = self.levels.iter().enumerate();
        levels.map(|(j, level)| level.affine(&row(w, j), &mut chain)).collect()
    }

    /// Colour `[batch, positions, 3]`, float32, at the positions `[positions, 3]` (x, y, 1) of images
    /// with these affine parameters, computed in `kind`.
    pub fn render(&self, affine: &[Tensor], positions: &Tensor, kind: Kind) -> Tensor {
        self.rgb.forward(&self.features(affine, positions, kind)).to_kind(Kind::Float)
    }

    /// Output `[batch, positions, n]` of as many levels as there are affine parameters, in `kind`.
    fn features(&self, affine: &[Tensor], positions: &Tensor, kind: Kind) -> Tensor {
        let mut h = self.clamp(self.levels[0].first(&affine[0], positions, kind));
        for (level, affine) in self.levels.iter().zip(affine).skip(1) {
            h = self.clamp(level.forward(&h, affine, positions, self.shape.affine_activation));
        }
        h
    }

    /// Affine parameters of images whose grids of `side` pixels a side are moved by `shifts`.
    fn shifted_affine(&self, w: &Tensor, shifts: &Tensor, side: i64) -> Vec<Tensor> {
        // A (x + dx, y + dy, 1) = A' (x, y, 1): only the constant row changes.
        let pixel = 1.0 / (side - 1).max(1) as f64;
        let moved = |a: Tensor| {
            let constant = (shifts * pixel).unsqueeze(1).matmul(&a.narrow(1, 0, 2));
            Tensor::cat(&[a.narrow(1, 0, 2), a.narrow(1, 2, 1) + constant], 1)
        };
        self.affine(w).into_iter().map(moved).collect()
    }

    /// Affine parameters of images of latents w whose grids of `side` pixels a side are moved by
    /// `shifts`, if any.
    fn affine_at(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64) -> Vec<Tensor> {
        match shifts {
            None => self.affine(w),
            Some(shifts) => self.shifted_affine(w, shifts, side),
        }
    }

    /// A level's output within its limits.
    fn clamp(&self, h: Tensor) -> Tensor {
        match self.shape.clamp {
            Some(limit) => limited(h, limit.into()),
            None => h,
        }
    }
}

impl Network for Rc<PolyInr> {
    fn images(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Tensor {
        let affine = self.affine_at(w, shifts, side);
        let colour = self.render(&affine, &grid(Window::UNIT, side, side, w.device()), kind);
        colour.transpose(1, 2).reshape([-1, 3, side, side])
    }

    fn drawing(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Drawing {
        if w.device() != Device::Cpu || kind != Kind::Float {
            return Drawing::recorded(self.images(w, shifts, side, kind));
        }
        let (colour, pass) = self.pass_forward(self.affine_at(w, shifts, side), side);
        let (images, network) = (colour.transpose(1, 2).reshape([-1, 3, side, side]), self.clone());
        let backward = move |gradient: &Tensor| {
            let gradient = gradient.reshape([-1, 3, side * side]).transpose(1, 2);
            network.pass_backward(&pass, &gradient);
        };
        Drawing::new(images, Box::new(backward))
    }

    fn normalise(&self, w: &Tensor) {
        self.normalise_scale(w);
    }

    fn extends(&self, old: &NetworkConfig) -> Result<(), String> {
        let NetworkConfig::PolyInr(old) = old else {
            return Err("it is another network".to_owned());
        };
        let mut longer = old.clone();
        longer.levels = self.shape.levels;
        match old.levels <= self.shape.levels {
            false => Err(format!(
                "{} levels asked for, there are {} already",
                self.shape.levels, old.levels
            )),
            true if longer != self.shape => Err("only the number of levels can change".to_owned()),
            true => Ok(()),
        }
    }

    fn settle(&self, old: &NetworkConfig, w: &Tensor) {
        let NetworkConfig::PolyInr(old) = old else { return };
        no_grad(|| (old.levels..self.levels.len()).for_each(|j| self.make_neutral(j, w)));
    }
}

#[cfg(test)]
pub(crate) mod tests;
