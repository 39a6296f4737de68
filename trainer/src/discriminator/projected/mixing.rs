//! Frozen random projections between a feature network and the discriminator's heads (Sauer et al.,
//! "Projected GANs Converge Faster", 2021).

use tch::Tensor;
use tch::nn::Path;

use super::layers::FrozenConv;

/// Makes a pyramid of a transformer's maps, which all have the same size: channels to an eighth, a
/// quarter, a half and all of the transformer's width, sizes to 4, 2, 1 and 1/2 times theirs.
#[derive(Debug)]
pub struct Reassemble {
    project: Vec<FrozenConv>,
    resample: Vec<FrozenConv>,
}

impl Reassemble {
    /// Channels of the four maps that a transformer of `width` features gives.
    pub fn widths(width: i64) -> [i64; 4] {
        [8, 4, 2, 1].map(|part| (width / part).max(1))
    }

    /// Random projections for a transformer of `width` features.
    pub fn new(path: &Path<'_>, width: i64) -> Self {
        let widths = Self::widths(width);
        let conv = |part: &str, level: usize, inputs: i64, kernel: i64| {
            FrozenConv::new(&(path / part / level), inputs, widths[level], kernel)
        };
        Self {
            project: (0..4).map(|level| conv("project", level, width, 1)).collect(),
            resample: [(0, 4), (1, 2), (3, 3)]
                .map(|(level, kernel)| conv("resample", level, widths[level], kernel))
                .into(),
        }
    }

    /// The pyramid of four maps `[B, width, grid, grid]`.
    pub fn forward(&self, maps: &[Tensor]) -> Vec<Tensor> {
        let project = |level: usize| self.project[level].forward(&maps[level], 1, 0);
        vec![
            self.resample[0].transposed(&project(0), 4),
            self.resample[1].transposed(&project(1), 2),
            project(2),
            self.resample[2].forward(&project(3), 2, 1),
        ]
    }
}

/// Cross-channel mixing, a random 1x1 convolution of each map, and cross-scale mixing: from the
/// deepest map on, each result is added to the next map, doubled in size and mixed again.
#[derive(Debug)]
pub struct Mixing {
    channels: Vec<FrozenConv>,
    scales: Vec<FrozenConv>,
}

impl Mixing {
    /// Channels of the four results, shallow to deep.
    pub fn widths(channels: i64) -> [i64; 4] {
        [1, 1, 2, 4].map(|factor| factor * channels)
    }

    /// Random mixing of maps with these numbers of channels, which it expands to 1, 2, 4 and 8 times
    /// `channels` in between.
    pub fn new(path: &Path<'_>, widths: [i64; 4], channels: i64) -> Self {
        let expanded = [1, 2, 4, 8].map(|factor| factor * channels);
        let mixed = Self::widths(channels);
        let conv = |part: &str, level: usize, inputs: [i64; 4], outputs: [i64; 4]| {
            FrozenConv::new(&(path / part / level), inputs[level], outputs[level], 1)
        };
        Self {
            channels: (0..4).map(|level| conv("channel", level, widths, expanded)).collect(),
            scales: (0..4).map(|level| conv("scale", level, expanded, mixed)).collect(),
        }
    }

    /// Four maps, each of the size of the next shallower map (the first: of twice its own size), of
    /// a pyramid from shallow to deep.
    pub fn forward(&self, maps: &[Tensor]) -> Vec<Tensor> {
        let mut mixed: Vec<Tensor> = Vec::new();
        for level in (0..maps.len()).rev() {
            let own = self.channels[level].forward(&maps[level], 1, 0);
            let sum = mixed.last().map_or_else(|| own.shallow_clone(), |deeper| deeper + &own);
            let size = match level {
                0 => own.size()[2..].iter().map(|n| 2 * n).collect(),
                _ => maps[level - 1].size()[2..].to_vec(),
            };
            // A 1x1 convolution before the interpolation gives what it gives after it, for a quarter
            // of the work.
            let small = self.scales[level].forward(&sum, 1, 0);
            mixed.push(small.upsample_bilinear2d(size, true, None, None));
        }
        mixed.reverse();
        mixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::nn::VarStore;
    use tch::{Device, Kind};

    fn maps(widths: [i64; 4], sides: [i64; 4]) -> Vec<Tensor> {
        let map = |(width, side)| Tensor::randn([2, width, side, side], (Kind::Float, Device::Cpu));
        widths.into_iter().zip(sides).map(map).collect()
    }

    #[test]
    fn a_transformers_maps_become_a_pyramid_of_the_released_sizes() {
        let store = VarStore::new(Device::Cpu);
        let reassemble = Reassemble::new(&store.root(), 32);
        let sizes: Vec<_> =
            reassemble.forward(&maps([32; 4], [14; 4])).iter().map(Tensor::size).collect();
        let size = |width, side| vec![2, width, side, side];
        assert_eq!(sizes, [size(4, 56), size(8, 28), size(16, 14), size(32, 7)]);
        assert_eq!(Reassemble::widths(768), [96, 192, 384, 768]);
    }

    #[test]
    fn each_map_is_mixed_with_all_deeper_ones_only() {
        let store = VarStore::new(Device::Cpu);
        let mixing = Mixing::new(&store.root(), [3, 5, 7, 9], 4);
        let maps = maps([3, 5, 7, 9], [24, 12, 6, 3]);
        let before = mixing.forward(&maps);
        let sizes: Vec<_> = before.iter().map(|map| (map.size()[1], map.size()[2])).collect();
        assert_eq!(sizes, [(4, 48), (4, 24), (8, 12), (16, 6)]);
        for changed in 0..4 {
            let mut others: Vec<_> = maps.iter().map(Tensor::shallow_clone).collect();
            others[changed] = &maps[changed] + 1.0;
            let after = mixing.forward(&others);
            let differs: Vec<_> = before.iter().zip(&after).map(|(a, b)| a != b).collect();
            assert_eq!(differs, [0, 1, 2, 3].map(|level| level <= changed), "{changed}");
        }
    }

    #[test]
    fn mixing_before_the_interpolation_is_mixing_after_it() {
        let store = VarStore::new(Device::Cpu);
        let mixing = Mixing::new(&store.root(), [3; 4], 4);
        let maps = maps([3; 4], [16, 8, 4, 2]);
        let deepest = mixing.channels[3].forward(&maps[3], 1, 0);
        let doubled = deepest.upsample_bilinear2d([4, 4], true, None, None);
        let should = mixing.scales[3].forward(&doubled, 1, 0);
        let difference = (&mixing.forward(&maps)[3] - should).abs().max().double_value(&[]);
        assert!(difference < 1e-5, "{difference}");
    }
}
