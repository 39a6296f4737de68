//! Files from and for other programs: Pillow, tifffile, ImageMagick, libtiff's tools, exiftool.
//!
//! Where these are not installed, the tests say so and pass, except with `CI` set.

use std::path::{Path, PathBuf};
use std::process::Command;

use polyinr::{
    Channels, Depth, Existing, Format, Metadata, Picture, PictureWriter, Raster, Resolution,
    Samples, Spec,
};

/// Whether `program` can be run with `check`; its absence is an error under `CI`.
fn has(program: &str, check: &[&str]) -> bool {
    let found = Command::new(program).args(check).output().is_ok_and(|o| o.status.success());
    let required = std::env::var_os("CI").is_some();
    assert!(found || !required, "{program} {check:?} fails, and CI is set: install it");
    if !found {
        eprintln!("skipped: {program} {check:?} fails; install it to run this test");
    }
    found
}

fn has_python() -> bool {
    has("python3", &["-c", "import PIL, numpy, tifffile, imagecodecs"])
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().expect(program);
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a script whose first lines are these, in `folder`.
fn python(folder: &Path, script: &str) -> String {
    let head = "import os, sys, numpy as np, tifffile\nfrom PIL import Image, ImageCms\n\
        os.chdir(sys.argv[1])\n\
        def ramp(h, w, n, dtype):\n\
        \x20   a = (np.arange(h * w * n) * 7919 % 65521).reshape((h, w, n))\n\
        \x20   if dtype == 'float32': return (a / 65520 * 1.5 - 0.25).astype(dtype)\n\
        \x20   return (a % (256 if dtype == 'uint8' else 65536)).astype(dtype)\n";
    run("python3", &["-c", &format!("{head}{script}"), folder.to_str().expect("a path")])
}

/// The samples that the scripts' `ramp` makes.
fn ramp(width: u32, height: u32, channels: Channels, depth: Depth) -> Raster {
    let len = width as usize * height as usize * channels.count();
    let at = |i: usize| (i * 7919 % 65521) as u32;
    let samples = match depth {
        Depth::U8 => Samples::U8((0..len).map(|i| at(i) as u8).collect()),
        Depth::U16 => Samples::U16((0..len).map(|i| at(i) as u16).collect()),
        Depth::F32 => Samples::F32(
            (0..len).map(|i| (f64::from(at(i)) / 65520.0 * 1.5 - 0.25) as f32).collect(),
        ),
    };
    Raster::new(width, height, channels, samples).expect("a raster")
}

fn picture(raster: Raster) -> Picture {
    Picture { raster, metadata: Metadata::default() }
}

fn open(path: PathBuf) -> Picture {
    Picture::open(&path).unwrap_or_else(|e| panic!("{e}"))
}

const CHANNELS: [Channels; 4] =
    [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];

/// Every choice of channels and depth, with the depth's name in NumPy.
fn kinds() -> impl Iterator<Item = (Channels, Depth, &'static str)> {
    let depths = [(Depth::U8, "uint8"), (Depth::U16, "uint16"), (Depth::F32, "float32")];
    CHANNELS.into_iter().flat_map(move |c| depths.map(|(depth, name)| (c, depth, name)))
}

#[test]
fn tifffile_reads_what_we_write() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut script = String::new();
    for (channels, depth, dtype) in kinds() {
        let n = channels.count();
        let name = format!("{n}-{dtype}.tif");
        let saved = picture(ramp(37, 300, channels, depth));
        saved.save(folder.path().join(&name), Existing::Refuse).expect("saved");
        script += &format!(
            "a = tifffile.imread('{name}').reshape((300, 37, {n}))\n\
             assert a.dtype == '{dtype}', a.dtype\n\
             assert np.array_equal(a, ramp(300, 37, {n}, '{dtype}')), '{name}'\n"
        );
    }
    python(folder.path(), &script);
}

