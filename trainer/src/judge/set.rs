//! Sets of pictures, and what upscalers are given of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyinr::Raster;
use polyinr::metrics::{self, Filter};

use super::degradation::{DEGRADATIONS, Degradation};
use super::picture::raster;
use crate::data::{Collection, Selection, picture};
use crate::error::{Error, Result};

/// Variable that names the folder of data sets.
const DATA: &str = "POLYINR_DATA";
/// Sets that are judged as they are, and their files.
const PLAIN: [(&str, &str); 3] = [("set5", "set5.zip"), ("set14", "set14.zip"), ("cid22", CID22)];
/// The set that is spoilt too.
const CID22: &str = "photos_validation_cid22.zip";

/// Which pictures are judged.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Sets")]
pub struct SetArgs {
    /// Folder of set5.zip, set14.zip and photos_validation_cid22.zip [default: what POLYINR_DATA names]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// A further set: a folder or zip file of pictures, and what to call it; may be repeated
    #[arg(long = "set", value_name = "NAME=PATH")]
    pub more: Vec<String>,
    /// Judge these sets only, with commas between: set5, set14, cid22, cid22-noise5, cid22-noise15,
    /// cid22-jpeg75, cid22-jpeg40, cid22-blur, cid22-mixed, or the name of a further one
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Judge N pictures of each set, spread evenly over it [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// The whole factor by which pictures are reduced and enlarged again; 1 leaves them at their size,
    /// spoilt where the set says so
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub factor: u32,
}

/// Pictures that are judged together.
#[derive(Debug)]
pub struct Set {
    /// What it is called.
    pub name: String,
    /// Its pictures.
    pub cases: Vec<Case>,
}

/// A picture, and what is made of it to be enlarged.
#[derive(Debug)]
pub struct Case {
    /// Name of its file, without folder and ending.
    pub name: String,
    /// The picture, RGB of 8 bits, cut to a multiple of the factor.
    pub original: Raster,
    /// The reduced and perhaps spoilt one.
    pub input: Arc<Raster>,
}

/// Where a set comes from.
#[derive(Clone, Debug, PartialEq)]
struct Origin {
    name: String,
    path: PathBuf,
    degradation: Option<Degradation>,
}

impl SetArgs {
    /// Opens the sets, one by one as they are asked for.
    ///
    /// # Errors
    /// [`Error::Parameter`] at once for names that mean no set, and when the folder of data sets is
    /// needed and not named. Each set [`Error::Data`] or [`Error::Io`] when it cannot be read.
    pub fn open(&self) -> Result<impl ExactSizeIterator<Item = Result<Set>> + '_> {
        let origins = self.origins(std::env::var_os(DATA).map(PathBuf::from))?;
        Ok(origins.into_iter().map(|origin| self.read(&origin)))
    }

    fn origins(&self, usual: Option<PathBuf>) -> Result<Vec<Origin>> {
        let mut all = standard(self.data.clone().or(usual).as_deref());
        for set in &self.more {
            all.push(further(set, &all)?);
        }
        let chosen = match self.only.as_slice() {
            [] => all,
            names => names.iter().map(|name| named(name, &all)).collect::<Result<_>>()?,
        };
        match chosen.iter().find(|origin| origin.path.as_os_str().is_empty()) {
            None => Ok(chosen),
            Some(origin) => {
                let problem = format!(
                    "{} is in a folder of data sets; name it, or set {DATA}, or choose others by \
                     --only",
                    origin.name
                );
                Err(Error::parameter("--data", problem))
            }
        }
    }

    fn read(&self, origin: &Origin) -> Result<Set> {
        let selection = Selection { unconditional: true, ..Selection::default() };
        let pictures = Collection::open(std::slice::from_ref(&origin.path), &selection)?;
        let chosen = spread(pictures.len(), self.limit.map(|n| n as usize));
        let case = |index: usize| self.case(&pictures, index, origin.degradation);
        let cases = chosen.into_iter().map(case).collect::<Result<_>>()?;
        Ok(Set { name: origin.name.clone(), cases })
    }

    fn case(&self, from: &Collection, index: usize, spoilt: Option<Degradation>) -> Result<Case> {
        let path = from.name(index);
        let whole = raster(picture::decode(from.read(index)?, &path)?)?;
        let original = metrics::crop(&whole, self.factor)
            .map_err(|e| Error::data(&path, format!("cannot be reduced: {e}")))?;
        let [width, height] = [original.width(), original.height()].map(|n| n / self.factor);
        let reduced = metrics::resize(&original, width, height, Filter::Bicubic)?;
        let input = match spoilt {
            Some(degradation) => degradation.apply(&reduced, index as u64)?,
            None => reduced,
        };
        let name = Path::new(&path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Case { name, original, input: Arc::new(input) })
    }
}

/// The sets that are judged without being asked for; without `folder` they have no path.
fn standard(folder: Option<&Path>) -> Vec<Origin> {
    let path = |file: &str| folder.map(|folder| folder.join(file)).unwrap_or_default();
    let plain = PLAIN.map(|(name, file)| Origin {
        name: name.to_owned(),
        path: path(file),
        degradation: None,
    });
    let spoilt = DEGRADATIONS.map(|degradation| Origin {
        name: format!("cid22-{}", degradation.name),
        path: path(CID22),
        degradation: Some(degradation),
    });
    plain.into_iter().chain(spoilt).collect()
}

