//! Generators' fields in files.
//!
//! The code's tensors are `code.0.0`, ..., by level and number within it, the latents w `styles
//! [levels, w_dim]` and z `latent [z_dim]` where they are known; after pivotal tuning there are the network's
//! own matrices under the names they have in model files. A code that is one tensor `[n, 3]` a level, as
//! Poly-INR's are, is stored as one tensor `affine [levels, n, 3]`, as in version 1, which had no other.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CODE_VERSION, Kind, METADATA_KEY, NamedStamp, Stamp, read_json};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::model::{Generator, Latent};
use crate::network::{Code, CodeShape, Linear, Matrix, Styles, Tensor};
use crate::raster::check_size;
use crate::tensors::{NamedTensor, Storage, Tensors, serialize};

/// Most levels of a code.
const MAX_LEVELS: usize = 128;
/// Most tensors of a level.
const MAX_TENSORS: usize = 16;
/// Most numbers in a dimension of a tensor.
const MAX_SIDE: usize = 1 << 20;
/// A code of one tensor `[n, 3]` a level.
const AFFINE: &str = "affine";

/// What the JSON says of a generator's field.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Contents {
    /// Levels and features of a code that is stored in one tensor.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    single: Option<SingleTensor>,
    /// Whether matrices of its own are in the file.
    tuned: bool,
    /// Whether the latents w are.
    styles: bool,
    /// How the latent z that is in the file becomes w, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latent: Option<LatentUse>,
    /// Width and height of the picture that it shows, if it was made from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame: Option<[u32; 2]>,
}

/// Shape of the tensor `affine [levels, features, 3]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct SingleTensor {
    levels: usize,
    features: usize,
}

/// What is done with the latent z.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct LatentUse {
    class: Option<usize>,
    truncation: String,
}

/// What a generator's field file holds: the code, and what is known of where it came from.
#[derive(Clone, Debug)]
pub struct GeneratedContent {
    contents: Contents,
    code: Code,
    latent: Option<Latent>,
    styles: Option<Styles>,
    /// Matrices of its own, by their names.
    matrices: HashMap<String, Linear>,
}

impl GeneratedContent {
    pub(super) fn read(tensors: &Tensors<'_>) -> Result<Self> {
        let contents: Contents = read_json(tensors)?;
        contents.check(tensors)?;
        let code = match contents.single {
            Some(shape) => read_affine(tensors, shape)?,
            None => read_code(tensors)?,
        };
        let styles = contents.styles.then(|| read_styles(tensors, code.levels())).transpose()?;
        let latent = contents.latent.as_ref().map(|l| read_latent(tensors, l)).transpose()?;
        let matrices = match contents.tuned {
            true => read_matrices(tensors)?,
            false => HashMap::new(),
        };
        Ok(Self { contents, code, latent, styles, matrices })
    }

    /// Shapes of its code.
    pub fn code_shape(&self) -> CodeShape {
        self.code.shape()
    }

    /// Whether it has matrices of its own, after pivotal tuning.
    pub fn is_tuned(&self) -> bool {
        self.contents.tuned
    }

    /// Whether the latents w it was made from are known.
    pub fn has_styles(&self) -> bool {
        self.contents.styles
    }

    /// Whether the latent z it was made from is known.
    pub fn has_latent(&self) -> bool {
        self.latent.is_some()
    }

    /// The field, with the network of the generator that it belongs to.
    pub(super) fn field(
        &self,
        source: &NamedStamp,
        generator: &Generator,
    ) -> Result<GeneratedField> {
        let damaged = |e: Error| source.error(e);
        // Also where latents w are known, which make it anew.
        self.code.check_shape(&generator.network().code_shape()).map_err(damaged)?;
        let field = match &self.styles {
            Some(styles) => GeneratedField::from_styles(generator, styles.clone()),
            None => GeneratedField::new(generator, self.code.clone()),
        };
        let mut field = field.map_err(damaged)?;
        if let Some(latent) = &self.latent {
            generator.styles_of(latent).map_err(damaged)?;
            field = field.with_latent(Some(latent.clone()));
        }
        if self.contents.tuned {
            let network = generator.network();
            let own =
                network.matrices().iter().map(|m| self.matrix(source, m)).collect::<Result<_>>()?;
            let own = network.with_matrices(own).map_err(damaged)?;
            field = field.with_network(Arc::new(own)).map_err(damaged)?;
        }
        let Stamp { size, origin, .. } = &source.stamp;
        Ok(field.with_size(*size).with_frame(self.contents.frame).with_origin(origin))
    }

