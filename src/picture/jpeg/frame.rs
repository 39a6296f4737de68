//! What the frame of a JPEG file declares (its kind, size and components), and what its scans give.

use crate::error::{Error, Result};

/// Most scans that a file may have: each may be short and yet takes time for the whole picture.
const MAX_SCANS: usize = 128;

/// One component: luma, a colour difference, or red, green or blue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Component {
    id: u8,
    /// The lowest bit of each coefficient, in the file's order, that scans give; none where none
    /// gives the coefficient.
    known: [Option<u8>; 64],
}

/// A picture's frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub width: usize,
    pub height: usize,
    /// Whether each scan makes all coefficients better, rather than giving some completely.
    progressive: bool,
    pub components: Vec<Component>,
    /// Blocks of all components that hold samples of the picture.
    pub blocks: usize,
    scans: usize,
}

impl Frame {
    /// Takes the frame in the body of the segment behind `marker`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a kind that is not handled, [`Error::Decode`] for what is no
    /// frame; both name the file `name`.
    pub fn parse(marker: u8, body: &[u8], name: &str) -> Result<Self> {
        let unsupported = |what: String| Err(Error::unsupported(name, what));
        if let Some(kind) = other_kind(marker) {
            return unsupported(format!("{kind}; convert it to a usual JPEG first"));
        }
        let &[bits, h0, h1, w0, w1, count, ref list @ ..] = body else {
            return Err(damaged(name, "its frame is cut short"));
        };
        let height = usize::from(u16::from_be_bytes([h0, h1]));
        let width = usize::from(u16::from_be_bytes([w0, w1]));
        if bits != 8 {
            return unsupported(format!("the JPEG has {bits} bits a sample; only 8 are handled"));
        }
        if height == 0 && width > 0 {
            return unsupported(
                "the JPEG states its height only behind its pixels (DNL); convert it first".into(),
            );
        }
        match count {
            1 | 3 => {}
            4 => {
                let problem =
                    "the JPEG is for printing (CMYK); convert it to RGB with its profile first";
                return unsupported(problem.into());
            }
            n => return unsupported(format!("the JPEG has {n} components, not 1 or 3")),
        }
        let Some(list) = list.get(..3 * usize::from(count)) else {
            return Err(damaged(name, "its frame is cut short"));
        };
        let list = list.as_chunks::<3>().0;
        let factors: Vec<_> =
            list.iter().map(|c| (usize::from(c[1] >> 4), usize::from(c[1] & 15))).collect();
        if factors.iter().any(|&(h, v)| !(1..=4).contains(&h) || !(1..=4).contains(&v)) {
            return Err(damaged(name, "its components have no size"));
        }
        let across = factors.iter().map(|f| f.0).max().unwrap_or(1);
        let down = factors.iter().map(|f| f.1).max().unwrap_or(1);
        if factors.iter().any(|&(h, v)| across % h > 0 || down % v > 0) {
            let all: Vec<_> = factors.iter().map(|(h, v)| format!("{h}x{v}")).collect();
            return unsupported(format!(
                "the JPEG has sampling factors of {}, which are no multiples of each other; \
                 convert it first",
                all.join(", ")
            ));
        }
        let side = |pixels: usize, part: usize, of: usize| (pixels * part).div_ceil(of).div_ceil(8);
        let blocks = factors.iter().map(|&(h, v)| side(width, h, across) * side(height, v, down));
        let (progressive, blocks, scans) = (marker == 0xc2, blocks.sum(), 0);
        let components = list.iter().map(|c| Component { id: c[0], known: [None; 64] }).collect();
        Ok(Self { width, height, progressive, components, blocks, scans })
    }

    /// Takes note of a scan by its header's body.
    ///
    /// # Errors
    /// [`Error::Limits`] when there are too many of them.
    pub fn add_scan(&mut self, body: &[u8], name: &str) -> Result<()> {
        self.scans += 1;
        if self.scans > MAX_SCANS {
            let problem = format!("the JPEG has over {MAX_SCANS} scans; convert it first");
            return Err(Error::limits(name, problem));
        }
        // What is no header is the decoder's to refuse.
        let list = 2 * usize::from(body.first().copied().unwrap_or_default());
        let Some((list, &[first, last, bits, ..])) =
            body.get(1..).and_then(|b| b.split_at_checked(list))
        else {
            return Ok(());
        };
        let (share, low) = match self.progressive {
            true => (first..=last, bits & 15),
            false => (0..=63, 0),
        };
        let share = usize::from(*share.start())..=usize::from(*share.end());
        for &[id, _] in list.as_chunks().0 {
            for component in self.components.iter_mut().filter(|c| c.id == id) {
                if let Some(known) = component.known.get_mut(share.clone()) {
                    known.fill(Some(low));
                }
            }
        }
        Ok(())
    }

