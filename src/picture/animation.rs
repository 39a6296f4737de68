//! Writing animated PNG, frame by frame.

use std::path::Path;

use super::Format;
use super::encode::quantise;
use super::output::Output;
use super::png_write;
use super::spec::Spec;
use super::writer::failure;
use crate::error::{Error, Result};
use crate::file::Existing;
use crate::memory;
use crate::raster::Depth;

/// Largest frame in bytes: each is compressed as a whole.
const LARGEST_FRAME: u64 = 1 << 30;

/// How an animation is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Animation {
    /// Number of its frames, at least one.
    pub frames: u32,
    /// Frames a second, 0.01 to 1000.
    pub fps: f64,
    /// Whether it is shown again and again, rather than once.
    pub endless: bool,
}

impl Animation {
    /// Seconds that a frame is shown, as a fraction.
    fn delay(self) -> Result<(u16, u16)> {
        if !(0.01..=1000.0).contains(&self.fps) {
            let problem = format!("{} is not in 0.01 to 1000", self.fps);
            return Err(Error::parameter("fps", problem));
        }
        let parts = match self.fps {
            fps if fps.fract() == 0.0 => 1,
            fps if fps < 60.0 => 1000,
            _ => 50,
        };
        Ok((parts, (self.fps * f64::from(parts)).round() as u16))
    }
}

/// An animated PNG in the making: rows of the first frame from the top, then those of the next. A
/// frame is held in memory until it is complete. There is nothing under the final name until
/// [`finish`](Self::finish).
///
/// ```
/// use polyinr::picture::{Animation, AnimationWriter};
/// use polyinr::{Channels, Depth, Existing, Format, Spec};
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("blink.png");
/// let spec = Spec::new(Format::Png, 2, 1, Channels::Gray, Depth::U8);
/// let animation = Animation { frames: 2, fps: 2.5, endless: true };
/// let mut writer = AnimationWriter::create(&path, spec, animation, Existing::Refuse)?;
/// writer.rows(0, &[0.0, 1.0])?;
/// writer.rows(0, &[1.0, 0.0])?;
/// writer.finish()?;
/// assert!(path.exists());
/// # Ok::<(), polyinr::Error>(())
/// ```
pub struct AnimationWriter {
    png: png::Writer<Output>,
    output: Output,
    name: String,
    depth: Depth,
    row_len: usize,
    height: u32,
    /// Frames still to come, the one in work included.
    missing: u32,
    next_row: u32,
    frame: Vec<u8>,
    failed: bool,
}

impl std::fmt::Debug for AnimationWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, missing, next_row, .. } = self;
        f.debug_struct("AnimationWriter")
            .field("name", name)
            .field("missing", missing)
            .field("next_row", next_row)
            .finish_non_exhaustive()
    }
}

impl AnimationWriter {
    /// A file at `path`, which is there only after [`finish`](Self::finish). `spec` is that of one
    /// frame.
    ///
    /// # Errors
    /// As [`Spec::check`]; [`Error::Parameter`] when it is not for PNG or the animation makes no
    /// sense; [`Error::Limits`] when a frame is over a gigabyte; [`Error::Io`] when `path` exists
    /// and must not be replaced, or the folder cannot be written to.
    pub fn create(
        path: impl AsRef<Path>,
        spec: Spec,
        animation: Animation,
        existing: Existing,
    ) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        check(&name, &spec, animation)?;
        let delay = animation.delay()?;
        let output = Output::file(path, existing)?;
        let png = encoder(output.clone(), &spec, animation, delay)
            .map_err(|problem| failure(&output, &name, problem))?;
        let (depth, row_len, height) = (spec.depth, spec.row_len(), spec.height);
        let (missing, next_row, frame, failed) = (animation.frames, 0, Vec::new(), false);
        Ok(Self { png, output, name, depth, row_len, height, missing, next_row, frame, failed })
    }

    /// Takes the rows from `first_row` on of the frame in work: whole rows of interleaved samples,
    /// where 1 is full.
    ///
    /// # Errors
    /// [`Error::Parameter`] when these are not whole rows, not the next ones or too many;
    /// [`Error::Io`], [`Error::Encode`]. After an error the file cannot be finished.
    pub fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        let count = pixels.len() / self.row_len;
        let next = first_row == self.next_row && pixels.len().is_multiple_of(self.row_len);
        let room = if self.missing == 0 { 0 } else { self.height - self.next_row };
        if !next || count > room as usize {
            let problem =
                format!("row {first_row} given, {} of {room} left is next", self.next_row);
            return Err(Error::parameter("rows", problem));
        }
        self.check_not_failed()?;
        let mut bytes = Vec::new();
        quantise(pixels, self.depth, u16::to_be_bytes, &mut bytes);
        self.frame.append(&mut bytes);
        self.next_row += count as u32;
        if self.next_row == self.height { self.end_frame() } else { Ok(()) }
    }

    fn end_frame(&mut self) -> Result<()> {
        let wrote = self.png.write_image_data(&self.frame);
        self.failed = wrote.is_err();
        wrote.map_err(|e| failure(&self.output, &self.name, e.to_string()))?;
        self.frame.clear();
        self.next_row = 0;
        self.missing -= 1;
        Ok(())
    }

    /// Completes the file and gives it its final name.
    ///
    /// # Errors
    /// [`Error::Parameter`] when frames are missing, [`Error::Io`], [`Error::Encode`]; there is no
    /// new file under the final name then.
    pub fn finish(self) -> Result<()> {
        self.check_not_failed()?;
        if self.missing > 0 {
            return Err(Error::parameter("frames", format!("{} are missing", self.missing)));
        }
        let Self { png, output, name, .. } = self;
        png.finish().map_err(|e| failure(&output, &name, e.to_string()))?;
        output.complete(&name).map(drop)
    }

    fn check_not_failed(&self) -> Result<()> {
        match self.failed {
            true => Err(Error::encode(&self.name, "writing failed before; start again")),
            false => Ok(()),
        }
    }
}

