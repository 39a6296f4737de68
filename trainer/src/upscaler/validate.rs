//! Quality of a network on sets of pictures, by the usual protocol.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyinr::metrics::{self, Filter};
use polyinr::model::{Model, Strength, Treatment, Upscaler};
use polyinr::ops::{Size, SuperResolveOptions, super_resolve_raster};
use polyinr::tensors::Storage;
use polyinr::{Channels, Control, CpuEngine, Raster, Samples};
use serde::Serialize;
use tch::{Kind, Tensor};

use super::Network;
use super::photos::read_all;
use crate::data::samples::bytes;
use crate::error::Result;
use crate::generator::Card;

/// A set of pictures that a network is measured on. It is not trained on.
#[derive(Debug)]
pub struct ValidationSet {
    name: String,
    pictures: Vec<Raster>,
}

/// How near a set's pictures came to the originals at one factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Name of the set's file or folder, without ending.
    pub set: String,
    /// The whole factor.
    pub factor: u32,
    /// Mean PSNR on BT.601 luma, in dB.
    pub psnr: f64,
}

impl ValidationSet {
    /// Reads the pictures of a folder or zip file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) and [`Error::Data`](crate::Error::Data) when it cannot be
    /// opened, or one of its pictures cannot be decoded: figures are of whole sets.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let read = read_all(&[path.to_owned()], false)?;
        let pictures = read.into_iter().map(|(_, picture)| picture).collect::<Result<_>>()?;
        Ok(Self { name, pictures })
    }

    /// Opens all of `paths`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_all(paths: &[PathBuf]) -> Result<Vec<Self>> {
        paths.iter().map(|path| Self::open(path)).collect()
    }
}

/// Measures `network` on all sets at all factors, in float32: every picture is cropped from its upper left
/// corner to a multiple of the factor, reduced as Pillow's `BICUBIC` does and rounded to 8 bits; the
/// enlarged one is rounded to 8 bits and compared on BT.601 luma, `factor` pixels cut from each border.
/// The library enlarges, on the processor with so many `threads`; networks that it has no engine for
/// do it themselves.
///
/// # Errors
/// [`Error::Library`](crate::Error::Library) when weights are not finite or a picture is smaller
/// than a factor.
pub fn measure(
    network: &Network,
    sets: &[ValidationSet],
    factors: &[u32],
    threads: Option<usize>,
) -> Result<Vec<Quality>> {
    let card = Card { name: "validated".into(), ..Card::default() };
    let model = Model::from_bytes("validated", &network.to_bytes(&card, Storage::F32)?)?;
    let by = match model.upscaler() {
        Ok(upscaler) => By::Library(CpuEngine::new(threads)?, upscaler),
        Err(_) => By::Trainer(Box::new(network.rebranched(false))),
    };
    measure_by(&by, sets, factors)
}

fn measure_by(by: &By, sets: &[ValidationSet], factors: &[u32]) -> Result<Vec<Quality>> {
    let mut found = Vec::with_capacity(sets.len() * factors.len());
    for set in sets {
        for factor in factors.iter().copied() {
            let psnr = |picture| psnr(by, picture, factor);
            let each = set.pictures.iter().map(psnr).collect::<Result<Vec<_>>>()?;
            let mean = each.iter().sum::<f64>() / each.len() as f64;
            found.push(Quality { set: set.name.clone(), factor, psnr: mean });
        }
    }
    Ok(found)
}

/// What enlarges pictures.
enum By {
    Library(CpuEngine, Arc<Upscaler>),
    Trainer(Box<Network>),
}

impl By {
    fn enlarge(&self, small: Raster, width: u32, height: u32) -> Result<Raster> {
        match self {
            Self::Library(engine, upscaler) => {
                // The pictures are clean.
                let treatment = Treatment::NONE;
                let options = SuperResolveOptions { treatment, ..SuperResolveOptions::default() };
                let control = Control::default();
                let (small, size) = (Arc::new(small), Size::Exact(width, height));
                Ok(super_resolve_raster(engine, upscaler, &small, size, &options, &control)?)
            }
            Self::Trainer(network) => {
                let [from, to] = [(small.height(), small.width()), (height, width)]
                    .map(|(rows, columns)| [i64::from(rows), i64::from(columns), 3]);
                let picture = Tensor::from_slice(bytes(&small)).view(from).permute([2, 0, 1]);
                let picture =
                    (picture.to_kind(Kind::Float) / 255.0).to_device(network.store().device());
                let large = network
                    .enlarge(&picture, Strength::default(), width, height)
                    .permute([1, 2, 0]);
                let large = (large.clamp(0.0, 1.0) * 255.0).round().to_kind(Kind::Uint8);
                let samples = Vec::try_from(large.contiguous().view(to.iter().product::<i64>()))?;
                Ok(Raster::new(width, height, Channels::Rgb, Samples::U8(samples))?)
            }
        }
    }
}

fn psnr(by: &By, picture: &Raster, factor: u32) -> Result<f64> {
    let whole = metrics::crop(picture, factor)?;
    let (width, height) = (whole.width(), whole.height());
    let small = metrics::resize(&whole, width / factor, height / factor, Filter::Bicubic)?;
    let large = by.enlarge(small, width, height)?;
    Ok(metrics::compare(&whole, &large, factor)?.psnr)
}

#[cfg(test)]
mod tests {
    use super::super::step::initial;
    use super::*;
    use polyinr::model::UpscalerConfig;
    use polyinr::network::{LocalPolyInrConfig, UpscalerNetworkConfig};
    use tch::Device;

    #[test]
    fn both_ways_to_enlarge_are_measured_alike() {
        let network = LocalPolyInrConfig::new([8, 1], [2, 8]);
        let network = UpscalerNetworkConfig::LocalPolyInr(network);
        let config = UpscalerConfig::new(network, [1.1, 4.3]);
        let network = initial(&config, 2, Device::Cpu);
        let values: Vec<u8> = (0..3 * 40 * 32u32).map(|i| (i * 37 % 255) as u8 / 3 + 60).collect();
        let picture = Raster::new(40, 32, Channels::Rgb, Samples::U8(values)).unwrap();
        let sets = [ValidationSet { name: "stripes".into(), pictures: vec![picture] }];
        let library = measure(&network, &sets, &[2, 3], Some(1)).unwrap();
        let trainer = measure_by(&By::Trainer(Box::new(network)), &sets, &[2, 3]).unwrap();
        for (a, b) in library.iter().zip(&trainer) {
            assert!((a.psnr - b.psnr).abs() < 0.01, "{a:?}, {b:?}");
        }
        assert_eq!(trainer.len(), 2);
    }

    #[test]
    fn local48_has_its_published_figures() {
        let Some(data) = std::env::var_os("POLYINR_DATA").map(PathBuf::from) else {
            eprintln!("skipped: POLYINR_DATA does not name the folder of set5.zip");
            return;
        };
        let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/local48.safetensors");
        let network = Network::open(Path::new(model), Device::Cpu).unwrap();
        let set = ValidationSet::open(&data.join("set5.zip")).unwrap();
        let found = measure(&network, &[set], &[2, 3, 4], None).unwrap();
        for (quality, psnr) in found.iter().zip([37.38, 33.65, 31.43]) {
            assert!((quality.psnr - psnr).abs() < 0.03, "{quality:?}, published {psnr}");
        }
        assert_eq!((found.len(), found[2].set.as_str(), found[2].factor), (3, "set5", 4));
    }
}
