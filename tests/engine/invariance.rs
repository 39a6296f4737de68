//! Results do not depend on threads, tiles or the way a view is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polyinr::engine::Features;
use polyinr::model::{Treatment, latent};
use polyinr::ops::{
    self, GenerateOptions, Refine, SuperResolveOptions, render_to_vec, super_resolve_raster,
};
use polyinr::{
    CancelToken, Channels, Control, CpuEngine, Error, Extent, Field, Grid, Model, PictureField,
    Raster, RasterRows, Samples, Size, View, Warp, Window,
};

/// Nothing added to the network.
const PLAIN: SuperResolveOptions =
    SuperResolveOptions { refine: None, treatment: Treatment::NONE, tta: false };

fn engine(threads: usize) -> CpuEngine {
    CpuEngine::new(Some(threads)).unwrap()
}

/// Noise over a slope: detail everywhere, so that a wrong neighbour shows.
fn raster(width: u32, height: u32, channels: Channels) -> Arc<Raster> {
    let count = (width * height) as usize * channels.count();
    let noise = latent(width * 31 + height, count);
    let value = |(i, n): (usize, f32)| (i as f32 / count as f32 + 0.15 * n).clamp(0.0, 1.0);
    let samples = noise.into_iter().enumerate().map(value).collect();
    Arc::new(Raster::new(width, height, channels, Samples::F32(samples)).unwrap())
}

pub fn picture(width: u32, height: u32) -> Field {
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    Field::Picture(PictureField::new(&upscaler, raster(width, height, Channels::Rgb)))
}

fn flower() -> Field {
    let generator = Model::builtin("flowers").unwrap().generator().unwrap();
    let options = GenerateOptions { seed: 3, class: Some(2), ..Default::default() };
    Field::Generated(options.field(&generator).unwrap())
}

fn warp() -> Warp {
    Warp::elastic(0.06, 5, 11).unwrap()
}

fn render(engine: &CpuEngine, field: &Field, view: &View) -> Vec<f32> {
    render_to_vec(engine, field, view, &Control::default()).unwrap()
}

fn cropped(
    whole: &[f32],
    width: u32,
    columns: std::ops::Range<u32>,
    rows: std::ops::Range<u32>,
) -> Vec<f32> {
    rows.flat_map(|row| {
        let at = |column: u32| ((row * width + column) * 3) as usize;
        whole[at(columns.start)..at(columns.end)].to_vec()
    })
    .collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for (field, width, height) in [(picture(150, 90), 411, 251), (flower(), 130, 97)] {
        let view = field.view(width, height).unwrap();
        for view in [view, view.warped(warp())] {
            let one = render(&engine(1), &field, &view);
            assert!(one == render(&engine(2), &field, &view));
            assert!(one == render(&engine(5), &field, &view));
        }
    }
}

#[test]
fn tiled_equals_untiled() {
    let engine = engine(2);
    for (field, width, height) in [(picture(150, 170), 400, 453), (flower(), 200, 190)] {
        let upright = field.view(width, height).unwrap();
        let turned = upright.rotated(17.0).unwrap();
        for view in [upright, turned, upright.warped(warp()), turned.warped(warp())] {
            let whole = render(&engine, &field, &view);
            for (columns, rows) in
                [(0..64, 0..64), (37..162, 101..190), (199..200, 0..190), (3..4, 7..8)]
            {
                let part = view.part(columns.clone(), rows.clone()).unwrap();
                let expected = cropped(&whole, width, columns, rows);
                assert!(render(&engine, &field, &part) == expected);
            }
        }
    }
}

