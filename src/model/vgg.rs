//! VGG16's convolutions: what a perceptual loss sees pictures with.

use std::path::Path;

use crate::error::{Error, Result};
use crate::network::Conv3x3;
use crate::tensors::{MAX_WEIGHTS, Tensors};

/// Where the convolutions stand in torchvision's `features`, block by block; blocks are divided by
/// 2x2 max pooling.
const BLOCKS: [&[usize]; 5] = [&[0, 2], &[5, 7], &[10, 12, 14], &[17, 19, 21], &[24, 26, 28]];
/// What stands before a convolution's number: torchvision's `vgg16` and what it is called inside
/// other networks.
const PREFIXES: [&str; 4] = ["features.", "vgg16.features.", "vgg16.", "module.features."];
/// Most channels a layer may have; VGG16 has 512.
const WIDEST: usize = 4096;
/// Where such a file comes from.
const ORIGIN: &str = "torchvision's vgg16 weights, saved as safetensors, are needed";

/// The convolutions of VGG16 (Simonyan and Zisserman, 2015), each followed by ReLU, as trained on
/// ImageNet. The weights are the user's to get: they are not part of this crate.
///
/// A file is torchvision's state dictionary of `vgg16`, saved as safetensors in f32, f16 or bf16:
/// `features.0.weight [64, 3, 3, 3]`, `features.0.bias [64]` and so on; the names may also begin with
/// `vgg16.features.`, `vgg16.` or `module.features.`. The classifier is left aside. Widths are what
/// the tensors have. A file may end after any whole block, that is at relu1_2, relu2_2, relu3_3,
/// relu4_3 or relu5_3. In Python, such a file is made by
///
/// ```text
/// weights = torchvision.models.vgg16(weights="IMAGENET1K_V1").state_dict()
/// safetensors.torch.save_file(weights, "vgg16.safetensors")
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Vgg16 {
    blocks: Vec<Vec<Conv3x3>>,
}

impl Vgg16 {
    /// Mean of ImageNet's RGB in `[0, 1]`, which is taken from the input.
    pub const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
    /// Standard deviation of ImageNet's RGB, which the input is divided by.
    pub const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

    /// Opens the safetensors file at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::Model`] when tensors are missing, have shapes
    /// that do not follow each other, or hold numbers that are not finite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::read(&Tensors::open(path.as_ref(), Error::model)?)
    }

    /// The network from the bytes of its file; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Model`], as [`open`](Self::open).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::read(&Tensors::parse(name, bytes, Error::model)?)
    }

    fn read(tensors: &Tensors<'_>) -> Result<Self> {
        tensors.check_size(MAX_WEIGHTS)?;
        let has = |prefix: &str, number| tensors.shape(&weight(prefix, number)).is_some();
        let any = |prefix: &&str| BLOCKS.concat().iter().any(|number| has(prefix, *number));
        let Some(prefix) = PREFIXES.into_iter().find(|prefix| any(prefix)) else {
            return Err(tensors.error(format!("it has no features.0.weight; {ORIGIN}")));
        };
        let last = BLOCKS.iter().rposition(|block| block.iter().any(|n| has(prefix, *n)));
        let (mut blocks, mut inputs) = (Vec::new(), 3);
        for numbers in BLOCKS.iter().take(last.map_or(0, |last| last + 1)) {
            let mut block = Vec::with_capacity(numbers.len());
            for number in *numbers {
                let conv = read(tensors, prefix, *number, inputs)?;
                inputs = conv.outputs;
                block.push(conv);
            }
            blocks.push(block);
        }
        tensors.check_unchanged()?;
        Ok(Self { blocks })
    }

    /// The convolutions, block by block: 1 to 5 blocks of 2, 2, 3, 3 and 3.
    pub fn blocks(&self) -> &[Vec<Conv3x3>] {
        &self.blocks
    }
}

fn weight(prefix: &str, number: usize) -> String {
    format!("{prefix}{number}.weight")
}

