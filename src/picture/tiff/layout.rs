//! How a TIFF stores its pixels, as its tags have it.

use super::packing::{Packing, Predictor};
use super::tags::Tags;
use super::ycbcr::YCbCr;
use crate::error::{Error, Result};
use crate::picture::ifd::tag;
use crate::picture::{Limits, NoteKind, Notes};
use crate::raster::{Channels, Depth};

const ASSOCIATED: u64 = 1;
const UNASSOCIATED: u64 = 2;

/// What the samples that are no alpha mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Colour {
    Grey,
    /// Grey of which 0 is white.
    Negative,
    Rgb,
    /// Red, green and blue of each index.
    Palette(Vec<[u8; 3]>),
    YCbCr(YCbCr),
}

impl Colour {
    /// Samples that are stored for it.
    fn stored(&self) -> usize {
        if matches!(self, Self::Rgb | Self::YCbCr(_)) { 3 } else { 1 }
    }

    fn is_grey(&self) -> bool {
        matches!(self, Self::Grey | Self::Negative)
    }
}

/// How a TIFF stores its pixels.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    pub channels: Channels,
    pub depth: Depth,
    pub colour: Colour,
    /// Samples that are stored for a pixel.
    pub stored: usize,
    /// Which of these is alpha.
    pub alpha: Option<usize>,
    /// Whether colour is multiplied by alpha.
    pub premultiplied: bool,
    /// Bits a sample, and whether it is a float.
    pub bits: u8,
    pub float: bool,
    pub big_endian: bool,
    /// Whether each sample is stored apart.
    pub planar: bool,
    pub tiled: bool,
    /// Width and height of a strip or tile.
    pub chunk: (u32, u32),
    pub packing: Packing,
    /// Whether the bits of each byte are stored in reverse.
    pub reversed: bool,
    pub predictor: Predictor,
}

impl Layout {
    pub fn of(tags: &Tags, big_endian: bool, name: &str, notes: &Notes) -> Result<Self> {
        let kind = Kind { tags, name };
        let (width, height) = tags.size().ok_or_else(|| kind.damaged("it has no size"))?;
        let packing = Packing::of(tags, name)?;
        let stored = tags.integer(tag::SAMPLES).unwrap_or(1);
        if stored == 0 || stored > 0xffff {
            return Err(kind.damaged("its pixels have no samples"));
        }
        let stored = stored as usize;
        let (bits, float) = kind.sample(packing)?;
        let colour = kind.colour(bits, float, packing)?;
        let (alpha, premultiplied) = kind.alpha(stored, &colour, notes)?;
        let channels = match (colour.is_grey(), alpha.is_some()) {
            (true, false) => Channels::Gray,
            (true, true) => Channels::GrayAlpha,
            (false, false) => Channels::Rgb,
            (false, true) => Channels::Rgba,
        };
        let depth = match bits {
            _ if float => Depth::F32,
            9.. if !matches!(colour, Colour::Palette(_)) => Depth::U16,
            _ => Depth::U8,
        };
        let (tiled, chunk) = kind.chunk((width, height))?;
        let layout = Self {
            width,
            height,
            channels,
            depth,
            stored,
            alpha,
            premultiplied,
            bits,
            float,
            big_endian,
            planar: stored > 1 && kind.planar()?,
            tiled,
            chunk,
            packing,
            reversed: packing.has_fill_order() && kind.reversed()?,
            predictor: kind.predictor(packing, bits, float)?,
            colour,
        };
        kind.check_together(&layout)?;
        Ok(layout)
    }

    /// Chroma samples of subsampled YCbCr as stored: one for so many columns and rows.
    pub fn subsampling(&self) -> (u32, u32) {
        match &self.colour {
            Colour::YCbCr(ycbcr) if self.packing != Packing::Jpeg => ycbcr.subsampling,
            _ => (1, 1),
        }
    }

    /// Samples that a strip or tile holds of each pixel.
    pub fn samples_in_chunk(&self) -> usize {
        if self.planar { 1 } else { self.stored }
    }

    /// Columns of a strip or tile.
    pub fn chunk_width(&self) -> u32 {
        if self.tiled { self.chunk.0 } else { self.width }
    }

