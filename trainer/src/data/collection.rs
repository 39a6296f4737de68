//! Several sources as one data set: which pictures it has, and their classes.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::labels::{LabelFile, beside_classes, from_folders, merged_names};
use super::selection::Selection;
use super::source::{Entry, LABELS, Source};
use crate::error::{Error, Result};
use crate::random::{Stream, key};

/// The chosen pictures of one or more sources, in the order of sources and names; nothing is
/// decoded.
#[derive(Debug)]
pub struct Collection {
    sources: Vec<Source>,
    items: Vec<Item>,
    class_names: Vec<String>,
}

/// A picture of a collection.
#[derive(Clone, Debug)]
struct Item {
    source: usize,
    entry: Entry,
    class: Option<u32>,
}

impl Collection {
    /// Opens `paths`, folders or zip files, and chooses from their pictures.
    ///
    /// Classes come from `selection`'s file of labels, else from the sources' own `dataset.json`,
    /// else from sub-folders.
    ///
    /// # Errors
    /// [`Error::Parameter`] without paths, [`Error::Io`] and [`Error::Data`] when a source cannot
    /// be opened, when there is no picture, when labels are damaged, or do not cover all pictures.
    pub fn open(paths: &[PathBuf], selection: &Selection) -> Result<Self> {
        if paths.is_empty() {
            return Err(Error::parameter("--data", "give folders or zip files of pictures"));
        }
        let sources = paths.iter().map(|path| Source::open(path)).collect::<Result<Vec<_>>>()?;
        let items = sources.iter().enumerate().flat_map(|(source, opened)| {
            let entries = opened.entries().iter().cloned();
            entries.map(move |entry| Item { source, entry, class: None })
        });
        let mut all = Self { items: items.collect(), sources, class_names: Vec::new() };
        all.check_filled("no picture (PNG, JPEG, WebP, TIFF) is in it")?;
        if !selection.unconditional {
            all.classify(selection.labels.as_deref())?;
        }
        all.items.retain(|item| selection.takes(&item.entry.name));
        all.check_filled("--hold-back leaves none of its pictures; are they numbered?")?;
        if let Some(most) = selection.max_images {
            all.draw(most);
            all.check_filled("--max-images leaves none of its pictures")?;
        }
        Ok(all)
    }

    /// How many pictures there are; at least one.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Never: an empty collection cannot be opened.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the classes are called, by their numbers; none without classes.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The class of picture `index`.
    pub fn class(&self, index: usize) -> Option<u32> {
        self.items[index].class
    }

    /// Source and name of picture `index`, for messages.
    pub fn name(&self, index: usize) -> String {
        let Item { source, entry, .. } = &self.items[index];
        self.sources[*source].path().join(&entry.name).display().to_string()
    }

    /// What stands for the contents of picture `index`: name, size in bytes, and checksum or time.
    pub fn identity(&self, index: usize) -> (&str, u64, u64) {
        let Entry { name, size, stamp, .. } = &self.items[index].entry;
        (name, *size, *stamp)
    }

    /// The bytes of the file of picture `index`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, as when its checksum in the zip file is wrong.
    pub fn read(&self, index: usize) -> Result<Vec<u8>> {
        let Item { source, entry, .. } = &self.items[index];
        self.sources[*source].read(entry)
    }

    /// How many of the classes have no picture, those with these indices left out.
    pub fn empty_classes(&self, skipped: &HashSet<usize>) -> usize {
        let kept = self.items.iter().enumerate().filter(|(index, _)| !skipped.contains(index));
        let filled: HashSet<u32> = kept.filter_map(|(_, item)| item.class).collect();
        self.class_names.len().saturating_sub(filled.len())
    }

    /// How many of the sources are folders.
    pub fn folders(&self) -> usize {
        self.sources.iter().filter(|source| source.is_folder()).count()
    }

    /// The first source, which stands for the data set in messages.
    pub fn path(&self) -> &Path {
        self.sources.first().map_or(Path::new(""), Source::path)
    }

    fn check_filled(&self, problem: &str) -> Result<()> {
        if self.is_empty() { Err(Error::data(self.path(), problem)) } else { Ok(()) }
    }

    /// Keeps `most` pictures, always the same.
    fn draw(&mut self, most: usize) {
        let mut drawn: Vec<u64> = (0..self.len() as u64).collect();
        drawn.sort_by_cached_key(|&index| key(0, index, Stream::Data));
        let drawn: HashSet<u64> = drawn.into_iter().take(most).collect();
        let mut index = 0..;
        self.items.retain(|_| index.next().is_some_and(|index| drawn.contains(&index)));
    }

