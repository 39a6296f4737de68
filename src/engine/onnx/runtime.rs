//! Finding and opening ONNX Runtime, which is no part of this program.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use ort::environment::Environment;
use parking_lot::Mutex;

use super::name::NAME;
use super::probe;
use super::version::{LEAST_MINOR, is_recent};
use crate::error::{Error, Result};
use crate::file::user_folder;

/// Version that is installed and tested with.
pub const RUNTIME_VERSION: &str = "1.31.1";
/// Environment variable that names the shared library.
pub const RUNTIME_VARIABLE: &str = "POLYINR_ONNXRUNTIME";

/// An ONNX Runtime on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// The shared library, as an absolute path.
    pub path: PathBuf,
    /// Its version, as "1.31.1".
    pub version: String,
}

/// A place where ONNX Runtime was looked for, and what was the matter there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRuntime {
    /// The place, as a user would call it.
    pub place: String,
    /// Why it will not do.
    pub problem: String,
}

impl Runtime {
    /// The first that can be used: that of `POLYINR_ONNXRUNTIME` alone when it is set; else beside
    /// the program or library, in the user's data folder (`~/.local/share/polyinr/runtime`), or in
    /// the active Python's package `onnxruntime`.
    ///
    /// # Errors
    /// All places that were tried.
    pub fn find() -> std::result::Result<Self, Vec<RejectedRuntime>> {
        if let Some(named) = env::var_os(RUNTIME_VARIABLE).filter(|v| !v.is_empty()) {
            let path = PathBuf::from(named);
            let place = format!("{RUNTIME_VARIABLE}={}", path.display());
            return Self::probe(&path).map_err(|problem| vec![RejectedRuntime { place, problem }]);
        }
        let mut tried = Vec::new();
        for (place, folder) in folders() {
            let candidates = match folder {
                Ok(folder) => libraries(&folder),
                Err(problem) => {
                    tried.push(RejectedRuntime { place, problem });
                    continue;
                }
            };
            if candidates.is_empty() {
                tried.push(RejectedRuntime {
                    place,
                    problem: "no libonnxruntime.so there".to_owned(),
                });
                continue;
            }
            for path in candidates {
                match Self::probe(&path) {
                    Ok(runtime) => return Ok(runtime),
                    Err(problem) => {
                        tried.push(RejectedRuntime { place: path.display().to_string(), problem });
                    }
                }
            }
        }
        Err(tried)
    }

    /// Looks at the shared library at `path`, which must be absolute: its version, if it is one. Where
    /// the program offers that ([`probe_by`](super::probe_by)), a child process does it, so that a
    /// broken library ends that one alone.
    ///
    /// # Errors
    /// Why it will not do, in words.
    pub fn probe(path: &Path) -> std::result::Result<Self, String> {
        if !path.is_absolute() {
            return Err("give an absolute path".to_owned());
        }
        if !path.is_file() {
            return Err("there is no such file".to_owned());
        }
        let version = match probe::program() {
            Some(program) => probe::in_child(&program, path)?,
            None => probe::version_of(path)?,
        };
        Self::of_version(path, version)
    }

    /// As [`probe`](Self::probe), in this process.
    pub(super) fn look(path: &Path) -> std::result::Result<Self, String> {
        Self::of_version(path, probe::version_of(path)?)
    }

    fn of_version(path: &Path, version: String) -> std::result::Result<Self, String> {
        match is_recent(&version) {
            true => Ok(Self { path: path.to_path_buf(), version }),
            false => {
                Err(format!("it is version {version}; 1.{LEAST_MINOR} or a later 1.x is needed"))
            }
        }
    }
}

/// Where this program installs ONNX Runtime for the user.
pub fn runtime_folder() -> Option<PathBuf> {
    user_folder("runtime")
}

/// Folders in which the library may lie, as users would call them.
fn folders() -> Vec<(String, std::result::Result<PathBuf, String>)> {
    let mut folders = Vec::new();
    let mut add = |path: PathBuf| folders.push((path.display().to_string(), Ok(path)));
    let program = env::current_exe().ok().and_then(|p| Some(p.parent()?.to_path_buf()));
    own_library().and_then(|p| Some(p.parent()?.to_path_buf())).map(&mut add);
    program.map(&mut add);
    runtime_folder().map(&mut add);
    folders.dedup();
    folders.push(("the package onnxruntime of python3".to_owned(), python_package()));
    folders
}

