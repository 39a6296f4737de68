//! Lines on standard output.

use std::io::ErrorKind;

use polyinr::Error;
use serde_json::Value;

use crate::failure::Outcome;
use crate::stdout::{self, STDOUT};
use crate::visible::{visible, visible_json};

/// To standard output; a reader that has seen enough is no failure.
pub fn print(bytes: &[u8]) -> Outcome {
    match stdout::write(bytes) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::io(STDOUT, "write", e).into()),
        _ => Ok(()),
    }
}

/// Lines, with names in them as they may be seen; for programs one object each.
pub fn print_lines(lines: &[String], json: bool) -> Outcome {
    let shown = |line: &String| match json {
        true => visible_json(line),
        false => visible(line).into_owned(),
    };
    let lines: Vec<String> = lines.iter().map(shown).collect();
    print(format!("{}\n", lines.join("\n")).as_bytes())
}

/// An object on a line of standard output, where that it is not read is a failure.
pub fn print_json(object: &Value) -> Outcome {
    let line = format!("{}\n", visible_json(&object.to_string()));
    stdout::write(line.as_bytes()).map_err(|e| Error::io(STDOUT, "write", e).into())
}
