//! `cargo xtask fuzz`: inputs nobody thought of.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cache::cache;
use crate::shell::{Outcome, cargo, probe, root, succeed};

/// The version of cargo-fuzz that is installed where none is.
const CARGO_FUZZ: &str = "0.13.2";

/// Let the decoders and model loaders look for inputs that make them panic
///
/// Starts from the corpora in fuzz/corpus and works on copies in target/fuzz, where findings are
/// written too. A finding, made small with `cargo fuzz tmin`, belongs into the corpus with its
/// mending: the tests replay those of files.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Targets [default: all]
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

/// Runs `cargo xtask fuzz`.
pub fn run(args: &Args) -> Outcome {
    let all = targets()?;
    if let Some(unknown) = args.targets.iter().find(|t| !all.contains(t)) {
        return Err(format!("{unknown} is no target; there are {}", all.join(", ")));
    }
    install()?;
    let targets = if args.targets.is_empty() { all } else { args.targets.clone() };
    succeed(fuzz()?.args(["build", "--fuzz-dir", "fuzz"]))?;
    for target in &targets {
        let work = root().join("target/fuzz").join(target);
        let corpus = work.join("corpus");
        copy(&root().join("fuzz/corpus").join(target), &corpus)?;
        println!("=== {target}: {} s", args.seconds);
        let mut command = fuzz()?;
        command.args(["run", "--fuzz-dir", "fuzz", target]).arg(corpus).arg("--");
        command.arg(format!("-max_total_time={}", args.seconds));
        command.arg(format!("-artifact_prefix={}/", work.display()));
        command.args(["-rss_limit_mb=3000", "-timeout=20", "-max_len=20000", "-verbosity=0"]);
        succeed(&mut command)?;
    }
    println!("no finding in {}", targets.join(", "));
    Ok(())
}

/// Names of all targets.
fn targets() -> Outcome<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let stem = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(|e| stem(&e.path())).collect();
    names.sort();
    Ok(names)
}

/// cargo-fuzz, with the sanitizers that a released compiler keeps behind this variable.
fn fuzz() -> Outcome<Command> {
    let mut command = cargo();
    let tools = cache()?.join("tools/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).map_err(|e| format!("PATH: {e}"))?;
    command.arg("fuzz").env("RUSTC_BOOTSTRAP", "1").env("PATH", path);
    Ok(command)
}

fn install() -> Outcome {
    if fuzz()?.arg("--version").output().is_ok_and(|o| o.status.success()) {
        return Ok(());
    }
    if !probe("c++ --version") {
        return Err("libFuzzer needs a C++ compiler; on Debian: apt-get install g++".into());
    }
    let mut install = cargo();
    install.args(["install", "--quiet", "--locked", "--version", CARGO_FUZZ, "--root"]);
    succeed(install.arg(cache()?.join("tools")).arg("cargo-fuzz"))
}

/// Copies the files of one folder to another, which is made if need be.
fn copy(from: &Path, to: &Path) -> Outcome {
    let failed = |e: std::io::Error| format!("{} to {}: {e}", from.display(), to.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed)?;
    }
    Ok(())
}
