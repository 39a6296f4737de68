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
    /// Opens `paths`, folders or zip files, as one data set at `resolution` pixels a side: decodes
    /// all pictures, or takes them from the cache.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `resolution` is not from 1 to [`picture::MAX_SIDE`] or the cache
    /// cannot be written, otherwise as [`Collection::open`] and
    /// [`prepare::each`](super::prepare::each).
    pub fn open(paths: &[PathBuf], resolution: u32, options: &DataOptions) -> Result<Self> {
        Self::open_within(paths, resolution, options, cache::MEMORY)
    }

    /// As [`open`](Self::open), with up to `memory` bytes of the cache's file held in memory.
    pub(super) fn open_within(
        paths: &[PathBuf],
        resolution: u32,
        options: &DataOptions,
        memory: u64,
    ) -> Result<Self> {
        picture::check_side(resolution)?;
        let collection = Collection::open(paths, &options.selection)?;
        let key = cache::key(&collection, resolution);
        let folder = match options.no_data_cache {
            true => None,
            false => options.data_cache.clone().or_else(|| user_cache("data")),
        };
        let found = cache::open(&collection, resolution, &key, folder.as_deref(), memory)?;
        let skipped: HashSet<usize> = found.skipped.iter().map(|(index, _)| *index).collect();
        let kept = (0..collection.len()).filter(|index| !skipped.contains(index));
        let report = Report {
            pictures: found.records.len(),
            classes: collection.class_names().len(),
            empty_classes: collection.empty_classes(&skipped),
            loose_folders: if options.selection.unconditional { 0 } else { collection.folders() },
            enlarged: found.enlarged,
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

    /// The pictures with `indices`, those flipped horizontally whose entry in `flips` is true;
    /// without an entry they are not.
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

#[cfg(test)]
mod tests {
    use super::super::tests::{png, write_zip, zip_of};
    use super::*;
    use crate::data::Selection;
    use std::fs;
    use std::num::NonZeroU32;
    use std::path::Path;

    fn in_memory() -> DataOptions {
        DataOptions { no_data_cache: true, ..DataOptions::default() }
    }

    fn samples(images: &Tensor) -> Vec<u8> {
        Vec::try_from(images.reshape([-1])).unwrap()
    }

    #[test]
    fn batches_hold_the_pictures_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let labels = r#"{"labels": [["a.png", 1], ["b.png", 0]]}"#.as_bytes().to_vec();
        write_zip(&path, &[("a.png", png(2, 2)), ("b.png", png(4, 2)), ("dataset.json", labels)]);
        let set = Dataset::open(&[path], 2, &in_memory()).unwrap();
        assert_eq!((set.len(), set.labels(), set.class_names().len()), (2, Some(&[1, 0][..]), 2));

        let (images, labels) = set.batch(&[1, 0, 1], &[true]).unwrap();
        assert_eq!((images.size(), images.kind()), (vec![3, 3, 2, 2], tch::Kind::Uint8));
        assert_eq!(Vec::<i64>::try_from(labels.unwrap()).unwrap(), [0, 1, 0]);
        let b = [1, 2, 1, 2, 0, 0, 1, 1, 6, 6, 6, 6];
        let flipped = [2, 1, 2, 1, 0, 0, 1, 1, 6, 6, 6, 6];
        let a = [0, 1, 0, 1, 0, 0, 1, 1, 4, 4, 4, 4];
        assert_eq!(samples(&images), [flipped, a, b].concat());
        assert!(set.batch(&[2], &[]).unwrap_err().to_string().contains("no picture 2"));
    }

    #[test]
    fn corrupt_pictures_are_named_skipped_and_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let labels = r#"{"labels": [["a.png", 2], ["b.png", 1], ["c.png", 0]]}"#.into();
        let files = [
            ("a.png", png(3, 3)),
            ("b.png", png(9, 9)[..60].to_vec()),
            ("c.png", png(3, 3)),
            ("dataset.json", labels),
        ];
        write_zip(&path, &files);
        let cache = folder.path().join("cache");
        let options = DataOptions { data_cache: Some(cache), ..DataOptions::default() };
        for cached in [false, true] {
            let set = Dataset::open(std::slice::from_ref(&path), 3, &options).unwrap();
            assert_eq!((set.len(), set.labels()), (2, Some(&[2, 0][..])));
            assert!(set.name(1).ends_with("a.zip/c.png"));
            assert_eq!(set.report().cached.is_some(), cached);
            let report = set.report().to_string();
            assert!(report.contains("a.zip/b.png: the PNG file is cut short"), "{report}");
            assert!(report.contains("2 pictures of 3x3, 3 classes, 1 skipped"), "{report}");
        }
    }

    #[test]
    fn nothing_to_train_on_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.png"), b"text").unwrap();
        let open = |paths: &[PathBuf], side| Dataset::open(paths, side, &in_memory());
        let paths = [folder.path().to_owned()];
        let message = open(&paths, 8).unwrap_err().to_string();
        assert!(message.contains("none of its 1 pictures can be used; the first: "), "{message}");
        assert!(open(&paths, 0).unwrap_err().to_string().starts_with("--resolution: 0 pixels"));
        assert!(open(&[], 8).unwrap_err().to_string().starts_with("--data: give"));
    }

    #[test]
    fn a_wrong_checksum_in_a_zip_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        zip_of(&path, &[3, 4, 5]);
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|four| four == b"IDAT").unwrap();
        bytes[at + 8] ^= 1;
        fs::write(&path, bytes).unwrap();
        let set = Dataset::open(&[path], 4, &in_memory()).unwrap();
        assert_eq!((set.len(), set.report().skipped.len()), (2, 1));
    }

    /// The flowers, when `POLYINR_DATA` names the folder that they are in.
    fn flowers(selection: Selection) -> Option<Dataset> {
        let Some(folder) = std::env::var_os("POLYINR_DATA").map(PathBuf::from) else {
            assert!(std::env::var_os("CI").is_none(), "POLYINR_DATA is not set");
            eprintln!("skipped: POLYINR_DATA does not name the folder of flowers128");
            return None;
        };
        let parts = [1, 2].map(|i| folder.join(format!("flowers128_part{i}of2.zip")));
        let labels = Some(folder.join("flowers128.dataset.json"));
        let selection = Selection { labels, ..selection };
        Some(Dataset::open(&parts, 32, &DataOptions { selection, ..in_memory() }).unwrap())
    }

    #[test]
    fn flowers_are_complete_and_some_are_held_back() {
        let hold_back = NonZeroU32::new(49);
        let held = Selection { hold_back, only_held_back: true, ..Selection::default() };
        let Some(test) = flowers(held) else { return };
        let train = flowers(Selection { hold_back, ..Selection::default() }).unwrap();
        assert_eq!((train.len(), test.len(), train.len() + test.len()), (3071, 64, 3135));
        let names = ["daisy", "dandelion", "roses", "sunflowers", "tulips"];
        assert_eq!(train.class_names(), names);
        assert_eq!(train.labels().unwrap().iter().max(), Some(&4));
        assert!(Path::new(test.name(1)).ends_with("00000/img00000049.png"));
        assert!(train.report().skipped.is_empty());
    }
}
