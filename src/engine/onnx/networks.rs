//! Which graphs a generator's network has.

use super::coordinates::{Pixels, Positions};
use super::layers::{InputValues, code_tensors};
use super::proto::Element;
use super::session::Bound;
use super::{creps, inr_gan, poly_inr};
use crate::error::Result;
use crate::field::GeneratedField;
use crate::model::Generator;
use crate::network::{Code, Network};
use crate::view::View;

/// Which of a network's graphs of pixels a view takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// That of Poly-INR with such positions.
    Positions(Positions),
    /// The only one.
    Only,
    /// That of an INR-GAN's blocks up to this one.
    Blocks(usize),
}

/// Number of [forms](Form).
pub(super) const FORMS: usize = 12;

impl Form {
    /// What `view` takes of `field`.
    pub(super) fn of(field: &GeneratedField, view: &View) -> Self {
        match field.network().as_ref() {
            Network::PolyInr(_) => Self::Positions(Positions::of(view)),
            Network::Creps(_) => Self::Only,
            Network::InrGan(n) => Self::Blocks(n.config().last_block(field.density_in(view))),
        }
    }

    /// What positions on a grid of any density take.
    pub(super) fn whole(network: &Network) -> Self {
        match network {
            Network::PolyInr(_) => Self::Positions(Positions::Grid),
            Network::Creps(_) => Self::Only,
            Network::InrGan(n) => Self::Blocks(n.config().blocks.len() - 1),
        }
    }

    /// What heat-maps of `view` take, in which all blocks have a part.
    pub(super) fn of_heatmaps(field: &GeneratedField, view: &View) -> Self {
        match field.network().as_ref() {
            network @ Network::InrGan(_) => Self::whole(network),
            _ => Self::of(field, view),
        }
    }

    /// Its number, below [`FORMS`].
    pub(super) fn number(self) -> usize {
        match self {
            Self::Positions(positions) => positions as usize,
            Self::Only => 0,
            Self::Blocks(last) => last.min(FORMS - 1),
        }
    }

    /// The positions of Poly-INR.
    fn positions(self) -> Positions {
        match self {
            Self::Positions(positions) => positions,
            _ => Positions::Grid,
        }
    }

    /// The last block that is run of `blocks`.
    pub(super) fn last(self, blocks: usize) -> usize {
        match self {
            Self::Blocks(last) => last,
            _ => blocks - 1,
        }
    }
}

/// The graph of a network's pixels, as a file: the inputs that [`code_inputs`] fills, shared values and
/// positions to `rgb [pixels, 3]`, nominal range `[0, 1]`, not clamped.
pub(super) fn pixel_graph(
    network: &Network,
    form: Form,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    match network {
        Network::PolyInr(n) => poly_inr::synthesis_graph(n, form.positions(), precision, metadata),
        Network::Creps(n) => creps::pixel_graph(n, precision, metadata),
        Network::InrGan(n) => {
            let last = form.last(n.config().blocks.len());
            inr_gan::pixel_graph(n, last, precision, metadata)
        }
    }
}

