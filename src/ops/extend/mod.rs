//! The canvas becomes larger.
//!
//! A generator's image is a function of position: [`extended_view`] looks at more of it, on the same
//! grid. A photograph is embedded in a generator; the field is seen beyond the photograph, and
//! what the field does not show of it is continued there, harmonically with detail that fades. So
//! the margins join without a seam, and the photograph's own samples stay as they are.
//!
//! A generator knows little about most photographs. So each side's method is chosen on pixels that
//! are known: a ring as wide as the margins is hidden inside the picture and made from the rest by
//! every method. The smooth continuation, which does best on average, is taken unless another is
//! better there by more than what such a trial is off by.
//!
//! ```
//! use polyinr::ops::{self, ExtendMethod, ExtendOptions};
//! use polyinr::{Channels, Control, CpuEngine, Model, Raster, Samples};
//!
//! let samples = (0..40 * 30).map(|i| (i % 40 * 5) as u8).collect();
//! let picture = Raster::new(40, 30, Channels::Gray, Samples::U8(samples))?;
//! let generator = Model::builtin("flowers")?.generator()?;
//! let options = ExtendOptions {
//!     margins: "25%,0,4px".parse()?,
//!     method: Some(ExtendMethod::Smooth),
//!     nodata: None,
//! };
//! let (engine, control) = (CpuEngine::new(None)?, Control::default());
//! let larger = ops::extend(&engine, &generator, &picture, &options, &control)?;
//! assert_eq!((larger.raster.width(), larger.raster.height()), (40, 42));
//! # Ok::<(), polyinr::Error>(())
//! ```

mod channel;
mod choice;
mod detail;
mod fit;
mod harmonic;
mod join;
mod margins;
mod method;
mod source;

use std::borrow::Cow;

use crate::control::Control;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::memory;
use crate::model::Generator;
use crate::ops::memory::extend_memory;
use crate::raster::Extent;
use crate::raster::{Raster, Samples, in_range};
use crate::view::{Grid, View, Window};
use channel::{Channel, Frame};
pub use margins::{Margin, Margins};
pub use method::{ExtendMethod, Side};
use source::PictureChannels;

/// Most pixels of an extended photograph: it is held in memory as floats, several times.
const MAX_PIXELS: usize = 1 << 28;

/// How a photograph is extended. The default adds an eighth on every side and chooses each side's
/// method.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExtendOptions {
    /// What is added.
    pub margins: Margins,
    /// The method of all sides; `None` chooses one for every side by what it makes of hidden pixels
    /// of the photograph.
    pub method: Option<ExtendMethod>,
    /// The sample that stands for no data, on the scale where 1 is full for integers: such samples stay,
    /// and do not go on.
    pub nodata: Option<f32>,
}

/// What became of a side.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtendedSide {
    /// Which.
    pub side: Side,
    /// Pixels that were added.
    pub margin: u32,
    /// How they were made.
    pub method: ExtendMethod,
    /// PSNR in dB of the methods that were tried on the hidden pixels at this side, over all
    /// samples; empty when the method was given, or the photograph is too small to hide any.
    pub scores: Vec<(ExtendMethod, f64)>,
}

/// A larger photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Extended {
    /// Its pixels, with channels and depth of the photograph, whose samples are in it unchanged.
    pub raster: Raster,
    /// The sides to which something was added, clockwise from the top.
    pub sides: Vec<ExtendedSide>,
}

/// The view of a generator's field that is meant to be seen at `width x height` pixels, with
/// `margins` around: pixels lie as far apart, the inner ones where they lay on the network's `grid`. A
/// field that shows a picture goes between its outer pixels' edges; see [`extended_window`].
///
/// # Errors
/// [`Error::Parameter`] as [`Margins::resolve`].
pub fn extended_view(width: u32, height: u32, margins: &Margins, grid: Grid) -> Result<View> {
    if grid == Grid::Edges {
        let (window, [width, height]) = extended_window(width, height, margins)?;
        return View::new(window, width, height, grid);
    }
    crate::raster::check_size(width, height)?;
    let [top, right, bottom, left] = margins.resolve(width, height)?.map(f64::from);
    // A single pixel is at the middle, and stands for all of the side.
    let ends = |before: f64, inner: u32, after: f64| match (inner, before + after) {
        (1, 0.0) => (0.0, 1.0),
        (1, _) => (0.5 - before, 0.5 + after),
        (n, _) => (-before / f64::from(n - 1), 1.0 + after / f64::from(n - 1)),
    };
    let (x0, x1) = ends(left, width, right);
    let (y0, y1) = ends(top, height, bottom);
    let (across, down) = ((left + right) as u32, (top + bottom) as u32);
    View::new(Window::new(x0, x1, y0, y1), width + across, height + down, Grid::Centres)
}

/// The window of a picture at `width x height` pixels with `margins` around, its ends being the outer
/// pixels' edges, and the size of what it shows.
///
/// # Errors
/// [`Error::Parameter`] as [`Margins::resolve`].
pub fn extended_window(width: u32, height: u32, margins: &Margins) -> Result<(Window, [u32; 2])> {
    crate::raster::check_size(width, height)?;
    let [top, right, bottom, left] = margins.resolve(width, height)?;
    let share = |pixels: u32, side: u32| f64::from(pixels) / f64::from(side);
    let (x0, x1) = (-share(left, width), 1.0 + share(right, width));
    let (y0, y1) = (-share(top, height), 1.0 + share(bottom, height));
    Ok((Window::new(x0, x1, y0, y1), [width + left + right, height + top + bottom]))
}

