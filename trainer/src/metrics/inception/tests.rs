use super::*;
use crate::metrics::golden;

fn random() -> Inception {
    Inception::random(0, Precision::F32, Device::Cpu).unwrap()
}

#[test]
fn features_are_torchvisions_with_the_pooling_of_2015() {
    let golden = golden::read("inception.safetensors");
    let outputs = [Output::Spatial, Output::Features];
    let actual = random().extract(&golden["images"], &outputs).unwrap();
    golden::assert_close(&actual[0], &golden["spatial"], 1e-4);
    golden::assert_close(&actual[1], &golden["features"], 1e-4);
}

#[test]
fn half_precision_is_close_and_says_so() {
    let golden = golden::read("inception.safetensors");
    let network = Inception::random(0, Precision::Bf16, Device::Cpu).unwrap();
    let actual = network.extract(&golden["images"].narrow(0, 0, 1), &[Output::Features]).unwrap();
    golden::assert_close(&actual[0], &golden["features"].narrow(0, 0, 1), 0.03);
    assert!(network.identity().name.ends_with(", bf16"));
    assert_ne!(network.identity().key, random().identity().key);
}

#[test]
fn stored_weights_give_what_they_were_saved_from() {
    let network = random();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inception.safetensors");
    let mut tensors = vec![("fc.weight".to_owned(), Tensor::eye(2048, (Kind::Float, Device::Cpu)))];
    for block in &network.blocks {
        for step in block.branches.iter().flatten() {
            match step {
                Step::Conv(layer) => store(&mut tensors, block.name, layer),
                Step::Fork(a, b) => [a, b].iter().for_each(|l| store(&mut tensors, block.name, l)),
                _ => (),
            }
        }
    }
    Tensor::write_safetensors(&tensors, &path).unwrap();
    let stored = Inception::open(&path, "Inception", Precision::F32, Device::Cpu).unwrap();
    assert_ne!(stored.identity().key, network.identity().key);
    let images = Tensor::randint(256, [1, 3, 16, 16], (Kind::Uint8, Device::Cpu));
    let expected = network.extract(&images, &[Output::Features]).unwrap();
    let actual = stored.extract(&images, &[Output::Features, Output::Probabilities]).unwrap();
    golden::assert_close(&actual[0], &expected[0], 1e-4);
    golden::assert_close(&actual[1], &expected[0].softmax(1, Kind::Float), 1e-3);
    let refused = network.extract(&images, &[Output::Probabilities]).unwrap_err().to_string();
    assert!(refused.contains("needs fc.weight"), "{refused}");
}

/// A layer as a file holds it: with a normalisation that leaves it as it is.
fn store(tensors: &mut Vec<(String, Tensor)>, block: &str, layer: &Layer) {
    let name = match layer.conv.name {
        "" => block.to_owned(),
        name => format!("{block}.{name}"),
    };
    let full = |value: f64| Tensor::full([layer.conv.outputs], value, (Kind::Float, Device::Cpu));
    tensors.extend([
        (format!("{name}.conv.weight"), layer.weight.shallow_clone()),
        (format!("{name}.bn.weight"), full(1.0)),
        (format!("{name}.bn.bias"), layer.bias.shallow_clone()),
        (format!("{name}.bn.running_mean"), full(0.0)),
        (format!("{name}.bn.running_var"), full(0.999)),
    ]);
}

#[test]
fn resizing_keeps_the_top_left_corner_in_place() {
    let images = Tensor::arange(4, (Kind::Uint8, Device::Cpu)).reshape([1, 1, 1, 4]);
    let resized = tf_resize(&images.repeat([1, 3, 2, 1]), 8);
    let row = Vec::<f32>::try_from(resized.get(0).get(0).get(0) * 128.0 + 128.0).unwrap();
    let expected = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0];
    assert!(row.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-3), "{row:?}");
}
