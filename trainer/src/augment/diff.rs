//! DiffAugment (Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020).

use std::fmt;
use std::str::FromStr;

use tch::{Device, Kind, Tensor};

use crate::{Error, Result};

/// One family of changes; every picture of a batch draws its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Augmentation {
    /// Brightness by -0.5 to 0.5, then saturation by 0 to 2, then contrast by 0.5 to 1.5.
    Color,
    /// Shift by up to an eighth of the sides, zeros moving in.
    Translation,
    /// A square of half the sides set to zero, its centre anywhere in the picture.
    Cutout,
}

impl Augmentation {
    const ALL: [(&'static str, Self); 3] =
        [("color", Self::Color), ("translation", Self::Translation), ("cutout", Self::Cutout)];

    fn apply(self, images: &Tensor) -> Tensor {
        match self {
            Self::Color => contrast(&saturation(&brightness(images))),
            Self::Translation => translation(images),
            Self::Cutout => cutout(images),
        }
    }
}

/// A policy: augmentations one after the other. As text their names with commas between, or `none`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffAugment {
    policy: Vec<Augmentation>,
}

impl DiffAugment {
    /// The policy of all three augmentations.
    pub fn all() -> Self {
        Self { policy: Augmentation::ALL.map(|(_, augmentation)| augmentation).to_vec() }
    }

    /// Changes `images [B, C, H, W]`, floats of nominal range -1 to 1, by draws from libtorch's
    /// generator. The result may exceed the range.
    pub fn apply(&self, images: &Tensor) -> Tensor {
        self.policy.iter().fold(images.shallow_clone(), |images, step| step.apply(&images))
    }
}

impl FromStr for DiffAugment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "none" {
            return Ok(Self::default());
        }
        let mut policy = Vec::new();
        for word in text.split(',').map(str::trim) {
            let Some(&(_, step)) = Augmentation::ALL.iter().find(|(name, _)| *name == word) else {
                let problem = "is none of color, translation, cutout; join several with commas, say \
                               none, or say ada alone";
                return Err(Error::parameter("--augment", format!("{word:?} {problem}")));
            };
            if policy.contains(&step) {
                return Err(Error::parameter("--augment", format!("{word} is there twice")));
            }
            policy.push(step);
        }
        Ok(Self { policy })
    }
}

impl fmt::Display for DiffAugment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |step| Augmentation::ALL.iter().find(|(_, s)| s == step).map(|(name, _)| *name);
        let names = self.policy.iter().filter_map(name).collect::<Vec<_>>();
        f.write_str(if names.is_empty() { "none".to_owned() } else { names.join(",") }.as_str())
    }
}

/// One number of [0, 1) a picture, `[B, 1, 1, 1]`.
fn uniform(images: &Tensor) -> Tensor {
    Tensor::rand([images.size()[0], 1, 1, 1], (images.kind(), images.device()))
}

fn brightness(images: &Tensor) -> Tensor {
    images + (uniform(images) - 0.5)
}

fn saturation(images: &Tensor) -> Tensor {
    let grey = images.mean_dim(1, true, images.kind());
    grey.lerp_tensor(images, &(uniform(images) * 2.0))
}

fn contrast(images: &Tensor) -> Tensor {
    let mean = images.mean_dim([1, 2, 3].as_slice(), true, images.kind());
    mean.lerp_tensor(images, &(uniform(images) + 0.5))
}

/// Whole numbers of `low..high`, one a picture, `[B, 1]`.
fn integers(images: &Tensor, low: i64, high: i64) -> Tensor {
    Tensor::randint_low(low, high, [images.size()[0], 1], (Kind::Int64, images.device()))
}

fn indices(length: i64, device: Device) -> Tensor {
    Tensor::arange(length, (Kind::Int64, device))
}

/// The share `share` of a side in whole pixels.
fn pixels(side: i64, share: f64) -> i64 {
    (side as f64 * share + 0.5) as i64
}

/// Products with matrices of ones and zeros move rows and columns: exact, and as quick backwards.
fn translation(images: &Tensor) -> Tensor {
    let size = images.size();
    let moved = |side: i64| {
        let reach = pixels(side, 0.125);
        let sources = indices(side, images.device()) + integers(images, -reach, reach + 1);
        let chosen = sources.unsqueeze(2).eq_tensor(&indices(side, images.device()));
        chosen.to_kind(images.kind()).unsqueeze(1)
    };
    let (rows, columns) = (moved(size[2]), moved(size[3]));
    rows.matmul(images).matmul(&columns.transpose(2, 3))
}

