//! Environments of pinned Python packages in the user's cache folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::cache;
use crate::shell::{Outcome, probe, root, succeed};

/// How to see that Python can make environments.
pub const MAKES_ENVIRONMENTS: &str = "python3 -c 'import ensurepip, venv'";

/// An environment of its own for some packages.
pub struct Environment {
    /// Its folder's name in the user's cache folder.
    pub name: &'static str,
    /// The file of pinned packages, all of them with hashes, under the repository's root.
    pub requirements: &'static str,
    /// A line of Python by which to see that they work.
    pub imports: &'static str,
}

impl Environment {
    /// Makes the environment, or finds it made; the folder of its programs.
    pub fn prepare(&self) -> Outcome<PathBuf> {
        if !probe(MAKES_ENVIRONMENTS) {
            return Err("python3 with its modules venv and ensurepip is missing".into());
        }
        let folder = cache()?.join(self.name);
        let wanted = fs::read(root().join(self.requirements))
            .map_err(|e| format!("{}: {e}", self.requirements))?;
        let (programs, mark) = (folder.join("bin"), folder.join("requirements.txt"));
        let made = fs::read(&mark).is_ok_and(|there| there == wanted);
        if made && self.works(&programs) {
            return Ok(programs);
        }
        self.install(&folder, &programs)?;
        if !self.works(&programs) {
            return Err(format!("`{}` fails in {}", self.imports, folder.display()));
        }
        fs::write(&mark, wanted).map_err(|e| format!("{}: {e}", mark.display()))?;
        Ok(programs)
    }

    fn install(&self, folder: &Path, programs: &Path) -> Outcome {
        eprintln!("xtask: installing Python packages in {}", folder.display());
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let mut pip = Command::new(programs.join("python3"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--only-binary", ":all:", "--require-hashes", "-r", self.requirements]);
        succeed(pip.current_dir(root()))
    }

    fn works(&self, programs: &Path) -> bool {
        let mut python = Command::new(programs.join("python3"));
        python.args(["-c", self.imports]).output().is_ok_and(|o| o.status.success())
    }
}
