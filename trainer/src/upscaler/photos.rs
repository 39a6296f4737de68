//! Photographs in memory, from which crops are cut.

use std::path::PathBuf;

use polyinr::metrics::{self, Filter};
use polyinr::{Channels, Raster, Samples};
use rayon::prelude::*;

use super::cut::{Cut, turned};
use super::draws::Draws;
use crate::data::{Collection, Selection, Skipped, picture};
use crate::error::{Error, Result};

/// Photographs of 8-bit RGB that are large enough for a crop.
#[derive(Debug)]
pub struct Photos {
    photographs: Vec<Photograph>,
    /// Pictures that could not be used.
    skipped: Vec<Skipped>,
}

/// A photograph and reduced copies of it, the largest first.
#[derive(Debug)]
struct Photograph(Vec<Raster>);

impl Photograph {
    fn whole(&self) -> &Raster {
        &self.0[0]
    }

    fn reaches(&self, side: u32) -> bool {
        self.whole().width().min(self.whole().height()) >= side
    }

    /// The photograph or one of its copies of at least `side` pixels a side, each as likely as any
    /// other.
    fn copy(&self, side: u32, draws: &mut Draws) -> &Raster {
        let large = |copy: &&Raster| copy.width().min(copy.height()) >= side;
        match self.0.iter().take_while(large).count() {
            0 | 1 => self.whole(),
            count => &self.0[draws.below(count as u64) as usize],
        }
    }
}

impl Photos {
    /// Reads all pictures of the folders and zip files in `whole` as they are, and those in `halved`
    /// at half their size, which hides the blocks of JPEG. Pictures that cannot be decoded or have a
    /// side of fewer than `least` pixels are left out and reported.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Data`] when a source cannot be opened, or none of the pictures can
    /// be used.
    pub fn open(whole: &[PathBuf], halved: &[PathBuf], least: u32) -> Result<Self> {
        let mut read = Vec::new();
        for (paths, halve) in [(whole, false), (halved, true)] {
            if !paths.is_empty() {
                read.extend(read_all(paths, halve)?);
            }
        }
        let first = whole.iter().chain(halved).next().cloned().unwrap_or_default();
        Self::choose(read, least, first)
    }

    /// Those of `read` that can be used; `source` stands for them in messages.
    fn choose(read: Vec<(String, Result<Raster>)>, least: u32, source: PathBuf) -> Result<Self> {
        let mut photos = Self { photographs: Vec::new(), skipped: Vec::new() };
        for (name, picture) in read {
            let problem = match picture {
                Ok(picture) if picture.width().min(picture.height()) >= least => {
                    photos.photographs.push(Photograph(vec![picture]));
                    continue;
                }
                Ok(small) => {
                    format!("{}x{} is under {least} pixels a side", small.width(), small.height())
                }
                Err(problem) => problem.to_string(),
            };
            photos.skipped.push(Skipped { name, problem });
        }
        match (photos.photographs.is_empty(), photos.skipped.first()) {
            (false, _) => Ok(photos),
            (true, None) => Err(Error::data(source, "there is no picture in it")),
            (true, Some(Skipped { name, problem })) => {
                let problem = format!("none of its pictures can be used; {name}: {problem}");
                Err(Error::data(source, problem))
            }
        }
    }

    /// Number of photographs.
    pub fn len(&self) -> usize {
        self.photographs.len()
    }

    /// Never: no photographs cannot be opened.
    pub fn is_empty(&self) -> bool {
        self.photographs.is_empty()
    }

    /// Pixels of all of them, without copies.
    pub fn pixels(&self) -> u64 {
        let pixels = |p: &Raster| u64::from(p.width()) * u64::from(p.height());
        self.photographs.iter().map(|photograph| pixels(photograph.whole())).sum()
    }

