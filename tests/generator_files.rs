//! Files of CREPS and INR-GAN: models, and fields of theirs.

use std::sync::Arc;

use polyinr::model::{Generator, write};
use polyinr::network::inr_gan::InrGanBlock;
use polyinr::network::{CrepsConfig, InrGanConfig, NetworkConfig};
use polyinr::tensors::Storage;
use polyinr::{Error, Field, FieldFile, GeneratedField, Model};
use proptest::prelude::*;

#[path = "../benches/random/networks.rs"]
mod random;

fn configs() -> [NetworkConfig; 3] {
    let mut creps = CrepsConfig::new(vec![4, 3, 5], 2);
    creps.rank = 2;
    let block =
        |features, layers, waves, constants| InrGanBlock { features, layers, waves, constants };
    let inr_gan =
        InrGanConfig::new(vec![block(4, 1, 3, 2), block(5, 2, 0, 0), block(3, 3, 2, 1)], 8);
    let bilinear = inr_gan.clone().bilinear();
    [NetworkConfig::Creps(creps), NetworkConfig::InrGan(inr_gan), NetworkConfig::InrGan(bilinear)]
}

/// The line that a model of these tensors gives.
fn problem(network: &NetworkConfig, tensors: &[polyinr::tensors::NamedTensor]) -> String {
    match write(&random::config(network.clone()), tensors, Storage::F32) {
        Err(error @ Error::Model { .. }) => {
            let line = error.to_string();
            assert!(!line.contains('\n'), "{line}");
            line
        }
        other => panic!("{:?}", other.map(|bytes| bytes.len())),
    }
}

#[test]
fn models_come_back() {
    for network in configs() {
        let bytes = random::model(network.clone(), 1);
        let model = Model::from_bytes("x", &bytes).unwrap();
        assert_eq!(model.describe(), random::config(network.clone()));
        assert_eq!(model.describe().format_version, 3);
        let generator = model.generator().unwrap();
        assert_eq!(generator.network().config(), network);
        let half =
            write(&random::config(network.clone()), &random::tensors(&network, 1), Storage::F16);
        assert!(half.unwrap().len() < bytes.len());
    }
}

#[test]
fn models_of_later_versions_are_refused() {
    let [network, ..] = configs();
    let mut config = random::config(network.clone());
    config.format_version = 4;
    let error = write(&config, &random::tensors(&network, 1), Storage::F32).unwrap_err();
    assert!(error.to_string().contains("version 4"), "{error}");
}

#[test]
fn tensors_that_are_missing_or_misshapen_are_named() {
    for network in configs() {
        let all = random::tensors(&network, 1);
        for at in 0..all.len() {
            let name = all[at].0.clone();
            let mut missing = all.clone();
            missing.remove(at);
            let line = problem(&network, &missing);
            assert!(line.contains(&format!("{name} is missing")), "{line}");
            for shape in [vec![0, 3], vec![7], Vec::new(), vec![1, 2, 3, 4]] {
                let mut misshapen = all.clone();
                let values = vec![0.5; shape.iter().product()];
                misshapen[at] = (name.clone(), shape, values);
                let line = problem(&network, &misshapen);
                assert!(line.contains(&name) && line.contains("has shape"), "{line}");
            }
        }
    }
}

fn generators() -> impl Iterator<Item = Arc<Generator>> {
    configs().into_iter().map(|network| random::generator(network, 3))
}

/// A field with matrices of its own.
fn tuned(field: &GeneratedField) -> GeneratedField {
    let network = field.network();
    let mut own: Vec<_> = network.matrices().iter().map(|m| m.layer.clone()).collect();
    for layer in &mut own {
        layer.weight.iter_mut().chain(&mut layer.bias).for_each(|v| *v += 0.125);
    }
    let own = Arc::new(network.with_matrices(own).unwrap());
    field.clone().with_network(own).unwrap()
}

fn bytes(field: &GeneratedField) -> Vec<u8> {
    Field::Generated(field.clone()).to_bytes().unwrap()
}

