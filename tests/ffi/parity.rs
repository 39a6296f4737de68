//! The C ABI gives the Rust library's numbers, to the last bit.

use std::ptr;
use std::sync::Arc;

use crate::declarations::*;
use polyinr::model::latent;
use polyinr::ops::{GenerateOptions, Refine, SuperResolveOptions, generate, super_resolve_raster};
use polyinr::{Channels, Control, CpuEngine, Grid, Model, Raster, Samples, Size, View, Window};

const U8: u32 = 0;
const F32: u32 = 3;
const RGB: u32 = 2;
const RGBA: u32 = 3;

fn buffer<T>(pixels: &mut [T], width: u32, sample: u32, channels: u32) -> Buffer {
    let row = width as usize * if channels == RGB { 3 } else { 4 } * size_of::<T>();
    let size = size_of_val(pixels);
    Buffer {
        pixels: pixels.as_mut_ptr().cast(),
        size,
        stride: row,
        width,
        height: (size / row) as u32,
        sample,
        channels,
        alpha: 0,
    }
}

/// What a function that makes something made.
fn made(make: impl FnOnce(*mut u64) -> u32) -> u64 {
    let mut out = 0;
    assert_eq!(make(&mut out), 0);
    out
}

fn handles(model: &std::ffi::CStr) -> (u64, u64) {
    // SAFETY: texts and places are valid.
    unsafe {
        (
            made(|out| polyinr_engine_new(c"cpu".as_ptr(), 2, out, ptr::null_mut())),
            made(|out| polyinr_model_find(model.as_ptr(), out, ptr::null_mut())),
        )
    }
}

#[test]
fn super_resolve_is_the_same() {
    let (engine, model) = handles(c"local48");
    let values = latent(9, 33 * 21 * 4).into_iter().map(|v| (v * 60.0 + 128.0) as u8);
    let mut small: Vec<u8> = values.collect();
    // Some pixels that nobody sees.
    small.chunks_exact_mut(4).step_by(5).for_each(|p| p[3] = 0);
    let mut large = vec![0u8; 80 * 50 * 4];
    let (input, output) = (buffer(&mut small, 33, U8, RGBA), buffer(&mut large, 80, U8, RGBA));
    let none = ptr::null_mut();
    // SAFETY: places are valid, both buffers describe memory that lives.
    unsafe {
        let error = ptr::null_mut();
        let options = made(|out| polyinr_super_resolve_options_new(out, error));
        assert_eq!(polyinr_super_resolve_options_set_refine(options, 2, error), 0);
        let status =
            polyinr_super_resolve(engine, model, options, &input, None, none, 0, &output, error);
        assert_eq!(status, 0);
        assert_eq!(polyinr_super_resolve_options_free(options, error), 0);
    }
    let raster = Arc::new(Raster::new(33, 21, Channels::Rgba, Samples::U8(small)).unwrap());
    let upscaler = Model::builtin("local48").unwrap().upscaler().unwrap();
    let ours = CpuEngine::new(Some(2)).unwrap();
    let size = Size::Exact(80, 50);
    let options = SuperResolveOptions { refine: Some(Refine::new(2).unwrap()) };
    let control = Control::default();
    let expected =
        super_resolve_raster(&ours, &upscaler, &raster, size, &options, &control).unwrap();
    assert_eq!(expected.into_samples(), Samples::U8(large));
}

#[test]
fn generate_is_the_same() {
    let (engine, model) = handles(c"flowers32");
    let mut pixels = vec![0.0f32; 50 * 40 * 3];
    let output = buffer(&mut pixels, 50, F32, RGB);
    // SAFETY: places are valid, the buffer describes memory that lives.
    unsafe {
        let options = made(|out| polyinr_generate_options_new(out, ptr::null_mut()));
        assert_eq!(polyinr_generate_options_set_seed(options, 6, ptr::null_mut()), 0);
        assert_eq!(polyinr_generate_options_set_class(options, 3, ptr::null_mut()), 0);
        let (none, error) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!(polyinr_generate(engine, model, options, None, none, 0, &output, error), 0);
    }
    let generator = Model::builtin("flowers32").unwrap().generator().unwrap();
    let options = GenerateOptions { seed: 6, class: Some(3), ..Default::default() };
    let view = View::new(Window::UNIT, 50, 40, Grid::Centres).unwrap();
    let ours = CpuEngine::new(Some(2)).unwrap();
    let mut expected = Vec::new();
    generate(&ours, &generator, &options, &view, &Control::default(), &mut |_: u32, p: &[f32]| {
        expected.extend_from_slice(p);
        Ok(())
    })
    .unwrap();
    assert!(expected == pixels);
}
