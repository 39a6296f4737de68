//! Reading TIFF and BigTIFF: the first page, strip by strip or one row of tiles at a time.

use std::io::Seek;

use tiff::decoder::{ChunkType, Decoder, DecodingResult};
use tiff::{ColorType, TiffError};

use super::exif::{self, Tree};
use super::ifd::{Entry, Walker, tag};
use super::reader::{Decode, Opened, Source, Target};
use super::tiff_pixels::{Layout, unpremultiply};
use super::{Format, Info, Limits, Metadata, Notes};
use crate::error::{Error, Result};
use crate::raster::{Channels, Depth, Samples};

const PLANAR: u16 = 284;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const ASSOCIATED: u64 = 1;
const UNASSOCIATED: u64 = 2;

pub(super) fn open(mut source: Source, name: &str, limits: &Limits) -> Result<Opened> {
    let damaged = || Error::decode(name, "the TIFF file is damaged or cut short: no directory");
    let mut walker = Walker::new(&mut source, limits.max_metadata).ok_or_else(damaged)?;
    let first = walker.first;
    let tags = walker.entries(first).ok_or_else(damaged)?;
    let tags = Tags(tags);
    let pages = walker.pages();
    let tree = Tree::with_main(&mut walker, tags.0.clone());
    source.rewind().map_err(|e| Error::io(name, "read", e))?;
    let (width, height) = tags.size().ok_or_else(damaged)?;
    limits.check(name, width, height)?;
    let mut allowed = tiff::decoder::Limits::default();
    let most = limits.max_pixels.saturating_mul(16);
    allowed.decoding_buffer_size = usize::try_from(most).unwrap_or(usize::MAX);
    allowed.intermediate_buffer_size = allowed.decoding_buffer_size;
    allowed.ifd_value_size = limits.max_metadata;
    let decoder = Decoder::new(source).map_err(|e| failed(name, e))?;
    let mut decoder = decoder.with_limits(allowed);
    if decoder.dimensions().map_err(|e| failed(name, e))? != (width, height) {
        return Err(Error::decode(name, "the TIFF file is damaged: it declares two sizes"));
    }
    let colour = decoder.colortype().map_err(|e| failed(name, e))?;
    let depth = tags.depth(bits(colour), name)?;
    tags.check_chunks(name, limits)?;
    let layout = tags.layout(&decoder, colour, name)?;
    let stored = match tags.integer(tag::COMPRESSION).unwrap_or(1) {
        1 => decoder.find_tag_unsigned_vec(tiff::tags::Tag::StripByteCounts),
        _ => Ok(None),
    };
    let stored = stored.map_err(|e| failed(name, e))?;
    let info = Info {
        format: Format::Tiff,
        width,
        height,
        channels: layout.channels,
        depth,
        pages,
        metadata: tags.metadata(tree),
    };
    let orientation = exif::orientation_of(&tags.0);
    let name = name.to_owned();
    let band = Samples::U8(Vec::new());
    let rows = Rows { decoder, layout, stored, width, height, name, row: 0, band };
    Ok(Opened { info, orientation, decoder: Box::new(rows), notes: Notes::default() })
}

fn failed(name: &str, error: TiffError) -> Error {
    match error {
        TiffError::IoError(e) if e.raw_os_error().is_some() => Error::io(name, "read", e),
        TiffError::IoError(_) => Error::decode(
            name,
            "the TIFF file is damaged or cut short; get it again from its source",
        ),
        TiffError::UnsupportedError(e) => Error::unsupported(
            name,
            format!("a kind of TIFF that is not handled ({e}); convert it first"),
        ),
        TiffError::LimitsExceeded => {
            Error::limits(name, "a part of the TIFF file needs more memory than is allowed")
        }
        error => Error::decode(name, format!("the TIFF file is damaged: {error}")),
    }
}

/// Bits a sample.
fn bits(colour: ColorType) -> u8 {
    match colour {
        ColorType::Gray(bits)
        | ColorType::RGB(bits)
        | ColorType::Palette(bits)
        | ColorType::GrayA(bits)
        | ColorType::RGBA(bits)
        | ColorType::CMYK(bits)
        | ColorType::CMYKA(bits)
        | ColorType::YCbCr(bits)
        | ColorType::Lab(bits)
        | ColorType::Multiband { bit_depth: bits, .. } => bits,
        _ => 0,
    }
}

/// The first directory.
struct Tags(Vec<Entry>);

impl Tags {
    fn find(&self, tag: u16) -> Option<&Entry> {
        self.0.iter().find(|e| e.tag == tag)
    }

    fn integer(&self, tag: u16) -> Option<u64> {
        self.find(tag).and_then(Entry::integer)
    }

