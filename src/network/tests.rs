//! What holds of CREPS and INR-GAN as networks.

use std::collections::HashMap;

use super::inr_gan::{InrGanBlock, Upsampling};
use super::*;
use crate::error::{Error, Result};
use crate::tensors::TensorSource;

/// Numbers in the latents w.
const W_DIM: usize = 5;

fn creps() -> CrepsConfig {
    CrepsConfig { rank: 3, ..CrepsConfig::new(vec![6, 5, 7], 2) }
}

/// Two blocks at 8 pixels, then one at 16 and one at 32.
fn inr_gan() -> InrGanConfig {
    let block =
        |features, layers, waves, constants| InrGanBlock { features, layers, waves, constants };
    let blocks = vec![block(4, 1, 3, 2), block(5, 2, 0, 0), block(3, 3, 2, 0), block(4, 2, 0, 0)];
    InrGanConfig { rank: 2, ..InrGanConfig::new(blocks, 8) }
}

fn configs() -> [NetworkConfig; 3] {
    [
        NetworkConfig::Creps(creps()),
        NetworkConfig::InrGan(inr_gan()),
        NetworkConfig::InrGan(inr_gan().bilinear()),
    ]
}

/// Tensors by their names.
struct Named(HashMap<String, (Vec<usize>, Vec<f32>)>);

impl Named {
    /// All that a network of this shape needs, no two values alike.
    fn of(config: &NetworkConfig) -> Self {
        let tensors = config.tensors(W_DIM).unwrap();
        let named = tensors.into_iter().enumerate().map(|(number, (name, shape))| {
            let values = (0..shape.iter().product::<usize>())
                .map(|i| ((number * 7919 + i) as f32 * 0.37).sin())
                .collect();
            (name, (shape, values))
        });
        Self(named.collect())
    }
}

impl TensorSource for Named {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        match self.0.get(name) {
            Some((own, values)) if own == shape => Ok(values.clone()),
            found => Err(Error::model("test", format!("{name}: {shape:?}, {found:?}"))),
        }
    }
}

fn network(config: &NetworkConfig) -> Network {
    Network::load(config, W_DIM, &Named::of(config)).unwrap()
}

fn styles(network: &Network, seed: usize) -> Styles {
    let row = |level| (0..W_DIM).map(|i| ((seed * 31 + level * 7 + i) as f32).cos()).collect();
    Styles::from_rows((0..network.level_groups().levels()).map(row).collect()).unwrap()
}

/// What makes a configuration wrong.
type Change<T> = fn(&mut T);

#[test]
fn shapes_are_those_of_the_architectures() {
    let (creps, inr_gan) = (creps(), inr_gan());
    assert_eq!((creps.resolution(), creps.levels(), creps.maps()), (16, 7, 2));
    assert_eq!((inr_gan.resolution(), inr_gan.levels()), (32, 9));
    let [creps, inr_gan, _] = configs().map(|config| network(&config));
    assert_eq!((creps.maps(), inr_gan.maps()), (4, 4));
    let tensors =
        |network: &Network| -> Vec<usize> { network.code_shape().iter().map(Vec::len).collect() };
    // The input; a block's first layers and lines share levels; the refinement's six layers.
    assert_eq!(tensors(&creps), [1, 2, 1, 2, 1, 1, 6]);
    // Two factors a layer; colours share the level of the next block's first layer.
    assert_eq!(tensors(&inr_gan), [2, 3, 2, 3, 2, 2, 3, 2, 1]);
    assert_eq!(creps.code_shape()[0], [[6, 6]]);
    assert_eq!(inr_gan.code_shape()[0], [[4, 2], [2, 8]]);
}

#[test]
fn codes_have_the_shapes_that_the_network_says() {
    for config in configs() {
        let network = network(&config);
        let code = network.code(&styles(&network, 1)).unwrap();
        assert_eq!(code.shape(), network.code_shape());
        assert_eq!(code.levels(), config.level_groups().levels());
        let few = Styles::broadcast(&[0.5; W_DIM], code.levels() - 1);
        let short = Styles::broadcast(&[0.5; W_DIM - 1], code.levels());
        for (styles, said) in [(few, "latents given"), (short, "numbers")] {
            let error = network.code(&styles).unwrap_err().to_string();
            assert!(error.starts_with("styles: ") && error.contains(said), "{error}");
        }
    }
}

/// No level's tensors depend on another's latent, unlike Poly-INR's.
#[test]
fn mixing_latents_is_mixing_codes() {
    for config in configs() {
        let network = network(&config);
        let [a, b] = [1, 2].map(|seed| styles(&network, seed));
        let [code_a, code_b] = [&a, &b].map(|styles| network.code(styles).unwrap());
        for level in 0..code_a.levels() {
            let rows = network.code(&a.clone().mixed(&b, [level]).unwrap()).unwrap();
            let codes = code_a.clone().mixed(&code_b, [level]).unwrap();
            assert_eq!(rows, codes, "level {level}");
            assert_ne!(rows, code_a, "level {level} makes nothing");
        }
    }
}