#[test]
fn we_read_what_tifffile_writes() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let ways = [
        ("plain", ""),
        ("strips", "rowsperstrip=7, compression='zlib', predictor=True"),
        ("lzw", "rowsperstrip=16, compression='lzw', predictor=True"),
        ("packbits", "rowsperstrip=16, compression='packbits'"),
        ("tiles", "tile=(32, 16), compression='zlib'"),
        ("tiles_predicted", "tile=(32, 16), compression='zlib', predictor=True"),
        ("planar", "planar=True, rowsperstrip=7"),
        ("planar_tiles", "planar=True, tile=(16, 32), compression='zlib'"),
        ("big", "bigtiff=True"),
        ("big_endian", "byteorder='>', rowsperstrip=9, compression='zlib'"),
    ];
    let mut script =
        "def write(name, n, dtype, planar=False, byteorder='<', bigtiff=False, **o):\n\
        \x20   a = ramp(75, 41, n, dtype)\n\
        \x20   o['photometric'] = 'minisblack' if n < 3 else 'rgb'\n\
        \x20   if n % 2 == 0: o['extrasamples'] = ['unassalpha']\n\
        \x20   if n == 1: a = a[:, :, 0]\n\
        \x20   elif planar: a, o['planarconfig'] = a.transpose(2, 0, 1), 'separate'\n\
        \x20   else: o['planarconfig'] = 'contig'\n\
        \x20   with tifffile.TiffWriter(name, byteorder=byteorder, bigtiff=bigtiff) as w:\n\
        \x20       w.write(a, metadata=None, **o)\n"
            .to_owned();
    for (way, options) in ways {
        for (channels, _, dtype) in kinds() {
            let n = channels.count();
            script += &format!("write('{way}{n}{dtype}', {n}, '{dtype}', {options})\n");
        }
    }
    python(folder.path(), &script);
    for (way, _) in ways {
        for (channels, depth, dtype) in kinds() {
            let name = format!("{way}{}{dtype}", channels.count());
            let read = open(folder.path().join(&name)).raster;
            assert_eq!(read, ramp(41, 75, channels, depth), "{name}");
        }
    }
}

#[test]
fn half_and_double_floats_and_few_bits_are_expanded() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python(
        folder.path(),
        "a = np.array([[0, 0.5, 1.5], [-1, 0.25, 1]])\n\
         tifffile.imwrite('h.tif', a.astype('float16'))\n\
         tifffile.imwrite('d.tif', a)\n\
         b = Image.fromarray(np.array([[0, 255, 255], [255, 0, 0]], 'uint8')).convert('1')\n\
         b.save('one.png'); b.save('one.tif')\n\
         i = np.zeros((2, 3), 'int16'); tifffile.imwrite('int.tif', i)\n\
         Image.new('CMYK', (4, 4)).save('cmyk.tif'); Image.new('CMYK', (4, 4)).save('cmyk.jpg')\n",
    );
    let floats = Samples::F32(vec![0.0, 0.5, 1.5, -1.0, 0.25, 1.0]);
    assert_eq!(open(folder.path().join("h.tif")).raster.samples(), &floats);
    assert_eq!(open(folder.path().join("d.tif")).raster.samples(), &floats);
    let bits = Samples::U8(vec![0, 255, 255, 255, 0, 0]);
    assert_eq!(open(folder.path().join("one.png")).raster.samples(), &bits);
    assert_eq!(open(folder.path().join("one.tif")).raster.samples(), &bits);
    for (name, said) in [("int.tif", "signed"), ("cmyk.tif", "CMYK"), ("cmyk.jpg", "CMYK")] {
        let message = Picture::open(folder.path().join(name)).expect_err(name).to_string();
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn pillow_and_we_agree_on_png_and_webp() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let modes = ["L", "LA", "RGB", "RGBA"];
    for (channels, mode) in CHANNELS.into_iter().zip(modes) {
        let n = channels.count();
        python(
            folder.path(),
            &format!(
                "a = ramp(20, 30, {n}, 'uint8')\n\
                 p = Image.fromarray(a[:, :, 0] if {n} == 1 else a, '{mode}')\n\
                 p.save('a.png')\n\
                 if {n} > 2: p.save('a.webp', lossless=True, exact=True)\n"
            ),
        );
        let expected = ramp(30, 20, channels, Depth::U8);
        assert_eq!(open(folder.path().join("a.png")).raster, expected);
        let mut formats = vec!["png"];
        if n > 2 {
            assert_eq!(open(folder.path().join("a.webp")).raster, expected);
            formats.push("webp");
        }
        for format in formats {
            let path = folder.path().join(format!("ours.{format}"));
            picture(expected.clone()).save(path, Existing::Replace).expect("saved");
            python(
                folder.path(),
                &format!(
                    "p = Image.open('ours.{format}'); assert p.mode == '{mode}', p.mode\n\
                     a = np.asarray(p).reshape((20, 30, {n}))\n\
                     assert np.array_equal(a, ramp(20, 30, {n}, 'uint8'))\n"
                ),
            );
        }
    }
}

#[test]
fn pages_and_frames_are_counted() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python(
        folder.path(),
        "p = Image.fromarray(ramp(30, 40, 3, 'uint8')); more = [p.rotate(90), p.rotate(180)]\n\
         for f in ['a.tif', 'a.png', 'a.webp']: p.save(f, save_all=True, append_images=more)\n\
         with tifffile.TiffWriter('r.tif') as w:\n\
         \x20   w.write(ramp(30, 40, 3, 'uint8')); w.write(ramp(15, 20, 3, 'uint8'), subfiletype=1)\n\
         p.save('one.png')\n",
    );
    let pages = |name| Picture::probe(folder.path().join(name)).expect(name).pages;
    assert_eq!(["a.tif", "a.png", "a.webp", "r.tif", "one.png"].map(pages), [3, 3, 3, 1, 1]);
}

