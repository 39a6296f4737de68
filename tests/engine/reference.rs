//! The networks against numbers computed by the systems' own published implementations.

use std::sync::Arc;

use crate::golden::{Golden, largest_difference, planar, relative_difference};
use crate::released::{Released, TOLERANCE};
use polyinr::ops::render_to_vec;
use polyinr::{
    Channels, Control, CpuEngine, Field, GeneratedField, Model, PictureField, Raster, Samples,
    View, Window,
};

/// What the built-in engine shows: nominal range `[-1, 1]`, planar, as the references are.
fn show(field: &GeneratedField, view: &View) -> Vec<f32> {
    let engine = CpuEngine::new(None).unwrap();
    let field = Field::Generated(field.clone());
    let pixels = render_to_vec(&engine, &field, view, &Control::default()).unwrap();
    planar(&pixels).into_iter().map(|v| v * 2.0 - 1.0).collect()
}

fn released_form(name: &str) {
    let case = Released::new(name);
    case.compare_w("out.w", 1.0);
    case.compare_w("out.w_psi0.7", 0.7);
    case.compare("out.image32", 1.0, Window::UNIT, show);
    case.compare("out.image32_psi0.7", 0.7, Window::UNIT, show);
    case.compare("out.image50", 1.0, Window::UNIT, show);
    case.compare("out.extrapolated48", 1.0, Window::new(-0.25, 1.25, -0.25, 1.25), show);
    let mixed = case.styles(0, 1.0).mixed(&case.styles(1, 1.0), 6..10).unwrap();
    let found = show(&case.field(&mixed), &case.view(Window::UNIT, 32));
    let (_, expected) = case.golden.floats("out.mix_0_with_1_from_level6");
    let difference = relative_difference(&expected, &found);
    assert!(difference < TOLERANCE, "mix: {difference:e}");
}

#[test]
fn poly_inr_conditional() {
    released_form("poly_inr_conditional");
}

#[test]
fn poly_inr_unconditional() {
    released_form("poly_inr_unconditional");
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

#[test]
fn trained_flowers() {
    let case = Released::new("flowers32");
    case.compare_w("out.w", 1.0);
    case.compare("out.image32", 1.0, Window::UNIT, show);
    case.compare("out.image32_psi0.7", 0.7, Window::UNIT, show);
    case.compare("out.image128", 1.0, Window::UNIT, show);
    // Latents of the reference are NumPy's for seeds 0 to 4.
    let (shape, z) = case.golden.floats("in.z");
    for (seed, z) in z.chunks_exact(shape[1]).enumerate() {
        let ours = case.generator.latent(seed as u32);
        assert!(largest_difference(z, &ours) == 0.0, "seed {seed}");
    }
}

#[test]
fn local_upscaler_at_all_sizes() {
    let golden = Golden::open("local_upscaler");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/local48.safetensors");
    let upscaler = Model::open(path).unwrap().upscaler().unwrap();
    let (shape, planes) = golden.floats("in.picture");
    let (height, width) = (shape[2], shape[3]);
    let plane = width * height;
    let pixels = (0..plane).flat_map(|i| (0..3).map(move |c| c * plane + i)).map(|i| planes[i]);
    let samples = Samples::F32(pixels.collect());
    let raster = Raster::new(width as u32, height as u32, Channels::Rgb, samples).unwrap();
    let field = Field::Picture(PictureField::new(&upscaler, Arc::new(raster)));
    let engine = CpuEngine::new(None).unwrap();
    let mut compared = 0;
    for name in golden.names().iter().filter(|n| n.starts_with("out.")) {
        let (shape, expected) = golden.floats(name);
        let view = field.view(shape[2] as u32, shape[1] as u32).unwrap();
        let found = planar(&render_to_vec(&engine, &field, &view, &Control::default()).unwrap());
        let difference = largest_difference(&expected, &found);
        println!("{name}: {difference:e}");
        assert!(difference < 1e-4, "{name}: {difference:e}");
        compared += 1;
    }
    assert_eq!(compared, 6);
}
