//! The network against its reference, the library and itself.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use polyinr::model::{Model, Strength, UpscalerConfig};
use polyinr::network::local_poly_inr::Blend;
use polyinr::network::{LocalPolyInrConfig, UpscalerNetwork, UpscalerNetworkConfig};
use polyinr::ops::{Size, SuperResolveOptions, super_resolve_raster};
use polyinr::tensors::Storage;
use polyinr::{Channels, Control, CpuEngine, Raster, Samples};
use tch::{Device, Kind, Tensor};

use super::crops::{Batch, CropOptions};
use super::degrade::Chain;
use super::looks::LooksOptions;
use super::photos::tests::synthetic;
use super::positions::{bicubic, centres};
use super::step::{StepOptions, Trainer, initial};
use super::{Loader, Network, with_detail};
use crate::generator::Card;
use crate::nn::store::{named, trainable};
use crate::optim::Method;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn small() -> UpscalerConfig {
    small_with(|_| {})
}

/// A small upscaler whose network `change` changes.
fn small_with(change: impl Fn(&mut LocalPolyInrConfig)) -> UpscalerConfig {
    let mut network = LocalPolyInrConfig::new([8, 2], [3, 8]);
    change(&mut network);
    UpscalerConfig::new(UpscalerNetworkConfig::LocalPolyInr(network), [1.1, 4.3])
}

/// One that can be told how much to clean.
fn told() -> UpscalerConfig {
    small_with(|network| network.strength = true)
}

/// Nothing is to be cleaned.
const CLEAN: Strength = Strength { denoise: 0.0, deblur: 0.0, detail: 0.0 };
/// Both numbers have an effect.
const STRENGTH: Strength = Strength { denoise: 0.3, deblur: 0.8, detail: 0.0 };

/// All that may be other than [`small`], in networks that the library has engines for.
fn forms() -> [UpscalerConfig; 5] {
    let form = |blend, affine_side, strength| {
        small_with(|network| {
            network.blend = blend;
            network.affine_side = affine_side;
            network.strength = strength;
        })
    };
    [
        form(Blend::Colours, 3, false),
        form(Blend::Terms, 3, false),
        form(Blend::Colours, 1, false),
        form(Blend::Terms, 1, false),
        form(Blend::Terms, 1, true),
    ]
}

fn crops() -> CropOptions {
    CropOptions {
        batch: 4,
        side: 12,
        positions: 60,
        patch: None,
        scale: [1.1, 4.3],
        same_size: 0.0,
        permute_colours: 0.0,
        chain: Chain::default(),
        clean_share: 0.0,
        cutblur: 0.0,
        seed: 5,
    }
}

fn trainer(kind: Kind) -> Trainer {
    Trainer::new(initial(&small(), 3, Device::Cpu), trainer_options(kind), 3).unwrap()
}

fn trainer_options(kind: Kind) -> StepOptions {
    let optimizer = Method::Muon;
    let looks = LooksOptions::default();
    StepOptions { optimizer, clip: 1.0, ema: 0.99, batch: crops().batch, looks, kind }
}

fn largest_difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

/// The network, with biases added for what it is told, if it is told anything.
fn with_strength(network: Network) -> Network {
    if let Some(added) = named(network.store()).get("encoder.strength") {
        tch::no_grad(|| drop(added.shallow_clone().normal_(0.0, 0.5)));
    }
    network
}

