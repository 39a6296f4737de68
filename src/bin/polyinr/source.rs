//! Where fields come from: field files and seeds, in one syntax for all subcommands.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use polyinr::model::{DEFAULT_GENERATOR, Generator, Model, ModelId, Truncation};
use polyinr::ops::GenerateOptions;
use polyinr::{Field, FieldContent, FieldFile, GeneratedField};

use crate::failure::{Failure, Outcome};
use crate::inputs::model;
use crate::passing::{regular, renamed};

/// Ending of field files.
pub const ENDING: &str = "field";

/// One source, as users write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A seed, and the class for models that have some.
    Seed(u32, Option<String>),
    /// A field file.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (seed, class) = match text.split_once(':') {
            Some((seed, class)) => (seed, Some(class)),
            None => (text, None),
        };
        if !seed.is_empty() && seed.bytes().all(|b| b.is_ascii_digit()) {
            let number =
                seed.parse().map_err(|_| format!("seed {seed} is not in 0 to {}", u32::MAX))?;
            return match class {
                Some("") => Err(format!("{text:?} ends before its class; give it as 7:roses")),
                class => Ok(Self::Seed(number, class.map(str::to_owned))),
            };
        }
        let path = Path::new(text);
        match is_field_file(path) || path.components().count() > 1 {
            true => Ok(Self::File(path.to_owned())),
            false => Err(format!(
                "{text:?} is no source; give a field file, as rose.field, or a seed and class, as \
                 7:roses"
            )),
        }
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed, None) => write!(f, "{seed}"),
            Self::Seed(seed, Some(class)) => write!(f, "{seed}:{class}"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Whether a name is that of a field file.
pub fn is_field_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ENDING))
}

impl Source {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Seed(..) => None,
        }
    }

    /// Name of what is made of it in a folder, without ending.
    pub fn stem(&self) -> String {
        let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        match self {
            Self::Seed(seed, None) => format!("seed{seed:04}"),
            Self::Seed(seed, Some(class)) => {
                format!("seed{seed:04}-{}", class.chars().map(safe).collect::<String>())
            }
            Self::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }
}

/// The field file at `path`, or from the pipe that it stands for.
fn open(path: &Path) -> polyinr::Result<FieldFile> {
    let file = regular(path)?;
    FieldFile::open(&file).map_err(|error| renamed(error, &file, &path.display().to_string()))
}

/// How sources are understood.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sources")]
pub struct SourceArgs {
    /// Model, where the field files name none or another is wanted: a built-in name, a model file, or
    /// a name in POLYINR_MODELS [default: the one that the field files name, or flowers]
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// How far seeds stay from the average, as in `polyinr generate` [default: 1]
    #[arg(short, long, value_name = "PSI", allow_hyphen_values = true)]
    truncation: Option<Truncation>,
}

/// A source, its file read.
enum Found<'a> {
    Seed(u32, Option<&'a str>),
    File(FieldFile, String),
}

impl<'a> Found<'a> {
    fn read(source: &'a Source) -> Outcome<Self> {
        Ok(match source {
            Source::Seed(seed, class) => Self::Seed(*seed, class.as_deref()),
            Source::File(path) => {
                let file = open(path)?;
                if matches!(file.content(), FieldContent::Picture(_)) {
                    return Err(Failure::usage(format!(
                        "{source}: it keeps a picture, which `polyinr render` shows; a generator's \
                         field is needed (`polyinr invert` embeds a picture in one)"
                    )));
                }
                Self::File(file, source.to_string())
            }
        })
    }
}

impl SourceArgs {
    /// These options as they are recorded in pictures.
    pub fn recorded(&self) -> String {
        self.truncation.as_ref().map(|t| format!(" --truncation {t}")).unwrap_or_default()
    }

    /// The generator for a picture, which has no seed to truncate.
    pub fn generator_of_picture(&self) -> Outcome<Arc<Generator>> {
        if self.truncation.is_some() {
            let problem = "only seeds are truncated, pictures are as they are; leave it out";
            return Err(Failure::usage(format!("truncation: {problem}")));
        }
        self.generator(None)
    }

    /// Opens one source.
    pub fn open_one(&self, source: &Source) -> Outcome<(Arc<Generator>, GeneratedField)> {
        let (generator, mut fields) = self.open(&[source])?;
        match fields.pop() {
            Some(field) => Ok((generator, field)),
            None => Err(Failure::usage("source: none is given")),
        }
    }

