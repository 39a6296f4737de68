//! Round trips of every format, depth and channels; damaged files.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::raster::{Channels, Depth, Samples};

const CHANNELS: [Channels; 4] =
    [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];
const DEPTHS: [Depth; 3] = [Depth::U8, Depth::U16, Depth::F32];

fn noise(width: u32, height: u32, channels: Channels, depth: Depth, seed: u32) -> Raster {
    let len = width as usize * height as usize * channels.count();
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut samples = Samples::zeroed(depth, len);
    for i in 0..len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // A ramp with noise, so that predictors and filters are all exercised.
        let ramp = (i % 97) as f32 / 97.0;
        samples.set(i, ramp * 0.5 + (state >> 8) as f32 / (1 << 25) as f32);
    }
    Raster::new(width, height, channels, samples).unwrap()
}

fn metadata() -> Metadata {
    let tree = exif::Tree {
        main: vec![ifd::Entry::bytes(271, 2, b"Maker\0")],
        exif: vec![ifd::Entry::short(34855, 400)],
        ..Default::default()
    };
    Metadata {
        icc: Some(vec![0; 200]),
        exif: Some(tree.to_block()),
        xmp: Some(b"<x:xmpmeta><rdf:RDF></rdf:RDF></x:xmpmeta>".to_vec()),
        resolution: Some(Resolution::dpi(300.0)),
        ..Metadata::default()
    }
}

fn cases() -> impl Iterator<Item = (Format, Channels, Depth)> {
    let all = |f| CHANNELS.into_iter().flat_map(move |c| DEPTHS.map(move |d| (f, c, d)));
    Format::ALL.into_iter().flat_map(all).filter(|&(f, c, d)| f.check("", c, d).is_ok())
}

/// WebP declares grey as colour.
fn as_read(raster: &Raster, format: Format) -> Raster {
    let channels = match (format, raster.channels()) {
        (Format::WebP, Channels::Gray) => Channels::Rgb,
        (Format::WebP, Channels::GrayAlpha) => Channels::Rgba,
        _ => return raster.clone(),
    };
    let Samples::U8(v) = raster.samples() else { unreachable!() };
    let n = raster.channels().count();
    let widen = |p: &[u8]| [&[p[0]; 3][..], &p[1..]].concat();
    let samples = Samples::U8(v.chunks(n).flat_map(widen).collect());
    Raster::new(raster.width(), raster.height(), channels, samples).unwrap()
}

fn largest_difference(a: &Raster, b: &Raster) -> f32 {
    assert_eq!((a.width(), a.height(), a.channels()), (b.width(), b.height(), b.channels()));
    let difference = |i| (a.samples().get(i) - b.samples().get(i)).abs();
    (0..a.samples().len()).map(difference).fold(0.0, f32::max)
}

#[test]
fn every_format_depth_and_channels_survives_with_its_metadata() {
    for (format, channels, depth) in cases() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (33, 21)] {
            let raster = noise(width, height, channels, depth, 1);
            let mut metadata = metadata();
            if channels.is_gray() {
                metadata.icc = None;
            } else if let Some(icc) = &mut metadata.icc {
                icc[16..20].copy_from_slice(b"RGB ");
            }
            let picture = Picture { raster, metadata };
            let read = Picture::read(picture.encode(format).unwrap(), "a").unwrap();
            let case = format!("{format} {channels:?} {depth:?} {width}x{height}");
            let expected = as_read(&picture.raster, format);
            if format == Format::Jpeg {
                assert!(largest_difference(&read.raster, &expected) < 0.35, "{case}");
            } else {
                assert_eq!(read.raster, expected, "{case}");
            }
            let mut metadata = picture.metadata;
            if format == Format::WebP {
                metadata.resolution = None;
            }
            assert_eq!(read.metadata, metadata, "{case}");
        }
    }
}

#[test]
fn parameters_and_texts_survive() {
    for format in Format::ALL {
        let raster = noise(3, 3, Channels::Rgb, Depth::U8, 2);
        let text = "{\"model\": \"ünï\", \"scale\": 4.0}\n<&>";
        let mut metadata = metadata();
        metadata.parameters = Some(text.to_owned());
        metadata.text = vec![
            ("Comment".to_owned(), "plain".to_owned()),
            ("Title".to_owned(), "日本".to_owned()),
        ];
        let picture = Picture { raster, metadata };
        let read = Picture::read(picture.encode(format).unwrap(), "a").unwrap();
        assert_eq!(read.metadata.parameters.as_deref(), Some(text), "{format}");
        let kept = match format {
            Format::Png => 2,
            Format::Jpeg => 1,
            _ => 0,
        };
        assert_eq!(read.metadata.text.len(), kept, "{format}");
    }
}

