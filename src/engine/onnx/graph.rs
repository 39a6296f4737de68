//! Building graphs, an operation at a time.

use std::collections::HashMap;

use bytemuck::NoUninit;
use half::{bf16, f16};
use prost::Message;

use super::proto::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, Attribute, Dimension, Element, Entry, Graph,
    IR_VERSION, Model, Node, OPSET, OPSET_BF16, OperatorSet, Shape, Tensor, TensorType, Type,
    ValueInfo,
};
use crate::network::{LRELU_SLOPE, Linear};

/// Something that a graph computes, or is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Value(String);

/// Something that a graph does.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// ONNX's name for it.
    pub(super) name: String,
    pub(super) inputs: Vec<Value>,
    pub(super) output: Value,
    /// The entry along the first axis that is taken, where that is what it does.
    pub(super) index: Option<i64>,
}

/// A dimension of an input or output.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dim {
    /// So many.
    Fixed(usize),
    /// Any number, the same wherever the name is.
    Named(&'static str),
}

/// A graph that is being built. Weights and features have its precision; positions, affine terms and
/// colours have single precision at least, since half precision tells neighbouring pixels of a large
/// view not apart.
#[derive(Debug)]
pub(super) struct Builder {
    graph: Graph,
    precision: Element,
    /// Numbers of dimensions, where they are known.
    ranks: HashMap<Value, usize>,
    /// Entries that are taken along first axes.
    entries: HashMap<Value, i64>,
}

impl Builder {
    pub(super) fn new(name: &str, precision: Element) -> Self {
        let graph = Graph { name: name.to_owned(), ..Graph::default() };
        Self { graph, precision, ranks: HashMap::new(), entries: HashMap::new() }
    }

