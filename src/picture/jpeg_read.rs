//! Reading JPEG.

use std::io::{Cursor, Read};

use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::orientation::Orientation;
use super::reader::{Lazy, Opened, Source};
use super::{Format, Info, Limits, Metadata, Notes, Resolution, ResolutionUnit, exif};
use crate::error::{Error, Result};
use crate::raster::{Channels, Depth, Samples};

/// What an APP1 segment with an XMP packet begins with.
pub(super) const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What an APP1 segment with an EXIF block begins with.
pub(super) const EXIF_HEAD: &[u8] = b"Exif\0\0";
/// What an APP2 segment with a piece of an ICC profile begins with.
pub(super) const ICC_HEAD: &[u8] = b"ICC_PROFILE\0";

pub(super) fn open(mut source: Source, name: &str, limits: &Limits) -> Result<Opened> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(|e| Error::io(name, "read", e))?;
    let head = scan(&bytes).map_err(|problem| Error::decode(name, problem))?;
    limits.check(name, head.width.into(), head.height.into())?;
    let channels = match head.components {
        1 => Channels::Gray,
        3 => Channels::Rgb,
        4 => {
            return Err(Error::unsupported(
                name,
                "the JPEG is for printing (CMYK); convert it to RGB with its profile first",
            ));
        }
        n => {
            return Err(Error::unsupported(
                name,
                format!("the JPEG has {n} components, not 1 or 3"),
            ));
        }
    };
    if head.bits != 8 {
        let problem = format!("the JPEG has {} bits a sample; only 8 are handled", head.bits);
        return Err(Error::unsupported(name, problem));
    }
    let (width, height) = (head.width.into(), head.height.into());
    let metadata = head.metadata();
    let orientation = metadata.exif.as_deref().map_or(Orientation::UPRIGHT, exif::orientation);
    let (format, depth) = (Format::Jpeg, Depth::U8);
    let info = Info { format, width, height, channels, depth, pages: 1, metadata };
    let (name, expected) = (name.to_owned(), (info.width, info.height, channels));
    let decoder = Box::new(Lazy::new(move || decode(bytes, &name, expected)));
    Ok(Opened { info, orientation, decoder, notes: Notes::default() })
}

fn decode(bytes: Vec<u8>, name: &str, expected: (u32, u32, Channels)) -> Result<Samples> {
    let (width, height, channels) = expected;
    let colour = if channels.is_gray() { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .set_max_width(width as usize)
        .set_max_height(height as usize)
        .jpeg_set_out_colorspace(colour);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let samples = decoder.decode().map_err(|e| failed(name, &e))?;
    if samples.len() != width as usize * height as usize * channels.count() {
        return Err(Error::decode(
            name,
            "the JPEG file is damaged: its parts disagree on its size",
        ));
    }
    Ok(Samples::U8(samples))
}

fn failed(name: &str, error: &DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(_) => Error::unsupported(
            name,
            format!("a kind of JPEG that is not handled ({error:?}); convert it first"),
        ),
        DecodeErrors::ExhaustedData => Error::decode(name, CUT),
        error => Error::decode(name, format!("the JPEG file is damaged: {error:?}")),
    }
}

const CUT: &str = "the JPEG file is cut short; get it again from its source";

/// What the markers of a JPEG file say.
#[derive(Default)]
struct Head<'a> {
    width: u16,
    height: u16,
    bits: u8,
    components: u8,
    jfif: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    icc: Vec<(u8, &'a [u8])>,
    comments: Vec<&'a [u8]>,
}

/// Walks the markers up to the file's end.
fn scan(bytes: &[u8]) -> std::result::Result<Head<'_>, &'static str> {
    let mut head = Head::default();
    let mut at = 2;
    loop {
        let marker = next_marker(bytes, &mut at).ok_or(CUT)?;
        match marker {
            0xd9 => break,
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = bytes.get(at..at + 2).ok_or(CUT)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let body = bytes.get(at + 2..at + length.max(2)).ok_or(CUT)?;
        at += length.max(2);
        head.take(marker, body);
    }
    if head.components == 0 {
        return Err("the JPEG file is damaged: it declares no picture");
    }
    Ok(head)
}

/// The next marker at or after `at`, past the compressed data, and `at` behind it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let found = bytes.get(*at..)?.iter().position(|&b| b == 0xff)?;
        *at += found + 1;
        while *bytes.get(*at)? == 0xff {
            *at += 1;
        }
        let marker = *bytes.get(*at)?;
        *at += 1;
        if marker != 0 {
            return Some(marker);
        }
    }
}

impl<'a> Head<'a> {
    fn take(&mut self, marker: u8, body: &'a [u8]) {
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => self.frame(body),
            0xe0 if body.starts_with(b"JFIF\0") => self.jfif = Some(body),
            0xe1 if body.starts_with(EXIF_HEAD) && self.exif.is_none() => {
                self.exif = Some(&body[EXIF_HEAD.len()..]);
            }
            0xe1 if body.starts_with(XMP_HEAD) => self.xmp = Some(&body[XMP_HEAD.len()..]),
            0xe2 if body.starts_with(ICC_HEAD) && body.len() > ICC_HEAD.len() + 2 => {
                self.icc.push((body[ICC_HEAD.len()], &body[ICC_HEAD.len() + 2..]));
            }
            0xfe => self.comments.push(body),
            _ => {}
        }
    }

    fn frame(&mut self, body: &[u8]) {
        if let &[bits, h0, h1, w0, w1, components, ..] = body
            && self.components == 0
        {
            self.bits = bits;
            self.height = u16::from_be_bytes([h0, h1]);
            self.width = u16::from_be_bytes([w0, w1]);
            self.components = components;
        }
    }

    fn metadata(mut self) -> Metadata {
        self.icc.sort_by_key(|&(number, _)| number);
        let icc: Vec<u8> = self.icc.iter().flat_map(|&(_, part)| part).copied().collect();
        let text = self.comments.iter().map(|c| {
            let text = String::from_utf8_lossy(c);
            ("Comment".to_owned(), text.trim_end_matches('\0').to_owned())
        });
        Metadata {
            icc: (!icc.is_empty()).then_some(icc),
            exif: self.exif.map(<[u8]>::to_vec),
            xmp: self.xmp.map(<[u8]>::to_vec),
            resolution: self.jfif.and_then(resolution),
            text: text.collect(),
            ..Metadata::default()
        }
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

    fn scanned(bytes: &[u8]) -> std::result::Result<(u16, u16, u8), &'static str> {
        scan(bytes).map(|h| (h.width, h.height, h.components))
    }

    #[test]
    fn markers_are_walked_to_the_end() {
        let file = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0\
            \xff\xda\0\x02\x12\xff\0\x34\xff\xd0\x56\xff\xd9";
        assert_eq!(scanned(file), Ok((3, 2, 1)));
        for n in 2..file.len() {
            assert!(scanned(&file[..n]).is_err(), "{n}");
        }
        assert!(scanned(b"\xff\xd8\xff\xd9").is_err());
    }
}
