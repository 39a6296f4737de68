//! Finding a model by name, and all names that can be found.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::{BUILTIN, Kind, Model, builtin, read_config};
use crate::error::{Error, Result};
use crate::file::user_folder;
use crate::tensors::Tensors;

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
    folders.extend(user_folder("models"));
    folders
}

/// A model that [`Model::find`] finds by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedModel {
    /// The name that finds it.
    pub name: String,
    /// What it is for, and its shape.
    pub kind: Kind,
}

/// The models that [`Model::find`] finds by name: the built-in ones, then those in the
/// [`search_folders`], by name within a folder. Only headers are read: files that are no models are
/// left out, while damage behind a header shows when the model is opened.
///
/// ```
/// use polyinr::model::{Kind, Model, list};
///
/// let models = list();
/// let generators = models.iter().filter(|m| matches!(m.kind, Kind::Generator(_)));
/// assert!(generators.map(|m| m.name.as_str()).any(|name| name == "flowers"));
/// assert!(models.iter().all(|m| Model::find(&m.name).is_ok()));
/// ```
pub fn list() -> Vec<ListedModel> {
    listed(&search_folders())
}

/// As [`list`], with `folders` to search.
fn listed(folders: &[PathBuf]) -> Vec<ListedModel> {
    let builtin = BUILTIN.iter().map(|name| (name.to_string(), builtin_kind(name)));
    let files = folders.iter().flat_map(|folder| names(folder));
    let files = files.map(|(name, path)| (name, file_kind(&path)));
    let mut seen = HashSet::new();
    // The first of a name is the one that is found, also when it is no model.
    let first = builtin.chain(files).filter(|(name, _)| seen.insert(name.clone()));
    first.filter_map(|(name, kind)| Some(ListedModel { name, kind: kind.ok()? })).collect()
}

/// Names by which files in `folder` are found, and the files.
fn names(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        let ours = path.extension()? == ENDING && path.is_file() && !is_path(Path::new(&name));
        ours.then_some((name, path))
    };
    let mut names: Vec<_> = entries.filter_map(named).collect();
    names.sort();
    names
}

fn builtin_kind(name: &str) -> Result<Kind> {
    Ok(read_config(&Tensors::parse(name, builtin::bytes(name)?, Error::model)?)?.kind)
}

fn file_kind(path: &Path) -> Result<Kind> {
    Ok(read_config(&Tensors::open(path, Error::model)?)?.kind)
}

/// Whether a name stands for a file's path.
fn is_path(path: &Path) -> bool {
    path.components().count() > 1 || path.extension().is_some_and(|e| e == ENDING)
}

/// See [`Model::find`].
pub(super) fn find(name: &str) -> Result<Model> {
    let path = Path::new(name);
    if is_path(path) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_what_is_found() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/model");
        let copy = |from: &str, to: &Path, name: &str| {
            fs::copy(small.join(from), to.join(name)).unwrap();
        };
        copy("upscaler.safetensors", first.path(), "b.safetensors");
        copy("generator.safetensors", first.path(), "a.safetensors");
        copy("generator.safetensors", second.path(), "aa.safetensors");
        // Found before, by other means than a name, not at all, or no models.
        copy("upscaler.safetensors", second.path(), "a.safetensors");
        copy("generator.safetensors", second.path(), "c.safetensors.safetensors");
        copy("generator.safetensors", second.path(), "d.model");
        if let Some(name) = BUILTIN.first() {
            copy("generator.safetensors", first.path(), &format!("{name}.safetensors"));
        }
        fs::write(first.path().join("e.safetensors"), "no model").unwrap();
        copy("generator.safetensors", second.path(), "e.safetensors");
        fs::create_dir(second.path().join("f.safetensors")).unwrap();
        let nowhere = first.path().join("nowhere");
        let folders = [first.path().to_owned(), nowhere, second.path().to_owned()];
        let found = listed(&folders);
        let names: Vec<&str> = found.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, [BUILTIN, &["a", "b", "aa"]].concat());
        let upscaler = |name| {
            let found = found.iter().find(|m| m.name == name).unwrap();
            matches!(found.kind, Kind::Upscaler(_))
        };
        assert_eq!(["a", "b", "aa"].map(upscaler), [false, true, false]);
    }
}