#[test]
fn the_reference_is_reproduced() {
    let network =
        Network::open(&repository("tests/golden/local48.safetensors"), Device::Cpu).unwrap();
    let golden = Tensor::read_safetensors(repository("tests/golden/local_upscaler.safetensors"));
    let golden: HashMap<_, _> = golden.unwrap().into_iter().collect();
    let picture = &golden["in.picture"];
    let mut checked = 0;
    for (name, expected) in golden.iter() {
        let Some((kind, size)) = name.split_once('.').filter(|(kind, _)| *kind != "in") else {
            continue;
        };
        let (width, height) = size.split_once('x').unwrap();
        let (width, height): (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
        let found = match kind {
            "out" => network.enlarge(&picture.squeeze_dim(0), CLEAN, width, height),
            _ => {
                let at = centres(0..height, (width, height), (32, 24));
                let pixels = bicubic(picture, &at).squeeze_dim(0);
                pixels.view([height.into(), width.into(), 3]).permute([2, 0, 1])
            }
        };
        let difference = largest_difference(&found, expected);
        assert!(difference < 1e-4, "{name}: {difference}");
        checked += 1;
    }
    assert_eq!(checked, 12);
}

#[test]
fn new_blocks_change_nothing_at_first_and_are_trained() {
    let config = told();
    let network = with_strength(initial(&config, 9, Device::Cpu));
    let blocks = 2;
    let of = |strength: bool| {
        let mut larger = small_with(|network| {
            network.strength = strength;
            network.residual_blocks = blocks + 2;
        });
        larger.scale_range = [1.0, 9.0];
        larger
    };
    let larger = of(true);
    let deeper = network.reshaped(&larger).unwrap();
    assert_eq!(deeper.config(), &larger);
    let picture = Tensor::arange(3 * 9 * 7, (Kind::Float, Device::Cpu)).view([3, 9, 7]) / 189.0;
    assert_eq!(
        deeper.enlarge(&picture, STRENGTH, 20, 31),
        network.enlarge(&picture, STRENGTH, 20, 31)
    );
    let at = centres(0..9, (7, 9), (7, 9));
    let residual = deeper.residual(&picture.unsqueeze(0), None, &at, 1.0, Kind::Float);
    residual.square().sum(Kind::Float).backward();
    let last = named(deeper.store())[&format!("encoder.block.{}.conv1.weight", blocks + 1)].grad();
    assert!(last.abs().max().double_value(&[]) > 0.0, "the new block is trained");
    for other in [of(false), config] {
        assert!(deeper.reshaped(&other).unwrap_err().contains("the options say"));
    }
}

#[test]
fn a_network_learns_to_be_told() {
    let network = initial(&small(), 9, Device::Cpu);
    let told = network.reshaped(&told()).unwrap();
    let picture = Tensor::arange(3 * 9 * 7, (Kind::Float, Device::Cpu)).view([3, 9, 7]) / 189.0;
    let enlarge = |network: &Network, strength| network.enlarge(&picture, strength, 20, 31);
    assert_eq!(enlarge(&told, STRENGTH), enlarge(&network, CLEAN));
    assert_ne!(enlarge(&with_strength(told), STRENGTH), enlarge(&network, CLEAN));
}

#[test]
fn the_library_gives_the_trainers_picture() {
    forms().iter().for_each(gives_the_trainers_picture);
}

fn gives_the_trainers_picture(config: &UpscalerConfig) {
    let network = with_strength(initial(config, 9, Device::Cpu).rebranched(true));
    let UpscalerNetworkConfig::LocalPolyInr(shape) = &config.network;
    let strength = if shape.strength { STRENGTH } else { CLEAN };
    for (name, mut tensor) in named(network.store()) {
        if name.ends_with(".branch.point") || name.ends_with(".branch.narrow") {
            let _ = tch::no_grad(|| tensor.normal_(0.0, 0.1));
        }
    }
    // The untrained residual is too small to tell anything.
    let rgb = named(network.store())["rgb.weight"].shallow_clone();
    tch::no_grad(|| drop(rgb.shallow_clone().g_mul_scalar_(20.0)));
    let card = Card { name: "small".into(), licence: "CC0".into(), training: "none".into() };
    let model =
        Model::from_bytes("small", &network.to_bytes(&card, Storage::F32).unwrap()).unwrap();
    assert_eq!(model.about().licence, "CC0");
    let upscaler = model.upscaler().unwrap().with_strength(strength).unwrap();
    let values: Vec<f32> = (0..3 * 9 * 14).map(|i| ((i * 37) % 101) as f32 / 100.0).collect();
    let picture = Raster::new(14, 9, Channels::Rgb, Samples::F32(values.clone())).unwrap();
    let tensor = Tensor::from_slice(&values).view([9, 14, 3]).permute([2, 0, 1]);
    for (width, height) in [(14, 9), (28, 18), (33, 40), (84, 54)] {
        let size = Size::Exact(width, height);
        let (options, control) = (SuperResolveOptions::default(), Control::default());
        let source = Arc::new(picture.clone());
        let engine = CpuEngine::new(None).unwrap();
        let found =
            super_resolve_raster(&engine, &upscaler, &source, size, &options, &control).unwrap();
        let Samples::F32(found) = found.into_samples() else { panic!("floats") };
        let found = Tensor::from_slice(&found).view([height.into(), width.into(), 3]);
        let expected = network.enlarge(&tensor, strength, width, height).permute([1, 2, 0]);
        let base = bicubic(&tensor.unsqueeze(0), &centres(0..height, (width, height), (14, 9)));
        assert!(largest_difference(&expected, &base.view_as(&expected)) > 0.05);
        let difference = largest_difference(&found, &expected);
        assert!(difference < 1e-4, "{width}x{height}: {difference}");
    }
}

/// A file of two networks gives either, and what lies between, told or not.
#[test]
fn detail_goes_from_one_network_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let config = told();
    let make = |seed| with_strength(initial(&config, seed, Device::Cpu));
    let (plain, sharp) = (make(9), make(10));
    let card = |name: &str| Card { name: name.into(), training: name.into(), ..Card::default() };
    let path = |name: &str| folder.path().join(name);
    for (network, name) in [(&plain, "plain"), (&sharp, "sharp")] {
        std::fs::write(path(name), network.to_bytes(&card(name), Storage::F32).unwrap()).unwrap();
    }
    let bytes = with_detail(&path("plain"), &path("sharp"), Storage::F32).unwrap();
    std::fs::write(path("both"), &bytes).unwrap();
    let model = Model::from_bytes("both", &bytes).unwrap();
    assert_eq!((&*model.about().name, &*model.about().training), ("plain", "plain; detail: sharp"));
    let both = model.upscaler().unwrap();
    let middle = plain.duplicate();
    for (name, mut tensor) in named(middle.store()) {
        let other = &named(sharp.store())[&name];
        let _ = tch::no_grad(|| tensor.lerp_(other, 0.5));
    }
    for (detail, network) in [(0.0, &plain), (0.5, &middle), (1.0, &sharp)] {
        let bytes = network.to_bytes(&card("one"), Storage::F32).unwrap();
        let one = Model::from_bytes("one", &bytes).unwrap().upscaler().unwrap();
        for strength in [CLEAN, STRENGTH] {
            let found = both.with_strength(Strength { detail, ..strength }).unwrap();
            let wanted = one.with_strength(strength).unwrap();
            let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
            let [found, wanted] = [&found, &wanted].map(|upscaler| {
                let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
                network.weights()
            });
            assert!(near(&found.head.bias, &wanted.head.bias), "{detail}");
            assert!(near(&found.blocks[1][0].bias, &wanted.blocks[1][0].bias), "{detail}");
            assert!(near(&found.tail.weight, &wanted.tail.weight), "{detail}");
            assert!(near(&found.rgb.weight, &wanted.rgb.weight), "{detail}");
        }
    }
    // What it begins with, and what it is combined with again, is the first.
    let opened = Network::open(&path("both"), Device::Cpu).unwrap();
    let written = |network: &Network| network.to_bytes(&card("x"), Storage::F32).unwrap();
    assert!(written(&opened) == written(&plain));
    let small = initial(&small(), 9, Device::Cpu).to_bytes(&card("small"), Storage::F32).unwrap();
    std::fs::write(path("small"), small).unwrap();
    let problem = with_detail(&path("plain"), &path("small"), Storage::F32).unwrap_err();
    assert!(problem.to_string().contains("strength: false"), "{problem}");
}

