//! Some levels of one image, the others of another.
//!
//! There are two kinds of mixing, with a name each. In w the styles of levels are exchanged, before codes are
//! made of them ([`mix_styles`]); in space `a` the levels of codes are ([`mix_codes`]). They differ
//! where a level of the code depends on the levels before it, as in Poly-INR's chain of coordinate
//! maps.

use std::sync::Arc;

use super::space::{Space, check_generator, check_same_model, unknown};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::model::Generator;
use crate::network::{LevelSet, Linear};

/// `base` with the latents w of `levels` taken from `other`; both must know their styles.
///
/// Where fields have weights of their own, after pivotal tuning, a level brings its own with it, and
/// the last level those to RGB: all levels of `other` are `other`, to the bit. Size as `base`.
///
/// ```
/// use polyinr::{GeneratedField, Model, model::Latent, ops};
///
/// let generator = Model::builtin("flowers")?.generator()?;
/// let field = |seed, class| {
///     let z = generator.latent(seed);
///     GeneratedField::from_latent(&generator, Latent { z, class: Some(class), ..Default::default() })
/// };
/// let (daisy, rose) = (field(1, 0)?, field(7, 2)?);
/// let mixed = ops::mix_styles(&generator, &daisy, &rose, &"fine".parse()?)?;
/// assert_eq!(mixed.styles().unwrap().row(4), daisy.styles().unwrap().row(4));
/// assert_eq!(mixed.styles().unwrap().row(9), rose.styles().unwrap().row(9));
/// # Ok::<(), polyinr::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] when the fields are not `generator`'s, a field's styles are not known, or the
/// model has not these levels.
pub fn mix_styles(
    generator: &Generator,
    base: &GeneratedField,
    other: &GeneratedField,
    levels: &LevelSet,
) -> Result<GeneratedField> {
    check_same_model(base, other)?;
    check_generator(generator, base)?;
    let (Some(ours), Some(theirs)) = (base.styles(), other.styles()) else {
        return Err(unknown(Space::W));
    };
    let levels = levels.of(base.network().level_groups())?;
    let styles = ours.clone().mixed(theirs, levels.iter().copied())?;
    let field = GeneratedField::from_styles(generator, styles)?;
    let field = field.with_size(base.size()).with_frame(base.frame());
    with_mixed_weights(field, base, other, &levels)
}

/// `base` with the code of `levels` taken from `other`; for all fields, inverted ones
/// too. Own weights go with their levels as in [`mix_styles`].
///
/// # Errors
/// [`Error::Parameter`] when the fields are of different models, or the model has not these levels.
pub fn mix_codes(
    base: &GeneratedField,
    other: &GeneratedField,
    levels: &LevelSet,
) -> Result<GeneratedField> {
    check_same_model(base, other)?;
    let levels = levels.of(base.network().level_groups())?;
    let code = base.code().as_ref().clone().mixed(other.code(), levels.iter().copied())?;
    with_mixed_weights(base.with_code(code)?, base, other, &levels)
}

/// Mixes in the space that was asked for, or the one that suits both fields.
///
/// # Errors
/// As [`mix_styles`] and [`mix_codes`]; [`Error::Parameter`] for [`Space::Z`] and [`Space::Rgb`], which have
/// no levels.
pub fn mix(
    generator: &Generator,
    base: &GeneratedField,
    other: &GeneratedField,
    levels: &LevelSet,
    space: Space,
) -> Result<GeneratedField> {
    match space {
        Space::Z => {
            Err(Error::parameter("space", "z is one for all levels; fields are mixed in w or a"))
        }
        Space::W => mix_styles(generator, base, other, levels),
        Space::A => mix_codes(base, other, levels),
        Space::Rgb => Err(Error::parameter("space", "pictures have no levels; take w or a")),
    }
}

