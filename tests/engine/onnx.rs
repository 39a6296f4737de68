//! The engine of ONNX Runtime against the built-in one.

use polyinr::engine::OnnxEngine;
use polyinr::{Control, CpuEngine, Engine, Field, Grid, View, Warp, Window};

use crate::{definition, invariance};

/// The engine; `None`, after saying so, where ONNX Runtime is not there.
fn engine() -> Option<OnnxEngine> {
    match OnnxEngine::new(Some(2)) {
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
