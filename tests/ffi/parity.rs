//! The C ABI gives the Rust library's numbers, to the last bit.

use std::ptr;
use std::sync::Arc;

use crate::declarations::{self, *};
use polyinr::model::latent;
use polyinr::ops::{
    GenerateOptions, Refine, SuperResolveOptions, render_to_vec, super_resolve_raster,
};
use polyinr::{
    Channels, Control, CpuEngine, Existing, Field, Grid, Limits, Model, PictureField,
    PictureReader, Raster, Samples, Size, View, Window,
};

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

fn handles(model: &std::ffi::CStr) -> (Engine, declarations::Model) {
    // SAFETY: text and places are valid.
    let model = made(|out| unsafe { polyinr_model_find(model.as_ptr(), out, ptr::null_mut()) });
    (cpu_engine(2), model)
}

#[test]
fn super_resolve_is_the_same() {
    let (engine, model) = handles(c"clean");
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
        let status = polyinr_super_resolve(
            engine,
            model,
            options,
            &input,
            None,
            none,
            Cancel::default(),
            &output,
            error,
        );
        assert_eq!(status, 0);
        assert_eq!(polyinr_super_resolve_options_free(options, error), 0);
    }
    let raster = Arc::new(Raster::new(33, 21, Channels::Rgba, Samples::U8(small)).unwrap());
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let ours = CpuEngine::new(Some(2)).unwrap();
    let size = Size::Exact(80, 50);
    let options = SuperResolveOptions {
        refine: Some(Refine::new(2).unwrap()),
        ..SuperResolveOptions::default()
    };
    let control = Control::default();
    let expected =
        super_resolve_raster(&ours, &upscaler, &raster, size, &options, &control).unwrap();
    assert_eq!(expected.into_samples(), Samples::U8(large));
}

#[test]
fn generate_is_the_same() {
    let (engine, model) = handles(c"flowers");
    let mut pixels = vec![0.0f32; 50 * 40 * 3];
    let output = buffer(&mut pixels, 50, F32, RGB);
    // SAFETY: places are valid, the buffer describes memory that lives.
    unsafe {
        let options = made(|out| polyinr_generate_options_new(out, ptr::null_mut()));
        assert_eq!(polyinr_generate_options_set_seed(options, 6, ptr::null_mut()), 0);
        assert_eq!(polyinr_generate_options_set_class(options, 3, ptr::null_mut()), 0);
        let (none, error) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!(
            polyinr_generate(engine, model, options, None, none, Cancel::default(), &output, error),
            0
        );
    }
    let generator = Model::builtin("flowers").unwrap().generator().unwrap();
    let options = GenerateOptions { seed: 6, class: Some(3), ..Default::default() };
    let view = View::new(Window::UNIT, 50, 40, Grid::Centres).unwrap();
    let ours = CpuEngine::new(Some(2)).unwrap();
    let field = Field::Generated(options.field(&generator).unwrap());
    let expected = render_to_vec(&ours, &field, &view, &Control::default()).unwrap();
    assert!(expected == pixels);
}

