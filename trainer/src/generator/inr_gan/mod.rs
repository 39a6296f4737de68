//! INR-GAN as it is trained: layers of every position, block after block, at growing resolutions.

mod block;
mod embedding;
mod places;

use std::ops::Range;

use polyinr::network::{InrGanConfig, NetworkConfig};
use tch::nn::Path;
use tch::{Kind, Tensor};

use super::network::Network;
use block::{Block, Deviations};
use places::Places;

/// Latents by which colours are scaled.
const LATENTS: i64 = 16;

/// Deviation of the colours of an untrained generator, nominal range `[-1, 1]`.
const COLOUR: f64 = 0.3;

/// An INR-GAN in training.
#[derive(Debug)]
pub struct InrGan {
    shape: InrGanConfig,
    blocks: Vec<Block>,
}

/// What blocks have made so far.
struct Picture {
    /// `[batch, features, rows, columns]`.
    features: Tensor,
    /// `[batch, 3, rows, columns]`, float32.
    colours: Tensor,
}

impl InrGan {
    /// A network of that shape under `root` with random weights, drawn from libtorch's generator.
    pub fn new(root: &Path<'_>, shape: &InrGanConfig, w_dim: usize) -> Self {
        let blocks = (0..shape.blocks.len()).map(|b| Block::new(root, shape, b, w_dim)).collect();
        Self { shape: shape.clone(), blocks }
    }

    /// Blocks up to `last`, those of one resolution together.
    fn stages(&self, last: usize) -> Vec<Range<usize>> {
        let starts: Vec<usize> =
            (0..=last).filter(|block| self.shape.takes_coordinates(*block)).collect();
        let ends = starts[1..].iter().copied().chain([last + 1]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// What the blocks of a resolution make at these places of what those before them made, with the
    /// features' deviations over the picture: those that are given, else those over the places.
    fn stage(
        &self,
        blocks: Range<usize>,
        before: Option<&Picture>,
        (places, kind): (&Places, Kind),
        w: &Tensor,
        deviations: &mut Deviations,
    ) -> Picture {
        let mode = self.shape.upsampling;
        let mut x = self.blocks[blocks.start].embedded(places, kind);
        if let Some(Picture { features, .. }) = before {
            let features = places.taken(features, mode);
            let [images, channels, rows, columns] = x.size()[..] else { unreachable!("a map") };
            let images = images.max(features.size()[0]);
            x = Tensor::cat(&[features, x.expand([images, channels, rows, columns], false)], 1);
        }
        let (rows, columns) = (x.size()[2], x.size()[3]);
        let mut x = x.flatten(2, 3);
        let mut colours = before.map(|before| places.taken(&before.colours, mode).flatten(2, 3));
        for block in &self.blocks[blocks] {
            x = block.features(&x, w, deviations);
            let own = block.colours(&x, w).to_kind(Kind::Float);
            colours = Some(match colours {
                None => own,
                Some(colours) => colours + own,
            });
        }
        let map = |x: Tensor| x.reshape([x.size()[0], x.size()[1], rows, columns]);
        Picture { features: map(x), colours: map(colours.expect("a block")) }
    }
}

impl Network for InrGan {
    /// A side that a block has takes the blocks up to that one, as the paper's cheap pictures of low
    /// resolution; at other sides, and where grids are moved, the last of these blocks are
    /// evaluated between their pixels. Outside the grids of earlier blocks their outer pixels go on.
    fn images(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Tensor {
        let mut stages = self.stages(self.shape.last_block(side as f64));
        let last = stages.pop().expect("a block");
        let resolution = |blocks: &Range<usize>| self.shape.resolution_of(blocks.start) as i64;
        let mut before = None;
        for blocks in stages {
            let places = Places::whole(resolution(&blocks), w.device());
            let made = self.stage(
                blocks,
                before.as_ref(),
                (&places, kind),
                w,
                &mut Deviations::measured(),
            );
            before = Some(made);
        }
        let before = before.as_ref();
        let whole = Places::whole(resolution(&last), w.device());
        if shifts.is_none() && side == resolution(&last) {
            return self
                .stage(last, before, (&whole, kind), w, &mut Deviations::measured())
                .colours;
        }
        let mut deviations = Deviations::measured();
        if self.shape.normalised {
            self.stage(last.clone(), before, (&whole, kind), w, &mut deviations);
            deviations = deviations.known();
        }
        let places = Places::between(resolution(&last), side, shifts, w.device());
        self.stage(last, before, (&places, kind), w, &mut deviations).colours
    }

    /// Layers keep their scale by themselves; colours, which are sums over blocks, are scaled to a
    /// deviation of 0.3.
    fn normalise(&self, w: &Tensor) {
        let w = w.narrow(0, 0, LATENTS.min(w.size()[0]));
        let side = i64::from(self.shape.resolution());
        let size = self.images(&w, None, side, Kind::Float).std(true).double_value(&[]);
        let factor = COLOUR / size.max(1e-12);
        self.blocks.iter().for_each(|block| block.multiply_colours(factor));
    }

    fn extends(&self, old: &NetworkConfig) -> Result<(), String> {
        let NetworkConfig::InrGan(old) = old else {
            return Err("it is another network".to_owned());
        };
        let (blocks, before) = (self.shape.blocks.len(), old.blocks.len());
        if blocks < before {
            let (is, wanted) = (old.resolution(), self.shape.resolution());
            return Err(format!("the network draws {is} pixels a side; {wanted} are fewer"));
        }
        let mut alike = self.shape.clone();
        alike.blocks.truncate(before);
        match alike == *old {
            true => Ok(()),
            false => Err("blocks can only be put after those there are".to_owned()),
        }
    }

    /// The new blocks' colours begin at zero: pictures are those of before, enlarged as features are.
    fn settle(&self, old: &NetworkConfig, _: &Tensor) {
        let NetworkConfig::InrGan(old) = old else { return };
        self.blocks[old.blocks.len()..].iter().for_each(Block::silence_colours);
    }
}

#[cfg(test)]
mod tests;
