//! Places of a grid that blocks are evaluated at.

use polyinr::network::inr_gan::Upsampling;
use tch::{Device, Kind, Tensor};

/// Rows and columns of places on a grid of r pixels a side, counted in its pixels.
#[derive(Debug)]
pub struct Places {
    resolution: i64,
    /// `[batch or 1, columns]`.
    columns: Tensor,
    /// `[batch or 1, rows]`.
    rows: Tensor,
    /// Whether they are the grid's own pixels.
    whole: bool,
}

impl Places {
    /// All pixels of a grid.
    pub fn whole(resolution: i64, device: Device) -> Self {
        let pixels = Tensor::arange(resolution, (Kind::Float, device)).unsqueeze(0);
        Self { resolution, columns: pixels.shallow_clone(), rows: pixels, whole: true }
    }

    /// The centres of `side` pixels a side that cover the same picture, each image's moved by a row of
    /// `shifts [batch, 2]`, in these pixels to the right and down.
    pub fn between(resolution: i64, side: i64, shifts: Option<&Tensor>, device: Device) -> Self {
        let centres = Tensor::arange(side, (Kind::Float, device)).unsqueeze(0) + 0.5;
        let scale = resolution as f64 / side as f64;
        let moved = |axis: i64| match shifts {
            None => &centres * scale - 0.5,
            Some(shifts) => (&centres + shifts.narrow(1, axis, 1)) * scale - 0.5,
        };
        Self { resolution, columns: moved(0), rows: moved(1), whole: false }
    }

    /// Images that have places of their own, or 1.
    pub fn images(&self) -> i64 {
        self.rows.size()[0]
    }

    /// Rows and columns.
    pub fn sides(&self) -> [i64; 2] {
        [self.rows.size()[1], self.columns.size()[1]]
    }

    /// Waves `[batch or 1, waves, rows, columns]` of a basis `[waves, 2]`, of coordinates from -1 on to
    /// the right and upwards from the last row.
    pub fn waves(&self, basis: &Tensor) -> Tensor {
        let r = self.resolution as f64;
        let x = &self.columns * (2.0 / r) - 1.0;
        let y = (-&self.rows + (r - 1.0)) * (2.0 / r) - 1.0;
        let factors = |axis: i64| basis.select(1, axis).reshape([1, -1, 1, 1]);
        let x = x.unsqueeze(1).unsqueeze(1) * factors(0);
        x + y.unsqueeze(1).unsqueeze(3) * factors(1)
    }

    /// Constants `[constants, r, r]` at these places, `[batch or 1, constants, rows, columns]`.
    pub fn constants(&self, constants: &Tensor) -> Tensor {
        let maps = constants.unsqueeze(0);
        if self.whole {
            return maps;
        }
        product(&maps, [&self.rows, &self.columns].map(|at| hats(at, self.resolution)))
    }

    /// What these places take of maps `[batch, channels, r', r']` of the resolution before.
    pub fn taken(&self, maps: &Tensor, upsampling: Upsampling) -> Tensor {
        let (own, coarse) = (self.resolution, maps.size()[2]);
        let sides = [own, own];
        match (self.whole, upsampling) {
            (true, Upsampling::Nearest) => {
                maps.internal_upsample_nearest_exact2d(sides, None, None)
            }
            (true, Upsampling::Bilinear) => maps.upsample_bilinear2d(sides, true, None, None),
            (false, _) => {
                let taps = [&self.rows, &self.columns].map(|at| match upsampling {
                    Upsampling::Nearest => {
                        hats(&((at + 0.5) * (coarse as f64 / own as f64)).floor(), coarse)
                    }
                    // Corners lie on each other.
                    Upsampling::Bilinear => {
                        hats(&(at * ((coarse - 1) as f64 / (own - 1) as f64)), coarse)
                    }
                });
                product(maps, taps)
            }
        }
    }
}

/// How much of each of `count` pixels is taken at `places [batch, n]`, `[batch, n, count]`: linear between two;
/// outside, the outer one goes on.
fn hats(places: &Tensor, count: i64) -> Tensor {
    let pixels = Tensor::arange(count, (Kind::Float, places.device()));
    let places = places.clamp(0.0, (count - 1) as f64).unsqueeze(2);
    (-(places - pixels).abs() + 1.0).relu()
}

/// `maps [batch, channels, r, r]` with their rows and columns taken by `[batch, n, r]`.
fn product(maps: &Tensor, [rows, columns]: [Tensor; 2]) -> Tensor {
    let of = |taps: &Tensor| taps.to_kind(maps.kind()).unsqueeze(1);
    of(&rows).matmul(maps).matmul(&of(&columns).transpose(2, 3))
}
