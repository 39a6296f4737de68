//! CREPS against the reference vectors and its own promises.

use polyinr::model::{GeneratorConfig, LatentConfig};
use tch::Device;

use super::*;
use crate::generator::Generator;
use crate::generator::golden::{difference, reference};
use crate::random::{Stream, reseed};

const CPU: Device = Device::Cpu;

fn fresh(blocks: usize) -> Generator {
    let network = NetworkConfig::Creps(CrepsConfig::new(vec![16; blocks], 8));
    let config = GeneratorConfig::new(LatentConfig::new(16, 32), 16, network);
    reseed(1, 0, Stream::Initial);
    let generator = Generator::new(&config, 0, CPU);
    generator.normalise_scale();
    generator
}

/// Images whose coordinates of rows and columns have this added, as reference vectors have it.
fn moved(generator: &Generator, w: &Tensor, side: i64, [rows, columns]: [f64; 2]) -> Tensor {
    let pixels = (side - 1) as f64;
    let shift = Tensor::from_slice(&[columns * pixels, rows * pixels]).to_kind(Kind::Float);
    let shifts = shift.unsqueeze(0).repeat([w.size()[0], 1]);
    generator.network.images(w, Some(&shifts), side, Kind::Float)
}

#[test]
fn reference_vectors_are_reproduced() {
    let _guard = tch::no_grad_guard();
    let (generator, tensors) = reference("creps.safetensors");
    let w = generator.map(&tensors["in.z"], None);
    assert!(difference(&w, &tensors["out.w"].select(1, 0)) < 1e-5);
    let truncated = generator.truncate(&w, None, 0.7);
    assert!(difference(&truncated, &tensors["out.w_psi0.7"].select(1, 0)) < 1e-5);
    for (w, side, out) in [
        (&w, 32, "out.image32"),
        (&truncated, 32, "out.image32_psi0.7"),
        (&w, 64, "out.image64"),
        (&tensors["out.w"], 32, "out.image32"),
    ] {
        let difference = difference(&generator.synthesise(w, side, Kind::Float), &tensors[out]);
        assert!(difference < 1e-4, "{out}: {difference:e}");
    }
    let moved = moved(&generator, &w, 32, [0.1, -0.2]);
    let difference = difference(&moved, &tensors["out.shifted32"]);
    assert!(difference < 1e-4, "{difference:e}");
}

#[test]
fn initial_pictures_are_around_grey() {
    let _guard = tch::no_grad_guard();
    for blocks in [2, 5] {
        let generator = fresh(blocks);
        let w = generator.random_w(false);
        let pictures = generator.synthesise(&w, 16, Kind::Float);
        let deviation = pictures.std(true).double_value(&[]);
        assert!((0.2..0.4).contains(&deviation), "{deviation}");
        let over_latents = pictures.std_dim([0i64].as_slice(), true, false);
        assert!(over_latents.min().double_value(&[]) > 0.05, "{blocks}");
    }
}

#[test]
fn the_network_is_the_same_at_every_resolution_and_has_no_further_blocks() {
    let generator = fresh(3);
    let same = generator.grown(&generator.config().network).unwrap();
    let w = generator.random_w(false).narrow(0, 0, 2);
    let side = |g: &Generator| no_grad(|| g.synthesise(&w, 24, Kind::Float));
    assert_eq!(side(&generator), side(&same));
    let more = NetworkConfig::Creps(CrepsConfig::new(vec![16; 4], 8));
    assert!(generator.grown(&more).unwrap_err().contains("--blocks"));
}

#[test]
fn levels_have_latents_of_their_own() {
    let _guard = tch::no_grad_guard();
    let generator = fresh(3);
    let w = generator.random_w(false).narrow(0, 0, 2);
    let levels = generator.levels() as i64;
    let rows = w.unsqueeze(1).repeat([1, levels, 1]);
    let plain = generator.synthesise(&w, 16, Kind::Float);
    assert_eq!(generator.synthesise(&rows, 16, Kind::Float), plain);
    for level in 0..levels {
        let mixed = rows.copy();
        mixed.select(1, level).copy_(&w.flip([0]));
        assert_ne!(generator.synthesise(&mixed, 16, Kind::Float), plain, "{level}");
    }
}
