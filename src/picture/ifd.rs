//! The directories of tags in TIFF files and EXIF blocks, read and written.

use std::io::{Read, Seek, SeekFrom};

/// Tags that this module's users need.
pub(super) mod tag {
    pub const SUBFILE: u16 = 254;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const PREDICTOR: u16 = 317;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const XMP: u16 = 700;
    pub const EXIF: u16 = 34665;
    pub const ICC: u16 = 34675;
    pub const GPS: u16 = 34853;
    pub const INTEROP: u16 = 40965;
    pub const PIXEL_WIDTH: u16 = 40962;
    pub const PIXEL_HEIGHT: u16 = 40963;
}

/// More entries than any honest directory has.
const MAX_ENTRIES: u64 = 4096;
/// Directories that are looked at to count pages.
const MAX_PAGES: u32 = 1 << 16;

/// One tag and its value, little-endian.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub tag: u16,
    pub kind: u16,
    pub data: Vec<u8>,
}

impl Entry {
    pub fn bytes(tag: u16, kind: u16, data: &[u8]) -> Self {
        Self { tag, kind, data: data.to_vec() }
    }

    pub fn short(tag: u16, value: u16) -> Self {
        Self { tag, kind: 3, data: value.to_le_bytes().to_vec() }
    }

    pub fn shorts(tag: u16, values: &[u16]) -> Self {
        Self { tag, kind: 3, data: values.iter().flat_map(|v| v.to_le_bytes()).collect() }
    }

    pub fn long(tag: u16, value: u32) -> Self {
        Self { tag, kind: 4, data: value.to_le_bytes().to_vec() }
    }

    /// A rational with a denominator that keeps four digits after the point.
    pub fn rational(tag: u16, value: f64) -> Self {
        let (n, d) = rational(value);
        Self { tag, kind: 5, data: [n.to_le_bytes(), d.to_le_bytes()].concat() }
    }

    /// Offsets or lengths: 64 bits each where `big`, else 32.
    pub fn offsets(tag: u16, values: &[u64], big: bool) -> Self {
        if big {
            let data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            return Self { tag, kind: 16, data };
        }
        let data = values.iter().flat_map(|&v| (v as u32).to_le_bytes()).collect();
        Self { tag, kind: 4, data }
    }

    /// The first number of an integer value.
    pub fn integer(&self) -> Option<u64> {
        let d = &self.data;
        match self.kind {
            1 => d.first().map(|&b| u64::from(b)),
            3 => Some(u64::from(u16::from_le_bytes(d.get(..2)?.try_into().ok()?))),
            4 | 13 => Some(u64::from(u32::from_le_bytes(d.get(..4)?.try_into().ok()?))),
            16 | 18 => Some(u64::from_le_bytes(d.get(..8)?.try_into().ok()?)),
            _ => None,
        }
    }

    /// The first number of a rational, when it is finite and over 0.
    pub fn ratio(&self) -> Option<f64> {
        let n = u32::from_le_bytes(self.data.get(..4)?.try_into().ok()?);
        let d = u32::from_le_bytes(self.data.get(4..8)?.try_into().ok()?);
        (self.kind == 5 && n > 0 && d > 0).then(|| f64::from(n) / f64::from(d))
    }
}

/// `value` as a fraction of 32-bit numbers.
pub(super) fn rational(value: f64) -> (u32, u32) {
    let denominator = if value.fract() == 0.0 || value > 400_000.0 { 1 } else { 10_000 };
    ((value * f64::from(denominator)).round() as u32, denominator)
}

/// Bytes of one number of a TIFF type; 0 when the type is unknown.
fn size_of_kind(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 0,
    }
}

/// Bytes that are swapped together in a value of a TIFF type.
fn swap_unit(kind: u16) -> usize {
    match kind {
        5 | 10 => 4,
        _ => size_of_kind(kind) as usize,
    }
}

/// Where an entry's value stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub tag: u16,
    pub kind: u16,
    pub at: u64,
    pub bytes: u64,
}

/// Reads the directories of a classic or big TIFF structure.
#[derive(Debug)]
pub(super) struct Walker<R> {
    reader: R,
    pub big_endian: bool,
    big: bool,
    /// Where the first directory is.
    pub first: u64,
    max_value: u64,
}

impl<R: Read + Seek> Walker<R> {
    /// Reads the header; `None` when there is none. Values over `max_value` bytes are left out.
    pub fn new(mut reader: R, max_value: usize) -> Option<Self> {
        let mut start = [0; 4];
        reader.rewind().ok()?;
        reader.read_exact(&mut start).ok()?;
        let (big_endian, big) = match start {
            [b'I', b'I', 42, 0] => (false, false),
            [b'M', b'M', 0, 42] => (true, false),
            [b'I', b'I', 43, 0] => (false, true),
            [b'M', b'M', 0, 43] => (true, true),
            _ => return None,
        };
        let mut walker = Self { reader, big_endian, big, first: 0, max_value: max_value as u64 };
        walker.first = if big { walker.number::<8>(8)? } else { walker.number::<4>(4)? };
        Some(walker)
    }

