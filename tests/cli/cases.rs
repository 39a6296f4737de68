//! The cases of `tests/cases`: inputs that once gave wrong pixels, hung, or took all memory.

use std::path::Path;
use std::process::Command;

#[test]
fn no_case_fails() {
    let modules = "import PIL, numpy, tifffile, imagecodecs";
    let found = Command::new("python3").args(["-c", modules]).output();
    if !found.is_ok_and(|o| o.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "`{modules}` fails in Python, and CI is set");
        eprintln!("skipped: `{modules}` fails in Python; `cargo xtask setup` installs it");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/run.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_polyinr"))
        .output()
        .expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cases failed, see the table above");
}
