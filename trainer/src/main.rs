//! `polyinr-train`.
fn main() {}
