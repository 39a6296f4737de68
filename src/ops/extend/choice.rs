//! Which method suits which side: tried on pixels that are known.

use super::channel::{Channel, Frame};
use super::method::{ExtendMethod, Side};
use super::source::PictureChannels;

/// Share of the picture's width or height that may be hidden at a side.
const HIDDEN: usize = 4;
/// Least width and height in pixels of what is left.
const LEAST: usize = 8;

/// What is hidden of the picture in `frame`: a ring as wide as the margins, or a quarter of the
/// picture if that is less. Nothing where too little would be left.
pub(super) fn ring(frame: &Frame) -> Option<Frame> {
    let [width, height] = frame.inner;
    let [top, right, bottom, left] = frame.margins;
    let hidden = |margin: usize, length: usize| margin.min(length / HIDDEN);
    let margins =
        [hidden(top, height), hidden(right, width), hidden(bottom, height), hidden(left, width)];
    let inner = [width - margins[1] - margins[3], height - margins[0] - margins[2]];
    (inner.iter().all(|n| *n >= LEAST) && margins != [0; 4]).then_some(Frame { inner, margins })
}

/// By how many dB a method must beat the smooth continuation on hidden pixels to be chosen: a trial
/// says little about another place.
fn lead(method: ExtendMethod) -> f64 {
    match method {
        ExtendMethod::Smooth => 0.0,
        ExtendMethod::Field => 0.15,
        ExtendMethod::Reflection => 3.0,
    }
}

/// The method for `side`, by the scores of those that were tried.
pub(super) fn best(tried: &[(ExtendMethod, [f64; 4])], side: Side) -> ExtendMethod {
    let led = |(method, scores): &(ExtendMethod, [f64; 4])| scores[side as usize] - lead(*method);
    let start = (ExtendMethod::Smooth, f64::NEG_INFINITY);
    let better = |best: (ExtendMethod, f64), one: &(ExtendMethod, [f64; 4])| match led(one) {
        led if led > best.1 => (one.0, led),
        _ => best,
    };
    tried.iter().fold(start, better).0
}

/// PSNR in dB of what `method` makes of each hidden side, without the corners.
pub(super) fn scores(truth: &PictureChannels, made: &PictureChannels, ring: &Frame) -> [f64; 4] {
    Side::ALL.map(|side| {
        let [columns, rows] = ring.spans();
        let [width, height] = ring.outer();
        let (columns, rows) = match side {
            Side::Top => (columns, 0..rows.start),
            Side::Bottom => (columns, rows.end..height),
            Side::Left => (0..columns.start, rows),
            Side::Right => (columns.end..width, rows),
        };
        let places = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
        let (mut squares, mut count) = (0.0, 0usize);
        let visible = |alpha: &Option<Channel>, x, y| alpha.as_ref().map_or(1.0, |a| a.at(x, y));
        for (x, y) in places {
            let (a, b) = (visible(&truth.alpha, x, y), visible(&made.alpha, x, y));
            let pairs = truth.colour.iter().zip(&made.colour);
            squares += pairs
                .map(|(t, m)| f64::from(t.at(x, y) * a - m.at(x, y) * b).powi(2))
                .chain(truth.alpha.iter().map(|_| f64::from(a - b).powi(2)))
                .sum::<f64>();
            count += truth.colour.len() + usize::from(truth.alpha.is_some());
        }
        -10.0 * (squares / count.max(1) as f64).max(1e-10).log10()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_leaves_something() {
        let frame = Frame { inner: [100, 40], margins: [5, 30, 20, 0] };
        assert_eq!(ring(&frame), Some(Frame { inner: [75, 25], margins: [5, 25, 10, 0] }));
        assert_eq!(ring(&Frame { inner: [9, 9], margins: [9; 4] }), None);
    }

    #[test]
    fn the_smooth_one_is_taken_unless_another_leads() {
        let smooth = (ExtendMethod::Smooth, [20.0; 4]);
        let field = (ExtendMethod::Field, [20.1, 20.2, 25.0, 19.0]);
        let reflection = (ExtendMethod::Reflection, [22.9, 20.0, 28.0, 23.5]);
        let chosen = Side::ALL.map(|side| best(&[field, smooth, reflection], side));
        use ExtendMethod::{Field, Reflection, Smooth};
        assert_eq!(chosen, [Smooth, Field, Reflection, Reflection]);
    }

    #[test]
    fn sides_are_scored_apart() {
        let ring = Frame { inner: [10, 10], margins: [2; 4] };
        let flat = Channel::from_fn([14, 14], |_, _| 0.5);
        let off = Channel::from_fn([14, 14], |x, _| if x < 2 { 0.6 } else { 0.5 });
        let source = |c: Channel| PictureChannels { colour: vec![c], alpha: None };
        let [top, right, bottom, left] = scores(&source(flat), &source(off), &ring);
        assert!((left - 20.0).abs() < 1e-3 && top.min(right).min(bottom) > 99.0);
    }
}
