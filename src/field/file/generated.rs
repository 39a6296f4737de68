//! Generators' fields in files.
//!
//! The code's tensors are `code.0.0`, ..., by level and number within it, the latents w `styles
//! [levels, w_dim]` and z `latent [z_dim]` where they are known; after pivotal tuning there are the network's
//! own matrices under the names they have in model files. Files of before version 3 are Poly-INR's: their code
//! is one tensor `affine [levels, n, 3]`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CODE_VERSION, Kind, METADATA_KEY, Stamp, read_json};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::file::{self, Existing};
use crate::model::{Generator, Latent, ModelId};
use crate::network::{Code, CodeShape, Linear, Matrix, Styles, Tensor};
use crate::raster::check_size;
use crate::tensors::{NamedTensor, Storage, Tensors, serialize};

/// Most levels of a code, and most tensors of a level.
const MAX_LEVELS: usize = 256;
/// The code of files of before that version.
const AFFINE: &str = "affine";

/// What the JSON says of a generator's field.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Contents {
    /// Whether matrices of its own are in the file.
    tuned: bool,
    /// Whether the latents w are.
    styles: bool,
    /// How the latent z that is in the file becomes w, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latent: Option<LatentUse>,
    /// Width and height of the picture that it shows, if it was made from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame: Option<[u32; 2]>,
}

/// What is done with the latent z.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct LatentUse {
    class: Option<usize>,
    truncation: String,
}

/// A file of a generator's field, read and checked; see [`FieldFile`](super::FieldFile).
#[derive(Clone, Debug)]
pub struct GeneratedFile {
    source: String,
    stamp: Stamp,
    contents: Contents,
    code: Code,
    latent: Option<Latent>,
    styles: Option<Styles>,
    /// Matrices of its own, by their names.
    matrices: HashMap<String, Linear>,
}

impl GeneratedFile {
    pub(super) fn read(name: &str, stamp: Stamp, tensors: &Tensors<'_>) -> Result<Self> {
        let contents: Contents = read_json(tensors)?;
        contents.check(tensors)?;
        let code = read_code(tensors)?;
        let styles = contents.styles.then(|| read_styles(tensors)).transpose()?;
        let latent = contents.latent.as_ref().map(|l| read_latent(tensors, l)).transpose()?;
        let matrices = match contents.tuned {
            true => read_matrices(tensors)?,
            false => HashMap::new(),
        };
        Ok(Self { source: name.to_owned(), stamp, contents, code, latent, styles, matrices })
    }

