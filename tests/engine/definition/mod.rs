//! Generators' networks by their definitions: functions of one position, evaluated plainly in f64.

mod creps;
mod golden;
mod inr_gan;
mod modulated;
mod parameters;
mod poly_inr;

use polyinr::View;
use polyinr::network::{Code, Network};

use creps::Creps;
use inr_gan::InrGan;
pub use parameters::{Layer, Parameters};
use poly_inr::PolyInr;
pub use poly_inr::{code, field, linear, network};

pub fn lrelu(x: f64) -> f64 {
    x.max(0.2 * x)
}

/// A generator's field in f64.
pub struct Definition {
    function: Function,
}

enum Function {
    PolyInr(PolyInr),
    Creps(Creps),
    InrGan(InrGan),
}

/// What a field is at a position.
#[derive(Clone)]
pub struct Value {
    /// Nominal range `[-1, 1]`.
    pub rgb: Vec<f64>,
    /// Those of every map, in the order of [`Network::maps`].
    pub features: Vec<Vec<f64>>,
    /// Distance to the nearest kink of what was computed.
    pub kink: f64,
    /// Distance to the nearest border between cells of which each has features of its own, in cells.
    pub border: f64,
}

impl Definition {
    /// A field with all blocks of its network.
    pub fn new(network: &Network, code: &Code) -> Self {
        Self::of(network, &Parameters::new(network, code), None)
    }

    /// A field as a view shows it: with as many of an INR-GAN's blocks as the density of its pixels
    /// takes.
    pub fn of_view(network: &Network, code: &Code, view: &View) -> Self {
        Self::of(network, &Parameters::new(network, code), Some(density(view)))
    }

    /// The field of these parameters, with all blocks or those for so many pixels a unit.
    pub fn of(network: &Network, parameters: &Parameters, density: Option<f64>) -> Self {
        let function = match network {
            Network::PolyInr(n) => Function::PolyInr(PolyInr::new(n, parameters)),
            Network::Creps(n) => Function::Creps(Creps::new(n, parameters)),
            Network::InrGan(n) => {
                let last = n.config().last_block(density.unwrap_or(f64::INFINITY));
                Function::InrGan(InrGan::new(n, parameters, last))
            }
        };
        Self { function }
    }

    /// What the field is at one position.
    pub fn at(&self, x: f64, y: f64) -> Value {
        match &self.function {
            Function::PolyInr(f) => f.at(x, y),
            Function::Creps(f) => f.at(x, y),
            Function::InrGan(f) => f.at(x, y),
        }
    }

    /// RGB in `[0, 1]` nominal at one position.
    pub fn rgb(&self, x: f64, y: f64) -> Vec<f64> {
        self.at(x, y).rgb.into_iter().map(|v| (v + 1.0) / 2.0).collect()
    }

    /// The features of every map at one position.
    pub fn features(&self, x: f64, y: f64) -> Vec<Vec<f64>> {
        self.at(x, y).features
    }

    /// Distance to the nearest kink of what is computed at one position, or to the nearest border
    /// between cells: single precision may take the other side of one that is nearer than its rounding.
    pub fn nearest_kink(&self, x: f64, y: f64) -> f64 {
        let Value { kink, border, .. } = self.at(x, y);
        kink.min(border)
    }
}

/// Pixels a unit along the columns or rows of a view, where there are more.
pub fn density(view: &View) -> f64 {
    let [x, y] = view.map();
    (0..2).map(|axis| 1.0 / x[axis].hypot(y[axis])).fold(0.0, f64::max)
}

/// Positions of a view's pixels, along its rows.
pub fn positions(view: &View) -> impl Iterator<Item = (f64, f64)> + '_ {
    let (width, height) = (i64::from(view.width()), i64::from(view.height()));
    (0..height).flat_map(move |k| (0..width).map(move |i| view.position(i, k)))
}

/// `Σ_c mean(h_c) h_c` at every position, for one map; `features` are `[position][map][c]`.
pub fn heat(features: &[Vec<Vec<f64>>], map: usize) -> Vec<f64> {
    let count = features[0][map].len();
    let mean = |c: usize| features.iter().map(|f| f[map][c]).sum::<f64>() / features.len() as f64;
    let means: Vec<f64> = (0..count).map(mean).collect();
    features.iter().map(|f| f[map].iter().zip(&means).map(|(h, m)| h * m).sum()).collect()
}
