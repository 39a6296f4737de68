//! The training, from beginning to end.

use std::sync::Arc;

use polyinr::model::StrengthEstimator;
use tch::{Device, Kind, Tensor, no_grad};

use super::Options;
use super::network::Network;
use crate::device;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::generator::tensors_of;
use crate::optim::{AdamOptions, Method, Optimizer};
use crate::random::{Stream, reseed};
use crate::upscaler::crops::Batch;
use crate::upscaler::step::learning_rate;
use crate::upscaler::{Loader, Photos, run};

/// Steps in which the learning rate rises.
const WARM_UP: u64 = 100;
/// Steps from one line to the next.
const LOG_STEPS: u64 = 100;
/// Batches that the result is measured on, which are not trained on.
const MEASURED: u64 = 32;

/// Mean absolute errors of an estimator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Of noise with compression, and of blur.
    pub each: [f64; 2],
    /// Of both, of crops that are clean.
    pub clean: f64,
}

/// Trains an estimator, writes it to the file that `options` say and returns how far it is off.
///
/// # Errors
/// [`Error::Parameter`] for options that make no sense, [`Error::Io`] and [`Error::Data`] for files
/// that cannot be used, [`Error::NotFinite`] when training diverged.
pub fn train(options: &Options) -> Result<Errors> {
    options.check()?;
    device::set_threads(options.threads);
    let crops = options.crops(options.seed);
    let photos = Arc::new(run::open_photos(&options.photos, &options.input, &crops)?);
    reseed(options.seed, 0, Stream::Initial);
    let network = Network::new(Device::Cpu);
    let adam = AdamOptions { max_norm: Some(1.0), ..AdamOptions::supervised(options.lr) };
    let mut optimizer = Optimizer::new(Method::Muon, network.store(), adam);
    let mut loader = Loader::start(&photos, &crops, 0, run::LOADERS);
    let mut recent = 0.0;
    for step in 0..options.steps {
        let loss = loss(&network, &loader.batch()?);
        optimizer.zero_gradients();
        loss.f_backward()?;
        let progress = step as f64 / options.steps as f64;
        optimizer.set_learning_rate(options.lr * learning_rate(step, WARM_UP, progress));
        optimizer.step().map_err(|problem| Error::NotFinite {
            step,
            what: problem.to_string(),
            advice: "start anew with a lower --lr".into(),
        })?;
        recent += loss.double_value(&[]);
        if (step + 1).is_multiple_of(LOG_STEPS) {
            eprintln!("step {}  loss {:.4}", step + 1, recent / LOG_STEPS as f64);
            recent = 0.0;
        }
    }
    // Other crops of the same photographs, degraded otherwise.
    let errors = measure(&network, options, &photos)?;
    let about = format!(
        "{} photographs, {} steps of {} crops{}",
        photos.len(),
        options.steps,
        options.batch,
        options.input.description()
    );
    write_whole(&options.out, &StrengthEstimator::write(&tensors_of(network.store())?, &about)?)?;
    Ok(errors)
}

/// How far estimates are off, smoothly near nothing.
fn loss(network: &Network, batch: &Batch) -> Tensor {
    let found = network.forward(&batch.pictures);
    found.smooth_l1_loss(&batch.strength, tch::Reduction::Mean, 0.05)
}

fn measure(network: &Network, options: &Options, photos: &Photos) -> Result<Errors> {
    let crops = options.crops(options.seed.wrapping_add(1));
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    for step in 0..MEASURED {
        let batch = crops.batch(photos, step)?;
        found.push(no_grad(|| network.forward(&batch.pictures)));
        wanted.push(batch.strength);
    }
    let wanted = Tensor::cat(&wanted, 0);
    let off = (Tensor::cat(&found, 0) - &wanted).abs();
    let clean = wanted.sum_dim_intlist(1i64, false, Kind::Float).eq(0.0);
    let mean = |t: Tensor| t.mean(Kind::Float).double_value(&[]);
    Ok(Errors {
        each: [0, 1].map(|i| mean(off.select(1, i))),
        clean: match i64::try_from(clean.sum(Kind::Int64)).unwrap_or(0) {
            0 => 0.0,
            _ => mean(off.index(&[Some(clean)])),
        },
    })
}
