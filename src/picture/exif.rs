//! EXIF blocks: what they say of orientation and resolution, kept true after a change, and taken
//! apart for TIFF, whose own directories they become.

use std::io::Cursor;

use super::ifd::{Entry, Place, Walker, directory, rational, tag};
use super::metadata::{Resolution, ResolutionUnit};
use super::orientation::Orientation;

/// Tags of a TIFF's directory that describe the picture and not its storage.
pub(super) const DESCRIPTIVE: [u16; 11] =
    [269, 270, 271, 272, 305, 306, 315, 316, 33432, 18246, 18249];

/// An EXIF block's directories.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree {
    pub main: Vec<Entry>,
    pub exif: Vec<Entry>,
    pub gps: Vec<Entry>,
    pub interop: Vec<Entry>,
}

impl Tree {
    /// Takes an EXIF block apart; `None` when it is none.
    pub fn parse(block: &[u8]) -> Option<Self> {
        let mut walker = Walker::new(Cursor::new(block), block.len())?;
        let first = walker.first;
        let main = walker.entries(first)?;
        Some(Self::with_main(&mut walker, main))
    }

    /// The directories that `main`, a picture's own, leads to; of `main` itself what describes
    /// the picture is kept.
    pub fn with_main<R: std::io::Read + std::io::Seek>(
        walker: &mut Walker<R>,
        main: Vec<Entry>,
    ) -> Self {
        let mut follow = |entries: &[Entry], tag| {
            let at = entries.iter().find(|e| e.tag == tag).and_then(Entry::integer);
            at.and_then(|at| walker.entries(at)).unwrap_or_default()
        };
        let mut exif = follow(&main, tag::EXIF);
        let gps = follow(&main, tag::GPS);
        let interop = follow(&exif, tag::INTEROP);
        exif.retain(|e| e.tag != tag::INTEROP);
        let main = main.into_iter().filter(|e| DESCRIPTIVE.contains(&e.tag)).collect();
        Self { main, exif, gps, interop }
    }

    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.main.is_empty() && self.exif.is_empty() && self.gps.is_empty()
    }

    /// Directories other than the main one as they will stand at `base` (even), and the entries
    /// that lead to them from the main one.
    pub fn sub_directories(&self, base: u64, big: bool) -> (Vec<u8>, Vec<Entry>) {
        let mut out = Vec::new();
        let mut place = |entries: Vec<Entry>, tag| {
            if entries.is_empty() {
                return None;
            }
            let at = base + out.len() as u64;
            out.extend(directory(entries, at, big));
            Some(Entry::offsets(tag, &[at], big))
        };
        let mut exif = self.exif.clone();
        exif.extend(place(self.interop.clone(), tag::INTEROP));
        let links = [place(exif, tag::EXIF), place(self.gps.clone(), tag::GPS)];
        (out, links.into_iter().flatten().collect())
    }

    /// The directories as one EXIF block.
    pub fn to_block(&self) -> Vec<u8> {
        let (subs, links) = self.sub_directories(8, false);
        let at = 8 + subs.len() as u32;
        let mut block = b"II*\0".to_vec();
        block.extend_from_slice(&at.to_le_bytes());
        block.extend(subs);
        block.extend(directory([self.main.clone(), links].concat(), at.into(), false));
        block
    }
}

/// The orientation that an EXIF block states; upright when it states none.
pub(super) fn orientation(block: &[u8]) -> Orientation {
    orientation_of(&main_entries(block))
}

/// The orientation that a first directory states; upright when it states none.
pub(super) fn orientation_of(entries: &[Entry]) -> Orientation {
    let value = entries.iter().find(|e| e.tag == tag::ORIENTATION).and_then(Entry::integer);
    value.map_or(Orientation::UPRIGHT, |v| Orientation::from_tag(v.min(9) as u16))
}

/// The resolution that an EXIF block states.
pub(super) fn resolution(block: &[u8]) -> Option<Resolution> {
    resolution_of(&main_entries(block))
}

/// The resolution that a first directory states.
pub(super) fn resolution_of(entries: &[Entry]) -> Option<Resolution> {
    let find = |tag| entries.iter().find(|e| e.tag == tag);
    let unit = match find(tag::RESOLUTION_UNIT).and_then(Entry::integer) {
        Some(1) => ResolutionUnit::None,
        Some(3) => ResolutionUnit::Centimetre,
        _ => ResolutionUnit::Inch,
    };
    let x = find(tag::X_RESOLUTION)?.ratio()?;
    let y = find(tag::Y_RESOLUTION)?.ratio()?;
    Some(Resolution { x, y, unit })
}

fn main_entries(block: &[u8]) -> Vec<Entry> {
    let walker = Walker::new(Cursor::new(block), block.len());
    walker.and_then(|mut w| w.entries(w.first)).unwrap_or_default()
}

/// Says in an EXIF block that the picture is stored upright, and takes its thumbnail, which is
/// not, out of reach.
pub(super) fn set_upright(block: &mut [u8]) {
    let Some(mut editor) = Editor::new(block) else { return };
    editor.integer(tag::ORIENTATION, 1);
    editor.unlink_thumbnail();
}

