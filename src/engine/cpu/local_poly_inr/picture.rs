//! Pictures' fields: encoder, affine parameters and levels, tile by tile.

use std::ops::Range;

use parking_lot::Mutex;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::affine::PackedAffine;
use super::bicubic::{Patch, Taps};
use super::encoder::{BATCH, Encoder, PackedEncoder, Region};
use super::levels::{Evaluation, LocalScratch, PIXELS, PackedLevels, Synthesize};
use crate::control::Control;
use crate::engine::cpu::bands::{Bands, Progress, rows_within, threads_memory};
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::arch;
use crate::engine::cpu::winograd::{Scratch, TILE, TILE_PIXELS};
use crate::engine::lens::{Lens, Rect};
use crate::error::Result;
use crate::field::PictureImage;
use crate::model::Upscaler;
use crate::network::UpscalerNetwork;
use crate::view::View;

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
/// Most tiles side by side in a region; the encoder holds some 340 KiB for each and around.
const REGION_WIDTH: usize = 1536;

/// An upscaler's weights, packed.
#[derive(Debug)]
pub(in crate::engine) struct PackedUpscaler {
    encoder: PackedEncoder,
    levels: PackedLevels,
}

impl PackedUpscaler {
    pub(in crate::engine) fn new(upscaler: &Upscaler) -> Self {
        let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
        Self { encoder: PackedEncoder::new(network), levels: PackedLevels::new(network) }
    }
}

/// Tiles whose affine parameters the pixels of `rect` take.
fn region_of(lens: &Lens<'_>, rect: &Rect) -> Region {
    let [columns, rows] = lens.cells(rect);
    let tiles = |[first, last]: [i64; 2], size: usize| {
        let inside = |cell: i64| cell.clamp(0, size as i64 - 1) as usize;
        inside(first) / TILE..inside(last + 1) / TILE + 1
    };
    Region {
        tiles: tiles(columns, lens.picture.width()),
        blocks: tiles(rows, lens.picture.height()),
    }
}

/// `rect` in pieces that take at most `tiles` tiles each, and at most `across` side by side.
fn split(lens: &Lens<'_>, rect: Rect, tiles: usize, across: usize) -> Vec<Rect> {
    let fits = |rect: &Rect| {
        let region = region_of(lens, rect);
        region.tiles.len() <= across && region.tiles.len() * region.blocks.len() <= tiles
    };
    let mut pieces = Vec::new();
    lens.split(rect, &fits, &mut pieces);
    pieces
}

/// Most bytes held while a picture of `from` pixels, width and height, is rendered whole and upright
/// at `to` pixels by `threads` threads; `pixel` are the bytes of one of its pixels as it is read.
pub(crate) fn memory(
    upscaler: &Upscaler,
    from: (u32, u32),
    to: (u32, u32),
    pixel: usize,
    threads: usize,
) -> u64 {
    let wide = from.0 as usize > STREAM_WIDTH;
    let whole = Region::whole(from.0 as usize, from.1 as usize);
    let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
    let config = network.config();
    let (tiles, convs) = (whole.tiles.len(), 2 * config.residual_blocks + 1);
    let across = if wide { (REGION_WIDTH + 2 * convs).min(tiles) } else { tiles };
    let encoded = Encoder::memory(convs, config.channels, across, whole.blocks.len());
    let down = f64::from(from.1) / f64::from(to.1);
    let (cells, most) = match wide {
        true => (f64::MAX, REGION_BAND_BYTES),
        false => (BAND_CELLS / down, BAND_BYTES),
    };
    let rows = (cells.round().clamp(1.0, 1e9) as u32).min(rows_within(most, to.0)).min(to.1);
    // Two bands, the pieces of one, and one on its way into a file.
    let bands = 5 * u64::from(rows) * u64::from(to.0) * 12;
    let reach = 2 * (convs + BATCH + 2) * TILE + (f64::from(rows) * down) as usize + 32;
    let read = u64::from(from.0) * u64::from(from.1).min(reach as u64) * pixel as u64;
    encoded + bands + read + threads_memory(threads)
}

