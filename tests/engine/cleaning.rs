//! What `restore` does to a photograph that is noisy, compressed or clean.

use std::path::Path;
use std::sync::Arc;

use polyinr::metrics::{self, Chroma};
use polyinr::model::{Cleaning, Strength, latent};
use polyinr::ops::{Size, SuperResolveOptions, strength, super_resolve_raster};
use polyinr::{
    Channels, Control, CpuEngine, Model, Picture, Raster, RasterRows, RowSource, Samples,
};

/// A part of a photograph, 8-bit RGB.
fn photograph() -> Raster {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images/sample.jpg");
    let whole = metrics::rgb8(&Picture::open(path).unwrap().raster).unwrap();
    let (size, from) = (200, [100, 60]);
    let row = whole.row_len();
    let lines = (from[1]..from[1] + size).flat_map(|y| {
        let start = y * row + from[0] * 3;
        (start..start + size * 3).map(|i| (whole.samples().get(i) * 255.0).round() as u8)
    });
    let samples = Samples::U8(lines.collect());
    let cut = Raster::new(size as u32, size as u32, Channels::Rgb, samples).unwrap();
    // Reduced, it has hardly any traces of its own compression.
    metrics::resize(&cut, 130, 130, metrics::Filter::Bicubic).unwrap()
}

/// The picture with Gaussian noise of that deviation, in levels of 255.
fn noisy(picture: &Raster, deviation: f32) -> Raster {
    let count = picture.samples().len();
    let noise = latent(5, count);
    let level = |i: usize| picture.samples().get(i) * 255.0 + noise[i] * deviation;
    let samples = (0..count).map(|i| level(i).round().clamp(0.0, 255.0) as u8).collect();
    Raster::new(picture.width(), picture.height(), Channels::Rgb, Samples::U8(samples)).unwrap()
}

fn restored(picture: &Raster, cleaning: Cleaning) -> Raster {
    let upscaler = Model::builtin("restore").unwrap().upscaler().unwrap();
    let (engine, control) = (CpuEngine::new(None).unwrap(), Control::default());
    let options = SuperResolveOptions { cleaning, ..SuperResolveOptions::default() };
    let (picture, size) = (Arc::new(picture.clone()), Size::Factor(1.0));
    super_resolve_raster(&engine, &upscaler, &picture, size, &options, &control).unwrap()
}

fn estimated(picture: &Raster) -> Strength {
    let upscaler = Model::builtin("restore").unwrap().upscaler().unwrap();
    let picture = Arc::new(picture.clone());
    let open = || Ok(Box::new(RasterRows::new(picture.clone())) as Box<dyn RowSource>);
    strength(&upscaler, &open, Size::Factor(1.0), Cleaning::default()).unwrap()
}

#[test]
fn noise_is_seen_and_taken() {
    let clean = photograph();
    let psnr = |picture: &Raster| metrics::psnr(&clean, picture).unwrap();
    let mut before = 0.0;
    for deviation in [0.0, 10.0, 25.0] {
        let found = estimated(&noisy(&clean, deviation)).denoise;
        assert!(deviation == 0.0 || found > before + 0.1, "{deviation}: {found} after {before}");
        before = found;
    }
    let noisy = noisy(&clean, 20.0);
    let (auto, none) = (restored(&noisy, Cleaning::default()), restored(&noisy, Cleaning::NONE));
    assert!(psnr(&auto) > psnr(&noisy) + 3.0, "{} of {}", psnr(&auto), psnr(&noisy));
    assert!(psnr(&auto) > psnr(&none) + 2.0, "{} of {}", psnr(&auto), psnr(&none));
}

#[test]
fn what_is_clean_stays_as_it_is() {
    let clean = photograph();
    let found = estimated(&clean);
    assert!(found.denoise <= 0.1 && found.deblur <= 0.5, "{found:?}");
    let kept = metrics::psnr(&clean, &restored(&clean, Cleaning::NONE)).unwrap();
    assert!(kept > 33.0, "{kept}");
}

#[test]
fn compression_is_taken() {
    let clean = photograph();
    let spoilt = metrics::compress(&clean, 40, Chroma::Half).unwrap();
    let strength = Strength { denoise: 0.0, deblur: 0.85 };
    let better = restored(&spoilt, strength.into());
    let psnr = |picture: &Raster| metrics::psnr(&clean, picture).unwrap();
    assert!(psnr(&better) > psnr(&spoilt) + 0.3, "{} of {}", psnr(&better), psnr(&spoilt));
}
