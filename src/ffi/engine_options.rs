//! How engines are set up.

use parking_lot::Mutex;

use super::changed::{free, make, set};
use super::error::PolyinrError;
use super::handles::handle;
use super::status::{Outcome, PolyinrStatus};
use crate::engine::{EngineOptions, Precision};
use crate::error::Error;

/// How an engine is set up. Make one with `polyinr_engine_options_new`, which stands for a thread for
/// every processor, the first GPU without a limit, and exact arithmetic; set what should differ; free
/// it with `polyinr_engine_options_free`. What only a GPU has, other engines than "cuda" refuse, and
/// "auto" passes over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrEngineOptions {
    /// Which one it is; 0 for none.
    pub id: u64,
}
handle!(PolyinrEngineOptions, "engine_options", Mutex<EngineOptions>);

/// Of the arithmetic by which fields are rendered. Positions and affine terms are always exact, and so
/// are derivatives, by which pictures are inverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrPrecision {
    /// 32-bit floats.
    Exact = 0,
    /// Weights and features in 16-bit floats (IEEE binary16): 11 bits of mantissa, largest value
    /// 65504. For "onnx" and "cuda".
    F16 = 1,
    /// Weights and features in bfloat16: 8 bits of mantissa, the range of 32-bit floats. For "cuda".
    Bf16 = 2,
}

fn precision(number: u32) -> Outcome<Precision> {
    match number {
        n if n == PolyinrPrecision::Exact as u32 => Ok(Precision::Exact),
        n if n == PolyinrPrecision::F16 as u32 => Ok(Precision::F16),
        n if n == PolyinrPrecision::Bf16 as u32 => Ok(Precision::Bf16),
        n => {
            let problem =
                format!("{n} is no polyinr_precision; give 0 (exact), 1 (f16) or 2 (bf16)");
            Err(Error::parameter("precision", problem).into())
        }
    }
}

/// Makes options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_new(
    options: *mut PolyinrEngineOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    make!(options, error)
}

/// Sets the number of worker threads on the processor, 1 to 1024, or with 0 takes one for every
/// processor, as at first.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` for more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_set_threads(
    options: PolyinrEngineOptions,
    threads: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| {
        let changed = EngineOptions { threads: (threads > 0).then_some(threads as usize), ..*o };
        changed.check_threads()?;
        *o = changed;
    })
}

/// Sets which GPU computes, from 0 on, as NVIDIA's driver counts them. For "cuda" alone, which looks
/// after it when it is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_set_device(
    options: PolyinrEngineOptions,
    device: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.device = Some(device))
}

/// Sets the most memory on the GPU in bytes that each of a model's graphs takes; 0 stands for no limit,
/// which it is at first. For "cuda" alone. What a call takes of the host's memory is limited by
/// `polyinr_engine_set_max_memory`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_set_device_memory(
    options: PolyinrEngineOptions,
    bytes: u64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    set!(options, error, |o| o.device_memory = (bytes > 0).then_some(bytes))
}

/// Sets the arithmetic, a `polyinr_precision`; exact at first. Whether the engine has it is checked
/// when it is made.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when `precision` is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_set_precision(
    options: PolyinrEngineOptions,
    precision: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.precision = self::precision(precision)?)
}

/// Sets whether products on a GPU may take TF32: 10 bits of mantissa instead of 23. Not at first. For
/// "cuda" alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_set_tf32(
    options: PolyinrEngineOptions,
    tf32: bool,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(options, error, |o| o.tf32 = tf32)
}

/// Frees options. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_options_free(
    options: PolyinrEngineOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(options, error)
}
