//! `cargo xtask install krita`: the plug-in where Krita finds it, with the library beside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install::{build, failed, put, soname, staged};
use crate::shell::{Outcome, root, succeed};
use crate::translations;

/// The plug-in for Krita 5.1 to 5.3
///
/// Goes into your own folder of Krita's resources, or into a ZIP file that Krita takes by Tools,
/// Scripts, "Import Python Plugin from File".
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write this ZIP file instead
    #[arg(long, value_name = "FILE")]
    zip: Option<PathBuf>,
}

const DESKTOP: &str = "kritapykrita_polyinr.desktop";
/// What Krita's importer calls that file.
const IMPORTED: &str = "polyinr.desktop";
const ACTIONS: &str = "polyinr.action";

/// Builds the library and puts it in place with the plug-in.
pub fn install(args: &Args) -> Outcome {
    let library = build(false)?;
    match &args.zip {
        None => place(&library, &staged(&resources()?)),
        Some(file) => {
            let folder =
                tempfile::tempdir().map_err(|e| format!("a folder for the ZIP file: {e}"))?;
            place(&library, folder.path())?;
            pack(folder.path(), file)
        }
    }
}

/// Takes away what `install` put in place. Krita's own importer puts the first file elsewhere.
pub fn uninstall() -> Outcome {
    let folder = staged(&resources()?);
    let plug_in = folder.join("pykrita/polyinr");
    let files = [
        folder.join("pykrita").join(DESKTOP),
        folder.join("pykrita").join(IMPORTED),
        folder.join("actions").join(ACTIONS),
    ];
    let mut found = false;
    if plug_in.is_dir() {
        println!("{}", plug_in.display());
        fs::remove_dir_all(&plug_in).map_err(failed(&plug_in))?;
        found = true;
    }
    for file in files.iter().filter(|file| file.exists()) {
        println!("{}", file.display());
        fs::remove_file(file).map_err(failed(file))?;
        found = true;
    }
    if found { Ok(()) } else { Err("the plug-in is not installed for Krita".to_owned()) }
}

/// Puts all files into a folder of resources.
fn place(library: &Path, resources: &Path) -> Outcome {
    let from = root().join("plugins/krita");
    let pykrita = resources.join("pykrita");
    let plug_in = pykrita.join("polyinr");
    // Files of an earlier version that are no longer part of it must not stay.
    if plug_in.is_dir() {
        fs::remove_dir_all(&plug_in).map_err(failed(&plug_in))?;
    }
    // What Krita's importer may have put there would be a second plug-in of the same name.
    let _ = fs::remove_file(pykrita.join(IMPORTED));
    put(&from.join(DESKTOP), &pykrita.join(DESKTOP))?;
    put(&from.join(ACTIONS), &resources.join("actions").join(ACTIONS))?;
    copy(&from.join("polyinr"), &plug_in)?;
    put(library, &plug_in.join(soname()))?;
    translations::put(&plug_in.join("locale"))
}

/// Copies the sources below a folder.
fn copy(from: &Path, to: &Path) -> Outcome {
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let path = entry.map_err(failed(from))?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() && name != "__pycache__" {
            copy(&path, &to.join(name))?;
        } else if path.extension().is_some_and(|e| e == "py" || e == "html") {
            put(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Packs a folder as Krita's importer wants it: the plug-in and its files side by side, with
/// entries for folders.
fn pack(resources: &Path, file: &Path) -> Outcome {
    let file = env::current_dir().map_err(|e| format!("the current folder: {e}"))?.join(file);
    let _ = fs::remove_file(&file);
    let script = "import shutil, sys\n\
        shutil.move(sys.argv[2] + '/actions/polyinr.action', sys.argv[2] + '/pykrita')\n\
        name = sys.argv[1].removesuffix('.zip')\n\
        made = shutil.make_archive(name, 'zip', sys.argv[2] + '/pykrita')\n\
        shutil.move(made, sys.argv[1])";
    succeed(Command::new("python3").args(["-c", script]).arg(&file).arg(resources))?;
    println!("{}", file.display());
    Ok(())
}

/// Krita's folder of what belongs to the user.
fn resources() -> Outcome<PathBuf> {
    let named = |name| env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let data =
        named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share")));
    data.map(|data| data.join("krita")).ok_or_else(|| {
        "HOME is not set to an absolute path: Krita's folder is not known".to_owned()
    })
}
