//! Reading a TIFF's picture strip by strip, or one row of tiles at a time.

use std::ops::Range;

use super::jpeg::{self, Stream};
use super::layout::{self, Layout};
use super::packing::Packing;
use super::pages;
use super::samples::ChunkArea;
use super::strips::{CUT, Strips};
use super::tags::Tags;
use super::ycbcr;
use super::{described, fax};
use crate::error::{Error, Result};
use crate::memory;
use crate::picture::decode::{Decode, Opened, RowBuffer, Source};
use crate::picture::ifd::{Walker, tag};
use crate::picture::limits::Allowance;
use crate::picture::{Format, Info, Limits, NoteKind, Notes};
use crate::raster::{Depth, Samples};

pub(in crate::picture) fn open(source: Source, name: &str, limits: &Limits) -> Result<Opened> {
    let damaged = |what| Error::decode(name, format!("the TIFF file is damaged: {what}"));
    let mut allowance = Allowance::new(limits);
    let walker = Walker::new(source, allowance.left());
    let mut walker = walker.ok_or_else(|| damaged("it is cut short"))?;
    let page = pages::choose(&mut walker)
        .ok_or_else(|| damaged("no directory in it holds a picture, or it is cut short"))?;
    let others = if limits.strip { &described::KEPT[..] } else { &described::TAGS };
    let tags = Tags::read(&mut walker, page.at, others, name)?;
    let (width, height) = tags.size().ok_or_else(|| damaged("it has no size"))?;
    limits.check(name, width, height)?;
    let notes = Notes::default();
    let layout = Layout::of(&tags, walker.big_endian, name, &notes)?;
    layout::check_tiles(&layout, name, limits)?;
    let chunks = Chunks::of(&tags, &layout, walker.len, name)?;
    let above = match page.above {
        Some(at) => Tags::read(&mut walker, at, others, name)?,
        None => Tags::default(),
    };
    let tables = tags.bytes(tag::JPEG_TABLES).filter(|_| layout.packing == Packing::Jpeg);
    let tables = tables.map(jpeg::tables).unwrap_or_default();
    if tables.len() > jpeg::MOST_TABLES {
        return Err(damaged("its JPEG tables are too long"));
    }
    let described = tags.with(above);
    let (metadata, orientation) = described::metadata(&mut walker, &described, &layout, &notes);
    allowance.take(name, usize::try_from(walker.taken).unwrap_or(usize::MAX))?;
    if page.pages == 0 {
        notes.add(NoteKind::Metadata, "the file says that it holds only a reduced copy");
    }
    if walker.left_out {
        let text = "tags were left out: together they are longer than the file, or than is allowed";
        notes.add(NoteKind::Metadata, text);
    }
    let info = Info {
        format: Format::Tiff,
        width,
        height,
        channels: layout.channels,
        depth: layout.depth,
        pages: page.pages.max(1),
        metadata,
    };
    let most = chunks.lengths.iter().copied().max().unwrap_or(0);
    let rows = Rows {
        strips: Strips::new(walker.into_reader(), &layout, most, name)?,
        layout,
        chunks,
        tables,
        name: name.to_owned(),
        notes: notes.clone(),
        row: 0,
        band: Samples::U8(Vec::new()),
        raw: Vec::new(),
        packed: Vec::new(),
    };
    Ok(Opened { info, orientation, decoder: Box::new(rows), notes })
}

/// Where the strips or tiles are.
struct Chunks {
    offsets: Vec<u64>,
    lengths: Vec<u64>,
}

