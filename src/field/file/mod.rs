//! Fields in files.
//!
//! A field file is a safetensors file with a JSON in its metadata, under `field`, that says of which
//! kind it is, which model it belongs to and how it was made. A generator's field is its code
//! ([`GeneratedContent`]); a picture's is the picture ([`PictureContent`]).

mod generated;
mod picture;

use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use generated::GeneratedContent;
pub use picture::PictureContent;

use super::{Field, GeneratedField, PictureField};
use crate::error::{Error, Result};
use crate::file::{self, Existing};
use crate::model::{Generator, Model, ModelId, Upscaler};
use crate::tensors::Tensors;

/// Latest version of field files that this crate reads; files of a later one are refused. A file is
/// written in the first version that has what it says: 3 where a generator's code is not one tensor
/// `[n, 3]` a level, 2 where a picture is cleaned, 1 otherwise.
pub const FIELD_FORMAT_VERSION: u32 = 3;
/// The first version.
const FIRST_VERSION: u32 = 1;
/// The first version of pictures that are cleaned.
const CLEANED_VERSION: u32 = 2;
/// The first version of generators' codes tensor by tensor.
const CODE_VERSION: u32 = 3;
/// Longest origin that is kept, in characters: of long chains of mixes the beginning says enough.
pub(crate) const ORIGIN_KEPT: usize = 2000;
/// Key of the JSON in the safetensors metadata.
const METADATA_KEY: &str = "field";
/// Largest side a field may be meant for.
const MAX_SIDE: u32 = 1 << 20;

/// What a field was made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// A generator's latent, or other fields of it.
    #[default]
    Generated,
    /// A picture, seen through an upscaler.
    Picture,
}

/// What the JSON says in every field file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stamp {
    format_version: u32,
    #[serde(default)]
    kind: Kind,
    model: ModelId,
    /// Width and height it is meant to be seen at.
    size: [u32; 2],
    /// How it was made, for people.
    #[serde(default)]
    origin: String,
}

/// The JSON: what it says in every file, and in those of one kind.
#[derive(Serialize)]
struct Header<'a, T> {
    #[serde(flatten)]
    stamp: &'a Stamp,
    #[serde(flatten)]
    own: T,
}

impl Stamp {
    fn new(kind: Kind, model: &ModelId, size: [u32; 2], origin: &str) -> Self {
        let origin = origin.chars().take(ORIGIN_KEPT).collect();
        Self { format_version: FIRST_VERSION, kind, model: model.clone(), size, origin }
    }

    fn read(tensors: &Tensors<'_>) -> Result<Self> {
        let stamp: Self = read_json(tensors)?;
        match stamp.problem() {
            Some(problem) => Err(tensors.error(problem)),
            None => Ok(stamp),
        }
    }

    fn problem(&self) -> Option<String> {
        let Self { format_version, size, .. } = *self;
        if format_version == 0 || format_version > FIELD_FORMAT_VERSION {
            return Some(format!(
                "format version {format_version} is not known to this program, which reads up to \
                 {FIELD_FORMAT_VERSION}; update polyinr"
            ));
        }
        let side = |s: &u32| (1..=MAX_SIDE).contains(s);
        (!size.iter().all(side))
            .then(|| format!("a size of {}x{} pixels is not possible", size[0], size[1]))
    }

    /// The JSON with what is `own` to the kind.
    fn json(&self, own: impl Serialize) -> std::result::Result<String, String> {
        serde_json::to_string(&Header { stamp: self, own }).map_err(|e| e.to_string())
    }
}

/// The JSON, or the part of it that `T` has.
fn read_json<T: DeserializeOwned>(tensors: &Tensors<'_>) -> Result<T> {
    let json = tensors.metadata(METADATA_KEY).ok_or_else(|| {
        tensors.error("its metadata has no field, so it is no field file of polyinr")
    })?;
    serde_json::from_str(json)
        .map_err(|e| tensors.error(format!("its metadata cannot be understood ({e})")))
}

/// A field file that was read and checked, before the model it needs is at hand.
///
/// ```
/// use polyinr::ops::GenerateOptions;
/// use polyinr::{Existing, Field, FieldFile, Model};
///
/// let generator = Model::builtin("flowers")?.generator()?;
/// let options = GenerateOptions { seed: 7, class: Some(2), ..GenerateOptions::default() };
/// let rose = options.field(&generator)?;
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("rose.field");
/// Field::Generated(rose.clone()).save(&path, Existing::Refuse)?;
/// let file = FieldFile::open(&path)?;
/// assert_eq!(file.model().name, "flowers");
/// assert_eq!(file.generated(&generator)?.code(), rose.code());
/// # Ok::<(), polyinr::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FieldFile {
    source: NamedStamp,
    content: FieldContent,
}

