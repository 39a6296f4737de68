//! JPEG decoding: sequential and progressive, 8 bits, one or three components, to the bit as
//! libjpeg-turbo decodes with its usual settings.
//!
//! It is our own since no other will do. `zune-jpeg`, which was used before, decodes scans of single
//! components wrongly and takes missing data for black without a word; `jpeg-decoder` is kept no
//! more; bindings to libjpeg-turbo or mozjpeg bring C code whose symbols meet those of the host's
//! own libjpeg, and leave by `longjmp` and memory that no limit reaches.

mod bits;
mod blocks;
mod frame;
mod planes;
mod progressive;
mod scan;
mod tables;
mod work;

use self::bits::END;
use self::blocks::{Band, Block, samples};
use self::frame::damaged;
use self::planes::{Plane, Rows};
use self::scan::{Flaws, Scan};
use self::tables::Tables;
use self::work::{Pipeline, spread};
use crate::engine::cpu::simd::arch;
use crate::error::{Error, Result};
use crate::memory;

pub(super) use self::frame::Frame;
pub(super) use self::planes::Colour;

/// Most scans that a file may have: each may be short and yet takes time for the whole picture.
const MAX_SCANS: usize = 128;

/// A decoded picture.
#[derive(Debug)]
pub(super) struct Decoded {
    pub samples: Vec<u8>,
    /// Whether pixels are missing, or known only roughly.
    pub missing: bool,
    /// Whether some of the compressed data makes no sense.
    pub damaged: bool,
}

/// A marker and what belongs to it.
pub(super) struct Segment<'a> {
    pub marker: u8,
    /// Where the marker begins.
    pub start: usize,
    /// What it holds, its length left out; none where the file ends before it does.
    pub body: Option<&'a [u8]>,
    /// Where it ends.
    pub end: usize,
}

/// The next marker at or behind `at`, past compressed data; none when there is no more.
pub(super) fn segment(file: &[u8], mut at: usize) -> Option<Segment<'_>> {
    let (start, marker) = loop {
        let start = at + file.get(at..)?.iter().position(|&b| b == 0xff)?;
        at = start + file[start..].iter().position(|&b| b != 0xff)? + 1;
        if file[at - 1] != 0 {
            break (start, file[at - 1]);
        }
    };
    if matches!(marker, 0x01 | 0xd0..=0xd9) {
        return Some(Segment { marker, start, body: Some(&[]), end: at });
    }
    let length = file.get(at..).and_then(<[u8]>::first_chunk::<2>);
    let length = length.map_or(usize::MAX, |&l| usize::from(u16::from_be_bytes(l)).max(2));
    let end = at.saturating_add(length);
    Some(Segment { marker, start, body: file.get(at + 2..end), end })
}

/// Decodes the picture in `file`, which messages call `name`. `whole` says whether the file has an
/// end marker: without one, a progressive picture that is not known exactly lacks data.
///
/// # Errors
/// [`Error::Decode`] when there is no data at all or what describes it is damaged,
/// [`Error::Unsupported`], and [`Error::Limits`] when the system gives no memory.
pub(super) fn decode(
    file: &[u8],
    frame: &Frame,
    colour: Colour,
    whole: bool,
    name: &str,
) -> Result<Decoded> {
    let mut decoder = Decoder::new(file, frame, name);
    let planes = decoder.planes(whole)?;
    let Flaws { missing, damaged } = decoder.flaws;
    let samples = pixels(frame, &planes, colour, name)?;
    Ok(Decoded { samples, missing, damaged })
}

struct Decoder<'a> {
    file: &'a [u8],
    frame: &'a Frame,
    name: &'a str,
    at: usize,
    tables: Tables,
    /// Each component's quantisation steps, as they were at its first scan.
    steps: Vec<Option<[u16; 64]>>,
    /// Each component's coefficients' lowest bit that is known; none when nothing is.
    known: Vec<[Option<u8>; 64]>,
    flaws: Flaws,
}

impl<'a> Decoder<'a> {
    fn new(file: &'a [u8], frame: &'a Frame, name: &'a str) -> Self {
        let count = frame.components.len();
        let (steps, known) = (vec![None; count], vec![[None; 64]; count]);
        let (tables, flaws) = (Tables::usual(), Flaws::default());
        Self { file, frame, name, at: 2, tables, steps, known, flaws }
    }

