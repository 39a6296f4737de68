//! What the inputs of a command line mean: files, patterns, folders.

use std::fs;
use std::path::{Path, PathBuf};

use polyinr::Error;

use crate::failure::{Failure, Outcome};

/// A file to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// Where it lies in the tree that is mirrored.
    pub relative: PathBuf,
}

impl Input {
    fn file(path: PathBuf) -> Self {
        let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
        Self { path, relative }
    }
}

/// The files that the inputs mean.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The files, in the order of the inputs and sorted by name within a folder or pattern.
    pub files: Vec<Input>,
    /// Whether the output must be a folder: not a single file was named.
    pub many: bool,
    /// Subfolders passed over because the tree is not to be mirrored.
    pub subfolders: usize,
}

/// Finds the files that `arguments` mean. A folder means the files in it, without those whose
/// names start with a dot and without the folder `out`; with `recursive` also those further down.
pub fn find(arguments: &[PathBuf], recursive: bool, out: &Path) -> Outcome<Inputs> {
    let mut inputs = Inputs { many: arguments.len() > 1, ..Inputs::default() };
    let out = out.canonicalize().ok();
    for argument in arguments {
        if argument.is_dir() {
            inputs.many = true;
            Folder { root: argument, recursive, out: out.as_deref() }
                .collect(argument, &mut inputs)?;
        } else if !argument.exists() && is_pattern(argument) {
            inputs.many = true;
            inputs.files.extend(matching(argument)?.into_iter().map(Input::file));
        } else {
            inputs.files.push(Input::file(argument.clone()));
        }
    }
    Ok(inputs)
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// The files that match a pattern the shell did not expand.
fn matching(pattern: &Path) -> Outcome<Vec<PathBuf>> {
    let text = pattern.to_str().ok_or_else(|| {
        Failure::usage(format!("INPUT: the pattern {} is not Unicode", pattern.display()))
    })?;
    let paths = glob::glob(text)
        .map_err(|e| Failure::usage(format!("INPUT: {text:?} is no pattern: {e}")))?;
    let files: Vec<PathBuf> = paths.filter_map(Result::ok).filter(|p| p.is_file()).collect();
    if files.is_empty() {
        return Err(Failure::usage(format!("INPUT: no file matches {text:?}")));
    }
    Ok(files)
}

struct Folder<'a> {
    root: &'a Path,
    recursive: bool,
    out: Option<&'a Path>,
}

impl Folder<'_> {
    fn collect(&self, folder: &Path, inputs: &mut Inputs) -> Outcome {
        for path in entries(folder)? {
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if !path.is_dir() {
                let relative = path.strip_prefix(self.root).unwrap_or(&path).to_path_buf();
                inputs.files.push(Input { path, relative });
            } else if self.is_out(&path) || path.is_symlink() {
                continue;
            } else if self.recursive {
                self.collect(&path, inputs)?;
            } else {
                inputs.subfolders += 1;
            }
        }
        Ok(())
    }

    fn is_out(&self, path: &Path) -> bool {
        self.out.is_some() && path.canonicalize().ok().as_deref() == self.out
    }
}

/// What lies in a folder, sorted by name.
fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read().map_err(|e| Error::io(folder, "list", e))?;
    paths.sort();
    Ok(paths)
}
