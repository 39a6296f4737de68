//! Classifier guidance: the generator is pushed towards images that a frozen classifier recognises.

use std::collections::HashMap;
use std::path::Path;

use tch::{Device, Kind, Reduction, Tensor};

use crate::error::{Error, Result};
use crate::features::Deit;

/// The option that names the file of classes.
const OPTION: &str = "--guide-classes";

/// A frozen classifier and what the data set's classes are called in it.
#[derive(Debug)]
pub struct Guide {
    network: Deit,
    indices: Tensor,
}

impl Guide {
    /// Which file the classifier is and where that comes from, for messages about one that lacks.
    pub const SOURCE: &str = "it is the file model.safetensors of \
                              huggingface.co/timm/deit_small_distilled_patch16_224.fb_in1k, which \
                              has to be downloaded";

    /// Reads timm's `deit_small_distilled_patch16_224`, which then computes in `kind`.
    /// `class_names` are the data set's in the order of its labels. `mapping` names a JSON object
    /// from each of them to its index among the classifier's classes; without it, both have the same
    /// classes in the same order.
    ///
    /// # Errors
    /// [`Error::Weights`] when the classifier's file is missing or another network's;
    /// [`Error::Parameter`] when a mapping is needed and there is none, or it lacks a class;
    /// [`Error::Data`] when the mapping's file is no such object.
    pub fn open(
        path: &Path,
        class_names: &[String],
        mapping: Option<&Path>,
        device: Device,
        kind: Kind,
    ) -> Result<Self> {
        let network = Deit::open(path, Self::SOURCE, device, kind)?;
        let classes = network.classes();
        if classes == 0 {
            let problem = format!("has no classifier (head.weight); {}", Self::SOURCE);
            return Err(Error::weights(path, problem));
        }
        let indices = match mapping {
            Some(file) => mapped(class_names, &read_mapping(file)?, classes)?,
            None if class_names.len() as i64 == classes => (0..classes).collect(),
            None => return Err(mapping_needed(class_names.len(), classes)),
        };
        Ok(Self { network, indices: Tensor::from_slice(&indices).to_device(device) })
    }

    /// The mean cross-entropy of the classifier on images `[B, 3, H, W]` in [-1, 1], resized to what it
    /// was trained on, against the data set's `labels` `[B]`.
    pub fn loss(&self, images: &Tensor, labels: &Tensor) -> Tensor {
        let logits = self.network.classify(&self.network.prepare(images));
        let logits = logits.expect("opened with a classifier");
        let targets = self.indices.index_select(0, labels);
        logits.cross_entropy_loss(&targets, None::<&Tensor>, Reduction::Mean, -100, 0.0)
    }
}

fn mapping_needed(is: usize, classes: i64) -> Error {
    let problem = format!(
        "the data set has {is} classes and the guiding classifier {classes}; name a JSON file that \
         gives the classifier's index for each class: {{\"class name\": index, ...}}"
    );
    Error::parameter(OPTION, problem)
}

fn read_mapping(file: &Path) -> Result<HashMap<String, i64>> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::io(file, "open", e))?;
    serde_json::from_str(&text).map_err(|e| {
        Error::data(file, format!("is no JSON object of class names and indices: {e}"))
    })
}

/// The classifier's index of each of the data set's classes.
fn mapped(names: &[String], mapping: &HashMap<String, i64>, classes: i64) -> Result<Vec<i64>> {
    let index = |name: &String| match mapping.get(name) {
        Some(index) if (0..classes).contains(index) => Ok(*index),
        Some(index) => {
            let problem =
                format!("class {name:?} has index {index}; they go up to {}", classes - 1);
            Err(Error::parameter(OPTION, problem))
        }
        None => Err(Error::parameter(OPTION, format!("the file has no index for class {name:?}"))),
    };
    names.iter().map(index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn classifier() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/deit.safetensors")
    }

    fn open(names: &[&str], mapping: Option<&str>) -> Result<Guide> {
        let names: Vec<String> = names.iter().map(|&n| n.to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("classes.json");
        let file = mapping.map(|text| {
            std::fs::write(&file, text).unwrap();
            file.as_path()
        });
        Guide::open(&classifier(), &names, file, Device::Cpu, Kind::Float)
    }

    #[test]
    fn labels_are_mapped_to_the_classifiers_classes() {
        let images = Tensor::rand([2, 3, 32, 32], (Kind::Float, Device::Cpu));
        let same = open(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], None).unwrap();
        let mapped = open(&["tulip", "rose"], Some(r#"{"rose": 3, "tulip": 8}"#)).unwrap();
        let is = mapped.loss(&images, &Tensor::from_slice(&[0i64, 1]));
        let should = same.loss(&images, &Tensor::from_slice(&[8i64, 3]));
        assert_eq!(is, should);
    }

    #[test]
    fn the_loss_is_cross_entropy_and_its_gradient_reaches_images() {
        let guide = open(&["tulip"], Some(r#"{"tulip": 8}"#)).unwrap();
        let images = Tensor::rand([2, 3, 48, 48], (Kind::Float, Device::Cpu));
        let images = images.set_requires_grad(true);
        let loss = guide.loss(&images, &Tensor::from_slice(&[0i64, 0]));
        let logits = guide.network.classify(&guide.network.prepare(&images)).unwrap();
        let should = -logits.log_softmax(-1, Kind::Float).select(1, 8).mean(Kind::Float);
        assert!((&loss - should).abs().double_value(&[]) < 1e-6);
        loss.backward();
        assert!(images.grad().count_nonzero(None::<i64>).int64_value(&[]) > 0);
    }

    #[test]
    fn classes_that_do_not_fit_are_told() {
        let message = |names, mapping| open(names, mapping).err().unwrap().to_string();
        let text = message(&["rose"], None);
        assert!(text.contains("--guide-classes: the data set has 1 classes"), "{text}");
        let text = message(&["rose"], Some(r#"{"tulip": 8}"#));
        assert!(text.contains("no index for class \"rose\""), "{text}");
        let text = message(&["rose"], Some(r#"{"rose": 10}"#));
        assert!(text.contains("index 10; they go up to 9"), "{text}");
        let text = message(&["rose"], Some("[1]"));
        assert!(text.contains("classes.json: is no JSON object"), "{text}");
    }

    #[test]
    fn a_missing_classifier_is_told_with_where_it_comes_from() {
        let error = Guide::open(Path::new("/nowhere/guide"), &[], None, Device::Cpu, Kind::Float);
        let text = error.err().unwrap().to_string();
        assert!(text.contains("timm/deit_small_distilled_patch16_224.fb_in1k"), "{text}");
    }
}
