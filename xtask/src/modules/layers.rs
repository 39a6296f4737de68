//! Which of the library's modules may know which others.

use std::collections::BTreeSet;

use super::graph::{Graph, named};

/// What all may know.
const COMMON: [&str; 5] = ["error", "control", "file", "matrix", "memory"];

/// Modules, lowest first, and what each may know beside [`COMMON`].
const KNOWS: [(&str, &[&str]); 16] = [
    ("error", &[]),
    ("control", &[]),
    ("matrix", &[]),
    ("memory", &[]),
    ("file", &[]),
    ("raster", &[]),
    ("tensors", &[]),
    ("view", &["raster"]),
    ("network", &["tensors", "view"]),
    ("model", &["network", "tensors"]),
    ("field", &["model", "network", "raster", "tensors", "view"]),
    ("engine", &["field", "model", "network", "raster", "view"]),
    ("metrics", &["raster"]),
    ("ops", &["engine", "field", "metrics", "model", "network", "raster", "view"]),
    ("picture", &["raster"]),
    ("ffi", &["engine", "field", "model", "network", "ops", "picture", "raster", "view"]),
];

/// The imports that no module may have.
pub fn violations(graph: &Graph) -> Vec<String> {
    let forbidden = |from: &str, to: &str| {
        let knows = KNOWS.iter().find(|(name, _)| *name == from).map(|(_, knows)| *knows);
        from != to && !COMMON.contains(&to) && !knows.is_some_and(|knows| knows.contains(&to))
    };
    graph
        .edges()
        .filter(|(from, to)| match (from.first(), to.first()) {
            (Some(from), Some(to)) => forbidden(from, to),
            // The crate's own file hands on what modules have.
            _ => false,
        })
        .map(|(from, to)| format!("{} must not know {}", named(from), named(to)))
        .collect()
}

/// The modules and their imports, for Graphviz.
pub fn drawn(graph: &Graph) -> String {
    let between: BTreeSet<(&String, &String)> = graph
        .edges()
        .filter_map(|(from, to)| Some((from.first()?, to.first()?)))
        .filter(|(from, to)| from != to && !COMMON.contains(&to.as_str()))
        .collect();
    let lines = between.into_iter().map(|(from, to)| format!("    {from} -> {to};\n"));
    format!("digraph polyinr {{\n{}}}\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_no_circle() {
        let height = |name: &str| KNOWS.iter().position(|(other, _)| *other == name);
        for (name, knows) in KNOWS {
            assert!(knows.iter().all(|other| height(other) < height(name)), "{name}");
        }
    }
}
