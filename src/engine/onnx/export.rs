//! The graphs of a model, as files.

use super::coordinates::Positions;
use super::encoder::encoder_graph;
use super::local::local_graph;
use super::proto::Element;
use super::synthesis::synthesis_graph;
use crate::error::Result;
use crate::model::{Kind, Model};

/// A graph as a file.
#[derive(Debug)]
pub struct ExportedGraph {
    /// What it is of the model: `synthesis` of a generator, `encoder` and `local` of an upscaler.
    pub part: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The graphs that the [engine](super::OnnxEngine) runs for `model`, in ONNX format.
///
/// ```
/// use polyinr::engine::onnx::export;
/// use polyinr::model::Model;
///
/// let parts: Vec<_> = export(&Model::find("local48")?)?.iter().map(|g| g.part).collect();
/// assert_eq!(parts, ["encoder", "local"]);
/// # Ok::<(), polyinr::Error>(())
/// ```
///
/// # Errors
/// Those of [`Model::generator`] and [`Model::upscaler`].
pub fn export(model: &Model) -> Result<Vec<ExportedGraph>> {
    let (name, id) = (model.about().name.clone(), model.about().id.clone());
    let metadata = [("model", name.as_str()), ("id", id.as_str())];
    match model.describe().kind {
        Kind::Generator(_) => {
            let generator = model.clone().generator()?;
            let bytes =
                synthesis_graph(generator.synthesis(), Positions::Grid, Element::F32, &metadata);
            Ok(vec![ExportedGraph { part: "synthesis", bytes }])
        }
        Kind::Upscaler(_) => {
            let upscaler = model.clone().upscaler()?;
            let encoder = encoder_graph(&upscaler, Element::F32, &metadata);
            let local = local_graph(&upscaler, Positions::Grid, Element::F32, &metadata);
            Ok(vec![
                ExportedGraph { part: "encoder", bytes: encoder },
                ExportedGraph { part: "local", bytes: local },
            ])
        }
    }
}
