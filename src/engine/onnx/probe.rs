//! Looking at a shared library that may be ONNX Runtime, before it is used as that.

use std::ffi::{CStr, c_char, c_void};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libloading::Library;
use parking_lot::Mutex;

use super::version::is_recent;

/// The first argument of a program that is to look at the library its second names.
pub const PROBE_COMMAND: &str = "probe-library";
/// Begins the line that says what was found, behind what a library may write itself.
pub(super) const FOUND: &str = "polyinr-probe: ";
/// Longest time that a library may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What looks at libraries in this process's stead.
static PROGRAM: Mutex<Option<PathBuf>> = Mutex::new(None);

/// From now on libraries are looked at by a child process, `program` with the arguments
/// [`PROBE_COMMAND`] and the library's path, which does what [`probed`](super::probed) does. A
/// library that cannot be loaded without harm then ends the child instead of this process.
pub fn probe_by(program: impl Into<PathBuf>) {
    *PROGRAM.lock() = Some(program.into());
}

/// The program that looks at libraries, if there is one.
pub(super) fn program() -> Option<PathBuf> {
    PROGRAM.lock().clone()
}

/// The version of the library at `path`, as a child process finds it.
pub(super) fn in_child(program: &Path, path: &Path) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg(PROBE_COMMAND).arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A program that was replaced meanwhile cannot be run again.
    let Ok(child) = command.spawn() else { return version_of(path) };
    let (status, said) = finished(child).map_err(|e| format!("it cannot be looked at: {e}"))?;
    let found = said.lines().rev().find_map(|line| line.strip_prefix(FOUND));
    match found.and_then(|found| found.split_once(' ')) {
        Some(("ok", version)) if status.success() => Ok(version.to_owned()),
        Some(("no", problem)) => Err(problem.to_owned()),
        _ => Err(format!("it is broken: a process that opened it came to {status}")),
    }
}

/// Waits for the child; its exit status and what it wrote.
fn finished(mut child: Child) -> std::io::Result<(ExitStatus, String)> {
    let mut output = child.stdout.take();
    let reader = std::thread::Builder::new().spawn(move || {
        let mut said = Vec::new();
        if let Some(output) = &mut output {
            // A library may write without end.
            let _ =
                std::io::Read::read_to_end(&mut std::io::Read::take(output, 1 << 20), &mut said);
        }
        said
    })?;
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() > end => {
                child.kill()?;
                break child.wait()?;
            }
            None => sleep(Duration::from_millis(2)),
        }
    };
    let said = reader.join().unwrap_or_default();
    Ok((status, String::from_utf8_lossy(&said).into_owned()))
}

/// Why a library cannot be opened, as the system says it.
fn unopened(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(system) => format!("it cannot be opened: {system}").replace('\n', " "),
        None => format!("it cannot be opened: {error}"),
    }
}

/// The beginning of ONNX Runtime's entry point (`OrtApiBase`): a table that never changes.
#[repr(C)]
struct ApiBase {
    api: Option<unsafe extern "C" fn(u32) -> *const c_void>,
    version: Option<unsafe extern "C" fn() -> *const c_char>,
}

/// What the library at `path` says its version is. That it has the functions of the version that this
/// crate needs is asked too, unless it is older.
pub(super) fn version_of(path: &Path) -> Result<String, String> {
    let foreign = |problem: &str| format!("it is not ONNX Runtime: {problem}");
    // SAFETY: loading runs the library's initialisers; it is the file that the user or the
    // installation means to be ONNX Runtime.
    let library = unsafe { Library::new(path) }.map_err(|e| unopened(&e))?;
    // SAFETY: ONNX Runtime's C interface declares this function so.
    let base = unsafe { library.get::<unsafe extern "C" fn() -> *const ApiBase>(b"OrtGetApiBase") };
    let base = base.map_err(|_| foreign("it has no OrtGetApiBase"))?;
    // SAFETY: as declared; the table is static.
    let base = unsafe { base().as_ref() }.ok_or_else(|| foreign("it gives no interface"))?;
    let version = base.version.ok_or_else(|| foreign("it says no version"))?;
    // SAFETY: as declared.
    let text = unsafe { version() };
    if text.is_null() {
        return Err(foreign("it says no version"));
    }
    // SAFETY: a text that ends in NUL, static in the library, which is still open.
    let version = unsafe { CStr::from_ptr(text) };
    let version = version.to_str().map_err(|_| foreign("its version is no text"))?.to_owned();
    if is_recent(&version) {
        // SAFETY: as declared.
        let api = base.api.map(|api| unsafe { api(ort::MINOR_VERSION) });
        if api.is_none_or(<*const c_void>::is_null) {
            return Err(foreign("it does not give the functions of its version"));
        }
    }
    // Taken out of memory and in again, its static state would not survive.
    std::mem::forget(library);
    Ok(version)
}
