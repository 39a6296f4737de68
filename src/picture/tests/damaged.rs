//! Files that are damaged, too large, or no pictures: errors, never a panic.

use proptest::prelude::*;

use super::*;
use crate::error::Error;

#[test]
fn what_is_no_picture_is_named() {
    let message = |bytes: &[u8]| Picture::read(bytes.to_vec(), "a.png").unwrap_err().to_string();
    assert!(message(b"").contains("empty"));
    assert!(message(b"hello, this is text").contains("PNG, JPEG, TIFF or WebP"));
    assert!(matches!(Picture::open("/no/such.png"), Err(Error::Io { .. })));
}

#[test]
fn huge_headers_are_refused_by_size_and_limit() {
    let spec = Spec::new(Format::Png, 1, 1, Channels::Gray, Depth::U8);
    let small = |format| {
        let mut writer = PictureWriter::in_memory("a", Spec { format, ..spec.clone() }).unwrap();
        writer.rows(0, &[0.5]).unwrap();
        writer.finish_bytes().unwrap()
    };
    let mut png = small(Format::Png);
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut jpeg = small(Format::Jpeg);
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let mut tiff = small(Format::Tiff);
    for tag in [256u16, 257] {
        let entry = [&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0]].concat();
        let at = tiff.windows(8).position(|w| w == entry).unwrap() + 8;
        tiff[at..at + 4].copy_from_slice(&100_000u32.to_le_bytes());
    }
    for bytes in [png, jpeg, tiff] {
        let error = Picture::read(bytes, "bomb").unwrap_err();
        assert!(matches!(error, Error::Limits { .. }), "{error}");
        assert!(error.to_string().contains("pixels; at most"), "{error}");
    }
    let tight = Limits { max_pixels: 3, ..Limits::default() };
    for format in Format::ALL {
        let raster = noise(2, 2, Channels::Rgb, Depth::U8, 1);
        let bytes = Picture { raster, metadata: Metadata::default() }.encode(format).unwrap();
        let error = PictureReader::from_bytes(bytes, "a", &tight).unwrap_err();
        assert!(matches!(error, Error::Limits { .. }), "{error}");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| c >> 1 ^ if c & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

/// Reads by both ways; what comes of it does not matter.
fn read_somehow(bytes: Vec<u8>) {
    let limits = Limits { max_pixels: 1 << 22, ..Limits::default() };
    if let Ok(reader) = PictureReader::from_bytes(bytes.clone(), "damaged", &limits) {
        let _ = Picture::from_reader(reader);
    }
    if let Ok(mut reader) = PictureReader::from_bytes(bytes, "damaged", &limits) {
        while let Ok(Some(_)) = reader.next_rows(5) {}
    }
}

fn small_files() -> Vec<(Format, Vec<u8>)> {
    let file = |(format, channels, depth)| {
        let mut metadata = metadata();
        metadata.parameters = Some("p".to_owned());
        let raster = noise(11, 13, channels, depth, 5);
        (format, Picture { raster, metadata }.encode(format).unwrap())
    };
    cases().map(file).collect()
}

#[test]
fn files_cut_short_are_errors_or_said_to_be_so() {
    for (format, file) in small_files() {
        for n in 0..file.len() {
            let cut = file[..n].to_vec();
            read_somehow(cut.clone());
            let reader = PictureReader::from_bytes(cut, "cut", &Limits::default());
            let notes = reader.as_ref().map_or(Notes::default(), |r| r.notes().clone());
            let Ok(read) = reader.and_then(Picture::from_reader) else { continue };
            if format == Format::Jpeg {
                assert!(!notes.list().is_empty(), "{n} of {}", file.len());
                continue;
            }
            // TIFF and WebP end with metadata, which may be lost without the pixels.
            assert!(matches!(format, Format::Tiff | Format::WebP), "{n} of {}", file.len());
            assert_eq!(read.raster, Picture::read(file.clone(), "whole").unwrap().raster);
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    for (_, file) in small_files() {
        for at in 0..file.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[at] ^= flip;
                read_somehow(damaged);
            }
        }
    }
}

proptest! {
    #[test]
    fn noise_behind_a_signature_never_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        start in 0usize..4,
    ) {
        let signatures: [&[u8]; 4] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\xff\xd8\xff",
            b"II*\0\x08\0\0\0",
            b"RIFF\x80\0\0\0WEBPVP8",
        ];
        read_somehow([signatures[start], &bytes].concat());
    }
}
