//! A full disk and a folder that cannot be written to, on small file systems of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{files, folder, picture, polyinr};
use predicates::prelude::*;
use predicates::str::contains;

/// A small file system in memory, taken away at the end.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one with `options` at `path`. Needs root: without it the test is skipped, except
    /// where `CI` is set.
    fn mount(path: &Path, options: &str) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "polyinr-test"]).arg(path);
        if mount.output().is_ok_and(|o| o.status.success()) {
            return Some(Self(path.to_path_buf()));
        }
        assert!(std::env::var_os("CI").is_none(), "no tmpfs could be mounted; CI runs as root");
        eprintln!("skipped: no tmpfs could be mounted (not root)");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    let folder = folder();
    let Some(disk) = Disk::mount(&folder.path().join("disk"), "size=16k") else { return };
    let input = folder.path().join("a.png");
    picture(&input, 300, 300);
    for name in ["a.png", "a.tiff"] {
        let mut run = polyinr();
        run.arg("upscale").arg(&input).args(["--scale", "10", "-o"]).arg(disk.0.join(name));
        run.assert().code(1).stderr(contains(name).and(contains("No space left")));
        assert_eq!(files(&disk.0), Vec::<PathBuf>::new(), "{name}");
    }
}

#[test]
fn an_unwritable_folder_is_said() {
    let folder = folder();
    let Some(disk) = Disk::mount(&folder.path().join("disk"), "ro,size=1m") else { return };
    let input = folder.path().join("a.png");
    picture(&input, 8, 6);
    let targets = [disk.0.join("b.png"), disk.0.join("new/b.png")];
    for out in &targets {
        let says = contains("Read-only file system").and(contains("disk"));
        polyinr().arg("upscale").arg(&input).arg("-o").arg(out).assert().code(1).stderr(says);
    }
    let mut run = polyinr();
    run.args(["generate", "-c0", "-s0-1", "-o"]).arg(&disk.0);
    run.assert().code(1).stderr(contains("0 written, 2 failed"));
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/clean.safetensors");
    let mut run = polyinr();
    run.arg("import").arg(model).arg("-o").arg(disk.0.join("m.safetensors")).assert().code(1);
}
