//! The directories of tags in TIFF files and EXIF blocks, read and written.

use std::io::{Read, Seek, SeekFrom};

/// Tags that this module's users need.
pub(super) mod tag {
    pub const NEW_SUBFILE: u16 = 254;
    pub const SUBFILE: u16 = 255;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const DESCRIPTION: u16 = 270;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const PLANAR: u16 = 284;
    pub const T4_OPTIONS: u16 = 292;
    pub const T6_OPTIONS: u16 = 293;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const PREDICTOR: u16 = 317;
    pub const COLOUR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const SUB_DIRECTORIES: u16 = 330;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const YCBCR_COEFFICIENTS: u16 = 529;
    pub const YCBCR_SUBSAMPLING: u16 = 530;
    pub const REFERENCE_BLACK_WHITE: u16 = 532;
    pub const XMP: u16 = 700;
    pub const PIXEL_SCALE: u16 = 33550;
    pub const IPTC: u16 = 33723;
    pub const TIE_POINTS: u16 = 33922;
    pub const TRANSFORMATION: u16 = 34264;
    pub const PHOTOSHOP: u16 = 34377;
    pub const EXIF: u16 = 34665;
    pub const ICC: u16 = 34675;
    pub const GEO_KEYS: u16 = 34735;
    pub const GEO_DOUBLES: u16 = 34736;
    pub const GEO_ASCII: u16 = 34737;
    pub const GPS: u16 = 34853;
    pub const PIXEL_WIDTH: u16 = 40962;
    pub const PIXEL_HEIGHT: u16 = 40963;
    pub const INTEROP: u16 = 40965;
    pub const SUBJECT_AREA: u16 = 37396;
    pub const FOCAL_PLANE_X: u16 = 41486;
    pub const FOCAL_PLANE_Y: u16 = 41487;
    pub const SUBJECT_LOCATION: u16 = 41492;
    pub const GDAL_METADATA: u16 = 42112;
    pub const GDAL_NODATA: u16 = 42113;
    pub const RPC: u16 = 50844;
}

/// More entries than any honest directory has.
const MAX_ENTRIES: u64 = 4096;
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

    pub fn doubles(tag: u16, values: &[f64]) -> Self {
        Self { tag, kind: 12, data: values.iter().flat_map(|v| v.to_le_bytes()).collect() }
    }

    /// Text, which ends with a zero byte in the file.
    pub fn text(tag: u16, text: &str) -> Self {
        Self { tag, kind: 2, data: [text.as_bytes(), &[0]].concat() }
    }

    /// The first number of an integer value.
    pub fn integer(&self) -> Option<u64> {
        let size = size_of_kind(self.kind) as usize;
        let integer = matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18);
        self.data.get(..size).filter(|_| integer).map(little_endian)
    }

    /// The numbers of an integer value; none when it is of another kind.
    pub fn integers(&self) -> impl Iterator<Item = u64> + '_ {
        let integer = matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18);
        let size = if integer { size_of_kind(self.kind) as usize } else { usize::MAX };
        self.data.chunks_exact(size).map(little_endian)
    }

    /// The numbers of a value of any kind but text; rationals are divided.
    pub fn numbers(&self) -> Vec<f64> {
        let chunks = |size| self.data.chunks_exact(size);
        let part = |bytes: &[u8]| f64::from(little_endian(bytes) as u32);
        match self.kind {
            5 => chunks(8).map(|c| part(&c[..4]) / part(&c[4..])).collect(),
            11 => chunks(4).map(|c| f64::from(f32::from_bits(little_endian(c) as u32))).collect(),
            12 => chunks(8).map(|c| f64::from_bits(little_endian(c))).collect(),
            _ => self.integers().map(|n| n as f64).collect(),
        }
    }

    /// The first number of a rational, when it is finite and over 0.
    pub fn ratio(&self) -> Option<f64> {
        let n = u32::from_le_bytes(self.data.get(..4)?.try_into().ok()?);
        let d = u32::from_le_bytes(self.data.get(4..8)?.try_into().ok()?);
        (self.kind == 5 && n > 0 && d > 0).then(|| f64::from(n) / f64::from(d))
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b))
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
pub(super) struct EntrySpan {
    pub tag: u16,
    pub kind: u16,
    pub at: u64,
    pub bytes: u64,
}

