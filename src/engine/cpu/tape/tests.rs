//! Derivatives against differences, of every operation; products whatever the number of places.

use std::sync::Arc;

use super::*;

/// Numbers that look random, without zeros nearby.
fn dense(rows: usize, columns: usize, seed: u32) -> Dense {
    let values = crate::model::latent(seed, rows * columns);
    Dense::new(columns, values.into_iter().map(|v| v + 0.05f32.copysign(v)).collect())
}

/// Checks derivatives of `Σ u ⊙ f(inputs)` by each input.
fn check(inputs: &[Dense], f: impl Fn(&mut Tape, &[Value]) -> Value) {
    let mut tape = Tape::recording();
    let values: Vec<Value> = inputs.iter().map(|x| tape.input(x.clone())).collect();
    let out = f(&mut tape, &values);
    let u = dense(out.dense().rows(), out.dense().columns(), 99);
    let wanted: Vec<&Value> = values.iter().collect();
    let slopes = tape.slopes([(&out, u.clone())], &wanted);
    let loss = |inputs: &[Dense]| {
        let mut tape = Tape::forgetting();
        let values: Vec<Value> = inputs.iter().map(|x| tape.input(x.clone())).collect();
        let out = f(&mut tape, &values);
        let terms = out.dense().values().iter().zip(u.values());
        terms.map(|(v, u)| f64::from(*v) * f64::from(*u)).sum::<f64>()
    };
    for (number, slope) in slopes.iter().enumerate() {
        for at in 0..inputs[number].values().len() {
            let mut moved = inputs.to_vec();
            let step = 2e-3;
            moved[number].values_mut()[at] += step;
            let above = loss(&moved);
            moved[number].values_mut()[at] -= 2.0 * step;
            let difference = (above - loss(&moved)) / f64::from(2.0 * step);
            let found = f64::from(slope.values()[at]);
            let scale = difference.abs().max(1.0);
            assert!(
                (difference - found).abs() < 1e-2 * scale,
                "{number} {at}: {difference} {found}"
            );
        }
    }
}

#[test]
fn layers() {
    let active = Activation::LRELU.times(std::f32::consts::SQRT_2).within(1.8);
    for activation in [Activation::NONE, active] {
        check(&[dense(5, 3, 1), dense(4, 3, 2), dense(1, 4, 3)], |tape, v| {
            tape.layer(&v[0], [&v[1], &v[2]], activation)
        });
    }
    check(&[dense(2, 3, 1), dense(2, 3, 2)], |tape, v| {
        let sum = tape.sum(&v[0], &v[1]);
        let twice = tape.sum(&sum, &v[0]);
        tape.unit_range(&twice)
    });
}

#[test]
fn weights() {
    check(&[dense(3, 4, 1), dense(1, 4, 2)], |tape, v| tape.modulated(&v[0], &v[1], 0.7));
    for norm in [Norm::OfSum, Norm::OfLength] {
        check(&[dense(3, 4, 5)], |tape, v| tape.normalised(&v[0], norm));
    }
    check(&[dense(3, 4, 1), dense(3, 2, 2), dense(2, 4, 3)], |tape, v| {
        tape.factored(&v[0], [&v[1], &v[2]], 0.6)
    });
    check(&[dense(3, 4, 1), dense(3, 4, 2)], |tape, v| tape.multiplied(&v[0], &v[1], 0.5));
}

#[test]
fn places() {
    let taps = vec![(0, 0.25), (2, 0.75), (1, 1.0), (1, -0.5), (2, 0.5), (2, 0.5)];
    let taps = Arc::new(Taps { per_row: 2, taps });
    check(&[dense(3, 4, 1)], |tape, v| tape.gathered(&v[0], &taps));
    check(&[dense(3, 2, 1)], |tape, v| tape.beside(&v[0], &dense(3, 4, 7)));
    check(&[dense(5, 6, 1)], |tape, v| tape.lines(dense(6, 5, 8), &v[0], 3..6));
    let pairs = vec![[0, 1], [1, 0], [1, 2], [1, 2]];
    let pairs = Arc::new(Pairs { rank: 2, pairs });
    check(&[dense(4, 3, 1), dense(6, 3, 2)], |tape, v| tape.composed([&v[0], &v[1]], &pairs));
    check(&[dense(6, 3, 1)], |tape, v| {
        let deviations = tape.deviations(&v[0]);
        tape.divided(&v[0], &deviations)
    });
}

#[test]
fn nothing_is_kept_of_what_is_not_recorded() {
    let mut tape = Tape::forgetting();
    let x = tape.input(dense(2, 3, 1));
    let y = tape.sum(&x, &x);
    assert!(y.number.is_none() && tape.steps.is_empty());
}

/// On this it relies that tiles, and cells that others share, do not depend on what is beside them.
#[test]
fn products_do_not_depend_on_the_number_of_places() {
    for (inputs, outputs) in [
        (1, 1),
        (3, 2),
        (4, 3),
        (6, 6),
        (3, 8),
        (8, 16),
        (16, 8),
        (24, 24),
        (62, 24),
        (96, 3),
        (300, 130),
    ] {
        let (x, w) = (dense(5000, inputs, 1), dense(outputs, inputs, 2));
        let whole = layers::products(&x, &w);
        for places in [1, 2, 3, 5, 8, 17, 31, 64, 100, 255, 672, 4500] {
            for first in [0, 45] {
                let part = x.values()[first * inputs..(first + places) * inputs].to_vec();
                let part = layers::products(&Dense::new(inputs, part), &w);
                let expected = &whole.values()[first * outputs..(first + places) * outputs];
                assert!(part.values() == expected, "{inputs} to {outputs}, {places} from {first}");
            }
        }
    }
}