    /// Whether scans are missing: those without which nothing is known of a component or, where
    /// the file is not `whole`, those that would make it exact.
    pub fn lacks_data(&self, whole: bool) -> bool {
        let mut known = self.components.iter().map(|c| &c.known);
        known.clone().any(|known| known[0].is_none())
            || (!whole && known.any(|known| *known != [Some(0); 64]))
    }

    /// Bytes that a decoder holds besides samples and file: lines, and the coefficients of all
    /// blocks where several scans give them.
    pub fn memory(&self) -> u64 {
        let lines = 64 * self.components.len() * self.width;
        let several = self.progressive || self.scans > 1;
        (lines + if several { 128 * self.blocks } else { 0 }) as u64
    }

    /// The fewest bytes that a file with all of its pixels has for them: each block of a
    /// sequential picture takes two codes of a bit or more, of a progressive one one.
    pub fn least_bytes(&self) -> usize {
        self.blocks * if self.progressive { 1 } else { 2 } / 8
    }
}

/// What to call a kind of frame that is not handled; none for one that is.
fn other_kind(marker: u8) -> Option<&'static str> {
    match marker {
        0xc3 => Some("a lossless JPEG is not handled"),
        0xc5..=0xc7 => Some("a hierarchical JPEG is not handled"),
        0xc9..=0xcf => Some("a JPEG with arithmetic coding is not handled"),
        _ => None,
    }
}

pub(super) fn damaged(name: &str, problem: &str) -> Error {
    Error::decode(name, format!("the JPEG file is damaged: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(marker: u8, list: &[u8]) -> Result<Frame> {
        let body = [&[8, 0, 20, 0, 33, (list.len() / 3) as u8][..], list].concat();
        Frame::parse(marker, &body, "a.jpg")
    }

    #[test]
    fn blocks_follow_from_the_factors() {
        let found = frame(0xc0, &[1, 0x22, 0, 2, 0x11, 1, 3, 0x21, 1]).unwrap();
        assert_eq!(found.blocks, 15 + 6 + 10);
        assert_eq!(found.least_bytes(), 31 * 2 / 8);
        assert_eq!(frame(0xc2, &[1, 0x23, 0]).unwrap().blocks, 15);
    }

    #[test]
    fn scans_tell_what_is_known() {
        let mut one = frame(0xc0, &[1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]).unwrap();
        for (id, lacks) in [(1, true), (3, true), (9, true), (2, false)] {
            one.add_scan(&[1, id, 0, 0, 63, 0], "a").unwrap();
            assert_eq!((one.lacks_data(true), one.lacks_data(false)), (lacks, lacks), "{id}");
        }
        let mut many = frame(0xc2, &[1, 0x11, 0]).unwrap();
        for odd in [&[][..], &[1], &[1, 1, 0, 0, 63], &[1, 1, 0, 9, 7, 0], &[1, 1, 0, 3, 64, 0]] {
            many.add_scan(odd, "a").unwrap();
            assert!(many.lacks_data(true));
        }
        let mut after = |first, last, bits| {
            many.add_scan(&[1, 1, 0, first, last, bits], "a").unwrap();
            (many.lacks_data(true), many.lacks_data(false))
        };
        assert_eq!(after(0, 0, 1), (false, true));
        assert_eq!(after(1, 63, 0), (false, true));
        assert_eq!(after(0, 0, 0x10), (false, false));
        let more = (0..MAX_SCANS).find_map(|_| many.add_scan(&[], "a").err());
        assert!(matches!(more, Some(Error::Limits { .. })));
    }

    #[test]
    fn what_is_not_handled_is_named() {
        let said = |result: Result<Frame>| result.unwrap_err().to_string();
        assert!(said(frame(0xc0, &[1, 0x31, 0, 2, 0x21, 1, 3, 0x11, 1])).contains("3x1, 2x1, 1x1"));
        assert!(said(frame(0xc1, &[1, 0x11, 0, 2, 0x11, 0])).contains("2 components"));
        assert!(said(frame(0xc1, &[1, 0x01, 0])).contains("damaged"));
        for (marker, words) in [(0xc3, "lossless"), (0xc5, "hierarchical"), (0xca, "arithmetic")] {
            let error = Frame::parse(marker, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0], "a").unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }));
            assert!(error.to_string().contains(words), "{error}");
        }
        let no_height = Frame::parse(0xc0, &[8, 0, 0, 0, 1, 1, 1, 0x11, 0], "a").unwrap_err();
        assert!(no_height.to_string().contains("DNL"));
    }
}