    /// Its own version of a matrix.
    fn matrix(&self, source: &NamedStamp, shared: &Matrix<'_>) -> Result<Linear> {
        let Matrix { name, layer, .. } = shared;
        let problem = match self.matrices.get(name) {
            Some(own) if own.has_shape_of(layer) => return Ok(own.clone()),
            Some(own) => {
                let ([found, by], [needed, needed_by]) =
                    ([own.outputs, own.inputs], [layer.outputs, layer.inputs]);
                format!(
                    "tensor {name}.weight has shape [{found}, {by}]; the model needs [{needed}, {needed_by}]; get the file again"
                )
            }
            None => format!("tensor {name}.weight is missing; get the file again"),
        };
        Err(source.error(problem))
    }
}

/// The bytes of a file that keeps `field`.
pub(super) fn to_bytes(field: &GeneratedField) -> Result<Vec<u8>> {
    let mut stamp = Stamp::new(Kind::Generated, field.model(), field.size(), field.origin());
    let single = SingleTensor::of(field.code());
    if single.is_none() {
        stamp.format_version = CODE_VERSION;
    }
    let contents = Contents {
        single,
        tuned: field.is_tuned(),
        styles: field.styles().is_some(),
        latent: field
            .latent()
            .map(|l| LatentUse { class: l.class, truncation: l.truncation.to_string() }),
        frame: field.frame(),
    };
    let mut tensors = match single {
        Some(shape) => vec![named_affine(field.code(), shape)],
        None => named_code(field.code()),
    };
    if let Some(styles) = field.styles() {
        let rows = styles.rows().concat();
        let levels = styles.rows().len();
        tensors.push(("styles".into(), vec![levels, rows.len() / levels], rows));
    }
    if let Some(Latent { z, .. }) = field.latent() {
        tensors.push(("latent".into(), vec![z.len()], z.clone()));
    }
    if field.is_tuned() {
        tensors.extend(field.network().matrices().iter().flat_map(named_matrix));
    }
    let failed = |problem: String| Error::field(&field.model().name, problem);
    let json = stamp.json(contents).map_err(failed)?;
    serialize(&tensors, Storage::F32, METADATA_KEY, json).map_err(failed)
}

impl Contents {
    fn check(&self, tensors: &Tensors<'_>) -> Result<()> {
        match self.frame {
            Some([width, height]) if check_size(width, height).is_err() => {
                let problem = format!("a picture of {width}x{height} pixels is not possible");
                Err(tensors.error(problem))
            }
            _ => Ok(()),
        }
    }
}

impl SingleTensor {
    /// That of a code which can be stored so.
    fn of(code: &Code) -> Option<Self> {
        let shape = code.shape();
        let [first] = shape.first()?.as_slice() else { return None };
        let &[features, 3] = first.as_slice() else { return None };
        let alike = shape.iter().all(|level| matches!(level.as_slice(), [own] if own == first));
        alike.then_some(Self { levels: code.levels(), features })
    }

    fn is_possible(self) -> bool {
        (1..=MAX_LEVELS).contains(&self.levels) && (1..=8192).contains(&self.features)
    }
}

fn named_affine(code: &Code, shape: SingleTensor) -> NamedTensor {
    (AFFINE.to_owned(), vec![shape.levels, shape.features, 3], code.values().collect())
}

/// The name of a code's tensor.
fn code_name(level: usize, number: usize) -> String {
    format!("code.{level}.{number}")
}

fn named_code(code: &Code) -> Vec<NamedTensor> {
    let level = |level: usize| {
        let tensors = code.level(level).iter().enumerate();
        tensors.map(move |(i, t)| (code_name(level, i), t.shape().to_vec(), t.values().to_vec()))
    };
    (0..code.levels()).flat_map(level).collect()
}