/// The graph of what pixels share, if the network has one: what it is called, and the file.
pub(super) fn shared_graph(
    network: &Network,
    form: Form,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Option<(&'static str, Vec<u8>)> {
    match network {
        Network::PolyInr(_) => None,
        Network::Creps(n) => Some(("lines", creps::lines_graph(n, precision, metadata))),
        Network::InrGan(n) if n.config().normalised => {
            let last = form.last(n.config().blocks.len());
            Some(("statistics", inr_gan::statistics_graph(n, last, metadata)))
        }
        Network::InrGan(_) => None,
    }
}

/// The graph of a whole generator, as a file: a latent to a picture.
pub(super) fn generator_graph(generator: &Generator, metadata: &[(&str, &str)]) -> Vec<u8> {
    let latents = generator.latent_space();
    match generator.network().as_ref() {
        Network::PolyInr(n) => poly_inr::generator_graph(latents, n, metadata),
        Network::Creps(n) => creps::generator_graph(latents, n, metadata),
        Network::InrGan(n) => inr_gan::generator_graph(latents, n, metadata),
    }
}

/// The graph of heat-maps, as a file: what [`pixel_graph`] takes and `means`, of the shape of
/// [`features`], to `sums` of that shape, every feature's sum over the pixels, and `maps [levels, pixels]`,
/// features weighted by the means.
pub(super) fn heat_graph(network: &Network, form: Form) -> Vec<u8> {
    match network {
        Network::PolyInr(n) => poly_inr::heat_graph(n, form.positions()),
        Network::Creps(n) => creps::heat_graph(n),
        Network::InrGan(n) => inr_gan::heat_graph(n),
    }
}

/// Graphs of pixels whose matrices are inputs, `NAME_weight` and `NAME_bias`: the first gives colours
/// alone; the second takes `u [pixels, 3]` too, derivatives by the colours, and gives those by each input
/// of the code, each shared value and, with `weights`, each matrix, under its name and `_gradient`.
pub(super) fn derivative_graphs(network: &Network, weights: bool) -> [Vec<u8>; 2] {
    match network {
        Network::PolyInr(n) => poly_inr::derivative_graphs(n.config(), weights),
        Network::Creps(n) => creps::derivative_graphs(n, weights),
        Network::InrGan(n) => inr_gan::derivative_graphs(n, weights),
    }
}

/// Graphs of what pixels share whose matrices are inputs, if the network has some: the second takes
/// derivatives by each shared value, under its name and `_gradient`, and gives those by each input.
pub(super) fn shared_derivative_graphs(network: &Network, weights: bool) -> Option<[Vec<u8>; 2]> {
    match network {
        Network::PolyInr(_) => None,
        Network::Creps(n) => Some(creps::line_derivative_graphs(n, weights)),
        Network::InrGan(n) => {
            n.config().normalised.then(|| inr_gan::statistics_derivative_graphs(n, weights))
        }
    }
}

/// A code as graphs take it.
pub(super) fn code_inputs(network: &Network, code: &Code) -> Vec<InputValues> {
    match network {
        Network::PolyInr(n) => {
            let dims = vec![n.config().levels, n.config().features, 3];
            vec![("affine".to_owned(), dims, code.values().collect())]
        }
        Network::Creps(_) | Network::InrGan(_) => {
            let tensors = code_tensors(network).into_iter().zip(code.tensors());
            tensors.map(|((name, dims), t)| (name, dims, t.values().to_vec())).collect()
        }
    }
}

/// Names and shapes of the tensors that [`code_inputs`] fills, in the order of a code's values.
pub(super) fn code_shapes(network: &Network) -> Vec<(String, Vec<usize>)> {
    match network {
        Network::PolyInr(n) => {
            let dims = vec![n.config().levels, n.config().features, 3];
            vec![("affine".to_owned(), dims)]
        }
        Network::Creps(_) | Network::InrGan(_) => code_tensors(network),
    }
}

/// What a network's images share and nothing fits, as graphs take it whose matrices are inputs.
pub(super) fn fixed_inputs(network: &Network) -> Vec<InputValues> {
    match network {
        Network::PolyInr(_) => Vec::new(),
        Network::Creps(n) => creps::fixed_tensors(n).into(),
        Network::InrGan(n) => inr_gan::fixed_tensors(n),
    }
}

/// Levels, and features of each.
pub(super) fn features(network: &Network) -> [usize; 2] {
    match network {
        Network::PolyInr(n) => [n.config().levels, n.config().features],
        Network::Creps(n) => [network.maps(), n.config().line_channels],
        Network::InrGan(n) => [network.maps(), inr_gan::most_features(n.config())],
    }
}

/// Puts in what all pixels of a view have in common.
pub(super) fn put_view(network: &Network, pixels: &Pixels<'_>, graph: &mut Bound) -> Result<()> {
    match network {
        Network::PolyInr(_) => pixels.put(graph),
        Network::Creps(_) | Network::InrGan(_) => Ok(()),
    }
}
