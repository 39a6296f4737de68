//! Reading JPEG: what its markers say. [`super::jpeg`] decodes the pixels.

use std::io::{Read, Seek, SeekFrom};

use super::decode::{Lazy, Opened, Source};
use super::jpeg::{self, CUT, Colours, Frame};
use super::limits::Allowance;
use super::orientation::Orientation;
use super::{
    Format, Info, Limits, Metadata, NoteKind, Notes, Resolution, ResolutionUnit, exif, iptc, xmp,
};
use crate::error::{Error, Result};
use crate::raster::{Channels, Depth, Samples};

/// What an APP1 segment with an XMP packet begins with.
pub(super) const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What an APP1 segment with a part of a longer XMP packet begins with.
const LONG_XMP_HEAD: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// What an APP1 segment with an EXIF block begins with.
pub(super) const EXIF_HEAD: &[u8] = b"Exif\0\0";
/// What an APP2 segment with a piece of an ICC profile begins with.
pub(super) const ICC_HEAD: &[u8] = b"ICC_PROFILE\0";
/// What an APP2 segment begins with that lists further pictures in the file.
const PICTURES_HEAD: &[u8] = b"MPF\0";
/// What an APP2 segment begins with that says how a gain map is used.
const GAIN_MAP_HEAD: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

pub(super) fn open(source: Source, name: &str, limits: &Limits) -> Result<Opened> {
    let bytes = read(source, name, limits)?;
    let head = Head::scan(&bytes, name)?;
    let frame = head.frame.as_ref().ok_or_else(|| Error::decode(name, NO_PICTURE))?;
    limits.check(name, frame.width as u32, frame.height as u32)?;
    let channels = if frame.components.len() == 1 { Channels::Gray } else { Channels::Rgb };
    let metadata = head.metadata(name, &mut Allowance::new(limits))?;
    let orientation = metadata.exif.as_deref().map_or(Orientation::UPRIGHT, exif::orientation);
    let (width, height) = (frame.width as u32, frame.height as u32);
    let (format, depth) = (Format::Jpeg, Depth::U8);
    let info = Info { format, width, height, channels, depth, pages: 1, metadata };
    let notes = Notes::default();
    head.note(&bytes, &notes);
    let facts = Facts {
        frame: frame.clone(),
        whole: head.whole,
        kept: head.kept,
        data: head.data,
        name: name.to_owned(),
        notes: notes.clone(),
    };
    let besides = bytes.len() as u64 + facts.frame.memory();
    let decoder = Box::new(Lazy::new(besides, move || facts.decode(&bytes)));
    Ok(Opened { info, orientation, decoder, notes })
}

/// The whole file, unless it is larger than any picture that is allowed.
fn read(mut source: Source, name: &str, limits: &Limits) -> Result<Vec<u8>> {
    let failed = |e| Error::io(name, "read", e);
    let len = source.seek(SeekFrom::End(0)).map_err(failed)?;
    source.rewind().map_err(failed)?;
    limits.check_memory(name, len)?;
    let most = limits.max_pixels.saturating_mul(4).saturating_add(limits.max_metadata as u64);
    let mut bytes = Vec::new();
    let mut source = source.take(most.saturating_add(1));
    source.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        let problem = format!("over {most} bytes, more than a JPEG of allowed size takes");
        return Err(Error::limits(name, problem));
    }
    Ok(bytes)
}
const NO_PICTURE: &str = "the JPEG file is damaged: it declares no picture";
/// How far behind the picture a gain map's description is looked for.
const NEAR: usize = 1 << 18;

/// What decoding needs to know.
struct Facts {
    frame: Frame,
    whole: bool,
    kept: usize,
    data: usize,
    name: String,
    notes: Notes,
}

