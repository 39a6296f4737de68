//! Pictures made larger.

use std::ffi::c_void;
use std::sync::Arc;

use parking_lot::Mutex;

use super::boundary::{check, guard, read};
use super::buffer::{Buffer, PolyinrBuffer};
use super::changed::{free, make, now, set};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::{BufferRows, BufferSink};
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::handles::handle;
use super::limits;
use super::model::{PolyinrModel, upscaler};
use super::status::{Outcome, PolyinrStatus};
use crate::control::Control;
use crate::error::Error;
use crate::field::PictureField;
use crate::model::{Amount, Treatment, Upscaler};
use crate::ops::{Refine, Size, SuperResolveOptions, picture_memory, strength, super_resolve};
use crate::view::{Grid, View, Window};

/// Stands for as much cleaning as the picture seems to need.
pub const POLYINR_AMOUNT_AUTO: f64 = -1.0;

/// How a picture becomes larger. Make one with `polyinr_super_resolve_options_new`, which cleans as
/// much as the picture seems to need, where the model can be told how much, and adds nothing else to
/// what the network gives; set what should differ; free it with `polyinr_super_resolve_options_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrSuperResolveOptions {
    /// Which one it is; 0 for none.
    pub id: u64,
}

handle!(PolyinrSuperResolveOptions, "super_resolve_options", Mutex<SuperResolveOptions>);

/// Makes options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_new(
    options: *mut PolyinrSuperResolveOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    make!(options, error)
}

/// Corrects results in `steps` steps until their reduction by an antialiased bicubic filter is the
/// input: 3 are enough for over 50 dB in usual photographs, 1 to 16 are possible, 0 leaves it out
/// again. Nothing is cleaned then, since that would be brought back; amounts over 0 are refused when the
/// options are used. An output must be at least as large as its input then; unless the input is of floats,
/// results are kept from 0 to 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_set_refine(
    options: PolyinrSuperResolveOptions,
    steps: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.refine = (steps > 0).then(|| Refine::new(steps)).transpose()?)
}

/// An amount as a host gives it; messages call it `name`.
fn amount(name: &'static str, number: f64) -> Outcome<Amount> {
    match number {
        POLYINR_AMOUNT_AUTO => Ok(Amount::Auto),
        number if (0.0..=1.0).contains(&number) => Ok(Amount::Of(number as f32)),
        number => {
            let problem = format!("{number} is not from 0 to 1, nor POLYINR_AMOUNT_AUTO");
            Err(Error::parameter(name, problem).into())
        }
    }
}

/// Sets how much noise, and how much of what compression left, is taken away, from 0 (none) to 1
/// (noise of a deviation of 30 of 255, or JPEG of quality 30), or `POLYINR_AMOUNT_AUTO`, as at first.
/// More than the picture has takes detail away. A model that cannot be told (`polyinr_model_cleans`)
/// refuses amounts over 0 when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_set_denoise(
    options: PolyinrSuperResolveOptions,
    denoise: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.treatment.denoise = amount("denoise", denoise)?)
}

/// Sets how much blur is taken away, from 0 (none) to 1 (a blur of 2 pixels), or
/// `POLYINR_AMOUNT_AUTO`, as at first. Otherwise as `polyinr_super_resolve_options_set_denoise`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_set_deblur(
    options: PolyinrSuperResolveOptions,
    deblur: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.treatment.deblur = amount("deblur", deblur)?)
}

/// Sets how much detail is drawn that looks as if it were there, from 0, as at first, where results are
/// nearest to the truth, to 1, where they are sharpest. A model that draws none
/// (`polyinr_model_draws_detail`) refuses amounts over 0 when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_set_detail(
    options: PolyinrSuperResolveOptions,
    detail: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        if !(0.0..=1.0).contains(&detail) {
            let problem = format!("{detail} is not from 0 to 1");
            return Err(Error::parameter("detail", problem).into());
        }
        o.treatment.detail = detail as f32;
    })
}

/// Sets whether results are the mean of what the model makes of the input turned and mirrored in all
/// eight ways: a little nearer to the truth, in about eight times the time. Not at first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_set_tta(
    options: PolyinrSuperResolveOptions,
    tta: bool,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.tta = tta)
}

