//! Random calls of the C interface, with handles that are alive, freed, of other kinds or made up, and
//! buffers whose descriptions may be wrong but never promise more memory than there is.

use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::sync::LazyLock;

use arbitrary::Arbitrary;

use declarations::*;

#[path = "../../tests/ffi/declarations.rs"]
mod declarations;

/// A model with two channels, two features and two levels.
const UPSCALER: &[u8] = include_bytes!("../corpus/model/upscaler.safetensors");
const GENERATOR: &[u8] = include_bytes!("../corpus/model/generator.safetensors");

/// One handle: made by an earlier call, possibly freed since, or any number.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub enum Handle {
    /// The handle that a call gave, counted from the latest.
    Made(u8),
    /// The engine that is always there.
    Engine,
    /// Any number.
    Any(u64),
}

/// A description of a buffer.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct Described {
    null: bool,
    size: u16,
    tight: bool,
    stride: u16,
    width: u8,
    height: u8,
    sample: u8,
    channels: u8,
    alpha: u8,
    offset: u8,
}

/// A call.
#[derive(Clone, Debug, Arbitrary)]
pub enum Call {
    /// Opens a model: what it is of, and bytes to change.
    Model(bool, Option<(u16, u8)>),
    /// Asks a model everything.
    About(Handle, u32),
    /// Makes an object.
    Make(u8),
    /// Frees an object as if it were of some kind.
    Free(u8, Handle),
    /// Sets options.
    Options(Handle, u32, f32, i8, Option<u8>),
    /// Sets truncation level by level.
    Truncation(Handle, [u8; 9]),
    /// Mixes two fields.
    Mix(Handle, Handle, [u8; 5], u8),
    /// Goes between two fields.
    Interpolate(Handle, Handle, f64, u8),
    /// Opens a file that is there and none, and refuses to write over it.
    File(Handle, Handle),
    /// Sets a view.
    View(Handle, [f64; 4], Option<f64>),
    /// Makes a field.
    FromSeed(Handle, Handle),
    /// Makes a field.
    FromPicture(Handle, Handle, Described),
    /// Renders a field.
    Render(Handle, Handle, Handle, Handle, Described),
    /// Renders a field by rows, refused after some.
    Rows(Handle, Handle, Handle, u8, u8, u8),
    /// Makes a picture larger.
    SuperResolve(Handle, Handle, Handle, Handle, Described, Described),
    /// Sets how pictures become larger.
    Refine(Handle, u8),
    Clean(Handle, [f64; 2], bool),
    Estimate(Handle, Described),
    /// Adds margins to a picture, whose result has the size they make or any.
    Extend(Handle, Handle, Handle, Described, Described, bool),
    /// Sets how pictures are extended.
    Margins(Handle, [u8; 4], u8),
    /// Generates a picture.
    Generate(Handle, Handle, Handle, Described),
    /// Cancels.
    Cancel(Handle),
    /// Embeds a picture in a generator.
    Invert(Handle, Handle, Handle, Described, [u8; 3]),
    /// Zooms, shifts and warps a view.
    Transform(Handle, [f64; 3], f64, u32, u32),
    /// Sets up an engine.
    Setup(Handle, [u32; 3], u64, bool),
}

/// The place of a handle of whichever kind a call gives.
fn at<H>(out: &mut u64) -> *mut H {
    ptr::from_mut(out).cast()
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| cpu_engine(1));

/// Memory that buffers describe, aligned for floats.
type Memory = Vec<u64>;

struct Session {
    made: Vec<u64>,
    memory: [Memory; 2],
    budget: u8,
}

unsafe extern "C" fn progress(budget: *mut c_void, done: u64, total: u64) -> bool {
    assert!(done <= total);
    // SAFETY: the session hands over its counter, for the call's time.
    let budget = unsafe { &mut *budget.cast::<u8>() };
    *budget = budget.saturating_sub(1);
    *budget > 0
}

unsafe extern "C" fn rows(
    budget: *mut c_void,
    _: u32,
    count: u32,
    width: u32,
    p: *const f32,
) -> bool {
    // SAFETY: the interface says that so many floats are there.
    let pixels = unsafe { std::slice::from_raw_parts(p, count as usize * width as usize * 3) };
    assert!(!pixels.is_empty());
    // SAFETY: as in `progress`; both are called one at a time.
    unsafe { *budget.cast::<u8>() > 1 }
}

impl Session {
    /// The handle as one of whichever kind a call takes.
    fn handle<H: From<u64>>(&self, handle: Handle) -> H {
        H::from(match handle {
            Handle::Made(back) => {
                let index = self.made.len().wrapping_sub(1 + usize::from(back) % 16);
                self.made.get(index).copied().unwrap_or(0)
            }
            Handle::Engine => ENGINE.id,
            Handle::Any(number) => number,
        })
    }

