//! Fields, and looking at them.

use std::ffi::c_void;
use std::sync::Arc;

use super::boundary::{check, give, guard, read};
use super::buffer::{Buffer, PolyinrBuffer};
use super::changed::{free, now};
use super::control::{Followed, PolyinrCancel, PolyinrProgress};
use super::convert::{BufferSink, whole};
use super::engine::{self, PolyinrEngine};
use super::error::PolyinrError;
use super::generate::{self, PolyinrGenerateOptions};
use super::handles::{Handle, handle};
use super::limits;
use super::model::{PolyinrModel, generator, upscaler};
use super::status::{Failure, Outcome, PolyinrStatus};
use super::super_resolve::PolyinrSuperResolveOptions;
use super::view::{self, PolyinrView};
use crate::control::Control;
use crate::engine::{Engine, RowSink};
use crate::error::Error;
use crate::field::{Field, GeneratedField, PictureFile, default_size};
use crate::memory;
use crate::model::{Generator, Upscaler};
use crate::ops::{
    Extent, Size, SuperResolveOptions, render_memory, render_picture, strength,
    super_resolve_memory,
};
use crate::picture::Limits;
use crate::raster::{Channels, RasterRows, RowSource};
use crate::view::View;

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

handle!(PolyinrField, "field", Kept);

/// A field, and what is needed to go on with it.
pub(super) struct Kept {
    field: Field,
    pub basis: Basis,
}

/// What a field was made with.
pub(super) enum Basis {
    /// A generator, and in words for people how.
    Generator(Arc<Generator>, String),
    /// A picture, as a file keeps it, and the upscaler.
    Picture(PictureFile, Arc<Upscaler>),
}

impl Kept {
    /// A generator's field; `origin` says for people how it was made.
    pub fn generated(field: GeneratedField, generator: Arc<Generator>, origin: String) -> Self {
        Self { field: Field::Generated(field), basis: Basis::Generator(generator, origin) }
    }

    /// The field of the picture in `file`.
    pub fn picture(file: PictureFile, upscaler: Arc<Upscaler>) -> Outcome<Self> {
        let field = Field::Picture(file.field(&upscaler)?);
        Ok(Self { field, basis: Basis::Picture(file, upscaler) })
    }

    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Channels that it is shown with.
    fn channels(&self) -> Channels {
        match &self.basis {
            Basis::Generator(..) => Channels::Rgb,
            Basis::Picture(file, _) => file.raster().channels(),
        }
    }

    /// Hands the rows of what `view` shows to `sink`, with [`channels`](Self::channels).
    fn render(
        &self,
        engine: &dyn Engine,
        view: &View,
        limits: &Limits,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Outcome {
        let to = (view.width(), view.height());
        limits.check("size", to.0, to.1)?;
        let memory = match &self.basis {
            Basis::Generator(..) => render_memory(engine, to.0),
            Basis::Picture(file, upscaler) => {
                let options = SuperResolveOptions::of(file);
                super_resolve_memory(engine, upscaler, Extent::of(file.raster()), to, &options)
            }
        };
        limits.check_memory("size", memory)?;
        match &self.basis {
            Basis::Generator(..) => engine.render(&self.field, view, control, sink)?,
            Basis::Picture(file, upscaler) => {
                render_picture(engine, upscaler, file, view, control, sink)?;
            }
        }
        Ok(())
    }
}

/// The handle of a new field.
pub(super) fn keep(field: Kept) -> Outcome<PolyinrField> {
    PolyinrField::keep(field)
}

/// The field with that handle.
pub(super) fn kept(field: PolyinrField) -> Outcome<Arc<Kept>> {
    field.get()
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
        let field = options.field(&generator)?;
        let origin = options.describe(&generator);
        keep(Kept::generated(field, generator, origin))
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
        // SAFETY: `picture` is NULL or readable with valid pixels, as the header asks.
        let raster = Arc::new(unsafe { whole(&read(picture, "picture")?, "picture") }?);
        let open = || -> crate::Result<Box<dyn RowSource>> {
            Ok(Box::new(RasterRows::new(raster.clone())))
        };
        let (size, control) = (Size::Factor(1.0), Control::default());
        let strength = strength(&upscaler, &open, size, &options, &control)?;
        let file = PictureFile::new(&upscaler, raster.clone(), "")
            .with_refine(options.refine)
            .with_strength(strength)?;
        keep(Kept::picture(file, upscaler)?)
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
        let size = default_size(match &kept(field)?.field {
            Field::Generated(field) => field.size(),
            Field::Picture(field) => [field.width() as u32, field.height() as u32],
        })?;
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

/// Looks at `field` through `view` (none: the whole) at the size of `output`. A picture's field is shown with its alpha;
/// without one, alpha becomes full. `output` has colour channels, or the field is of a grey picture. A picture's field whose file says so is refined where the
/// view is the whole picture, not moved, at its size or larger.
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
    let render = || {
        let (engine, kept) = (engine::find(engine)?, kept(field)?);
        let limits = limits::of(&engine);
        // SAFETY: `output` is NULL or readable, as the header asks.
        let buffer = Buffer::check(&unsafe { read(output, "output") }?, "output")?;
        let view = view::find(view, kept.field(), (buffer.width, buffer.height))?;
        // SAFETY: the pixels are valid and the call's alone, as the header asks.
        let mut sink = unsafe { BufferSink::new(buffer, kept.channels(), "output") }?;
        Followed { progress, user_data, cancel }
            .run(|control| kept.render(&**engine, &view, &limits, control, &mut sink))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, render) }
}

/// Looks at the colours of `field` through `view` (none: the whole) at `width x height` pixels and hands the rows to
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
    let render = || {
        let (engine, kept) = (engine::find(engine)?, kept(field)?);
        let limits = limits::of(&engine);
        let rows = rows.ok_or(Failure::Null("rows"))?;
        let view = view::find(view, kept.field(), (width, height))?;
        let (channels, mut rgb) = (kept.channels(), Vec::new());
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
            .run(|control| kept.render(&**engine, &view, &limits, control, &mut sink))
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, render) }
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
