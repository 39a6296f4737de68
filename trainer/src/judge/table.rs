//! Scores as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::judges::Scores;

/// Heads of a table's columns.
const HEADS: [&str; 8] =
    ["set", "method", "pictures", "PSNR/dB", "SSIM", "VGG16", "EfficientNet", "colour step"];

/// The means of a method over a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Name of the set.
    pub set: String,
    /// Name of the method.
    pub method: String,
    /// Number of pictures.
    pub pictures: usize,
    /// Means over the pictures.
    #[serde(flatten)]
    pub mean: Scores,
}

/// All rows, set by set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Table {
    /// The factor by which pictures were reduced.
    pub factor: u32,
    /// SHA-256 of the networks' files, and what they compute in.
    pub networks: String,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Row {
    /// The row of the scores of a set's pictures, at least one.
    pub fn mean(set: &str, method: &str, scores: &[Scores]) -> Self {
        let mean =
            |value: fn(&Scores) -> f64| scores.iter().map(value).sum::<f64>() / scores.len() as f64;
        let mean = Scores {
            psnr: mean(|s| s.psnr),
            ssim: mean(|s| s.ssim),
            vgg16: mean(|s| s.vgg16),
            efficientnet: mean(|s| s.efficientnet),
            colour_step: mean(|s| s.colour_step),
        };
        Self { set: set.to_owned(), method: method.to_owned(), pictures: scores.len(), mean }
    }

    /// Its figures as they are printed, and whether the greater one is the better.
    fn figures(&self) -> [(String, bool); 5] {
        let Scores { psnr, ssim, vgg16, efficientnet, colour_step } = self.mean;
        [
            (format!("{psnr:.2}"), true),
            (format!("{ssim:.4}"), true),
            (format!("{vgg16:.3}"), false),
            (format!("{efficientnet:.3}"), false),
            (format!("{colour_step:.2}"), false),
        ]
    }
}

impl Table {
    /// The table in Markdown; the best figures of each set are bold.
    pub fn markdown(&self) -> String {
        let mut text = format!("| {} |\n", HEADS.join(" | "));
        text += &format!("| --- | --- |{}\n", " ---: |".repeat(HEADS.len() - 2));
        for row in &self.rows {
            let Row { set, method, pictures, .. } = row;
            let _ = write!(text, "| {set} | {method} | {pictures} |");
            for (column, (figure, greater)) in row.figures().into_iter().enumerate() {
                let best = figure == self.best(set, column, greater);
                let _ = match best {
                    true => write!(text, " **{figure}** |"),
                    false => write!(text, " {figure} |"),
                };
            }
            text += "\n";
        }
        text
    }

    /// The table in JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The best figure in a column of a set, as it is printed.
    fn best(&self, set: &str, column: usize, greater: bool) -> String {
        let figures = self.rows.iter().filter(|row| row.set == set);
        let figures = figures.map(|row| row.figures()[column].0.clone());
        let value = |figure: &String| figure.parse().unwrap_or(f64::NAN);
        let order = |a: &String, b: &String| {
            let order = value(a).total_cmp(&value(b));
            if greater { order } else { order.reverse() }
        };
        figures.max_by(order).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(psnr: f64, vgg16: f64) -> Scores {
        Scores { psnr, ssim: 0.5, vgg16, efficientnet: 0.25, colour_step: 1.0 }
    }

    fn table() -> Table {
        let rows = vec![
            Row::mean("a", "lanczos", &[scores(20.0, 0.5), scores(30.0, 0.7)]),
            Row::mean("a", "clean", &[scores(26.0, 0.65), scores(25.0, 0.65)]),
            Row::mean("b", "lanczos", &[scores(40.0, 0.1)]),
        ];
        Table { factor: 4, networks: "files".into(), rows }
    }

    #[test]
    fn means_are_over_the_pictures_of_a_set() {
        let row = &table().rows[0];
        assert_eq!((row.pictures, row.mean.psnr, row.mean.ssim), (2, 25.0, 0.5));
        assert!((row.mean.vgg16 - 0.6).abs() < 1e-12);
    }

    #[test]
    fn the_best_of_a_set_is_bold() {
        let text = table().markdown();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[0].starts_with("| set | method | pictures | PSNR/dB |"));
        assert_eq!(lines[1].matches('|').count(), lines[2].matches('|').count());
        assert!(
            lines[2].starts_with("| a | lanczos | 2 | 25.00 | **0.5000** | **0.600** |"),
            "{text}"
        );
        assert!(
            lines[3].starts_with("| a | clean | 2 | **25.50** | **0.5000** | 0.650 |"),
            "{text}"
        );
        assert!(lines[4].starts_with("| b | lanczos | 1 | **40.00** |"));
    }

    #[test]
    fn json_has_every_figure_by_name() {
        let json: serde_json::Value = serde_json::from_str(&table().json()).unwrap();
        assert_eq!((&json["factor"], &json["rows"][1]["method"]), (&4.into(), &"clean".into()));
        assert_eq!(json["rows"][1]["psnr"], 25.5);
        assert_eq!(json["rows"][2]["colour_step"], 1.0);
        assert_eq!(json["networks"], "files");
    }
}
