//! The graphs of a model, as files.

use super::coordinates::Positions;
use super::local_poly_inr::{encoder_graph, local_graph};
use super::networks::{self, Form, generator_graph};
use super::proto::Element;
use crate::error::Result;
use crate::model::{Kind, Model};
use crate::network::UpscalerNetwork;

/// A graph as a file.
#[derive(Debug)]
pub struct ExportedGraph {
    /// What it is of the model: `synthesis` of a generator, with `lines` of a CREPS and `statistics` of
    /// a normalised INR-GAN, which it takes the outputs of; `encoder` and `local` of an upscaler; `None`
    /// for a whole generator.
    pub part: Option<&'static str>,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The graphs that the [engine](super::OnnxEngine) runs for `model`, in ONNX format, and of a
/// generator also one that goes from a latent to a picture. The files name and describe their inputs.
///
/// ```
/// use polyinr::engine::onnx::export;
/// use polyinr::model::Model;
///
/// let parts: Vec<_> = export(&Model::find("clean")?)?.iter().map(|g| g.part).collect();
/// assert_eq!(parts, [Some("encoder"), Some("local")]);
/// # Ok::<(), polyinr::Error>(())
/// ```
///
/// # Errors
/// Those of [`Model::generator`] and [`Model::upscaler`].
pub fn export(model: &Model) -> Result<Vec<ExportedGraph>> {
    let (name, id) = (model.about().name.clone(), model.about().id.clone());
    let metadata = [("model", name.as_str()), ("id", id.as_str())];
    let (exact, grid) = (Element::F32, Positions::Grid);
    let graphs: Vec<_> = match model.describe().kind {
        Kind::Generator(config) => {
            let generator = model.clone().generator()?;
            let classes = config.latent.classes.join("\n");
            let with_classes = [&metadata[..], &[("classes", &classes)]].concat();
            let (network, form) = (generator.network(), Form::whole(generator.network()));
            let synthesis = networks::pixel_graph(network, form, exact, &metadata);
            let shared = networks::shared_graph(network, form, exact, &metadata);
            let whole = generator_graph(&generator, &with_classes);
            let parts = [(None, whole), (Some("synthesis"), synthesis)];
            let shared = shared.map(|(name, graph)| (Some(name), graph));
            parts.into_iter().chain(shared).collect()
        }
        Kind::Upscaler(_) => {
            let upscaler = model.clone().upscaler()?;
            let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
            let encoder = encoder_graph(network, exact, &metadata);
            let local = local_graph(network, grid, exact, &metadata);
            vec![(Some("encoder"), encoder), (Some("local"), local)]
        }
    };
    Ok(graphs.into_iter().map(|(part, bytes)| ExportedGraph { part, bytes }).collect())
}
