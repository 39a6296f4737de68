//! Fields that tests of operations share.

use std::sync::{Arc, LazyLock};

use crate::control::Control;
use crate::engine::CpuEngine;
use crate::field::{Field, GeneratedField};
use crate::model::{Generator, Latent, Model, ModelId};
use crate::ops::render_to_vec;

static GENERATOR: LazyLock<Arc<Generator>> =
    LazyLock::new(|| Model::builtin("flowers").unwrap().generator().unwrap());

/// The built-in generator.
pub fn generator() -> Arc<Generator> {
    GENERATOR.clone()
}

/// One of its images.
pub fn flower(seed: u32, class: usize) -> GeneratedField {
    let z = GENERATOR.latent(seed);
    let latent = Latent { z, class: Some(class), ..Default::default() };
    GeneratedField::from_latent(&GENERATOR, latent).unwrap()
}

/// The same image on weights of its own, all of which differ.
pub fn tuned(field: &GeneratedField, by: f32) -> GeneratedField {
    let network = field.network();
    let mut own: Vec<_> = network.matrices().iter().map(|m| m.layer.clone()).collect();
    for layer in &mut own {
        layer.weight.iter_mut().chain(&mut layer.bias).for_each(|w| *w *= 1.0 + by);
    }
    field.clone().with_network(Arc::new(network.with_matrices(own).unwrap())).unwrap()
}

/// The same numbers, said to be of another model.
pub fn of_another_model(field: &GeneratedField) -> GeneratedField {
    let model = ModelId { name: "other".into(), id: "0123".into() };
    let (network, code) = (field.network().clone(), field.code().as_ref().clone());
    GeneratedField::from_parts(model, network, code).unwrap()
}

/// Whether two fields are rendered to the same bits.
pub fn same_picture(a: &GeneratedField, b: &GeneratedField) -> bool {
    let engine = CpuEngine::new(Some(1)).unwrap();
    let pixels = |field: &GeneratedField| {
        let field = Field::Generated(field.clone());
        let view = field.view(9, 7).unwrap();
        render_to_vec(&engine, &field, &view, &Control::default()).unwrap()
    };
    let bits = |v: Vec<f32>| v.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    bits(pixels(a)) == bits(pixels(b))
}
