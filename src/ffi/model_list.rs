//! Names of models, for a host to choose from.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::LazyLock;

use super::boundary::give;
use super::caught::guard_value;
use super::changed::free;
use super::error::PolyinrError;
use super::handles::{Handle, handle};
use super::model::PolyinrKind;
use super::status::{Outcome, PolyinrStatus};
use crate::error::Error;
use crate::model::{BUILTIN, DEFAULT_GENERATOR, DEFAULT_UPSCALER, Kind, list};

/// Names of the models that `polyinr_model_find` finds, as they were when the list was made. Make
/// one with `polyinr_model_list_new`; free it with `polyinr_model_list_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrModelList {
    /// Which one it is; 0 for none.
    pub id: u64,
}

/// A name and what it is the name of.
pub(super) struct Listed {
    name: CString,
    kind: PolyinrKind,
}

handle!(PolyinrModelList, "model_list", Vec<Listed>);

/// The kind that is asked for; none stands for all.
fn wanted(number: u32) -> Outcome<Option<PolyinrKind>> {
    match number {
        n if n == PolyinrKind::None as u32 => Ok(None),
        n if n == PolyinrKind::Upscaler as u32 => Ok(Some(PolyinrKind::Upscaler)),
        n if n == PolyinrKind::Generator as u32 => Ok(Some(PolyinrKind::Generator)),
        n => {
            let problem = format!("{n} is no kind; give 0 (all), 1 (upscalers) or 2 (generators)");
            Err(Error::parameter("kind", problem).into())
        }
    }
}

fn found(wanted: Option<PolyinrKind>) -> Vec<Listed> {
    let listed = list().into_iter().filter_map(|model| {
        let kind = match model.kind {
            Kind::Upscaler(_) => PolyinrKind::Upscaler,
            Kind::Generator(_) => PolyinrKind::Generator,
        };
        Some(Listed { name: CString::new(model.name).ok()?, kind })
    });
    listed.filter(|model| wanted.is_none_or(|kind| kind == model.kind)).collect()
}

/// The name of the built-in model of a `polyinr_kind` that is taken where none is named, for
/// `polyinr_model_find`. NULL for other kinds, and when the library was built without models.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_default(kind: u32) -> *const c_char {
    static NAMES: LazyLock<[CString; 2]> = LazyLock::new(|| {
        [DEFAULT_UPSCALER, DEFAULT_GENERATOR].map(|name| CString::new(name).unwrap_or_default())
    });
    guard_value(ptr::null(), || match wanted(kind) {
        Ok(Some(PolyinrKind::Upscaler)) if !BUILTIN.is_empty() => NAMES[0].as_ptr(),
        Ok(Some(PolyinrKind::Generator)) if !BUILTIN.is_empty() => NAMES[1].as_ptr(),
        _ => ptr::null(),
    })
}

/// Lists the models of a `polyinr_kind` (`POLYINR_KIND_NONE`: of all kinds) that `polyinr_model_find`
/// finds by name: the built-in ones first, then those in the folders that the documentation lists.
/// Files that are no models are left out; of the others only the beginning is read, so that one that
/// is damaged further on is an error when it is opened.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when `kind` is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_model_list_new(
    kind: u32,
    list: *mut PolyinrModelList,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || PolyinrModelList::keep(found(wanted(kind)?));
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(list, "list", error, make) }
}

/// Number of models in the list; 0 when `list` is no list.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_list_count(list: PolyinrModelList) -> u32 {
    guard_value(0, || list.get().map_or(0, |list| list.len() as u32))
}

/// Name of the model `index`, from 0 on, as `polyinr_model_find` takes it. The text lives until the
/// list is freed. NULL when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_list_name(list: PolyinrModelList, index: u32) -> *const c_char {
    guard_value(ptr::null(), || match list.get() {
        Ok(list) => list.get(index as usize).map_or(ptr::null(), |model| model.name.as_ptr()),
        Err(_) => ptr::null(),
    })
}

/// What the model `index`, from 0 on, is for; `POLYINR_KIND_NONE` when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_model_list_kind(list: PolyinrModelList, index: u32) -> PolyinrKind {
    guard_value(PolyinrKind::None, || match list.get() {
        Ok(list) => list.get(index as usize).map_or(PolyinrKind::None, |model| model.kind),
        Err(_) => PolyinrKind::None,
    })
}

/// Frees a list and its texts. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_model_list_free(
    list: PolyinrModelList,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(list, error)
}
