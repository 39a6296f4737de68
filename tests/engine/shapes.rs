//! Shapes of small networks.

use polyinr::network::inr_gan::{InrGanBlock, Upsampling};
use polyinr::network::{CrepsConfig, InrGanConfig, NetworkConfig};
use proptest::prelude::*;

/// A CREPS of any shape.
pub fn creps() -> impl Strategy<Value = NetworkConfig> {
    let rest = prop::collection::vec(1usize..13, 1..4);
    (1usize..7, rest, 1usize..5, 1usize..6).prop_map(|(half, rest, rank, channels)| {
        let blocks = [2 * half].into_iter().chain(rest).collect();
        let mut config = CrepsConfig::new(blocks, channels);
        config.rank = rank;
        NetworkConfig::Creps(config)
    })
}

/// An INR-GAN of any shape and variant.
pub fn inr_gan() -> impl Strategy<Value = NetworkConfig> {
    let block = (1usize..13, 1usize..4, 0usize..6, 0usize..4);
    let block = block.prop_map(|(features, layers, waves, constants)| InrGanBlock {
        features,
        layers,
        waves,
        constants,
    });
    let blocks = prop::collection::vec(block, 1..5);
    (blocks, prop::bool::ANY, 1usize..5, prop::bool::ANY, prop::bool::ANY).prop_map(
        |(blocks, large, rank, bilinear, normalised)| {
            let mut config = InrGanConfig::new(blocks, if large { 8 } else { 4 });
            config.rank = rank;
            config.normalised = normalised;
            if bilinear {
                config.upsampling = Upsampling::Bilinear;
            }
            config.blocks[0].waves += 1;
            for number in 0..config.blocks.len() {
                if !config.takes_coordinates(number) {
                    (config.blocks[number].waves, config.blocks[number].constants) = (0, 0);
                }
            }
            NetworkConfig::InrGan(config)
        },
    )
}

/// Either.
pub fn any() -> impl Strategy<Value = NetworkConfig> {
    prop_oneof![creps(), inr_gan()]
}
