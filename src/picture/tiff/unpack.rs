//! The bytes of a strip or tile without their compression.

use std::io::{self, BufRead, Read};

use flate2::bufread::ZlibDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use weezl::{BitOrder, LzwStatus};

use super::packing::Packing;

/// Fills `out` with what `packed`, the bytes of one strip or tile, holds; not for fax and JPEG,
/// which are more than bytes.
pub(super) fn unpack(mut packed: impl BufRead, packing: Packing, out: &mut [u8]) -> io::Result<()> {
    match packing {
        Packing::None => packed.read_exact(out),
        Packing::Deflate => ZlibDecoder::new(packed).read_exact(out),
        Packing::Lzw => lzw(packed, out),
        Packing::PackBits => pack_bits(packed, out),
        Packing::Zstd => zstd(packed, out),
        Packing::Fax(_) | Packing::Jpeg => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn lzw(mut packed: impl BufRead, mut out: &mut [u8]) -> io::Result<()> {
    if matches!(packed.fill_buf()?, [0, second, ..] if second & 1 == 1) {
        let problem = "LZW as before TIFF 5.0; convert it first";
        return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
    }
    let settings = weezl::decode::Configuration::with_tiff_size_switch(BitOrder::Msb, 8);
    let mut decoder = settings.with_yield_on_full_buffer(true).build();
    while !out.is_empty() {
        let done = decoder.decode_bytes(packed.fill_buf()?, out);
        packed.consume(done.consumed_in);
        out = &mut out[done.consumed_out..];
        match done.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) => break,
            Err(problem) => return Err(io::Error::new(io::ErrorKind::InvalidData, problem)),
        }
    }
    if out.is_empty() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn pack_bits(mut packed: impl BufRead, mut out: &mut [u8]) -> io::Result<()> {
    let mut byte = [0];
    while !out.is_empty() {
        packed.read_exact(&mut byte)?;
        let head = byte[0] as i8;
        if head == -128 {
            continue;
        }
        let count = usize::from(head.unsigned_abs()) + 1;
        let (part, rest) = out.split_at_mut(count.min(out.len()));
        if head < 0 {
            packed.read_exact(&mut byte)?;
            part.fill(byte[0]);
        } else {
            packed.read_exact(part)?;
        }
        out = rest;
    }
    Ok(())
}

fn zstd(mut packed: impl BufRead, mut out: &mut [u8]) -> io::Result<()> {
    let invalid = |problem| io::Error::new(io::ErrorKind::InvalidData, format!("{problem:?}"));
    let mut frames = FrameDecoder::new();
    // A window that is larger than all there is serves nothing, but the smallest has 1 KiB, and
    // encoders take powers of 2.
    frames.set_max_window_size((2 * out.len() as u64).clamp(1 << 23, 1 << 27));
    while !out.is_empty() {
        if packed.fill_buf()?.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let frame = StreamingDecoder::new_with_decoder(&mut packed, &mut frames);
        let mut frame = frame.map_err(|problem| invalid(problem.to_string()))?;
        while !out.is_empty() {
            match frame.read(out)? {
                0 => break,
                n => out = &mut out[n..],
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_as_in_its_definition() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x80, 0x03, 0x80, 0x00, 0x2a, 0x22,
            0xf7, 0xaa,
        ];
        let mut out = [0; 24];
        unpack(&packed[..], Packing::PackBits, &mut out).unwrap();
        let expected =
            [&[0xaa; 3][..], &[0x80, 0, 0x2a], &[0xaa; 4], &[0x80, 0, 0x2a, 0x22], &[0xaa; 10]];
        assert_eq!(out[..], expected.concat());
        assert!(unpack(&packed[..], Packing::PackBits, &mut [0; 25]).is_err());
    }

    #[test]
    fn what_ends_early_is_an_error() {
        for packing in
            [Packing::None, Packing::Deflate, Packing::Lzw, Packing::PackBits, Packing::Zstd]
        {
            for packed in [&[][..], &[0], &[0x80, 0x20], &[0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0]] {
                assert!(unpack(packed, packing, &mut [0; 10]).is_err(), "{packing:?} {packed:?}");
            }
        }
    }
}
