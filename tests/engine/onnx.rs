//! The engine of ONNX Runtime against the built-in one.

use polyinr::engine::{EngineOptions, GradientRequest, OnnxEngine, Precision};
use polyinr::model::{Latent, Model, Truncation, latent};
use polyinr::{Control, CpuEngine, Engine, Field, GeneratedField, Grid, View, Warp, Window};

use crate::{definition, invariance};

/// The engine; `None`, after saying so, where ONNX Runtime is not there.
fn engine() -> Option<OnnxEngine> {
    match OnnxEngine::new(false, &EngineOptions { threads: Some(2), ..EngineOptions::default() }) {
        Ok(engine) => Some(engine),
        Err(problem) if std::env::var_os("CI").is_none() => {
            eprintln!("skipped: {problem}");
            None
        }
        Err(problem) => panic!("{problem}"),
    }
}

/// Largest difference of the two engines' pictures.
fn difference(onnx: &OnnxEngine, field: &Field, view: &View) -> f32 {
    let cpu = CpuEngine::new(Some(2)).unwrap();
    let expected = cpu.render_to_vec(field, view, &Control::default()).unwrap();
    let rendered = onnx.render_to_vec(field, view, &Control::default()).unwrap();
    assert_eq!(rendered.len(), expected.len());
    let differences = rendered.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}

#[test]
fn generated_fields_are_the_same() {
    let Some(onnx) = engine() else { return };
    let view = View::new(Window::new(-0.2, 1.1, 0.1, 1.3), 97, 61, Grid::Centres).unwrap();
    let turned = view.rotated(31.0).unwrap();
    let bent = turned.warped(Warp::elastic(0.05, 4, 3).unwrap());
    let views = [view, turned, bent, view.part(13..90, 20..61).unwrap()];
    for (lrelu_affine, clamp) in [(true, Some(256.0)), (false, None), (true, Some(0.5))] {
        let field = Field::Generated(definition::field(4, 48, lrelu_affine, clamp, 5));
        for view in &views {
            let difference = difference(&onnx, &field, view);
            assert!(difference < 1e-4, "{difference} for {view:?}");
        }
    }
}

/// Also beyond the picture's edges, in pieces, and at unequal factors.
#[test]
fn pictures_are_the_same() {
    let Some(onnx) = engine() else { return };
    let picture = invariance::picture(150, 131);
    let view = View::new(Window::UNIT, 331, 217, Grid::Edges).unwrap();
    let wide = View::new(Window::new(-0.3, 1.1, 0.2, 1.4), 97, 61, Grid::Edges).unwrap();
    let bent = wide.rotated(31.0).unwrap().warped(Warp::elastic(0.05, 4, 3).unwrap());
    for view in [view, wide, bent, view.part(13..90, 20..61).unwrap()] {
        let difference = difference(&onnx, &picture, &view);
        assert!(difference < 1e-4, "{difference} for {view:?}");
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
    let Some(onnx) = engine() else { return };
    let cpu = CpuEngine::new(Some(2)).unwrap();
    let field = Field::Generated(definition::field(4, 48, true, Some(2.0), 5));
    let view = View::new(Window::UNIT, 97, 61, Grid::Centres).unwrap().rotated(10.0).unwrap();
    let maps =
        |engine: &dyn Engine| engine.heatmaps(&field, &view, &[2, 0], &Control::default()).unwrap();
    for (found, expected) in maps(&onnx).iter().zip(maps(&cpu)) {
        let difference = relative(found, &expected);
        assert!(difference < 1e-4, "{difference}");
    }
}

#[test]
fn derivatives_are_the_same() {
    let Some(onnx) = engine() else { return };
    let cpu = CpuEngine::new(Some(2)).unwrap();
    for (lrelu_affine, clamp) in [(true, Some(256.0)), (false, None), (true, Some(0.5))] {
        let field = definition::field(3, 24, lrelu_affine, clamp, 5);
        // More than are computed at once.
        let positions: Vec<[f32; 2]> =
            latent(3, 10_000).chunks_exact(2).map(|p| [p[0] * 0.3, p[1] * 0.3]).collect();
        let u = latent(4, positions.len() * 3);
        let request = GradientRequest {
            synthesis: field.synthesis(),
            affine: field.affine(),
            positions: &positions,
            weights: true,
        };
        let (found, expected) =
            (onnx.linearise(&request).unwrap(), cpu.linearise(&request).unwrap());
        assert!(relative(found.rgb(), expected.rgb()) < 1e-4);
        let (found, expected) = (found.gradient(&u).unwrap(), expected.gradient(&u).unwrap());
        assert!(relative(&found.affine, &expected.affine) < 1e-3);
        let (found, expected) = (found.weights.unwrap(), expected.weights.unwrap());
        for (found, expected) in found.levels.iter().zip(&expected.levels) {
            assert!(relative(&found.weight, &expected.weight) < 1e-3);
            assert!(relative(&found.bias, &expected.bias) < 1e-3);
        }
        assert!(relative(&found.rgb.weight, &expected.rgb.weight) < 1e-3);
        assert!(relative(&found.rgb.bias, &expected.rgb.bias) < 1e-3);
    }
}

/// Eight threads with one engine.
#[test]
fn threads_share_an_engine() {
    let Some(onnx) = engine() else { return };
    let field = Field::Generated(definition::field(2, 16, true, None, 9));
    let view = View::new(Window::UNIT, 40, 30, Grid::Centres).unwrap();
    let render = || onnx.render_to_vec(&field, &view, &Control::default()).unwrap();
    let expected = render();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(render)).collect();
        threads.into_iter().for_each(|thread| assert!(thread.join().unwrap() == expected));
    });
}

/// Half precision is near enough: 45 dB over the nominal range. On the processor ONNX Runtime computes
/// much of it in single precision, so that this sees the graphs more than the rounding.
#[test]
fn half_precision_is_near() {
    if engine().is_none() {
        return;
    }
    let precision = Precision::F16;
    let options = EngineOptions { threads: Some(2), precision, ..EngineOptions::default() };
    let (half, cpu) = (OnnxEngine::new(false, &options).unwrap(), CpuEngine::new(Some(2)).unwrap());
    let flower = {
        let generator = Model::builtin("flowers32").unwrap().generator().unwrap();
        let z = generator.latent(7);
        let latent = Latent { z, class: Some(1), truncation: Truncation::uniform(1.0) };
        GeneratedField::from_latent(&generator, latent).unwrap()
    };
    for field in [Field::Generated(flower), invariance::picture(40, 30)] {
        let view = field.view(160, 120).unwrap();
        let render =
            |engine: &dyn Engine| engine.render_to_vec(&field, &view, &Control::default()).unwrap();
        let (near, exact) = (render(&half), render(&cpu));
        let squares = near.iter().zip(&exact).map(|(a, b)| f64::from(a - b).powi(2));
        let psnr = -10.0 * (squares.sum::<f64>() / near.len() as f64).log10();
        assert!((45.0..200.0).contains(&psnr), "{psnr}");
    }
}
