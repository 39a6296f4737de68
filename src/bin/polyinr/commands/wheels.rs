//! Wheels: which ones are known, how they are checked, and what is taken out of them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use polyinr::Error;
use polyinr::engine::onnx::RUNTIME_VERSION;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::failure::{Failure, Outcome};
use crate::report::Reporter;

/// A wheel that this program was tried with.
#[derive(Clone, Copy, Debug)]
pub struct Pinned {
    /// Name and version, as pip asks for them.
    requirement: &'static str,
    /// SHA-256 of its files, one a kind of processor.
    sha256: &'static [&'static str],
}

/// For the engine onnx.
pub const PROCESSOR: &[Pinned] = &[Pinned {
    requirement: "onnxruntime==1.31.1",
    sha256: &[
        "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
        "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
    ],
}];

/// For the engine cuda.
pub const GPU: &[Pinned] = &[
    Pinned {
        requirement: "onnxruntime-gpu==1.31.1",
        sha256: &["e26c475fe361b2015f45b4b824bd13f0bb20204e59b62814e6f0acd5f3d491a6"],
    },
    Pinned {
        requirement: "nvidia-cuda-runtime==13.5.37",
        sha256: &["df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d"],
    },
    Pinned {
        requirement: "nvidia-cuda-nvrtc==13.5.37",
        sha256: &["86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc"],
    },
    Pinned {
        requirement: "nvidia-nvjitlink==13.5.37",
        sha256: &["280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb"],
    },
    Pinned {
        requirement: "nvidia-cublas==13.10.0.20",
        sha256: &["dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84"],
    },
    Pinned {
        requirement: "nvidia-curand==10.4.5.25",
        sha256: &["22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529"],
    },
    Pinned {
        requirement: "nvidia-cufft==12.5.0.14",
        sha256: &["b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad"],
    },
    Pinned {
        requirement: "nvidia-cudnn-cu13==9.28.0.42",
        sha256: &["7358353c75bb121a58e5f7712fe6d588883dc1df8ba00f428237e44e97543c4d"],
    },
];

/// Largest wheel, in bytes.
const MOST_PACKED: u64 = 2 << 30;
/// Bytes that a wheel may unpack to for each of its own, and as many more.
const RATIO: u64 = 32;
const SPARE: u64 = 16 << 20;

impl Pinned {
    /// A line of pip's list of requirements.
    pub fn line(&self) -> String {
        let hashes: Vec<String> =
            self.sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
        format!("{}{}", self.requirement, hashes.concat())
    }
}

/// A SHA-256 as a user gives it: 64 hexadecimal digits.
pub fn sha256(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    match digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(digits.to_ascii_lowercase()),
        false => Err("64 hexadecimal digits are needed, as sha256sum prints them".to_owned()),
    }
}

/// A wheel that is taken.
#[derive(Clone, Debug)]
pub struct Wheel {
    /// What is unpacked: a file that nobody else writes to.
    file: PathBuf,
    /// What messages call it.
    name: String,
}

/// The hashes of wheels that are taken.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'a> {
    /// Those that the user vouches for.
    pub named: &'a [String],
}

impl Accepted<'_> {
    fn contains(self, hash: &str) -> bool {
        let known = || PROCESSOR.iter().chain(GPU).flat_map(|wheel| wheel.sha256);
        known().any(|h| *h == hash) || self.named.iter().any(|h| h == hash)
    }

    /// Takes the wheels in `folder`, which nobody else writes to.
    pub fn all_in(self, folder: &Path) -> Outcome<Vec<Wheel>> {
        let taken = |file: PathBuf| {
            let hash = copied(&mut polyinr::file::open(&file)?, &mut io::sink(), &file)?;
            let name = file.display().to_string();
            if self.contains(&hash) { Ok(Wheel { file, name }) } else { Err(unknown(&file, &hash)) }
        };
        Ok(wheels_in(folder)?.into_iter().map(taken).collect::<Result<_, _>>()?)
    }

    /// Copies those of the wheels at `paths` that are taken to `folder`. Of a folder every wheel in it
    /// is looked at and others than those that are taken are passed over; a file must be one.
    pub fn gathered(
        self,
        paths: &[PathBuf],
        folder: &Path,
        reporter: &Reporter,
    ) -> Outcome<Vec<Wheel>> {
        let mut taken = Vec::new();
        for path in paths {
            if !path.is_dir() {
                taken.push(self.copy(path, folder, taken.len())?);
                continue;
            }
            let before = taken.len();
            for wheel in wheels_in(path)? {
                match self.copy(&wheel, folder, taken.len()) {
                    Ok(copy) => taken.push(copy),
                    Err(Error::Unsupported { what, problem }) => {
                        reporter.say(&format!("{what}: passed over: {problem}"));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if taken.len() == before {
                let folder = path.display();
                return Err(Failure::usage(format!(
                    "--from: {folder} has no wheel of ONNX Runtime {RUNTIME_VERSION} that this \
                     program knows"
                )));
            }
        }
        Ok(taken)
    }

    /// Copies the wheel at `path` to `folder` if it is taken: what is unpacked then is what was
    /// looked at.
    fn copy(self, path: &Path, folder: &Path, number: usize) -> Result<Wheel, Error> {
        let mut from = polyinr::file::open(path)?;
        let copy = folder.join(format!("{number}.whl"));
        let mut to = File::create_new(&copy).map_err(|e| Error::io(&copy, "write", e))?;
        let hash = copied(&mut from, &mut to, path)?;
        if self.contains(&hash) {
            return Ok(Wheel { file: copy, name: path.display().to_string() });
        }
        drop(to);
        fs::remove_file(&copy).map_err(|e| Error::io(&copy, "remove", e))?;
        Err(unknown(path, &hash))
    }
}

fn unknown(path: &Path, hash: &str) -> Error {
    Error::unsupported(
        path.display().to_string(),
        format!(
            "its SHA-256 {hash} is none of those of ONNX Runtime {RUNTIME_VERSION} that this program \
             knows; if you trust the file, give --sha256 {hash}"
        ),
    )
}

/// The wheels in a folder, by name.
fn wheels_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|e| Error::io(folder, "read", e))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut wheels: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "whl")).collect();
    wheels.sort();
    Ok(wheels)
}

