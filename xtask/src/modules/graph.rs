//! Which file knows which, and whether that goes round in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{ModulePath, Tree};

/// Files, the files that each imports from, and what.
pub struct Graph {
    edges: BTreeMap<ModulePath, BTreeMap<ModulePath, BTreeSet<String>>>,
}

impl Graph {
    /// The imports of a tree's files. What a module hands on of its own parts is no import.
    pub fn new(tree: &Tree) -> Self {
        let mut edges = BTreeMap::new();
        for (path, module) in tree.modules() {
            let mut known: BTreeMap<ModulePath, BTreeSet<String>> = BTreeMap::new();
            for import in &module.imports {
                let to = tree.file_of(&import.path);
                if to != *path && !(import.handed_on && to.starts_with(path)) {
                    let name = import.path.last().cloned().unwrap_or_default();
                    known.entry(to).or_default().insert(name);
                }
            }
            edges.insert(path.clone(), known);
        }
        Self { edges }
    }

    /// All imports, from and to.
    pub fn edges(&self) -> impl Iterator<Item = (&ModulePath, &ModulePath)> {
        self.edges.iter().flat_map(|(from, to)| to.keys().map(move |to| (from, to)))
    }

    /// The shortest circles, one for each file that is in one and in no circle found before it.
    pub fn circles(&self) -> Vec<String> {
        let mut seen: BTreeSet<&ModulePath> = BTreeSet::new();
        let mut circles = Vec::new();
        for start in self.edges.keys() {
            if seen.contains(start) {
                continue;
            }
            if let Some(circle) = self.circle(start) {
                seen.extend(&circle);
                circles.push(self.written(&circle));
            }
        }
        circles
    }

    /// A circle with what each file has from the next.
    fn written(&self, circle: &[&ModulePath]) -> String {
        let next = circle.iter().skip(1).chain(&circle[..1]);
        let step = |(from, to): (&&ModulePath, &&ModulePath)| {
            let names: Vec<&str> = self.edges[*from][*to].iter().map(String::as_str).collect();
            format!("{} has {} of ", named(from), names.join(", "))
        };
        circle.iter().zip(next).map(step).collect::<String>() + &named(circle[0])
    }

    /// The shortest way from `start` back to itself.
    fn circle<'a>(&'a self, start: &'a ModulePath) -> Option<Vec<&'a ModulePath>> {
        let mut ways = vec![vec![start]];
        let mut visited: BTreeSet<&ModulePath> = BTreeSet::new();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                let last = way[way.len() - 1];
                for to in self.edges.get(last).into_iter().flat_map(BTreeMap::keys) {
                    if to == start {
                        return Some(way);
                    }
                    if visited.insert(to) {
                        longer.push([way.as_slice(), &[to]].concat());
                    }
                }
            }
            ways = longer;
        }
        None
    }
}

/// A module's path as it is written.
pub fn named(path: &[String]) -> String {
    if path.is_empty() { "crate".to_owned() } else { path.join("::") }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Graph::new(&Tree::read(&folder.path().join("lib.rs")).unwrap()).circles()
    }

    #[test]
    fn a_circle_of_two_files_is_found() {
        let a = ("a.rs", "use crate::b::B; pub struct A(B);");
        let found =
            circles(&[("lib.rs", "mod a; mod b;"), a, ("b.rs", "use super::a::A; pub struct B;")]);
        assert_eq!(found, ["a has B of b has A of a"]);
        assert!(circles(&[("lib.rs", "mod a; mod b;"), a, ("b.rs", "pub struct B;")]).is_empty());
    }

    /// What a module hands on is looked for where it is defined.
    #[test]
    fn names_are_followed_to_their_files() {
        let m = ("m/mod.rs", "mod x; mod y; pub use x::X; pub use y::Y;");
        let x = ("m/x.rs", "pub struct X;");
        assert!(
            circles(&[("lib.rs", "mod m;"), m, x, ("m/y.rs", "use super::X; pub struct Y(X);")])
                .is_empty()
        );
        let x = ("m/x.rs", "use crate::m::Y; pub struct X(Y);");
        let found = circles(&[
            ("lib.rs", "mod m;"),
            m,
            x,
            ("m/y.rs", "fn f(x: &crate::m::X) {} pub struct Y;"),
        ]);
        assert_eq!(found, ["m::x has Y of m::y has X of m::x"]);
    }

    /// A module that uses its parts, which use what it defines itself.
    #[test]
    fn a_module_and_its_part_are_two_files() {
        let m = ("m/mod.rs", "mod x; use x::X; pub struct M(X);");
        let found = circles(&[("lib.rs", "mod m;"), m, ("m/x.rs", "use super::M; pub struct X;")]);
        assert_eq!(found, ["m has X of m::x has M of m"]);
    }

    #[test]
    fn tests_do_not_count() {
        let a = ("a.rs", "#[cfg(test)] mod tests { use crate::b::B; }");
        assert!(
            circles(&[("lib.rs", "mod a; mod b;"), a, ("b.rs", "use crate::a::A;")]).is_empty()
        );
    }

    #[test]
    fn what_is_not_for_tests_only_counts() {
        let b = ("b.rs", "use crate::a::A; pub struct B;");
        for text in [
            "#[cfg(not(test))] use crate::b::B; pub struct A;",
            "#[cfg(any(test, unix))] fn f(b: crate::b::B) {} pub struct A;",
            "fn f() { assert!(matches!(g(), crate::b::B)); } pub struct A;",
        ] {
            let found = circles(&[("lib.rs", "mod a; mod b;"), ("a.rs", text), b]);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
    }
}