/// Adds margins to a photograph. Its own samples are in the result as they were.
///
/// Margins stay within the range of the photograph's values, whatever that is; samples that are no
/// finite numbers do not go on. Where there is alpha, it goes on like the colours, and colour under
/// fully transparent pixels does not. The photograph and its result
/// are held in memory as floats. The same input gives the same result, whatever the threads.
/// Progress counts steps of the inversions.
///
/// # Errors
/// [`Error::Parameter`] when the margins are nothing or out of range, or the field is asked for and
/// nothing is visible; [`Error::Limits`] for a result of more than 2²⁸
/// pixels; [`Error::Cancelled`] when `control` says so; the engine's errors.
pub fn extend(
    engine: &dyn Engine,
    generator: &Generator,
    picture: &Raster,
    options: &ExtendOptions,
    control: &Control<'_>,
) -> Result<Extended> {
    let margins = options.margins.resolve(picture.width(), picture.height())?;
    let inner = [picture.width() as usize, picture.height() as usize];
    let frame = Frame { inner, margins: margins.map(|m| m as usize) };
    let [width, height] = frame.outer();
    if width.saturating_mul(height) > MAX_PIXELS {
        let problem = format!("{width}x{height} are over {MAX_PIXELS} pixels; add less");
        return Err(Error::limits("margin", problem));
    }
    memory::check(extend_memory(Extent::of(picture), &options.margins)?, "margin")?;
    let (survey, ready) = in_range(picture, options.nodata)?;
    let made = extend_ready(engine, generator, &ready, options, frame, control)?;
    let raster = match ready {
        Cow::Borrowed(_) => made.raster,
        Cow::Owned(_) => join::restored(picture, &frame, made.raster, &survey)?,
    };
    Ok(Extended { raster, ..made })
}

/// Adds margins to a photograph of finite values from 0 to 1, as `frame` says.
fn extend_ready(
    engine: &dyn Engine,
    generator: &Generator,
    picture: &Raster,
    options: &ExtendOptions,
    frame: Frame,
    control: &Control<'_>,
) -> Result<Extended> {
    let margins = frame.margins.map(|m| m as u32);
    let source = PictureChannels::new(picture)?;
    let work = Work { engine, generator, picture, frame, control };
    let (methods, tried) = work.choose(&source, options.method)?;
    let sides: Vec<Side> = Side::ALL.into_iter().filter(|s| margins[*s as usize] > 0).collect();
    let mut made = Vec::new();
    for method in ExtendMethod::ALL {
        if sides.iter().any(|s| methods[*s as usize] == method) {
            let base = match method {
                ExtendMethod::Field => Some(work.field(picture, &frame, 1)?),
                _ => None,
            };
            control.check()?;
            made.push((method, source.extended(&frame, method, base.as_ref())));
        }
    }
    control.check()?;
    let raster = join::joined(picture, &frame, methods, &made)?;
    let side = |side: &Side| ExtendedSide {
        side: *side,
        margin: margins[*side as usize],
        method: methods[*side as usize],
        scores: tried.iter().map(|(m, scores)| (*m, scores[*side as usize])).collect(),
    };
    control.report(u64::from(INVERSIONS * fit::STEPS), u64::from(INVERSIONS * fit::STEPS))?;
    Ok(Extended { raster, sides: sides.iter().map(side).collect() })
}

/// Inversions of a photograph, at most: what is left of it when a ring is hidden, and the whole.
const INVERSIONS: u32 = 2;

/// What the parts of one extension share.
struct Work<'a> {
    engine: &'a dyn Engine,
    generator: &'a Generator,
    picture: &'a Raster,
    frame: Frame,
    control: &'a Control<'a>,
}

/// Each method's scores at the four sides, in dB.
type Tried = Vec<(ExtendMethod, [f64; 4])>;

impl Work<'_> {
    /// Every side's method, and what was found on hidden pixels.
    fn choose(
        &self,
        source: &PictureChannels,
        method: Option<ExtendMethod>,
    ) -> Result<([ExtendMethod; 4], Tried)> {
        if let Some(method) = method {
            return Ok(([method; 4], Tried::new()));
        }
        let Some(ring) = choice::ring(&self.frame) else {
            return Ok(([ExtendMethod::Smooth; 4], Tried::new()));
        };
        let inside = source.cropped(&ring);
        let mut tried = Tried::new();
        for method in ExtendMethod::ALL {
            let base = match method {
                ExtendMethod::Field if !inside.is_visible() => continue,
                ExtendMethod::Field => {
                    Some(self.field(&cropped(self.picture, &ring)?, &ring, 0)?)
                }
                _ => None,
            };
            self.control.check()?;
            let made = inside.extended(&ring, method, base.as_ref());
            tried.push((method, choice::scores(source, &made, &ring)));
        }
        let methods = Side::ALL.map(|side| choice::best(&tried, side));
        Ok((methods, tried))
    }

    /// The field of `picture` over the larger picture of `frame`; it is inversion number `number`.
    fn field(&self, picture: &Raster, frame: &Frame, number: u32) -> Result<[Channel; 3]> {
        let before = u64::from(number * fit::STEPS);
        let total = u64::from(INVERSIONS * fit::STEPS);
        let control = Control::with_cancel(self.control.cancel_token().clone())
            .on_progress(|done, _| self.control.report(before + done, total).is_ok());
        fit::seen(self.engine, self.generator, picture, frame, &control)
    }
}

/// The part of `picture` in `frame`.
fn cropped(picture: &Raster, frame: &Frame) -> Result<Raster> {
    let [columns, rows] = frame.spans();
    let (row, count) = (picture.row_len(), picture.channels().count());
    let mut samples = Samples::zeroed(picture.samples().depth(), 0);
    for y in rows {
        let first = y * row;
        samples.append(
            &picture.samples().part(first + columns.start * count..first + columns.end * count),
        );
    }
    Raster::new(frame.inner[0] as u32, frame.inner[1] as u32, picture.channels(), samples)
}
