//! The generator against the reference vectors, the library, and its own promises.

use std::path::Path;

use polyinr::model::{GeneratorConfig, LatentConfig};
use polyinr::network::poly_inr::AffineActivation;
use polyinr::tensors::Storage;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

use super::*;
use crate::generator::golden::{difference, reference};
use crate::generator::{Card, Generator};
use crate::nn::store;
use crate::random::{Stream, reseed};

const CPU: Device = Device::Cpu;

/// A small shape, all else as released.
pub(crate) fn config(levels: usize, features: usize, classes: usize) -> GeneratorConfig {
    of_network(PolyInrConfig::new(levels, features), classes)
}

/// A generator of this network.
fn of_network(network: PolyInrConfig, classes: usize) -> GeneratorConfig {
    let mut latent = LatentConfig::new(16, 32);
    latent.classes = (0..classes).map(|c| format!("class{c}")).collect();
    GeneratorConfig::new(latent, 16, NetworkConfig::PolyInr(network))
}

fn fresh(config: &GeneratorConfig) -> Generator {
    reseed(1, 0, Stream::Initial);
    let generator = Generator::new(config, 24, CPU);
    generator.normalise_scale();
    generator
}

/// The network of a generator.
fn network(generator: &Generator) -> PolyInr {
    let (config, own) = (generator.config(), VarStore::new(CPU));
    let NetworkConfig::PolyInr(shape) = &config.network else { panic!("another network") };
    let network = PolyInr::new(&own.root(), shape, config.latent.w_dim);
    let mut tensors = generator.store().variables();
    tensors.retain(|name, _| own.variables().contains_key(name));
    store::load(&own, &tensors).unwrap();
    network
}

/// Sizes of the levels over random latents.
fn scales(generator: &Generator) -> Vec<Scale> {
    // Before the network draws weights of its own.
    let w = generator.random_w(false);
    network(generator).scales(&w)
}

fn image(generator: &Generator, w: &Tensor, window: Window, side: i64) -> Tensor {
    let positions = grid(window, side, side, CPU);
    let network = network(generator);
    let colour = network.render(&network.affine(w), &positions, Kind::Float);
    colour.transpose(1, 2).reshape([-1, 3, side, side])
}

#[test]
fn a_shifted_grid_shows_what_lies_there() {
    let generator = fresh(&config(4, 16, 0));
    let w = generator.random_w(false).narrow(0, 0, 3);
    let shifts = Tensor::from_slice(&[0.0f32, 0.0, 0.5, -0.25, -2.0, 1.0]).view([3, 2]);
    let shifted = no_grad(|| generator.network.images(&w, Some(&shifts), 9, Kind::Float));
    for (i, [dx, dy]) in [[0.0, 0.0], [0.5, -0.25], [-2.0, 1.0]].into_iter().enumerate() {
        let [x, y] = [dx / 8.0, dy / 8.0];
        let window = Window { x: [x, 1.0 + x], y: [y, 1.0 + y] };
        let w = w.narrow(0, i as i64, 1);
        let expected = no_grad(|| image(&generator, &w, window, 9));
        assert!(difference(&shifted.narrow(0, i as i64, 1), &expected) < 1e-5, "{dx} {dy}");
    }
}

#[test]
fn reference_vectors_are_reproduced() {
    let _guard = tch::no_grad_guard();
    for (name, conditional) in
        [("poly_inr_conditional.safetensors", true), ("poly_inr_unconditional.safetensors", false)]
    {
        let (generator, tensors) = reference(name);
        let label = conditional.then(|| &tensors["in.label"]);
        let w = generator.map(&tensors["in.z"], label);
        let expected = &tensors["out.w"];
        assert!(difference(&w, &expected.select(1, 0)) < 1e-5);
        let truncated = generator.truncate(&w, label, 0.7);
        assert!(difference(&truncated, &tensors["out.w_psi0.7"].select(1, 0)) < 1e-5);
        let wide = Window { x: [-0.25, 1.25], y: [-0.25, 1.25] };
        for (w, window, side, out) in [
            (&w, Window::UNIT, 32, "out.image32"),
            (&truncated, Window::UNIT, 32, "out.image32_psi0.7"),
            (&w, Window::UNIT, 50, "out.image50"),
            (&w, wide, 48, "out.extrapolated48"),
        ] {
            let difference = difference(&image(&generator, w, window, side), &tensors[out]);
            assert!(difference < 2e-5, "{name} {out}: {difference:e}");
        }
        let rows = expected.copy();
        let mixed = Tensor::cat(
            &[rows.narrow(0, 0, 1).narrow(1, 0, 6), rows.narrow(0, 1, 1).narrow(1, 6, 4)],
            1,
        );
        let out = &tensors["out.mix_0_with_1_from_level6"];
        assert!(difference(&image(&generator, &mixed, Window::UNIT, 32), out) < 2e-5);
    }
}