#[test]
fn fields_come_back() {
    for (network, generator) in configs().into_iter().zip(generators()) {
        let plain = random::field(network, 3);
        assert_eq!(*plain.model(), generator.id());
        for field in [plain.clone(), tuned(&plain)] {
            let bytes = bytes(&field);
            assert!(String::from_utf8_lossy(&bytes).contains(r#"format_version\":3"#));
            let file = FieldFile::from_bytes("x", &bytes).unwrap();
            let back = file.generated(&generator).unwrap();
            assert_eq!((back.code(), back.styles()), (field.code(), field.styles()));
            assert_eq!(back.latent(), field.latent());
            assert_eq!(back.is_tuned(), field.is_tuned());
            let layers = |field: &GeneratedField| -> Vec<_> {
                field.network().matrices().iter().map(|m| m.layer.clone()).collect()
            };
            assert!(layers(&back) == layers(&field));
            // A code of its own, which no latent made.
            let moved = field.with_code(field.code().as_ref().clone()).unwrap();
            let file = FieldFile::from_bytes("x", &self::bytes(&moved)).unwrap();
            let back = file.generated(&generator).unwrap();
            assert_eq!((back.code(), back.styles()), (field.code(), None));
        }
    }
}

/// As many levels and tensors as a network may have.
#[test]
fn fields_of_the_largest_networks_come_back() {
    let first = InrGanBlock { features: 1, layers: 8, waves: 1, constants: 0 };
    let next = InrGanBlock { waves: 0, ..first };
    let blocks = [first].into_iter().chain([next; 9]).collect();
    let inr_gan = NetworkConfig::InrGan(InrGanConfig::new(blocks, 4));
    let creps = NetworkConfig::Creps(CrepsConfig::new(vec![2; 12], 1));
    for network in [inr_gan, creps] {
        let field = random::field(network.clone(), 3);
        let file = FieldFile::from_bytes("x", &bytes(&tuned(&field))).unwrap();
        let back = file.generated(&random::generator(network, 3)).unwrap();
        assert_eq!(back.code(), field.code());
    }
}

/// A code of another shape says so, and so does a field of another model.
#[test]
fn fields_that_do_not_fit_are_refused() {
    // The variants of an INR-GAN have the same tensors, and so the same id.
    let generators: Vec<_> = generators().take(2).collect();
    for (network, generator) in configs().into_iter().zip(&generators) {
        let field = random::field(network, 3);
        let file = FieldFile::from_bytes("x.field", &bytes(&field)).unwrap();
        for other in generators.iter().filter(|other| !Arc::ptr_eq(other, generator)) {
            let error = file.generated(other).unwrap_err().to_string();
            assert!(error.contains("x.field") && error.contains("random"), "{error}");
        }
    }
    let code = random::field(configs()[0].clone(), 3).code().as_ref().clone();
    let error = GeneratedField::new(&generators[1], code).unwrap_err().to_string();
    assert!(error.contains("code: "), "{error}");
}

proptest! {
    #[test]
    fn damage_never_panics(which in 0usize..3, at in 0usize..1 << 20, value: u8, cut in 0usize..1 << 20) {
        let network = configs()[which].clone();
        let field = random::field(network.clone(), 3);
        for mut bytes in [random::model(network.clone(), 3), bytes(&tuned(&field))] {
            // Mostly in the header, which is what can be misunderstood.
            let at = if at % 4 == 0 { at % bytes.len() } else { at % 3000.min(bytes.len()) };
            bytes[at] = value;
            let end = if cut % 3 == 0 { bytes.len() - cut % bytes.len() } else { bytes.len() };
            let _ = Model::from_bytes("damaged", &bytes[..end]);
            let generator = random::generator(network.clone(), 3);
            if let Ok(file) = FieldFile::from_bytes("damaged", &bytes[..end]) {
                let _ = file.generated(&generator);
            }
        }
    }
}
