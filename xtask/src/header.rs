//! `cargo xtask header`: the C header.

use crate::generated::Generated;
use crate::shell::{Outcome, root};

/// The header, under the repository's root.
const HEADER: &str = "include/polyinr.h";

/// Make include/polyinr.h from src/ffi
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write nothing; fail when the header is not what would be made
    #[arg(long)]
    check: bool,
}

/// Runs `cargo xtask header`.
pub fn run(args: &Args) -> Outcome {
    let made = make()?;
    let (source, command) = ("src/ffi", "cargo xtask header");
    Generated { file: HEADER, made, source, command }.settle(args.check)
}

fn make() -> Outcome<Vec<u8>> {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml"))?;
    let front = root().join("src/ffi/mod.rs");
    let builder = cbindgen::Builder::new().with_config(config).with_src(front);
    let bindings = builder.generate().map_err(|e| format!("src/ffi: {e}"))?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    Ok(header)
}
