//! A step of training: the discriminator's, then the generator's.

use tch::{Kind, Tensor, no_grad};

use super::plan::Plan;
use super::settings::Settings;
use super::state::State;
use crate::augment::{BlurFade, Pace, Policy, adaptive, blur};
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::generator::{Drawing, Generator};
use crate::guidance::Guide;
use crate::loss::{discriminator_loss, generator_loss, range_penalty};
use crate::nn::store::trainable;
use crate::optim::{Adam, StepError};
use crate::penalty::{LazyR1, r1_penalty};
use crate::random::{Stream, reseed};

/// Share that averages of w keep from picture to picture.
const W_DECAY: f64 = 0.998;

/// Where in a run a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its number, from 0.
    pub step: u64,
    /// Real pictures that were shown before it.
    pub images: u64,
    /// Of these the ones of its stage.
    pub stage_images: u64,
    /// Side of the pictures in pixels.
    pub resolution: u32,
}

/// What came of a discriminator's step; means over the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DiscriminatorOutcome {
    /// Adversarial loss.
    pub loss_d: f64,
    /// Gradient penalty before its weight, at steps that have one.
    pub r1: Option<f64>,
    /// Norm of the gradients before clipping.
    pub norm_d: f64,
    /// Mean sign of logits of real pictures.
    pub sign_real: f64,
    /// Mean sign of logits of generated pictures.
    pub sign_fake: f64,
    /// Probability of adaptive augmentation, where there is one.
    pub augment: Option<f64>,
}

/// What came of a generator's step; means over the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GeneratorOutcome {
    /// Adversarial loss.
    pub loss_g: f64,
    /// Loss of the guiding classifier before its weight, where it guides.
    pub guidance: Option<f64>,
    /// How far colours lie outside their range, before the weight.
    pub range: f64,
    /// Norm of the gradients before clipping.
    pub norm_g: f64,
}

/// Generated pictures of a step.
#[derive(Debug)]
pub struct Fakes {
    /// Their classes, if there are any.
    labels: Option<Tensor>,
    /// Their latents; of two the first.
    w: Tensor,
    /// The pictures, whose gradient comes back to the generator.
    drawing: Drawing,
}

/// Makes steps: losses, augmentation and draws.
pub struct Trainer {
    kind: Kind,
    seed: u64,
    parts: i64,
    blur: BlurFade,
    r1: LazyR1,
    plan: Plan,
    guide: Option<Guide>,
    /// Classes of all pictures of the data set, which generated ones are drawn from.
    labels: Option<Tensor>,
}

impl Trainer {
    /// A trainer by `plan`, on pictures of these classes.
    ///
    /// # Errors
    /// [`Error::Weights`] when the guiding classifier cannot be used; [`Error::Parameter`] when the
    /// pictures have no classes to guide to.
    pub fn new(plan: Plan, labels: Option<&[i64]>) -> Result<Self> {
        let Settings { recipe, balance, machine, .. } = &plan.settings;
        Ok(Self {
            kind: machine.precision.kind(),
            seed: machine.seed,
            parts: recipe.accumulate as i64,
            blur: BlurFade { sigma: balance.blur_sigma, kimg: recipe.blur_kimg },
            r1: LazyR1 { gamma: balance.r1, interval: recipe.r1_every },
            guide: guide(&plan)?,
            labels: labels.map(|l| Tensor::from_slice(l).to_device(plan.device)),
            plan,
        })
    }

    /// What networks are made from.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// One step of the discriminator against the generator as it is, with these real pictures. The generated
    /// pictures are returned where they are those of the generator's step too.
    ///
    /// # Errors
    /// [`Error::NotFinite`]; weights are as they were then.
    pub fn discriminator_step(
        &self,
        state: &mut State,
        at: At,
        real: &Batch,
    ) -> Result<(DiscriminatorOutcome, Option<Fakes>)> {
        reseed(self.seed, at.step, Stream::Discriminator);
        state.adam_d.zero_gradients();
        let mut outcome = DiscriminatorOutcome::default();
        let (mut kept, batch) = (None, real.0.size()[0]);
        for (images, labels) in self.real_parts(real) {
            let count = images.size()[0];
            let share = count as f64 / batch as f64;
            // Parts are there to save memory; a generator that waits has no use for its record.
            let fakes = match self.parts > 1 || self.generator_waits(at) {
                true => no_grad(|| self.fakes(state, count, at)),
                false => self.fakes(state, count, at),
            };
            let fake_labels = fakes.labels.as_ref().map(Tensor::shallow_clone);
            let fake = fakes.drawing.images().detach();
            kept = Some(fakes);
            let (real, fake) = (self.shown(state, &images, at), self.shown(state, &fake, at));
            let show = |images: &Tensor| self.shown(state, images, at);
            let network = state.discriminator.get();
            let on_real = network.logits(&real, labels.as_ref());
            let on_fake = network.logits(&fake, fake_labels.as_ref());
            let loss = discriminator_loss(network.losses(), &on_real, &on_fake);
            outcome.loss_d += share * loss.double_value(&[]);
            outcome.sign_real += share * sign(&on_real);
            outcome.sign_fake += share * sign(&on_fake);
            (loss * share).backward();
            if let Some(weight) = self.r1.weight(at.step) {
                let penalty = r1_penalty(network, &images, labels.as_ref(), &show);
                *outcome.r1.get_or_insert(0.0) += share * penalty.double_value(&[]);
                (penalty * (weight * share)).backward();
            }
        }
        finite(at, "the discriminator's loss", outcome.loss_d + outcome.r1.unwrap_or(0.0))?;
        outcome.norm_d = optimize(&mut state.adam_d, at, "discriminator")?;
        if let Some(strength) = &mut state.strength {
            outcome.augment = Some(strength.p());
            let recipe = &self.plan.settings.recipe;
            let pace = Pace { target: recipe.ada_target, kimg: recipe.ada_kimg };
            strength.look(outcome.sign_real, batch.unsigned_abs(), pace);
        }
        Ok((outcome, kept.filter(|_| self.parts == 1 && !self.generator_waits(at))))
    }

