//! Fields, and looking at them.

use std::ffi::c_void;
use std::sync::Arc;

use super::boundary::{check, give, guard, read};
use super::buffer::{Buffer, PolyinrBuffer};
use super::changed::{free, now};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::{BufferSink, whole};
use super::engine::{self, Owned, PolyinrEngine};
use super::error::PolyinrError;
use super::generate::{self, PolyinrGenerateOptions};
use super::handles::{Handle, handle};
use super::limits;
use super::model::{PolyinrModel, generator, upscaler};
use super::status::{Failure, Outcome, PolyinrStatus};
use super::super_resolve::PolyinrSuperResolveOptions;
use super::view::{self, PolyinrView};
use crate::control::Control;
use crate::engine::RowSink;
use crate::error::Error;
use crate::field::{Field, GeneratedField, PictureField, default_size};
use crate::memory;
use crate::model::Generator;
use crate::ops::{self, SuperResolveOptions, field_memory};
use crate::raster::Channels;
use crate::view::{Grid, View, Window};

/// A continuous image, to be looked at through views at any size. Free it with
/// `polyinr_field_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrField {
    /// Which one it is; 0 for none.
    pub id: u64,
}

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

handle!(PolyinrField, "field", OpenField);

/// A field, and the generator by which it is mixed with others.
pub(super) struct OpenField {
    pub field: Field,
    generator: Option<Arc<Generator>>,
}

impl OpenField {
    /// The generator's field, and its generator.
    pub fn generated(&self) -> Outcome<(&GeneratedField, &Arc<Generator>)> {
        let field = self.field.generated()?;
        let generator = self.generator.as_ref();
        generator.map(|generator| (field, generator)).ok_or_else(|| {
            Failure::Internal("a generator's field without its generator".to_owned())
        })
    }
}

/// Hands the rows of what `view` shows of `field` to `sink`, with the field's channels.
fn render(
    engine: &Owned,
    field: &Field,
    view: &View,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Outcome {
    let limits = limits::of(engine);
    limits.check("size", view.width(), view.height())?;
    limits.check_memory("size", field_memory(&**engine, field, view))?;
    Ok(ops::render(&**engine, field, view, control, sink)?)
}

/// The handle of a new field of a generator.
pub(super) fn keep_generated(
    field: GeneratedField,
    generator: Arc<Generator>,
) -> Outcome<PolyinrField> {
    let field = Field::Generated(field);
    PolyinrField::keep(OpenField { field, generator: Some(generator) })
}

/// The handle of a new field of a picture.
pub(super) fn keep_picture(field: PictureField) -> Outcome<PolyinrField> {
    PolyinrField::keep(OpenField { field: Field::Picture(field), generator: None })
}

/// Makes the field of the image that `options` (none: seed 0 and its class) mean to the generator
/// `model`.
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
        let options = generate::options_or_default(options, &generator)?;
        keep_generated(options.field(&generator)?, generator)
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}

/// Makes the field of `picture`, seen through the upscaler `model` as `options` (none:
/// those of a new object) say: cleaned as much as the picture seems to need now, or as they tell, and
/// refined where the view is the whole picture, not moved, at its size or larger; it is not a mean over
/// turns. The field keeps a copy of the pixels, which `polyinr_field_save` writes with their alpha, and
/// what the options say.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`, `_BAD_PARAMETER`
/// when the options do not fit the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_from_picture(
    model: PolyinrModel,
    options: PolyinrSuperResolveOptions,
    picture: *const PolyinrBuffer,
    field: *mut PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let (upscaler, options) = (upscaler(model)?, now(options)?);
        let options = SuperResolveOptions { tta: false, ..options };
        // SAFETY: `picture` is NULL or readable with valid pixels, as the header asks.
        let raster = Arc::new(unsafe { whole(&read(picture, "picture")?, "picture") }?);
        let field = PictureField::new(&upscaler, raster);
        let (width, height) = field.extent().size();
        let view = View::new(Window::UNIT, width, height, Grid::Edges)?;
        keep_picture(options.apply(field, &view, &Control::default())?)
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}

/// Width and height in pixels that a field is meant to be seen at: its picture's, or the native
/// resolution of its model. A file or model decides on no more than 2^29 pixels
/// (`POLYINR_STATUS_BAD_PARAMETER`); such a field can be looked at in sizes of your own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_size(
    field: PolyinrField,
    width: *mut u32,
    height: *mut u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let find = || {
        let size = default_size(field.get()?.field.size())?;
        check(width, "width")?;
        check(height, "height")?;
        // SAFETY: not NULL and aligned, so writable as the header asks.
        unsafe {
            width.write(size[0]);
            height.write(size[1]);
        }
        Ok(())
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, find) }
}

/// Looks at `field` through `view` (none: the whole) at the size of `output`. A picture's field is
/// shown with its alpha; without one, alpha becomes full. `output` has colour channels, or the
/// field is of a grey picture. A picture's field that is to be refined is, where the view is the
/// whole picture, not moved, at its size or larger.
///
/// `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
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
    let show = || {
        let (engine, open) = (engine::find(engine)?, field.get()?);
        let field = &open.field;
        // SAFETY: `output` is NULL or readable, as the header asks.
        let buffer = Buffer::check(&unsafe { read(output, "output") }?, "output")?;
        let view = view::find(view, field, (buffer.width, buffer.height))?;
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(buffer, field.channels(), "output") }?;
        Followed { progress, user_data, cancel }
            .run(|control| render(&engine, field, &view, control, &mut sink))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, show) }
}

/// Looks at the colours of `field` through `view` (none: the whole) at `width x height` pixels and
/// hands the rows to
/// `rows`, so that no buffer of the whole is needed; otherwise as `polyinr_field_render`. `user_data`
/// is handed to `rows` and `progress`.
///
/// `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
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
    let show = || {
        let (engine, open) = (engine::find(engine)?, field.get()?);
        let field = &open.field;
        let rows = rows.ok_or(Failure::Null("rows"))?;
        let view = view::find(view, field, (width, height))?;
        let (channels, mut rgb) = (field.channels(), Vec::new());
        let mut sink = |first_row: u32, pixels: &[f32]| {
            let rgb = colours(pixels, channels, &mut rgb)?;
            let count = (rgb.len() / (width as usize * 3)) as u32;
            // SAFETY: the host's function takes these; `rgb` holds `count` rows of `width` pixels.
            match unsafe { rows(user_data, first_row, count, width, rgb.as_ptr()) } {
                true => Ok(()),
                false => Err(Error::Cancelled),
            }
        };
        Followed { progress, user_data, cancel }
            .run(|control| render(&engine, field, &view, control, &mut sink))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, show) }
}

/// The colours of `pixels` as RGB, in `room` where they are not there so.
fn colours<'a>(
    pixels: &'a [f32],
    channels: Channels,
    room: &'a mut Vec<f32>,
) -> crate::Result<&'a [f32]> {
    if channels == Channels::Rgb {
        return Ok(pixels);
    }
    room.clear();
    memory::reserve(room, pixels.len() / channels.count() * 3, "rows")?;
    for pixel in pixels.chunks_exact(channels.count()) {
        match channels.is_gray() {
            true => room.extend([pixel[0]; 3]),
            false => room.extend(&pixel[..3]),
        }
    }
    Ok(room)
}

/// Frees a field; calls that use it go on. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_free(
    field: PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(field, error)
}