impl Facts {
    fn decode(&self, file: &[u8]) -> Result<Samples> {
        let Self { frame, name, notes, .. } = self;
        // Less than an eighth of the fewest bytes is far less than a hundredth of the usual ones.
        if self.data < frame.least_bytes() / 8 {
            return Err(Error::decode(
                name,
                format!(
                    "the JPEG file has {} bytes for {}x{} pixels, which take {} or more; get it \
                     again from its source",
                    self.data,
                    frame.width,
                    frame.height,
                    frame.least_bytes()
                ),
            ));
        }
        let decoded = jpeg::decode(
            &file[..self.kept.min(file.len())],
            frame,
            self.whole,
            Colours::Shown,
            name,
        )?;
        if decoded.missing {
            let problem = "its compressed data ends too early; pixels are missing and left grey \
                           or rough";
            notes.add(NoteKind::Incomplete, problem);
        } else if decoded.damaged {
            let problem = "its compressed data is damaged; some pixels may be wrong";
            notes.add(NoteKind::Incomplete, problem);
        } else if !self.whole {
            notes.add(NoteKind::Repaired, "its end marker is missing; every pixel is there");
        }
        Ok(Samples::U8(decoded.samples))
    }
}

/// What the markers of a JPEG file say.
#[derive(Default)]
struct Head<'a> {
    frame: Option<Frame>,
    jfif: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    icc: Vec<(u8, &'a [u8])>,
    photoshop: Vec<&'a [u8]>,
    comments: Vec<&'a [u8]>,
    long_xmp: bool,
    gain_map: bool,
    pictures: bool,
    scans: usize,
    /// Bytes of compressed data.
    data: usize,
    /// Whether there is an end marker.
    whole: bool,
    /// Where the picture ends.
    end: usize,
    /// Where a segment begins that is cut short, or the file's length.
    kept: usize,
}

impl<'a> Head<'a> {
    /// Walks the markers up to the end of the picture.
    fn scan(bytes: &'a [u8], name: &str) -> Result<Self> {
        let mut head = Self { kept: bytes.len(), ..Self::default() };
        let (mut at, mut data_from) = (2, None);
        while let Some(jpeg::Segment { marker, start, body, end }) = jpeg::segment(bytes, at) {
            at = end;
            if matches!(marker, 0x01 | 0xd0..=0xd8) {
                continue;
            }
            head.data += data_from.take().map_or(0, |from| start - from);
            let Some(body) = body else {
                head.kept = start;
                break;
            };
            match marker {
                0xd9 => {
                    head.whole = true;
                    break;
                }
                0xda => {
                    head.scans += 1;
                    head.frame.as_mut().map_or(Ok(()), |frame| frame.add_scan(body, name))?;
                    data_from = Some(end);
                }
                0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                    if head.frame.replace(Frame::parse(marker, body, name)?).is_some() {
                        let problem = "the JPEG file is damaged: it declares two pictures";
                        return Err(Error::decode(name, problem));
                    }
                }
                _ => head.take(marker, body),
            }
        }
        head.data += data_from.map_or(0, |from| bytes.len() - from);
        head.end = at.min(bytes.len());
        match (head.scans, &head.frame, head.whole) {
            (0, None, true) => Err(Error::decode(name, NO_PICTURE)),
            (0, ..) => Err(Error::decode(name, CUT)),
            _ => Ok(head),
        }
    }

    fn take(&mut self, marker: u8, body: &'a [u8]) {
        match marker {
            0xe0 if body.starts_with(b"JFIF\0") => self.jfif = Some(body),
            0xe1 if body.starts_with(EXIF_HEAD) && self.exif.is_none() => {
                self.exif = Some(&body[EXIF_HEAD.len()..]);
            }
            0xe1 if body.starts_with(XMP_HEAD) => self.xmp = Some(&body[XMP_HEAD.len()..]),
            0xe1 if body.starts_with(LONG_XMP_HEAD) => self.long_xmp = true,
            0xe2 if body.starts_with(ICC_HEAD) && body.len() > ICC_HEAD.len() + 2 => {
                self.icc.push((body[ICC_HEAD.len()], &body[ICC_HEAD.len() + 2..]));
            }
            0xe2 if body.starts_with(PICTURES_HEAD) => self.pictures = true,
            0xe2 if body.starts_with(GAIN_MAP_HEAD) => self.gain_map = true,
            0xed if body.starts_with(iptc::HEAD) => {
                self.photoshop.push(&body[iptc::HEAD.len()..]);
            }
            0xfe => self.comments.push(body),
            _ => {}
        }
    }

    /// What is in the file and not read.
    fn note(&self, file: &[u8], notes: &Notes) {
        let behind = &file[self.end..][..NEAR.min(file.len() - self.end)];
        let has = |text: &[u8], words: &[u8]| text.windows(words.len()).any(|w| w == words);
        let marks: [&[u8]; 3] = [b"hdrgm:", b"HDRGainMap", GAIN_MAP_HEAD];
        let said = |text: &[u8]| marks.iter().any(|words| has(text, words));
        let xmp = self.xmp.unwrap_or_default();
        if self.gain_map || (self.pictures && (said(behind) || said(xmp))) {
            notes.add(NoteKind::Metadata, xmp::NO_GAIN_MAP);
        } else if self.pictures && !has(xmp, b"GainMap") {
            notes.add(NoteKind::Metadata, "the further pictures in it (MPF) are not kept");
        }
        if self.long_xmp {
            notes.add(NoteKind::Metadata, "the second part of its XMP packet is not kept");
        }
    }

    fn metadata(&self, name: &str, allowance: &mut Allowance) -> Result<Metadata> {
        let mut pieces = self.icc.clone();
        pieces.sort_by_key(|&(number, _)| number);
        let pieces: Vec<&[u8]> = pieces.into_iter().map(|(_, piece)| piece).collect();
        let parts = [self.exif, self.xmp].into_iter().flatten();
        let parts = parts.chain(pieces.iter().copied());
        let parts = parts.chain(self.photoshop.iter().copied());
        for part in parts.chain(self.comments.iter().copied()) {
            allowance.take(name, part.len())?;
        }
        let blocks = self.photoshop.concat();
        let text = self.comments.iter().map(|c| {
            let text = String::from_utf8_lossy(c);
            ("Comment".to_owned(), text.trim_end_matches('\0').to_owned())
        });
        Ok(Metadata {
            icc: (!pieces.is_empty()).then(|| pieces.concat()),
            exif: self.exif.map(<[u8]>::to_vec),
            xmp: self.xmp.map(<[u8]>::to_vec),
            iptc: iptc::find(&blocks).map(<[u8]>::to_vec),
            resolution: self.jfif.and_then(resolution),
            text: text.collect(),
            ..Metadata::default()
        })
    }
}

