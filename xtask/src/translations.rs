//! Texts of the plug-ins in other languages.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::install::failed;
use crate::shell::{Outcome, root, succeed};

/// Puts the catalogues of all languages into the folder `locale` of a plug-in, as gettext reads them.
pub fn put(locale: &Path) -> Outcome {
    let from = root().join("plugins/po");
    for entry in fs::read_dir(&from).map_err(failed(&from))? {
        let path = entry.map_err(failed(&from))?.path();
        match path.file_stem() {
            Some(language) if path.extension().is_some_and(|e| e == "po") => {
                compile(&path, &locale.join(language).join("LC_MESSAGES/polyinr.mo"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn compile(catalogue: &Path, file: &Path) -> Outcome {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    println!("{}", file.display());
    let mut command = Command::new("msgfmt");
    succeed(command.arg("--check-format").arg("-o").arg(file).arg(catalogue))
        .map_err(|e| format!("{e} (msgfmt belongs to gettext: on Debian, apt install gettext)"))
}
