//! Names of results: which file in which format, and that none is lost by it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use polyinr::picture::{Existing, Format, Metadata, Spec};
use polyinr::{Channels, Depth, Error};

use crate::common::OutputArgs;
use crate::failure::{Failure, Outcome};
use crate::passing::Passing;
use crate::report::MAKE_FOLDER;
use crate::stdout::STDOUT;

/// Where results go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To this one file.
    File(PathBuf),
    /// Into this folder.
    Folder(PathBuf),
    /// To standard output.
    Stdout,
}

/// Bytes of the rows of a result that are in work.
const ROWS: u64 = 4 << 20;

/// Pixels of a result.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Channels.
    pub channels: Channels,
    /// Depth, where no other is asked for.
    pub depth: Depth,
}

impl Frame {
    /// Bytes of memory while it is in work as a file of this format: some rows, or the whole where the
    /// format is not written row by row.
    pub fn memory(&self, format: Format, output: &OutputArgs) -> u64 {
        let depth = output.depth(format, self.depth);
        let spec = Spec::new(format, self.width, self.height, self.channels, depth);
        ROWS + spec.memory()
    }
}

impl OutputArgs {
    /// Where results go; `many` when there can be more than one.
    pub fn target(&self, many: bool) -> Outcome<Target> {
        let out = &self.out;
        if out.as_os_str() == "-" {
            return match many {
                true => Err(Failure::usage("out: standard output takes one picture, not several")),
                false => Ok(Target::Stdout),
            };
        }
        let ends_as_folder = out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if out.is_dir() || ends_as_folder || many {
            if out.exists() && !out.is_dir() {
                let problem = "is a file; several pictures go into a folder";
                return Err(Failure::usage(format!("out: {} {problem}", out.display())));
            }
            if !ends_as_folder && !out.is_dir() && is_named_as_file(out) {
                return Err(Failure::usage(format!(
                    "out: {} is a name for one file, and several come out; end it in / for a folder",
                    out.display()
                )));
            }
            return Ok(Target::Folder(out.clone()));
        }
        Ok(Target::File(out.clone()))
    }

    /// What standard output's picture passes through, if it goes there.
    pub fn passing(&self, json: bool) -> Outcome<Option<Passing>> {
        if self.out.as_os_str() != "-" {
            return Ok(None);
        }
        if json {
            return Err(Failure::usage("json: standard output cannot take both picture and JSON"));
        }
        if self.skip_existing || self.overwrite {
            let problem = "nothing is there in standard output; leave it out";
            let name = if self.overwrite { "overwrite" } else { "skip-existing" };
            return Err(Failure::usage(format!("{name}: {problem}")));
        }
        Ok(Some(Passing::new()?))
    }

    /// What becomes of a file that is already there.
    pub fn existing(&self) -> Existing {
        existing(self.overwrite, self.skip_existing)
    }

    /// The format of a single file at `path`: as its name says, which `--format` must not
    /// contradict.
    pub fn format_of(&self, path: &Path) -> Outcome<Format> {
        let asked = self.format.map(Format::from);
        let extension = path.extension().and_then(|e| e.to_str());
        match (extension.and_then(Format::from_extension), asked) {
            (Some(named), Some(asked)) if named != asked => Err(Failure::usage(format!(
                "format: {} is a name for {named}, but {asked} is asked for; change one of them",
                path.display()
            ))),
            (Some(format), _) | (None, Some(format)) => Ok(format),
            (None, None) => Err(Failure::usage(format!(
                "out: the name {} does not end in .png, .jpg, .tiff or .webp; end it so, or give \
                 --format, or end it in / for a folder",
                path.display()
            ))),
        }
    }

    /// Path and format of the result called `stem` where there are several; `passed` takes standard
    /// output's.
    pub fn place(
        &self,
        target: &Target,
        passed: &Option<PathBuf>,
        stem: &str,
    ) -> Outcome<(PathBuf, Format)> {
        let asked = self.format.map_or(Format::Png, Format::from);
        let (path, format) = match target {
            Target::File(path) => (path.clone(), self.format_of(path)?),
            Target::Folder(folder) => {
                let name = format!("{stem}.{}", asked.name());
                (in_folder(folder, Path::new(&name), asked), asked)
            }
            Target::Stdout => (passed.clone().unwrap_or_default(), asked),
        };
        self.check_formats(&[format])?;
        Ok((path, format))
    }

    /// What messages call the output at `path`.
    pub fn shown(&self, path: &Path) -> String {
        match self.out.as_os_str() == "-" {
            true => STDOUT.to_owned(),
            false => path.display().to_string(),
        }
    }

    /// Depth of a file of this format: as asked for, or the closest that it holds to `own`.
    pub fn depth(&self, format: Format, own: Depth) -> Depth {
        self.depth.map_or_else(|| format.closest_depth(own), Depth::from)
    }

    /// Checks that a file of this format can hold such pixels, which is the same for all results: what
    /// it cannot is the command line's fault.
    pub fn check_holds(&self, format: Format, frame: &Frame) -> Outcome {
        let Frame { width, height, channels, depth } = *frame;
        format
            .check("out", channels, self.depth(format, depth))
            .and_then(|()| format.check_size("size", width, height))
            .map_err(|e| Failure::usage(e.to_string()))
    }

    /// What a file is like that says `parameters` of how it was made.
    pub fn spec(&self, format: Format, frame: &Frame, parameters: Option<String>) -> Spec {
        let Frame { width, height, channels, depth } = *frame;
        let mut spec = Spec::new(format, width, height, channels, self.depth(format, depth));
        if let Some(quality) = self.quality {
            spec.quality = quality;
        }
        spec.metadata = Metadata { parameters, ..Metadata::default() };
        spec
    }

