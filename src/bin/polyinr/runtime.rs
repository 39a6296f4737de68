//! `polyinr runtime`: gets ONNX Runtime, which the engines `onnx` and `cuda` run on.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use polyinr::Error;
use polyinr::engine::onnx::{RUNTIME_VERSION, Runtime, runtime_folder};
use zip::ZipArchive;

use crate::failure::{Failure, Outcome};
use crate::report::Reporter;

const AFTER_HELP: &str = "\
Examples:
  polyinr runtime install                    # for the engine onnx
  polyinr runtime install --cuda             # for the engine cuda, with NVIDIA's libraries
  polyinr runtime install --from onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl

Wheels come by `python3 -m pip download`, from the index that pip is set up with, and are checked
against hashes. `polyinr doctor` shows what was found.";

/// Get ONNX Runtime for the engines onnx and cuda
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Put it into your data folder
    Install(InstallArgs),
}

/// What is installed.
#[derive(Debug, clap::Args)]
struct InstallArgs {
    /// With CUDA, and NVIDIA's libraries of CUDA 13 and cuDNN 9
    #[arg(long, conflicts_with = "from")]
    cuda: bool,
    /// Take wheels that are already here instead of downloading them
    #[arg(long, value_name = "FILE.whl")]
    from: Vec<PathBuf>,
    /// Folder to put it in [default: ~/.local/share/polyinr/runtime]
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// Requirement and hash of a wheel, in pip's own form.
type Pinned = &'static str;

const PROCESSOR: &[Pinned] = &["onnxruntime==1.31.1 \
     --hash=sha256:5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f \
     --hash=sha256:da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3"];

const GPU: &[Pinned] = &[
    "onnxruntime-gpu==1.31.1 \
     --hash=sha256:e26c475fe361b2015f45b4b824bd13f0bb20204e59b62814e6f0acd5f3d491a6",
    "nvidia-cuda-runtime==13.5.37 \
     --hash=sha256:df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d",
    "nvidia-cuda-nvrtc==13.5.37 \
     --hash=sha256:86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc",
    "nvidia-nvjitlink==13.5.37 \
     --hash=sha256:280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb",
    "nvidia-cublas==13.10.0.20 \
     --hash=sha256:dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84",
    "nvidia-curand==10.4.5.25 \
     --hash=sha256:22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529",
    "nvidia-cufft==12.5.0.14 \
     --hash=sha256:b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad",
    "nvidia-cudnn-cu13==9.28.0.42 \
     --hash=sha256:7358353c75bb121a58e5f7712fe6d588883dc1df8ba00f428237e44e97543c4d",
];

/// Runs `polyinr runtime`.
pub fn run(args: &Args) -> Outcome {
    let Action::Install(args) = &args.action;
    let Some(folder) = args.into.clone().or_else(runtime_folder) else {
        return Err(Failure::usage("--into: HOME is not set, so give the folder"));
    };
    let reporter = Reporter::new(false, false);
    fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, "make the folder", e))?;
    let folder = folder.canonicalize().map_err(|e| Error::io(&folder, "open", e))?;
    // In the folder's file system, so that files can be moved into place.
    let work = tempfile::tempdir_in(&folder).map_err(|e| Error::io(&folder, "write to", e))?;
    let wheels = match args.from.is_empty() {
        true => download(if args.cuda { GPU } else { PROCESSOR }, work.path(), &reporter)?,
        false => args.from.clone(),
    };
    let mut installed = Vec::new();
    for wheel in &wheels {
        installed.extend(unpack(wheel, work.path())?);
    }
    if installed.is_empty() {
        return Err(Failure::usage("--from: there are no shared libraries in these files"));
    }
    let runtimes = check(&installed)?;
    for (unpacked, name) in installed {
        let place = folder.join(&name);
        fs::rename(&unpacked, &place).map_err(|e| Error::io(&place, "write", e))?;
        reporter.say(&place.display().to_string());
    }
    for runtime in runtimes {
        reporter.say(&format!("ONNX Runtime {} is ready", runtime.version));
    }
    Ok(())
}

/// Downloads wheels and checks them, by pip.
fn download(pinned: &[Pinned], to: &Path, reporter: &Reporter) -> Outcome<Vec<PathBuf>> {
    let list = to.join("requirements.txt");
    fs::write(&list, pinned.join("\n")).map_err(|e| Error::io(&list, "write", e))?;
    let machine = std::env::consts::ARCH;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--python-version", "3.11"]);
    pip.args(["--implementation", "cp", "--abi", "cp311", "--abi", "none"]);
    for least in ["_2_28", "_2_27", "_2_17", "2014", "_2_12", "2010", "_2_5", "1"] {
        pip.args(["--platform", &format!("manylinux{least}_{machine}")]);
    }
    pip.arg("-r").arg(&list).arg("--dest").arg(to).stdin(Stdio::null());
    reporter.say(&format!("ONNX Runtime {RUNTIME_VERSION}: downloading {} wheels", pinned.len()));
    let status = pip.status().map_err(|e| Error::io("python3", "run", e))?;
    if !status.success() {
        let problem = format!(
            "python3 -m pip download failed ({status}); give the wheels by --from, or name \
             libonnxruntime.so by POLYINR_ONNXRUNTIME"
        );
        return Err(Error::Engine { engine: "onnx", problem }.into());
    }
    let entries = fs::read_dir(to).map_err(|e| Error::io(to, "read", e))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|e| e == "whl")).collect())
}

/// Unpacks a wheel's shared libraries into a folder: the files, and their names.
fn unpack(wheel: &Path, into: &Path) -> Outcome<Vec<(PathBuf, String)>> {
    let file = File::open(wheel).map_err(|e| Error::io(wheel, "open", e))?;
    let damaged =
        |e: zip::result::ZipError| Error::io(wheel, "read as a wheel", io::Error::other(e));
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let mut unpacked = Vec::new();
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(damaged)?;
        let Some(name) = library_name(&entry.name().map_err(damaged)?) else { continue };
        let path = into.join(&name);
        let mut to = File::create(&path).map_err(|e| Error::io(&path, "write", e))?;
        io::copy(&mut entry, &mut to).map_err(|e| Error::io(&path, "write", e))?;
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

/// Sees whether ONNX Runtime can be used where it is among these files, before it takes the place of
/// one that can.
fn check(unpacked: &[(PathBuf, String)]) -> Outcome<Vec<Runtime>> {
    let runtimes = unpacked.iter().filter(|(_, name)| name.starts_with("libonnxruntime.so"));
    let probe = |(path, name): &(PathBuf, String)| {
        Runtime::probe(path).map_err(|problem| {
            let problem = format!("{name}: {problem}; nothing was installed");
            Error::Engine { engine: "onnx", problem }.into()
        })
    };
    runtimes.map(probe).collect()
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
}