impl Chunks {
    fn of(tags: &Tags, layout: &Layout, file: u64, name: &str) -> Result<Self> {
        let few =
            || Error::decode(name, "the TIFF file is damaged: it has too few strips or tiles");
        let (offsets, lengths) = match layout.tiled {
            true => (tag::TILE_OFFSETS, tag::TILE_BYTES),
            false => (tag::STRIP_OFFSETS, tag::STRIP_BYTES),
        };
        let (across, down) = layout.grid();
        let planes = if layout.planar { layout.stored as u64 } else { 1 };
        let needed = u64::from(across).checked_mul(down.into()).and_then(|n| n.checked_mul(planes));
        let offsets = tags.integers(offsets);
        let mut lengths = tags.integers(lengths);
        let Some(needed) = needed.filter(|&n| n <= offsets.len() as u64) else { return Err(few()) };
        let needed = needed as usize;
        if lengths.is_empty() {
            lengths = vec![0; needed];
        } else if lengths.len() < needed {
            return Err(few());
        }
        let rows =
            |i: usize| layout.chunk_rows((i as u64 / u64::from(across) % u64::from(down)) as u32);
        for (i, (&offset, length)) in offsets.iter().zip(&mut lengths).enumerate().take(needed) {
            let left = file.saturating_sub(offset);
            // Old programs did not say how long they are.
            if *length == 0 && offset > 0 {
                *length = match layout.packing {
                    Packing::None => layout.chunk_bytes(rows(i)),
                    _ if needed == 1 => left,
                    _ => 0,
                };
            }
            let rows = rows(i);
            // No scheme makes so much more of what it packs.
            let sane = layout.chunk_bytes(rows).saturating_mul(8).saturating_add(1 << 20);
            *length = (*length).min(left).min(sane);
            let most = (*length).saturating_mul(layout.packing.most_from_byte());
            let wanted = match layout.packing {
                Packing::Fax(_) => rows.into(),
                Packing::Jpeg => u64::from(layout.chunk_width()) * u64::from(rows),
                _ => layout.chunk_bytes(rows),
            };
            let used = !layout.planar || layout.uses(i / (across as usize * down as usize));
            if used && most < wanted {
                return Err(Error::decode(
                    name,
                    "the TIFF file lacks pixels; it is damaged or cut short",
                ));
            }
        }
        Ok(Self { offsets, lengths })
    }

    /// Where strip or tile `index` lies in the file.
    fn place(&self, index: usize) -> Range<u64> {
        let (start, len) = (self.offsets[index], self.lengths[index]);
        start..start.saturating_add(len)
    }
}

struct Rows {
    strips: Strips,
    layout: Layout,
    chunks: Chunks,
    tables: Vec<u8>,
    name: String,
    notes: Notes,
    row: u32,
    /// The strip or row of tiles that holds row `row`, where that is not its first.
    band: Samples,
    /// A strip or tile without compression, and with it.
    raw: Vec<u8>,
    packed: Vec<u8>,
}

