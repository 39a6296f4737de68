use tch::Device;

use super::*;
use crate::random::{Stream, reseed};

const OPTIONS: AdamOptions =
    AdamOptions { learning_rate: 0.05, betas: (0.9, 0.99), epsilon: 1e-8, max_norm: Some(1.0) };

/// A matrix, a kernel and a bias, whose loss is the distance from a target in a steep valley: the
/// first row counts a hundred times as much as the others.
struct Problem {
    store: VarStore,
    muon: Muon,
}

impl Problem {
    fn new() -> Self {
        Self::with(MuonOptions::REGRESSION)
    }

    fn with(options: MuonOptions) -> Self {
        reseed(1, 0, Stream::Initial);
        let store = VarStore::new(Device::Cpu);
        let normal = |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu));
        for (name, size) in
            [("a", &[12, 9][..]), ("b", &[8, 4, 3, 3]), ("c", &[10]), ("d", &[2, 9])]
        {
            let _ = store.root().add(name, normal(size), true);
        }
        let muon = Muon::new(&store, OPTIONS, options);
        Self { store, muon }
    }

    fn loss(&self) -> Tensor {
        let loss = |(_, t): &(String, Tensor)| {
            let square = (t - 0.3).square();
            square.sum(Kind::Float) + square.narrow(0, 0, 1).sum(Kind::Float) * 99.0
        };
        trainable(&self.store).iter().map(loss).sum()
    }

    fn step(&mut self, learning_rate: f64) -> Result<f64, StepError> {
        self.muon.zero_gradients();
        self.muon.set_learning_rate(learning_rate);
        self.loss().backward();
        self.muon.step()
    }

    fn values(&self) -> Vec<f32> {
        let flat = trainable(&self.store).iter().map(|(_, t)| t.flatten(0, -1)).collect::<Vec<_>>();
        Tensor::cat(&flat, 0).detach().try_into().unwrap()
    }
}

#[test]
fn matrices_and_kernels_have_momenta_and_the_rest_is_adams() {
    let names: Vec<String> = Problem::new().muon.state().into_keys().collect();
    assert_eq!(
        names,
        ["first.c", "first.d", "momentum.a", "momentum.b", "second.c", "second.d", "step"]
    );
}

#[test]
fn steep_and_flat_directions_come_to_the_lowest_point() {
    let mut problem = Problem::new();
    let steps = 400;
    for step in 0..steps {
        problem.step(0.2 * f64::from(steps - step) / f64::from(steps)).unwrap();
    }
    let furthest = problem.values().iter().map(|v| (v - 0.3).abs()).fold(0.0, f32::max);
    assert!(furthest < 0.02, "{furthest}");
}

#[test]
fn steps_are_of_the_size_that_the_rate_says_and_have_equal_singular_values() {
    let mut problem = Problem::new();
    let before = problem.store.variables()["a"].detach().copy();
    let reported = problem.step(0.05).unwrap();
    assert!(reported > 100.0, "{reported}");
    let step = problem.store.variables()["a"].detach() - before;
    let singular = Vec::<f64>::try_from(step.svd(true, true).1.to_kind(Kind::Double)).unwrap();
    // Those of the gradient are a hundred and about one.
    let unit = 0.05 * SIZE * 12f64.sqrt();
    assert!(singular[0] > 0.6 * unit && singular[0] < 1.3 * unit, "{singular:?}");
    let sum: f64 = singular.iter().sum();
    assert!(sum > 2.0 * singular[0], "{singular:?}");
}

