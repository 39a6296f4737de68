//! Lets the programs find libtorch where it was when they were built.

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let Some(folder) = std::env::var_os("LIBTORCH") else { return };
    let libraries = std::path::PathBuf::from(folder).join("lib");
    let libraries = libraries.canonicalize().unwrap_or(libraries);
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", libraries.display());
}
