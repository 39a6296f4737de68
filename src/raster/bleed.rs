//! Colour for pixels that nobody sees, or that hold none.
//!
//! A fully transparent pixel has a colour all the same, often black, and a network that looks at
//! its surroundings would draw it into the visible edge; what is no number would spread. So visible
//! colour is spread into such pixels before.

use std::collections::VecDeque;

use super::gaps::is_gap;
use super::{Channels, Raster, RowSource, Samples};
use crate::error::Result;

/// How far visible colour is spread, in pixels.
const REACH: usize = 16;
/// Rows worked on at a time.
const ROWS: usize = 64;

/// Which pixels take the colour of others.
#[derive(Clone, Copy)]
enum Unseen {
    /// Those of which nothing is seen.
    Transparent,
    /// Those with samples that hold no value. Where no other pixel is near they take `mean`.
    Gaps { nodata: Option<f32>, mean: f32 },
}

impl Unseen {
    /// Whether the pixel at sample `at`, of so many channels, is one.
    fn is(self, samples: &Samples, at: usize, channels: Channels) -> bool {
        let count = channels.count();
        match self {
            Self::Transparent => samples.get(at + count - 1) <= 0.0,
            Self::Gaps { nodata, .. } => {
                (0..colours(channels)).any(|c| is_gap(samples.get(at + c), nodata))
            }
        }
    }
}

/// Number of colours.
fn colours(channels: Channels) -> usize {
    channels.count() - usize::from(channels.has_alpha())
}

/// A picture whose unseen pixels take the colour of the seen ones nearby.
pub(crate) struct Bled<S> {
    source: S,
    unseen: Unseen,
    /// Rows as they were read, from `first` on, one raster each.
    rows: VecDeque<Raster>,
    first: usize,
    /// Rows done and not yet handed on.
    done: VecDeque<Raster>,
    /// Number of the next row to do.
    next: usize,
}

impl<S: RowSource> Bled<S> {
    /// `source`, which has alpha: visible colour spreads into transparent pixels.
    pub fn new(source: S) -> Self {
        Self::of(source, Unseen::Transparent)
    }

    /// `source`, values spread into samples that hold none; `mean` is what is far from all.
    pub fn over_gaps(source: S, mean: f32) -> Self {
        let nodata = source.nodata();
        Self::of(source, Unseen::Gaps { nodata, mean })
    }

    fn of(source: S, unseen: Unseen) -> Self {
        Self { source, unseen, rows: VecDeque::new(), first: 0, done: VecDeque::new(), next: 0 }
    }

    /// Does the next rows; each depends on no row further away than [`REACH`].
    fn step(&mut self) -> Result<()> {
        let end = (self.next + ROWS).min(self.source.height() as usize);
        while self.first + self.rows.len() < end + REACH {
            let Some(row) = self.source.next_rows(1)? else { break };
            self.rows.push_back(row);
        }
        while self.first + REACH < self.next && self.rows.pop_front().is_some() {
            self.first += 1;
        }
        let core = self.next - self.first..end - self.first;
        let mut rows: Vec<Raster> = self.rows.range(core.clone()).cloned().collect();
        if self.rows.iter().any(|row| has_unseen(row, self.unseen)) {
            let spread = Spread::new(&self.rows, self.unseen).run();
            for (at, row) in core.zip(&mut rows) {
                spread.put(at, row);
            }
        }
        self.done.extend(rows);
        self.next = end;
        Ok(())
    }
}

impl<S: RowSource> RowSource for Bled<S> {
    fn width(&self) -> u32 {
        self.source.width()
    }

    fn height(&self) -> u32 {
        self.source.height()
    }

    fn channels(&self) -> Channels {
        self.source.channels()
    }

    fn nodata(&self) -> Option<f32> {
        match self.unseen {
            Unseen::Transparent => self.source.nodata(),
            Unseen::Gaps { .. } => None,
        }
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        while self.done.len() < count as usize && self.next < self.source.height() as usize {
            self.step()?;
        }
        let count = self.done.len().min(count as usize);
        let mut rows = self.done.drain(..count).map(Raster::into_samples);
        let Some(mut samples) = rows.next() else { return Ok(None) };
        rows.for_each(|row| samples.append(&row));
        Raster::new(self.source.width(), count as u32, self.source.channels(), samples).map(Some)
    }
}

fn has_unseen(row: &Raster, unseen: Unseen) -> bool {
    let (samples, channels) = (row.samples(), row.channels());
    (0..samples.len()).step_by(channels.count()).any(|at| unseen.is(samples, at, channels))
}

/// Colours of some rows while they spread.
struct Spread {
    width: usize,
    unseen: Unseen,
    colour: Vec<[f32; 3]>,
    /// In which step a pixel got its colour: 0 for visible ones, [`NEVER`] for none yet.
    step: Vec<u8>,
}

const NEVER: u8 = u8::MAX;

impl Spread {
    fn new(rows: &VecDeque<Raster>, unseen: Unseen) -> Self {
        let (width, channels) = (rows[0].width() as usize, rows[0].channels());
        let last = colours(channels) - 1;
        let (mut colour, mut step) = (Vec::new(), Vec::new());
        for samples in rows.iter().map(Raster::samples) {
            for at in (0..samples.len()).step_by(channels.count()) {
                colour.push([0, 1, 2].map(|c| samples.get(at + last.min(c))));
                step.push(if unseen.is(samples, at, channels) { NEVER } else { 0 });
            }
        }
        Self { width, unseen, colour, step }
    }