#[test]
fn adversarial_steps_are_shares_of_the_matrices_and_of_the_gradient_at_hand() {
    let mut problem = Problem::with(MuonOptions::ADVERSARIAL);
    problem.step(0.05).unwrap();
    let weights = |problem: &Problem, name: &str| problem.store.variables()[name].detach().copy();
    let before = weights(&problem, "a");
    no_grad(|| drop(problem.store.variables()["a"].shallow_clone().f_mul_scalar_(100.0)));
    problem.step(0.05).unwrap();
    let step = weights(&problem, "a") - &before * 100.0;
    let share = norm(&step) / norm(&(&before * 100.0));
    // Singular values are brought near one, not to it.
    assert!(share > 0.6 * 0.05 && share < 1.3 * 0.05, "{share}");
    // The loss' gradient is known: no other step's is in the step.
    let gradient = (&before * 100.0 - 0.3) * 2.0;
    let rows = Tensor::cat(&[gradient.narrow(0, 0, 1) * 100.0, gradient.narrow(0, 1, 11)], 0);
    let direction = orthogonal(&rows);
    let cosine = (&direction * &step).sum(Kind::Float) / (direction.norm() * step.norm());
    assert!(cosine.double_value(&[]) < -0.999, "{cosine:?}");
}

#[test]
fn adversarial_steps_move_a_matrix_of_zeros() {
    let mut problem = Problem::with(MuonOptions::ADVERSARIAL);
    no_grad(|| drop(problem.store.variables()["a"].shallow_clone().zero_()));
    problem.step(0.05).unwrap();
    let is = norm(&problem.store.variables()["a"].detach()) / (12.0f64 * 9.0).sqrt();
    // The gradient of equal numbers has one direction out of nine.
    let should = 0.05 * LEAST_SIZE / 3.0 / 3.0;
    assert!(is > 0.6 * should && is < 1.3 * should, "{is}");
}

#[test]
fn the_other_tensors_have_their_share_of_the_rate() {
    let bias = |problem: &Problem| problem.store.variables()["c"].detach().copy();
    for (rest, step) in [(1.0, 0.05), (0.1, 0.005)] {
        let mut problem = Problem::with(MuonOptions { rest, ..MuonOptions::REGRESSION });
        let before = bias(&problem);
        problem.step(0.05).unwrap();
        let is = (bias(&problem) - before).abs().max().double_value(&[]);
        // Adam's first step is the rate, whatever the gradient.
        assert!((is - step).abs() < 1e-5, "{is}");
    }
}

#[test]
fn a_saved_state_goes_on_with_the_same_steps() {
    let (mut one, mut two) = (Problem::new(), Problem::new());
    for _ in 0..5 {
        one.step(0.05).unwrap();
    }
    let state = one.muon.state();
    no_grad(|| {
        let mine = one.store.variables();
        two.store.variables().iter().for_each(|(n, t)| t.shallow_clone().copy_(&mine[n]));
    });
    two.muon.load(&state).unwrap();
    (0..5).for_each(|_| assert_eq!(one.step(0.05), two.step(0.05)));
    assert_eq!(one.values(), two.values());
}

#[test]
fn states_of_other_tensors_are_refused() {
    let mut problem = Problem::new();
    let state = problem.muon.state();
    let changed = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
        let mut other: BTreeMap<_, _> =
            state.iter().map(|(name, tensor)| (name.clone(), tensor.copy())).collect();
        change(&mut other);
        other
    };
    let zeros = || Tensor::zeros([3], (Kind::Float, Device::Cpu));
    for (other, problem_is) in [
        (changed(&|s| drop(s.remove("momentum.a"))), "momentum.a is missing"),
        (
            changed(&|s| drop(s.insert("momentum.a".into(), zeros()))),
            "shape [3], [12, 9] is needed",
        ),
        (changed(&|s| drop(s.insert("momentum.z".into(), zeros()))), "has no momentum.z"),
        (changed(&|s| drop(s.remove("first.c"))), "first.c is missing"),
    ] {
        let error = problem.muon.load(&other).unwrap_err();
        assert!(error.contains(problem_is), "{error}");
    }
}

#[test]
fn gradients_that_are_not_finite_change_nothing() {
    let mut problem = Problem::new();
    let before = problem.values();
    problem.muon.zero_gradients();
    (problem.loss() * f64::NAN).backward();
    assert!(matches!(problem.muon.step(), Err(StepError::NotFinite(name)) if name == "a"));
    assert_eq!(problem.values(), before);
}