/// Every pixel of a warped view is what the field is at its own position: a view of that pixel alone,
/// cut out by the window, shows the same. On a picture the window's scale matters too, and is kept.
#[test]
fn warped_pixels_are_evaluated_where_they_lie() {
    let engine = engine(2);
    for (field, side) in [(picture(60, 60), 150u32), (flower(), 96)] {
        let step = 1.0 / f64::from(side);
        let view = View::new(Window::UNIT, side, side, Grid::Edges).unwrap().warped(warp());
        let whole = render(&engine, &field, &view);
        for (column, row) in [(0, 0), (17, 80), (side - 1, 40), (70, side - 1), (50, 51)] {
            let (x, y) = view.position(i64::from(column), i64::from(row));
            assert!((x - (f64::from(column) + 0.5) * step).abs() <= 0.06);
            let [dx, dy] = [x, y].map(|v| v - step / 2.0);
            let window = Window::new(dx, dx + step, dy, dy + step);
            let alone = View::new(window, 1, 1, Grid::Edges).unwrap();
            let alone = render(&engine, &field, &alone);
            let at = (row * side + column) as usize * 3;
            let difference = worst(&whole[at..at + 3], &alone);
            assert!(difference < 1e-4, "{column} {row}: {difference:e}");
        }
    }
}

/// `[size, size, 3]` turned clockwise by a quarter.
fn turned(pixels: &[f32], size: usize) -> Vec<f32> {
    let pixel = |i: usize, k: usize| &pixels[((size - 1 - i) * size + k) * 3..][..3];
    (0..size * size).flat_map(|p| pixel(p % size, p / size).to_vec()).collect()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_quarter_turn_is_the_turned_array() {
    let engine = engine(2);
    for (field, size) in [(picture(60, 60), 150), (flower(), 96)] {
        let view = field.view(size, size).unwrap();
        let upright = render(&engine, &field, &view);
        let found = render(&engine, &field, &view.rotated(90.0).unwrap());
        let difference = worst(&turned(&upright, size as usize), &found);
        assert!(difference < 1e-5, "{difference:e}");
    }
}

#[test]
fn a_mirrored_window_is_the_mirrored_array() {
    let engine = engine(2);
    let field = picture(70, 50);
    let upright = render(&engine, &field, &field.view(140, 100).unwrap());
    let window = Window::new(1.0, 0.0, 1.0, 0.0);
    let found = render(&engine, &field, &View::new(window, 140, 100, Grid::Edges).unwrap());
    let mirrored: Vec<f32> = upright.chunks_exact(3).rev().flatten().copied().collect();
    assert!(worst(&mirrored, &found) < 1e-5);
}

#[test]
fn a_window_is_a_part_of_the_whole() {
    let engine = engine(2);
    let field = picture(80, 64);
    let whole = render(&engine, &field, &field.view(160, 128).unwrap());
    let window = View::new(Window::new(0.25, 0.75, 0.5, 1.0), 80, 64, Grid::Edges).unwrap();
    let found = render(&engine, &field, &window);
    assert!(worst(&cropped(&whole, 160, 40..120, 64..128), &found) < 1e-5);
}

fn opened(source: &Arc<Raster>) -> Field {
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let (extent, source) = (Extent::of(source), source.clone());
    Field::Picture(PictureField::opened(&upscaler, extent, move || {
        Ok(Box::new(RasterRows::new(source.clone())))
    }))
}

/// Every way through the engine finds the rows it needs: a picture that streams, one too wide for
/// that, and a turned view, which holds all.
#[test]
fn reading_row_by_row_changes_nothing() {
    let engine = engine(2);
    for (width, height, to) in [(97, 700, (101, 733)), (12_300, 20, (12_301, 21))] {
        let source = raster(width, height, Channels::Rgb);
        let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
        let whole = Field::Picture(PictureField::new(&upscaler, source.clone()));
        let view = whole.view(to.0, to.1).unwrap();
        let expected = render(&engine, &whole, &view);
        assert!(expected == render(&engine, &opened(&source), &view), "{width}x{height}");
        let below =
            View::new(Window::new(0.0, 1.0, 0.5, 1.0), to.0, to.1 / 2 + 1, Grid::Edges).unwrap();
        let expected = render(&engine, &whole, &below);
        assert!(expected == render(&engine, &opened(&source), &below), "{width}x{height}");
    }
    let source = raster(60, 50, Channels::Rgb);
    let field = opened(&source);
    let view = field.view(120, 100).unwrap().rotated(90.0).unwrap();
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let whole = Field::Picture(PictureField::new(&upscaler, source.clone()));
    assert!(render(&engine, &whole, &view) == render(&engine, &field, &view));
    let view = field.view(120, 100).unwrap().warped(warp());
    assert!(render(&engine, &whole, &view) == render(&engine, &opened(&source), &view));
}

/// A picture is as large as its field was told, each time it is opened.
#[test]
fn a_picture_that_changed_is_an_error() {
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let (before, after) = (raster(40, 30, Channels::Rgb), raster(40, 31, Channels::Rgb));
    let field = PictureField::opened(&upscaler, Extent::of(&before), move || {
        Ok(Box::new(RasterRows::new(after.clone())))
    });
    let field = Field::Picture(field);
    let view = field.view(40, 30).unwrap();
    let error = render_to_vec(&engine(1), &field, &view, &Control::default()).unwrap_err();
    assert!(error.to_string().contains("anew"), "{error}");
}

#[test]
fn colour_that_nobody_saw_is_not_drawn_into_the_edge() {
    let engine = engine(2);
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    // An orange disc; around it transparent black.
    let pixels = (0..64 * 64).map(|i| {
        let (x, y) = (i % 64 - 32, i / 64 - 32);
        if x * x + y * y < 20 * 20 { [230, 120, 40, 255] } else { [0; 4] }
    });
    let samples = Samples::U8(pixels.flatten().collect());
    let source = Arc::new(Raster::new(64, 64, Channels::Rgba, samples).unwrap());
    let control = Control::default();
    let out =
        super_resolve_raster(&engine, &upscaler, &source, Size::Factor(3.0), &PLAIN, &control)
            .unwrap();
    let Samples::U8(out) = out.into_samples() else { panic!("depth") };
    let visible = out.chunks_exact(4).filter(|p| p[3] > 0);
    assert!(visible.clone().count() > 10_000);
    for pixel in visible {
        assert!(pixel.iter().zip([230u8, 120, 40]).all(|(a, b)| a.abs_diff(b) <= 3), "{pixel:?}");
    }
}

#[test]
fn the_smallest_pictures_work() {
    let engine = engine(2);
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    for (width, height) in [(1, 1), (1, 9), (9, 1), (3, 2), (4, 4), (5, 5)] {
        for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
            let source = raster(width, height, channels);
            let size = Size::Factor(3.7);
            let control = Control::default();
            for options in [PLAIN, SuperResolveOptions { refine: Some(Refine::default()), ..PLAIN }]
            {
                let out =
                    super_resolve_raster(&engine, &upscaler, &source, size, &options, &control);
                let out = out.unwrap();
                assert_eq!(out.channels(), channels);
                let values = (0..out.samples().len()).map(|i| out.samples().get(i));
                assert!(values.clone().all(f32::is_finite));
                assert!(values.fold(0.0f32, |m, v| m.max(v.abs())) < 2.0);
            }
        }
    }
}