    pub(super) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The model it belongs to.
    pub fn model(&self) -> &ModelId {
        &self.stamp.model
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// How it was made, for people.
    pub fn origin(&self) -> &str {
        &self.stamp.origin
    }

    /// Shapes of its code.
    pub fn code_shape(&self) -> CodeShape {
        self.code.shape()
    }

    /// Whether it has matrices of its own, after pivotal tuning.
    pub fn is_tuned(&self) -> bool {
        self.contents.tuned
    }

    /// Whether the latents w it was made from are known.
    pub fn has_styles(&self) -> bool {
        self.contents.styles
    }

    /// Whether the latent z it was made from is known.
    pub fn has_latent(&self) -> bool {
        self.latent.is_some()
    }

    /// The field, with the network of `generator`.
    ///
    /// # Errors
    /// [`Error::Field`] when it belongs to another model, or lacks what that model needs.
    pub fn field(&self, generator: &Generator) -> Result<GeneratedField> {
        self.stamp.check_model(&self.source, &generator.id())?;
        let mut field = match &self.styles {
            Some(styles) => GeneratedField::from_styles(generator, styles.clone())?,
            None => GeneratedField::new(generator, self.code.clone())?,
        };
        if let Some(latent) = &self.latent {
            generator.styles_of(latent).map_err(|e| Error::field(&self.source, e.to_string()))?;
            field = field.with_latent(Some(latent.clone()));
        }
        if self.contents.tuned {
            let network = generator.network();
            let own = network.matrices().iter().map(|m| self.matrix(m)).collect::<Result<_>>()?;
            field = field.with_network(Arc::new(network.with_matrices(own)?))?;
        }
        Ok(field.with_size(self.stamp.size).with_frame(self.contents.frame))
    }

    /// Its own version of a matrix.
    fn matrix(&self, shared: &Matrix<'_>) -> Result<Linear> {
        self.matrices.get(&shared.name).cloned().ok_or_else(|| {
            let problem = format!("tensor {}.weight is missing; get the file again", shared.name);
            Error::field(&self.source, problem)
        })
    }

    /// The bytes of a file that keeps `field`; `origin` says for people how it was made, in up to
    /// 2000 characters.
    ///
    /// # Errors
    /// [`Error::Field`] when it cannot be stored.
    pub fn to_bytes(field: &GeneratedField, origin: &str) -> Result<Vec<u8>> {
        let mut stamp = Stamp::new(Kind::Generated, field.model(), field.size(), origin);
        stamp.format_version = CODE_VERSION;
        let contents = Contents {
            tuned: field.is_tuned(),
            styles: field.styles().is_some(),
            latent: field
                .latent()
                .map(|l| LatentUse { class: l.class, truncation: l.truncation.to_string() }),
            frame: field.frame(),
        };
        let mut tensors = named_code(field.code());
        if let Some(styles) = field.styles() {
            let rows = styles.rows().concat();
            let levels = styles.rows().len();
            tensors.push(("styles".into(), vec![levels, rows.len() / levels], rows));
        }
        if let Some(Latent { z, .. }) = field.latent() {
            tensors.push(("latent".into(), vec![z.len()], z.clone()));
        }
        if field.is_tuned() {
            tensors.extend(field.network().matrices().iter().flat_map(named_matrix));
        }
        let failed = |problem: String| Error::field(&field.model().name, problem);
        let json = stamp.json(contents).map_err(failed)?;
        serialize(&tensors, Storage::F32, METADATA_KEY, json).map_err(failed)
    }

    /// Keeps `field` in a file at `path`, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses or the file is there and must not be replaced.
    pub fn save(
        field: &GeneratedField,
        origin: &str,
        path: impl AsRef<Path>,
        existing: Existing,
    ) -> Result<()> {
        file::write(path, &Self::to_bytes(field, origin)?, existing)
    }
}

impl Contents {
    fn check(&self, tensors: &Tensors<'_>) -> Result<()> {
        match self.frame {
            Some([width, height]) if check_size(width, height).is_err() => {
                let problem = format!("a picture of {width}x{height} pixels is not possible");
                Err(tensors.error(problem))
            }
            _ => Ok(()),
        }
    }
}

/// The name of a code's tensor.
fn code_name(level: usize, number: usize) -> String {
    format!("code.{level}.{number}")
}

fn named_code(code: &Code) -> Vec<NamedTensor> {
    let level = |level: usize| {
        let tensors = code.level(level).iter().enumerate();
        tensors.map(move |(i, t)| (code_name(level, i), t.shape().to_vec(), t.values().to_vec()))
    };
    (0..code.levels()).flat_map(level).collect()
}

fn named_matrix(matrix: &Matrix<'_>) -> [NamedTensor; 2] {
    let Matrix { name, layer, .. } = matrix;
    [
        (format!("{name}.weight"), vec![layer.outputs, layer.inputs], layer.weight.clone()),
        (format!("{name}.bias"), vec![layer.outputs], layer.bias.clone()),
    ]
}

fn read_code(tensors: &Tensors<'_>) -> Result<Code> {
    let level = |level: usize| -> Result<Vec<Tensor>> {
        let names = (0..MAX_LEVELS).map(|number| code_name(level, number));
        let found = names.map_while(|name| tensors.shape(&name).map(|shape| (name, shape)));
        found.map(|(name, shape)| Tensor::new(&shape, tensors.values(&name)?)).collect()
    };
    if tensors.shape(AFFINE).is_some() {
        return read_affine(tensors);
    }
    let mut levels = Vec::new();
    while levels.len() < MAX_LEVELS {
        let tensors = level(levels.len())?;
        if tensors.is_empty() {
            break;
        }
        levels.push(tensors);
    }
    match levels.is_empty() {
        true => Err(tensors.error("tensor code.0.0 is missing; get the file again")),
        false => Code::new(levels),
    }
}

/// The code of a Poly-INR, as it was stored before there were other networks.
fn read_affine(tensors: &Tensors<'_>) -> Result<Code> {
    match tensors.shape(AFFINE).as_deref() {
        Some(&[levels, features, 3]) if levels > 0 && features > 0 => {
            let shape = vec![vec![vec![features, 3]]; levels];
            Code::from_values(&shape, &tensors.values(AFFINE)?)
        }
        shape => Err(tensors.error(format!("tensor affine has shape {shape:?}, which is none"))),
    }
}

fn read_styles(tensors: &Tensors<'_>) -> Result<Styles> {
    let width = tensors.shape("styles").and_then(|s| s.get(1).copied()).unwrap_or(0);
    if width == 0 {
        return Err(tensors.error("tensor styles is missing or empty"));
    }
    let rows = tensors.values("styles")?;
    Styles::from_rows(rows.chunks_exact(width).map(<[f32]>::to_vec).collect())
}

fn read_latent(tensors: &Tensors<'_>, made: &LatentUse) -> Result<Latent> {
    let truncation = made.truncation.parse().map_err(|e: Error| tensors.error(e.to_string()))?;
    Ok(Latent { z: tensors.values("latent")?, class: made.class, truncation })
}

/// All linear layers of the file, by their names.
fn read_matrices(tensors: &Tensors<'_>) -> Result<HashMap<String, Linear>> {
    let mut matrices = HashMap::new();
    for name in tensors.names() {
        let Some(name) = name.strip_suffix(".weight") else { continue };
        if let Some(&[outputs, inputs]) = tensors.shape(&format!("{name}.weight")).as_deref() {
            let layer = Linear::load(tensors, name, inputs, outputs)?;
            matrices.insert(name.to_owned(), layer);
        }
    }
    Ok(matrices)
}

#[cfg(test)]
mod tests {
    use super::super::FieldFile;
    use super::*;
    use crate::model::Model;

