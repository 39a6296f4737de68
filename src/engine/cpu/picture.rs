//! Pictures' fields: encoder, affine parameters and levels, tile by tile.

use std::ops::Range;

use parking_lot::Mutex;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bands::{Bands, Progress, rows_within};
use super::bicubic::{Patch, Taps};
use super::buffer::Buffer;
use super::encoder::{Encoder, PackedEncoder, Region};
use super::local::{Evaluation, LocalScratch, PIXELS, PackedLevels, Synthesize, affine_conv};
use super::simd::arch;
use super::winograd::{Conv, Convolve, Scratch, TILE, TILE_PIXELS, Then};
use crate::control::Control;
use crate::error::Result;
use crate::field::PictureField;
use crate::model::Upscaler;
use crate::view::{Matrix, View, Window};

/// Most tiles whose affine parameters one thread holds at a time: about 4 MB.
const JOB_TILES: usize = 160;
/// Pixels of the input that a band covers downwards when a picture streams through.
const BAND_CELLS: f64 = 32.0;
/// Largest band in memory.
const BAND_BYTES: usize = 32 << 20;
/// Largest band of a picture that does not stream: features around every band are computed again.
const REGION_BAND_BYTES: usize = 192 << 20;
/// Widest picture that streams through whole; the encoder holds some 65 KiB a column.
const STREAM_WIDTH: usize = 12288;
/// Most tiles whose features are held at a time when a picture does not stream: about 200 MB.
const REGION_TILES: usize = 1 << 16;

/// An upscaler's weights, packed.
#[derive(Debug)]
pub(super) struct PackedUpscaler {
    encoder: PackedEncoder,
    levels: PackedLevels,
}

impl PackedUpscaler {
    pub(super) fn new(upscaler: &Upscaler) -> Self {
        Self { encoder: PackedEncoder::new(upscaler), levels: PackedLevels::new(upscaler) }
    }
}

/// A rectangle of output pixels.
#[derive(Clone, Debug)]
struct Rect {
    columns: Range<u32>,
    rows: Range<u32>,
}

impl Rect {
    /// Two halves across the longer side; `None` for a single pixel.
    fn halves(&self) -> Option<[Self; 2]> {
        let half = |r: &Range<u32>| {
            let middle = r.start + (r.len() as u32).div_ceil(2);
            (r.start..middle, middle..r.end)
        };
        if self.columns.len() < 2 && self.rows.len() < 2 {
            return None;
        }
        Some(if self.columns.len() >= self.rows.len() {
            let (a, b) = half(&self.columns);
            [a, b].map(|columns| Self { columns, rows: self.rows.clone() })
        } else {
            let (a, b) = half(&self.rows);
            [a, b].map(|rows| Self { columns: self.columns.clone(), rows })
        })
    }
}

/// A view of a picture: from output pixels to input pixels.
struct Lens<'a> {
    picture: &'a PictureField,
    view: &'a View,
    size: [f64; 2],
}

impl<'a> Lens<'a> {
    fn new(picture: &'a PictureField, view: &'a View) -> Self {
        Self { picture, view, size: [picture.width() as f64, picture.height() as f64] }
    }

    /// Matrix from output pixel indices to input pixels.
    fn map(&self) -> Matrix {
        let [x, y] = self.view.map();
        [x.map(|v| v * self.size[0]), y.map(|v| v * self.size[1])]
    }

    /// Input pixels an output pixel: 1/s. Where a warp stretches, it stays that of the view.
    fn inverse_scale(&self) -> f64 {
        let [[a, b, _], [c, d, _]] = self.map();
        (a * d - b * c).abs().sqrt()
    }

    /// Whether columns and rows of the output are columns and rows of the picture.
    fn upright(&self) -> bool {
        let [[_, shear_x, _], [shear_y, ..]] = self.view.map();
        shear_x == 0.0 && shear_y == 0.0 && self.view.warp().is_none()
    }

    /// Where an output pixel lies from the centre of input pixel `(0, 0)`. Outside the picture, its
    /// edge goes on.
    #[inline(always)]
    fn place(&self, column: u32, row: u32) -> [f64; 2] {
        let (x, y) = self.view.position(i64::from(column), i64::from(row));
        [self.inside(x, 0), self.inside(y, 1)]
    }

