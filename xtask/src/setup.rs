//! `cargo xtask setup`: what the tests compare with.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Outcome, in_ci, line, probe, root, succeed};

/// Programs: how to see that one is there, and the Debian package that holds it.
const PROGRAMS: &[(&str, &str)] = &[
    ("convert -version", "imagemagick"),
    ("command -v tiffcp && command -v tiffinfo", "libtiff-tools"),
    ("exiftool -ver", "libimage-exiftool-perl"),
    ("command -v cjpeg && command -v djpeg", "libjpeg-turbo-progs"),
    (PYTHON, "python3-venv"),
    ("c++ --version", "g++"),
    ("valgrind --version", "valgrind"),
    ("cmake --version", "cmake"),
    ("make --version", "make"),
    ("pkg-config --version", "pkg-config"),
];

/// How to see that Python can make environments.
const PYTHON: &str = "python3 -c 'import ensurepip, venv'";

/// The pinned Python packages, under the repository's root.
const REQUIREMENTS: &str = "xtask/python/requirements.txt";

/// How to see that the Python packages work.
const IMPORTS: &str = "import PIL, numpy, tifffile, imagecodecs, onnx, onnxruntime";

/// Get what the tests compare with: ImageMagick, libtiff's tools, exiftool, cjpeg and djpeg, a C++
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
    let found = required(python())?;
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

/// Makes the Python environment, or finds it made; the folder of its programs.
fn python() -> Outcome<PathBuf> {
    if !probe(PYTHON) {
        return Err("python3 with its modules venv and ensurepip is missing".into());
    }
    let folder = cache()?.join("python");
    let wanted = fs::read(root().join(REQUIREMENTS)).map_err(|e| format!("{REQUIREMENTS}: {e}"))?;
    let (programs, mark) = (folder.join("bin"), folder.join("requirements.txt"));
    let made = fs::read(&mark).is_ok_and(|there| there == wanted);
    if made && imports(&programs) {
        return Ok(programs);
    }
    eprintln!("xtask: installing Python packages in {}", folder.display());
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(programs.join("python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "-r", REQUIREMENTS]);
    succeed(pip.current_dir(root()))?;
    if !imports(&programs) {
        return Err(format!("`{IMPORTS}` fails in {}", folder.display()));
    }
    fs::write(&mark, wanted).map_err(|e| format!("{}: {e}", mark.display()))?;
    Ok(programs)
}

fn imports(programs: &Path) -> bool {
    let mut python = Command::new(programs.join("python3"));
    python.args(["-c", IMPORTS]).output().is_ok_and(|o| o.status.success())
}

/// This project's folder in the user's cache.
pub fn cache() -> Outcome<PathBuf> {
    let set = |name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("polyinr"))
        .ok_or_else(|| "HOME is not set; it says where the cache folder is".into())
}