fn cutout(images: &Tensor) -> Tensor {
    let size = images.size();
    let inside = |side: i64| {
        let length = pixels(side, 0.5);
        let centre = integers(images, 0, side + 1 - length % 2);
        let offset = indices(side, images.device()) - centre + length / 2;
        offset.ge(0).logical_and(&offset.lt(length))
    };
    let (rows, columns) = (inside(size[2]), inside(size[3]));
    let hole = rows.unsqueeze(2).logical_and(&columns.unsqueeze(1)).unsqueeze(1);
    images * hole.logical_not().to_kind(images.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: i64 = 16;

    fn images() -> Tensor {
        tch::manual_seed(3);
        Tensor::rand([6, 3, SIDE, SIDE], (Kind::Float, Device::Cpu)) * 2.0 - 1.0
    }

    fn seeded(policy: &str, seed: i64, images: &Tensor) -> Tensor {
        let augment = policy.parse::<DiffAugment>().unwrap();
        tch::manual_seed(seed);
        augment.apply(images)
    }

    fn numbers(tensor: &Tensor) -> Vec<f64> {
        Vec::try_from(tensor.to_kind(Kind::Double).flatten(0, -1)).unwrap()
    }

    #[test]
    fn policies_are_parsed_and_printed() {
        for text in ["color,translation,cutout", "cutout", "none"] {
            assert_eq!(text.parse::<DiffAugment>().unwrap().to_string(), text);
        }
        assert_eq!("color, translation,cutout".parse::<DiffAugment>().unwrap(), DiffAugment::all());
        for (text, problem) in [
            ("color,flip", "\"flip\" is none of"),
            ("", "\"\" is none of"),
            ("color,color", "color is there twice"),
        ] {
            let error = text.parse::<DiffAugment>().unwrap_err().to_string();
            assert!(error.starts_with("--augment: ") && error.contains(problem), "{error}");
        }
    }

    #[test]
    fn the_seed_decides_and_pictures_differ() {
        let same = images().get(0).unsqueeze(0).repeat([6, 1, 1, 1]);
        for policy in ["color", "translation", "cutout", "color,translation,cutout"] {
            let first = seeded(policy, 1, &same);
            assert_eq!(first.size(), same.size());
            assert_eq!(first, seeded(policy, 1, &same), "{policy}");
            assert_ne!(first, seeded(policy, 2, &same), "{policy}");
            assert_ne!(first.get(0), first.get(1), "{policy}");
        }
        assert_eq!(seeded("none", 1, &same), same);
    }

    #[test]
    fn colours_change_by_the_formulas() {
        let images = images();
        let augmented = seeded("color", 5, &images);
        tch::manual_seed(5);
        let draws = [0, 1, 2].map(|_| numbers(&uniform(&images)));
        for b in 0..6 {
            let (x, y) = (numbers(&images.get(b)), numbers(&augmented.get(b)));
            let [brightness, saturation, contrast] = [0, 1, 2].map(|i| draws[i][b as usize]);
            let count = x.len() / 3;
            let mean = x.iter().sum::<f64>() / x.len() as f64 + brightness - 0.5;
            for (i, y) in y.into_iter().enumerate() {
                let value = |i: usize| x[i] + brightness - 0.5;
                let grey = (0..3).map(|c| value(i % count + c * count)).sum::<f64>() / 3.0;
                let saturated = (value(i) - grey) * 2.0 * saturation + grey;
                let expected = (saturated - mean) * (contrast + 0.5) + mean;
                assert!((y - expected).abs() < 1e-5, "{y} {expected}");
            }
        }
    }

    #[test]
    fn translation_moves_the_content_and_fills_with_zeros() {
        let images = images() + 2.0;
        let moved = seeded("translation", 7, &images);
        let reach = SIDE / 8;
        let matches = |b: i64, dy: i64, dx: i64| {
            (0..SIDE * SIDE).all(|i| {
                let (y, x) = (i / SIDE + dy, i % SIDE + dx);
                let inside = (0..SIDE).contains(&y) && (0..SIDE).contains(&x);
                let expected = if inside { images.double_value(&[b, 1, y, x]) } else { 0.0 };
                moved.double_value(&[b, 1, i / SIDE, i % SIDE]) == expected
            })
        };
        for b in 0..6 {
            let shifts = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dy, dx)));
            assert_eq!(shifts.filter(|&(dy, dx)| matches(b, dy, dx)).count(), 1, "picture {b}");
        }
    }

    #[test]
    fn cutout_takes_a_square_of_half_the_side() {
        let ones = Tensor::ones([64, 1, SIDE, SIDE], (Kind::Float, Device::Cpu));
        let cut = seeded("cutout", 1, &ones);
        let half = SIDE / 2;
        let mut full = 0;
        for b in 0..64 {
            let hole: Tensor = 1.0 - cut.get(b).get(0);
            let [height, width] = [1, 0].map(|dim| hole.amax(dim, false).sum(Kind::Int64));
            let [height, width] = [height, width].map(|side| side.int64_value(&[]));
            assert_eq!(hole.sum(Kind::Int64).int64_value(&[]), height * width, "a rectangle");
            assert!((half / 2..=half).contains(&height) && (half / 2..=half).contains(&width));
            full += i32::from(height == half && width == half);
        }
        assert!((8..40).contains(&full), "about a quarter lies wholly inside, not {full} of 64");
    }

    #[test]
    fn gradients_reach_the_pictures() {
        let images = images().set_requires_grad(true);
        let augmented = seeded("color,translation,cutout", 9, &images);
        let direction = Tensor::randn_like(&augmented);
        (augmented * &direction).sum(Kind::Float).backward();
        let analytic = (images.grad() * &images.detach()).sum(Kind::Double).double_value(&[]);
        let value = |scale: f64| {
            let x = (images.detach() * scale).to_kind(Kind::Double);
            (seeded("color,translation,cutout", 9, &x.to_kind(Kind::Float)) * &direction)
                .sum(Kind::Double)
                .double_value(&[])
        };
        let numeric = (value(1.5) - value(0.5)) / 1.0;
        assert!((analytic / numeric - 1.0).abs() < 1e-3, "{analytic} {numeric}");
    }
}