    /// Opens what can be looked at, pictures' fields too.
    pub fn open_field(&self, source: &Source) -> Outcome<Field> {
        if let Some(path) = source.file()
            && let file = open(path)?
            && matches!(file.content(), FieldContent::Picture(_))
        {
            self.check_truncation(false)?;
            let upscaler = self.named(file.model())?.upscaler()?;
            return Ok(Field::Picture(file.picture(&upscaler)?));
        }
        Ok(Field::Generated(self.open_one(source)?.1))
    }

    /// Fails when there is a truncation and no seed that it is of.
    fn check_truncation(&self, seeds: bool) -> Outcome {
        if self.truncation.is_some() && !seeds {
            let problem = "field files are as they are, only seeds are truncated; leave it out";
            return Err(Failure::usage(format!("truncation: {problem}")));
        }
        Ok(())
    }

    /// Opens all sources, which must be of one model.
    pub fn open(&self, sources: &[&Source]) -> Outcome<(Arc<Generator>, Vec<GeneratedField>)> {
        self.check_truncation(sources.iter().any(|s| s.file().is_none()))?;
        let found = sources.iter().map(|s| Found::read(s)).collect::<Outcome<Vec<_>>>()?;
        let file = found.iter().find_map(|f| match f {
            Found::File(file, _) => Some(file),
            Found::Seed(..) => None,
        });
        let generator = self.generator(file)?;
        let opened = found.iter().map(|f| self.opened(&generator, f)).collect::<Outcome<_>>()?;
        Ok((generator, opened))
    }

    fn opened(&self, generator: &Generator, found: &Found<'_>) -> Outcome<GeneratedField> {
        match found {
            Found::File(file, name) => {
                let field = file.generated(generator)?;
                Ok(if field.origin().is_empty() { field.with_origin(name) } else { field })
            }
            Found::Seed(seed, class) => {
                let class = class.map(|name| generator.class(name)).transpose()?;
                let truncation = self.truncation.clone().unwrap_or_default();
                Ok(GenerateOptions { seed: *seed, class, truncation }.field(generator)?)
            }
        }
    }

    fn generator(&self, file: Option<&FieldFile>) -> Outcome<Arc<Generator>> {
        let found = match (&self.model, file) {
            (None, None) => Model::find(DEFAULT_GENERATOR)?,
            (Some(name), None) => model(name)?,
            (_, Some(file)) => self.named(file.model())?,
        };
        Ok(found.generator()?)
    }

    /// The model asked for, or the one that a field file names.
    fn named(&self, wanted: &ModelId) -> Outcome<Model> {
        if let Some(name) = &self.model {
            return Ok(model(name)?);
        }
        // A file from elsewhere names a model, never a place on this machine.
        let plain = Path::new(&wanted.name).components().count() == 1
            && Path::new(&wanted.name).extension().is_none_or(|e| e != "safetensors");
        let found = if plain { Model::find(&wanted.name).ok() } else { None };
        found.ok_or_else(|| {
            Failure::usage(format!(
                "model: the field belongs to model {} ({}), which is in none of the models' \
                 folders; give --model",
                wanted.name, wanted.id
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_files_are_told_apart() {
        let seed = |n, class: &str| Ok(Source::Seed(n, Some(class.into())));
        assert_eq!("7:roses".parse(), seed(7, "roses"));
        assert_eq!("4294967295:2".parse(), seed(u32::MAX, "2"));
        assert_eq!("12".parse(), Ok(Source::Seed(12, None)));
        assert_eq!("1:a/b.field".parse(), seed(1, "a/b.field"));
        for file in ["rose.field", "a/rose", "./7", "C:\\rose.FIELD", "7a.field"] {
            assert_eq!(file.parse(), Ok(Source::File(file.into())), "{file}");
            assert_eq!(file.parse::<Source>().unwrap().to_string(), file);
        }
        for wrong in ["", "x", "7:", "4294967296", "-1:roses", "rose.png"] {
            assert!(wrong.parse::<Source>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn stems_are_names_of_files() {
        let stem = |text: &str| text.parse::<Source>().unwrap().stem();
        assert_eq!(stem("7:sea lion/x"), "seed0007-sea_lion_x");
        assert_eq!(stem("a/rose.field"), "rose");
    }
}
