//! What lines begin as: sines of coordinates.

use polyinr::network::CrepsConfig;
use tch::nn::Path;
use tch::{Device, Kind, Tensor};

use crate::generator::modulated::{head, row};
use crate::nn::Linear;

/// Deviation of the frequencies, in waves a picture.
const BANDWIDTH: f64 = 10.0;

/// Coordinates of rows and columns of pixels, outer ones at 0 and 1.
#[derive(Debug)]
pub struct Grid {
    /// `[batch or 1, side]`.
    rows: Tensor,
    /// `[batch or 1, side]`.
    columns: Tensor,
}

impl Grid {
    /// Of `side` pixels a side, each image's moved by a row of `shifts [batch, 2]`, in pixels to the
    /// right and down.
    pub fn new(side: i64, shifts: Option<&Tensor>, device: Device) -> Self {
        let line = Tensor::linspace(0.0, 1.0, side, (Kind::Double, device));
        let line = line.to_kind(Kind::Float).unsqueeze(0);
        let pixel = 1.0 / (side - 1).max(1) as f64;
        let moved = |axis: i64| match shifts {
            None => line.shallow_clone(),
            Some(shifts) => &line + shifts.narrow(1, axis, 1) * pixel,
        };
        Self { rows: moved(1), columns: moved(0) }
    }

    /// Pixels a side.
    pub fn side(&self) -> i64 {
        self.rows.size()[1]
    }
}

/// Sines and cosines of C/2 frequencies for each of R row lines and R column lines, modulated.
#[derive(Debug)]
pub struct Input {
    /// `[C / 2, R]`, not trained.
    frequencies: Tensor,
    /// `[C, 2 R]`.
    weight: Tensor,
    style: Linear,
}

impl Input {
    /// Of a network of that shape, frequencies and weights drawn from libtorch's generator.
    pub fn new(root: &Path<'_>, shape: &CrepsConfig, w_dim: usize) -> Self {
        let (channels, rank) = (shape.blocks[0], shape.rank);
        let (path, options) = (root / "input", (Kind::Float, root.device()));
        let frequencies = Tensor::randn([channels as i64 / 2, rank as i64], options) * BANDWIDTH;
        let weight = Tensor::randn([channels as i64, 2 * rank as i64], options);
        Self {
            frequencies: path.add("frequencies", frequencies, false),
            weight: path.add("weight", weight, true),
            style: head(root, "input", [w_dim, 2 * channels * rank], 1.0),
        }
    }

    /// Features `[batch, C, side x 2 R]` of the lines of images of latents w, float32.
    pub fn forward(&self, w: &Tensor, grid: &Grid) -> Tensor {
        let [channels, lines] = self.weight.size()[..] else { unreachable!("two dimensions") };
        let frequencies = self.frequencies.reshape([1, channels / 2, 1, lines / 2]);
        let waves = |coordinates: &Tensor| {
            let side = coordinates.size()[1];
            coordinates.reshape([-1, 1, side, 1]) * &frequencies * std::f64::consts::TAU
        };
        let waves = Tensor::cat(&[waves(&grid.rows), waves(&grid.columns)], 3);
        let waves = Tensor::cat(&[waves.sin(), waves.cos()], 1);
        let style = self.style.forward(&row(w, 0)).reshape([-1, channels, 1, lines]);
        let weight = self.weight.unsqueeze(1) * style / (channels as f64).sqrt();
        (waves * weight).flatten(2, 3)
    }
}
