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
        reseed(1, 0, Stream::Initial);
        let store = VarStore::new(Device::Cpu);
        let normal = |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu));
        for (name, size) in
            [("a", &[12, 9][..]), ("b", &[8, 4, 3, 3]), ("c", &[10]), ("d", &[2, 9])]
        {
            let _ = store.root().add(name, normal(size), true);
        }
        let muon = Muon::new(&store, OPTIONS);
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
