//! Pictures against reference vectors, and against each other.

use std::sync::Arc;

use super::definition::Definition;
use super::{difference, engine, generator, vectors};
use crate::control::Control;
use crate::engine::onnx::networks;
use crate::engine::onnx::session::{floats, ints};
use crate::engine::{Engine, OnnxEngine, Precision};
use crate::field::{Field, GeneratedField};
use crate::model::{Latent, Truncation};
use crate::network::Network;
use crate::ops::render_to_vec;
use crate::view::{Grid, View, Window};

/// The fields of a file's latents.
fn fields(name: &str, psi: f32) -> Vec<Field> {
    let generator = generator(name);
    let field = |z: Vec<f32>| {
        let latent = Latent { z, class: None, truncation: Truncation::uniform(psi) };
        Field::Generated(GeneratedField::from_latent(&generator, latent).unwrap())
    };
    vectors(name, "in.z").into_iter().map(field).collect()
}

fn render(engine: &OnnxEngine, field: &Field, view: &View) -> Vec<f32> {
    render_to_vec(engine, field, view, &Control::default()).unwrap()
}

/// Planes of the nominal range [-1, 1] of interleaved pixels of [0, 1].
fn planes(pixels: &[f32]) -> Vec<f32> {
    let plane = |channel| pixels.iter().skip(channel).step_by(3).map(|v| 2.0 * v - 1.0);
    (0..3).flat_map(plane).collect()
}

/// Largest difference of the pictures of a file's latents from a tensor of it.
fn deviation(engine: &OnnxEngine, name: &str, tensor: &str, psi: f32, view: &View) -> f32 {
    let expected = vectors(name, tensor);
    let pairs = fields(name, psi).into_iter().zip(expected);
    let all = pairs
        .map(|(field, expected)| difference(&planes(&render(engine, &field, view)), &expected));
    all.fold(0.0, f32::max)
}

#[test]
fn creps_gives_its_reference_vectors() {
    let Some(engine) = engine(Precision::Exact) else { return };
    let view = |x0, x1, y0, y1, side| {
        View::new(Window::new(x0, x1, y0, y1), side, side, Grid::Centres).unwrap()
    };
    let unit = view(0.0, 1.0, 0.0, 1.0, 32);
    let cases = [
        ("out.image32", 1.0, unit),
        ("out.image32_psi0.7", 0.7, unit),
        ("out.image64", 1.0, view(0.0, 1.0, 0.0, 1.0, 64)),
        ("out.extrapolated40", 1.0, view(-0.25, 1.25, -0.25, 1.25, 40)),
        ("out.shifted32", 1.0, view(-0.2, 0.8, 0.1, 1.1, 32)),
    ];
    for (tensor, psi, view) in cases {
        let found = deviation(&engine, "creps", tensor, psi, &view);
        println!("creps {tensor}: {found:e}");
        assert!(found < 2e-5, "{tensor}: {found}");
    }
}

#[test]
fn inr_gan_gives_its_reference_vectors() {
    let Some(engine) = engine(Precision::Exact) else { return };
    let view = View::new(Window::UNIT, 32, 32, Grid::Edges).unwrap();
    for name in ["inr_gan", "inr_gan_bil"] {
        for (tensor, psi) in [("out.image32", 1.0), ("out.image32_psi0.7", 0.7)] {
            let found = deviation(&engine, name, tensor, psi, &view);
            println!("{name} {tensor}: {found:e}");
            assert!(found < 2e-5, "{name} {tensor}: {found}");
        }
    }
}

/// Large pictures are computed in pieces; so are turned views, in which no pixels share lines.
#[test]
fn pieces_do_not_show() {
    let Some(engine) = engine(Precision::Exact) else { return };
    for name in ["creps", "inr_gan", "inr_gan_bil"] {
        let field = &fields(name, 1.0)[0];
        let grid = field.grid();
        let window = Window::new(-0.3, 1.2, 0.1, 1.4);
        let view = View::new(window, 90, 1300, grid).unwrap();
        for view in [view, view.rotated(20.0).unwrap()] {
            let whole = render(&engine, field, &view);
            let part = render(&engine, field, &view.part(20..70, 1200..1290).unwrap());
            let row = |k: usize| &whole[((1200 + k) * 90 + 20) * 3..][..50 * 3];
            let expected: Vec<f32> = (0..90).flat_map(row).copied().collect();
            assert!(difference(&part, &expected) < 1e-6, "{name}");
        }
    }
}

