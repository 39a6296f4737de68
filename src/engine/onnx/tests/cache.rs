//! Graphs are kept as long as their model.

use std::sync::Arc;

use super::engine;
use crate::engine::Precision;
use crate::engine::onnx::networks::Form;
use crate::engine::onnx::smallest;

#[test]
fn what_is_made_of_a_model_is_kept() {
    let Some(engine) = engine(Precision::Exact) else { return };
    let model = Arc::new(smallest().unwrap());
    let graphs = || {
        let form = Form::whole(&model);
        let generator = engine.generator(&model, form).unwrap();
        let heatmaps = engine.heat_graphs(&model, form).unwrap();
        (generator, heatmaps, engine.bound_derivatives(&model, true).unwrap())
    };
    let (first, second) = (graphs(), graphs());
    assert!(Arc::ptr_eq(&first.0, &second.0) && Arc::ptr_eq(&first.1, &second.1));
    assert!(Arc::ptr_eq(&first.2, &second.2));
    assert!(!Arc::ptr_eq(&first.0, &first.1));
}
