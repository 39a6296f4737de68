//! Stages of a chain: what each does, how often, and in which range.

use serde::{Deserialize, Serialize};

use super::blur::{Blur, radius_of_reduction};
use super::codec::{Jpeg, WebP};
use super::noise::Noise;
use super::pixels::Filter;
use super::work::Work;
use crate::error::Result;
use crate::upscaler::draws::Draws;

/// A step of a chain and how likely it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Share of pictures that it is done to, 0 to 1.
    pub probability: f64,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Blurs the picture.
    Blur(Blur),
    /// Makes it smaller or larger; later stages see it at that size.
    Resize(Resize),
    /// Adds noise.
    Noise(Noise),
    /// Compresses it as JPEG.
    Jpeg(Jpeg),
    /// Compresses it as WebP.
    Webp(WebP),
    /// Does one of several stages, each as likely as any other.
    OneOf(Vec<Stage>),
    /// Does several stages, one after another.
    Round(Vec<Stage>),
}

/// A change of size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// Smallest and largest factor to the size that the crop has, not to the last one: `[1, 1]`
    /// brings back the first size.
    pub factor: [f64; 2],
    /// Filters, each as likely as any other.
    pub filters: Vec<Filter>,
}

impl Stage {
    /// Does it to `work`, or not. What it draws does not change what later stages draw.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) and [`Error::Library`](crate::Error::Library)
    /// when an encoder fails.
    pub fn apply(&self, work: &mut Work, draws: &mut Draws) -> Result<()> {
        let mut draws = draws.fork();
        if draws.uniform() >= self.probability {
            return Ok(());
        }
        let draws = &mut draws;
        match &self.action {
            Action::Blur(blur) => {
                let (kernel, radius) = blur.draw(work.scale(), draws);
                work.change(|picture| kernel.blurred(picture));
                work.blurred(radius);
            }
            Action::Resize(resize) => resize.apply(work, draws),
            Action::Noise(noise) => {
                let noise = noise.draw(work.picture(), draws);
                work.add_noise(noise);
            }
            Action::Jpeg(jpeg) => work.compressed(jpeg.compress(work.picture(), draws)?),
            Action::Webp(webp) => work.compressed(webp.compress(work.picture(), draws)?),
            Action::OneOf(stages) => {
                stages[draws.below(stages.len() as u64) as usize].apply(work, draws)?;
            }
            Action::Round(stages) => {
                stages.iter().try_for_each(|stage| stage.apply(work, draws))?;
            }
        }
        Ok(())
    }

    /// What is wrong with its numbers, in words that name it.
    pub fn problem(&self) -> Option<String> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        if !share(self.probability) {
            return Some(format!("a probability is {}, it must be 0 to 1", self.probability));
        }
        match &self.action {
            Action::Blur(Blur { shapes, radius }) => outside("blur: radius", *radius, [0.0, 8.0])
                .or_else(|| none("blur: shapes", shapes)),
            Action::Resize(Resize { factor, filters }) => {
                outside("resize: factor", *factor, [0.1, 4.0])
                    .or_else(|| none("resize: filters", filters))
            }
            Action::Noise(Noise { patterns, deviation, shot }) => {
                outside("noise: deviation", *deviation, [0.0, 255.0])
                    .or_else(|| outside("noise: shot", *shot, [0.0, 1.0]))
                    .or_else(|| none("noise: patterns", patterns))
            }
            Action::Jpeg(Jpeg { quality, half_chroma }) => {
                outside("jpeg: quality", quality.map(f64::from), [1.0, 100.0]).or_else(|| {
                    outside("jpeg: half_chroma", [*half_chroma, *half_chroma], [0.0, 1.0])
                })
            }
            Action::Webp(WebP { quality }) => {
                outside("webp: quality", quality.map(f64::from), [1.0, 100.0])
            }
            Action::OneOf(stages) => {
                none("one_of", stages).or_else(|| stages.iter().find_map(Self::problem))
            }
            Action::Round(stages) => stages.iter().find_map(Self::problem),
        }
    }
}

impl Resize {
    fn apply(&self, work: &mut Work, draws: &mut Draws) {
        let filter = self.filters[draws.below(self.filters.len() as u64) as usize];
        // As many enlarge by a factor as reduce by it.
        let factor = draws.within(self.factor.map(f64::ln)).exp();
        work.resize(factor, filter);
        work.blurred(radius_of_reduction(factor));
    }
}

fn outside(name: &str, [from, to]: [f64; 2], [least, most]: [f64; 2]) -> Option<String> {
    let holds = least <= from && from <= to && to <= most;
    (!holds).then(|| match from == to {
        true => format!("{name} is {from}, it must be {least} to {most}"),
        false => format!("{name} is {from} to {to}, it must lie within {least} to {most}"),
    })
}

fn none<T>(name: &str, list: &[T]) -> Option<String> {
    list.is_empty().then(|| format!("{name}: at least one is needed"))
}
