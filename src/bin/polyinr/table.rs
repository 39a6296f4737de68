//! Written by `cargo xtask operations` from plugins/operations.toml; change it there.

/// What options have in common with parameters of `super-resolve`.
pub mod super_resolve {
    pub const FACTOR_DEFAULT: &str = "4";
    pub const CLEANING_DEFAULT: &str = "auto";
    pub const DETAIL_DEFAULT: &str = "0";
    pub const DETAIL_RANGE: std::ops::RangeInclusive<f32> = 0.0..=1.0;
    pub const DETAIL_TIP: &str = "How much detail is drawn that looks as if it were there: 0 \
        nearest to the truth, 1 as sharp as it can be. By models that \
        can be told how much";
    pub const ENGINE_DEFAULT: &str = "auto";
}

/// What options have in common with parameters of `generate`.
pub mod generate {
    pub const SEED_DEFAULT: &str = "0";
    pub const TRUNCATION_DEFAULT: &str = "1";
}

/// What options have in common with parameters of `extend-canvas`.
pub mod extend_canvas {
    pub const LEFT_DEFAULT: &str = "12.5%";
}

/// What options have in common with parameters of `invert`.
pub mod invert {
    pub const STEPS_DEFAULT: &str = "2500";
    pub const STEPS_TIP: &str = "Steps of the search; more come closer and take longer";
    pub const TUNING_DEFAULT: &str = "0";
}
