//! The engine of ONNX Runtime against the built-in one.

use std::sync::Arc;

use polyinr::engine::{DerivativeRequest, EngineOptions, OnnxEngine, Precision};
use polyinr::model::{Latent, Model, Truncation, latent};
use polyinr::network::local_poly_inr::Blend;
use polyinr::network::{Code, Network};
use polyinr::ops::render_to_vec;
use polyinr::{Control, CpuEngine, Engine, Field, GeneratedField, Grid, View, Warp, Window};

use crate::{definition, invariance, local};

/// The engine on the processor, where it has that precision, and on a GPU where that runs; none, after
/// saying so, where ONNX Runtime is not there.
fn engines(precision: Precision) -> Vec<OnnxEngine> {
    let options = EngineOptions { threads: Some(2), precision, ..EngineOptions::default() };
    let on = |cuda| match OnnxEngine::new(cuda, &options) {
        Ok(engine) => Some(engine),
        Err(problem) => {
            assert!(cuda || std::env::var_os("CI").is_none(), "{problem}");
            eprintln!("skipped: {problem}");
            None
        }
    };
    let devices: &[bool] = if precision == Precision::Bf16 { &[true] } else { &[false, true] };
    devices.iter().filter_map(|cuda| on(*cuda)).collect()
}

/// How far an engine may be from the built-in one.
fn tolerance(engine: &OnnxEngine) -> f32 {
    if engine.name() == "cuda" { 1e-3 } else { 1e-4 }
}

/// That the two engines' pictures are the same.
fn compare(onnx: &OnnxEngine, field: &Field, view: &View) {
    let cpu = CpuEngine::new(Some(2)).unwrap();
    let expected = render_to_vec(&cpu, field, view, &Control::default()).unwrap();
    let rendered = render_to_vec(onnx, field, view, &Control::default()).unwrap();
    assert_eq!(rendered.len(), expected.len());
    let differences = rendered.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    let difference = differences.fold(0.0, f32::max);
    assert!(difference < tolerance(onnx), "{}: {difference} for {view:?}", onnx.name());
}

#[test]
fn generated_fields_are_the_same() {
    let engines = engines(Precision::Exact);
    let view = View::new(Window::new(-0.2, 1.1, 0.1, 1.3), 97, 61, Grid::Centres).unwrap();
    let turned = view.rotated(31.0).unwrap();
    let bent = turned.warped(Warp::elastic(0.05, 4, 3).unwrap());
    let views = [view, turned, bent, view.part(13..90, 20..61).unwrap()];
    for (lrelu_affine, clamp) in [(true, Some(256.0)), (false, None), (true, Some(0.5))] {
        let field = Field::Generated(definition::field(4, 48, lrelu_affine, clamp, 5));
        let pairs = engines.iter().flat_map(|onnx| views.iter().map(move |view| (onnx, view)));
        pairs.for_each(|(onnx, view)| compare(onnx, &field, view));
    }
}

/// Also beyond the picture's edges, in pieces, and at unequal factors.
#[test]
fn pictures_are_the_same() {
    let picture = invariance::picture(150, 131);
    let view = View::new(Window::UNIT, 331, 217, Grid::Edges).unwrap();
    let wide = View::new(Window::new(-0.3, 1.1, 0.2, 1.4), 97, 61, Grid::Edges).unwrap();
    let bent = wide.rotated(31.0).unwrap().warped(Warp::elastic(0.05, 4, 3).unwrap());
    let views = [view, wide, bent, view.part(13..90, 20..61).unwrap()];
    for onnx in engines(Precision::Exact) {
        views.iter().for_each(|view| compare(&onnx, &picture, view));
    }
}

/// Those of networks that blend terms, and whose affine parameters come from one pixel.
#[test]
fn pictures_of_every_form_are_the_same() {
    for form in [(Blend::Terms, 1), (Blend::Terms, 3), (Blend::Colours, 1)] {
        let upscaler = local::upscaler([20, 2], [3, 24], form, 7);
        let (picture, _) = local::field(&upscaler, [60, 41], 3);
        let view = View::new(Window::new(-0.1, 1.1, 0.2, 1.0), 97, 61, Grid::Edges).unwrap();
        for onnx in engines(Precision::Exact) {
            compare(&onnx, &picture, &view.rotated(12.0).unwrap());
        }
    }
}

/// Largest difference, as a part of the largest value.
fn relative(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max) / largest
}

