//! The picture of a job, opened.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use polyinr::model::Upscaler;
use polyinr::picture::{Limits, Metadata, PictureReader};
use polyinr::{Control, Depth, Extent, Notes, PictureField, Result, RowSource, View};

use super::job::Job;
use super::options::Batch;

/// Most bytes of a picture that is held in memory rather than read several times.
const HELD: u64 = 128 << 20;

/// A picture that was opened.
pub struct OpenedPicture {
    /// The picture seen through the upscaler.
    pub field: PictureField,
    /// What the file says besides.
    pub metadata: Metadata,
    /// Depth of its samples.
    pub depth: Depth,
    /// What came up, and comes up while it is read: of each time it is opened.
    notes: Arc<Mutex<Vec<Notes>>>,
}

impl OpenedPicture {
    /// The picture of `job` seen through `upscaler`, held where it would be read several times.
    pub fn open(job: &Job, upscaler: &Arc<Upscaler>, limits: Limits) -> Result<Self> {
        let reader = PictureReader::open(&job.input, &limits)?;
        let (metadata, depth) = (reader.info().metadata.clone(), reader.info().depth);
        let notes = Arc::new(Mutex::new(vec![reader.notes().clone()]));
        let extent = extent(&reader);
        let nodata = reader.nodata();
        let field = match job.is_held {
            true => {
                let raster = Arc::new(reader.into_raster()?);
                PictureField::new(upscaler, raster)
            }
            false => {
                let (input, first) = (job.input.clone(), Mutex::new(Some(reader)));
                let notes = notes.clone();
                PictureField::opened(upscaler, extent, move || -> Result<Box<dyn RowSource>> {
                    let first = first.lock().take();
                    let again = || {
                        let reader = PictureReader::open(&input, &limits)?;
                        notes.lock().push(reader.notes().clone());
                        Ok(reader)
                    };
                    Ok(Box::new(first.map_or_else(again, Ok)?))
                })
            }
        };
        let name = Path::new(&job.name).file_name().unwrap_or_default().to_string_lossy();
        let field = field
            .with_origin(format!("the picture {name}"))
            .with_profile(metadata.icc.clone())
            .with_nodata(nodata);
        Ok(Self { field, metadata, depth, notes })
    }

    /// What came up so far; what is added to it is told with it.
    pub fn notes(&self) -> Notes {
        let all = self.notes.lock();
        let (first, others) = (&all[0], &all[1..]);
        let others = others.iter().flat_map(Notes::list);
        others.for_each(|note| first.add(note.kind, note.text));
        first.clone()
    }

    /// The same as the options say, which decide how much is cleaned in what `view` shows of it.
    pub fn treated(self, batch: &Batch<'_>, view: &View, control: &Control<'_>) -> Result<Self> {
        Ok(Self { field: batch.options.apply(self.field, view, control)?, ..self })
    }
}

/// Size, channels and depth of the picture.
pub fn extent(reader: &PictureReader) -> Extent {
    let info = reader.info();
    let (width, height) = (reader.width(), reader.height());
    Extent { width, height, channels: info.channels, depth: info.depth }
}

/// Whether a picture is held: where it is read several times, for its alpha, to see which values it has,
/// to see how much to clean, or for `more` files than the result, and it is not large.
pub fn is_held(reader: &PictureReader, batch: &Batch<'_>, upscaler: &Upscaler, more: bool) -> bool {
    let extent = extent(reader);
    let values = extent.depth == Depth::F32 || reader.nodata().is_some();
    let asked = batch.options.asked().is_ok_and(|treatment| treatment.needs_estimate());
    let estimated = upscaler.can_be_told() && asked;
    let again = more || values || estimated || extent.channels.has_alpha() || batch.options.tta;
    again && extent.bytes() <= HELD
}

#[cfg(test)]
mod tests {
    use polyinr::picture::Format;
    use polyinr::raster::all_rows;
    use polyinr::{Channels, Existing, Model, Picture, Raster, Samples};

    use super::*;

    /// A picture to make of `input`.
    fn job(input: &Path, is_held: bool) -> Job {
        Job {
            input: input.to_owned(),
            name: "a.jpg".to_owned(),
            source: Format::Jpeg,
            output: "b.png".into(),
            shown: "b.png".to_owned(),
            format: Format::Png,
            depth: Depth::U8,
            channels: Channels::Rgb,
            pages: 1,
            from: (300, 200),
            to: (300, 200),
            refine: None,
            field: None,
            comparison: None,
            held: 180_000,
            is_held,
            memory: 0,
        }
    }

    /// What comes up as a picture is read again is told as well.
    #[test]
    fn what_any_reading_finds_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        let samples = (0..300 * 200 * 3).map(|i: u32| (i.wrapping_mul(2654435761) >> 24) as u8);
        let raster = Raster::new(300, 200, Channels::Rgb, Samples::U8(samples.collect())).unwrap();
        let metadata = Metadata::default();
        Picture { raster, metadata }.save(&path, Existing::Refuse).unwrap();
        let upscaler = Model::builtin("clean").unwrap().upscaler().unwrap();
        let [held, read] = [true, false].map(|is_held| {
            OpenedPicture::open(&job(&path, is_held), &upscaler, Limits::default()).unwrap()
        });
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() * 3 / 4]).unwrap();
        for (picture, is_held) in [(held, true), (read, false)] {
            assert_eq!(picture.field.raster().is_some(), is_held);
            for _ in 0..3 {
                drop(all_rows(picture.field.rows().unwrap()));
            }
            assert_eq!(picture.notes().incomplete(), !is_held);
            assert_eq!(picture.notes().list().len(), usize::from(!is_held));
        }
    }
}
