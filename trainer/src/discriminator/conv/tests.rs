use super::*;
use crate::device::Precision;
use crate::loss::discriminator_loss;
use crate::nn::store::trainable;
use crate::optim::{Adam, AdamOptions};
use crate::penalty::r1_penalty;

fn options(resolution: u32, classes: usize, precision: Precision) -> ConvOptions {
    ConvOptions { resolution, channel_base: 256, channel_max: 16, classes, precision }
}

fn network(resolution: u32, classes: usize, precision: Precision) -> ConvDiscriminator {
    // These networks are too small to share among threads.
    tch::set_num_threads(1);
    tch::manual_seed(1);
    ConvDiscriminator::new(&options(resolution, classes, precision), Device::Cpu).unwrap()
}

fn images(batch: i64, side: i64) -> Tensor {
    tch::manual_seed(2);
    Tensor::rand([batch, 3, side, side], (Kind::Float, Device::Cpu)) * 2.0 - 1.0
}

fn logits(network: &ConvDiscriminator, images: &Tensor, labels: Option<&Tensor>) -> Tensor {
    network.logits(images, labels).remove(0)
}

/// A network that computes in float64, for finite differences.
fn exact(classes: usize) -> ConvDiscriminator {
    let mut network = network(8, classes, Precision::F32);
    network.store.double();
    network.kind = Kind::Double;
    network
}

#[test]
fn every_resolution_has_its_logits_in_float32() {
    for (resolution, precision) in [(8, Precision::F32), (32, Precision::Bf16)] {
        let network = network(resolution, 3, precision);
        let labels = Tensor::from_slice(&[0i64, 1, 2, 0]);
        let images = images(4, i64::from(resolution));
        let out = network.logits(&images, Some(&labels));
        assert_eq!((out.len(), out[0].size(), out[0].kind()), (1, vec![4, 1], Kind::Float));
        assert_ne!(out[0], logits(&network, &images, None), "classes matter");
    }
}

#[test]
fn channels_follow_base_and_most() {
    let options =
        ConvOptions { channel_base: 1536, channel_max: 192, ..options(32, 0, Precision::F32) };
    assert_eq!([32, 16, 8, 4].map(|side| options.channels(side)), [48, 96, 192, 192]);
}

