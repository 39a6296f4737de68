//! `cargo xtask header`: the C header.

use std::fs;

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
    let path = root().join(HEADER);
    if args.check {
        let there = fs::read(&path).map_err(|e| format!("{HEADER}: {e}"))?;
        return match there == made {
            true => Ok(()),
            false => Err(format!("{HEADER} is not what src/ffi says; run `cargo xtask header`")),
        };
    }
    let failed = |e: std::io::Error| format!("{HEADER}: {e}");
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
    fs::write(&path, made).map_err(failed)
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