#[test]
fn heat_maps_are_the_same() {
    let cpu = CpuEngine::new(Some(2)).unwrap();
    let field = Field::Generated(definition::field(4, 48, true, Some(2.0), 5));
    let view = View::new(Window::UNIT, 97, 61, Grid::Centres).unwrap().rotated(10.0).unwrap();
    let maps = |engine: &dyn Engine| {
        let features = engine.features().unwrap();
        features.heatmaps(&field, &view, &[2, 0], &Control::default()).unwrap()
    };
    for onnx in engines(Precision::Exact) {
        for (found, expected) in maps(&onnx).iter().zip(maps(&cpu)) {
            let difference = relative(found, &expected);
            assert!(difference < tolerance(&onnx), "{}: {difference}", onnx.name());
        }
    }
}

#[test]
fn derivatives_are_the_same() {
    for onnx in engines(Precision::Exact) {
        for (lrelu_affine, clamp) in [(true, Some(256.0)), (false, None), (true, Some(0.5))] {
            let field = definition::field(3, 24, lrelu_affine, clamp, 5);
            compare_derivatives(&onnx, field.network(), field.code());
            // The same graphs with other weights in place.
            let other = definition::field(3, 24, lrelu_affine, clamp, 6);
            compare_derivatives(&onnx, other.network(), field.code());
            compare_derivatives(&onnx, field.network(), other.code());
        }
    }
}

fn compare_derivatives(onnx: &OnnxEngine, network: &Arc<Network>, code: &Code) {
    let definition = definition::Definition::new(network, code);
    let smooth = |[x, y]: &[f32; 2]| definition.nearest_kink((*x).into(), (*y).into()) > 1e-5;
    let drawn = latent(3, 10_000);
    let positions: Vec<[f32; 2]> =
        drawn.chunks_exact(2).map(|p| [p[0] * 0.3, p[1] * 0.3]).filter(smooth).collect();
    // More than are computed at once.
    assert!(positions.len() > 4200);
    let u = latent(4, positions.len() * 3);
    let request = DerivativeRequest { network, code, positions: &positions, weights: true };
    let cpu = CpuEngine::new(Some(2)).unwrap();
    let linearised = |engine: &dyn Engine| {
        let linearised = engine.derivatives().unwrap().linearise(&request).unwrap();
        (linearised.rgb().to_vec(), linearised.derivative(&u).unwrap())
    };
    let ((found_rgb, found), (expected_rgb, expected)) = (linearised(onnx), linearised(&cpu));
    assert!(relative(&found_rgb, &expected_rgb) < tolerance(onnx));
    assert!(relative(&found.code, &expected.code) < 1e-5);
    let (found, expected) = (found.weights.unwrap(), expected.weights.unwrap());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(relative(&found.weight, &expected.weight) < 1e-5);
        assert!(relative(&found.bias, &expected.bias) < 1e-5);
    }
}

/// Eight threads with one engine, two pictures of a model.
#[test]
fn threads_share_an_engine() {
    let [field, other] = [7, 9].map(|seed| definition::field(2, 16, true, None, seed));
    let other = field.with_code(other.code().as_ref().clone()).unwrap();
    let fields = [field, other].map(Field::Generated);
    let view = View::new(Window::UNIT, 40, 300, Grid::Centres).unwrap();
    for onnx in engines(Precision::Exact) {
        let render = |field| render_to_vec(&onnx, field, &view, &Control::default()).unwrap();
        let expected = fields.each_ref().map(render);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (render, fields, expected) = (&render, &fields, &expected);
                scope.spawn(move || assert!(render(&fields[number % 2]) == expected[number % 2]));
            }
        });
    }
}

/// 16 bits are near enough: 45 dB over the nominal range with float16, 38 with bfloat16. On the processor ONNX Runtime
/// computes much of it in single precision, so that this sees the graphs more than the rounding.
#[test]
fn half_precision_is_near() {
    let cpu = CpuEngine::new(Some(2)).unwrap();
    let flower = {
        let generator = Model::builtin("flowers").unwrap().generator().unwrap();
        let z = generator.latent(7);
        let latent = Latent { z, class: Some(1), truncation: Truncation::uniform(1.0) };
        GeneratedField::from_latent(&generator, latent).unwrap()
    };
    for field in [Field::Generated(flower), invariance::picture(40, 30)] {
        let view = field.view(160, 120).unwrap();
        let render = |engine: &dyn Engine| {
            render_to_vec(engine, &field, &view, &Control::default()).unwrap()
        };
        let exact = render(&cpu);
        for (precision, least) in [(Precision::F16, 45.0), (Precision::Bf16, 38.0)] {
            for half in engines(precision) {
                let near = render(&half);
                let squares = near.iter().zip(&exact).map(|(a, b)| f64::from(a - b).powi(2));
                let psnr = -10.0 * (squares.sum::<f64>() / near.len() as f64).log10();
                assert!((least..200.0).contains(&psnr), "{} {precision:?}: {psnr}", half.name());
            }
        }
    }
}