fn check(name: &str, spec: &Spec, animation: Animation) -> Result<()> {
    spec.check(name)?;
    if spec.format != Format::Png {
        return Err(Error::parameter(
            "format",
            format!("{} is not animated; take PNG", spec.format),
        ));
    }
    if animation.frames == 0 {
        return Err(Error::parameter("frames", "an animation has at least one"));
    }
    let bytes = spec.row_len() as u64 * u64::from(spec.height) * spec.depth.bytes() as u64;
    if bytes > LARGEST_FRAME {
        let problem =
            format!("a frame has {bytes} bytes, of {LARGEST_FRAME}; make single pictures");
        return Err(Error::limits(name, problem));
    }
    // The frame, and what compression makes of it.
    memory::check(3 * bytes, name)
}

fn encoder(
    output: Output,
    spec: &Spec,
    animation: Animation,
    (seconds, parts): (u16, u16),
) -> std::result::Result<png::Writer<Output>, String> {
    let words = |e: png::EncodingError| e.to_string();
    let mut encoder = png::Encoder::with_info(output, png_write::info(spec)?).map_err(words)?;
    let (compression, filter) = png_write::effort(spec.compression);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    encoder.set_animated(animation.frames, u32::from(!animation.endless)).map_err(words)?;
    encoder.set_frame_delay(seconds, parts).map_err(words)?;
    encoder.write_header().map_err(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Channels;

    fn spec() -> Spec {
        Spec::new(Format::Png, 3, 2, Channels::Rgb, Depth::U16)
    }

    fn animation(frames: u32, fps: f64) -> Animation {
        Animation { frames, fps, endless: false }
    }

    #[test]
    fn every_frame_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let frame = |n: usize| (0..18).map(|i| (i * 7 + n * 5) as f32 / 255.0).collect::<Vec<_>>();
        let mut writer =
            AnimationWriter::create(&path, spec(), animation(3, 12.5), Existing::Refuse).unwrap();
        for n in 0..3 {
            writer.rows(0, &frame(n)[..9]).unwrap();
            writer.rows(1, &frame(n)[9..]).unwrap();
        }
        assert!(writer.rows(0, &frame(0)).is_err(), "there is no fourth");
        writer.finish().unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let control = reader.info().animation_control.unwrap();
        assert_eq!((control.num_frames, control.num_plays), (3, 1));
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        for n in 0..3 {
            reader.next_frame(&mut bytes).unwrap();
            let delay = reader.info().frame_control.unwrap();
            assert_eq!((delay.delay_num, delay.delay_den), (1000, 12500));
            let found = bytes.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]]));
            let expected = frame(n).into_iter().map(crate::raster::to_u16);
            assert!(found.eq(expected), "frame {n}");
        }
    }

    #[test]
    fn nothing_is_there_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let make = || AnimationWriter::create(&path, spec(), animation(2, 1.0), Existing::Refuse);
        let mut writer = make().unwrap();
        writer.rows(0, &[0.0; 18]).unwrap();
        assert!(writer.finish().unwrap_err().to_string().contains("1 are missing"));
        drop(make().unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn nonsense_is_refused() {
        let make = |spec, frames, fps| {
            AnimationWriter::create(
                "/no/such/a.png",
                spec,
                animation(frames, fps),
                Existing::Refuse,
            )
            .unwrap_err()
            .to_string()
        };
        assert!(make(spec(), 0, 1.0).starts_with("frames: "));
        assert!(make(spec(), 1, f64::NAN).starts_with("fps: "));
        assert!(make(spec(), 1, 1e-9).starts_with("fps: "));
        assert!(make(Spec { format: Format::Tiff, ..spec() }, 1, 1.0).contains("PNG"));
        let huge = Spec { width: 1 << 20, height: 1 << 20, ..spec() };
        assert!(make(huge, 1, 1.0).contains("single pictures"));
        for fps in [0.01, 0.5, 24.0, 23.976, 61.5, 1000.0] {
            let (seconds, parts) = animation(1, fps).delay().unwrap();
            let found = f64::from(parts) / f64::from(seconds);
            assert!((found / fps - 1.0).abs() < 0.01, "{fps}: {found}");
        }
    }
}
