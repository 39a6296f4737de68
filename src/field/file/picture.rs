//! Pictures' fields in files.
//!
//! The picture is the tensor `pixels [height, width, channels]`, rows from the top, of 8- or 16-bit
//! integers or 32-bit floats; `profile` holds the bytes of its colour profile, if it has one.

use std::borrow::Cow;
use std::sync::Arc;

use bytemuck::NoUninit;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use super::{CLEANED_VERSION, Kind, METADATA_KEY, NamedStamp, Stamp, read_json};
use crate::error::{Error, Result};
use crate::field::{PictureField, Refine};
use crate::memory;
use crate::model::{Strength, Upscaler};
use crate::raster::{Channels, Raster, Samples, all_rows};
use crate::tensors::{StoredTensor, Tensors, serialize_stored};

/// Name of the tensor of the picture's samples.
const PIXELS: &str = "pixels";
/// Name of the tensor of its colour profile.
const PROFILE: &str = "profile";

/// Most pixels of a picture that is read.
const MAX_PIXELS: u64 = 1 << 29;
/// Largest file that is read, in bytes: so many pixels of four floats, and the profile.
const MAX_BYTES: u64 = MAX_PIXELS * 16 + (64 << 20);

/// What the JSON says of a picture's field.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shape {
    channels: Channels,
    /// Steps of refinement, if it is refined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refine: Option<u32>,
    /// Whether a colour profile is in the file.
    #[serde(default)]
    profile: bool,
    /// Sample that stands for no data, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nodata: Option<f32>,
    /// What the upscaler is told to clean.
    #[serde(default, skip_serializing_if = "Strength::is_none")]
    strength: Strength,
}

/// What a picture's field file holds: the picture, how much is cleaned, and whether results are refined.
#[derive(Clone, Debug)]
pub struct PictureContent {
    raster: Arc<Raster>,
    refine: Option<Refine>,
    profile: Option<Vec<u8>>,
    nodata: Option<f32>,
    strength: Strength,
}

impl PictureContent {
    pub(super) fn read(source: &NamedStamp, tensors: &Tensors<'_>) -> Result<Self> {
        let Shape { channels, refine, profile, nodata, strength } = read_json(tensors)?;
        let blame = |e: Error| tensors.error(e.to_string());
        let refine = refine.map(Refine::new).transpose().map_err(blame)?;
        strength.check().map_err(blame)?;
        let [width, height] = source.stamp.size;
        let shape = [height as usize, width as usize, channels.count()];
        let fits = tensors.shape(PIXELS).is_some_and(|found| found == shape);
        if fits && u64::from(width) * u64::from(height) > MAX_PIXELS {
            let problem = format!("{width}x{height} pixels; at most {MAX_PIXELS} are read");
            return Err(Error::limits(&source.name, problem));
        }
        tensors.check_size(MAX_BYTES)?;
        let samples = read_samples(tensors, &shape)?;
        let raster = Raster::new(width, height, channels, samples).map_err(blame)?;
        let profile = profile.then(|| read_profile(tensors)).transpose()?;
        Ok(Self { raster: Arc::new(raster), refine, profile, nodata, strength })
    }

    /// The picture.
    pub fn raster(&self) -> &Arc<Raster> {
        &self.raster
    }

    /// How the whole picture is refined where it is shown, if it is.
    pub fn refine(&self) -> Option<Refine> {
        self.refine
    }

    /// What the upscaler is told to clean.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// Bytes of the picture's ICC profile.
    pub fn profile(&self) -> Option<&[u8]> {
        self.profile.as_deref()
    }

    /// The field, seen through the upscaler that it belongs to.
    pub(super) fn field(
        &self,
        source: &NamedStamp,
        upscaler: &Arc<Upscaler>,
    ) -> Result<PictureField> {
        let field = PictureField::new(upscaler, self.raster.clone())
            .with_origin(&source.stamp.origin)
            .with_refine(self.refine)
            .with_profile(self.profile.clone())
            .with_nodata(self.nodata);
        field.with_strength(self.strength).map_err(|e| source.error(e))
    }
}

/// The bytes of a file that keeps `field`.
pub(super) fn to_bytes(field: &PictureField) -> Result<Vec<u8>> {
    let nodata = field.nodata();
    let raster = match field.raster() {
        Some(raster) => raster.clone(),
        None => Arc::new(all_rows(field.rows()?)?),
    };
    let failed = |problem: String| Error::field("picture", problem);
    let (dtype, bytes) = encoded(raster.samples())?;
    let channels = raster.channels();
    let shape = vec![raster.height() as usize, raster.width() as usize, channels.count()];
    let mut tensors: Vec<StoredTensor<'_>> = vec![(PIXELS, dtype, shape, &bytes)];
    if let Some(profile) = field.profile() {
        tensors.push((PROFILE, Dtype::U8, vec![profile.len()], profile));
    }
    let strength = field.strength();
    let (refine, profile) = (field.refine().map(Refine::steps), field.profile().is_some());
    let own = Shape { channels, refine, profile, nodata, strength };
    let size = [raster.width(), raster.height()];
    let mut stamp = Stamp::new(Kind::Picture, &field.upscaler().id(), size, field.origin());
    if !strength.is_none() {
        stamp.format_version = CLEANED_VERSION;
    }
    serialize_stored(&tensors, METADATA_KEY, stamp.json(own).map_err(failed)?).map_err(failed)
}

