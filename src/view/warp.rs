//! Elastic warps: smooth random displacements of output pixels.

use crate::error::{Error, Result};

/// Largest amplitude, as a fraction of the view's shorter side.
pub const MAX_AMPLITUDE: f64 = 0.5;
/// Most cells across the view's shorter side.
pub const MAX_CELLS: u32 = 64;

/// A smooth random displacement `d(p)` of output pixels, the same at any resolution: a cubic
/// B-spline over a lattice of square cells, `d = a Σ B(u - i) B(v - k) c_ik`, whose control
/// displacements `c_ik` are unit vectors hashed from the seed. The weights are positive and sum to
/// one, so no pixel moves further than the amplitude `a`.
///
/// As long as amplitude times cells is below 0.4 the picture never folds over itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warp {
    amplitude: f64,
    cells: u32,
    seed: u32,
}

impl Warp {
    /// A warp by up to `amplitude` of the view's shorter side (0 to 0.5), over `cells` cells across
    /// that side (1 to 64), drawn from `seed`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not in its range.
    pub fn elastic(amplitude: f64, cells: u32, seed: u32) -> Result<Self> {
        if !(0.0..=MAX_AMPLITUDE).contains(&amplitude) {
            return Err(Error::parameter(
                "elastic",
                format!("an amplitude of {amplitude} is not in 0 to {MAX_AMPLITUDE}"),
            ));
        }
        if !(1..=MAX_CELLS).contains(&cells) {
            return Err(Error::parameter(
                "elastic",
                format!("{cells} cells across are not in 1 to {MAX_CELLS}"),
            ));
        }
        Ok(Self { amplitude, cells, seed })
    }

    /// How far a pixel may move, as a fraction of the view's shorter side.
    pub fn amplitude(&self) -> f64 {
        self.amplitude
    }

    /// Lattice cells across the view's shorter side.
    pub fn cells(&self) -> u32 {
        self.cells
    }

    /// What the control displacements are drawn from.
    pub fn seed(&self) -> u32 {
        self.seed
    }

    /// The displacement at `at`; both count in the view's shorter sides, from its first corner.
    pub(super) fn displacement(&self, at: [f64; 2]) -> [f64; 2] {
        let [(column, across), (row, down)] = at.map(|v| {
            let place = v * f64::from(self.cells);
            (place.floor() as i64, spline(place - place.floor()))
        });
        let mut sum = [0.0; 2];
        for (k, wy) in (row - 1..).zip(down) {
            for (i, wx) in (column - 1..).zip(across) {
                let [x, y] = control(self.seed, i, k);
                sum[0] += wx * wy * x;
                sum[1] += wx * wy * y;
            }
        }
        sum.map(|v| v * self.amplitude)
    }

    /// By how much displacements of two points can differ that lie `across` and `down` apart; all
    /// in the view's shorter sides. The weights' derivatives sum to 3/2 at most, in absolute value.
    pub(super) fn variation(&self, across: f64, down: f64) -> f64 {
        let slope = 1.5 * self.amplitude * f64::from(self.cells);
        (slope * (across + down)).min(2.0 * self.amplitude)
    }
}

/// Weights of the control points at -1, 0, 1, 2 for a position `t` in `[0, 1)` after point 0.
fn spline(t: f64) -> [f64; 4] {
    let s = 1.0 - t;
    let near = |t: f64| (4.0 + t * t * (3.0 * t - 6.0)) / 6.0;
    [s * s * s / 6.0, near(t), near(s), t * t * t / 6.0]
}

/// A unit vector that belongs to a lattice point. Made without trigonometry, it is the same to the
/// bit on every machine.
fn control(seed: u32, column: i64, row: i64) -> [f64; 2] {
    let bits = mix(mix(mix(u64::from(seed)) ^ column as u64) ^ row as u64);
    // Within 45 degrees of an axis, t is nearly proportional to the angle.
    let uniform = (bits >> 11) as f64 / (1u64 << 53) as f64;
    let t = (2.0 * uniform - 1.0) * (std::f64::consts::SQRT_2 - 1.0);
    let length = 1.0 + t * t;
    let (along, beside) = ((1.0 - t * t) / length, 2.0 * t / length);
    match bits & 3 {
        0 => [along, beside],
        1 => [-beside, along],
        2 => [-along, -beside],
        _ => [beside, -along],
    }
}

/// The step and finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nonsense_is_refused() {
        for (amplitude, cells) in [(-0.1, 4), (0.6, 4), (f64::NAN, 4), (0.1, 0), (0.1, 65)] {
            assert!(Warp::elastic(amplitude, cells, 0).is_err(), "{amplitude} {cells}");
        }
    }

    #[test]
    fn seeds_differ_and_every_direction_occurs() {
        let vectors: Vec<[f64; 2]> = (0..400).map(|i| control(7, i % 20, i / 20)).collect();
        for quadrant in 0..4 {
            let inside = |v: &&[f64; 2]| (v[0] < 0.0) == (quadrant & 1 == 1);
            let count = vectors.iter().filter(inside);
            let count = count.filter(|v| (v[1] < 0.0) == (quadrant & 2 == 2)).count();
            assert!((60..140).contains(&count), "{count} of 400 in quadrant {quadrant}");
        }
        assert_ne!(control(7, 3, 4), control(8, 3, 4));
        assert_ne!(control(7, 3, 4), control(7, 4, 3));
    }

    /// A seed means the same warp in every version and on every machine.
    #[test]
    fn a_seed_stays_what_it_is() {
        let warp = Warp::elastic(0.1, 4, 7).unwrap();
        assert_eq!(warp.displacement([0.3, 0.7]), [0.019062052598876864, -0.017185207522458817]);
    }

    proptest! {
        #[test]
        fn bounded_and_smooth(
            seed: u32,
            (x, y) in (-3.0f64..3.0, -3.0f64..3.0),
            (dx, dy) in (0.0f64..0.3, 0.0f64..0.3),
            cells in 1u32..=MAX_CELLS,
        ) {
            let warp = Warp::elastic(0.1, cells, seed).unwrap();
            let [a, b] = [[x, y], [x + dx, y + dy]].map(|p| warp.displacement(p));
            prop_assert!(a[0].hypot(a[1]) <= 0.1 + 1e-12);
            let apart = (a[0] - b[0]).hypot(a[1] - b[1]);
            prop_assert!(apart <= warp.variation(dx, dy) + 1e-12);
        }

        #[test]
        fn weights_are_positive_and_sum_to_one(t in 0.0f64..1.0) {
            let weights = spline(t);
            prop_assert!(weights.iter().all(|w| *w >= 0.0));
            prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
