//! What a user should know of a picture that was read or written all the same.

use std::sync::Arc;

use parking_lot::Mutex;

/// How much a [`Note`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// Metadata was corrected, or could not be kept. The pixels are as they should be.
    Metadata,
    /// The file breaks its format's rules, but every pixel is there.
    Repaired,
    /// Values that the file written cannot hold were cut off.
    Clipped,
    /// Pixels are missing from the file; they were filled with something.
    Incomplete,
}

/// What a user should know of a picture that was read or written all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub kind: NoteKind,
    /// One sentence without the file's name, a capital letter or a full stop.
    pub text: String,
}

/// The notes on one file, shared by all that work on it; clones share them too.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    /// Adds a note, unless the same one is there.
    pub fn add(&self, kind: NoteKind, text: impl Into<String>) {
        let note = Note { kind, text: text.into() };
        let mut notes = self.0.lock();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// The notes so far, in the order in which they came up.
    pub fn list(&self) -> Vec<Note> {
        self.0.lock().clone()
    }

    /// Whether pixels are missing.
    pub fn incomplete(&self) -> bool {
        self.0.lock().iter().any(|note| note.kind == NoteKind::Incomplete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_notes_and_none_comes_twice() {
        let notes = Notes::default();
        let other = notes.clone();
        other.add(NoteKind::Repaired, "its end is missing");
        notes.add(NoteKind::Repaired, "its end is missing");
        assert_eq!(notes.list().len(), 1);
        assert!(!notes.incomplete());
        notes.add(NoteKind::Incomplete, "rows are missing");
        assert!(other.incomplete());
    }
}
