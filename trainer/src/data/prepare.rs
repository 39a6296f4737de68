//! Decoding the pictures of a collection, in parallel and in order.

use std::sync::atomic::{AtomicUsize, Ordering};

use image::RgbImage;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::picture;
use super::{Collection, Skipped};
use crate::error::{Error, Result};

/// Pictures in work at once, for each thread.
const PER_THREAD: usize = 16;

/// What became of the pictures of a collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Those that were left out, with their indices.
    pub skipped: Vec<(usize, Skipped)>,
    /// How many of the others have fewer pixels a side than are made of them.
    pub enlarged: usize,
}

/// Makes something of every picture of `collection`, decoded, by `work` on all processors, and
/// gives it to `take` with the picture's index, in order; `side` is how many pixels a side are made
/// of it. A picture that cannot be decoded, or that `work` fails on, is left out. A bar on the
/// terminal shows how far it is.
///
/// # Errors
/// Those of `take`, and [`Error::Data`] when no picture can be used.
pub fn each<T: Send>(
    collection: &Collection,
    side: u32,
    work: impl Fn(&RgbImage) -> Result<T> + Sync,
    mut take: impl FnMut(usize, T) -> Result<()>,
) -> Result<Outcome> {
    let enlarged = AtomicUsize::new(0);
    let measured = |picture: RgbImage| {
        let is_small = picture.width().min(picture.height()) < side;
        enlarged.fetch_add(is_small.into(), Ordering::Relaxed);
        picture
    };
    let bar = bar(collection.len());
    let make = |index| {
        let name = collection.name(index);
        let made = collection
            .read(index)
            .and_then(|bytes| picture::decode(bytes, &name))
            .and_then(|picture| work(&measured(picture)))
            .map_err(|e| (index, skipped(&name, &e)));
        bar.inc(1);
        (index, made)
    };
    let mut left_out = Vec::new();
    let indices: Vec<usize> = (0..collection.len()).collect();
    for chunk in indices.chunks(PER_THREAD * rayon::current_num_threads()) {
        let made: Vec<_> = chunk.par_iter().map(|&index| make(index)).collect();
        for (index, made) in made {
            match made {
                Ok(made) => take(index, made)?,
                Err(problem) => left_out.push(problem),
            }
        }
    }
    bar.finish_and_clear();
    match left_out.first() {
        Some((_, first)) if left_out.len() == collection.len() => {
            let (count, first) = (left_out.len(), format!("{}: {}", first.name, first.problem));
            let problem = format!("none of its {count} pictures can be used; the first: {first}");
            Err(Error::data(collection.path(), problem))
        }
        _ => Ok(Outcome { skipped: left_out, enlarged: enlarged.into_inner() }),
    }
}

/// `error` without the picture's name, which most begin with.
fn skipped(name: &str, error: &Error) -> Skipped {
    let problem = error.to_string();
    let problem = problem.strip_prefix(&format!("{name}: ")).unwrap_or(&problem).to_owned();
    Skipped { name: name.to_owned(), problem }
}

/// A bar that is drawn when standard error is a terminal.
fn bar(pictures: usize) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} pictures, {per_sec}, {eta} left");
    let bar = ProgressBar::new(pictures as u64);
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}