    fn classify(&mut self, labels: Option<&Path>) -> Result<()> {
        let files = match labels {
            Some(path) => {
                let bytes = fs::read(path).map_err(|e| Error::io(path, "read", e))?;
                self.check_unique()?;
                vec![(None, path.to_owned(), LabelFile::parse(&bytes, path)?)]
            }
            None => self.own_labels()?,
        };
        let names = merged_names(files.iter().map(|(_, path, file)| (path.as_path(), file)))?;
        let mut labelled = false;
        for (source, _, file) in files {
            let Some(classes) = file.by_name() else { continue };
            labelled = true;
            self.assign(source, &classes);
        }
        match labelled {
            true => self.name_classes(names),
            false => self.classify_by_folders(),
        }
    }

    /// The `dataset.json` of every source that has one, with the source's number.
    fn own_labels(&self) -> Result<Vec<(Option<usize>, PathBuf, LabelFile)>> {
        let mut files = Vec::new();
        for (number, source) in self.sources.iter().enumerate() {
            if let Some(bytes) = source.labels()? {
                let path = source.path().join(LABELS);
                let file = LabelFile::parse(&bytes, &path)?;
                files.push((Some(number), path, file));
            }
        }
        Ok(files)
    }

    /// One file of labels for several sources needs names that occur once.
    fn check_unique(&self) -> Result<()> {
        let mut seen = HashSet::new();
        match self.items.iter().find(|item| !seen.insert(item.entry.name.as_str())) {
            Some(item) => {
                let problem = format!("{} is in an earlier part too", item.entry.name);
                Err(Error::data(self.sources[item.source].path(), problem))
            }
            None => Ok(()),
        }
    }

    /// Gives the pictures of `source`, or of all, their classes.
    fn assign(&mut self, source: Option<usize>, classes: &HashMap<String, u32>) {
        let meant = |item: &&mut Item| source.is_none_or(|source| source == item.source);
        for item in self.items.iter_mut().filter(meant) {
            item.class = classes.get(&item.entry.name).copied();
        }
    }

    /// Checks that all pictures have a class, and names the classes by their numbers where no file
    /// did.
    fn name_classes(&mut self, names: Option<Vec<String>>) -> Result<()> {
        if let Some(index) = self.items.iter().position(|item| item.class.is_none()) {
            let problem = "the labels do not name it; add it there, or give --unconditional";
            return Err(Error::data(self.name(index), problem));
        }
        let count =
            self.items.iter().filter_map(|item| item.class).max().map_or(0, |most| most + 1);
        self.class_names = names.unwrap_or_else(|| (0..count).map(|n| n.to_string()).collect());
        Ok(())
    }

