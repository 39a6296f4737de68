//! What adaptive augmentation does to pictures.

use tch::Device;

use super::*;

const SIDE: i64 = 16;

fn images(count: i64) -> Tensor {
    tch::manual_seed(3);
    Tensor::rand([count, 3, SIDE, SIDE], (Kind::Float, Device::Cpu)) * 2.0 - 1.0
}

fn seeded(images: &Tensor, p: f64, seed: i64) -> Tensor {
    tch::manual_seed(seed);
    adaptive(images, p)
}

/// The share of pictures that are not what they were.
fn changed(before: &Tensor, after: &Tensor) -> f64 {
    let largest = (before - after).abs().amax([1i64, 2, 3].as_slice(), false);
    largest.gt(1e-4).to_kind(Kind::Double).mean(Kind::Double).double_value(&[])
}

#[test]
fn nothing_is_changed_without_a_probability() {
    let images = images(4);
    assert_eq!(seeded(&images, 0.0, 1), images);
    let nearly = seeded(&images, 1e-9, 1);
    assert!((nearly - images).abs().max().double_value(&[]) < 1e-5);
}

#[test]
fn the_probability_says_how_many_are_changed_and_the_seed_how() {
    let images = images(256);
    let [few, many] = [0.05, 0.8].map(|p| changed(&images, &seeded(&images, p, 1)));
    assert!((0.15..0.6).contains(&few) && many > 0.95, "{few} {many}");
    assert_eq!(seeded(&images, 0.5, 2), seeded(&images, 0.5, 2));
    assert_ne!(seeded(&images, 0.5, 2), seeded(&images, 0.5, 3));
}

#[test]
fn flips_turns_and_shifts_are_exact() {
    let images = images(1);
    let draws = Draws { batch: 1, like: &images, p: 0.0 };
    // Each map, and what it does to a picture.
    let number = |x: f64| Tensor::from_slice(&[x as f32]);
    let cases = [
        (geometry::scaling(&number(-1.0), &number(1.0)), images.flip([3])),
        (geometry::rotation(&number(std::f64::consts::FRAC_PI_2), true), images.rot90(1, [2, 3])),
        (geometry::rotation(&number(std::f64::consts::PI), true), images.rot90(2, [2, 3])),
    ];
    for (map, expected) in cases {
        let turned = geometry::sampled(&images, &map);
        assert!((turned - expected).abs().max().double_value(&[]) < 1e-5);
    }
    let moved = geometry::sampled(&images, &geometry::translation(&number(2.0), &number(-1.0)));
    let (inside, source) = (
        moved.slice(2, 1, SIDE, 1).slice(3, 0, SIDE - 2, 1),
        images.slice(2, 0, SIDE - 1, 1).slice(3, 2, SIDE, 1),
    );
    assert!((inside - source).abs().max().double_value(&[]) < 1e-5);
    // What moves in is reflected at the outer pixels.
    let edge = moved.select(3, SIDE - 1).slice(2, 1, SIDE, 1);
    let mirrored = images.select(3, SIDE - 3).slice(2, 0, SIDE - 1, 1);
    assert!((edge - mirrored).abs().max().double_value(&[]) < 1e-5);
    assert_eq!(geometry::changed(&images, &draws), images);
}

#[test]
fn colours_move_along_and_around_the_grey_axis() {
    let images = images(64);
    let draws = Draws { batch: 64, like: &images, p: 1.0 };
    tch::manual_seed(5);
    let after = color::changed(&images, &draws);
    let grey = images.mean_dim(1, true, Kind::Float).expand_as(&images);
    tch::manual_seed(5);
    let grey_after = color::changed(&grey, &draws);
    let channels = grey_after.std_dim([1i64].as_slice(), true, false);
    assert!(channels.max().double_value(&[]) < 1e-5, "grey stays grey");
    let means = after.mean_dim(1, true, Kind::Float) - grey_after;
    assert!(means.abs().max().double_value(&[]) < 1e-4, "colours are as light as their grey");
    assert!(changed(&images, &after) > 0.95);
}

#[test]
fn gradients_reach_the_pictures_twice() {
    let images = images(8).set_requires_grad(true);
    let shown = seeded(&images, 0.7, 9);
    let weights = Tensor::randn_like(&shown).set_requires_grad(true);
    let sum = (shown.square() * &weights).sum(Kind::Float);
    let gradient = Tensor::run_backward(&[sum], &[&images], true, true);
    assert!(gradient[0].abs().sum(Kind::Float).double_value(&[]) > 0.0);
    gradient[0].square().sum(Kind::Float).backward();
    assert!(weights.grad().abs().sum(Kind::Float).double_value(&[]) > 0.0);
    // The derivative along a direction is what differences say.
    let plain = images.detach();
    let direction = Tensor::randn_like(&plain);
    let value = |step: f64| {
        let shown = seeded(&(&plain + &direction * step), 0.7, 9);
        (shown.square() * weights.detach()).sum(Kind::Double).double_value(&[])
    };
    let numeric = (value(1e-2) - value(-1e-2)) / 2e-2;
    let analytic = (&gradient[0].detach() * &direction).sum(Kind::Double).double_value(&[]);
    assert!((analytic / numeric - 1.0).abs() < 2e-3, "{analytic} {numeric}");
}
