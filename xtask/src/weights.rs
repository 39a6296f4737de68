//! Trained networks that a script gets from Python packages, in the user's cache folder.

use std::path::PathBuf;
use std::process::Command;

use crate::cache::cache;
use crate::shell::{Outcome, root, succeed};

/// Weights of a network.
pub struct Weights {
    /// What messages call the network.
    pub network: &'static str,
    /// The file's name in the user's cache folder.
    pub file: &'static str,
    /// What gets the weights and writes the file whose path it is given, under the repository's root.
    pub script: &'static str,
}

impl Weights {
    /// Gets the file if it is not there; its path.
    pub fn prepare(&self) -> Outcome<PathBuf> {
        let path = cache()?.join(self.file);
        if !path.is_file() {
            eprintln!("xtask: getting {} into {}", self.network, path.display());
            succeed(Command::new("python3").arg(root().join(self.script)).arg(&path))?;
        }
        Ok(path)
    }

    /// Gets the file if it is not there and prints its path.
    pub fn run(&self) -> Outcome {
        println!("{}", self.prepare()?.display());
        Ok(())
    }
}