/// `field` with the weights that the levels of both bring with them.
fn with_mixed_weights(
    field: GeneratedField,
    base: &GeneratedField,
    other: &GeneratedField,
    levels: &[usize],
) -> Result<GeneratedField> {
    let count = base.network().level_groups().levels();
    match (base.is_tuned() || other.is_tuned(), levels.len() == count) {
        (_, true) => Ok(field.with_network_of(other)),
        (false, _) => Ok(field.with_network_of(base)),
        (true, false) => {
            let (ours, theirs) = (base.network().matrices(), other.network().matrices());
            let mixed: Vec<Linear> = ours
                .iter()
                .zip(&theirs)
                .map(|(our, their)| if levels.contains(&our.level) { their } else { our })
                .map(|matrix| matrix.layer.clone())
                .collect();
            field.with_network(Arc::new(base.network().with_matrices(mixed)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::test_fields::{flower, generator, of_another_model, same_picture, tuned};

    fn matrices(field: &GeneratedField) -> Vec<Linear> {
        field.network().matrices().into_iter().map(|matrix| matrix.layer.clone()).collect()
    }

    fn set(text: &str) -> LevelSet {
        text.parse().unwrap()
    }

    #[test]
    fn all_levels_of_another_are_the_other() {
        let (a, b) = (flower(1, 0), flower(2, 3));
        for (a, b) in [
            (a.clone(), b.clone()),
            (tuned(&a, 0.1), b.clone()),
            (a.clone(), tuned(&b, 0.1)),
            (tuned(&a, 0.1), tuned(&b, -0.2)),
        ] {
            for levels in ["all", "0-9", "shape,coarse,fine"] {
                let by_w = mix_styles(&generator(), &a, &b, &set(levels)).unwrap();
                let by_code = mix_codes(&a, &b, &set(levels)).unwrap();
                for mixed in [by_w, by_code] {
                    assert!(same_picture(&mixed, &b) && !same_picture(&mixed, &a));
                    assert_eq!(mixed.is_tuned(), b.is_tuned());
                }
            }
            // A field with itself is itself, whichever levels.
            for levels in ["shape", "3,7", "all"] {
                let by_w = mix_styles(&generator(), &a, &a, &set(levels)).unwrap();
                let by_code = mix_codes(&a, &a, &set(levels)).unwrap();
                assert!(same_picture(&by_w, &a) && same_picture(&by_code, &a));
            }
        }
    }

    #[test]
    fn levels_and_the_rest_swap() {
        let (a, b) = (tuned(&flower(1, 0), 0.1), tuned(&flower(2, 3), -0.1));
        let [some, rest] = ["shape,8", "coarse,9"].map(set);
        let here = mix_codes(&a, &b, &some).unwrap();
        let there = mix_codes(&b, &a, &rest).unwrap();
        assert_eq!(here.code(), there.code());
        assert_eq!(matrices(&here), matrices(&there));
        let here = mix_styles(&generator(), &a, &b, &some).unwrap();
        let there = mix_styles(&generator(), &b, &a, &rest).unwrap();
        assert_eq!(here.styles(), there.styles());
        assert!(same_picture(&here, &there));
    }

    #[test]
    fn each_level_brings_its_weights() {
        let (a, b) = (flower(1, 0), tuned(&flower(2, 3), 0.3));
        let mixed = mix_codes(&a, &b, &set("2,9")).unwrap();
        for level in 0..10 {
            let from = if [2, 9].contains(&level) { &b } else { &a };
            assert_eq!(mixed.code().level(level), from.code().level(level));
            assert_eq!(matrices(&mixed)[level], matrices(from)[level]);
        }
        assert_eq!(matrices(&mixed)[10], matrices(&b)[10], "to RGB, with the last level");
        let mixed = mix_codes(&a, &b, &set("0-8")).unwrap();
        assert_eq!(matrices(&mixed)[10], matrices(&a)[10]);
    }

    /// With a chain of coordinates, exchanging w is not exchanging codes.
    #[test]
    fn the_two_kinds_differ() {
        let (a, b) = (flower(1, 0), flower(2, 3));
        let by_w = mix_styles(&generator(), &a, &b, &set("shape")).unwrap();
        let by_code = mix_codes(&a, &b, &set("shape")).unwrap();
        assert!(by_w.styles().is_some() && by_code.styles().is_none());
        assert!(!same_picture(&by_w, &by_code));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (a, b) = (flower(1, 0), flower(2, 3));
        let said = |r: Result<GeneratedField>| r.unwrap_err().to_string();
        let inverted = GeneratedField::new(&generator(), b.code().as_ref().clone()).unwrap();
        let all = LevelSet::all();
        assert!(said(mix_styles(&generator(), &a, &inverted, &all)).contains("space a"));
        assert!(mix_codes(&a, &inverted, &all).is_ok());
        assert!(said(mix_codes(&a, &b, &set("10"))).contains("levels 0 to 9"));
        let foreign = of_another_model(&b);
        assert!(said(mix_codes(&a, &foreign, &all)).contains("other (0123)"));
        assert!(said(mix_styles(&generator(), &foreign, &foreign, &all)).starts_with("model: "));
        assert!(said(mix(&generator(), &a, &b, &all, Space::Z)).contains("w or a"));
    }
}
