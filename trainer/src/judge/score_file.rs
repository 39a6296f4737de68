//! Scores that were found before.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::judges::Scores;
use crate::error::{Error, Result};
use crate::files::write_whole;

/// Scores by what stands for the pictures and the judges, in a file.
#[derive(Debug)]
pub struct ScoreFile {
    path: PathBuf,
    scores: BTreeMap<String, Scores>,
}

impl ScoreFile {
    /// Those in the file at `path`; none where there is none.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Data`] when it is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let scores = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
                Error::data(path, format!("these are no scores ({e}); delete the file"))
            })?,
            Err(e) if e.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(Error::io(path, "read", e)),
        };
        Ok(Self { path: path.to_owned(), scores })
    }

    /// The scores of `key`; unless they are known, those that `find` finds.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn get(&mut self, key: String, find: impl FnOnce() -> Result<Scores>) -> Result<Scores> {
        if let Some(scores) = self.scores.get(&key) {
            return Ok(*scores);
        }
        let scores = find()?;
        // JSON has no infinity; equal pictures are quickly judged again.
        if scores.psnr.is_finite() {
            self.scores.insert(key, scores);
        }
        Ok(scores)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses.
    pub fn save(&self) -> Result<()> {
        let json = serde_json::to_vec(&self.scores)
            .map_err(|e| Error::io(&self.path, "write", e.into()))?;
        write_whole(&self.path, &json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(psnr: f64) -> Scores {
        Scores { psnr, ssim: 0.1 + 0.2, vgg16: 1.0 / 3.0, efficientnet: 0.7, colour_step: 2.0 }
    }

    #[test]
    fn scores_are_found_once_and_kept_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.json");
        let mut known = ScoreFile::open(&path).unwrap();
        assert_eq!(known.get("a".into(), || Ok(scores(30.1))).unwrap(), scores(30.1));
        assert_eq!(
            known.get("b".into(), || Ok(scores(f64::INFINITY))).unwrap().psnr,
            f64::INFINITY
        );
        known.save().unwrap();
        let mut again = ScoreFile::open(&path).unwrap();
        assert_eq!(again.get("a".into(), || panic!("it is known")).unwrap(), scores(30.1));
        assert!(again.get("b".into(), || Err(Error::data("b", "was not kept"))).is_err());
        fs::write(&path, "{").unwrap();
        assert!(ScoreFile::open(&path).unwrap_err().to_string().contains("delete the file"));
    }
}
