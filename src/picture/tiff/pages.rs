//! Which of a TIFF's directories is the picture, and how many pages there are.

use std::collections::HashSet;
use std::io::{Read, Seek};

use crate::picture::ifd::{EntrySpan, Walker, tag};

/// Directories that are looked at.
const MAX_DIRECTORIES: usize = 1 << 16;
/// Directories under one other that are looked at.
const MAX_SUB_DIRECTORIES: usize = 64;

/// The directory to read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Page {
    pub at: u64,
    /// The directory above it, where there is one: it may say what this one does not.
    pub above: Option<u64>,
    /// Pages of the file, without reduced copies and masks; 0 when there are only such.
    pub pages: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Full,
    Reduced,
    Mask,
}

/// A directory that holds pixels.
#[derive(Clone, Debug)]
struct Directory {
    at: u64,
    role: Role,
    size: (u64, u64),
    subs: Option<EntrySpan>,
}

impl Directory {
    fn pixels(&self) -> u64 {
        self.size.0.saturating_mul(self.size.1)
    }
}

/// Chooses the first picture at full resolution, or else the largest of the reduced ones. `None`
/// when no directory holds pixels but those of masks.
pub(super) fn choose<R: Read + Seek>(walker: &mut Walker<R>) -> Option<Page> {
    let mut seen = HashSet::new();
    let mut next = Some(walker.first);
    let (mut full, mut reduced) = (None, None);
    let mut pages = 0;
    while let Some(at) = next.filter(|&at| at > 0 && seen.len() < MAX_DIRECTORIES) {
        if !seen.insert(at) {
            break;
        }
        let Some((directory, link)) = look(walker, at) else { break };
        next = walker.offset(link);
        let Some(main) = directory else { continue };
        let wanted = main.role != Role::Full || full.is_none();
        let subs = if wanted { below(walker, &main) } else { Vec::new() };
        let larger = |s: &&Directory| s.size.0 > main.size.0 && s.size.1 > main.size.1;
        let best = subs.iter().filter(|s| s.role == Role::Full).max_by_key(|s| s.pixels());
        let page = match main.role {
            Role::Full => best.filter(larger).map_or((at, None), |s| (s.at, Some(at))),
            _ => match best {
                Some(sub) => (sub.at, Some(at)),
                None => {
                    let of_reduced = |d: &&Directory| d.role == Role::Reduced;
                    for d in [&main].into_iter().chain(&subs).filter(of_reduced) {
                        let above = (d.at != at).then_some(at);
                        if reduced.is_none_or(|(most, _)| d.pixels() > most) {
                            reduced = Some((d.pixels(), (d.at, above)));
                        }
                    }
                    continue;
                }
            },
        };
        pages += 1;
        full = full.or(Some(page));
    }
    let (at, above) = full.or(reduced.map(|(_, page)| page))?;
    Some(Page { at, above, pages })
}

/// The directory at `at`, if it holds pixels, and where its link to the next one is.
fn look<R: Read + Seek>(walker: &mut Walker<R>, at: u64) -> Option<(Option<Directory>, u64)> {
    let (places, link) = walker.places(at)?;
    let place = |tag| places.iter().copied().find(|p| p.tag == tag);
    let mut integer = |tag| place(tag).and_then(|p| walker.value(p)?.integer());
    let (width, height) = (integer(tag::WIDTH), integer(tag::HEIGHT));
    let role = match (integer(tag::NEW_SUBFILE), integer(tag::SUBFILE)) {
        (Some(bits), _) if bits & 4 != 0 => Role::Mask,
        (Some(bits), _) if bits & 1 != 0 => Role::Reduced,
        (None, Some(2)) => Role::Reduced,
        _ => Role::Full,
    };
    let stored = [tag::STRIP_OFFSETS, tag::TILE_OFFSETS].into_iter().find_map(place).is_some();
    let directory = width.zip(height).filter(|_| stored).map(|size| Directory {
        at,
        role,
        size,
        subs: place(tag::SUB_DIRECTORIES),
    });
    Some((directory, link))
}