    /// Whether the generator is left as it is in this step, for the discriminator's head start.
    pub fn generator_waits(&self, at: At) -> bool {
        let head_start = self.plan.settings.balance.d_head_start;
        (at.images as f64) < head_start * 1000.0
    }

    /// One step of the generator, of `batch` pictures, against the discriminator as it is: of `fakes`, where
    /// there are some, else of new ones. The averages of w move on too.
    ///
    /// # Errors
    /// [`Error::NotFinite`]; weights are as they were then.
    pub fn generator_step(
        &self,
        state: &mut State,
        at: At,
        batch: i64,
        mut fakes: Option<Fakes>,
    ) -> Result<GeneratorOutcome> {
        reseed(self.seed, at.step, Stream::Generator);
        state.adam_g.zero_gradients();
        let mut outcome = GeneratorOutcome::default();
        let trained = Frozen::new(state);
        for size in part_sizes(batch, self.parts) {
            let share = size as f64 / batch as f64;
            let fakes = fakes.take().unwrap_or_else(|| self.fakes(state, size, at));
            let Fakes { labels, w, drawing } = fakes;
            let images = drawing.images();
            let network = state.discriminator.get();
            let logits = network.logits(&self.shown(state, &images, at), labels.as_ref());
            let mut loss = generator_loss(network.losses(), &logits);
            outcome.loss_g += share * loss.double_value(&[]);
            if let Some((guidance, weight)) = self.guidance(&images, labels.as_ref(), batch, at) {
                *outcome.guidance.get_or_insert(0.0) += share * guidance.double_value(&[]);
                loss += guidance * weight;
            }
            let range = range_penalty(&images);
            outcome.range += share * range.double_value(&[]);
            loss += range * self.plan.settings.recipe.range_weight;
            (loss * share).backward();
            drawing.backward();
            state.generator.update_average(&w.detach(), labels.as_ref(), W_DECAY);
        }
        drop(trained);
        finite(at, "the generator's loss", outcome.loss_g + outcome.guidance.unwrap_or(0.0))?;
        outcome.norm_g = optimize(&mut state.adam_g, at, "generator")?;
        Ok(outcome)
    }

    /// Real pictures in `[-1, 1]` with their classes, in the parts that are computed at a time.
    fn real_parts(&self, (images, labels): &Batch) -> Vec<(Tensor, Option<Tensor>)> {
        let device = self.plan.device;
        let sizes: Vec<i64> = part_sizes(images.size()[0], self.parts).collect();
        let images = images.to_device(device).to_kind(Kind::Float) / 127.5 - 1.0;
        let parts = images.split_with_sizes(&sizes, 0).into_iter();
        match labels {
            None => parts.map(|images| (images, None)).collect(),
            Some(labels) => {
                let labels = labels.to_device(device).split_with_sizes(&sizes, 0);
                parts.zip(labels.into_iter().map(Some)).collect()
            }
        }
    }

    /// Classes as frequent as in the data.
    fn draw_labels(&self, count: i64) -> Option<Tensor> {
        let labels = self.labels.as_ref()?;
        let drawn = Tensor::randint(labels.size()[0], [count], (Kind::Int64, self.plan.device));
        Some(labels.index_select(0, &drawn))
    }

