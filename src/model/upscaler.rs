//! An upscaler: picture to field.

use std::sync::Arc;

use parking_lot::Mutex;

use super::builtin::DEFAULT_RESTORER;
use super::config::UpscalerConfig;
use super::strength::Strength;
use super::{About, Config, ModelId};
use crate::error::{Error, Result};
use crate::network::{Turn, UpscalerNetwork};
use crate::tensors::Tensors;

/// What the names of the tensors of the network that draws detail begin with.
pub const DETAIL_PREFIX: &str = "detail.";

/// A network that makes a continuous function of a picture.
#[derive(Clone, Debug)]
pub struct Upscaler {
    about: About,
    scale_range: [f64; 2],
    network: UpscalerNetwork,
    /// The network that draws detail, which it becomes as [`Strength::detail`] goes to 1: every weight
    /// goes straight from one to the other.
    detailed: Option<Arc<UpscalerNetwork>>,
    variants: Variants,
}

/// Networks that were made of one, by their strength. A clone of it is empty: it may belong to another.
#[derive(Debug, Default)]
struct Variants(Mutex<Vec<(Strength, Arc<Upscaler>)>>);

/// How many of them are kept, so that engines need not prepare them again.
const VARIANTS: usize = 2;

impl Clone for Variants {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Variants {
    /// The one with `strength`, made by `make` unless it is kept; it will be forgotten last.
    fn get(&self, strength: Strength, make: impl FnOnce() -> Upscaler) -> Arc<Upscaler> {
        let mut kept = self.0.lock();
        let found = kept.iter().position(|(s, _)| *s == strength).map(|at| kept.remove(at).1);
        let variant = found.unwrap_or_else(|| Arc::new(make()));
        kept.truncate(VARIANTS - 1);
        kept.insert(0, (strength, variant.clone()));
        variant
    }
}

impl Upscaler {
    /// An upscaler by factors from the first to the second of `scale_range` that draws no detail.
    pub fn new(about: About, scale_range: [f64; 2], network: UpscalerNetwork) -> Self {
        Self { about, scale_range, network, detailed: None, variants: Variants::default() }
    }

    pub(crate) fn load(
        about: About,
        config: &UpscalerConfig,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        let load = |prefix: &str| UpscalerNetwork::load(&config.network, tensors, prefix);
        let detailed = config.detail.then(|| load(DETAIL_PREFIX)).transpose()?;
        let upscaler = Self::new(about, config.scale_range, load("")?);
        Ok(Self { detailed: detailed.map(Arc::new), ..upscaler })
    }

    /// What the file says about itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Smallest and largest factor it was trained for.
    pub fn scale_range(&self) -> [f64; 2] {
        self.scale_range
    }

    /// Its network.
    pub fn network(&self) -> &UpscalerNetwork {
        &self.network
    }

    /// Its shape.
    pub fn config(&self) -> UpscalerConfig {
        let config = UpscalerConfig::new(self.network.config(), self.scale_range);
        UpscalerConfig { detail: self.draws_detail(), ..config }
    }

    /// The upscaler that cleans so much and draws so much detail. What it is told becomes a part of its
    /// weights and biases, so that it is computed like any other, and cannot be told anything else.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not from 0 to 1, or is over 0 for a network that was not
    /// trained to be told.
    pub fn with_strength(self: &Arc<Self>, strength: Strength) -> Result<Arc<Self>> {
        strength.check()?;
        if strength.is_none() {
            return Ok(self.clone());
        }
        if let Some(name) = strength.asked().filter(|_| !self.can_be_told()) {
            return Err(self.cannot(name, "how much to clean"));
        }
        if strength.detail > 0.0 && !self.draws_detail() {
            return Err(self.cannot("detail", "how much detail to draw"));
        }
        Ok(self.variants.get(strength, || self.told(strength)))
    }

    fn cannot(&self, name: &'static str, what: &str) -> Error {
        let problem = format!(
            "{} cannot be told {what}; leave it out, or take a model that can, such as \
             {DEFAULT_RESTORER}",
            self.about.name
        );
        Error::parameter(name, problem)
    }

    /// The upscaler with `strength` in its weights and biases; it cannot be told anything else.
    fn told(&self, strength: Strength) -> Self {
        let network = match &self.detailed {
            Some(detailed) => self.network.towards(detailed, strength.detail),
            None => self.network.clone(),
        };
        let network = network.cleaning([strength.denoise, strength.deblur]);
        Self::new(self.about.clone(), self.scale_range, network)
    }

    /// The upscaler that makes of a picture what this one makes of the same picture turned, turned
    /// back: no picture has to be turned for it.
    pub fn turned(&self, turn: Turn) -> Self {
        let network = self.network.turned(turn);
        let turned = Self::new(self.about.clone(), self.scale_range, network);
        let detailed = self.detailed.as_ref().map(|other| Arc::new(other.turned(turn)));
        Self { detailed, ..turned }
    }

    /// About how many bytes of memory an engine and the network itself take for each of the two
    /// strengths that are kept: weights as they are, and as they are multiplied.
    pub(crate) fn variants_memory(&self) -> u64 {
        const BYTES: u64 = 20;
        let kept = if self.can_be_told() || self.draws_detail() { VARIANTS as u64 } else { 0 };
        kept * self.about.parameters as u64 * BYTES
    }

    /// Whether it can be told how much detail to draw.
    pub fn draws_detail(&self) -> bool {
        self.detailed.is_some()
    }

    /// Whether it can be told how much to clean.
    pub fn can_be_told(&self) -> bool {
        self.network.can_be_told()
    }

    /// What a field file calls it.
    pub fn id(&self) -> ModelId {
        ModelId { name: self.about.name.clone(), id: self.about.id.clone() }
    }

    /// What the file says about itself, whole.
    pub fn describe(&self) -> Config {
        self.about.config(super::Kind::Upscaler(self.config()))
    }
}
