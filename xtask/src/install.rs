//! `cargo xtask install`: the library where C and C++ programs find it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::shell::{Outcome, cargo, root, succeed};

/// Install the shared library, its header, and files for pkg-config and CMake
///
/// The environment variable DESTDIR is put before all paths that are written, for packaging.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder that holds lib, include ... when installed
    #[arg(long, default_value = "/usr/local", value_name = "FOLDER")]
    prefix: PathBuf,
    /// Leave out the built-in models' weights
    #[arg(long)]
    without_models: bool,
}

/// Version of the package, as the workspace says.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Part of the version within which programs need not be built again: before version 1 the minor
/// one, afterwards the major one.
fn series() -> String {
    let mut parts = VERSION.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        _ => VERSION.to_owned(),
    }
}

/// Runs `cargo xtask install`.
pub fn run(args: &Args) -> Outcome {
    if !args.prefix.is_absolute() {
        return Err(format!("--prefix {}: give an absolute path", args.prefix.display()));
    }
    let library = build(args)?;
    let stage = match std::env::var_os("DESTDIR").filter(|d| !d.is_empty()) {
        None => args.prefix.clone(),
        Some(before) => {
            let inside = args.prefix.strip_prefix("/").unwrap_or(&args.prefix);
            PathBuf::from(before).join(inside)
        }
    };
    let lib = stage.join("lib");
    put(&library, &lib.join(format!("libpolyinr.so.{VERSION}")))?;
    link(&format!("libpolyinr.so.{VERSION}"), &lib.join(format!("libpolyinr.so.{}", series())))?;
    link(&format!("libpolyinr.so.{}", series()), &lib.join("libpolyinr.so"))?;
    for header in ["polyinr.h", "polyinr.hpp"] {
        put(&root().join("include").join(header), &stage.join("include").join(header))?;
    }
    let cmake = lib.join("cmake/polyinr");
    fill("polyinr.pc.in", &lib.join("pkgconfig/polyinr.pc"), &args.prefix)?;
    fill("polyinrConfig.cmake.in", &cmake.join("polyinrConfig.cmake"), &args.prefix)?;
    fill("polyinrConfigVersion.cmake.in", &cmake.join("polyinrConfigVersion.cmake"), &args.prefix)
}

/// Builds the shared library without command line, with the name that programs will look for.
fn build(args: &Args) -> Outcome<PathBuf> {
    let mut command = cargo();
    command.args(["rustc", "--release", "--lib", "--crate-type", "cdylib"]);
    command.args(["--no-default-features", "--package", "polyinr"]);
    if !args.without_models {
        command.args(["--features", "builtin-models"]);
    }
    let name = format!("-Clink-arg=-Wl,-soname,libpolyinr.so.{}", series());
    succeed(command.args(["--", "-Cstrip=symbols", &name]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| root().join("target"));
    Ok(root().join(target).join("release/libpolyinr.so"))
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

fn folder_of(path: &Path) -> Outcome {
    path.parent().map_or(Ok(()), |folder| fs::create_dir_all(folder).map_err(failed(folder)))
}

fn put(from: &Path, to: &Path) -> Outcome {
    folder_of(to)?;
    println!("{}", to.display());
    // A program that has the earlier file open keeps it.
    let _ = fs::remove_file(to);
    fs::copy(from, to).map(drop).map_err(failed(to))
}

fn link(target: &str, at: &Path) -> Outcome {
    println!("{} -> {target}", at.display());
    let _ = fs::remove_file(at);
    symlink(target, at).map_err(failed(at))
}

/// Fills in a template of `packaging`.
fn fill(template: &str, to: &Path, prefix: &Path) -> Outcome {
    folder_of(to)?;
    println!("{}", to.display());
    let from = root().join("packaging").join(template);
    let text = fs::read_to_string(&from).map_err(failed(&from))?;
    let text = text
        .replace("@prefix@", &prefix.display().to_string())
        .replace("@version@", VERSION)
        .replace("@soversion@", &series())
        .replace("@series@", &series());
    fs::write(to, text).map_err(failed(to))
}
