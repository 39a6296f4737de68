//! Heat-maps in files: one a level, or a sheet of all.

use std::path::PathBuf;
use std::time::Instant;

use polyinr::ops::{Heatmap, generated_memory, heatmaps};
use polyinr::picture::{Format, Spec};
use polyinr::raster::check_size;
use polyinr::{CancelToken, Channels, Depth, Engine, Field, Result, Samples, View, default_size};
use serde_json::{Value, json};

use super::args::{Args, Colours};
use crate::failure::Outcome;
use crate::outputs::{Frame, refuse_existing};
use crate::progress::PictureProgress;
use crate::report::{Reporter, rounded};
use crate::save::create;

/// One file to write, and the levels on it.
pub struct File {
    path: PathBuf,
    format: Format,
    /// Numbers of the levels, in the order of the cells.
    pub levels: Vec<usize>,
}

/// What all files of a run share.
pub struct Gallery<'a> {
    /// The command line.
    pub args: &'a Args,
    /// What is looked into.
    pub field: &'a Field,
    /// What is shown of it.
    pub view: &'a View,
    /// Tells the user.
    pub reporter: &'a Reporter,
}

impl Gallery<'_> {
    /// The files to write: one a level, or a sheet of all; `passed` for standard output.
    pub fn plan(&self, levels: &[usize], passed: Option<PathBuf>) -> Outcome<Vec<File>> {
        let output = &self.args.output;
        let target = output.target(!self.args.sheet && levels.len() > 1)?;
        let mut files = Vec::new();
        let sets: Vec<&[usize]> =
            if self.args.sheet { vec![levels] } else { levels.chunks(1).collect() };
        for levels in sets {
            let stem = match levels {
                [level] if !self.args.sheet => format!("level{level:02}"),
                _ => "levels".to_owned(),
            };
            let (path, format) = output.place(&target, &passed, &stem)?;
            let (width, height) = self.size(levels);
            check_size(width, height)?;
            if self.args.size.is_none() {
                default_size([width, height])?;
            }
            output.check_holds(format, &self.frame(levels))?;
            files.push(File { path, format, levels: levels.to_vec() });
        }
        let there = |file: &File| output.existing().keeps(&file.path);
        let (existing, files): (Vec<File>, Vec<File>) = files.into_iter().partition(there);
        if !output.skip_existing {
            refuse_existing(&existing.iter().map(|f| f.path.clone()).collect::<Vec<_>>())?;
        }
        for file in &existing {
            self.reporter.skipped(&self.shown(file), "it is already there", self.about(file));
        }
        Ok(files)
    }

    /// Computes the maps of `levels`.
    pub fn look(
        &self,
        engine: &dyn Engine,
        levels: &[usize],
        cancel: &CancelToken,
    ) -> Result<Vec<Heatmap>> {
        // The maps, and one file's at a time in colours.
        let memory = 16 * levels.len() as u64 * self.view.pixels();
        let size = (self.view.width(), self.view.height());
        let memory =
            memory + generated_memory(engine, self.field.generated()?.network(), size.into());
        self.args.run.limits.check("size", size, memory)?;
        let progress = self.reporter.start(1, self.view.pixels());
        let bar = progress.map(|p| p.picture("heat-maps", self.view.pixels()));
        let control = PictureProgress::follow(bar.as_ref(), cancel);
        heatmaps(engine, self.field, self.view, Some(levels), &control)
    }

    /// Writes a file and tells how it went.
    pub fn write(&self, file: &File, maps: &[Heatmap], start: Instant) {
        let (width, height) = self.size(&file.levels);
        let written = self.draw(file, maps);
        let (name, mut about) = (self.shown(file), self.about(file));
        if let Err(error) = written {
            let existing = self.args.output.existing();
            return self.reporter.unwritten(existing, &name, &error, about);
        }
        about["width"] = json!(width);
        about["height"] = json!(height);
        about["seconds"] = json!(rounded(start.elapsed().as_secs_f64()));
        self.reporter.finished(&format!("{name}: {width}x{height}"), about);
    }

    fn draw(&self, file: &File, maps: &[Heatmap]) -> Result<()> {
        let cell = |level: &usize| maps.iter().find(|m| m.level == *level);
        let cells: Vec<Samples> = file
            .levels
            .iter()
            .filter_map(cell)
            .map(|map| Ok(map.raster(self.args.colours.into())?.into_samples()))
            .collect::<Result<_>>()?;
        let mut writer = create(&file.path, self.spec(file), self.args.output.existing())?;
        let line = self.view.width() as usize * self.channels().count();
        let columns = columns(cells.len());
        for (strip, cells) in (0..).zip(cells.chunks(columns)) {
            for y in 0..self.view.height() {
                // Cells without a level are white.
                let mut out = vec![1.0; columns * line];
                for (out, cell) in out.chunks_exact_mut(line).zip(cells) {
                    let first = y as usize * line;
                    out.iter_mut().zip(first..).for_each(|(o, at)| *o = cell.get(at));
                }
                writer.rows(strip * self.view.height() + y, &out)?;
            }
        }
        writer.finish()
    }

    /// What a file is like.
    fn spec(&self, file: &File) -> Spec {
        let parameters = (!self.args.strip).then(|| self.parameters(file));
        self.args.output.spec(file.format, &self.frame(&file.levels), parameters)
    }

    /// Pixels of a file with these levels.
    fn frame(&self, levels: &[usize]) -> Frame {
        let (width, height) = self.size(levels);
        Frame { width, height, channels: self.channels(), depth: Depth::U8 }
    }

    /// Width and height of a file with these levels.
    fn size(&self, levels: &[usize]) -> (u32, u32) {
        let (columns, count) = (columns(levels.len()), levels.len());
        let side =
            |n: usize, side: u32| u32::try_from(n as u64 * u64::from(side)).unwrap_or(u32::MAX);
        (side(columns, self.view.width()), side(count.div_ceil(columns), self.view.height()))
    }

    fn channels(&self) -> Channels {
        match self.args.colours {
            Colours::Viridis => Channels::Rgb,
            Colours::Gray => Channels::Gray,
        }
    }

    /// What messages call a file.
    fn shown(&self, file: &File) -> String {
        self.args.output.shown(&file.path)
    }

    /// What JSON lines say of a file.
    fn about(&self, file: &File) -> Value {
        match (self.args.sheet, &file.levels[..]) {
            (false, [level]) => json!({"level": level, "output": self.shown(file)}),
            (_, levels) => json!({"levels": levels, "output": self.shown(file)}),
        }
    }

    /// What a file says of how it was made.
    fn parameters(&self, file: &File) -> String {
        let levels: Vec<String> = file.levels.iter().map(usize::to_string).collect();
        let model = self.field.model();
        format!(
            "polyinr {} heatmap {}{} --levels {}{} --size {}x{}{} (model {}, id {})",
            env!("CARGO_PKG_VERSION"),
            self.args.source,
            self.args.sources.recorded(),
            levels.join(","),
            if self.args.sheet { " --sheet" } else { "" },
            self.view.width(),
            self.view.height(),
            self.args.view.named(),
            model.name,
            model.id,
        )
    }
}

/// Columns of a sheet that is nearly square.
fn columns(cells: usize) -> usize {
    (cells as f64).sqrt().ceil().max(1.0) as usize
}
