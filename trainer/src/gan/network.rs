//! The generator's network as options say it, and the options that say a network.

use polyinr::network::inr_gan::{InrGanBlock, Upsampling};
use polyinr::network::{CrepsConfig, InrGanConfig, NetworkConfig};
use serde_json::{Map, Value, json};

use super::architecture::{Architecture, Enlargement, Form};
use super::schedule::{ScheduleArgs, Stage};
use super::shape::NetworkArgs;
use super::widths::Widths;

impl NetworkArgs {
    /// These with what depends on the schedule decided.
    pub fn resolve(mut self, schedule: &ScheduleArgs) -> Self {
        let (first, last) = (schedule.resolution.first(), schedule.resolution.last());
        match (self.network, first, last) {
            (Architecture::Creps, _, Some(last)) => {
                self.blocks.get_or_insert(blocks_to((*last).max(8)));
            }
            (Architecture::InrGan, Some(first), _) => {
                self.input_resolution.get_or_insert(input_resolution(*first));
            }
            _ => (),
        }
        self
    }
}

/// The network of a stage.
pub fn config(args: &NetworkArgs, stage: &Stage) -> NetworkConfig {
    match args.network {
        Architecture::PolyInr => {
            NetworkConfig::PolyInr(args.form.network(stage.levels, args.features.of(0)))
        }
        Architecture::Creps => NetworkConfig::Creps(creps(args, stage)),
        Architecture::InrGan => NetworkConfig::InrGan(inr_gan(args, stage)),
    }
}

fn creps(args: &NetworkArgs, stage: &Stage) -> CrepsConfig {
    let count = args.blocks.unwrap_or_else(|| blocks_to(stage.resolution));
    let features = (0..count).map(|block| args.features.of(block)).collect();
    let mut network = CrepsConfig::new(features, args.line_channels);
    network.rank = args.rank.unwrap_or(network.rank);
    network
}

fn inr_gan(args: &NetworkArgs, stage: &Stage) -> InrGanConfig {
    let input = args.input_resolution.unwrap_or_else(|| input_resolution(stage.resolution));
    let mut network = InrGanConfig::new(Vec::new(), input as usize);
    network.blocks = (0..blocks_to(stage.resolution))
        .map(|block| {
            let positions = network.takes_coordinates(block);
            let side = network.resolution_of(block);
            inr_gan_block(block, args.features.of(block), positions.then_some(side))
        })
        .collect();
    network.rank = args.rank.unwrap_or(network.rank);
    match args.upsampling {
        Enlargement::Nearest => network,
        Enlargement::Bilinear => network.bilinear(),
    }
}

/// A block of two layers, one in the first. Where it is told positions on a grid of that side, these are
/// octaves of waves: along both axes and diagonals up to 16 pixels, along the axes beside eight random
/// ones beyond, where the finest octaves of diagonals say little more.
fn inr_gan_block(block: usize, features: usize, side: Option<usize>) -> InrGanBlock {
    let (waves, constants) = match side {
        None => (0, 0),
        Some(side @ 0..=16) => (4 * side.ilog2() as usize, 6),
        Some(side) => (2 * side.ilog2() as usize + 8, 4),
    };
    InrGanBlock { features, layers: if block == 0 { 1 } else { 2 }, waves, constants }
}

/// Blocks of 4, 8, 16, ... pixels up to a resolution.
fn blocks_to(resolution: u32) -> usize {
    (resolution.ilog2() - 1) as usize
}

/// The resolution that an INR-GAN begins at whose first stage has this one.
fn input_resolution(first: u32) -> u32 {
    (first / 4).max(4)
}

/// The options that mean `network`, by their names in JSON; `levels` is not among them.
///
/// # Errors
/// Why none do, in words.
pub fn options(network: &NetworkConfig) -> Result<Map<String, Value>, String> {
    let options = match network {
        NetworkConfig::PolyInr(network) => {
            let form =
                Form::of(network).ok_or("it is of neither form that can be trained (--form)")?;
            json!({ "network": Architecture::PolyInr, "features": network.features, "form": form })
        }
        NetworkConfig::Creps(network) => json!({
            "network": Architecture::Creps,
            "features": Widths::new(network.blocks.clone()),
            "blocks": network.blocks.len(),
            "line_channels": network.line_channels,
            "rank": network.rank,
        }),
        NetworkConfig::InrGan(network) => inr_gan_options(network)?,
    };
    Ok(options.as_object().cloned().unwrap_or_default())
}