/// Says in an EXIF block, where it says anything of these, that the picture is `width` x `height`
/// pixels at `resolution`.
pub(super) fn set_size(block: &mut [u8], size: (u32, u32), resolution: Option<Resolution>) {
    let Some(mut editor) = Editor::new(block) else { return };
    for (tag, value) in [
        (tag::WIDTH, size.0),
        (tag::HEIGHT, size.1),
        (tag::PIXEL_WIDTH, size.0),
        (tag::PIXEL_HEIGHT, size.1),
    ] {
        editor.integer(tag, value);
    }
    let Some(resolution) = resolution else { return };
    editor.rational(tag::X_RESOLUTION, resolution.x);
    editor.rational(tag::Y_RESOLUTION, resolution.y);
    editor.integer(tag::RESOLUTION_UNIT, u32::from(resolution.unit.tiff_code()));
}

/// Changes values of an EXIF block in place.
struct Editor<'a> {
    block: &'a mut [u8],
    places: Vec<Place>,
    link: u64,
    big_endian: bool,
}

impl<'a> Editor<'a> {
    fn new(block: &'a mut [u8]) -> Option<Self> {
        let mut walker = Walker::new(Cursor::new(&*block), block.len())?;
        let big_endian = walker.big_endian;
        let (mut places, link) = walker.places(walker.first)?;
        let exif = places.iter().copied().find(|p| p.tag == tag::EXIF);
        let exif = exif.and_then(|place| walker.value(place)?.integer());
        let exif = exif.and_then(|at| walker.places(at));
        places.extend(exif.map(|(places, _)| places).unwrap_or_default());
        Some(Self { block, places, link, big_endian })
    }

    fn put(&mut self, at: u64, value: u32, bytes: usize) {
        let mut value = value.to_le_bytes();
        let value = &mut value[..bytes];
        if self.big_endian {
            value.reverse();
        }
        let range = usize::try_from(at).ok().and_then(|at| at.checked_add(bytes).map(|e| at..e));
        if let Some(target) = range.and_then(|range| self.block.get_mut(range)) {
            target.copy_from_slice(value);
        }
    }

    fn integer(&mut self, tag: u16, value: u32) {
        let found: Vec<Place> = self.places.iter().copied().filter(|p| p.tag == tag).collect();
        for place in found {
            match place.kind {
                3 => self.put(place.at, value.min(65535), 2),
                4 => self.put(place.at, value, 4),
                _ => {}
            }
        }
    }

    fn rational(&mut self, tag: u16, value: f64) {
        let (n, d) = rational(value);
        let Some(place) = self.places.iter().copied().find(|p| p.tag == tag && p.kind == 5) else {
            return;
        };
        self.put(place.at, n, 4);
        self.put(place.at.saturating_add(4), d, 4);
    }

    fn unlink_thumbnail(&mut self) {
        self.put(self.link, 0, 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Vec<u8> {
        let tree = Tree {
            main: vec![
                Entry::bytes(271, 2, b"Maker\0"),
                Entry::short(tag::ORIENTATION, 6),
                Entry::rational(tag::X_RESOLUTION, 72.0),
                Entry::rational(tag::Y_RESOLUTION, 72.0),
                Entry::short(tag::RESOLUTION_UNIT, 2),
            ],
            exif: vec![Entry::long(tag::PIXEL_WIDTH, 40), Entry::short(tag::PIXEL_HEIGHT, 30)],
            gps: vec![Entry::bytes(1, 2, b"N\0")],
            interop: vec![Entry::bytes(1, 2, b"R98\0")],
        };
        tree.to_block()
    }

    #[test]
    fn orientation_size_and_resolution_are_changed_in_place() {
        let mut block = block();
        assert_eq!(orientation(&block), Orientation::from_tag(6));
        set_upright(&mut block);
        assert_eq!(orientation(&block), Orientation::UPRIGHT);
        let resolution_x4 = Resolution { x: 288.0, y: 288.0, unit: ResolutionUnit::Inch };
        set_size(&mut block, (120, 160), Some(resolution_x4));
        assert_eq!(resolution(&block), Some(resolution_x4));
        let tree = Tree::parse(&block).unwrap();
        let numbers: Vec<_> = tree.exif.iter().map(Entry::integer).collect();
        assert_eq!(numbers, [Some(120), Some(160)]);
        assert_eq!(tree.interop, [Entry::bytes(1, 2, b"R98\0")]);
        assert_eq!(tree.gps, [Entry::bytes(1, 2, b"N\0")]);
        assert_eq!(tree.main, [Entry::bytes(271, 2, b"Maker\0")]);
        assert_eq!(Tree::parse(&tree.to_block()).unwrap(), tree);
    }

    #[test]
    fn damaged_blocks_are_left_alone() {
        let good = block();
        for n in 0..good.len() {
            let mut cut = good[..n].to_vec();
            set_upright(&mut cut);
            set_size(&mut cut, (1, 1), None);
            let mut flipped = good.clone();
            flipped[n] ^= 0xff;
            set_upright(&mut flipped);
            Tree::parse(&flipped);
        }
    }
}
