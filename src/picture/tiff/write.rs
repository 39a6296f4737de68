//! Writing TIFF: strips as rows come, the directory at the end, BigTIFF when that is over 4 GiB.

use std::io::{Seek, SeekFrom, Write};

use flate2::write::ZlibEncoder;

use crate::picture::encode::{Encode, quantise};
use crate::picture::exif::Tree;
use crate::picture::ifd::{Entry, directory, tag};
use crate::picture::output::Output;
use crate::picture::spec::Spec;
use crate::picture::{Compression, Resolution, ResolutionUnit};
use crate::raster::Depth;

/// About as many bytes, before compression, are in a strip.
const STRIP: usize = 1 << 18;
/// Room for a BigTIFF's header; a classic one leaves half of it unused.
const HEADER: u64 = 16;
/// Largest offset of a classic TIFF.
const CLASSIC_END: u64 = u32::MAX as u64;

pub(in crate::picture) fn encoder(
    mut output: Output,
    spec: Spec,
) -> Result<Box<dyn Encode>, String> {
    output.write_all(&[0; HEADER as usize]).map_err(words)?;
    let row_bytes = spec.row_len() * spec.depth.bytes();
    let rows_per_strip = (STRIP / row_bytes).clamp(1, spec.height as usize);
    Ok(Box::new(Strips {
        output,
        strip_bytes: rows_per_strip * row_bytes,
        rows_per_strip: rows_per_strip as u32,
        spec,
        end: HEADER,
        offsets: Vec::new(),
        lengths: Vec::new(),
        bytes: Vec::new(),
        strip: Vec::new(),
    }))
}

struct Strips {
    output: Output,
    spec: Spec,
    rows_per_strip: u32,
    strip_bytes: usize,
    end: u64,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
    bytes: Vec<u8>,
    strip: Vec<u8>,
}

