//! One channel of a picture as floats, and its place in a larger one.

use std::ops::Range;

/// A picture's place in a larger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Width and height of the picture.
    pub inner: [usize; 2],
    /// Pixels around it: on top, on the right, at the bottom, on the left.
    pub margins: [usize; 4],
}

impl Frame {
    /// Width and height of the larger picture.
    pub fn outer(&self) -> [usize; 2] {
        let [top, right, bottom, left] = self.margins;
        [left + self.inner[0] + right, top + self.inner[1] + bottom]
    }

    /// Columns and rows of the picture in the larger one.
    pub fn spans(&self) -> [Range<usize>; 2] {
        let [top, _, _, left] = self.margins;
        [left..left + self.inner[0], top..top + self.inner[1]]
    }

    /// Parts of row `y` of the larger picture that are outside the picture.
    pub fn outside(&self, y: usize) -> [Range<usize>; 2] {
        let ([width, _], [columns, rows]) = (self.outer(), self.spans());
        match rows.contains(&y) {
            true => [0..columns.start, columns.end..width],
            false => [0..width, width..width],
        }
    }

    /// How far a pixel is outside the picture, across and down, in pixels.
    pub fn distance(&self, x: usize, y: usize) -> [usize; 2] {
        let off = |i: usize, span: &Range<usize>| match i < span.start {
            true => span.start - i,
            false => (i + 1).saturating_sub(span.end),
        };
        let [columns, rows] = self.spans();
        [off(x, &columns), off(y, &rows)]
    }

    /// The widest margin.
    pub fn widest(&self) -> usize {
        self.margins.into_iter().max().unwrap_or(0)
    }
}

/// One channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Channel {
    pub width: usize,
    pub height: usize,
    /// `[height, width]`.
    pub values: Vec<f32>,
}

impl Channel {
    /// Of values by column and row.
    pub fn from_fn([width, height]: [usize; 2], value: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            values.extend((0..width).map(|x| value(x, y)));
        }
        Self { width, height, values }
    }

    /// One value.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// Width and height.
    #[cfg(test)]
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// `f` of the values here and there.
    pub fn with(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| f(*a, *b)).collect();
        Self { values, ..*self }
    }

    /// The picture in `frame`, of which this is the larger one.
    pub fn cropped(&self, frame: &Frame) -> Self {
        let [columns, rows] = frame.spans();
        Self::from_fn(frame.inner, |x, y| self.at(columns.start + x, rows.start + y))
    }

    /// The larger picture of `frame`, this one's border repeated.
    pub fn replicated(&self, frame: &Frame) -> Self {
        let near = |i: usize, margin: usize, n: usize| i.saturating_sub(margin).min(n - 1);
        let [top, _, _, left] = frame.margins;
        let at = |x, y| self.at(near(x, left, self.width), near(y, top, self.height));
        Self::from_fn(frame.outer(), at)
    }

    /// The larger picture of `frame`, this one mirrored at its outer pixels, which are not repeated;
    /// to and fro where margins are wider than it.
    pub fn mirrored(&self, frame: &Frame) -> Self {
        let [top, _, _, left] = frame.margins;
        let at = |x, y| self.at(mirror(x, left, self.width), mirror(y, top, self.height));
        Self::from_fn(frame.outer(), at)
    }
}

/// Which of `n` pixels is seen at `i` where the first is at `margin`.
fn mirror(i: usize, margin: usize, n: usize) -> usize {
    let period = (2 * n as i64 - 2).max(1);
    let at = (i as i64 - margin as i64).rem_euclid(period) as usize;
    at.min(period as usize - at).min(n - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f32]) -> Channel {
        Channel::from_fn([values.len(), 1], |x, _| values[x])
    }

    #[test]
    fn borders_are_repeated_or_mirrored() {
        let frame = Frame { inner: [3, 1], margins: [1, 5, 0, 2] };
        let channel = line(&[1.0, 2.0, 3.0]);
        let replicated = channel.replicated(&frame);
        assert_eq!(replicated.size(), [10, 2]);
        assert_eq!(replicated.values[..10], [1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
        let mirrored = channel.mirrored(&frame);
        assert_eq!(mirrored.values[10..], [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
        assert_eq!(mirrored.cropped(&frame), channel);
        let dot = line(&[0.5]).mirrored(&Frame { inner: [1, 1], margins: [2; 4] });
        assert!(dot.values.iter().all(|v| *v == 0.5));
    }

    #[test]
    fn a_frame_knows_what_is_outside() {
        let frame = Frame { inner: [3, 2], margins: [1, 2, 3, 4] };
        assert_eq!(frame.outer(), [9, 6]);
        assert_eq!(frame.outside(0), [0..9, 9..9]);
        assert_eq!(frame.outside(1), [0..4, 7..9]);
        assert_eq!(frame.distance(3, 0), [1, 1]);
        assert_eq!(frame.distance(8, 4), [2, 2]);
        assert_eq!((frame.distance(4, 1), frame.distance(6, 2)), ([0, 0], [0, 0]));
    }
}