/// Networks that no engine renders are trained and written all the same, and refused to be rendered.
#[test]
fn what_no_engine_renders_is_said() {
    let attention = small_with(|network| network.attention = true);
    let large = small_with(|network| network.large_side = 5);
    for config in [attention, large] {
        let network = initial(&config, 9, Device::Cpu);
        let bytes = network.to_bytes(&Card::default(), Storage::F32).unwrap();
        let model = Model::from_bytes("trial", &bytes).unwrap();
        assert_eq!(model.describe().format_version, 2);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trial.safetensors");
        std::fs::write(&path, &bytes).unwrap();
        let picture = Tensor::rand([3, 9, 7], (Kind::Float, Device::Cpu));
        let opened = Network::open(&path, Device::Cpu).unwrap();
        assert_eq!(
            opened.enlarge(&picture, CLEAN, 20, 31),
            network.enlarge(&picture, CLEAN, 20, 31)
        );
        let refused = model.upscaler().unwrap_err().to_string();
        assert!(refused.contains("cannot be rendered"), "{refused}");
    }
}

#[test]
fn loss_falls_and_every_weight_changes() {
    tch::set_num_threads(1);
    let crops = CropOptions { scale: [2.0, 2.5], ..crops() };
    let batch = crops.batch(&synthetic(3, 72), 0).unwrap();
    for kind in [Kind::Float, Kind::BFloat16] {
        let mut trainer = trainer(kind);
        let before: BTreeMap<_, _> =
            trainer.state().into_iter().map(|(name, t)| (name, t.copy())).collect();
        let first = trainer.step(&batch, 5e-3).unwrap().loss;
        let last = (0..80).map(|_| trainer.step(&batch, 5e-3).unwrap().loss).last().unwrap();
        assert!(last < 0.8 * first, "{kind:?}: {first} to {last}");
        let after = trainer.state();
        for (name, _) in trainable(trainer.average().store()) {
            let matrix = after.contains_key(&format!("optimizer.momentum.{name}"));
            let moment = if matrix { "optimizer.momentum" } else { "optimizer.first" };
            for part in ["network", "average", moment] {
                let name = format!("{part}.{name}");
                assert!(largest_difference(&before[&name], &after[&name]) > 0.0, "{name}");
            }
        }
    }
}