    /// Reads up to the next scan; its header's body.
    fn next_scan(&mut self) -> Result<Option<&'a [u8]>> {
        let wrong = |problem| Err(damaged(self.name, problem));
        while let Some(Segment { marker, body, end, .. }) = segment(self.file, self.at) {
            self.at = end;
            let Some(body) = body else { break };
            match marker {
                END => break,
                0xda => return Ok(Some(body)),
                0xc4 if self.tables.huffman(body).is_none() => {
                    return wrong("a Huffman table makes no sense");
                }
                0xdb if self.tables.quantisation(body).is_none() => {
                    return wrong("a quantisation table makes no sense");
                }
                0xdd => match body {
                    &[high, low] => {
                        self.tables.interval = usize::from(u16::from_be_bytes([high, low]));
                    }
                    _ => return wrong("its restart interval makes no sense"),
                },
                _ => {}
            }
        }
        Ok(None)
    }

    fn planes(&mut self, whole: bool) -> Result<Vec<Vec<u8>>> {
        let Some(body) = self.next_scan()? else {
            return Err(Error::decode(self.name, super::jpeg_read::CUT));
        };
        let tables = self.tables.clone();
        let scan = Scan::new(self.frame, &tables, body, (self.file, self.at), self.name)?;
        self.begin(&scan)?;
        if !self.frame.progressive && scan.components().count() == self.frame.components.len() {
            return self.at_once(scan);
        }
        let coefficients = self.coefficients(scan)?;
        self.flaws.missing |= self.known.iter().any(|k| k[0].is_none());
        self.flaws.missing |= !whole && self.known.iter().flatten().any(|&low| low != Some(0));
        self.transformed(&coefficients)
    }

    /// Notes what a scan gives.
    fn begin(&mut self, scan: &Scan<'_>) -> Result<()> {
        for component in scan.components() {
            if self.steps[component].is_none() {
                let place = self.frame.components[component].steps;
                let steps = self.tables.steps[place];
                let steps =
                    steps.ok_or_else(|| damaged(self.name, "a quantisation table is missing"))?;
                self.steps[component] = Some(steps);
            }
            self.known[component][scan.share.first..=scan.share.last].fill(Some(scan.share.low));
        }
        Ok(())
    }

    /// Planes for all samples of the components.
    fn empty_planes(&self) -> Result<Vec<Vec<u8>>> {
        let plane = |c: &frame::Component| memory::zeroed(64 * c.stored.0 * c.stored.1, self.name);
        self.frame.components.iter().map(plane).collect()
    }

    /// Decodes the only scan of a picture, a row of groups of blocks at a time.
    fn at_once(&mut self, mut scan: Scan<'_>) -> Result<Vec<Vec<u8>>> {
        let frame = self.frame;
        let order: Vec<usize> = scan.components().collect();
        let mut planes = self.empty_planes()?;
        let steps: Vec<_> = self.steps.iter().map(|s| s.unwrap_or([0; 64])).collect();
        let parts = planes.iter_mut().zip(&frame.components);
        let mut targets: Vec<_> =
            parts.map(|(p, c)| p.chunks_mut(64 * c.stored.0 * c.down)).collect();
        let transform = |(component, blocks, target): (usize, Vec<Block>, &mut [u8])| {
            let across = frame.components[component].stored.0;
            samples(&blocks, across, &steps[component], target);
        };
        let mut more = true;
        Pipeline::run(frame.width * frame.height, &transform, |pipeline| {
            for _ in 0..frame.groups.1 {
                let mut rows: Vec<Vec<Block>> = Vec::with_capacity(order.len());
                for &component in &order {
                    let c = &frame.components[component];
                    let len = c.stored.0 * c.down;
                    rows.push(memory::zeroed(len, self.name)?);
                }
                if more {
                    let parts = rows.iter_mut().zip(&order);
                    let mut bands: Vec<_> = parts
                        .map(|(blocks, &c)| Band { blocks, across: frame.components[c].stored.0 })
                        .collect();
                    more = scan.row(&mut bands);
                }
                for (blocks, &component) in rows.into_iter().zip(&order) {
                    if let Some(target) = targets[component].next() {
                        pipeline.put((component, blocks, target));
                    }
                }
            }
            Ok(())
        })?;
        self.flaws = scan.flaws;
        self.flaws.missing |= !more;
        Ok(planes)
    }

    /// Decodes all scans of a picture that has several, `scan` being the first.
    fn coefficients(&mut self, mut scan: Scan<'_>) -> Result<Vec<Vec<Block>>> {
        let frame = self.frame;
        let blocks = |c: &frame::Component| memory::zeroed(c.stored.0 * c.stored.1, self.name);
        let mut all = frame.components.iter().map(blocks).collect::<Result<Vec<Vec<Block>>>>()?;
        self.at = self.one_of_many(&mut scan, &mut all);
        for _ in 1..MAX_SCANS {
            let Some(body) = self.next_scan()? else { return Ok(all) };
            let tables = self.tables.clone();
            let mut scan = Scan::new(frame, &tables, body, (self.file, self.at), self.name)?;
            self.begin(&scan)?;
            self.at = self.one_of_many(&mut scan, &mut all);
        }
        Err(Error::limits(
            self.name,
            format!("the JPEG has over {MAX_SCANS} scans; convert it first"),
        ))
    }

    /// Decodes a scan into the coefficients of all components; where it ends.
    fn one_of_many(&mut self, scan: &mut Scan<'_>, all: &mut [Vec<Block>]) -> usize {
        let order: Vec<usize> = scan.components().collect();
        let mut taken: Vec<_> = order.iter().map(|&c| std::mem::take(&mut all[c])).collect();
        let parts = taken.iter_mut().zip(&order);
        let mut rows: Vec<_> = parts
            .map(|(blocks, &c)| {
                let c = &self.frame.components[c];
                let down = if order.len() == 1 { 1 } else { c.down };
                (blocks.chunks_mut(c.stored.0 * down), c.stored.0)
            })
            .collect();
        for _ in 0..scan.rows() {
            let bands = rows.iter_mut().map(|(rows, across)| Band {
                blocks: rows.next().unwrap_or_default(),
                across: *across,
            });
            if !scan.row(&mut bands.collect::<Vec<_>>()) {
                self.flaws.missing = true;
                break;
            }
        }
        for (blocks, component) in taken.into_iter().zip(order) {
            all[component] = blocks;
        }
        self.flaws.missing |= scan.flaws.missing;
        self.flaws.damaged |= scan.flaws.damaged;
        let (marker, end) = scan.marker();
        if marker == END && end == self.file.len() { end } else { end - 2 }
    }

    fn transformed(&self, coefficients: &[Vec<Block>]) -> Result<Vec<Vec<u8>>> {
        let mut planes = self.empty_planes()?;
        let components = &self.frame.components;
        let parts = planes.iter_mut().zip(coefficients).zip(components).zip(&self.steps);
        let jobs = parts.flat_map(|(((plane, blocks), c), steps)| {
            let across = c.stored.0;
            let rows = blocks.chunks(across).zip(plane.chunks_mut(64 * across));
            rows.map(move |(blocks, out)| (blocks, across, steps, out))
        });
        spread(self.frame.width * self.frame.height, jobs, |(blocks, across, steps, out)| {
            samples(blocks, across, &steps.unwrap_or([0; 64]), out);
        });
        Ok(planes)
    }
}

/// Rows that one thread makes at a time.
const ROWS: usize = 64;

fn pixels(frame: &Frame, planes: &[Vec<u8>], colour: Colour, name: &str) -> Result<Vec<u8>> {
    let row = frame.width * planes.len();
    let mut out: Vec<u8> = memory::zeroed(row * frame.height, name)?;
    let planes: Vec<_> = planes
        .iter()
        .zip(&frame.components)
        .map(|(samples, component)| Plane { samples, component })
        .collect();
    let planes = &planes;
    let jobs = out.chunks_mut(row * ROWS).enumerate();
    spread(frame.width * frame.height, jobs, |(i, out)| {
        arch().dispatch(Rows { frame, planes, colour, first: i * ROWS, out });
    });
    Ok(out)
}
