//! All methods on all sets.

use std::path::{Path, PathBuf};

use image::ImageFormat;

use super::judges::{Judges, Scores};
use super::method::Method;
use super::score_file::ScoreFile;
use super::set::{Case, Set};
use super::sheet::Sheet;
use super::table::{Row, Table};
use crate::error::{Error, Result};
use crate::files::write_whole;

/// What methods are worth, as far as they were judged.
pub struct Session<'a> {
    methods: Vec<Method<'a>>,
    judges: &'a Judges,
    known: ScoreFile,
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
        known: ScoreFile,
        factor: u32,
        crops: usize,
    ) -> Self {
        let sheet = Sheet::new(methods.iter().map(Method::name));
        let networks = judges.networks().to_owned();
        let verdict = Verdict { table: Table { factor, networks, rows: Vec::new() }, sheet };
        Self { methods, judges, known, crops, verdict }
    }

    /// How often `done` is called by [`judge`](Self::judge) for this set.
    pub fn steps(&self, set: &Set) -> usize {
        let peers = self.methods.iter().filter(|method| matches!(method, Method::Peer(..))).count();
        set.cases.len() * (self.methods.len() + peers)
    }

    /// Judges a set; `done` is called for every picture that a peer has made and for every result that is
    /// judged.
    ///
    /// # Errors
    /// Whatever [`Peers::prepare`](super::Peers::prepare), [`Method::enlarge`], [`Judges::bench`] and
    /// [`ScoreFile::save`] refuse.
    pub fn judge(&mut self, set: &Set, done: &mut dyn FnMut()) -> Result<()> {
        for method in &self.methods {
            if let Method::Peer(peer, peers) = method {
                peers.prepare(*peer, &set.cases, done)?;
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
        Ok(())
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
        self.known.save()
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

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::super::judges::tests::small;
    use super::super::peer::{Peer, Peers};
    use super::super::picture::image;
    use super::super::set::tests::drawn;
    use super::*;

    /// A folder in which a peer has made the originals of a set.
    fn perfect(set: &Set) -> (tempfile::TempDir, Peers) {
        let folder = tempfile::tempdir().unwrap();
        let peers = Peers::new("python3".into(), folder.path().join("peers"), 1).unwrap();
        for case in &set.cases {
            let path = peers.path(Peer::Span, &case.input);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image(&case.original).save(path).unwrap();
        }
        (folder, peers)
    }

    #[test]
    fn methods_are_judged_in_their_order_and_every_step_is_told() {
        let set = drawn(2);
        let (folder, peers) = perfect(&set);
        let judges = Judges::open(&small(), Device::Cpu).unwrap();
        let known = ScoreFile::open(&folder.path().join("scores.json")).unwrap();
        let methods = vec![Method::Lanczos, Method::Peer(Peer::Span, &peers)];
        let mut session = Session::new(methods, &judges, known, 4, 1);
        let mut count = 0;
        session.judge(&set, &mut || count += 1).unwrap();
        assert_eq!((count, session.steps(&set)), (6, 6));
        let Verdict { table, sheet } = session.verdict();
        let rows: Vec<_> = table.rows.iter().map(|row| (&*row.method, row.pictures)).collect();
        assert_eq!(rows, [("lanczos", 2), ("span", 2)]);
        let [lanczos, span] = [0, 1].map(|row: usize| table.rows[row].mean);
        assert!(lanczos.psnr < 30.0 && lanczos.vgg16 > 0.01, "{lanczos:?}");
        assert!(span.psnr.is_infinite() && span.vgg16 == 0.0, "{span:?}");
        assert_eq!(sheet.draw().dimensions(), (4 * 246 + 6, 20 + 266));
        let written = session.verdict().write(folder.path()).unwrap();
        assert!(written.len() == 3 && written.iter().all(|path| path.is_file()));
    }

    #[test]
    fn nothing_is_drawn_where_no_crops_are_wanted() {
        let (set, folder) = (drawn(1), tempfile::tempdir().unwrap());
        let judges = Judges::open(&small(), Device::Cpu).unwrap();
        let known = ScoreFile::open(&folder.path().join("scores.json")).unwrap();
        let mut session = Session::new(vec![Method::Lanczos], &judges, known, 4, 0);
        session.judge(&set, &mut || ()).unwrap();
        assert_eq!(session.verdict().write(folder.path()).unwrap().len(), 2);
    }
}
