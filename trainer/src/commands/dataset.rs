//! `polyinr-train dataset`: packs photographs into a zip file to train on.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};
use polyinr::Existing;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::data::prepare::{self, Outcome};
use crate::data::{Collection, LABELS, LabelFile, Report, Selection, picture};
use crate::error::{Error, Result};
use crate::files::NewFile;

/// Pack photographs into a zip file to train on: cut square, resized, with their classes
///
/// Classes come from dataset.json where there is one, else from the names of sub-folders.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Folders or zip files of pictures (PNG, JPEG, WebP, TIFF)
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The zip file to write
    #[arg(short, long, value_name = "ZIP")]
    output: PathBuf,
    /// Width and height of the packed pictures
    #[arg(long, value_name = "PIXELS")]
    resolution: u32,
    /// Replace the zip file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    selection: Selection,
}

/// Writes the zip file and says what is in it.
///
/// # Errors
/// [`Error::Io`] when the zip file cannot be written or is there already, [`Error::Parameter`] when
/// the resolution is out of range, otherwise as [`Collection::open`] and [`prepare::each`].
pub fn run(args: &Args) -> Result<()> {
    let report = pack(args)?;
    eprintln!("{report}\nwrote {}", args.output.display());
    Ok(())
}

fn pack(args: &Args) -> Result<Report> {
    picture::check_side(args.resolution)?;
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    let mut file = NewFile::create(&args.output, existing)?;
    let collection = Collection::open(&args.sources, &args.selection)?;
    let mut zip = Packed::new(file.writer(), &args.output);
    let Outcome { skipped, enlarged } = prepare::each(
        &collection,
        args.resolution,
        |picture| encode(&picture::square(picture, args.resolution)?),
        |index, png| zip.picture(&png, collection.class(index)),
    )?;
    let pictures = zip.finish(collection.class_names())?;
    file.complete()?;
    Ok(Report {
        pictures,
        classes: collection.class_names().len(),
        empty_classes: collection.empty_classes(&skipped.iter().map(|(index, _)| *index).collect()),
        loose_folders: if args.selection.unconditional { 0 } else { collection.folders() },
        enlarged,
        resolution: args.resolution,
        skipped: skipped.into_iter().map(|(_, skipped)| skipped).collect(),
        cached: None,
    })
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>> {
    let (mut png, (width, height)) = (Vec::new(), picture.dimensions());
    PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive)
        .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(|e| Error::parameter("--resolution", format!("cannot pack a picture: {e}")))?;
    Ok(png)
}

/// The zip file that is being written.
struct Packed<'a, W: Write + Seek> {
    zip: ZipWriter<Muted<W>>,
    path: &'a Path,
    count: usize,
    labels: Vec<(String, u32)>,
}

impl<'a, W: Write + Seek> Packed<'a, W> {
    fn new(out: W, path: &'a Path) -> Self {
        let out = Muted::new(out);
        Self { zip: ZipWriter::new(out), path, count: 0, labels: Vec::new() }
    }

    fn picture(&mut self, png: &[u8], class: Option<u32>) -> Result<()> {
        let name = format!("{:05}/img{:08}.png", self.count / 1000, self.count);
        // PNG is compressed already.
        self.entry(&name, png, CompressionMethod::Stored)?;
        self.count += 1;
        self.labels.extend(class.map(|class| (name, class)));
        Ok(())
    }

    /// Ends the file and says how many pictures it has.
    fn finish(mut self, class_names: &[String]) -> Result<usize> {
        let named = !class_names.is_empty();
        let labels = LabelFile {
            labels: named.then(|| std::mem::take(&mut self.labels)),
            class_names: named.then(|| class_names.to_vec()),
        };
        let json =
            serde_json::to_vec(&labels).map_err(|e| Error::data(self.path, e.to_string()))?;
        self.entry(LABELS, &json, CompressionMethod::Deflated)?;
        let failed = |e| Error::io(self.path, "write", e);
        let written = self.zip.finish().map_err(|e| failed(e.into()))?;
        match written.failed {
            true => Err(failed(io::Error::other("an earlier part could not be written"))),
            false => Ok(self.count),
        }
    }

    /// Adds a file without a time, so that the same pictures give the same bytes.
    fn entry(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::DEFAULT);
        self.zip
            .start_file(name, options)
            .map_err(std::io::Error::from)
            .and_then(|()| self.zip.write_all(bytes))
            .map_err(|e| Error::io(self.path, "write", e))
    }
}

