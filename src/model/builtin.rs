//! Models embedded in the library.

use crate::error::{Error, Result};

/// Name of the upscaler used when none is named.
pub const DEFAULT_UPSCALER: &str = "photo";

/// Name of the upscaler that cleans pictures at their own size when none is named.
pub const DEFAULT_RESTORER: &str = "restore";

/// Name of the generator used when none is named.
pub const DEFAULT_GENERATOR: &str = "flowers";

/// Names and files of the embedded models.
#[cfg(any(feature = "builtin-models", test))]
const EMBEDDED: &[(&str, &[u8])] = &[
    (DEFAULT_UPSCALER, include_bytes!("../../models/photo.safetensors")),
    ("clean", include_bytes!("../../models/clean.safetensors")),
    ("large", include_bytes!("../../models/large.safetensors")),
    (DEFAULT_RESTORER, include_bytes!("../../models/restore.safetensors")),
    (DEFAULT_GENERATOR, include_bytes!("../../models/flowers.safetensors")),
];
#[cfg(not(any(feature = "builtin-models", test)))]
const EMBEDDED: &[(&str, &[u8])] = &[];

/// Names of the embedded models; none without the feature `builtin-models`.
#[cfg(any(feature = "builtin-models", test))]
pub const BUILTIN: &[&str] =
    &[DEFAULT_UPSCALER, "clean", "large", DEFAULT_RESTORER, DEFAULT_GENERATOR];
/// Names of the embedded models; none without the feature `builtin-models`.
#[cfg(not(any(feature = "builtin-models", test)))]
pub const BUILTIN: &[&str] = &[];

/// The file of what estimates how much there is to clean in a picture. It is small, so that every
/// build has it.
pub(super) const ESTIMATOR: &[u8] = include_bytes!("../../models/estimator.safetensors");

/// The file of an embedded model.
pub(super) fn bytes(name: &str) -> Result<&'static [u8]> {
    let found = EMBEDDED.iter().find(|(n, _)| *n == name);
    found.map(|(_, bytes)| *bytes).ok_or_else(|| {
        let names = match BUILTIN {
            [] => "this build has none (feature `builtin-models`)".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        Error::parameter("model", format!("{name:?} is no built-in model; {names}"))
    })
}

#[cfg(test)]
mod tests {
    use super::BUILTIN;
    use crate::model::Model;

    #[test]
    fn models_are_called_as_they_are_found() {
        for name in BUILTIN {
            let model = Model::builtin(name).unwrap();
            assert_eq!(model.about().name, *name);
            assert!(model.about().licence.contains("credit") && !model.about().training.is_empty());
        }
    }
}
