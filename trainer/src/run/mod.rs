//! What runs of all kinds need: options that a checkpoint keeps, the machine, checkpoints, requests
//! to stop, and files of what was measured.

pub mod checkpoint;
pub mod events;
pub mod given;
pub mod interrupt;
pub mod lines;
pub mod machine;
pub mod report;
pub mod shelf;
