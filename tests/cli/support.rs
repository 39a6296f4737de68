//! What the tests of the command line share.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use polyinr::{Channels, Depth, Existing, Format, Picture, Raster, Samples};
use tempfile::TempDir;

/// The program, in an environment where only the built-in models are.
pub fn polyinr() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("polyinr"));
    command.env_remove("POLYINR_MODELS").env_remove("POLYINR_DATA");
    command
}

/// An empty folder that goes away with it.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A raster with colours, edges and, where there is alpha, holes.
pub fn raster(width: u32, height: u32, channels: Channels, depth: Depth) -> Raster {
    let count = channels.count();
    let mut samples = Samples::zeroed(depth, width as usize * height as usize * count);
    for y in 0..height as usize {
        for x in 0..width as usize {
            for c in 0..count {
                let wave = ((x * (3 + c) + y * (5 - c)) as f32 / 7.0).sin() * 0.5 + 0.5;
                let alpha = channels.has_alpha() && c == count - 1;
                let hole = if (x / 4 + y / 4) % 2 == 0 { 0.0 } else { 1.0 };
                samples.set((y * width as usize + x) * count + c, if alpha { hole } else { wave });
            }
        }
    }
    Raster::new(width, height, channels, samples).expect("a raster")
}

/// Writes an RGB picture of 8 bits; its folder is made if need be.
pub fn picture(path: &Path, width: u32, height: u32) {
    save(path, raster(width, height, Channels::Rgb, Depth::U8));
}

/// Writes `raster` in the format that the name says.
pub fn save(path: &Path, raster: Raster) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
    let picture = Picture { raster, metadata: Default::default() };
    picture.save(path, Existing::Replace).expect("the picture is written");
}

/// The bytes of an RGB picture of 8 bits.
pub fn encoded(format: Format, width: u32, height: u32) -> Vec<u8> {
    let raster = raster(width, height, Channels::Rgb, Depth::U8);
    Picture { raster, metadata: Default::default() }.encode(format).expect("encoded")
}

/// Width and height of the picture at `path`, decoded whole.
pub fn size(path: &Path) -> (u32, u32) {
    let picture = Picture::open(path).expect("a whole picture");
    (picture.raster.width(), picture.raster.height())
}

/// All files under `folder`, relative to it, sorted; hidden ones too.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    fn walk(root: &Path, folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => walk(root, &path, out),
                false => out.push(path.strip_prefix(root).expect("inside").to_path_buf()),
            }
        }
    }
    let mut out = Vec::new();
    if folder.exists() {
        walk(folder, folder, &mut out);
    }
    out.sort();
    out
}

/// The JSON lines of a run.
pub fn json_lines(stdout: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(stdout).expect("text");
    text.lines().map(|l| serde_json::from_str(l).expect("a JSON object")).collect()
}