/// Convolution number `number`, which takes `inputs` channels.
fn read(tensors: &Tensors<'_>, prefix: &str, number: usize, inputs: usize) -> Result<Conv3x3> {
    let (weight, bias) = (weight(prefix, number), format!("{prefix}{number}.bias"));
    let shape = |name: &str| {
        let missing = || tensors.error(format!("tensor {name} is missing; {ORIGIN}"));
        tensors.shape(name).ok_or_else(missing)
    };
    let misshapen = |name: &str, found: &[usize], wanted: String| -> Error {
        let problem = format!("tensor {name} has shape {found:?} instead of {wanted}; {ORIGIN}");
        tensors.error(problem)
    };
    let found = shape(&weight)?;
    let outputs = match found[..] {
        [outputs @ 1..=WIDEST, i, 3, 3] if i == inputs => outputs,
        _ => {
            let wanted = format!("[1 to {WIDEST}, {inputs}, 3, 3]");
            return Err(misshapen(&weight, &found, wanted));
        }
    };
    let found = shape(&bias)?;
    if found != [outputs] {
        return Err(misshapen(&bias, &found, format!("[{outputs}]")));
    }
    Ok(Conv3x3 { inputs, outputs, weight: tensors.values(&weight)?, bias: tensors.values(&bias)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::latent;
    use crate::tensors::{NamedTensor, Storage, serialize};

    const WIDTHS: [usize; 5] = [2, 3, 4, 4, 5];

    fn tensors(prefix: &str, blocks: usize) -> Vec<NamedTensor> {
        let (mut out, mut inputs) = (Vec::new(), 3);
        for (numbers, outputs) in BLOCKS.iter().zip(WIDTHS).take(blocks) {
            for number in *numbers {
                let values = latent(*number as u32, outputs * inputs * 9);
                out.push((weight(prefix, *number), vec![outputs, inputs, 3, 3], values));
                out.push((format!("{prefix}{number}.bias"), vec![outputs], vec![0.5; outputs]));
                inputs = outputs;
            }
        }
        out
    }

    fn load(tensors: &[NamedTensor], storage: Storage) -> Result<Vgg16> {
        let bytes = serialize(tensors, storage, "format", "pt".to_owned()).unwrap();
        Vgg16::from_bytes("vgg.safetensors", &bytes)
    }

    #[test]
    fn names_storage_and_length_may_vary() {
        let whole = load(&tensors("features.", 5), Storage::F32).unwrap();
        let counts: Vec<usize> = whole.blocks().iter().map(Vec::len).collect();
        assert_eq!(counts, [2, 2, 3, 3, 3]);
        assert_eq!(whole.blocks()[4][0].weight, latent(24, 5 * 4 * 9));
        for prefix in PREFIXES {
            let mut tensors = tensors(prefix, 5);
            tensors.push(("classifier.0.weight".to_owned(), vec![1], vec![f32::NAN]));
            assert_eq!(load(&tensors, Storage::F32).unwrap(), whole);
        }
        let short = load(&tensors("features.", 3), Storage::F16).unwrap();
        assert_eq!(short.blocks().len(), 3);
        let near = |a: &f32, b: &f32| (a - b).abs() <= 1e-3 * a.abs();
        let (short, whole) = (&short.blocks()[2][2], &whole.blocks()[2][2]);
        assert!(short.weight.iter().zip(&whole.weight).all(|(a, b)| near(a, b)));
    }

    #[test]
    fn damage_is_an_error_that_names_the_tensor() {
        let spoilt = |spoil: &dyn Fn(&mut Vec<NamedTensor>)| {
            let mut tensors = tensors("features.", 4);
            spoil(&mut tensors);
            load(&tensors, Storage::F32).unwrap_err().to_string()
        };
        let missing = spoilt(&|t| t.retain(|(name, _, _)| name != "features.12.weight"));
        assert!(missing.contains("features.12.weight is missing"), "{missing}");
        assert!(
            missing.contains("vgg.safetensors") && missing.contains("torchvision"),
            "{missing}"
        );
        let torn = spoilt(&|t| t.retain(|(name, _, _)| !name.starts_with("features.21")));
        assert!(torn.contains("features.21.weight is missing"), "{torn}");
        let first = spoilt(&|t| t.retain(|(name, _, _)| !name.starts_with("features.0")));
        assert!(first.contains("features.0.weight is missing"), "{first}");
        let shape = spoilt(&|t| t[4].1 = vec![2, 3, 3, 3]);
        assert!(shape.contains("features.5.weight has shape [2, 3, 3, 3]"), "{shape}");
        let bias = spoilt(&|t| t[1].1 = vec![1, 2]);
        assert!(bias.contains("features.0.bias has shape [1, 2]"), "{bias}");
        let infinite = spoilt(&|t| t[2].2[5] = f32::INFINITY);
        assert!(infinite.contains("features.2.weight is not finite"), "{infinite}");
        let nothing = spoilt(&|t| t.clear());
        assert!(nothing.contains("no features.0.weight"), "{nothing}");
        assert!(Vgg16::from_bytes("x", b"not at all").is_err());
        assert!(matches!(Vgg16::open("/nowhere"), Err(Error::Io { .. })));
    }
}
