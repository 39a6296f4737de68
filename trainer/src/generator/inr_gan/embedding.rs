//! How INR-GAN's blocks are told where they are.

use std::f64::consts::FRAC_PI_2;

use polyinr::network::InrGanConfig;
use tch::nn::Path;
use tch::{Device, Kind, Tensor};

use super::places::Places;

/// Waves along y and x, then along both diagonals: factors of x and y.
const DIRECTIONS: [[f64; 2]; 4] = [[0.0, 1.0], [1.0, 0.0], [-0.5, 0.5], [0.5, 0.5]];

/// Deviation of the factors of random waves.
const RANDOM: f64 = 3.162_277_660_168_379_5;

/// Sines and cosines of waves, and maps of constants; neither in a block without.
#[derive(Debug)]
pub struct Embedding {
    /// `[waves, 2]`, factors of x and y, not trained.
    basis: Option<Tensor>,
    /// `[constants, r, r]`.
    constants: Option<Tensor>,
    device: Device,
}

impl Embedding {
    /// Of block `number` of a network of that shape. Constants and random waves are drawn from
    /// libtorch's generator.
    pub fn new(root: &Path<'_>, shape: &InrGanConfig, number: usize) -> Self {
        let (block, side) = (shape.blocks[number], shape.resolution_of(number) as i64);
        let path = root / "block" / number;
        let options = (Kind::Float, path.device());
        let count = block.constants as i64;
        let basis = (block.waves > 0)
            .then(|| path.add("basis", basis(side, block.waves, path.device()), false));
        let constants = (count > 0)
            .then(|| path.add("constants", Tensor::randn([count, side, side], options), true));
        Self { basis, constants, device: path.device() }
    }

    /// `[batch or 1, values, rows, columns]`, float32.
    pub fn forward(&self, places: &Places) -> Tensor {
        let waves = self.basis.as_ref().map(|basis| places.waves(basis));
        let constants = self.constants.as_ref().map(|constants| places.constants(constants));
        let batch = places.images();
        let parts: Vec<Tensor> = waves
            .iter()
            .flat_map(|waves| [waves.sin(), waves.cos()])
            .chain(constants)
            .map(|part| part.expand([batch, -1, -1, -1], false))
            .collect();
        match parts.is_empty() {
            true => {
                let [rows, columns] = places.sides();
                Tensor::zeros([batch, 0, rows, columns], (Kind::Float, self.device))
            }
            false => Tensor::cat(&parts, 1),
        }
    }
}

/// The factors `[count, 2]` of waves on a grid of `side` pixels: in every direction `π/2 · 2^k` for k
/// below `log2(side)`, with diagonals where they all fit in; random ones are the rest.
fn basis(side: i64, count: usize, device: Device) -> Tensor {
    let octaves = side.ilog2();
    let directions = if 4 * octaves as usize <= count { 4 } else { 2 };
    let progression = |direction: &[f64; 2]| {
        let [x, y] = *direction;
        (0..octaves).map(move |k| [x, y].map(|v| (v * FRAC_PI_2 * f64::from(1u32 << k)) as f32))
    };
    let regular: Vec<f32> =
        DIRECTIONS[..directions].iter().flat_map(progression).take(count).flatten().collect();
    let regular = Tensor::from_slice(&regular).reshape([-1, 2]).to_device(device);
    let random = count as i64 - regular.size()[0];
    let random = Tensor::randn([random, 2], (Kind::Float, device)) * RANDOM;
    Tensor::cat(&[regular, random], 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_octaves_in_all_directions_that_fit() {
        tch::manual_seed(1);
        for (side, count, directions) in [(8, 12, 4), (16, 16, 4), (32, 18, 2), (64, 20, 2)] {
            let basis = basis(side, count, Device::Cpu);
            assert_eq!(basis.size(), [count as i64, 2]);
            let octaves = i64::from(side.ilog2());
            let [first, last] = [0, octaves - 1].map(|k| basis.double_value(&[k, 1]) / FRAC_PI_2);
            assert!((first - 1.0).abs() < 1e-6 && (last - side as f64 / 2.0).abs() < 1e-4);
            let regular = octaves * directions;
            assert_eq!(count as i64 - regular, if directions == 4 { 0 } else { 8 });
        }
    }
}
