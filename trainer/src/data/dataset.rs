//! A data set at one resolution.

use std::collections::HashSet;
use std::path::PathBuf;

use tch::Tensor;

use super::records::Records;
use super::{Collection, DataOptions, Report, cache, picture};
use crate::error::{Error, Result};
use crate::files::user_cache;

/// Pictures `[B, 3, side, side]` of 8 bits, and their classes `[B]` as 64-bit integers if there are
/// any.
pub type Batch = (Tensor, Option<Tensor>);

/// Square pictures of one resolution, decoded, and their classes.
#[derive(Debug)]
pub struct Dataset {
    records: Records,
    names: Vec<String>,
    labels: Vec<i64>,
    class_names: Vec<String>,
    mirror: bool,
    key: String,
    report: Report,
}

impl Dataset {
    /// Opens `paths`, folders or zip files, as one data set at `resolution` pixels a side: decodes all
    /// pictures, or takes them from the cache.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `resolution` is not from 1 to [`picture::MAX_SIDE`] or the cache
    /// cannot be written, otherwise as [`Collection::open`] and
    /// [`prepare::each`](super::prepare::each).
    pub fn open(paths: &[PathBuf], resolution: u32, options: &DataOptions) -> Result<Self> {
        picture::check_side(resolution)?;
        let collection = Collection::open(paths, &options.selection)?;
        let key = cache::key(&collection, resolution);
        let folder = match options.no_data_cache {
            true => None,
            false => options.data_cache.clone().or_else(|| user_cache("data")),
        };
        let found = cache::open(&collection, resolution, &key, folder.as_deref(), cache::MEMORY)?;
        let skipped: HashSet<usize> = found.skipped.iter().map(|(index, _)| *index).collect();
        let kept = (0..collection.len()).filter(|index| !skipped.contains(index));
        let report = Report {
            pictures: found.records.len(),
            classes: collection.class_names().len(),
            resolution,
            skipped: found.skipped.into_iter().map(|(_, skipped)| skipped).collect(),
            cached: found.cached,
        };
        Ok(Self {
            records: found.records,
            names: kept.clone().map(|index| collection.name(index)).collect(),
            labels: kept.filter_map(|index| collection.class(index)).map(i64::from).collect(),
            class_names: collection.class_names().to_vec(),
            mirror: options.mirror,
            key,
            report,
        })
    }

    /// How many pictures there are; at least one.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Never: an empty data set cannot be opened.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Width and height of the pictures.
    pub fn resolution(&self) -> u32 {
        self.report.resolution
    }

    /// Whether training flips pictures horizontally.
    pub fn mirror(&self) -> bool {
        self.mirror
    }

    /// What the classes are called, by their numbers; none without classes.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The classes of all pictures, if there are any.
    pub fn labels(&self) -> Option<&[i64]> {
        (!self.class_names.is_empty()).then_some(&self.labels)
    }

    /// Source and name of picture `index`, for messages.
    pub fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    /// What stands for the contents of all pictures at this resolution, in 64 hexadecimal digits.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What was read, and what was skipped.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The pictures with `indices`, those flipped horizontally whose entry in `flips` is true; without
    /// an entry they are not.
    ///
    /// # Errors
    /// [`Error::Data`] when there is no such index, or the cache's file has been damaged.
    pub fn batch(&self, indices: &[usize], flips: &[bool]) -> Result<Batch> {
        let side = self.resolution() as usize;
        let mut bytes = Vec::with_capacity(indices.len() * cache::samples(self.resolution()));
        for (i, &index) in indices.iter().enumerate() {
            self.check_index(index)?;
            let start = bytes.len();
            self.records.read(index, &mut bytes)?;
            if flips.get(i) == Some(&true) {
                bytes[start..].chunks_exact_mut(side).for_each(<[u8]>::reverse);
            }
        }
        let (batch, side) = (indices.len() as i64, side as i64);
        let images = Tensor::f_from_slice(&bytes)?.f_view([batch, 3, side, side])?;
        let labels = self.labels().map(|labels| {
            let chosen: Vec<i64> = indices.iter().map(|&index| labels[index]).collect();
            Tensor::f_from_slice(&chosen)
        });
        Ok((images, labels.transpose()?))
    }

    fn check_index(&self, index: usize) -> Result<()> {
        if index < self.len() {
            return Ok(());
        }
        let problem = format!("there is no picture {index}; the last is {}", self.len() - 1);
        Err(Error::data(self.name(0), problem))
    }
}
