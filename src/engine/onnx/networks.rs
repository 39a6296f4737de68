//! Which graphs a generator's network has.

use super::coordinates::Positions;
use super::poly_inr;
use super::proto::Element;
use crate::model::Generator;
use crate::network::{Code, Network};

/// An input's name, shape and values.
pub(super) type InputValues = (String, Vec<usize>, Vec<f32>);

/// The graph of a network, as a file: the inputs that [`code_inputs`] fills and positions to `rgb
/// [pixels, 3]`, nominal range `[0, 1]`, not clamped.
pub(super) fn synthesis_graph(
    network: &Network,
    positions: Positions,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    match network {
        Network::PolyInr(n) => poly_inr::synthesis_graph(n, positions, precision, metadata),
    }
}

/// The graph of a whole generator, as a file: a latent to a picture.
pub(super) fn generator_graph(generator: &Generator, metadata: &[(&str, &str)]) -> Vec<u8> {
    match generator.network().as_ref() {
        Network::PolyInr(n) => poly_inr::generator_graph(generator.latent_space(), n, metadata),
    }
}

/// The graph of heat-maps, as a file: what [`synthesis_graph`] takes and `means`, of the shape of
/// [`features`], to `sums` of that shape, every feature's sum over the pixels, and `maps [levels, pixels]`,
/// features weighted by the means.
pub(super) fn heat_graph(network: &Network, positions: Positions) -> Vec<u8> {
    match network {
        Network::PolyInr(n) => poly_inr::heat_graph(n, positions),
    }
}

/// Graphs whose matrices are inputs, `NAME_weight` and `NAME_bias`: the first gives colours alone,
/// the second takes
/// `u [pixels, 3]` too, derivatives by the colours, and gives those by each input of the code and, with
/// `weights`, of each matrix, under its name and `_gradient`.
pub(super) fn derivative_graphs(network: &Network, weights: bool) -> [Vec<u8>; 2] {
    match network {
        Network::PolyInr(n) => poly_inr::derivative_graphs(n.config(), weights),
    }
}

/// A code as graphs take it.
pub(super) fn code_inputs(network: &Network, code: &Code) -> Vec<InputValues> {
    match network {
        Network::PolyInr(n) => {
            let dims = vec![n.config().levels, n.config().features, 3];
            vec![("affine".to_owned(), dims, code.values().collect())]
        }
    }
}

/// The outputs with the derivatives by a code's values, in their order: names and shapes.
pub(super) fn code_outputs(network: &Network) -> Vec<(String, Vec<usize>)> {
    match network {
        Network::PolyInr(n) => {
            let dims = vec![n.config().levels, n.config().features, 3];
            vec![("affine_gradient".to_owned(), dims)]
        }
    }
}

/// Levels, and features of each.
pub(super) fn features(network: &Network) -> [usize; 2] {
    match network {
        Network::PolyInr(n) => [n.config().levels, n.config().features],
    }
}
