//! Strips and tiles that are JPEG streams, with or without tables of their own.

use std::io::Cursor;

use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// What is wrong with a stream.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    Damaged(String),
    Unsupported(String),
}

/// A decoded stream: its components as stored, interleaved, all at full resolution.
#[derive(Debug)]
pub(super) struct Decoded {
    pub samples: Vec<u8>,
    pub width: usize,
    pub height: usize,
    pub components: usize,
}

/// Decodes `stream`, at most `most` pixels wide and high; `tables` is what the file's tag of that
/// name holds.
pub(super) fn decode(
    stream: &[u8],
    tables: Option<&[u8]>,
    most: (u32, u32),
) -> Result<Decoded, Problem> {
    let damaged = |what: &str| Problem::Damaged(format!("a JPEG stream in it {what}"));
    let body = stream.strip_prefix(b"\xff\xd8").ok_or_else(|| damaged("does not begin as one"))?;
    let tables = tables.unwrap_or(b"\xff\xd8");
    let tables = tables.strip_suffix(b"\xff\xd9").unwrap_or(tables);
    let whole = [tables, body].concat();
    let options =
        DecoderOptions::default().set_max_width(most.0 as usize).set_max_height(most.1 as usize);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(whole), options);
    decoder.decode_headers().map_err(|e| problem(&e))?;
    // What the components mean is said by the file's tags alone, so they are left as they are.
    let stored = decoder.input_colorspace().ok_or_else(|| damaged("has no colours"))?;
    decoder.set_options(options.jpeg_set_out_colorspace(stored));
    let samples = decoder.decode().map_err(|e| problem(&e))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| damaged("has no size"))?;
    let components = stored.num_components();
    if samples.len() != width * height * components {
        return Err(damaged("is not as long as it should be"));
    }
    Ok(Decoded { samples, width, height, components })
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