    /// A buffer that promises at most the memory there is.
    fn buffer(&mut self, which: usize, d: Described) -> Buffer {
        let offset = usize::from(d.offset % 9);
        let bytes: &mut [u8] = {
            let memory = &mut self.memory[which];
            // SAFETY: plain numbers seen as bytes.
            unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast(), memory.len() * 8) }
        };
        let there = bytes.len() - offset;
        let pixel =
            [1, 2, 3, 4, 4][usize::from(d.channels) % 5] * [1, 2, 2, 4][usize::from(d.sample) % 4];
        let stride = if d.tight { usize::from(d.width) * pixel } else { usize::from(d.stride) };
        Buffer {
            pixels: if d.null { ptr::null_mut() } else { bytes[offset..].as_mut_ptr().cast() },
            size: if d.tight { there } else { usize::from(d.size).min(there) },
            stride,
            width: d.width.into(),
            height: d.height.into(),
            sample: (d.sample % 5).into(),
            channels: (d.channels % 6).into(),
            alpha: (d.alpha % 3).into(),
        }
    }

    /// Looks at how a call ended: an error has a message and can be freed once.
    fn ended(&mut self, status: u32, error: Error, made: u64) {
        assert_eq!(status == 0, error.id == 0);
        assert_ne!(status, 12, "a panic inside");
        // SAFETY: the interface takes any number; a message ends in NUL.
        unsafe {
            if error.id != 0 {
                assert_eq!(polyinr_error_status(error), status);
                assert!(!CStr::from_ptr(polyinr_error_message(error)).is_empty());
                assert_eq!(polyinr_error_free(error), 0);
                assert_ne!(polyinr_error_free(error), 0);
            }
        }
        if made != 0 {
            assert_eq!(status, 0);
            self.made.push(made);
        }
    }

    fn call(&mut self, call: &Call) {
        let (mut e, mut out) = (Error::default(), 0);
        let data: *mut c_void = (&raw mut self.budget).cast();
        // SAFETY: places are valid, buffers promise no more than `memory` holds, and the two
        // buffers of a call lie apart.
        let status = unsafe {
            match *call {
                Call::Model(upscaler, change) => {
                    let mut bytes = if upscaler { UPSCALER } else { GENERATOR }.to_vec();
                    if let Some((at, value)) = change {
                        let at = usize::from(at) % bytes.len();
                        bytes[at] = value;
                    }
                    polyinr_model_from_memory(bytes.as_ptr(), bytes.len(), at(&mut out), &mut e)
                }
                Call::About(model, index) => {
                    about(self.handle(model), index);
                    0
                }
                Call::Make(0) => polyinr_view_new(at(&mut out), &mut e),
                Call::Make(1) => polyinr_cancel_new(at(&mut out), &mut e),
                Call::Make(2) => polyinr_super_resolve_options_new(at(&mut out), &mut e),
                Call::Make(3) => polyinr_invert_options_new(at(&mut out), &mut e),
                Call::Make(4) => polyinr_extend_options_new(at(&mut out), &mut e),
                Call::Make(5) => polyinr_model_list_new(0, at(&mut out), &mut e),
                Call::Make(6) => polyinr_engine_options_new(at(&mut out), &mut e),
                Call::Make(_) => polyinr_generate_options_new(at(&mut out), &mut e),
                Call::Free(kind, handle) => free(kind, self.handle(handle), &mut e),
                Call::Options(options, number, psi, cutoff, name) => {
                    let options = self.handle(options);
                    polyinr_generate_options_set_seed(options, number, ptr::null_mut());
                    let name = name.map(|n| [n, 0]);
                    if let Some(name) = &name {
                        let name = name.as_ptr().cast();
                        polyinr_generate_options_set_class_name(options, name, ptr::null_mut());
                    } else {
                        polyinr_generate_options_set_class(options, number % 3, ptr::null_mut());
                    }
                    let cutoff = cutoff.into();
                    polyinr_generate_options_set_truncation(options, psi, cutoff, &mut e)
                }
                Call::Truncation(options, text) => {
                    let (options, text) = (self.handle(options), words(&text));
                    polyinr_generate_options_set_truncation_levels(options, text.as_ptr(), &mut e)
                }
                Call::Mix(a, b, levels, space) => {
                    let (a, b, levels) = (self.handle(a), self.handle(b), words(&levels));
                    polyinr_field_mix(
                        a,
                        b,
                        levels.as_ptr(),
                        (space % 4).into(),
                        at(&mut out),
                        &mut e,
                    )
                }
                Call::Interpolate(a, b, t, space) => {
                    let (a, b) = (self.handle(a), self.handle(b));
                    polyinr_field_interpolate(a, b, t, (space % 4).into(), at(&mut out), &mut e)
                }
                Call::Invert(engine, model, options, buffer, [steps, tuning, side]) => {
                    let (engine, model, options) =
                        (self.handle(engine), self.handle(model), self.handle(options));
                    let picture = self.buffer(0, buffer);
                    let (steps, tuning) = ((steps % 4).into(), (tuning % 3).into());
                    polyinr_invert_options_set_steps(options, steps, tuning, 0.0, ptr::null_mut());
                    polyinr_invert_options_set_resolution(options, side.into(), ptr::null_mut());
                    let (none, cancel) = (ptr::null_mut(), Cancel::default());
                    polyinr_field_from_inversion(
                        engine,
                        model,
                        options,
                        &picture,
                        None,
                        data,
                        cancel,
                        at(&mut out),
                        none,
                        &mut e,
                    )
                }
                Call::File(model, field) => {
                    let (model, field) = (self.handle(model), self.handle(field));
                    let path = c"/dev/null".as_ptr();
                    assert_ne!(polyinr_field_save(field, path, false, ptr::null_mut()), 0);
                    polyinr_field_open(model, path, at(&mut out), &mut e)
                }
                Call::View(view, [a, b, c, d], turn) => {
                    let view = self.handle(view);
                    if let Some(degrees) = turn {
                        polyinr_view_set_rotation(view, degrees, ptr::null_mut());
                    }
                    polyinr_view_set_window(view, a, b, c, d, &mut e)
                }
                Call::FromSeed(model, options) => {
                    let (model, options) = (self.handle(model), self.handle(options));
                    polyinr_field_from_seed(model, options, at(&mut out), &mut e)
                }
                Call::FromPicture(model, options, picture) => {
                    let (model, options) = (self.handle(model), self.handle(options));
                    let picture = self.buffer(0, picture);
                    polyinr_field_from_picture(model, options, &picture, at(&mut out), &mut e)
                }
                Call::Render(engine, field, view, cancel, output) => {
                    let (engine, field, view, cancel) = (
                        self.handle(engine),
                        self.handle(field),
                        self.handle(view),
                        self.handle(cancel),
                    );
                    let output = self.buffer(1, output);
                    let follow: Progress = Some(progress);
                    polyinr_field_render(engine, field, view, follow, data, cancel, &output, &mut e)
                }
                Call::Rows(engine, field, view, width, height, budget) => {
                    let (engine, field, view) =
                        (self.handle(engine), self.handle(field), self.handle(view));
                    self.budget = budget;
                    let (width, height) = (width.into(), height.into());
                    polyinr_field_render_rows(
                        engine,
                        field,
                        view,
                        width,
                        height,
                        None,
                        data,
                        Cancel::default(),
                        Some(rows),
                        &mut e,
                    )
                }
                Call::Refine(options, steps) => {
                    let options = self.handle(options);
                    polyinr_super_resolve_options_set_refine(options, (steps % 18).into(), &mut e)
                }
                Call::Clean(options, [denoise, deblur], tta) => {
                    let options = self.handle(options);
                    polyinr_super_resolve_options_set_tta(options, tta, ptr::null_mut());
                    polyinr_super_resolve_options_set_denoise(options, denoise, ptr::null_mut());
                    polyinr_super_resolve_options_set_deblur(options, deblur, &mut e)
                }
                Call::Estimate(model, input) => {
                    let (model, input) = (self.handle(model), self.buffer(0, input));
                    let mut found = [0.0; 2];
                    let [denoise, deblur] = &mut found;
                    let status =
                        polyinr_super_resolve_estimate(model, &input, denoise, deblur, &mut e);
                    assert!(found.iter().all(|number| (0.0..=1.0).contains(number)), "{found:?}");
                    status
                }
                Call::SuperResolve(engine, model, options, cancel, input, output) => {
                    let (engine, model, options, cancel) = (
                        self.handle(engine),
                        self.handle(model),
                        self.handle(options),
                        self.handle(cancel),
                    );
                    let (input, output) = (self.buffer(0, input), self.buffer(1, output));
                    polyinr_super_resolve(
                        engine, model, options, &input, None, data, cancel, &output, &mut e,
                    )
                }
                Call::Margins(options, sides, method) => {
                    let options = self.handle(options);
                    let [top, right, bottom, left] = sides.map(|s| u32::from(s % 9));
                    polyinr_extend_options_set_margins(
                        options,
                        top,
                        right,
                        bottom,
                        left,
                        ptr::null_mut(),
                    );
                    // The field takes longer than a fuzzer waits.
                    let name = [c"smooth", c"reflection", c"none"][usize::from(method) % 3];
                    polyinr_extend_options_set_method(options, name.as_ptr(), &mut e)
                }
                Call::Extend(engine, model, options, input, output, fits) => {
                    let (engine, model, options) =
                        (self.handle(engine), self.handle(model), self.handle(options));
                    let (input, mut output) = (self.buffer(0, input), self.buffer(1, output));
                    if fits {
                        (output.width, output.height) = (input.width + 4, input.height + 4);
                    }
                    // No options would choose, and fit a field for that.
                    let options: ExtendOptions = options;
                    let options = if options.id == 0 { ExtendOptions { id: 1 } } else { options };
                    self.budget = self.budget.max(2);
                    polyinr_extend(
                        engine,
                        model,
                        options,
                        &input,
                        Some(progress),
                        data,
                        Cancel::default(),
                        &output,
                        &mut e,
                    )
                }
                Call::Generate(engine, model, options, output) => {
                    let (engine, model, options) =
                        (self.handle(engine), self.handle(model), self.handle(options));
                    let output = self.buffer(1, output);
                    polyinr_generate(
                        engine,
                        model,
                        options,
                        None,
                        data,
                        Cancel::default(),
                        &output,
                        &mut e,
                    )
                }
                Call::Setup(options, [threads, device, precision], memory, tf32) => {
                    let (options, none) = (self.handle(options), ptr::null_mut());
                    polyinr_engine_options_set_threads(options, threads, none);
                    polyinr_engine_options_set_device(options, device, none);
                    polyinr_engine_options_set_device_memory(options, memory, none);
                    polyinr_engine_options_set_tf32(options, tf32, none);
                    polyinr_engine_options_set_precision(options, precision % 4, &mut e)
                }
                Call::Cancel(cancel) => polyinr_cancel_cancel(self.handle(cancel), &mut e),
                Call::Transform(view, [factor, right, down], amplitude, cells, seed) => {
                    let view = self.handle(view);
                    polyinr_view_set_zoom(view, factor, ptr::null_mut());
                    polyinr_view_set_shift(view, right, down, ptr::null_mut());
                    polyinr_view_set_elastic(view, amplitude, cells, seed, &mut e)
                }
            }
        };
        self.ended(status, e, out);
    }
}

