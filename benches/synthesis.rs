//! A generator's synthesis with random weights of unit scale, by every engine that runs here, beside
//! the rate that `gemm` itself reaches on `[1024 x n] x [n x n]` with as many threads in the same run.
//! All in GFLOP/s, counting 2 n² (levels - 1) operations a pixel. Of the other engines also the time
//! in which a picture of one pixel is there, once the model was rendered.

mod random;

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gemm_common::Parallelism;
use polyinr::engine::{ENGINES, EngineOptions, open_engine};
use polyinr::model::latent;
use polyinr::ops::render_to_vec;
use polyinr::{Control, CpuEngine, Engine, Field};
use random::{field, operations};

const SIZE: u32 = 256;
const GEMM_ROWS: usize = 1024;

/// One product `[GEMM_ROWS x n] x [n x n]` by `gemm` with `threads` threads of its own.
fn gemm(n: usize, threads: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    let parallelism = if threads == 1 { Parallelism::None } else { Parallelism::Rayon(threads) };
    let (m, one) = (GEMM_ROWS as isize, 1isize);
    assert!(a.len() == GEMM_ROWS * n && b.len() == n * n && c.len() == GEMM_ROWS * n);
    // SAFETY: all three are column-major and as long as asserted.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            GEMM_ROWS,
            n,
            n,
            c.as_mut_ptr(),
            m,
            one,
            false,
            a.as_ptr(),
            m,
            one,
            b.as_ptr(),
            n as isize,
            one,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Times the two are measured in turn.
const ROUNDS: usize = 5;

/// Seconds that `work` takes.
fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Engines other than the built-in one that run here.
fn others() -> Vec<Box<dyn Engine>> {
    let names = ENGINES.iter().filter(|name| **name != "cpu");
    let open = |name: &&str| open_engine(name, &EngineOptions::default());
    names.filter_map(|name| open(name).inspect_err(|e| println!("left out: {e}")).ok()).collect()
}

fn synthesis(c: &mut Criterion) {
    let engine = CpuEngine::new(None).unwrap();
    let threads = engine.threads();
    let mut group = c.benchmark_group("synthesis 256x256, 10 levels");
    group.sample_size(10);
    for n in [512usize, 1024] {
        let field = Field::Generated(field(n));
        let view = field.view(SIZE, SIZE).unwrap();
        let pixel = field.view(1, 1).unwrap();
        let (a, b) = (latent(1, GEMM_ROWS * n), latent(2, n * n));
        let mut product = vec![0.0f32; GEMM_ROWS * n];
        let control = Control::default();
        let render = || black_box(render_to_vec(&engine, &field, &view, &control).unwrap());
        render();
        // In turn and for as many operations, so that both see the same machine.
        let operations = operations(n, (SIZE * SIZE) as usize);
        let products = operations / (2 * GEMM_ROWS * n * n);
        let others: Vec<Box<dyn Engine>> = others();
        let mut rendered = vec![Vec::new(); others.len()];
        others.iter().for_each(|other| drop(render_to_vec(&**other, &field, &view, &control)));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (other, times) in others.iter().zip(&mut rendered) {
                times.push(seconds(|| drop(render_to_vec(&**other, &field, &view, &control))));
            }
            theirs.push(seconds(|| {
                (0..products).for_each(|_| gemm(n, threads, &a, &b, &mut product));
            }));
            ours.push(seconds(|| drop(render())));
        }
        let ratio = median(theirs.iter().zip(&ours).map(|(t, o)| t / o).collect());
        let rate = |times: Vec<f64>| operations as f64 / median(times) / 1e9;
        let (ours, theirs) = (rate(ours), rate(theirs));
        println!(
            "n = {n}, {threads} threads: synthesis {ours:.0} GFLOP/s, gemm {theirs:.0} GFLOP/s, \
             ratio {ratio:.2}"
        );
        for (other, times) in others.iter().zip(rendered) {
            let start = seconds(|| drop(render_to_vec(&**other, &field, &pixel, &control)));
            println!(
                "n = {n}, engine {}: synthesis {:.0} GFLOP/s; a pixel in {:.1} ms",
                other.name(),
                rate(times),
                start * 1e3
            );
        }
        group.throughput(Throughput::Elements(u64::from(SIZE * SIZE)));
        group.bench_function(BenchmarkId::from_parameter(n), |bench| bench.iter(render));
    }
    group.finish();
}

criterion_group!(benches, synthesis);
criterion_main!(benches);
