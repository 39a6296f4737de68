//! A photograph's field, seen beyond the photograph.

use super::channel::{Channel, Frame};
use crate::control::Control;
use crate::engine::Engine;
use crate::error::Result;
use crate::field::Field;
use crate::model::Generator;
use crate::ops::render::render_to_vec;
use crate::ops::{InvertOptions, invert};
use crate::raster::{Filter, Raster};
use crate::view::{Grid, View, Window};

/// Steps of one inversion.
pub(super) const STEPS: u32 = 120;
/// Longest side at which pictures are compared with their field, in pixels.
const SIDE: u32 = 32;
/// Weight of the distance from what the mapping network gives: a field that is fitted freely is
/// wild outside.
const MANIFOLD: f32 = 1e-2;
/// Longest side at which fields are evaluated, in pixels; they hold no detail of more.
const SEEN: usize = 128;

/// The field of `picture` over the larger picture of `frame`, in RGB, kept within 0 to 1.
/// `control` counts steps.
pub(super) fn seen(
    engine: &dyn Engine,
    generator: &Generator,
    picture: &Raster,
    frame: &Frame,
    control: &Control<'_>,
) -> Result<[Channel; 3]> {
    let options = InvertOptions {
        steps: STEPS,
        resolution: Some(SIDE),
        manifold: MANIFOLD,
        ..InvertOptions::default()
    };
    let found = invert(engine, generator, picture, &options, control, &mut |_| true)?;
    control.check()?;
    let view = view(frame)?;
    let control = Control::with_cancel(control.cancel_token().clone());
    let rgb = render_to_vec(engine, &Field::Generated(found.field), &view, &control)?;
    let size = [view.width() as usize, view.height() as usize];
    let colour = |c: usize| {
        let small = Channel::from_fn(size, |x, y| rgb[(y * size[0] + x) * 3 + c].clamp(0.0, 1.0));
        enlarged(&small, frame.outer())
    };
    Ok([colour(0), colour(1), colour(2)])
}

/// All of the larger picture at [`SEEN`] pixels at most. The field's `[0, 1]` are the centres of the
/// picture's outer pixels.
fn view(frame: &Frame) -> Result<View> {
    let [top, right, bottom, left] = frame.margins;
    let ends = |before: usize, inner: usize, after: usize| {
        let step = 1.0 / (inner.max(2) - 1) as f64;
        let first = if inner == 1 { 0.5 } else { 0.0 };
        let edge = |pixels: f64| first + (pixels - 0.5) * step;
        (edge(-(before as f64)), edge((inner + after) as f64))
    };
    let (x0, x1) = ends(left, frame.inner[0], right);
    let (y0, y1) = ends(top, frame.inner[1], bottom);
    let [width, height] = frame.outer();
    let longest = width.max(height).max(SEEN);
    let [width, height] = [width, height].map(|n| (n * SEEN).div_ceil(longest) as u32);
    View::new(Window::new(x0, x1, y0, y1), width, height, Grid::Edges)
}

/// Interpolated to `size`.
fn enlarged(small: &Channel, [width, height]: [usize; 2]) -> Channel {
    let taps = |from: usize, to: usize| -> Vec<(usize, Vec<f64>)> {
        (0..to).map(|i| Filter::Bicubic.weights(i as u32, from as u32, to as u32)).collect()
    };
    let sum = |(first, weights): &(usize, Vec<f64>), value: &dyn Fn(usize) -> f32| {
        let terms = weights.iter().enumerate();
        terms.map(|(i, w)| w * f64::from(value(first + i))).sum::<f64>() as f32
    };
    let across = taps(small.width, width);
    let wide = Channel::from_fn([width, small.height], |x, y| sum(&across[x], &|i| small.at(i, y)));
    let down = taps(small.height, height);
    Channel::from_fn([width, height], |x, y| sum(&down[y], &|i| wide.at(x, i)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_own_pixels_are_where_they_were() {
        let frame = Frame { inner: [21, 11], margins: [2, 3, 4, 5] };
        let view = view(&frame).unwrap();
        assert_eq!((view.width(), view.height()), (29, 17));
        let (x, y) = view.position(5, 2);
        assert!(x.abs() < 1e-12 && y.abs() < 1e-12);
        let (x, y) = view.position(25, 12);
        assert!((x - 1.0).abs() < 1e-12 && (y - 1.0).abs() < 1e-12);
        let frame = Frame { inner: [1, 4000], margins: [0, 1, 0, 0] };
        let view = super::view(&frame).unwrap();
        assert_eq!((view.width(), view.height()), (1, 128));
    }

    #[test]
    fn a_ramp_stays_one() {
        let small = Channel::from_fn([20, 10], |x, _| x as f32);
        let large = enlarged(&small, [40, 30]);
        assert!((large.at(20, 15) - 9.75).abs() < 1e-4 && large.size() == [40, 30]);
    }
}