/// Copies all of `from`; its SHA-256. `path` is what errors call it.
fn copied(from: &mut impl Read, to: &mut impl Write, path: &Path) -> Result<String, Error> {
    let (mut hash, mut piece, mut total) = (Sha256::new(), vec![0; 1 << 16], 0);
    loop {
        let count = from.read(&mut piece).map_err(|e| Error::io(path, "read", e))?;
        if count == 0 {
            break;
        }
        total += count as u64;
        if total > MOST_PACKED {
            let problem = "over 2 GiB, which no wheel of ONNX Runtime has";
            return Err(Error::limits(path.display().to_string(), problem));
        }
        hash.update(&piece[..count]);
        to.write_all(&piece[..count]).map_err(|e| Error::io(path, "copy", e))?;
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Unpacks a wheel's shared libraries into a folder: the files, and their names.
pub fn unpack(wheel: &Wheel, into: &Path) -> Outcome<Vec<(PathBuf, String)>> {
    let Wheel { file, name: wheel } = wheel;
    let file = polyinr::file::open(file)?;
    let packed = file.metadata().map_err(|e| Error::io(wheel, "look at", e))?.len();
    let mut left = packed.saturating_mul(RATIO).saturating_add(SPARE);
    let damaged =
        |e: zip::result::ZipError| Error::io(wheel, "read as a wheel", io::Error::other(e));
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let mut unpacked = Vec::new();
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(damaged)?;
        let Some(name) = library_name(&entry.name().map_err(damaged)?) else { continue };
        let path = into.join(&name);
        let mut to = File::create_new(&path).map_err(|e| Error::io(&path, "write", e))?;
        let bytes = io::copy(&mut (&mut entry).take(left.saturating_add(1)), &mut to)
            .map_err(|e| Error::io(&path, "write", e))?;
        left = left.checked_sub(bytes).ok_or_else(|| {
            let problem = format!("it unpacks to over {RATIO} times its {packed} bytes");
            Error::limits(wheel, problem)
        })?;
        unpacked.push((path, name));
    }
    Ok(unpacked)
}

/// The file name of an entry that is a library of ONNX Runtime or NVIDIA's.
fn library_name(entry: &str) -> Option<String> {
    let (folder, name) = entry.rsplit_once('/')?;
    let ours = folder.ends_with("onnxruntime/capi") && name.starts_with("libonnxruntime");
    let theirs = folder.starts_with("nvidia/") && folder.ends_with("/lib");
    ((ours || theirs) && name.contains(".so")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_from_other_files() {
        let name = |entry| library_name(entry);
        assert_eq!(
            name("onnxruntime/capi/libonnxruntime.so.1.31.1").as_deref(),
            Some("libonnxruntime.so.1.31.1")
        );
        assert_eq!(name("nvidia/cu13/lib/libcublas.so.13").as_deref(), Some("libcublas.so.13"));
        assert_eq!(name("onnxruntime/capi/onnxruntime_pybind11_state.so"), None);
        assert_eq!(name("nvidia/cu13/include/cublas.h"), None);
        assert_eq!(name("../../libonnxruntime.so"), None);
    }

    #[test]
    fn hashes_are_known_or_named() {
        let known = PROCESSOR[0].sha256[1];
        let named = vec!["ab".repeat(32)];
        let accepted = Accepted { named: &named };
        assert!(accepted.contains(known) && accepted.contains(&named[0]));
        assert!(!Accepted { named: &[] }.contains(&named[0]));
        assert!(PROCESSOR[0].line().starts_with("onnxruntime==1.31.1 --hash=sha256:5752bd"));
        assert!(PROCESSOR.iter().chain(GPU).flat_map(|w| w.sha256).all(|h| sha256(h).is_ok()));
        assert_eq!(sha256(&format!("sha256:{}", "AB".repeat(32))).unwrap(), named[0]);
        assert!(sha256("abc").is_err() && sha256(&"g".repeat(64)).is_err());
    }
}