    fn size(&self) -> Option<(u32, u32)> {
        let side = |tag| u32::try_from(self.integer(tag)?).ok();
        Some((side(tag::WIDTH)?, side(tag::HEIGHT)?))
    }

    /// Checks that strips or tiles have a size, and tiles none that no picture could have.
    fn check_chunks(&self, name: &str, limits: &Limits) -> Result<()> {
        let sizes = [tag::ROWS_PER_STRIP, TILE_WIDTH, TILE_HEIGHT].map(|tag| self.integer(tag));
        if sizes.into_iter().flatten().any(|n| n == 0 || n > u64::from(u32::MAX)) {
            let problem = "the TIFF file is damaged: its strips or tiles have no size";
            return Err(Error::decode(name, problem));
        }
        match sizes {
            [_, Some(width), Some(height)] => {
                limits.check(name, width as u32, height as u32).map_err(|_| {
                    Error::limits(name, format!("tiles of {width}x{height} pixels; convert it"))
                })
            }
            _ => Ok(()),
        }
    }

    fn depth(&self, bits: u8, name: &str) -> Result<Depth> {
        if self.integer(tag::PREDICTOR) == Some(3) && !matches!(bits, 16 | 32 | 64) {
            return Err(Error::decode(
                name,
                "the TIFF file is damaged: its predictor is for floats",
            ));
        }
        match (self.integer(tag::SAMPLE_FORMAT).unwrap_or(1), bits) {
            (1 | 4, 1 | 2 | 4 | 8) => Ok(Depth::U8),
            (1 | 4, 16) => Ok(Depth::U16),
            (3, 16 | 32 | 64) => Ok(Depth::F32),
            (kind, bits) => {
                let kind = match kind {
                    1 | 4 => "unsigned",
                    2 => "signed",
                    3 => "float",
                    _ => "complex",
                };
                Err(Error::unsupported(
                    name,
                    format!(
                        "the TIFF has {bits}-bit {kind} samples; unsigned of 1, 2, 4, 8 and 16 \
                         bits and float of 16, 32 and 64 are handled, convert it to one of these"
                    ),
                ))
            }
        }
    }

    fn layout(&self, decoder: &Decoder<Source>, colour: ColorType, name: &str) -> Result<Layout> {
        let (channels, stored) = self.channels(colour, name)?;
        let bits = bits(colour);
        if channels != Channels::Gray && bits < 8 {
            let problem = "a TIFF with fewer than 8 bits a sample and colour or alpha; convert it";
            return Err(Error::unsupported(name, problem));
        }
        let chunk = decoder.chunk_dimensions();
        if chunk.0 == 0 || chunk.1 == 0 {
            return Err(Error::decode(name, "the TIFF file is damaged: its strips have no rows"));
        }
        Ok(Layout {
            channels,
            stored,
            planar: self.integer(PLANAR) == Some(2) && stored > 1,
            tiled: decoder.get_chunk_type() == ChunkType::Tile,
            chunk,
            bits,
            ycbcr: matches!(colour, ColorType::YCbCr(_)),
            converts: self.integer(tag::SAMPLE_FORMAT) == Some(3) && bits != 32,
            premultiplied: channels.has_alpha()
                && self.integer(tag::EXTRA_SAMPLES) == Some(ASSOCIATED),
        })
    }

    /// The channels that are read and how many samples are stored for a pixel.
    fn channels(&self, colour: ColorType, name: &str) -> Result<(Channels, usize)> {
        let extra = self.integer(tag::EXTRA_SAMPLES);
        let alpha = matches!(extra, Some(ASSOCIATED | UNASSOCIATED));
        let gray = matches!(self.integer(tag::PHOTOMETRIC), Some(0 | 1));
        Ok(match colour {
            ColorType::Gray(_) => (Channels::Gray, 1),
            ColorType::Multiband { num_samples, .. } if gray && num_samples > 0 => {
                let channels = if alpha { Channels::GrayAlpha } else { Channels::Gray };
                (channels, usize::from(num_samples))
            }
            ColorType::RGB(_) | ColorType::YCbCr(_) => (Channels::Rgb, 3),
            ColorType::RGBA(_) => (Channels::Rgba, 4),
            ColorType::CMYK(_) | ColorType::CMYKA(_) => {
                return Err(Error::unsupported(
                    name,
                    "the TIFF is for printing (CMYK); convert it to RGB with its profile first",
                ));
            }
            _ => {
                return Err(Error::unsupported(
                    name,
                    "the TIFF is neither grey nor RGB; convert it to RGB first",
                ));
            }
        })
    }

