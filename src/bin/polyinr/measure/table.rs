//! Figures as a table for people or JSON for programs.

use polyinr::metrics::Score;
use serde_json::json;

use crate::failure::Outcome;
use crate::shell;

/// Mean scores of a method on a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    set: String,
    factor: u32,
    method: String,
    pictures: usize,
    psnr: f64,
    ssim: f64,
}

impl Row {
    /// The mean over the pictures of a set.
    pub fn mean(set: &str, factor: u32, method: String, scores: &[Score]) -> Self {
        let mean = |f: fn(&Score) -> f64| scores.iter().map(f).sum::<f64>() / scores.len() as f64;
        Self {
            set: set.to_owned(),
            factor,
            method,
            pictures: scores.len(),
            psnr: mean(|s| s.psnr),
            ssim: mean(|s| s.ssim),
        }
    }

    fn json(&self) -> String {
        json!({
            "set": self.set, "factor": self.factor, "method": self.method,
            "pictures": self.pictures, "psnr": self.psnr, "ssim": self.ssim,
        })
        .to_string()
    }

    fn line(&self) -> String {
        let Self { set, factor, method, pictures, psnr, ssim } = self;
        format!("{set:<12} {pictures:>8}  x{factor:<5} {method:<12} {psnr:>8.2} {ssim:>8.4}")
    }
}

/// Prints all rows.
pub fn print(rows: &[Row], json: bool) -> Outcome {
    let head = format!(
        "{:<12} {:>8}  {:<6} {:<12} {:>8} {:>8}",
        "set", "pictures", "factor", "method", "PSNR/dB", "SSIM"
    );
    let lines: Vec<String> = match json {
        true => rows.iter().map(Row::json).collect(),
        false => std::iter::once(head).chain(rows.iter().map(Row::line)).collect(),
    };
    shell::print(format!("{}\n", lines.join("\n")).as_bytes())
}
