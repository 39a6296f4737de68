//! The command line on real files.

mod damage;
#[cfg(target_os = "linux")]
mod disk;
mod fields;
mod generate;
#[cfg(unix)]
mod interrupt;
mod models;
mod support;
mod upscale;
mod usage;
