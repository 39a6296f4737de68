//! ONNX Runtime as an engine: graphs made from a model in memory, run by a library that is opened at
//! run time.

mod coordinates;
mod encoder;
mod graph;
mod local;
mod picture;
mod proto;
mod runtime;
mod session;
mod synthesis;

use std::sync::Arc;

use ort::environment::Environment;

use crate::control::Control;
use crate::engine::cache::Cache;
use crate::engine::{Engine, GradientRequest, Linearised, RowSink};
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField, PictureField};
use crate::model::{Synthesis, Upscaler};
use crate::view::View;
use coordinates::Positions;
use picture::{PictureView, PreparedUpscaler};
use proto::Element;
use session::{Prepared, doubles, floats, ints};

pub use runtime::{RUNTIME_VARIABLE, RUNTIME_VERSION, Runtime, Tried, data_folder};

/// Name of this engine.
const NAME: &str = "onnx";

/// Most pixels that are computed at once.
const TILE: u64 = 1 << 12;

/// Fields computed by ONNX Runtime on the processor.
#[derive(Debug)]
pub struct OnnxEngine {
    runtime: Runtime,
    environment: Environment,
    threads: usize,
    generators: [Cache<Synthesis, Prepared>; 2],
    upscalers: [Cache<Upscaler, PreparedUpscaler>; 2],
}

impl OnnxEngine {
    /// An engine with its own `threads`; `None` takes one for every processor.
    ///
    /// # Errors
    /// [`Error::Engine`] when ONNX Runtime is not found or too old, with the places where it was
    /// looked for.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        let (runtime, environment) = runtime::open()?;
        let threads = threads
            .or_else(|| std::thread::available_parallelism().ok().map(usize::from))
            .unwrap_or(1);
        let generators = [Cache::new(), Cache::new()];
        let upscalers = [Cache::new(), Cache::new()];
        Ok(Self { runtime, environment, threads, generators, upscalers })
    }

    /// The library in use.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    fn generator(&self, synthesis: &Arc<Synthesis>, positions: Positions) -> Result<Arc<Prepared>> {
        self.generators[positions as usize].try_get(synthesis, |synthesis| {
            let bytes = synthesis::synthesis_graph(synthesis, positions, Element::F32, &[]);
            Prepared::new(&self.environment, self.threads, &bytes)
        })
    }

    fn upscaler(
        &self,
        upscaler: &Arc<Upscaler>,
        positions: Positions,
    ) -> Result<Arc<PreparedUpscaler>> {
        self.upscalers[positions as usize].try_get(upscaler, |upscaler| {
            let encoder = encoder::encoder_graph(upscaler, Element::F32, &[]);
            let local = local::local_graph(upscaler, positions, Element::F32, &[]);
            Ok(PreparedUpscaler {
                encoder: Prepared::new(&self.environment, self.threads, &encoder)?,
                local: Prepared::new(&self.environment, self.threads, &local)?,
            })
        })
    }

    fn picture(
        &self,
        field: &PictureField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let positions = Positions::of(view);
        let graphs = self.upscaler(field.upscaler(), positions)?;
        PictureView::new(graphs, field, view, positions).render(control, sink)
    }

    fn generated(
        &self,
        field: &GeneratedField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let positions = Positions::of(view);
        let prepared = self.generator(field.synthesis(), positions)?;
        let affine = field.affine();
        let dims = [affine.levels(), affine.features(), 3];
        let width = u64::from(view.width());
        let rows = u32::try_from(TILE / width).unwrap_or(u32::MAX).max(1);
        let mut first = 0;
        while first < view.height() {
            control.check()?;
            let end = view.height().min(first.saturating_add(rows));
            let span = u64::from(first) * width..u64::from(end) * width;
            let mut inputs = vec![("affine", floats(&dims, affine.values().to_vec())?.into())];
            match positions {
                Positions::Grid => {
                    inputs.extend(grid_inputs(view, span)?.map(|(name, v)| (name, v.into())));
                }
                Positions::Given => inputs.push(("positions", given_positions(view, span)?.into())),
            }
            prepared.run(inputs, "rgb", |rgb| sink.rows(first, rgb))??;
            control.report(u64::from(end) * width, view.pixels())?;
            first = end;
        }
        Ok(())
    }
}

/// What [`coordinates`] takes for pixels `span` of a view, counted along its rows.
fn grid_inputs(
    view: &View,
    span: std::ops::Range<u64>,
) -> Result<[(&'static str, ort::value::DynValue); 3]> {
    let [x, y] = view.map();
    let [column, row] = view.corner().map(i64::from);
    Ok([
        ("span", ints(&[3], vec![span.start as i64, span.end as i64, i64::from(view.width())])?),
        ("corner", ints(&[2], vec![column, row])?),
        ("map", doubles(&[6], [x, y].concat())?),
    ])
}

/// Positions of pixels `span` of a view, one by one.
fn given_positions(view: &View, span: std::ops::Range<u64>) -> Result<ort::value::DynValue> {
    let width = u64::from(view.width());
    let position = |pixel: u64| {
        let (x, y) = view.position((pixel % width) as i64, (pixel / width) as i64);
        [x, y]
    };
    let count = (span.end - span.start) as usize;
    doubles(&[count, 2], span.flat_map(position).collect())
}

impl Engine for OnnxEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn render(
        &self,
        field: &Field,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        match field {
            Field::Generated(field) => self.generated(field, view, control, sink),
            Field::Picture(field) => self.picture(field, view, control, sink),
        }
    }

    fn heatmaps(
        &self,
        _: &Field,
        _: &View,
        _: &[usize],
        _: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        Err(unable("heat-maps"))
    }

    fn linearise<'a>(&'a self, _: &GradientRequest<'a>) -> Result<Box<dyn Linearised + 'a>> {
        Err(unable("derivatives"))
    }
}

/// That this engine does not do something.
fn unable(what: &str) -> Error {
    let problem = format!("it does not compute {what}; take the cpu engine for that");
    Error::Engine { engine: NAME, problem }
}