#[test]
fn opaque_stays_opaque_and_grey_stays_grey() {
    let engine = engine(2);
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let resolve = |channels, samples| {
        let source = Arc::new(Raster::new(8, 8, channels, Samples::U8(samples)).unwrap());
        let control = Control::default();
        super_resolve_raster(&engine, &upscaler, &source, Size::Exact(21, 13), &PLAIN, &control)
            .unwrap()
    };
    let opaque: Vec<u8> = (0..64u8).flat_map(|i| [i, 3 * i, 255 - i, 255]).collect();
    let Samples::U8(out) = resolve(Channels::Rgba, opaque).into_samples() else { panic!("depth") };
    assert!(out.chunks_exact(4).all(|p| p[3] == 255));
    // An alpha plane is what the same values give as a grey picture.
    let gray: Vec<u8> = (0..64u32).map(|i| (i * 37 % 251) as u8).collect();
    let both: Vec<u8> = gray.iter().flat_map(|g| [9, *g]).collect();
    let Samples::U8(gray) = resolve(Channels::Gray, gray).into_samples() else { panic!("depth") };
    let Samples::U8(both) = resolve(Channels::GrayAlpha, both).into_samples() else {
        panic!("depth")
    };
    assert!(gray.iter().zip(both.chunks_exact(2)).all(|(g, p)| *g == p[1]));
}

