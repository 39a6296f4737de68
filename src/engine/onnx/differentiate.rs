//! Derivatives of what a graph computes, as more of the graph: reverse-mode differentiation over
//! the operations that networks are made of.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::graph::{Builder, Operation, Value, whole, word};
use super::proto::Element;
use super::shapes;
use crate::network::LRELU_SLOPE;

/// Adds to `graph` what gives, of a loss whose derivatives by values are known as `seeds` (a value
/// and the derivatives by it each), the derivatives by each of `by`, in their shapes; none by what has
/// no part in the values. All values on the way have single precision.
///
/// # Panics
/// When an operation between them has no derivative here.
pub(super) fn derivatives(
    graph: &mut Builder,
    seeds: &[(Value, Value)],
    by: &[&Value],
) -> Vec<Option<Value>> {
    let operations = graph.operations();
    let mut depending: HashSet<Value> = by.iter().map(|v| (*v).clone()).collect();
    for operation in &operations {
        if operation.inputs.iter().any(|input| depending.contains(input)) {
            depending.insert(operation.output.clone());
        }
    }
    let mut adjoints = Adjoints { depending, known: HashMap::new(), entries: HashMap::new() };
    for (value, seed) in seeds {
        adjoints.add(graph, value, seed.clone());
    }
    for operation in operations.iter().rev() {
        if let Some(g) = adjoints.of(graph, &operation.output) {
            adjoints.through(graph, operation, &g);
        }
    }
    by.iter().map(|value| adjoints.of(graph, value)).collect()
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

    /// As [`add`](Self::add), of a `value` that may have been repeated along axes to fit `like`, which
    /// has the shape of `g`.
    fn add_summed(&mut self, graph: &mut Builder, value: &Value, g: Value, like: &Value) {
        if !self.depending.contains(value) {
            return;
        }
        let (leading, others) = shapes::repeated(graph.lengths(value), graph.lengths(like));
        let mut sum = g;
        for axis in others {
            sum = graph.sum(&sum, axis as i64, true);
        }
        if leading > 0 {
            let axes: Vec<i64> = (0..leading as i64).collect();
            let axes = graph.ints(&[leading], &axes);
            sum = graph.op_with("ReduceSum", &[&sum, &axes], vec![whole("keepdims", 0)]);
        }
        self.add(graph, value, sum);
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
        let Operation { name, inputs, .. } = operation;
        if !inputs.iter().any(|input| self.depending.contains(input)) {
            return;
        }
        match (name.as_str(), inputs.as_slice()) {
            ("Identity", [x]) => self.add(graph, x, g.clone()),
            ("Add" | "Sub" | "Mul" | "Div" | "MatMul", [a, b]) => {
                self.through_pair(graph, operation, [a, b], g);
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
            ("Sqrt", [x]) => {
                let slope = root_slope(graph, &operation.output);
                let product = graph.mul(g, &slope);
                self.add(graph, x, product);
            }
            ("Reshape" | "Unsqueeze", [x, _]) => {
                let shape = graph.op("Shape", &[x]);
                let shaped = graph.op("Reshape", &[g, &shape]);
                self.add(graph, x, shaped);
            }
            ("ReduceSum", [x, _]) => self.through_sum(graph, operation, x, g),
            ("Concat", parts) => self.through_concat(graph, operation, parts, g),
            ("Gather", [x, indices]) => self.through_gather(graph, operation, [x, indices], g),
            (name, _) => unreachable!("there is no derivative of {name}"),
        }
    }

    /// [`through`](Self::through) an operation of two values.
    fn through_pair(
        &mut self,
        graph: &mut Builder,
        operation: &Operation,
        [a, b]: [&Value; 2],
        g: &Value,
    ) {
        let Operation { name, output, .. } = operation;
        let [by_a, by_b] = [a, b].map(|x| self.depending.contains(x));
        match name.as_str() {
            "Add" => {
                self.add_summed(graph, a, g.clone(), output);
                self.add_summed(graph, b, g.clone(), output);
            }
            "Sub" => {
                self.add_summed(graph, a, g.clone(), output);
                if by_b {
                    let opposite = graph.op("Neg", &[g]);
                    self.add_summed(graph, b, opposite, output);
                }
            }
            "Mul" => {
                for (x, other, wanted) in [(a, b, by_a), (b, a, by_b)] {
                    if wanted {
                        let product = graph.mul(g, other);
                        self.add_summed(graph, x, product, output);
                    }
                }
            }
            "Div" => {
                let part = graph.op("Div", &[g, b]);
                if by_b {
                    let product = graph.mul(&part, output);
                    let opposite = graph.op("Neg", &[&product]);
                    self.add_summed(graph, b, opposite, output);
                }
                self.add_summed(graph, a, part, output);
            }
            _ => {
                if by_a {
                    let turned = graph.op("Transpose", &[b]);
                    let product = graph.op("MatMul", &[g, &turned]);
                    self.add(graph, a, product);
                }
                if by_b {
                    let turned = graph.op("Transpose", &[a]);
                    let product = graph.op("MatMul", &[&turned, g]);
                    self.add(graph, b, product);
                }
            }
        }
    }

    /// [`through`](Self::through) a sum along an axis, to every part of it.
    fn through_sum(&mut self, graph: &mut Builder, operation: &Operation, x: &Value, g: &Value) {
        let axis = operation.axes[0];
        let kept = graph.lengths(x).len() == graph.lengths(&operation.output).len();
        let wide = if kept { g.clone() } else { graph.unsqueeze(g, axis) };
        let shape = graph.op("Shape", &[x]);
        let all = graph.op("Expand", &[&wide, &shape]);
        self.add(graph, x, all);
    }

    /// [`through`](Self::through) values side by side: to each its own part.
    fn through_concat(
        &mut self,
        graph: &mut Builder,
        operation: &Operation,
        parts: &[Value],
        g: &Value,
    ) {
        let axis = operation.axes[0];
        let mut start = 0;
        for part in parts {
            let length = graph.lengths(part)[axis as usize];
            let length = length.expect("a part whose length is known");
            if self.depending.contains(part) {
                let own = graph.slice(g, axis, start, start + length);
                self.add(graph, part, own);
            }
            start += length;
        }
    }

    /// [`through`](Self::through) entries along the first axis: one, which is noted until all are
    /// known, or those of a list, in which some may be named several times.
    fn through_gather(
        &mut self,
        graph: &mut Builder,
        operation: &Operation,
        [x, indices]: [&Value; 2],
        g: &Value,
    ) {
        assert_eq!(operation.axes, [0], "entries along the first axis");
        let Some(index) = operation.index else {
            let shape = graph.op("Shape", &[x]);
            let nothing = graph.op("ConstantOfShape", &[&shape]);
            let mut wide = indices.clone();
            for axis in 1..graph.lengths(x).len() as i64 {
                wide = graph.unsqueeze(&wide, axis);
            }
            let shape = graph.op("Shape", &[g]);
            let wide = graph.op("Expand", &[&wide, &shape]);
            let with = vec![whole("axis", 0), word("reduction", "add")];
            let sums = graph.op_with("ScatterElements", &[&nothing, &wide, g], with);
            return self.add(graph, x, sums);
        };
        let entries = self.entries.entry(x.clone()).or_default();
        let sum = match entries.remove(&index) {
            Some(before) => graph.add(&before, g),
            None => g.clone(),
        };
        self.entries.entry(x.clone()).or_default().insert(index, sum);
    }
}

/// `1 / (2 r)` of roots `r`; 0 where a root is 0, as that of a sum of squares is when all are 0.
fn root_slope(graph: &mut Builder, root: &Value) -> Value {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(|v| graph.float(v));
    let positive = graph.op("Greater", &[root, &zero]);
    let divisor = graph.op("Where", &[&positive, root, &one]);
    let factor = graph.op("Where", &[&positive, &half, &zero]);
    graph.op("Div", &[&factor, &divisor])
}
