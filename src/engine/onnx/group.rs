//! Positions whose graphs are run with the same shared values.

use std::ops::Range;

use super::creps::Band;
use super::inr_gan;
use super::networks::Form;
use super::points::Points;
use super::session::{Bound, doubles};
use super::shared::SharedRun;
use crate::error::Result;
use crate::network::{Creps, InrGan, Network};

/// Some positions, one after the other, of a network's field.
pub(super) struct Group<'a> {
    span: Range<u64>,
    kind: Kind<'a>,
}

/// What it takes to compute them.
enum Kind<'a> {
    PolyInr,
    Creps(&'a Creps, Band),
    /// By the blocks up to this one.
    InrGan(&'a InrGan, usize),
}

impl<'a> Group<'a> {
    /// Positions from the first of `wanted` on; of a view's at least those.
    pub(super) fn new(
        network: &'a Network,
        form: Form,
        points: &Points<'_>,
        wanted: Range<u64>,
    ) -> Self {
        let all = 0..points.count();
        match network {
            Network::PolyInr(_) => Self { span: all, kind: Kind::PolyInr },
            Network::Creps(n) => {
                let band = Band::new(points, wanted);
                Self { span: band.span(), kind: Kind::Creps(n, band) }
            }
            Network::InrGan(n) => {
                let last = form.last(n.config().blocks.len());
                Self { span: all, kind: Kind::InrGan(n, last) }
            }
        }
    }

    /// Its positions.
    pub(super) fn span(&self) -> Range<u64> {
        self.span.clone()
    }

    /// Whether all of `span` is in it.
    pub(super) fn holds(&self, span: &Range<u64>) -> bool {
        self.span.start <= span.start && span.end <= self.span.end
    }

    /// What the graph of shared values is run with.
    pub(super) fn runs(&self) -> Result<Vec<SharedRun>> {
        match &self.kind {
            Kind::PolyInr => Ok(Vec::new()),
            Kind::Creps(network, band) => band.runs(network),
            Kind::InrGan(n, last) => match n.config().normalised {
                true => Ok(vec![inr_gan::statistics_run(n.config(), *last)?]),
                false => Ok(Vec::new()),
            },
        }
    }

    /// Names and shapes of the shared values.
    pub(super) fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        match &self.kind {
            Kind::PolyInr => Vec::new(),
            Kind::Creps(network, band) => band.shapes(network),
            Kind::InrGan(n, last) => inr_gan::statistics_shapes(n.config(), *last),
        }
    }

    /// Puts in where some of its positions are.
    pub(super) fn put(
        &self,
        points: &Points<'_>,
        span: Range<u64>,
        graph: &mut Bound,
    ) -> Result<()> {
        match (&self.kind, points) {
            (Kind::PolyInr, Points::View(pixels)) => pixels.put_span(span, graph),
            (Kind::PolyInr, Points::Listed(_)) => {
                let count = (span.end - span.start) as usize;
                let positions = points.positions(span).flatten().collect();
                graph.put("positions", &doubles(&[count, 2], positions)?)
            }
            (Kind::Creps(_, band), _) => band.put(span, graph),
            (Kind::InrGan(n, last), _) => {
                inr_gan::put_places(n.config(), *last, points, span, graph)
            }
        }
    }
}
