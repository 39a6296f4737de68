//! A picture becomes a larger one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::copied::Copied;
use super::mean::Mean;
use super::memory::{Extent, super_resolve_memory};
use super::refine::{Refine, Refined, Target};
use super::size::Size;
use super::strength::strength_of;
use super::super_resolve_options::SuperResolveOptions;
use crate::control::Control;
use crate::engine::flat::{Feed, FlatAreas};
use crate::engine::prepared::{Restored, reduction};
use crate::engine::{Engine, RowSink};
use crate::error::{Error, Result};
use crate::field::{Field, PictureField, PictureFile, Plane};
use crate::memory;
use crate::model::{Strength, Upscaler};
use crate::network::Turn;
use crate::raster::{
    Bled, Channels, Depth, Raster, RasterRows, Reduced, RowSource, Samples, Survey,
};
use crate::view::{Grid, View, Window};

/// One plane of a picture as a field, and the picture again where the result is refined towards it.
struct Part {
    field: Field,
    plane: Plane,
    refine: Option<(Refine, Target)>,
    /// What is read of the picture, where it can be kept flat where it is.
    feed: Option<Feed>,
}

impl Part {
    fn new(
        RenderJob { upscaler, view, options, .. }: RenderJob<'_>,
        source: Box<dyn RowSource>,
        plane: Plane,
    ) -> Self {
        let (feed, source) = match FlatAreas::suits(view) {
            true => {
                let (feed, source) = Feed::tap(source);
                (Some(feed), source)
            }
            false => (None, source),
        };
        let (refine, source) = match options.refine {
            None => (None, source),
            Some(refine) => {
                let (target, source) = Target::tap(source, plane);
                (Some((refine, target)), source)
            }
        };
        let field = Field::Picture(PictureField::streamed(upscaler.clone(), source, plane));
        Self { field, plane, refine, feed }
    }

    fn render(mut self, job: RenderJob<'_>, sink: &mut dyn RowSink) -> Result<()> {
        if let Some(feed) = self.feed.take() {
            let mut areas = FlatAreas::new(feed, self.plane, job.view, sink);
            return self.render(job, &mut areas);
        }
        let RenderJob { engine, view, control, .. } = job;
        let Some((refine, target)) = self.refine else {
            return engine.render(&self.field, view, control, sink);
        };
        let mut refined = Refined::new(refine, target, engine, view, sink)?;
        engine.render(&self.field, view, control, &mut refined)
    }
}

/// Renders a picture at `size` through `upscaler`; `sink` takes rows with the picture's channels.
/// `open` gives the picture's rows from the top; it is called several times where there is alpha,
/// and where more of the picture than its first rows must be known: of floats, of pictures with a
/// sample that stands for no data, as long as every pixel is grey, and where the picture decides how
/// much is cleaned; eight times as often for a mean over turns.
///
/// Floats that leave 0 to 1 are brought into that range for the network, and results back, so that
/// a picture of other units or light gives the same result in these. Samples that are no finite
/// numbers, or stand for no data, are left out and put back into the pixels that lie in theirs. Where
/// red, green and blue are equal in all pixels, they are so in the result. Sides that become shorter
/// are reduced with an antialiased bicubic filter.
///
/// Alpha goes through the same network as a grey picture, unless pixels stay where they are, and stays
/// within 0 to 1, colour beside it within the picture's own range. Before, visible colour is spread
/// into fully transparent pixels, so that colour nobody saw is not drawn into the visible edge.
///
/// # Errors
/// [`Error::Parameter`] when the size is out of range, or a result that is smaller than its picture
/// is to be refined; the errors of `open` and its rows, otherwise as [`Engine::render`].
pub fn super_resolve(
    engine: &dyn Engine,
    upscaler: &Arc<Upscaler>,
    open: &dyn Fn() -> Result<Box<dyn RowSource>>,
    size: Size,
    options: &SuperResolveOptions,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let source = open()?;
    let (width, height) = size.resolve(source.width(), source.height())?;
    let view = View::new(Window::UNIT, width, height, Grid::Edges)?;
    RenderJob { engine, upscaler, view: &view, options, control }.start(source, open, sink)
}

