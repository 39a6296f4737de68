//! Round trips of every format, depth and channels.

mod damaged;
mod writing;

use proptest::prelude::*;

use super::*;
use crate::raster::{Channels, Depth, RowSource, Samples};

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
    let Samples::U8(v) = raster.samples() else { panic!("8 bits expected") };
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
        let once = Picture::read(bytes.clone(), "a").unwrap();
        let mut strips = PictureReader::from_bytes(bytes, "a", &Limits::default()).unwrap();
        let first = strips.next_rows(1).unwrap().unwrap();
        assert_eq!((first.width(), first.samples().get(1)), (3, once.raster.samples().get(1)));
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
}
