//! `polyinr-train probe`.

use std::path::PathBuf;

use polyinr::Model;
use polyinr::model::{Generator, Latent, Truncation};
use serde_json::json;
use tch::Tensor;

use crate::error::{Error, Result};
use crate::probe::{Readout, Table, read_out};

/// Say how much of what is in a generator's pictures a straight line reads from their latents
///
/// A table has values of pictures of some seeds, such as where keypoints lie or how strong an attribute is. A
/// linear readout is fitted to most of them and judged on the others.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A generator: a model file, or the name of one
    model: String,
    /// CSV file whose first line names its columns: seed, perhaps class, and the values
    table: PathBuf,
    /// What the readout is fitted to
    #[arg(long, value_enum, default_value_t = From::W)]
    latent: From,
    /// Parts into which pictures are divided; each is predicted from the others
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i64).range(2..=100))]
    folds: i64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// What a picture is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum From {
    /// The random latent
    Z,
    /// What the mapping network makes of it
    W,
    /// All that makes the picture
    Code,
}

/// Prints how well each value is read.
///
/// # Errors
/// [`Error::Data`] when the table cannot be used; [`Error::Library`] when the model or a class of the
/// table is not there.
pub fn run(args: &Args) -> Result<()> {
    let table = Table::open(&args.table)?;
    if (table.pictures.len() as i64) < args.folds {
        let problem = format!("{} pictures cannot be {} parts", table.pictures.len(), args.folds);
        return Err(Error::parameter("--folds", problem));
    }
    let generator = Model::find(&args.model).and_then(Model::generator).map_err(Error::Library)?;
    let features = features(&generator, &table, args.latent)?;
    let readouts = read_out(&tensor(&features), &tensor(&table.values), args.folds);
    print(args, &table, &readouts);
    Ok(())
}

fn tensor(rows: &[Vec<f64>]) -> Tensor {
    let columns = rows.first().map_or(0, Vec::len);
    Tensor::from_slice(&rows.concat()).reshape([rows.len() as i64, columns as i64])
}

/// What each picture of the table is made from.
fn features(generator: &Generator, table: &Table, from: From) -> Result<Vec<Vec<f64>>> {
    let of = |(seed, class): &(u32, String)| -> polyinr::Result<Vec<f64>> {
        let class = match class.as_str() {
            "" => generator.class_of_seed(*seed),
            name => Some(generator.class(name)?),
        };
        let z = generator.latent(*seed);
        let values = match from {
            From::Z => z,
            From::W => generator.map(&z, class)?,
            From::Code => {
                let latent = Latent { z, class, truncation: Truncation::uniform(1.0) };
                generator.code(&generator.styles_of(&latent)?)?.values().collect()
            }
        };
        Ok(values.into_iter().map(f64::from).collect())
    };
    table.pictures.iter().map(of).collect::<polyinr::Result<_>>().map_err(Error::Library)
}

fn print(args: &Args, table: &Table, readouts: &[Readout]) {
    let mean = readouts.iter().map(Readout::explained).sum::<f64>() / readouts.len() as f64;
    if args.json {
        let value = |(name, readout): (&String, &Readout)| {
            json!({
                "name": name,
                "error": readout.error,
                "deviation": readout.deviation,
                "explained": readout.explained(),
            })
        };
        let values: Vec<_> = table.names.iter().zip(readouts).map(value).collect();
        let all = json!({"pictures": table.pictures.len(), "explained": mean, "values": values});
        println!("{all}");
        return;
    }
    println!("{:<24} {:>12} {:>12} {:>10}", "value", "error", "deviation", "explained");
    for (name, readout) in table.names.iter().zip(readouts) {
        let Readout { error, deviation } = readout;
        println!(
            "{name:<24} {error:>12.5} {deviation:>12.5} {:>9.1}%",
            100.0 * readout.explained()
        );
    }
    println!("{:<24} {:>36.1}%", format!("mean of {}", readouts.len()), 100.0 * mean);
}
