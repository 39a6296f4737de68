//! The calls of libjpeg's C interface.

use std::ffi::{c_int, c_ulong};
use std::mem::zeroed;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mozjpeg_sys::*;

use super::colours::Colours;

/// What was wrong with a file that was decoded all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Flaws {
    /// Compressed data ended before its blocks did.
    pub missing: bool,
    /// Some of it makes no sense.
    pub damaged: bool,
}

/// The number in [`mozjpeg_sys`] of what decoding failed with.
#[derive(Debug)]
pub(super) struct Failure(pub c_int);

/// Rows that are asked for at once.
const ROWS: usize = 16;

/// Decodes `file` into `samples`, rows of `width` pixels of `channels` samples.
///
/// libjpeg leaves a failing call by [`error_exit`], which unwinds through its frames; they hold
/// nothing but numbers and pointers to memory that `jpeg_destroy_decompress` gives back.
pub(super) fn decode(
    file: &[u8],
    (width, channels): (usize, usize),
    colours: Colours,
    samples: &mut [u8],
) -> Result<Flaws, Failure> {
    let mut flaws = Flaws::default();
    // SAFETY: both are plain C structures, of which zeros are a value.
    let (mut errors, mut state): (jpeg_error_mgr, jpeg_decompress_struct) = unsafe { zeroed() };
    let (errors, state) = (&raw mut errors, &raw mut state);
    // SAFETY: all that `state` refers to (`errors`, `flaws`, `file`) lives until it is destroyed
    // below and is reached through these pointers only.
    let result = unwound(|| unsafe {
        (*state).common.err = jpeg_std_error(&mut *errors);
        (*errors).error_exit = Some(error_exit);
        (*errors).emit_message = Some(emit_message);
        (*state).common.client_data = (&raw mut flaws).cast();
        jpeg_create_decompress(state);
        rows(&mut *state, file, (width, channels), colours, samples)
    });
    // SAFETY: `state` is zeros or was created; what it refers to is still there. This cannot fail.
    unsafe { jpeg_destroy_decompress(&mut *state) };
    result.flatten().map(|()| flaws)
}

/// What `call` returns, or what it failed with.
fn unwound<T>(call: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|thrown| match thrown.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(panic) => resume_unwind(panic),
    })
}

/// # Safety
/// `state` was created, and `file` outlives its use.
unsafe fn rows(
    state: &mut jpeg_decompress_struct,
    file: &[u8],
    (width, channels): (usize, usize),
    colours: Colours,
    samples: &mut [u8],
) -> Result<(), Failure> {
    let bytes = c_ulong::try_from(file.len()).map_err(|_| Failure(JERR_IMAGE_TOO_BIG))?;
    // SAFETY: as promised by the caller.
    unsafe {
        jpeg_mem_src(state, file.as_ptr(), bytes);
        jpeg_read_header(state, 1);
    }
    state.out_color_space = if channels == 1 { JCS_GRAYSCALE } else { JCS_RGB };
    if colours == Colours::Stored {
        (state.jpeg_color_space, state.out_color_space) = (JCS_UNKNOWN, JCS_UNKNOWN);
    }
    // SAFETY: the header was read.
    unsafe { jpeg_start_decompress(state) };
    let row = width * channels;
    let size = (state.output_width as usize, state.output_height as usize);
    let made = state.output_components as usize;
    // Another frame than the one that was seen before: a file with two.
    if (size.0, made) != (width, channels) || size.1 * row != samples.len() {
        return Err(Failure(JERR_SOF_DUPLICATE));
    }
    while (state.output_scanline as usize) < size.1 {
        let rest = &mut samples[state.output_scanline as usize * row..];
        let mut places = [std::ptr::null_mut(); ROWS];
        let count = places.iter_mut().zip(rest.chunks_exact_mut(row)).map(|(to, row)| {
            *to = row.as_mut_ptr();
        });
        let count = count.count() as JDIMENSION;
        // SAFETY: there are `count` pointers to rows of the size that was checked above.
        if unsafe { jpeg_read_scanlines(state, places.as_mut_ptr(), count) } == 0 {
            return Err(Failure(JERR_CANT_SUSPEND));
        }
    }
    // What is behind the rows may be odd; nothing of the picture is in it.
    // SAFETY: decompression was started.
    let _ = unwound(|| unsafe { jpeg_finish_decompress(state) });
    Ok(())
}

/// Called by libjpeg where it cannot go on; must not return.
unsafe extern "C-unwind" fn error_exit(state: &mut jpeg_common_struct) {
    // SAFETY: libjpeg passes a state whose `err` was set.
    let code = unsafe { (*state.err).msg_code };
    resume_unwind(Box::new(Failure(code)));
}

/// Called by libjpeg with what it notices; warnings have a level below zero.
unsafe extern "C-unwind" fn emit_message(state: &mut jpeg_common_struct, level: c_int) {
    if level >= 0 {
        return;
    }
    // SAFETY: libjpeg passes a state whose `err` and `client_data` were set.
    let (code, flaws) = unsafe { ((*state.err).msg_code, &mut *state.client_data.cast::<Flaws>()) };
    match code {
        // What the end of the file means follows from where it is; the others are of no consequence
        // to pixels.
        JWRN_JPEG_EOF | JWRN_ADOBE_XFORM | JWRN_JFIF_MAJOR | JWRN_NOT_SEQUENTIAL => {}
        JWRN_HIT_MARKER | JWRN_MUST_RESYNC => flaws.missing = true,
        _ => flaws.damaged = true,
    }
}
