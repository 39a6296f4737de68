//! Conversion of weights in other namings to this crate's model files.
//!
//! Two namings are read, both in safetensors and with or without a leading `weights.`: the released
//! Poly-INR networks' (`mapping.fc0`, `synthesis.fb1.fc0_1`, ...), and the plain module tree of a
//! local Poly-INR (`head`, `body.0.0`, `A`, `W.0`, ...).

use std::path::Path;

use serde::Deserialize;

use super::config::{
    AffineActivation, Config, GeneratorConfig, Kind, METADATA_KEY, UpscalerConfig,
};
use super::store::{Named, Storage, write};
use super::tensors::Tensors;
use crate::error::{Error, Result};

/// What the imported file does not say. Options left empty are taken from its metadata where it has
/// them.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Name of the model; required.
    pub name: String,
    /// Class names in the order of the embedding.
    pub classes: Vec<String>,
    /// Side of the pictures it was trained on.
    pub native_resolution: Option<u32>,
    /// Licence and credit.
    pub licence: Option<String>,
    /// How and on what it was trained.
    pub training: Option<String>,
    /// Whether the affine term goes through leaky ReLU, as in the released networks; `false` is
    /// the paper's equation 3.
    pub bare_affine: bool,
    /// How numbers are stored.
    pub storage: Storage,
}

/// What a foreign file's `config` may hold.
#[derive(Debug, Default, Deserialize)]
struct ForeignConfig {
    classes: Option<Vec<String>>,
    native_resolution: Option<u32>,
    licence: Option<String>,
    training: Option<String>,
    scale_range: Option<[f64; 2]>,
}

/// Reads the weights at `path` and gives the bytes of a model file.
///
/// # Errors
/// [`Error::Io`] and [`Error::Unsupported`] when the file cannot be read, [`Error::Model`] when it is
/// in neither naming, damaged, or changed meanwhile, [`Error::Limits`] when it is over 2 GiB,
/// [`Error::Parameter`] when the options do not fit it.
pub fn import(path: impl AsRef<Path>, options: &ImportOptions) -> Result<Vec<u8>> {
    let source = Source::new(Tensors::open(path.as_ref(), Error::model)?);
    source.tensors.check_weights()?;
    let (kind, tensors) = if source.has("synthesis.fc0_0.weight") {
        source.generator(options)?
    } else if source.has("head.weight") && source.has("A.weight") {
        source.upscaler()?
    } else {
        return Err(source.tensors.error(
            "neither the released Poly-INR naming (synthesis.fc0_0.weight ...) nor a local \
             Poly-INR's (head.weight, A.weight ...) is found in it",
        ));
    };
    source.tensors.check_unchanged()?;
    let foreign = source.foreign();
    let config = Config {
        format_version: kind.format_version(),
        name: options.name.clone(),
        licence: options.licence.clone().or(foreign.licence).unwrap_or_default(),
        training: options.training.clone().or(foreign.training).unwrap_or_default(),
        kind,
    };
    write(&config, &tensors, options.storage)
}

/// A foreign file, its names with or without `weights.`.
struct Source<'a> {
    tensors: Tensors<'a>,
    prefix: &'static str,
}

impl<'a> Source<'a> {
    fn new(tensors: Tensors<'a>) -> Self {
        let prefixed = tensors.names().iter().any(|n| n.starts_with("weights."));
        Self { tensors, prefix: if prefixed { "weights." } else { "" } }
    }

    fn has(&self, name: &str) -> bool {
        self.tensors.shape(&format!("{}{name}", self.prefix)).is_some()
    }

    fn shape(&self, name: &str) -> Result<Vec<usize>> {
        let name = format!("{}{name}", self.prefix);
        let shape = self.tensors.shape(&name);
        shape.ok_or_else(|| self.tensors.error(format!("tensor {name} is missing")))
    }

    /// One dimension of a tensor's shape.
    fn dimension(&self, name: &str, index: usize) -> Result<usize> {
        self.shape(name)?
            .get(index)
            .copied()
            .ok_or_else(|| self.tensors.error(format!("tensor {name} has too few dimensions")))
    }

    fn foreign(&self) -> ForeignConfig {
        let json = self.tensors.metadata(METADATA_KEY);
        json.and_then(|j| serde_json::from_str(j).ok()).unwrap_or_default()
    }

