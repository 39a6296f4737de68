//! What ONNX Runtime needs to compute on NVIDIA's GPUs, and where it is.

use std::path::{Path, PathBuf};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use parking_lot::Mutex;

use super::runtime::{Runtime, python};
use crate::engine::home::Home;

/// The part of ONNX Runtime that knows CUDA, beside the runtime itself.
const PROVIDER: &str = "libonnxruntime_providers_cuda.so";
/// NVIDIA's driver.
const DRIVER: &str = "libcuda.so.1";
/// Libraries of CUDA 13 and cuDNN 9 that the provider is linked to, in the order of their needs.
const LIBRARIES: [&str; 8] = [
    "libcudart.so.13",
    "libnvrtc.so.13",
    "libnvJitLink.so.13",
    "libcublasLt.so.13",
    "libcublas.so.13",
    "libcurand.so.10",
    "libcufft.so.12",
    "libcudnn.so.9",
];
/// What installs them, and the provider.
const REMEDY: &str = "`polyinr runtime install --cuda`";

/// Libraries that were opened stay open: the provider finds them in memory by their names. CUDA does
/// not outlive a fork, so the process that opened them is kept with them.
static OPENED: Mutex<Option<(Home, Vec<Library>)>> = Mutex::new(None);

/// Makes ready what the CUDA provider of `runtime` needs.
///
/// # Errors
/// The first thing that is missing, and what to do about it.
pub(super) fn prepare(runtime: &Runtime) -> Result<(), String> {
    let beside = runtime.path.parent().unwrap_or(Path::new("/"));
    if !beside.join(PROVIDER).is_file() {
        return Err(format!(
            "{} was built without CUDA: {PROVIDER} is not beside it. {REMEDY} gets one with it",
            runtime.path.display()
        ));
    }
    let mut opened = OPENED.lock();
    match &*opened {
        Some((home, _)) if home.is_here() => return Ok(()),
        Some(_) => {
            return Err(
                "CUDA was set up before this process was forked, and cannot be used in both; \
                        fork first, or take the engine cpu"
                    .to_owned(),
            );
        }
        None => (),
    }
    let driver = driver()?;
    let mut libraries = vec![driver];
    let mut folders: Option<Vec<PathBuf>> = None;
    for name in LIBRARIES {
        let folders = || folders.get_or_insert_with(|| places(beside)).clone();
        libraries.push(find(name, folders)?);
    }
    *opened = Some((Home::here(), libraries));
    Ok(())
}

/// NVIDIA's driver, or that it is not there.
pub(in crate::engine) fn driver() -> Result<Library, String> {
    open(DRIVER)
        .map_err(|e| format!("NVIDIA's driver is not installed: {DRIVER} cannot be opened ({e})"))
}

/// Opens the system's library `name`, or the one in the first folder that has it.
fn find(name: &str, folders: impl FnOnce() -> Vec<PathBuf>) -> Result<Library, String> {
    let system = match open(name) {
        Ok(library) => return Ok(library),
        Err(problem) => problem,
    };
    let paths = folders().into_iter().map(|folder| folder.join(name));
    match paths.into_iter().find(|path| path.is_file()) {
        Some(path) => {
            open(&path.display().to_string()).map_err(|e| format!("{}: {e}", path.display()))
        }
        None => Err(format!(
            "{name} of {} is missing ({system}). {REMEDY} gets it, or install it for the system",
            if name.contains("cudnn") { "cuDNN 9" } else { "CUDA 13" }
        )),
    }
}

fn open(name: &str) -> Result<Library, String> {
    // SAFETY: loading runs the library's initialisers; these are NVIDIA's, which ONNX Runtime would
    // load itself.
    unsafe { Library::open(Some(name), RTLD_NOW | RTLD_GLOBAL) }.map_err(|e| e.to_string())
}

/// Folders of NVIDIA's wheels: beside the runtime, as this program installs them, and in the active
/// Python.
fn places(beside: &Path) -> Vec<PathBuf> {
    const PROGRAM: &str = "import sys, glob, os, site; \
        sys.path.append(site.getusersitepackages()); sys.stdout.write('\\n'.join(\
        f for p in sys.path for f in glob.glob(os.path.join(p, 'nvidia', '*', 'lib'))))";
    let mut folders = vec![beside.to_path_buf(), beside.join("nvidia")];
    if let Ok(found) = python(PROGRAM) {
        folders.extend(found.lines().map(PathBuf::from));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so");
        let runtime = Runtime { path, version: "1.31.1".to_owned() };
        let problem = prepare(&runtime).unwrap_err();
        assert!(problem.contains(PROVIDER) && problem.contains(REMEDY), "{problem}");
        let problem = find("libcudnn.so.99", Vec::new).unwrap_err();
        assert!(problem.contains("libcudnn.so.99 of cuDNN 9 is missing"), "{problem}");
        std::fs::write(folder.path().join("libcublas.so.99"), "nothing").unwrap();
        let problem = find("libcublas.so.99", || vec![folder.path().to_path_buf()]).unwrap_err();
        assert!(problem.contains("libcublas.so.99: "), "{problem}");
    }
}
