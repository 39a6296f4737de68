//! `polyinr runtime`: gets ONNX Runtime, which the engines `onnx` and `cuda` run on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use polyinr::Error;
use polyinr::engine::onnx::{
    self, PROBE_COMMAND, RUNTIME_VERSION, Runtime, isolated_python, runtime_folder,
};

use super::wheels::{Accepted, GPU, PROCESSOR, Pinned, Wheel, sha256, unpack};
use crate::failure::{Failure, Outcome};
use crate::report::Reporter;

const AFTER_HELP: &str = "\
Examples:
  polyinr runtime install                    # for the engine onnx
  polyinr runtime install --cuda             # for the engine cuda, with NVIDIA's libraries
  polyinr runtime install --from onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl

Wheels come by `python3 -I -m pip download`, from the index that pip is set up with. They, and those
given by --from, are taken if this program knows their SHA-256; another one is taken when you give its
SHA-256 yourself. A library is opened in a process of its own before it is put in place. `polyinr
doctor` shows what was found.";

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
    /// Take wheels that are already here, or those in a folder, instead of downloading them
    #[arg(long, value_name = "FILE.whl|FOLDER")]
    from: Vec<PathBuf>,
    /// Take a wheel with this SHA-256 too, which you trust though this program does not know it
    #[arg(long, value_name = "HASH", requires = "from", value_parser = sha256)]
    sha256: Vec<String>,
    /// Folder to put it in [default: ~/.local/share/polyinr/runtime]
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

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
    let accepted = Accepted { named: &args.sha256 };
    let wheels = match args.from.is_empty() {
        true => download(if args.cuda { GPU } else { PROCESSOR }, work.path(), &reporter)?,
        false => accepted.gathered(&args.from, work.path(), &reporter)?,
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

/// Downloads wheels by pip; both pip and this program check them.
fn download(pinned: &[Pinned], to: &Path, reporter: &Reporter) -> Outcome<Vec<Wheel>> {
    let list = to.join("requirements.txt");
    fs::write(&list, pinned.iter().map(|p| p.line() + "\n").collect::<String>())
        .map_err(|e| Error::io(&list, "write", e))?;
    let machine = std::env::consts::ARCH;
    let mut pip = isolated_python();
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--python-version", "3.11"]);
    pip.args(["--implementation", "cp", "--abi", "cp311", "--abi", "none"]);
    for least in ["_2_28", "_2_27", "_2_17", "2014", "_2_12", "2010", "_2_5", "1"] {
        pip.args(["--platform", &format!("manylinux{least}_{machine}")]);
    }
    pip.arg("-r").arg(&list).arg("--dest").arg(to);
    reporter.say(&format!("ONNX Runtime {RUNTIME_VERSION}: downloading {} wheels", pinned.len()));
    let status = pip.status().map_err(|e| Error::io("python3", "run", e))?;
    if !status.success() {
        let problem = format!(
            "python3 -m pip download failed ({status}); give the wheels by --from, or name \
             libonnxruntime.so by POLYINR_ONNXRUNTIME"
        );
        return Err(Error::Engine { engine: "onnx", problem }.into());
    }
    Accepted { named: &[] }.all_in(to)
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

/// Where this program runs as the child that looks at a library: its exit status.
pub fn probed() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let path = match arguments.next() {
        Some(command) if command == PROBE_COMMAND => arguments.next()?,
        _ => return None,
    };
    let (line, status) = match onnx::probed(Path::new(&path)) {
        Ok(line) => (line, ExitCode::SUCCESS),
        Err(line) => (line, ExitCode::FAILURE),
    };
    println!("\n{line}");
    Some(status)
}

/// Has libraries be looked at by this program in a child process.
pub fn probe_in_children() {
    if let Ok(program) = std::env::current_exe() {
        onnx::probe_by(program);
    }
}