/// Crops that everything happens to.
fn all_of_it() -> CropOptions {
    CropOptions {
        side: 10,
        scale: [1.0, 2.5],
        same_size: 0.3,
        permute_colours: 0.5,
        chain: Chain::open("photo").unwrap(),
        clean_share: 0.2,
        cutblur: 0.5,
        ..crops()
    }
}

/// Told that there is much to clean, a network that was trained to be told gives another picture.
#[test]
fn a_network_learns_what_it_is_told() {
    let config = told();
    let mut trainer =
        Trainer::new(initial(&config, 3, Device::Cpu), trainer_options(Kind::Float), 3).unwrap();
    let picture = Tensor::rand([3, 12, 12], (Kind::Float, Device::Cpu));
    let apart = |network: &Network| {
        let told = |strength| network.enlarge(&picture, strength, 12, 12);
        largest_difference(&told(CLEAN), &told(STRENGTH))
    };
    assert_eq!(apart(trainer.average()), 0.0);
    let batch = crops().batch(&synthetic(3, 72), 0).unwrap();
    let strength = Tensor::from_slice(&[0.0f32, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0]).view([4, 2]);
    let batch = Batch { strength, ..batch };
    for _ in 0..20 {
        trainer.step(&batch, 5e-3).unwrap();
    }
    assert!(apart(trainer.average()) > 0.0);
}

