//! A latent becomes a picture.

use crate::control::Control;
use crate::engine::{Engine, RowSink};
use crate::error::Result;
use crate::field::{Field, GeneratedField};
use crate::model::{Generator, Latent, Truncation};
use crate::view::View;

/// Which image of a generator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateOptions {
    /// Seed of the latent, as published code draws it.
    pub seed: u32,
    /// Number of the class; `None` for a model without classes, and else for the class of the seed
    /// ([`Generator::class_of_seed`]).
    pub class: Option<usize>,
    /// Truncation.
    pub truncation: Truncation,
}

impl GenerateOptions {
    /// The field of this image.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when the class or truncation do not fit the model.
    pub fn field(&self, generator: &Generator) -> Result<GeneratedField> {
        let Self { seed, truncation, .. } = self.clone();
        let class = self.class_in(generator);
        let latent = Latent { z: generator.latent(seed), class, truncation };
        GeneratedField::from_latent(generator, latent)
    }

    /// Number of the class in `generator`: the one that is named, or that of the seed.
    pub fn class_in(&self, generator: &Generator) -> Option<usize> {
        self.class.or_else(|| generator.class_of_seed(self.seed))
    }

    /// In words, for people: "seed 7, class roses, truncation 0.7".
    pub fn describe(&self, generator: &Generator) -> String {
        let class = self.class_in(generator).and_then(|c| generator.classes().get(c));
        let class = class.map(|name| format!(", class {name}")).unwrap_or_default();
        let truncation = match self.truncation.to_string() {
            none if none == "1" => String::new(),
            some => format!(", truncation {some}"),
        };
        format!("seed {}{class}{truncation}", self.seed)
    }
}

/// The field of a seed and class.
///
/// # Errors
/// [`crate::Error::Parameter`] when the class or truncation do not fit the model.
pub fn generated_field(generator: &Generator, options: &GenerateOptions) -> Result<Field> {
    Ok(Field::Generated(options.field(generator)?))
}

/// Renders the image of a seed and class through `view`; `sink` takes RGB rows.
///
/// # Errors
/// As [`generated_field`] and [`Engine::render`].
pub fn generate(
    engine: &dyn Engine,
    generator: &Generator,
    options: &GenerateOptions,
    view: &View,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    engine.render(&generated_field(generator, options)?, view, control, sink)
}