#[test]
fn png_colour_chunks_survive() {
    let gamma = PngColour {
        gamma: Some(45455),
        chromaticities: Some([31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]),
        ..PngColour::default()
    };
    let intent = PngColour { srgb_intent: Some(1), ..PngColour::default() };
    let cicp = PngColour { cicp: Some([9, 16, 0, 1]), ..PngColour::default() };
    for png_colour in [gamma, intent, cicp] {
        let raster = noise(2, 2, Channels::Rgb, Depth::U8, 2);
        let picture = Picture { raster, metadata: Metadata { png_colour, ..Default::default() } };
        let read = Picture::read(picture.encode(Format::Png).unwrap(), "a").unwrap();
        assert_eq!(read.metadata.png_colour, png_colour);
    }
}

#[test]
fn strips_are_the_whole() {
    for (format, channels, depth) in cases().filter(|&(format, ..)| format != Format::Jpeg) {
        let raster = noise(70, 50, channels, depth, 3);
        let bytes = Picture { raster, metadata: metadata() }.encode(format).unwrap();
        let whole = Picture::read(bytes.clone(), "a").unwrap().raster;
        let mut reader = PictureReader::from_bytes(bytes, "a", &Limits::default()).unwrap();
        let mut at = 0;
        while let Some(strip) = reader.next_rows(7).unwrap() {
            for i in 0..strip.samples().len() {
                assert_eq!(strip.samples().get(i), whole.samples().get(at + i));
            }
            at += strip.samples().len();
        }
        assert_eq!(at, whole.samples().len());
    }
}

#[test]
fn orientation_is_applied_once() {
    let main = vec![ifd::Entry::short(ifd::tag::ORIENTATION, 6)];
    let raster = noise(5, 3, Channels::Rgb, Depth::U8, 4);
    // A raw entry list, since the tree leaves out what no longer holds.
    let mut exif = b"II*\0\x08\0\0\0".to_vec();
    exif.extend(ifd::directory(main, 8, false));
    for format in [Format::Png, Format::Jpeg, Format::WebP] {
        let metadata = Metadata { exif: Some(exif.clone()), ..Metadata::default() };
        let bytes = Picture { raster: raster.clone(), metadata }.encode(format).unwrap();
        let once = Picture::read(bytes, "a").unwrap();
        assert_eq!((once.raster.width(), once.raster.height()), (3, 5), "{format}");
        let twice = Picture::read(once.encode(format).unwrap(), "a").unwrap();
        assert_eq!((twice.raster.width(), twice.raster.height()), (3, 5), "{format}");
        assert_eq!(twice.metadata, once.metadata);
        if format != Format::Jpeg {
            let at = |x: usize, y: usize, w: usize| (y * w + x) * 3;
            let stored = raster.samples().get(at(0, 2, 5));
            assert_eq!(once.raster.samples().get(at(0, 0, 3)), stored);
        }
    }
}

