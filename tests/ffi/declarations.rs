//! The functions of `include/polyinr.h` that tests, benches and fuzz targets call, written once.
#![allow(dead_code)] // Each of them calls some.

use std::ffi::{c_char, c_void};

#[repr(C)]
pub struct Buffer {
    pub pixels: *mut c_void,
    pub size: usize,
    pub stride: usize,
    pub width: u32,
    pub height: u32,
    pub sample: u32,
    pub channels: u32,
    pub alpha: u32,
}

/// A handle of each kind.
macro_rules! handles {
    ($($handle:ident),*) => {
        $(
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            #[repr(C)]
            pub struct $handle {
                pub id: u64,
            }

            impl From<u64> for $handle {
                fn from(id: u64) -> Self {
                    Self { id }
                }
            }
        )*
    };
}
handles!(
    Cancel,
    Engine,
    EngineChoice,
    EngineOptions,
    Error,
    ExtendOptions,
    Field,
    GenerateOptions,
    InvertOptions,
    Model,
    ModelList,
    SuperResolveOptions,
    View
);

pub type Failed = *mut Error;
pub type Progress = Option<unsafe extern "C" fn(*mut c_void, u64, u64) -> bool>;
pub type InvertProgress = Option<unsafe extern "C" fn(*mut c_void, u64, u64, f64) -> bool>;
pub type Rows = Option<unsafe extern "C" fn(*mut c_void, u32, u32, u32, *const f32) -> bool>;