impl Decode for Rows {
    fn rows(&mut self, mut target: RowBuffer<'_>) -> Result<()> {
        let row_len = self.layout.width as usize * self.layout.channels.count();
        let mut done = 0;
        while done < target.len() {
            let in_band = self.row % self.layout.chunk.1;
            let band_rows = self.layout.chunk.1.min(self.layout.height - (self.row - in_band));
            let left = (band_rows - in_band) as usize * row_len;
            let len = left.min(target.len() - done);
            let mut part = target.part(done..done + len);
            if in_band == 0 && len == left && self.layout.is_direct() {
                self.direct(part.bytes(), band_rows)?;
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
        self.layout.finish(&mut target);
        Ok(())
    }

    /// A strip or a row of tiles, and what one of them is made of.
    fn memory(&self, _bytes: u64) -> u64 {
        let layout = &self.layout;
        let rows = layout.chunk_rows(0);
        let pixel = (layout.channels.count() * layout.depth.bytes()) as u64;
        let band = u64::from(layout.width) * u64::from(rows) * pixel;
        let spread = match layout.subsampling() {
            (1, 1) => 0,
            _ => 3 * u64::from(layout.chunk_width()) * u64::from(rows),
        };
        let packed = match layout.packing {
            Packing::Fax(_) | Packing::Jpeg => self.chunks.lengths.iter().copied().max(),
            _ => None,
        };
        band + layout.chunk_bytes(rows) + spread + packed.unwrap_or(0)
    }
}

impl Rows {
    /// The strip that begins at the current row, decoded where it belongs.
    fn direct(&mut self, target: &mut [u8], rows: u32) -> Result<()> {
        let chunk = (self.row / self.layout.chunk.1) as usize;
        if let Packing::Fax(_) = self.layout.packing {
            return Err(self.damaged("its compression is for one bit a pixel"));
        }
        debug_assert_eq!(target.len() as u64, self.layout.chunk_bytes(rows));
        self.strips.decode(&self.layout, self.chunks.place(chunk), rows, target)
    }

    fn read_band(&mut self, rows: u32, depth: Depth) -> Result<()> {
        let len = self.layout.width as usize * rows as usize * self.layout.channels.count();
        if self.band.len() != len || self.band.depth() != depth {
            self.band = Samples::U8(Vec::new());
            self.band = Samples::try_zeroed(depth, len, &self.name)?;
        }
        let (across, down) = self.layout.grid();
        let band = u64::from(self.row / self.layout.chunk.1);
        let planes = if self.layout.planar { self.layout.stored } else { 1 };
        for plane in 0..planes {
            let used = !self.layout.planar || self.layout.uses(plane);
            for column in 0..if used { across } else { 0 } {
                let index = (plane as u64 * u64::from(down) + band) * u64::from(across);
                let x = column * self.layout.chunk_width();
                let place = ChunkArea {
                    x,
                    width: self.layout.chunk_width().min(self.layout.width - x),
                    rows,
                    plane: self.layout.planar.then_some(plane),
                };
                self.chunk(index as usize + column as usize, rows)?;
                self.layout.place(&self.raw, &mut self.band, place);
            }
        }
        Ok(())
    }

    /// Decodes at least `rows` rows of a strip or tile into `raw`.
    fn chunk(&mut self, index: usize, rows: u32) -> Result<()> {
        let mut raw = std::mem::take(&mut self.raw);
        let result = match self.layout.packing {
            Packing::Jpeg => self.jpeg(index, rows, &mut raw),
            packing => self.bytes(index, rows, packing, &mut raw),
        };
        self.raw = raw;
        result
    }

    fn bytes(
        &mut self,
        index: usize,
        rows: u32,
        packing: Packing,
        raw: &mut Vec<u8>,
    ) -> Result<()> {
        self.sized(raw, self.layout.chunk_bytes(rows))?;
        let place = self.chunks.place(index);
        if let Packing::Fax(fax) = packing {
            self.strips.stored(place, &mut self.packed)?;
            let size = (self.layout.chunk_width(), rows);
            match fax::unpack(&self.packed, fax, size, raw) {
                fax::Found::All => {}
                fax::Found::Part => {
                    let text = "lines of the fax are damaged; parts of them are missing";
                    self.notes.add(NoteKind::Incomplete, text);
                }
                fax::Found::TooFew => return Err(Error::decode(&self.name, CUT)),
            }
            return Ok(());
        }
        self.strips.decode(&self.layout, place, rows, raw)?;
        let subsampling = self.layout.subsampling();
        if subsampling != (1, 1) {
            let width = self.layout.chunk_width();
            let packed = std::mem::take(raw);
            self.sized(raw, u64::from(width) * u64::from(rows) * 3)?;
            ycbcr::spread(&packed, subsampling, (width, rows), raw);
        }
        Ok(())
    }

    fn jpeg(&mut self, index: usize, rows: u32, raw: &mut Vec<u8>) -> Result<()> {
        self.strips.stored(self.chunks.place(index), &mut self.packed)?;
        let stream = Stream::of(&self.packed, &self.tables, &self.name)?;
        let ((width, height), most) = (stream.size(), self.layout.chunk.1.next_multiple_of(16));
        // Some programs fill up the blocks at the bottom.
        let fits = width == self.layout.chunk_width() as usize
            && (rows as usize..=most as usize).contains(&height);
        if !fits || stream.components() != self.layout.samples_in_chunk() {
            return Err(self.damaged("its parts disagree on its size or colours"));
        }
        let decoded = stream.decode(&self.name)?;
        if decoded.missing {
            let text = "the data of a JPEG stream in it ends too early; pixels are missing";
            self.notes.add(NoteKind::Incomplete, text);
        } else if decoded.damaged {
            let text = "a JPEG stream in it is damaged; some pixels may be wrong";
            self.notes.add(NoteKind::Incomplete, text);
        }
        *raw = decoded.samples;
        Ok(())
    }

    /// Makes `buffer` `len` bytes long.
    fn sized(&self, buffer: &mut Vec<u8>, len: u64) -> Result<()> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if buffer.len() != len {
            *buffer = Vec::new();
            *buffer = memory::zeroed(len, &self.name)?;
        }
        Ok(())
    }

    fn damaged(&self, what: &str) -> Error {
        Error::decode(&self.name, format!("the TIFF file is damaged: {what}"))
    }
}
