//! Metrics of generated images.

mod extractor;
mod frechet;
#[cfg(test)]
mod golden;
mod inception;
mod neighbours;
mod score;
mod script;
mod source;
mod statistics;
mod upsampling;
mod vgg;

pub use extractor::{Extractor, Output};
pub use frechet::frechet_distance;
pub use inception::Inception;
pub use neighbours::{NEIGHBOUR, precision_recall};
pub use score::{SPLITS, inception_score};
pub use script::Script;
pub use source::{Source, to_bytes};
pub use statistics::{Gaussian, Moments};
pub use upsampling::{Enlarged, Filter};
pub use vgg::Vgg;
