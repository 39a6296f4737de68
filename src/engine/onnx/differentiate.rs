//! Derivatives of what a graph computes, as more of the graph: reverse-mode differentiation over
//! the operations that networks are made of.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::graph::{Builder, Operation, Value, whole};
use super::proto::Element;
use crate::network::LRELU_SLOPE;

/// Adds to `graph` what gives, of a loss whose derivatives by `value` are `seed`, the derivatives
/// by each of `by`, in their shapes. All values on the way have single precision.
///
/// # Panics
/// When an operation between them has no derivative here, or one of `by` has no part in `value`.
pub(super) fn derivatives(
    graph: &mut Builder,
    value: &Value,
    seed: &Value,
    by: &[&Value],
) -> Vec<Value> {
    let operations = graph.operations();
    let mut depending: HashSet<Value> = by.iter().map(|v| (*v).clone()).collect();
    for operation in &operations {
        if operation.inputs.iter().any(|input| depending.contains(input)) {
            depending.insert(operation.output.clone());
        }
    }
    let mut adjoints = Adjoints { depending, known: HashMap::new(), entries: HashMap::new() };
    adjoints.add(graph, value, seed.clone());
    for operation in operations.iter().rev() {
        if let Some(g) = adjoints.of(graph, &operation.output) {
            adjoints.through(graph, operation, &g);
        }
    }
    let found = |v: &&Value| adjoints.of(graph, v).expect("a value that has a part in the result");
    by.iter().map(found).collect()
}

/// Derivatives by the values of a graph, as far as they are known.
struct Adjoints {
    /// Values that what is asked for has a part in.
    depending: HashSet<Value>,
    known: HashMap<Value, Value>,
    /// Of values of which entries along the first axis are taken: by each entry.
    entries: HashMap<Value, BTreeMap<i64, Value>>,
}

impl Adjoints {
    /// Adds `g` to what is known by `value`.
    fn add(&mut self, graph: &mut Builder, value: &Value, g: Value) {
        if self.depending.contains(value) {
            let sum = match self.known.remove(value) {
                Some(before) => graph.add(&before, &g),
                None => g,
            };
            self.known.insert(value.clone(), sum);
        }
    }

    /// As [`add`](Self::add), of a `value` that may have been repeated along leading axes to fit `g`.
    fn add_summed(&mut self, graph: &mut Builder, value: &Value, g: Value, like: &Value) {
        if !self.depending.contains(value) {
            return;
        }
        let extra = graph.rank(like).saturating_sub(graph.rank(value));
        let g = match extra {
            0 => g,
            _ => {
                let axes: Vec<i64> = (0..extra as i64).collect();
                let axes = graph.ints(&[extra], &axes);
                graph.op_with("ReduceSum", &[&g, &axes], vec![whole("keepdims", 0)])
            }
        };
        self.add(graph, value, g);
    }

    /// The derivatives by `value`, of all that is known.
    fn of(&mut self, graph: &mut Builder, value: &Value) -> Option<Value> {
        if let Some(entries) = self.entries.remove(value) {
            let count = entries.len() as i64;
            assert!(entries.keys().copied().eq(0..count), "all entries have a part");
            let rows: Vec<Value> =
                entries.into_values().map(|entry| graph.unsqueeze(&entry, 0)).collect();
            let all = graph.concat(&rows.iter().collect::<Vec<_>>(), 0);
            self.add(graph, value, all);
        }
        self.known.get(value).cloned()
    }

    /// From the derivatives `g` by what an operation gives to those by what it takes.
    fn through(&mut self, graph: &mut Builder, operation: &Operation, g: &Value) {
        let Operation { name, inputs, output, index, .. } = operation;
        if !inputs.iter().any(|input| self.depending.contains(input)) {
            return;
        }
        match (name.as_str(), inputs.as_slice()) {
            ("Identity", [x]) => self.add(graph, x, g.clone()),
            ("Add", [a, b]) => {
                self.add_summed(graph, a, g.clone(), output);
                self.add_summed(graph, b, g.clone(), output);
            }
            ("Mul", [a, b]) => {
                for (x, other) in [(a, b), (b, a)] {
                    if self.depending.contains(x) {
                        let product = graph.mul(g, other);
                        self.add_summed(graph, x, product, output);
                    }
                }
            }
            ("MatMul", [a, b]) => {
                if self.depending.contains(a) {
                    let turned = graph.op("Transpose", &[b]);
                    let product = graph.op("MatMul", &[g, &turned]);
                    self.add(graph, a, product);
                }
                if self.depending.contains(b) {
                    let turned = graph.op("Transpose", &[a]);
                    let product = graph.op("MatMul", &[&turned, g]);
                    self.add(graph, b, product);
                }
            }
            ("Transpose", [x]) => {
                let turned = graph.op("Transpose", &[g]);
                self.add(graph, x, turned);
            }
            ("LeakyRelu", [x]) => {
                let [zero, one, flat] = [0.0, 1.0, LRELU_SLOPE].map(|v| graph.float(v));
                let rising = graph.op("Greater", &[x, &zero]);
                let slope = graph.op("Where", &[&rising, &one, &flat]);
                let product = graph.mul(g, &slope);
                self.add(graph, x, product);
            }
            ("Clip", [x, low, high]) => {
                let over = graph.op("GreaterOrEqual", &[x, low]);
                let under = graph.op("LessOrEqual", &[x, high]);
                let inside = graph.op("And", &[&over, &under]);
                let inside = graph.cast(&inside, Element::F32);
                let product = graph.mul(g, &inside);
                self.add(graph, x, product);
            }
            ("Gather", [x, _]) => {
                let index = index.expect("an entry whose number is known");
                let entries = self.entries.entry(x.clone()).or_default();
                let sum = match entries.remove(&index) {
                    Some(before) => graph.add(&before, g),
                    None => g.clone(),
                };
                self.entries.entry(x.clone()).or_default().insert(index, sum);
            }
            (name, _) => unreachable!("there is no derivative of {name}"),
        }
    }
}
