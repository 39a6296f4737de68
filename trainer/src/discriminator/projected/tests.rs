use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::features::{DeitFeatures, EfficientNet};
use crate::loss::{discriminator_loss, generator_loss};
use crate::nn::store::{load, named, trainable};
use crate::optim::{Adam, AdamOptions};

/// Both reduced networks, computing in `kind`.
fn networks(kind: Kind) -> Vec<Box<dyn FeatureNetwork>> {
    let golden = |name| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    let efficientnet =
        EfficientNet::open(&golden("efficientnet.safetensors"), Device::Cpu, kind).unwrap();
    let deit = DeitFeatures::open(&golden("deit.safetensors"), Device::Cpu, kind).unwrap();
    vec![Box::new(efficientnet), Box::new(deit)]
}

fn small(classes: usize, kind: Kind, augment: Augment) -> ProjectedDiscriminator {
    let config = ProjectedConfig { channels: 8, classes, embedding: None };
    ProjectedDiscriminator::new(networks(kind), &config, augment, Device::Cpu).unwrap()
}

fn plain(classes: usize) -> ProjectedDiscriminator {
    small(classes, Kind::Float, Box::new(Tensor::shallow_clone))
}

/// Noise that does not come from libtorch's generator, which other tests draw from meanwhile.
fn images(batch: i64) -> Tensor {
    let index = Tensor::arange(batch * 3 * 32 * 32, (Kind::Double, Device::Cpu));
    let noise = ((index * 12.9898).sin() * 43758.5453).frac();
    noise.view([batch, 3, 32, 32]).to_kind(Kind::Float)
}

fn copies(discriminator: &ProjectedDiscriminator) -> BTreeMap<String, Tensor> {
    named(&discriminator.store).into_iter().map(|(name, t)| (name, t.detach().copy())).collect()
}

#[test]
fn four_heads_of_each_network_give_their_logits_in_float32() {
    for kind in [Kind::Float, Kind::BFloat16] {
        let discriminator = small(3, kind, Box::new(Tensor::shallow_clone));
        let labels = Tensor::from_slice(&[0i64, 2]);
        let logits = discriminator.logits(&images(2), Some(&labels));
        let sizes: Vec<_> = logits.iter().map(Tensor::size).collect();
        // 4 x 4 positions at 224 pixels, one at the 128 of the reduced transformer.
        assert_eq!(sizes, [[2, 4 * 16], [2, 4]]);
        assert!(logits.iter().all(|l| l.kind() == Kind::Float));
        assert!(logits.iter().all(|l| l.isfinite().all().int64_value(&[]) == 1));
    }
}

#[test]
fn training_lowers_the_loss_and_changes_what_is_trained_only() {
    for classes in [0, 2] {
        let discriminator = plain(classes);
        let before = copies(&discriminator);
        let trained: Vec<_> = trainable(&discriminator.store).into_iter().map(|t| t.0).collect();
        let labels = Tensor::from_slice(&[0i64, 1]);
        let labels = (classes > 0).then_some(&labels);
        let (real, fake) = (images(2), images(2).flip([1, 2]) * 0.7);
        let mut adam = Adam::new(&discriminator.store, AdamOptions::adversarial(2e-3));
        let mut losses = Vec::new();
        for _ in 0..30 {
            let [real, fake] = [&real, &fake].map(|x| discriminator.logits(x, labels));
            let loss = discriminator_loss(discriminator.losses(), &real, &fake);
            adam.zero_gradients();
            loss.backward();
            adam.step().unwrap();
            losses.push(loss.double_value(&[]));
        }
        assert!(losses[29] < 0.7 * losses[0], "{losses:?}");
        for (name, tensor) in copies(&discriminator) {
            if !name.ends_with("weight_u") {
                assert_eq!(tensor != before[&name], trained.contains(&name), "{name}");
            }
        }
    }
}