#[test]
fn what_jpeg_cannot_hold_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for (width, channels, depth) in [
        (1, Channels::Rgba, Depth::U8),
        (1, Channels::Rgb, Depth::U16),
        (65536, Channels::Rgb, Depth::U8),
    ] {
        let spec = Spec::new(Format::Jpeg, width, 1, channels, depth);
        assert!(PictureWriter::create(&path, spec, Existing::Refuse).is_err());
    }
    assert_eq!(entries(folder.path()), Vec::<String>::new());
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_appears_complete_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join("a");
        let spec = || Spec::new(format, 2, 2, Channels::Gray, Depth::U8);
        let mut writer = PictureWriter::create(&path, spec(), Existing::Refuse).unwrap();
        writer.rows(0, &[0.0, 0.5]).unwrap();
        let names = entries(folder.path());
        assert!(names.len() == 1 && names[0].starts_with(".a.polyinr-"), "{names:?}");
        assert!(names[0].ends_with(".tmp"), "{names:?}");
        assert!(matches!(writer.rows(0, &[0.0, 0.5]), Err(Error::Parameter { .. })));
        assert!(matches!(writer.rows(1, &[0.0]), Err(Error::Parameter { .. })));
        assert!(matches!(writer.rows(1, &[0.0; 4]), Err(Error::Parameter { .. })));
        assert!(matches!(writer.finish(), Err(Error::Parameter { .. })));
        assert_eq!(entries(folder.path()), Vec::<String>::new());

        let mut writer = PictureWriter::create(&path, spec(), Existing::Refuse).unwrap();
        writer.rows(0, &[0.0, 0.5, 1.0, 1.0]).unwrap();
        std::fs::write(&path, "came first").unwrap();
        assert!(matches!(writer.finish(), Err(Error::Io { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"came first");
        assert!(PictureWriter::create(&path, spec(), Existing::Refuse).is_err());

        let mut writer = PictureWriter::create(&path, spec(), Existing::Replace).unwrap();
        writer.rows(0, &[0.0, 0.5, 1.0, 1.0]).unwrap();
        writer.finish().unwrap();
        assert_eq!(Picture::probe(&path).unwrap().format, format);
        assert_eq!(entries(folder.path()), ["a"]);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn folders_and_devices_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let spec = Spec::new(Format::Png, 1, 1, Channels::Gray, Depth::U8);
    let refused = PictureWriter::create(folder.path(), spec.clone(), Existing::Replace);
    assert!(matches!(refused, Err(Error::Encode { .. })));
    let missing = folder.path().join("none").join("a.png");
    assert!(matches!(
        PictureWriter::create(missing, spec, Existing::Replace),
        Err(Error::Io { .. })
    ));
}

#[test]
fn a_stream_gets_the_bytes_of_the_file() {
    #[derive(Clone, Default)]
    struct Shared(std::sync::Arc<parking_lot::Mutex<Vec<u8>>>);
    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let raster = noise(9, 8, Channels::Rgb, Depth::U8, 6);
        let picture = Picture { raster, metadata: Metadata::default() };
        let shared = Shared::default();
        let spec = Spec::new(format, 9, 8, Channels::Rgb, Depth::U8);
        let stream = Box::new(shared.clone());
        let mut writer = PictureWriter::to_stream(stream, "standard output", spec).unwrap();
        writer.raster(&picture.raster).unwrap();
        writer.finish().unwrap();
        assert_eq!(*shared.0.lock(), picture.encode(format).unwrap());
    }
}

#[test]
fn a_full_disk_is_said() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for format in Format::ALL {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let spec = Spec::new(format, 400, 400, Channels::Rgb, Depth::U8);
        let writer = PictureWriter::to_stream(Box::new(full), "full.png", spec);
        let written = writer.and_then(|mut writer| {
            writer.raster(&noise(400, 400, Channels::Rgb, Depth::U8, 1))?;
            writer.finish()
        });
        let message = written.unwrap_err().to_string();
        assert!(message.contains("full.png") && message.contains("No space"), "{message}");
    }
}

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
fn files_cut_short_are_errors() {
    for (format, file) in small_files() {
        for n in 0..file.len() {
            let cut = file[..n].to_vec();
            read_somehow(cut.clone());
            let Ok(read) = Picture::read(cut, "cut") else { continue };
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
    fn lossless_files_give_back_what_they_were_given(
        width in 1u32..80,
        height in 1u32..60,
        seed: u32,
        case in proptest::sample::select(cases().collect::<Vec<_>>()),
        compression in proptest::sample::select(
            vec![Compression::None, Compression::Fast, Compression::Small]
        ),
        strip in 1u32..60,
    ) {
        let (format, channels, depth) = case;
        prop_assume!(format != Format::Jpeg);
        let raster = noise(width, height, channels, depth, seed);
        let spec = Spec { compression, ..Spec::new(format, width, height, channels, depth) };
        let mut writer = PictureWriter::in_memory("a", spec).unwrap();
        let row_len = width as usize * channels.count();
        let pixels: Vec<f32> = (0..raster.samples().len()).map(|i| raster.samples().get(i)).collect();
        for (first, rows) in pixels.chunks(strip as usize * row_len).enumerate() {
            writer.rows(first as u32 * strip, rows).unwrap();
        }
        let read = Picture::read(writer.finish_bytes().unwrap(), "a").unwrap();
        prop_assert_eq!(read.raster, as_read(&raster, format));
    }

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