/// Bytes as a text for C: those of lists of levels, so that some mean something.
fn words(bytes: &[u8]) -> CString {
    const LETTERS: &[u8] = b"0123456789-,:.all";
    let letters = bytes.iter().map(|b| LETTERS[usize::from(*b) % LETTERS.len()]);
    CString::new(letters.collect::<Vec<u8>>()).unwrap_or_default()
}

/// Asks everything that has no status.
unsafe fn about(id: u64, index: u32) {
    let (model, list) = (Model { id }, ModelList { id });
    // SAFETY: the interface takes any numbers; texts live as long as what they are of.
    unsafe {
        for text in [
            polyinr_model_name(model),
            polyinr_model_id(model),
            polyinr_model_class_name(model, index),
            polyinr_model_list_name(list, index),
        ] {
            if !text.is_null() {
                let _ = CStr::from_ptr(text).to_bytes();
            }
        }
        let listed = index < polyinr_model_list_count(list);
        assert_eq!(polyinr_model_list_kind(list, index) != 0, listed);
        let known = polyinr_model_kind(model) != 0;
        assert!(known || polyinr_model_class_count(model) == 0);
        assert!(known || polyinr_model_native_resolution(model) == 0);
    }
}

/// Kinds of objects that are freed.
const KINDS: u8 = 11;

