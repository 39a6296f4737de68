//! Flat areas stay flat, up to a picture's border.
//!
//! Networks give flat areas nearly their colour, and less nearly at a picture's border, where they
//! see what is outside as medium grey. So where a picture has the same colour all around, results take
//! that colour; towards the next pixel that differs they go over into the network's. It depends on
//! nothing but the picture around, so parts are equal to the whole.

use std::collections::VecDeque;
use std::ops::Range;

use super::strips::{Strips, tap};
use crate::engine::{ROWS_AHEAD, RowSink};
use crate::error::{Error, Result};
use crate::field::Plane;
use crate::raster::RowSource;
use crate::view::View;

/// From this distance to pixels that differ the colour alone counts, in pixels.
const REACH: usize = 12;
/// Up to this distance the network alone counts.
const NEAR: usize = 3;

// Lines are compared with those above and below.
const _: () = assert!(REACH + 2 <= ROWS_AHEAD);

/// What is read of a picture for its network.
#[derive(Debug)]
pub(super) struct Feed {
    strips: Strips,
    size: [usize; 2],
}

impl Feed {
    /// What is read from `source`, and the source to read from in its stead.
    pub fn tap(source: Box<dyn RowSource>) -> (Self, Box<dyn RowSource>) {
        let size = [source.width() as usize, source.height() as usize];
        let (strips, tapped) = tap(source);
        (Self { strips, size }, tapped)
    }
}

/// A row of the picture.
struct Line {
    rgb: Vec<f32>,
    /// Distance to the nearest pixel of the row that differs from one beside, above or below it.
    distances: Vec<u8>,
    /// Which pixels differ from those above.
    steps: Vec<bool>,
}

/// Gives flat areas their color in a network's rows.
pub(super) struct FlatAreas<'a> {
    feed: Feed,
    plane: Plane,
    view: View,
    /// Columns of the picture in which the view's columns lie.
    columns: Vec<usize>,
    lines: VecDeque<Line>,
    /// Number of the first line.
    first: usize,
    /// The row looked at last, and the distances from its pixels to the nearest that differ.
    last: Option<usize>,
    distances: Vec<u8>,
    sink: &'a mut dyn RowSink,
    out: Vec<f32>,
}

impl<'a> FlatAreas<'a> {
    /// Whether this can be done in `view`: it must go down the picture.
    pub fn suits(view: &View) -> bool {
        view.is_upright() && view.map()[1][1] > 0.0
    }

    /// For rows of `plane` of the picture of `feed`, seen through `view`, which are handed to `sink`.
    pub fn new(feed: Feed, plane: Plane, view: &View, sink: &'a mut dyn RowSink) -> Self {
        let width = feed.size[0];
        let columns = (0..i64::from(view.width()))
            .map(|column| place(view.position(column, 0).0, width))
            .collect();
        Self {
            feed,
            plane,
            view: *view,
            columns,
            lines: VecDeque::new(),
            first: 0,
            last: None,
            distances: Vec::new(),
            sink,
            out: Vec::new(),
        }
    }

    /// Makes the lines around row `row` ready.
    fn prepare(&mut self, row: usize) -> Result<()> {
        let around = row.saturating_sub(REACH)..(row + REACH + 1).min(self.feed.size[1]);
        // A line is complete when the next has come.
        while self.first + self.lines.len() < (around.end + 1).min(self.feed.size[1]) {
            self.read()?;
            self.forget(around.start);
        }
        self.forget(around.start);
        Ok(())
    }

    /// Forgets lines that nothing around row `start` or below needs.
    fn forget(&mut self, start: usize) {
        while self.first + 1 < start && self.lines.len() > 1 {
            self.lines.pop_front();
            self.first += 1;
        }
    }

    /// Reads the next lines.
    fn read(&mut self) -> Result<()> {
        let strip = self.feed.strips.lock().pop_front().ok_or_else(|| {
            Error::parameter("rows", "the engine gives rows before it has read them")
        })?;
        for row in 0..strip.height() as usize {
            let mut rgb = vec![0.0; strip.width() as usize * 3];
            self.plane.rgb(&strip, 0, row, &mut rgb);
            self.push(rgb);
        }
        Ok(())
    }