    /// Pictures that could not be used, and why.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The same photographs, each with copies that are reduced by `factors`, which are over 1, where
    /// they still have `least` pixels a side.
    ///
    /// # Errors
    /// [`Error::Library`] when the library refuses a size, which it does not for photographs.
    pub fn with_copies(mut self, factors: &[f64], least: u32) -> Result<Self> {
        let mut factors = factors.to_vec();
        factors.sort_by(f64::total_cmp);
        let copies = |photograph: &mut Photograph| -> Result<()> {
            let whole = photograph.whole();
            let reduced = |factor: &f64| {
                let [width, height] = [whole.width(), whole.height()]
                    .map(|side| (f64::from(side) / factor).round() as u32);
                let enough = width.min(height) >= least;
                enough.then(|| metrics::resize(whole, width, height, Filter::Bicubic))
            };
            let copies = factors.iter().filter_map(reduced).collect::<polyinr::Result<Vec<_>>>()?;
            photograph.0.extend(copies);
            Ok(())
        };
        self.photographs.par_iter_mut().try_for_each(copies)?;
        Ok(self)
    }

    /// Whether one of them has `side` pixels a side.
    pub fn reach(&self, side: u32) -> bool {
        self.photographs.iter().any(|photograph| photograph.reaches(side))
    }

    /// A square somewhere in a photograph or a copy, turned and mirrored at random. Every photograph
    /// that is large enough is as likely as any other, however large it is and however many copies
    /// it has.
    ///
    /// # Panics
    /// When none is large enough.
    pub fn cut(&self, cut: Cut, draws: &mut Draws) -> Raster {
        let large: Vec<&Photograph> =
            self.photographs.iter().filter(|photograph| photograph.reaches(cut.side)).collect();
        let photograph = large[draws.below(large.len() as u64) as usize];
        let picture = photograph.copy(cut.side, draws);
        let [x, y] = [picture.width(), picture.height()]
            .map(|size| draws.below(u64::from(size - cut.side) + 1) as u32);
        turned(picture, [x, y], cut, draws.below(8))
    }
}

/// The pictures of all sources with their names, decoded in parallel.
pub(super) fn read_all(paths: &[PathBuf], halve: bool) -> Result<Vec<(String, Result<Raster>)>> {
    let selection = Selection { unconditional: true, ..Selection::default() };
    let collection = Collection::open(paths, &selection)?;
    let read = |index| {
        let name = collection.name(index);
        let picture = collection.read(index).and_then(|bytes| decode(bytes, &name, halve));
        (name, picture)
    };
    Ok((0..collection.len()).into_par_iter().map(read).collect())
}

