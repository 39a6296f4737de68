//! The way back through an image: a tape of its weights, with the native picture where features are
//! divided by their deviations over it, then one a group of positions. Sums are taken in the order of
//! groups, whose number depends on the positions only, so that results do not depend on the number of
//! threads.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::forward::{Deviations, forward};
use super::image::image_weights;
use super::weights::InrGanWeights;
use crate::control::Control;
use crate::engine::cpu::image_inputs::ImageInputs;
use crate::engine::cpu::tape::{Dense, Tape, Value, summed};
use crate::engine::derivatives::check_length;
use crate::engine::{Derivative, DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::network::InrGan;
use crate::network::inr_gan::Grids;

/// Positions a group, at least, and groups, at most.
const GROUP: usize = 256;
const GROUPS: usize = 16;

/// A field at some positions.
pub(crate) struct LinearisedInrGan<'a> {
    pool: &'a ThreadPool,
    network: &'a InrGan,
    weights_wanted: bool,
    tape: Tape,
    inputs: ImageInputs,
    weights: InrGanWeights,
    groups: Vec<Group>,
    /// Positions a group.
    group: usize,
    rgb: Vec<f32>,
}

/// Colours at some positions.
struct Group {
    tape: Tape,
    weights: InrGanWeights,
    rgb: Value,
}

impl Group {
    fn new(network: &InrGan, weights: &InrGanWeights, positions: &[[f32; 2]]) -> Result<Self> {
        let mut tape = Tape::recording();
        let weights = weights.on(&mut tape);
        let config = network.config();
        let positions = positions.iter().map(|position| position.map(f64::from));
        let grids = Grids::new(config, config.blocks.len() - 1, positions);
        let (known, control) = (Deviations::Known, Control::default());
        let rgb = forward(&mut tape, network, &weights, &grids, known, &control)?.rgb;
        Ok(Self { tape, weights, rgb })
    }
}

impl<'a> LinearisedInrGan<'a> {
    /// Of a request for `network`.
    ///
    /// # Errors
    /// Those of [`forward`], of which there are none as long as nobody stops it.
    pub(crate) fn new(
        pool: &'a ThreadPool,
        network: &'a InrGan,
        request: DerivativeRequest<'a>,
    ) -> Result<Self> {
        let mut tape = Tape::recording();
        let matrices = network.matrices();
        let inputs = ImageInputs::new(&mut tape, &matrices, request.code, request.weights);
        let group = request.positions.len().div_ceil(GROUPS).max(GROUP);
        let (weights, groups) = pool.install(|| -> Result<_> {
            let weights = image_weights(&mut tape, network, &inputs, &Control::default())?;
            let groups = request.positions.par_chunks(group);
            let groups = groups.map(|positions| Group::new(network, &weights, positions));
            let groups: Vec<Group> = groups.collect::<Result<_>>()?;
            Ok((weights, groups))
        })?;
        let rgb = groups.iter().flat_map(|g| g.rgb.dense().values().to_vec()).collect();
        let weights_wanted = request.weights;
        Ok(Self { pool, network, weights_wanted, tape, inputs, weights, groups, group, rgb })
    }
}

impl LinearisedField for LinearisedInrGan<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn derivative(&self, u: &[f32]) -> Result<Derivative> {
        check_length(u, &self.rgb)?;
        self.pool.install(|| {
            let groups = self.groups.par_iter().zip(u.par_chunks(self.group * 3));
            let slopes = groups.map(|(group, u)| {
                let seed = (&group.rgb, Dense::new(3, u.to_vec()));
                group.tape.slopes([seed], &group.weights.values())
            });
            let by_weights = summed(slopes.collect());
            let seeds = self.weights.values().into_iter().zip(by_weights).collect();
            let matrices = self.network.matrices();
            Ok(self.inputs.derivative(&self.tape, seeds, &matrices, self.weights_wanted))
        })
    }
}
