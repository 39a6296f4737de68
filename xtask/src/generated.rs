//! Files that are made from others and kept in the repository.

use std::fs;

use crate::shell::{Outcome, root};

/// A file that is made.
pub struct Generated<'a> {
    /// Its path under the repository's root.
    pub file: &'a str,
    /// What should be in it.
    pub made: Vec<u8>,
    /// What it is made from, under the repository's root too.
    pub source: &'a str,
    /// The command that makes it.
    pub command: &'a str,
}

impl Generated<'_> {
    /// Writes the file; with `check` it writes nothing and fails when something else is in it.
    pub fn settle(&self, check: bool) -> Outcome {
        let Self { file, source, command, .. } = self;
        let path = root().join(file);
        let failed = |e: std::io::Error| format!("{file}: {e}");
        if !check {
            path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
            return fs::write(&path, &self.made).map_err(failed);
        }
        match fs::read(&path).map_err(failed)? == self.made {
            true => Ok(()),
            false => Err(format!("{file} is not what {source} says; run `{command}`")),
        }
    }
}
