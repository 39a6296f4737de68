//! Latents from seeds, the same that published code draws.

use rand_mt::Mt;

use super::truncation::Truncation;

/// A latent z and what becomes of it on the way to w.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latent {
    /// The latent z, `[z_dim]`.
    pub z: Vec<f32>,
    /// Number of the class; `None` for a model without classes.
    pub class: Option<usize>,
    /// Truncation of w.
    pub truncation: Truncation,
}

/// `numpy.random.RandomState(seed).randn(n)` as f32: MT19937 seeded by a number, and normals by the
/// polar method, second of a pair first.
///
/// ```
/// let z = polyinr::model::latent(0, 3);
/// assert_eq!(z, [1.764_052_4, 0.400_157_2, 0.978_738]);
/// ```
pub fn latent(seed: u32, n: usize) -> Vec<f32> {
    let mut source = Mt::new(seed);
    let mut out = Vec::with_capacity(n + 1);
    while out.len() < n {
        let (first, second) = polar_pair(&mut source);
        out.extend([first as f32, second as f32]);
    }
    out.truncate(n);
    out
}

/// Two normals by Marsaglia's polar method, in the order NumPy's legacy generator gives them.
fn polar_pair(source: &mut Mt) -> (f64, f64) {
    loop {
        let x1 = 2.0 * uniform(source) - 1.0;
        let x2 = 2.0 * uniform(source) - 1.0;
        let r2 = x1 * x1 + x2 * x2;
        if r2 < 1.0 && r2 != 0.0 {
            let f = (-2.0 * r2.ln() / r2).sqrt();
            return (f * x2, f * x1);
        }
    }
}

/// A uniform number in `[0, 1)` with 53 bits.
fn uniform(source: &mut Mt) -> f64 {
    let high = f64::from(source.next_u32() >> 5);
    let low = f64::from(source.next_u32() >> 6);
    (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
}
