//! Model files: what is good opens, what is bad gives one line that says what is wrong.

use std::collections::HashMap;
use std::sync::Arc;

use half::f16;
use polyinr::model::Upscaler;
use polyinr::model::{ImportOptions, Strength, import, latent};
use polyinr::network::{LocalPolyInrWeights, UpscalerNetwork};
use polyinr::ops::{GenerateOptions, render_to_vec};
use polyinr::tensors::Storage;
use polyinr::{
    Channels, Control, CpuEngine, Error, Field, Grid, Model, PictureField, Raster, Samples, View,
    Window,
};
use proptest::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const CONFIG: &str = r#"{"format_version":1,"name":"small","kind":"upscaler","channels":2,
    "residual_blocks":1,"levels":1,"features":3,"scale_range":[1.0,4.0]}"#;

type Tensors = Vec<(&'static str, Vec<usize>, Vec<f32>)>;

/// The tensors of the smallest upscaler there can be.
fn small() -> Tensors {
    let shapes: [(&str, &[usize]); 14] = [
        ("encoder.head.weight", &[2, 3, 3, 3]),
        ("encoder.head.bias", &[2]),
        ("encoder.block.0.conv0.weight", &[2, 2, 3, 3]),
        ("encoder.block.0.conv0.bias", &[2]),
        ("encoder.block.0.conv1.weight", &[2, 2, 3, 3]),
        ("encoder.block.0.conv1.bias", &[2]),
        ("encoder.tail.weight", &[2, 2, 3, 3]),
        ("encoder.tail.bias", &[2]),
        ("encoder.affine.weight", &[12, 2, 3, 3]),
        ("encoder.affine.bias", &[12]),
        ("level.0.weight", &[3, 3]),
        ("level.0.bias", &[3]),
        ("rgb.weight", &[3, 3]),
        ("rgb.bias", &[3]),
    ];
    let fill = |(name, shape): (&'static str, &[usize])| {
        (name, shape.to_vec(), latent(1, shape.iter().product()))
    };
    shapes.into_iter().map(fill).collect()
}

fn weights(upscaler: &Upscaler) -> &LocalPolyInrWeights {
    let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
    network.weights()
}

fn file(tensors: &Tensors, config: Option<&str>, half: bool) -> Vec<u8> {
    let bytes = |values: &Vec<f32>| -> Vec<u8> {
        match half {
            true => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
            false => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    };
    let dtype = if half { Dtype::F16 } else { Dtype::F32 };
    let stored: Vec<Vec<u8>> = tensors.iter().map(|(_, _, v)| bytes(v)).collect();
    let views = tensors.iter().zip(&stored).map(|((name, shape, _), data)| {
        (*name, TensorView::new(dtype, shape.clone(), data).unwrap())
    });
    let metadata = config.map(|c| HashMap::from([("config".to_owned(), c.to_owned())]));
    safetensors::serialize(views, metadata).unwrap()
}

/// The one line that opening these bytes gives.
fn problem(bytes: &[u8]) -> String {
    match Model::from_bytes("bad.safetensors", bytes) {
        Err(error @ Error::Model { .. }) => {
            let line = error.to_string();
            assert!(line.contains("bad.safetensors") && !line.contains('\n'), "{line}");
            line
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_storages_open() {
    for half in [false, true] {
        let model = Model::from_bytes("small", &file(&small(), Some(CONFIG), half)).unwrap();
        assert_eq!(model.about().name, "small");
        let upscaler = model.upscaler().unwrap();
        let expected = latent(1, 54);
        let difference =
            weights(&upscaler).head.weight.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        assert!(difference.fold(0.0, f32::max) <= if half { 2e-3 } else { 0.0 });
    }
}

#[test]
fn bad_tensors_are_named() {
    let config = Some(CONFIG);
    let mut missing = small();
    missing.retain(|(name, ..)| *name != "rgb.bias");
    assert!(problem(&file(&missing, config, false)).contains("rgb.bias is missing"));
    let mut misshapen = small();
    misshapen[10].1 = vec![9];
    let line = problem(&file(&misshapen, config, false));
    assert!(line.contains("level.0.weight") && line.contains("[9]") && line.contains("[3, 3]"));
    let mut infinite = small();
    infinite[3].2[1] = f32::INFINITY;
    let line = problem(&file(&infinite, config, false));
    assert!(line.contains("encoder.block.0.conv0.bias") && line.contains("not finite at index 1"));
}

#[test]
fn bad_configs_are_explained() {
    let with = |config: &str| problem(&file(&small(), Some(config), false));
    assert!(problem(&file(&small(), None, false)).contains("polyinr import"));
    assert!(with("{").contains("config"));
    let version = CONFIG.replace(r#""format_version":1"#, r#""format_version":4"#);
    assert!(with(&version).contains("version 4"));
    let huge = CONFIG.replace(r#""channels":2"#, r#""channels":4000000000"#);
    assert!(with(&huge).contains("channels = 4000000000"));
    let unlike = CONFIG.replace(r#""channels":2"#, r#""channels":1000"#);
    assert!(with(&unlike).contains("encoder.head.weight"));
    let range = CONFIG.replace("[1.0,4.0]", "[4.0,1.0]");
    assert!(with(&range).contains("scale_range"));
    let with_field = |field: &str| with(&CONFIG.replace(r#""levels":1"#, field));
    let even = with_field(r#""levels":1,"affine_side":2"#);
    assert!(even.contains("affine_side = 2") && even.contains("odd"), "{even}");
    assert!(with_field(r#""levels":1,"large_side":33"#).contains("large_side = 33"));
    assert!(with_field(r#""levels":1,"blend":"cells""#).contains("cells"));
    let point = with_field(r#""levels":1,"affine_side":1"#);
    assert!(point.contains("encoder.affine.weight") && point.contains("[12, 2, 1, 1]"), "{point}");
    let kind = CONFIG.replace("upscaler", "toaster");
    assert!(with(&kind).contains("toaster"));
}

/// Its field `format_version` says whether older programs can read a file.
#[test]
fn shapes_of_later_versions_open_and_keep_theirs() {
    let open =
        |config: &str| Model::from_bytes("small", &file(&small(), Some(config), false)).unwrap();
    assert_eq!(open(CONFIG).describe().format_version, 1);
    let with_field = |field: &str| open(&CONFIG.replace(r#""levels":1"#, field));
    let terms = with_field(r#""levels":1,"blend":"terms""#);
    assert_eq!(terms.describe().format_version, 2);
    terms.upscaler().unwrap();
    for field in [r#""levels":1,"attention":true"#, r#""levels":1,"large_side":13"#] {
        let refused = with_field(field).upscaler().unwrap_err().to_string();
        assert!(refused.contains("small cannot be rendered"), "{refused}");
    }
}

/// A network that is told how much to clean has other biases then, and without a word its own.
#[test]
fn strength_becomes_a_part_of_biases() {
    let config = CONFIG.replace(r#""levels":1"#, r#""levels":1,"strength":true"#);
    assert!(problem(&file(&small(), Some(&config), false)).contains("encoder.strength is missing"));
    let mut tensors = small();
    let added: Vec<f32> = (0..8).map(|i| i as f32).collect();
    tensors.push(("encoder.strength", vec![4, 2], added));
    let model = Model::from_bytes("small", &file(&tensors, Some(&config), false)).unwrap();
    assert_eq!(model.describe().format_version, 2);
    let upscaler = model.upscaler().unwrap();
    let told = |denoise, deblur| {
        upscaler.with_strength(Strength { denoise, deblur, detail: 0.0 }).unwrap()
    };
    assert!(Arc::ptr_eq(&told(0.0, 0.0), &upscaler));
    let told = told(0.5, 1.0);
    let more = |of: &[f32], than: &[f32]| -> Vec<f32> {
        of.iter().zip(than).map(|(a, b)| a - b).collect()
    };
    let near = |found: Vec<f32>, expected: [f32; 2]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}");
    };
    near(more(&weights(&told).head.bias, &weights(&upscaler).head.bias), [1.0, 4.0]);
    near(
        more(&weights(&told).blocks[0][0].bias, &weights(&upscaler).blocks[0][0].bias),
        [7.0, 10.0],
    );
    assert_eq!(weights(&told).blocks[0][1], weights(&upscaler).blocks[0][1]);
    let noise = |denoise| Strength { denoise, ..Strength::default() };
    let refused = upscaler.with_strength(noise(2.0)).unwrap_err().to_string();
    assert!(refused.starts_with("denoise: 2"), "{refused}");
    let plain = Model::from_bytes("small", &file(&small(), Some(CONFIG), false)).unwrap();
    let refused = plain.upscaler().unwrap().with_strength(noise(0.1));
    assert!(refused.unwrap_err().to_string().contains("cannot be told"));
}

#[test]
fn what_is_no_safetensors_file_is_refused() {
    for bytes in [&b""[..], b"x", b"\x89PNG\r\n\x1a\n and more", &[0xff; 64]] {
        assert!(problem(bytes).contains("safetensors"));
    }
}

#[test]
fn sizes_must_be_what_the_header_says() {
    let whole = file(&small(), Some(CONFIG), false);
    for len in [whole.len() - 1, whole.len() / 2, 9, 8, 7] {
        assert!(problem(&whole[..len]).contains("safetensors"));
    }
    assert!(problem(&[&whole[..], b"more"].concat()).contains("its header says"));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Model::open(folder.path()), Err(Error::Unsupported { .. })));
    let path = folder.path().join("holes.safetensors");
    let holes = std::fs::File::create(&path).unwrap();
    holes.set_len(1 << 40).unwrap();
    assert!(matches!(Model::open(&path), Err(Error::Model { .. })));
}

/// Numbers that are finite one by one may overflow together.
#[test]
fn weights_that_overflow_are_an_error() {
    let mut tensors = small();
    tensors[12].2 = vec![3e38; 9];
    tensors[11].2 = vec![3.0; 3];
    let model = Model::from_bytes("huge", &file(&tensors, Some(CONFIG), false)).unwrap();
    let upscaler = model.upscaler().unwrap();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let render = |samples: Samples| {
        let raster = Arc::new(Raster::new(4, 3, Channels::Gray, samples).unwrap());
        let field = PictureField::new(&upscaler, raster);
        let view = View::new(Window::UNIT, 8, 6, Grid::Edges).unwrap();
        render_to_vec(&engine, &Field::Picture(field), &view, &Control::default())
    };
    match render(Samples::U8((0..12).map(|i| 200 - i).collect())) {
        Err(Error::Model { source_name, problem }) => {
            assert!(source_name == "small" && problem.contains("overflow"), "{problem}");
        }
        other => panic!("{other:?}"),
    }
    // Of samples that no network is made for, too: these never reach it.
    let nothing = render(Samples::F32(vec![f32::NAN; 12]));
    assert!(matches!(nothing, Err(Error::Model { .. })), "{nothing:?}");
}

#[test]
fn seeds_have_classes() {
    let generator = Model::find("flowers").unwrap().generator().unwrap();
    let of = |seed, class| {
        let options = GenerateOptions { seed, class, ..GenerateOptions::default() };
        (options.field(&generator).unwrap(), options.describe(&generator))
    };
    for seed in [0, 7, u32::MAX] {
        let class = generator.class_of_seed(seed).unwrap();
        assert_eq!(class, seed as usize % 5);
        let ((named, said), (chosen, says)) = (of(seed, Some(class)), of(seed, None));
        assert_eq!(named.code(), chosen.code());
        assert_eq!(said, says);
    }
}

#[test]
fn a_generator_is_no_upscaler_and_names_are_looked_up() {
    let error = Model::find("flowers").unwrap().upscaler().unwrap_err().to_string();
    assert!(error.contains("flowers is a generator"));
    let error = Model::find("no-such-model").unwrap_err().to_string();
    assert!(error.contains("clean") && error.contains("POLYINR_MODELS"), "{error}");
    assert!(matches!(Model::find("no/such.safetensors"), Err(Error::Io { .. })));
}

#[test]
fn unknown_classes_are_answered_with_the_known() {
    let generator = Model::find("flowers").unwrap().generator().unwrap();
    let error = generator.class("cactus").unwrap_err().to_string();
    assert!(error.contains("cactus") && error.contains("tulips"), "{error}");
    assert_eq!(generator.class("Tulips").unwrap(), generator.class("4").unwrap());
    assert!(generator.map(&generator.latent(0), None).is_err());
    assert!(generator.map(&generator.latent(0), Some(5)).is_err());
    assert!(generator.map(&[0.0; 3], Some(0)).is_err());
}

#[test]
fn import_checks_what_it_is_told() {
    let path = format!("{}/tests/golden/flowers32.safetensors", env!("CARGO_MANIFEST_DIR"));
    let options =
        ImportOptions { name: "f".into(), classes: vec!["one".into()], ..Default::default() };
    let error = import(&path, &options).unwrap_err().to_string();
    assert!(error.contains("5 classes"), "{error}");
    let options = ImportOptions { name: "f".into(), storage: Storage::F16, ..Default::default() };
    let generator = Model::from_bytes("f", &import(&path, &options).unwrap()).unwrap();
    assert_eq!(generator.generator().unwrap().classes()[3], "sunflowers");
    let path = format!("{}/tests/golden/local_upscaler.safetensors", env!("CARGO_MANIFEST_DIR"));
    assert!(matches!(import(path, &options), Err(Error::Model { .. })));
}

#[test]
fn latents_are_numpys() {
    // numpy.random.RandomState(seed).randn(1000): the first five, and the last.
    let of_42 = [0.496_714_14, -0.138_264_3, 0.647_688_57, 1.523_029_8, -0.234_153_38];
    let of_last = [0.648_408_65, 0.669_323_5, -1.080_543_8, 0.284_501_05, 0.113_887_735];
    for (seed, first, last) in [(42, of_42, 0.572_582_8), (u32::MAX, of_last, 0.839_677_93)] {
        let z = latent(seed, 1000);
        assert_eq!((&z[..5], z[999]), (&first[..], last));
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0usize..4000, value: u8, cut in 0usize..4000) {
        let mut bytes = file(&small(), Some(CONFIG), true);
        let end = bytes.len() - cut % bytes.len();
        let index = at % bytes.len();
        bytes[index] = value;
        // Damage in a number may go unnoticed; anything else is an error.
        let _ = Model::from_bytes("damaged", &bytes[..end]);
        if cut % bytes.len() > 0 {
            prop_assert!(Model::from_bytes("damaged", &bytes[..end]).is_err());
        }
    }
}