    /// Bytes of `rows` rows of a strip or tile, without compression.
    pub fn chunk_bytes(&self, rows: u32) -> u64 {
        let width = u64::from(self.chunk_width());
        let (across, down) = self.subsampling();
        if (across, down) != (1, 1) {
            let unit = u64::from(across * down + 2);
            return width.div_ceil(across.into()) * unit * u64::from(rows.div_ceil(down));
        }
        self.row_bytes() as u64 * u64::from(rows)
    }

    /// Bytes of a row of a strip or tile, without compression and subsampling.
    pub fn row_bytes(&self) -> usize {
        let samples = self.chunk_width() as usize * self.samples_in_chunk();
        (samples * usize::from(self.bits)).div_ceil(8)
    }

    /// Whether a strip is stored as a raster holds it, compression, order of bytes and predictor
    /// apart.
    pub fn is_direct(&self) -> bool {
        !self.tiled
            && !self.planar
            && self.packing != Packing::Jpeg
            && self.subsampling() == (1, 1)
            && matches!((self.bits, self.float), (8 | 16, false) | (32, true))
            && !matches!(self.colour, Colour::Palette(_))
            && self.stored == self.channels.count()
            && self.alpha.is_none_or(|at| at + 1 == self.stored)
    }

    /// Strips or tiles of one plane: across and down.
    pub fn grid(&self) -> (u32, u32) {
        let across = if self.tiled { self.width.div_ceil(self.chunk.0) } else { 1 };
        (across, self.height.div_ceil(self.chunk.1))
    }

    /// Rows of the strips or tiles in a row of them.
    pub fn chunk_rows(&self, band: u32) -> u32 {
        match self.tiled {
            true => self.chunk.1,
            false => {
                self.chunk.1.min(self.height.saturating_sub(band.saturating_mul(self.chunk.1)))
            }
        }
    }

    /// Whether a sample that is stored apart becomes part of the picture.
    pub fn uses(&self, sample: usize) -> bool {
        (0..self.channels.count()).any(|channel| self.sample_of(channel) == sample)
    }

    /// The sample stored that becomes `channel`, or is its index in a palette.
    pub fn sample_of(&self, channel: usize) -> usize {
        match self.alpha {
            Some(alpha) if channel + 1 == self.channels.count() => alpha,
            _ if matches!(self.colour, Colour::Palette(_)) => 0,
            _ => channel,
        }
    }
}

/// What tags say, checked; refused by name where it is not handled.
struct Kind<'a> {
    tags: &'a Tags,
    name: &'a str,
}

