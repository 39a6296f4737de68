//! Class embeddings: from a file, or made from the classes' own pictures.

use std::collections::HashMap;
use std::path::Path;

use tch::{Device, Kind, Tensor, no_grad};

use super::settings::Settings;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::features::{EfficientNet, FeatureNetwork, load_embedding};

/// What `--embedding` is told for embeddings of the classes' own pictures.
pub const AUTO: &str = "auto";
/// Most pictures of a class that are looked at.
const PICTURES: usize = 100;
/// Pictures that are looked at at a time.
const BATCH: usize = 16;
/// What a run began with, in its checkpoints: later stages may begin with it again.
const STORED: &str = "plan/embedding";

/// The embeddings `[classes, numbers]` that `settings` ask for; none where they ask for random ones, or the
/// pictures have no classes. Those of a run that goes on are taken from the tensors of its
/// checkpoint, `stored`.
///
/// # Errors
/// [`Error::Parameter`] and [`Error::Weights`] when a file is missing or does not fit.
pub fn embedding(
    settings: &Settings,
    dataset: &Dataset,
    stored: Option<&HashMap<String, Tensor>>,
    device: Device,
) -> Result<Option<Tensor>> {
    let classes = dataset.class_names().len();
    let Some(source) = settings.networks.embedding.as_deref().filter(|_| classes > 0) else {
        return Ok(None);
    };
    if let Some(stored) = stored.and_then(|tensors| tensors.get(STORED)) {
        return Ok(Some(stored.to_device(device)));
    }
    if source != Path::new(AUTO) {
        return load_embedding(source, classes, device).map(Some);
    }
    let Some(file) = settings.networks.efficientnet.as_deref() else {
        let problem = format!("{AUTO} needs --efficientnet; {}", EfficientNet::SOURCE);
        return Err(Error::parameter("--embedding", problem));
    };
    let network = EfficientNet::open(file, device, Kind::Float)?;
    of_pictures(&network, dataset, device).map(Some)
}

/// What a checkpoint holds of the embeddings that a run began with.
pub fn stored(embedding: Option<&Tensor>) -> Option<(String, Tensor)> {
    embedding.map(|embedding| (STORED.to_owned(), embedding.shallow_clone()))
}

/// Of every class the mean of the network's last features over its pictures and their places, of
/// each number the difference from the mean over classes, in units of the deviation over all.
/// Classes without pictures are zero.
fn of_pictures(network: &EfficientNet, dataset: &Dataset, device: Device) -> Result<Tensor> {
    let mut means = Vec::new();
    for class in 0..dataset.class_names().len() as i64 {
        let labels = dataset.labels().unwrap_or_default().iter().enumerate();
        let members = labels.filter(|(_, label)| **label == class).map(|(index, _)| index);
        let members: Vec<usize> = members.take(PICTURES).collect();
        means.push(mean(network, dataset, &members, device)?);
    }
    let known: Vec<&Tensor> = means.iter().flatten().collect();
    let Some(first) = known.first().filter(|_| known.len() > 1) else {
        let problem = format!("{AUTO} needs two classes with pictures at least; leave it out");
        return Err(Error::parameter("--embedding", problem));
    };
    let centre = Tensor::stack(&known, 0).mean_dim(0, false, Kind::Float);
    let spread = (Tensor::stack(&known, 0) - &centre).square().mean(Kind::Float).sqrt();
    let unit = spread.clamp_min(1e-6);
    let none = first.zeros_like();
    let rows: Vec<Tensor> = means
        .iter()
        .map(|mean| mean.as_ref().map_or_else(|| none.shallow_clone(), |m| (m - &centre) / &unit))
        .collect();
    Ok(Tensor::stack(&rows, 0))
}

/// Mean features of some pictures; none of none.
fn mean(
    network: &EfficientNet,
    dataset: &Dataset,
    members: &[usize],
    device: Device,
) -> Result<Option<Tensor>> {
    let mut sums = Vec::new();
    for batch in members.chunks(BATCH) {
        let (images, _) = dataset.batch(batch, &[])?;
        let images = images.to_device(device).to_kind(Kind::Float) / 127.5 - 1.0;
        let deepest = no_grad(|| network.features(&images)).pop();
        let features =
            deepest.map(|map| map.to_kind(Kind::Float).mean_dim([2, 3].as_slice(), false, None));
        sums.extend(features.map(|f| f.sum_dim_intlist(0, false, Kind::Float)));
    }
    let total = sums.into_iter().reduce(|a, b| a + b);
    Ok(total.map(|sum| sum / members.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataOptions;
    use crate::data::tests::{png, write_zip};

    #[test]
    fn classes_have_the_means_of_their_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let pictures =
            [("a/0.png", png(40, 33)), ("a/1.png", png(50, 90)), ("b/2.png", png(200, 210))];
        write_zip(&path, &pictures);
        let options = DataOptions { no_data_cache: true, ..DataOptions::default() };
        let dataset = Dataset::open(&[path], 32, &options).unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/efficientnet.safetensors");
        let network = EfficientNet::open(&file, Device::Cpu, Kind::Float).unwrap();
        let made = of_pictures(&network, &dataset, Device::Cpu).unwrap();
        assert_eq!(made.size()[0], 2);
        // Around their mean, in units of their deviation.
        assert!(made.mean_dim(0, false, Kind::Float).abs().max().double_value(&[]) < 1e-5);
        assert!((made.square().mean(Kind::Float).double_value(&[]) - 1.0).abs() < 1e-4);
        let of =
            |members: &[usize]| mean(&network, &dataset, members, Device::Cpu).unwrap().unwrap();
        let halves = (of(&[0]) + of(&[1])) / 2.0;
        assert!((of(&[0, 1]) - halves).abs().max().double_value(&[]) < 1e-5);
        assert!(mean(&network, &dataset, &[], Device::Cpu).unwrap().is_none());
    }
}