fn named_matrix(matrix: &Matrix<'_>) -> [NamedTensor; 2] {
    let Matrix { name, layer, .. } = matrix;
    [
        (format!("{name}.weight"), vec![layer.outputs, layer.inputs], layer.weight.clone()),
        (format!("{name}.bias"), vec![layer.outputs], layer.bias.clone()),
    ]
}

fn read_code(tensors: &Tensors<'_>) -> Result<Code> {
    let mut levels = Vec::new();
    while levels.len() <= MAX_LEVELS {
        let level = read_level(tensors, levels.len())?;
        if level.is_empty() {
            break;
        }
        levels.push(level);
    }
    match levels.len() {
        0 => Err(tensors.error("tensor code.0.0 is missing; get the file again")),
        count if count > MAX_LEVELS => {
            let problem = format!("its code has over {MAX_LEVELS} levels; get the file again");
            Err(tensors.error(problem))
        }
        _ => Code::new(levels).map_err(|e| tensors.error(e.to_string())),
    }
}

/// The tensors of a level.
fn read_level(tensors: &Tensors<'_>, level: usize) -> Result<Vec<Tensor>> {
    let names = (0..MAX_TENSORS).map(|number| code_name(level, number));
    let found = names.map_while(|name| tensors.shape(&name).map(|shape| (name, shape)));
    let tensor = |(name, shape): (String, Vec<usize>)| {
        if shape.len() > 4 || !shape.iter().all(|side| (1..=MAX_SIDE).contains(side)) {
            let problem = format!(
                "tensor {name} has shape {shape:?}; a code's have up to 4 sides of 1 to {MAX_SIDE}; get the file again"
            );
            return Err(tensors.error(problem));
        }
        Tensor::new(&shape, tensors.values(&name)?).map_err(|e| tensors.error(e.to_string()))
    };
    found.map(tensor).collect()
}

fn read_affine(tensors: &Tensors<'_>, shape: SingleTensor) -> Result<Code> {
    let SingleTensor { levels, features } = shape;
    if !shape.is_possible() {
        return Err(tensors.error(format!(
            "{levels} levels of {features} features are not possible; get the file again"
        )));
    }
    let values = tensors.tensor(AFFINE, &[levels, features, 3])?;
    let code = Code::from_values(&vec![vec![vec![features, 3]]; levels], &values);
    code.map_err(|e| tensors.error(e.to_string()))
}

fn read_styles(tensors: &Tensors<'_>, levels: usize) -> Result<Styles> {
    let width = tensors.shape("styles").and_then(|s| s.get(1).copied()).unwrap_or(0);
    if width == 0 {
        return Err(tensors.error("tensor styles is missing or empty"));
    }
    let rows = tensors.tensor("styles", &[levels, width])?;
    let styles = Styles::from_rows(rows.chunks_exact(width).map(<[f32]>::to_vec).collect());
    styles.map_err(|e| tensors.error(e.to_string()))
}

fn read_latent(tensors: &Tensors<'_>, made: &LatentUse) -> Result<Latent> {
    let truncation = made.truncation.parse().map_err(|e: Error| tensors.error(e.to_string()))?;
    Ok(Latent { z: tensors.values("latent")?, class: made.class, truncation })
}

/// All linear layers of the file, by their names.
fn read_matrices(tensors: &Tensors<'_>) -> Result<HashMap<String, Linear>> {
    let mut matrices = HashMap::new();
    for name in tensors.names() {
        let Some(name) = name.strip_suffix(".weight") else { continue };
        if let Some(&[outputs, inputs]) = tensors.shape(&format!("{name}.weight")).as_deref() {
            let layer = Linear::load(tensors, name, inputs, outputs)?;
            matrices.insert(name.to_owned(), layer);
        }
    }
    Ok(matrices)
}

#[cfg(test)]
mod tests {
    use super::super::{FieldContent, FieldFile};
    use super::*;
    use crate::field::Field;
    use crate::model::{Model, ModelId};

    fn generator() -> Arc<Generator> {
        Model::builtin("flowers").unwrap().generator().unwrap()
    }

    fn bytes(field: &GeneratedField) -> Vec<u8> {
        Field::Generated(field.clone()).to_bytes().unwrap()
    }

