//! Pictures made larger.

use std::ffi::c_void;

use super::boundary::{guard, read};
use super::buffer::{Buffer, PolyinrBuffer};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::{BufferRows, BufferSink};
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::model::{PolyinrModel, upscaler};
use super::status::PolyinrStatus;
use crate::error::Result;
use crate::ops::{Size, super_resolve};
use crate::raster::RowSource;

/// Makes the picture `input` as large as `output` through the upscaler `model`; any sizes are
/// possible, also unequal factors. Sample types and channels of the two may differ: grey becomes
/// equal colours, missing alpha becomes full, alpha that `output` lacks is left out; colour does not
/// become grey.
///
/// Alpha goes through the same network as a grey picture, and colour of fully transparent pixels is
/// not drawn into visible ones. Rows are read and written as they are computed; the two buffers must
/// not overlap.
///
/// `progress` may be NULL, `cancel` 0. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`,
/// `_BAD_PARAMETER`, `_CANCELLED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_super_resolve(
    engine: PolyinrEngine,
    model: PolyinrModel,
    input: *const PolyinrBuffer,
    progress: PolyinrProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    output: *const PolyinrBuffer,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let (engine, upscaler) = (engine::find(engine)?, upscaler(model)?);
        // SAFETY: `input` and `output` are NULL or readable, as the header asks.
        let (input, output) = unsafe { (read(input, "input")?, read(output, "output")?) };
        let input = Buffer::check(&input, "input")?;
        let output = Buffer::check(&output, "output")?;
        output.check_apart(&input, "output")?;
        let size = Size::Exact(output.width, output.height);
        let open = || -> Result<Box<dyn RowSource>> {
            // SAFETY: the pixels are valid and not written by others, as the header asks.
            let rows = unsafe { BufferRows::new(input) };
            Ok(Box::new(rows))
        };
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(output, input.channels(), "output") }?;
        Followed { progress, user_data, cancel }.run(|control| {
            Ok(super_resolve(&**engine, &upscaler, &open, size, control, &mut sink)?)
        })
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, make) }
}
