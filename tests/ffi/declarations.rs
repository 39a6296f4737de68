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

pub type Error = *mut u64;
pub type Progress = Option<unsafe extern "C" fn(*mut c_void, u64, u64) -> bool>;
pub type InvertProgress = Option<unsafe extern "C" fn(*mut c_void, u64, u64, f64) -> bool>;
pub type Rows = Option<unsafe extern "C" fn(*mut c_void, u32, u32, u32, *const f32) -> bool>;

unsafe extern "C" {
    pub fn polyinr_engine_new(name: *const c_char, threads: u32, out: *mut u64, e: Error) -> u32;
    pub fn polyinr_engine_free(engine: u64, e: Error) -> u32;
    pub fn polyinr_model_from_memory(bytes: *const u8, size: usize, out: *mut u64, e: Error)
    -> u32;
    pub fn polyinr_model_find(name: *const c_char, out: *mut u64, e: Error) -> u32;
    pub fn polyinr_model_kind(model: u64) -> u32;
    pub fn polyinr_model_name(model: u64) -> *const c_char;
    pub fn polyinr_model_id(model: u64) -> *const c_char;
    pub fn polyinr_model_class_count(model: u64) -> u32;
    pub fn polyinr_model_class_name(model: u64, index: u32) -> *const c_char;
    pub fn polyinr_model_native_resolution(model: u64) -> u32;
    pub fn polyinr_model_free(model: u64, e: Error) -> u32;
    pub fn polyinr_model_list_new(kind: u32, out: *mut u64, e: Error) -> u32;
    pub fn polyinr_model_list_count(list: u64) -> u32;
    pub fn polyinr_model_list_name(list: u64, index: u32) -> *const c_char;
    pub fn polyinr_model_list_kind(list: u64, index: u32) -> u32;
    pub fn polyinr_model_list_free(list: u64, e: Error) -> u32;
    pub fn polyinr_generate_options_new(out: *mut u64, e: Error) -> u32;
    pub fn polyinr_generate_options_set_seed(options: u64, seed: u32, e: Error) -> u32;
    pub fn polyinr_generate_options_set_class(options: u64, class: u32, e: Error) -> u32;
    pub fn polyinr_generate_options_set_class_name(
        options: u64,
        name: *const c_char,
        e: Error,
    ) -> u32;
    pub fn polyinr_generate_options_set_truncation(
        options: u64,
        psi: f32,
        cutoff: i32,
        e: Error,
    ) -> u32;
    pub fn polyinr_generate_options_set_truncation_levels(
        options: u64,
        truncation: *const c_char,
        e: Error,
    ) -> u32;
    pub fn polyinr_generate_options_free(options: u64, e: Error) -> u32;
    pub fn polyinr_invert_options_new(out: *mut u64, e: Error) -> u32;
    pub fn polyinr_invert_options_set_steps(
        options: u64,
        steps: u32,
        tuning: u32,
        enough: f64,
        e: Error,
    ) -> u32;
    pub fn polyinr_invert_options_set_resolution(options: u64, side: u32, e: Error) -> u32;
    pub fn polyinr_invert_options_set_mask(options: u64, mask: *const Buffer, e: Error) -> u32;
    pub fn polyinr_invert_options_free(options: u64, e: Error) -> u32;
    pub fn polyinr_field_from_inversion(
        engine: u64,
        model: u64,
        options: u64,
        picture: *const Buffer,
        progress: InvertProgress,
        data: *mut c_void,
        cancel: u64,
        out: *mut u64,
        found: *mut c_void,
        e: Error,
    ) -> u32;
    pub fn polyinr_field_size(field: u64, width: *mut u32, height: *mut u32, e: Error) -> u32;
    pub fn polyinr_view_new(out: *mut u64, e: Error) -> u32;
    pub fn polyinr_view_set_window(view: u64, x0: f64, x1: f64, y0: f64, y1: f64, e: Error) -> u32;
    pub fn polyinr_view_set_rotation(view: u64, degrees: f64, e: Error) -> u32;
    pub fn polyinr_view_set_zoom(view: u64, factor: f64, e: Error) -> u32;
    pub fn polyinr_view_set_shift(view: u64, right: f64, down: f64, e: Error) -> u32;
    pub fn polyinr_view_set_elastic(
        view: u64,
        amplitude: f64,
        cells: u32,
        seed: u32,
        e: Error,
    ) -> u32;
    pub fn polyinr_view_free(view: u64, e: Error) -> u32;
    pub fn polyinr_field_from_seed(model: u64, options: u64, out: *mut u64, e: Error) -> u32;
    pub fn polyinr_field_from_picture(
        model: u64,
        options: u64,
        picture: *const Buffer,
        out: *mut u64,
        e: Error,
    ) -> u32;
    pub fn polyinr_field_open(model: u64, path: *const c_char, out: *mut u64, e: Error) -> u32;
    pub fn polyinr_field_save(field: u64, path: *const c_char, replace: bool, e: Error) -> u32;
    pub fn polyinr_field_mix(
        base: u64,
        other: u64,
        levels: *const c_char,
        space: u32,
        out: *mut u64,
        e: Error,
    ) -> u32;
    pub fn polyinr_field_interpolate(
        from: u64,
        to: u64,
        t: f64,
        space: u32,
        out: *mut u64,
        e: Error,
    ) -> u32;
    pub fn polyinr_field_render(
        engine: u64,
        field: u64,
        view: u64,
        progress: Progress,
        user_data: *mut c_void,
        cancel: u64,
        output: *const Buffer,
        e: Error,
    ) -> u32;
    pub fn polyinr_field_render_rows(
        engine: u64,
        field: u64,
        view: u64,
        width: u32,
        height: u32,
        progress: Progress,
        user_data: *mut c_void,
        cancel: u64,
        rows: Rows,
        e: Error,
    ) -> u32;
    pub fn polyinr_field_free(field: u64, e: Error) -> u32;
    pub fn polyinr_super_resolve_options_new(out: *mut u64, e: Error) -> u32;
    pub fn polyinr_super_resolve_options_set_refine(options: u64, steps: u32, e: Error) -> u32;
    pub fn polyinr_super_resolve_options_set_denoise(options: u64, denoise: f64, e: Error) -> u32;
    pub fn polyinr_super_resolve_options_set_deblur(options: u64, deblur: f64, e: Error) -> u32;
    pub fn polyinr_super_resolve_options_set_detail(options: u64, detail: f64, e: Error) -> u32;
    pub fn polyinr_super_resolve_options_set_tta(options: u64, tta: bool, e: Error) -> u32;
    pub fn polyinr_super_resolve_estimate(
        model: u64,
        input: *const Buffer,
        denoise: *mut f64,
        deblur: *mut f64,
        e: Error,
    ) -> u32;
    pub fn polyinr_model_cleans(model: u64) -> bool;
    pub fn polyinr_model_draws_detail(model: u64) -> bool;
    pub fn polyinr_super_resolve_options_free(options: u64, e: Error) -> u32;
    pub fn polyinr_super_resolve(
        engine: u64,
        model: u64,
        options: u64,
        input: *const Buffer,
        progress: Progress,
        user_data: *mut c_void,
        cancel: u64,
        output: *const Buffer,
        e: Error,
    ) -> u32;
    pub fn polyinr_extend_options_new(out: *mut u64, e: Error) -> u32;
    pub fn polyinr_extend_options_set_margins(
        options: u64,
        top: u32,
        right: u32,
        bottom: u32,
        left: u32,
        e: Error,
    ) -> u32;
    pub fn polyinr_extend_options_set_method(options: u64, method: *const c_char, e: Error) -> u32;
    pub fn polyinr_extend_options_free(options: u64, e: Error) -> u32;
    pub fn polyinr_extend(
        engine: u64,
        model: u64,
        options: u64,
        input: *const Buffer,
        progress: Progress,
        user_data: *mut c_void,
        cancel: u64,
        output: *const Buffer,
        e: Error,
    ) -> u32;
    pub fn polyinr_generate(
        engine: u64,
        model: u64,
        options: u64,
        progress: Progress,
        user_data: *mut c_void,
        cancel: u64,
        output: *const Buffer,
        e: Error,
    ) -> u32;
    pub fn polyinr_cancel_new(out: *mut u64, e: Error) -> u32;
    pub fn polyinr_cancel_cancel(cancel: u64, e: Error) -> u32;
    pub fn polyinr_cancel_free(cancel: u64, e: Error) -> u32;
    pub fn polyinr_error_message(error: u64) -> *const c_char;
    pub fn polyinr_error_status(error: u64) -> u32;
    pub fn polyinr_error_free(error: u64) -> u32;
}