/// Reads the directories of a classic or big TIFF structure.
///
/// In honest structures nothing overlaps, so no more is read than they are long: of values that
/// together are longer, the later ones are left out, and so are directories past twice that length
/// (they are read to choose one, and again to use it).
#[derive(Debug)]
pub(super) struct Walker<R> {
    reader: R,
    pub big_endian: bool,
    big: bool,
    /// Where the first directory is.
    pub first: u64,
    /// Bytes of the whole structure.
    pub len: u64,
    directories_left: u64,
    values_left: u64,
    /// Bytes of all values so far.
    pub taken: u64,
    /// Whether a value was left out because too much was read before it.
    pub left_out: bool,
}

impl<R: Read + Seek> Walker<R> {
    /// Reads the header; `None` when there is none. Values are left out past the first `most` bytes
    /// of them.
    pub fn new(mut reader: R, most: usize) -> Option<Self> {
        let mut start = [0; 4];
        let len = reader.seek(SeekFrom::End(0)).ok()?;
        reader.rewind().ok()?;
        reader.read_exact(&mut start).ok()?;
        let (big_endian, big) = match start {
            [b'I', b'I', 42, 0] => (false, false),
            [b'M', b'M', 0, 42] => (true, false),
            [b'I', b'I', 43, 0] => (false, true),
            [b'M', b'M', 0, 43] => (true, true),
            _ => return None,
        };
        let mut walker = Self {
            reader,
            big_endian,
            big,
            first: 0,
            len,
            directories_left: len.saturating_mul(2),
            values_left: len.min(most as u64),
            taken: 0,
            left_out: false,
        };
        walker.first = walker.offset(if big { 8 } else { 4 })?;
        Some(walker)
    }

    /// `len` bytes from `at` on.
    fn bytes(&mut self, at: u64, len: u64) -> Option<Vec<u8>> {
        if at.checked_add(len)? > self.len {
            return None;
        }
        self.reader.seek(SeekFrom::Start(at)).ok()?;
        let mut bytes = Vec::new();
        (&mut self.reader).take(len).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == len).then_some(bytes)
    }

    fn integer(&self, bytes: &[u8]) -> u64 {
        if self.big_endian {
            bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b))
        } else {
            little_endian(bytes)
        }
    }

    /// The offset that stands at `at`.
    pub fn offset(&mut self, at: u64) -> Option<u64> {
        let bytes = self.bytes(at, if self.big { 8 } else { 4 })?;
        Some(self.integer(&bytes))
    }

    /// Where the values of the directory at `at` are, and where its link to the next one is.
    pub fn places(&mut self, at: u64) -> Option<(Vec<EntrySpan>, u64)> {
        let (head, step, inline) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.bytes(at, head)?;
        let count = self.integer(&count);
        if count > MAX_ENTRIES {
            return None;
        }
        self.directories_left = self.directories_left.checked_sub(head + count * step)?;
        let start = at + head;
        let directory = self.bytes(start, count * step)?;
        let mut places = Vec::with_capacity(count as usize);
        for (i, entry) in directory.chunks_exact(step as usize).enumerate() {
            let [tag, kind] = [0, 2].map(|at| self.integer(&entry[at..at + 2]) as u16);
            let (count, field) = entry[4..].split_at(inline);
            let bytes = self.integer(count).saturating_mul(size_of_kind(kind));
            let at = if bytes > inline as u64 {
                self.integer(field)
            } else {
                start + i as u64 * step + 4 + inline as u64
            };
            places.push(EntrySpan { tag, kind, at, bytes });
        }
        Some((places, start + count * step))
    }

    /// The directory at `at`; values that cannot be read are left out.
    pub fn entries(&mut self, at: u64) -> Option<Vec<Entry>> {
        let (places, _) = self.places(at)?;
        Some(places.into_iter().filter_map(|place| self.value(place)).collect())
    }

    /// The value that stands at `place`.
    pub fn value(&mut self, place: EntrySpan) -> Option<Entry> {
        if place.bytes == 0 {
            return None;
        }
        let Some(left) = self.values_left.checked_sub(place.bytes) else {
            self.left_out = true;
            return None;
        };
        let mut data = self.bytes(place.at, place.bytes)?;
        self.values_left = left;
        self.taken += place.bytes;
        if self.big_endian {
            data.chunks_exact_mut(swap_unit(place.kind)).for_each(<[u8]>::reverse);
        }
        Some(Entry { tag: place.tag, kind: place.kind, data })
    }

    /// What was read from, given back.
    pub fn into_reader(self) -> R {
        self.reader
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