/// A file that says once that it cannot be written, and then takes everything without a word: the writer of
/// zip files tries to end a file even when it is given up, and would print its own complaint about that.
struct Muted<W> {
    out: W,
    failed: bool,
    /// Where it would be, and where it would end.
    at: u64,
    end: u64,
}

impl<W> Muted<W> {
    fn new(out: W) -> Self {
        Self { out, failed: false, at: 0, end: 0 }
    }

    /// What `work` gives, until it fails once.
    fn tried<T>(&mut self, work: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<Option<T>> {
        if self.failed {
            return Ok(None);
        }
        let done = work(&mut self.out);
        self.failed = done.is_err();
        done.map(Some)
    }
}

impl<W: Write> Write for Muted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.tried(|out| match out.write(bytes)? {
            0 if !bytes.is_empty() => Err(io::ErrorKind::WriteZero.into()),
            written => Ok(written),
        })?;
        let written = written.unwrap_or(bytes.len());
        self.at += written as u64;
        self.end = self.end.max(self.at);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tried(Write::flush).map(|_| ())
    }
}

impl<W: Seek> Seek for Muted<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let there = self.tried(|out| out.seek(to))?;
        let moved = |from: u64, by: i64| from.saturating_add_signed(by);
        self.at = there.unwrap_or_else(|| match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => moved(self.at, by),
            SeekFrom::End(by) => moved(self.end, by),
        });
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{DataOptions, Dataset};
    use std::fs;

    /// A folder of two classes with a picture each, and a file that is none.
    fn photographs() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, colour) in [("rose/b.png", 200), ("daisy/a.png", 100)] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            RgbImage::from_pixel(20, 12, image::Rgb([colour; 3])).save(path).unwrap();
        }
        fs::write(folder.path().join("rose/a.png"), b"text").unwrap();
        folder
    }

    fn args(folder: &Path, force: bool) -> Args {
        let selection = Selection::default();
        let output = folder.join("out.zip");
        Args { sources: vec![folder.to_owned()], output, resolution: 8, force, selection }
    }

    #[test]
    fn photographs_become_a_data_set() {
        let folder = photographs();
        let args = args(folder.path(), false);
        let report = pack(&args).unwrap();
        assert_eq!((report.pictures, report.classes, report.skipped.len()), (2, 2, 1));
        assert!(report.to_string().contains("rose/a.png"), "{report}");

        let options = DataOptions { no_data_cache: true, ..DataOptions::default() };
        let set = Dataset::open(std::slice::from_ref(&args.output), 8, &options).unwrap();
        assert_eq!(set.class_names(), ["daisy", "rose"]);
        assert_eq!(set.labels(), Some(&[0, 1][..]));
        assert!(set.name(1).ends_with("out.zip/00000/img00000001.png"));
        let (images, _) = set.batch(&[1], &[]).unwrap();
        assert_eq!((images.size()[3], images.max().int64_value(&[])), (8, 200));
    }

    #[test]
    fn the_same_pictures_give_the_same_bytes() {
        let folder = photographs();
        pack(&args(folder.path(), false)).unwrap();
        let first = fs::read(folder.path().join("out.zip")).unwrap();
        let refused = pack(&args(folder.path(), false)).unwrap_err().to_string();
        assert!(refused.ends_with("out.zip: cannot write: the file exists already"), "{refused}");
        pack(&args(folder.path(), true)).unwrap();
        assert_eq!(fs::read(folder.path().join("out.zip")).unwrap(), first);
    }

    #[test]
    fn a_full_disk_is_said_once() {
        let mut place = [0u8; 100];
        let mut zip = Packed::new(io::Cursor::new(&mut place[..]), Path::new("full.zip"));
        let error = zip.picture(&[1; 400], None).unwrap_err().to_string();
        assert!(
            error.starts_with("full.zip: cannot write") && error.lines().count() == 1,
            "{error}"
        );
        // What is dropped then has nothing more to say.
        assert!(zip.zip.flush().is_ok());
    }

    #[test]
    fn a_failure_leaves_no_file() {
        let folder = photographs();
        fs::remove_file(folder.path().join("rose/b.png")).unwrap();
        fs::remove_file(folder.path().join("daisy/a.png")).unwrap();
        assert!(pack(&args(folder.path(), false)).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