#[test]
fn scale_is_unit_at_every_level() {
    for (levels, activation) in [(2, AffineActivation::None), (14, AffineActivation::Lrelu)] {
        let mut network = PolyInrConfig::new(levels, 64);
        network.affine_activation = activation;
        let config = of_network(network, 3);
        reseed(1, 0, Stream::Initial);
        let generator = Generator::new(&config, 24, CPU);
        let plain = scales(&generator);
        let again = |rescale: bool| {
            reseed(2, 0, Stream::Initial);
            if rescale {
                generator.normalise_scale();
            }
            reseed(2, 0, Stream::Initial);
            scales(&generator)
        };
        again(true);
        for (j, scale) in again(false).iter().enumerate() {
            // Constants and what varies are not quite independent.
            assert!((scale.affine - 1.0).abs() < 0.1, "{activation:?}, level {j}: {scale:?}");
            assert!((scale.output - 1.0).abs() < 1e-3, "{activation:?}, level {j}: {scale:?}");
        }
        // Without it many levels lead away from one.
        assert!(levels == 2 || !(0.1..10.0).contains(&plain[13].output), "{plain:?}");
        // On other latents it is near one.
        for scale in scales(&generator) {
            assert!((0.5..2.0).contains(&scale.output), "{scale:?}");
        }
        let w = generator.random_w(false);
        let deviation = generator.synthesise(&w, 16, Kind::Float).std(true).double_value(&[]);
        assert!((0.05..1.0).contains(&deviation), "{deviation}");
    }
}

/// The same pictures and gradients as libtorch's own record gives.
#[test]
fn drawings_pass_gradients_on_as_recorded_ones_do() {
    for (activation, coordinate_chain, shifted, threads) in
        [(AffineActivation::Lrelu, true, true, 1), (AffineActivation::None, false, false, 2)]
    {
        let before = tch::get_num_threads();
        tch::set_num_threads(threads);
        let mut network = PolyInrConfig::new(4, 24);
        network.affine_activation = activation;
        network.coordinate_chain = coordinate_chain;
        network.clamp = Some(1.5);
        let config = of_network(network, 2);
        let generator = fresh(&config);
        let z = Tensor::randn([3, 16], (Kind::Float, CPU));
        let labels = Tensor::from_slice(&[0i64, 1, 0]);
        let shifts = Tensor::rand([3, 2], (Kind::Float, CPU)) - 0.5;
        let wanted = Tensor::randn([3, 3, 19, 19], (Kind::Float, CPU));
        let loss = |images: &Tensor| ((images - &wanted).square() * 0.5).sum(Kind::Float);
        let gradients = || {
            let trained = store::trainable(generator.store());
            trained.into_iter().map(|(name, mut t)| {
                let gradient = t.grad().copy();
                t.zero_grad();
                (name, gradient)
            })
        };
        let w = generator.map(&z, Some(&labels));
        let shifts = shifted.then_some(&shifts);
        let recorded = generator.network.images(&w, shifts, 19, Kind::Float);
        loss(&recorded).backward();
        let expected: Vec<_> = gradients().collect();
        let w = generator.map(&z, Some(&labels));
        let drawing = generator.drawing(&w, shifts, 19, Kind::Float);
        assert!(difference(&drawing.images(), &recorded) < 1e-5);
        loss(&drawing.images()).backward();
        drawing.backward();
        for ((name, expected), (_, is)) in expected.into_iter().zip(gradients()) {
            let scale = expected.abs().max().double_value(&[]);
            let off = (is - expected).abs().max().double_value(&[]);
            assert!(scale > 0.0 && off <= 1e-4 * scale, "{name}: {off:e} of {scale:e}");
        }
        tch::set_num_threads(before);
    }
}

/// Deviation of the colours of pictures over latents in regions, four along a side.
fn deviations_by_region(pictures: &Tensor) -> Vec<f64> {
    let over_latents = pictures.std_dim(0, true, false);
    let by_region = over_latents.mean_dim(0, false, Kind::Float).reshape([4, 4, 4, 4]);
    by_region.mean_dim([1i64, 3].as_slice(), false, Kind::Double).reshape([-1]).try_into().unwrap()
}

#[test]
fn initial_pictures_vary_everywhere_and_about_alike() {
    let _guard = tch::no_grad_guard();
    for (levels, coordinate_chain) in [(10, true), (14, true), (10, false)] {
        for seed in 0..4 {
            let mut network = PolyInrConfig::new(levels, 64);
            network.coordinate_chain = coordinate_chain;
            let mut config = of_network(network, 3);
            (config.latent.z_dim, config.latent.w_dim) = (64, 256);
            reseed(seed, 0, Stream::Initial);
            let generator = Generator::new(&config, 24, CPU);
            generator.normalise_scale();
            let w = generator.random_w(false).narrow(0, 0, 128);
            let pictures = generator.synthesise(&w, 16, Kind::Float);
            let regions = deviations_by_region(&pictures);
            let least = regions.iter().copied().fold(f64::MAX, f64::min);
            let most = regions.iter().copied().fold(0.0, f64::max);
            assert!(least > 0.1 && least > most / 2.0, "{levels} {coordinate_chain}: {regions:?}");
            // Pictures of little contrast beside those of much.
            let contrasts = pictures.reshape([128, -1]).std_dim(1, true, false);
            let contrasts: Vec<f64> = contrasts.sort(0, false).0.try_into().unwrap();
            assert!(contrasts[13] > contrasts[114] / 8.0, "{levels}: {contrasts:?}");
            let outside = pictures.abs().gt(1.0).to_kind(Kind::Double).mean(None).double_value(&[]);
            assert!(outside < 0.05, "{levels} {coordinate_chain}: {outside} outside the range");
        }
    }
}

