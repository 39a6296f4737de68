//! Generators' fields: colours and heat-maps of a view's pixels, some of them at a time.

use std::ops::Range;
use std::sync::Arc;

use super::coordinates::Pixels;
use super::group::Group;
use super::networks::{self, Form};
use super::points::Points;
use super::session::{Bound, Prepared, floats};
use super::shared::{put_values, shared_values};
use crate::control::Control;
use crate::engine::RowSink;
use crate::error::Result;
use crate::field::GeneratedField;
use crate::network::Network;
use crate::view::View;

/// The graphs that show a generator's fields.
#[derive(Debug)]
pub(super) struct GeneratorGraphs {
    /// Colours or heat-maps of pixels.
    pub(super) pixels: Arc<Prepared>,
    /// What pixels share, of networks in which they share something.
    pub(super) shared: Option<Arc<Prepared>>,
}

/// Runs graphs over the pixels of a view.
pub(super) struct GeneratedView<'a> {
    graph: Bound,
    shared: Option<Bound>,
    network: &'a Network,
    form: Form,
    view: &'a View,
    points: Points<'a>,
    /// The pixels whose shared values the graph has.
    group: Option<Group<'a>>,
    /// Most pixels that are computed at once.
    most: u64,
}

impl<'a> GeneratedView<'a> {
    pub(super) fn new(
        graphs: &GeneratorGraphs,
        field: &'a GeneratedField,
        form: Form,
        view: &'a View,
        most: u64,
    ) -> Result<Self> {
        let (mut graph, pixels) = (graphs.pixels.bound()?, Pixels::all(view));
        let mut shared = graphs.shared.as_ref().map(|graph| graph.bound()).transpose()?;
        let (network, code) = (field.network().as_ref(), field.code());
        let code = networks::code_inputs(network, code);
        for graph in [&mut graph].into_iter().chain(&mut shared) {
            put_values(graph, &code)?;
        }
        networks::put_view(network, &pixels, &mut graph)?;
        let points = Points::View(pixels);
        Ok(Self { graph, shared, network, form, view, points, group: None, most })
    }

    /// Renders all of it by the [graph of its network](networks::pixel_graph), from the top.
    pub(super) fn render(&mut self, control: &Control<'_>, sink: &mut dyn RowSink) -> Result<()> {
        let (width, height) = (u64::from(self.view.width()), self.view.height());
        let rows = u32::try_from(self.most / width).unwrap_or(u32::MAX).max(1);
        let mut first = 0;
        while first < height {
            control.check()?;
            let end = height.min(first.saturating_add(rows));
            let span = u64::from(first) * width..u64::from(end) * width;
            self.graph.buffer("rgb", &[count(&span), 3])?;
            self.run(span)?;
            sink.rows(first, self.graph.values("rgb")?)?;
            control.report(u64::from(end) * width, self.view.pixels())?;
            first = end;
        }
        Ok(())
    }

    /// Computes heat-maps of `levels` by their [graph](networks::heat_graph).
    pub(super) fn heatmaps(
        &mut self,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let pixels = self.view.pixels();
        let [all, features] = networks::features(self.network);
        let sums =
            self.pass(&vec![0.0; all * features], |span, _| control.report(span.end, 2 * pixels))?;
        let means: Vec<f32> = sums.iter().map(|sum| (sum / pixels as f64) as f32).collect();
        let mut all = vec![Vec::with_capacity(pixels as usize); levels.len()];
        self.pass(&means, |span, maps| {
            let length = count(&span);
            for (out, level) in all.iter_mut().zip(levels) {
                out.extend_from_slice(&maps[level * length..(level + 1) * length]);
            }
            control.report(pixels + span.end, 2 * pixels)
        })?;
        Ok(all)
    }

    /// All pixels with these means; sums come out, and every span's maps go to `take`.
    fn pass(
        &mut self,
        means: &[f32],
        mut take: impl FnMut(Range<u64>, &[f32]) -> Result<()>,
    ) -> Result<Vec<f64>> {
        let ([levels, features], pixels) = (networks::features(self.network), self.view.pixels());
        self.graph.put("means", &floats(&[levels, features], means.to_vec())?)?;
        self.graph.buffer("sums", &[levels, features])?;
        let mut sums = vec![0.0f64; means.len()];
        for first in (0..pixels).step_by(self.most as usize) {
            let span = first..pixels.min(first + self.most);
            self.graph.buffer("maps", &[levels, count(&span)])?;
            self.run(span.clone())?;
            let found = self.graph.values("sums")?;
            sums.iter_mut().zip(found).for_each(|(sum, v)| *sum += f64::from(*v));
            take(span, self.graph.values("maps")?)?;
        }
        Ok(sums)
    }

    fn run(&mut self, span: Range<u64>) -> Result<()> {
        let group = match self.group.take().filter(|group| group.holds(&span)) {
            Some(group) => group,
            None => self.new_group(span.clone())?,
        };
        group.put(&self.points, span, &mut self.graph)?;
        self.group = Some(group);
        self.graph.run()
    }

    /// A group that holds the pixels of `span`; its shared values go into the graph.
    fn new_group(&mut self, span: Range<u64>) -> Result<Group<'a>> {
        let group = Group::new(self.network, self.form, &self.points, span);
        if let Some(shared) = &mut self.shared {
            let values = shared_values(shared, &group.runs()?, group.shapes())?;
            put_values(&mut self.graph, &values)?;
        }
        Ok(group)
    }
}

/// Pixels of a span.
fn count(span: &Range<u64>) -> usize {
    (span.end - span.start) as usize
}
