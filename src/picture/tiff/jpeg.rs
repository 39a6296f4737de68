//! What the headers of strips and tiles that are JPEG streams say, before the crate `tiff` decodes
//! them: it takes memory for what a stream has, and pixels as they come.

use std::io::Cursor;

use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// Most pixels a side that the crate decodes.
const MOST: usize = 1 << 14;

/// Many times the bytes of all tables that a stream may have.
pub(super) const MOST_TABLES: usize = 1 << 16;

/// What is wrong with a stream.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    Damaged(String),
    Unsupported(String),
}

/// A stream of which the header was read.
pub(super) struct Stream {
    decoder: JpegDecoder<Cursor<Vec<u8>>>,
    pub width: usize,
    pub height: usize,
    pub components: usize,
}

/// The tag JPEGTables as a whole stream; empty where no tables are in it.
pub(super) fn tables(mut tag: Vec<u8>) -> Vec<u8> {
    if !tag.ends_with(b"\xff\xd9") {
        tag.extend(b"\xff\xd9");
    }
    if tag.len() > 8 { tag } else { Vec::new() }
}

impl Stream {
    /// Reads the header of `stream`, at most `most` pixels wide and high, with the file's `tables`.
    pub fn of(stream: &[u8], tables: &[u8], most: (u32, u32)) -> Result<Self, Problem> {
        let damaged = |what: &str| Problem::Damaged(format!("a JPEG stream in it {what}"));
        if !stream.starts_with(b"\xff\xd8") {
            return Err(damaged("does not begin as one"));
        }
        let whole = match tables.strip_suffix(b"\xff\xd9") {
            Some(tables) => [tables, &stream[2..]].concat(),
            None => stream.to_vec(),
        };
        let options = DecoderOptions::default()
            .set_max_width(most.0 as usize)
            .set_max_height(most.1 as usize);
        let mut decoder = JpegDecoder::new_with_options(Cursor::new(whole), options);
        decoder.decode_headers().map_err(|e| problem(&e))?;
        // What the components mean is said by the file's tags alone, so they are left as they are.
        let stored = decoder.input_colorspace().ok_or_else(|| damaged("has no colours"))?;
        decoder.set_options(options.jpeg_set_out_colorspace(stored));
        let (width, height) = decoder.dimensions().ok_or_else(|| damaged("has no size"))?;
        Ok(Self { decoder, width, height, components: stored.num_components() })
    }

    /// Whether it is larger than the crate takes.
    pub fn is_large(&self) -> bool {
        self.width > MOST || self.height > MOST
    }

    /// Its components as stored, interleaved, all at full resolution.
    pub fn decode(mut self) -> Result<Vec<u8>, Problem> {
        self.decoder.decode().map_err(|e| problem(&e))
    }
}

fn problem(error: &DecodeErrors) -> Problem {
    match error {
        DecodeErrors::Unsupported(_) => Problem::Unsupported(format!("{error:?}")),
        DecodeErrors::LargeDimensions(_) => {
            Problem::Damaged("a JPEG stream in it is larger than its strip or tile".to_owned())
        }
        error => Problem::Damaged(format!("{error:?}")),
    }
}