    /// What a file of a generator's field holds.
    fn content(file: &FieldFile) -> &GeneratedContent {
        match file.content() {
            FieldContent::Generated(content) => content,
            FieldContent::Picture(_) => panic!("{file:?}"),
        }
    }

    fn field(generator: &Generator) -> GeneratedField {
        let truncation = "fine:0.3".parse().unwrap();
        let latent = Latent { z: generator.latent(1), class: Some(1), truncation };
        GeneratedField::from_latent(generator, latent).unwrap().with_size([40, 30])
    }

    #[test]
    fn everything_comes_back() {
        let generator = generator();
        let network = generator.network();
        let mut own: Vec<_> = network.matrices().iter().map(|m| m.layer.clone()).collect();
        own.last_mut().unwrap().bias[0] += 1.0;
        let plain = field(&generator);
        let own = Arc::new(network.with_matrices(own).unwrap());
        let tuned = plain.clone().with_network(own).unwrap();
        for field in [plain, tuned] {
            let bytes = bytes(&field.clone().with_origin("a test"));
            let file = FieldFile::from_bytes("x", &bytes).unwrap();
            assert_eq!((file.origin(), file.size()), ("a test", [40, 30]));
            let back = file.generated(&generator).unwrap();
            assert_eq!((back.code(), back.origin()), (field.code(), "a test"));
            assert!(back.styles().is_some() && back.styles() == field.styles());
            assert!(content(&file).has_latent() && back.latent() == field.latent());
            assert_eq!(back.is_tuned(), field.is_tuned());
            let last = |f: &GeneratedField| {
                f.network().matrices().last().map(|m| m.layer.clone()).unwrap()
            };
            assert_eq!(last(&back), last(&field));
            assert_eq!(back.size(), field.size());
        }
    }

    /// A file with these tensors, whose JSON is `json`.
    fn file(json: &str, tensors: &[(&str, &[usize], f32)]) -> Result<FieldFile> {
        let tensor = |(name, shape, value): &(&str, &[usize], f32)| {
            ((*name).to_owned(), shape.to_vec(), vec![*value; shape.iter().product()])
        };
        let tensors: Vec<NamedTensor> = tensors.iter().map(tensor).collect();
        let bytes = serialize(&tensors, Storage::F32, METADATA_KEY, json.to_owned());
        FieldFile::from_bytes("x.field", &bytes.unwrap())
    }

