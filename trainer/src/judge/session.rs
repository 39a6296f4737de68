//! All methods on all sets.

use std::path::{Path, PathBuf};

use image::ImageFormat;

use super::judges::{Judges, Scores};
use super::known::Known;
use super::method::Method;
use super::set::{Case, Set};
use super::sheet::Sheet;
use super::table::{Row, Table};
use crate::error::{Error, Result};
use crate::files::write_whole;

/// What methods are worth, as far as they were judged.
pub struct Session<'a> {
    methods: Vec<Method<'a>>,
    judges: &'a Judges,
    known: Known,
    crops: usize,
    verdict: Verdict,
}

/// What came of judging.
#[derive(Debug)]
pub struct Verdict {
    /// The figures.
    pub table: Table,
    /// The crops.
    pub sheet: Sheet,
}

impl<'a> Session<'a> {
    /// Judges `methods` on pictures that were reduced by `factor`. Scores in `known` are not found
    /// again; `crops` pictures of each set are shown.
    pub fn new(
        methods: Vec<Method<'a>>,
        judges: &'a Judges,
        known: Known,
        factor: u32,
        crops: usize,
    ) -> Self {
        let sheet = Sheet::new(methods.iter().map(Method::name));
        let networks = judges.networks().to_owned();
        let verdict = Verdict { table: Table { factor, networks, rows: Vec::new() }, sheet };
        Self { methods, judges, known, crops, verdict }
    }

    /// Number of methods.
    pub fn methods(&self) -> usize {
        self.methods.len()
    }

    /// Judges a set; `done` is called for every picture made by a peer and for every one judged.
    ///
    /// # Errors
    /// Whatever [`Peers::prepare`](super::Peers::prepare), [`Method::enlarge`], [`Judges::bench`] and
    /// [`Known::save`] refuse.
    pub fn judge(&mut self, set: &Set, done: &mut dyn FnMut()) -> Result<()> {
        for method in &self.methods {
            if let Method::Peer(peer, peers) = method {
                peers.prepare(*peer, &set.cases, &mut || ())?;
            }
        }
        let mut scores = vec![Vec::new(); self.methods.len()];
        for (number, case) in set.cases.iter().enumerate() {
            let shown = number < self.crops;
            self.case(set, case, shown, &mut scores, done)?;
        }
        let rows = self.methods.iter().zip(&scores);
        let rows = rows.map(|(method, scores)| Row::mean(&set.name, method.name(), scores));
        self.verdict.table.rows.extend(rows);
        self.known.save()
    }

    fn case(
        &mut self,
        set: &Set,
        case: &Case,
        shown: bool,
        scores: &mut [Vec<Scores>],
        done: &mut dyn FnMut(),
    ) -> Result<()> {
        let bench = self.judges.bench(&case.original, self.verdict.table.factor)?;
        let window = shown.then(|| self.verdict.sheet.begin(&set.name, case));
        for (method, scores) in self.methods.iter().zip(scores) {
            let result = method.enlarge(case)?;
            let found = self.known.get(bench.key(&result), || bench.judge(&result))?;
            scores.push(found);
            if let Some(window) = window {
                self.verdict.sheet.add(window, &result);
            }
            done();
        }
        Ok(())
    }

    /// What came of it so far.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}

impl Verdict {
    /// Writes `table.md`, `table.json` and, where crops are shown, `sheet.png` into `folder`; the
    /// paths.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut files = vec![
            ("table.md", self.table.markdown().into_bytes()),
            ("table.json", self.table.json().into_bytes()),
        ];
        if !self.sheet.is_empty() {
            files.push(("sheet.png", png(&self.sheet, folder)?));
        }
        let write = |(name, bytes): (&str, Vec<u8>)| {
            let path = folder.join(name);
            write_whole(&path, &bytes).map(|()| path)
        };
        files.into_iter().map(write).collect()
    }
}

fn png(sheet: &Sheet, folder: &Path) -> Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = sheet.draw().write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|e| Error::io(folder, "draw the sheet for", std::io::Error::other(e)))?;
    Ok(bytes.into_inner())
}
