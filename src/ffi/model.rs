//! Models.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use super::boundary::{give, text};
use super::buffer::is_memory;
use super::caught::guard_value;
use super::changed::free;
use super::error::PolyinrError;
use super::handles::{Handle, handle};
use super::log;
use super::status::{Failure, Outcome, PolyinrStatus};
use crate::error::Error;
use crate::model::{Generator, Model, Upscaler};

/// Trained weights. Open one with `polyinr_model_open`, `polyinr_model_find` or
/// `polyinr_model_from_memory` and use it for all calls, from any number of threads. Free it with
/// `polyinr_model_free`; fields made from it live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrModel {
    /// Which one it is; 0 for none.
    pub id: u64,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrKind {
    /// Not a model.
    None = 0,
    /// Makes pictures larger.
    Upscaler = 1,
    /// Makes pictures from seeds.
    Generator = 2,
}

/// A model and its texts as C wants them.
pub(super) struct Opened {
    model: Model,
    name: CString,
    id: CString,
    classes: Vec<CString>,
}

handle!(PolyinrModel, "model", Opened);

/// The model with that handle, of whichever kind.
pub(super) fn model(handle: PolyinrModel) -> Outcome<Model> {
    Ok(handle.get()?.model.clone())
}

/// The upscaler with that handle.
pub(super) fn upscaler(handle: PolyinrModel) -> Outcome<Arc<Upscaler>> {
    match model(handle)? {
        Model::Upscaler(upscaler) => Ok(upscaler),
        Model::Generator(g) => Err(other_kind(&g.about().name, "a generator", "an upscaler")),
    }
}

/// The generator with that handle.
pub(super) fn generator(handle: PolyinrModel) -> Outcome<Arc<Generator>> {
    match model(handle)? {
        Model::Generator(generator) => Ok(generator),
        Model::Upscaler(u) => Err(other_kind(&u.about().name, "an upscaler", "a generator")),
    }
}

fn other_kind(name: &str, is: &str, needed: &str) -> Failure {
    Error::model(name, format!("it is {is}; {needed} is needed here")).into()
}

/// Keeps an opened model.
fn keep(model: Model) -> Outcome<PolyinrModel> {
    let c_text = |s: &str| CString::new(s.replace('\0', " ")).unwrap_or_default();
    let classes = match &model {
        Model::Generator(generator) => generator.classes().iter().map(|c| c_text(c)).collect(),
        Model::Upscaler(_) => {
            // The trainer knows upscalers that no engine computes.
            model.clone().upscaler()?;
            Vec::new()
        }
    };
    let about = model.about();
    log::write(log::Level::Info, &format!("model {} {}", about.name, about.id));
    let (name, id) = (c_text(&about.name), c_text(&about.id));
    PolyinrModel::keep(Opened { model, name, id, classes })
}

/// Opens what `model` gives into `out`.
///
/// # Safety
/// `out` and `error` must be NULL or writable.
unsafe fn open(
    model: impl FnOnce() -> Outcome<Model>,
    out: *mut PolyinrModel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: as the caller promises.
    unsafe { give(out, "model", error, || keep(model()?)) }
}

/// Opens the model file at `path` (UTF-8).
///
/// Errors: `POLYINR_STATUS_IO`; `_UNSUPPORTED` when it is a folder, pipe or device; `_BAD_MODEL` when
/// it is no model of this library, damaged, of a later version, or changed while it was read;
/// `_LIMITS` when it is over 2 GiB or memory is short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_model_open(
    path: *const c_char,
    model: *mut PolyinrModel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `path` is NULL or a text, the others NULL or writable, as the header asks.
    unsafe { open(|| Ok(Model::open(text(path, "path")?)?), model, error) }
}

/// Opens a model by the name that users give: a built-in one (such as "photo" and "clean"), a file's
/// path, or a name in the folders that the documentation lists.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when there is none, and those of `polyinr_model_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_model_find(
    name: *const c_char,
    model: *mut PolyinrModel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `name` is NULL or a text, the others NULL or writable, as the header asks.
    unsafe { open(|| Ok(Model::find(text(name, "name")?)?), model, error) }
}

/// Opens the model whose file's bytes are the `size` at `bytes`, which are not needed afterwards.
///
/// Errors: `POLYINR_STATUS_BAD_MODEL`, `_BAD_BUFFER` when so many bytes cannot be there, `_LIMITS`
/// when memory is short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_model_from_memory(
    bytes: *const u8,
    size: usize,
    model: *mut PolyinrModel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let read = || {
        if bytes.is_null() {
            return Err(Failure::Null("bytes"));
        }
        if !is_memory(bytes as usize, size) {
            return Err(Failure::Buffer("bytes", "they go beyond all memory".to_owned()));
        }
        // SAFETY: readable for `size` bytes, as the header asks.
        let bytes = unsafe { std::slice::from_raw_parts(bytes, size) };
        Ok(Model::from_bytes("in memory", bytes)?)
    };
    // SAFETY: `model` and `error` are NULL or writable, as the header asks.
    unsafe { open(read, model, error) }
}

/// What the model is for; `POLYINR_KIND_NONE` when `model` is no model.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_kind(model: PolyinrModel) -> PolyinrKind {
    guard_value(PolyinrKind::None, || match self::model(model) {
        Ok(Model::Upscaler(_)) => PolyinrKind::Upscaler,
        Ok(Model::Generator(_)) => PolyinrKind::Generator,
        Err(_) => PolyinrKind::None,
    })
}

/// A text of the model, or NULL.
fn text_of(model: PolyinrModel, which: impl Fn(&Opened) -> Option<&CString>) -> *const c_char {
    guard_value(ptr::null(), || match model.get() {
        Ok(model) => which(&model).map_or(ptr::null(), |text| text.as_ptr()),
        Err(_) => ptr::null(),
    })
}

/// The model's short name. The text lives until the model is freed. NULL when `model` is no model.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_name(model: PolyinrModel) -> *const c_char {
    text_of(model, |m| Some(&m.name))
}

/// Hash of the model's weights, 16 hexadecimal digits. The text lives until the model is freed. NULL
/// when `model` is no model.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_id(model: PolyinrModel) -> *const c_char {
    text_of(model, |m| Some(&m.id))
}

/// Number of a generator's classes; 0 when it has none, and for other models.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_class_count(model: PolyinrModel) -> u32 {
    guard_value(0, || model.get().map_or(0, |m| m.classes.len() as u32))
}

/// Name of the class `index`, from 0 on. The text lives until the model is freed. NULL when there is
/// none.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_class_name(model: PolyinrModel, index: u32) -> *const c_char {
    text_of(model, |m| m.classes.get(index as usize))
}

/// Side in pixels of the pictures that a generator was trained on; 0 for other models.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_native_resolution(model: PolyinrModel) -> u32 {
    guard_value(0, || generator(model).map_or(0, |g| g.native_resolution()))
}

/// Whether an upscaler can be told how much to clean; no for other models.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_cleans(model: PolyinrModel) -> bool {
    guard_value(false, || upscaler(model).is_ok_and(|upscaler| upscaler.can_be_told()))
}

/// Whether an upscaler can be told how much detail to draw; no for other models.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_draws_detail(model: PolyinrModel) -> bool {
    guard_value(false, || upscaler(model).is_ok_and(|upscaler| upscaler.draws_detail()))
}

/// Frees a model; calls and fields that use it go on. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_model_free(
    model: PolyinrModel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(model, error)
}
