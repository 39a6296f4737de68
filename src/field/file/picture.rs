//! Pictures' fields in files.
//!
//! The picture is the tensor `pixels [height, width, channels]`, rows from the top, of 8- or 16-bit
//! integers or 32-bit floats; `profile` holds the bytes of its colour profile, if it has one.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use bytemuck::NoUninit;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use super::{CLEANED_VERSION, FIRST_VERSION, Kind, METADATA_KEY, Stamp, read_json};
use crate::error::{Error, Result};
use crate::field::picture::Prepared;
use crate::field::{PictureField, Plane, Refine};
use crate::file::{self, Existing};
use crate::memory;
use crate::model::{ModelId, Strength, Upscaler};
use crate::raster::{Channels, Raster, RasterRows, Samples};
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

/// A picture's field as it is kept: the picture, the upscaler's name and hash, how much is cleaned,
/// and whether results are refined. Clones share the picture.
///
/// ```
/// use std::sync::Arc;
/// use polyinr::{Channels, FieldFile, Model, PictureFile, Raster, Samples};
///
/// let upscaler = Model::builtin("clean")?.upscaler()?;
/// let picture = Raster::new(8, 6, Channels::Gray, Samples::U8(vec![128; 48]))?;
/// let bytes = PictureFile::new(&upscaler, Arc::new(picture), "a grey picture").to_bytes()?;
///
/// let file = FieldFile::from_bytes("in memory", &bytes)?.picture()?;
/// let field = file.field(&upscaler)?;
/// assert_eq!((field.width(), field.height()), (8, 6));
/// # Ok::<(), polyinr::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PictureFile {
    source: String,
    stamp: Stamp,
    raster: Arc<Raster>,
    refine: Option<Refine>,
    profile: Option<Arc<[u8]>>,
    nodata: Option<f32>,
    strength: Strength,
    prepared: Prepared,
}

impl PictureFile {
    /// What keeps the field of `raster` seen through `upscaler`; `origin` says for people where the
    /// picture is from, in up to 2000 characters.
    pub fn new(upscaler: &Upscaler, raster: Arc<Raster>, origin: &str) -> Self {
        let size = [raster.width(), raster.height()];
        let stamp = Stamp::new(Kind::Picture, &upscaler.id(), size, origin);
        let (refine, profile, nodata) = (None, None, None);
        let (source, prepared) = ("picture".to_owned(), Prepared::default());
        let strength = Strength::default();
        Self { source, stamp, raster, refine, profile, nodata, strength, prepared }
    }

    /// The sample that stands for no data, on the scale where 1 is full for integers.
    pub fn nodata(&self) -> Option<f32> {
        self.nodata
    }

    /// The same of a picture in which the sample `nodata` stands for no data, on the scale where 1 is
    /// full.
    pub fn with_nodata(self, nodata: Option<f32>) -> Self {
        Self { nodata, prepared: Prepared::default(), ..self }
    }

    /// The same with what its upscaler is told to clean.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not from 0 to 1.
    pub fn with_strength(self, strength: Strength) -> Result<Self> {
        strength.check()?;
        let format_version = if strength.is_none() { FIRST_VERSION } else { CLEANED_VERSION };
        Ok(Self { strength, stamp: Stamp { format_version, ..self.stamp }, ..self })
    }

    /// The same with results that are refined, or not.
    pub fn with_refine(self, refine: Option<Refine>) -> Self {
        Self { refine, ..self }
    }

    /// The same with the bytes of the picture's ICC profile. One without bytes is none.
    pub fn with_profile(self, profile: Option<Vec<u8>>) -> Self {
        Self { profile: profile.filter(|p| !p.is_empty()).map(Arc::from), ..self }
    }

    pub(super) fn read(name: &str, stamp: Stamp, tensors: &Tensors<'_>) -> Result<Self> {
        let Shape { channels, refine, profile, nodata, strength } = read_json(tensors)?;
        let blame = |e: Error| tensors.error(e.to_string());
        let refine = refine.map(Refine::new).transpose().map_err(blame)?;
        strength.check().map_err(blame)?;
        let [width, height] = stamp.size;
        let shape = [height as usize, width as usize, channels.count()];
        let fits = tensors.shape(PIXELS).is_some_and(|found| found == shape);
        if fits && u64::from(width) * u64::from(height) > MAX_PIXELS {
            let problem = format!("{width}x{height} pixels; at most {MAX_PIXELS} are read");
            return Err(Error::limits(name, problem));
        }
        tensors.check_size(MAX_BYTES)?;
        let samples = read_samples(tensors, &shape)?;
        let raster = Raster::new(width, height, channels, samples).map_err(blame)?;
        let profile = profile.then(|| read_profile(tensors)).transpose()?;
        let (source, raster, prepared) = (name.to_owned(), Arc::new(raster), Prepared::default());
        Ok(Self { source, stamp, raster, refine, profile, nodata, strength, prepared })
    }

    pub(super) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The model it belongs to.
    pub fn model(&self) -> &ModelId {
        &self.stamp.model
    }

