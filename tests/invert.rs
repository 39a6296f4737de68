//! Pictures embedded in the built-in generator.

use std::sync::Arc;

use polyinr::engine::Derivatives;
use polyinr::engine::PerceptualRequest;
use polyinr::model::{Generator, Vgg16};
use polyinr::ops::{self, GenerateOptions, InvertOptions, Stage};
use polyinr::{
    CancelToken, Channels, Control, CpuEngine, Error, Field, FieldFile, GeneratedField, Model,
    Raster, Samples, metrics,
};

fn generator() -> Arc<Generator> {
    Model::builtin("flowers").unwrap().generator().unwrap()
}

/// A picture that the generator makes from a latent which is none of those tried as starts.
fn own_picture(engine: &CpuEngine, generator: &Generator, size: u32) -> Raster {
    let options = GenerateOptions { seed: 1001, class: Some(3), ..GenerateOptions::default() };
    let field = Field::Generated(options.field(generator).unwrap());
    let view = field.view(size, size).unwrap();
    let rgb = ops::render_to_vec(engine, &field, &view, &Control::default()).unwrap();
    let rgb = rgb.into_iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    Raster::new(size, size, Channels::Rgb, Samples::U8(rgb)).unwrap()
}

#[test]
fn a_picture_of_the_generator_is_recovered() {
    let (engine, generator) = (CpuEngine::new(None).unwrap(), generator());
    let picture = own_picture(&engine, &generator, 32);
    let control = Control::default();
    let mut last = 0;
    let options = InvertOptions { tuning: 500, enough: Some(40.0), ..InvertOptions::default() };
    let found = ops::invert(&engine, &generator, &picture, &options, &control, &mut |s| {
        assert!(s.step > last && s.step <= s.steps && s.psnr.is_finite());
        last = s.step;
        true
    });
    let found = found.unwrap();
    assert!(found.psnr >= 40.0, "{} dB", found.psnr);
    assert!(!found.stopped && found.field.is_tuned());
    assert!(found.pivot_psnr > 27.0, "{} dB", found.pivot_psnr);
    assert_eq!(found.field.size(), [32, 32]);
}

/// At every size a field lies over its picture: its reduction is as near as what was fitted.
#[test]
fn an_inverted_picture_is_in_register_at_every_size() {
    let (engine, generator) = (CpuEngine::new(Some(2)).unwrap(), generator());
    let picture = own_picture(&engine, &generator, 32);
    let control = Control::default();
    let options = InvertOptions { steps: 400, ..InvertOptions::default() };
    let found = ops::invert(&engine, &generator, &picture, &options, &control, &mut |_| true);
    let found = found.unwrap();
    let field = Field::Generated(found.field.clone());
    let near = |size: u32| {
        let view = field.view(size, size).unwrap();
        let rgb = ops::render_to_vec(&engine, &field, &view, &control).unwrap();
        let large = Raster::new(size, size, Channels::Rgb, Samples::F32(rgb)).unwrap();
        let small = metrics::resize(&large, 32, 32, metrics::Filter::Bicubic).unwrap();
        metrics::psnr(&picture, &small).unwrap()
    };
    assert!((near(32) - found.psnr).abs() < 1.0, "{} {}", near(32), found.psnr);
    for size in [64, 128, 100] {
        assert!(near(size) > near(32) - 2.0, "{size}: {} dB, {} dB", near(size), near(32));
    }
    // In files too; and what was no picture's has its ends at 0 and 1 as ever.
    let bytes = Field::Generated(found.field.clone()).to_bytes().unwrap();
    let back = FieldFile::from_bytes("x", &bytes).unwrap();
    assert_eq!(back.generated(&generator).unwrap().frame(), Some([32, 32]));
    let seed = Field::Generated(GenerateOptions::default().field(&generator).unwrap());
    assert_eq!(seed.view(9, 9).unwrap().position(8, 0), (1.0, 0.0));
}

#[test]
fn tuning_comes_nearer() {
    let (engine, generator) = (CpuEngine::new(None).unwrap(), generator());
    // Noise over a flower: nothing the generator could have made.
    let mut picture = own_picture(&engine, &generator, 24);
    let noise = polyinr::model::latent(5, 24 * 24 * 3);
    for (i, n) in noise.iter().enumerate() {
        let value = picture.samples().get(i) + 0.05 * n;
        picture.samples_mut().set(i, value);
    }
    let options = InvertOptions { steps: 200, tuning: 200, ..InvertOptions::default() };
    let mut stages = Vec::new();
    let control = Control::default();
    let found = ops::invert(&engine, &generator, &picture, &options, &control, &mut |s| {
        stages.push(s.stage);
        true
    });
    let found = found.unwrap();
    assert!(found.psnr > found.pivot_psnr + 0.5, "{} {}", found.psnr, found.pivot_psnr);
    assert!(found.field.is_tuned() && stages.contains(&Stage::Tuning));
}

#[test]
fn hidden_pixels_do_not_matter() {
    let (engine, generator) = (CpuEngine::new(Some(2)).unwrap(), generator());
    let picture = own_picture(&engine, &generator, 20);
    let mut spoilt = picture.clone();
    let hidden = |i: usize| (i % 20) < 8 && (i / 20) < 12;
    (0..400).filter(|i| hidden(*i)).for_each(|i| spoilt.samples_mut().set(i * 3, 1.0));
    let mask = (0..400).map(|i| if hidden(i) { 0u8 } else { 255 }).collect();
    let mask = Raster::new(20, 20, Channels::Gray, Samples::U8(mask)).unwrap();
    let mask = Some(Arc::new(mask));
    for perceptual in [None, vgg()] {
        let mask = mask.clone();
        let options = InvertOptions { steps: 30, mask, perceptual, ..InvertOptions::default() };
        let [one, two] = [&picture, &spoilt].map(|picture| {
            let control = Control::default();
            ops::invert(&engine, &generator, picture, &options, &control, &mut |_| true).unwrap()
        });
        assert_eq!(one.field.code(), two.field.code());
        assert_eq!(one.psnr, two.psnr);
    }
}

