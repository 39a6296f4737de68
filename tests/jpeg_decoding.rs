//! JPEG files of every structure, compared with what libjpeg-turbo's `djpeg` makes of them.
//!
//! Where its programs are not installed, the tests say so and pass, except with `CI` set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use polyinr::{NoteKind, Picture, PictureReader, Samples};

fn has_programs() -> bool {
    let found = ["cjpeg", "djpeg"]
        .iter()
        .all(|program| Command::new(program).arg("-version").output().is_ok());
    assert!(found || std::env::var_os("CI").is_none(), "cjpeg and djpeg are missing, CI is set");
    if !found {
        eprintln!("skipped: cjpeg or djpeg is missing (libjpeg-turbo-progs)");
    }
    found
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A picture with slopes, edges and noise, as a file for `cjpeg`.
    fn picture(&self, width: usize, height: usize) -> PathBuf {
        let path = self.path(&format!("{width}x{height}.ppm"));
        let mut file = format!("P6 {width} {height} 255\n").into_bytes();
        let mut state = 1u32;
        for (x, y) in (0..width * height).map(|i| (i % width, i / width)) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 28) as usize;
            let edge = if (x / 11 + y / 7) % 2 == 0 { 70 } else { 0 };
            file.extend(
                [x * 5 + edge + noise, y * 3 + 60 + noise, 200 - x + edge].map(|v| v as u8),
            );
        }
        fs::write(&path, file).unwrap();
        path
    }

    fn compressed(&self, picture: &Path, options: &[&str], scans: &str) -> Vec<u8> {
        let mut command = Command::new("cjpeg");
        command.args(options);
        if !scans.is_empty() {
            fs::write(self.path("scans"), scans).unwrap();
            command.arg("-scans").arg(self.path("scans"));
        }
        let done = command.arg(picture).output().unwrap();
        assert!(done.status.success(), "{options:?}: {}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    }

    /// The samples that `djpeg` decodes, and what it says of them.
    fn expected(&self, file: &[u8]) -> (Vec<u8>, String) {
        fs::write(self.path("in.jpg"), file).unwrap();
        let done = Command::new("djpeg").arg(self.path("in.jpg")).output().unwrap();
        let mut rest = &done.stdout[..];
        for _ in 0..3 {
            let line = rest.iter().position(|&b| b == b'\n').expect("a header");
            rest = &rest[line + 1..];
        }
        (rest.to_vec(), String::from_utf8_lossy(&done.stderr).into_owned())
    }

    /// Decodes `file` by both; `case` is its name.
    fn compare(&self, file: Vec<u8>, case: &str) {
        let (expected, said) = self.expected(&file);
        assert_eq!(said, "", "{case}");
        let (samples, notes) = decoded(file, case);
        assert_eq!(notes, [], "{case}");
        same(&samples, &expected, case);
    }
}

fn decoded(file: Vec<u8>, case: &str) -> (Vec<u8>, Vec<NoteKind>) {
    let reader = PictureReader::from_bytes(file, case, &Default::default()).expect(case);
    let notes = reader.notes().clone();
    let picture = Picture::from_reader(reader).expect(case);
    let Samples::U8(samples) = picture.raster.into_samples() else { panic!("8 bits expected") };
    (samples, notes.list().iter().map(|note| note.kind).collect())
}

fn same(found: &[u8], expected: &[u8], case: &str) {
    assert_eq!(found.len(), expected.len(), "{case}");
    let worst = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max();
    assert_eq!(worst, Some(0), "{case}");
}

const SCANS: [&str; 8] = [
    "",
    "0;1;2;",
    "0;1,2;",
    "0,1;2;",
    "1;2;0;",
    "2;0,1;",
    "0,1,2: 0-0,0,1; 0: 1-5,0,2; 2: 1-63,0,1; 1: 1-63,0,1; 0: 6-63,0,2; 0: 1-63,2,1; \
     0,1,2: 0-0,1,0; 2: 1-63,1,0; 1: 1-63,1,0; 0: 1-63,1,0;",
    "1: 0-0,0,0; 0,2: 0-0,0,0; 1: 1-63,0,0; 2: 1-20,0,0; 2: 21-63,0,0; 0: 1-63,0,0;",
];

#[test]
fn every_scan_script_sampling_and_restart() {
    if !has_programs() {
        return;
    }
    let bench = Bench::new();
    let samplings = [
        "1x1",
        "2x1",
        "1x2",
        "2x2",
        "4x1",
        "4x2",
        "1x4",
        "3x1",
        "1x1,2x2,2x2",
        "1x1,2x1,1x2",
        "2x2,2x1,1x2",
        "2x2,1x2,1x1",
    ];
    for (width, height) in [(88, 88), (67, 45), (3, 70), (5, 2), (1, 1)] {
        let picture = bench.picture(width, height);
        for sampling in samplings {
            for restart in ["0", "3B", "1"] {
                for scans in SCANS {
                    let options = ["-quality", "85", "-sample", sampling, "-restart", restart];
                    let file = bench.compressed(&picture, &options, scans);
                    let case = format!("{width}x{height} {sampling} restart {restart} '{scans}'");
                    bench.compare(file, &case);
                }
            }
        }
    }
}

#[test]
fn grey_has_the_size_of_the_picture_whatever_its_factors() {
    if !has_programs() {
        return;
    }
    let bench = Bench::new();
    let picture = bench.picture(45, 31);
    for sampling in ["1x1", "2x2", "3x4", "1x2"] {
        for restart in ["0", "3B"] {
            for progressive in [&["-baseline"][..], &["-progressive"]] {
                let options = ["-grayscale", "-sample", sampling, "-restart", restart];
                let options = [&options[..], progressive].concat();
                bench.compare(bench.compressed(&picture, &options, ""), &format!("{options:?}"));
            }
        }
    }
}

/// `file` with `ids` for its components and in place of the JFIF segment `head`.
fn renamed(file: &[u8], head: &[u8], ids: [u8; 3]) -> Vec<u8> {
    let mut out = [&file[..2], head, &file[20..]].concat();
    let find = |out: &[u8], marker: u8| out.windows(2).position(|w| w == [0xff, marker]).unwrap();
    let (frame, scan) = (find(&out, 0xc0), find(&out, 0xda));
    for (i, id) in ids.into_iter().enumerate() {
        out[frame + 10 + 3 * i] = id;
        out[scan + 5 + 2 * i] = id;
    }
    out
}

#[test]
fn colours_are_what_jfif_adobe_or_the_ids_say() {
    if !has_programs() {
        return;
    }
    let bench = Bench::new();
    let picture = bench.picture(40, 24);
    let file = bench.compressed(&picture, &["-sample", "2x1"], "");
    let jfif = &file[2..20];
    let adobe = |transform| [b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0", &[transform][..]].concat();
    for first in [&b""[..], jfif] {
        for second in [vec![], adobe(0), adobe(1), adobe(2)] {
            for head in [[first, &second].concat(), [&second, first].concat()] {
                for ids in [*b"RGB", [1, 2, 3], *b"rgb", [0, 1, 2], [82, 71, 1]] {
                    let file = renamed(&file, &head, ids);
                    let (expected, _) = bench.expected(&file);
                    let (found, _) = decoded(file, "colours");
                    let case = format!("JFIF {} Adobe {second:?} {ids:?}", !first.is_empty());
                    same(&found, &expected, &case);
                }
            }
        }
    }
}

#[test]
fn cut_files_are_decoded_as_far_as_they_go() {
    if !has_programs() {
        return;
    }
    let bench = Bench::new();
    let picture = bench.picture(88, 88);
    for (options, scans) in [
        (&["-sample", "2x2"][..], ""),
        (&["-sample", "2x1", "-restart", "3B"], ""),
        (&["-sample", "1x1"], "0;1;2;"),
        (&["-grayscale"], ""),
    ] {
        let file = bench.compressed(&picture, options, scans);
        for (parts, end) in [(1, 0), (2, 0), (2, 2), (3, 0), (3, 2), (3, 1)] {
            let kept = file.len() - 2 - (file.len() - 700) * (parts - 1) / 4;
            let cut = [&file[..kept], &[0xff, 0xd9][..end]].concat();
            let case = format!("{options:?} {scans} {kept} {end}");
            let (expected, said) = bench.expected(&cut);
            assert!(said.contains("remature end"), "{case}: {said}");
            let (found, notes) = decoded(cut, &case);
            same(&found, &expected, &case);
            let kind = if parts == 1 { NoteKind::Repaired } else { NoteKind::Incomplete };
            assert_eq!(notes, [kind], "{case}");
        }
    }
    let file = bench.compressed(&picture, &["-progressive"], "");
    let (_, notes) = decoded(file[..file.len() - 2].to_vec(), "progressive");
    assert_eq!(notes, [NoteKind::Repaired]);
    let scans: Vec<_> = (0..file.len() - 1).filter(|&i| file[i..i + 2] == [0xff, 0xda]).collect();
    for cut in [scans[2], scans[5] + 40, scans[1] - 3, file.len() - 40] {
        let (expected, _) = bench.expected(&file[..cut]);
        let (found, notes) = decoded(file[..cut].to_vec(), "progressive");
        // Versions of libjpeg-turbo differ a little in how they smooth blocks that are known roughly.
        let off = found.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b));
        assert!(off.clone().max() <= Some(8), "{cut}: {:?}", off.max());
        assert_eq!(notes, [NoteKind::Incomplete], "{cut}");
    }
    let (_, notes) = decoded([&file[..], &[0xff, 0xd8, 0, 0xff]].concat(), "more behind the end");
    assert_eq!(notes, []);
}