/// The directories with pixels that `main` names as its own.
fn below<R: Read + Seek>(walker: &mut Walker<R>, main: &Directory) -> Vec<Directory> {
    let Some(entry) = main.subs.and_then(|place| walker.value(place)) else { return Vec::new() };
    let offsets = entry.integers().take(MAX_SUB_DIRECTORIES);
    offsets.filter_map(|at| look(walker, at)?.0).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::picture::ifd::{Entry, directory};

    /// Directories (their NewSubfileType, side and SubIFDs, as indices) and the chain of them.
    fn file(all: &[(u32, u32, &[usize])], chain: &[usize]) -> (Vec<u8>, Vec<u64>) {
        let size = |subs: &[usize]| 2 + 12 * (4 + usize::from(!subs.is_empty())) + 4 + 64;
        let mut at = 8;
        let mut offsets = Vec::new();
        for (_, _, subs) in all {
            offsets.push(at as u64);
            at += size(subs);
        }
        let mut out = b"II*\0".to_vec();
        out.extend((offsets[chain[0]] as u32).to_le_bytes());
        for (i, &(kind, side, subs)) in all.iter().enumerate() {
            let mut entries = vec![
                Entry::long(tag::NEW_SUBFILE, kind),
                Entry::long(tag::WIDTH, side),
                Entry::long(tag::HEIGHT, side),
                Entry::long(tag::STRIP_OFFSETS, 8),
            ];
            let targets: Vec<u64> = subs.iter().map(|&s| offsets[s]).collect();
            if !targets.is_empty() {
                entries.push(Entry::offsets(tag::SUB_DIRECTORIES, &targets, false));
            }
            let mut bytes = directory(entries.clone(), offsets[i], false);
            let next = chain.iter().position(|&c| c == i).and_then(|p| chain.get(p + 1));
            let link = 2 + 12 * entries.len();
            let to = next.map_or(0, |&n| offsets[n] as u32);
            bytes[link..link + 4].copy_from_slice(&to.to_le_bytes());
            bytes.resize(size(subs), 0);
            out.extend(bytes);
        }
        (out, offsets)
    }

    fn chosen(
        all: &[(u32, u32, &[usize])],
        chain: &[usize],
    ) -> Option<(usize, Option<usize>, u32)> {
        let (bytes, offsets) = file(all, chain);
        let page = choose(&mut Walker::new(Cursor::new(bytes), 1 << 20)?)?;
        let index = |at| offsets.iter().position(|&o| o == at);
        Some((index(page.at)?, page.above.and_then(index), page.pages))
    }

    #[test]
    fn the_picture_is_found_behind_thumbnails_and_below_them() {
        let none: &[usize] = &[];
        assert_eq!(chosen(&[(0, 9, none), (0, 8, none)], &[0, 1]), Some((0, None, 2)));
        assert_eq!(chosen(&[(1, 3, none), (0, 9, none)], &[0, 1]), Some((1, None, 1)));
        assert_eq!(chosen(&[(4, 9, none), (0, 9, none)], &[0, 1]), Some((1, None, 1)));
        assert_eq!(chosen(&[(0, 9, none), (1, 3, none)], &[1, 0]), Some((0, None, 1)));
        assert_eq!(
            chosen(&[(1, 3, &[1, 2]), (0, 9, none), (1, 5, none)], &[0]),
            Some((1, Some(0), 1))
        );
        assert_eq!(chosen(&[(0, 9, &[1]), (1, 3, none)], &[0]), Some((0, None, 1)));
        assert_eq!(chosen(&[(0, 3, &[1]), (0, 9, none)], &[0]), Some((1, Some(0), 1)));
        assert_eq!(chosen(&[(1, 3, none), (1, 5, none)], &[0, 1]), Some((1, None, 0)));
        assert_eq!(chosen(&[(4, 3, none)], &[0]), None);
    }

    #[test]
    fn chains_that_go_round_end() {
        assert_eq!(chosen(&[(0, 9, &[]), (0, 9, &[])], &[0, 1, 0]), Some((0, None, 2)));
    }
}
