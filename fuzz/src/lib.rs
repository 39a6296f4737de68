//! What the targets do with their input.

pub mod abi;
pub mod files;
pub mod memory;