/// Looks at the picture that `open` gives through `upscaler` and `view`: as [`super_resolve`], which
/// looks at the whole. Views that turn, flip or warp hold the picture in memory.
///
/// # Errors
/// As [`super_resolve`]; [`Error::Parameter`] when a view is to be refined that
/// [cannot be](Refine::check_view).
pub fn super_resolve_view(
    engine: &dyn Engine,
    upscaler: &Arc<Upscaler>,
    open: &dyn Fn() -> Result<Box<dyn RowSource>>,
    view: &View,
    options: &SuperResolveOptions,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    RenderJob { engine, upscaler, view, options, control }.start(open()?, open, sink)
}

/// Looks at a picture that was kept with `upscaler` through `view`, refined as `file` says where that
/// [can be](Refine::check_view); `sink` takes rows with the picture's channels.
///
/// # Errors
/// [`Error::Field`] when `file` belongs to another model; otherwise as [`super_resolve_view`].
pub fn render_picture(
    engine: &dyn Engine,
    upscaler: &Arc<Upscaler>,
    file: &PictureFile,
    view: &View,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    file.check_upscaler(upscaler)?;
    let size = (file.raster().width(), file.raster().height());
    let options = SuperResolveOptions::of(file).for_view(size, view);
    let rows = || -> Result<Box<dyn RowSource>> { Ok(Box::new(file.rows())) };
    super_resolve_view(engine, upscaler, &rows, view, &options, control, sink)
}

/// The rendering of a picture.
#[derive(Clone, Copy)]
struct RenderJob<'a> {
    engine: &'a dyn Engine,
    upscaler: &'a Arc<Upscaler>,
    view: &'a View,
    options: &'a SuperResolveOptions,
    control: &'a Control<'a>,
}

impl RenderJob<'_> {
    /// Renders `source`, which `open` gave and gives again, as often as the options ask for.
    fn start(
        self,
        source: Box<dyn RowSource>,
        open: &dyn Fn() -> Result<Box<dyn RowSource>>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        self.check(&*source)?;
        if !self.options.tta {
            return self.render(source, open, sink);
        }
        let size = [source.width(), source.height()];
        let strength = self.strength(open, size)?;
        let options = SuperResolveOptions { treatment: strength.into(), ..*self.options };
        let row = self.view.width() as usize * source.channels().count();
        let mut mean = Mean::new(row, self.view.height() as usize)?;
        let mut source = Some(source);
        for (number, turn) in (0..).zip(Turn::ALL) {
            let control = self.control.part(number, Turn::ALL.len() as u64);
            let upscaler = &Arc::new(self.upscaler.turned(turn));
            let job = RenderJob { upscaler, options: &options, control: &control, ..self };
            job.render(source.take().map_or_else(open, Ok)?, open, &mut mean.next())?;
        }
        mean.hand_to(sink, self.control)
    }

    /// Checks that the view can be refined where it is to be, and that there is memory.
    fn check(self, source: &dyn RowSource) -> Result<()> {
        let (width, height, channels) = (source.width(), source.height(), source.channels());
        if let Some(refine) = self.options.refine {
            refine.check_view((width, height), self.view)?;
        }
        // The samples' depth is not known yet; the deepest takes the most.
        let from = Extent { width, height, channels, depth: Depth::F32 };
        let to = (self.view.width(), self.view.height());
        let needed = super_resolve_memory(self.engine, self.upscaler, from, to, self.options);
        memory::check(needed, "size")
    }

    /// How much is cleaned in a picture of `size` pixels.
    fn strength(
        self,
        open: &dyn Fn() -> Result<Box<dyn RowSource>>,
        size: [u32; 2],
    ) -> Result<Strength> {
        strength_of(self.upscaler, self.options.asked()?, self.control, || {
            let (survey, first) = Survey::of(open()?)?;
            let reduced = reduction(self.view, size);
            SurveyedRows { survey: &survey, open, reduced }.colour(first)
        })
    }

    /// Renders `source`, which `open` gave and gives again.
    fn render(
        self,
        source: Box<dyn RowSource>,
        open: &dyn Fn() -> Result<Box<dyn RowSource>>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let channels = source.channels();
        let size = [source.width(), source.height()];
        let reduced = reduction(self.view, size);
        let (survey, first) = Survey::of(source)?;
        let rows = SurveyedRows { survey: &survey, open, reduced };
        let (treatment, control) = (self.options.asked()?, self.control);
        let strength = strength_of(self.upscaler, treatment, control, || rows.colour(None))?;
        let cleaner = self.upscaler.with_strength(strength)?;
        let part = |source, plane| {
            // Alpha has no noise.
            let upscaler = if plane == Plane::Colour { &cleaner } else { self.upscaler };
            Part::new(RenderJob { upscaler, ..self }, source, plane)
        };
        let job = SurveyedJob { job: self, survey: &survey, size, channels };
        let colour = part(rows.colour(first)?, Plane::Colour);
        if rows.have_alpha(channels) {
            let alpha = rows.ready(None)?;
            let alpha = match Copied::corner(self.view, size) {
                Some(corner) => AlphaPart::Copied(Copied::new(alpha, corner)),
                None => AlphaPart::Rendered(Box::new(part(alpha, Plane::Alpha))),
            };
            return job.with_alpha(colour, alpha, sink);
        }
        let mut buffer = Vec::new();
        job.plane(colour, &mut |first_row: u32, rgb: &[f32]| {
            interleave(rgb, std::iter::repeat(1.0), channels, &mut buffer);
            sink.rows(first_row, &buffer)
        })
    }
}