    fn number<const N: usize>(&mut self, at: u64) -> Option<u64> {
        let mut bytes = [0; N];
        self.reader.seek(SeekFrom::Start(at)).ok()?;
        self.reader.read_exact(&mut bytes).ok()?;
        Some(if self.big_endian {
            bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b))
        } else {
            bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b))
        })
    }

    fn offset(&mut self, at: u64) -> Option<u64> {
        if self.big { self.number::<8>(at) } else { self.number::<4>(at) }
    }

    /// Where the values of the directory at `at` are, and where its link to the next one is.
    pub fn places(&mut self, at: u64) -> Option<(Vec<Place>, u64)> {
        let (count, head, step, inline) = if self.big {
            (self.number::<8>(at)?, 8, 20, 8)
        } else {
            (self.number::<2>(at)?, 2, 12, 4)
        };
        if count > MAX_ENTRIES {
            return None;
        }
        let start = at.checked_add(head)?;
        let mut places = Vec::new();
        for i in 0..count {
            let entry = start.checked_add(i * step)?;
            let tag = self.number::<2>(entry)? as u16;
            let kind = self.number::<2>(entry + 2)? as u16;
            let bytes = self.offset(entry + 4)?.checked_mul(size_of_kind(kind))?;
            let field = entry + 4 + inline;
            let at = if bytes > inline { self.offset(field)? } else { field };
            places.push(Place { tag, kind, at, bytes });
        }
        Some((places, start + count * step))
    }

    /// The directory at `at`; values that cannot be read are left out.
    pub fn entries(&mut self, at: u64) -> Option<Vec<Entry>> {
        let (places, _) = self.places(at)?;
        Some(places.into_iter().filter_map(|place| self.value(place)).collect())
    }

    /// Pages of a TIFF: directories in the main chain that are no reduced copies of others.
    pub fn pages(&mut self) -> u32 {
        let (mut at, mut pages) = (self.first, 0);
        for _ in 0..MAX_PAGES {
            let Some((places, link)) = self.places(at) else { break };
            let subfile = places.into_iter().find(|p| p.tag == tag::SUBFILE);
            let kind = subfile.and_then(|p| self.value(p)?.integer()).unwrap_or(0);
            pages += u32::from(kind & 1 == 0);
            match self.offset(link) {
                // A chain that goes back may never end; writers put later pages further down.
                Some(next) if next > link => at = next,
                _ => break,
            }
        }
        pages.max(1)
    }

    fn value(&mut self, place: Place) -> Option<Entry> {
        if place.bytes == 0 || place.bytes > self.max_value {
            return None;
        }
        self.reader.seek(SeekFrom::Start(place.at)).ok()?;
        let mut data = Vec::new();
        (&mut self.reader).take(place.bytes).read_to_end(&mut data).ok()?;
        if data.len() as u64 != place.bytes {
            return None;
        }
        if self.big_endian {
            data.chunks_exact_mut(swap_unit(place.kind)).for_each(<[u8]>::reverse);
        }
        Some(Entry { tag: place.tag, kind: place.kind, data })
    }
}

/// A little-endian directory that will stand at `base` (even) of a classic or big TIFF structure,
/// followed by its values; its link to the next directory is 0.
pub(super) fn directory(mut entries: Vec<Entry>, base: u64, big: bool) -> Vec<u8> {
    entries.sort_by_key(|e| e.tag);
    let (head, step, inline) = if big { (8, 20, 8) } else { (2, 12, 4) };
    let mut out = Vec::new();
    let put = |out: &mut Vec<u8>, n: u64, bytes: usize| {
        out.extend_from_slice(&n.to_le_bytes()[..bytes]);
    };
    put(&mut out, entries.len() as u64, head);
    let mut values = Vec::new();
    let values_at = base + (head + step * entries.len() + inline) as u64;
    for entry in entries {
        put(&mut out, entry.tag.into(), 2);
        put(&mut out, entry.kind.into(), 2);
        put(&mut out, entry.data.len() as u64 / size_of_kind(entry.kind).max(1), inline);
        if entry.data.len() <= inline {
            out.extend_from_slice(&entry.data);
            out.resize(out.len() + inline - entry.data.len(), 0);
        } else {
            put(&mut out, values_at + values.len() as u64, inline);
            values.extend_from_slice(&entry.data);
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    put(&mut out, 0, inline);
    out.extend(values);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn file(entries: &[Entry], big: bool) -> Vec<u8> {
        let mut out = if big {
            b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec()
        } else {
            b"II*\0\x08\0\0\0".to_vec()
        };
        let base = out.len() as u64;
        out.extend(directory(entries.to_vec(), base, big));
        out
    }

    #[test]
    fn directories_survive() {
        let entries = [
            Entry::long(tag::WIDTH, 70_000),
            Entry::shorts(tag::BITS, &[8, 8, 8]),
            Entry::rational(tag::X_RESOLUTION, 300.5),
            Entry::bytes(tag::ICC, 7, b"profile"),
        ];
        for big in [false, true] {
            let bytes = file(&entries, big);
            let mut walker = Walker::new(Cursor::new(&bytes), 1 << 20).unwrap();
            let first = walker.first;
            let read = walker.entries(first).unwrap();
            assert_eq!(read, entries);
            assert_eq!(read[0].integer(), Some(70_000));
            assert_eq!(read[2].ratio(), Some(300.5));
            for n in 0..bytes.len() {
                if let Some(mut walker) = Walker::new(Cursor::new(&bytes[..n]), 1 << 20) {
                    let first = walker.first;
                    walker.entries(first);
                }
            }
        }
    }

    #[test]
    fn lying_offsets_and_counts_are_survived() {
        let mut bytes = file(&[Entry::bytes(tag::ICC, 7, &[0; 64])], true);
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], 0xff);
            if let Some(mut walker) = Walker::new(Cursor::new(&bytes), 1 << 20) {
                let first = walker.first;
                walker.entries(first);
            }
            bytes[at] = kept;
        }
    }
}
