//! The shape of a CREPS.

use serde::{Deserialize, Serialize};

use crate::network::range::out_of_range;

/// Shape of a CREPS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrepsConfig {
    /// Features of each block's layers. Blocks are of 4, 8, 16, ... pixels; the first is an even
    /// number, of which halves are sines and cosines.
    pub blocks: Vec<usize>,
    /// Lines that a row, and a column, is made of: the rank R of what they are composed to.
    pub rank: usize,
    /// Channels c of lines, and of what they are composed to.
    pub line_channels: usize,
}

impl CrepsConfig {
    /// A network of blocks of so many features, 8 lines a row and column, of `line_channels` channels.
    pub fn new(blocks: Vec<usize>, line_channels: usize) -> Self {
        Self { blocks, rank: 8, line_channels }
    }

    /// Side of the pictures that such a network is trained on, in pixels.
    pub fn resolution(&self) -> u32 {
        2 << self.blocks.len()
    }

    /// Latents w that a picture is made from: one for the input and for every layer, and one for the
    /// refinement.
    pub fn levels(&self) -> usize {
        2 * self.blocks.len() + 1
    }

    /// Maps that lines are composed to, one a block from the second on.
    pub fn maps(&self) -> usize {
        self.blocks.len().saturating_sub(1)
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        out_of_range("the number of blocks", self.blocks.len(), 2, 12)
            .or_else(|| self.blocks.iter().find_map(|n| out_of_range("blocks", *n, 1, 8192)))
            .or_else(|| out_of_range("rank", self.rank, 1, 256))
            .or_else(|| out_of_range("line_channels", self.line_channels, 1, 1024))
            .or_else(|| match self.blocks.first() {
                Some(n) if n % 2 == 1 => Some(format!(
                    "its config says the first block has {n} features; it takes an even number"
                )),
                _ => None,
            })
    }
}
