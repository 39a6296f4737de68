//! Pictures of any range, with gaps, grey, flat and smaller ones, from every door of the library.

use std::sync::Arc;

use polyinr::model::{Upscaler, latent};
use polyinr::ops::{Refine, SuperResolveOptions, render_to_vec, super_resolve_raster};
use polyinr::{
    Channels, Control, CpuEngine, Field, FieldFile, Grid, Model, PictureField, Raster, Samples,
    Size, View, Window,
};
use proptest::prelude::*;

fn upscaler() -> Arc<Upscaler> {
    Model::builtin("clean").unwrap().upscaler().unwrap()
}

/// Noise over a slope, from 0 to 1 exactly.
fn values(width: u32, height: u32, count: usize, seed: u32) -> Vec<f32> {
    let len = (width * height) as usize * count;
    let noise = latent(seed, len);
    let mut values: Vec<f32> =
        noise.iter().enumerate().map(|(i, n)| i as f32 / len as f32 + 0.15 * n).collect();
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter_mut().for_each(|v| *v = (*v - least) / (most - least));
    values
}

fn raster(width: u32, height: u32, channels: Channels, values: Vec<f32>) -> Arc<Raster> {
    Arc::new(Raster::new(width, height, channels, Samples::F32(values)).unwrap())
}

fn resolved(threads: usize, source: &Arc<Raster>, size: Size, refine: bool) -> Vec<f32> {
    let engine = CpuEngine::new(Some(threads)).unwrap();
    let options = SuperResolveOptions {
        refine: refine.then(Refine::default),
        ..SuperResolveOptions::default()
    };
    let control = Control::default();
    let out = super_resolve_raster(&engine, &upscaler(), source, size, &options, &control).unwrap();
    match out.into_samples() {
        Samples::F32(v) => v,
        other => (0..other.len()).map(|i| other.get(i)).collect(),
    }
}

