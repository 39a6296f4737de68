//! Pictures embedded in a generator.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use parking_lot::Mutex;

use super::boundary::{check, give, read, text_or_none};
use super::buffer::{Buffer, PolyinrBuffer};
use super::changed::{free, make, now, set};
use super::control::{Followed, PolyinrCancel};
use super::convert::whole;
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::field::{PolyinrField, keep_generated};
use super::handles::handle;
use super::limits;
use super::model::{PolyinrModel, generator};
use super::status::{Outcome, PolyinrStatus};
use crate::model::{Generator, Vgg16};
use crate::ops::{InvertOptions, InvertStep, invert, invert_memory};

/// How a picture is embedded in a generator. Make one with `polyinr_invert_options_new`, set what
/// should differ from its defaults, free it with `polyinr_invert_options_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrInvertOptions {
    /// Which one it is; 0 for none.
    pub id: u64,
}

/// Follows an inversion: `done` of `total` steps are done, and the field shows the known pixels with
/// `psnr` dB at the resolution of the comparison. Returns whether to go on; false ends the inversion
/// with the best field so far. Called on the thread that made the call. It must not unwind.
pub type PolyinrInvertProgress =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64, psnr: f64) -> bool>;

/// What an inversion came to.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PolyinrInversion {
    /// PSNR in dB of the known pixels over red, green and blue, where pictures were compared.
    pub psnr: f64,
    /// The same before pivotal tuning.
    pub pivot_psnr: f64,
    /// Width in pixels at which pictures were compared.
    pub width: u32,
    /// Height in pixels at which pictures were compared.
    pub height: u32,
    /// Whether the caller stopped it; the field is the best until then.
    pub stopped: bool,
}

/// Options, with the class by name until a model is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    class: Option<String>,
    invert: InvertOptions,
}

handle!(PolyinrInvertOptions, "invert_options", Mutex<Options>);

/// Options as they are now, for `generator`; for none those of a new object.
fn options_or_default(
    options: PolyinrInvertOptions,
    generator: &Generator,
) -> Outcome<InvertOptions> {
    let Options { class, invert } = now(options)?;
    let class = class.map(|name| generator.class(&name)).transpose()?;
    Ok(InvertOptions { class, ..invert })
}

/// The options, when they are in their ranges.
fn checked(options: InvertOptions) -> Outcome<InvertOptions> {
    options.check_ranges()?;
    Ok(options)
}

/// Makes options: 2500 steps on the code, no tuning of the weights, any class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_new(
    options: *mut PolyinrInvertOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    make!(options, error)
}

/// Sets the class from whose images the search starts, by its name or number, or with NULL the
/// nearest of all. Whether the model has it is checked when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_class_name(
    options: PolyinrInvertOptions,
    class_name: *const c_char,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        // SAFETY: `class_name` is NULL or a text, as the header asks.
        let name = unsafe { text_or_none(class_name, "class_name") }?;
        o.class = name.map(str::to_owned);
    })
}

/// Sets the steps on the code, 1 to 100,000, and those of pivotal tuning, which fits the
/// weights after that, 0 to 100,000. Tuning ends at a PSNR of `enough` dB; with 0 it takes all steps.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_steps(
    options: PolyinrInvertOptions,
    steps: u32,
    tuning: u32,
    enough: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        let enough = (enough != 0.0).then_some(enough);
        o.invert = checked(InvertOptions { steps, tuning, enough, ..o.invert.clone() })?;
    })
}

/// Sets the longest side in pixels at which pictures are compared, 1 to 4096, or with 0 the
/// picture's own, at most 128.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_resolution(
    options: PolyinrInvertOptions,
    resolution: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        let resolution = (resolution > 0).then_some(resolution);
        o.invert = checked(InvertOptions { resolution, ..o.invert.clone() })?;
    })
}