#[test]
fn progress_counts_to_the_end_and_cancel_stops() {
    let engine = engine(2);
    let field = picture(64, 64);
    let view = field.view(256, 256).unwrap();
    let last = AtomicU64::new(0);
    let control = Control::default().on_progress(|done, total| {
        assert!(done > last.swap(done, Ordering::Relaxed) && done <= total);
        true
    });
    render_to_vec(&engine, &field, &view, &control).unwrap();
    assert_eq!(last.load(Ordering::Relaxed), view.pixels());
    let refused = Control::default().on_progress(|_, _| false);
    assert!(matches!(render_to_vec(&engine, &field, &view, &refused), Err(Error::Cancelled)));
    let token = CancelToken::new();
    token.cancel();
    let cancelled = Control::with_cancel(token);
    assert!(matches!(render_to_vec(&engine, &field, &view, &cancelled), Err(Error::Cancelled)));
}

#[test]
fn a_failing_sink_stops_the_work_with_its_own_error() {
    let engine = engine(2);
    for field in [picture(64, 64), flower()] {
        let view = field.view(600, 600).unwrap();
        let result =
            ops::render(&engine, &field, &view, &Control::default(), &mut |_: u32, _: &[f32]| {
                Err(Error::parameter("sink", "full"))
            });
        assert!(matches!(result, Err(Error::Parameter { name: "sink", .. })));
    }
}

/// With 17 threads of the engine's, three refine.
#[test]
fn refined_pictures_do_not_depend_on_threads() {
    let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
    let source = raster(300, 90, Channels::Rgba);
    let options = SuperResolveOptions { refine: Some(Refine::default()), ..PLAIN };
    let [one, many] = [1, 17].map(|threads| {
        let (engine, control, size) = (engine(threads), Control::default(), Size::Factor(3.3));
        super_resolve_raster(&engine, &upscaler, &source, size, &options, &control).unwrap()
    });
    assert!(one == many);
}

#[test]
fn heatmaps_do_not_depend_on_threads() {
    let (field, control) = (flower(), Control::default());
    let view = field.view(131, 97).unwrap().warped(warp());
    let levels: Vec<usize> = (0..4).collect();
    let maps = |threads| engine(threads).heatmaps(&field, &view, &levels, &control).unwrap();
    let one = maps(1);
    assert!(one == maps(2) && one == maps(5));
    // The same maps one by one.
    let alone = engine(2).heatmaps(&field, &view, &[2], &control).unwrap();
    assert!(alone[0] == one[2]);
}

#[test]
fn heatmaps_are_followed_and_stopped() {
    let (engine, field) = (engine(2), flower());
    let view = field.view(90, 80).unwrap();
    let last = AtomicU64::new(0);
    let control = Control::default().on_progress(|done, total| {
        assert!(done > last.swap(done, Ordering::Relaxed) && done <= total);
        true
    });
    engine.heatmaps(&field, &view, &[0, 1], &control).unwrap();
    assert_eq!(last.load(Ordering::Relaxed), 2 * view.pixels());
    let refused = Control::default().on_progress(|_, _| false);
    assert!(matches!(engine.heatmaps(&field, &view, &[0], &refused), Err(Error::Cancelled)));
}

#[test]
fn heatmaps_that_make_no_sense_are_refused() {
    let (engine, field, control) = (engine(1), flower(), Control::default());
    let view = field.view(8, 8).unwrap();
    let said = |field: &Field, view: &View, levels: &[usize]| {
        engine.heatmaps(field, view, levels, &control).unwrap_err().to_string()
    };
    assert!(said(&picture(8, 8), &view, &[0]).contains("no levels"));
    assert!(said(&field, &view, &[99]).contains("no level 99"));
    assert!(said(&field, &view, &[1, 0, 1]).contains("twice"));
    let large = field.view(1 << 20, 1 << 20).unwrap();
    assert!(said(&field, &large, &[0]).contains("smaller size"));
}
