//! Adversarial training of generators: options, schedule, steps, and what a run says of itself.

pub mod adversary;
pub mod architecture;
pub mod average;
pub mod embedding;
pub mod game;
pub mod grid;
pub mod log;
pub mod means;
pub mod measure;
pub mod measured;
pub mod meta;
pub mod network;
pub mod options;
pub mod plan;
pub mod run;
pub mod schedule;
pub mod settings;
pub mod shape;
pub mod start;
pub mod state;
pub mod step;
pub mod unused;
pub mod widths;
