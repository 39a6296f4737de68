//! `cargo run --package polyinr-train --example scale`: sizes of every level's affine term and
//! output over random latents, before and after an untrained generator's scale is set.

use polyinr::model::{AffineActivation, GeneratorConfig};
use polyinr_train::generator::Generator;
use polyinr_train::random::{Stream, reseed};
use tch::Device;

fn main() {
    let config = GeneratorConfig {
        levels: 14,
        features: 64,
        z_dim: 64,
        w_dim: 256,
        mapping_layers: 2,
        classes: Vec::new(),
        native_resolution: 32,
        affine_activation: AffineActivation::Lrelu,
        coordinate_chain: true,
        clamp: Some(256.0),
    };
    reseed(0, 0, Stream::Initial);
    let generator = Generator::new(&config, 0, Device::Cpu);
    let drawn = generator.scales();
    generator.normalise_scale();
    let scaled = generator.scales();
    println!("level  drawn: affine  output  scaled, on other latents: affine  output");
    for (j, (a, b)) in drawn.iter().zip(&scaled).enumerate() {
        println!(
            "{j:>5} {:>14.2} {:>7.2} {:>32.2} {:>7.2}",
            a.affine, a.output, b.affine, b.output
        );
    }
}