    fn push(&mut self, rgb: Vec<f32>) {
        let width = rgb.len() / 3;
        let steps = match self.lines.back_mut() {
            Some(above) => {
                let pairs = above.rgb.chunks_exact(3).zip(rgb.chunks_exact(3));
                let steps: Vec<bool> = pairs.map(|(a, b)| a != b).collect();
                above.measure(Some(&steps));
                steps
            }
            None => vec![false; width],
        };
        let mut line = Line { rgb, distances: vec![0; width], steps };
        // Right for the last; others are measured again.
        if self.first + self.lines.len() + 1 == self.feed.size[1] {
            line.measure(None);
        }
        self.lines.push_back(line);
    }

    /// Distances from the pixels of row `row` to the nearest that differ, up to [`REACH`], in
    /// `self.distances`.
    fn measure(&mut self, row: usize) -> Result<()> {
        if self.last == Some(row) {
            return Ok(());
        }
        self.prepare(row)?;
        self.distances.clear();
        self.distances.resize(self.feed.size[0], REACH as u8);
        let around = |row: usize| -> Range<usize> {
            row.saturating_sub(REACH)..(row + REACH + 1).min(self.feed.size[1])
        };
        for other in around(row) {
            let away = row.abs_diff(other) as u8;
            let line = &self.lines[other - self.first];
            self.distances
                .iter_mut()
                .zip(&line.distances)
                .for_each(|(f, o)| *f = (*f).min(away.max(*o)));
        }
        self.last = Some(row);
        Ok(())
    }

    /// Row `row` of the picture, and the distances of its pixels, where some of these are in a flat
    /// area.
    fn flat_row(&mut self, row: usize) -> Result<Option<(&[f32], &[u8])>> {
        self.measure(row)?;
        let flat = self.distances.iter().any(|distance| usize::from(*distance) > NEAR);
        Ok(flat.then(|| (&self.lines[row - self.first].rgb[..], &self.distances[..])))
    }

    /// The row of the picture in which row `number` of the view lies.
    fn row_of(&self, number: i64) -> usize {
        place(self.view.position(0, number).1, self.feed.size[1])
    }
}

impl Line {
    /// Measures how far pixels are from those that differ; `below` are the steps of the next line.
    fn measure(&mut self, below: Option<&[bool]>) {
        let Self { rgb, distances, steps } = self;
        let width = distances.len();
        let beside = |x: usize| rgb[x * 3..x * 3 + 3] != rgb[x * 3 + 3..x * 3 + 6];
        let mut before = false;
        for x in 0..width {
            let after = x + 1 < width && beside(x);
            let differs = before || after || steps[x] || below.is_some_and(|b| b[x]);
            distances[x] = if differs { 0 } else { REACH as u8 };
            before = after;
        }
        carry(distances.iter_mut());
        carry(distances.iter_mut().rev());
    }
}

/// Makes each distance at most one more than the one before it.
fn carry<'a>(distances: impl Iterator<Item = &'a mut u8>) {
    let mut near = REACH as u8;
    for distance in distances {
        near = (near + 1).min(*distance);
        *distance = near;
    }
}

/// The pixel of a side of `size` pixels in which the field coordinate `at` lies.
fn place(at: f64, size: usize) -> usize {
    let size = size as f64;
    (at * size).floor().clamp(0.0, size - 1.0) as usize
}

impl RowSink for FlatAreas<'_> {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        let mut out = std::mem::take(&mut self.out);
        let columns = std::mem::take(&mut self.columns);
        let width = columns.len() * 3;
        out.clear();
        // Most pictures have no flat area in most rows: these are handed on as they are.
        for (i, number) in (0..pixels.len() / width).zip(i64::from(first_row)..) {
            let row = self.row_of(number);
            let Some((rgb, distances)) = self.flat_row(row)? else { continue };
            if out.is_empty() {
                out.extend_from_slice(pixels);
            }
            let line = &mut out[i * width..(i + 1) * width];
            for (column, pixel) in columns.iter().zip(line.chunks_exact_mut(3)) {
                blend(pixel, &rgb[column * 3..column * 3 + 3], distances[*column].into());
            }
        }
        self.columns = columns;
        let handed = self.sink.rows(first_row, if out.is_empty() { pixels } else { &out });
        self.out = out;
        handed
    }
}