    /// Field coordinate `at` along an axis, in pixels from the centre of pixel 0.
    #[inline(always)]
    fn inside(&self, at: f64, axis: usize) -> f64 {
        (at * self.size[axis]).clamp(0.0, self.size[axis]) - 0.5
    }

    /// Cells (both ends included, unclamped) among which are all that lie upper left of some pixel
    /// of `rect`.
    fn cells(&self, rect: &Rect) -> [[i64; 2]; 2] {
        let Window { x0, x1, y0, y1 } = self.view.bounds(rect.columns.clone(), rect.rows.clone());
        let cell = |at: f64, axis: usize| self.inside(at, axis).floor() as i64;
        [[cell(x0, 0), cell(x1, 0)], [cell(y0, 1), cell(y1, 1)]]
    }

    /// Tiles whose affine parameters the pixels of `rect` take.
    fn region(&self, rect: &Rect) -> Region {
        let [columns, rows] = self.cells(rect);
        let tiles = |[first, last]: [i64; 2], size: usize| {
            let inside = |cell: i64| cell.clamp(0, size as i64 - 1) as usize;
            inside(first) / TILE..inside(last + 1) / TILE + 1
        };
        Region {
            tiles: tiles(columns, self.picture.width()),
            blocks: tiles(rows, self.picture.height()),
        }
    }

    /// `rect` in pieces that take at most `tiles` tiles each.
    fn split(&self, rect: Rect, tiles: usize, out: &mut Vec<Rect>) {
        let region = self.region(&rect);
        match rect.halves() {
            Some(halves) if region.tiles.len() * region.blocks.len() > tiles => {
                halves.into_iter().for_each(|half| self.split(half, tiles, out));
            }
            _ => out.push(rect),
        }
    }
}

/// Renders a picture's field.
pub(super) struct PictureBands<'a> {
    lens: Lens<'a>,
    packed: &'a PackedUpscaler,
    affine: Conv,
    /// Features of the region last looked at.
    encoder: Option<Encoder<'a>>,
    /// Working memory that no thread is using.
    scratch: Mutex<Vec<PieceScratch>>,
    /// Whether the view runs down the picture, so that features can stream.
    streams: bool,
    rows: u32,
}

impl<'a> PictureBands<'a> {
    pub(super) fn new(
        packed: &'a PackedUpscaler,
        picture: &'a PictureField,
        view: &'a View,
    ) -> Self {
        let lens = Lens::new(picture, view);
        let upscaler = picture.upscaler();
        let [from, to] = upscaler.config.scale_range;
        let inverse_scale = lens.inverse_scale().clamp(1.0 / to, 1.0 / from) as f32;
        let down = lens.map()[1][1];
        let streams = lens.upright() && down > 0.0 && picture.width() <= STREAM_WIDTH;
        let rows = match streams {
            true => ((BAND_CELLS / down).round().clamp(1.0, 1e9) as u32)
                .min(rows_within(BAND_BYTES, view.width())),
            false => rows_within(REGION_BAND_BYTES, view.width()),
        };
        let affine = affine_conv(upscaler, inverse_scale);
        Self { lens, packed, affine, encoder: None, scratch: Mutex::default(), streams, rows }
    }

    /// Whether features of the whole picture are held.
    fn holds_all(&self) -> bool {
        let whole = Region::whole(self.lens.picture.width(), self.lens.picture.height());
        !self.streams && whole.tiles.len() * whole.blocks.len() <= REGION_TILES
    }

    /// Makes the picture's rows ready that `band` takes.
    fn read(&self, band: &Rect) -> Result<()> {
        let (picture, reach) = (self.lens.picture, Encoder::reach(&self.packed.encoder));
        let down = self.lens.upright() && self.lens.map()[1][1] > 0.0;
        if !down || self.holds_all() {
            return picture.prepare(0..picture.height());
        }
        let [_, [first, last]] = self.lens.cells(band);
        let row = |cell: i64| cell.clamp(0, picture.height() as i64) as usize;
        picture.prepare(row(first).saturating_sub(reach)..row(last) + reach)
    }

