//! What a call through the C ABI costs over one of the Rust library: `cargo bench --bench abi`.
//!
//! Both render the same 512x512 pixels from the same field, in turns; printed are medians, their
//! ratio, and the quartiles of the ratio over the turns.

use std::ptr;
use std::time::Instant;

use polyinr::ops::{GenerateOptions, render};
use polyinr::{Control, CpuEngine, Field, Model};

use declarations::*;

const SIDE: u32 = 512;
const TURNS: usize = 41;

#[path = "../tests/ffi/declarations.rs"]
mod declarations;

/// Renders through the ABI into `pixels`.
fn through_c(pixels: &mut [f32]) -> impl FnMut() {
    let (engine, none) = (cpu_engine(0), ptr::null_mut());
    // SAFETY: texts and places are valid.
    let field = unsafe {
        let model = made(|out| polyinr_model_find(c"flowers".as_ptr(), out, none));
        let options = made(|out| polyinr_generate_options_new(out, none));
        assert_eq!(polyinr_generate_options_set_class(options, 0, none), 0);
        made(|out| polyinr_field_from_seed(model, options, out, none))
    };
    let output = Buffer {
        pixels: pixels.as_mut_ptr().cast(),
        size: size_of_val(pixels),
        stride: SIDE as usize * 12,
        width: SIDE,
        height: SIDE,
        sample: 3,
        channels: 2,
        alpha: 0,
    };
    move || {
        let (nobody, error) = (ptr::null_mut(), ptr::null_mut());
        let (view, cancel) = (View::default(), Cancel::default());
        // SAFETY: the buffer describes `pixels`, which live longer than this and are left alone.
        let status = unsafe {
            polyinr_field_render(engine, field, view, None, nobody, cancel, &output, error)
        };
        assert_eq!(status, 0);
    }
}

/// Renders with the Rust library into `pixels`.
fn through_rust(pixels: &mut [f32]) -> impl FnMut() {
    let generator = Model::builtin("flowers").and_then(Model::generator).expect("built in");
    let options = GenerateOptions { class: Some(0), ..Default::default() };
    let field = Field::Generated(options.field(&generator).expect("a field"));
    let engine = CpuEngine::new(None).expect("an engine");
    let view = field.view(SIDE, SIDE).expect("a view");
    let row = SIDE as usize * 3;
    move || {
        let mut sink = |first: u32, rgb: &[f32]| {
            pixels[first as usize * row..][..rgb.len()].copy_from_slice(rgb);
            Ok(())
        };
        render(&engine, &field, &view, &Control::default(), &mut sink).expect("rendered");
    }
}

fn seconds(work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn quantile(values: &mut [f64], at: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}

fn main() {
    let len = (SIDE * SIDE * 3) as usize;
    let (mut one, mut two) = (vec![0.0; len], vec![0.0; len]);
    let (mut c, mut rust) = (through_c(&mut one), through_rust(&mut two));
    c();
    rust();
    let (mut times_c, mut times_rust) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        // Who comes first changes, so that neither profits from the other's warm cache.
        if turn % 2 == 0 {
            times_c.push(seconds(&mut c));
            times_rust.push(seconds(&mut rust));
        } else {
            times_rust.push(seconds(&mut rust));
            times_c.push(seconds(&mut c));
        }
    }
    drop((c, rust));
    assert!(one == two, "both give the same numbers");
    let mut ratios: Vec<f64> = times_c.iter().zip(&times_rust).map(|(c, r)| c / r).collect();
    let ratio = quantile(&mut ratios, 0.5);
    let (low, high) = (quantile(&mut ratios, 0.25), quantile(&mut ratios, 0.75));
    let [c, rust] = [&mut times_c, &mut times_rust].map(|t| quantile(t, 0.5) * 1000.0);
    println!(
        "{SIDE}x{SIDE}: C {c:.1} ms, Rust {rust:.1} ms, ratio {ratio:.4} ({low:.4} to {high:.4})"
    );
}