/// Renders a picture's field.
pub(in crate::engine) struct PictureBands<'a> {
    lens: Lens<'a>,
    packed: &'a PackedUpscaler,
    affine: PackedAffine,
    /// Features of the region last looked at.
    encoder: Option<Encoder<'a>>,
    /// Working memory that no thread is using.
    scratch: Mutex<Vec<PieceScratch>>,
    /// Whether the view runs down the picture, so that features can stream.
    streams: bool,
    rows: u32,
}

impl<'a> PictureBands<'a> {
    pub(in crate::engine) fn new(
        packed: &'a PackedUpscaler,
        picture: &'a PictureImage,
        view: &'a View,
    ) -> Self {
        let lens = Lens::new(picture, view);
        let upscaler = picture.upscaler();
        let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
        let [from, to] = upscaler.scale_range();
        let inverse_scale = lens.inverse_scale().clamp(1.0 / to, 1.0 / from) as f32;
        let down = lens.map()[1][1];
        let streams = lens.upright() && down > 0.0 && picture.width() <= STREAM_WIDTH;
        let rows = match streams {
            true => ((BAND_CELLS / down).round().clamp(1.0, 1e9) as u32)
                .min(rows_within(BAND_BYTES, view.width())),
            false => rows_within(REGION_BAND_BYTES, view.width()),
        };
        let affine = PackedAffine::new(network, inverse_scale);
        Self { lens, packed, affine, encoder: None, scratch: Mutex::default(), streams, rows }
    }

    /// Whether features of the whole picture are held.
    fn holds_all(&self) -> bool {
        let whole = Region::whole(self.lens.picture.width(), self.lens.picture.height());
        let tiles = whole.tiles.len();
        !self.streams && tiles <= STREAM_WIDTH / TILE && tiles * whole.blocks.len() <= REGION_TILES
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
        let region = region_of(&self.lens, rect);
        let cell = self.packed.levels.cell_size();
        let tiles = region.tiles.len();
        let block = tiles * TILE_PIXELS * cell;
        scratch.affine.resize(block * region.blocks.len());
        if let Some(encoder) = &self.encoder {
            for (number, out) in region.blocks.clone().zip(scratch.affine.chunks_exact_mut(block)) {
                let inputs = encoder.features(number);
                self.affine.compute(inputs, region.tiles.start, out, &mut scratch.conv);
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
        let parts = match self.streams {
            true => vec![band],
            false if self.holds_all() => split(&self.lens, band, REGION_TILES, usize::MAX),
            false => split(&self.lens, band, REGION_TILES, REGION_WIDTH),
        };
        for part in parts {
            self.encode(&region_of(&self.lens, &part), progress.control())?;
            let pieces = split(&self.lens, part, JOB_TILES, JOB_TILES);
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
struct AxisSample {
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

impl AxisSample {
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
    fn places(&self, column: u32, row: u32) -> [AxisSample; 2] {
        let at = self.lens.place(column, row);
        let origin = self.scratch.patch.origin();
        let picture = self.lens.picture;
        [
            AxisSample::new(at[0], picture.width(), self.region.tiles.start, origin[0]),
            AxisSample::new(at[1], picture.height(), self.region.blocks.start, origin[1]),
        ]
    }

    /// The four cells around a pixel.
    #[inline(always)]
    fn evaluations(&self, [x, y]: &[AxisSample; 2]) -> [Evaluation; 4] {
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
        let together = self.levels.pixels();
        // In an upright view a pixel's place across is the same in all rows.
        let upright = self.lens.upright();
        let across: Vec<AxisSample> = match upright {
            true => rect.columns.clone().map(|c| self.places(c, rect.rows.start)[0]).collect(),
            false => Vec::new(),
        };
        for (row, line) in rect.rows.clone().zip(out.chunks_exact_mut(rect.columns.len() * 3)) {
            let down = self.places(rect.columns.start, row)[1];
            for (i, rgb) in line.chunks_mut(together * 3).enumerate() {
                let pixels = rgb.len() / 3;
                for (p, rgb) in rgb.chunks_exact_mut(3).enumerate() {
                    let column = i * together + p;
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