    /// Makes features ready for `region`.
    fn encode(&mut self, region: &Region, control: &Control<'_>) -> Result<()> {
        let picture = self.lens.picture;
        let whole = Region::whole(picture.width(), picture.height());
        // The convolution to affine parameters looks one tile around.
        let grow = |r: &Range<usize>, end: usize| r.start.saturating_sub(1)..(r.end + 1).min(end);
        let wanted = Region {
            tiles: grow(&region.tiles, whole.tiles.end),
            blocks: grow(&region.blocks, whole.blocks.end),
        };
        if !self.encoder.as_ref().is_some_and(|e| e.holds(&wanted)) {
            let region = match (self.streams, self.holds_all()) {
                (true, _) => {
                    Region { tiles: wanted.tiles, blocks: wanted.blocks.start..whole.blocks.end }
                }
                (false, true) => whole,
                (false, false) => wanted.clone(),
            };
            self.encoder = Some(Encoder::new(&self.packed.encoder, picture, &region));
        }
        if let Some(encoder) = &mut self.encoder {
            if self.streams {
                encoder.release(wanted.blocks.start);
            }
            encoder.advance(wanted.blocks.end, control)?;
        }
        Ok(())
    }

    /// Renders one piece whose features are ready: RGB of its pixels.
    fn piece(&self, rect: &Rect, scratch: &mut PieceScratch) -> Vec<f32> {
        let region = self.lens.region(rect);
        let cell = self.packed.levels.cell_size();
        let tiles = region.tiles.len();
        let block = tiles * TILE_PIXELS * cell;
        scratch.affine.resize(block * region.blocks.len());
        if let Some(encoder) = &self.encoder {
            for (number, out) in region.blocks.clone().zip(scratch.affine.chunks_exact_mut(block)) {
                arch().dispatch(Convolve {
                    conv: &self.affine,
                    inputs: encoder.features(number),
                    first: region.tiles.start,
                    then: Then::Keep,
                    out,
                    scratch: &mut scratch.conv,
                });
            }
        }
        let [columns, rows] = self.lens.cells(rect);
        scratch.patch.read(self.lens.picture, columns, rows);
        let mut out = vec![0.0; rect.columns.len() * rect.rows.len() * 3];
        arch().dispatch(Pixels {
            lens: &self.lens,
            levels: &self.packed.levels,
            region: &region,
            rect,
            scratch,
            out: &mut out,
        });
        out
    }
}

impl Bands for PictureBands<'_> {
    fn rows(&self) -> u32 {
        self.rows
    }

    fn render(&mut self, rows: Range<u32>, out: &mut [f32], progress: &Progress<'_>) -> Result<()> {
        let width = self.lens.view.width();
        let first = rows.start;
        let band = Rect { columns: 0..width, rows };
        self.read(&band)?;
        let mut parts = Vec::new();
        match self.streams {
            true => parts.push(band),
            false => self.lens.split(band, REGION_TILES, &mut parts),
        }
        for part in parts {
            self.encode(&self.lens.region(&part), progress.control())?;
            let mut pieces = Vec::new();
            self.lens.split(part, JOB_TILES, &mut pieces);
            let this = &*self;
            let rendered: Vec<Vec<f32>> = pieces
                .par_iter()
                .map(|rect| {
                    let mut scratch = this.scratch.lock().pop().unwrap_or_else(PieceScratch::new);
                    let pixels = this.piece(rect, &mut scratch);
                    this.scratch.lock().push(scratch);
                    progress.add(pixels.len() / 3)?;
                    Ok(pixels)
                })
                .collect::<Result<_>>()?;
            for (rect, pixels) in pieces.iter().zip(rendered) {
                let length = rect.columns.len() * 3;
                for (row, line) in rect.rows.clone().zip(pixels.chunks_exact(length)) {
                    let start =
                        ((row - first) as usize * width as usize + rect.columns.start as usize) * 3;
                    out[start..start + length].copy_from_slice(line);
                }
            }
        }
        Ok(())
    }
}

/// Working memory of one thread.
struct PieceScratch {
    affine: Buffer,
    conv: Scratch,
    local: LocalScratch,
    patch: Patch,
}

impl PieceScratch {
    fn new() -> Self {
        Self {
            affine: Buffer::default(),
            conv: Scratch::default(),
            local: LocalScratch::new(),
            patch: Patch::default(),
        }
    }
}

