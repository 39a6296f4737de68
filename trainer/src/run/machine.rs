//! Where a run computes.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::device::{Precision, PrecisionArg, set_threads};

/// Where and in what precision a run computes, and from which draws.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// What networks compute in; weights and statistics are 32-bit floats always [resumed: as before]
    #[arg(long, value_enum, default_value_t = PrecisionArg::Auto)]
    pub precision: PrecisionArg,
    /// cpu, cuda or cuda:N
    ///
    /// A resumed run may take another device or other threads. It then ends in other bits than it
    /// would have.
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub device: String,
    /// Threads that compute [default: all processors, resumed: as before]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Where all random draws come from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// The same, decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What networks compute in; weights and statistics are 32-bit floats always.
    pub precision: Precision,
    /// `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Threads that compute.
    pub threads: usize,
    /// Where all random draws come from.
    pub seed: u64,
}

impl MachineArgs {
    /// Sets the threads that compute, and decides on what was left open; on a processor by measuring, once.
    pub fn resolve(self) -> Machine {
        let threads = set_threads(self.threads);
        let precision = self.precision.on(&self.device);
        Machine { precision, device: self.device, threads, seed: self.seed }
    }
}
