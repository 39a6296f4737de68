//! The classes of pictures: from `dataset.json`, or from the folders that they are in.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Most classes a data set may have.
const MAX_CLASSES: u32 = 1 << 17;

/// Contents of a `dataset.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelFile {
    /// Names of pictures with their classes, or nothing for a data set without classes.
    #[serde(default)]
    pub labels: Option<Vec<(String, u32)>>,
    /// What the classes are called, in the order of their numbers.
    #[serde(default, alias = "classes", skip_serializing_if = "Option::is_none")]
    pub class_names: Option<Vec<String>>,
}

impl LabelFile {
    /// Reads the `bytes` of the file that messages call `path`.
    ///
    /// # Errors
    /// [`Error::Data`] when it is no JSON of this form, a class has no name, or there are too many.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self> {
        let file: Self = serde_json::from_slice(bytes).map_err(|e| {
            let form = r#"{"labels": [["00000/img00000000.png", 3], ...]}"#;
            Error::data(path, format!("these are no classes ({e}); the form is {form}"))
        })?;
        let most = file.class_names.as_ref().map_or(MAX_CLASSES, |names| names.len() as u32);
        match file.labels.iter().flatten().find(|(_, class)| *class >= most.min(MAX_CLASSES)) {
            Some((name, class)) => {
                let problem = format!("{name} has class {class}, but there are only {most}");
                Err(Error::data(path, problem))
            }
            None => Ok(file),
        }
    }

    /// Classes by the names of pictures; nothing for a data set without.
    pub fn by_name(self) -> Option<HashMap<String, u32>> {
        let labels = self.labels?.into_iter();
        Some(labels.map(|(name, class)| (name.replace('\\', "/"), class)).collect())
    }
}

/// The names of all classes, when files say which: all that name them must agree.
///
/// # Errors
/// [`Error::Data`] when they do not.
pub fn merged_names<'a>(
    files: impl IntoIterator<Item = (&'a Path, &'a LabelFile)>,
) -> Result<Option<Vec<String>>> {
    let mut merged: Option<&Vec<String>> = None;
    for (path, file) in files {
        match (merged, &file.class_names) {
            (Some(known), Some(names)) if known != names => {
                let problem = "its classes have other names than those of the files before it";
                return Err(Error::data(path, problem));
            }
            (None, Some(names)) => merged = Some(names),
            _ => (),
        }
    }
    Ok(merged.cloned())
}

/// A picture that lies in no folder, and a folder, where two or more folders look like classes.
pub fn beside_classes<'a>(names: impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let (mut loose, mut folders) = (None, BTreeSet::new());
    for name in names {
        match name.split_once('/') {
            Some((folder, _)) => drop(folders.insert(folder)),
            None => drop(loose.get_or_insert(name)),
        }
    }
    let classes = folders.len() >= 2 && !folders.iter().all(|name| is_part(name));
    loose.filter(|_| classes).zip(folders.first().copied())
}

/// Whether a folder is a numbered part (`00000`, `00001`) of a data set.
fn is_part(name: &str) -> bool {
    name.len() == 5 && name.bytes().all(|b| b.is_ascii_digit())
}

/// Names and numbers of the classes that the top folders of pictures stand for, when all are in
/// folders, there are two or more of those, and they are more than the numbered parts (`00000`,
/// `00001`) of a data set.
pub fn from_folders<'a>(
    names: impl Iterator<Item = &'a str> + Clone,
) -> Option<(Vec<String>, Vec<u32>)> {
    let top = |name: &'a str| name.split_once('/').map(|(folder, _)| folder);
    let folders: BTreeSet<&str> = names.clone().map(top).collect::<Option<_>>()?;
    if folders.len() < 2 || folders.iter().all(|name| is_part(name)) {
        return None;
    }
    let numbers: HashMap<&str, u32> = folders.iter().copied().zip(0..).collect();
    let classes = names.filter_map(top).map(|folder| numbers[folder]).collect();
    Some((folders.into_iter().map(str::to_owned).collect(), classes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<LabelFile> {
        LabelFile::parse(text.as_bytes(), Path::new("dataset.json"))
    }

    #[test]
    fn all_forms_of_labels_are_read() {
        let file = parse(r#"{"labels": [["0\\a.png", 1], ["b.png", 0]], "classes": ["x", "y"]}"#);
        let file = file.unwrap();
        assert_eq!(file.class_names.as_deref(), Some(&["x".to_owned(), "y".to_owned()][..]));
        assert_eq!(file.by_name().unwrap()["0/a.png"], 1);
        assert_eq!(parse(r#"{"labels": null}"#).unwrap(), LabelFile::default());
        assert_eq!(parse("{}").unwrap(), LabelFile::default());
    }

    #[test]
    fn senseless_labels_are_refused() {
        for (text, part) in [
            ("", "EOF"),
            (r#"{"labels": [["a", [0.5, 1]]]}"#, "the form is"),
            (r#"{"labels": [["a", -1]]}"#, "the form is"),
            (r#"{"labels": [["a", 2]], "class_names": ["x", "y"]}"#, "a has class 2"),
            (r#"{"labels": [["a", 4000000000]]}"#, "a has class 4000000000"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(
                message.starts_with("data dataset.json: ") && message.contains(part),
                "{message}"
            );
        }
    }

    #[test]
    fn names_of_classes_must_agree() {
        let named = |names: &[&str]| LabelFile {
            class_names: Some(names.iter().map(|&n| n.to_owned()).collect()),
            ..LabelFile::default()
        };
        let (a, b, none) = (named(&["x", "y"]), named(&["x"]), LabelFile::default());
        let merge = |files: &[&LabelFile]| {
            merged_names(files.iter().map(|&file| (Path::new("b.zip"), file)))
        };
        assert_eq!(merge(&[&none, &a, &a]).unwrap(), a.class_names);
        assert_eq!(merge(&[&none]).unwrap(), None);
        assert!(merge(&[&a, &b]).unwrap_err().to_string().contains("b.zip"));
    }

    #[test]
    fn folders_are_classes_unless_they_are_parts() {
        let classes = |names: &[&'static str]| from_folders(names.iter().copied());
        let (names, of) = classes(&["cat/1.png", "cat/new/2.png", "ant/1.png"]).unwrap();
        assert_eq!((names, of), (vec!["ant".to_owned(), "cat".to_owned()], vec![1, 1, 0]));
        assert_eq!(classes(&["00000/1.png", "00001/1.png"]), None);
        assert_eq!(classes(&["cat/1.png", "1.png"]), None);
        assert_eq!(classes(&["cat/1.png"]), None);
        assert_eq!(classes(&[]), None);
    }
}
