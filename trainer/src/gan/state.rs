//! What training changes: the networks, the average, the optimizers.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use polyinr::model::GeneratorConfig;
use tch::Tensor;

use super::adversary::Adversary;
use super::plan::Plan;
use super::schedule::Stage;
use super::start;
use crate::augment::{Policy, Strength};
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::nn::store;
use crate::optim::{Adam, AdamOptions, Ema};
use crate::random::{Stream, reseed};

/// Name of adaptive augmentation's state in a checkpoint.
const STRENGTH: &str = "strength";

impl Plan {
    fn optimizers(&self, generator: &Generator, discriminator: &Adversary) -> (Adam, Adam) {
        let (recipe, balance) = (&self.settings.recipe, &self.settings.balance);
        let adam = |store, rate: f64, norm: f64| {
            let max_norm = (norm > 0.0).then_some(norm);
            let options = AdamOptions::adversarial(rate);
            Adam::new(store, AdamOptions { max_norm, ..options })
        };
        let d = discriminator.get().store();
        (adam(generator.store(), balance.lr_g, recipe.clip_g), adam(d, balance.lr_d, recipe.clip_d))
    }

    fn ema(&self, stage: &Stage, generator: &Generator, average: &Generator) -> Result<Ema> {
        let recipe = &self.settings.recipe;
        let half_life = recipe.ema_kimg.unwrap_or(stage.batch as f64 * 10.0 / 32.0) * 1000.0;
        Ema::new(generator.store(), average.store(), half_life, Some(recipe.ema_ramp))
            .map_err(|e| Error::parameter("--ema-kimg", e))
    }
}

/// Networks and optimizers of a stage.
#[derive(Debug)]
pub struct State {
    /// The generator that is trained.
    pub generator: Generator,
    /// Its running average, which samples are made with and which is exported.
    pub average: Generator,
    /// What the generator is trained against.
    pub discriminator: Adversary,
    /// Optimizer of the generator.
    pub adam_g: Adam,
    /// Optimizer of the discriminator.
    pub adam_d: Adam,
    /// Moves the average on.
    pub ema: Ema,
    /// How often adaptive augmentation changes pictures; none where changes are fixed.
    pub strength: Option<Strength>,
}

impl State {
    /// Networks with random weights for `stage`, from the run's seed.
    ///
    /// # Errors
    /// [`Error::Parameter`] and [`Error::Weights`] when the options cannot be followed.
    pub fn new(plan: &Plan, stage: &Stage) -> Result<Self> {
        reseed(plan.settings.machine.seed, 0, Stream::Initial);
        let generator = Generator::new(&plan.generator(stage), plan.embed_width(), plan.device);
        if let Some(embedding) = &plan.embedding {
            generator.set_embedding(embedding).map_err(|e| Error::parameter("--embedding", e))?;
        }
        generator.normalise_scale();
        let average = remade(&generator, &plan.generator(stage))?;
        let discriminator = Adversary::new(plan, stage.resolution)?;
        let (adam_g, adam_d) = plan.optimizers(&generator, &discriminator);
        let ema = plan.ema(stage, &generator, &average)?;
        let strength = (plan.settings.recipe.augment == Policy::Adaptive).then(Strength::default);
        Ok(Self { generator, average, discriminator, adam_g, adam_d, ema, strength })
    }

    /// Puts the generator of the model file `model` in place of the random one, its average too.
    ///
    /// # Errors
    /// As [`start::generator`].
    pub fn take_generator(&mut self, plan: &Plan, model: &Path) -> Result<()> {
        let growth = plan.settings.networks.network.growth();
        let generator = start::generator(model, self.generator.config(), growth, plan.device)?;
        let tensors = generator.store().variables();
        for network in [&self.generator, &self.average] {
            store::load(network.store(), &tensors).map_err(|e| Error::weights(model, e))?;
        }
        Ok(())
    }

