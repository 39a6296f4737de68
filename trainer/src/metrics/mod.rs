//! Metrics of generated images, in the conventions of the StyleGAN papers: bytes in, float64
//! statistics, and every figure with the mode it was computed in.
//!
//! ```text
//! Source (generated, enlarged, real) ─ Extractor (Inception, VGG16, EfficientNet) ─ collect ─
//! Evaluator ─ Figure
//! ```

mod collect;
mod efficientnet;
mod evaluator;
mod extractor;
mod frechet;
mod generated;
#[cfg(test)]
mod golden;
mod inception;
mod neighbours;
mod networks;
mod recognition;
mod score;
mod script;
mod source;
mod statistics;
mod subset;
#[cfg(test)]
pub(crate) mod tests;
mod upsampling;
mod vgg;

pub use collect::Progress;
pub use efficientnet::EfficientNetFeatures;
pub use evaluator::{Evaluator, Figure};
pub use extractor::{Extractor, Identity, Output, file_key, hexadecimal};
pub use frechet::frechet_distance;
pub use generated::{Draws, Generated};
pub use inception::Inception;
pub use neighbours::{NEIGHBOUR, coverage};
pub use networks::{Metric, NetworkArgs, Networks, caution};
pub use recognition::{Labelled, recognised};
pub use score::{SPLITS, inception_score};
pub use script::Script;
pub use source::{Source, to_bytes};
pub use statistics::{Gaussian, Moments};
pub use subset::Subset;
pub use upsampling::{Enlarged, Filter};
pub use vgg::Vgg;