impl Encode for Strips {
    fn rows(&mut self, pixels: &[f32]) -> Result<(), String> {
        for row in pixels.chunks(self.spec.row_len()) {
            quantise(row, self.spec.depth, u16::to_le_bytes, &mut self.bytes);
            self.predict();
            self.strip.extend_from_slice(&self.bytes);
            if self.strip.len() == self.strip_bytes {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.flush()?;
        let big = self.end + self.directory_bytes() > CLASSIC_END;
        self.close(big)
    }
}

impl Strips {
    /// Replaces the row in `bytes` by what compresses better.
    fn predict(&mut self) {
        let channels = self.spec.channels.count();
        match self.spec.depth {
            _ if self.spec.compression == Compression::None => {}
            Depth::U8 => difference(&mut self.bytes, channels),
            Depth::U16 => difference16(&mut self.bytes, channels),
            Depth::F32 => {
                let mut planes = Vec::with_capacity(self.bytes.len());
                for byte in (0..4).rev() {
                    planes.extend(self.bytes.chunks_exact(4).map(|sample| sample[byte]));
                }
                difference(&mut planes, channels);
                self.bytes = planes;
            }
        }
    }

    fn predictor(&self) -> u16 {
        match self.spec.depth {
            _ if self.spec.compression == Compression::None => 1,
            Depth::F32 => 3,
            _ => 2,
        }
    }

    fn flush(&mut self) -> Result<(), String> {
        if self.strip.is_empty() {
            return Ok(());
        }
        let packed = match self.spec.compression {
            Compression::None => std::mem::take(&mut self.strip),
            Compression::Fast => fdeflate::compress_to_vec(&self.strip),
            Compression::Small => {
                let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
                encoder.write_all(&self.strip).and_then(|()| encoder.finish()).map_err(words)?
            }
        };
        self.strip.clear();
        self.offsets.push(self.end);
        self.lengths.push(packed.len() as u64);
        self.write(&packed)?;
        if self.end % 2 == 1 { self.write(&[0]) } else { Ok(()) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.end += bytes.len() as u64;
        self.output.write_all(bytes).map_err(words)
    }

    /// More bytes than the directory, its values and the header can take.
    fn directory_bytes(&self) -> u64 {
        let metadata = &self.spec.metadata;
        let blocks = [&metadata.icc, &metadata.exif, &metadata.xmp, &metadata.iptc];
        let blocks: usize = blocks.into_iter().flatten().map(Vec::len).sum();
        let parameters = metadata.parameters.as_ref().map_or(0, |p| 6 * p.len());
        let place: usize =
            metadata.georeference.iter().flat_map(|g| g.entries()).map(|e| e.data.len()).sum();
        (16 * self.offsets.len() + 2 * blocks + parameters + place + (1 << 16)) as u64
    }

    /// Writes the directories and the header that leads to them.
    fn close(&mut self, big: bool) -> Result<(), String> {
        let tree = self.spec.metadata.exif.as_deref().and_then(Tree::parse).unwrap_or_default();
        let (subs, links) = tree.sub_directories(self.end, big);
        self.write(&subs)?;
        let at = self.end;
        let mut entries = self.storage(big);
        entries.extend(links);
        entries.extend(tree.main);
        entries.extend(self.described());
        self.write(&directory(entries, at, big))?;
        let header = if big {
            [&b"II+\0\x08\0\0\0"[..], &at.to_le_bytes()].concat()
        } else {
            [&b"II*\0"[..], &(at as u32).to_le_bytes()].concat()
        };
        self.output.seek(SeekFrom::Start(0)).map_err(words)?;
        self.output.write_all(&header).map_err(words)?;
        self.output.seek(SeekFrom::End(0)).map(drop).map_err(words)
    }

    /// The tags that say how the pixels are stored.
    fn storage(&self, big: bool) -> Vec<Entry> {
        let Spec { width, height, channels, depth, .. } = self.spec;
        let n = channels.count();
        let format = if depth == Depth::F32 { 3 } else { 1 };
        let photometric = if channels.is_gray() { 1 } else { 2 };
        let compression = if self.spec.compression == Compression::None { 1 } else { 8 };
        let mut entries = vec![
            Entry::long(tag::WIDTH, width),
            Entry::long(tag::HEIGHT, height),
            Entry::shorts(tag::BITS, &vec![8 * depth.bytes() as u16; n]),
            Entry::short(tag::COMPRESSION, compression),
            Entry::short(tag::PHOTOMETRIC, photometric),
            Entry::offsets(tag::STRIP_OFFSETS, &self.offsets, big),
            Entry::short(tag::ORIENTATION, 1),
            Entry::short(tag::SAMPLES, n as u16),
            Entry::long(tag::ROWS_PER_STRIP, self.rows_per_strip),
            Entry::offsets(tag::STRIP_BYTES, &self.lengths, big),
            Entry::shorts(tag::SAMPLE_FORMAT, &vec![format; n]),
            Entry::short(tag::PREDICTOR, self.predictor()),
        ];
        if channels.has_alpha() {
            entries.push(Entry::short(tag::EXTRA_SAMPLES, 2));
        }
        entries
    }

    /// The tags that say what the metadata says, EXIF apart.
    fn described(&self) -> Vec<Entry> {
        let metadata = &self.spec.metadata;
        let icc = metadata.icc_for(self.spec.channels.is_gray());
        let xmp = metadata.xmp_with_parameters();
        let mut entries = Vec::new();
        entries.extend(icc.map(|icc| Entry::bytes(tag::ICC, 7, icc)));
        entries.extend(xmp.map(|xmp| Entry::bytes(tag::XMP, 1, &xmp)));
        entries.extend(metadata.iptc.as_deref().map(|iptc| Entry::bytes(tag::IPTC, 7, iptc)));
        if let Some(Resolution { x, y, unit }) = metadata.resolution {
            entries.push(Entry::rational(tag::X_RESOLUTION, x));
            entries.push(Entry::rational(tag::Y_RESOLUTION, y));
            entries.push(Entry::short(tag::RESOLUTION_UNIT, ResolutionUnit::tiff_code(unit)));
        }
        entries.extend(metadata.georeference.iter().flat_map(|g| g.entries()));
        entries.extend(metadata.nodata.map(|value| Entry::text(tag::GDAL_NODATA, &number(value))));
        entries
    }
}

/// A number as GDAL writes it.
fn number(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
}

/// Each byte less the one `channels` before it.
fn difference(bytes: &mut [u8], channels: usize) {
    for i in (channels..bytes.len()).rev() {
        bytes[i] = bytes[i].wrapping_sub(bytes[i - channels]);
    }
}

/// Each little-endian 16-bit number less the one `channels` before it.
fn difference16(bytes: &mut [u8], channels: usize) {
    let at = |bytes: &[u8], i: usize| u16::from_le_bytes([bytes[i], bytes[i + 1]]);
    for i in (2 * channels..bytes.len()).step_by(2).rev() {
        let difference = at(bytes, i).wrapping_sub(at(bytes, i - 2 * channels));
        bytes[i..i + 2].copy_from_slice(&difference.to_le_bytes());
    }
}

fn words(error: std::io::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Format, Limits, PictureReader};
    use crate::raster::{Channels, Samples};

    #[test]
    fn a_big_tiff_is_read_back() {
        let spec = Spec::new(Format::Tiff, 3, 2, Channels::Gray, Depth::U8);
        let output = Output::memory();
        output.clone().write_all(&[0; HEADER as usize]).unwrap();
        let mut strips = Strips {
            output: output.clone(),
            strip_bytes: 3,
            rows_per_strip: 1,
            spec,
            end: HEADER,
            offsets: Vec::new(),
            lengths: Vec::new(),
            bytes: Vec::new(),
            strip: Vec::new(),
        };
        strips.rows(&[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]).unwrap();
        strips.close(true).unwrap();
        let bytes = output.complete("big").unwrap();
        assert_eq!(bytes[2], 43);
        let reader = PictureReader::from_bytes(bytes, "big.tif", &Limits::default()).unwrap();
        let expected = Samples::U8(vec![0, 51, 102, 153, 204, 255]);
        assert_eq!(reader.into_raster().unwrap().into_samples(), expected);
    }
}