#[test]
fn a_resumed_run_ends_at_the_same_bits() {
    tch::set_num_threads(1);
    let photos = Arc::new(synthetic(3, 72).with_copies(&[1.5, 2.0], 24).unwrap());
    let run = |trainer: &mut Trainer, count: u64| {
        let mut loader = Loader::start(&photos, &all_of_it(), trainer.steps(), 2);
        for _ in 0..count {
            trainer.step(&loader.batch().unwrap(), 1e-3).unwrap();
        }
    };
    let mut whole = trainer(Kind::BFloat16);
    run(&mut whole, 4);
    let saved = whole.state().into_iter().map(|(name, t)| (name, t.copy())).collect();
    run(&mut whole, 4);
    let mut resumed = trainer(Kind::BFloat16);
    resumed.restore(4, &saved).unwrap();
    run(&mut resumed, 4);
    assert_eq!(whole.state(), resumed.state());
}

fn same(a: &Batch, b: &Batch) -> bool {
    a.pictures == b.pictures
        && a.at == b.at
        && a.colours == b.colours
        && a.strength == b.strength
        && a.inverse_scale == b.inverse_scale
}

#[test]
fn batches_depend_on_the_step_alone() {
    let photos = Arc::new(synthetic(3, 72));
    let batch = |step| all_of_it().batch(&photos, step).unwrap();
    for threads in 1..=3 {
        let mut loader = Loader::start(&photos, &all_of_it(), 7, threads);
        (7..12).for_each(|step| assert!(same(&loader.batch().unwrap(), &batch(step))));
    }
    assert!(!same(&batch(1), &batch(2)));
}

#[test]
fn a_share_of_crops_stays_clean() {
    let photos = synthetic(3, 112);
    let batch = |clean_share| {
        let chain = Chain::jpeg(&(20..=20), 1.0);
        CropOptions { batch: 16, chain, clean_share, ..crops() }.batch(&photos, 3).unwrap()
    };
    let [none, half, all] = [0.0, 0.5, 1.0].map(batch);
    let equal = |i: i64, to: &Batch| half.pictures.get(i) == to.pictures.get(i);
    assert!((0..16).all(|i| equal(i, &none) != equal(i, &all)));
    assert!((4..=12).contains(&(0..16).filter(|i| equal(*i, &all)).count()));
    let strength: Vec<Vec<f64>> = Vec::try_from(&half.strength).unwrap();
    for (i, strength) in strength.iter().enumerate() {
        assert_eq!(strength, &[if equal(i as i64, &all) { 0.0 } else { 1.0 }, 0.0]);
    }
}

#[test]
fn cutblur_leaves_pixels_of_a_crop_clean() {
    let photos = synthetic(3, 112);
    let batch = |clean_share, cutblur| {
        let chain = Chain::jpeg(&(10..=10), 1.0);
        CropOptions { batch: 16, chain, clean_share, cutblur, ..crops() }.batch(&photos, 3).unwrap()
    };
    let [clean, degraded, mixed] = [(1.0, 0.0), (0.0, 0.0), (0.0, 1.0)].map(|(c, m)| batch(c, m));
    let neither = mixed
        .pictures
        .ne_tensor(&clean.pictures)
        .logical_and(&mixed.pictures.ne_tensor(&degraded.pictures));
    assert_eq!(neither.sum(Kind::Int64).int64_value(&[]), 0);
    assert!(mixed.pictures != clean.pictures && mixed.pictures != degraded.pictures);
    assert!(mixed.strength == degraded.strength && mixed.colours == clean.colours);
}

