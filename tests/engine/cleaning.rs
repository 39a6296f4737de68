//! What `restore` does to a photograph that is noisy, blurred or clean.

use std::path::Path;
use std::sync::{Arc, Mutex};

use polyinr::metrics;
use polyinr::model::{Strength, Treatment, latent};
use polyinr::ops::{Size, SuperResolveOptions, strength, super_resolve_raster};
use polyinr::{
    Channels, Control, CpuEngine, Error, Grid, Model, Picture, PictureField, Raster, Samples, View,
    Window,
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

fn restored(picture: &Raster, treatment: Treatment) -> Raster {
    let upscaler = Model::builtin("restore").unwrap().upscaler().unwrap();
    let (engine, control) = (CpuEngine::new(None).unwrap(), Control::default());
    let options = SuperResolveOptions { treatment, ..SuperResolveOptions::default() };
    let (picture, size) = (Arc::new(picture.clone()), Size::Factor(1.0));
    super_resolve_raster(&engine, &upscaler, &picture, size, &options, &control).unwrap()
}

fn estimated(picture: &Raster) -> Strength {
    let upscaler = Model::builtin("restore").unwrap().upscaler().unwrap();
    let picture = Arc::new(picture.clone());
    let (width, height) = (picture.width(), picture.height());
    let field = PictureField::new(&upscaler, picture);
    let view = View::new(Window::UNIT, width, height, Grid::Edges).unwrap();
    strength(&field, &view, Treatment::default(), &Control::default()).unwrap()
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
    let (auto, none) = (restored(&noisy, Treatment::default()), restored(&noisy, Treatment::NONE));
    assert!(psnr(&auto) > psnr(&noisy) + 3.0, "{} of {}", psnr(&auto), psnr(&noisy));
    assert!(psnr(&auto) > psnr(&none) + 2.0, "{} of {}", psnr(&auto), psnr(&none));
}

#[test]
fn what_is_clean_stays_as_it_is() {
    let clean = photograph();
    let found = estimated(&clean);
    assert!(found.denoise <= 0.1 && found.deblur <= 0.5, "{found:?}");
    let kept = metrics::psnr(&clean, &restored(&clean, Treatment::NONE)).unwrap();
    assert!(kept > 40.0, "{kept}");
    let auto = metrics::psnr(&clean, &restored(&clean, Treatment::default())).unwrap();
    assert!(auto > 35.0, "{auto}");
}

#[test]
fn blur_is_taken() {
    let clean = photograph();
    let half = |picture: &Raster, side: u32| {
        metrics::resize(picture, side, side, metrics::Filter::Bicubic).unwrap()
    };
    let blurred = half(&half(&clean, 72), 130);
    let sharper = restored(&blurred, Strength { deblur: 0.25, ..Strength::default() }.into());
    let psnr = |picture: &Raster| metrics::psnr(&clean, picture).unwrap();
    assert!(psnr(&sharper) > psnr(&blurred) + 0.5, "{} of {}", psnr(&sharper), psnr(&blurred));
    let auto = restored(&blurred, Treatment::default());
    assert!(psnr(&auto) > psnr(&blurred) - 0.6, "{} of {}", psnr(&auto), psnr(&blurred));
}

/// The mean over turns is nearer to the truth; progress rises to its total, and the work stops when it
/// is asked to.
#[test]
fn a_mean_over_turns_is_followed_like_one_result() {
    let noisy = Arc::new(noisy(&photograph(), 20.0));
    let upscaler = Model::builtin("restore").unwrap().upscaler().unwrap();
    let engine = CpuEngine::new(None).unwrap();
    let options = SuperResolveOptions { tta: true, ..SuperResolveOptions::default() };
    let seen = Mutex::new(Vec::new());
    let follow = |done: u64, total: u64| {
        seen.lock().unwrap().push((done, total));
        true
    };
    let size = Size::Factor(1.0);
    let render = |control: &Control<'_>| {
        super_resolve_raster(&engine, &upscaler, &noisy, size, &options, control)
    };
    let mean = render(&Control::default().on_progress(follow)).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.iter().all(|(_, total)| *total == 130 * 130), "{seen:?}");
    assert_eq!(seen.last(), Some(&(130 * 130, 130 * 130)));
    let psnr = |picture: &Raster| metrics::psnr(&photograph(), picture).unwrap();
    let plain = restored(&noisy, Treatment::default());
    assert!(psnr(&mean) > psnr(&plain), "{} and {}", psnr(&mean), psnr(&plain));
    let stopped = render(&Control::default().on_progress(|done, total| done < total / 2));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

/// Alpha, samples that are no numbers, and depth come through the mean as through one result.
#[test]
fn a_mean_over_turns_holds_what_the_picture_holds() {
    let upscaler = Model::builtin("restore").unwrap().upscaler().unwrap();
    let (engine, control) = (CpuEngine::new(None).unwrap(), Control::default());
    let value = |i: usize| match i {
        40 => f32::NAN,
        i if i % 4 == 3 => {
            if i % 8 == 3 {
                1.0
            } else {
                0.25
            }
        }
        i => (i % 29) as f32 / 28.0,
    };
    let samples = Samples::F32((0..24 * 20 * 4).map(value).collect());
    let picture = Arc::new(Raster::new(24, 20, Channels::Rgba, samples).unwrap());
    let of = |tta: bool| {
        let options = SuperResolveOptions { tta, ..SuperResolveOptions::default() };
        let size = Size::Factor(2.0);
        super_resolve_raster(&engine, &upscaler, &picture, size, &options, &control).unwrap()
    };
    let (plain, mean) = (of(false), of(true));
    let numbers = |picture: &Raster| -> Vec<bool> {
        (0..picture.samples().len()).map(|i| picture.samples().get(i).is_nan()).collect()
    };
    assert_eq!(numbers(&plain), numbers(&mean));
    assert!(numbers(&mean).contains(&true) && plain != mean);
    let alpha = (3..mean.samples().len()).step_by(4).map(|i| mean.samples().get(i));
    assert!(alpha.into_iter().all(|alpha| (0.0..=1.0).contains(&alpha)));
}
