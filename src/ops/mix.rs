//! Some levels of one image, the others of another.
//!
//! There are two kinds of mixing, with a name each. In w the styles of levels are exchanged, before
//! the chain of coordinate maps is collapsed into the affine parameters ([`mix_styles`]); in A the
//! collapsed affine parameters are ([`mix_affine`]). They differ in models with such a chain, where a
//! level's A depends on the levels before it.

use std::sync::Arc;

use super::space::{Space, check_generator, check_same_model, unknown};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::model::{Affine, Generator, LevelSet, Synthesis};

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
    let levels = levels.of(base.affine().levels())?;
    let styles = ours.clone().mixed(theirs, levels.iter().copied())?;
    let field = GeneratedField::from_styles(generator, styles)?;
    let field = field.with_size(base.size()).with_frame(base.frame());
    with_mixed_weights(field, base, other, &levels)
}

/// `base` with the affine parameters of `levels` taken from `other`; for all fields, inverted ones
/// too. Own weights go with their levels as in [`mix_styles`].
///
/// # Errors
/// [`Error::Parameter`] when the fields are of different models, or the model has not these levels.
pub fn mix_affine(
    base: &GeneratedField,
    other: &GeneratedField,
    levels: &LevelSet,
) -> Result<GeneratedField> {
    check_same_model(base, other)?;
    let (ours, theirs) = (base.affine(), other.affine());
    let levels = levels.of(ours.levels())?;
    let values = (0..ours.levels())
        .flat_map(|j| if levels.contains(&j) { theirs.level(j) } else { ours.level(j) })
        .copied();
    let affine = Affine::new(ours.levels(), ours.features(), values.collect())?;
    with_mixed_weights(base.with_affine(affine)?, base, other, &levels)
}

/// Mixes in the space that was asked for, or the one that suits both fields.
///
/// # Errors
/// As [`mix_styles`] and [`mix_affine`]; [`Error::Parameter`] for [`Space::Z`], which has no levels.
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
        Space::A => mix_affine(base, other, levels),
    }
}

/// `field` with the weights that the levels of both bring with them.
fn with_mixed_weights(
    field: GeneratedField,
    base: &GeneratedField,
    other: &GeneratedField,
    levels: &[usize],
) -> Result<GeneratedField> {
    let count = base.affine().levels();
    match (base.is_tuned() || other.is_tuned(), levels.len() == count) {
        (_, true) => Ok(field.with_weights_of(other)),
        (false, _) => Ok(field.with_weights_of(base)),
        (true, false) => {
            let mut mixed = Synthesis::clone(base.synthesis());
            let theirs = other.synthesis();
            for &level in levels {
                mixed.levels[level].clone_from(&theirs.levels[level]);
            }
            if levels.last() == Some(&(count - 1)) {
                mixed.rgb.clone_from(&theirs.rgb);
            }
            field.with_weights(Arc::new(mixed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::test_fields::{flower, generator, of_another_model, same_picture, tuned};

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
                let by_a = mix_affine(&a, &b, &set(levels)).unwrap();
                for mixed in [by_w, by_a] {
                    assert!(same_picture(&mixed, &b) && !same_picture(&mixed, &a));
                    assert_eq!(mixed.is_tuned(), b.is_tuned());
                }
            }
            // A field with itself is itself, whichever levels.
            for levels in ["shape", "3,7", "all"] {
                let by_w = mix_styles(&generator(), &a, &a, &set(levels)).unwrap();
                let by_a = mix_affine(&a, &a, &set(levels)).unwrap();
                assert!(same_picture(&by_w, &a) && same_picture(&by_a, &a));
            }
        }
    }

    #[test]
    fn levels_and_the_rest_swap() {
        let (a, b) = (tuned(&flower(1, 0), 0.1), tuned(&flower(2, 3), -0.1));
        let [some, rest] = ["shape,8", "coarse,9"].map(set);
        let here = mix_affine(&a, &b, &some).unwrap();
        let there = mix_affine(&b, &a, &rest).unwrap();
        assert_eq!(here.affine(), there.affine());
        assert_eq!(here.synthesis(), there.synthesis());
        let here = mix_styles(&generator(), &a, &b, &some).unwrap();
        let there = mix_styles(&generator(), &b, &a, &rest).unwrap();
        assert_eq!(here.styles(), there.styles());
        assert!(same_picture(&here, &there));
    }

    #[test]
    fn each_level_brings_its_weights() {
        let (a, b) = (flower(1, 0), tuned(&flower(2, 3), 0.3));
        let mixed = mix_affine(&a, &b, &set("2,9")).unwrap();
        for level in 0..10 {
            let from = if [2, 9].contains(&level) { &b } else { &a };
            assert_eq!(mixed.affine().level(level), from.affine().level(level));
            assert_eq!(mixed.synthesis().levels[level], from.synthesis().levels[level]);
        }
        assert_eq!(mixed.synthesis().rgb, b.synthesis().rgb, "with the last level");
        let mixed = mix_affine(&a, &b, &set("0-8")).unwrap();
        assert_eq!(mixed.synthesis().rgb, a.synthesis().rgb);
    }

    /// With a chain of coordinates, exchanging w is not exchanging A.
    #[test]
    fn the_two_kinds_differ() {
        let (a, b) = (flower(1, 0), flower(2, 3));
        let by_w = mix_styles(&generator(), &a, &b, &set("shape")).unwrap();
        let by_a = mix_affine(&a, &b, &set("shape")).unwrap();
        assert!(by_w.styles().is_some() && by_a.styles().is_none());
        assert!(!same_picture(&by_w, &by_a));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (a, b) = (flower(1, 0), flower(2, 3));
        let said = |r: Result<GeneratedField>| r.unwrap_err().to_string();
        let inverted = GeneratedField::new(&generator(), b.affine().clone()).unwrap();
        let all = LevelSet::all();
        assert!(said(mix_styles(&generator(), &a, &inverted, &all)).contains("space a"));
        assert!(mix_affine(&a, &inverted, &all).is_ok());
        assert!(said(mix_affine(&a, &b, &set("10"))).contains("levels 0 to 9"));
        let foreign = of_another_model(&b);
        assert!(said(mix_affine(&a, &foreign, &all)).contains("other (0123)"));
        assert!(said(mix_styles(&generator(), &foreign, &foreign, &all)).starts_with("model: "));
        assert!(said(mix(&generator(), &a, &b, &all, Space::Z)).contains("w or a"));
    }
}