    pub(super) fn source(&self) -> &str {
        &self.source
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

    /// Where the picture is from, for people.
    pub fn origin(&self) -> &str {
        &self.stamp.origin
    }

    /// The field of the picture's colours, cleaned and without refinement.
    ///
    /// # Errors
    /// [`Error::Field`] when it belongs to another model, or to one that cannot be told how much to
    /// clean.
    pub fn field(&self, upscaler: &Arc<Upscaler>) -> Result<PictureField> {
        self.check_upscaler(upscaler)?;
        let blame = |e: Error| Error::field(&self.source, e.to_string());
        let told = upscaler.with_strength(self.strength).map_err(blame)?;
        let (raster, prepared) = (self.raster.clone(), self.prepared.clone());
        Ok(PictureField::kept(told, raster, self.nodata, Plane::Colour, prepared))
    }

    /// Fails where it belongs to another model.
    pub(crate) fn check_upscaler(&self, upscaler: &Upscaler) -> Result<()> {
        self.stamp.check_model(&self.source, &upscaler.id())
    }

    /// The rows of the picture.
    pub fn rows(&self) -> RasterRows {
        RasterRows::new(self.raster.clone()).with_nodata(self.nodata)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Error::Field`] when it cannot be stored.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let failed = |problem: String| Error::field(&self.source, problem);
        let (raster, channels) = (&self.raster, self.raster.channels());
        let (dtype, bytes) = encoded(raster.samples())?;
        let shape = vec![raster.height() as usize, raster.width() as usize, channels.count()];
        let mut tensors: Vec<StoredTensor<'_>> = vec![(PIXELS, dtype, shape, &bytes)];
        if let Some(profile) = &self.profile {
            tensors.push((PROFILE, Dtype::U8, vec![profile.len()], profile));
        }
        let refine = self.refine.map(Refine::steps);
        let (profile, nodata, strength) = (self.profile.is_some(), self.nodata, self.strength);
        let own = Shape { channels, refine, profile, nodata, strength };
        let json = self.stamp.json(own).map_err(failed)?;
        serialize_stored(&tensors, METADATA_KEY, json).map_err(failed)
    }

    /// Keeps it in a file at `path`, whole or not at all.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes); [`Error::Io`] when the system refuses or the file is there
    /// and must not be replaced.
    pub fn save(&self, path: impl AsRef<Path>, existing: Existing) -> Result<()> {
        file::write(path, &self.to_bytes()?, existing)
    }
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

fn read_profile(tensors: &Tensors<'_>) -> Result<Arc<[u8]>> {
    let length = tensors.shape(PROFILE).and_then(|s| s.first().copied()).unwrap_or(0);
    if length == 0 {
        return Err(tensors.error(format!("tensor {PROFILE} is missing or empty")));
    }
    Ok(tensors.exact::<u8>(PROFILE, Dtype::U8, &[length])?.into())
}

#[cfg(test)]
mod tests {
    use super::super::FieldFile;
    use super::*;
    use crate::model::Model;
    use crate::raster::{Depth, RowSource};

    fn upscaler() -> Arc<Upscaler> {
        Model::builtin("clean").unwrap().upscaler().unwrap()
    }

    fn raster(channels: Channels, depth: Depth) -> Arc<Raster> {
        let mut samples = Samples::zeroed(depth, 5 * 4 * channels.count());
        (0..samples.len()).for_each(|i| samples.set(i, (i * 37 % 101) as f32 / 100.0));
        Arc::new(Raster::new(5, 4, channels, samples).unwrap())
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
                let file = PictureFile::new(&upscaler, raster(channels, depth), "a test")
                    .with_refine(Some(Refine::new(5).unwrap()))
                    .with_profile(Some(vec![1, 2, 3]));
                let back = FieldFile::from_bytes("x", &file.to_bytes().unwrap()).unwrap();
                assert_eq!((back.origin(), back.size()), ("a test", [5, 4]));
                assert_eq!(back.model(), &upscaler.id());
                let back = back.picture().unwrap();
                assert_eq!(back.raster(), file.raster());
                assert_eq!((back.refine(), back.profile()), (file.refine(), file.profile()));
                let field = back.field(&upscaler).unwrap();
                assert_eq!((field.width(), field.height()), (5, 4));
            }
        }
        let plain = PictureFile::new(&upscaler, raster(Channels::Rgb, Depth::U8), "")
            .with_profile(Some(Vec::new()));
        let back = FieldFile::from_bytes("x", &plain.to_bytes().unwrap()).unwrap();
        let back = back.picture().unwrap();
        assert_eq!((back.refine(), back.profile()), (None, None));
    }

    #[test]
    fn another_model_or_kind_is_refused_in_words() {
        let bytes =
            PictureFile::new(&upscaler(), raster(Channels::Rgb, Depth::U8), "").to_bytes().unwrap();
        let other = edited(&bytes, &upscaler().about().id, "0123456789abcdef");
        let file = FieldFile::from_bytes("x.field", &other).unwrap().picture().unwrap();
        let message = file.field(&upscaler()).unwrap_err().to_string();
        assert!(message.contains("clean (0123456789abcdef)"), "{message}");
        let file = FieldFile::from_bytes("x.field", &bytes).unwrap();
        let message = file.generated().unwrap_err().to_string();
        assert!(message.contains("x.field: it keeps a picture"), "{message}");
    }

    #[test]
    fn damaged_files_are_errors() {
        let file = PictureFile::new(&upscaler(), raster(Channels::Rgb, Depth::F32), "")
            .with_refine(Some(Refine::default()))
            .with_profile(Some(vec![7]));
        let bytes = file.to_bytes().unwrap();
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
        let file = PictureFile::new(&upscaler(), raster, "").with_nodata(Some(-1.5));
        let back = FieldFile::from_bytes("x", &file.to_bytes().unwrap()).unwrap();
        let back = back.picture().unwrap();
        let samples = back.raster().samples();
        assert!(samples.get(1).is_nan() && samples.get(2) == f32::INFINITY);
        assert_eq!(back.rows().nodata(), Some(-1.5));
    }
}
