//! The range that networks are trained for, and the way of other values there and back.

/// How far values may leave 0 to 1 before they are mapped: what resampling and rounding add.
const SLACK: f32 = 1.0 / 32.0;
/// Values that together span less are no light of a picture from black to white.
const LEAST_SPAN: f32 = 1.0 / 64.0;
/// Share of the values at each end that may lie far from the others.
const FEW: f64 = 0.005;
/// From so many times the span of the others on they lie far.
const FAR: f64 = 16.0;
/// Room around the others, in spans of them, in which the map is affine too.
const ROOM: f64 = 1.0 / 8.0;
/// Part of the network's range that those at one end take.
const TAIL: f64 = 1.0 / 8.0;

/// The range of a picture's values. Where it leaves `[0, 1]` by more than a small slack, or is far
/// smaller, an affine map brings the least value to 0 and the greatest to 1, and results back, so that
/// a picture of other units or light gives the same result in these units. Where a few values lie far
/// from all others (the sun in a sky, an undeclared number for "no data"), the map is affine for the
/// others and logarithmic for these, so that they take no contrast from the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRange {
    /// Values that are mapped affinely, from and up to.
    core: [f64; 2],
    /// How far others lie below and above, in spans of the core.
    tails: [f64; 2],
}

impl ValueRange {
    /// From 0 to 1: nothing is mapped.
    pub const UNIT: Self = Self { core: [0.0, 1.0], tails: [0.0, 0.0] };

    /// Of finite values from `least` to `most`, of which `sample` are some.
    pub fn of(least: f32, most: f32, sample: &mut [f32]) -> Self {
        let within = least >= -SLACK && most <= 1.0 + SLACK;
        let wide = most - least >= LEAST_SPAN || most == least;
        if least > most || (within && wide) {
            return Self::UNIT;
        }
        let (least, most) = (f64::from(least), f64::from(most));
        let affine = Self { core: [least, most], tails: [0.0, 0.0] };
        let Some([low, high]) = middle(sample) else { return affine };
        let span = high - low;
        if span <= 0.0 || most - least <= FAR * span {
            return affine;
        }
        let room = ROOM * span;
        let core = [least.max(low - room), most.min(high + room)];
        let tails = [core[0] - least, most - core[1]].map(|tail| tail / (core[1] - core[0]));
        Self { core, tails }
    }

    /// Whether nothing is mapped.
    pub fn is_unit(self) -> bool {
        self == Self::UNIT
    }

    fn span(self) -> f64 {
        self.core[1] - self.core[0]
    }

    /// Where the core begins and ends in the network's range.
    fn place(self) -> [f64; 2] {
        let [below, above] = self.tails.map(|tail| if tail > 0.0 { TAIL } else { 0.0 });
        [below, 1.0 - above]
    }

    /// Into `[0, 1]`; a picture of one value becomes medium.
    #[inline]
    pub fn to_unit(self, value: f32) -> f32 {
        if self.span() <= 0.0 {
            return 0.5;
        }
        let at = (f64::from(value) - self.core[0]) / self.span();
        let [start, end] = self.place();
        let unit = match at {
            at if at < 0.0 && self.tails[0] > 0.0 => start - TAIL * tailed(-at, self.tails[0]),
            at if at > 1.0 && self.tails[1] > 0.0 => end + TAIL * tailed(at - 1.0, self.tails[1]),
            at => start + at * (end - start),
        };
        unit as f32
    }

    /// Back from there; always finite for finite values.
    #[inline]
    pub fn back(self, value: f32) -> f32 {
        let ([start, end], unit) = (self.place(), f64::from(value));
        let at = match unit {
            unit if unit < start && self.tails[0] > 0.0 => {
                -untailed((start - unit) / TAIL, self.tails[0])
            }
            unit if unit > end && self.tails[1] > 0.0 => {
                1.0 + untailed((unit - end) / TAIL, self.tails[1])
            }
            unit => (unit - start) / (end - start),
        };
        let value = self.core[0] + at * self.span();
        value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
    }
}