/// Moves `pixel` towards `color`, by how far the nearest pixel is that differs.
fn blend(pixel: &mut [f32], color: &[f32], distance: usize) {
    if distance > NEAR {
        let share = (distance - NEAR) as f32 / (REACH - NEAR) as f32;
        pixel.iter_mut().zip(color).for_each(|(p, c)| *p = share * c + (1.0 - share) * *p);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::raster::{Channels, Raster, RasterRows, Samples};
    use crate::view::{Grid, Window};

    /// A picture that was read whole.
    fn read(raster: &Arc<Raster>) -> Feed {
        let (feed, mut source) = Feed::tap(Box::new(RasterRows::new(raster.clone())));
        while source.next_rows(16).unwrap().is_some() {}
        feed
    }

    /// Distances of the whole picture by the definition.
    fn defined(raster: &Raster) -> Vec<usize> {
        let (width, height) = (raster.width() as i64, raster.height() as i64);
        let at = |x: i64, y: i64| raster.samples().get((y * width + x) as usize);
        let inside = |x: i64, y: i64| (0..width).contains(&x) && (0..height).contains(&y);
        let differs = |x: i64, y: i64| {
            [(1, 0), (-1, 0), (0, 1), (0, -1)]
                .iter()
                .any(|(i, k)| inside(x + i, y + k) && at(x + i, y + k) != at(x, y))
        };
        let near = |x: i64, y: i64| {
            let all = (0..height).flat_map(|k| (0..width).map(move |i| (i, k)));
            let far =
                all.filter(|(i, k)| differs(*i, *k)).map(|(i, k)| (i - x).abs().max((k - y).abs()));
            far.min().map_or(REACH, |far| (far as usize).min(REACH))
        };
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| near(x, y)).collect()
    }

    #[test]
    fn distances_are_those_of_the_definition_from_any_row() {
        let mut samples = vec![9u8; 40 * 50];
        samples[17 * 40 + 20] = 8;
        samples[44 * 40] = 7;
        let raster = Raster::new(40, 50, Channels::Gray, Samples::U8(samples)).unwrap();
        let expected = defined(&raster);
        let (raster, view) =
            (Arc::new(raster), View::new(Window::UNIT, 40, 50, Grid::Edges).unwrap());
        let mut none = |_: u32, _: &[f32]| Ok(());
        for start in [0, 1, 13, 30, 49] {
            let mut areas = FlatAreas::new(read(&raster), Plane::Colour, &view, &mut none);
            for row in start..50 {
                areas.measure(row).unwrap();
                let found: Vec<usize> = areas.distances.iter().map(|f| usize::from(*f)).collect();
                assert_eq!(found, expected[row * 40..][..40], "row {row} from {start}");
            }
        }
    }

    #[test]
    fn flat_borders_keep_their_colour() {
        let mut samples = vec![0.75f32; 30 * 30];
        (0..30).for_each(|y| samples[y * 30 + 29] = (y % 2) as f32);
        let raster = Raster::new(30, 30, Channels::Gray, Samples::F32(samples)).unwrap();
        let view = View::new(Window::UNIT, 60, 60, Grid::Edges).unwrap();
        let mut all = Vec::new();
        let mut keep = |_: u32, rgb: &[f32]| {
            all.extend_from_slice(rgb);
            Ok(())
        };
        let mut areas = FlatAreas::new(read(&Arc::new(raster)), Plane::Colour, &view, &mut keep);
        areas.rows(0, &vec![0.5; 60 * 60 * 3]).unwrap();
        let at = |x: usize, y: usize| all[(y * 60 + x) * 3];
        assert_eq!((at(0, 0), at(0, 59), at(30, 31)), (0.75, 0.75, 0.75));
        assert_eq!((at(59, 9), at(52, 30)), (0.5, 0.5));
        assert!((0..59).all(|x| at(x, 20) >= at(x + 1, 20)));
    }
}