/// A picture of few pixels takes few blocks.
#[test]
fn small_pictures_are_those_of_their_blocks() {
    let Some(engine) = engine(Precision::Exact) else { return };
    for name in ["inr_gan", "inr_gan_bil"] {
        let field = &fields(name, 1.0)[0];
        let generated = field.generated().unwrap();
        let Network::InrGan(network) = generated.network().as_ref() else { panic!("{name}") };
        let definition = Definition::new(generated.network(), generated.code());
        for side in [7, 16] {
            let view = View::new(Window::UNIT, side, side, Grid::Edges).unwrap();
            let last = network.config().last_block(f64::from(side));
            assert!(last + 1 < network.config().blocks.len());
            let pixels = 0..i64::from(side * side);
            let positions: Vec<[f64; 2]> = pixels
                .map(|i| view.position(i % i64::from(side), i / i64::from(side)).into())
                .collect();
            let expected = definition.of_blocks(network, last, &positions);
            let expected: Vec<f32> = expected.iter().map(|v| *v as f32).collect();
            assert!(difference(&render(&engine, field, &view), &expected) < 2e-5, "{name} {side}");
        }
    }
}

/// The files of whole generators make the pictures of the engine.
#[test]
fn exported_generators_give_the_same_pictures() {
    let Some(engine) = engine(Precision::Exact) else { return };
    let window = [-0.3f32, 1.2, 0.9, 0.1];
    let [x0, x1, y0, y1] = window.map(f64::from);
    for name in ["creps", "inr_gan", "inr_gan_bil"] {
        let generator = generator(name);
        let field = &fields(name, 0.7)[0];
        let code = field.generated().unwrap().code();
        let graph = networks::generator_graph(&generator, &[]);
        let mut graph = Arc::new(engine.prepared(&graph).unwrap()).bound().unwrap();
        let levels = code.levels();
        graph
            .put(
                "z",
                &floats(&[generator.latent(0).len()], vectors(name, "in.z").remove(0)).unwrap(),
            )
            .unwrap();
        graph.put("truncation", &floats(&[levels], vec![0.7; levels]).unwrap()).unwrap();
        graph.put("size", &ints(&[2], vec![50, 40]).unwrap()).unwrap();
        graph.put("window", &floats(&[4], window.to_vec()).unwrap()).unwrap();
        graph.buffer("picture", &[40, 50, 3]).unwrap();
        for (output, dims) in networks::code_shapes(generator.network()) {
            graph.buffer(&output, &dims).unwrap();
        }
        graph.run().unwrap();
        let view = View::new(Window::new(x0, x1, y0, y1), 50, 40, field.grid()).unwrap();
        let expected = render(&engine, field, &view);
        let error = difference(graph.values("picture").unwrap(), &expected);
        println!("{name} generator: {error:e}");
        assert!(error < 1e-5, "{name}: {error}");
        for ((output, _), tensor) in
            networks::code_shapes(generator.network()).iter().zip(code.tensors())
        {
            assert!(difference(graph.values(output).unwrap(), tensor.values()) < 1e-5, "{output}");
        }
    }
}

#[test]
fn half_precision_is_near() {
    let (Some(exact), Some(half)) = (engine(Precision::Exact), engine(Precision::F16)) else {
        return;
    };
    for name in ["creps", "inr_gan", "inr_gan_bil"] {
        let field = &fields(name, 1.0)[0];
        let view = field.view(64, 48).unwrap();
        let (near, exact) = (render(&half, field, &view), render(&exact, field, &view));
        let squares = near.iter().zip(&exact).map(|(a, b)| f64::from(a - b).powi(2));
        let psnr = -10.0 * (squares.sum::<f64>() / near.len() as f64).log10();
        println!("{name} f16: {psnr} dB");
        assert!((40.0..200.0).contains(&psnr), "{name}: {psnr}");
    }
}

/// Features times their means over the view, in any order of levels.
#[test]
fn heat_maps_are_those_of_features() {
    let Some(engine) = engine(Precision::Exact) else { return };
    for name in ["creps", "inr_gan", "inr_gan_bil"] {
        let field = &fields(name, 1.0)[0];
        let generated = field.generated().unwrap();
        // More pixels than are computed at once.
        let view = field.view(13, 400).unwrap();
        let levels: Vec<usize> = (0..generated.network().maps()).rev().collect();
        let features = engine.features().unwrap();
        let found = features.heatmaps(field, &view, &levels, &Control::default()).unwrap();
        assert_eq!(found.len(), levels.len());
        let definition = Definition::new(generated.network(), generated.code());
        let position = |i: i64| {
            let (x, y) = view.position(i % 13, i / 13);
            [x as f32, y as f32]
        };
        let positions: Vec<[f32; 2]> = (0..13 * 400).map(position).collect();
        let all = definition.features(&positions);
        for (level, found) in levels.iter().zip(&found) {
            let error = difference(found, &heat(&all[*level]));
            assert!(error < 2e-5, "{name} {level}: {error}");
        }
    }
}

/// A heat-map of features by position.
fn heat(features: &[Vec<f64>]) -> Vec<f32> {
    let count = features.len() as f64;
    let mean = |c: usize| features.iter().map(|h| h[c]).sum::<f64>() / count;
    let means: Vec<f64> = (0..features[0].len()).map(mean).collect();
    let dot = |h: &Vec<f64>| h.iter().zip(&means).map(|(h, m)| h * m).sum::<f64>() as f32;
    features.iter().map(dot).collect()
}