#[test]
fn palettes_and_transparent_colours_are_expanded() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python(
        folder.path(),
        "p = Image.new('P', (2, 1)); p.putpalette([1, 2, 3, 4, 5, 6]); p.putpixel((1, 0), 1)\n\
         p.save('p.png'); p.save('t.png', transparency=1)\n\
         g = Image.new('L', (2, 1), 7); g.putpixel((1, 0), 8); g.save('g.png', transparency=8)\n",
    );
    let read = |name| open(folder.path().join(name)).raster.into_samples();
    assert_eq!(read("p.png"), Samples::U8(vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(read("t.png"), Samples::U8(vec![1, 2, 3, 255, 4, 5, 6, 0]));
    assert_eq!(read("g.png"), Samples::U8(vec![7, 255, 8, 0]));
}

#[test]
fn lossy_files_decode_as_pillow_decodes_them() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python(
        folder.path(),
        "y, x = np.mgrid[0:60, 0:80]\n\
         a = np.stack([x * 3, y * 4, 255 - x - y], 2).clip(0, 255).astype('uint8')\n\
         p = Image.fromarray(a)\n\
         p.save('a.jpg', quality=95); p.save('b.jpg', progressive=True, subsampling=2)\n\
         p.convert('L').save('c.jpg'); p.save('d.webp', quality=90)\n\
         p.save('e.tif', compression='jpeg', quality=95)\n\
         for f in ['a.jpg', 'b.jpg', 'c.jpg', 'd.webp', 'e.tif']:\n\
         \x20   Image.open(f).save(f + '.png')\n",
    );
    for name in ["a.jpg", "b.jpg", "c.jpg", "d.webp", "e.tif"] {
        let ours = open(folder.path().join(name)).raster;
        let theirs = open(folder.path().join(format!("{name}.png"))).raster;
        assert_eq!(ours.channels(), theirs.channels(), "{name}");
        let (a, b) = (ours.samples(), theirs.samples());
        let worst = (0..a.len()).map(|i| (a.get(i) - b.get(i)).abs()).fold(0.0, f32::max);
        assert!(worst < 12.0 / 255.0, "{name}: {worst}");
    }
}

