//! `cargo xtask setup`: what the tests compare with.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::python::{self, Environment};
use crate::shell::{Outcome, in_ci, line, probe, succeed};

/// Programs: how to see that one is there, and the Debian package that holds it.
const PROGRAMS: &[(&str, &str)] = &[
    ("convert -version", "imagemagick"),
    ("command -v tiffcp && command -v tiffinfo", "libtiff-tools"),
    ("exiftool -ver", "libimage-exiftool-perl"),
    ("command -v cjpeg && command -v djpeg", "libjpeg-turbo-progs"),
    ("command -v dwebp", "webp"),
    (python::MAKES_ENVIRONMENTS, "python3-venv"),
    ("c++ --version", "g++"),
    ("valgrind --version", "valgrind"),
    ("cmake --version", "cmake"),
    ("make --version", "make"),
    ("pkg-config --version", "pkg-config"),
];

/// The pinned Python packages that tests compare with.
const PACKAGES: Environment = Environment {
    name: "python",
    requirements: "xtask/python/requirements.txt",
    imports: "import PIL, numpy, tifffile, imagecodecs, onnx, onnxruntime",
};

/// Get what the tests compare with: ImageMagick, libtiff's tools, exiftool, cjpeg, djpeg and dwebp, a C++
/// compiler, CMake, make, pkg-config, valgrind, Python packages
///
/// Programs are installed where this runs as root on Debian and are named otherwise. Python packages
/// go into an environment of their own in the user's cache folder. Without them the tests that need
/// them are skipped, except with CI set: then it is an error.
#[derive(Debug, clap::Args)]
#[group(id = "setup")]
pub struct Args {
    /// Install no programs, say only which are missing
    #[arg(long)]
    no_install: bool,
}

/// Runs `cargo xtask setup`.
pub fn run(args: &Args) -> Outcome {
    prepare(args).map(drop)
}

/// Gets what is missing; the `PATH` under which tests find it.
pub fn prepare(args: &Args) -> Outcome<OsString> {
    required(programs(args.no_install))?;
    let found = required(PACKAGES.prepare())?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = found.into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).map_err(|e| format!("PATH: {e}"))
}

/// What is missing is an error in CI and a note elsewhere.
pub fn required<T>(outcome: Outcome<T>) -> Outcome<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(problem) if in_ci() => Err(problem),
        Err(problem) => {
            eprintln!("xtask: {problem}\nxtask: tests that need it are skipped");
            Ok(None)
        }
    }
}

fn programs(no_install: bool) -> Outcome {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "--yes", "--no-install-recommends"]).args(&missing);
    if no_install || !probe("command -v apt-get && test $(id -u) = 0") {
        return Err(format!("programs are missing; on Debian, as root: {}", line(&install)));
    }
    eprintln!("xtask: {}", line(&install));
    succeed(Command::new("apt-get").args(["update", "-qq"]))?;
    succeed(install.arg("-qq"))
}

/// Packages of the programs that are not there.
fn missing() -> Vec<&'static str> {
    PROGRAMS.iter().filter(|(test, _)| !probe(test)).map(|(_, package)| *package).collect()
}
