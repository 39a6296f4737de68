//! Pictures to train on: folders or zip files in the StyleGAN convention, cut square and resized to
//! the training resolution once, and served in batches.
//!
//! ```text
//! folders, zips ─ Collection (names, classes) ─ decode, crop, resize ─ cache ─ Dataset ─ Loader
//! ```

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
mod source;
#[cfg(test)]
pub(crate) mod tests;

pub use collection::Collection;
pub use dataset::{Batch, Dataset};
pub use labels::LabelFile;
pub use loader::Loader;
pub use options::{DataArgs, DataOptions, Selection};
pub use report::{Report, Skipped};
pub use source::{Entry, LABELS, Source};
