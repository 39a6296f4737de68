//! `cargo run --package polyinr-train --example scale`: sizes of every level's affine term and
//! output over random latents, before and after an untrained network's scale is set.

use std::rc::Rc;

use polyinr::model::{GeneratorConfig, LatentConfig};
use polyinr::network::{NetworkConfig, PolyInrConfig};
use polyinr_train::generator::poly_inr::PolyInr;
use polyinr_train::generator::{Generator, Network as _};
use polyinr_train::random::{Stream, reseed};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

fn main() {
    let _guard = tch::no_grad_guard();
    let shape = PolyInrConfig::new(14, 64);
    let latent = LatentConfig::new(64, 256);
    reseed(0, 0, Stream::Initial);
    let store = VarStore::new(Device::Cpu);
    let network = Rc::new(PolyInr::new(&store.root(), &shape, latent.w_dim));
    let config = GeneratorConfig::new(latent, 32, NetworkConfig::PolyInr(shape));
    let generator = Generator::new(&config, 0, Device::Cpu);
    let latents = || {
        let z = Tensor::randn([256, generator.z_dim()], (Kind::Float, Device::Cpu));
        generator.map(&z, None)
    };
    let drawn = network.scales(&latents());
    network.normalise(&latents());
    let scaled = network.scales(&latents());
    println!("level  drawn: affine  output  scaled, on other latents: affine  output");
    for (j, (a, b)) in drawn.iter().zip(&scaled).enumerate() {
        println!(
            "{j:>5} {:>14.2} {:>7.2} {:>32.2} {:>7.2}",
            a.affine, a.output, b.affine, b.output
        );
    }
}