/// What a field file holds besides what all hold.
#[derive(Clone, Debug)]
pub enum FieldContent {
    /// A generator's field.
    Generated(Box<GeneratedContent>),
    /// A picture's field.
    Picture(PictureContent),
}

/// A file's name for messages, and what it says of its field in any case.
#[derive(Clone, Debug)]
struct NamedStamp {
    name: String,
    stamp: Stamp,
}

impl NamedStamp {
    /// That what the file holds is wrong.
    fn error(&self, problem: impl ToString) -> Error {
        Error::field(&self.name, problem.to_string())
    }
}

impl FieldFile {
    /// Reads the field file at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Unsupported`] when it is no regular file;
    /// [`Error::Field`] when it is no field file, is damaged, comes from a later version, or was
    /// changed while it was read; [`Error::Limits`] when it is too large or memory is short.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::read(&path.display().to_string(), &Tensors::open(path, Error::field)?)
    }

    /// A field file from its bytes; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Field`], as [`open`](Self::open).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::read(name, &Tensors::parse(name, bytes, Error::field)?)
    }

    fn read(name: &str, tensors: &Tensors<'_>) -> Result<Self> {
        let source = NamedStamp { name: name.to_owned(), stamp: Stamp::read(tensors)? };
        let content = match source.stamp.kind {
            Kind::Generated => {
                tensors.check_weights()?;
                FieldContent::Generated(Box::new(GeneratedContent::read(tensors)?))
            }
            Kind::Picture => FieldContent::Picture(PictureContent::read(&source, tensors)?),
        };
        tensors.check_unchanged()?;
        Ok(Self { source, content })
    }

    /// The model it belongs to.
    pub fn model(&self) -> &ModelId {
        &self.source.stamp.model
    }

    /// How it was made, for people.
    pub fn origin(&self) -> &str {
        &self.source.stamp.origin
    }

    /// Width and height in pixels it is meant to be seen at: of a picture's field the picture's.
    pub fn size(&self) -> [u32; 2] {
        self.source.stamp.size
    }

    /// What it holds besides.
    pub fn content(&self) -> &FieldContent {
        &self.content
    }

    /// The field, with the weights of `model`.
    ///
    /// # Errors
    /// [`Error::Field`] when it belongs to another model, or lacks what that model needs.
    pub fn field(&self, model: &Model) -> Result<Field> {
        match model {
            Model::Generator(generator) => Ok(Field::Generated(self.generated(generator)?)),
            Model::Upscaler(upscaler) => Ok(Field::Picture(self.picture(upscaler)?)),
        }
    }

    /// The generator's field, with the network of `generator`.
    ///
    /// # Errors
    /// [`Error::Field`] when it is a picture's, belongs to another model, or lacks what that model needs.
    pub fn generated(&self, generator: &Generator) -> Result<GeneratedField> {
        self.check_model(&generator.id())?;
        let FieldContent::Generated(content) = &self.content else {
            let problem = "it keeps a picture; a generator's field is needed";
            return Err(self.source.error(problem));
        };
        content.field(&self.source, generator)
    }

    /// The picture's field, seen through `upscaler`.
    ///
    /// # Errors
    /// [`Error::Field`] when it is a generator's, or belongs to another model or to one that cannot be told
    /// how much to clean.
    pub fn picture(&self, upscaler: &Arc<Upscaler>) -> Result<PictureField> {
        self.check_model(&upscaler.id())?;
        let FieldContent::Picture(content) = &self.content else {
            return Err(self.source.error("it is a generator's; a picture's field is needed"));
        };
        content.field(&self.source, upscaler)
    }

    /// Fails when it does not belong to the model `given`.
    fn check_model(&self, given: &ModelId) -> Result<()> {
        let wanted = self.model();
        if wanted.id == given.id {
            return Ok(());
        }
        Err(self.source.error(format!(
            "it belongs to model {} ({}), not to {} ({}); open it with that one, by the path of its \
             file where another has its name",
            wanted.name, wanted.id, given.name, given.id
        )))
    }
}

impl Field {
    /// The bytes of a file that keeps it: the code of a generator's field, the picture of a picture's; the
    /// name and hash of the model; of how it was made up to 2000 characters.
    ///
    /// # Errors
    /// [`Error::Field`] when it cannot be stored; those of a picture that is opened.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        match self {
            Self::Generated(field) => generated::to_bytes(field),
            Self::Picture(field) => picture::to_bytes(field),
        }
    }

    /// Keeps it in a file at `path`, whole or not at all.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes); [`Error::Io`] when the system refuses or the file is there and must
    /// not be replaced.
    pub fn save(&self, path: impl AsRef<Path>, existing: Existing) -> Result<()> {
        file::write(path, &self.to_bytes()?, existing)
    }
}
