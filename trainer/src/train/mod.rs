//! Training of generators: options, schedule, steps, checkpoints, and what a run says of itself.

pub mod checkpoint;
pub mod events;
pub mod grid;
pub mod interrupt;
pub mod lines;
pub mod options;
pub mod schedule;
pub mod shelf;
