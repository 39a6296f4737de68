//! Between two images.
//!
//! Interpolation is linear, in z, w or codes. Weights of their own, after pivotal tuning, and the size
//! that a field is meant to be seen at are interpolated with them. Both ends are exact.

use std::sync::Arc;

use super::space::{Space, check_generator, check_same_model, unknown};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::model::{Generator, Latent};
use crate::network::{Linear, Styles, between};

/// The field a part `t` (0 to 1) of the way from `a` to `b` by their latents z.
///
/// Classes and truncations have no middle. Where they differ, the interpolated z is mapped and
/// truncated with both, and w goes linearly from the one to the other.
///
/// # Errors
/// [`Error::Parameter`] when `t` is not in `[0, 1]`, the fields are not `generator`'s, or the z of
/// one is not known.
pub fn interpolate_latents(
    generator: &Generator,
    a: &GeneratedField,
    b: &GeneratedField,
    t: f64,
) -> Result<GeneratedField> {
    check_generator(generator, a)?;
    interpolated(a, b, t, || {
        let (Some(from), Some(to)) = (a.latent(), b.latent()) else {
            return Err(unknown(Space::Z));
        };
        let z = between(&from.z, &to.z, t);
        let at_z = |end: &Latent| Latent { z: z.clone(), ..end.clone() };
        let (from, to) = (at_z(from), at_z(to));
        if from == to {
            return GeneratedField::from_latent(generator, from);
        }
        let styles = generator.styles_of(&from)?.interpolated(&generator.styles_of(&to)?, t)?;
        GeneratedField::from_styles(generator, styles)
    })
}

/// The field a part `t` (0 to 1) of the way from `a` to `b` by their latents w.
///
/// # Errors
/// [`Error::Parameter`] when `t` is not in `[0, 1]`, the fields are not `generator`'s, or the styles
/// of one are not known.
pub fn interpolate_styles(
    generator: &Generator,
    a: &GeneratedField,
    b: &GeneratedField,
    t: f64,
) -> Result<GeneratedField> {
    check_generator(generator, a)?;
    interpolated(a, b, t, || {
        let both: Option<(&Styles, &Styles)> = a.styles().zip(b.styles());
        let (from, to) = both.ok_or_else(|| unknown(Space::W))?;
        GeneratedField::from_styles(generator, from.interpolated(to, t)?)
    })
}

/// The field a part `t` (0 to 1) of the way from `a` to `b` by their codes; for all fields, inverted ones
/// too.
///
/// # Errors
/// [`Error::Parameter`] when `t` is not in `[0, 1]` or the fields are of different models.
pub fn interpolate_codes(a: &GeneratedField, b: &GeneratedField, t: f64) -> Result<GeneratedField> {
    interpolated(a, b, t, || a.with_code(a.code().interpolated(b.code(), t)?))
}

/// Interpolates in the space that was asked for.
///
/// # Errors
/// As [`interpolate_latents`], [`interpolate_styles`] and [`interpolate_codes`]; [`Error::Parameter`] for
/// [`Space::Rgb`], in which there are pictures only ([`PathFrame`](super::PathFrame)).
pub fn interpolate(
    generator: &Generator,
    a: &GeneratedField,
    b: &GeneratedField,
    t: f64,
    space: Space,
) -> Result<GeneratedField> {
    match space {
        Space::Z => interpolate_latents(generator, a, b, t),
        Space::W => interpolate_styles(generator, a, b, t),
        Space::A => interpolate_codes(a, b, t),
        Space::Rgb => {
            let problem =
                "between two pictures there is no field, only another picture; take z, w or a";
            Err(Error::parameter("space", problem))
        }
    }
}

/// The ends as they are; between them what `make` gives, with weights and size between theirs.
fn interpolated(
    a: &GeneratedField,
    b: &GeneratedField,
    t: f64,
    make: impl FnOnce() -> Result<GeneratedField>,
) -> Result<GeneratedField> {
    if !(0.0..=1.0).contains(&t) {
        return Err(Error::parameter("t", format!("{t} is not in 0 to 1")));
    }
    check_same_model(a, b)?;
    let field = make()?;
    match t {
        0.0 => Ok(a.clone()),
        1.0 => Ok(b.clone()),
        t => {
            let field = field
                .with_size(size_between(a.size(), b.size(), t))
                .with_frame(a.frame().or(b.frame()));
            with_weights_between(field, a, b, t)
        }
    }
}

