//! A data set, as the command line says it.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::options::DataOptions;
use crate::error::Result;

/// A data set by its files and options.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataArgs {
    /// Folders or zip files of pictures; several are one data set
    #[arg(long = "data", value_name = "PATH", num_args = 1..)]
    #[serde(rename = "data", default)]
    pub paths: Vec<PathBuf>,
    /// How they are used.
    #[command(flatten)]
    #[serde(flatten)]
    pub options: DataOptions,
}

impl DataArgs {
    /// The data set at `resolution` pixels a side.
    ///
    /// # Errors
    /// As [`Dataset::open`].
    pub fn open(&self, resolution: u32) -> Result<Dataset> {
        Dataset::open(&self.paths, resolution, &self.options)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        data: DataArgs,
    }

    fn parse(arguments: &str) -> std::result::Result<DataArgs, clap::Error> {
        let words = std::iter::once("train").chain(arguments.split(' '));
        Program::try_parse_from(words).map(|program| program.data)
    }

    #[test]
    fn arguments_are_understood() {
        let args = parse("--data a.zip b.zip --labels c.json --mirror --hold-back 49").unwrap();
        assert_eq!(args.paths, ["a.zip", "b.zip"].map(PathBuf::from));
        assert_eq!(args.options.selection.hold_back, NonZeroU32::new(49));
        assert!(args.options.mirror && args.options.selection.labels.is_some());
        let text = serde_json::to_string(&args).unwrap();
        assert_eq!(serde_json::from_str::<DataArgs>(&text).unwrap(), args);
        for wrong in [
            "--data a --hold-back 0",
            "--data a --only-held-back",
            "--data a --labels b --unconditional",
            "--data a --data-cache b --no-data-cache",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
