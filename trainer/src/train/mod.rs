//! Training of generators: options, schedule, steps, checkpoints, and what a run says of itself.

pub mod average;
pub mod checkpoint;
pub mod embedding;
pub mod events;
pub mod game;
pub mod given;
pub mod grid;
pub mod interrupt;
pub mod lines;
pub mod log;
pub mod means;
pub mod measure;
pub mod meta;
pub mod network;
pub mod options;
pub mod plan;
pub mod run;
pub mod schedule;
pub mod shape;
pub mod shelf;
pub mod start;
pub mod state;
pub mod step;
pub mod unused;