#[test]
fn levels_are_inserted_without_a_change() {
    let generator = fresh(&config(4, 32, 2));
    let levels = |count| NetworkConfig::PolyInr(PolyInrConfig::new(count, 32));
    let grown = generator.grown(&levels(7)).unwrap();
    let z = Tensor::randn([8, 16], (Kind::Float, CPU));
    let labels = Tensor::ones([8], (Kind::Int64, CPU));
    let side = |g: &Generator| no_grad(|| g.synthesise(&g.map(&z, Some(&labels)), 24, Kind::Float));
    let (before, after) = (side(&generator), side(&grown));
    let changed = (&after - &before).square().mean(Kind::Float).sqrt().double_value(&[]);
    let share = changed / before.std(true).double_value(&[]);
    assert!(share < 1e-3, "{share}");
    assert_eq!(grown.config().network, levels(7));
    assert!(generator.grown(&levels(3)).unwrap_err().contains("4 already"));
    let wider = NetworkConfig::PolyInr(PolyInrConfig::new(5, 48));
    assert!(generator.grown(&wider).unwrap_err().contains("only the number of levels"));
    grown
        .synthesise(&grown.map(&z, Some(&labels)), 8, Kind::Float)
        .square()
        .sum(Kind::Float)
        .backward();
    for (name, tensor) in store::trainable(grown.store()) {
        let moved =
            tensor.grad().defined() && tensor.grad().abs().sum(Kind::Float).double_value(&[]) > 0.0;
        // A product by one tells the head before it nothing yet.
        let waits = name.starts_with("affine.")
            && name[7..8].parse::<usize>().unwrap() >= 4
            && !name.contains("basis")
            && !name.contains("offset");
        assert!(moved || waits, "{name}");
    }
}

#[test]
fn averages_follow_their_classes() {
    let generator = fresh(&config(2, 8, 3));
    let before = generator.store().variables()["mapping.w_avg"].copy();
    let w = Tensor::ones([4, 32], (Kind::Float, CPU));
    generator.update_average(&w, Some(&Tensor::from_slice(&[0i64, 0, 2, 2])), 0.75);
    let after = &generator.store().variables()["mapping.w_avg"];
    let expected = |kept: f64| &before * kept + (1.0 - kept);
    // Two pictures each.
    assert!(difference(&after.get(0), &expected(0.5625).get(0)) < 1e-6);
    assert_eq!(after.get(1), before.get(1));
    assert!(difference(&after.get(2), &expected(0.5625).get(2)) < 1e-6);
}

#[test]
fn files_are_read_as_they_were_written_and_by_the_library() {
    let generator = fresh(&config(3, 16, 2));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let card = Card { name: "small".into(), licence: "CC0".into(), training: "none".into() };
    generator.save(&path, &card, Storage::F32).unwrap();
    let opened = Generator::open(&path, CPU).unwrap();
    assert_eq!(opened.config(), generator.config());
    for (name, tensor) in store::named(generator.store()) {
        assert_eq!(opened.store().variables()[&name], tensor, "{name}");
    }
    rendered_alike(&path, &opened);
}

/// The library's picture of a latent equals the trainer's to 1e-4 of the range.
fn rendered_alike(path: &Path, generator: &Generator) {
    use polyinr::model::{Latent, Model, Truncation};
    let model = Model::open(path).unwrap().generator().unwrap();
    let z = model.latent(5);
    let latent = Latent { z: z.clone(), class: Some(1), truncation: Truncation::uniform(1.0) };
    let code = model.code(&model.styles_of(&latent).unwrap()).unwrap();
    let labels = Tensor::from_slice(&[1i64]);
    let w = generator.map(&Tensor::from_slice(&z).unsqueeze(0), Some(&labels));
    let ours = Tensor::stack(&network(generator).affine(&w), 1).permute([0, 1, 3, 2]).contiguous();
    let values: Vec<f32> = code.values().collect();
    let theirs = Tensor::from_slice(&values).reshape(ours.size());
    assert!(difference(&ours, &theirs) < 1e-5);
}

#[test]
fn sixteen_bits_come_near() {
    let generator = fresh(&config(10, 64, 0));
    let _guard = tch::no_grad_guard();
    let w = generator.map(&Tensor::randn([4, 16], (Kind::Float, CPU)), None);
    let exact = generator.synthesise(&w, 32, Kind::Float);
    let coarse = generator.synthesise(&w, 32, Kind::BFloat16);
    let error = (&coarse - &exact).square().mean(Kind::Float).sqrt().double_value(&[]);
    assert!(error < 0.05 * exact.std(true).double_value(&[]), "{error}");
}