    /// How many of `name(0)`, `name(1)`, ... there are.
    fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|i| self.has(&name(*i))).count()
    }

    fn copy(&self, out: &mut Vec<Named>, from: &str, to: String) -> Result<()> {
        let values = self.tensors.values(&format!("{}{from}", self.prefix))?;
        out.push((to, self.shape(from)?, values));
        Ok(())
    }

    /// Copies a layer's weight and bias.
    fn layer(&self, out: &mut Vec<Named>, from: &str, to: &str) -> Result<()> {
        self.copy(out, &format!("{from}.weight"), format!("{to}.weight"))?;
        self.copy(out, &format!("{from}.bias"), format!("{to}.bias"))
    }

    /// Copies a layer whose outputs are in groups, reordered: new group `i` is old `order[i]`.
    fn permuted(&self, out: &mut Vec<Named>, from: &str, to: &str, order: &[usize]) -> Result<()> {
        self.layer(out, from, to)?;
        let added = out.len() - 2;
        for (name, _, values) in &mut out[added..] {
            if values.len() % order.len() != 0 {
                return Err(self.tensors.error(format!("tensor {name} has an odd shape")));
            }
            let group = values.len() / order.len();
            let old = std::mem::take(values);
            values.extend(order.iter().flat_map(|o| &old[o * group..(o + 1) * group]));
        }
        Ok(())
    }

    fn upscaler(&self) -> Result<(Kind, Vec<Named>)> {
        let blocks = self.count(|i| format!("body.{i}.0.weight"));
        let levels = self.count(|j| format!("W.{j}.weight"));
        let mut out = Vec::new();
        self.layer(&mut out, "head", "encoder.head")?;
        for i in 0..blocks {
            for (old, new) in [(0, 0), (2, 1)] {
                let to = format!("encoder.block.{i}.conv{new}");
                self.layer(&mut out, &format!("body.{i}.{old}"), &to)?;
            }
        }
        self.layer(&mut out, "tail", "encoder.tail")?;
        self.layer(&mut out, "A", "encoder.affine")?;
        for j in 0..levels {
            self.layer(&mut out, &format!("W.{j}"), &format!("level.{j}"))?;
        }
        self.layer(&mut out, "rgb", "rgb")?;
        let scale_range = self.foreign().scale_range.unwrap_or([1.0, 4.0]);
        let encoder = [self.dimension("head.weight", 0)?, blocks];
        let polynomial = [levels, self.dimension("rgb.weight", 1)?];
        let config = UpscalerConfig::first_form(encoder, polynomial, scale_range);
        Ok((Kind::Upscaler(config), out))
    }

    /// The released networks take the row coordinate first; model files take x (the column) first.
    fn generator(&self, options: &ImportOptions) -> Result<(Kind, Vec<Named>)> {
        let config = self.generator_config(options)?;
        let mut out = Vec::new();
        if !config.classes.is_empty() {
            self.copy(&mut out, "mapping.embed.weight", "mapping.embed.weight".into())?;
            self.layer(&mut out, "mapping.embed_proj", "mapping.embed_proj")?;
        }
        for i in 0..config.mapping_layers {
            self.layer(&mut out, &format!("mapping.fc{i}"), &format!("mapping.fc{i}"))?;
        }
        self.copy(&mut out, "mapping.w_avg", "mapping.w_avg".into())?;
        for j in 0..config.levels {
            self.level(&mut out, j)?;
        }
        self.layer(&mut out, "synthesis.to_rgb", "rgb")?;
        let rgb_shape = vec![3, config.features];
        if let Some((_, shape, _)) = out.iter_mut().find(|(name, ..)| name == "rgb.weight") {
            *shape = rgb_shape;
        }
        Ok((Kind::Generator(config), out))
    }

    fn level(&self, out: &mut Vec<Named>, j: usize) -> Result<()> {
        let old = |part: &str| match j {
            0 => format!("synthesis.{part}"),
            _ => format!("synthesis.fb{j}.{part}"),
        };
        let new = |part: &str| format!("affine.{j}.{part}");
        if j > 0 {
            self.layer(out, &old("fc0_5"), &new("style"))?;
        }
        self.permuted(out, &old("fc0_3"), &new("matrix"), &[3, 2, 1, 0])?;
        self.permuted(out, &old("fc0_4"), &new("shift"), &[1, 0])?;
        self.permuted(out, &old("fc0_1"), &new("basis"), &[1, 0])?;
        self.layer(out, &old("fc0_2"), &new("offset"))?;
        let shared = if j == 0 { "fc0_0" } else { "fb0.fc1" };
        self.layer(out, &old(shared), &format!("level.{j}"))
    }

    fn generator_config(&self, options: &ImportOptions) -> Result<GeneratorConfig> {
        let foreign = self.foreign();
        let embedded = if self.has("mapping.embed_proj.weight") {
            self.dimension("mapping.embed_proj.weight", 0)?
        } else {
            0
        };
        let inputs = self.dimension("mapping.fc0.weight", 1)?;
        let native = options.native_resolution.or(foreign.native_resolution);
        Ok(GeneratorConfig {
            levels: 1 + self.count(|j| format!("synthesis.fb{}.fc0_1.weight", j + 1)),
            features: self.dimension("synthesis.fc0_0.weight", 0)?,
            z_dim: inputs.saturating_sub(embedded),
            w_dim: self.dimension("mapping.fc0.weight", 0)?,
            mapping_layers: self.count(|i| format!("mapping.fc{i}.weight")),
            classes: self.classes(options, foreign.classes, embedded > 0)?,
            native_resolution: native.unwrap_or(256),
            affine_activation: match options.bare_affine {
                true => AffineActivation::None,
                false => AffineActivation::Lrelu,
            },
            coordinate_chain: true,
            clamp: Some(256.0),
        })
    }

    /// Class names: as given, as the file has them, or `class0`, `class1`, ...
    fn classes(
        &self,
        options: &ImportOptions,
        foreign: Option<Vec<String>>,
        conditional: bool,
    ) -> Result<Vec<String>> {
        let count = if conditional { self.dimension("mapping.embed.weight", 0)? } else { 0 };
        let given = match options.classes.is_empty() {
            true => foreign.unwrap_or_else(|| (0..count).map(|i| format!("class{i}")).collect()),
            false => options.classes.clone(),
        };
        if given.len() != count {
            return Err(Error::parameter(
                "classes",
                format!("{} names given, the model has {count} classes", given.len()),
            ));
        }
        Ok(given)
    }
}
