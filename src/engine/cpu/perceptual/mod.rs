//! Pictures compared by VGG16's features, and the derivatives of that by the picture.
//!
//! With a block's features f, its derivatives are those of its own distance and, through the max
//! pooling, of the next block's input. From the last convolution of a block to its first, ReLU keeps
//! what belongs to positive features, and the convolution passes it on to its input.
//!
//! Every pixel's sums are taken by one thread in one order, and pixels are divided in the same way
//! whatever the threads.

mod conv;
mod distance;
mod map;
mod pool;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::engine::{Perceived, PerceptualLoss, PerceptualRequest};
use crate::error::{Error, Result};
use crate::model::Vgg16;
use conv::{Conv, Scratch};
use map::{Map, PIXELS};

/// VGG16's weights, packed.
#[derive(Debug)]
pub(super) struct PackedVgg16 {
    blocks: Vec<Vec<Conv>>,
}

impl PackedVgg16 {
    pub(super) fn new(vgg: &Vgg16) -> Self {
        let block = |convs: &Vec<_>| convs.iter().map(Conv::new).collect();
        Self { blocks: vgg.blocks().iter().map(block).collect() }
    }
}

/// A picture's features, to compare others with.
pub(super) struct Perception<'a> {
    pool: &'a ThreadPool,
    packed: Arc<PackedVgg16>,
    width: usize,
    height: usize,
    /// Unit features after each block that counts.
    target: Vec<Map>,
    scratch: Scratch,
}

impl<'a> Perception<'a> {
    /// Takes the first `blocks` of `packed` into account.
    pub(super) fn new(
        pool: &'a ThreadPool,
        packed: Arc<PackedVgg16>,
        blocks: usize,
        request: &PerceptualRequest<'_>,
    ) -> Self {
        let PerceptualRequest { rgb, width, height, .. } = *request;
        let scratch = Scratch::default();
        let mut this = Self { pool, packed, width, height, target: Vec::new(), scratch };
        this.target = pool.install(|| {
            let features = this.features(blocks, rgb);
            features.iter().filter_map(|block| block.last()).map(distance::unit).collect()
        });
        this
    }

    /// Features after every convolution of the first `blocks`.
    fn features(&self, blocks: usize, rgb: &[f32]) -> Vec<Vec<Map>> {
        let mut features: Vec<Vec<Map>> = Vec::with_capacity(blocks);
        for convs in &self.packed.blocks[..blocks] {
            let mut input = match features.last().and_then(|block| block.last()) {
                Some(map) => pool::pool(map),
                None => self.normalised(rgb),
            };
            let mut block = Vec::with_capacity(convs.len());
            for conv in convs {
                let map = conv.forward(block.last().unwrap_or(&input), &self.scratch);
                input.values = Vec::new();
                block.push(map);
            }
            features.push(block);
        }
        features
    }

    fn normalised(&self, rgb: &[f32]) -> Map {
        let mut map = Map::zeroed(self.width, self.height, 3);
        for (to, from) in map.values.chunks_exact_mut(3).zip(rgb.chunks_exact(3)) {
            (0..3).for_each(|c| to[c] = (from[c] - Vgg16::MEAN[c]) / Vgg16::DEVIATION[c]);
        }
        map
    }

    /// The loss, and its derivatives by the features after each block by their own distance.
    fn compare(&self, features: &[Vec<Map>]) -> (f64, Vec<Map>) {
        let weight = 1.0 / self.target.len() as f64;
        let last = features.iter().filter_map(|block| block.last());
        let compared = last.zip(&self.target).map(|(f, t)| distance::compare(f, t, weight));
        let (values, slopes): (Vec<f64>, Vec<Map>) = compared.unzip();
        (values.iter().sum(), slopes)
    }

    /// From the blocks' own derivatives those by the picture.
    fn backward(&self, features: &[Vec<Map>], slopes: Vec<Map>) -> Vec<f32> {
        let mut next: Option<Map> = None;
        let blocks = self.packed.blocks.iter().zip(features).zip(slopes);
        let blocks: Vec<_> = blocks.collect();
        for ((convs, features), mut slope) in blocks.into_iter().rev() {
            if let (Some(next), Some(last)) = (&next, features.last()) {
                pool::unpool(last, next, &mut slope);
            }
            for (conv, features) in convs.iter().zip(features).rev() {
                cut(&mut slope, features);
                slope = conv.backward(&slope, &self.scratch);
            }
            next = Some(slope);
        }
        let mut slope = next.map_or_else(Vec::new, |map| map.values);
        for pixel in slope.chunks_exact_mut(3) {
            (0..3).for_each(|c| pixel[c] /= Vgg16::DEVIATION[c]);
        }
        slope
    }
}

impl PerceptualLoss for Perception<'_> {
    fn judge(&self, rgb: &[f32]) -> Result<Perceived> {
        let wanted = self.width * self.height * 3;
        if rgb.len() != wanted {
            let problem = format!("{} values to compare with {wanted}", rgb.len());
            return Err(Error::parameter("picture", problem));
        }
        Ok(self.pool.install(|| {
            let features = self.features(self.target.len(), rgb);
            let (value, slopes) = self.compare(&features);
            Perceived { value, slope: self.backward(&features, slopes) }
        }))
    }
}

/// Keeps the derivatives by positive features: those by the values before ReLU.
fn cut(slope: &mut Map, features: &Map) {
    let chunk = PIXELS * features.channels;
    let both = slope.values.par_chunks_mut(chunk).zip(features.values.par_chunks(chunk));
    both.for_each(|(slope, features)| {
        for (s, f) in slope.iter_mut().zip(features) {
            *s = if *f > 0.0 { *s } else { 0.0 };
        }
    });
}