/// Small random weights: what they see says little, but the arithmetic is that of the trained ones.
fn vgg() -> Option<Arc<Vgg16>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vgg16.safetensors");
    Some(Arc::new(Vgg16::open(path).unwrap()))
}

/// The perceptual loss of a field's pixels.
fn perceptual(engine: &CpuEngine, field: &GeneratedField, picture: &Raster) -> f64 {
    let (width, height) = (picture.width(), picture.height());
    let [w, h] = [width, height].map(|n| n as usize);
    let rgb: Vec<f32> = (0..w * h * 3).map(|i| picture.samples().get(i)).collect();
    let request = PerceptualRequest { vgg: &vgg().unwrap(), rgb: &rgb, width: w, height: h };
    let loss = engine.perceptual(&request).unwrap();
    let field = Field::Generated(field.clone());
    let view = field.view(width, height).unwrap();
    let rendered = ops::render_to_vec(engine, &field, &view, &Control::default()).unwrap();
    // As it is seen: beyond the ends of the range the fit is free.
    let seen: Vec<f32> = rendered.iter().map(|v| v.clamp(0.0, 1.0)).collect();
    loss.judge(&seen).unwrap().value
}

#[test]
fn the_perceptual_loss_is_lowered_whatever_the_threads() {
    let (engine, generator) = (CpuEngine::new(Some(2)).unwrap(), generator());
    let picture = own_picture(&engine, &generator, 32);
    let invert = |threads: usize, steps: u32, tuning: u32| {
        let engine = CpuEngine::new(Some(threads)).unwrap();
        let weights = InvertOptions { perceptual_weight: 10.0, ..InvertOptions::default() };
        let options = InvertOptions { steps, tuning, perceptual: vgg(), ..weights };
        let control = Control::default();
        ops::invert(&engine, &generator, &picture, &options, &control, &mut |_| true).unwrap()
    };
    let (start, pivot) = (invert(2, 1, 0), invert(2, 150, 0));
    let [tuned, again] = [1, 3].map(|threads| invert(threads, 150, 80));
    assert_eq!(tuned.field.code(), pivot.field.code());
    assert_eq!(tuned.field.code(), again.field.code());
    assert_eq!(tuned.psnr, again.psnr);
    let losses = [&start, &pivot, &tuned, &again].map(|f| perceptual(&engine, &f.field, &picture));
    assert!(losses[1] < losses[0] && losses[2] < losses[1], "{losses:?}");
    assert_eq!(losses[2], losses[3]);
}

#[test]
fn transparent_pixels_are_unknown() {
    let (engine, generator) = (CpuEngine::new(Some(2)).unwrap(), generator());
    let clear = Raster::new(4, 4, Channels::Rgba, Samples::U8(vec![0; 64])).unwrap();
    let control = Control::default();
    let options = InvertOptions::default();
    let found = ops::invert(&engine, &generator, &clear, &options, &control, &mut |_| true);
    assert!(matches!(found, Err(Error::Parameter { name: "picture", .. })), "{found:?}");
}

#[test]
fn a_stopped_inversion_keeps_the_best() {
    let (engine, generator) = (CpuEngine::new(Some(2)).unwrap(), generator());
    let picture = own_picture(&engine, &generator, 32);
    let cancel = CancelToken::new();
    let control = Control::with_cancel(cancel.clone());
    let options = InvertOptions { steps: 100, ..InvertOptions::default() };
    let mut best = f64::NEG_INFINITY;
    let found = ops::invert(&engine, &generator, &picture, &options, &control, &mut |s| {
        if s.width == 32 {
            best = best.max(s.psnr);
        }
        if s.step == 85 {
            cancel.cancel();
        }
        true
    });
    let found = found.unwrap();
    assert!(found.stopped);
    assert_eq!(found.psnr, best);
    // Before the first step there is nothing to keep.
    let again = ops::invert(&engine, &generator, &picture, &options, &control, &mut |_| true);
    assert!(matches!(again, Err(Error::Cancelled)));
}

#[test]
fn any_size_works_and_nonsense_is_refused() {
    let (engine, generator) = (CpuEngine::new(Some(2)).unwrap(), generator());
    let control = Control::default();
    let few = InvertOptions { steps: 3, tuning: 2, ..InvertOptions::default() };
    for (width, height) in [(1, 1), (1, 9), (70, 3), (200, 150)] {
        let samples = (0..width * height * 3).map(|i| (i % 251) as u16 * 200).collect();
        let picture = Raster::new(width, height, Channels::Rgb, Samples::U16(samples)).unwrap();
        let found = ops::invert(&engine, &generator, &picture, &few, &control, &mut |_| true);
        assert_eq!(found.unwrap().field.size(), [width, height]);
    }
    let picture = own_picture(&engine, &generator, 8);
    let nonsense = [
        InvertOptions { steps: 0, ..few.clone() },
        InvertOptions { class: Some(5), ..few.clone() },
        InvertOptions { resolution: Some(0), ..few.clone() },
        InvertOptions { manifold: f32::NAN, ..few.clone() },
        InvertOptions { gradients: -1.0, ..few.clone() },
        InvertOptions { perceptual_weight: f32::INFINITY, ..few.clone() },
    ];
    for options in nonsense {
        let found = ops::invert(&engine, &generator, &picture, &options, &control, &mut |_| true);
        assert!(matches!(found, Err(Error::Parameter { .. })), "{options:?}");
    }
}
