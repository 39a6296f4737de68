//! Engines: what does the arithmetic. They see fields and views, never files or hosts.

mod cache;
pub mod cpu;
mod derivatives;
mod finite;
pub(crate) mod home;
mod lens;

#[cfg(feature = "onnx")]
pub mod onnx;
mod options;
mod perceptual;
mod select;

use std::fmt::Debug;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField};
pub use crate::field::{Image, PictureImage};
use crate::view::View;

pub use cpu::CpuEngine;
pub use derivatives::{Derivative, DerivativeRequest, Derivatives, LinearisedField};
#[cfg(feature = "onnx")]
pub use onnx::OnnxEngine;
pub use options::{EngineOptions, Precision};
pub use perceptual::{PERCEPTUAL_SIDE, Perceived, PerceptualLoss, PerceptualRequest};
pub use select::{Choice, ENGINES, check_engine, choose_engine, open_engine};

/// Rows of a picture below one that is handed on that an engine must have read.
pub const ROWS_AHEAD: usize = 14;

/// Takes a picture's rows as they are computed.
pub trait RowSink {
    /// Takes whole rows, from the top and in order: `pixels` holds their samples, interleaved, nominal
    /// range `[0, 1]`, not clamped; `first_row` is the number of the first of them. Engines give RGB,
    /// [`ops::render`](crate::ops::render) the channels of its field.
    ///
    /// # Errors
    /// Whatever the sink cannot do; the work stops and hands the error on.
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()>;
}

impl<F: FnMut(u32, &[f32]) -> Result<()>> RowSink for F {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        self(first_row, pixels)
    }
}

/// Looks at images through views.
pub trait Engine: Debug + Send + Sync {
    /// The engine's name, as users give it.
    fn name(&self) -> &'static str;

    /// Fails in a forked child of the process that made this engine, which has not its threads.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn check_process(&self) -> Result<()> {
        Ok(())
    }

    /// Threads that this engine computes with on the processor; what works beside it takes few in
    /// comparison.
    fn threads(&self) -> usize {
        1
    }

    /// Renders `image` through `view`, handing rows to `sink` as they are ready; of a picture some
    /// [rows](ROWS_AHEAD) further down were read then. Progress counts output pixels.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when `control` says so; the sink's errors; [`Error::Model`] when the
    /// model's weights lead out of the finite numbers; [`Error::Engine`] when this engine cannot
    /// compute this image, or was made by a process of which this one was forked.
    fn render(
        &self,
        image: &Image,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()>;

    /// What this engine tells of features inside a network.
    ///
    /// # Errors
    /// [`Error::Engine`] when it tells nothing of them.
    fn features(&self) -> Result<&dyn Features> {
        let problem = "it looks into no network; take the cpu engine".to_owned();
        Err(Error::Engine { engine: self.name(), problem })
    }

    /// What this engine tells of derivatives.
    ///
    /// # Errors
    /// [`Error::Engine`] when it has none.
    fn derivatives(&self) -> Result<&dyn Derivatives> {
        let problem = "it computes no derivatives; take the cpu engine".to_owned();
        Err(Error::Engine { engine: self.name(), problem })
    }
}

/// Looks into the networks of generators' fields.
pub trait Features: Send + Sync {
    /// Heat-maps of some levels of a generator's `field` over the pixels of `view`: for level `j`
    /// with features `h_c`, as they are after activation and clamp,
    /// `H_j(p) = Σ_c mean_p(h_c) h_c(p)` (Poly-INR). Levels are here the maps that the network counts
    /// ([`Network::maps`](crate::network::Network::maps)). Each is `[height, width]`, in the
    /// order of `levels`, which count from 0; ranges differ from level to level. Only the maps are
    /// held in memory, not features. Progress counts every output pixel twice.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a picture's field, which has no such levels, and for levels that are
    /// not there or named twice; [`Error::Limits`] for more than 2³⁰ values together;
    /// [`Error::Cancelled`] when `control` says so.
    fn heatmaps(
        &self,
        field: &Field,
        view: &View,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>>;
}

/// Most values of heat-maps together: 4 GiB.
const MAX_HEATMAP_VALUES: u64 = 1 << 30;

/// Checks what heat-maps are asked for; gives the field that has them.
pub(crate) fn check_heatmaps<'a>(
    field: &'a Field,
    view: &View,
    levels: &[usize],
) -> Result<&'a GeneratedField> {
    let Field::Generated(field) = field else {
        let problem = "a picture's field has no levels to look into; give a generator's";
        return Err(Error::parameter("field", problem));
    };
    let count = field.network().maps();
    if let Some(level) = levels.iter().find(|level| **level >= count) {
        let problem = format!("there is no level {level}, only 0 to {}", count - 1);
        return Err(Error::parameter("levels", problem));
    }
    if let Some(i) = (1..levels.len()).find(|i| levels[..*i].contains(&levels[*i])) {
        return Err(Error::parameter("levels", format!("level {} is named twice", levels[i])));
    }
    let values = view.pixels().saturating_mul(levels.len() as u64);
    if values > MAX_HEATMAP_VALUES {
        return Err(Error::limits(
            "heat-maps",
            format!(
                "{} of {}x{} are over {MAX_HEATMAP_VALUES} values; take fewer levels or a smaller size",
                levels.len(),
                view.width(),
                view.height()
            ),
        ));
    }
    Ok(field)
}
