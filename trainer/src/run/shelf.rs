//! The checkpoints of a run: which there are, which is the last good one, which are kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tch::Tensor;

use super::checkpoint::{self, Checkpoint};
use super::lines::{METRICS, STATS};
use crate::error::{Error, Result};

/// Folder of checkpoints in a run's folder.
const FOLDER: &str = "checkpoints";
/// How the names of folders begin for what is set aside.
const ASIDE: &str = "aside";
/// How names of files begin that are not yet whole.
const UNFINISHED: &str = ".tmp";
/// How many are kept, where a run does not say it.
pub const KEPT: u32 = 3;

/// [`KEPT`], for runs of before it could be said.
pub fn kept() -> u32 {
    KEPT
}

/// A folder of checkpoints.
#[derive(Clone, Debug)]
pub struct Shelf(PathBuf);

impl Shelf {
    /// The checkpoints of the run in folder `run`.
    pub fn of_run(run: &Path) -> Self {
        Self(run.join(FOLDER))
    }

    /// Makes the folder, and removes what a killed run left unfinished in it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn prepare(&self) -> Result<()> {
        std::fs::create_dir_all(&self.0).map_err(|e| Error::io(&self.0, "make the folder", e))?;
        for entry in std::fs::read_dir(&self.0).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                // One that stays does no harm.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// All checkpoints, the oldest first, damaged ones too.
    pub fn list(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut paths: Vec<(u64, PathBuf)> =
            entries.filter_map(|e| Some((step_of(&e.path())?, e.path()))).collect();
        paths.sort_unstable();
        paths.into_iter().map(|(_, path)| path).collect()
    }

    /// Writes the checkpoint of `step` and gives its path.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk refuses; those that were there stay.
    pub fn write<M: Serialize>(
        &self,
        step: u64,
        meta: &M,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<PathBuf> {
        let path = self.path(step);
        checkpoint::write(&path, meta, tensors)?;
        Ok(path)
    }

    /// Removes all but the last `keep` checkpoints, at least one, and those of the steps in `held`.
    pub fn tidy(&self, keep: u32, held: &[u64]) {
        let all = self.list();
        let is_held = |path: &PathBuf| step_of(path).is_some_and(|step| held.contains(&step));
        let old = &all[..all.len().saturating_sub(keep.max(1) as usize)];
        for path in old.iter().filter(|path| !is_held(path)) {
            // One that cannot be removed costs nothing but space.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Where the checkpoint of `step` lies or would lie.
    pub fn path(&self, step: u64) -> PathBuf {
        self.0.join(format!("step-{step:09}.safetensors"))
    }

    /// Sets the checkpoints of later steps than `step` aside, with a copy of the lines that the run has
    /// written: what goes on from `step` is the run's latest then. Gives the folder that they lie in, a new
    /// one in the run's; nothing where none is later.
    ///
    /// # Errors
    /// [`Error::Io`]; what was not moved yet stays where it is.
    pub fn set_aside_after(&self, step: u64) -> Result<Option<PathBuf>> {
        let is_later = |path: &PathBuf| step_of(path).is_some_and(|other| other > step);
        let later: Vec<PathBuf> = self.list().into_iter().filter(is_later).collect();
        let Some(run) = self.0.parent().filter(|_| !later.is_empty()) else { return Ok(None) };
        let aside = new_folder(run)?;
        let failed = |path: &Path, e| Error::io(path, "set aside", e);
        for lines in [STATS, METRICS].map(|name| run.join(name)).iter().filter(|p| p.exists()) {
            let to = aside.join(lines.file_name().unwrap_or_default());
            std::fs::copy(lines, to).map_err(|e| failed(lines, e))?;
        }
        // The newest first: those before are the run's latest when this is cut short.
        for path in later.iter().rev() {
            let to = aside.join(path.file_name().unwrap_or_default());
            std::fs::rename(path, to).map_err(|e| failed(path, e))?;
        }
        Ok(Some(aside))
    }

    /// Whether `path` lies on it.
    pub fn holds(&self, path: &Path) -> bool {
        path.parent().is_some_and(|folder| match (folder.canonicalize(), self.0.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        })
    }

    /// The newest checkpoint that is good, and of every newer one what is wrong with it.
    pub fn latest<M: DeserializeOwned>(&self) -> (Option<(PathBuf, Checkpoint<M>)>, Vec<Error>) {
        let mut refused = Vec::new();
        for path in self.list().into_iter().rev() {
            match checkpoint::read(&path) {
                Ok(good) => return (Some((path, good)), refused),
                Err(error) => refused.push(error),
            }
        }
        (None, refused)
    }

    /// The newest good checkpoint but `path`.
    fn good_beside(&self, path: &Path) -> Option<PathBuf> {
        let others =
            self.list().into_iter().rev().filter(|other| other.file_name() != path.file_name());
        others.into_iter().find(|other| checkpoint::read::<IgnoredAny>(other).is_ok())
    }
}

/// Reads the checkpoint at `path`, or the latest good one of the run in that folder. Returns its
/// path too; newer ones that are damaged are handed to `warn`.
///
/// # Errors
/// [`Error::Weights`] when a file is damaged, naming the last good one beside it, or when a folder
/// has no good one; [`Error::Io`].
pub fn open<M: DeserializeOwned>(
    path: &Path,
    warn: &mut dyn FnMut(&Error),
) -> Result<(PathBuf, Checkpoint<M>)> {
    if !path.is_dir() {
        return checkpoint::read(path)
            .map(|good| (path.to_owned(), good))
            .map_err(|e| advise(path, e));
    }
    let inside = Shelf::of_run(path);
    let shelf = if inside.0.is_dir() { inside } else { Shelf(path.to_owned()) };
    let (latest, refused) = shelf.latest();
    refused.iter().for_each(warn);
    latest.ok_or_else(|| Error::weights(path, "there is no good checkpoint in this folder"))
}

/// Makes a folder in that of a run, for what is set aside.
fn new_folder(run: &Path) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let folder = run.join(format!("{ASIDE}-{number}"));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(e) => return Err(Error::io(&folder, "make the folder", e)),
        }
    }
}

