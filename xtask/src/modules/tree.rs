//! The files of a crate, by the paths of their modules.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::imports::{self, Import};
use crate::shell::Outcome;

/// The path of a module or an item below the crate.
pub type ModulePath = Vec<String>;

/// What a file says of others.
pub struct Module {
    /// All that it imports.
    pub imports: Vec<Import>,
    /// Names that it has from elsewhere, and from where.
    names: HashMap<String, ModulePath>,
}

/// The modules of a crate that have a file of their own.
pub struct Tree {
    modules: BTreeMap<ModulePath, Module>,
}

impl Tree {
    /// The crate whose first file is `root`.
    pub fn read(root: &Path) -> Outcome<Self> {
        let mut modules = BTreeMap::new();
        let folder = root.parent().unwrap_or(Path::new("."));
        read(root, folder, Vec::new(), &mut modules)?;
        let known: Vec<ModulePath> = modules.keys().cloned().collect();
        for module in modules.values_mut() {
            // What begins with neither of these names is another crate's.
            module.imports.retain(|import| !import.path.is_empty() && reaches(&known, import));
            let names =
                module.imports.iter().filter_map(|i| Some((i.name.clone()?, i.path.clone())));
            module.names = names.collect();
        }
        Ok(Self { modules })
    }

    /// All modules, by their paths.
    pub fn modules(&self) -> impl Iterator<Item = (&ModulePath, &Module)> {
        self.modules.iter()
    }

    /// The module whose file defines the item at `path`, through all names that lead there.
    pub fn file_of(&self, path: &[String]) -> ModulePath {
        let mut path = path.to_vec();
        for _ in 0..32 {
            let length = (0..=path.len()).rev().find(|n| self.modules.contains_key(&path[..*n]));
            let (module, rest) = path.split_at(length.unwrap_or(0));
            let Some((name, after)) = rest.split_first() else { return path };
            match self.modules[module].names.get(name) {
                Some(from) => path = [from.as_slice(), after].concat(),
                None => return module.to_vec(),
            }
        }
        path
    }
}

/// Whether an import is of this crate: explicitly, or by the name of a module beside.
fn reaches(known: &[ModulePath], import: &Import) -> bool {
    import.explicit
        || known.iter().any(|module| import.path.starts_with(module) && module.len() > import.depth)
}

fn read(
    file: &Path,
    folder: &Path,
    path: ModulePath,
    modules: &mut BTreeMap<ModulePath, Module>,
) -> Outcome {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
    let text = fs::read_to_string(file).map_err(|e| failed(&e))?;
    let items = syn::parse_file(&text).map_err(|e| failed(&e))?.items;
    for item in &items {
        let syn::Item::Mod(module) = item else { continue };
        if module.content.is_some() || imports::is_test(&module.attrs) {
            continue;
        }
        let name = module.ident.to_string();
        let child = child_of(folder, &name).ok_or_else(|| failed(&format!("no file of {name}")))?;
        read(&child, &folder.join(&name), [path.as_slice(), &[name]].concat(), modules)?;
    }
    let imports = imports::of(&path, &items);
    modules.insert(path, Module { imports, names: HashMap::new() });
    Ok(())
}

fn child_of(folder: &Path, name: &str) -> Option<PathBuf> {
    let files = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
    files.into_iter().find(|file| file.exists())
}
