//! The backward pass against differences of the definition in f64.

use std::sync::Arc;

use polyinr::CpuEngine;
use polyinr::engine::{Derivative, DerivativeRequest, Derivatives};
use polyinr::model::latent;
use polyinr::network::{Code, Network};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::definition::{self, Definition, linear};

struct Case {
    network: Arc<Network>,
    code: Code,
    positions: Vec<[f32; 2]>,
    /// What each output is multiplied by in the loss.
    factors: Vec<f32>,
}

fn case(levels: usize, features: usize, pixels: usize, form: (bool, Option<f32>)) -> Case {
    let seed = (levels * 1000 + features * 10) as u32;
    let layers = (0..levels).map(|j| linear(features, features, seed + 2 * j as u32)).collect();
    let network = definition::network(form.0, form.1, layers, linear(features, 3, seed + 77));
    let code = definition::code(&network, &latent(seed, levels * features * 3));
    let places = latent(seed + 5, pixels * 2);
    let positions = places.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    Case { network, code, positions, factors: latent(seed + 9, pixels * 3) }
}

impl Case {
    /// `Σ factor · rgb + rgb² / 2`, by the definition.
    fn loss(&self, definition: &Definition) -> f64 {
        let pixels = self.positions.iter().zip(self.factors.chunks_exact(3));
        pixels
            .flat_map(|([x, y], factors)| {
                let rgb = definition.rgb(f64::from(*x), f64::from(*y));
                let of = |(v, f): (f64, &f32)| f64::from(*f) * v + v * v / 2.0;
                rgb.into_iter().zip(factors).map(of).collect::<Vec<_>>()
            })
            .sum()
    }

    /// Value and gradient of the loss, by the engine.
    fn derivative(&self, engine: &CpuEngine, weights: bool) -> (f64, Derivative) {
        let Self { network, code, positions, .. } = self;
        let request = DerivativeRequest { network, code, positions, weights };
        let linearised = engine.linearise(&request).unwrap();
        let rgb = linearised.rgb();
        let back: Vec<f32> = rgb.iter().zip(&self.factors).map(|(v, f)| f + v).collect();
        let terms = rgb.iter().zip(&self.factors);
        let value = terms.map(|(v, f)| f64::from(f * v + v * v / 2.0)).sum();
        (value, linearised.derivative(&back).unwrap())
    }
}

fn move_along(values: &mut [f64], direction: &[f32], by: f64) {
    values.iter_mut().zip(direction).for_each(|(v, d)| *v += by * f64::from(*d));
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// A central difference along a direction against the gradient's component.
fn check(name: &str, along: f64, loss: impl Fn(f64) -> f64, scale: f64) {
    let step = 1e-7;
    let difference = (loss(step) - loss(-step)) / (2.0 * step);
    let error = (difference - along).abs();
    assert!(error <= 5e-3 * (difference.abs() + 0.1 * scale), "{name}: {difference} {along}");
}

proptest! {
    // The same cases always: where a value lies within float32's rounding of a kink, the engine may
    // take the other slope than the definition.
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn gradients_are_the_differences(
        levels in 1usize..5,
        features in 1usize..36,
        pixels in 1usize..300,
        lrelu_affine: bool,
        clamp in proptest::option::of(1.0f32..4.0),
    ) {
        let case = case(levels, features, pixels, (lrelu_affine, clamp));
        let engine = CpuEngine::new(Some(2)).unwrap();
        let (value, found) = case.derivative(&engine, true);
        let definition = Definition::new(&case.network, &case.code);
        let expected = case.loss(&definition);
        prop_assert!((value - expected).abs() < 1e-3 * (1.0 + expected.abs()));

        let direction = latent(1, found.code.len());
        let size = dot(&found.code, &found.code).sqrt();
        let by_code = |by: f64| {
            let mut moved = definition.clone();
            move_along(&mut moved.affine, &direction, by);
            case.loss(&moved)
        };
        check("code", dot(&found.code, &direction), by_code, size);

        let own = found.weights.unwrap();
        for (level, gradient) in own.iter().enumerate() {
            let directions = [latent(2, gradient.weight.len()), latent(3, gradient.bias.len())];
            let by_weights = |by: f64| {
                let mut moved = definition.clone();
                move_along(&mut moved.layers[level].weight, &directions[0], by);
                move_along(&mut moved.layers[level].bias, &directions[1], by);
                case.loss(&moved)
            };
            let along = dot(&gradient.weight, &directions[0]) + dot(&gradient.bias, &directions[1]);
            let size = dot(&gradient.weight, &gradient.weight).sqrt();
            check(&format!("level {level}"), along, by_weights, size);
        }
    }
}

#[test]
fn gradients_do_not_depend_on_threads() {
    let case = case(4, 24, 3000, (true, Some(3.0)));
    let found = [1, 2, 5].map(|t| case.derivative(&CpuEngine::new(Some(t)).unwrap(), true).1);
    for other in &found[1..] {
        assert_eq!(found[0].code, other.code);
        assert_eq!(found[0].weights, other.weights);
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let mut case = case(2, 4, 5, (true, None));
    case.code = Code::from_values(&vec![vec![vec![5, 3]]; 2], &[0.0; 30]).unwrap();
    let Case { network, code, positions, .. } = &case;
    let request = DerivativeRequest { network, code, positions, weights: false };
    let engine = CpuEngine::new(Some(1)).unwrap();
    assert!(engine.linearise(&request).is_err());
    let code = &definition::code(network, &[0.5; 24]);
    let linearised = engine.linearise(&DerivativeRequest { code, ..request }).unwrap();
    assert!(linearised.derivative(&[0.0; 14]).is_err());
}