/// `error` of reading the checkpoint at `path`, with the last good one beside it.
fn advise(path: &Path, error: Error) -> Error {
    let Error::Weights { path: file, problem } = error else { return error };
    let folder = path.parent().unwrap_or(Path::new("."));
    let advice = match Shelf(folder.to_owned()).good_beside(path) {
        Some(good) => format!("the last good checkpoint beside it is {}", good.display()),
        None => "there is no good checkpoint beside it".to_owned(),
    };
    Error::Weights { path: file, problem: format!("{problem}; {advice}") }
}

/// The run's folder that a checkpoint lies in.
pub fn run_folder(checkpoint: &Path) -> Option<PathBuf> {
    let folder = checkpoint.parent()?;
    (folder.file_name()? == FOLDER).then(|| folder.parent().map(Path::to_owned))?
}

fn step_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    fn tensors(step: u64) -> BTreeMap<String, Tensor> {
        let full = |kind| Tensor::full([2, 3], step as i64, (kind, Device::Cpu));
        BTreeMap::from([("a".into(), full(Kind::Float)), ("b".into(), full(Kind::Int64))])
    }

    fn filled() -> (tempfile::TempDir, Shelf, Vec<PathBuf>) {
        let run = tempfile::tempdir().unwrap();
        let shelf = Shelf::of_run(run.path());
        std::fs::create_dir(&shelf.0).unwrap();
        std::fs::write(shelf.0.join(".tmpKilled"), b"half").unwrap();
        shelf.prepare().unwrap();
        assert!(!shelf.0.join(".tmpKilled").exists());
        let write = |step| {
            let path = shelf.write(step, &step, &tensors(step)).unwrap();
            shelf.tidy(KEPT, &[]);
            path
        };
        let paths = (1..=5).map(write).collect();
        (run, shelf, paths)
    }

    fn refuse(error: &Error) {
        panic!("nothing is damaged: {error}");
    }

    #[test]
    fn the_last_three_are_kept_and_read_as_written() {
        let (run, shelf, paths) = filled();
        assert_eq!(shelf.list(), paths[2..]);
        let (path, read) = open::<u64>(run.path(), &mut refuse).unwrap();
        assert_eq!(path, paths[4]);
        assert_eq!(read.meta, 5);
        assert_eq!(run_folder(&path).unwrap(), run.path());
        for (name, tensor) in tensors(5) {
            assert_eq!(read.tensors[&name], tensor);
            assert_eq!(read.tensors[&name].kind(), tensor.kind());
        }
    }

    #[test]
    fn held_ones_are_kept_beside_the_last() {
        let (_run, shelf, paths) = filled();
        shelf.tidy(2, &[3, 9]);
        assert_eq!(shelf.list(), paths[2..]);
        shelf.tidy(0, &[3]);
        assert_eq!(shelf.list(), [paths[2].clone(), paths[4].clone()]);
        assert_eq!(shelf.path(3), paths[2]);
    }

    #[test]
    fn what_is_gone_back_to_is_the_latest() {
        let (run, shelf, paths) = filled();
        std::fs::write(run.path().join(STATS), "{\"step\":5}\n").unwrap();
        assert_eq!(shelf.set_aside_after(5).unwrap(), None);
        let aside = shelf.set_aside_after(3).unwrap().unwrap();
        assert_eq!(aside, run.path().join("aside-1"));
        assert_eq!(shelf.list(), paths[2..3]);
        assert_eq!(open::<u64>(run.path(), &mut refuse).unwrap().1.meta, 3);
        assert_eq!(std::fs::read_to_string(aside.join(STATS)).unwrap(), "{\"step\":5}\n");
        let kept = aside.join(paths[4].file_name().unwrap());
        assert_eq!(checkpoint::read::<u64>(&kept).unwrap().meta, 5);
        // Those that are written then are kept beside what was gone back to.
        let next = shelf.write(4, &40u64, &tensors(4)).unwrap();
        assert_eq!(shelf.list(), [paths[2].clone(), next]);
        assert_eq!(shelf.set_aside_after(3).unwrap(), Some(run.path().join("aside-2")));
        assert!(shelf.holds(&paths[2]) && !shelf.holds(&kept));
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_refused_with_the_previous_one_named() {
        let (run, _, paths) = filled();
        let whole = std::fs::read(&paths[4]).unwrap();
        let mut damaged: Vec<Vec<u8>> =
            [0, 4, 8, 100, whole.len() / 2, whole.len() - 1].map(|n| whole[..n].to_vec()).into();
        damaged.extend((0..whole.len()).step_by(7).map(|index| {
            let mut bytes = whole.clone();
            bytes[index] ^= 0x10;
            bytes
        }));
        for bytes in damaged {
            std::fs::write(&paths[4], bytes).unwrap();
            let error = open::<u64>(&paths[4], &mut refuse).unwrap_err().to_string();
            assert!(error.contains("step-000000005"), "{error}");
            assert!(error.contains("last good checkpoint beside it is"), "{error}");
            assert!(error.contains("step-000000004"), "{error}");
        }
        let mut warnings = Vec::new();
        let (path, _) = open::<u64>(run.path(), &mut |e| warnings.push(e.to_string())).unwrap();
        assert_eq!(path, paths[3]);
        assert!(warnings.len() == 1 && warnings[0].contains("step-000000005"));
    }

    #[test]
    fn a_folder_without_checkpoints_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = open::<u64>(folder.path(), &mut refuse).unwrap_err().to_string();
        assert!(error.contains("no good checkpoint in this folder"), "{error}");
        assert!(matches!(
            open::<u64>(&folder.path().join("x"), &mut refuse),
            Err(Error::Io { .. })
        ));
    }
}
