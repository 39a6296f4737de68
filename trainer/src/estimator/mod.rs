//! Training of the estimator: how much there is to clean in a picture.
//!
//! ```text
//! folders, zips ─ Photos ─ cut, reduce, degrade (CropOptions) ─ Loader ─ Network ─ estimator file
//! ```
//!
//! The network is the library's [`StrengthEstimator`](polyinr::model::StrengthEstimator). It is shown
//! crops that an upscaler's training makes, only larger, and gives what was done to them.

mod network;
mod options;
mod run;

pub use options::Options;
pub use run::train;
