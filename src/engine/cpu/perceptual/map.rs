//! Values at the pixels of a grid.

/// Pixels that are computed together.
pub(super) const PIXELS: usize = 128;

/// Values at the pixels of a grid, `[height, width, channels]`.
#[derive(Clone, Debug)]
pub(super) struct Map {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub values: Vec<f32>,
}

impl Map {
    pub fn zeroed(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, values: vec![0.0; width * height * channels] }
    }

    pub fn pixels(&self) -> usize {
        self.width * self.height
    }
}