fn inr_gan_options(network: &InrGanConfig) -> Result<Value, String> {
    let upsampling = match (network.upsampling, network.normalised) {
        (Upsampling::Nearest, false) => Enlargement::Nearest,
        (Upsampling::Bilinear, true) => Enlargement::Bilinear,
        _ => return Err("it is of neither variant that can be trained (--upsampling)".to_owned()),
    };
    let trained = |(number, block): (usize, &InrGanBlock)| {
        let side = network.takes_coordinates(number).then(|| network.resolution_of(number));
        *block == inr_gan_block(number, block.features, side)
    };
    if !network.input_resolution.is_power_of_two()
        || !network.blocks.iter().enumerate().all(trained)
    {
        let problem = "its blocks have other layers or embeddings than those that can be trained";
        return Err(problem.to_owned());
    }
    let features = network.blocks.iter().map(|block| block.features).collect();
    Ok(json!({
        "network": Architecture::InrGan,
        "features": Widths::new(features),
        "rank": network.rank,
        "input_resolution": network.input_resolution,
        "upsampling": upsampling,
    }))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use polyinr::network::PolyInrConfig;

    use super::*;
    use crate::gan::options::Options;
    use crate::gan::schedule::Schedule;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    /// What a run with these options resolves to, and the network of each of its stages.
    fn networks(line: &str) -> (NetworkArgs, Vec<NetworkConfig>) {
        let words = ["train", "--data", "x"].into_iter().chain(line.split_whitespace());
        let settings = Line::try_parse_from(words).unwrap().options.resolve();
        let schedule = Schedule::new(&settings.schedule).unwrap();
        let networks = schedule.stages().iter().map(|stage| config(&settings.networks, stage));
        (settings.networks.clone(), networks.collect())
    }

    #[test]
    fn options_say_networks_and_networks_options() {
        for line in [
            "--features 64 --levels 4 --form paper",
            "--network creps --features 64,32 --rank 4 --resolution 32,64",
            "--network creps --blocks 3 --line-channels 8",
            "--network inr-gan --features 64,32 --resolution 16,64 --rank 3",
            "--network inr-gan --upsampling bilinear --input-resolution 8",
        ] {
            let (args, stages) = networks(line);
            let Value::Object(mut said) = serde_json::to_value(&args).unwrap() else { panic!() };
            for stage in &stages {
                let options = options(stage).unwrap();
                // What was left open is what it came to.
                said.entry("rank").and_modify(|rank| {
                    if rank.is_null() {
                        rank.clone_from(options.get("rank").unwrap_or(&Value::Null));
                    }
                });
                for (name, value) in options {
                    assert_eq!(said[&name], value, "{line}: {name}");
                }
            }
        }
    }

    #[test]
    fn blocks_follow_the_resolution() {
        let (_, stages) = networks("--network inr-gan --resolution 32,64");
        let [NetworkConfig::InrGan(first), NetworkConfig::InrGan(second)] = &stages[..] else {
            panic!("two stages")
        };
        assert_eq!((first.resolution(), second.resolution()), (32, 64));
        assert_eq!((first.input_resolution, second.input_resolution), (8, 8));
        // As the published network of this resolution, but for its further layer.
        let embeddings: Vec<_> = first.blocks.iter().map(|b| (b.waves, b.constants)).collect();
        assert_eq!(embeddings, [(12, 6), (0, 0), (16, 6), (18, 4)]);
        let (_, stages) = networks("--network creps --resolution 16,64");
        assert_eq!(stages[0], stages[1]);
        assert!(matches!(&stages[0], NetworkConfig::Creps(c) if c.resolution() == 64));
    }

    #[test]
    fn networks_that_cannot_be_trained_are_refused() {
        let mut network = PolyInrConfig::new(4, 8);
        network.clamp = None;
        assert!(options(&NetworkConfig::PolyInr(network)).unwrap_err().contains("--form"));
        let (_, stages) = networks("--network inr-gan");
        let NetworkConfig::InrGan(network) = &stages[0] else { panic!("an INR-GAN") };
        let mut other = network.clone();
        other.normalised = true;
        assert!(options(&NetworkConfig::InrGan(other)).unwrap_err().contains("--upsampling"));
        let mut other = network.clone();
        other.blocks[2].layers = 3;
        assert!(options(&NetworkConfig::InrGan(other)).unwrap_err().contains("other layers"));
    }
}
