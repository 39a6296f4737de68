//! What the inputs of a command line mean: files, patterns, folders.

use std::fs;
use std::path::{Path, PathBuf};

use polyinr::model::Model;
use polyinr::{Error, Result};
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::passing::{self, STDIN, renamed};
use crate::report::Reporter;

/// A file to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// Where it lies in the tree that is mirrored.
    pub relative: PathBuf,
    /// What messages call it.
    pub name: String,
}

impl Input {
    /// Standard input.
    pub fn stdin() -> polyinr::Result<Self> {
        let (path, relative) = (passing::stdin()?, PathBuf::from("standard-input"));
        Ok(Self { path, relative, name: STDIN.to_owned() })
    }

    fn file(path: PathBuf) -> Self {
        let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
        Self::within(path, relative)
    }

    fn within(path: PathBuf, relative: PathBuf) -> Self {
        Self { name: path.display().to_string(), path, relative }
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
    subfolders: usize,
    /// Folders in which there is nothing to do.
    empty: Vec<PathBuf>,
    /// What could not be looked into: its name, and why.
    pub failed: Vec<(String, Error)>,
}

impl Inputs {
    /// One file.
    pub fn one(input: Input) -> Self {
        Self { files: vec![input], ..Self::default() }
    }

    /// Says what is not among the files.
    pub fn tell(&self, reporter: &Reporter) {
        for (name, error) in &self.failed {
            reporter.failed(&error.to_string(), json!({"input": name}));
        }
        for folder in &self.empty {
            reporter.say(&format!("no picture in {}", folder.display()));
        }
        if self.subfolders > 0 {
            let n = self.subfolders;
            reporter.say(&format!("{n} subfolders are left out; --recursive takes them"));
        }
    }

    fn fail(&mut self, path: &Path, error: Error) {
        self.failed.push((path.display().to_string(), error));
    }
}

/// Finds the files that `arguments` mean. A folder means the files in it, without those whose
/// names start with a dot and without the folder `out`; with `recursive` also those further down.
pub fn find(arguments: &[PathBuf], recursive: bool, out: &Path) -> Outcome<Inputs> {
    let mut inputs = Inputs { many: arguments.len() > 1, ..Inputs::default() };
    let out = out.canonicalize().ok();
    for argument in arguments {
        if argument.is_dir() {
            inputs.many = true;
            let before = (inputs.files.len(), inputs.failed.len());
            Folder { root: argument, recursive, out: out.as_deref() }
                .collect(argument, &mut inputs);
            if (inputs.files.len(), inputs.failed.len()) == before {
                inputs.empty.push(argument.clone());
            }
        } else if !argument.exists() && is_pattern(argument) {
            inputs.many = true;
            matching(argument, &mut inputs)?;
        } else {
            match passing::regular(argument) {
                Ok(path) => inputs.files.push(Input { path, ..Input::file(argument.clone()) }),
                Err(error) => inputs.fail(argument, error),
            }
        }
    }
    Ok(inputs)
}

/// The model called `name`, or in the file or pipe of that path.
pub fn model(name: &str) -> Result<Model> {
    let path = passing::regular(Path::new(name))?;
    let found = Model::find(path.to_str().unwrap_or(name));
    found.map_err(|error| renamed(error, &path, name))
}

/// Whether a file or folder found in a folder is passed over, as in the lists of shells and what
/// macOS puts beside files.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// Adds the files that match a pattern the shell did not expand.
fn matching(pattern: &Path, inputs: &mut Inputs) -> Outcome {
    let pattern = literal(pattern);
    let text = pattern.to_str().ok_or_else(|| {
        Failure::usage(format!("INPUT: the pattern {} is not Unicode", pattern.display()))
    })?;
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let paths = glob::glob_with(text, options)
        .map_err(|e| Failure::usage(format!("INPUT: {text:?} is no pattern: {e}")))?;
    let before = (inputs.files.len(), inputs.failed.len());
    for path in paths {
        match path {
            Ok(path) if path.is_dir() => (),
            Ok(path) => inputs.files.push(Input::file(path)),
            Err(error) => {
                let path = error.path().to_owned();
                inputs.fail(&path, Error::io(&path, "list", error.into()));
            }
        }
    }
    if (inputs.files.len(), inputs.failed.len()) == before {
        return Err(Failure::usage(format!("INPUT: no file matches {text:?}")));
    }
    Ok(())
}

/// The pattern, where its first folders mean themselves if they are there under the very names.
fn literal(pattern: &Path) -> PathBuf {
    let (mut there, mut escaped) = (PathBuf::new(), PathBuf::new());
    let mut names = pattern.components().peekable();
    while let Some(name) = names.next_if(|name| there.join(name).exists()) {
        there.push(name);
        match name {
            std::path::Component::Normal(name) => {
                escaped.push(glob::Pattern::escape(&name.to_string_lossy()));
            }
            root => escaped.push(root),
        }
    }
    // A name that is not Unicode cannot be escaped.
    match there.to_str() {
        Some(_) => escaped.join(names.collect::<PathBuf>()),
        None => pattern.to_owned(),
    }
}

struct Folder<'a> {
    root: &'a Path,
    recursive: bool,
    out: Option<&'a Path>,
}

impl Folder<'_> {
    fn collect(&self, folder: &Path, inputs: &mut Inputs) {
        for path in entries(folder, inputs) {
            if path.file_name().is_some_and(|n| is_hidden(&n.to_string_lossy())) {
                continue;
            }
            if !path.is_dir() {
                let relative = path.strip_prefix(self.root).unwrap_or(&path).to_path_buf();
                inputs.files.push(Input::within(path, relative));
            } else if self.is_out(&path) || path.is_symlink() {
                continue;
            } else if self.recursive {
                self.collect(&path, inputs);
            } else {
                inputs.subfolders += 1;
            }
        }
    }

    fn is_out(&self, path: &Path) -> bool {
        self.out.is_some() && path.canonicalize().ok().as_deref() == self.out
    }
}

/// What lies in a folder, sorted by name, as far as it can be read.
fn entries(folder: &Path, inputs: &mut Inputs) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut read = || -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        Ok(())
    };
    if let Err(error) = read() {
        inputs.fail(folder, Error::io(folder, "list", error));
    }
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_are_there_are_no_patterns() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let trip = root.join("[2024] trip*");
        fs::create_dir(&trip).unwrap();
        for name in ["a.png", "b.png", ".c.png", "d.txt"] {
            fs::write(trip.join(name), "").unwrap();
        }
        let found = |pattern: &str| {
            let inputs = find(&[root.join(pattern)], false, Path::new("")).ok()?;
            Some(inputs.files.iter().map(|f| f.relative.clone()).collect::<Vec<_>>())
        };
        let both = Some(["a.png", "b.png"].map(PathBuf::from).to_vec());
        assert_eq!(found("[2024] trip*/*.png"), both);
        assert_eq!(found("*/[ab].png"), both);
        assert_eq!(found("[2024] trip*/*.jpg"), None);
    }
}