/// Adds a perceptual loss by VGG16 of the given weight, 0 or more, from the safetensors file at
/// `path` (torchvision's weights), or with NULL leaves it out again. Pixels have the weight 1.
///
/// Errors: `POLYINR_STATUS_IO`, `_BAD_MODEL` when the file cannot be used, `_BAD_PARAMETER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_vgg(
    options: PolyinrInvertOptions,
    path: *const c_char,
    weight: f32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        // SAFETY: `path` is NULL or a text, as the header asks.
        let path = unsafe { text_or_none(path, "path") }?;
        let perceptual = path.map(Vgg16::open).transpose()?.map(Arc::new);
        let before = o.invert.clone();
        o.invert = checked(InvertOptions { perceptual, perceptual_weight: weight, ..before })?;
    })
}

/// Sets what is known of the picture: where `mask`, of the picture's size, is light. Its pixels are
/// copied. NULL stands for all of it. Whatever is set, pixels more transparent than opaque are not
/// known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_mask(
    options: PolyinrInvertOptions,
    mask: *const PolyinrBuffer,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        o.invert.mask = match mask.is_null() {
            true => None,
            // SAFETY: readable with valid pixels, as the header asks.
            false => Some(Arc::new(unsafe { whole(&read(mask, "mask")?, "mask") }?)),
        };
    })
}

/// Frees options. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_free(
    options: PolyinrInvertOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(options, error)
}

/// Embeds `picture` in the generator `model`, as `options` (none: those of a new object) say: makes a
/// field that shows it, which can be looked at, mixed and saved like any other of that model.
///
/// When `progress` answers no or `cancel` is cancelled, the best field so far is made and the call
/// succeeds; before the first step it is `POLYINR_STATUS_CANCELLED`. `progress` may be NULL, `cancel`
/// none, `inversion` NULL. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_PARAMETER` when the
/// options do not fit the model or picture, or nothing of the picture is known, `_BAD_BUFFER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_from_inversion(
    engine: PolyinrEngine,
    model: PolyinrModel,
    options: PolyinrInvertOptions,
    picture: *const PolyinrBuffer,
    progress: PolyinrInvertProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    field: *mut PolyinrField,
    inversion: *mut PolyinrInversion,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        if !inversion.is_null() {
            check(inversion, "inversion")?;
        }
        let (engine, generator) = (engine::find(engine)?, generator(model)?);
        let limits = limits::of(&engine);
        let options = options_or_default(options, &generator)?;
        // SAFETY: `picture` is NULL or readable with valid pixels, as the header asks.
        let picture = unsafe { read(picture, "picture") }?;
        let extent = Buffer::check(&picture, "picture")?.extent();
        limits.check("picture", extent.width, extent.height)?;
        limits.check_memory("picture", invert_memory(&generator, extent, &options))?;
        // SAFETY: the pixels are valid and not written by others, as the header asks.
        let picture = unsafe { whole(&picture, "picture") }?;
        let followed = Followed { progress: None, user_data, cancel };
        let found = followed.run(|control| {
            let mut refused = false;
            let mut watch = |step: &InvertStep| {
                let Some(progress) = progress else { return true };
                let (done, total) = (u64::from(step.step), u64::from(step.steps));
                // SAFETY: the host promised that callback and data may be used so.
                refused |= !unsafe { progress(user_data, done, total, step.psnr) };
                !refused
            };
            Ok(invert(&**engine, &generator, &picture, &options, control, &mut watch)?)
        })?;
        let origin = format!("inverted from a picture: {:.2} dB", found.psnr);
        let summary = PolyinrInversion {
            psnr: found.psnr,
            pivot_psnr: found.pivot_psnr,
            width: found.compared[0],
            height: found.compared[1],
            stopped: found.stopped,
        };
        let field = keep_generated(found.field.with_origin(origin), generator)?;
        if !inversion.is_null() {
            // SAFETY: not NULL and aligned, so writable as the header asks.
            unsafe { inversion.write(summary) };
        }
        Ok(field)
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}
