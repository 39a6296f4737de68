//! EXIF blocks: what they say of orientation and resolution, kept true after a change, and taken
//! apart for TIFF, whose own directories they become.

use std::io::Cursor;

use super::ifd::{Entry, EntrySpan, Walker, directory, rational, tag};

use super::orientation::Orientation;
use super::resolution::{Resolution, ResolutionUnit};

/// Tags of a TIFF's directory that describe the picture and not its storage.
pub(super) const DESCRIPTIVE: [u16; 11] =
    [269, 270, 271, 272, 305, 306, 315, 316, 33432, 18246, 18249];

/// Pixels across and down a unit of the sensor.
const FOCAL_PLANE: [u16; 2] = [tag::FOCAL_PLANE_X, tag::FOCAL_PLANE_Y];

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

/// Says in an EXIF block that the picture, stored in the way of `orientation` and `size` pixels
/// large, is upright, and takes its thumbnail, which is not, out of reach.
pub(super) fn set_upright(block: &mut [u8], orientation: Orientation, size: (u32, u32)) {
    let Some(mut editor) = Editor::new(block) else { return };
    editor.integer(tag::ORIENTATION, 1);
    editor.unlink_thumbnail();
    editor.subject(|subject| {
        [subject[0], subject[1]] = orientation.place([subject[0], subject[1]], size);
        if let (true, [_, _, width, height]) = (orientation.transposes(), subject) {
            std::mem::swap(width, height);
        }
    });
    if orientation.transposes() {
        let [x, y] = FOCAL_PLANE.map(|tag| editor.ratio(tag));
        editor.ratio_to(tag::FOCAL_PLANE_X, y);
        editor.ratio_to(tag::FOCAL_PLANE_Y, x);
    }
}

/// Says in an EXIF block, where it says anything of these, that the picture, which was `from` pixels
/// large, is `to` pixels large, width and height, at `resolution`.
pub(super) fn set_size(
    block: &mut [u8],
    from: (u32, u32),
    to: (u32, u32),
    resolution: Option<Resolution>,
) {
    let Some(mut editor) = Editor::new(block) else { return };
    for (tag, value) in [
        (tag::WIDTH, to.0),
        (tag::HEIGHT, to.1),
        (tag::PIXEL_WIDTH, to.0),
        (tag::PIXEL_HEIGHT, to.1),
    ] {
        editor.integer(tag, value);
    }
    if from != to {
        let part = |to: u32, from: u32| f64::from(to) / f64::from(from.max(1));
        let parts = [part(to.0, from.0), part(to.1, from.1)];
        editor.subject(|subject| {
            // A diameter stands alone.
            subject.iter_mut().zip(parts.iter().cycle()).for_each(|(n, part)| *n *= part);
        });
        for (tag, part) in FOCAL_PLANE.into_iter().zip(parts) {
            let ratio = editor.ratio(tag);
            editor.ratio_to(tag, ratio.map(|ratio| ratio * part));
        }
    }
    let Some(resolution) = resolution else { return };
    editor.rational(tag::X_RESOLUTION, resolution.x);
    editor.rational(tag::Y_RESOLUTION, resolution.y);
    editor.integer(tag::RESOLUTION_UNIT, u32::from(resolution.unit.tiff_code()));
}

/// Says in an EXIF block, where it says where the subject is, that the picture got so many pixels
/// left and above.
pub(super) fn shift(block: &mut [u8], (left, top): (u32, u32)) {
    let Some(mut editor) = Editor::new(block) else { return };
    editor.subject(|subject| {
        subject[0] += f64::from(left);
        subject[1] += f64::from(top);
    });
}

