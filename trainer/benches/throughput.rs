//! `cargo bench -p polyinr-train`: how many images a second the networks take, and the share of the
//! machine's own bf16 matrix rate that is, measured in the same run.

use std::time::Instant;

use polyinr::model::{AffineActivation, GeneratorConfig};
use polyinr_train::generator::Generator;
use tch::{Device, Kind, Tensor, no_grad};

/// Seconds that every measurement takes at least.
const SECONDS: f64 = 3.0;

fn main() {
    let rate = matrix_rate();
    println!("matrix products in bf16: {:.0} GFLOP/s", rate / 1e9);
    println!("{:>5} {:>5} {:>6} {:>10} {:>8}", "n", "side", "batch", "images/s", "share");
    for (features, side, batch) in [(128, 32, 64), (512, 64, 8)] {
        let generator = generator(features);
        let seconds = time(|| step(&generator, side, batch));
        let images = batch as f64 / seconds;
        let share = images * flops(features, side) / rate;
        println!("{features:>5} {side:>5} {batch:>6} {images:>10.1} {:>7.1}%", share * 100.0);
    }
}

/// Operations a second of a product of two matrices that caches do not hold.
fn matrix_rate() -> f64 {
    let matrix = || Tensor::randn([2048, 2048], (Kind::BFloat16, Device::Cpu));
    let (a, b) = (matrix(), matrix());
    2.0 * 2048f64.powi(3) / time(|| drop(a.matmul(&b)))
}

/// Seconds of one call: the least of those in a few seconds.
fn time(mut call: impl FnMut()) -> f64 {
    call();
    let (start, mut least) = (Instant::now(), f64::MAX);
    while start.elapsed().as_secs_f64() < SECONDS {
        let begun = Instant::now();
        call();
        least = least.min(begun.elapsed().as_secs_f64());
    }
    least
}

fn generator(features: usize) -> Generator {
    tch::manual_seed(1);
    let config = GeneratorConfig {
        levels: 10,
        features,
        z_dim: 64,
        w_dim: 256,
        mapping_layers: 2,
        classes: Vec::new(),
        native_resolution: 32,
        affine_activation: AffineActivation::Lrelu,
        coordinate_chain: true,
        clamp: Some(256.0),
    };
    let generator = Generator::new(&config, 0, Device::Cpu);
    no_grad(|| generator.normalise_scale());
    generator
}

/// Forward and backward of a batch.
fn step(generator: &Generator, side: i64, batch: i64) {
    let z = Tensor::randn([batch, 64], (Kind::Float, Device::Cpu));
    let images = generator.synthesise(&generator.map(&z, None), side, Kind::BFloat16);
    images.square().mean(Kind::Float).backward();
    generator.store().trainable_variables().iter_mut().for_each(Tensor::zero_grad);
}

/// Operations of an image's forward and backward: nine products with W at every position, and twice
/// as many for their gradients.
fn flops(features: usize, side: i64) -> f64 {
    3.0 * 9.0 * 2.0 * (features * features) as f64 * (side * side) as f64
}