    /// Spreads colour by one pixel, [`REACH`] times.
    fn run(mut self) -> Self {
        let mut front: Vec<usize> = (0..self.step.len()).filter(|i| self.step[*i] == 0).collect();
        for step in 1..=REACH as u8 {
            let mut reached = Vec::new();
            for pixel in front {
                for near in neighbours(pixel, self.width, self.step.len()) {
                    if self.step[near] == NEVER {
                        self.step[near] = step;
                        reached.push(near);
                    }
                }
            }
            for pixel in &reached {
                self.colour[*pixel] = self.mean(*pixel, step);
            }
            front = reached;
        }
        self
    }

    /// Mean colour of the pixels around that had theirs before `step`.
    fn mean(&self, pixel: usize, step: u8) -> [f32; 3] {
        let (mut sum, mut count) = ([0.0; 3], 0.0);
        for near in neighbours(pixel, self.width, self.step.len()) {
            if self.step[near] < step {
                sum.iter_mut().zip(self.colour[near]).for_each(|(s, v)| *s += v);
                count += 1.0;
            }
        }
        sum.map(|s| s / count)
    }

    /// Puts the colours of row `at` into the unseen pixels of `row`.
    fn put(&self, at: usize, row: &mut Raster) {
        let (count, colours) = (row.channels().count(), colours(row.channels()));
        let pixels = at * self.width..(at + 1) * self.width;
        for (i, pixel) in pixels.enumerate() {
            let colour = match (self.step[pixel], self.unseen) {
                (0, _) | (NEVER, Unseen::Transparent) => continue,
                (NEVER, Unseen::Gaps { mean, .. }) => [mean; 3],
                _ => self.colour[pixel],
            };
            for (c, value) in colour.into_iter().take(colours).enumerate() {
                let at = i * count + c;
                match self.unseen {
                    // What a pixel does hold stays.
                    Unseen::Gaps { nodata, .. } if !is_gap(row.samples().get(at), nodata) => (),
                    _ => row.samples_mut().set(at, value),
                }
            }
        }
    }
}

/// The up to eight pixels around `pixel`, in the order of their rows.
fn neighbours(pixel: usize, width: usize, len: usize) -> impl Iterator<Item = usize> {
    let column = pixel % width;
    let left = usize::from(column > 0);
    let right = usize::from(column + 1 < width);
    let above = pixel.checked_sub(width);
    let below = (pixel + width < len).then_some(pixel + width);
    [above, Some(pixel), below]
        .into_iter()
        .flatten()
        .flat_map(move |middle| middle - left..=middle + right)
        .filter(move |near| *near != pixel)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::raster::{Depth, RasterRows};

    fn bled(raster: &Arc<Raster>, strip: u32) -> Vec<f32> {
        let mut source = Bled::new(RasterRows::new(raster.clone()));
        let mut out = Vec::new();
        while let Some(rows) = source.next_rows(strip).unwrap() {
            out.extend((0..rows.samples().len()).map(|i| rows.samples().get(i)));
        }
        out
    }

    #[test]
    fn visible_pixels_stay_and_their_colour_spreads() {
        // One visible row of colour 200 at the top of a column of transparent black.
        let mut samples = vec![0u8; 3 * 40 * 2];
        samples[..6].copy_from_slice(&[200, 255, 200, 9, 200, 255]);
        let raster = Raster::new(3, 40, Channels::GrayAlpha, Samples::U8(samples)).unwrap();
        let out = bled(&Arc::new(raster), 7);
        for (i, pixel) in out.chunks_exact(2).enumerate() {
            let expected = if i / 3 <= REACH { 200.0 / 255.0 } else { 0.0 };
            assert_eq!(pixel[0], expected, "{i}");
            let alpha = [1.0, 9.0 / 255.0, 1.0];
            assert_eq!(pixel[1], if i < 3 { alpha[i] } else { 0.0 }, "{i}");
        }
    }

    /// The definition on the whole picture at once.
    fn whole(raster: &Raster) -> Vec<f32> {
        let mut rows = VecDeque::new();
        let mut source = RasterRows::new(Arc::new(raster.clone()));
        while let Some(row) = source.next_rows(1).unwrap() {
            rows.push_back(row);
        }
        let spread = Spread::new(&rows, Unseen::Transparent).run();
        let mut out = Vec::new();
        for (at, mut row) in rows.into_iter().enumerate() {
            spread.put(at, &mut row);
            out.extend((0..row.samples().len()).map(|i| row.samples().get(i)));
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn strips_do_not_matter(
            width in 1u32..9,
            height in 1u32..200,
            rare in 2u32..200,
            strip in 1u32..90,
            sixteen: bool,
        ) {
            let (channels, depth) = (Channels::Rgba, if sixteen { Depth::U16 } else { Depth::U8 });
            let pixels = (width * height) as usize;
            let mut samples = Samples::zeroed(depth, pixels * 4);
            for i in 0..pixels {
                let noise = (i as u32).wrapping_mul(2_654_435_761) >> 7;
                let alpha = if noise.is_multiple_of(rare) { 1.0 } else { 0.0 };
                for c in 0..3 {
                    samples.set(i * 4 + c, (noise >> c & 255) as f32 / 255.0);
                }
                samples.set(i * 4 + 3, alpha);
            }
            let raster = Arc::new(Raster::new(width, height, channels, samples).unwrap());
            prop_assert_eq!(bled(&raster, strip), whole(&raster));
        }
    }
}