fn decode(bytes: Vec<u8>, name: &str, halve: bool) -> Result<Raster> {
    let picture = picture::decode(bytes, name)?;
    let (width, height) = picture.dimensions();
    let whole = Raster::new(width, height, Channels::Rgb, Samples::U8(picture.into_raw()))?;
    match halve {
        true => {
            Ok(metrics::resize(&whole, width.div_ceil(2), height.div_ceil(2), Filter::Bicubic)?)
        }
        false => Ok(whole),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::data::samples::bytes;
    use std::collections::HashSet;

    /// Photographs of stripes and noise that an upscaler can learn from.
    pub fn synthetic(count: u32, side: u32) -> Photos {
        let picture = |number: u32| {
            let mut draws = Draws::new(number.into(), 0);
            let slopes = [0, 1, 2].map(|_| [draws.uniform() * 0.5, draws.uniform() * 0.5]);
            let pixel = |x: u32, y: u32| {
                slopes.map(|[a, b]| {
                    let wave = (a * f64::from(x) + b * f64::from(y)).sin();
                    (128.0 + 100.0 * wave.signum() * wave.abs().sqrt()) as u8
                })
            };
            let samples = (0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y)));
            Raster::new(side, side, Channels::Rgb, Samples::U8(samples.collect())).unwrap()
        };
        let read = (0..count).map(|i| (i.to_string(), Ok(picture(i)))).collect();
        Photos::choose(read, side, PathBuf::from("synthetic")).unwrap()
    }

    fn plain(side: u32) -> Cut {
        Cut { side, colours: [0, 1, 2] }
    }

    pub fn save(folder: &std::path::Path, name: &str, width: u32, height: u32) {
        let shade = |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, 7]);
        image::RgbImage::from_fn(width, height, shade).save(folder.join(name)).unwrap();
    }

    #[test]
    fn what_is_unusable_is_named_and_skipped() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "a.png", 40, 30);
        save(folder.path(), "b.png", 40, 10);
        std::fs::write(folder.path().join("c.png"), b"no picture").unwrap();
        let photos = Photos::open(&[folder.path().to_owned()], &[], 20).unwrap();
        assert_eq!((photos.len(), photos.pixels()), (1, 1200));
        let [small, broken] = photos.skipped() else { panic!("two are skipped") };
        assert!(small.name.ends_with("b.png") && small.problem.contains("under 20 pixels"));
        assert!(broken.name.ends_with("c.png"));
        let none = Photos::open(&[folder.path().to_owned()], &[], 50).unwrap_err().to_string();
        assert!(none.contains("a.png: 40x30 is under 50 pixels"), "{none}");
    }

    #[test]
    fn halved_sources_are_halved() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "a.png", 41, 30);
        let photos = Photos::open(&[], &[folder.path().to_owned()], 15).unwrap();
        let picture = photos.photographs[0].whole();
        assert_eq!((picture.width(), picture.height()), (21, 15));
    }

    #[test]
    fn cuts_reach_every_corner() {
        let photos = synthetic(2, 8);
        let mut draws = Draws::new(0, 0);
        let cuts: HashSet<Vec<u8>> =
            (0..200).map(|_| bytes(&photos.cut(plain(8), &mut draws)).to_vec()).collect();
        assert_eq!(cuts.len(), 16, "two photographs, eight ways each");
        photos.cut(plain(1), &mut draws);
    }

    #[test]
    fn colours_change_places() {
        let photos = synthetic(1, 8);
        let cut = |colours| photos.cut(Cut { side: 8, colours }, &mut Draws::new(0, 0));
        let (plain, turned) = (cut([0, 1, 2]), cut([2, 0, 1]));
        for (a, b) in bytes(&plain).chunks_exact(3).zip(bytes(&turned).chunks_exact(3)) {
            assert_eq!([a[2], a[0], a[1]], b);
        }
        assert!(plain != turned);
    }

    /// One photograph of 60 pixels with copies, one of 24 without: each is taken half of the time, and
    /// copies only where they are large enough.
    #[test]
    fn copies_are_cut_where_they_are_large_enough() {
        let grey = |side: u32, level| {
            Raster::new(
                side,
                side,
                Channels::Rgb,
                Samples::U8(vec![level; (side * side * 3) as usize]),
            )
        };
        let read =
            vec![("a".into(), Ok(grey(60, 9).unwrap())), ("b".into(), Ok(grey(24, 7).unwrap()))];
        let photos = Photos::choose(read, 24, PathBuf::from("two")).unwrap();
        let photos = photos.with_copies(&[3.0, 2.0, 1.5], 16).unwrap();
        assert_eq!((photos.len(), photos.pixels()), (2, 3600 + 576));
        let sides =
            |i: usize| photos.photographs[i].0.iter().map(|c| c.width()).collect::<Vec<_>>();
        assert_eq!((sides(0), sides(1)), (vec![60, 40, 30, 20], vec![24, 16]));
        let mut draws = Draws::new(3, 0);
        let large = |side, draws: &mut Draws| photos.photographs[0].copy(side, draws).width();
        let found = |side, draws: &mut Draws| -> HashSet<u32> {
            (0..60).map(|_| large(side, draws)).collect()
        };
        assert_eq!(found(24, &mut draws), HashSet::from([60, 40, 30]));
        assert_eq!(found(61, &mut draws), HashSet::from([60]));
        let nines = (0..400).filter(|_| bytes(&photos.cut(plain(24), &mut draws))[0] == 9).count();
        assert!((160..=240).contains(&nines), "{nines}");
        assert!((0..20).all(|_| bytes(&photos.cut(plain(25), &mut draws))[0] == 9));
        assert!(photos.reach(60) && !photos.reach(61));
    }
}