/// Twice as large, a square's pixels lie half a pixel of the crop apart, row by row, and have the
/// photograph's colours.
#[test]
fn a_patch_is_a_square_of_neighbours() {
    let photos = synthetic(3, 72);
    let options = CropOptions { patch: Some(9), scale: [2.0, 2.0], ..crops() };
    options.check().unwrap();
    let batch = options.batch(&photos, 3).unwrap();
    assert_eq!((batch.at.size(), batch.colours.size()), (vec![4, 81, 2], vec![4, 81, 3]));
    let grid = batch.at.view([4, 9, 9, 2]);
    for (axis, wanted) in [(1, [0.0, 0.5]), (2, [0.5, 0.0])] {
        let step = grid.diff(1, axis, None::<&Tensor>, None::<&Tensor>);
        let wanted = Tensor::from_slice(&wanted).to_kind(Kind::Float);
        assert!((step - wanted).abs().max().double_value(&[]) < 1e-5, "axis {axis}");
    }
    let apart = (&batch.colours - bicubic(&batch.pictures, &batch.at)).abs().mean(Kind::Float);
    assert!(apart.double_value(&[]) < 0.1, "{apart:?}");
    let too_large = CropOptions { patch: Some(24), ..options }.check().unwrap_err().to_string();
    assert!(too_large.contains("--patch") && too_large.contains("23 pixels"), "{too_large}");
}

#[test]
fn at_factor_1_a_clean_crop_is_its_own_target() {
    let photos = synthetic(3, 72);
    let options = CropOptions { scale: [1.0, 2.0], same_size: 1.0, ..crops() };
    options.check().unwrap();
    let batch = options.batch(&photos, 3).unwrap();
    assert_eq!(batch.inverse_scale, 1.0);
    let apart = largest_difference(&batch.colours, &bicubic(&batch.pictures, &batch.at));
    assert!(apart < 1e-5, "{apart}");
    let scales: Vec<f64> = (0..60)
        .map(|step| {
            let options = CropOptions { batch: 1, same_size: 0.5, ..options.clone() };
            options.batch(&photos, step).unwrap().inverse_scale
        })
        .collect();
    let same = scales.iter().filter(|scale| **scale == 1.0).count();
    assert!((20..=42).contains(&same) && scales.iter().all(|scale| *scale >= 0.5), "{same}");
}

/// Colours are exchanged in what is shown and in what is asked for alike.
#[test]
fn exchanged_colours_are_exchanged_everywhere() {
    let photos = synthetic(1, 40);
    let options = CropOptions { permute_colours: 1.0, scale: [1.0, 1.0], batch: 16, ..crops() };
    let batch = options.batch(&photos, 3).unwrap();
    let apart = largest_difference(&batch.colours, &bicubic(&batch.pictures, &batch.at));
    assert!(apart < 1e-5, "{apart}");
}

#[test]
fn compression_changes_what_is_shown_and_not_what_is_asked_for() {
    let photos = synthetic(3, 72);
    let batch = |qualities| {
        let options =
            CropOptions { chain: Chain::jpeg(&qualities, 1.0), scale: [2.0, 2.0], ..crops() };
        options.batch(&photos, 3).unwrap()
    };
    let [poor, fair, good] = [20..=20, 60..=60, 100..=100].map(batch);
    let apart =
        |a: &Batch| (&a.pictures - &good.pictures).abs().mean(Kind::Float).double_value(&[]);
    assert!(poor.colours == good.colours && poor.at == good.at);
    assert!(
        apart(&poor) > apart(&fair) && apart(&fair) > 0.002,
        "{} {}",
        apart(&poor),
        apart(&fair)
    );
    // Pixels and positions still lie on each other: compressed at the best quality, the crops explain
    // their colours as well as clean ones do.
    let unexplained = |b: &Batch| {
        (&b.colours - bicubic(&b.pictures, &b.at)).abs().mean(Kind::Float).double_value(&[])
    };
    let clean = CropOptions { scale: [2.0, 2.0], ..crops() }.batch(&photos, 3).unwrap();
    assert!(unexplained(&good) < 2.0 * unexplained(&clean));
}
