//! `cargo run --package polyinr-train --example scale`: sizes of every level's affine term and
//! output over random latents, before and after an untrained generator's scale is set.

use polyinr::model::{GeneratorConfig, LatentConfig};
use polyinr::network::{NetworkConfig, PolyInrConfig};
use polyinr_train::generator::Generator;
use polyinr_train::random::{Stream, reseed};
use tch::Device;

fn main() {
    let network = NetworkConfig::PolyInr(PolyInrConfig::new(14, 64));
    let config = GeneratorConfig::new(LatentConfig::new(64, 256), 32, network);
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
