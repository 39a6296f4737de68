//! Conversion of weights in other namings to this crate's model files.
//!
//! Namings that are read, in safetensors and with or without a leading `weights.`: those of the
//! released networks Poly-INR (`mapping.fc0`, `synthesis.fb1.fc0_1`, ...), CREPS
//! (`synthesis.b4.input.freqs`, ...) and INR-GAN (`synthesis.b16.coord_fuser.log_basis`, ...), and the
//! plain module tree of a local Poly-INR (`head`, `body.0.0`, `A`, `W.0`, ...).

use std::path::Path;

use serde::Deserialize;

use super::config::{Config, GeneratorConfig, Kind, LatentConfig, METADATA_KEY, UpscalerConfig};
use super::store::write;
use crate::error::{Error, Result};
use crate::network::{
    NetworkConfig, UpscalerNetworkConfig, creps, inr_gan, local_poly_inr, poly_inr,
};
use crate::tensors::{ForeignTensors, NamedTensor, Storage, Tensors};

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
    /// Whether an INR-GAN is of the bilinear variant, with normalised features, where its file does not
    /// say so.
    pub bilinear: bool,
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
    /// INR-GAN's.
    upsampling_mode: Option<String>,
}

/// Reads the weights at `path` and gives the bytes of a model file.
///
/// # Errors
/// [`Error::Io`] and [`Error::Unsupported`] when the file cannot be read, [`Error::Model`] when it is
/// in neither naming, damaged, or changed meanwhile, [`Error::Limits`] when it is over 2 GiB,
/// [`Error::Parameter`] when the options do not fit it.
pub fn import(path: impl AsRef<Path>, options: &ImportOptions) -> Result<Vec<u8>> {
    let source = ForeignTensors::new(Tensors::open(path.as_ref(), Error::model)?);
    source.file().check_weights()?;
    let foreign = foreign_config(&source);
    let (kind, tensors) = if let Some(network) = Released::of(&source) {
        generator(&source, network, options, &foreign)?
    } else if local_poly_inr::import::recognises(&source) {
        upscaler(&source, &foreign)?
    } else {
        return Err(source.file().error(
            "neither the naming of a released Poly-INR (synthesis.fc0_0.weight ...), CREPS \
             (synthesis.b4.input.freqs ...) or INR-GAN (synthesis.b4.input.input.coord_fuser ...) \
             nor that of a local Poly-INR (head.weight, A.weight ...) is found in it",
        ));
    };
    source.file().check_unchanged()?;
    let config = Config {
        format_version: kind.format_version(),
        name: options.name.clone(),
        licence: options.licence.clone().or(foreign.licence).unwrap_or_default(),
        training: options.training.clone().or(foreign.training).unwrap_or_default(),
        kind,
    };
    write(&config, &tensors, options.storage)
}

fn foreign_config(source: &ForeignTensors<'_>) -> ForeignConfig {
    let json = source.file().metadata(METADATA_KEY);
    json.and_then(|j| serde_json::from_str(j).ok()).unwrap_or_default()
}

fn upscaler(
    source: &ForeignTensors<'_>,
    foreign: &ForeignConfig,
) -> Result<(Kind, Vec<NamedTensor>)> {
    let mut out = Vec::new();
    let network = local_poly_inr::import::copy(source, &mut out)?;
    let network = UpscalerNetworkConfig::LocalPolyInr(network);
    let scale_range = foreign.scale_range.unwrap_or([1.0, 4.0]);
    Ok((Kind::Upscaler(UpscalerConfig::new(network, scale_range)), out))
}

/// Networks that were released by their authors.
#[derive(Clone, Copy)]
enum Released {
    PolyInr,
    Creps,
    InrGan,
}

impl Released {
    /// Fails where an option is for another network.
    fn check(self, options: &ImportOptions) -> Result<()> {
        let wrong = |name, problem| Err(Error::parameter(name, problem));
        match self {
            Self::Creps | Self::InrGan if options.bare_affine => {
                wrong("bare_affine", "only Poly-INR has affine terms; leave it out")
            }
            Self::PolyInr | Self::Creps if options.bilinear => {
                wrong("bilinear", "only INR-GAN has variants; leave it out")
            }
            _ => Ok(()),
        }
    }

    /// The one whose naming tensors have.
    fn of(source: &ForeignTensors<'_>) -> Option<Self> {
        if poly_inr::import::recognises(source) {
            Some(Self::PolyInr)
        } else if creps::import::recognises(source) {
            Some(Self::Creps)
        } else {
            inr_gan::import::recognises(source).then_some(Self::InrGan)
        }
    }

