//! How a data set is used, as the command line says it.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::selection::Selection;

/// How a data set is used.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataOptions {
    /// Which pictures.
    #[command(flatten)]
    #[serde(flatten)]
    pub selection: Selection,
    /// Flip every second picture horizontally, at random
    #[arg(long)]
    pub mirror: bool,
    /// Keep the resized pictures in FOLDER [default: polyinr/data in the user's cache folder]
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_data_cache")]
    pub data_cache: Option<PathBuf>,
    /// Keep the resized pictures in memory only, whatever they need
    #[arg(long)]
    pub no_data_cache: bool,
}
