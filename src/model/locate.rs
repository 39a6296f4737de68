//! Finding a model by name.

use std::env;
use std::path::{Path, PathBuf};

use super::{BUILTIN, Model};
use crate::error::{Error, Result};

/// Ending of model files.
const ENDING: &str = "safetensors";

/// Folders in which models are looked up by name, first one first: those of `POLYINR_MODELS`,
/// `models` beside the program, `share/polyinr/models` of its installation, and the user's own
/// (`$XDG_DATA_HOME/polyinr/models`, by default under `~/.local/share`).
pub fn search_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("POLYINR_MODELS")
        .map(|list| env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if let Some(beside) = env::current_exe().ok().as_deref().and_then(Path::parent) {
        folders.push(beside.join("models"));
        if let Some(prefix) = beside.parent() {
            folders.push(prefix.join("share/polyinr/models"));
        }
    }
    let data = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".local/share")));
    folders.extend(data.map(|d| d.join("polyinr/models")));
    folders
}

/// See [`Model::find`].
pub(super) fn find(name: &str) -> Result<Model> {
    let path = Path::new(name);
    let is_path = path.components().count() > 1 || path.extension().is_some_and(|e| e == ENDING);
    if is_path {
        return Model::open(path);
    }
    if BUILTIN.contains(&name) {
        return Model::builtin(name);
    }
    let folders = search_folders();
    let file = format!("{name}.{ENDING}");
    match folders.iter().map(|f| f.join(&file)).find(|p| p.is_file()) {
        Some(path) => Model::open(path),
        None => Err(not_found(name, &folders)),
    }
}

fn not_found(name: &str, folders: &[PathBuf]) -> Error {
    let looked: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
    let builtin = match BUILTIN {
        [] => String::new(),
        names => format!("built in are {}; ", names.join(", ")),
    };
    Error::parameter(
        "model",
        format!(
            "there is none called {name:?}: {builtin}looked for {name}.{ENDING} in {}; give a path, \
             or name a folder in POLYINR_MODELS",
            looked.join(", ")
        ),
    )
}
