//! Fields, and looking at them.

use std::ffi::c_void;
use std::sync::{Arc, LazyLock};

use super::boundary::{give, guard, read};
use super::buffer::{Buffer, PolyinrBuffer};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::{BufferSink, whole};
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::generate::{PolyinrGenerateOptions, options_or_default};
use super::handles::Table;
use super::model::{PolyinrModel, generator, upscaler};
use super::status::{Failure, Outcome, PolyinrStatus};
use super::view::{self, PolyinrView};
use crate::error::Error;
use crate::field::{Field, PictureField, Plane};
use crate::model::Generator;
use crate::ops::generated_field;
use crate::raster::Channels;

/// A continuous image, to be looked at through views at any size. Free it with
/// `polyinr_field_free`.
pub type PolyinrField = u64;

/// Takes `rows` whole rows of `width` pixels from `first_row` on, in order from the top: RGB as
/// floats, interleaved without gaps, nominal range 0 to 1, not clamped. Returns whether to go on;
/// false cancels the call. Called on the thread that made the call; the pixels are valid during the
/// callback only. It must not unwind.
pub type PolyinrRows = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        first_row: u32,
        rows: u32,
        width: u32,
        rgb: *const f32,
    ) -> bool,
>;

static FIELDS: LazyLock<Table<Kept>> = LazyLock::new(|| Table::new("field"));

/// A field, and what is needed to go on with it.
pub(super) struct Kept {
    pub field: Field,
    /// Of a generator's field, the generator.
    pub generator: Option<Arc<Generator>>,
    /// How it was made, for people.
    pub origin: String,
}

/// The number of a new field.
pub(super) fn keep(field: Kept) -> Outcome<u64> {
    FIELDS.insert(field)
}

/// The field with that number.
pub(super) fn kept(number: PolyinrField) -> Outcome<Arc<Kept>> {
    FIELDS.get(number)
}

/// Makes the field of the image that `options` (0: seed 0) mean to the generator `model`.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_PARAMETER` when the
/// options do not fit it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_from_seed(
    model: PolyinrModel,
    options: PolyinrGenerateOptions,
    field: *mut PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let generator = generator(model)?;
        let options = options_or_default(options, &generator)?;
        let field = generated_field(&generator, &options)?;
        let origin = options.describe(&generator);
        keep(Kept { field, generator: Some(generator), origin })
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}

/// Makes the field of the colours of `picture`, seen through the upscaler `model`. The field keeps a
/// copy of the pixels.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_from_picture(
    model: PolyinrModel,
    picture: *const PolyinrBuffer,
    field: *mut PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let upscaler = upscaler(model)?;
        // SAFETY: `picture` is NULL or readable with valid pixels, as the header asks.
        let raster = unsafe { whole(&read(picture, "picture")?, "picture") }?;
        let made = PictureField::new(upscaler, Arc::new(raster), Plane::Colour);
        keep(Kept { field: Field::Picture(made), generator: None, origin: String::new() })
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}

/// Width and height in pixels that a field is meant to be seen at: its picture's, or the native
/// resolution of its model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_size(
    field: PolyinrField,
    width: *mut u32,
    height: *mut u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let find = || {
        let size = match &kept(field)?.field {
            Field::Generated(field) => field.size(),
            Field::Picture(field) => [field.width() as u32, field.height() as u32],
        };
        // SAFETY: `width` and `height` are NULL or writable, as the header asks.
        let (width, height) = unsafe { (width.as_mut(), height.as_mut()) };
        let width = width.ok_or(Failure::Null("width"))?;
        *height.ok_or(Failure::Null("height"))? = size[1];
        *width = size[0];
        Ok(())
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, find) }
}

/// Looks at `field` through `view` (0: the whole) at the size of `output`, which has colour channels.
/// Alpha, where there is one, becomes full.
///
/// `progress` may be NULL, `cancel` 0. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_BUFFER`, `_BAD_PARAMETER` when the view makes no sense, `_CANCELLED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_render(
    engine: PolyinrEngine,
    field: PolyinrField,
    view: PolyinrView,
    progress: PolyinrProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    output: *const PolyinrBuffer,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let render = || {
        let (engine, kept) = (engine::find(engine)?, kept(field)?);
        let field = &kept.field;
        // SAFETY: `output` is NULL or readable, as the header asks.
        let buffer = Buffer::check(&unsafe { read(output, "output") }?, "output")?;
        let view = view::find(view, field, (buffer.width, buffer.height))?;
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(buffer, Channels::Rgb, "output") }?;
        Followed { progress, user_data, cancel }
            .run(|control| Ok(engine.render(field, &view, control, &mut sink)?))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, render) }
}

/// Looks at `field` through `view` (0: the whole) at `width x height` pixels and hands the rows to
/// `rows`, so that no buffer of the whole is needed. `user_data` is handed to `rows` and `progress`.
///
/// `progress` may be NULL, `cancel` 0. Any thread may call this, with shared handles.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when the view or size makes no sense, `_CANCELLED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_render_rows(
    engine: PolyinrEngine,
    field: PolyinrField,
    view: PolyinrView,
    width: u32,
    height: u32,
    progress: PolyinrProgress,
    user_data: *mut c_void,
    cancel: PolyinrCancel,
    rows: PolyinrRows,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let render = || {
        let (engine, kept) = (engine::find(engine)?, kept(field)?);
        let field = &kept.field;
        let rows = rows.ok_or(Failure::Null("rows"))?;
        let view = view::find(view, field, (width, height))?;
        let mut sink = |first_row: u32, rgb: &[f32]| {
            let count = (rgb.len() / (width as usize * 3)) as u32;
            // SAFETY: the host's function takes these; `rgb` holds `count` rows of `width` pixels.
            match unsafe { rows(user_data, first_row, count, width, rgb.as_ptr()) } {
                true => Ok(()),
                false => Err(Error::Cancelled),
            }
        };
        Followed { progress, user_data, cancel }
            .run(|control| Ok(engine.render(field, &view, control, &mut sink)?))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, render) }
}

/// Frees a field; calls that use it go on. 0 does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_free(
    field: PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, || FIELDS.remove(field)) }
}
