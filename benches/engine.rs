//! One engine and a generator with random weights of unit scale, chosen by environment variables:
//! POLYINR_BENCH_ENGINE (auto), _PRECISION (exact; f16, bf16), _FEATURES (1024), _SIZE (512: pixels a
//! side), _DEVICE_MEMORY (MiB; no limit). Times are medians, with the shortest and longest: of a picture
//! from its affine parameters to pixels in the program's memory, of one pixel, and of a step of an
//! inversion (pixels and derivatives at 64x64 positions).

mod random;

use std::env;
use std::time::Instant;

use polyinr::engine::{DerivativeRequest, EngineOptions, Precision, open_engine};
use polyinr::ops::render_to_vec;
use polyinr::{Control, Engine, Field, GeneratedField};
use random::{LEVELS, field, operations};

/// Times each thing is measured, after once to warm up.
const ROUNDS: usize = 5;
/// Positions a side of an inversion.
const GRID: u16 = 64;

/// Seconds that `work` takes: shortest, median, longest.
fn seconds(mut work: impl FnMut()) -> [f64; 3] {
    work();
    let mut times = [0.0; ROUNDS].map(|_: f64| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    times.sort_by(f64::total_cmp);
    [times[0], times[ROUNDS / 2], times[ROUNDS - 1]]
}

fn milliseconds([least, median, most]: [f64; 3]) -> String {
    format!("{:.1} ms ({:.1} to {:.1})", median * 1e3, least * 1e3, most * 1e3)
}

fn setting(name: &str) -> Option<String> {
    env::var(format!("POLYINR_BENCH_{name}")).ok()
}

fn number(name: &str) -> Option<usize> {
    setting(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text:?}")))
}

fn options() -> EngineOptions {
    let precision = match setting("PRECISION").as_deref() {
        None | Some("exact") => Precision::Exact,
        Some("f16") => Precision::F16,
        Some("bf16") => Precision::Bf16,
        Some(other) => panic!("PRECISION: {other:?}"),
    };
    let device_memory = number("DEVICE_MEMORY").map(|mebibytes| mebibytes << 20);
    EngineOptions { precision, device_memory, ..EngineOptions::default() }
}

/// A step of an inversion that moves the code.
fn step(engine: &dyn Engine, field: &GeneratedField, positions: &[[f32; 2]]) {
    let (network, code) = (field.network(), field.code());
    let request = DerivativeRequest { network, code, positions, weights: false };
    let linearised = engine.derivatives().unwrap().linearise(&request).unwrap();
    linearised.derivative(linearised.rgb()).unwrap();
}

fn main() {
    let (n, size) = (number("FEATURES").unwrap_or(1024), number("SIZE").unwrap_or(512));
    let options = options();
    let name = setting("ENGINE").unwrap_or_else(|| "auto".to_owned());
    let engine = match open_engine(&name, &options) {
        Ok(engine) => engine,
        Err(problem) => {
            eprintln!("{problem}");
            std::process::exit(1);
        }
    };
    println!("engine {}, {:?}, n = {n}, {LEVELS} levels", engine.name(), options.precision);
    let generated = field(n);
    let field = Field::Generated(generated.clone());
    let render = |side: usize| {
        let view = field.view(side as u32, side as u32).unwrap();
        seconds(|| drop(render_to_vec(&*engine, &field, &view, &Control::default()).unwrap()))
    };
    let times = render(size);
    let rate = operations(n, size * size) as f64 / times[1] / 1e9;
    println!("{size}x{size}: {}, {rate:.0} GFLOP/s", milliseconds(times));
    println!("a pixel: {}", milliseconds(render(1)));
    let at = |i: u16| f32::from(i) / f32::from(GRID - 1);
    let positions: Vec<[f32; 2]> = (0..GRID * GRID).map(|i| [at(i % GRID), at(i / GRID)]).collect();
    let times = seconds(|| step(&*engine, &generated, &positions));
    println!("steps of an inversion: {:.1} a second, {}", 1.0 / times[1], milliseconds(times));
}