    /// The same networks for the next stage: with more levels or blocks, at a higher resolution. An optimizer
    /// goes on if its network has the same tensors as before, and begins anew otherwise. Where stages
    /// begin afresh, the average is what goes on, and all else is new.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn advance(&mut self, plan: &Plan, stage: &Stage) -> Result<()> {
        reseed(plan.settings.machine.seed, stage.first_step, Stream::Initial);
        let (config, growth) = (plan.generator(stage), plan.settings.networks.network.growth());
        let grow = |generator: &Generator| {
            let grown = generator.grown(&config.network);
            remade(&grown.map_err(|e| Error::parameter(growth, e))?, &config)
        };
        let fresh = plan.settings.recipe.fresh_stages;
        self.average = grow(&self.average)?;
        self.generator =
            if fresh { remade(&self.average, &config)? } else { grow(&self.generator)? };
        match fresh {
            true => self.discriminator = Adversary::new(plan, stage.resolution)?,
            false => self.discriminator.grow(stage.resolution)?,
        }
        let (adam_g, adam_d) = plan.optimizers(&self.generator, &self.discriminator);
        for (adam, new) in [(&mut self.adam_g, adam_g), (&mut self.adam_d, adam_d)] {
            let old = std::mem::replace(adam, new);
            if !fresh {
                // Refused where tensors are new.
                let _ = adam.load(&old.state());
            }
        }
        self.ema = plan.ema(stage, &self.generator, &self.average)?;
        Ok(())
    }

    /// Everything by name, for a checkpoint.
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        self.parts().into_iter().flat_map(|(part, tensors)| prefixed(part, tensors)).collect()
    }

    fn parts(&self) -> [(&'static str, BTreeMap<String, Tensor>); 6] {
        let strength = self.strength.iter().map(|s| (STRENGTH.to_owned(), s.state()));
        [
            ("generator", store::named(self.generator.store())),
            ("average", store::named(self.average.store())),
            ("discriminator", store::named(self.discriminator.get().store())),
            ("adam_g", self.adam_g.state()),
            ("adam_d", self.adam_d.state()),
            ("augment", strength.collect()),
        ]
    }

    /// Puts the tensors of a checkpoint in place.
    ///
    /// # Errors
    /// What is missing or misshapen, in words.
    pub fn load(&mut self, tensors: &HashMap<String, Tensor>) -> std::result::Result<(), String> {
        let stores = [
            ("generator", self.generator.store()),
            ("average", self.average.store()),
            ("discriminator", self.discriminator.get().store()),
        ];
        for (part, network) in stores {
            store::load(network, &part_of(part, tensors).collect())?;
        }
        if let Some(strength) = &mut self.strength {
            let state = part_of("augment", tensors).find(|(name, _)| name == STRENGTH);
            let (_, state) = state.ok_or("the state of the augmentation is missing")?;
            *strength = Strength::load(&state)?;
        }
        self.adam_g.load(&part_of("adam_g", tensors).collect())?;
        self.adam_d.load(&part_of("adam_d", tensors).collect())
    }
}

/// A generator of shape `config` with the weights of `generator`.
fn remade(generator: &Generator, config: &GeneratorConfig) -> Result<Generator> {
    let made = Generator::new(config, generator.embed_width(), generator.store().device());
    store::load(made.store(), &generator.store().variables())
        .map_err(|e| Error::parameter("--network", e))?;
    Ok(made)
}

fn prefixed(
    part: &str,
    tensors: BTreeMap<String, Tensor>,
) -> impl Iterator<Item = (String, Tensor)> {
    tensors.into_iter().map(move |(name, tensor)| (format!("{part}/{name}"), tensor))
}

/// The tensors of one part of a checkpoint, under their own names.
pub(super) fn part_of<'a>(
    part: &'a str,
    tensors: &'a HashMap<String, Tensor>,
) -> impl Iterator<Item = (String, Tensor)> + 'a {
    tensors.iter().filter_map(move |(name, tensor)| {
        let name = name.strip_prefix(part)?.strip_prefix('/')?;
        Some((name.to_owned(), tensor.shallow_clone()))
    })
}