/// A set given as NAME=PATH, whose name is none of `others`.
fn further(set: &str, others: &[Origin]) -> Result<Origin> {
    let wrong = |problem: String| Error::parameter("--set", problem);
    let (name, path) = set
        .split_once('=')
        .filter(|(n, p)| !n.is_empty() && !p.is_empty())
        .ok_or_else(|| wrong(format!("{set:?} is not NAME=PATH, as in text=pictures/text.zip")))?;
    if others.iter().any(|origin| origin.name == name) {
        return Err(wrong(format!("there is a set called {name} already; choose another name")));
    }
    Ok(Origin { name: name.to_owned(), path: path.into(), degradation: None })
}

fn named(name: &str, all: &[Origin]) -> Result<Origin> {
    all.iter().find(|origin| origin.name == name).cloned().ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|origin| origin.name.as_str()).collect();
        let problem = format!("{name:?} is none of the sets {}", names.join(", "));
        Error::parameter("--only", problem)
    })
}

/// `limit` of `count` numbers from 0 on, evenly spread; all of them where that is fewer.
fn spread(count: usize, limit: Option<usize>) -> Vec<usize> {
    let limit = limit.unwrap_or(count).min(count);
    (0..limit).map(|i| (2 * i + 1) * count / (2 * limit)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// A folder of drawn pictures: lines and filled shapes on white.
    fn drawings(count: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..count {
            let pixel = |x: u32, y: u32| {
                let line = (x + 2 * y + 11 * number) % 17 < 3;
                let disc = (x.abs_diff(40).pow(2) + y.abs_diff(36).pow(2)) < 200 + 60 * number;
                Rgb(if line {
                    [20, 20, 30]
                } else if disc {
                    [220, 60, 40]
                } else {
                    [250; 3]
                })
            };
            RgbImage::from_fn(83, 70, pixel)
                .save(folder.path().join(format!("{number}.png")))
                .unwrap();
        }
        folder
    }

    /// A set of so many drawn pictures, reduced by 4.
    pub fn drawn(count: u32) -> Set {
        let folder = drawings(count);
        let args = args(&[&format!("drawn={}", folder.path().display())], &["drawn"]);
        args.open().unwrap().next().unwrap().unwrap()
    }

    fn args(more: &[&str], only: &[&str]) -> SetArgs {
        let [more, only] = [more, only].map(|list| list.iter().map(|s| s.to_string()).collect());
        SetArgs { more, only, factor: 4, ..SetArgs::default() }
    }

    fn names(args: &SetArgs) -> Vec<String> {
        args.origins(Some("/data".into())).unwrap().into_iter().map(|origin| origin.name).collect()
    }

    fn refused(args: &SetArgs, usual: Option<PathBuf>) -> String {
        args.origins(usual).unwrap_err().to_string()
    }

    #[test]
    fn standard_sets_come_first_and_can_be_chosen_from() {
        let all = names(&args(&["text=/a b"], &[]));
        assert_eq!(all.len(), 10);
        assert_eq!(
            (all[0].as_str(), all[4].as_str(), all[9].as_str()),
            ("set5", "cid22-noise15", "text")
        );
        assert_eq!(names(&args(&["text=/a"], &["text", "set14"])), ["text", "set14"]);
        let without = args(&["text=/a"], &["text"]).origins(None).unwrap();
        assert_eq!(without[0].path, Path::new("/a"));
    }

    #[test]
    fn unknown_names_are_refused_with_what_there_is() {
        let unknown = refused(&args(&["text=/a"], &["set15"]), Some("/data".into()));
        assert!(
            unknown.starts_with("--only: \"set15\" is none of the sets set5, set14"),
            "{unknown}"
        );
        assert!(unknown.ends_with("cid22-mixed, text"), "{unknown}");
        let shapeless = refused(&args(&["text"], &[]), None);
        assert!(shapeless.contains("NAME=PATH, as in text="), "{shapeless}");
        assert!(refused(&args(&["set5=/a"], &[]), None).contains("set5 already"));
        let nowhere = refused(&args(&[], &["cid22-blur"]), None);
        assert!(
            nowhere.contains("cid22-blur is in a folder") && nowhere.contains(DATA),
            "{nowhere}"
        );
    }

    #[test]
    fn numbers_are_spread_evenly() {
        assert_eq!(spread(37, Some(4)), [4, 13, 23, 32]);
        assert_eq!(spread(5, Some(9)), [0, 1, 2, 3, 4]);
        assert_eq!(spread(3, None), [0, 1, 2]);
    }

    #[test]
    fn pictures_are_cut_and_reduced() {
        let folder = drawings(3);
        let mut args = args(&[&format!("drawn={}", folder.path().display())], &["drawn"]);
        args.limit = Some(2);
        let set = args.open().unwrap().next().unwrap().unwrap();
        assert_eq!((set.name.as_str(), set.cases.len()), ("drawn", 2));
        let Case { name, original, input } = &set.cases[1];
        assert_eq!((name.as_str(), original.width(), original.height()), ("2", 80, 68));
        assert_eq!((input.width(), input.height()), (20, 17));
        args.factor = 75;
        let small = args.open().unwrap().next().unwrap().unwrap_err().to_string();
        assert!(small.contains("0.png") && small.contains("divisible by 75"), "{small}");
    }
}
