//! Canvases made larger.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use parking_lot::Mutex;

use super::boundary::{guard, read, text};
use super::buffer::{Buffer, PolyinrBuffer};
use super::changed::{free, make, now, set};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::{BufferSink, whole};
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::handles::handle;
use super::limits;
use super::model::{PolyinrModel, generator};
use super::status::{Failure, Outcome, PolyinrStatus};
use crate::engine::RowSink as _;
use crate::memory;
use crate::ops::{ExtendOptions, Margin, Margins, extend, extend_memory};

/// How a picture is extended. Make one with `polyinr_extend_options_new`, which stands for an eighth
/// of the picture on every side and for choosing each side's method; set what should differ; free it
/// with `polyinr_extend_options_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrExtendOptions {
    /// Which one it is; 0 for none.
    pub id: u64,
}

handle!(PolyinrExtendOptions, "extend_options", Mutex<ExtendOptions>);

/// Makes options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_extend_options_new(
    options: *mut PolyinrExtendOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    make!(options, error)
}

/// Sets how many pixels are added on each side. One of them at least must not be 0, which is checked
/// when the options are used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_extend_options_set_margins(
    options: PolyinrExtendOptions,
    top: u32,
    right: u32,
    bottom: u32,
    left: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let [top, right, bottom, left] = [top, right, bottom, left].map(Margin::Pixels);
    set!(options, error, |o| o.margins = Margins { top, right, bottom, left })
}

/// Sets how margins are made: "field" (a generator's field of the picture, and the smooth
/// continuation of what is left), "smooth" (the smooth continuation of the picture), "reflection"
/// (the picture mirrored), or "auto" again: on every side the one that does best on a hidden ring of
/// the picture.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` for another name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_extend_options_set_method(
    options: PolyinrExtendOptions,
    method: *const c_char,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        // SAFETY: `method` is NULL or a text, as the header asks.
        o.method = match unsafe { text(method, "method") }? {
            "auto" => None,
            name => Some(name.parse()?),
        };
    })
}

/// Names of all methods, in the order of [`ExtendMethod::ALL`](crate::ops::ExtendMethod::ALL).
const METHODS: &[&CStr] = &[c"field", c"smooth", c"reflection"];

/// Name of the method number `index`, from 0 on, by which margins can be made; NULL when there are no
/// more. "auto" is none of them. The text lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_extend_method_name(index: u32) -> *const c_char {
    METHODS.get(index as usize).map_or(ptr::null(), |name| name.as_ptr())
}

/// Frees options. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_extend_options_free(
    options: PolyinrExtendOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(options, error)
}

/// Adds margins to the picture `input` with the generator `model`, as `options` (none: those of a new
/// object) say. `output` is larger than `input` by the margins, rounded to whole pixels; the
/// picture's samples are in it as they are where sample types and channels of the two agree and
/// alpha is straight. Otherwise grey becomes equal colours, missing alpha becomes full, alpha that
/// `output` lacks is left out; colour does not become grey.
///
/// The canvas of a generator's own field is extended by a view with a larger window instead.
///
/// `progress` may be NULL, `cancel` none; the two buffers must not overlap. Nothing is written before
/// all is computed. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_BUFFER` also when
/// `output` has not the size that the margins make, `_BAD_PARAMETER`, `_LIMITS`, `_CANCELLED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_extend(
    engine: PolyinrEngine,
    model: PolyinrModel,
    options: PolyinrExtendOptions,
    input: *const PolyinrBuffer,
    progress: PolyinrProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    output: *const PolyinrBuffer,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let (engine, generator) = (engine::find(engine)?, generator(model)?);
        let limits = limits::of(&engine);
        let options = now(options)?;
        // SAFETY: `input` and `output` are NULL or readable, as the header asks.
        let (input, output) = unsafe { (read(input, "input")?, read(output, "output")?) };
        let from = Buffer::check(&input, "input")?;
        let output = Buffer::check(&output, "output")?;
        output.check_apart(&from, "output")?;
        check_size(&options, &from, &output)?;
        limits.check("output", output.width, output.height)?;
        limits.check_memory("output", extend_memory(from.extent(), &options.margins)?)?;
        // SAFETY: the pixels are valid and not written by others, as the header asks.
        let picture = unsafe { whole(&input, "input") }?;
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(output, from.channels(), "output") }?;
        Followed { progress, user_data, cancel }.run(|control| {
            let made = extend(&**engine, &generator, &picture, &options, control)?.raster;
            let samples = made.samples();
            let len = made.width() as usize * made.channels().count();
            let mut pixels = memory::zeroed(len, "output")?;
            for row in 0..made.height() {
                let first = row as usize * len;
                (pixels.iter_mut().zip(first..)).for_each(|(pixel, i)| *pixel = samples.get(i));
                sink.rows(row, &pixels)?;
            }
            Ok(())
        })
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, make) }
}

/// Fails when `output` has not the size that the margins make.
fn check_size(options: &ExtendOptions, input: &Buffer, output: &Buffer) -> Outcome {
    let [top, right, bottom, left] = options.margins.resolve(input.width, input.height)?;
    let (width, height) = (left + input.width + right, top + input.height + bottom);
    if (output.width, output.height) == (width, height) {
        return Ok(());
    }
    let problem = format!(
        "it has {}x{} pixels, input and margins together {width}x{height}; make it so",
        output.width, output.height
    );
    Err(Failure::Buffer("output", problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::ExtendMethod;

    #[test]
    fn names_are_those_of_the_library() {
        let names = METHODS.iter().map(|name| name.to_str().unwrap());
        assert!(names.eq(ExtendMethod::ALL.map(ExtendMethod::name)));
    }
}
