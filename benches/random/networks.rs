//! Generators of any network with random weights, by way of a model file.

use std::sync::Arc;

use polyinr::GeneratedField;
use polyinr::model::{
    Config, Generator, GeneratorConfig, Kind, Latent, LatentConfig, Model, Truncation, latent,
    write,
};
use polyinr::network::NetworkConfig;
use polyinr::tensors::{NamedTensor, Storage};

/// Numbers in the latents z and w.
pub const LATENT: usize = 6;

/// The bytes of a model file of a network of this shape.
pub fn model(network: NetworkConfig, seed: u32) -> Vec<u8> {
    let tensors = tensors(&network, seed);
    write(&config(network), &tensors, Storage::F32).expect("tensors of the network's shapes")
}

/// A generator with a network of this shape.
pub fn generator(network: NetworkConfig, seed: u32) -> Arc<Generator> {
    let model = Model::from_bytes("random", &model(network, seed)).expect("a model");
    model.generator().expect("a generator")
}

/// A field of a network of this shape, made from a latent.
pub fn field(network: NetworkConfig, seed: u32) -> GeneratedField {
    let generator = generator(network, seed);
    let latent =
        Latent { z: generator.latent(seed), class: None, truncation: Truncation::uniform(1.0) };
    GeneratedField::from_latent(&generator, latent).expect("a field")
}

/// What the model file of a network of this shape says of itself.
pub fn config(network: NetworkConfig) -> Config {
    let kind =
        Kind::Generator(GeneratorConfig::new(LatentConfig::new(LATENT, LATENT), 16, network));
    Config {
        format_version: kind.format_version(),
        name: "random".to_owned(),
        licence: String::new(),
        training: String::new(),
        kind,
    }
}

/// The tensors of such a file: numbers that keep features at unit scale.
pub fn tensors(network: &NetworkConfig, seed: u32) -> Vec<NamedTensor> {
    let mut shapes = network.tensors(LATENT).expect("a network that is possible");
    for i in 0..2 {
        shapes.push((format!("mapping.fc{i}.weight"), vec![LATENT; 2]));
        shapes.push((format!("mapping.fc{i}.bias"), vec![LATENT]));
    }
    shapes.push(("mapping.w_avg".to_owned(), vec![LATENT]));
    let tensor = |(i, (name, shape)): (usize, (String, Vec<usize>))| {
        let numbers =
            latent(seed.wrapping_mul(1000).wrapping_add(i as u32), shape.iter().product());
        let [mean, deviation] = distribution(network, &name);
        let values = numbers.into_iter().map(|v| mean + deviation * v).collect();
        (name, shape, values)
    };
    shapes.into_iter().enumerate().map(tensor).collect()
}

/// Mean and deviation of a tensor's numbers.
fn distribution(network: &NetworkConfig, name: &str) -> [f32; 2] {
    let (owner, part) = name.rsplit_once('.').unwrap_or(("", name));
    // An INR-GAN's layers are modulated by factors, which lie around 0; what multiplies features around 1.
    let factors = matches!(network, NetworkConfig::InrGan(_)) && !owner.ends_with(".rgb");
    match part {
        "weight" if owner.starts_with("mapping.fc") => [0.0, 1.0 / network.mapping_rate()],
        "bias" if owner.starts_with("style.") && !factors => [1.0, 0.3],
        "bias" => [0.0, 0.3],
        _ => [0.0, 1.0],
    }
}
