//! Photographs in memory, from which crops are cut.

use std::path::PathBuf;

use polyinr::metrics::{self, Filter};
use polyinr::{Channels, Raster, Samples};
use rayon::prelude::*;

use super::draws::Draws;
use crate::data::{Collection, Selection, Skipped, picture};
use crate::error::{Error, Result};

/// Photographs of 8-bit RGB that are large enough for a crop.
#[derive(Debug)]
pub struct Photos {
    pictures: Vec<Raster>,
    /// Pictures that could not be used.
    skipped: Vec<Skipped>,
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
        let mut photos = Self { pictures: Vec::new(), skipped: Vec::new() };
        for (name, picture) in read {
            let problem = match picture {
                Ok(picture) if picture.width().min(picture.height()) >= least => {
                    photos.pictures.push(picture);
                    continue;
                }
                Ok(small) => {
                    format!("{}x{} is under {least} pixels a side", small.width(), small.height())
                }
                Err(problem) => problem.to_string(),
            };
            photos.skipped.push(Skipped { name, problem });
        }
        match (photos.pictures.is_empty(), photos.skipped.first()) {
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
        self.pictures.len()
    }

    /// Never: no photographs cannot be opened.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// Pixels of all of them.
    pub fn pixels(&self) -> u64 {
        self.pictures.iter().map(|p| u64::from(p.width()) * u64::from(p.height())).sum()
    }

    /// Pictures that could not be used, and why.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// A square of `side` pixels somewhere in a photograph, turned and mirrored at random. Every
    /// photograph is as likely as any other, whatever its size.
    ///
    /// # Panics
    /// When `side` is larger than what the photographs were chosen for.
    pub fn cut(&self, side: u32, draws: &mut Draws) -> Raster {
        let picture = &self.pictures[draws.below(self.pictures.len() as u64) as usize];
        let [x, y] = [picture.width(), picture.height()]
            .map(|size| draws.below(u64::from(size - side) + 1) as u32);
        turned(picture, [x, y], side, draws.below(8))
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

/// The square of `side` pixels at `(x, y)`, in one of the eight ways to lay a square: mirrored across,
/// down, and along the diagonal, by the bits of `way`.
fn turned(picture: &Raster, [x, y]: [u32; 2], side: u32, way: u64) -> Raster {
    let from = bytes(picture);
    let line = picture.row_len();
    let mirrored = |i: u32, bit: u64| if way & bit == 0 { i } else { side - 1 - i };
    let mut samples = Vec::with_capacity(side as usize * side as usize * 3);
    for row in 0..side {
        for column in 0..side {
            let (i, k) = if way & 4 == 0 { (column, row) } else { (row, column) };
            let (i, k) = (x + mirrored(i, 1), y + mirrored(k, 2));
            let start = k as usize * line + i as usize * 3;
            samples.extend_from_slice(&from[start..start + 3]);
        }
    }
    Raster::new(side, side, Channels::Rgb, Samples::U8(samples)).expect("a square of pixels")
}

/// The samples of a photograph or a part of one.
///
/// # Panics
/// When they do not have 8 bits.
pub(super) fn bytes(picture: &Raster) -> &[u8] {
    match picture.samples() {
        Samples::U8(samples) => samples,
        _ => panic!("photographs have 8 bits"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
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
        assert_eq!((photos.pictures[0].width(), photos.pictures[0].height()), (21, 15));
    }

    #[test]
    fn squares_are_laid_in_all_eight_ways() {
        let samples: Vec<u8> = (0..36).flat_map(|i| [i; 3]).collect();
        let picture = Raster::new(6, 6, Channels::Rgb, Samples::U8(samples)).unwrap();
        let firsts = |way| {
            let cut = turned(&picture, [1, 2], 2, way);
            [0, 3, 6, 9].map(|sample| bytes(&cut)[sample])
        };
        assert_eq!(firsts(0), [13, 14, 19, 20]);
        assert_eq!(firsts(1), [14, 13, 20, 19]);
        assert_eq!(firsts(4), [13, 19, 14, 20]);
        assert_eq!((0..8).map(firsts).collect::<HashSet<_>>().len(), 8);
    }

    #[test]
    fn cuts_reach_every_corner() {
        let photos = synthetic(2, 8);
        let mut draws = Draws::new(0, 0);
        let cuts: HashSet<Vec<u8>> =
            (0..200).map(|_| bytes(&photos.cut(8, &mut draws)).to_vec()).collect();
        assert_eq!(cuts.len(), 16, "two photographs, eight ways each");
        photos.cut(1, &mut draws);
    }
}
