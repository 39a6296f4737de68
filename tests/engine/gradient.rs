//! The backward pass against differences of the definition in f64.

use std::sync::Arc;

use polyinr::CpuEngine;
use polyinr::engine::{Derivative, DerivativeRequest, Derivatives};
use polyinr::model::latent;
use polyinr::network::{Code, Network, NetworkConfig};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::definition::{self, Definition, Parameters, linear};
use crate::{random, shapes};

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

/// A network of any shape, at positions in the picture and around it that are far from kinks.
fn random_case(network: NetworkConfig, seed: u32, pixels: usize) -> Case {
    let field = random::field(network, seed);
    let (network, code) = (field.network().clone(), field.code().as_ref().clone());
    let definition = Definition::new(&network, &code);
    let places = latent(seed + 5, pixels * 2);
    let positions = places.chunks_exact(2).map(|p| [0.5 + 0.4 * p[0], 0.5 + 0.4 * p[1]]);
    let smooth = |[x, y]: &[f32; 2]| definition.nearest_kink((*x).into(), (*y).into()) > 1e-4;
    let positions: Vec<[f32; 2]> = positions.filter(smooth).collect();
    let factors = latent(seed + 9, positions.len() * 3);
    Case { network, code, positions, factors }
}

impl Case {
    /// `Σ factor · rgb + rgb² / 2`, by the definition.
    fn loss(&self, parameters: &Parameters) -> f64 {
        let definition = Definition::of(&self.network, parameters, None);
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

    /// The engine's value and gradients against differences along a direction each.
    fn check(&self) {
        let (value, found) = self.derivative(&CpuEngine::new(Some(2)).unwrap(), true);
        let parameters = Parameters::new(&self.network, &self.code);
        let expected = self.loss(&parameters);
        let near = (value - expected).abs() < 1e-3 * (1.0 + expected.abs());
        assert!(near, "loss: {expected} {value}");

        assert_eq!(found.code.len(), parameters.code.len());
        let direction = latent(1, found.code.len());
        let size = dot(&found.code, &found.code).sqrt();
        let by_code = |by| self.loss(&parameters.clone().with_code_moved(&direction, by));
        check("code", dot(&found.code, &direction), by_code, size);

        let own = found.weights.unwrap();
        assert_eq!(own.len(), parameters.matrices.len());
        for (number, gradient) in own.iter().enumerate() {
            let [weight, bias] = [latent(2, gradient.weight.len()), latent(3, gradient.bias.len())];
            let by_weights = |by| {
                let moved = parameters.clone();
                self.loss(&moved.with_matrix_moved(number, [&weight, &bias], by))
            };
            let along = dot(&gradient.weight, &weight) + dot(&gradient.bias, &bias);
            let size =
                dot(&gradient.weight, &gradient.weight) + dot(&gradient.bias, &gradient.bias);
            check(&self.network.matrices()[number].name, along, by_weights, size.sqrt());
        }
    }
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
        case(levels, features, pixels, (lrelu_affine, clamp)).check();
    }

    #[test]
    fn gradients_of_creps_are_the_differences(
        network in shapes::creps(),
        seed in 0u32..1000,
        pixels in 8usize..60,
    ) {
        random_case(network, seed, pixels).check();
    }

    /// Deviations that normalise features change with parameters too.
    #[test]
    fn gradients_of_inr_gan_are_the_differences(
        network in shapes::inr_gan(),
        seed in 0u32..1000,
        pixels in 8usize..60,
    ) {
        random_case(network, seed, pixels).check();
    }
}

#[test]
fn gradients_do_not_depend_on_threads() {
    check_threads(&case(4, 24, 3000, (true, Some(3.0))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn gradients_of_any_network_do_not_depend_on_threads(
        network in shapes::any(),
        seed in 0u32..1000,
    ) {
        check_threads(&random_case(network, seed, 400));
    }
}

fn check_threads(case: &Case) {
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
