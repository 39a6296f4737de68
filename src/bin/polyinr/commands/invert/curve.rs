//! PSNR over steps, as a CSV file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use polyinr::ops::{InvertStep, Stage};
use polyinr::{Existing, Result};

/// Rows of a table that is written when it is complete.
#[derive(Debug)]
pub struct Curve {
    path: PathBuf,
    rows: String,
}

impl Curve {
    /// A table for a file at `path`, whose folder must be there.
    pub fn create(path: &Path) -> Result<Self> {
        let rows = "input,stage,width,height,step,psnr\n".to_owned();
        // Found out now rather than after the work.
        polyinr::file::write(path, rows.as_bytes(), Existing::Replace)?;
        Ok(Self { path: path.to_owned(), rows })
    }

    /// Adds a step of the picture called `input`.
    pub fn add(&mut self, input: &str, step: &InvertStep) {
        let InvertStep { stage, width, height, step, psnr, .. } = *step;
        let stage = match stage {
            Stage::Code => "code",
            Stage::Tuning => "tuning",
        };
        let input = input.replace('"', "\"\"");
        let _ = writeln!(self.rows, "\"{input}\",{stage},{width},{height},{step},{psnr:.3}");
    }

    /// Writes the table.
    pub fn finish(self) -> Result<()> {
        polyinr::file::write(&self.path, self.rows.as_bytes(), Existing::Replace)
    }
}
