//! INR-GAN against the reference vectors and its own promises.

use polyinr::model::{GeneratorConfig, LatentConfig};
use polyinr::network::inr_gan::{InrGanBlock, Upsampling};
use tch::{Device, no_grad};

use super::*;
use crate::generator::Generator;
use crate::generator::golden::{difference, reference};
use crate::nn::store;
use crate::random::{Stream, reseed};

const CPU: Device = Device::Cpu;

fn shape(blocks: usize) -> InrGanConfig {
    let block = |b: usize| {
        let (layers, waves) = (if b == 0 { 1 } else { 2 }, if b == 1 { 0 } else { 12 });
        InrGanBlock { features: 16, layers, waves, constants: if b == 1 { 0 } else { 2 } }
    };
    let mut shape = InrGanConfig::new((0..blocks).map(block).collect(), 8);
    shape.rank = 3;
    shape
}

fn fresh(shape: InrGanConfig) -> Generator {
    let side = shape.resolution();
    let config =
        GeneratorConfig::new(LatentConfig::new(16, 32), side, NetworkConfig::InrGan(shape));
    reseed(1, 0, Stream::Initial);
    let generator = Generator::new(&config, 0, CPU);
    generator.normalise_scale();
    generator
}

#[test]
fn reference_vectors_are_reproduced() {
    let _guard = tch::no_grad_guard();
    for name in ["inr_gan.safetensors", "inr_gan_bil.safetensors"] {
        let (generator, tensors) = reference(name);
        let w = generator.map(&tensors["in.z"], None);
        assert!(difference(&w, &tensors["out.w"].select(1, 0)) < 1e-5);
        let truncated = generator.truncate(&w, None, 0.7);
        for (w, out) in [
            (&w, "out.image32"),
            (&truncated, "out.image32_psi0.7"),
            (&tensors["out.w"], "out.image32"),
        ] {
            let image = generator.synthesise(w, 32, Kind::Float);
            let difference = difference(&image, &tensors[out]);
            assert!(difference < 1e-4, "{name} {out}: {difference:e}");
        }
    }
}

#[test]
fn places_between_pixels_go_on_from_those_of_the_grid() {
    let _guard = tch::no_grad_guard();
    for shape in [shape(4), shape(4).bilinear()] {
        let generator = fresh(shape);
        let w = generator.random_w(false).narrow(0, 0, 3);
        let native = generator.synthesise(&w, 32, Kind::Float);
        let images = |shift: f32, side: i64| {
            let shifts = Tensor::from_slice(&[shift, shift]).repeat([3, 1]);
            generator.network.images(&w, Some(&shifts), side, Kind::Float)
        };
        assert!(difference(&images(0.0, 32), &native) < 1e-5);
        // Of three pixels in the place of one the middle one is it.
        let dense = generator.synthesise(&w, 96, Kind::Float);
        let middle = dense.slice(2, 1, 96, 3).slice(3, 1, 96, 3);
        assert!(difference(&middle, &native) < 1e-4);
        // A whole pixel on lies the next one.
        let moved = images(1.0, 32).narrow(2, 0, 31).narrow(3, 0, 31);
        assert!(difference(&moved, &native.narrow(2, 1, 31).narrow(3, 1, 31)) < 1e-4);
        assert!((images(0.3, 32) - &native).abs().max().double_value(&[]) > 1e-3);
    }
}

#[test]
fn initial_pictures_are_around_grey() {
    let _guard = tch::no_grad_guard();
    for shape in [shape(3), shape(5), shape(4).bilinear()] {
        let side = shape.resolution().into();
        let generator = fresh(shape);
        let w = generator.random_w(false).narrow(0, 0, 64);
        let pictures = generator.synthesise(&w, side, Kind::Float);
        let deviation = pictures.std(true).double_value(&[]);
        assert!((0.2..0.4).contains(&deviation), "{deviation}");
    }
}

#[test]
fn blocks_are_put_after_others_without_a_change() {
    for (small, large) in [(shape(3), shape(5)), (shape(3).bilinear(), shape(5).bilinear())] {
        let upsampling = small.upsampling;
        let generator = fresh(small);
        let large = NetworkConfig::InrGan(large);
        let grown = generator.grown(&large).unwrap();
        assert_eq!(grown.config().network, large);
        let w = generator.random_w(false).narrow(0, 0, 4);
        let side = |g: &Generator, side: i64| no_grad(|| g.synthesise(&w, side, Kind::Float));
        // The picture of the blocks before stays, and the larger one is that, enlarged.
        assert_eq!(side(&grown, 16), side(&generator, 16));
        let enlarged = Places::whole(64, CPU).taken(&side(&generator, 16), upsampling);
        let step = Places::whole(32, CPU).taken(&side(&generator, 16), upsampling);
        let enlarged = match upsampling {
            Upsampling::Nearest => enlarged,
            Upsampling::Bilinear => Places::whole(64, CPU).taken(&step, upsampling),
        };
        assert!(difference(&side(&grown, 64), &enlarged) < 1e-6);
        let images = grown.synthesise(&w, 64, Kind::Float);
        images.square().sum(Kind::Float).backward();
        for (name, tensor) in store::trainable(grown.store()) {
            assert!(tensor.grad().defined() || name.starts_with("mapping"), "{name}");
        }
        let error = grown.grown(&generator.config().network).unwrap_err();
        assert!(error.contains("draws 64 pixels"), "{error}");
    }
}
