//! `cargo xtask modules`: which file knows which.

mod graph;
mod imports;
mod layers;
mod tree;

use std::fs;
use std::path::PathBuf;

use crate::shell::{Outcome, root};
use graph::Graph;
use tree::Tree;

/// Roots of the trees of modules, under the repository's root, and whether they have layers.
const ROOTS: [(&str, bool); 3] =
    [("src/lib.rs", true), ("src/bin/polyinr/main.rs", false), ("trainer/src/lib.rs", false)];

/// See that no files import each other in a circle, and that every module knows only those below it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write the graph of the library's modules, for Graphviz
    #[arg(long, value_name = "FILE")]
    dot: Option<PathBuf>,
}

/// Runs `cargo xtask modules`.
pub fn run(args: &Args) -> Outcome {
    let mut problems = Vec::new();
    for (file, layered) in ROOTS {
        let tree = Tree::read(&root().join(file))?;
        let graph = Graph::new(&tree);
        println!("{file}: {} files, {} imports", tree.modules().count(), graph.edges().count());
        let advice = "move what both need into a file of its own";
        let circles = graph.circles().into_iter();
        problems.extend(circles.map(|circle| format!("{file}: {circle}; {advice}")));
        if layered {
            problems.extend(layers::violations(&graph));
            if let Some(path) = &args.dot {
                let drawn = layers::drawn(&graph);
                fs::write(path, drawn).map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("\n")),
    }
}
