//! Feature networks as TorchScript files.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tch::{CModule, Device, IValue, Kind, Tensor, no_grad};

use super::extractor::{Extractor, Identity, Output, file_key};
use crate::error::{Error, Result};

/// What the argument that turns features on is called.
const FEATURES: &str = "return_features";
/// What the argument that leaves the last layer's bias out is called.
const NO_BIAS: &str = "no_output_bias";

/// A network in a TorchScript file that takes bytes `[b, 3, h, w]`, as the published
/// `inception-2015-12-05.pt` and `vgg16.pt` of the StyleGAN papers do: features when
/// `return_features` is true, probabilities otherwise. Resizing and scaling are inside of it.
pub struct Script {
    module: CModule,
    arguments: Vec<Argument>,
    device: Device,
    path: PathBuf,
    identity: Identity,
}

/// An argument of `forward` after the images.
struct Argument {
    name: String,
    default: bool,
}

impl Script {
    /// Opens the file; `what` it holds is said beside figures.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is no TorchScript file or takes no `return_features`.
    pub fn open(path: &Path, what: &str, device: Device) -> Result<Self> {
        let refuse = |problem: String| {
            let needed = "a TorchScript file whose forward takes return_features is needed, such \
                as inception-2015-12-05.pt or vgg16.pt of the StyleGAN metrics";
            Error::weights(path, format!("{problem}; {needed}"))
        };
        let key = file_key(path)?;
        let arguments = arguments(path).map_err(|e| refuse(e.to_string()))?;
        let arguments =
            arguments.ok_or_else(|| refuse(format!("none of its methods takes {FEATURES}")))?;
        let module = CModule::load_on_device(path, device).map_err(|e| refuse(e.to_string()))?;
        let identity = Identity { name: format!("{what} of {}", path.display()), key };
        Ok(Self { module, arguments, device, path: path.to_owned(), identity })
    }

    fn forward(&self, images: &Tensor, switched_on: &str) -> Result<Tensor> {
        let mut values = vec![IValue::Tensor(images.to_device(self.device))];
        let value = |a: &Argument| IValue::Bool(a.default || a.name == switched_on);
        values.extend(self.arguments.iter().map(value));
        match no_grad(|| self.module.forward_is(&values))? {
            IValue::Tensor(output) if output.dim() == 2 => Ok(output.to_kind(Kind::Float)),
            _ => Err(Error::weights(&self.path, "its forward does not give one matrix")),
        }
    }
}

impl Extractor for Script {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn extract(&self, images: &Tensor, outputs: &[Output]) -> Result<Vec<Tensor>> {
        let output = |output: &Output| match output {
            Output::Features => self.forward(images, FEATURES),
            Output::Probabilities if self.arguments.iter().any(|a| a.name == NO_BIAS) => {
                self.forward(images, NO_BIAS)
            }
            Output::Probabilities => {
                Err(Error::weights(&self.path, format!("its forward takes no {NO_BIAS}")))
            }
            Output::Spatial => {
                let problem = "sFID looks inside of the network, which a TorchScript file does not \
                    show; give the network as safetensors";
                Err(Error::weights(&self.path, problem))
            }
        };
        outputs.iter().map(output).collect()
    }
}

/// The arguments of `forward` after the images, from the source inside the file: tch passes
/// arguments by place, and files differ in their order. `None` when no method turns features on.
fn arguments(path: &Path) -> std::io::Result<Option<Vec<Argument>>> {
    let mut archive = zip::ZipArchive::new(File::open(path)?)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        if !entry.name().is_ok_and(|name| name.ends_with(".py")) {
            continue;
        }
        let mut source = String::new();
        entry.read_to_string(&mut source)?;
        if let Some(arguments) = source.split("def forward(").skip(1).find_map(parse) {
            return Ok(Some(arguments));
        }
    }
    Ok(None)
}

/// The arguments after `self` and the images, where one of them turns features on.
fn parse(after_bracket: &str) -> Option<Vec<Argument>> {
    let list = after_bracket.split(") ->").next()?;
    let arguments = list.split(',').skip(2).map(|argument| {
        let (name, rest) = argument.split_once(':')?;
        let default = rest.split_once('=').is_some_and(|(_, value)| value.trim() == "True");
        Some(Argument { name: name.trim().to_owned(), default })
    });
    let arguments: Option<Vec<_>> = arguments.collect();
    arguments.filter(|a| a.iter().any(|a| a.name == FEATURES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;

    #[test]
    fn a_file_made_by_pytorch_gives_features_and_probabilities() {
        let script = Script::open(&golden::path("script.pt"), "network", Device::Cpu).unwrap();
        let images = Tensor::randint(256, [5, 3, 8, 8], (Kind::Uint8, Device::Cpu));
        let outputs = script.extract(&images, &[Output::Features, Output::Probabilities]).unwrap();
        let features =
            images.to_kind(Kind::Float).mean_dim([2i64, 3].as_slice(), false, None) / 255.0;
        golden::assert_close(&outputs[0], &features, 1e-5);
        let parameters = script.module.named_parameters().unwrap();
        let weight = &parameters.iter().find(|(name, _)| name == "output.weight").unwrap().1;
        let expected = no_grad(|| features.matmul(&weight.tr()).softmax(1, Kind::Float));
        golden::assert_close(&outputs[1], &expected, 1e-5);
        let spatial = script.extract(&images, &[Output::Spatial]).unwrap_err().to_string();
        assert!(spatial.contains("as safetensors"), "{spatial}");
    }

    #[test]
    fn arguments_are_found_by_name_with_their_defaults() {
        let source = "self: __torch__.A,\n img: Tensor,\n resize_images: bool=True,\n \
                      return_features: bool=False) -> Tensor:\n  x = f(img)";
        let parsed = parse(source).unwrap();
        let parsed: Vec<_> = parsed.iter().map(|a| (a.name.as_str(), a.default)).collect();
        assert_eq!(parsed, [("resize_images", true), ("return_features", false)]);
        assert!(parse("self: A, img: Tensor, scale: float=1.0) -> Tensor:").is_none());
    }

    #[test]
    fn files_of_another_sort_are_refused_with_what_is_needed() {
        let error =
            Script::open(&golden::path("metrics.safetensors"), "", Device::Cpu).err().unwrap();
        let message = error.to_string();
        assert!(message.contains("inception-2015-12-05.pt"), "{message}");
        assert!(Script::open(Path::new("/nowhere.pt"), "", Device::Cpu).is_err());
    }
}
