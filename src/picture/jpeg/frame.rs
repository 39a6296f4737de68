//! What the frame of a JPEG file declares: its kind, size and components.

use crate::error::{Error, Result};

/// One component: luma, a colour difference, or red, green or blue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Component {
    pub id: u8,
    /// Samples across and down where the component with the most has `Frame::across` and `down`.
    pub across: usize,
    pub down: usize,
    /// Which quantisation table it uses.
    pub steps: usize,
    /// Width and height in samples.
    pub width: usize,
    pub height: usize,
    /// Blocks in a row and rows of them, as many as hold samples of the picture.
    pub blocks: (usize, usize),
    /// The same, filled up to whole groups of blocks of all components.
    pub stored: (usize, usize),
}

/// A picture's frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub width: usize,
    pub height: usize,
    /// Whether each scan makes all coefficients better, rather than giving some completely.
    pub progressive: bool,
    pub components: Vec<Component>,
    /// Most samples across and down of all components.
    pub across: usize,
    pub down: usize,
    /// Groups of blocks of all components in a row, and rows of them.
    pub groups: (usize, usize),
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
        let list: Vec<[u8; 3]> = list.as_chunks().0.to_vec();
        let mut frame = Self::new(marker == 0xc2, (width, height), &list);
        if list
            .iter()
            .any(|&[_, f, _]| !(1..=4).contains(&(f >> 4)) || !(1..=4).contains(&(f & 15)))
        {
            return Err(damaged(name, "its components have no size"));
        }
        if list.iter().any(|&[.., steps]| steps > 3) {
            return Err(damaged(name, "it names a table that there cannot be"));
        }
        let whole = |c: &Component| {
            frame.across.is_multiple_of(c.across) && frame.down.is_multiple_of(c.down)
        };
        if !frame.components.iter().all(whole) {
            let factors: Vec<String> =
                frame.components.iter().map(|c| format!("{}x{}", c.across, c.down)).collect();
            return unsupported(format!(
                "the JPEG has sampling factors of {}, which are no multiples of each other; \
                 convert it first",
                factors.join(", ")
            ));
        }
        frame.measure();
        Ok(frame)
    }

    fn new(progressive: bool, (width, height): (usize, usize), list: &[[u8; 3]]) -> Self {
        let component = |&[id, factors, steps]: &[u8; 3]| Component {
            id,
            // A single component has the picture's size, whatever factors it states.
            across: if list.len() == 1 { 1 } else { usize::from(factors >> 4) },
            down: if list.len() == 1 { 1 } else { usize::from(factors & 15) },
            steps: usize::from(steps),
            width: 0,
            height: 0,
            blocks: (0, 0),
            stored: (0, 0),
        };
        let components: Vec<_> = list.iter().map(component).collect();
        let across = components.iter().map(|c| c.across).max().unwrap_or(1);
        let down = components.iter().map(|c| c.down).max().unwrap_or(1);
        Self { width, height, progressive, components, across, down, groups: (0, 0) }
    }

    /// Works out sizes in samples and blocks.
    fn measure(&mut self) {
        let (across, down) = (self.across, self.down);
        self.groups = (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down));
        for c in &mut self.components {
            c.width = (self.width * c.across).div_ceil(across);
            c.height = (self.height * c.down).div_ceil(down);
            c.blocks = (c.width.div_ceil(8), c.height.div_ceil(8));
            c.stored = (self.groups.0 * c.across, self.groups.1 * c.down);
        }
    }

    /// The fewest bytes that a file with all of its pixels has for them: each block of a
    /// sequential picture takes two codes of a bit or more, of a progressive one one.
    pub fn least_bytes(&self) -> usize {
        let blocks: usize = self.components.iter().map(|c| c.blocks.0 * c.blocks.1).sum();
        blocks * if self.progressive { 1 } else { 2 } / 8
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

    fn frame(list: &[u8]) -> Result<Frame> {
        let body = [&[8, 0, 20, 0, 33, (list.len() / 3) as u8][..], list].concat();
        Frame::parse(0xc0, &body, "a.jpg")
    }

    #[test]
    fn sizes_follow_from_the_factors() {
        let found = frame(&[1, 0x22, 0, 2, 0x11, 1, 3, 0x21, 1]).unwrap();
        assert_eq!(found.groups, (3, 2));
        let sizes: Vec<_> =
            found.components.iter().map(|c| (c.width, c.height, c.blocks, c.stored)).collect();
        let expected =
            [(33, 20, (5, 3), (6, 4)), (17, 10, (3, 2), (3, 2)), (33, 10, (5, 2), (6, 2))];
        assert_eq!(sizes, expected);
        assert_eq!(found.least_bytes(), (15 + 6 + 10) * 2 / 8);
        let gray = frame(&[1, 0x23, 0]).unwrap();
        assert_eq!((gray.groups, gray.components[0].blocks), ((5, 3), (5, 3)));
    }

    #[test]
    fn what_is_not_handled_is_named() {
        let said = |result: Result<Frame>| result.unwrap_err().to_string();
        assert!(said(frame(&[1, 0x31, 0, 2, 0x21, 1, 3, 0x11, 1])).contains("3x1, 2x1, 1x1"));
        assert!(said(frame(&[1, 0x11, 0, 2, 0x11, 0])).contains("2 components"));
        assert!(said(frame(&[1, 0x01, 0])).contains("damaged"));
        for (marker, words) in [(0xc3, "lossless"), (0xc5, "hierarchical"), (0xca, "arithmetic")] {
            let error = Frame::parse(marker, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0], "a").unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }));
            assert!(error.to_string().contains(words), "{error}");
        }
        let no_height = Frame::parse(0xc0, &[8, 0, 0, 0, 1, 1, 1, 0x11, 0], "a").unwrap_err();
        assert!(no_height.to_string().contains("DNL"));
    }
}
