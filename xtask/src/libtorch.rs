//! `cargo xtask libtorch`: the library that the trainer computes with.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use zip::ZipArchive;

use crate::cache::cache;
use crate::shell::{Outcome, root, succeed};

/// The version that the trainer's `tch` is made for.
const VERSION: &str = "2.11.0";

/// The pinned wheels, under the repository's root.
const WHEELS: &str = "xtask/python/libtorch.txt";

/// Where `.cargo/config.toml` has `LIBTORCH` point, under the repository's root.
const LINK: &str = ".libtorch";

/// Shared libraries that training on the CPU needs.
const LIBRARIES: &[&str] = &[
    "libc10.so",
    "libcudart.so.13",
    "libcupti.so.13",
    "libgomp.so.1",
    "libshm.so",
    "libtorch.so",
    "libtorch_cpu.so",
];

/// Get libtorch 2.11.0, which the trainer needs: for the CPU, about 550 MB downloaded
///
/// It goes into the user's cache folder and is linked as .libtorch, where cargo finds it. Does
/// nothing where that is done, or where LIBTORCH names one. For CUDA, set LIBTORCH to the folder
/// `torch` of an installed PyTorch 2.11.0 instead.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `cargo xtask libtorch`.
pub fn run(_: &Args) -> Outcome {
    prepare().map(drop)
}

/// Gets libtorch if it is not there; its folder.
pub fn prepare() -> Outcome<PathBuf> {
    // Cargo itself sets the variable to the link; anything else is the user's.
    let link = root().join(LINK);
    if let Some(set) = std::env::var_os("LIBTORCH").map(PathBuf::from).filter(|set| *set != link) {
        let there = set.join("lib/libtorch_cpu.so").exists();
        return if there {
            Ok(set)
        } else {
            Err(format!("LIBTORCH: no libtorch in {}", set.display()))
        };
    }
    let folder = cache()?.join(format!("libtorch-{VERSION}"));
    if !folder.is_dir() {
        install(&folder)?;
    }
    point(&link, &folder)?;
    Ok(folder)
}

/// Downloads the wheels and unpacks what is needed; the folder appears only when it is whole.
fn install(folder: &Path) -> Outcome {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let work = tempfile::tempdir_in(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let (wheels, unpacked) = (work.path().join("wheels"), work.path().join("libtorch"));
    eprintln!("xtask: downloading libtorch {VERSION} into {}", folder.display());
    download(&wheels)?;
    let entries = fs::read_dir(&wheels).map_err(|e| format!("{}: {e}", wheels.display()))?;
    for wheel in entries.flatten().map(|entry| entry.path()) {
        eprintln!("xtask: unpacking {}", wheel.display());
        unpack(&wheel, &unpacked)?;
    }
    if let Some(missing) = LIBRARIES.iter().find(|name| !unpacked.join("lib").join(name).exists()) {
        return Err(format!("{missing} is in none of the wheels of {WHEELS}"));
    }
    // torch-sys compares it with the version that it was made for.
    fs::write(unpacked.join("build-version"), VERSION)
        .and_then(|()| fs::rename(&unpacked, folder))
        .map_err(|e| format!("{}: {e}", folder.display()))
}

/// Downloads by pip, whatever Python runs it: the same files for all.
fn download(to: &Path) -> Outcome {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]);
    if !io::stdout().is_terminal() {
        pip.arg("--progress-bar=off");
    }
    pip.args(["--only-binary", ":all:", "--require-hashes", "--python-version", "3.11"]);
    pip.args(["--implementation", "cp", "--abi", "cp311", "--abi", "none"]);
    for platform in ["manylinux_2_28", "manylinux_2_25", "manylinux2014"] {
        pip.args(["--platform", &format!("{platform}_x86_64")]);
    }
    pip.args(["-r", WHEELS, "--dest"]).arg(to);
    succeed(pip.current_dir(root()))
}

/// Unpacks the headers and the libraries named above.
fn unpack(wheel: &Path, into: &Path) -> Outcome {
    let damaged = |e: &dyn std::fmt::Display| format!("{}: {e}", wheel.display());
    let file = File::open(wheel).map_err(|e| damaged(&e))?;
    let mut archive = ZipArchive::new(file).map_err(|e| damaged(&e))?;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(|e| damaged(&e))?;
        let name = entry.name().map_err(|e| damaged(&e))?.into_owned();
        let Some(place) = place(&name).map(|place| into.join(place)) else { continue };
        place
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| File::create(&place))
            .and_then(|mut to| io::copy(&mut entry, &mut to))
            .map_err(|e| format!("{}: {e}", place.display()))?;
    }
    Ok(())
}

/// Where an entry of a wheel goes, if it is needed.
fn place(entry: &str) -> Option<PathBuf> {
    if entry.split('/').any(|part| part == "..") {
        return None;
    }
    if let Some(header) = entry.strip_prefix("torch/include/") {
        return (!header.is_empty() && !header.ends_with('/'))
            .then(|| Path::new("include").join(header));
    }
    let (_, name) = entry.rsplit_once("/lib/")?;
    LIBRARIES.contains(&name).then(|| Path::new("lib").join(name))
}

/// Makes `link` point to `folder`.
fn point(link: &Path, folder: &Path) -> Outcome {
    if fs::read_link(link).is_ok_and(|there| there == folder) {
        return Ok(());
    }
    let _ = fs::remove_file(link);
    std::os::unix::fs::symlink(folder, link).map_err(|e| format!("{}: {e}", link.display()))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn headers_and_libraries_are_taken() {
        let placed = |entry| place(entry).map(|p| p.display().to_string());
        assert_eq!(placed("torch/lib/libc10.so").as_deref(), Some("lib/libc10.so"));
        assert_eq!(
            placed("nvidia/cu13/lib/libcudart.so.13").as_deref(),
            Some("lib/libcudart.so.13")
        );
        assert_eq!(placed("torch/include/c10/a.h").as_deref(), Some("include/c10/a.h"));
        assert_eq!(placed("torch/lib/libtorch_cuda.so"), None);
        assert_eq!(placed("torch/include/../../a.h"), None);
        assert_eq!(placed("torch/__init__.py"), None);
    }
}
