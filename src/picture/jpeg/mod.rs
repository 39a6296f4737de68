//! JPEG decoding by libjpeg-turbo's code, which `mozjpeg-sys` holds and builds: what its usual
//! settings make of a file is what every other program shows.
//!
//! Before it is called, [`Frame`] has refused what it does not handle and bounded what it is asked
//! for; pixels go into memory of ours, and what it takes besides (2 bytes for each sample of a file
//! with several scans) follows from the size, which has its limit.

mod colours;
mod frame;
mod libjpeg;

use mozjpeg_sys::*;

use self::frame::damaged;
use self::libjpeg::{Failure, Flaws};
use crate::error::{Error, Result};
use crate::memory;

pub(super) use self::colours::Colours;
pub(super) use self::frame::Frame;

/// What is said of a file without its end.
pub(super) const CUT: &str = "the JPEG file is cut short; get it again from its source";

/// A decoded picture.
#[derive(Debug)]
pub(super) struct Decoded {
    pub samples: Vec<u8>,
    /// Whether pixels are missing, or known only roughly.
    pub missing: bool,
    /// Whether some of the compressed data makes no sense.
    pub damaged: bool,
}

/// A marker and what belongs to it.
pub(super) struct Segment<'a> {
    pub marker: u8,
    /// Where the marker begins.
    pub start: usize,
    /// What it holds, its length left out; none where the file ends before it does.
    pub body: Option<&'a [u8]>,
    /// Where it ends.
    pub end: usize,
}

/// The next marker at or behind `at`, past compressed data; none when there is no more.
pub(super) fn segment(file: &[u8], mut at: usize) -> Option<Segment<'_>> {
    let (start, marker) = loop {
        let start = at + file.get(at..)?.iter().position(|&b| b == 0xff)?;
        at = start + file[start..].iter().position(|&b| b != 0xff)? + 1;
        if file[at - 1] != 0 {
            break (start, file[at - 1]);
        }
    };
    if matches!(marker, 0x01 | 0xd0..=0xd9) {
        return Some(Segment { marker, start, body: Some(&[]), end: at });
    }
    let length = file.get(at..).and_then(<[u8]>::first_chunk::<2>);
    let length = length.map_or(usize::MAX, |&l| usize::from(u16::from_be_bytes(l)).max(2));
    let end = at.saturating_add(length);
    Some(Segment { marker, start, body: file.get(at + 2..end), end })
}

/// Decodes the picture in `file`, which messages call `name`. `whole` says whether the file has an
/// end marker: without one, a progressive picture that is not known exactly lacks data.
///
/// # Errors
/// [`Error::Decode`] when there is no data at all or what describes it is damaged,
/// [`Error::Unsupported`], and [`Error::Limits`] when the system gives no memory.
pub(super) fn decode(
    file: &[u8],
    frame: &Frame,
    whole: bool,
    colours: Colours,
    name: &str,
) -> Result<Decoded> {
    let channels = frame.components.len();
    let mut samples = memory::zeroed(frame.width * channels * frame.height, name)?;
    let done = libjpeg::decode(file, (frame.width, channels), colours, &mut samples);
    let Flaws { missing, damaged } = done.map_err(|failure| error(failure, frame, name))?;
    Ok(Decoded { samples, missing: missing || frame.lacks_data(whole), damaged })
}

/// What to say of a failure of libjpeg's.
fn error(Failure(code): Failure, frame: &Frame, name: &str) -> Error {
    let problem = match code {
        JERR_OUT_OF_MEMORY | JERR_NO_BACKING_STORE => {
            return memory::refused::<[i16; 64]>(frame.blocks, name);
        }
        JERR_INPUT_EMPTY | JERR_INPUT_EOF | JERR_SOF_NO_SOS | JERR_NO_IMAGE => {
            return Error::decode(name, CUT);
        }
        JERR_ARITH_NOTIMPL
        | JERR_NOTIMPL
        | JERR_NOT_COMPILED
        | JERR_CONVERSION_NOTIMPL
        | JERR_CCIR601_NOTIMPL
        | JERR_FRACT_SAMPLE_NOTIMPL
        | JERR_SOF_UNSUPPORTED
        | JERR_BAD_PRECISION => {
            let problem = "the JPEG is of a kind that is not handled; convert it first";
            return Error::unsupported(name, problem);
        }
        JERR_IMAGE_TOO_BIG | JERR_WIDTH_OVERFLOW => {
            return Error::limits(name, "the JPEG is larger than its decoder handles");
        }
        JERR_BAD_HUFF_TABLE | JERR_DHT_INDEX => "a Huffman table makes no sense",
        JERR_NO_HUFF_TABLE => "a Huffman table is missing",
        JERR_DQT_INDEX => "a quantisation table makes no sense",
        JERR_NO_QUANT_TABLE => "a quantisation table is missing",
        JERR_BAD_PROGRESSION => "a scan gives coefficients that there are not",
        JERR_BAD_COMPONENT_ID => "a scan of no component",
        JERR_BAD_MCU_SIZE => "a scan has over ten blocks together",
        JERR_BAD_LENGTH => "a segment has a length that it cannot have",
        JERR_UNKNOWN_MARKER => "it has a marker that there is not",
        _ => "it does not follow the format's rules",
    };
    damaged(name, problem)
}