#[test]
fn damaged_files_fail_or_are_noted() {
    if !has_programs() {
        return;
    }
    let bench = Bench::new();
    let picture = bench.picture(88, 88);
    let file = bench.compressed(&picture, &["-sample", "2x2"], "");
    let at = |marker: u8| file.windows(2).position(|w| w == [0xff, marker]).unwrap();
    for (place, words) in
        [(at(0xc4) + 6, "Huffman"), (at(0xdb) + 4, "quantisation"), (at(0xda) + 5, "component")]
    {
        let mut file = file.clone();
        file[place] = 0xee;
        let error = Picture::read(file, "a.jpg").unwrap_err();
        assert!(matches!(error, polyinr::Error::Decode { .. }), "{error}");
        let error = error.to_string();
        assert!(error.contains("damaged") && error.contains(words), "{error}");
    }
    let data = at(0xda) + 14;
    let parts: [&[&[u8]]; 3] = [
        &[&file[..data + 400], &file[data + 600..]],
        &[&file[..data + 400], b"\xff\xd9", &file[data + 400..]],
        &[&file[..file.len() - 2], &[0x55; 9], &file[file.len() - 2..]],
    ];
    for parts in parts {
        let file = parts.concat();
        let (expected, said) = bench.expected(&file);
        assert!(said.contains("Corrupt"), "{said}");
        let (found, notes) = decoded(file, "damaged");
        same(&found, &expected, "damaged");
        assert_eq!(notes, [NoteKind::Incomplete]);
    }
}

#[test]
fn what_is_not_handled_is_named() {
    if !has_programs() {
        return;
    }
    let bench = Bench::new();
    let picture = bench.picture(40, 40);
    let file = bench.compressed(&picture, &["-arithmetic"], "");
    let odd = bench.compressed(&picture, &["-sample", "1x1"], "");
    let frame = odd.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    let mut no_height = odd.clone();
    no_height[frame + 5..frame + 7].fill(0);
    let mut factors = odd.clone();
    (factors[frame + 11], factors[frame + 14]) = (0x31, 0x21);
    let mut lossless = odd.clone();
    lossless[frame + 1] = 0xc3;
    for (file, word) in [
        (file, "arithmetic"),
        (no_height, "height"),
        (factors, "sampling factors of 3x1, 2x1, 1x1"),
        (lossless, "lossless"),
    ] {
        let error = Picture::read(file, "a.jpg").unwrap_err();
        assert!(matches!(error, polyinr::Error::Unsupported { .. }), "{error}");
        let error = error.to_string();
        assert!(error.contains(word) && !error.contains("damaged"), "{error}");
    }
}