    /// The file that holds this graph.
    pub(super) fn finish(self, about: &str, metadata: &[(&str, &str)]) -> Vec<u8> {
        let entry = |(key, value): &(&str, &str)| Entry {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        let version = if self.precision == Element::BF16 { OPSET_BF16 } else { OPSET };
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: env!("CARGO_PKG_NAME").to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: about.to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet { domain: Some(String::new()), version }],
            metadata: metadata.iter().map(entry).collect(),
        };
        model.encode_to_vec()
    }

    /// Something that the graph is given.
    pub(super) fn input(&mut self, name: &str, element: Element, dims: &[Dim]) -> Value {
        self.graph.input.push(info(name, element, dims));
        let value = Value(name.to_owned());
        self.ranks.insert(value.clone(), dims.len());
        value
    }

    /// Everything that the graph does so far, in order.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let operation = |node: &Node| {
            let output = Value(node.output[0].clone());
            Operation {
                name: node.op_type.clone(),
                inputs: node.input.iter().cloned().map(Value).collect(),
                index: self.entries.get(&output).copied(),
                output,
            }
        };
        self.graph.node.iter().map(operation).collect()
    }

    /// Number of dimensions of a value.
    ///
    /// # Panics
    /// When it is what an operation gives whose shape is not followed.
    pub(super) fn rank(&self, value: &Value) -> usize {
        *self.ranks.get(value).expect("a value whose dimensions are followed")
    }

    /// Number of dimensions that an operation gives, where that is followed.
    fn rank_of(&self, op: &str, inputs: &[&Value]) -> Option<usize> {
        let rank = |value: &Value| self.ranks.get(value).copied();
        let first = || inputs.first().and_then(|value| rank(value));
        match op {
            "Add" | "Sub" | "Mul" | "Div" => Some(rank(inputs[0])?.max(rank(inputs[1])?)),
            "Gather" => Some((rank(inputs[0])? + rank(inputs[1])?).saturating_sub(1)),
            "Unsqueeze" => first().map(|rank| rank + 1),
            "Identity" | "MatMul" | "Transpose" | "LeakyRelu" | "Clip" | "Cast" | "Concat" => {
                first()
            }
            _ => None,
        }
    }

    /// Floats that the graph is given, or takes from here.
    pub(super) fn input_or(&mut self, name: &str, dims: &[usize], values: &[f32]) -> Value {
        let fixed: Vec<Dim> = dims.iter().map(|d| Dim::Fixed(*d)).collect();
        self.initialise(name.to_owned(), Element::F32, dims, values);
        self.input(name, Element::F32, &fixed)
    }

    /// Hands `value` out under a name.
    pub(super) fn output(&mut self, name: &str, value: &Value, element: Element, dims: &[Dim]) {
        self.push("Identity", &[value], name.to_owned(), Vec::new());
        self.graph.output.push(info(name, element, dims));
    }

    /// Constant weights, in the graph's precision.
    pub(super) fn weights(&mut self, dims: &[usize], values: &[f32]) -> Value {
        let half = |bits: fn(f32) -> u16| values.iter().map(|v| bits(*v)).collect::<Vec<_>>();
        match self.precision {
            Element::F16 => {
                self.constant(Element::F16, dims, &half(|v| f16::from_f32(v).to_bits()))
            }
            Element::BF16 => {
                self.constant(Element::BF16, dims, &half(|v| bf16::from_f32(v).to_bits()))
            }
            _ => self.constant(Element::F32, dims, values),
        }
    }

    /// A constant float of single precision.
    pub(super) fn float(&mut self, value: f32) -> Value {
        self.constant(Element::F32, &[], &[value])
    }

    /// `value` in the graph's precision.
    pub(super) fn in_precision(&mut self, value: &Value) -> Value {
        if self.precision == Element::F32 {
            value.clone()
        } else {
            self.cast(value, self.precision)
        }
    }

    /// `value` in single precision.
    pub(super) fn in_single(&mut self, value: &Value) -> Value {
        if self.precision == Element::F32 { value.clone() } else { self.cast(value, Element::F32) }
    }

    /// Constant whole numbers.
    pub(super) fn ints(&mut self, dims: &[usize], values: &[i64]) -> Value {
        self.constant(Element::I64, dims, values)
    }

    /// A constant whole number.
    pub(super) fn int(&mut self, value: i64) -> Value {
        self.ints(&[], &[value])
    }

    /// Constant floats of double precision.
    pub(super) fn doubles(&mut self, dims: &[usize], values: &[f64]) -> Value {
        self.constant(Element::F64, dims, values)
    }

    /// A constant float of double precision.
    pub(super) fn double(&mut self, value: f64) -> Value {
        self.doubles(&[], &[value])
    }

    fn constant<T: NoUninit>(&mut self, element: Element, dims: &[usize], values: &[T]) -> Value {
        let name = format!("c{}", self.graph.initializer.len());
        self.initialise(name.clone(), element, dims, values);
        let value = Value(name);
        self.ranks.insert(value.clone(), dims.len());
        value
    }

    fn initialise<T: NoUninit>(
        &mut self,
        name: String,
        element: Element,
        dims: &[usize],
        values: &[T],
    ) {
        debug_assert_eq!(dims.iter().product::<usize>(), values.len(), "values of a constant");
        self.graph.initializer.push(Tensor {
            dims: dims.iter().map(|d| *d as i64).collect(),
            data_type: element as i32,
            name,
            raw_data: bytemuck::cast_slice(values).to_vec(),
        });
    }

    fn push(&mut self, op: &str, inputs: &[&Value], output: String, attribute: Vec<Attribute>) {
        self.graph.node.push(Node {
            input: inputs.iter().map(|v| v.0.clone()).collect(),
            output: vec![output.clone()],
            name: output,
            op_type: op.to_owned(),
            attribute,
        });
    }

    /// An operation without attributes.
    pub(super) fn op(&mut self, op: &str, inputs: &[&Value]) -> Value {
        self.op_with(op, inputs, Vec::new())
    }

    /// An operation.
    pub(super) fn op_with(&mut self, op: &str, inputs: &[&Value], with: Vec<Attribute>) -> Value {
        let value = Value(format!("v{}", self.graph.node.len()));
        if let Some(rank) = self.rank_of(op, inputs) {
            self.ranks.insert(value.clone(), rank);
        }
        self.push(op, inputs, value.0.clone(), with);
        value
    }

    pub(super) fn add(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Add", &[a, b])
    }

    pub(super) fn sub(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Sub", &[a, b])
    }

    pub(super) fn mul(&mut self, a: &Value, b: &Value) -> Value {
        self.op("Mul", &[a, b])
    }

    pub(super) fn cast(&mut self, value: &Value, to: Element) -> Value {
        self.op_with("Cast", &[value], vec![whole("to", to as i64)])
    }

    /// Leaky ReLU of a `value` of the graph's precision.
    pub(super) fn lrelu(&mut self, value: &Value) -> Value {
        if self.precision == Element::BF16 {
            // There is no kernel of LeakyRelu in bfloat16.
            let slope = self.weights(&[], &[LRELU_SLOPE]);
            let flat = self.mul(value, &slope);
            return self.op("Max", &[value, &flat]);
        }
        let alpha = Attribute {
            name: "alpha".to_owned(),
            f: Some(LRELU_SLOPE),
            kind: ATTRIBUTE_FLOAT,
            ..Attribute::default()
        };
        self.op_with("LeakyRelu", &[value], vec![alpha])
    }

    /// `value`, of the graph's precision, within ± `limit`, if there is one.
    pub(super) fn clamp(&mut self, value: Value, limit: Option<f32>) -> Value {
        let Some(limit) = limit else { return value };
        let [low, high] = [-limit, limit].map(|v| self.weights(&[], &[v]));
        if self.precision == Element::BF16 {
            // Nor one of Clip.
            let risen = self.op("Max", &[&value, &low]);
            return self.op("Min", &[&risen, &high]);
        }
        self.op("Clip", &[&value, &low, &high])
    }

    /// `value [.., inputs]` through a linear layer.
    pub(super) fn linear(&mut self, value: &Value, layer: &Linear) -> Value {
        let mut transposed = vec![0.0; layer.weight.len()];
        for (out, row) in layer.weight.chunks_exact(layer.inputs).enumerate() {
            row.iter().enumerate().for_each(|(k, w)| transposed[k * layer.outputs + out] = *w);
        }
        let weight = self.weights(&[layer.inputs, layer.outputs], &transposed);
        let bias = self.weights(&[layer.outputs], &layer.bias);
        let product = self.op("MatMul", &[value, &weight]);
        self.add(&product, &bias)
    }

    /// Values side by side along `axis`.
    pub(super) fn concat(&mut self, values: &[&Value], axis: i64) -> Value {
        self.op_with("Concat", values, vec![whole("axis", axis)])
    }

    /// `value` with an axis of length 1 put in at `axis`.
    pub(super) fn unsqueeze(&mut self, value: &Value, axis: i64) -> Value {
        let axes = self.ints(&[1], &[axis]);
        self.op("Unsqueeze", &[value, &axes])
    }

    /// `value` in another shape; one length may be -1, and 0 keeps the one that is there.
    pub(super) fn reshape(&mut self, value: &Value, shape: &[i64]) -> Value {
        let shape = self.ints(&[shape.len()], shape);
        self.op("Reshape", &[value, &shape])
    }

    /// The entries of `value` along `axis` that `indices` name.
    pub(super) fn gather(&mut self, value: &Value, indices: &Value, axis: i64) -> Value {
        self.op_with("Gather", &[value, indices], vec![whole("axis", axis)])
    }

    /// Entry `index` of `value` along its first axis.
    pub(super) fn entry(&mut self, value: &Value, index: i64) -> Value {
        let number = self.int(index);
        let entry = self.gather(value, &number, 0);
        self.entries.insert(entry.clone(), index);
        entry
    }
}