#[test]
fn options_without_a_network_are_refused() {
    for (resolution, base, max) in [(4, 256, 16), (48, 256, 16), (8, 4, 16), (8, 256, 0)] {
        let options = ConvOptions {
            channel_base: base,
            channel_max: max,
            ..options(resolution, 0, Precision::F32)
        };
        let error = ConvDiscriminator::new(&options, Device::Cpu).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
    assert!(network(16, 0, Precision::F32).grow(16).is_err());
}

#[test]
fn bf16_is_near_float32() {
    let images = images(8, 32);
    let [exact, coarse] = [Precision::F32, Precision::Bf16]
        .map(|precision| logits(&network(32, 0, precision), &images, None));
    let error = (&exact - coarse).abs().max().double_value(&[]);
    let scale = exact.abs().max().double_value(&[]);
    assert!(error < 0.05 * scale.max(1.0), "{error} of {scale}");
}

#[test]
fn growing_keeps_the_weights_and_what_is_computed() {
    let small = network(16, 3, Precision::F32);
    let labels = Tensor::from_slice(&[0i64, 2, 1, 0]);
    for resolution in [32, 128] {
        let grown = small.grow(resolution).unwrap();
        let tensors = named(&grown.store);
        for (name, tensor) in named(&small.store) {
            assert_eq!(tensors[&name], tensor, "{name}");
        }
        let images = images(4, i64::from(resolution));
        let factor = i64::from(resolution) / 16;
        let mut reduced = images.shallow_clone();
        (0..factor.ilog2()).for_each(|_| reduced = half(&reduced));
        let expected = logits(&small, &reduced, Some(&labels));
        assert_eq!(logits(&grown, &images, Some(&labels)), expected);
    }
}

/// After its first step a grown network trains all that is in it.
#[test]
fn new_blocks_are_trained() {
    let grown = network(8, 0, Precision::F32).grow(32).unwrap();
    let before = named(&grown.store).into_iter().map(|(n, t)| (n, t.copy())).collect::<Vec<_>>();
    fall(&grown, 3, &images(4, 32), None);
    let after = named(&grown.store);
    for (name, tensor) in before {
        assert_ne!(after[&name], tensor, "{name}");
    }
}

/// The losses on a fixed batch at the first and the last of `steps` steps.
fn fall(
    network: &ConvDiscriminator,
    steps: usize,
    real: &Tensor,
    labels: Option<&Tensor>,
) -> (f64, f64) {
    let fake = real.roll([1, 2], [1, 3]) * 0.8;
    let mut adam = Adam::new(&network.store, AdamOptions::adversarial(1e-2));
    let mut losses = Vec::new();
    for _ in 0..steps {
        adam.zero_gradients();
        let [real, fake] = [real, &fake].map(|images| network.logits(images, labels));
        let loss = discriminator_loss(network.losses(), &real, &fake);
        losses.push(loss.double_value(&[]));
        loss.backward();
        adam.step().unwrap();
    }
    (losses[0], losses[steps - 1])
}

#[test]
fn the_loss_falls_on_a_fixed_batch() {
    let labels = Tensor::from_slice(&[0i64, 1, 2, 0, 1, 2, 0, 1]);
    for (classes, precision) in [(0, Precision::F32), (3, Precision::Bf16)] {
        let network = network(16, classes, precision);
        let labels = (classes > 0).then_some(&labels);
        let (first, last) = fall(&network, 30, &images(8, 16), labels);
        assert!(last < 0.5 * first, "{classes} {precision:?}: {first} {last}");
    }
}

#[test]
fn every_parameter_has_a_gradient() {
    let labels = Tensor::from_slice(&[0i64, 1, 2, 0]);
    let network = network(32, 3, Precision::Bf16);
    let sum = logits(&network, &images(4, 32), Some(&labels)).square().sum(Kind::Float);
    sum.backward();
    for (name, tensor) in trainable(&network.store) {
        let norm = tensor.grad().norm().double_value(&[]);
        assert!(norm.is_finite() && norm > 0.0, "{name}: {norm}");
    }
}

#[test]
fn r1_is_the_squared_slope_by_finite_differences() {
    let network = exact(2);
    let labels = Tensor::from_slice(&[1i64, 0]);
    let images = images(2, 8).to_kind(Kind::Double);
    let penalty =
        r1_penalty(&network, &images, Some(&labels), &Tensor::shallow_clone).double_value(&[]);
    let sum = |pixel: i64, change: f64| {
        let changed = images.copy();
        let _ = changed.view([-1]).get(pixel).g_add_scalar_(change);
        logits(&network, &changed, Some(&labels)).sum(Kind::Double).double_value(&[])
    };
    let slope = |pixel| (sum(pixel, 1e-6) - sum(pixel, -1e-6)) / 2e-6;
    let expected = (0..2 * 3 * 64).map(|pixel| slope(pixel).powi(2)).sum::<f64>() / 2.0;
    assert!((penalty / expected - 1.0).abs() < 1e-6, "{penalty} {expected}");
}

#[test]
fn r1_can_be_differentiated_by_all_weights() {
    let network = exact(2);
    let labels = Tensor::from_slice(&[1i64, 0, 0, 1]);
    let images = images(4, 8).to_kind(Kind::Double);
    let penalty = || r1_penalty(&network, &images, Some(&labels), &Tensor::shallow_clone);
    penalty().backward();
    for (name, tensor) in trainable(&network.store) {
        let gradient = tensor.grad();
        if !gradient.defined() {
            let shift = name.starts_with("head.") && name.ends_with(".bias");
            assert!(shift, "the slope depends on {name}");
            continue;
        }
        let direction = gradient.sign() * 1e-7;
        let moved = |sign: f64| {
            let mut tensor = tensor.detach();
            tensor += &direction * sign;
            let value = penalty().double_value(&[]);
            tensor -= &direction * sign;
            value
        };
        let numeric = (moved(1.0) - moved(-1.0)) / 2.0;
        let analytic = (gradient * direction).sum(Kind::Double).double_value(&[]);
        assert!(
            (numeric - analytic).abs() <= 1e-4 * analytic.abs() + 1e-12,
            "{name}: {numeric} {analytic}"
        );
    }
}

#[test]
fn r1_in_bf16_is_near_float32() {
    let images = images(8, 32);
    let [exact, coarse] = [Precision::F32, Precision::Bf16].map(|precision| {
        r1_penalty(&network(32, 0, precision), &images, None, &Tensor::shallow_clone)
            .double_value(&[])
    });
    assert!((coarse / exact - 1.0).abs() < 0.05, "{exact} {coarse}");
}
