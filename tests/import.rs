//! Released weights of CREPS and INR-GAN as they are, damaged and made up.

use std::collections::BTreeMap;
use std::path::Path;

use polyinr::model::{ImportOptions, import};
use polyinr::network::NetworkConfig;
use polyinr::network::inr_gan::Upsampling;
use polyinr::{Error, Model};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

const FILES: [&str; 2] = ["creps", "inr_gan"];

/// A file of weights in foreign naming: shapes and bytes by names without `weights.`.
#[derive(Clone)]
struct Weights {
    tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl Weights {
    /// Those of a golden file; it says nothing else.
    fn golden(name: &str) -> Self {
        let bytes = std::fs::read(golden(name)).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let own = file.iter().filter_map(|(name, tensor)| {
            let name = name.strip_prefix("weights.")?.to_owned();
            Some((name, (tensor.shape().to_vec(), tensor.data().to_vec())))
        });
        Self { tensors: own.collect() }
    }

    /// Without the tensors of which `dropped` says so.
    fn without(&self, dropped: impl Fn(&str) -> bool) -> Self {
        let mut rest = self.clone();
        rest.tensors.retain(|name, _| !dropped(name));
        rest
    }

    /// With a tensor of another shape, all zeros.
    fn with(&self, name: &str, shape: &[usize]) -> Self {
        let mut changed = self.clone();
        let bytes = vec![0; 4 * shape.iter().product::<usize>()];
        changed.tensors.insert(name.to_owned(), (shape.to_vec(), bytes));
        changed
    }

    /// What importing them gives: the shape of a network, or one line about the file.
    fn import(&self, options: &ImportOptions) -> Result<NetworkConfig, String> {
        let views = self.tensors.iter().map(|(name, (shape, bytes))| {
            (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("foreign.safetensors");
        std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        imported(&path, options)
    }

    fn problem(&self) -> String {
        self.import(&ImportOptions { name: "x".into(), ..Default::default() }).unwrap_err()
    }
}

fn golden(name: &str) -> String {
    format!("{}/tests/golden/{name}.safetensors", env!("CARGO_MANIFEST_DIR"))
}

fn imported(path: impl AsRef<Path>, options: &ImportOptions) -> Result<NetworkConfig, String> {
    match import(path, options) {
        Ok(bytes) => {
            let model = Model::from_bytes("imported", &bytes).unwrap();
            Ok(model.generator().unwrap().network().config())
        }
        Err(error @ Error::Model { .. }) => {
            let line = error.to_string();
            assert!(!line.contains('\n') && line.len() < 400, "{line}");
            Err(line)
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn upsampling(config: Result<NetworkConfig, String>) -> (Upsampling, bool) {
    match config {
        Ok(NetworkConfig::InrGan(config)) => (config.upsampling, config.normalised),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_variant_is_as_the_file_or_the_options_say() {
    let options = |bilinear| ImportOptions { name: "x".into(), bilinear, ..Default::default() };
    for (name, bilinear, found) in [
        ("inr_gan", false, (Upsampling::Nearest, false)),
        ("inr_gan", true, (Upsampling::Bilinear, true)),
        ("inr_gan_bil", false, (Upsampling::Bilinear, true)),
    ] {
        assert_eq!(upsampling(imported(golden(name), &options(bilinear))), found, "{name}");
    }
    let bare = Weights::golden("inr_gan_bil");
    let found = [false, true].map(|bilinear| upsampling(bare.import(&options(bilinear))).0);
    assert_eq!(found, [Upsampling::Nearest, Upsampling::Bilinear]);
}

#[test]
fn files_without_enough_blocks_are_refused() {
    let creps = Weights::golden("creps");
    let only = |pixels: &'static [&'static str]| {
        move |name: &str| {
            let block = name.strip_prefix("synthesis.b").and_then(|rest| rest.split('.').next());
            block.is_some_and(|b| b.parse::<u32>().is_ok() && !pixels.contains(&b))
        }
    };
    let one = creps.without(only(&["4"])).problem();
    assert!(one.contains("the number of blocks = 1"), "{one}");
    let none = creps.without(|name| name == "synthesis.b4.fc1.weight").problem();
    assert!(none.contains("the number of blocks = 0"), "{none}");
    let inr_gan = Weights::golden("inr_gan");
    let none = inr_gan.without(|name| name == "synthesis.b4.conv1.weight").problem();
    assert!(none.contains("conv1"), "{none}");
    // One block is an INR-GAN, if a small one.
    let options = ImportOptions { name: "x".into(), ..Default::default() };
    match inr_gan.without(only(&["4"])).import(&options) {
        Ok(NetworkConfig::InrGan(config)) => assert_eq!(config.blocks.len(), 1),
        other => panic!("{other:?}"),
    }
}

/// Tensors that have no part in pictures, and those that say how much else there is.
fn may_be_missing(name: &str) -> bool {
    let optional = ["b4.tores", "decoder_8.", "extra_convs", "const_embs", "_basis"];
    let counting = name.ends_with("fc1.weight") || name.ends_with("conv1.weight");
    counting || optional.iter().any(|part| name.contains(part)) || name.starts_with("mapping.")
}

#[test]
fn what_is_missing_is_named() {
    for file in FILES {
        let weights = Weights::golden(file);
        for name in weights.tensors.keys() {
            let rest = weights.without(|other| other == name);
            match rest.import(&ImportOptions { name: "x".into(), ..Default::default() }) {
                Err(line) => assert!(
                    may_be_missing(name)
                        || line.contains(name.as_str())
                        || line.contains("neither"),
                    "{line}"
                ),
                Ok(_) => assert!(may_be_missing(name), "{name} is not needed"),
            }
        }
    }
}

/// Shapes that no tensor has, zeros and large numbers among them.
#[test]
fn odd_shapes_are_errors() {
    let huge = 1usize << 62;
    let shapes: [&[usize]; 11] = [
        &[],
        &[0],
        &[1],
        &[0, 0],
        &[huge, 0],
        &[usize::MAX, 1, 0, 0],
        &[0, huge, 0, 0],
        &[1, 1, 1, 1],
        &[1, 0, 0, 0],
        &[1, huge, 0, 1],
        &[3, 3, 3, 3, 3],
    ];
    for file in FILES {
        let weights = Weights::golden(file);
        for name in weights.tensors.keys() {
            for shape in shapes {
                let changed = weights.with(name, shape);
                let found =
                    changed.import(&ImportOptions { name: "x".into(), ..Default::default() });
                assert!(found.is_err() || may_be_missing(name), "{name} {shape:?}");
            }
        }
    }
}

/// Numbers of pixels that do not fit into any.
#[test]
fn names_of_endless_blocks_end() {
    for (file, layer) in [("creps", "fc1"), ("inr_gan", "conv1")] {
        let mut weights = Weights::golden(file);
        for pixels in (0..64).map(|block| 4u64.checked_shl(block).unwrap_or(0)) {
            weights = weights.with(&format!("synthesis.b{pixels}.{layer}.weight"), &[1, 1]);
        }
        assert!(weights.problem().contains("the number of blocks"), "{file}");
    }
}

/// A tensor that is missing is not made up for by a smaller network.
#[test]
fn no_tensor_can_be_left_out() {
    for name in FILES {
        let whole = Weights::golden(name);
        let part = |name: &&String| name.starts_with("mapping.") || name.starts_with("synthesis.");
        let unused = |name: &str| {
            ["synthesis.b4.tores.", "synthesis.decoder_8."]
                .iter()
                .any(|start| name.starts_with(start))
        };
        for missing in whole.tensors.keys().filter(part).filter(|name| !unused(name)) {
            let rest = whole.without(|name| name == missing);
            let options = ImportOptions { name: "x".into(), ..Default::default() };
            assert!(rest.import(&options).is_err(), "{name} without {missing}");
        }
    }
}
