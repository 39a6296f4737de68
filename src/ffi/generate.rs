//! Pictures from seeds.

use std::ffi::{c_char, c_void};

use parking_lot::Mutex;

use super::boundary::{guard, read, text, text_or_none};
use super::buffer::{Buffer, PolyinrBuffer};
use super::changed::{free, make, now, set};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::BufferSink;
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::handles::handle;
use super::limits;
use super::model::{PolyinrModel, generator};
use super::status::{Outcome, PolyinrStatus};
use crate::error::Error;
use crate::field::Field;
use crate::model::{Generator, Truncation};
use crate::ops::{GenerateOptions, generated_memory, render};
use crate::raster::Channels;

/// Which image of a generator. Make one with `polyinr_generate_options_new`, which stands for seed
/// 0, the class of the seed, truncation 1; set what should differ; free it with
/// `polyinr_generate_options_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrGenerateOptions {
    /// Which one it is; 0 for none.
    pub id: u64,
}

/// A class as a host names it.
#[derive(Clone, Debug)]
pub(super) enum Class {
    Number(u32),
    Name(String),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    seed: u32,
    class: Option<Class>,
    truncation: Truncation,
}

handle!(PolyinrGenerateOptions, "generate_options", Mutex<Options>);

/// Options as they are now, for `generator`; for none those of a new object.
pub(super) fn options_or_default(
    options: PolyinrGenerateOptions,
    generator: &Generator,
) -> Outcome<GenerateOptions> {
    let Options { seed, class, truncation } = now(options)?;
    let class = match class {
        None => None,
        Some(Class::Number(class)) => Some(class as usize),
        Some(Class::Name(name)) => Some(generator.class(&name)?),
    };
    Ok(GenerateOptions { seed, class, truncation })
}

/// Makes options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_new(
    options: *mut PolyinrGenerateOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    make!(options, error)
}

/// Sets the seed of the latent. A seed means what it means in published code: the numbers of NumPy's
/// `RandomState(seed).randn`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_set_seed(
    options: PolyinrGenerateOptions,
    seed: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.seed = seed)
}

/// Sets the class by its number, from 0 on. Without one, a model that has classes makes that of the
/// seed: its remainder by the number of classes. Whether the model has it is checked when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_set_class(
    options: PolyinrGenerateOptions,
    class_index: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.class = Some(Class::Number(class_index)))
}

/// Sets the class by its name, or with NULL takes that of the seed again. Whether the model has it is
/// checked when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_set_class_name(
    options: PolyinrGenerateOptions,
    class_name: *const c_char,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        // SAFETY: `class_name` is NULL or a text, as the header asks.
        let name = unsafe { text_or_none(class_name, "class_name") }?;
        o.class = name.map(|name| Class::Name(name.to_owned()));
    })
}

/// Sets truncation: 1 is as trained, 0 the average image, -2 to 2 are possible; in the first
/// `cutoff` levels, or in all with a negative one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_set_truncation(
    options: PolyinrGenerateOptions,
    psi: f32,
    cutoff: i32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        if !(-2.0..=2.0).contains(&psi) {
            return Err(Error::parameter("psi", format!("{psi} is not in -2 to 2")).into());
        }
        o.truncation = match usize::try_from(cutoff) {
            Ok(count) => Truncation::first_levels(psi, count),
            Err(_) => Truncation::uniform(psi),
        };
    })
}

/// Sets truncation level by level, instead of an earlier one: a number for all levels, or levels and
/// their numbers with commas between, as "0-4:0.5,fine:0.9". Levels are numbers from 0 on, ranges,
/// or the groups shape, coarse and fine; those that are not named stay as trained. Whether the model
/// has them is checked when it is used.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when the text cannot be understood.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_set_truncation_levels(
    options: PolyinrGenerateOptions,
    truncation: *const c_char,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        // SAFETY: `truncation` is NULL or a text, as the header asks.
        o.truncation = unsafe { text(truncation, "truncation") }?.parse()?;
    })
}

/// Frees options. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate_options_free(
    options: PolyinrGenerateOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(options, error)
}

/// Generates the image that `options` (none: seed 0 and its class) mean to the generator `model`, as
/// large as `output`, which has colour channels. Alpha, where there is one, becomes full.
///
/// `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_PARAMETER` when the
/// options do not fit it, `_BAD_BUFFER`, `_CANCELLED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_generate(
    engine: PolyinrEngine,
    model: PolyinrModel,
    options: PolyinrGenerateOptions,
    progress: PolyinrProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    output: *const PolyinrBuffer,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let (engine, generator) = (engine::find(engine)?, generator(model)?);
        let limits = limits::of(&engine);
        let options = options_or_default(options, &generator)?;
        // SAFETY: `output` is NULL or readable, as the header asks.
        let buffer = Buffer::check(&unsafe { read(output, "output") }?, "output")?;
        limits.check("output", buffer.width, buffer.height)?;
        let size = [buffer.width, buffer.height];
        limits.check_memory("output", generated_memory(&**engine, generator.network(), size))?;
        let field = Field::Generated(options.field(&generator)?);
        let view = field.view(buffer.width, buffer.height)?;
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(buffer, Channels::Rgb, "output") }?;
        Followed { progress, user_data, cancel }
            .run(|control| Ok(render(&**engine, &field, &view, control, &mut sink)?))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, make) }
}