    /// Copies the network's tensors; gives its shape, and the side of the pictures it is for.
    fn copy(
        self,
        source: &ForeignTensors<'_>,
        options: &ImportOptions,
        foreign: &ForeignConfig,
        out: &mut Vec<NamedTensor>,
    ) -> Result<(NetworkConfig, u32)> {
        let config = self.config(source, options, foreign)?;
        if let Some(problem) = config.problem() {
            return Err(source.file().error(problem));
        }
        let side = match &config {
            NetworkConfig::PolyInr(c) => {
                poly_inr::import::copy(source, c, out)?;
                256
            }
            NetworkConfig::Creps(c) => {
                creps::import::copy(source, c, out)?;
                c.resolution()
            }
            NetworkConfig::InrGan(c) => {
                inr_gan::import::copy(source, c, out)?;
                c.resolution()
            }
        };
        Ok((config, side))
    }

    /// The shape that tensors have; it may be none that is possible.
    fn config(
        self,
        source: &ForeignTensors<'_>,
        options: &ImportOptions,
        foreign: &ForeignConfig,
    ) -> Result<NetworkConfig> {
        Ok(match self {
            Self::PolyInr => {
                let config = poly_inr::import::config(source, options.bare_affine)?;
                NetworkConfig::PolyInr(config)
            }
            Self::Creps => NetworkConfig::Creps(creps::import::config(source)?),
            Self::InrGan => {
                let said = foreign.upsampling_mode.as_deref() == Some("bilinear");
                let config = inr_gan::import::config(source, options.bilinear || said)?;
                NetworkConfig::InrGan(config)
            }
        })
    }
}

fn generator(
    source: &ForeignTensors<'_>,
    network: Released,
    options: &ImportOptions,
    foreign: &ForeignConfig,
) -> Result<(Kind, Vec<NamedTensor>)> {
    let mut out = Vec::new();
    let latent = latents(source, options, foreign, &mut out)?;
    network.check(options)?;
    let (network, side) = network.copy(source, options, foreign, &mut out)?;
    source.check_all_taken(is_left_out)?;
    if let (NetworkConfig::InrGan(_), Some(given)) = (&network, options.native_resolution)
        && given != side
    {
        let problem = format!("{given} given; its blocks are of pictures of {side} pixels");
        return Err(Error::parameter("native_resolution", problem));
    }
    let native = options.native_resolution.or(foreign.native_resolution).unwrap_or(side);
    let config = GeneratorConfig::new(latent, native, network);
    Ok((Kind::Generator(config), out))
}

/// Whether a tensor of a released network may have no part in pictures: the table of classes where there are
/// none, CREPS's first lines and the decoder before there is anything to decode, fixed filters of INR-GAN.
fn is_left_out(name: &str) -> bool {
    let unused = ["mapping.embed.", "synthesis.b4.tores.", "synthesis.decoder_8."];
    unused.iter().any(|start| name.starts_with(start)) || name.ends_with("resample_filter")
}

/// Copies the mapping network; gives its shape.
fn latents(
    source: &ForeignTensors<'_>,
    options: &ImportOptions,
    foreign: &ForeignConfig,
    out: &mut Vec<NamedTensor>,
) -> Result<LatentConfig> {
    let embedded = match source.has("mapping.embed_proj.weight") {
        true => source.dimension("mapping.embed_proj.weight", 0)?,
        false => 0,
    };
    let inputs = source.dimension("mapping.fc0.weight", 1)?;
    let w_dim = source.dimension("mapping.fc0.weight", 0)?;
    let config = LatentConfig {
        mapping_layers: source.count(|i| format!("mapping.fc{i}.weight")),
        classes: classes(source, options, foreign, embedded > 0)?,
        ..LatentConfig::new(inputs.saturating_sub(embedded), w_dim)
    };
    if !config.classes.is_empty() {
        source.copy(out, "mapping.embed.weight", "mapping.embed.weight".into())?;
        source.layer(out, "mapping.embed_proj", "mapping.embed_proj")?;
    }
    for i in 0..config.mapping_layers {
        source.layer(out, &format!("mapping.fc{i}"), &format!("mapping.fc{i}"))?;
    }
    source.copy(out, "mapping.w_avg", "mapping.w_avg".into())?;
    Ok(config)
}

/// Class names: as given, as the file has them, or `class0`, `class1`, ...
fn classes(
    source: &ForeignTensors<'_>,
    options: &ImportOptions,
    foreign: &ForeignConfig,
    conditional: bool,
) -> Result<Vec<String>> {
    let count = if conditional { source.dimension("mapping.embed.weight", 0)? } else { 0 };
    let unnamed = || (0..count).map(|i| format!("class{i}")).collect();
    let given = match options.classes.is_empty() {
        true => foreign.classes.clone().unwrap_or_else(unnamed),
        false => options.classes.clone(),
    };
    if given.len() == count {
        return Ok(given);
    }
    let problem = format!("{} names given, the model has {count} classes", given.len());
    Err(Error::parameter("classes", problem))
}
