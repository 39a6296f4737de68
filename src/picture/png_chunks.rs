//! PNG's chunks besides the pixels, wherever they stand in the file, and what is packed in them.

use std::io::{Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::ZlibDecoder;

use super::decode::{Source, go_to};
use super::limits::Allowance;
use super::{Limits, NoteKind, Notes};
use crate::error::{Error, Result};

/// Chunks that say what the picture is, in a few bytes, and EXIF, which says how it stands.
const SMALL: [&[u8; 4]; 8] =
    [b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"pHYs"];
/// How often deflate repeats itself at most: 258 bytes from 2 bits.
const DEFLATED: u64 = 1032;

/// What a PNG file holds besides its pixels.
pub(super) struct Chunks {
    /// The file without pixels, texts and profile, the chunks after the pixels moved before them.
    pub header: Vec<u8>,
    /// The profile, unpacked.
    pub icc: Option<Vec<u8>>,
    /// Keyword and text, unpacked.
    pub texts: Vec<(String, String)>,
    /// The `mDCV` chunk.
    pub mastering: Option<[u8; 24]>,
    /// The `cLLI` chunk.
    pub light: Option<[u8; 8]>,
    /// Compressed bytes of the pixels.
    data: u64,
}

impl Chunks {
    /// Reads them from the start of `source`. All is taken from one allowance, as it is unpacked.
    /// Parts that are damaged are left out, with a note.
    pub fn read(source: &mut Source, name: &str, limits: &Limits, notes: &Notes) -> Result<Self> {
        let mut reader = Reader { source, name, allowance: Allowance::new(limits), notes };
        let mut chunks = Self {
            header: reader.exactly(8)?,
            icc: None,
            texts: Vec::new(),
            mastering: None,
            light: None,
            data: 0,
        };
        let end = reader.source.seek(SeekFrom::End(0)).map_err(|_| reader.cut())?;
        let mut at = 8;
        loop {
            go_to(reader.source, at).map_err(|_| reader.cut())?;
            let head = reader.exactly(8)?;
            let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            at += 12 + u64::from(length);
            match &head[4..] {
                b"IEND" => break,
                b"IDAT" => chunks.data += u64::from(length),
                _ => chunks.take(&mut reader, &head, length, limits.strip)?,
            }
        }
        if at > end {
            return Err(reader.cut());
        }
        chunks.header.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        Ok(chunks)
    }

    fn take(
        &mut self,
        reader: &mut Reader<'_>,
        head: &[u8],
        length: u32,
        strip: bool,
    ) -> Result<()> {
        let kind: [u8; 4] = [head[4], head[5], head[6], head[7]];
        match &kind {
            // The decoder relies on whole colours.
            b"PLTE" if length == 0 || length > 768 || !length.is_multiple_of(3) => {
                let problem = format!("the PNG file is damaged: a palette of {length} bytes");
                return Err(Error::decode(reader.name, problem));
            }
            b"tEXt" | b"zTXt" | b"iTXt" if !strip => {
                let Some(body) = reader.body(kind, length)? else { return Ok(()) };
                let text = match &kind {
                    b"tEXt" => split(&body).map(|(keyword, text)| (keyword, latin(text))),
                    b"zTXt" => reader.ztxt(&body)?,
                    _ => reader.itxt(&body)?,
                };
                match text {
                    Some((keyword, text)) => self.texts.push((latin(keyword), text)),
                    None => reader.damaged("text"),
                }
            }
            b"iCCP" if self.icc.is_none() => {
                let Some(body) = reader.body(kind, length)? else { return Ok(()) };
                self.icc = match split(&body) {
                    Some((_, [0, packed @ ..])) => reader.unpacked(packed)?,
                    _ => None,
                };
                if self.icc.is_none() {
                    reader.damaged("colour profile");
                }
            }
            b"mDCV" => self.mastering = reader.array(kind, length)?,
            b"cLLI" => self.light = reader.array(kind, length)?,
            kind if SMALL.contains(&kind) || matches!(kind, b"eXIf" | b"acTL") => {
                reader.allowance.take(reader.name, length as usize)?;
                self.header.extend_from_slice(head);
                let rest = reader.exactly(length as usize + 4)?;
                self.header.extend_from_slice(&rest);
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks that there is enough data for `bytes` of a picture without compression.
    pub fn check_data(&self, name: &str, bytes: u64) -> Result<()> {
        if self.data.saturating_mul(DEFLATED) < bytes {
            let problem = format!(
                "the PNG file is damaged or cut short: {} bytes of data cannot hold the pixels it \
                 declares",
                self.data
            );
            return Err(Error::decode(name, problem));
        }
        Ok(())
    }
}

/// Reads chunks from a file.
struct Reader<'a> {
    source: &'a mut Source,
    name: &'a str,
    allowance: Allowance,
    notes: &'a Notes,
}

impl Reader<'_> {
    fn cut(&self) -> Error {
        Error::decode(self.name, "the PNG file is cut short; get it again from its source")
    }

    /// The next `len` bytes; as much is taken as is there.
    fn exactly(&mut self, len: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(len as u64).read_to_end(&mut bytes);
        match read {
            Ok(read) if read == len => Ok(bytes),
            Ok(_) => Err(self.cut()),
            Err(e) => Err(Error::io(self.name, "read", e)),
        }
    }

    /// What a chunk holds; nothing, with a note, when its checksum is wrong.
    fn body(&mut self, kind: [u8; 4], length: u32) -> Result<Option<Vec<u8>>> {
        self.allowance.take(self.name, length as usize)?;
        let mut body = self.exactly(length as usize + 4)?;
        let sum = body.split_off(length as usize);
        let mut crc = Crc::new();
        crc.update(&kind);
        crc.update(&body);
        if crc.sum().to_be_bytes()[..] != sum[..] {
            let kind = String::from_utf8_lossy(&kind).into_owned();
            self.damaged(&format!("{kind} chunk"));
            return Ok(None);
        }
        Ok(Some(body))
    }

    fn array<const N: usize>(&mut self, kind: [u8; 4], length: u32) -> Result<Option<[u8; N]>> {
        if length as usize != N {
            return Ok(None);
        }
        Ok(self.body(kind, length)?.and_then(|body| body.try_into().ok()))
    }

    fn damaged(&self, what: &str) {
        self.notes.add(NoteKind::Metadata, format!("its {what} is damaged and was left out"));
    }

    /// What zlib packed, if it is whole.
    fn unpacked(&mut self, packed: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut out = Vec::new();
        let most = self.allowance.left() as u64 + 1;
        let read = ZlibDecoder::new(packed).take(most).read_to_end(&mut out);
        self.allowance.take(self.name, out.len())?;
        Ok(read.is_ok().then_some(out))
    }

    fn ztxt<'a>(&mut self, body: &'a [u8]) -> Result<Option<(&'a [u8], String)>> {
        let Some((keyword, [0, packed @ ..])) = split(body) else { return Ok(None) };
        let text = self.unpacked(packed)?;
        Ok(text.map(|text| (keyword, latin(&text))))
    }

    fn itxt<'a>(&mut self, body: &'a [u8]) -> Result<Option<(&'a [u8], String)>> {
        let Some((keyword, [packed, 0, rest @ ..])) = split(body) else { return Ok(None) };
        let text = split(rest).and_then(|(_, rest)| split(rest)).map(|(_, text)| text);
        let text = match (text, packed) {
            (None, _) => None,
            (Some(text), 0) => Some(text.to_vec()),
            (Some(text), _) => self.unpacked(text)?,
        };
        Ok(text.and_then(|text| Some((keyword, String::from_utf8(text).ok()?))))
    }
}

/// What is before and after the first zero.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let zero = bytes.iter().position(|b| *b == 0)?;
    Some((&bytes[..zero], &bytes[zero + 1..]))
}

/// Latin-1 as text.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}