/// A picture's field that is to be refined is, through the C interface too, where the whole is shown.
#[test]
fn kept_pictures_are_refined() {
    let (engine, model) = handles(c"clean");
    let small: Vec<u8> = (0..9 * 7 * 3).map(|i| (i * 37 % 251) as u8).collect();
    let raster = Raster::new(9, 7, Channels::Rgb, Samples::U8(small)).unwrap();
    let (raster, refine) = (Arc::new(raster), Some(Refine::new(4).unwrap()));
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.field");
    let field = PictureField::new(&upscaler, raster.clone()).with_refine(refine);
    Field::Picture(field).save(&path, Existing::Refuse).unwrap();
    let path = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    let ours = CpuEngine::new(Some(2)).unwrap();
    let control = Control::default();
    let mut seen = Vec::new();
    for (width, height, options) in [
        (20, 15, SuperResolveOptions { refine, ..SuperResolveOptions::default() }),
        (20, 15, SuperResolveOptions::default()),
        (5, 4, SuperResolveOptions::default()),
    ] {
        let whole = options.refine.is_some() || height == 4;
        let mut pixels = vec![0u8; width as usize * height as usize * 3];
        let (error, none) = (ptr::null_mut(), ptr::null_mut());
        let output = buffer(&mut pixels, width, U8, RGB);
        // SAFETY: places are valid, the buffer describes memory that lives.
        unsafe {
            let field = made(|out| polyinr_field_open(model, path.as_ptr(), out, error));
            let view = made(|out| polyinr_view_new(out, error));
            if !whole {
                assert_eq!(polyinr_view_set_window(view, 1.0, 0.0, 0.0, 1.0, error), 0);
            }
            let status = polyinr_field_render(
                engine,
                field,
                view,
                None,
                none,
                Cancel::default(),
                &output,
                error,
            );
            assert_eq!(status, 0);
            assert_eq!(polyinr_view_free(view, error), 0);
            assert_eq!(polyinr_field_free(field, error), 0);
        }
        if whole {
            let size = Size::Exact(width, height);
            let expected =
                super_resolve_raster(&ours, &upscaler, &raster, size, &options, &control).unwrap();
            assert!(expected.into_samples() == Samples::U8(pixels.clone()), "{width}x{height}");
        }
        seen.push(pixels);
    }
    let mirrored: Vec<u8> =
        seen[0].chunks(20 * 3).flat_map(|row| row.chunks(3).rev().flatten().copied()).collect();
    assert!(mirrored != seen[1], "a mirrored view is not refined");
}

/// A picture's field is shown with its alpha: by the C interface as by the command line, in sizes and windows that
/// make colours and alpha of it or copy them.
#[test]
fn kept_pictures_are_shown_with_their_alpha() {
    let (engine, model) = handles(c"clean");
    let mut small: Vec<u8> = (0..14 * 9 * 4).map(|i| (i * 37 % 251) as u8).collect();
    small.chunks_exact_mut(4).step_by(5).for_each(|p| p[3] = 0);
    let raster = Arc::new(Raster::new(14, 9, Channels::Rgba, Samples::U8(small.clone())).unwrap());
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.field");
    let field = Field::Picture(PictureField::new(&upscaler, raster));
    field.save(&path, Existing::Refuse).unwrap();
    let text = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    let (error, none) = (ptr::null_mut(), ptr::null_mut());
    for (name, size, [x0, x1, y0, y1]) in [
        ("larger", [33u32, 20u32], [0.0, 1.0, 0.0, 1.0]),
        ("same", [14, 9], [0.0, 1.0, 0.0, 1.0]),
        ("part", [20, 21], [0.25, 0.75, 0.1, 0.9]),
    ] {
        let mut pixels = vec![0u8; size[0] as usize * size[1] as usize * 4];
        let output = buffer(&mut pixels, size[0], U8, RGBA);
        // SAFETY: places are valid, the buffer describes memory that lives.
        unsafe {
            let field = made(|out| polyinr_field_open(model, text.as_ptr(), out, error));
            let view = made(|out| polyinr_view_new(out, error));
            assert_eq!(polyinr_view_set_window(view, x0, x1, y0, y1, error), 0);
            assert_eq!(
                polyinr_field_render(
                    engine,
                    field,
                    view,
                    None,
                    none,
                    Cancel::default(),
                    &output,
                    error
                ),
                0
            );
            assert_eq!(polyinr_view_free(view, error), 0);
            assert_eq!(polyinr_field_free(field, error), 0);
        }
        let picture = folder.path().join(format!("{name}.png"));
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_polyinr"))
            .arg("render")
            .arg(&path)
            .arg("-o")
            .arg(&picture)
            .arg(format!("--size={}x{}", size[0], size[1]))
            .arg(format!("--window={x0},{x1},{y0},{y1}"))
            .status();
        assert!(status.unwrap().success());
        let shown =
            PictureReader::from_bytes(std::fs::read(picture).unwrap(), name, &Limits::default());
        let shown = shown.and_then(PictureReader::into_raster).unwrap();
        assert_eq!(shown.channels(), Channels::Rgba);
        assert!(*shown.samples() == Samples::U8(pixels.clone()), "{name}");
        assert!(
            pixels.chunks_exact(4).any(|p| p[3] == 0) && pixels.chunks_exact(4).any(|p| p[3] > 99)
        );
        assert!(
            name != "same" || pixels.iter().skip(3).step_by(4).eq(small.iter().skip(3).step_by(4))
        );
    }
}
