//! `cargo xtask install`: the library where C and C++ programs find it, and plug-ins where their
//! hosts do.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::gimp;
use crate::krita;
use crate::shell::{Outcome, cargo, root, succeed};

/// Install the shared library, its header, and files for pkg-config and CMake; or a plug-in
///
/// The environment variable DESTDIR is put before all paths that are written, for packaging.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to install instead of the library
    #[command(subcommand)]
    plug_in: Option<PlugIn>,
    /// Folder that holds lib, include ... when installed
    #[arg(long, default_value = "/usr/local", value_name = "FOLDER")]
    prefix: PathBuf,
    /// Leave out the built-in models' weights
    #[arg(long)]
    without_models: bool,
}

/// A plug-in to be installed.
#[derive(Debug, clap::Subcommand)]
pub enum PlugIn {
    Gimp(gimp::Args),
    Krita(krita::Args),
}

/// A plug-in to be taken away.
#[derive(Debug, clap::Subcommand)]
pub enum Installed {
    Gimp(gimp::Args),
    /// The plug-in for Krita
    Krita,
}

/// Take an installed plug-in away
#[derive(Debug, clap::Args)]
pub struct Removal {
    #[command(subcommand)]
    plug_in: Installed,
}

/// Runs `cargo xtask uninstall`.
pub fn remove(args: &Removal) -> Outcome {
    match &args.plug_in {
        Installed::Gimp(args) => gimp::uninstall(args),
        Installed::Krita => krita::uninstall(),
    }
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
    match &args.plug_in {
        Some(PlugIn::Gimp(args)) => return gimp::install(args),
        Some(PlugIn::Krita(args)) => return krita::install(args),
        None => {}
    }
    if !args.prefix.is_absolute() {
        return Err(format!("--prefix {}: give an absolute path", args.prefix.display()));
    }
    let library = build(args.without_models)?;
    let stage = staged(&args.prefix);
    let lib = stage.join("lib");
    put(&library, &lib.join(format!("libpolyinr.so.{VERSION}")))?;
    link(&format!("libpolyinr.so.{VERSION}"), &lib.join(soname()))?;
    link(&soname(), &lib.join("libpolyinr.so"))?;
    for header in ["polyinr.h", "polyinr.hpp"] {
        put(&root().join("include").join(header), &stage.join("include").join(header))?;
    }
    let cmake = lib.join("cmake/polyinr");
    fill("polyinr.pc.in", &lib.join("pkgconfig/polyinr.pc"), &args.prefix)?;
    fill("polyinrConfig.cmake.in", &cmake.join("polyinrConfig.cmake"), &args.prefix)?;
    fill("polyinrConfigVersion.cmake.in", &cmake.join("polyinrConfigVersion.cmake"), &args.prefix)
}

/// `path` inside DESTDIR, when that is set.
pub fn staged(path: &Path) -> PathBuf {
    match std::env::var_os("DESTDIR").filter(|d| !d.is_empty()) {
        None => path.to_path_buf(),
        Some(before) => PathBuf::from(before).join(path.strip_prefix("/").unwrap_or(path)),
    }
}

/// The name by which programs look for the library.
pub fn soname() -> String {
    format!("libpolyinr.so.{}", series())
}

/// Builds the shared library without command line, with the name that programs will look for.
pub fn build(without_models: bool) -> Outcome<PathBuf> {
    let mut command = cargo();
    command.args(["rustc", "--release", "--lib", "--crate-type", "cdylib"]);
    command.args(["--no-default-features", "--package", "polyinr"]);
    command.args([
        "--features",
        if without_models { "capi,onnx" } else { "builtin-models,capi,onnx" },
    ]);
    let name = format!("-Clink-arg=-Wl,-soname,{}", soname());
    succeed(command.args(["--", "-Cstrip=symbols", &name]))?;
    Ok(target().join("release/libpolyinr.so"))
}

/// The folder of build results.
pub fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(named.unwrap_or_else(|| "target".into()))
}

/// An error at `path`, in words.
pub fn failed(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

fn folder_of(path: &Path) -> Outcome {
    path.parent().map_or(Ok(()), |folder| fs::create_dir_all(folder).map_err(failed(folder)))
}

/// Copies the file `from` to `to`, instead of what is there.
pub fn put(from: &Path, to: &Path) -> Outcome {
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
