//! The folder of a run, new or gone on with.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::run::checkpoint::Checkpoint;
use crate::run::shelf;

/// Which run it is.
#[derive(Clone, Debug, clap::Args)]
pub struct FolderArgs {
    /// Folder of the run [default when resumed: the one of the checkpoint]
    #[arg(short, long, value_name = "DIR", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Go on with a run: its folder, for the latest good checkpoint, or a checkpoint
    ///
    /// Options are those of the run. Where data lies, the length of what is to come and what is
    /// written may be given anew; others that differ are refused.
    #[arg(long, value_name = "PATH")]
    resume: Option<PathBuf>,
}

/// A run's folder, and the checkpoint to go on from with its path.
pub type Begun<M> = (PathBuf, Option<(PathBuf, Checkpoint<M>)>);

impl FolderArgs {
    /// The folder, and where the run goes on. Damaged checkpoints that are passed over are named on
    /// standard error.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a new run's folder holds one already; otherwise as [`shelf::open`].
    pub fn open<M: DeserializeOwned>(&self) -> Result<Begun<M>> {
        match &self.resume {
            Some(from) => self.resumed(from),
            None => Ok((self.new_folder()?.to_owned(), None)),
        }
    }

    fn new_folder(&self) -> Result<&Path> {
        let folder = self.out.as_deref().ok_or_else(|| Error::parameter("--out", "is needed"))?;
        if folder.join("run.json").exists() {
            let problem =
                format!("{0} holds a run; use --resume {0} or another folder", folder.display());
            return Err(Error::parameter("--out", problem));
        }
        Ok(folder)
    }

    fn resumed<M: DeserializeOwned>(&self, from: &Path) -> Result<Begun<M>> {
        let warn = &mut |error: &Error| eprintln!("polyinr-train: warning: {error}");
        let (path, checkpoint) = shelf::open::<M>(from, warn)?;
        let folder = self.out.clone().or_else(|| shelf::run_folder(&path)).ok_or_else(|| {
            Error::parameter("--out", "is needed: the checkpoint lies in no run's folder")
        })?;
        eprintln!("going on with {}", path.display());
        Ok((folder, Some((path, checkpoint))))
    }
}
