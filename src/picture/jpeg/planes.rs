//! Components as planes of samples, and pixels made of them.

use super::frame::{Component, Frame};

/// A component's samples, as wide and high as its stored blocks.
pub(super) struct Plane<'a> {
    pub samples: &'a [u8],
    pub component: &'a Component,
}

impl<'a> Plane<'a> {
    fn row(&self, y: usize) -> &'a [u8] {
        let width = 8 * self.component.stored.0;
        &self.samples[y * width..][..self.component.width]
    }

    /// The row of samples beside row `y` below it or, if not `below`, above it; the same at the
    /// edges.
    fn beside(&self, y: usize, below: bool) -> &'a [u8] {
        let y = if below { (y + 1).min(self.component.height - 1) } else { y.saturating_sub(1) };
        self.row(y)
    }

    /// Row `y` of the picture, `scratch` being for rows that are made.
    #[inline(always)]
    fn full_row<'s>(&self, frame: &Frame, y: usize, scratch: &'s mut Scratch) -> &'s [u8]
    where
        'a: 's,
    {
        let across = frame.across / self.component.across;
        let down = frame.down / self.component.down;
        let (near, below) = (y / down, y % 2 == 1);
        let smooth = self.component.width > 2;
        match (across, down) {
            (1, 1) => return self.row(near),
            (2, 1) if smooth => wider(self.row(near), &mut scratch.row),
            (1, 2) => {
                let bias = if below { 2 } else { 1 };
                let rows = self.row(near).iter().zip(self.beside(near, below));
                let made = rows.map(|(&a, &b)| (3 * u16::from(a) + u16::from(b) + bias) / 4);
                scratch.row.iter_mut().zip(made).for_each(|(to, value)| *to = value as u8);
            }
            (2, 2) if smooth => {
                let rows = self.row(near).iter().zip(self.beside(near, below));
                let sums = rows.map(|(&a, &b)| 3 * u16::from(a) + u16::from(b));
                scratch.sums.iter_mut().zip(sums).for_each(|(to, value)| *to = value);
                wider_sums(&scratch.sums[..self.component.width], &mut scratch.row);
            }
            _ => {
                for (to, &value) in scratch.row.chunks_mut(across).zip(self.row(near)) {
                    to.fill(value);
                }
            }
        }
        &scratch.row
    }
}

/// Room for a row that is made, and for what it is made of.
struct Scratch {
    row: Vec<u8>,
    sums: Vec<u16>,
}

impl Scratch {
    fn new(width: usize) -> Self {
        // Up to three samples more than the row has come of the last one that is made wider.
        Self { row: vec![0; width + 4], sums: vec![0; width] }
    }
}

/// Twice as many samples as in `row`, of which there are three or more: each is three quarters of
/// the nearer one and a quarter of the other.
#[inline(always)]
fn wider(row: &[u8], out: &mut [u8]) {
    let n = row.len();
    let at = |i: usize| u16::from(row[i]);
    for (three, to) in row.windows(3).zip(out[2..].as_chunks_mut::<2>().0) {
        let [before, middle, after] = [three[0], three[1], three[2]].map(u16::from);
        *to = [((3 * middle + before + 1) / 4) as u8, ((3 * middle + after + 2) / 4) as u8];
    }
    (out[0], out[1]) = (row[0], ((3 * at(0) + at(1) + 2) / 4) as u8);
    (out[2 * n - 2], out[2 * n - 1]) = (((3 * at(n - 1) + at(n - 2) + 1) / 4) as u8, row[n - 1]);
}

/// The same of sums over two rows, in which a sample is four.
#[inline(always)]
fn wider_sums(sums: &[u16], out: &mut [u8]) {
    let n = sums.len();
    for (three, to) in sums.windows(3).zip(out[2..].as_chunks_mut::<2>().0) {
        let (before, middle, after) = (three[0], three[1], three[2]);
        *to = [((3 * middle + before + 8) / 16) as u8, ((3 * middle + after + 7) / 16) as u8];
    }
    out[0] = ((4 * sums[0] + 8) / 16) as u8;
    out[1] = ((3 * sums[0] + sums[1] + 7) / 16) as u8;
    out[2 * n - 2] = ((3 * sums[n - 1] + sums[n - 2] + 8) / 16) as u8;
    out[2 * n - 1] = ((4 * sums[n - 1] + 7) / 16) as u8;
}

/// What three components are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Luma and two colour differences.
    YCbCr,
    /// Red, green and blue.
    Rgb,
}

/// Some rows of a picture, to be made of its planes.
pub(super) struct Rows<'a> {
    pub frame: &'a Frame,
    pub planes: &'a [Plane<'a>],
    pub colour: Colour,
    pub first: usize,
    pub out: &'a mut [u8],
}

impl pulp::WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let width = self.frame.width;
        let mut scratch = [(); 3].map(|()| Scratch::new(width));
        let rows = self.out.chunks_mut(width * self.planes.len());
        for (y, out) in (self.first..).zip(rows) {
            match self.planes {
                [luma] => out.copy_from_slice(luma.row(y)),
                planes => {
                    let mut rows = planes.iter().zip(&mut scratch);
                    let mut next = || {
                        let (plane, scratch) = rows.next().expect("three planes");
                        &plane.full_row(self.frame, y, scratch)[..width]
                    };
                    let rows = [next(), next(), next()];
                    match self.colour {
                        Colour::YCbCr => to_rgb(rows, out),
                        Colour::Rgb => interleave(rows, out),
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn interleave([r, g, b]: [&[u8]; 3], out: &mut [u8]) {
    for (((to, &r), &g), &b) in out.as_chunks_mut::<3>().0.iter_mut().zip(r).zip(g).zip(b) {
        *to = [r, g, b];
    }
}

/// As libjpeg converts, to the bit: factors times 2^16.
#[inline(always)]
fn to_rgb([luma, blue, red]: [&[u8]; 3], out: &mut [u8]) {
    const HALF: i32 = 1 << 15;
    const LANES: usize = 32;
    let mut rgb = [[0u8; LANES]; 3];
    let parts = luma.chunks(LANES).zip(blue.chunks(LANES)).zip(red.chunks(LANES));
    for (((luma, blue), red), out) in parts.zip(out.chunks_mut(3 * LANES)) {
        let pixels = luma.iter().zip(blue).zip(red);
        for (i, ((&y, &cb), &cr)) in pixels.enumerate().take(LANES) {
            let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
            rgb[0][i] = (y + ((91881 * cr + HALF) >> 16)).clamp(0, 255) as u8;
            rgb[1][i] = (y + ((-22554 * cb - 46802 * cr + HALF) >> 16)).clamp(0, 255) as u8;
            rgb[2][i] = (y + ((116_130 * cb + HALF) >> 16)).clamp(0, 255) as u8;
        }
        interleave([&rgb[0], &rgb[1], &rgb[2]], out);
    }
}