/// Where a pixel lies along one axis, and what is taken from there.
#[derive(Clone, Copy, Default)]
struct Place {
    /// Bicubic taps.
    taps: Taps,
    /// The two cells around, clamped to the picture, counted from the piece's first tile; x or y
    /// within the tile and the tile apart.
    cells: [[usize; 2]; 2],
    /// The pixel's position from each cell's centre. The cell's own centre counts, also where the
    /// cell was clamped.
    offset: [f32; 2],
    /// Each cell's share.
    share: [f32; 2],
}

impl Place {
    /// `at` from the centre of pixel 0, along an axis of `size` pixels; tiles count from `tile`.
    #[inline(always)]
    fn new(at: f64, size: usize, tile: usize, patch_start: i64) -> Self {
        let base = at.floor();
        let t = (at - base) as f32;
        let base = base as i64;
        let inside = [base, base + 1].map(|c| c.clamp(0, size as i64 - 1));
        Self {
            taps: Taps::new(base - patch_start, t),
            cells: inside.map(|c| [c as usize % TILE, c as usize / TILE - tile]),
            offset: inside.map(|c| t - (c - base) as f32),
            share: [1.0 - t, t],
        }
    }
}

/// All pixels of a piece, a few at a time.
struct Pixels<'a> {
    lens: &'a Lens<'a>,
    levels: &'a PackedLevels,
    region: &'a Region,
    rect: &'a Rect,
    scratch: &'a mut PieceScratch,
    out: &'a mut [f32],
}

impl Pixels<'_> {
    /// Places of one pixel along both axes.
    #[inline(always)]
    fn places(&self, column: u32, row: u32) -> [Place; 2] {
        let at = self.lens.place(column, row);
        let origin = self.scratch.patch.origin();
        let picture = self.lens.picture;
        [
            Place::new(at[0], picture.width(), self.region.tiles.start, origin[0]),
            Place::new(at[1], picture.height(), self.region.blocks.start, origin[1]),
        ]
    }

    /// The four cells around a pixel.
    #[inline(always)]
    fn evaluations(&self, [x, y]: &[Place; 2]) -> [Evaluation; 4] {
        let (row, size) = (self.region.tiles.len(), self.levels.cell_size());
        std::array::from_fn(|corner| {
            let (i, k) = (corner & 1, corner >> 1);
            let ([px, tile], [py, block]) = (x.cells[i], y.cells[k]);
            let cell = (block * row + tile) * TILE_PIXELS + py * TILE + px;
            Evaluation {
                cell: cell * size,
                offset: [x.offset[i], y.offset[k]],
                weight: x.share[i] * y.share[k],
            }
        })
    }
}

impl WithSimd for Pixels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (rect, out) = (self.rect, std::mem::take(&mut self.out));
        let none = Evaluation { cell: 0, offset: [0.0; 2], weight: 0.0 };
        let mut evaluations = [[none; 4]; PIXELS];
        // In an upright view a pixel's place across is the same in all rows.
        let upright = self.lens.upright();
        let across: Vec<Place> = match upright {
            true => rect.columns.clone().map(|c| self.places(c, rect.rows.start)[0]).collect(),
            false => Vec::new(),
        };
        for (row, line) in rect.rows.clone().zip(out.chunks_exact_mut(rect.columns.len() * 3)) {
            let down = self.places(rect.columns.start, row)[1];
            for (i, rgb) in line.chunks_mut(PIXELS * 3).enumerate() {
                let pixels = rgb.len() / 3;
                for (p, rgb) in rgb.chunks_exact_mut(3).enumerate() {
                    let column = i * PIXELS + p;
                    let places = match upright {
                        true => [across[column], down],
                        false => self.places(rect.columns.start + column as u32, row),
                    };
                    rgb.copy_from_slice(&self.scratch.patch.at(&places[0].taps, &places[1].taps));
                    evaluations[p] = self.evaluations(&places);
                }
                Synthesize {
                    levels: self.levels,
                    affine: &self.scratch.affine,
                    evaluations: &evaluations[..pixels],
                    rgb,
                    scratch: &mut self.scratch.local,
                }
                .with_simd(simd);
            }
        }
    }
}
