//! One picture to make.

use std::path::PathBuf;

use polyinr::ops::Refine;
use polyinr::picture::{Existing, Format};
use polyinr::{Channels, Depth, Error, Grid, Result, View, Window};
use serde_json::{Value, json};

use crate::report::{Reporter, merged};

/// One picture to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The file to read.
    pub input: PathBuf,
    /// What messages call the input.
    pub name: String,
    /// The input's format.
    pub source: Format,
    /// The file to write.
    pub output: PathBuf,
    /// What messages call the output.
    pub shown: String,
    /// Its format.
    pub format: Format,
    /// Depth to write.
    pub depth: Depth,
    /// Channels of input and output.
    pub channels: Channels,
    /// Pages or frames in the input, of which the first is taken.
    pub pages: u32,
    /// Width and height of the input.
    pub from: (u32, u32),
    /// Width and height of the output.
    pub to: (u32, u32),
    /// Whether it is corrected until its reduction is the input.
    pub refine: Option<Refine>,
    /// The field file beside it, if one is wanted.
    pub field: Option<PathBuf>,
    /// The comparison beside it, if one is wanted.
    pub comparison: Option<PathBuf>,
    /// Bytes of the input's samples.
    pub held: u64,
    /// Whether these are held in memory.
    pub is_held: bool,
    /// Most bytes of memory while it is in work.
    pub memory: u64,
}

impl Job {
    /// The whole picture at the output's size.
    ///
    /// # Errors
    /// When the size is not possible.
    pub fn view(&self) -> Result<View> {
        View::new(Window::UNIT, self.to.0, self.to.1, Grid::Edges)
    }

    /// Pixels of the output.
    pub fn pixels(&self) -> u64 {
        u64::from(self.to.0) * u64::from(self.to.1)
    }

    /// Bytes of the output without compression.
    pub fn bytes(&self) -> u64 {
        self.pixels() * (self.channels.count() * self.depth.bytes()) as u64
    }

    /// The result, and what is beside it.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.field.iter().chain(&self.comparison).chain([&self.output])
    }

    /// Those of its files that are there already and stay.
    pub fn kept(&self, existing: Existing) -> impl Iterator<Item = &PathBuf> {
        self.files().filter(move |file| existing.keeps(file))
    }

    /// Whether nothing is left to do.
    pub fn is_complete(&self, existing: Existing) -> bool {
        self.kept(existing).count() == self.files().count()
    }

    /// What JSON lines say of it.
    pub fn about(&self) -> Value {
        let (width, height) = self.to;
        let mut about =
            json!({"input": self.name, "output": self.shown, "width": width, "height": height});
        if self.pages > 1 {
            about = merged(about, json!({"pages": self.pages}));
        }
        if let Some(refine) = self.refine {
            about = merged(about, json!({"refine": refine.steps()}));
        }
        if let Some(field) = &self.field {
            about = merged(about, json!({"field": field.display().to_string()}));
        }
        about
    }
}

/// A picture that cannot be read or made, with its name where the error has none.
pub fn report_failure(reporter: &Reporter, name: &str, error: &Error) {
    let message = error.to_string();
    let whole = if message.contains(name) { message } else { format!("{name}: {message}") };
    reporter.failed(&whole, json!({"input": name}));
}
