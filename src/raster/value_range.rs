//! The range that networks are trained for, and the way of other values there and back.

/// How far values may leave 0 to 1 before they are mapped: what resampling and rounding add.
const SLACK: f32 = 1.0 / 32.0;

/// The range of a picture's values. Where it leaves `[0, 1]` by more than a small slack, an affine
/// map brings the least value to 0 and the greatest to 1, and results back, so that a picture of
/// other units or light gives the same result in these units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRange {
    least: f64,
    span: f64,
}

impl ValueRange {
    /// From 0 to 1: nothing is mapped.
    pub const UNIT: Self = Self { least: 0.0, span: 1.0 };

    /// Of finite values from `least` to `most`.
    pub fn of(least: f32, most: f32) -> Self {
        if least > most || (least >= -SLACK && most <= 1.0 + SLACK) {
            return Self::UNIT;
        }
        let (least, most) = (f64::from(least), f64::from(most));
        Self { least, span: most - least }
    }

    /// Whether nothing is mapped.
    pub fn is_unit(self) -> bool {
        self == Self::UNIT
    }

    /// Into `[0, 1]`; a picture of one value becomes medium.
    #[inline]
    pub fn to_unit(self, value: f32) -> f32 {
        match self.span > 0.0 {
            true => ((f64::from(value) - self.least) / self.span) as f32,
            false => 0.5,
        }
    }

    /// Back from there; always finite for finite values.
    #[inline]
    pub fn back(self, value: f32) -> f32 {
        let value = self.least + f64::from(value) * self.span;
        value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_within_stays() {
        for (least, most) in [(0.0, 1.0), (0.2, 0.4), (-0.03, 1.03), (1.0, 0.0)] {
            assert!(ValueRange::of(least, most).is_unit());
        }
        assert!(!ValueRange::of(-0.04, 1.0).is_unit() && !ValueRange::of(0.0, 1.04).is_unit());
    }

    #[test]
    fn there_and_back() {
        for (least, most) in [(-5.0, 255.0), (1e-3, 3e38), (f32::MIN, f32::MAX), (7.0, 7.0)] {
            let range = ValueRange::of(least, most);
            for value in [least, least / 2.0 + most / 2.0, most] {
                let unit = range.to_unit(value);
                assert!((0.0..=1.0).contains(&unit));
                let back = f64::from(range.back(unit));
                let span = f64::from(most) - f64::from(least);
                assert!(
                    (back - f64::from(value)).abs() <= 1e-7 * span.max(1e-30),
                    "{value} {back}"
                );
            }
            assert!(range.back(1e30).is_finite());
        }
    }
}