/// The rows of a picture that was surveyed, in its network's range and at the size that suits a view.
#[derive(Clone, Copy)]
struct SurveyedRows<'a> {
    survey: &'a Survey,
    open: &'a dyn Fn() -> Result<Box<dyn RowSource>>,
    reduced: [u32; 2],
}

impl SurveyedRows<'_> {
    /// Those of `source`, or of the picture opened again.
    fn ready(self, source: Option<Box<dyn RowSource>>) -> Result<Box<dyn RowSource>> {
        let source = source.map_or_else(self.open, Ok)?;
        let size = [source.width(), source.height()];
        let rows = self.survey.prepared(source);
        Ok(match self.reduced == size {
            true => rows,
            false => Box::new(Reduced::new(rows, self.reduced, self.survey.opaque)),
        })
    }

    /// The same, what is not seen in the colours of what is.
    fn colour(self, source: Option<Box<dyn RowSource>>) -> Result<Box<dyn RowSource>> {
        let rows = self.ready(source)?;
        Ok(match self.have_alpha(rows.channels()) {
            true => Box::new(Bled::new(rows)),
            false => rows,
        })
    }

    fn have_alpha(self, channels: Channels) -> bool {
        channels.has_alpha() && !self.survey.opaque
    }
}

/// How much [`super_resolve`] cleans in the picture whose rows `open` gives when `upscaler` makes it as
/// large as `size`, as `options` ask for. `open` is called only where the picture decides, twice at
/// most.
///
/// # Errors
/// [`Error::Parameter`] when `size` is not possible or the upscaler cannot be told what is asked for;
/// those of `open` and its rows; [`Error::Cancelled`].
pub fn strength(
    upscaler: &Arc<Upscaler>,
    open: &dyn Fn() -> Result<Box<dyn RowSource>>,
    size: Size,
    options: &SuperResolveOptions,
    control: &Control<'_>,
) -> Result<Strength> {
    strength_of(upscaler, options.asked()?, control, || {
        let source = open()?;
        let from = [source.width(), source.height()];
        let (width, height) = size.resolve(from[0], from[1])?;
        let view = View::new(Window::UNIT, width, height, Grid::Edges)?;
        let (survey, first) = Survey::of(source)?;
        SurveyedRows { survey: &survey, open, reduced: reduction(&view, from) }.colour(first)
    })
}

/// Alpha on its way to a view.
enum AlphaPart {
    /// Through the network.
    Rendered(Box<Part>),
    /// As it is, where every pixel of the view is one of the picture.
    Copied(Copied),
}

/// The rendering of a picture that was surveyed.
#[derive(Clone, Copy)]
struct SurveyedJob<'a> {
    job: RenderJob<'a>,
    survey: &'a Survey,
    size: [u32; 2],
    channels: Channels,
}