unsafe extern "C" {
    pub fn polyinr_engine_new(
        name: *const c_char,
        options: EngineOptions,
        out: *mut Engine,
        e: Failed,
    ) -> u32;
    pub fn polyinr_engine_options_new(out: *mut EngineOptions, e: Failed) -> u32;
    pub fn polyinr_engine_options_set_threads(
        options: EngineOptions,
        threads: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_engine_options_set_device(options: EngineOptions, device: u32, e: Failed)
    -> u32;
    pub fn polyinr_engine_options_set_device_memory(
        options: EngineOptions,
        bytes: u64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_engine_options_set_precision(
        options: EngineOptions,
        precision: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_engine_options_set_tf32(options: EngineOptions, tf32: bool, e: Failed) -> u32;
    pub fn polyinr_engine_options_free(options: EngineOptions, e: Failed) -> u32;
    pub fn polyinr_engine_free(engine: Engine, e: Failed) -> u32;
    pub fn polyinr_model_from_memory(
        bytes: *const u8,
        size: usize,
        out: *mut Model,
        e: Failed,
    ) -> u32;
    pub fn polyinr_model_find(name: *const c_char, out: *mut Model, e: Failed) -> u32;
    pub fn polyinr_model_kind(model: Model) -> u32;
    pub fn polyinr_model_name(model: Model) -> *const c_char;
    pub fn polyinr_model_id(model: Model) -> *const c_char;
    pub fn polyinr_model_class_count(model: Model) -> u32;
    pub fn polyinr_model_class_name(model: Model, index: u32) -> *const c_char;
    pub fn polyinr_model_native_resolution(model: Model) -> u32;
    pub fn polyinr_model_free(model: Model, e: Failed) -> u32;
    pub fn polyinr_model_list_new(kind: u32, out: *mut ModelList, e: Failed) -> u32;
    pub fn polyinr_model_list_count(list: ModelList) -> u32;
    pub fn polyinr_model_list_name(list: ModelList, index: u32) -> *const c_char;
    pub fn polyinr_model_list_kind(list: ModelList, index: u32) -> u32;
    pub fn polyinr_model_list_free(list: ModelList, e: Failed) -> u32;
    pub fn polyinr_generate_options_new(out: *mut GenerateOptions, e: Failed) -> u32;
    pub fn polyinr_generate_options_set_seed(options: GenerateOptions, seed: u32, e: Failed)
    -> u32;
    pub fn polyinr_generate_options_set_class(
        options: GenerateOptions,
        class: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_generate_options_set_class_name(
        options: GenerateOptions,
        name: *const c_char,
        e: Failed,
    ) -> u32;
    pub fn polyinr_generate_options_set_truncation(
        options: GenerateOptions,
        psi: f32,
        cutoff: i32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_generate_options_set_truncation_levels(
        options: GenerateOptions,
        truncation: *const c_char,
        e: Failed,
    ) -> u32;
    pub fn polyinr_generate_options_free(options: GenerateOptions, e: Failed) -> u32;
    pub fn polyinr_invert_options_new(out: *mut InvertOptions, e: Failed) -> u32;
    pub fn polyinr_invert_options_set_steps(
        options: InvertOptions,
        steps: u32,
        tuning: u32,
        enough: f64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_invert_options_set_resolution(
        options: InvertOptions,
        side: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_invert_options_set_mask(
        options: InvertOptions,
        mask: *const Buffer,
        e: Failed,
    ) -> u32;
    pub fn polyinr_invert_options_free(options: InvertOptions, e: Failed) -> u32;
    pub fn polyinr_field_from_inversion(
        engine: Engine,
        model: Model,
        options: InvertOptions,
        picture: *const Buffer,
        progress: InvertProgress,
        data: *mut c_void,
        cancel: Cancel,
        out: *mut Field,
        found: *mut c_void,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_size(field: Field, width: *mut u32, height: *mut u32, e: Failed) -> u32;
    pub fn polyinr_view_new(out: *mut View, e: Failed) -> u32;
    pub fn polyinr_view_set_window(
        view: View,
        x0: f64,
        x1: f64,
        y0: f64,
        y1: f64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_view_set_rotation(view: View, degrees: f64, e: Failed) -> u32;
    pub fn polyinr_view_set_zoom(view: View, factor: f64, e: Failed) -> u32;
    pub fn polyinr_view_set_shift(view: View, right: f64, down: f64, e: Failed) -> u32;
    pub fn polyinr_view_set_elastic(
        view: View,
        amplitude: f64,
        cells: u32,
        seed: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_view_free(view: View, e: Failed) -> u32;
    pub fn polyinr_field_from_seed(
        model: Model,
        options: GenerateOptions,
        out: *mut Field,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_from_picture(
        model: Model,
        options: SuperResolveOptions,
        picture: *const Buffer,
        out: *mut Field,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_open(model: Model, path: *const c_char, out: *mut Field, e: Failed)
    -> u32;
    pub fn polyinr_field_save(field: Field, path: *const c_char, replace: bool, e: Failed) -> u32;
    pub fn polyinr_field_mix(
        base: Field,
        other: Field,
        levels: *const c_char,
        space: u32,
        out: *mut Field,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_interpolate(
        from: Field,
        to: Field,
        t: f64,
        space: u32,
        out: *mut Field,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_render(
        engine: Engine,
        field: Field,
        view: View,
        progress: Progress,
        user_data: *mut c_void,
        cancel: Cancel,
        output: *const Buffer,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_render_rows(
        engine: Engine,
        field: Field,
        view: View,
        width: u32,
        height: u32,
        progress: Progress,
        user_data: *mut c_void,
        cancel: Cancel,
        rows: Rows,
        e: Failed,
    ) -> u32;
    pub fn polyinr_field_free(field: Field, e: Failed) -> u32;
    pub fn polyinr_super_resolve_options_new(out: *mut SuperResolveOptions, e: Failed) -> u32;
    pub fn polyinr_super_resolve_options_set_refine(
        options: SuperResolveOptions,
        steps: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_super_resolve_options_set_denoise(
        options: SuperResolveOptions,
        denoise: f64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_super_resolve_options_set_deblur(
        options: SuperResolveOptions,
        deblur: f64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_super_resolve_options_set_detail(
        options: SuperResolveOptions,
        detail: f64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_super_resolve_options_set_tta(
        options: SuperResolveOptions,
        tta: bool,
        e: Failed,
    ) -> u32;
    pub fn polyinr_super_resolve_estimate(
        model: Model,
        input: *const Buffer,
        denoise: *mut f64,
        deblur: *mut f64,
        e: Failed,
    ) -> u32;
    pub fn polyinr_model_cleans(model: Model) -> bool;
    pub fn polyinr_model_draws_detail(model: Model) -> bool;
    pub fn polyinr_super_resolve_options_free(options: SuperResolveOptions, e: Failed) -> u32;
    pub fn polyinr_super_resolve(
        engine: Engine,
        model: Model,
        options: SuperResolveOptions,
        input: *const Buffer,
        progress: Progress,
        user_data: *mut c_void,
        cancel: Cancel,
        output: *const Buffer,
        e: Failed,
    ) -> u32;
    pub fn polyinr_extend_options_new(out: *mut ExtendOptions, e: Failed) -> u32;
    pub fn polyinr_extend_options_set_margins(
        options: ExtendOptions,
        top: u32,
        right: u32,
        bottom: u32,
        left: u32,
        e: Failed,
    ) -> u32;
    pub fn polyinr_extend_options_set_method(
        options: ExtendOptions,
        method: *const c_char,
        e: Failed,
    ) -> u32;
    pub fn polyinr_extend_options_free(options: ExtendOptions, e: Failed) -> u32;
    pub fn polyinr_extend(
        engine: Engine,
        model: Model,
        options: ExtendOptions,
        input: *const Buffer,
        progress: Progress,
        user_data: *mut c_void,
        cancel: Cancel,
        output: *const Buffer,
        e: Failed,
    ) -> u32;
    pub fn polyinr_generate(
        engine: Engine,
        model: Model,
        options: GenerateOptions,
        progress: Progress,
        user_data: *mut c_void,
        cancel: Cancel,
        output: *const Buffer,
        e: Failed,
    ) -> u32;
    pub fn polyinr_cancel_new(out: *mut Cancel, e: Failed) -> u32;
    pub fn polyinr_cancel_cancel(cancel: Cancel, e: Failed) -> u32;
    pub fn polyinr_cancel_free(cancel: Cancel, e: Failed) -> u32;
    pub fn polyinr_error_message(error: Error) -> *const c_char;
    pub fn polyinr_error_status(error: Error) -> u32;
    pub fn polyinr_error_free(error: Error) -> u32;
}

/// What a function that makes something made.
pub fn made<H: Default>(make: impl FnOnce(*mut H) -> u32) -> H {
    let mut out = H::default();
    assert_eq!(make(&mut out), 0);
    out
}

/// An engine on the processor with so many threads; 0 takes one for every processor.
pub fn cpu_engine(threads: u32) -> Engine {
    let none = std::ptr::null_mut();
    // SAFETY: text and places are valid.
    unsafe {
        let options = made(|out| polyinr_engine_options_new(out, none));
        assert_eq!(polyinr_engine_options_set_threads(options, threads, none), 0);
        let engine = made(|out| polyinr_engine_new(c"cpu".as_ptr(), options, out, none));
        assert_eq!(polyinr_engine_options_free(options, none), 0);
        engine
    }
}
