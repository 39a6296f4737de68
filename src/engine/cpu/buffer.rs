//! Floats that start on a cache line, so that no vector straddles two.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

const FLOATS: usize = 16;

/// One cache line.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; FLOATS]);

/// A vector of floats, aligned to cache lines. Its length is a multiple of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer(Vec<Line>);

impl Buffer {
    /// `len` zeros, rounded up to whole lines.
    pub(super) fn zeroed(len: usize) -> Self {
        Self(vec![Line::zeroed(); len.div_ceil(FLOATS)])
    }

    /// Makes room for `len` values; what is new is zero, what was there stays.
    pub(super) fn resize(&mut self, len: usize) {
        self.0.resize(len.div_ceil(FLOATS), Line::zeroed());
    }
}

impl FromIterator<f32> for Buffer {
    fn from_iter<I: IntoIterator<Item = f32>>(values: I) -> Self {
        let values: Vec<f32> = values.into_iter().collect();
        let mut buffer = Self::zeroed(values.len());
        buffer[..values.len()].copy_from_slice(&values);
        buffer
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}
