//! The tags of the directory that is read.

use std::io::{Read, Seek};

use crate::error::{Error, Result};
use crate::picture::ifd::{Entry, Walker, tag};

/// What says how the pixels are stored; without it, they cannot be read.
const STORAGE: [u16; 25] = [
    tag::WIDTH,
    tag::HEIGHT,
    tag::BITS,
    tag::COMPRESSION,
    tag::PHOTOMETRIC,
    tag::FILL_ORDER,
    tag::STRIP_OFFSETS,
    tag::SAMPLES,
    tag::ROWS_PER_STRIP,
    tag::STRIP_BYTES,
    tag::PLANAR,
    tag::T4_OPTIONS,
    tag::T6_OPTIONS,
    tag::PREDICTOR,
    tag::COLOUR_MAP,
    tag::TILE_WIDTH,
    tag::TILE_HEIGHT,
    tag::TILE_OFFSETS,
    tag::TILE_BYTES,
    tag::EXTRA_SAMPLES,
    tag::SAMPLE_FORMAT,
    tag::JPEG_TABLES,
    tag::YCBCR_COEFFICIENTS,
    tag::YCBCR_SUBSAMPLING,
    tag::REFERENCE_BLACK_WHITE,
];

/// The tags of one directory.
#[derive(Debug, Default)]
pub(super) struct Tags(pub Vec<Entry>);

impl Tags {
    /// Reads from the directory at `at` what says how pixels are stored, and the tags in `others`,
    /// of which those that cannot be read are left out.
    pub fn read<R: Read + Seek>(
        walker: &mut Walker<R>,
        at: u64,
        others: &[u16],
        name: &str,
    ) -> Result<Self> {
        let damaged = |what| Error::decode(name, format!("the TIFF file is damaged: {what}"));
        let (places, _) = walker.places(at).ok_or_else(|| damaged("no directory"))?;
        let mut entries: Vec<Entry> = Vec::new();
        for place in places {
            let needed = STORAGE.contains(&place.tag);
            let known = entries.iter().any(|e| e.tag == place.tag);
            if known || !(needed || others.contains(&place.tag)) {
                continue;
            }
            let left_out = std::mem::take(&mut walker.left_out);
            match walker.value(place) {
                Some(entry) => entries.push(entry),
                None if needed && walker.left_out => {
                    return Err(Error::limits(
                        name,
                        "its tags take more memory than is allowed, or than the file is long",
                    ));
                }
                None if needed && place.bytes > 0 => return Err(damaged("a tag is cut short")),
                None => {}
            }
            walker.left_out |= left_out;
        }
        Ok(Self(entries))
    }

    /// These tags, and those of the directory above that are not among them and describe the
    /// picture.
    pub fn with(mut self, above: Self) -> Self {
        for entry in above.0 {
            if !STORAGE.contains(&entry.tag) && self.find(entry.tag).is_none() {
                self.0.push(entry);
            }
        }
        self
    }

    pub fn find(&self, tag: u16) -> Option<&Entry> {
        self.0.iter().find(|e| e.tag == tag)
    }

    pub fn integer(&self, tag: u16) -> Option<u64> {
        self.find(tag).and_then(Entry::integer)
    }

    /// The integers of `tag`; none where there is no such tag.
    pub fn integers(&self, tag: u16) -> Vec<u64> {
        self.find(tag).map(|e| e.integers().collect()).unwrap_or_default()
    }

    /// The numbers of `tag`, where there are `N`.
    pub fn numbers<const N: usize>(&self, tag: u16) -> Option<[f64; N]> {
        self.find(tag)?.numbers().try_into().ok()
    }

    pub fn bytes(&self, tag: u16) -> Option<Vec<u8>> {
        self.find(tag).map(|e| e.data.clone())
    }

    /// Text, up to its first zero byte.
    pub fn text(&self, tag: u16) -> Option<String> {
        let entry = self.find(tag).filter(|e| matches!(e.kind, 1 | 2 | 7))?;
        let end = entry.data.iter().position(|&b| b == 0).unwrap_or(entry.data.len());
        Some(String::from_utf8_lossy(&entry.data[..end]).into_owned())
    }

    pub fn size(&self) -> Option<(u32, u32)> {
        let side = |tag| u32::try_from(self.integer(tag)?).ok();
        Some((side(tag::WIDTH)?, side(tag::HEIGHT)?))
    }
}
