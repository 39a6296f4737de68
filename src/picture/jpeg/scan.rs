//! The compressed data of one scan, taken apart into coefficients.

use super::bits::Bits;
use super::blocks::{Band, Block};
use super::frame::{Frame, damaged};
use super::tables::{Huffman, Tables};
use crate::error::Result;

/// One component's part of a scan.
struct Part<'a> {
    component: usize,
    dc: Option<&'a Huffman>,
    ac: Option<&'a Huffman>,
    /// The last block's first coefficient, from which the next one differs.
    last: i32,
}

/// Which coefficients a scan gives, and which of their bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub first: usize,
    pub last: usize,
    /// Bits known before, counted from the lowest one that was given; 0 when none was.
    pub before: u8,
    /// The lowest bit that is given.
    pub low: u8,
}

/// What was wrong with compressed data that was decoded all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Flaws {
    /// It ended before its blocks did.
    pub missing: bool,
    /// Some of it makes no sense.
    pub damaged: bool,
}

/// A scan being decoded.
pub(super) struct Scan<'a> {
    frame: &'a Frame,
    parts: Vec<Part<'a>>,
    pub share: Share,
    bits: Bits<'a>,
    interval: usize,
    /// Groups of blocks before the next restart.
    left: usize,
    restarts: u8,
    /// Blocks still to come that get nothing from this scan.
    skipped: u32,
    pub flaws: Flaws,
}

impl<'a> Scan<'a> {
    /// Takes a scan's header, its `body`; the data begins at byte `at` of `file`.
    pub fn new(
        frame: &'a Frame,
        tables: &'a Tables,
        body: &[u8],
        (file, at): (&'a [u8], usize),
        name: &str,
    ) -> Result<Self> {
        let wrong = |problem| damaged(name, problem);
        let (&count, rest) = body.split_first().ok_or_else(|| wrong("a scan has no header"))?;
        let list = rest.get(..2 * usize::from(count));
        let list = list.filter(|l| !l.is_empty()).ok_or_else(|| wrong("a scan has no header"))?;
        let Some(&[first, last, bits]) = rest.get(list.len()..list.len() + 3) else {
            return Err(wrong("a scan has no header"));
        };
        let (first, last) = (usize::from(first), usize::from(last));
        let share = if frame.progressive {
            Share { first, last, before: bits >> 4, low: bits & 15 }
        } else {
            Share { first: 0, last: 63, before: 0, low: 0 }
        };
        let refines = share.before > 0;
        let possible = match (first, last) {
            _ if !frame.progressive => true,
            (0, last) => last == 0,
            (first, last) => first <= last && last < 64 && count == 1,
        };
        if !possible || share.low > 13 || (refines && share.before != share.low + 1) {
            return Err(wrong("a scan gives coefficients that there are not"));
        }
        let mut parts: Vec<Part<'a>> = Vec::new();
        for &[id, codes] in list.as_chunks().0 {
            let component = frame.components.iter().position(|c| c.id == id);
            let component = component.ok_or_else(|| wrong("a scan of no component"))?;
            if parts.iter().any(|p| p.component == component) {
                return Err(wrong("a scan has a component twice"));
            }
            let find = |codes: &'a [Option<Huffman>; 4], place: u8, used: bool| {
                let code = codes.get(usize::from(place)).and_then(Option::as_ref);
                if used && code.is_none() {
                    Err(wrong("a Huffman table is missing"))
                } else {
                    Ok(code)
                }
            };
            let dc = find(&tables.dc, codes >> 4, share.first == 0 && !refines)?;
            let ac = find(&tables.ac, codes & 15, share.last > 0)?;
            parts.push(Part { component, dc, ac, last: 0 });
        }
        let group = parts.iter().map(|p| &frame.components[p.component]);
        if parts.len() > 1 && group.map(|c| c.across * c.down).sum::<usize>() > 10 {
            return Err(wrong("a scan has over ten blocks together"));
        }
        let interval = tables.interval;
        let bits = Bits::new(file, at);
        let (left, flaws) = (interval, Flaws::default());
        Ok(Self { frame, parts, share, bits, interval, left, restarts: 0, skipped: 0, flaws })
    }

