//! A picture as a field: every pixel's surroundings give that pixel its own affine parameters.

use std::fmt::{Debug, Formatter};
use std::sync::{Arc, OnceLock};

use super::Refine;
use crate::error::{Error, Result};
use crate::model::{Strength, Upscaler};
use crate::raster::{Extent, Raster, RasterRows, RowSource, Survey};
use crate::view::View;

/// Gives the rows of a picture from the top, each time it is called.
type OpenRows = dyn Fn() -> Result<Box<dyn RowSource>> + Send + Sync;

/// A picture seen through an upscaler: in memory, or read anew each time it is looked at. Clones share the
/// picture.
///
/// What leaves 0 to 1 is brought into that range for the upscaler and back in results, samples that are no
/// finite numbers, or stand for no data, are left out and put back where they were, and a picture whose
/// red, green and blue are equal stays so. Alpha goes through the same network as a gray picture, unless
/// pixels stay where they are, and stays within 0 to 1, color beside it within the picture's own range.
///
/// ```
/// use std::sync::Arc;
/// use polyinr::{Channels, Control, CpuEngine, Field, Model, PictureField, Raster, Samples, ops};
///
/// let upscaler = Model::builtin("clean")?.upscaler()?;
/// let picture = Raster::new(8, 6, Channels::GrayAlpha, Samples::U8(vec![128; 96]))?;
/// let field = Field::Picture(PictureField::new(&upscaler, Arc::new(picture)));
///
/// let (engine, view) = (CpuEngine::new(Some(1))?, field.view(20, 15)?);
/// let pixels = ops::render_to_vec(&engine, &field, &view, &Control::default())?;
/// assert_eq!(pixels.len(), 20 * 15 * field.channels().count());
/// # Ok::<(), polyinr::Error>(())
/// ```
#[derive(Clone)]
pub struct PictureField {
    upscaler: Arc<Upscaler>,
    source: PixelSource,
    extent: Extent,
    origin: String,
    strength: Strength,
    refine: Option<Refine>,
    tta: bool,
    profile: Option<Arc<[u8]>>,
    nodata: Option<f32>,
    /// What is known of the picture, once it was looked at.
    survey: Arc<OnceLock<Survey>>,
}

/// Where pixels come from.
#[derive(Clone)]
enum PixelSource {
    Memory(Arc<Raster>),
    Opened(Arc<OpenRows>),
}

impl Debug for PictureField {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { extent, strength, refine, .. } = self;
        let mut out = f.debug_struct("PictureField");
        out.field("extent", extent).field("strength", strength).field("refine", refine).finish()
    }
}

impl PictureField {
    /// `raster` seen through `upscaler`, which cleans nothing and draws no detail.
    pub fn new(upscaler: &Arc<Upscaler>, raster: Arc<Raster>) -> Self {
        let extent = Extent::of(&raster);
        Self::from_source(upscaler, extent, PixelSource::Memory(raster))
    }

    /// A picture of `extent` whose rows `open` gives, seen through `upscaler`. It is called several times
    /// for a view where there is alpha, and where more of the picture than its first rows must be known: of
    /// floats, of pictures with a sample that stands for no data, and as long as every pixel is gray; eight
    /// times as often for a mean over turns.
    pub fn opened(
        upscaler: &Arc<Upscaler>,
        extent: Extent,
        open: impl Fn() -> Result<Box<dyn RowSource>> + Send + Sync + 'static,
    ) -> Self {
        Self::from_source(upscaler, extent, PixelSource::Opened(Arc::new(open)))
    }

    fn from_source(upscaler: &Arc<Upscaler>, extent: Extent, source: PixelSource) -> Self {
        Self {
            upscaler: upscaler.clone(),
            source,
            extent,
            origin: String::new(),
            strength: Strength::default(),
            refine: None,
            tta: false,
            profile: None,
            nodata: None,
            survey: Arc::default(),
        }
    }

    /// The same, with where the picture is from, in words for people.
    pub fn with_origin(self, origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), ..self }
    }

    /// The same with what its upscaler is told to clean, and how much detail to draw.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not from 0 to 1, or the upscaler cannot be told.
    pub fn with_strength(self, strength: Strength) -> Result<Self> {
        self.upscaler.with_strength(strength)?;
        Ok(Self { strength, ..self })
    }

    /// The same with results that are refined where that [can be](Refine::check_view), or not.
    pub fn with_refine(self, refine: Option<Refine>) -> Self {
        Self { refine, ..self }
    }

    /// The same with results that are, or are not, the mean of what the network makes of the picture turned
    /// and mirrored in all eight ways.
    pub fn with_tta(self, tta: bool) -> Self {
        Self { tta, ..self }
    }

    /// The same with the bytes of the picture's ICC profile. One without bytes is none.
    pub fn with_profile(self, profile: Option<Vec<u8>>) -> Self {
        Self { profile: profile.filter(|p| !p.is_empty()).map(Arc::from), ..self }
    }

    /// The same of a picture in which the sample `nodata` stands for no data, on the scale where 1
    /// is full for integers. Rows that are opened must say the same themselves.
    pub fn with_nodata(self, nodata: Option<f32>) -> Self {
        Self { nodata, survey: Arc::default(), ..self }
    }

    /// The upscaler.
    pub fn upscaler(&self) -> &Arc<Upscaler> {
        &self.upscaler
    }

    /// Size, channels and depth of the picture.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Where the picture is from, for people.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What the upscaler is told to clean.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// How the whole picture is refined where it is shown, if it is.
    pub fn refine(&self) -> Option<Refine> {
        self.refine
    }

    /// How what `view` shows is refined, if it is.
    pub fn refined_in(&self, view: &View) -> Option<Refine> {
        self.refine.filter(|refine| refine.check_view(self.extent.size(), view).is_ok())
    }

    /// Whether results are a mean over turns.
    pub fn tta(&self) -> bool {
        self.tta
    }

    /// Bytes of the picture's ICC profile.
    pub fn profile(&self) -> Option<&[u8]> {
        self.profile.as_deref()
    }

    /// The sample that stands for no data, on the scale where 1 is full for integers.
    pub fn nodata(&self) -> Option<f32> {
        self.nodata
    }

    /// The picture, where it is in memory.
    pub fn raster(&self) -> Option<&Arc<Raster>> {
        match &self.source {
            PixelSource::Memory(raster) => Some(raster),
            PixelSource::Opened(_) => None,
        }
    }

    /// The rows of the picture, from the top.
    ///
    /// # Errors
    /// Whatever keeps a picture from being opened; [`Error::Parameter`] when it has not the size and channels
    /// that the field was told.
    pub fn rows(&self) -> Result<Box<dyn RowSource>> {
        let rows = match &self.source {
            PixelSource::Memory(raster) => {
                Box::new(RasterRows::new(raster.clone()).with_nodata(self.nodata))
            }
            PixelSource::Opened(open) => open()?,
        };
        let Extent { width, height, channels, .. } = self.extent;
        if (rows.width(), rows.height(), rows.channels()) != (width, height, channels) {
            let problem = "the picture changed after it was first read; open it anew";
            return Err(Error::parameter("rows", problem));
        }
        Ok(rows)
    }

    /// What is known of the picture, and its rows from the top where they were kept as it was looked at.
    pub(crate) fn surveyed(&self) -> Result<(&Survey, Option<Box<dyn RowSource>>)> {
        if let Some(survey) = self.survey.get() {
            return Ok((survey, None));
        }
        let (found, rows) = Survey::of(self.rows()?)?;
        // Another thread may have come first, with the same.
        Ok((self.survey.get_or_init(|| found), rows))
    }
}
