//! Options that say which images of which generator.

use std::sync::Arc;

use polyinr::Result;
use polyinr::model::{DEFAULT_GENERATOR, Generator, Truncation};
use polyinr::ops::GenerateOptions;

use crate::failure::{Failure, Outcome};
use crate::inputs::model;
use crate::table::generate::TRUNCATION_DEFAULT;

/// A generator, its classes, and how far from the average.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Image")]
pub struct GeneratorArgs {
    /// Generator: a built-in name, a model file, or a name in POLYINR_MODELS
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_GENERATOR)]
    model: String,
    /// Class by name or number, several with commas, or `all` [default: by the seed]
    ///
    /// Without one, the class of a seed is its remainder by the number of classes.
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    class: Vec<String>,
    /// How far to stay from the average: 1 is as trained, 0 the average, -2 to 2 are possible
    ///
    /// Either one number for all levels, or levels and their numbers with commas between, as
    /// 0-4:0.5,fine:0.9. Levels are numbers, ranges, or the groups shape, coarse and fine.
    #[arg(short, long, value_name = "PSI", default_value = TRUNCATION_DEFAULT,
        allow_hyphen_values = true)]
    truncation: Truncation,
}

impl GeneratorArgs {
    /// The model.
    pub fn find(&self) -> Result<Arc<Generator>> {
        model(&self.model)?.generator()
    }

    /// Numbers of the classes asked for, in that order; the one `None` when none is named, which is
    /// each seed's own class, or none in a model without.
    pub fn classes(&self, generator: &Generator) -> Outcome<Vec<Option<usize>>> {
        let all = generator.classes();
        match self.class.as_slice() {
            [] => Ok(vec![None]),
            [one] if one == "all" && !all.is_empty() => Ok((0..all.len()).map(Some).collect()),
            names => {
                let found: Result<Vec<usize>> = names.iter().map(|n| generator.class(n)).collect();
                let found = found?;
                let twice = (1..found.len()).find(|i| found[..*i].contains(&found[*i]));
                match twice {
                    Some(i) => {
                        Err(Failure::usage(format!("class: {} is named twice", all[found[i]])))
                    }
                    None => Ok(found.into_iter().map(Some).collect()),
                }
            }
        }
    }

    /// As [`classes`](Self::classes), but all of them when none is named.
    pub fn classes_or_all(&self, generator: &Generator) -> Outcome<Vec<Option<usize>>> {
        match (self.class.is_empty(), generator.classes().len()) {
            (true, count) if count > 0 => Ok((0..count).map(Some).collect()),
            _ => self.classes(generator),
        }
    }

    /// The image of `seed` and a class.
    pub fn image(&self, seed: u32, class: Option<usize>) -> GenerateOptions {
        GenerateOptions { seed, class, truncation: self.truncation.clone() }
    }

    /// The classes as they were named, for a file to say how it was made.
    pub fn named_classes(&self) -> String {
        match self.class.as_slice() {
            [] => String::new(),
            names => format!(" --class {}", names.join(",")),
        }
    }

    /// The truncation, likewise.
    pub fn named_truncation(&self) -> String {
        format!(" --truncation {}", self.truncation)
    }
}
