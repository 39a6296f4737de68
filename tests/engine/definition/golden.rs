//! The definitions against numbers computed by the systems' own published implementations.

use polyinr::{GeneratedField, View, Window};

use super::{Definition, positions};
use crate::golden::planar;
use crate::released::Released;

/// What the definition is at a view's pixels: nominal range `[-1, 1]`, planar, as the references are.
fn show(field: &GeneratedField, view: &View) -> Vec<f32> {
    let definition = Definition::of_view(field.network(), field.code(), view);
    let pixels = positions(view).flat_map(|(x, y)| definition.at(x, y).rgb);
    planar(&pixels.map(|v| v as f32).collect::<Vec<_>>())
}

#[test]
fn poly_inr() {
    for name in ["poly_inr_conditional", "poly_inr_unconditional"] {
        Released::new(name).compare("out.image32", 1.0, Window::UNIT, show);
    }
}

#[test]
fn creps() {
    Released::new("creps").compare_creps(show);
}

#[test]
fn inr_gan() {
    Released::new("inr_gan").compare_inr_gan(show);
}

#[test]
fn inr_gan_bilinear() {
    Released::new("inr_gan_bil").compare_inr_gan(show);
}

/// Sparse views are shown by fewer blocks, each at its own resolution.
#[test]
fn few_pixels_take_few_blocks() {
    let released = Released::new("inr_gan");
    let field = released.field(&released.styles(0, 1.0));
    let [sparse, dense] = [8, 32].map(|size| {
        let view = released.view(Window::UNIT, size);
        Definition::of_view(field.network(), field.code(), &view).features(0.3, 0.7)
    });
    assert_eq!((sparse.len(), dense.len()), (2, 4));
}