#[test]
fn matrices_are_exchanged_in_their_order() {
    for config in configs() {
        let network = network(&config);
        let mut names: Vec<String> = network.matrices().into_iter().map(|m| m.name).collect();
        let mut others: Vec<Linear> =
            network.matrices().iter().map(|matrix| matrix.layer.clone()).collect();
        for (number, layer) in others.iter_mut().enumerate() {
            layer.weight.fill(number as f32);
            layer.bias.fill(-(number as f32));
        }
        let other = network.with_matrices(others.clone()).unwrap();
        assert_eq!(other.config(), config);
        for ((own, other), expected) in network.matrices().iter().zip(other.matrices()).zip(&others)
        {
            assert_eq!((&own.name, own.level, expected), (&other.name, other.level, other.layer));
        }
        // Codes are made by heads, which tuning leaves alone.
        let styles = styles(&network, 3);
        assert_eq!(other.code(&styles).unwrap(), network.code(&styles).unwrap());
        assert!(network.with_matrices(others[1..].to_vec()).is_err());
        others.reverse();
        assert!(network.with_matrices(others).is_err());
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "two matrices have one name");
        let levels = network.level_groups().levels();
        assert!(network.matrices().iter().all(|matrix| matrix.level < levels));
    }
}

#[test]
fn tensors_are_those_that_loading_reads() {
    for config in configs() {
        let all = Named::of(&config);
        for (name, shape) in config.tensors(W_DIM).unwrap() {
            assert_eq!(all.0[&name].0, shape, "{name} has two shapes");
            let mut missing = Named(all.0.clone());
            missing.0.remove(&name);
            assert!(Network::load(&config, W_DIM, &missing).is_err(), "{name} is not read");
        }
        assert_eq!(config.tensors(W_DIM).unwrap().len(), all.0.len(), "one is read twice");
    }
}

#[test]
fn configurations_name_their_network() {
    let names = ["creps", "inr-gan", "inr-gan"];
    for (config, name) in configs().into_iter().zip(names) {
        assert_eq!(config.name(), name);
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(json["network"], name);
        assert_eq!(serde_json::from_value::<NetworkConfig>(json).unwrap(), config);
    }
    let json = serde_json::to_value(NetworkConfig::InrGan(inr_gan().bilinear())).unwrap();
    assert_eq!(json["upsampling"], "bilinear");
    assert_eq!(json["normalised"], true);
    for (part, value) in
        [("upsampling", "cubic".into()), ("blocks", 3.into()), ("rank", (-1).into())]
    {
        let mut json = json.clone();
        json[part] = value;
        assert!(serde_json::from_value::<NetworkConfig>(json).is_err(), "{part}");
    }
    // A block says only what it has.
    let block = serde_json::json!({"features": 4, "layers": 1});
    let block = serde_json::from_value::<InrGanBlock>(block).unwrap();
    assert_eq!((block.waves, block.constants), (0, 0));
}

#[test]
fn numbers_of_creps_are_checked() {
    let with = |change: fn(&mut CrepsConfig)| {
        let mut config = creps();
        change(&mut config);
        NetworkConfig::Creps(config).tensors(W_DIM).unwrap_err().to_string()
    };
    let cases: [(Change<CrepsConfig>, &str); 8] = [
        (|c| c.blocks.clear(), "the number of blocks = 0"),
        (|c| c.blocks.truncate(1), "the number of blocks = 1"),
        (|c| c.blocks.resize(13, 4), "the number of blocks = 13"),
        (|c| c.blocks[2] = 0, "blocks = 0"),
        (|c| c.blocks[1] = 8193, "blocks = 8193"),
        (|c| c.blocks[0] = 5, "5 features; it takes an even number"),
        (|c| c.rank = 0, "rank = 0"),
        (|c| c.line_channels = usize::MAX, "line_channels = "),
    ];
    for (change, said) in cases {
        assert!(with(change).contains(said), "{said}: {}", with(change));
    }
}

#[test]
fn numbers_of_inr_gan_are_checked() {
    let with = |change: fn(&mut InrGanConfig)| {
        let mut config = inr_gan();
        change(&mut config);
        NetworkConfig::InrGan(config).tensors(W_DIM).unwrap_err().to_string()
    };
    let cases: [(Change<InrGanConfig>, &str); 10] = [
        (|c| c.blocks.clear(), "the number of blocks = 0"),
        (|c| c.blocks = vec![c.blocks[0]; 11], "the number of blocks = 11"),
        (|c| c.input_resolution = 0, "input_resolution = 0"),
        (|c| c.input_resolution = 4097, "input_resolution = 4097"),
        (|c| c.rank = 1025, "rank = 1025"),
        (|c| c.blocks[3].features = 0, "features = 0"),
        (|c| c.blocks[3].layers = 9, "layers = 9"),
        (|c| c.blocks[2].waves = usize::MAX, "waves = "),
        // At the resolution of the block before.
        (|c| c.blocks[1].constants = 1, "constants = 1; 0 to 0 are possible"),
        (|c| (c.blocks[0].waves, c.blocks[0].constants) = (0, 0), "the first layer no inputs"),
    ];
    for (change, said) in cases {
        assert!(with(change).contains(said), "{said}: {}", with(change));
    }
    assert!(inr_gan().bilinear().upsampling == Upsampling::Bilinear);
}
