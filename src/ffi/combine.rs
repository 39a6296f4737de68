//! Fields from files and into them, and fields made from two others.

use std::ffi::{CStr, c_char};
use std::ptr;

use super::boundary::{give, guard, text};
use super::error::PolyinrError;
use super::field::{PolyinrField, keep_generated, keep_picture};
use super::handles::Handle;
use super::model::{self, PolyinrModel};
use super::status::{Outcome, PolyinrStatus};
use crate::error::{Error, Result};
use crate::field::{FieldFile, GeneratedField, ORIGIN_KEPT};
use crate::file::Existing;
use crate::model::{Generator, Model};
use crate::network::LevelSet;
use crate::ops::{Space, interpolate, mix};

/// What of two fields is mixed or interpolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrSpace {
    /// The latent z, known of fields from seeds. For interpolation; between two classes the latents
    /// w of both go linearly from the one to the other.
    Z = 0,
    /// The latents w of the levels, known of fields from seeds and what is made of these in w.
    W = 1,
    /// The code, which all fields of a generator have: the image's own parameters.
    A = 2,
}

fn space(number: u32) -> Outcome<Space> {
    match number {
        n if n == PolyinrSpace::Z as u32 => Ok(Space::Z),
        n if n == PolyinrSpace::W as u32 => Ok(Space::W),
        n if n == PolyinrSpace::A as u32 => Ok(Space::A),
        n => {
            let problem = format!("{n} is no space; give 0 (z), 1 (w) or 2 (a)");
            Err(Error::parameter("space", problem).into())
        }
    }
}

/// Names of all spaces, in the order of [`PolyinrSpace`].
const SPACES: &[&CStr] = &[c"z", c"w", c"a"];
/// Names of all groups of levels, in the order of [`LevelGroup::ALL`](crate::network::LevelGroup::ALL).
const LEVEL_GROUPS: &[&CStr] = &[c"shape", c"coarse", c"fine"];

/// Name of the space number `index`, a `polyinr_space`: "z", "w", "a"; NULL when there are no more. The
/// text lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_space_name(index: u32) -> *const c_char {
    SPACES.get(index as usize).map_or(ptr::null(), |name| name.as_ptr())
}

/// Name of the group of levels number `index`, from 0 on, first levels first; NULL when there are no
/// more. `polyinr_field_mix` takes these names. The text lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_level_group_name(index: u32) -> *const c_char {
    LEVEL_GROUPS.get(index as usize).map_or(ptr::null(), |name| name.as_ptr())
}

/// Opens the field file at `path` (UTF-8), which belongs to `model`: a generator's field, or a
/// picture's and the upscaler that it is seen through.
///
/// Errors: `POLYINR_STATUS_IO`; `_UNSUPPORTED` when it is a folder, pipe or device; `_BAD_FILE` when it
/// is no field file, is damaged, of a later version, changed while it was read, or belongs to another
/// model; `_LIMITS` when it is too large or memory is short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_open(
    model: PolyinrModel,
    path: *const c_char,
    field: *mut PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let open = || {
        let model = model::model(model)?;
        // SAFETY: `path` is NULL or a text, as the header asks.
        let file = FieldFile::open(unsafe { text(path, "path") }?)?;
        match model {
            Model::Generator(generator) => keep_generated(file.generated(&generator)?, generator),
            Model::Upscaler(upscaler) => keep_picture(file.picture(&upscaler)?),
        }
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, open) }
}

/// Keeps a field in a file at `path` (UTF-8), usually called `NAME.field`, whole or not at all: a
/// generator's with its parameters, a picture's with the picture. With `replace` a file that is there
/// is replaced, else it is an error.
///
/// Errors: `POLYINR_STATUS_IO`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_save(
    field: PolyinrField,
    path: *const c_char,
    replace: bool,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let save = || {
        // SAFETY: `path` is NULL or a text, as the header asks.
        let path = unsafe { text(path, "path") }?;
        let existing = if replace { Existing::Replace } else { Existing::Refuse };
        Ok(field.get()?.field.save(path, existing)?)
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, save) }
}

/// Makes a field that is `base` with some levels taken from `other`: `levels` is a text such as "fine"
/// or "0-4,8" (numbers from 0 on, ranges, `all`, and the groups `shape`, `coarse` and `fine`), `space`
/// a `polyinr_space`, w or a. All levels of `other` are `other`.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when the fields are of pictures or of different models, or
/// the space or the levels do not fit them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_mix(
    base: PolyinrField,
    other: PolyinrField,
    levels: *const c_char,
    space: u32,
    field: *mut PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        // SAFETY: `levels` is NULL or a text, as the header asks.
        let levels: LevelSet = unsafe { text(levels, "levels") }?.parse()?;
        combined(base, other, space, |generator, [a, b], space| {
            let (from, with) = (a.origin(), b.origin());
            let origin = format!("mixed in {space}: ({from}) with levels {levels} of ({with})");
            Ok((mix(generator, a, b, &levels, space)?, origin))
        })
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}

/// Makes the field that is a part `t`, 0 to 1, of the way from `from` to `to`; `space` is a
/// `polyinr_space`. At 0 and 1 it is exactly the one and the other.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when the fields are of pictures or of different models, or
/// the space or `t` do not fit them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_field_interpolate(
    from: PolyinrField,
    to: PolyinrField,
    t: f64,
    space: u32,
    field: *mut PolyinrField,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        combined(from, to, space, |generator, [a, b], space| {
            let (from, to) = (a.origin(), b.origin());
            let origin = format!("{t} of the way in {space} from ({from}) to ({to})");
            Ok((interpolate(generator, a, b, t, space)?, origin))
        })
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(field, "field", error, make) }
}

/// Keeps what `make` makes of two fields in a space, with how it was made.
fn combined(
    first: PolyinrField,
    second: PolyinrField,
    space_number: u32,
    make: impl FnOnce(&Generator, [&GeneratedField; 2], Space) -> Result<(GeneratedField, String)>,
) -> Outcome<PolyinrField> {
    let (first, second) = (first.get()?, second.get()?);
    let ((a, generator), (b, _)) = (first.generated()?, second.generated()?);
    let (field, origin) = make(generator, [a, b], space(space_number)?)?;
    let origin: String = origin.chars().take(ORIGIN_KEPT).collect();
    keep_generated(field.with_origin(origin), generator.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::LevelGroup;

    #[test]
    fn names_are_those_of_the_library() {
        let text = |name: &&'static CStr| name.to_str().unwrap();
        assert!(LEVEL_GROUPS.iter().map(text).eq(LevelGroup::ALL.map(LevelGroup::name)));
        for (number, name) in SPACES.iter().map(text).enumerate() {
            assert_eq!(space(number as u32).ok().map(Space::name), Some(name));
        }
        assert!(space(SPACES.len() as u32).is_err());
    }
}