    const FIRST: &str = r#"{"format_version":1,"model":{"name":"m","id":"0"},"size":[4,4],"origin":"",
        "levels":2,"features":3,"tuned":false,"styles":false}"#;

    /// As the first release wrote them.
    #[test]
    fn files_of_the_first_version_are_read() {
        let read = file(FIRST, &[("affine", &[2, 3, 3], 0.5)]).unwrap();
        let read = content(&read);
        assert_eq!(read.code_shape(), vec![vec![vec![3, 3]]; 2]);
        assert!(read.code.values().all(|v| v == 0.5) && read.code.values().count() == 18);
        let model = include_bytes!("../../../fuzz/corpus/model/generator.safetensors");
        let generator = Model::from_bytes("small", model).unwrap().generator().unwrap();
        let read = |bytes: &[u8]| FieldFile::from_bytes("old", bytes).unwrap();
        let first = read(include_bytes!("../../../fuzz/corpus/field/generated.field"));
        let tuned = read(include_bytes!("../../../fuzz/corpus/field/tuned.field"));
        let third = read(include_bytes!("../../../fuzz/corpus/field/code.field"));
        let [code, of_tuned, of_third] = [&first, &tuned, &third].map(|file| &content(file).code);
        assert_eq!((of_tuned, of_third), (code, code));
        assert!(tuned.generated(&generator).unwrap().is_tuned());
        let field = first.generated(&generator).unwrap();
        assert_eq!(field.code(), third.generated(&generator).unwrap().code());
        // What can be said in the first version is, so that earlier programs read it.
        assert!(String::from_utf8_lossy(&bytes(&field)).contains(r#"format_version\":1"#));
    }

    #[test]
    fn codes_of_other_networks_are_stored_tensor_by_tensor() {
        let shape = vec![vec![vec![2, 3], vec![4]], vec![vec![1, 2, 2]]];
        let values: Vec<f32> = (0..14u8).map(f32::from).collect();
        let code = Code::from_values(&shape, &values).unwrap();
        assert_eq!(SingleTensor::of(&code), None);
        let json = FIRST.replace("\"levels\":2,\"features\":3,", "").replace(":1,", ":3,");
        let bytes = serialize(&named_code(&code), Storage::F32, METADATA_KEY, json).unwrap();
        let read = FieldFile::from_bytes("x", &bytes).unwrap();
        assert_eq!(content(&read).code, code);
    }

    #[test]
    fn what_does_not_fit_is_an_error_about_the_file() {
        let styled = FIRST.replace("\"styles\":false", "\"styles\":true");
        let many = FIRST.replace("\"levels\":2", "\"levels\":1000000");
        let bare = FIRST.replace("\"levels\":2,\"features\":3,", "");
        let affine = ("affine", &[2usize, 3, 3][..], 0.0);
        for (json, tensors, said) in [
            (FIRST, vec![("affine", &[2usize, 2, 3][..], 0.0)], "affine has shape [2, 2, 3]"),
            (&many, vec![affine], "1000000 levels"),
            (&styled, vec![affine, ("styles", &[1, 4][..], 0.0)], "styles has shape [1, 4]"),
            (&styled, vec![affine, ("styles", &[2, 4, 3][..], 0.0)], "styles has shape"),
            (&styled, vec![affine, ("styles", &[0, 4][..], 0.0)], "styles has shape [0, 4]"),
            (&bare, vec![affine], "code.0.0 is missing"),
            (&bare, vec![("code.0.0", &[0, 3][..], 0.0)], "get the file again"),
        ] {
            let error = file(json, &tensors).unwrap_err();
            assert!(matches!(error, Error::Field { .. }), "{error}");
            let error = error.to_string();
            assert!(error.contains("x.field") && error.contains(said), "{error}");
        }
    }

    #[test]
    fn matrices_of_other_shapes_are_named() {
        let generator = generator();
        let own = generator.network().matrices().iter().map(|m| m.layer.clone()).collect();
        let own = Arc::new(generator.network().with_matrices(own).unwrap());
        let tuned = field(&generator).with_network(own).unwrap();
        let mut file = FieldFile::from_bytes("x.field", &bytes(&tuned)).unwrap();
        let small = Linear { inputs: 7, outputs: 7, weight: vec![0.0; 49], bias: vec![0.0; 7] };
        let FieldContent::Generated(content) = &mut file.content else { panic!("{file:?}") };
        content.matrices.insert("level.3".to_owned(), small);
        let error = file.generated(&generator).unwrap_err();
        assert!(matches!(error, Error::Field { .. }), "{error}");
        let error = error.to_string();
        assert!(error.contains("x.field") && error.contains("level.3.weight has shape [7, 7]"));
    }

    #[test]
    fn another_model_is_refused_by_name() {
        let generator = generator();
        let mut other = field(&generator).clone();
        other = GeneratedField::from_parts(
            ModelId { name: "other".into(), id: "0123".into() },
            other.network().clone(),
            other.code().as_ref().clone(),
        )
        .unwrap();
        let file = FieldFile::from_bytes("x.field", &bytes(&other)).unwrap();
        let error = file.generated(&generator).unwrap_err().to_string();
        assert!(error.contains("x.field") && error.contains("other (0123)"), "{error}");
    }

    #[test]
    fn damaged_files_are_errors() {
        let bytes = bytes(&field(&generator()));
        for cut in [0, 7, 100, bytes.len() - 1] {
            assert!(FieldFile::from_bytes("x", &bytes[..cut]).is_err(), "{cut}");
        }
        let version = br#"\"format_version\":"#;
        let at = bytes.windows(version.len()).position(|w| w == version).unwrap() + version.len();
        let mut later = bytes.clone();
        later[at] = b'9';
        let error = FieldFile::from_bytes("x", &later).unwrap_err().to_string();
        assert!(error.contains("version 9"), "{error}");
        let model = include_bytes!("../../../models/flowers.safetensors");
        assert!(FieldFile::from_bytes("x", model).unwrap_err().to_string().contains("no field"));
    }
}
