//! Building graphs, an operation at a time.

use std::collections::HashMap;

use bytemuck::NoUninit;
use half::{bf16, f16};
use prost::Message;

use super::proto::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, ATTRIBUTE_STRING, Attribute, Dimension,
    Element, Entry, Graph, IR_VERSION, Model, Node, OPSET, OPSET_BF16, OperatorSet, Shape, Tensor,
    TensorType, Type, ValueInfo,
};
use super::shapes::{self, Lengths};
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
    /// The axes along which it does it, where it does something along axes.
    pub(super) axes: Vec<i64>,
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
    /// Shapes, where they are followed.
    shapes: HashMap<Value, Lengths>,
    /// Entries that are taken along first axes.
    entries: HashMap<Value, i64>,
    /// Axes along which values were made.
    axes: HashMap<Value, Vec<i64>>,
}

impl Builder {
    pub(super) fn new(name: &str, precision: Element) -> Self {
        let graph = Graph { name: name.to_owned(), ..Graph::default() };
        let (shapes, entries, axes) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { graph, precision, shapes, entries, axes }
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
        let length = |dim: &Dim| match dim {
            Dim::Fixed(n) => Some(*n),
            Dim::Named(_) => None,
        };
        self.shapes.insert(value.clone(), dims.iter().map(length).collect());
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
                axes: self.axes.get(&output).cloned().unwrap_or_default(),
                output,
            }
        };
        self.graph.node.iter().map(operation).collect()
    }

    /// Lengths of a value's dimensions, those that are known.
    ///
    /// # Panics
    /// When it is what an operation gives whose shape is not followed.
    pub(super) fn lengths(&self, value: &Value) -> &Lengths {
        self.shapes.get(value).expect("a value whose shape is followed")
    }

    /// Notes the shape that `value` was found to have, and the axes along which it was made.
    fn note(&mut self, value: &Value, lengths: Option<Lengths>, axes: &[i64]) {
        if let Some(lengths) = lengths {
            self.shapes.insert(value.clone(), lengths);
        }
        self.axes.insert(value.clone(), axes.to_vec());
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

    /// Constant floats of single precision.
    pub(super) fn floats(&mut self, dims: &[usize], values: &[f32]) -> Value {
        self.constant(Element::F32, dims, values)
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
        self.shapes.insert(value.clone(), dims.iter().copied().map(Some).collect());
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
        let shapes: Vec<Option<&Lengths>> = inputs.iter().map(|v| self.shapes.get(v)).collect();
        if let Some(lengths) = shapes::of(op, &shapes) {
            self.shapes.insert(value.clone(), lengths);
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
        let all = self.op_with("Concat", values, vec![whole("axis", axis)]);
        let parts: Option<Vec<_>> = values.iter().map(|v| self.shapes.get(v)).collect();
        let lengths = parts.and_then(|parts| shapes::joined(&parts, axis));
        self.note(&all, lengths, &[axis]);
        all
    }

    /// `value` with an axis of length 1 put in at `axis`.
    pub(super) fn unsqueeze(&mut self, value: &Value, axis: i64) -> Value {
        let axes = self.ints(&[1], &[axis]);
        let wider = self.op("Unsqueeze", &[value, &axes]);
        let lengths = self.shapes.get(value).map(|lengths| shapes::widened(lengths, axis));
        self.note(&wider, lengths, &[axis]);
        wider
    }

    /// `value` in another shape; one length may be -1, and 0 keeps the one that is there.
    pub(super) fn reshape(&mut self, value: &Value, shape: &[i64]) -> Value {
        let wanted = self.ints(&[shape.len()], shape);
        let shaped = self.op("Reshape", &[value, &wanted]);
        let lengths = shapes::reshaped(self.shapes.get(value), shape);
        self.note(&shaped, Some(lengths), &[]);
        shaped
    }

    /// The entries of `value` along `axis` that `indices` name.
    pub(super) fn gather(&mut self, value: &Value, indices: &Value, axis: i64) -> Value {
        let taken = self.op_with("Gather", &[value, indices], vec![whole("axis", axis)]);
        let shapes = (self.shapes.get(value), self.shapes.get(indices));
        let lengths = match shapes {
            (Some(of), Some(indices)) => shapes::gathered(of, indices, axis),
            _ => None,
        };
        self.note(&taken, lengths, &[axis]);
        taken
    }

    /// The sum of `value` along `axis`, which stays with length 1 if `kept`.
    pub(super) fn sum(&mut self, value: &Value, axis: i64, kept: bool) -> Value {
        let axes = self.ints(&[1], &[axis]);
        let keep = vec![whole("keepdims", kept.into())];
        let sum = self.op_with("ReduceSum", &[value, &axes], keep);
        let lengths = self.shapes.get(value).and_then(|of| shapes::summed(of, axis, kept));
        self.note(&sum, lengths, &[axis]);
        sum
    }

    /// The entries of `value` along `axis` from `start` to before `end`.
    pub(super) fn slice(&mut self, value: &Value, axis: i64, start: usize, end: usize) -> Value {
        let [start, end, along] = [start as i64, end as i64, axis].map(|v| self.ints(&[1], &[v]));
        self.op("Slice", &[value, &start, &end, &along])
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

/// An attribute that is a word.
pub(super) fn word(name: &str, value: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        s: Some(value.as_bytes().to_vec()),
        kind: ATTRIBUTE_STRING,
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
