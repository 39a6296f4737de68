//! Sides of different methods become one picture.

use super::channel::Frame;
use super::method::{ExtendMethod, Side};
use super::source::PictureChannels;
use crate::error::Result;
use crate::raster::{Raster, Samples, Survey};

/// `picture` in the larger one of `frame`, its samples as they are, each side's margin by the
/// method that `methods` name for it, out of those `made`. In the corners one goes over into the
/// other.
pub(super) fn joined(
    picture: &Raster,
    frame: &Frame,
    methods: [ExtendMethod; 4],
    made: &[(ExtendMethod, PictureChannels)],
) -> Result<Raster> {
    let [width, height] = frame.outer();
    let count = picture.channels().count();
    let of = |method| made.iter().position(|(m, _)| *m == method).unwrap_or(0);
    let by_side = methods.map(of);
    let mut samples =
        Samples::try_zeroed(picture.samples().depth(), width * height * count, "margin")?;
    for y in 0..height {
        for x in frame.outside(y).into_iter().flatten() {
            let shares = shares(frame, x, y);
            let value = |c: usize| {
                let one = |source: &PictureChannels| match (source.colour.get(c), &source.alpha) {
                    (Some(colour), _) => colour.at(x, y),
                    (None, Some(alpha)) => alpha.at(x, y),
                    (None, None) => 1.0,
                };
                shares
                    .iter()
                    .map(|(side, share)| share * one(&made[by_side[*side as usize]].1))
                    .sum()
            };
            (0..count).for_each(|c| samples.set((y * width + x) * count + c, value(c)));
        }
    }
    let [columns, rows] = frame.spans();
    let row = picture.row_len();
    for y in rows.clone() {
        let at = (y * width + columns.start) * count;
        copy(picture.samples(), (y - rows.start) * row, &mut samples, at, row);
    }
    Raster::new(width as u32, height as u32, picture.channels(), samples)
}

/// `made`, whose margins were made in a network's range, in that of `picture` again; inside it are the
/// samples of `picture`.
pub(super) fn restored(
    picture: &Raster,
    frame: &Frame,
    made: Raster,
    survey: &Survey,
) -> Result<Raster> {
    let (channels, width) = (picture.channels(), made.width() as usize);
    let (count, row) = (channels.count(), picture.row_len());
    let colours = count - usize::from(channels.has_alpha());
    let mut samples = made.samples().clone();
    if let Samples::F32(values) = &mut samples {
        for pixel in values.chunks_exact_mut(count) {
            pixel[..colours].iter_mut().for_each(|v| *v = survey.range.back(*v));
        }
    }
    let [columns, rows] = frame.spans();
    for y in rows.clone() {
        let at = (y * width + columns.start) * count;
        copy(picture.samples(), (y - rows.start) * row, &mut samples, at, row);
    }
    Raster::new(made.width(), made.height(), channels, samples)
}

/// The sides that a pixel outside the picture belongs to, and what share of it is whose: in a corner
/// the one whose border is farther away counts for more.
fn shares(frame: &Frame, x: usize, y: usize) -> [(Side, f32); 2] {
    let [across, down] = frame.distance(x, y);
    let [columns, rows] = frame.spans();
    let level = if x < columns.start { Side::Left } else { Side::Right };
    let upright = if y < rows.start { Side::Top } else { Side::Bottom };
    let share = across as f32 / (across + down).max(1) as f32;
    [(level, share), (upright, 1.0 - share)]
}

/// Copies `count` samples of the same depth.
fn copy(from: &Samples, first: usize, to: &mut Samples, at: usize, count: usize) {
    match (from, to) {
        (Samples::U8(a), Samples::U8(b)) => {
            b[at..at + count].copy_from_slice(&a[first..first + count])
        }
        (Samples::U16(a), Samples::U16(b)) => {
            b[at..at + count].copy_from_slice(&a[first..first + count])
        }
        (Samples::F32(a), Samples::F32(b)) => {
            b[at..at + count].copy_from_slice(&a[first..first + count])
        }
        _ => unreachable!("the larger picture was made at the picture's depth"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::extend::channel::Channel;
    use crate::raster::Channels;

    #[test]
    fn corners_go_over_from_one_side_to_the_other() {
        let frame = Frame { inner: [2, 2], margins: [8, 0, 0, 8] };
        let picture = Raster::new(2, 2, Channels::Gray, Samples::F32(vec![7.0; 4])).unwrap();
        let flat =
            |v| PictureChannels { colour: vec![Channel::from_fn([10, 10], |_, _| v)], alpha: None };
        let made = [(ExtendMethod::Smooth, flat(0.0)), (ExtendMethod::Reflection, flat(1.0))];
        let methods = [
            ExtendMethod::Smooth,
            ExtendMethod::Field,
            ExtendMethod::Field,
            ExtendMethod::Reflection,
        ];
        let joined = joined(&picture, &frame, methods, &made).unwrap();
        let at = |x: usize, y: usize| joined.samples().get(y * 10 + x);
        assert_eq!((at(8, 8), at(9, 9)), (7.0, 7.0));
        assert_eq!((at(9, 0), at(0, 9)), (0.0, 1.0));
        assert!((at(4, 4) - 0.5).abs() < 1e-6);
        for i in 0..7 {
            assert!(at(i, 0) > at(i + 1, 0) && at(0, i) < at(0, i + 1));
        }
    }
}
