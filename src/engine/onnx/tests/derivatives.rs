//! Derivatives against differences of the definition in f64.

use super::definition::Definition;
use super::{engine, generator};
use crate::engine::onnx::OnnxEngine;
use crate::engine::{Derivative, DerivativeRequest, Derivatives, Precision};
use crate::model::{Generator, Latent, Truncation, latent};
use crate::network::Code;

/// Where a field is looked at: pixels of a grid, then some in no order.
fn positions() -> Vec<[f32; 2]> {
    let grid = (0..6).flat_map(|k| (0..7).map(move |i| [i as f32 / 6.0, k as f32 / 4.5]));
    let drawn = latent(5, 40);
    grid.chain(drawn.chunks_exact(2).map(|p| [p[0] * 0.6, p[1] * 0.6])).collect()
}

fn code(generator: &Generator) -> Code {
    let latent =
        Latent { z: generator.latent(3), class: None, truncation: Truncation::uniform(0.9) };
    generator.code(&generator.styles_of(&latent).unwrap()).unwrap()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn moved(values: &mut [f64], direction: &[f32], by: f64) {
    values.iter_mut().zip(direction).for_each(|(v, d)| *v += by * f64::from(*d));
}

/// A loss, `Σ u · rgb`, and what it changes by.
struct Loss<'a> {
    definition: Definition<'a>,
    positions: Vec<[f32; 2]>,
    u: Vec<f32>,
    /// The worst error found, as a part of the largest that was compared.
    worst: f64,
}

impl<'a> Loss<'a> {
    fn of(&self, definition: &Definition<'a>) -> f64 {
        let rgb = definition.rgb(&self.positions);
        rgb.iter().zip(&self.u).map(|(v, u)| v * f64::from(*u)).sum()
    }

    /// Compares derivatives along a direction with a central difference.
    fn compare(
        &mut self,
        name: &str,
        gradient: &[f32],
        seed: u32,
        values: impl for<'b> Fn(&'b mut Definition<'a>) -> &'b mut Vec<f64>,
    ) {
        let direction = latent(seed, gradient.len());
        let at = |by: f64| {
            let mut other = self.definition.clone();
            moved(values(&mut other), &direction, by);
            self.of(&other)
        };
        let step = 1e-6;
        let expected = (at(step) - at(-step)) / (2.0 * step);
        let scale = dot(gradient, gradient).sqrt();
        let error = (dot(gradient, &direction) - expected).abs() / scale.max(1e-6);
        assert!(error < 2e-4, "{name}: {} {expected}", dot(gradient, &direction));
        self.worst = self.worst.max(error);
    }
}

/// The engine's colours, and its derivatives of the loss.
fn derivative(
    engine: &OnnxEngine,
    generator: &Generator,
    code: &Code,
    loss: &Loss<'_>,
    weights: bool,
) -> (Vec<f32>, Derivative) {
    let positions = &loss.positions;
    let request = DerivativeRequest { network: generator.network(), code, positions, weights };
    let linearised = engine.linearise(&request).unwrap();
    (linearised.rgb().to_vec(), linearised.derivative(&loss.u).unwrap())
}

fn check(engine: &OnnxEngine, name: &str) {
    let generator = generator(name);
    let code = code(&generator);
    let positions = positions();
    let u = latent(9, positions.len() * 3);
    let definition = Definition::new(generator.network(), &code);
    let mut loss = Loss { definition: definition.clone(), positions, u, worst: 0.0 };
    let (rgb, found) = derivative(engine, &generator, &code, &loss, true);
    let expected = definition.rgb(&loss.positions);
    let errors = rgb.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs());
    let error = errors.fold(0.0, f64::max);
    assert!(error < 2e-5, "{name}: {error}");
    let mut rest = found.code.as_slice();
    for (level, tensors) in generator.network().code_shape().into_iter().enumerate() {
        for (number, shape) in tensors.into_iter().enumerate() {
            let (own, others) = rest.split_at(shape.iter().product());
            rest = others;
            loss.compare(&format!("{name} code {level} {number}"), own, 7, |d| {
                &mut d.code[level][number]
            });
        }
    }
    let slopes = found.weights.unwrap();
    for (matrix, slope) in generator.network().matrices().into_iter().zip(&slopes) {
        let layer = &matrix.name;
        let label = format!("{name} {layer}");
        loss.compare(&label, &slope.weight, 11, |d| &mut d.layers.get_mut(layer).unwrap().weight);
        loss.compare(&label, &slope.bias, 13, |d| &mut d.layers.get_mut(layer).unwrap().bias);
    }
    println!("{name}: colours {error:e}, derivatives {:e}", loss.worst);
    let (_, alone) = derivative(engine, &generator, &code, &loss, false);
    assert!(alone.weights.is_none());
    let far = alone.code.iter().zip(&found.code).map(|(a, b)| (a - b).abs());
    let largest = found.code.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    assert!(far.fold(0.0, f32::max) < 1e-5 * largest);
}

#[test]
fn derivatives_are_the_differences() {
    let Some(engine) = engine(Precision::Exact) else { return };
    for name in ["creps", "inr_gan", "inr_gan_bil"] {
        check(&engine, name);
    }
}

/// Positions that are computed in several pieces, and in several groups.
#[test]
fn pieces_add_up() {
    let Some(engine) = engine(Precision::Exact) else { return };
    for name in ["creps", "inr_gan", "inr_gan_bil"] {
        let generator = generator(name);
        let code = code(&generator);
        let drawn = latent(5, 20_000);
        let positions: Vec<[f32; 2]> = drawn.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
        let u = latent(9, positions.len() * 3);
        let definition = Definition::new(generator.network(), &code);
        let loss = |part: std::ops::Range<usize>| Loss {
            definition: definition.clone(),
            positions: positions[part.clone()].to_vec(),
            u: u[part.start * 3..part.end * 3].to_vec(),
            worst: 0.0,
        };
        let of = |loss: &Loss<'_>| derivative(&engine, &generator, &code, loss, true).1;
        let whole = of(&loss(0..10_000));
        let (first, second) = (of(&loss(0..3000)), of(&loss(3000..10_000)));
        let largest = whole.code.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        for ((whole, a), b) in whole.code.iter().zip(&first.code).zip(&second.code) {
            assert!((whole - a - b).abs() < 1e-4 * largest, "{name}: {whole} {a} {b}");
        }
    }
}