    fn metadata(&self, mut tree: Tree) -> Metadata {
        // Some programs describe the size there, in words that would no longer be true.
        let own = |e: &Entry| e.tag == 270 && e.data.starts_with(b"{\"shape\"");
        tree.main.retain(|e| !own(e));
        let bytes = |tag| self.find(tag).map(|e| e.data.clone());
        Metadata {
            icc: bytes(tag::ICC),
            xmp: bytes(tag::XMP),
            exif: (!tree.is_empty()).then(|| tree.to_block()),
            resolution: exif::resolution_of(&self.0),
            ..Metadata::default()
        }
    }
}

struct Rows {
    decoder: Decoder<Source>,
    layout: Layout,
    /// Bytes of each strip or tile, of a file without compression.
    stored: Option<Vec<u64>>,
    width: u32,
    height: u32,
    name: String,
    row: u32,
    /// The strip or row of tiles that holds row `row`, where that is not its first.
    band: Samples,
}

impl Decode for Rows {
    fn rows(&mut self, mut target: Target<'_>) -> Result<()> {
        let row_len = self.width as usize * self.layout.channels.count();
        let mut done = 0;
        while done < target.len() {
            let in_band = self.row % self.layout.chunk.1;
            let band_rows = self.layout.chunk.1.min(self.height - (self.row - in_band));
            let left = (band_rows - in_band) as usize * row_len;
            let len = left.min(target.len() - done);
            let mut part = target.part(done..done + len);
            if in_band == 0 && len == left && self.layout.is_direct() {
                self.direct(&mut part)?;
            } else {
                if in_band == 0 {
                    self.read_band(band_rows, part.depth())?;
                }
                let start = in_band as usize * row_len;
                part.copy_from(&self.band, start..start + len);
            }
            done += len;
            self.row += (len / row_len) as u32;
        }
        if self.layout.premultiplied {
            unpremultiply(&mut target, self.layout.channels.count());
        }
        Ok(())
    }
}

impl Rows {
    /// Checks that a chunk of `rows` rows without compression is as long as it should be: the
    /// decoder would leave out silently what it lacks.
    fn check_stored(&self, chunk: u32, rows: u32) -> Result<()> {
        let Some(stored) = &self.stored else { return Ok(()) };
        let bytes = stored.get(chunk as usize).copied().unwrap_or(0);
        if bytes < self.layout.chunk_bytes(self.width, rows) {
            return Err(Error::decode(&self.name, "the TIFF file lacks pixels; it is damaged"));
        }
        Ok(())
    }

    /// The strip that begins at `row`, decoded where it belongs.
    fn direct(&mut self, target: &mut Target<'_>) -> Result<()> {
        let chunk = self.row / self.layout.chunk.1;
        self.check_stored(chunk, self.layout.chunk.1.min(self.height - self.row))?;
        let read = self.decoder.read_chunk_bytes(chunk, target.bytes());
        read.map_err(|e| failed(&self.name, e))
    }

    fn read_band(&mut self, rows: u32, depth: Depth) -> Result<()> {
        let len = self.width as usize * rows as usize * self.layout.channels.count();
        if self.band.len() != len || self.band.depth() != depth {
            self.band = Samples::zeroed(depth, len);
        }
        let (chunk_width, chunk_height) = self.layout.chunk;
        let across = if self.layout.tiled { self.width.div_ceil(chunk_width) } else { 1 };
        let down = self.height.div_ceil(chunk_height);
        let planes = if self.layout.planar { self.layout.channels.count() as u32 } else { 1 };
        for plane in 0..planes {
            for column in 0..across {
                let pixels = self.chunk((plane, across, down), column)?;
                let x = column * chunk_width;
                let width = chunk_width.min(self.width - x);
                let place = (x, width, self.width);
                let fits = self.layout.place(pixels, &mut self.band, place, rows, plane);
                if !fits {
                    return Err(Error::decode(&self.name, "the TIFF's parts disagree on its size"));
                }
            }
        }
        Ok(())
    }

    /// The chunk in `column` of the band at the current row, of a plane of `across` x `down`.
    fn chunk(
        &mut self,
        (plane, across, down): (u32, u32, u32),
        column: u32,
    ) -> Result<DecodingResult> {
        let [plane, across, down, column] = [plane, across, down, column].map(u64::from);
        let band = u64::from(self.row / self.layout.chunk.1);
        let index = u32::try_from((plane * down + band) * across + column).map_err(|_| {
            Error::decode(&self.name, "the TIFF file is damaged: it has too many tiles")
        })?;
        self.check_stored(index, self.layout.chunk.1.min(self.height - self.row))?;
        self.decoder.read_chunk(index).map_err(|e| failed(&self.name, e))
    }
}
