//! Graphs in bfloat16 do without operations that ONNX Runtime has no kernels for on GPUs.

use prost::Message;

use super::generator;
use crate::engine::onnx::coordinates::Positions;
use crate::engine::onnx::local_poly_inr::{encoder_graph, local_graph};
use crate::engine::onnx::networks::{Form, pixel_graph, shared_graph};
use crate::engine::onnx::proto::{Element, Model, OPSET_BF16};
use crate::model::Model as Weights;
use crate::network::{Network, UpscalerNetwork};

fn operations(file: &[u8]) -> Vec<String> {
    let graph = Model::decode(file).unwrap().graph.unwrap();
    graph.node.into_iter().map(|node| node.op_type).collect()
}

fn has(file: &[u8], operation: &str) -> bool {
    operations(file).iter().any(|own| own == operation)
}

#[test]
fn local_poly_inr() {
    let upscaler = Weights::builtin("clean").unwrap().upscaler().unwrap();
    let UpscalerNetwork::LocalPolyInr(local) = upscaler.network();
    let [half, brain] = [Element::F16, Element::BF16]
        .map(|precision| local_graph(local, Positions::Grid, precision, &[]));
    assert!(has(&half, "LeakyRelu") && !has(&brain, "LeakyRelu"));
    let convolutions = Model::decode(&*encoder_graph(local, Element::BF16, &[])).unwrap();
    assert_eq!(convolutions.opset_import[0].version, OPSET_BF16);
    let weights = convolutions.graph.unwrap().initializer;
    assert!(weights.iter().any(|t| t.dims.len() == 4 && t.data_type == Element::BF16 as i32));
}

#[test]
fn generators() {
    let flowers = Weights::builtin("flowers").unwrap().generator().unwrap();
    let others = ["creps", "inr_gan", "inr_gan_bil"].map(generator);
    for generator in [flowers].iter().chain(&others) {
        let network = generator.network();
        let form = Form::whole(network);
        let [half, brain] = [Element::F16, Element::BF16]
            .map(|precision| pixel_graph(network, form, precision, &[]));
        for operation in ["LeakyRelu", "Clip"] {
            assert!(has(&half, operation) && !has(&brain, operation));
        }
        if let Network::Creps(_) = network.as_ref() {
            let (_, lines) = shared_graph(network, form, Element::BF16, &[]).unwrap();
            assert!(!has(&lines, "LeakyRelu") && !has(&lines, "Clip"));
        }
    }
}
