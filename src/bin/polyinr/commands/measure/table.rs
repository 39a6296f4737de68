//! Figures as a table for people or JSON for programs.

use polyinr::metrics::Score;
use polyinr::ops::Refine;
use serde_json::json;

use crate::failure::Outcome;
use crate::print::print_lines;
use crate::report::{merged, rounded};

/// Scores of one result.
#[derive(Clone, Copy, Debug)]
pub struct Scores {
    /// Against the picture before it was reduced.
    pub score: Score,
    /// PSNR of the result, reduced again, against what it was made from.
    pub reduced: f64,
    /// Time that making it larger took.
    pub seconds: f64,
    /// Pixels of the result.
    pub pixels: u64,
}

/// Mean scores of a method on a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    set: String,
    factor: u32,
    method: String,
    refine: Option<Refine>,
    pictures: usize,
    psnr: f64,
    ssim: f64,
    /// The lowest over the pictures.
    reduced: f64,
    seconds_per_megapixel: f64,
}

impl Row {
    /// The mean over the pictures of a set.
    pub fn mean(
        set: &str,
        factor: u32,
        method: &str,
        refine: Option<Refine>,
        scores: &[Scores],
    ) -> Self {
        let mean = |f: fn(&Score) -> f64| {
            scores.iter().map(|s| f(&s.score)).sum::<f64>() / scores.len() as f64
        };
        Self {
            set: set.to_owned(),
            factor,
            method: method.to_owned(),
            refine,
            pictures: scores.len(),
            psnr: mean(|s| s.psnr),
            ssim: mean(|s| s.ssim),
            reduced: scores.iter().map(|s| s.reduced).fold(f64::INFINITY, f64::min),
            seconds_per_megapixel: scores.iter().map(|s| s.seconds).sum::<f64>() * 1e6
                / scores.iter().map(|s| s.pixels).sum::<u64>() as f64,
        }
    }

    fn json(&self) -> String {
        let row = json!({
            "set": self.set, "factor": self.factor, "method": self.method,
            "pictures": self.pictures, "psnr": self.psnr, "ssim": self.ssim,
            "reduced": self.reduced,
            "seconds_per_megapixel": rounded(self.seconds_per_megapixel),
        });
        match self.refine {
            None => row.to_string(),
            Some(refine) => merged(row, json!({"refine": refine.steps()})).to_string(),
        }
    }

    fn line(&self) -> String {
        let Self { set, factor, method, refine, pictures, psnr, ssim, reduced, .. } = self;
        let method = match refine {
            None => method.clone(),
            Some(refine) => format!("{method}, refine {}", refine.steps()),
        };
        let speed = self.seconds_per_megapixel;
        let figures = format!("{psnr:>8.2} {ssim:>8.4} {reduced:>10.2} {speed:>8.3}");
        format!("{set:<26} {pictures:>8}  x{factor:<5} {method:<20} {figures}")
    }
}

/// Prints all rows.
pub fn print(rows: &[Row], json: bool) -> Outcome {
    let head = format!(
        "{:<26} {:>8}  {:<6} {:<20} {:>8} {:>8} {:>10} {:>8}",
        "set", "pictures", "factor", "method", "PSNR/dB", "SSIM", "reduced/dB", "s/MP"
    );
    let lines: Vec<String> = match json {
        true => rows.iter().map(Row::json).collect(),
        false => std::iter::once(head).chain(rows.iter().map(Row::line)).collect(),
    };
    print_lines(&lines, json)
}