#[test]
fn the_generators_gradient_reaches_images_and_lowers_its_loss() {
    let discriminator = plain(0);
    let images = images(2).set_requires_grad(true);
    let loss = |images: &Tensor| {
        generator_loss(discriminator.losses(), &discriminator.logits(images, None))
    };
    let first = loss(&images);
    first.backward();
    let gradient = images.grad();
    assert!(gradient.count_nonzero(None::<i64>).int64_value(&[]) > 2 * 3 * 32 * 32 / 2);
    let step = &gradient / gradient.norm() * 2.0;
    let second = loss(&(images.detach() - step));
    assert!(second.double_value(&[]) < first.double_value(&[]), "{second:?} {first:?}");
}

#[test]
fn classes_matter_and_so_does_where_their_embedding_starts() {
    let embedding = Tensor::randn([2, 5], (Kind::Float, Device::Cpu));
    let config = ProjectedConfig { channels: 8, classes: 2, embedding: Some(embedding.copy()) };
    let make = |config: &ProjectedConfig| {
        let augment: Augment = Box::new(Tensor::shallow_clone);
        ProjectedDiscriminator::new(networks(Kind::Float), config, augment, Device::Cpu)
    };
    let discriminator = make(&config).unwrap();
    let embeddings = named(&discriminator.store);
    let embeddings: Vec<_> =
        embeddings.iter().filter(|(name, _)| name.ends_with("embed.weight")).collect();
    assert_eq!(embeddings.len(), 8);
    assert!(embeddings.iter().all(|(_, values)| **values == embedding));
    let logits = |class: i64| {
        discriminator.logits(&images(1), Some(&Tensor::from_slice(&[class]))).remove(0)
    };
    assert_ne!(logits(0), logits(1));
    let error = make(&ProjectedConfig { classes: 3, ..config }).err().unwrap().to_string();
    assert!(error.contains("has shape [2, 5] for 3 classes"), "{error}");
}

#[test]
fn its_tensors_are_all_of_its_state() {
    let (old, new) = (plain(2), plain(2));
    let labels = Tensor::from_slice(&[0i64, 1]);
    let logits = |d: &ProjectedDiscriminator| d.logits(&images(2), Some(&labels));
    logits(&old);
    assert_ne!(logits(&old), logits(&new));
    load(&new.store, &copies(&old).into_iter().collect()).unwrap();
    for _ in 0..2 {
        let differences = logits(&old).into_iter().zip(logits(&new)).map(|(a, b)| a - b);
        assert!(differences.into_iter().all(|d| d.abs().max().double_value(&[]) < 1e-6));
    }
}

#[test]
fn bf16_is_near_float32() {
    let [exact, coarse] =
        [Kind::Float, Kind::BFloat16].map(|kind| small(0, kind, Box::new(Tensor::shallow_clone)));
    load(&coarse.store, &copies(&exact).into_iter().collect()).unwrap();
    let logits = |d: &ProjectedDiscriminator| Tensor::cat(&d.logits(&images(4), None), 1);
    let (exact, coarse) = (logits(&exact), logits(&coarse));
    let error = ((&exact - &coarse).std(true) / exact.std(true)).double_value(&[]);
    assert!(error < 0.3, "{error}");
}

#[test]
fn augmentation_is_drawn_for_each_network_at_the_images_size() {
    let drawn = Rc::new(Cell::new(0));
    let count = Rc::clone(&drawn);
    let augment: Augment = Box::new(move |x| {
        assert_eq!(x.size(), [1, 3, 32, 32]);
        count.set(count.get() + 1);
        x * 0.5
    });
    let discriminator = small(0, Kind::Float, augment);
    let logits = discriminator.logits(&images(1), None);
    assert_eq!(drawn.get(), 2);
    assert_ne!(logits, plain(0).logits(&images(1), None));
}

#[test]
fn transformers_with_too_few_or_odd_patches_are_refused() {
    assert!([8, 14, 24].into_iter().all(|grid| check_grid(grid).is_ok()));
    for grid in [1, 4, 7, 9] {
        let error = check_grid(grid).unwrap_err().to_string();
        assert!(error.contains("even and 8 at least"), "{error}");
    }
}
