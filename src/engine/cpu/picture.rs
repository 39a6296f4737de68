//! Pictures' fields: encoder, affine parameters and levels, tile by tile.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bands::{Bands, Progress, rows_within};
use super::bicubic::Patch;
use super::encoder::{Encoder, PackedEncoder, Region};
use super::local::{Evaluation, LocalScratch, PIXELS, PackedLevels, Synthesize, affine_conv};
use super::simd::arch;
use super::winograd::{Conv, Convolve, Scratch, TILE, TILE_PIXELS, Then};
use crate::control::Control;
use crate::error::Result;
use crate::field::PictureField;
use crate::model::Upscaler;
use crate::view::{Matrix, View};

/// Most tiles whose affine parameters one thread holds at a time: about 4 MB.
const JOB_TILES: usize = 160;
/// Pixels of the input that a band covers downwards when a picture streams through.
const BAND_CELLS: f64 = 32.0;
/// Largest band in memory.
const BAND_BYTES: usize = 32 << 20;
/// Widest picture that streams through whole; the encoder holds some 65 KiB a column.
const STREAM_WIDTH: usize = 6144;
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

    /// Input pixels an output pixel: 1/s.
    fn inverse_scale(&self) -> f64 {
        let [[a, b, _], [c, d, _]] = self.map();
        (a * d - b * c).abs().sqrt()
    }

    /// Where an output pixel lies from the centre of input pixel `(0, 0)`. Outside the picture, its
    /// edge goes on.
    #[inline(always)]
    fn place(&self, column: u32, row: u32) -> [f64; 2] {
        let (x, y) = self.view.position(i64::from(column), i64::from(row));
        [
            (x * self.size[0]).clamp(0.0, self.size[0]) - 0.5,
            (y * self.size[1]).clamp(0.0, self.size[1]) - 0.5,
        ]
    }

    /// Cells (both ends included, unclamped) that lie upper left of some pixel of `rect`.
    fn cells(&self, rect: &Rect) -> [[i64; 2]; 2] {
        let mut ends = [[i64::MAX, i64::MIN]; 2];
        for column in [rect.columns.start, rect.columns.end - 1] {
            for row in [rect.rows.start, rect.rows.end - 1] {
                for (end, at) in ends.iter_mut().zip(self.place(column, row)) {
                    let cell = at.floor() as i64;
                    *end = [end[0].min(cell), end[1].max(cell)];
                }
            }
        }
        ends
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
        let [[_, shear_x, _], [shear_y, down, _]] = lens.map();
        let upright = shear_x == 0.0 && shear_y == 0.0 && down > 0.0;
        let streams = upright && picture.width() <= STREAM_WIDTH;
        let limit = rows_within(BAND_BYTES, view.width());
        let rows = match streams {
            true => ((BAND_CELLS / down).round().clamp(1.0, 1e9) as u32).min(limit),
            false => limit,
        };
        let affine = affine_conv(upscaler, inverse_scale);
        Self { lens, packed, affine, encoder: None, streams, rows }
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
            let small = whole.tiles.len() * whole.blocks.len() <= REGION_TILES;
            let region = match (self.streams, small) {
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
        scratch.affine.resize(block * region.blocks.len(), 0.0);
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
                .map_init(PieceScratch::new, |scratch, rect| {
                    let pixels = this.piece(rect, scratch);
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
    affine: Vec<f32>,
    conv: Scratch,
    local: LocalScratch,
    patch: Patch,
}

impl PieceScratch {
    fn new() -> Self {
        Self {
            affine: Vec::new(),
            conv: Scratch::default(),
            local: LocalScratch::new(),
            patch: Patch::default(),
        }
    }
}

/// All pixels of a piece, sixteen at a time.
struct Pixels<'a> {
    lens: &'a Lens<'a>,
    levels: &'a PackedLevels,
    region: &'a Region,
    rect: &'a Rect,
    scratch: &'a mut PieceScratch,
    out: &'a mut [f32],
}

impl WithSimd for Pixels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { lens, levels, region, rect, scratch, out } = self;
        let PieceScratch { affine, local, patch, .. } = scratch;
        let none = Evaluation { cell: 0, offset: [0.0; 2], weight: 0.0 };
        let mut evaluations = [[none; 4]; PIXELS];
        let width = rect.columns.len();
        for (row, line) in rect.rows.clone().zip(out.chunks_exact_mut(width * 3)) {
            for (i, rgb) in line.chunks_mut(PIXELS * 3).enumerate() {
                let first = rect.columns.start + (i * PIXELS) as u32;
                let pixels = rgb.len() / 3;
                for (p, rgb) in rgb.chunks_exact_mut(3).enumerate() {
                    let at = lens.place(first + p as u32, row);
                    let base = at.map(|v| v.floor() as i64);
                    let t = [(at[0] - base[0] as f64) as f32, (at[1] - base[1] as f64) as f32];
                    rgb.copy_from_slice(&patch.at(base, t));
                    evaluations[p] = neighbours(lens, region, levels, base, t);
                }
                Synthesize {
                    levels,
                    affine,
                    evaluations: &evaluations[..pixels],
                    rgb,
                    scratch: local,
                }
                .with_simd(simd);
            }
        }
    }
}

/// The four cells around a pixel that lies `t` of the way from cell `base` to the next.
#[inline(always)]
fn neighbours(
    lens: &Lens<'_>,
    region: &Region,
    levels: &PackedLevels,
    base: [i64; 2],
    t: [f32; 2],
) -> [Evaluation; 4] {
    let last = [lens.picture.width() as i64 - 1, lens.picture.height() as i64 - 1];
    std::array::from_fn(|corner| {
        let step = [(corner & 1) as i64, (corner >> 1) as i64];
        let share = |axis: usize| if step[axis] == 1 { t[axis] } else { 1.0 - t[axis] };
        let index = |axis: usize| (base[axis] + step[axis]).clamp(0, last[axis]);
        let (x, y) = (index(0) as usize, index(1) as usize);
        let tile =
            (y / TILE - region.blocks.start) * region.tiles.len() + x / TILE - region.tiles.start;
        let cell = tile * TILE_PIXELS + y % TILE * TILE + x % TILE;
        // The cell's own centre counts, also where the index was clamped.
        let offset = |axis: usize| t[axis] - (index(axis) - base[axis]) as f32;
        Evaluation {
            cell: cell * levels.cell_size(),
            offset: [offset(0), offset(1)],
            weight: share(0) * share(1),
        }
    })
}
