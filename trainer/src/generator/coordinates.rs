//! Positions of pixels.

use tch::{Device, Kind, Tensor};

/// A rectangle of the plane in field coordinates; its ends are the centres of the outer pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Left and right end.
    pub x: [f64; 2],
    /// Upper and lower end.
    pub y: [f64; 2],
}

impl Window {
    /// The picture itself.
    pub const UNIT: Self = Self { x: [0.0, 1.0], y: [0.0, 1.0] };
}

/// Positions `[width * height, 3]` (x, y, 1), float32, row by row, of a grid over `window`: both ends
/// included (Poly-INR, section 3).
pub fn grid(window: Window, width: i64, height: i64, device: Device) -> Tensor {
    let options = (Kind::Double, device);
    let x = Tensor::linspace(window.x[0], window.x[1], width, options);
    let y = Tensor::linspace(window.y[0], window.y[1], height, options);
    let x = x.reshape([1, width]).expand([height, width], false).reshape([-1]);
    let y = y.reshape([height, 1]).expand([height, width], false).reshape([-1]);
    Tensor::stack(&[&x, &y, &x.ones_like()], 1).to_kind(Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_run_along_x() {
        let positions = grid(Window::UNIT, 3, 2, Device::Cpu);
        let values = Vec::<Vec<f32>>::try_from(positions).unwrap();
        assert_eq!(values[1], [0.5, 0.0, 1.0]);
        assert_eq!(values[3], [0.0, 1.0, 1.0]);
        assert_eq!(values.len(), 6);
    }
}
