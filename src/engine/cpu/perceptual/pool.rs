//! 2x2 max pooling. A last column or row that has no partner is left out, as in PyTorch.

use rayon::prelude::*;

use super::map::Map;

/// The largest of each 2x2 pixels.
pub(super) fn pool(map: &Map) -> Map {
    let mut out = Map::zeroed(map.width / 2, map.height / 2, map.channels);
    let (width, channels) = (out.width, out.channels);
    out.values.par_chunks_mut(width * channels).enumerate().for_each(|(y, row)| {
        for (x, out) in row.chunks_exact_mut(channels).enumerate() {
            let [a, b, c, d] = square(map, x, y).map(|at| &map.values[at..at + channels]);
            for (i, out) in out.iter_mut().enumerate() {
                *out = a[i].max(b[i]).max(c[i].max(d[i]));
            }
        }
    });
    out
}

/// Adds the derivatives `slope` by the pooled values to those by `map`'s, `sums`: each to the first
/// of the four that is the largest.
pub(super) fn unpool(map: &Map, slope: &Map, sums: &mut Map) {
    let (width, channels) = (map.width, map.channels);
    sums.values.par_chunks_mut(2 * width * channels).take(slope.height).enumerate().for_each(
        |(y, rows)| {
            let above = 2 * y * width * channels;
            for x in 0..slope.width {
                let places = square(map, x, y);
                let from = &slope.values[(y * slope.width + x) * channels..][..channels];
                for (i, from) in from.iter().enumerate() {
                    let mut best = places[0] + i;
                    for at in &places[1..] {
                        if map.values[at + i] > map.values[best] {
                            best = at + i;
                        }
                    }
                    rows[best - above] += from;
                }
            }
        },
    );
}

/// Where the four pixels begin whose largest is pixel (x, y).
fn square(map: &Map, x: usize, y: usize) -> [usize; 4] {
    let first = 2 * y * map.width + 2 * x;
    [first, first + 1, first + map.width, first + map.width + 1].map(|i| i * map.channels)
}