/// Gives how much the picture `input` seems to need of `denoise` and `deblur`, 0 to 1: what
/// `POLYINR_AMOUNT_AUTO` stands for where it is not reduced. Both are 0 with a model that cannot be
/// told how much to clean.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_estimate(
    model: PolyinrModel,
    input: *const PolyinrBuffer,
    denoise: *mut f64,
    deblur: *mut f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let upscaler = upscaler(model)?;
        // SAFETY: `input` is NULL or readable, as the header asks.
        let input = Buffer::check(&unsafe { read(input, "input") }?, "input")?;
        check(denoise, "denoise")?;
        check(deblur, "deblur")?;
        // SAFETY: the pixels are valid and not written by others, as the header asks.
        let field = unsafe { picture(&upscaler, input) };
        let view = View::new(Window::UNIT, input.width, input.height, Grid::Edges)?;
        let found = strength(&field, &view, Treatment::default(), &Control::default())?;
        // SAFETY: not NULL and aligned, so writable as the header asks.
        unsafe {
            denoise.write(found.denoise.into());
            deblur.write(found.deblur.into());
        }
        Ok(())
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, make) }
}

/// The field of a host's pixels, which are read when it is looked at.
///
/// # Safety
/// The pixels must stay valid, and nobody may write them, while the field lives.
unsafe fn picture(upscaler: &Arc<Upscaler>, input: Buffer) -> PictureField {
    PictureField::opened(upscaler, input.extent(), move || {
        // SAFETY: as the caller promises.
        let rows = unsafe { BufferRows::new(input) };
        Ok(Box::new(rows))
    })
}

/// Frees options. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve_options_free(
    options: PolyinrSuperResolveOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(options, error)
}

/// Makes the picture `input` as large as `output` through the upscaler `model`, as `options` (none: those
/// of a new object) say; any sizes are possible, also unequal factors. Sample types and channels of
/// the two may differ: grey becomes equal colours, missing alpha becomes full, alpha that `output`
/// lacks is left out; colour does not become grey.
///
/// Floats that leave 0 to 1 are brought into that range for the network and results back, and samples
/// that are no finite numbers are put back where they were; grey stays grey; sides that become shorter
/// are reduced with an antialiased filter. Alpha goes through the same network as a grey picture and
/// stays from 0 to 1, and colour of fully transparent pixels is not drawn into visible ones; colour
/// that is premultiplied is so by the alpha that is stored. Rows are read and written as they are
/// computed; the two buffers must not overlap.
///
/// `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`,
/// `_BAD_PARAMETER` when the options do not fit the sizes or the model, `_CANCELLED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve(
    engine: PolyinrEngine,
    model: PolyinrModel,
    options: PolyinrSuperResolveOptions,
    input: *const PolyinrBuffer,
    progress: PolyinrProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    output: *const PolyinrBuffer,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let (engine, upscaler) = (engine::find(engine)?, upscaler(model)?);
        let limits = limits::of(&engine);
        let options = now(options)?;
        // SAFETY: `input` and `output` are NULL or readable, as the header asks.
        let (input, output) = unsafe { (read(input, "input")?, read(output, "output")?) };
        let input = Buffer::check(&input, "input")?;
        let output = Buffer::check(&output, "output")?;
        output.check_apart(&input, "output")?;
        limits.check("output", output.width, output.height)?;
        let (from, to) = (input.extent(), (output.width, output.height));
        let (refine, tta) = (options.refine, options.tta);
        let memory = picture_memory(&**engine, &upscaler, (from, None), to, refine, tta);
        limits.check_memory("output", memory)?;
        let size = Size::Exact(output.width, output.height);
        // SAFETY: the pixels are valid and not written by others, as the header asks.
        let field = unsafe { picture(&upscaler, input) };
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(output, input.channels(), "output") }?;
        Followed { progress, user_data, cancel }.run(|control| {
            Ok(super_resolve(&**engine, &field, size, &options, control, &mut sink)?)
        })
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, make) }
}
