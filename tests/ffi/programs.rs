//! `abi.c`, compiled in several ways against the shared library, and run; `handles.c`, which compiles
//! without mistakes only.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The shared library that this test was built with.
pub fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let path = test.parent().expect("its folder").join("libpolyinr.so");
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// Whether a program runs; where nothing may be left out, it must.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    assert!(found || std::env::var_os("CI").is_none(), "{program} is missing");
    found
}

/// How programs are compiled.
const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];

/// What `compiler` says of `handles.c` with one of its mistakes, or that there is none.
fn said_of_mistake(compiler: &str, options: &[&str], mistake: u32) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(compiler);
    command.args(options).args(STRICT).arg("-fsyntax-only").arg(format!("-DMISTAKE={mistake}"));
    command.arg("-I").arg(root.join("include")).arg(root.join("tests/ffi/handles.c"));
    let output = command.env("LC_ALL", "C").output().expect("the compiler runs");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A handle that is given for one of another kind is seen by compilers, where it is given.
#[test]
fn swapped_handles_do_not_compile() {
    for (compiler, options) in [("cc", &C99[..]), ("c++", &["-x", "c++", "-std=c++17"])] {
        if !has(compiler) {
            continue;
        }
        assert_eq!(said_of_mistake(compiler, options, 0), Ok(()), "{compiler}");
        for mistake in 1..=6 {
            let said = said_of_mistake(compiler, options, mistake);
            let said = said.expect_err(&format!("{compiler} takes mistake {mistake}"));
            let of_types = ["incompatible", "convert", "no matching function"];
            assert!(of_types.iter().any(|word| said.contains(word)), "mistake {mistake}: {said}");
        }
    }
}

/// Compiles `abi.c` with `compiler` and `options` into `folder`.
fn compiled(folder: &TempDir, compiler: &str, options: &[&str]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (library, program) = (library(), folder.path().join("abi"));
    let libraries = library.parent().expect("its folder");
    let mut command = Command::new(compiler);
    command.args(options).args(STRICT).args(["-g", "-O1"]);
    let small = root.join("fuzz/corpus/model/generator.safetensors");
    command.arg(format!("-DSMALL_GENERATOR=\"{}\"", small.display()));
    command.arg("-I").arg(root.join("include")).arg(root.join("tests/ffi/abi.c"));
    command.args(["-x", "none"]).arg("-o").arg(&program).arg(&library);
    command.arg(format!("-Wl,-rpath,{}", libraries.display())).args(["-lpthread", "-lm"]);
    let output = command.output().expect("the compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Runs the program, which finds the small models by name.
fn succeeds(command: &mut Command) {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/model");
    command.env("POLYINR_MODELS", small).env("XDG_DATA_HOME", "/no/such");
    command.env("POLYINR_ONNXRUNTIME", "/no/such/libonnxruntime.so");
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("all is well"), "{said}{problems}");
}

const C99: [&str; 2] = ["-std=c99", "-D_POSIX_C_SOURCE=200809L"];

#[test]
fn as_c99() {
    if has("cc") {
        let folder = tempfile::tempdir().expect("a folder");
        succeeds(&mut Command::new(compiled(&folder, "cc", &C99)));
    }
}

#[test]
fn as_cpp17() {
    if has("c++") {
        let folder = tempfile::tempdir().expect("a folder");
        let program = compiled(&folder, "c++", &["-x", "c++", "-std=c++17"]);
        succeeds(&mut Command::new(program));
    }
}

/// The host's memory is watched, and everything that was allocated must be freed.
#[test]
fn under_address_sanitizer() {
    if has("cc") {
        let folder = tempfile::tempdir().expect("a folder");
        let watched = [C99[0], C99[1], "-fsanitize=address,undefined"];
        succeeds(&mut Command::new(compiled(&folder, "cc", &watched)));
    }
}

/// The library's memory is watched too. valgrind knows no AVX-512, and takes minutes for AVX2.
#[test]
fn under_valgrind() {
    if has("cc") && has("valgrind") {
        let folder = tempfile::tempdir().expect("a folder");
        let program = compiled(&folder, "cc", &C99);
        let mut command = Command::new("valgrind");
        command.args(["-q", "--error-exitcode=9", "--leak-check=full"]);
        // What threads that are about to end still hold is only "possibly" lost.
        command.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
        command.arg(program).arg("1").env("POLYINR_CPU", "portable");
        succeeds(&mut command);
    }
}
