//! The C ABI. `include/polyinr.h` is made from these files by `cargo xtask header`.
//!
//! Conventions, which the header repeats for its readers: functions are `polyinr_<noun>_<verb>`;
//! inputs come first and outputs last, written only on success; objects are ids that are
//! checked on every use, each kind in a struct of its own; every function returns through
//! [`guard`], so that a panic becomes a status; no lock is held while working.

mod boundary;
mod buffer;
mod caught;
mod changed;
mod combine;
mod control;
mod convert;
mod engine;
mod engine_choice;
mod engine_options;
mod error;
mod extend;
mod field;
mod generate;
mod handles;
mod invert;
mod limits;
mod log;
mod messages;
mod model;
mod model_list;
mod progress;
mod status;
mod super_resolve;
mod version;
mod view;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::buffer::{
        PolyinrAlpha as Alpha, PolyinrChannels as Channels, PolyinrSample as Sample,
    };
    use super::combine::PolyinrSpace as Space;
    use super::engine_options::PolyinrPrecision as Precision;
    use super::log::Level;
    use super::model::PolyinrKind as Kind;
    use super::status::PolyinrStatus as Status;
    use super::version;

    const HEADER: &str = include_str!("../../include/polyinr.h");

    /// All `NAME = number,` of enums and `#define NAME number` in the header.
    fn header() -> BTreeMap<String, u32> {
        let pair = |line: &str| {
            let line = line.trim();
            let (name, value) = match line.strip_prefix("#define ") {
                Some(rest) => rest.split_once(' ')?,
                None => line.strip_suffix(',')?.split_once(" = ")?,
            };
            Some((name.strip_prefix("POLYINR_")?.to_owned(), value.parse().ok()?))
        };
        HEADER.lines().filter_map(pair).collect()
    }

    #[test]
    fn every_number_in_the_header_is_the_crates() {
        let crates = [
            ("VERSION_MAJOR", version::POLYINR_VERSION_MAJOR),
            ("VERSION_MINOR", version::POLYINR_VERSION_MINOR),
            ("VERSION_PATCH", version::POLYINR_VERSION_PATCH),
            ("STATUS_OK", Status::Ok as u32),
            ("STATUS_NULL_POINTER", Status::NullPointer as u32),
            ("STATUS_BAD_HANDLE", Status::BadHandle as u32),
            ("STATUS_BAD_PARAMETER", Status::BadParameter as u32),
            ("STATUS_BAD_BUFFER", Status::BadBuffer as u32),
            ("STATUS_BAD_MODEL", Status::BadModel as u32),
            ("STATUS_BAD_FILE", Status::BadFile as u32),
            ("STATUS_LIMITS", Status::Limits as u32),
            ("STATUS_UNSUPPORTED", Status::Unsupported as u32),
            ("STATUS_IO", Status::Io as u32),
            ("STATUS_ENGINE", Status::Engine as u32),
            ("STATUS_CANCELLED", Status::Cancelled as u32),
            ("STATUS_INTERNAL", Status::Internal as u32),
            ("KIND_NONE", Kind::None as u32),
            ("KIND_UPSCALER", Kind::Upscaler as u32),
            ("KIND_GENERATOR", Kind::Generator as u32),
            ("SAMPLE_U8", Sample::U8 as u32),
            ("SAMPLE_U16", Sample::U16 as u32),
            ("SAMPLE_F16", Sample::F16 as u32),
            ("SAMPLE_F32", Sample::F32 as u32),
            ("CHANNELS_GRAY", Channels::Gray as u32),
            ("CHANNELS_GRAY_ALPHA", Channels::GrayAlpha as u32),
            ("CHANNELS_RGB", Channels::Rgb as u32),
            ("CHANNELS_RGBA", Channels::Rgba as u32),
            ("CHANNELS_BGRA", Channels::Bgra as u32),
            ("ALPHA_STRAIGHT", Alpha::Straight as u32),
            ("ALPHA_PREMULTIPLIED", Alpha::Premultiplied as u32),
            ("SPACE_Z", Space::Z as u32),
            ("SPACE_W", Space::W as u32),
            ("SPACE_A", Space::A as u32),
            ("PRECISION_EXACT", Precision::Exact as u32),
            ("PRECISION_F16", Precision::F16 as u32),
            ("PRECISION_BF16", Precision::Bf16 as u32),
            ("LOG_LEVEL_DEBUG", Level::Debug as u32),
            ("LOG_LEVEL_INFO", Level::Info as u32),
        ];
        let crates = crates.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(header(), BTreeMap::from(crates));
    }

    /// Numbers that programs were compiled with.
    #[test]
    fn statuses_are_frozen() {
        let named = |status: Status| status as u32;
        let all = [Status::Ok, Status::NullPointer, Status::BadHandle, Status::BadParameter];
        assert_eq!(all.map(named), [0, 1, 2, 3]);
        let all = [Status::BadBuffer, Status::BadModel, Status::BadFile, Status::Limits];
        assert_eq!(all.map(named), [4, 5, 6, 7]);
        let all = [Status::Unsupported, Status::Io, Status::Engine, Status::Cancelled];
        assert_eq!(all.map(named), [8, 9, 10, 11]);
        assert_eq!(named(Status::Internal), 12);
    }
}
