//! What a run tells: lines for people on standard error, JSON lines for programs on standard
//! output, and the summary at the end.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use polyinr::{CancelToken, Error, Existing, Note, NoteKind};
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Outcome, error_line, note};
use crate::print::print_json;
use crate::progress::Progress;

/// What fails where a folder cannot be made.
pub const MAKE_FOLDER: &str = "make the folder";

/// Tells the user how a run goes.
#[derive(Debug)]
pub struct Reporter {
    json: bool,
    quiet: bool,
    started: Instant,
    counts: Mutex<Counts>,
    progress: Mutex<Option<Progress>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    finished: usize,
    failed: usize,
    skipped: usize,
    incomplete: usize,
    /// Lines for programs that could not be written.
    lost: usize,
}

impl Reporter {
    /// Lines for programs when `json`; nothing but errors for people when `quiet`.
    pub fn new(json: bool, quiet: bool) -> Self {
        let (counts, progress) = (Mutex::default(), Mutex::default());
        Self { json, quiet, started: Instant::now(), counts, progress }
    }

    /// Shows a bar on a terminal for `pictures` of `pixels` together.
    pub fn start(&self, pictures: usize, pixels: u64) -> Option<Progress> {
        let progress = (!self.quiet).then(|| Progress::on_terminal(pictures, pixels)).flatten();
        progress.clone_into(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner));
        progress
    }

    /// A picture is complete; `about` says which, as an object.
    pub fn finished(&self, line: &str, about: Value) {
        self.count(|c| c.finished += 1);
        self.object(json!({"event": "picture", "status": "finished"}), about);
        self.say(line);
    }

    /// What came up while the picture `name` was read and written, which went well otherwise; also
    /// what a line for programs says of it. Missing pixels make the run's status one of failure.
    pub fn notes(&self, name: &str, notes: &[Note]) -> Value {
        if notes.is_empty() {
            return Value::Null;
        }
        for note in notes {
            let line = format!("{name}: {}", note.text);
            match note.kind {
                NoteKind::Incomplete => self.aside(|| error_line(&line)),
                _ => self.say(&line),
            }
        }
        if notes.iter().any(|note| note.kind == NoteKind::Incomplete) {
            self.count(|c| c.incomplete += 1);
        }
        json!({"notes": notes.iter().map(|note| &note.text).collect::<Vec<_>>()})
    }

    /// A picture was passed over because of `reason`.
    pub fn skipped(&self, name: &str, reason: &str, about: Value) {
        self.count(|c| c.skipped += 1);
        let event = json!({"event": "picture", "status": "skipped", "reason": reason});
        self.object(event, about);
        self.say(&format!("{name}: skipped, {reason}"));
    }

    /// A picture was not written because of `error`; with `existing`, what another run put there
    /// meanwhile is passed over.
    pub fn unwritten(&self, existing: Existing, name: &str, error: &Error, about: Value) {
        match is_passed_over(existing, error) {
            true => self.skipped(name, MEANWHILE, about),
            false => self.failed(&error.to_string(), about),
        }
    }

    /// A picture failed.
    pub fn failed(&self, error: &str, about: Value) {
        self.count(|c| c.failed += 1);
        let event = json!({"event": "picture", "status": "failed", "error": error});
        self.object(event, about);
        self.aside(|| error_line(error));
    }

    /// A picture would be made.
    pub fn planned(&self, line: &str, about: Value) {
        self.object(json!({"event": "picture", "status": "planned"}), about);
        self.say(line);
    }

    /// A line for people, unless they asked for quiet or JSON.
    pub fn say(&self, line: &str) {
        if !self.quiet && !self.json {
            self.aside(|| note(line));
        }
    }

    /// An object of its own on standard output, for programs.
    pub fn event(&self, event: Value) {
        self.object(event, Value::Null);
    }

    /// Ends the run: the summary, and what it comes to.
    pub fn end(&self, cancel: &CancelToken) -> Outcome {
        self.clear();
        let Counts { finished, failed, skipped, .. } = self.count(|_| ());
        let seconds = self.started.elapsed().as_secs_f64();
        self.event(json!({
            "event": "summary", "finished": finished, "failed": failed, "skipped": skipped,
            "interrupted": cancel.is_cancelled(), "seconds": rounded(seconds),
        }));
        if finished + failed + skipped > 1 {
            self.say(&format!(
                "{finished} written, {failed} failed, {skipped} skipped in {seconds:.1} s"
            ));
        }
        let Counts { failed, incomplete, lost, .. } = self.count(|_| ());
        match (cancel.is_cancelled(), failed + incomplete + lost) {
            (true, _) => Err(Failure::Interrupted),
            (false, 0) => Ok(()),
            (false, _) => Err(Failure::Reported),
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if let Some(progress) = self.progress.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            progress.clear();
        }
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) -> Counts {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut counts);
        *counts
    }

    /// `event` with the fields of `about` on one line of standard output. That it cannot be written
    /// does not stop the work, but makes the run's status one of failure.
    fn object(&self, event: Value, about: Value) {
        if !self.json {
            return;
        }
        if let Err(failure) = print_json(&merged(event, about))
            && self.count(|c| c.lost += 1).lost == 1
        {
            self.aside(|| {
                let _ = failure.report();
            });
        }
    }

    /// Writes to the terminal while no bar is in the way.
    fn aside(&self, write: impl FnOnce()) {
        match &*self.progress.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(progress) => progress.aside(write),
            None => write(),
        }
    }
}

/// Why a picture is skipped that was not there at first.
pub const MEANWHILE: &str = "another run finished it meanwhile";

/// Whether a file was not written only because it is there by now and what is there is passed over.
pub fn is_passed_over(existing: Existing, error: &Error) -> bool {
    let there = matches!(error, Error::Io { source, action, .. }
        if source.kind() == std::io::ErrorKind::AlreadyExists && *action != MAKE_FOLDER);
    there && existing == Existing::Continue
}

/// Whether a file was written: it may be there by now and be passed over.
pub fn written(existing: Existing, result: polyinr::Result<()>) -> polyinr::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if is_passed_over(existing, &error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// One object with the fields of both.
pub fn merged(first: Value, second: Value) -> Value {
    let fields = [first, second].into_iter().filter_map(|v| match v {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Value::Object(fields.flatten().collect::<Map<String, Value>>())
}

/// The shortest number that is read as `number` again.
pub fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(number.into())
}

/// Seconds to the millisecond, for JSON.
pub fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
