//! Between a host's pixels and rows of this library.

use half::f16;

use super::buffer::{Buffer, PolyinrBuffer, PolyinrChannels, PolyinrSample};
use super::status::{Failure, Outcome};
use crate::engine::RowSink;
use crate::error::{Error, Result};
use crate::memory;
use crate::raster::{Channels, Depth, Raster, RowSource, Samples, to_u8, to_u16};

/// A host's pixels as a source of rows; only the rows asked for are copied.
#[derive(Debug)]
pub(super) struct BufferRows {
    buffer: Buffer,
    next: u32,
}

impl BufferRows {
    /// # Safety
    /// The buffer's pixels must stay valid, and nobody may write them, while this lives.
    pub unsafe fn new(buffer: Buffer) -> Self {
        Self { buffer, next: 0 }
    }

    /// Appends `row`'s samples.
    fn append(&self, row: u32, samples: &mut Samples) {
        // SAFETY: as `new` asks.
        let bytes = unsafe { self.buffer.row(row) };
        match samples {
            Samples::U8(v) => v.extend_from_slice(bytes),
            Samples::U16(v) => v.extend_from_slice(bytemuck::cast_slice(bytes)),
            Samples::F32(v) if self.buffer.sample == PolyinrSample::F16 => {
                let halves: &[u16] = bytemuck::cast_slice(bytes);
                v.extend(halves.iter().map(|h| f16::from_bits(*h).to_f32()));
            }
            Samples::F32(v) => v.extend_from_slice(bytemuck::cast_slice(bytes)),
        }
    }
}

impl RowSource for BufferRows {
    fn width(&self) -> u32 {
        self.buffer.width
    }

    fn height(&self) -> u32 {
        self.buffer.height
    }

    fn channels(&self) -> Channels {
        self.buffer.channels()
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        let rows = self.next..self.next.saturating_add(count).min(self.height());
        if rows.is_empty() {
            return Ok(None);
        }
        self.next = rows.end;
        let len = rows.len() * self.buffer.width as usize * self.channels().count();
        let mut samples = empty(self.buffer.depth(), len)?;
        rows.clone().for_each(|row| self.append(row, &mut samples));
        let mut raster = Raster::new(self.width(), rows.len() as u32, self.channels(), samples)?;
        if self.buffer.order == PolyinrChannels::Bgra {
            swap_red_and_blue(raster.samples_mut());
        }
        if self.buffer.premultiplied && self.channels().has_alpha() {
            raster.unpremultiply();
        }
        Ok(Some(raster))
    }
}

/// No samples yet, with memory for `len`.
fn empty(depth: Depth, len: usize) -> Result<Samples> {
    const WHAT: &str = "pixels";
    Ok(match depth {
        Depth::U8 => Samples::U8(memory::with_capacity(len, WHAT)?),
        Depth::U16 => Samples::U16(memory::with_capacity(len, WHAT)?),
        Depth::F32 => Samples::F32(memory::with_capacity(len, WHAT)?),
    })
}

/// A copy of all pixels of a host's buffer, which messages call `name`.
///
/// # Safety
/// The buffer's pixels must be valid and not written by others.
pub(super) unsafe fn whole(given: &PolyinrBuffer, name: &'static str) -> Outcome<Raster> {
    let buffer = Buffer::check(given, name)?;
    // SAFETY: as the caller promises.
    let rows = unsafe { BufferRows::new(buffer) }.next_rows(buffer.height)?;
    rows.ok_or_else(|| Failure::Internal(format!("{name} without rows")))
}

fn swap_red_and_blue(samples: &mut Samples) {
    fn swap<T>(v: &mut [T]) {
        v.chunks_exact_mut(4).for_each(|p| p.swap(0, 2));
    }
    match samples {
        Samples::U8(v) => swap(v),
        Samples::U16(v) => swap(v),
        Samples::F32(v) => swap(v),
    }
}

/// Writes rows of `channels` into a host's pixels.
#[derive(Debug)]
pub(super) struct BufferSink {
    buffer: Buffer,
    channels: Channels,
    row: Vec<f32>,
}

impl BufferSink {
    /// A sink for rows of `channels`, which messages call `name`.
    ///
    /// # Safety
    /// The buffer's pixels must stay valid, and nobody else may use them, while this lives.
    pub unsafe fn new(buffer: Buffer, channels: Channels, name: &'static str) -> Result<Self> {
        if buffer.channels().is_gray() && !channels.is_gray() {
            return Err(Error::parameter(name, "a coloured picture does not fit grey channels"));
        }
        Ok(Self { buffer, channels, row: Vec::new() })
    }

    /// Brings a row into the buffer's channels, order and kind of alpha: `self.row`.
    fn arrange(&mut self, pixels: &[f32]) {
        let (from, to) = (self.channels, self.buffer.channels());
        self.row.clear();
        for pixel in pixels.chunks_exact(from.count()) {
            let colour = |c: usize| if from.is_gray() { pixel[0] } else { pixel[c] };
            let alpha = if from.has_alpha() { pixel[from.count() - 1] } else { 1.0 };
            let factor = match self.buffer.premultiplied && to.has_alpha() {
                true => alpha.clamp(0.0, 1.0),
                false => 1.0,
            };
            let order: &[usize] = match self.buffer.order {
                PolyinrChannels::Gray | PolyinrChannels::GrayAlpha => &[0],
                PolyinrChannels::Rgb | PolyinrChannels::Rgba => &[0, 1, 2],
                PolyinrChannels::Bgra => &[2, 1, 0],
            };
            self.row.extend(order.iter().map(|c| colour(*c) * factor));
            if to.has_alpha() {
                self.row.push(alpha);
            }
        }
    }

    /// Writes `self.row` as row `row`.
    fn store(&mut self, row: u32) {
        let sample = self.buffer.sample;
        // SAFETY: as `new` asks.
        let bytes = unsafe { self.buffer.row_mut(row) };
        match sample {
            PolyinrSample::U8 => {
                bytes.iter_mut().zip(&self.row).for_each(|(to, v)| *to = to_u8(*v));
            }
            PolyinrSample::U16 => {
                let words: &mut [u16] = bytemuck::cast_slice_mut(bytes);
                words.iter_mut().zip(&self.row).for_each(|(to, v)| *to = to_u16(*v));
            }
            PolyinrSample::F16 => {
                let halves: &mut [u16] = bytemuck::cast_slice_mut(bytes);
                let pairs = halves.iter_mut().zip(&self.row);
                pairs.for_each(|(to, v)| *to = f16::from_f32(*v).to_bits());
            }
            PolyinrSample::F32 => bytemuck::cast_slice_mut(bytes).copy_from_slice(&self.row),
        }
    }
}

impl RowSink for BufferSink {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        let width = self.buffer.width as usize;
        let len = width * self.channels.count();
        self.row.clear();
        memory::reserve(&mut self.row, width * self.buffer.channels().count(), "output")?;
        for (row, pixels) in (first_row..).zip(pixels.chunks_exact(len)) {
            self.arrange(pixels);
            self.store(row);
        }
        Ok(())
    }
}
