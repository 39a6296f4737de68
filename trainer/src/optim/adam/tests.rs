use super::*;

const STEPS: usize = 20;

/// Two tensors whose loss is `Σ (x - target)^4` from given starting points.
struct Problem {
    store: VarStore,
    adam: Adam,
}

impl Problem {
    fn new(options: AdamOptions) -> Self {
        let store = VarStore::new(Device::Cpu);
        let _ =
            store.root().add("a", Tensor::from_slice(&[0.5f32, -1.0, 2.0, 0.1]).view([2, 2]), true);
        let _ = store.root().add("b", Tensor::from_slice(&[-0.25f32]), true);
        let adam = Adam::new(&store, options);
        Self { store, adam }
    }

    fn step(&mut self) -> Result<f64, StepError> {
        self.adam.zero_gradients();
        let loss = |t: &Tensor| (t - 0.3).square().square().sum(Kind::Float);
        let tensors = trainable(&self.store);
        (loss(&tensors[0].1) + loss(&tensors[1].1)).backward();
        self.adam.step()
    }

    fn values(&self) -> Vec<f32> {
        let flat = trainable(&self.store).iter().map(|(_, t)| t.flatten(0, -1)).collect::<Vec<_>>();
        Tensor::cat(&flat, 0).detach().try_into().unwrap()
    }
}

/// The same problem in float64 from the definition, with the norm before clipping at every step.
fn by_definition(options: AdamOptions, mut x: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let (beta1, beta2) = options.betas;
    let (mut m, mut v, mut norms) = (vec![0.0; x.len()], vec![0.0; x.len()], Vec::new());
    for t in 1..=STEPS {
        let g = x.iter().map(|x| 4.0 * (x - 0.3f64).powi(3)).collect::<Vec<_>>();
        norms.push(g.iter().map(|g| g * g).sum::<f64>().sqrt());
        let scale = options.max_norm.map_or(1.0, |max| (max / norms[t - 1]).min(1.0));
        for i in 0..x.len() {
            let g = g[i] * scale;
            m[i] = beta1 * m[i] + (1.0 - beta1) * g;
            v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
            let (m_hat, v_hat) =
                (m[i] / (1.0 - beta1.powi(t as i32)), v[i] / (1.0 - beta2.powi(t as i32)));
            x[i] -= options.learning_rate * m_hat / (v_hat.sqrt() + options.epsilon);
        }
    }
    (x, norms)
}

#[test]
fn steps_are_those_of_the_definition() {
    let adversarial = AdamOptions::adversarial(0.01);
    for options in [
        adversarial,
        AdamOptions { betas: (0.9, 0.999), ..adversarial },
        AdamOptions { betas: (0.9, 0.99), max_norm: Some(2.0), ..adversarial },
    ] {
        let mut problem = Problem::new(options);
        let start = problem.values().into_iter().map(f64::from).collect();
        let (expected, norms) = by_definition(options, start);
        for norm in norms {
            assert!((problem.step().unwrap() / norm - 1.0).abs() < 1e-4);
        }
        for (is, should) in problem.values().into_iter().zip(expected) {
            assert!((f64::from(is) - should).abs() < 2e-6, "{options:?}: {is} {should}");
        }
    }
}

#[test]
fn a_loaded_state_continues_to_the_same_bits() {
    let options = AdamOptions { betas: (0.5, 0.99), ..AdamOptions::adversarial(0.01) };
    let mut whole = Problem::new(options);
    for _ in 0..STEPS / 2 {
        whole.step().unwrap();
    }
    let mut resumed = Problem::new(options);
    let weights = whole.store.variables().into_iter().map(|(n, t)| (n, t.copy())).collect();
    crate::nn::store::load(&resumed.store, &weights).unwrap();
    resumed.adam.load(&whole.adam.state()).unwrap();
    for _ in 0..STEPS / 2 {
        assert_eq!(whole.step(), resumed.step());
    }
    assert_eq!(whole.values(), resumed.values());
    assert_eq!(whole.adam.state(), resumed.adam.state());
}

#[test]
fn a_state_of_other_tensors_is_refused() {
    let mut problem = Problem::new(AdamOptions::adversarial(0.01));
    let state = || Problem::new(AdamOptions::adversarial(0.01)).adam.state();
    let mut refuse = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
        let mut state = state();
        change(&mut state);
        problem.adam.load(&state).unwrap_err()
    };
    assert!(refuse(&|s| drop(s.remove("second.b"))).contains("second.b is missing"));
    let odd = || Tensor::zeros([5], (Kind::Float, Device::Cpu));
    assert!(refuse(&|s| drop(s.insert("first.a".into(), odd()))).contains("first.a has shape [5]"));
    assert!(refuse(&|s| drop(s.insert("first.c".into(), odd()))).contains("has no first.c"));
}

#[test]
fn bad_gradients_are_named_and_change_nothing() {
    let mut problem = Problem::new(AdamOptions::adversarial(0.01));
    let before = problem.values();
    let parameters = trainable(&problem.store);
    parameters[0].1.sum(Kind::Float).backward();
    assert_eq!(problem.adam.step(), Err(StepError::NoGradient("b".to_owned())));
    (&parameters[1].1 * f64::NAN).sum(Kind::Float).backward();
    assert_eq!(problem.adam.step(), Err(StepError::NotFinite("b".to_owned())));
    assert_eq!(problem.values(), before);
    assert_eq!(problem.adam.state()["step"].int64_value(&[0]), 0);
}
