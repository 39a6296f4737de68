//! Pictures embedded in a generator.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use super::boundary::{check, give, guard, read, text};
use super::buffer::{Buffer, PolyinrBuffer};
use super::control::{Followed, PolyinrCancel};
use super::convert::whole;
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::field::{PolyinrField, keep_generated};
use super::handles::Table;
use super::limits;
use super::model::{PolyinrModel, generator};
use super::status::{Outcome, PolyinrStatus};
use crate::model::{Generator, Vgg16};
use crate::ops::{InvertOptions, InvertStep, invert, invert_memory};

/// How a picture is embedded in a generator. Make one with `polyinr_invert_options_new`, set what
/// should differ from its defaults, free it with `polyinr_invert_options_free`.
pub type PolyinrInvertOptions = u64;

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
struct Options {
    class: Option<String>,
    invert: InvertOptions,
}

static OPTIONS: LazyLock<Table<Mutex<Options>>> = LazyLock::new(|| Table::new("invert_options"));

/// The options with that number, as they are now, for `generator`; for 0 those of a new object.
fn options_or_default(
    number: PolyinrInvertOptions,
    generator: &Generator,
) -> Outcome<InvertOptions> {
    let Options { class, invert } = OPTIONS.now(number)?;
    let class = class.map(|name| generator.class(&name)).transpose()?;
    Ok(InvertOptions { class, ..invert })
}

/// Makes options: 2500 steps on the code, no tuning of the weights, any class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_new(
    options: *mut PolyinrInvertOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || OPTIONS.insert(Mutex::default());
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(options, "options", error, make) }
}

/// Sets the class from whose images the search starts, by its name or number, or with NULL the
/// nearest of all. Whether the model has it is checked when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_class_name(
    options: PolyinrInvertOptions,
    class_name: *const c_char,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `class_name` is NULL or a text, `error` NULL or writable, as the header asks.
    unsafe {
        OPTIONS.change(options, error, |o| {
            o.class = match class_name.is_null() {
                true => None,
                false => Some(text(class_name, "class_name")?.to_owned()),
            };
            Ok(())
        })
    }
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
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe {
        OPTIONS.change(options, error, |o| {
            let enough = (enough != 0.0).then_some(enough);
            let changed = InvertOptions { steps, tuning, enough, ..o.invert.clone() };
            changed.check_ranges()?;
            o.invert = changed;
            Ok(())
        })
    }
}

/// Sets the longest side in pixels at which pictures are compared, 1 to 4096, or with 0 the
/// picture's own, at most 128.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_set_resolution(
    options: PolyinrInvertOptions,
    resolution: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe {
        OPTIONS.change(options, error, |o| {
            let resolution = (resolution > 0).then_some(resolution);
            let changed = InvertOptions { resolution, ..o.invert.clone() };
            changed.check_ranges()?;
            o.invert = changed;
            Ok(())
        })
    }
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
    // SAFETY: `path` is NULL or a text, `error` NULL or writable, as the header asks.
    unsafe {
        OPTIONS.change(options, error, |o| {
            let perceptual = match path.is_null() {
                true => None,
                false => Some(Arc::new(Vgg16::open(text(path, "path")?)?)),
            };
            let before = o.invert.clone();
            let changed = InvertOptions { perceptual, perceptual_weight: weight, ..before };
            changed.check_ranges()?;
            o.invert = changed;
            Ok(())
        })
    }
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
    // SAFETY: `mask` is NULL or readable with valid pixels, `error` NULL or writable, as the header
    // asks.
    unsafe {
        OPTIONS.change(options, error, |o| {
            o.invert.mask = match mask.is_null() {
                true => None,
                false => Some(Arc::new(whole(&read(mask, "mask")?, "mask")?)),
            };
            Ok(())
        })
    }
}

/// Frees options. 0 does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_options_free(
    options: PolyinrInvertOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, || OPTIONS.remove(options)) }
}

/// Embeds `picture` in the generator `model`, as `options` (0: those of a new object) say: makes a
/// field that shows it, which can be looked at, mixed and saved like any other of that model.
///
/// When `progress` answers no or `cancel` is cancelled, the best field so far is made and the call
/// succeeds; before the first step it is `POLYINR_STATUS_CANCELLED`. `progress` may be NULL, `cancel`
/// 0, `inversion` NULL. Any thread may call this, with shared handles.
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
        let number = keep_generated(found.field.with_origin(origin), generator)?;
        if !inversion.is_null() {
            // SAFETY: not NULL and aligned, so writable as the header asks.
            unsafe { inversion.write(summary) };
        }
        Ok(number)
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}
