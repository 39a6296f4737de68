//! Published upscalers to judge beside, run by a script in Python.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use polyinr::Raster;

use super::picture::{image, key, raster};
use super::set::Case;
use crate::data::picture::decode;
use crate::error::{Error, Result};

/// What runs them; given to Python on its standard input.
const SCRIPT: &str = include_str!("../../judge/peers.py");

/// A published upscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// SPAN (2023), 48 channels, trained for PSNR
    Span,
    /// Real-ESRGAN (2021), 16.7 million parameters, adversarial
    #[value(name = "realesrgan-x4plus")]
    RealEsrgan,
    /// Real-ESRGAN's small network for drawn films
    #[value(name = "animevideov3")]
    AnimeVideo,
    /// Real-CUGAN (2022) with its strongest cleaning, for drawings
    #[value(name = "realcugan-denoise3x")]
    RealCugan,
    /// waifu2x for photographs, the second of its four levels of cleaning
    #[value(name = "waifu2x-photo")]
    Waifu2x,
}

impl Peer {
    /// What it is called in tables, on the command line and by the script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::RealEsrgan => "realesrgan-x4plus",
            Self::AnimeVideo => "animevideov3",
            Self::RealCugan => "realcugan-denoise3x",
            Self::Waifu2x => "waifu2x-photo",
        }
    }
}

/// Runs peers and keeps what they make.
#[derive(Debug)]
pub struct Peers {
    python: PathBuf,
    folder: PathBuf,
    threads: usize,
}

impl Peers {
    /// The factor that they enlarge by.
    pub const FACTOR: u32 = 4;

    /// Peers that `python` runs on so many `threads`; results are kept in `folder`, by what they were
    /// made from.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no such program.
    pub fn new(python: PathBuf, folder: PathBuf, threads: usize) -> Result<Self> {
        if python.components().count() > 1 && !python.is_file() {
            let problem = format!(
                "there is no {}; `cargo xtask peers` makes it, or name a Python with the packages \
                 of trainer/judge/peers.txt by --python",
                python.display()
            );
            return Err(Error::parameter("--peers", problem));
        }
        Ok(Self { python, folder, threads })
    }

    /// Enlarges the inputs of `cases` of which there is no result yet; `done` is called for each.
    ///
    /// # Errors
    /// [`Error::Io`] when Python cannot be started or files cannot be written, [`Error::Parameter`]
    /// when the script fails, which says why on standard error.
    pub fn prepare(&self, peer: Peer, cases: &[Case], done: &mut dyn FnMut()) -> Result<()> {
        let results = self.folder.join(peer.name());
        fs::create_dir_all(&results).map_err(|e| Error::io(&results, "create", e))?;
        let inputs = tempfile::tempdir_in(&self.folder)
            .map_err(|e| Error::io(&self.folder, "create a folder in", e))?;
        let mut missing = 0;
        for case in cases {
            if self.path(peer, &case.input).is_file() {
                done();
                continue;
            }
            let path = inputs.path().join(file(&case.input));
            image(&case.input)
                .save(&path)
                .map_err(|e| Error::io(&path, "write", std::io::Error::other(e)))?;
            missing += 1;
        }
        if missing == 0 { Ok(()) } else { self.run(peer, inputs.path(), &results, done) }
    }

    fn run(&self, peer: Peer, from: &Path, to: &Path, done: &mut dyn FnMut()) -> Result<()> {
        let failed = |e| Error::io(&self.python, "run", e);
        let mut command = Command::new(&self.python);
        command.args(["-", peer.name()]).args([from, to]).arg(self.threads.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut script) = child.stdin.take() {
            match script.write_all(SCRIPT.as_bytes()) {
                // It ended before it read the script; its status is told below.
                Err(e) if e.kind() == ErrorKind::BrokenPipe => (),
                written => written.map_err(failed)?,
            }
        }
        let output = child.stdout.take().map(BufReader::new);
        output.into_iter().flat_map(|lines| lines.lines()).for_each(|_| done());
        match child.wait().map_err(failed)? {
            status if status.success() => Ok(()),
            status => {
                let problem = format!("{} failed ({status}), see above", peer.name());
                Err(Error::parameter("--peers", problem))
            }
        }
    }

    /// Where the result of an input is kept.
    pub(super) fn path(&self, peer: Peer, input: &Raster) -> PathBuf {
        self.folder.join(peer.name()).join(file(input))
    }

    /// What `peer` made of `input`, which was [prepared](Self::prepare).
    ///
    /// # Errors
    /// [`Error::Io`] when it is not there, [`Error::Library`] when it is damaged.
    pub fn result(&self, peer: Peer, input: &Raster) -> Result<Raster> {
        let path = self.path(peer, input);
        let bytes = fs::read(&path).map_err(|e| Error::io(&path, "read", e))?;
        raster(decode(bytes, &path.display().to_string())?)
    }
}

/// The name of the file of a picture.
fn file(picture: &Raster) -> String {
    format!("{}.png", &key(&[picture], "")[..32])
}

#[cfg(test)]
mod tests {
    use super::super::set::tests::drawn;
    use super::*;

    /// Stands for a Python with ncnn: copies its inputs to its results.
    const COPY: &str = "#!/bin/sh\ncat >/dev/null\nfor f in \"$3\"/*.png; do cp \"$f\" \"$4\"; \
                        echo \"$f\"; done\n";

    fn program(folder: &Path, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join("python");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn cases() -> Vec<Case> {
        drawn(2).cases
    }

    #[test]
    fn names_are_those_of_the_script_and_of_the_command_line() {
        for peer in Peer::value_variants() {
            assert!(SCRIPT.contains(&format!("    \"{}\": ", peer.name())), "{peer:?}");
            assert_eq!(peer.to_possible_value().unwrap().get_name(), peer.name());
        }
        assert_eq!(SCRIPT.matches("\": ").count(), Peer::value_variants().len());
    }

    #[test]
    fn results_are_made_once() {
        let (folder, cases) = (tempfile::tempdir().unwrap(), cases());
        let python = program(folder.path(), COPY);
        let peers = Peers::new(python.clone(), folder.path().join("peers"), 1).unwrap();
        let mut count = 0;
        peers.prepare(Peer::Span, &cases, &mut || count += 1).unwrap();
        assert_eq!(count, 2);
        assert_eq!(peers.result(Peer::Span, &cases[1].input).unwrap(), *cases[1].input);
        assert!(peers.result(Peer::Waifu2x, &cases[1].input).is_err());
        program(folder.path(), "#!/bin/sh\nexit 3\n");
        peers.prepare(Peer::Span, &cases, &mut || count += 1).unwrap();
        assert_eq!(count, 4);
        let failed = peers.prepare(Peer::Waifu2x, &cases, &mut || ()).unwrap_err().to_string();
        assert!(failed.contains("waifu2x-photo failed"), "{failed}");
    }

    #[test]
    fn a_python_that_is_missing_is_told_with_what_makes_it() {
        let error = Peers::new("/nowhere/python3".into(), PathBuf::new(), 1).unwrap_err();
        assert!(error.to_string().contains("cargo xtask peers"), "{error}");
    }
}