    fn classify_by_folders(&mut self) -> Result<()> {
        let names = self.items.iter().map(|item| item.entry.name.as_str());
        if let Some((loose, folder)) = beside_classes(names.clone()) {
            let problem = format!(
                "it lies beside folders of classes, as {folder}: move it into one of them, or give --unconditional \
                 for a data set without classes"
            );
            let index = self.items.iter().position(|item| item.entry.name == loose);
            return Err(Error::data(self.name(index.unwrap_or(0)), problem));
        }
        if let Some((names, classes)) = from_folders(names) {
            for (item, class) in self.items.iter_mut().zip(classes) {
                item.class = Some(class);
            }
            self.class_names = names;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{png, write_zip};
    use super::*;
    use std::num::NonZeroU32;

    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        /// A zip file of one small picture for each of `names`, with `labels` if not empty.
        fn zip(&self, zip: &str, names: &[&str], labels: &str) -> PathBuf {
            let path = self.0.path().join(zip);
            let mut files: Vec<_> = names.iter().map(|&name| (name, png(2, 2))).collect();
            if !labels.is_empty() {
                files.push((LABELS, labels.as_bytes().to_vec()));
            }
            write_zip(&path, &files);
            path
        }

        fn file(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.path().join(name);
            fs::write(&path, text).unwrap();
            path
        }
    }

    fn classes(all: &Collection) -> Vec<Option<u32>> {
        (0..all.len()).map(|i| all.class(i)).collect()
    }

    #[test]
    fn several_zips_with_their_own_labels_are_one_set() {
        let files = Files::new();
        let a =
            files.zip("a.zip", &["0.png", "1.png"], r#"{"labels": [["0.png", 2], ["1.png", 0]]}"#);
        let b = files.zip("b.zip", &["0.png"], r#"{"labels": [["0.png", 1]]}"#);
        let all = Collection::open(&[a, b], &Selection::default()).unwrap();
        assert_eq!(classes(&all), [Some(2), Some(0), Some(1)]);
        assert_eq!(all.class_names(), ["0", "1", "2"]);
        assert!(all.name(2).ends_with("b.zip/0.png"));
    }

    #[test]
    fn one_file_labels_several_zips() {
        let files = Files::new();
        let paths = [files.zip("a.zip", &["0.png"], ""), files.zip("b.zip", &["1.png"], "")];
        let text = r#"{"labels": [["1.png", 0], ["0.png", 1]], "class_names": ["x", "y", "z"]}"#;
        let labels = Some(files.file("labels.json", text));
        let selection = Selection { labels, ..Selection::default() };
        let all = Collection::open(&paths, &selection).unwrap();
        assert_eq!(classes(&all), [Some(1), Some(0)]);
        assert_eq!(all.class_names(), ["x", "y", "z"]);

        let twice = [paths[0].clone(), paths[0].clone()];
        let message = Collection::open(&twice, &selection).unwrap_err().to_string();
        assert!(message.contains("0.png is in an earlier part too"), "{message}");
    }

    #[test]
    fn a_picture_without_label_is_named() {
        let files = Files::new();
        let path = files.zip("a.zip", &["0.png", "1.png"], r#"{"labels": [["0.png", 0]]}"#);
        let open = |selection| Collection::open(std::slice::from_ref(&path), &selection);
        let message = open(Selection::default()).unwrap_err().to_string();
        assert!(message.contains("a.zip/1.png: the labels do not name it"), "{message}");
        let all = open(Selection { unconditional: true, ..Selection::default() }).unwrap();
        assert_eq!((classes(&all), all.class_names().len()), (vec![None, None], 0));
    }

    #[test]
    fn folders_are_classes_where_no_file_says_better() {
        let files = Files::new();
        let path = files.zip("a.zip", &["cat/0.png", "ant/1.png"], r#"{"labels": null}"#);
        let all = Collection::open(&[path], &Selection::default()).unwrap();
        assert_eq!((classes(&all), all.class_names().len()), (vec![Some(0), Some(1)], 2));
        assert_eq!(all.class_names(), ["ant", "cat"]);
    }

    #[test]
    fn a_picture_beside_folders_of_classes_is_refused() {
        let files = Files::new();
        let path = [files.zip("a.zip", &["cat/0.png", "ant/1.png", "x.png"], "")];
        let message = Collection::open(&path, &Selection::default()).unwrap_err().to_string();
        assert!(message.contains("x.png: it lies beside folders of classes, as ant"), "{message}");
        let selection = Selection { unconditional: true, ..Selection::default() };
        assert_eq!(Collection::open(&path, &selection).unwrap().len(), 3);
        let path = [files.zip("b.zip", &["cat/0.png", "cat.png"], "")];
        assert_eq!(Collection::open(&path, &Selection::default()).unwrap().class_names().len(), 0);
    }

    #[test]
    fn classes_without_a_picture_are_counted() {
        let files = Files::new();
        let labels = r#"{"labels": [["0.png", 2], ["1.png", 5]]}"#;
        let path = [files.zip("a.zip", &["0.png", "1.png"], labels)];
        let all = Collection::open(&path, &Selection::default()).unwrap();
        let empty = |skipped: &[usize]| all.empty_classes(&skipped.iter().copied().collect());
        assert_eq!((all.class_names().len(), empty(&[]), empty(&[1]), all.folders()), (6, 4, 5, 0));
    }

    #[test]
    fn selections_are_stable_and_never_empty() {
        let files = Files::new();
        let names: Vec<String> = (0..20).map(|i| format!("img{i:08}.png")).collect();
        let path = [files.zip("a.zip", &names.iter().map(String::as_str).collect::<Vec<_>>(), "")];
        let chosen = |max_images, hold_back| {
            let hold_back = NonZeroU32::new(hold_back);
            let selection = Selection { max_images, hold_back, ..Selection::default() };
            let all = Collection::open(&path, &selection)?;
            Ok::<_, Error>((0..all.len()).map(|i| all.name(i)).collect::<Vec<_>>())
        };
        assert_eq!(chosen(None, 7).unwrap().len(), 17);
        let few = chosen(Some(5), 7).unwrap();
        assert_eq!((few.len(), &few), (5, &chosen(Some(5), 7).unwrap()));
        assert!(few.is_sorted() && few.iter().all(|name| chosen(None, 7).unwrap().contains(name)));
        assert!(chosen(None, 1).unwrap_err().to_string().contains("--hold-back"));
        assert!(chosen(Some(0), 0).unwrap_err().to_string().contains("--max-images"));
        let empty = [files.zip("b.zip", &[], "")];
        let message = Collection::open(&empty, &Selection::default()).unwrap_err().to_string();
        assert!(message.contains("b.zip: no picture"), "{message}");
    }
}
