//! Values of generated pictures, in a CSV file.

use std::path::Path;

use crate::error::{Error, Result};

/// Fewest pictures that anything can be said of.
const LEAST: usize = 10;

/// Values of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What they are of.
    pub names: Vec<String>,
    /// Seed and class of each picture; the class is empty where none is named.
    pub pictures: Vec<(u32, String)>,
    /// `[pictures, names]`.
    pub values: Vec<Vec<f64>>,
}

impl Table {
    /// The file at `path`. Its first line names the columns: `seed`, perhaps `class`, and those of the
    /// values, in any order; every other line is a picture.
    ///
    /// # Errors
    /// [`Error::Data`] with what is wrong and in which line.
    pub fn open(path: &Path) -> Result<Self> {
        let wrong = |problem: String| Error::data(path, problem);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(|e| wrong(e.to_string()))?;
        let header: Vec<String> =
            reader.headers().map_err(|e| wrong(e.to_string()))?.iter().map(str::to_owned).collect();
        let column = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
        let Some(seed) = column("seed") else {
            return Err(wrong("its first line names no column seed".to_owned()));
        };
        let class = column("class");
        let own = |at: &usize| *at != seed && Some(*at) != class;
        let columns: Vec<usize> = (0..header.len()).filter(own).collect();
        if columns.is_empty() {
            return Err(wrong("it has no column of values beside seed and class".to_owned()));
        }
        let mut table = Self {
            names: columns.iter().map(|c| header[*c].clone()).collect(),
            pictures: Vec::new(),
            values: Vec::new(),
        };
        for (number, record) in reader.records().enumerate() {
            let record = record.map_err(|e| wrong(e.to_string()))?;
            let line = number + 2;
            let field = |at: usize| record.get(at).unwrap_or_default();
            let parsed = field(seed).parse();
            let seed =
                parsed.map_err(|_| wrong(format!("line {line}: {:?} is no seed", field(seed))))?;
            let value = |at: &usize| match field(*at).parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(value),
                _ => Err(wrong(format!("line {line}: {:?} is no number", field(*at)))),
            };
            table.values.push(columns.iter().map(value).collect::<Result<_>>()?);
            table.pictures.push((seed, class.map_or_else(String::new, |c| field(c).to_owned())));
        }
        match table.pictures.len() {
            count if count < LEAST => {
                Err(wrong(format!("it has {count} pictures; {LEAST} are needed at least")))
            }
            _ => Ok(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Result<Table> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Table::open(file.path())
    }

    fn lines(first: &str, line: impl Fn(usize) -> String) -> String {
        (0..12).fold(format!("{first}\n"), |text, i| text + &line(i) + "\n")
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let text = lines("x, class, Seed ,y", |i| format!("{i}.5,daisy,{i},-1e2"));
        let table = opened(&text).unwrap();
        assert_eq!(table.names, ["x", "y"]);
        assert_eq!(table.pictures[3], (3, "daisy".to_owned()));
        assert_eq!(table.values[3], [3.5, -100.0]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |text: &str| opened(text).unwrap_err().to_string();
        assert!(said("a,b\n1,2\n").contains("no column seed"));
        assert!(said("seed,class\n1,2\n").contains("no column of values"));
        assert!(said("seed,x\n1,2\n").contains("1 pictures"));
        assert!(said(&lines("seed,x", |i| format!("{i},nan"))).contains("line 2: \"nan\""));
        assert!(said(&lines("seed,x", |i| format!("-{i},1"))).contains("is no seed"));
        assert!(said(&lines("seed,x", |_| "1,2,3".into())).contains("record"));
    }
}