    /// The components that the scan is of.
    pub fn components(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|p| p.component)
    }

    /// Rows of groups of blocks.
    pub fn rows(&self) -> usize {
        match &self.parts[..] {
            [part] => self.frame.components[part.component].blocks.1,
            _ => self.frame.groups.1,
        }
    }

    /// The marker behind the data, and where it ends.
    pub fn marker(&mut self) -> (u8, usize) {
        self.bits.marker()
    }

    /// Decodes row `row` of groups of blocks into `bands`, which hold for each component in the
    /// scan the rows of blocks of the row of groups. Whether more data follows.
    pub fn row(&mut self, bands: &mut [Band<'_>]) -> bool {
        let mut parts = std::mem::take(&mut self.parts);
        let more = match &mut parts[..] {
            [part] => {
                let count = self.frame.components[part.component].blocks.0;
                (0..count).all(|x| {
                    self.begin(std::slice::from_mut(part))
                        && self.group(|scan| scan.block(part, bands[0].block(x, 0)))
                })
            }
            parts => (0..self.frame.groups.0)
                .all(|x| self.begin(parts) && self.group(|scan| scan.blocks(parts, bands, x))),
        };
        self.parts = parts;
        more
    }

    /// The blocks of group `x` of all components.
    fn blocks(&mut self, parts: &mut [Part<'_>], bands: &mut [Band<'_>], x: usize) {
        for (part, band) in parts.iter_mut().zip(bands) {
            let component = &self.frame.components[part.component];
            for down in 0..component.down {
                for across in 0..component.across {
                    self.block(part, band.block(x * component.across + across, down));
                }
            }
        }
    }

    /// What comes before a group of blocks. Whether there can be data for it or a later one.
    #[inline(always)]
    fn begin(&mut self, parts: &mut [Part<'_>]) -> bool {
        if self.interval == 0 {
            return !self.bits.starved();
        }
        if self.left == 0 {
            self.left = self.interval;
            self.skipped = 0;
            parts.iter_mut().for_each(|part| part.last = 0);
            let found = self.bits.restart(self.restarts);
            self.restarts = (self.restarts + 1) & 7;
            if !found && !matches!(self.bits.marker().0, 0xd0..=0xd7) {
                self.flaws.missing = true;
                return false;
            }
            self.flaws.missing |= !found;
        }
        self.left -= 1;
        true
    }

    /// Decodes a group of blocks, unless the data has ended before it; whether there may be more.
    #[inline(always)]
    fn group(&mut self, decode: impl FnOnce(&mut Self)) -> bool {
        if self.bits.starved() {
            return true;
        }
        decode(self);
        if self.bits.starved() {
            self.flaws.missing = true;
        }
        true
    }

    #[inline(always)]
    fn block(&mut self, part: &mut Part<'_>, block: &mut Block) {
        let mut bits = self.bits;
        let done = match (self.frame.progressive, self.share) {
            (false, _) => sequential(&mut bits, part, block),
            (true, Share { first: 0, before: 0, low, .. }) => {
                difference(&mut bits, part).map(|()| block[0] = (part.last << low) as i16)
            }
            (true, Share { first: 0, low, .. }) => {
                bits.fill();
                block[0] |= (bits.take(1) << low) as i16;
                Some(())
            }
            (true, share) => part.ac.and_then(|ac| {
                let skipped = &mut self.skipped;
                if share.before == 0 {
                    super::progressive::first(&mut bits, ac, share, skipped, block)
                } else {
                    super::progressive::refine(&mut bits, ac, share, skipped, block)
                }
            }),
        };
        self.bits = bits;
        self.flaws.damaged |= done.is_none();
    }
}

/// Takes a block's first coefficient.
#[inline(always)]
fn difference(bits: &mut Bits<'_>, part: &mut Part<'_>) -> Option<()> {
    bits.fill();
    let size = part.dc?.symbol(bits)?;
    if size > 0 {
        part.last = part.last.wrapping_add(bits.number(u32::from(size)));
    }
    Some(())
}

/// Takes all coefficients of a block.
#[inline(always)]
fn sequential(bits: &mut Bits<'_>, part: &mut Part<'_>, block: &mut Block) -> Option<()> {
    let dc = difference(bits, part);
    block[0] = part.last as i16;
    dc?;
    super::progressive::coefficients(bits, part.ac?, block)
}
