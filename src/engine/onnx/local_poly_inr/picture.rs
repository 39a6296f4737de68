//! Pictures' fields: parts of the picture are encoded, then the view's pixels there computed.

use std::ops::Range;
use std::sync::Arc;

use ort::value::DynValue;

use crate::control::Control;
use crate::engine::lens::{Lens, Rect};
use crate::engine::onnx::coordinates::Pixels;
use crate::engine::onnx::session::{Bound, Prepared, floats, ints};
use crate::engine::{ROWS_AHEAD, RowSink};
use crate::error::Result;
use crate::field::PictureImage;
use crate::view::View;

/// Most bytes of affine parameters that are held at once.
const CELL_BYTES: usize = 48 << 20;
/// Rows of the picture that a band covers, so that little is encoded twice.
const BAND_CELLS: f64 = 96.0;
/// Largest band in memory.
const BAND_BYTES: usize = 64 << 20;

/// An upscaler's graphs.
#[derive(Debug)]
pub(in crate::engine) struct PreparedUpscaler {
    pub(in crate::engine) encoder: Prepared,
    pub(in crate::engine) local: Arc<Prepared>,
}

/// A rectangle of the picture.
struct Part {
    columns: Range<usize>,
    rows: Range<usize>,
}

impl Part {
    /// First column, first row, width.
    fn tensor(&self) -> Result<DynValue> {
        let numbers = [self.columns.start, self.rows.start, self.columns.len()];
        ints(&[3], numbers.map(|n| n as i64).to_vec())
    }

    /// The part with `by` pixels around, as far as the picture goes.
    fn grown(&self, by: usize, size: [usize; 2]) -> Self {
        let grow = |r: &Range<usize>, end: usize| r.start.saturating_sub(by)..(r.end + by).min(end);
        Self { columns: grow(&self.columns, size[0]), rows: grow(&self.rows, size[1]) }
    }
}

/// Renders a picture's field.
pub(in crate::engine) struct PictureView<'a> {
    graphs: Arc<PreparedUpscaler>,
    local: Bound,
    lens: Lens<'a>,
    /// Most pixels that are computed at once.
    pixels: usize,
}

impl<'a> PictureView<'a> {
    pub(in crate::engine) fn new(
        graphs: Arc<PreparedUpscaler>,
        field: &'a PictureImage,
        view: &'a View,
        pixels: usize,
    ) -> Result<Self> {
        let lens = Lens::new(field, view);
        let [from, to] = field.upscaler().scale_range();
        let inverse_scale = lens.inverse_scale().clamp(1.0 / to, 1.0 / from) as f32;
        let mut local = graphs.local.bound()?;
        let size = [field.width() as i64, field.height() as i64];
        local.put("size", &ints(&[2], size.to_vec())?)?;
        local.put("inverse_scale", &floats(&[], vec![inverse_scale])?)?;
        Ok(Self { graphs, local, lens, pixels })
    }

    /// Renders all of it, from the top.
    pub(in crate::engine) fn render(
        &mut self,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let view = self.lens.view;
        let rows = self.band_rows();
        let mut band = Vec::new();
        let (mut first, mut done) = (0, 0);
        control.check()?;
        while first < view.height() {
            let end = view.height().min(first.saturating_add(rows));
            let rect = Rect { columns: 0..view.width(), rows: first..end };
            self.read(&rect)?;
            band.resize(rect.rows.len() * view.width() as usize * 3, 0.0f32);
            for piece in self.pieces(rect) {
                self.piece(&piece, first, &mut band)?;
                done += piece.columns.len() as u64 * piece.rows.len() as u64;
                control.report(done, view.pixels())?;
            }
            sink.rows(first, &band)?;
            first = end;
        }
        Ok(())
    }

    fn band_rows(&self) -> u32 {
        let down = self.lens.map()[1][1].abs();
        let bytes = self.lens.view.width() as usize * 3 * size_of::<f32>();
        let most = u32::try_from(BAND_BYTES / bytes).unwrap_or(u32::MAX).max(1);
        if self.upright() {
            ((BAND_CELLS / down).ceil().clamp(1.0, 1e9) as u32).min(most)
        } else {
            most
        }
    }

    /// Whether the view runs down the picture.
    fn upright(&self) -> bool {
        self.lens.upright() && self.lens.map()[1][1] > 0.0
    }

