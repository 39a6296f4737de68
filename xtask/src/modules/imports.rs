//! What a file imports.

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, Visibility};

use super::tree::ModulePath;

/// A path that a file names.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Below the crate.
    pub path: ModulePath,
    /// What the file calls it, where it is imported by `use`.
    pub name: Option<String>,
    /// Whether others have it from here.
    pub handed_on: bool,
    /// Whether it begins with `crate`, `self` or `super`.
    pub explicit: bool,
    /// Length of the file's own path.
    pub depth: usize,
}

/// The imports of the items of the module at `path`, without those of tests.
pub fn of(path: &[String], items: &[Item]) -> Vec<Import> {
    let mut collector = Collector { path: path.to_vec(), imports: Vec::new() };
    items.iter().for_each(|item| collector.visit_item(item));
    collector.imports
}

/// Whether it is there for tests only.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg")
            && list.is_ok_and(|list| {
                let condition = list.tokens.to_string().replace(' ', "");
                condition == "test" || condition.starts_with("all(test,")
            })
    })
}

struct Collector {
    path: ModulePath,
    imports: Vec<Import>,
}

impl Collector {
    /// `segments` below the crate, and whether they say that they are of it.
    fn absolute(&self, segments: &[String]) -> (ModulePath, bool) {
        let mut base = self.path.clone();
        let mut rest = segments;
        let mut explicit = false;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => base.clear(),
                "self" => {}
                "super" => drop(base.pop()),
                _ => break,
            }
            explicit = true;
            rest = others;
        }
        base.extend_from_slice(rest);
        (base, explicit)
    }

    fn add(&mut self, segments: &[String], name: Option<String>, handed_on: bool) {
        let (path, explicit) = self.absolute(segments);
        let depth = self.path.len();
        self.imports.push(Import { path, name, handed_on, explicit, depth });
    }

    fn tree(&mut self, tree: &UseTree, before: &[String], handed_on: bool) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string()), handed_on),
            UseTree::Name(name) if name.ident == "self" => {
                self.add(before, before.last().cloned(), handed_on);
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.add(&with(name.clone()), Some(name), handed_on);
            }
            UseTree::Rename(rename) => {
                let name = Some(rename.rename.to_string());
                self.add(&with(rename.ident.to_string()), name, handed_on);
            }
            UseTree::Glob(_) => self.add(before, None, handed_on),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.tree(tree, before, handed_on));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(i) => &i.attrs,
            Item::Impl(i) => &i.attrs,
            Item::Mod(i) => &i.attrs,
            Item::Use(i) => &i.attrs,
            Item::Struct(i) => &i.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        // Modules without a file of their own are part of this one.
        if module.content.is_some() {
            self.path.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.path.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let handed_on = !matches!(item.vis, Visibility::Inherited);
        self.tree(&item.tree, &[], handed_on);
    }

    /// Paths in what a macro is given, as far as they begin with `crate`.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let tokens = mac.tokens.to_string();
        for path in tokens.split("crate :: ").skip(1) {
            let mut segments = vec!["crate".to_owned()];
            for word in path.split(" :: ") {
                let name = word.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                let Some(name) = name.filter(|name| !name.is_empty()) else { break };
                segments.push(name.to_owned());
                if name.len() != word.len() {
                    break;
                }
            }
            if segments.len() > 1 {
                self.add(&segments, None, false);
            }
        }
        visit::visit_macro(self, mac);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if matches!(segments[0].as_str(), "crate" | "self" | "super") && segments.len() > 1 {
            self.add(&segments, None, false);
        }
        visit::visit_path(self, path);
    }
}
