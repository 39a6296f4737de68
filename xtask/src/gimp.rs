//! `cargo xtask install gimp`: the plug-in where GIMP finds it, with the library beside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install::{build, failed, put, soname, staged, target};
use crate::shell::{Outcome, not_run, root, succeed};
use crate::translations;

/// The plug-in for GIMP 3.0, 3.2 and 2.10
///
/// Goes into your own plug-in folder of each version of GIMP whose headers are installed, or with
/// --prefix into the system's.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only for this version: 2.10, or 3 [default: all whose headers are there]
    #[arg(long, value_name = "VERSION")]
    gimp: Option<String>,
    /// Install for all users of the GIMP that has this prefix, as /usr
    #[arg(long, value_name = "FOLDER")]
    prefix: Option<PathBuf>,
}

/// A series of GIMP's versions that have the same headers.
struct Series {
    /// As the plug-in's Makefile knows it.
    name: &'static str,
    package: &'static str,
    ui_package: &'static str,
    /// Debian's package of the headers.
    headers: &'static str,
}

const ALL: [Series; 2] = [
    Series {
        name: "3.0",
        package: "gimp-3.0",
        ui_package: "gimpui-3.0",
        headers: "libgimp-3.0-dev",
    },
    Series {
        name: "2.10",
        package: "gimp-2.0",
        ui_package: "gimpui-2.0",
        headers: "libgimp2.0-dev",
    },
];

/// Builds the plug-in and puts it in place.
pub fn install(args: &Args) -> Outcome {
    let series = chosen(args)?;
    let library = build(false)?;
    for one in series {
        let made = make(one)?;
        let folder = staged(&folder(one, args)?);
        put(&made.join("polyinr"), &folder.join("polyinr"))?;
        put(&library, &folder.join(soname()))?;
        translations::put(&folder.join("locale"))?;
    }
    Ok(())
}

/// Takes away what `install` put in place; also for versions whose headers are gone since.
pub fn uninstall(args: &Args) -> Outcome {
    let mut found = false;
    for folder in installed(args)? {
        println!("{}", folder.display());
        fs::remove_dir_all(&folder).map_err(failed(&folder))?;
        found = true;
    }
    if found { Ok(()) } else { Err("the plug-in is not installed for GIMP".to_owned()) }
}

/// Folders of installed plug-ins.
fn installed(args: &Args) -> Outcome<Vec<PathBuf>> {
    if args.prefix.is_some() {
        let folders = chosen(args)?.into_iter().map(|s| Ok(staged(&folder(s, args)?)));
        let folders: Vec<_> = folders.collect::<Outcome<_>>()?;
        return Ok(folders.into_iter().filter(|f| f.exists()).collect());
    }
    let profiles = staged(&config_folder()?.join("GIMP"));
    let mut folders = Vec::new();
    for profile in fs::read_dir(&profiles).into_iter().flatten().flatten() {
        let version = profile.file_name().to_string_lossy().into_owned();
        let folder = profile.path().join("plug-ins/polyinr");
        if folder.is_dir() && args.gimp.as_ref().is_none_or(|wanted| belongs(&version, wanted)) {
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// Whether the version of a profile is the one that a user names.
fn belongs(version: &str, wanted: &str) -> bool {
    version == wanted || (wanted == "3" && version.starts_with("3."))
}

fn chosen(args: &Args) -> Outcome<Vec<&'static Series>> {
    let wanted = |series: &&Series| {
        args.gimp.as_ref().is_none_or(|w| w == series.name || belongs(series.name, w))
    };
    let named: Vec<_> = ALL.iter().filter(wanted).collect();
    if named.is_empty() {
        return Err("--gimp: there are plug-ins for 2.10 and 3".to_owned());
    }
    let there = |series: &&Series| query(&["--exists", series.ui_package]).is_ok();
    let chosen: Vec<_> = named.iter().copied().filter(there).collect();
    if chosen.is_empty() {
        let packages: Vec<_> = named.iter().map(|s| s.headers).collect();
        return Err(format!(
            "GIMP's headers are not found by pkg-config: on Debian, apt install pkg-config make gettext {}",
            packages.join(" or ")
        ));
    }
    Ok(chosen)
}

/// Builds the part in C; the folder that it is in.
fn make(series: &Series) -> Outcome<PathBuf> {
    let made = target().join("plugins/gimp").join(series.name);
    let mut command = Command::new("make");
    command.arg("--no-print-directory").arg("-C").arg(root().join("plugins/gimp"));
    command.arg(format!("GIMP={}", series.name)).arg(format!("BUILD={}", made.display()));
    succeed(&mut command)?;
    Ok(made)
}

/// The folder of the plug-in: its name must be that of the program in it.
fn folder(series: &Series, args: &Args) -> Outcome<PathBuf> {
    let plug_ins = match &args.prefix {
        Some(prefix) => system_folder(series, prefix)?,
        None => config_folder()?.join("GIMP").join(version(series)?),
    };
    Ok(plug_ins.join("plug-ins/polyinr"))
}

fn system_folder(series: &Series, prefix: &Path) -> Outcome<PathBuf> {
    if !prefix.is_absolute() {
        return Err(format!("--prefix {}: give an absolute path", prefix.display()));
    }
    let plug_ins = PathBuf::from(query(&["--variable=gimplibdir", series.package])?);
    let own = query(&["--variable=prefix", series.package])?;
    let inside = plug_ins
        .strip_prefix(&own)
        .map_err(|_| format!("{} of GIMP is not below its prefix {own}", plug_ins.display()))?;
    Ok(prefix.join(inside))
}

/// Where GIMP keeps what belongs to the user.
fn config_folder() -> Outcome<PathBuf> {
    let named = |name| env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    named("XDG_CONFIG_HOME")
        .or_else(|| named("HOME").map(|home| home.join(".config")))
        .ok_or_else(|| "HOME is not set to an absolute path: GIMP's folder is not known".to_owned())
}

/// Major and minor number of the installed GIMP, as its profile folder is called.
fn version(series: &Series) -> Outcome<String> {
    let full = query(&["--modversion", series.package])?;
    let mut numbers = full.split('.');
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => Ok(format!("{major}.{minor}")),
        _ => Err(format!("pkg-config says that {} has the version {full}", series.package)),
    }
}

/// What pkg-config answers.
fn query(arguments: &[&str]) -> Outcome<String> {
    let mut command =
        Command::new(env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into()));
    command.args(arguments);
    let output = command.output().map_err(|e| not_run(&command, &e))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
