//! A seed and class become a field.

use crate::error::Result;
use crate::field::GeneratedField;
use crate::model::{Generator, Latent, Truncation};

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
    /// The field of this image, with [how it was made](Self::describe).
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when the class or truncation do not fit the model.
    pub fn field(&self, generator: &Generator) -> Result<GeneratedField> {
        let Self { seed, truncation, .. } = self.clone();
        let class = self.class_in(generator);
        let latent = Latent { z: generator.latent(seed), class, truncation };
        let field = GeneratedField::from_latent(generator, latent)?;
        Ok(field.with_origin(self.describe(generator)))
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