fn farthest(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).abs()).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A picture in other units gives the same result in these.
    #[test]
    fn results_follow_their_picture(
        exponent in -6.0f64..12.0,
        shift in -2.0f64..2.0,
        seed in 0u32..1000,
        refine: bool,
        gray: bool,
    ) {
        let (channels, count) = if gray { (Channels::Gray, 1) } else { (Channels::Rgb, 3) };
        let one = values(11, 9, count, seed);
        let (a, b) = (10f64.powf(exponent), 10f64.powf(exponent) * shift);
        prop_assume!(shift.abs() > 0.05 || exponent > 0.1);
        // Within 0 to 1 a picture is taken as it is.
        prop_assume!(b < -0.04 || a + b > 1.04);
        let other = one.iter().map(|v| (a * f64::from(*v) + b) as f32).collect();
        let base = resolved(1, &raster(11, 9, channels, one), Size::Factor(2.3), refine);
        let other = resolved(2, &raster(11, 9, channels, other), Size::Factor(2.3), refine);
        let back: Vec<f32> = other.iter().map(|v| ((f64::from(*v) - b) / a) as f32).collect();
        prop_assert!(farthest(&base, &back) < 1e-4, "{}", farthest(&base, &back));
    }

    /// What holds no value is put back into the pixels that lie in it, and nowhere else.
    #[test]
    fn gaps_stay_where_they_are(
        holes in proptest::collection::vec((0usize..12 * 10, 0usize..3), 1..9),
        factor in 1.0f64..4.0,
        threads in 1usize..3,
    ) {
        let mut pixels = values(12, 10, 3, 5);
        for (at, kind) in &holes {
            pixels[at * 3 + at % 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][*kind];
        }
        let source = raster(12, 10, Channels::Rgb, pixels.clone());
        let (width, height) = Size::Factor(factor).resolve(12, 10).unwrap();
        let out = resolved(threads, &source, Size::Factor(factor), false);
        for (i, value) in out.iter().enumerate() {
            let (x, y) = (i / 3 % width as usize, i / 3 / width as usize);
            // A pixel in the middle between two may take either.
            let even = |at: usize, side: u32, of: usize| {
                ((2 * at + 1) * of).is_multiple_of(2 * side as usize)
            };
            if even(x, width, 12) || even(y, height, 10) {
                continue;
            }
            let near = |at: usize, side: u32, of: usize| {
                (((at as f64 + 0.5) * of as f64 / f64::from(side)) as usize).min(of - 1)
            };
            let inside = pixels[(near(y, height, 10) * 12 + near(x, width, 12)) * 3 + i % 3];
            match inside.is_finite() {
                true => prop_assert!(value.is_finite() && value.abs() < 2.0, "{i}: {value}"),
                false => prop_assert!(*value == inside || value.is_nan() && inside.is_nan()),
            }
        }
        prop_assert_eq!(
            resolved(3, &source, Size::Factor(factor), false).iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
            out.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn every_door_gives_the_same() {
    let mut pixels: Vec<f32> = values(20, 16, 3, 9).iter().map(|v| v * 300.0 - 40.0).collect();
    pixels[100] = f32::NAN;
    let (source, upscaler) = (raster(20, 16, Channels::Rgb, pixels), upscaler());
    let (engine, control) = (CpuEngine::new(Some(2)).unwrap(), Control::default());
    let view = View::new(Window::UNIT, 50, 40, Grid::Edges).unwrap();
    let bits = |v: &[f32]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let whole = resolved(1, &source, Size::Exact(50, 40), false);
    let field = Field::Picture(PictureField::new(&upscaler, source.clone()));
    assert_eq!(bits(&render_to_vec(&engine, &field, &view, &control).unwrap()), bits(&whole));
    for refine in [None, Some(Refine::default())] {
        let field = PictureField::new(&upscaler, source.clone()).with_refine(refine);
        // Through a file, too.
        let bytes = Field::Picture(field).to_bytes().unwrap();
        let file = FieldFile::from_bytes("x", &bytes).unwrap();
        let field = Field::Picture(file.picture(&upscaler).unwrap());
        let out = render_to_vec(&engine, &field, &view, &control).unwrap();
        let expected = resolved(2, &source, Size::Exact(50, 40), refine.is_some());
        assert_eq!(bits(&out), bits(&expected));
    }
    // A part is the whole's, though its own values are others.
    let part = view.part(7..19, 21..40).unwrap();
    let found = render_to_vec(&engine, &field, &part, &control).unwrap();
    for (row, found) in found.chunks_exact(12 * 3).enumerate() {
        let start = ((21 + row) * 50 + 7) * 3;
        assert_eq!(bits(found), bits(&whole[start..start + 12 * 3]), "row {row}");
    }
}

#[test]
fn flat_parts_are_flat_in_parts_too() {
    let mut pixels = vec![0.85f32; 60 * 50 * 3];
    for (i, v) in values(14, 12, 3, 2).into_iter().enumerate() {
        pixels[((20 + i / 3 / 14) * 60 + 25 + i / 3 % 14) * 3 + i % 3] = v;
    }
    let source = raster(60, 50, Channels::Rgb, pixels);
    let whole = resolved(2, &source, Size::Factor(2.0), false);
    for y in 0..100 {
        for x in (0..20).chain(110..120) {
            assert_eq!(whole[(y * 120 + x) * 3..][..3], [0.85; 3], "{x} {y}");
        }
    }
    let engine = CpuEngine::new(Some(1)).unwrap();
    let field = Field::Picture(PictureField::new(&upscaler(), source));
    let view = View::new(Window::UNIT, 120, 100, Grid::Edges).unwrap();
    let part = view.part(0..120, 37..90).unwrap();
    let found = render_to_vec(&engine, &field, &part, &Control::default()).unwrap();
    assert_eq!(found, whole[37 * 120 * 3..90 * 120 * 3]);
}

#[test]
fn a_smaller_result_is_a_reduction() {
    let checker = (0..48 * 48).map(|i| ((i + i / 48) % 2) as f32).collect();
    let source = raster(48, 48, Channels::Gray, checker);
    for (width, height) in [(12, 12), (13, 9), (12, 120), (120, 7)] {
        let out = resolved(2, &source, Size::Exact(width, height), false);
        let far = out.iter().fold(0.0f32, |m, v| m.max((v - 0.5).abs()));
        // At the border the filter sees one column more of the one than of the other.
        assert!(far < 0.1, "{width}x{height}: {far}");
    }
    // A view of a part is reduced by what it shows, and parts of it are parts of the whole's.
    let field = Field::Picture(PictureField::new(&upscaler(), source));
    let engine = CpuEngine::new(Some(2)).unwrap();
    let view = View::new(Window::new(0.0, 0.5, 0.0, 0.5), 6, 6, Grid::Edges).unwrap();
    let out = render_to_vec(&engine, &field, &view, &Control::default()).unwrap();
    assert!(out.iter().all(|v| (v - 0.5).abs() < 0.06));
}

#[test]
fn alpha_stays_within_its_range() {
    let disc = |i: usize| {
        let (x, y) = ((i % 32) as f32 - 16.0, (i / 32) as f32 - 16.0);
        if x * x + y * y < 100.0 { 1.0 } else { 0.0 }
    };
    let pixels = (0..32 * 32).flat_map(|i| [1.0, 1.0, 1.0, disc(i)]).collect();
    let source = raster(32, 32, Channels::Rgba, pixels);
    for refine in [false, true] {
        let out = resolved(2, &source, Size::Factor(3.0), refine);
        for pixel in out.chunks_exact(4) {
            assert!((0.0..=1.0).contains(&pixel[3]) && pixel[0] <= 1.0, "{pixel:?}");
        }
    }
}

#[test]
fn grey_as_rgb_is_grey() {
    let gray = values(23, 19, 1, 4);
    let rgb = gray.iter().flat_map(|v| [*v; 3]).collect();
    let one = resolved(1, &raster(23, 19, Channels::Gray, gray), Size::Factor(2.0), false);
    let three = resolved(2, &raster(23, 19, Channels::Rgb, rgb), Size::Factor(2.0), false);
    let spread: Vec<f32> = one.iter().flat_map(|v| [*v; 3]).collect();
    assert_eq!(three, spread);
}
