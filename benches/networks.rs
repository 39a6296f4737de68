//! Pictures of the three networks of generators, at about a million parameters and with random weights, by
//! the built-in engine: milliseconds a picture, and the most memory that the process has held so far. Then
//! what a small picture of an INR-GAN takes, which runs only the blocks up to its resolution.
//!
//! `cargo bench --bench networks -- 4096` goes up to 4096x4096 pixels.

#[path = "random/networks.rs"]
mod networks;
#[allow(dead_code, reason = "other benches count its operations")]
mod random;

use std::time::Instant;

use polyinr::engine::{Engine, Image};
use polyinr::network::inr_gan::InrGanBlock;
use polyinr::network::{CrepsConfig, InrGanConfig, NetworkConfig};
use polyinr::{Control, CpuEngine, Field, GeneratedField, View};

/// Pictures of a size, of which the median counts.
const ROUNDS: usize = 3;

/// An INR-GAN of pictures of 4·2^blocks / 2 pixels, as the trainer makes them.
fn inr_gan(features: usize, blocks: usize) -> InrGanConfig {
    let block = |number: usize| {
        let side = (4usize << number).max(8);
        let embedded = number == 0 || side > 8;
        let (waves, constants) = match side {
            _ if !embedded => (0, 0),
            ..=16 => (4 * side.ilog2() as usize, 6),
            _ => (2 * side.ilog2() as usize + 8, 4),
        };
        InrGanBlock { features, layers: if number == 0 { 1 } else { 2 }, waves, constants }
    };
    let mut config = InrGanConfig::new((0..blocks).map(block).collect(), 8);
    config.rank = 3;
    config
}

/// Milliseconds in which a view is rendered, rows thrown away.
fn milliseconds(engine: &CpuEngine, field: &GeneratedField, view: &View) -> f64 {
    let image = Image::Generated(field.clone());
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let mut sink = |_: u32, _: &[f32]| Ok(());
            engine.render(&image, view, &Control::default(), &mut sink).expect("a picture");
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// The most memory this process has held, in MiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() {
    let largest = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1024);
    let engine = CpuEngine::new(None).expect("threads");
    println!("{} threads, {}", engine.threads(), engine.instruction_set());
    let creps = CrepsConfig::new(vec![176; 5], 16);
    let fields = [
        ("CREPS", networks::field(NetworkConfig::Creps(creps), 1)),
        ("INR-GAN", networks::field(NetworkConfig::InrGan(inr_gan(112, 5)), 1)),
        (
            "INR-GAN, bilinear",
            networks::field(NetworkConfig::InrGan(inr_gan(112, 5).bilinear()), 1),
        ),
        ("Poly-INR", random::field(144)),
    ];
    println!("{:<20} {:>6} {:>12} {:>12}", "network", "side", "ms", "peak MiB");
    for side in [64, 256, 1024, 4096].into_iter().filter(|side| *side <= largest) {
        for (name, field) in &fields {
            let view = Field::Generated(field.clone()).view(side, side).expect("a view");
            let time = milliseconds(&engine, field, &view);
            println!("{name:<20} {side:>6} {time:>12.1} {:>12}", peak());
        }
    }
    let field = networks::field(NetworkConfig::InrGan(inr_gan(112, 7)), 1);
    let whole = Field::Generated(field.clone());
    println!("INR-GAN of pictures of 256 pixels:");
    for side in [32, 64, 128, 256] {
        let view = whole.view(side, side).expect("a view");
        println!("{:<20} {side:>6} {:>12.1}", "", milliseconds(&engine, &field, &view));
    }
}