/// How samples are stored, and their bytes, least significant first.
fn encoded(samples: &Samples) -> Result<(Dtype, Cow<'_, [u8]>)> {
    Ok(match samples {
        Samples::U8(v) => (Dtype::U8, Cow::Borrowed(v)),
        Samples::U16(v) => (Dtype::U16, little_endian(v)?),
        Samples::F32(v) => (Dtype::F32, little_endian(v)?),
    })
}

/// The bytes of values, least significant first.
fn little_endian<T: NoUninit>(values: &[T]) -> Result<Cow<'_, [u8]>> {
    let bytes: &[u8] = bytemuck::cast_slice(values);
    if cfg!(target_endian = "little") {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut swapped = memory::with_capacity(bytes.len(), PIXELS)?;
    swapped.extend(bytes.chunks_exact(size_of::<T>()).flat_map(|v| v.iter().rev()));
    Ok(Cow::Owned(swapped))
}

fn read_samples(tensors: &Tensors<'_>, shape: &[usize]) -> Result<Samples> {
    match tensors.dtype(PIXELS) {
        Some(Dtype::U8) => Ok(Samples::U8(tensors.exact(PIXELS, Dtype::U8, shape)?)),
        Some(Dtype::U16) => Ok(Samples::U16(tensors.exact(PIXELS, Dtype::U16, shape)?)),
        // Pictures may have samples that are no numbers.
        Some(Dtype::F32) => Ok(Samples::F32(tensors.exact(PIXELS, Dtype::F32, shape)?)),
        Some(other) => Err(tensors
            .error(format!("tensor {PIXELS} is stored as {other:?}; U8, U16 and F32 can be read"))),
        None => Err(tensors.error(format!("tensor {PIXELS} is missing; get the file again"))),
    }
}

fn read_profile(tensors: &Tensors<'_>) -> Result<Vec<u8>> {
    let length = tensors.shape(PROFILE).and_then(|s| s.first().copied()).unwrap_or(0);
    if length == 0 {
        return Err(tensors.error(format!("tensor {PROFILE} is missing or empty")));
    }
    tensors.exact::<u8>(PROFILE, Dtype::U8, &[length])
}

#[cfg(test)]
mod tests {
    use super::super::{FieldContent, FieldFile};
    use super::*;
    use crate::field::Field;
    use crate::model::Model;
    use crate::raster::{Depth, RasterRows, RowSource};

    fn upscaler() -> Arc<Upscaler> {
        Model::builtin("clean").unwrap().upscaler().unwrap()
    }

    fn raster(channels: Channels, depth: Depth) -> Arc<Raster> {
        let mut samples = Samples::zeroed(depth, 5 * 4 * channels.count());
        (0..samples.len()).for_each(|i| samples.set(i, (i * 37 % 101) as f32 / 100.0));
        Arc::new(Raster::new(5, 4, channels, samples).unwrap())
    }

    fn bytes(field: PictureField) -> Vec<u8> {
        Field::Picture(field).to_bytes().unwrap()
    }