    /// Makes the picture's rows ready that a band takes.
    fn read(&self, band: &Rect) -> Result<()> {
        let picture = self.lens.picture;
        if !self.upright() {
            return picture.prepare(0..picture.height());
        }
        let around = self.around().max(ROWS_AHEAD);
        picture.prepare(self.part(band).grown(around, self.size()).rows)
    }

    fn size(&self) -> [usize; 2] {
        [self.lens.picture.width(), self.lens.picture.height()]
    }

    /// Pixels around a part that its affine parameters, or interpolation, depend on.
    fn around(&self) -> usize {
        self.lens.picture.upscaler().network().reach().max(2)
    }

    /// The cells that the pixels of `rect` take.
    fn part(&self, rect: &Rect) -> Part {
        let inside = |[first, last]: [i64; 2], size: usize| {
            let clamp = |cell: i64| cell.clamp(0, size as i64 - 1) as usize;
            clamp(first)..clamp(last + 1) + 1
        };
        let [columns, rows] = self.lens.cells(rect);
        let [width, height] = self.size();
        Part { columns: inside(columns, width), rows: inside(rows, height) }
    }

    fn pieces(&self, rect: Rect) -> Vec<Rect> {
        let cell = self.lens.picture.upscaler().network().cell_size() * size_of::<f32>();
        let most = (CELL_BYTES / cell).max(4);
        let fits = |rect: &Rect| {
            let part = self.part(rect);
            part.columns.len() * part.rows.len() <= most
        };
        let mut pieces = Vec::new();
        self.lens.split(rect, &fits, &mut pieces);
        pieces
    }

    /// Renders one piece into a band that begins at row `first`.
    fn piece(&mut self, piece: &Rect, first: u32, band: &mut [f32]) -> Result<()> {
        let wanted = self.part(piece);
        let around = wanted.grown(self.around(), self.size());
        let pixels = self.pixels(&around);
        let cells = self.encode(&wanted, &around, &pixels)?;
        self.local.put("pixels", &floats(&[pixels.len() / 3, 3], pixels)?)?;
        self.local.put("part", &around.tensor()?)?;
        self.local.put("cells", &cells)?;
        self.local.put("held", &wanted.tensor()?)?;
        let places = Pixels::of(self.lens.view, piece);
        places.put(&mut self.local)?;
        let count = piece.columns.len() * piece.rows.len();
        for start in (0..count).step_by(self.pixels) {
            let end = count.min(start + self.pixels);
            places.put_span(start as u64..end as u64, &mut self.local)?;
            self.local.buffer("rgb", &[end - start, 3])?;
            self.local.run()?;
            self.scatter(piece, start, first, self.local.values("rgb")?, band);
        }
        Ok(())
    }

    /// Pixels of a part, `[rows, columns, 3]`.
    fn pixels(&self, part: &Part) -> Vec<f32> {
        let mut pixels = vec![0.0; part.rows.len() * part.columns.len() * 3];
        let lines = pixels.chunks_exact_mut(part.columns.len() * 3);
        for (row, line) in part.rows.clone().zip(lines) {
            self.lens.picture.rgb(part.columns.start, row, line);
        }
        pixels
    }

    /// Affine parameters of the pixels of `wanted`, from the pixels `around`.
    fn encode(&self, wanted: &Part, around: &Part, pixels: &[f32]) -> Result<DynValue> {
        let inside = [
            wanted.rows.start - around.rows.start,
            wanted.columns.start - around.columns.start,
            wanted.rows.end - around.rows.start,
            wanted.columns.end - around.columns.start,
        ];
        let dims = [around.rows.len(), around.columns.len(), 3];
        let inputs = [
            ("pixels", floats(&dims, pixels.to_vec())?),
            ("inside", ints(&[4], inside.map(|v| v as i64).to_vec())?),
        ];
        self.graphs.encoder.run(&inputs, "cells")
    }

    /// Puts pixels of a piece, from its pixel `start` on, into their places in a band.
    fn scatter(&self, piece: &Rect, start: usize, first: u32, rgb: &[f32], band: &mut [f32]) {
        let (width, whole) = (piece.columns.len(), self.lens.view.width() as usize);
        for (i, pixel) in rgb.chunks_exact(3).enumerate() {
            let column = piece.columns.start as usize + (start + i) % width;
            let row = (piece.rows.start - first) as usize + (start + i) / width;
            let at = (row * whole + column) * 3;
            band[at..at + 3].copy_from_slice(pixel);
        }
    }
}