/// From 0 to 1 for what lies up to `tail` beyond.
fn tailed(beyond: f64, tail: f64) -> f64 {
    beyond.ln_1p() / tail.ln_1p()
}

/// The way back; what lies farther than any value did comes no farther than it.
fn untailed(share: f64, tail: f64) -> f64 {
    (share.min(1.0) * tail.ln_1p()).exp_m1()
}

/// The values between which all of `sample` lie but for a few at each end.
fn middle(sample: &mut [f32]) -> Option<[f64; 2]> {
    let last = sample.len().checked_sub(1)?;
    let few = (last as f64 * FEW).floor() as usize;
    let mut value = |at: usize| f64::from(*sample.select_nth_unstable_by(at, f32::total_cmp).1);
    Some([value(few), value(last - few)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_within_stays() {
        for (least, most) in [(0.0, 1.0), (0.2, 0.4), (-0.03, 1.03), (1.0, 0.0), (0.3, 0.3)] {
            assert!(ValueRange::of(least, most, &mut [least, most]).is_unit());
        }
        for (least, most) in [(-0.04, 1.0), (0.0, 1.04), (0.0, 1e-30)] {
            assert!(!ValueRange::of(least, most, &mut [least, most]).is_unit());
        }
    }

    #[test]
    fn there_and_back() {
        for (least, most) in
            [(-5.0, 255.0), (1e-3, 3e38), (f32::MIN, f32::MAX), (7.0, 7.0), (0.0, 1e-30)]
        {
            let range = ValueRange::of(least, most, &mut [least, most]);
            for value in [least, least / 2.0 + most / 2.0, most] {
                let unit = range.to_unit(value);
                assert!((0.0..=1.0).contains(&unit));
                let back = f64::from(range.back(unit));
                let span = f64::from(most) - f64::from(least);
                assert!((back - f64::from(value)).abs() <= 1e-7 * span, "{value} {back}");
            }
            assert!(range.back(1e30).is_finite());
        }
    }

    /// A picture from 1 to 2 with a sun of `peak` and a hole of `hole`, and its range.
    fn with_outliers(peak: f32, hole: f32, scale: f32) -> ValueRange {
        let mut values: Vec<f32> = (0..1000).map(|i| (1.0 + i as f32 / 999.0) * scale).collect();
        values.extend([peak * scale, hole * scale]);
        ValueRange::of(hole * scale, peak * scale, &mut values)
    }

    #[test]
    fn a_few_values_far_away_take_no_contrast() {
        for (peak, hole) in [(1e4, 1.0), (2.0, -9999.0), (f32::MAX / 8.0, -1e30)] {
            let range = with_outliers(peak, hole, 1.0);
            assert!(range.to_unit(2.0) - range.to_unit(1.0) > 0.5, "{range:?}");
            for value in [hole, 1.0, 1.5, 2.0, peak / 2.0 + hole / 2.0, peak] {
                let unit = range.to_unit(value);
                assert!((-1e-6..=1.0 + 1e-6).contains(&unit), "{value} to {unit}");
                let back = range.back(unit);
                assert!((back - value).abs() <= 1e-4 * value.abs().max(1.0), "{value} {back}");
            }
            // Overshooting results stay where the picture is.
            assert!(range.back(1.5) <= peak * 1.0001 || range.tails[1] == 0.0);
            assert!(range.back(-0.5) >= hole * 1.0001 || range.tails[0] == 0.0);
        }
    }

    #[test]
    fn the_map_scales_with_the_picture() {
        let (one, other) = (with_outliers(1e4, -50.0, 1.0), with_outliers(1e4, -50.0, 4096.0));
        for value in [-50.0, 1.0, 1.3, 2.0, 500.0, 1e4] {
            assert_eq!(one.to_unit(value), other.to_unit(value * 4096.0));
        }
        // A few in hundreds are many.
        assert_eq!(ValueRange::of(0.0, 9.0, &mut [0.0, 9.0]).tails, [0.0, 0.0]);
    }
}