    /// The file with `from` in its metadata replaced by `to`, of any length.
    fn edited(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
        let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..end]).unwrap();
        assert!(header.contains(from), "{header}");
        let header = header.replacen(from, to, 1);
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), &bytes[end..]].concat()
    }

    fn problem(bytes: &[u8]) -> String {
        let error = FieldFile::from_bytes("x.field", bytes).unwrap_err();
        assert!(matches!(error, Error::Field { .. }), "{error:?}");
        let message = error.to_string();
        assert!(message.contains("x.field") && message.lines().count() == 1, "{message}");
        message
    }

    #[test]
    fn everything_comes_back() {
        let upscaler = upscaler();
        for depth in [Depth::U8, Depth::U16, Depth::F32] {
            for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
                let raster = raster(channels, depth);
                let field = PictureField::new(&upscaler, raster.clone())
                    .with_origin("a test")
                    .with_refine(Some(Refine::new(5).unwrap()))
                    .with_profile(Some(vec![1, 2, 3]));
                let bytes = Field::Picture(field.clone()).to_bytes().unwrap();
                let file = FieldFile::from_bytes("x", &bytes).unwrap();
                assert_eq!((file.origin(), file.size()), ("a test", [5, 4]));
                assert_eq!(file.model(), &upscaler.id());
                let back = file.picture(&upscaler).unwrap();
                assert_eq!(back.raster(), Some(&raster));
                assert_eq!((back.refine(), back.profile()), (field.refine(), field.profile()));
                assert_eq!((back.origin(), back.extent()), ("a test", field.extent()));
                // One that is read when it is looked at is kept as one in memory.
                let rows = move || -> Result<Box<dyn RowSource>> {
                    Ok(Box::new(RasterRows::new(raster.clone())))
                };
                let opened = PictureField::opened(&upscaler, field.extent(), rows)
                    .with_origin("a test")
                    .with_refine(field.refine())
                    .with_profile(Some(vec![1, 2, 3]));
                assert_eq!(Field::Picture(opened).to_bytes().unwrap(), bytes);
            }
        }
        let plain = PictureField::new(&upscaler, raster(Channels::Rgb, Depth::U8))
            .with_profile(Some(Vec::new()));
        let file = FieldFile::from_bytes("x", &bytes(plain)).unwrap();
        let FieldContent::Picture(back) = file.content() else { panic!("{file:?}") };
        assert_eq!((back.refine(), back.profile()), (None, None));
    }

    #[test]
    fn another_model_or_kind_is_refused_in_words() {
        let bytes = bytes(PictureField::new(&upscaler(), raster(Channels::Rgb, Depth::U8)));
        let other = edited(&bytes, &upscaler().about().id, "0123456789abcdef");
        let file = FieldFile::from_bytes("x.field", &other).unwrap();
        let message = file.picture(&upscaler()).unwrap_err().to_string();
        assert!(message.contains("clean (0123456789abcdef)"), "{message}");
        let file = FieldFile::from_bytes("x.field", &bytes).unwrap();
        let generator = Model::builtin("flowers").unwrap();
        let message = file.field(&generator).unwrap_err().to_string();
        assert!(message.contains("x.field: it belongs to model clean"), "{message}");
        // A file that says of itself what it is not.
        let generator = generator.generator().unwrap();
        let other = edited(&bytes, &upscaler().about().id, &generator.about().id);
        let file = FieldFile::from_bytes("x.field", &other).unwrap();
        let message = file.generated(&generator).unwrap_err().to_string();
        assert!(message.contains("x.field: it keeps a picture"), "{message}");
    }

    #[test]
    fn damaged_files_are_errors() {
        let field = PictureField::new(&upscaler(), raster(Channels::Rgb, Depth::F32))
            .with_refine(Some(Refine::default()))
            .with_profile(Some(vec![7]));
        let bytes = bytes(field);
        for cut in [0, 7, 100, bytes.len() - 1] {
            assert!(problem(&bytes[..cut]).contains("safetensors"), "{cut}");
        }
        let cases = [
            (r#"\"format_version\":1"#, r#"\"format_version\":9"#, "version 9"),
            (r#"\"kind\":\"picture\""#, r#"\"kind\":\"film\""#, "film"),
            (r#"\"kind\":\"picture\""#, r#"\"kind\":\"generated\""#, "tuned"),
            (r#"\"size\":[5,4]"#, r#"\"size\":[4,5]"#, "pixels has shape [4, 5, 3]"),
            (r#"\"size\":[5,4]"#, r#"\"size\":[0,4]"#, "0x4"),
            (r#"\"size\":[5,4]"#, r#"\"size\":[5,4000000000]"#, "5x4000000000"),
            (r#"\"size\":[5,4]"#, r#"\"size\":[1048576,1048576]"#, "pixels has shape"),
            (r#"\"channels\":\"rgb\""#, r#"\"channels\":\"rgba\""#, "pixels has shape"),
            (r#"\"channels\":\"rgb\""#, r#"\"channels\":\"cmyk\""#, "cmyk"),
            (r#"\"refine\":3"#, r#"\"refine\":17"#, "17 steps"),
            (r#"\"refine\":3"#, r#"\"refine\":0"#, "0 steps"),
            (r#""pixels""#, r#""pixel""#, "pixels is missing"),
            (r#""profile":{"#, r#""no":{"#, "profile is missing"),
            (r#""dtype":"F32""#, r#""dtype":"I32""#, "I32"),
        ];
        for (from, to, said) in cases {
            let message = problem(&edited(&bytes, from, to));
            assert!(message.contains(said), "{to}: {message}");
        }
    }

    #[test]
    fn what_is_no_number_is_kept() {
        let samples = Samples::F32(vec![0.5, f32::NAN, f32::INFINITY]);
        let raster = Arc::new(Raster::new(1, 1, Channels::Rgb, samples).unwrap());
        let field = PictureField::new(&upscaler(), raster).with_nodata(Some(-1.5));
        let file = FieldFile::from_bytes("x", &bytes(field)).unwrap();
        let back = file.picture(&upscaler()).unwrap();
        let samples = back.raster().unwrap().samples();
        assert!(samples.get(1).is_nan() && samples.get(2) == f32::INFINITY);
        assert_eq!(back.rows().unwrap().nodata(), Some(-1.5));
    }
}
