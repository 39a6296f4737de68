//! What crops go through before the network sees them: options.

use std::ops::RangeInclusive;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::degrade::Chain;
use crate::error::{Error, Result};

/// What crops go through before the network sees them.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Crops")]
pub struct InputArgs {
    /// Cut crops from copies of the photographs too, which are reduced by these factors, with commas
    /// between. A photograph and its copies together are drawn as often as any other
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    #[serde(default)]
    pub reductions: Vec<f64>,
    /// Share of crops whose red, green and blue change places at random
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    #[serde(default)]
    pub permute_colours: f64,
    /// Share of batches at factor 1, which are cleaned and not enlarged
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    #[serde(default)]
    pub same_size: f64,
    /// What happens to reduced crops, so that it is undone and not enlarged: none, jpeg (compression
    /// at qualities of 60 to 95), web (resizing, and compression once or twice), photo (blur, noise,
    /// resizing and compression, in two rounds), or a JSON file with a chain of stages
    #[arg(long, value_name = "CHAIN", default_value = "none", conflicts_with = "jpeg",
        value_parser = clap::value_parser!(Chain))]
    #[serde(default)]
    pub degrade: Chain,
    /// Compress reduced crops as JPEG at a random quality in this range, as a chain of one stage
    #[arg(long, value_name = "FROM-TO", value_parser = qualities)]
    pub jpeg: Option<RangeInclusive<u8>>,
    /// Share of crops that --jpeg compresses; the others stay clean
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    #[serde(default = "whole")]
    pub jpeg_share: f64,
    /// Share of crops that --degrade or --jpeg passes over
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    #[serde(default)]
    pub clean_share: f64,
    /// Share of degraded crops of which a rectangle stays clean, or all but a rectangle
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    #[serde(default)]
    pub cutblur: f64,
}

impl InputArgs {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first option that makes no sense.
    pub fn check(&self) -> Result<()> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let within = "must be 0 to 1";
        let degrades = !self.chain().is_empty();
        let needs = "needs --degrade or --jpeg";
        let reductions = self.reductions.iter().all(|factor| 1.0 < *factor && *factor <= 16.0);
        let rules = [
            ("--reductions", reductions, "factors must be over 1 and up to 16"),
            ("--permute-colours", share(self.permute_colours), within),
            ("--same-size", share(self.same_size), within),
            ("--jpeg-share", share(self.jpeg_share), within),
            ("--jpeg-share", self.jpeg_share == 1.0 || self.jpeg.is_some(), "needs --jpeg"),
            ("--clean-share", share(self.clean_share), within),
            ("--clean-share", self.clean_share == 0.0 || degrades, needs),
            ("--cutblur", share(self.cutblur), within),
            ("--cutblur", self.cutblur == 0.0 || degrades, needs),
        ];
        if let Some((name, _, problem)) = rules.into_iter().find(|(_, holds, _)| !holds) {
            return Err(Error::parameter(name, problem));
        }
        self.degrade.check()
    }

    /// The chain of degradations.
    pub fn chain(&self) -> Chain {
        match &self.jpeg {
            Some(qualities) => Chain::jpeg(qualities, self.jpeg_share),
            None => self.degrade.clone(),
        }
    }

    /// What is done to crops, for a model's description; begins with a comma, or is empty.
    pub fn description(&self) -> String {
        let share = |share: f64, what: &str| match share {
            0.0 => String::new(),
            share => format!(", {:.0} % {what}", 100.0 * share),
        };
        let degraded = match (&self.jpeg, self.degrade.is_empty()) {
            (Some(q), _) => {
                let part = if self.jpeg_share == 1.0 {
                    String::new()
                } else {
                    format!("{:.0} % of them ", 100.0 * self.jpeg_share)
                };
                format!(", {part}compressed as JPEG of quality {} to {}", q.start(), q.end())
            }
            (None, true) => String::new(),
            (None, false) => format!(", degraded by {}", self.degrade.summary()),
        };
        format!(
            "{degraded}{}{}{}",
            share(self.clean_share, "left clean"),
            share(self.cutblur, "clean in a rectangle or around it"),
            share(self.permute_colours, "with colours exchanged"),
        )
    }
}

/// The share of crops that are compressed where nothing is said.
fn whole() -> f64 {
    1.0
}

/// Two numbers with a hyphen between.
pub(super) fn range<T: std::str::FromStr>(text: &str) -> std::result::Result<(T, T), String> {
    let parts = text.split_once('-');
    parts
        .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)))
        .ok_or_else(|| "two numbers with a hyphen between are needed".to_owned())
}

fn qualities(text: &str) -> std::result::Result<RangeInclusive<u8>, String> {
    let (from, to) = range::<u8>(text)?;
    match 1 <= from && from <= to && to <= 100 {
        true => Ok(from..=to),
        false => Err("qualities go from 1 to 100, the lower first".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::tests::parse;

    fn input(line: &str) -> super::InputArgs {
        parse(&format!("--photos a --steps 1 {line}")).unwrap().options.input
    }

    #[test]
    fn a_run_says_its_whole_chain() {
        let input = input("--degrade photo --clean-share 0.15 --cutblur 0.2");
        let json = serde_json::to_value(&input).unwrap();
        assert_eq!(json["degrade"][0]["blur"]["radius"], serde_json::json!([0.2, 1.6]));
        let back: super::InputArgs = serde_json::from_value(json).unwrap();
        assert_eq!(back, input);
        assert!(input.description().contains("15 % left clean"), "{}", input.description());
    }

    /// Checkpoints of earlier versions have `jpeg` and `jpeg_share` only.
    #[test]
    fn what_a_checkpoint_does_not_say_is_as_it_was() {
        let earlier = serde_json::json!({ "jpeg": { "start": 60, "end": 95 }, "jpeg_share": 0.75 });
        let input: super::InputArgs = serde_json::from_value(earlier).unwrap();
        assert_eq!(input, self::input("--jpeg 60-95 --jpeg-share 0.75"));
    }

    #[test]
    fn jpeg_is_a_chain_of_one_stage() {
        let preset = input("--degrade jpeg").chain();
        assert_eq!(input("--jpeg 60-95").chain(), preset);
        assert!(input("--jpeg 60-95 --jpeg-share 0.5").chain() != preset);
        assert!(parse("--photos a --steps 1 --jpeg 60-95 --degrade web").is_err());
    }

    #[test]
    fn senseless_options_are_refused_by_name() {
        for (line, option) in [
            ("--reductions 2,1", "--reductions"),
            ("--reductions NaN", "--reductions"),
            ("--permute-colours 1.5", "--permute-colours"),
            ("--same-size 0.5 --scale 1.1-4", "--same-size"),
            ("--jpeg 60-95 --jpeg-share 1.5", "--jpeg-share"),
            ("--jpeg-share 0.5", "--jpeg-share: needs"),
            ("--clean-share 0.5", "--clean-share: needs"),
            ("--cutblur 0.5", "--cutblur: needs"),
            ("--degrade web --cutblur 1.5", "--cutblur"),
        ] {
            let options = parse(&format!("--photos a --steps 1 {line}")).unwrap().options;
            let error = options.check().unwrap_err().to_string();
            assert!(error.starts_with(option), "{error}");
        }
        let error = parse("--photos a --steps 1 --degrade sepia").err().unwrap().to_string();
        assert!(error.contains("none, jpeg, web, photo"), "{error}");
    }
}