    fn generator() -> Arc<Generator> {
        Model::builtin("flowers").unwrap().generator().unwrap()
    }

    fn field(generator: &Generator) -> GeneratedField {
        let truncation = "fine:0.3".parse().unwrap();
        let latent = Latent { z: generator.latent(1), class: Some(1), truncation };
        GeneratedField::from_latent(generator, latent).unwrap().with_size([40, 30])
    }

    #[test]
    fn everything_comes_back() {
        let generator = generator();
        let network = generator.network();
        let mut own: Vec<_> = network.matrices().iter().map(|m| m.layer.clone()).collect();
        own.last_mut().unwrap().bias[0] += 1.0;
        let plain = field(&generator);
        let own = Arc::new(network.with_matrices(own).unwrap());
        let tuned = plain.clone().with_network(own).unwrap();
        for field in [plain, tuned] {
            let bytes = GeneratedFile::to_bytes(&field, "a test").unwrap();
            let file = FieldFile::from_bytes("x", &bytes).unwrap();
            assert_eq!((file.origin(), file.size()), ("a test", [40, 30]));
            let file = file.generated().unwrap();
            let back = file.field(&generator).unwrap();
            assert_eq!(back.code(), field.code());
            assert!(back.styles().is_some() && back.styles() == field.styles());
            assert!(file.has_latent() && back.latent() == field.latent());
            assert_eq!(back.is_tuned(), field.is_tuned());
            let last = |f: &GeneratedField| {
                f.network().matrices().last().map(|m| m.layer.clone()).unwrap()
            };
            assert_eq!(last(&back), last(&field));
            assert_eq!(back.size(), field.size());
        }
    }

    #[test]
    fn another_model_is_refused_by_name() {
        let generator = generator();
        let mut other = field(&generator).clone();
        other = GeneratedField::from_parts(
            ModelId { name: "other".into(), id: "0123".into() },
            other.network().clone(),
            other.code().as_ref().clone(),
        )
        .unwrap();
        let bytes = GeneratedFile::to_bytes(&other, "").unwrap();
        let file = FieldFile::from_bytes("x.field", &bytes).unwrap().generated().unwrap();
        let error = file.field(&generator).unwrap_err().to_string();
        assert!(error.contains("x.field") && error.contains("other (0123)"), "{error}");
    }

    #[test]
    fn damaged_files_are_errors() {
        let bytes = GeneratedFile::to_bytes(&field(&generator()), "").unwrap();
        for cut in [0, 7, 100, bytes.len() - 1] {
            assert!(FieldFile::from_bytes("x", &bytes[..cut]).is_err(), "{cut}");
        }
        let version = br#"\"format_version\":"#;
        let at = bytes.windows(version.len()).position(|w| w == version).unwrap() + version.len();
        let mut later = bytes.clone();
        later[at] = b'9';
        let error = FieldFile::from_bytes("x", &later).unwrap_err().to_string();
        assert!(error.contains("version 9"), "{error}");
        let model = include_bytes!("../../../models/flowers.safetensors");
        assert!(FieldFile::from_bytes("x", model).unwrap_err().to_string().contains("no field"));
    }
}