impl SurveyedJob<'_> {
    /// Renders the plane of `part`, brought back to what the picture holds.
    fn plane(self, part: Part, sink: &mut dyn RowSink) -> Result<()> {
        let Self { job, survey, size, .. } = self;
        let mut restored = Restored::new(survey, part.plane, job.view, size, sink);
        part.render(job, &mut restored)
    }

    /// Renders colour and alpha side by side, so that neither needs a buffer of the whole picture.
    fn with_alpha(self, colour: Part, alpha: AlphaPart, sink: &mut dyn RowSink) -> Result<()> {
        let channels = self.channels;
        let (send, receive) = sync_channel(WAITING_BLOCKS);
        std::thread::scope(|scope| {
            let worker = std::thread::Builder::new()
                .spawn_scoped(scope, move || self.render_alpha(alpha, send))
                .map_err(|e| Error::Engine {
                    engine: self.job.engine.name(),
                    problem: format!("no thread for alpha: {e}"),
                })?;
            let mut alpha = Alpha { receive, waiting: VecDeque::new() };
            let mut buffer = Vec::new();
            let result = self.plane(colour, &mut |first: u32, rgb: &[f32]| {
                interleave(rgb, alpha.take(rgb.len() / 3), channels, &mut buffer);
                if buffer.len() < rgb.len() / 3 * channels.count() {
                    return Err(Error::Cancelled);
                }
                sink.rows(first, &buffer)
            });
            // The worker ends when nobody takes its rows; its own error says more than ours.
            drop(alpha);
            let other = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match (result, other) {
                (Err(Error::Cancelled), Err(e)) | (Err(e), _) | (Ok(()), Err(e)) => Err(e),
                (Ok(()), Ok(())) => Ok(()),
            }
        })
    }

    fn render_alpha(self, part: AlphaPart, send: SyncSender<Vec<f32>>) -> Result<()> {
        let Self { job, survey, size, .. } = self;
        let quiet = Control::with_cancel(job.control.cancel_token().clone());
        let quiet = RenderJob { control: &quiet, ..job };
        let mut send = |_: u32, rgb: &[f32]| {
            let alpha = rgb.iter().step_by(3).copied().collect();
            send.send(alpha).map_err(|_| Error::Cancelled)
        };
        match part {
            AlphaPart::Rendered(part) => SurveyedJob { job: quiet, ..self }.plane(*part, &mut send),
            AlphaPart::Copied(copied) => {
                let mut restored = Restored::new(survey, Plane::Alpha, job.view, size, &mut send);
                copied.render(job.view, quiet.control, &mut restored)
            }
        }
    }
}

/// [`super_resolve`] of a raster into memory, at the raster's own depth.
///
/// # Errors
/// As [`super_resolve`].
pub fn super_resolve_raster(
    engine: &dyn Engine,
    upscaler: &Arc<Upscaler>,
    source: &Arc<Raster>,
    size: Size,
    options: &SuperResolveOptions,
    control: &Control<'_>,
) -> Result<Raster> {
    let (width, height) = size.resolve(source.width(), source.height())?;
    let channels = source.channels();
    let row = width as usize * channels.count();
    let mut samples = Samples::try_zeroed(source.samples().depth(), row * height as usize, "size")?;
    let open = || Ok(Box::new(RasterRows::new(source.clone())) as Box<dyn RowSource>);
    let size = Size::Exact(width, height);
    let mut store = |first: u32, pixels: &[f32]| {
        let start = first as usize * row;
        pixels.iter().enumerate().for_each(|(i, v)| samples.set(start + i, *v));
        Ok(())
    };
    super_resolve(engine, upscaler, &open, size, options, control, &mut store)?;
    Raster::new(width, height, channels, samples)
}

/// RGB, which is grey for grey channels, and alpha as interleaved `channels`.
fn interleave(
    rgb: &[f32],
    alpha: impl IntoIterator<Item = f32>,
    channels: Channels,
    out: &mut Vec<f32>,
) {
    out.clear();
    for (pixel, alpha) in rgb.chunks_exact(3).zip(alpha) {
        match channels.is_gray() {
            true => out.push(pixel[0]),
            false => out.extend_from_slice(pixel),
        }
        if channels.has_alpha() {
            out.push(alpha);
        }
    }
}

/// Rows of alpha that may wait for their colour.
const WAITING_BLOCKS: usize = 2;

/// Alpha in the order in which colour asks for it.
struct Alpha {
    receive: Receiver<Vec<f32>>,
    waiting: VecDeque<f32>,
}

impl Alpha {
    /// The next `n` values; fewer when the other side has ended.
    fn take(&mut self, n: usize) -> impl Iterator<Item = f32> + '_ {
        while self.waiting.len() < n {
            match self.receive.recv() {
                Ok(more) => self.waiting.extend(more),
                Err(_) => break,
            }
        }
        let n = n.min(self.waiting.len());
        self.waiting.drain(..n)
    }
}
