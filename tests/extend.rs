//! Canvases made larger, through the library.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polyinr::model::Generator;
use polyinr::ops::{self, ExtendMethod, ExtendOptions, Margin, Margins};
use polyinr::{CancelToken, Channels, Control, CpuEngine, Error, Grid, Model, Raster, Samples};

fn generator() -> Arc<Generator> {
    Model::builtin("flowers").unwrap().generator().unwrap()
}

/// Soft waves with a fine one over them.
fn waves(width: u32, height: u32, channels: Channels) -> Raster {
    let count = channels.count() as u32;
    let value = |i: u32| {
        let (x, y, c) = ((i / count % width) as f32, (i / count / width) as f32, i % count);
        0.5 + 0.3 * (x * 0.06 + y * 0.04 + c as f32).sin() + 0.05 * (x * 1.9).sin()
    };
    let samples = (0..width * height * count).map(value).collect();
    Raster::new(width, height, channels, Samples::F32(samples)).unwrap()
}

fn options(margin: u32, method: Option<ExtendMethod>) -> ExtendOptions {
    ExtendOptions { margins: Margins::all(Margin::Pixels(margin)), method, nodata: None }
}

/// No step from the border outward is larger than those of the photograph.
#[test]
fn there_is_no_seam() {
    let (engine, generator) = (CpuEngine::new(None).unwrap(), generator());
    let picture = waves(48, 40, Channels::Rgb);
    let control = Control::default();
    for method in ExtendMethod::ALL.map(Some).into_iter().chain([None]) {
        let made = ops::extend(&engine, &generator, &picture, &options(10, method), &control);
        let raster = made.unwrap().raster;
        let at = |x: usize, y: usize, c: usize| raster.samples().get((y * 68 + x) * 3 + c);
        let mut largest = [0.0f32; 2];
        for c in 0..3 {
            for x in 10..58 {
                let outward = [(9, 10), (50, 49)].map(|(o, i)| (at(x, o, c) - at(x, i, c)).abs());
                largest[0] = outward.into_iter().fold(largest[0], f32::max);
                let inward = (10..49).flat_map(|y| {
                    [(x, y + 1), (x.min(56) + 1, y)].map(|(i, k)| (at(x, y, c) - at(i, k, c)).abs())
                });
                largest[1] = inward.fold(largest[1], f32::max);
            }
        }
        assert!(largest[0] < largest[1], "{method:?} {largest:?}");
        assert!(
            (0..raster.samples().len()).all(|i| (0.1..=0.9).contains(&raster.samples().get(i)))
        );
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let (generator, picture) = (generator(), waves(30, 24, Channels::Rgba));
    let made = |threads| {
        let engine = CpuEngine::new(Some(threads)).unwrap();
        let control = Control::default();
        ops::extend(&engine, &generator, &picture, &options(4, None), &control).unwrap()
    };
    assert_eq!(made(1), made(2));
}

#[test]
fn it_can_be_followed_and_stopped() {
    let (engine, generator) = (CpuEngine::new(None).unwrap(), generator());
    let picture = waves(24, 24, Channels::Rgb);
    let last = AtomicU64::new(0);
    let control = Control::default().on_progress(|done, total| {
        assert!(done >= last.swap(done, Ordering::Relaxed) && done <= total);
        true
    });
    ops::extend(&engine, &generator, &picture, &options(3, None), &control).unwrap();
    assert!(last.load(Ordering::Relaxed) > 0);
    let control = Control::default().on_progress(|done, _| done < 5);
    let stopped = ops::extend(&engine, &generator, &picture, &options(3, None), &control);
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    let cancel = CancelToken::new();
    cancel.cancel();
    let smooth = options(3, Some(ExtendMethod::Smooth));
    let control = Control::with_cancel(cancel);
    let stopped = ops::extend(&engine, &generator, &picture, &smooth, &control);
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
}

#[test]
fn what_cannot_be_extended_is_said() {
    let (engine, generator) = (CpuEngine::new(None).unwrap(), generator());
    let control = Control::default();
    let extend = |picture: &Raster, margin, method| {
        ops::extend(&engine, &generator, picture, &options(margin, method), &control)
    };
    let mut picture = waves(16, 16, Channels::Rgba);
    assert!(matches!(extend(&picture, 0, None), Err(Error::Parameter { .. })));
    assert!(matches!(extend(&picture, 30_000, None), Err(Error::Limits { .. })));
    (0..256).for_each(|i| picture.samples_mut().set(4 * i + 3, 0.0));
    assert!(extend(&picture, 4, Some(ExtendMethod::Field)).is_err());
    let clear = extend(&picture, 4, None).unwrap().raster;
    assert!((0..24).all(|i| clear.samples().get(4 * i + 3) == 0.0));
    picture.samples_mut().set(5, f32::NAN);
    let gap = extend(&picture, 4, None).unwrap().raster;
    assert!(gap.samples().get((4 * 24 + 5) * 4 + 1).is_nan());
}

#[test]
fn views_of_fields_keep_their_grid() {
    let view = ops::extended_view(9, 5, &"2,3,4,1".parse().unwrap(), Grid::Centres).unwrap();
    assert_eq!((view.width(), view.height(), view.grid()), (13, 11, Grid::Centres));
    for (i, k) in [(0, 0), (8, 4), (3, 2)] {
        let (x, y) = view.position(i + 1, k + 2);
        assert!((x - i as f64 / 8.0).abs() < 1e-12 && (y - k as f64 / 4.0).abs() < 1e-12);
    }
    let dot = ops::extended_view(1, 1, &"0,2".parse().unwrap(), Grid::Centres).unwrap();
    assert_eq!(dot.position(2, 0), (0.5, 0.5));
    assert!(ops::extended_view(0, 5, &Margins::default(), Grid::Centres).is_err());
}