/// The resolution in a JFIF segment, where it is one: without a unit, it says only that pixels are
/// square, and EXIF may know more.
fn resolution(jfif: &[u8]) -> Option<Resolution> {
    let &[unit, x0, x1, y0, y1] = jfif.get(7..12)? else { return None };
    let x = f64::from(u16::from_be_bytes([x0, x1]));
    let y = f64::from(u16::from_be_bytes([y0, y1]));
    let unit = match unit {
        1 => ResolutionUnit::Inch,
        2 => ResolutionUnit::Centimetre,
        _ if x == y => return None,
        _ => ResolutionUnit::None,
    };
    (x > 0.0 && y > 0.0).then_some(Resolution { x, y, unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &[u8] = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0\
        \xff\xda\0\x02\x12\xff\0\x34\xff\xd0\x56\xff\xd9";

    #[test]
    fn markers_are_walked_to_the_end() {
        let head = Head::scan(SMALL, "a").unwrap();
        let frame = head.frame.unwrap();
        assert_eq!((frame.width, frame.height, frame.components.len()), (3, 2, 1));
        assert_eq!((head.whole, head.end, head.scans), (true, SMALL.len(), 1));
        let scan = SMALL.windows(2).position(|w| w == [0xff, 0xda]).unwrap() + 4;
        for n in 2..SMALL.len() {
            let head = Head::scan(&SMALL[..n], "a");
            assert_eq!(head.as_ref().is_ok_and(|h| !h.whole), n >= scan, "{n}");
        }
        assert!(Head::scan(b"\xff\xd8\xff\xd9", "a").is_err());
    }

    #[test]
    fn what_is_behind_the_end_is_no_data() {
        let count = |behind: &[u8]| Head::scan(&[SMALL, behind].concat(), "a").unwrap().data;
        assert_eq!(count(b""), count(&[0; 99]));
    }
}