/// The file that this code was loaded from, if it is a shared library.
fn own_library() -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let here = own_library as fn() -> Option<PathBuf> as usize;
    let holds = |line: &&str| {
        let ends = line.split(' ').next().and_then(|range| range.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).ok();
        let range = ends.and_then(|(a, b)| Some(number(a)?..number(b)?));
        range.is_some_and(|range| range.contains(&here))
    };
    let path = maps.lines().find(holds)?.split_once('/')?.1;
    Some(PathBuf::from(format!("/{path}")))
}

/// `libonnxruntime.so` in `folder`, with or without a version behind the name; latest names first.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let is_library = |path: &PathBuf| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let rest = name.strip_prefix("libonnxruntime.so");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut found: Vec<PathBuf> = entries.filter(is_library).collect();
    found.sort();
    found.reverse();
    found
}

/// Where the active Python keeps the library of its package, without importing that. The user's own
/// packages are looked at too, which an isolated Python leaves aside.
fn python_package() -> std::result::Result<PathBuf, String> {
    const PROGRAM: &str = "import importlib.util as u, os, site, sys; \
        sys.path.append(site.getusersitepackages()); s = u.find_spec('onnxruntime'); \
        sys.stdout.write(os.path.join(s.submodule_search_locations[0], 'capi') if s else '')";
    let folder = python(PROGRAM)?.trim().to_owned();
    if folder.is_empty() { Err("it is not installed".to_owned()) } else { Ok(folder.into()) }
}

/// What a program of the active Python writes.
pub(super) fn python(program: &str) -> std::result::Result<String, String> {
    let output = isolated_python().args(["-c", program]).stderr(Stdio::null()).output();
    let output = output.map_err(|e| format!("python3 cannot be run: {e}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The active `python3`, which will run no code of the current folder, of the user's own packages or
/// of what `PYTHONPATH` and the like name; it starts in the root folder and reads nothing.
pub fn isolated_python() -> Command {
    let mut python = Command::new("python3");
    python.arg("-I").current_dir("/").stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            python.env_remove(name);
        }
    }
    python
}

/// The process's one ONNX Runtime.
static OPENED: Mutex<Option<(Runtime, Environment)>> = Mutex::new(None);

/// Opens ONNX Runtime, or gives the one that is open. A process has one; asking for another later
/// gives the first.
pub(super) fn open() -> Result<(Runtime, Environment)> {
    let mut opened = OPENED.lock();
    if let Some(opened) = &*opened {
        return Ok(opened.clone());
    }
    let runtime = Runtime::find().map_err(|tried| missing(&tried))?;
    let environment = environment(&runtime)?;
    Ok(opened.insert((runtime, environment)).clone())
}

/// The environment of `runtime`, which stays open.
pub(super) fn environment(runtime: &Runtime) -> Result<Environment> {
    let failed = |problem: String| Error::Engine {
        engine: NAME,
        problem: format!("{}: {problem}", runtime.path.display()),
    };
    // `ort` takes what it asks the library for as given, and panics where it is not.
    Runtime::look(&runtime.path).map_err(failed)?;
    let open = || {
        let builder = ort::init_from(&runtime.path).map_err(|e| e.to_string())?;
        builder.with_name("polyinr").with_telemetry(false).build().map_err(|e| e.to_string())
    };
    let opened = catch_unwind(AssertUnwindSafe(open));
    opened.unwrap_or_else(|_| Err("it is not usable as ONNX Runtime".to_owned())).map_err(failed)
}

/// That there is none, where it was looked for, and what to do.
pub(super) fn missing(tried: &[RejectedRuntime]) -> Error {
    let places: Vec<String> =
        tried.iter().map(|t| format!("{} ({})", t.place, t.problem)).collect();
    let problem = format!(
        "ONNX Runtime was not found. Looked in: {}. Install it with `polyinr runtime install`, or \
         name libonnxruntime.so by {RUNTIME_VARIABLE}",
        places.join("; ")
    );
    Error::Engine { engine: NAME, problem }
}
