//! Generators' fields: colours and heat-maps of a view's pixels, some of them at a time.

use std::ops::Range;
use std::sync::Arc;

use super::coordinates::Pixels;
use super::networks;
use super::session::{Bound, Prepared, floats};
use crate::control::Control;
use crate::engine::RowSink;
use crate::error::Result;
use crate::field::GeneratedField;
use crate::view::View;

/// Runs a graph over the pixels of a view.
pub(super) struct GeneratedView<'a> {
    graph: Bound,
    view: &'a View,
    pixels: Pixels<'a>,
    /// Levels, and features of each.
    features: [usize; 2],
    /// Most pixels that are computed at once.
    most: u64,
}

impl<'a> GeneratedView<'a> {
    pub(super) fn new(
        graph: &Arc<Prepared>,
        field: &GeneratedField,
        view: &'a View,
        most: u64,
    ) -> Result<Self> {
        let (mut graph, pixels) = (graph.bound()?, Pixels::all(view));
        for (name, dims, values) in networks::code_inputs(field.network(), field.code()) {
            graph.put(&name, &floats(&dims, values)?)?;
        }
        pixels.put(&mut graph)?;
        Ok(Self { graph, view, pixels, features: networks::features(field.network()), most })
    }

    /// Renders all of it by the [graph of its network](networks::synthesis_graph), from the top.
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
        let sums = self.pass(&vec![0.0; self.features[0] * self.features[1]], |span, _| {
            control.report(span.end, 2 * pixels)
        })?;
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
        let ([levels, features], pixels) = (self.features, self.view.pixels());
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
        self.pixels.put_span(span, &mut self.graph)?;
        self.graph.run()
    }
}

/// Pixels of a span.
fn count(span: &Range<u64>) -> usize {
    (span.end - span.start) as usize
}