/// Changes values of an EXIF block in place.
struct Editor<'a> {
    block: &'a mut [u8],
    places: Vec<EntrySpan>,
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
        if let Some(target) = range(at, bytes).and_then(|range| self.block.get_mut(range)) {
            target.copy_from_slice(value);
        }
    }

    /// The number of `bytes` bytes, 2 or 4, that stands at `at`.
    fn get(&self, at: u64, bytes: usize) -> Option<u32> {
        let value = self.block.get(range(at, bytes)?)?;
        let add = |n: u32, b: &u8| n << 8 | u32::from(*b);
        Some(if self.big_endian {
            value.iter().fold(0, add)
        } else {
            value.iter().rev().fold(0, add)
        })
    }

    /// Changes where in the picture the subject is said to be: x and y in pixels, and what follows
    /// of width and height, or a diameter.
    fn subject(&mut self, change: impl Fn(&mut [f64])) {
        let tags = [tag::SUBJECT_AREA, tag::SUBJECT_LOCATION];
        let places = self.places.iter().copied();
        let places = places.filter(|p| tags.contains(&p.tag) && matches!(p.bytes, 4 | 6 | 8));
        for place in places.filter(|p| p.kind == 3).collect::<Vec<_>>() {
            let ats = (0..place.bytes / 2).map(|i| place.at.saturating_add(2 * i));
            let numbers = ats.clone().map(|at| self.get(at, 2).map(f64::from));
            let Some(mut numbers) = numbers.collect::<Option<Vec<f64>>>() else { continue };
            change(&mut numbers);
            ats.zip(numbers)
                .for_each(|(at, n)| self.put(at, n.clamp(0.0, 65535.0).round() as u32, 2));
        }
    }

    /// The rational of `tag`, over 0.
    fn ratio(&self, tag: u16) -> Option<f64> {
        let place = self.places.iter().find(|p| p.tag == tag && p.kind == 5)?;
        let [n, d] = [0, 4].map(|skip| self.get(place.at.saturating_add(skip), 4));
        let (n, d) = (n?, d?);
        (n > 0 && d > 0).then(|| f64::from(n) / f64::from(d))
    }

    fn ratio_to(&mut self, tag: u16, value: Option<f64>) {
        if let Some(value) = value {
            self.rational(tag, value);
        }
    }

    fn integer(&mut self, tag: u16, value: u32) {
        let found: Vec<EntrySpan> = self.places.iter().copied().filter(|p| p.tag == tag).collect();
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

/// The place of `bytes` bytes from `at` on.
fn range(at: u64, bytes: usize) -> Option<std::ops::Range<usize>> {
    let at = usize::try_from(at).ok()?;
    Some(at..at.checked_add(bytes)?)
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
            exif: vec![
                Entry::shorts(tag::SUBJECT_AREA, &[10, 20, 4, 6]),
                Entry::long(tag::PIXEL_WIDTH, 40),
                Entry::short(tag::PIXEL_HEIGHT, 30),
                Entry::rational(tag::FOCAL_PLANE_X, 1000.0),
                Entry::rational(tag::FOCAL_PLANE_Y, 500.0),
                Entry::shorts(tag::SUBJECT_LOCATION, &[10, 20]),
            ],
            gps: vec![Entry::bytes(1, 2, b"N\0")],
            interop: vec![Entry::bytes(1, 2, b"R98\0")],
        };
        tree.to_block()
    }

    #[test]
    fn orientation_size_and_resolution_are_changed_in_place() {
        let mut block = block();
        assert_eq!(orientation(&block), Orientation::from_tag(6));
        set_upright(&mut block, Orientation::from_tag(6), (40, 30));
        assert_eq!(orientation(&block), Orientation::UPRIGHT);
        let resolution_x4 = Resolution { x: 288.0, y: 288.0, unit: ResolutionUnit::Inch };
        set_size(&mut block, (30, 40), (120, 160), Some(resolution_x4));
        assert_eq!(resolution(&block), Some(resolution_x4));
        let tree = Tree::parse(&block).unwrap();
        let numbers: Vec<_> = tree.exif.iter().map(Entry::numbers).collect();
        // Turned to the right, then four times as large.
        let subject = [f64::from(4 * 9), f64::from(4 * 10), 24.0, 16.0];
        assert_eq!(numbers[0], subject);
        assert_eq!(numbers[1..5], [vec![120.0], vec![160.0], vec![2000.0], vec![4000.0]]);
        assert_eq!(numbers[5], subject[..2]);
        shift(&mut block, (5, 7));
        let shifted = Tree::parse(&block).unwrap().exif[5].numbers();
        assert_eq!(shifted, [subject[0] + 5.0, subject[1] + 7.0]);
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
            set_upright(&mut cut, Orientation::from_tag(7), (9, 9));
            set_size(&mut cut, (2, 2), (1, 1), None);
            let mut flipped = good.clone();
            flipped[n] ^= 0xff;
            set_upright(&mut flipped, Orientation::from_tag(8), (9, 9));
            Tree::parse(&flipped);
        }
    }
}
