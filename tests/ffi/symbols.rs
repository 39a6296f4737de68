//! What the shared library exports.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::programs::library;

/// Made anew with POLYINR_REGENERATE set.
const SNAPSHOT: &str = "tests/ffi/symbols.txt";

#[test]
fn exactly_the_abi_is_exported() {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(library()).output();
    let output = output.expect("nm runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let mut names: Vec<&str> = text.lines().filter_map(|l| l.split(' ').nth(2)).collect();
    names.sort_unstable();
    let found = names.join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("POLYINR_REGENERATE").is_some() {
        fs::write(&path, &found).expect("the snapshot is written");
    }
    assert_eq!(found, fs::read_to_string(&path).expect("the snapshot"), "see {SNAPSHOT}");
    assert!(names.iter().all(|name| name.starts_with("polyinr_")), "{found}");
    // Each is in the header, and the header promises no others.
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/polyinr.h");
    let header = fs::read_to_string(header).expect("the header");
    let promised = |name: &&str| header.contains(&format!("{name}("));
    assert!(names.iter().all(promised));
    let code = header.lines().filter(|l| !l.trim_start().starts_with(['*', '/']));
    let declared = code.filter(|l| l.split(' ').any(starts_function));
    assert_eq!(declared.count(), names.len());
}

/// Whether a word is `polyinr_something(...`.
fn starts_function(word: &str) -> bool {
    let word = word.trim_start_matches('*');
    word.starts_with("polyinr_") && word.contains('(')
}