    /// Pictures of random latents.
    fn fakes(&self, state: &State, count: i64, at: At) -> Fakes {
        let (generator, options) = (&state.generator, (Kind::Float, self.plan.device));
        let labels = self.draw_labels(count);
        let z = Tensor::randn([count, generator.z_dim()], options);
        let w = generator.map(&z, labels.as_ref());
        let rows = self.mixed(generator, &w, labels.as_ref());
        let jitter = self.plan.settings.balance.jitter;
        let shifts =
            (jitter > 0.0).then(|| (Tensor::rand([count, 2], options) * 2.0 - 1.0) * jitter);
        let drawing = generator.drawing(&rows, shifts.as_ref(), at.resolution.into(), self.kind);
        Fakes { labels, w, drawing }
    }

    /// Latents w as they are, or in a share of pictures with a second latent from a random level on,
    /// `[count, levels, w_dim]`.
    fn mixed(&self, generator: &Generator, w: &Tensor, labels: Option<&Tensor>) -> Tensor {
        let share = self.plan.settings.balance.mixing;
        if share == 0.0 {
            return w.shallow_clone();
        }
        let (count, levels) = (w.size()[0], generator.levels() as i64);
        let (options, whole) = ((Kind::Float, w.device()), (Kind::Int64, w.device()));
        let other = generator.map(&Tensor::randn([count, generator.z_dim()], options), labels);
        let crossover = Tensor::randint_low(1, levels, [count, 1], whole);
        let alone = Tensor::rand([count, 1], options).ge(share);
        let second = Tensor::arange(levels, whole).ge_tensor(&crossover);
        let second = second.logical_and(&alone.logical_not()).unsqueeze(2);
        other.unsqueeze(1).where_self(&second, &w.unsqueeze(1))
    }

    /// Pictures as the discriminator sees them.
    fn shown(&self, state: &State, images: &Tensor, at: At) -> Tensor {
        let recipe = &self.plan.settings.recipe;
        let faded = if recipe.fresh_stages { at.stage_images } else { at.images };
        let blurred = blur(images, self.blur.at(faded));
        match &recipe.augment {
            Policy::Adaptive => adaptive(&blurred, state.strength.map_or(0.0, |s| s.p())),
            Policy::Fixed(_) if state.discriminator.augments() => blurred,
            Policy::Fixed(policy) => policy.apply(&blurred),
        }
    }

    /// The guiding classifier's loss and its weight, where it guides. Losses here are means over
    /// pictures; the weight is one beside a sum over them (StyleGAN-XL).
    fn guidance(
        &self,
        images: &Tensor,
        labels: Option<&Tensor>,
        batch: i64,
        at: At,
    ) -> Option<(Tensor, f64)> {
        let recipe = &self.plan.settings.recipe;
        let guide = self.guide.as_ref().filter(|_| at.resolution >= recipe.guidance_from)?;
        let weight = recipe.guidance_weight / batch as f64;
        Some((guide.loss(images, labels?), weight))
    }
}

/// The discriminator while gradients pass through it and change nothing of it.
struct Frozen(Vec<Tensor>);

impl Frozen {
    fn new(state: &State) -> Self {
        let tensors = trainable(state.discriminator.get().store());
        Self(tensors.into_iter().map(|(_, t)| t.set_requires_grad(false)).collect())
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for tensor in &self.0 {
            let _ = tensor.set_requires_grad(true);
        }
    }
}

fn guide(plan: &Plan) -> Result<Option<Guide>> {
    let recipe = &plan.settings.recipe;
    let Some(path) = recipe.guidance.as_deref() else { return Ok(None) };
    if plan.classes.is_empty() {
        return Err(Error::parameter("--guidance", "pictures without classes cannot be guided"));
    }
    let kind = plan.settings.machine.precision.kind();
    let classes = recipe.guide_classes.as_deref();
    Guide::open(path, &plan.classes, classes, plan.device, kind).map(Some)
}

/// Sizes of `parts` about equal parts of a batch, none empty.
fn part_sizes(batch: i64, parts: i64) -> impl Iterator<Item = i64> {
    let parts = parts.min(batch);
    (0..parts).map(move |i| (i + 1) * batch / parts - i * batch / parts)
}

/// Mean sign of logits.
fn sign(logits: &[Tensor]) -> f64 {
    let means = logits.iter().map(|l| l.sign().mean(Kind::Float).double_value(&[]));
    means.sum::<f64>() / logits.len().max(1) as f64
}

fn finite(at: At, what: &str, value: f64) -> Result<()> {
    if value.is_finite() { Ok(()) } else { Err(not_finite(at, what.to_owned())) }
}

/// Steps the optimizer of a network; gives the norm of its gradients.
fn optimize(adam: &mut Adam, at: At, network: &str) -> Result<f64> {
    adam.step().map_err(|problem| match problem {
        StepError::NotFinite(name) => {
            not_finite(at, format!("the gradient of the {network}'s {name}"))
        }
        other @ StepError::NoGradient(_) => {
            tch::TchError::Torch(format!("the {network}: {other}")).into()
        }
    })
}

fn not_finite(step: At, what: String) -> Error {
    Error::NotFinite { step: step.step, what, advice: String::new() }
}