fn size_between(a: [u32; 2], b: [u32; 2], t: f64) -> [u32; 2] {
    let side = |i: usize| (1.0 - t) * f64::from(a[i]) + t * f64::from(b[i]);
    [side(0).round() as u32, side(1).round() as u32]
}

fn with_weights_between(
    field: GeneratedField,
    a: &GeneratedField,
    b: &GeneratedField,
    t: f64,
) -> Result<GeneratedField> {
    let (from, to) = (a.network(), b.network());
    if !a.is_tuned() && !b.is_tuned() || Arc::ptr_eq(from, to) {
        return Ok(field.with_network_of(a));
    }
    let layer = |a: &Linear, b: &Linear| Linear {
        weight: between(&a.weight, &b.weight, t),
        bias: between(&a.bias, &b.bias, t),
        ..*a
    };
    let (ours, theirs) = (from.matrices(), to.matrices());
    let between = ours.iter().zip(&theirs).map(|(a, b)| layer(a.layer, b.layer)).collect();
    field.with_network(Arc::new(from.with_matrices(between)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::test_fields::{flower, generator, of_another_model, same_picture, tuned};
    use proptest::prelude::*;

    const SPACES: [Space; 3] = [Space::Z, Space::W, Space::A];

    #[test]
    fn ends_are_exact() {
        let (a, b) = (flower(1, 0).with_size([40, 30]), flower(2, 3));
        for (a, b) in [(a.clone(), b.clone()), (tuned(&a, 0.1), b.clone()), (a, tuned(&b, 0.2))] {
            for space in SPACES {
                let at = |t| interpolate(&generator(), &a, &b, t, space).unwrap();
                assert!(same_picture(&at(0.0), &a) && same_picture(&at(1.0), &b));
                assert_eq!(at(1.0).styles(), b.styles());
                assert_eq!(at(0.5).size(), [52, 47]);
                let half = at(0.5);
                assert!(!same_picture(&half, &a) && !same_picture(&half, &b));
                assert_eq!(half.is_tuned(), a.is_tuned() || b.is_tuned());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// A field to itself stands still, and the way back is the same way.
        #[test]
        fn standing_still_and_back(t in 0.0f64..=1.0, class in 0usize..5) {
            let (a, b) = (tuned(&flower(5, class), 0.1), tuned(&flower(6, class), -0.1));
            for space in SPACES {
                let still = interpolate(&generator(), &a, &a, t, space).unwrap();
                prop_assert!(same_picture(&still, &a));
                let there = interpolate(&generator(), &a, &b, t, space).unwrap();
                let back = interpolate(&generator(), &b, &a, 1.0 - t, space).unwrap();
                let largest = there.code().values().zip(back.code().values())
                    .map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
                prop_assert!(largest < 1e-3, "{space}: {largest}");
            }
        }
    }

    /// Of one class, z stays known; of two, w takes over.
    #[test]
    fn two_classes_meet_in_w() {
        let at = |a: &GeneratedField, b: &GeneratedField| {
            interpolate_latents(&generator(), a, b, 0.25).unwrap()
        };
        let one = at(&flower(1, 2), &flower(2, 2));
        assert!(one.latent().is_some());
        let (a, b) = (flower(1, 2), flower(1, 4));
        let two = at(&a, &b);
        assert!(two.latent().is_none());
        // The same z: what is left is the way between the classes in w.
        assert_eq!(two.styles(), interpolate_styles(&generator(), &a, &b, 0.25).unwrap().styles());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (a, b) = (flower(1, 0), flower(2, 0));
        let said = |r: Result<GeneratedField>| r.unwrap_err().to_string();
        for t in [-0.1, 1.1, f64::NAN] {
            assert!(said(interpolate_codes(&a, &b, t)).starts_with("t: "));
        }
        let inverted = GeneratedField::new(&generator(), b.code().as_ref().clone()).unwrap();
        assert!(said(interpolate_styles(&generator(), &a, &inverted, 0.0)).contains("space a"));
        let by_w = interpolate_styles(&generator(), &a, &b, 0.5).unwrap();
        assert!(said(interpolate_latents(&generator(), &a, &by_w, 0.5)).contains("space w or a"));
        assert!(said(interpolate_codes(&a, &of_another_model(&b), 0.5)).contains("other (0123)"));
        assert!(said(interpolate(&generator(), &a, &b, 0.5, Space::Rgb)).contains("no field"));
    }
}