#[test]
fn imagemagick_and_we_agree() {
    if !has("convert", &["-version"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    for channels in CHANNELS {
        for (depth, format) in [
            (Depth::U8, Format::Png),
            (Depth::U16, Format::Png),
            (Depth::U8, Format::Tiff),
            (Depth::U16, Format::Tiff),
        ] {
            let (ours, theirs) = (path("o"), path("t"));
            let (name, raster) = (format.name(), ramp(33, 27, channels, depth));
            let spec = Spec::new(format, 33, 27, channels, depth);
            let mut writer = PictureWriter::create(&ours, spec, Existing::Replace).expect("ours");
            writer.raster(&raster).expect("rows");
            writer.finish().expect("a file");
            let interlace = if format == Format::Png { "PNG" } else { "None" };
            let (from, to) = (format!("{name}:{ours}"), format!("{name}:{theirs}"));
            run("convert", &[&from, "-interlace", interlace, &to]);
            let read = open(theirs.into()).raster;
            let case = format!("{format} {channels:?} {depth:?}");
            assert_eq!(read.samples().depth(), depth, "{case}");
            assert_eq!(read, raster, "{case}");
        }
    }
}

#[test]
fn libtiff_accepts_our_files() {
    if !has("sh", &["-c", "command -v tiffcp && command -v tiffinfo"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    for channels in CHANNELS {
        for depth in [Depth::U8, Depth::U16, Depth::F32] {
            let raster = ramp(50, 300, channels, depth);
            let (ours, theirs) = (path("o.tif"), path("t.tif"));
            picture(raster.clone()).save(&ours, Existing::Replace).expect("saved");
            let info = run("tiffinfo", &["-D", &ours]);
            assert!(!info.contains("Warning"), "{info}");
            for options in [&["-c", "lzw"][..], &["-t", "-w", "32", "-l", "16"], &["-8"]] {
                run("tiffcp", &[options, &[&ours, &theirs]].concat());
                assert_eq!(open(theirs.clone().into()).raster, raster, "{options:?}");
            }
        }
    }
}

#[test]
fn associated_alpha_is_divided_out() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python(
        folder.path(),
        "a = np.array([[[100, 50, 0, 200], [0, 0, 0, 0]]], 'uint8')\n\
         tifffile.imwrite('a.tif', a, photometric='rgb', extrasamples=['assocalpha'])\n",
    );
    let read = open(folder.path().join("a.tif")).raster.into_samples();
    assert_eq!(read, Samples::U8(vec![128, 64, 0, 200, 0, 0, 0, 0]));
}

/// A photograph's metadata by Pillow and exiftool, in the given format.
fn described(folder: &Path, name: &str, orientation: u8) {
    python(
        folder,
        &format!(
            "p = Image.fromarray(ramp(30, 40, 3, 'uint8'))\n\
             icc = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()\n\
             o = dict(quality=100) if '{name}'.endswith('jpg') else dict()\n\
             if '{name}'.endswith('webp'): o = dict(lossless=True)\n\
             p.save('{name}', icc_profile=icc, dpi=(150, 150), **o)\n"
        ),
    );
    let path = folder.join(name);
    let orientation = format!("-IFD0:Orientation#={orientation}");
    run(
        "exiftool",
        &[
            "-q",
            "-overwrite_original",
            "-IFD0:Artist=Ada",
            "-IFD0:Copyright=(c) Ada",
            "-ExifIFD:ISO=400",
            "-ExifIFD:LensModel=50mm",
            "-GPS:GPSLatitude=52.5",
            "-GPS:GPSLatitudeRef=N",
            "-XMP-dc:Title=Tower",
            &orientation,
            path.to_str().expect("a path"),
        ],
    );
}

/// What exiftool says of the kept metadata.
fn told(path: &Path) -> String {
    let tags = ["Artist", "Copyright", "ISO", "LensModel", "GPSLatitude", "Title"];
    let mut args = vec!["-s".to_owned(), "-n".to_owned(), "-ICC_Profile:ProfileDescription".into()];
    args.extend(tags.iter().map(|t| format!("-{t}")));
    args.push(path.to_str().expect("a path").to_owned());
    run("exiftool", &args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Checks with exiftool that the files `out.*` are upright and without errors.
fn sound(folder: &Path) {
    let paths = Format::ALL.map(|f| folder.join(format!("out.{}", f.name())));
    let paths: Vec<_> = paths.iter().map(|p| p.to_str().expect("a path")).collect();
    let tags = ["-s", "-n", "-a", "-Orientation", "-validate", "-warning", "-error"];
    let said = run("exiftool", &[&tags[..], &paths].concat());
    let orientations = said.lines().filter(|l| l.starts_with("Orientation"));
    // A block made from TIFF tags need not state it; a TIFF does.
    assert!(orientations.clone().count() >= 1, "{said}");
    assert!(orientations.into_iter().all(|l| l.ends_with(": 1")), "{said}");
    assert!(!said.lines().any(|l| l.starts_with("Error")), "{said}");
}

#[test]
fn metadata_goes_from_every_format_to_every_format() {
    if !has_python() || !has("exiftool", &["-ver"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["in.png", "in.jpg", "in.tif", "in.webp"];
    for name in names {
        described(folder.path(), name, 6);
        let source = folder.path().join(name);
        let before = told(&source);
        assert!(before.lines().count() >= 7, "{name}: {before}");
        let mut read = open(source);
        assert_eq!((read.raster.width(), read.raster.height()), (30, 40), "{name}");
        read.metadata.parameters = Some("scale=2".to_owned());
        for format in Format::ALL {
            let target = folder.path().join(format!("out.{}", format.name()));
            read.save(&target, Existing::Replace).expect("saved");
            assert_eq!(told(&target), before, "{name} to {format}");
            let again = open(target);
            assert_eq!(again.metadata.parameters.as_deref(), Some("scale=2"));
        }
        sound(folder.path());
    }
}

#[test]
fn resolution_follows_the_size() {
    if !has_python() || !has("exiftool", &["-ver"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["in.png", "in.jpg", "in.tif"] {
        described(folder.path(), name, 1);
        let source = folder.path().join(name);
        let info = Picture::probe(&source).expect("a header");
        assert_eq!(info.metadata.resolution, Some(Resolution::dpi(150.0)), "{name}");
        for format in [Format::Png, Format::Jpeg, Format::Tiff] {
            let path = folder.path().join("out");
            let spec = Spec::like(&info, format, 80, 60);
            let mut writer = PictureWriter::create(&path, spec, Existing::Replace).expect("ours");
            writer.rows(0, &vec![0.5; 80 * 60 * 3]).expect("rows");
            writer.finish().expect("a file");
            let said = python(
                folder.path(),
                "p = Image.open('out'); print(p.size, [round(float(d)) for d in p.info['dpi']])",
            );
            assert_eq!(said.trim(), "(80, 60) [300, 300]", "{name} to {format}");
        }
    }
}