/// An attribute that is a whole number.
pub(super) fn whole(name: &str, value: i64) -> Attribute {
    Attribute { name: name.to_owned(), i: Some(value), kind: ATTRIBUTE_INT, ..Attribute::default() }
}

/// An attribute of several whole numbers.
pub(super) fn wholes(name: &str, values: &[i64]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        ints: values.to_vec(),
        kind: ATTRIBUTE_INTS,
        ..Attribute::default()
    }
}

fn info(name: &str, element: Element, dims: &[Dim]) -> ValueInfo {
    let dimension = |dim: &Dim| match dim {
        Dim::Fixed(n) => Dimension { value: Some(*n as i64), name: None },
        Dim::Named(name) => Dimension { value: None, name: Some((*name).to_owned()) },
    };
    let shape = Some(Shape { dims: dims.iter().map(dimension).collect() });
    let tensor = Some(TensorType { element: element as i32, shape });
    ValueInfo { name: name.to_owned(), kind: Some(Type { tensor }) }
}

#[cfg(test)]
mod tests {
    use super::super::coordinates::Positions;
    use super::super::networks::synthesis_graph;
    use super::*;
    use crate::engine::onnx::local_poly_inr::{encoder_graph, local_graph};
    use crate::model::Model as Weights;
    use crate::network::UpscalerNetwork;

    fn operations(file: &[u8]) -> Vec<String> {
        let graph = Model::decode(file).unwrap().graph.unwrap();
        graph.node.into_iter().map(|node| node.op_type).collect()
    }

    /// Graphs in bfloat16 do without operations that ONNX Runtime has no kernels for on GPUs.
    #[test]
    fn bfloat16_leaves_out_what_has_no_kernels() {
        let upscaler = Weights::builtin("clean").unwrap().upscaler().unwrap();
        let UpscalerNetwork::LocalPolyInr(local) = upscaler.network();
        let generator = Weights::builtin("flowers").unwrap().generator().unwrap();
        let [half, brain] = [Element::F16, Element::BF16].map(|precision| {
            let grid = Positions::Grid;
            [
                synthesis_graph(generator.network(), grid, precision, &[]),
                local_graph(local, grid, precision, &[]),
                encoder_graph(local, precision, &[]),
            ]
        });
        let lrelu = "LeakyRelu".to_owned();
        for (half, brain) in half.iter().zip(&brain).take(2) {
            assert!(operations(half).contains(&lrelu) && !operations(brain).contains(&lrelu));
        }
        assert!(operations(&half[0]).contains(&"Clip".to_owned()));
        assert!(!operations(&brain[0]).contains(&"Clip".to_owned()));
        let convolutions = Model::decode(&*brain[2]).unwrap();
        assert_eq!(convolutions.opset_import[0].version, OPSET_BF16);
        let weights = convolutions.graph.unwrap().initializer;
        assert!(weights.iter().any(|t| t.dims.len() == 4 && t.data_type == Element::BF16 as i32));
    }
}