unsafe fn free(kind: u8, id: u64, e: Failed) -> u32 {
    // SAFETY: the interface takes any number; the engine that all share stays.
    unsafe {
        match kind % KINDS {
            0 => polyinr_model_free(id.into(), e),
            1 => polyinr_generate_options_free(id.into(), e),
            2 => polyinr_view_free(id.into(), e),
            3 => polyinr_field_free(id.into(), e),
            4 if id != ENGINE.id => polyinr_engine_free(id.into(), e),
            5 => polyinr_super_resolve_options_free(id.into(), e),
            6 => polyinr_invert_options_free(id.into(), e),
            7 => polyinr_extend_options_free(id.into(), e),
            8 => polyinr_model_list_free(id.into(), e),
            9 => polyinr_engine_options_free(id.into(), e),
            _ => polyinr_cancel_free(id.into(), e),
        }
    }
}

/// Makes all calls, then frees what is left.
pub fn abi(calls: &[Call]) {
    let memory = || vec![0x3f40_1234_8056_7fff; 2048];
    let mut session = Session { made: Vec::new(), memory: [memory(), memory()], budget: 200 };
    calls.iter().take(24).for_each(|call| session.call(call));
    for handle in session.made {
        // SAFETY: the interface takes any number.
        (0..KINDS).for_each(|kind| unsafe {
            free(kind, handle, ptr::null_mut());
        });
    }
}