impl Kind<'_> {
    fn damaged(&self, what: &str) -> Error {
        Error::decode(self.name, format!("the TIFF file is damaged: {what}"))
    }

    fn unsupported(&self, what: impl Into<String>) -> Error {
        Error::unsupported(self.name, what)
    }

    /// Bits of a sample and whether it is a float.
    fn sample(&self, packing: Packing) -> Result<(u8, bool)> {
        let all = self.tags.integers(tag::BITS);
        let bits = all.first().copied().unwrap_or(1);
        if all.iter().any(|&b| b != bits) {
            let problem = format!("the TIFF has samples of different numbers of bits ({all:?})");
            return Err(self.unsupported(problem + "; convert it"));
        }
        // What is undefined is unsigned.
        let known = |format| if format == 4 { 1 } else { format };
        let formats = self.tags.integers(tag::SAMPLE_FORMAT);
        let mut formats = formats.into_iter().map(known);
        let format = formats.next().unwrap_or(1);
        if formats.any(|f| f != format) {
            let problem = "the TIFF has samples of different kinds in each pixel; convert it";
            return Err(self.unsupported(problem));
        }
        let jpeg = packing == Packing::Jpeg;
        match (format, bits) {
            (1, 8) => Ok((8, false)),
            (1, 1..=16) if !jpeg => Ok((bits as u8, false)),
            (3, 16 | 32 | 64) if !jpeg => Ok((bits as u8, true)),
            _ => {
                let kind = match format {
                    1 => "unsigned",
                    2 => "signed",
                    3 => "float",
                    _ => "complex",
                };
                let handled = match jpeg {
                    true => "of JPEG only 8-bit ones are handled",
                    false => "unsigned of 1 to 16 bits and float of 16, 32 and 64 are handled",
                };
                let problem = format!("the TIFF has {bits}-bit {kind} samples; {handled}");
                Err(self.unsupported(problem + ", convert it to one of these"))
            }
        }
    }

    fn colour(&self, bits: u8, float: bool, packing: Packing) -> Result<Colour> {
        let other = match self.tags.integer(tag::PHOTOMETRIC) {
            Some(0) => return self.plain(Colour::Negative, bits, float),
            Some(1) => return self.plain(Colour::Grey, bits, float),
            Some(2) => return self.plain(Colour::Rgb, bits, float),
            Some(3) => return self.palette(bits, float),
            Some(6) if bits == 8 && !float => {
                let jpeg = packing == Packing::Jpeg;
                let ycbcr = YCbCr::of(self.tags, jpeg).map_err(|what| self.unsupported(what))?;
                return Ok(Colour::YCbCr(ycbcr));
            }
            Some(5) => {
                let problem =
                    "the TIFF is for printing (CMYK); convert it to RGB with its profile first";
                return Err(self.unsupported(problem));
            }
            Some(32803 | 34892) => {
                return Err(self.unsupported(
                    "a raw picture of a camera's sensor, not yet of colours; develop it with a raw \
                     converter first",
                ));
            }
            Some(4) => "a transparency mask".to_owned(),
            Some(6) => format!("YCbCr of {bits} bits a sample"),
            Some(8..=10) => "CIE L*a*b* colours".to_owned(),
            Some(32844 | 32845) => "SGI's LogL or LogLuv colours".to_owned(),
            Some(51177) => "a map of depth".to_owned(),
            Some(52527) => "a semantic mask".to_owned(),
            Some(code) => format!("colours of a kind that is not known (code {code})"),
            None => "samples of which it does not say what they mean".to_owned(),
        };
        Err(self.unsupported(format!("the TIFF holds {other}, not grey or RGB; convert it to RGB")))
    }

    /// `colour`, unless the file states another black and white than usual.
    fn plain(&self, colour: Colour, bits: u8, float: bool) -> Result<Colour> {
        let stated = self.tags.find(tag::REFERENCE_BLACK_WHITE).map(|e| e.numbers());
        let full = if float { 1.0 } else { ((1u32 << bits) - 1).into() };
        // Programs leave the values that are usual for YCbCr where they have converted it.
        let usual = |pair: &[f64]| {
            matches!(pair, &[b, w] if b == 0.0 && w == full) || pair == [128.0, 255.0]
        };
        match stated.filter(|_| !float) {
            Some(pairs) if !pairs.chunks(2).all(usual) => Err(self.unsupported(
                "the TIFF has another black or white than 0 and full (ReferenceBlackWhite); convert it",
            )),
            _ => Ok(colour),
        }
    }

    fn palette(&self, bits: u8, float: bool) -> Result<Colour> {
        if float || !matches!(bits, 1 | 2 | 4 | 8) {
            let problem = format!("the TIFF has a palette with {bits}-bit indices; convert it");
            return Err(self.unsupported(problem));
        }
        let count = 1 << bits;
        let map = self.tags.integers(tag::COLOUR_MAP);
        if map.len() < 3 * count {
            return Err(self.damaged("its palette is missing or too short"));
        }
        // Old programs wrote numbers of 8 bits.
        let shift = if map.iter().all(|&v| v < 256) { 0 } else { 8 };
        let value = |i: usize| (map[i] >> shift) as u8;
        let colours = (0..count).map(|i| [value(i), value(count + i), value(2 * count + i)]);
        Ok(Colour::Palette(colours.collect()))
    }

    /// Which of the samples is alpha, and whether colour is multiplied by it.
    fn alpha(
        &self,
        stored: usize,
        colour: &Colour,
        notes: &Notes,
    ) -> Result<(Option<usize>, bool)> {
        let first = colour.stored();
        let Some(extra) = stored.checked_sub(first) else {
            return Err(self.damaged("its pixels have fewer samples than its colours"));
        };
        let mut kinds = self.tags.integers(tag::EXTRA_SAMPLES);
        // As other programs take files that do not say what a fourth sample is.
        if kinds.is_empty() && extra == 1 && *colour == Colour::Rgb {
            kinds.push(UNASSOCIATED);
        }
        if kinds.len() > extra {
            // Some programs name the alpha of a file that has none.
            kinds.truncate(extra);
        }
        let is_alpha = |&kind: &u64| matches!(kind, ASSOCIATED | UNASSOCIATED);
        let alpha = kinds.iter().position(is_alpha);
        let dropped = extra - usize::from(alpha.is_some());
        if dropped > 0 {
            let samples = if dropped == 1 { "sample" } else { "samples" };
            let text =
                format!("{dropped} more {samples} a pixel, neither colour nor alpha, left out");
            notes.add(NoteKind::Metadata, text);
        }
        let premultiplied = alpha.is_some_and(|i| kinds[i] == ASSOCIATED);
        if premultiplied && matches!(colour, Colour::Negative) {
            let problem = "the TIFF has grey of which 0 is white, multiplied by alpha; convert it";
            return Err(self.unsupported(problem));
        }
        Ok((alpha.map(|i| first + i), premultiplied && !matches!(colour, Colour::Palette(_))))
    }

    fn planar(&self) -> Result<bool> {
        match self.tags.integer(tag::PLANAR) {
            None | Some(1) => Ok(false),
            Some(2) => Ok(true),
            Some(_) => Err(self.damaged("its PlanarConfiguration is unknown")),
        }
    }

    fn reversed(&self) -> Result<bool> {
        match self.tags.integer(tag::FILL_ORDER) {
            None | Some(0 | 1) => Ok(false),
            Some(2) => Ok(true),
            Some(_) => Err(self.damaged("its FillOrder is unknown")),
        }
    }

    fn predictor(&self, packing: Packing, bits: u8, float: bool) -> Result<Predictor> {
        let unsupported = |what| Err(self.unsupported(format!("the TIFF has {what}; convert it")));
        match self.tags.integer(tag::PREDICTOR) {
            _ if !packing.has_predictor() => Ok(Predictor::None),
            None | Some(0 | 1) => Ok(Predictor::None),
            Some(2) if matches!(bits, 8 | 16 | 32 | 64) => Ok(Predictor::Horizontal),
            Some(2) => unsupported(format!("a predictor for samples of {bits} bits")),
            Some(3) if float => Ok(Predictor::Float),
            Some(3) => Err(self.damaged("its predictor is for floats")),
            Some(code) => unsupported(format!("a predictor that is not known (code {code})")),
        }
    }

    /// Whether there are tiles, and the size of one or of a strip.
    fn chunk(&self, (width, height): (u32, u32)) -> Result<(bool, (u32, u32))> {
        let integer = |tag| self.tags.integer(tag);
        let side = |n: u64| u32::try_from(n).ok().filter(|&n| n > 0);
        let sizeless = || self.damaged("its strips or tiles have no size");
        let tiles = (integer(tag::TILE_WIDTH), integer(tag::TILE_HEIGHT));
        if let (Some(width), Some(height)) = tiles
            && self.tags.find(tag::TILE_OFFSETS).is_some()
        {
            return Ok((true, side(width).zip(side(height)).ok_or_else(sizeless)?));
        }
        let rows = integer(tag::ROWS_PER_STRIP).unwrap_or(height.into());
        let rows = side(rows.min(u32::MAX.into())).ok_or_else(sizeless)?;
        Ok((false, (width, rows.min(height))))
    }

    /// Refuses what is handled only one by one.
    fn check_together(&self, layout: &Layout) -> Result<()> {
        if let Packing::Fax(_) = layout.packing
            && (layout.bits != 1 || layout.samples_in_chunk() != 1)
        {
            return Err(self.damaged("its compression is for one bit a pixel"));
        }
        let (across, down) = layout.subsampling();
        if (across, down) == (1, 1) {
            return Ok(());
        }
        let with = match layout {
            Layout { planar: true, .. } => "channels apart",
            Layout { stored: 4.., .. } => "alpha",
            Layout { predictor: Predictor::Horizontal, .. } => "a predictor",
            _ if layout.tiled
                && !(layout.chunk.0.is_multiple_of(across)
                    && layout.chunk.1.is_multiple_of(down)) =>
            {
                "tiles that cut its blocks"
            }
            _ if !layout.tiled
                && layout.chunk.1 < layout.height
                && !layout.chunk.1.is_multiple_of(down) =>
            {
                "strips that cut its blocks"
            }
            _ => return Ok(()),
        };
        Err(self.unsupported(format!("the TIFF has subsampled YCbCr with {with}; convert it")))
    }
}

/// Refuses tiles that are larger than a picture may be.
pub(super) fn check_tiles(layout: &Layout, name: &str, limits: &Limits) -> Result<()> {
    let (width, height) = layout.chunk;
    if !layout.tiled {
        return Ok(());
    }
    let too_large =
        |_| Error::limits(name, format!("tiles of {width}x{height} pixels; convert it"));
    limits.check(name, width, height).map_err(too_large)
}
