//! Generators' fields in files.
//!
//! The affine parameters are the tensor `affine [levels, n, 3]`, the latents w `styles
//! [levels, w_dim]` and z `latent [z_dim]` where they are known; after pivotal tuning there are
//! weights of its own (`level.0.weight`, ..., `rgb.bias`).

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Kind, METADATA_KEY, Stamp, read_json};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::file::{self, Existing};
use crate::model::tensors::Tensors;
use crate::model::{
    Affine, Generator, Latent, ModelId, Named, Storage, Styles, Synthesis, serialize,
};
use crate::raster::check_size;

/// What the JSON says of a generator's field.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shape {
    levels: usize,
    features: usize,
    /// Whether weights of its own are in the file.
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
    shape: Shape,
    affine: Affine,
    latent: Option<Latent>,
    styles: Option<Vec<Vec<f32>>>,
    weights: Option<Weights>,
}

/// Weights of its own: a linear layer a level, and to RGB.
#[derive(Clone, Debug)]
struct Weights {
    levels: Vec<crate::model::Linear>,
    rgb: crate::model::Linear,
}

impl GeneratedFile {
    pub(super) fn read(name: &str, stamp: Stamp, tensors: &Tensors<'_>) -> Result<Self> {
        let shape: Shape = read_json(tensors)?;
        shape.check(tensors)?;
        let Shape { levels, features, .. } = shape;
        let affine = tensors.tensor("affine", &[levels, features, 3])?;
        let styles = shape.styles.then(|| read_styles(tensors, levels)).transpose()?;
        let latent = shape.latent.as_ref().map(|l| read_latent(tensors, l)).transpose()?;
        let weights = shape.tuned.then(|| Weights::read(tensors, levels, features)).transpose()?;
        let affine = Affine::new(levels, features, affine)?;
        Ok(Self { source: name.to_owned(), stamp, shape, affine, latent, styles, weights })
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

    /// Number of levels and features, n.
    pub fn shape(&self) -> (usize, usize) {
        (self.shape.levels, self.shape.features)
    }

    /// Whether it has weights of its own, after pivotal tuning.
    pub fn is_tuned(&self) -> bool {
        self.shape.tuned
    }

    /// Whether the latents w it was made from are known.
    pub fn has_styles(&self) -> bool {
        self.shape.styles
    }

    /// Whether the latent z it was made from is known.
    pub fn has_latent(&self) -> bool {
        self.latent.is_some()
    }

    /// The field, with the weights of `generator`.
    ///
    /// # Errors
    /// [`Error::Field`] when it belongs to another model.
    pub fn field(&self, generator: &Generator) -> Result<GeneratedField> {
        self.stamp.check_model(&self.source, &generator.id())?;
        let mut field = match &self.styles {
            Some(rows) => {
                let styles = Styles::from_rows(rows.clone())?;
                GeneratedField::from_styles(generator, styles)?
            }
            None => GeneratedField::new(generator, self.affine.clone())?,
        };
        if let Some(latent) = &self.latent {
            generator.styles_of(latent).map_err(|e| Error::field(&self.source, e.to_string()))?;
            field = field.with_latent(Some(latent.clone()));
        }
        if let Some(Weights { levels, rgb }) = &self.weights {
            let shared = generator.synthesis();
            let own = Synthesis { levels: levels.clone(), rgb: rgb.clone(), ..**shared };
            field = field.with_weights(Arc::new(own))?;
        }
        Ok(field.with_size(self.stamp.size).with_frame(self.shape.frame))
    }

    /// The bytes of a file that keeps `field`; `origin` says for people how it was made, in up to
    /// 2000 characters.
    ///
    /// # Errors
    /// [`Error::Field`] when it cannot be stored.
    pub fn to_bytes(field: &GeneratedField, origin: &str) -> Result<Vec<u8>> {
        let affine = field.affine();
        let (levels, features) = (affine.levels(), affine.features());
        let stamp = Stamp::new(Kind::Generated, field.model(), field.size(), origin);
        let own = Shape {
            levels,
            features,
            tuned: field.is_tuned(),
            styles: field.styles().is_some(),
            latent: field
                .latent()
                .map(|l| LatentUse { class: l.class, truncation: l.truncation.to_string() }),
            frame: field.frame(),
        };
        let shape = vec![levels, features, 3];
        let mut tensors: Vec<Named> = vec![("affine".into(), shape, affine.values().to_vec())];
        if let Some(styles) = field.styles() {
            let rows: Vec<f32> = (0..levels).flat_map(|j| styles.row(j).to_vec()).collect();
            tensors.push(("styles".into(), vec![levels, rows.len() / levels], rows));
        }
        if let Some(Latent { z, .. }) = field.latent() {
            tensors.push(("latent".into(), vec![z.len()], z.clone()));
        }
        if field.is_tuned() {
            field.synthesis().append_to(&mut tensors);
        }
        let failed = |problem: String| Error::field(&field.model().name, problem);
        let json = stamp.json(own).map_err(failed)?;
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

impl Weights {
    fn read(tensors: &Tensors<'_>, levels: usize, features: usize) -> Result<Self> {
        let level = |j| tensors.linear(&format!("level.{j}"), features, features);
        Ok(Self {
            levels: (0..levels).map(level).collect::<Result<_>>()?,
            rgb: tensors.linear("rgb", features, 3)?,
        })
    }
}

impl Shape {
    fn check(&self, tensors: &Tensors<'_>) -> Result<()> {
        let Self { levels, features, frame, .. } = *self;
        if let Some([width, height]) = frame
            && check_size(width, height).is_err()
        {
            let problem = format!("a picture of {width}x{height} pixels is not possible");
            return Err(tensors.error(problem));
        }
        if (1..=64).contains(&levels) && (1..=8192).contains(&features) {
            return Ok(());
        }
        Err(tensors.error(format!("{levels} levels of {features} features are not possible")))
    }
}

fn read_styles(tensors: &Tensors<'_>, levels: usize) -> Result<Vec<Vec<f32>>> {
    let width = tensors.shape("styles").and_then(|s| s.get(1).copied()).unwrap_or(0);
    if width == 0 {
        return Err(tensors.error("tensor styles is missing or empty"));
    }
    let rows = tensors.tensor("styles", &[levels, width])?;
    Ok(rows.chunks_exact(width).map(<[f32]>::to_vec).collect())
}

fn read_latent(tensors: &Tensors<'_>, made: &LatentUse) -> Result<Latent> {
    let truncation = made.truncation.parse().map_err(|e: Error| tensors.error(e.to_string()))?;
    Ok(Latent { z: tensors.values("latent")?, class: made.class, truncation })
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
        let mut own = generator.synthesis().as_ref().clone();
        own.rgb.bias[0] += 1.0;
        let plain = field(&generator);
        let tuned = plain.clone().with_weights(Arc::new(own)).unwrap();
        for field in [plain, tuned] {
            let bytes = GeneratedFile::to_bytes(&field, "a test").unwrap();
            let file = FieldFile::from_bytes("x", &bytes).unwrap();
            assert_eq!((file.origin(), file.size()), ("a test", [40, 30]));
            let file = file.generated().unwrap();
            let back = file.field(&generator).unwrap();
            assert_eq!(back.affine(), field.affine());
            assert!(back.styles().is_some() && back.styles() == field.styles());
            assert!(file.has_latent() && back.latent() == field.latent());
            assert_eq!(back.is_tuned(), field.is_tuned());
            assert_eq!(back.synthesis().rgb, field.synthesis().rgb);
            assert_eq!(back.size(), field.size());
        }
    }

    #[test]
    fn another_model_is_refused_by_name() {
        let generator = generator();
        let mut other = field(&generator).clone();
        other = GeneratedField::from_parts(
            ModelId { name: "other".into(), id: "0123".into() },
            other.synthesis().clone(),
            other.affine().clone(),
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
