//! How fast picture files are written and read.
//!
//! `cargo bench --bench picture`
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use polyinr::{Channels, Compression, Depth, Format, Limits, PictureReader, PictureWriter, Spec};

const SIDE: u32 = 4096;

/// Smooth shapes with a little noise, which compress about as photographs do.
fn rows() -> Vec<f32> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let pixel = |x: f32, y: f32, c: f32| 0.5 + 0.4 * (x * 0.01 + c).sin() * (y * 0.013 - c).cos();
    (0..SIDE * SIDE * 3)
        .map(|i| {
            let (x, y, c) = ((i / 3 % SIDE) as f32, (i / 3 / SIDE) as f32, (i % 3) as f32);
            pixel(x, y, c) + 0.01 * noise()
        })
        .collect()
}

fn write(format: Format, depth: Depth, compression: Compression, pixels: &[f32]) -> Vec<u8> {
    let spec = Spec { compression, ..Spec::new(format, SIDE, SIDE, Channels::Rgb, depth) };
    let mut writer = PictureWriter::in_memory("bench", spec).expect("a writer");
    let band = 256;
    for (i, rows) in pixels.chunks((band * SIDE * 3) as usize).enumerate() {
        writer.rows(i as u32 * band, rows).expect("rows");
    }
    writer.finish_bytes().expect("a file")
}

fn picture(c: &mut Criterion) {
    let pixels = rows();
    let mut group = c.benchmark_group("picture-4096x4096-rgb");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(SIDE) * u64::from(SIDE)));
    let cases = [
        ("png8", Format::Png, Depth::U8, Compression::Fast),
        ("png8-small", Format::Png, Depth::U8, Compression::Small),
        ("png16", Format::Png, Depth::U16, Compression::Fast),
        ("tiff8", Format::Tiff, Depth::U8, Compression::Fast),
        ("tiff16", Format::Tiff, Depth::U16, Compression::Fast),
        ("tiff-float", Format::Tiff, Depth::F32, Compression::Fast),
        ("jpeg", Format::Jpeg, Depth::U8, Compression::Fast),
        ("webp", Format::WebP, Depth::U8, Compression::Fast),
    ];
    for (name, format, depth, compression) in cases {
        let file = write(format, depth, compression, &pixels);
        println!("{name}: {:.1} MB", file.len() as f64 / 1e6);
        group.bench_function(format!("write-{name}"), |b| {
            b.iter(|| black_box(write(format, depth, compression, &pixels)));
        });
        group.bench_function(format!("read-{name}"), |b| {
            let open = || {
                PictureReader::from_bytes(file.clone(), "bench", &Limits::default())
                    .expect("a header")
            };
            b.iter_batched(open, |r| r.into_raster().expect("pixels"), BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, picture);
criterion_main!(benches);