    /// Checks that no option is without effect for results of these formats.
    pub fn check_formats(&self, formats: &[Format]) -> Outcome {
        if self.quality.is_some() && !formats.is_empty() && !formats.contains(&Format::Jpeg) {
            return Err(Failure::usage("quality: only JPEG has one; leave it out"));
        }
        Ok(())
    }
}

/// Endings of films, and of pictures that are not written.
const OTHER_ENDINGS: [&str; 12] =
    ["apng", "avi", "avif", "bmp", "exr", "gif", "heic", "mkv", "mov", "mp4", "webm", "zip"];

/// Whether `path` ends as files do that somebody would take for the result.
fn is_named_as_file(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|ending| {
        let other = |known: &&str| known.eq_ignore_ascii_case(ending);
        Format::from_extension(ending).is_some() || OTHER_ENDINGS.iter().any(other)
    })
}

/// What becomes of a file that is already there.
pub fn existing(overwrite: bool, skip_existing: bool) -> Existing {
    match (overwrite, skip_existing) {
        (true, _) => Existing::Replace,
        (false, true) => Existing::Continue,
        (false, false) => Existing::Refuse,
    }
}

/// `path` with `ending` in the place of one that stands for a picture format; other endings are
/// part of the name and stay.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let own = path.extension().and_then(|e| e.to_str()).and_then(Format::from_extension);
    let mut name = path.as_os_str().to_owned();
    if own.is_some() {
        name = path.with_extension("").into_os_string();
    }
    name.push(".");
    name.push(ending);
    name.into()
}

/// `relative` in the folder, with an ending that stands for `format`.
pub fn in_folder(folder: &Path, relative: &Path, format: Format) -> PathBuf {
    let path = folder.join(relative);
    let fits = path
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| Format::from_extension(e) == Some(format));
    if fits { path } else { with_ending(&path, format.name()) }
}

/// Checks all results before any work: none over an input, no two at the same place.
#[derive(Debug, Default)]
pub struct Claims {
    inputs: HashSet<PathBuf>,
    outputs: HashMap<PathBuf, String>,
}

impl Claims {
    /// No result may be written over `inputs`.
    pub fn protecting<'a>(inputs: impl IntoIterator<Item = &'a Path>) -> Self {
        let inputs = inputs.into_iter().filter_map(|p| p.canonicalize().ok()).collect();
        Self { inputs, outputs: HashMap::new() }
    }

    /// Claims `output` for what `maker` names.
    pub fn claim(&mut self, output: &Path, maker: &str) -> Outcome {
        let place = place(output);
        if self.inputs.contains(&place) {
            let problem = "is an input; choose another name or folder";
            return Err(Failure::usage(format!("out: {} {problem}", output.display())));
        }
        match self.outputs.insert(folded(place), maker.to_owned()) {
            None => Ok(()),
            Some(other) => Err(Failure::usage(format!(
                "out: {other} and {maker} would both become {}; write them into different folders",
                output.display()
            ))),
        }
    }
}

/// The place a path means, though the file, or folders above it, may not be there yet.
fn place(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => {
            place(Path::new(".")).join(name)
        }
        (Some(parent), Some(name)) => place(parent).join(name),
        _ => path.to_path_buf(),
    }
}

/// The same for names between which the file system makes no difference.
fn folded(place: PathBuf) -> PathBuf {
    match cfg!(any(windows, target_os = "macos")) {
        true => place.to_string_lossy().to_lowercase().into(),
        false => place,
    }
}

/// Refuses, in words, to replace `existing` files.
pub fn refuse_existing(existing: &[PathBuf]) -> Outcome {
    let more = match existing.len() {
        0 => return Ok(()),
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    Err(Failure::usage(format!(
        "out: {} is already there{more}; --overwrite replaces, --skip-existing passes over",
        existing[0].display()
    )))
}

/// Makes the folder that `path` lies in.
pub fn make_parent(path: &Path) -> polyinr::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            fs::create_dir_all(parent).map_err(|e| Error::io(parent, MAKE_FOLDER, e))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_an_ending_that_fits() {
        let name =
            |relative: &str, format| in_folder(Path::new("out"), Path::new(relative), format);
        assert_eq!(name("a/b.jpeg", Format::Jpeg), Path::new("out/a/b.jpeg"));
        assert_eq!(name("b.tif", Format::Png), Path::new("out/b.png"));
        assert_eq!(name("b", Format::WebP), Path::new("out/b.webp"));
        assert_eq!(name("img.0001", Format::Png), Path::new("out/img.0001.png"));
        assert_eq!(with_ending(Path::new("a/img.0001"), "field"), Path::new("a/img.0001.field"));
        assert_eq!(with_ending(Path::new("a/b.JPG"), "compare.png"), Path::new("a/b.compare.png"));
    }

    #[test]
    fn names_of_files_are_no_folders() {
        for name in ["a.png", "b/a.JPEG", "a.mp4", "a.GIF"] {
            assert!(is_named_as_file(Path::new(name)), "{name}");
        }
        for name in ["a", "v1.2", "holiday.2026", ".png"] {
            assert!(!is_named_as_file(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn two_results_at_one_place_are_refused() {
        let mut claims = Claims::protecting([Path::new("Cargo.toml")]);
        assert!(claims.claim(Path::new("nowhere/a.png"), "a.png").is_ok());
        assert!(claims.claim(Path::new("./nowhere/a.png"), "a.jpg").is_err());
        assert!(claims.claim(Path::new("./Cargo.toml"), "b.jpg").is_err());
    }
}
