//! Pictures to train on: folders or zip files in the StyleGAN convention, cut square and resized to
//! the training resolution once, and served in batches.
//!
//! ```text
//! folders, zips ─ Collection (names, classes) ─ decode, crop, resize ─ cache ─ Dataset ─ Loader
//! ```

mod args;
mod cache;
mod collection;
mod dataset;
mod labels;
mod loader;
mod options;
mod order;
pub mod picture;
pub mod prepare;
mod records;
mod report;
pub(crate) mod samples;
mod selection;
mod source;
#[cfg(test)]
pub(crate) mod tests;

pub use args::DataArgs;
pub use collection::Collection;
pub use dataset::{Batch, Dataset};
pub use labels::LabelFile;
pub use loader::Loader;
pub use options::DataOptions;
pub use report::{Report, Skipped};
pub use selection::Selection;
pub use source::{Entry, LABELS, Source};
