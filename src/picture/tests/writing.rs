//! How files come to be: complete, or not at all.

use std::path::Path;

use super::*;
use crate::error::Error;

#[test]
fn what_jpeg_cannot_hold_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for (width, channels, depth) in [
        (1, Channels::Rgba, Depth::U8),
        (1, Channels::Rgb, Depth::U16),
        (65536, Channels::Rgb, Depth::U8),
    ] {
        let spec = Spec::new(Format::Jpeg, width, 1, channels, depth);
        assert!(PictureWriter::create(&path, spec, Existing::Refuse).is_err());
    }
    assert_eq!(entries(folder.path()), Vec::<String>::new());
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_appears_complete_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join("a");
        let spec = || Spec::new(format, 2, 2, Channels::Gray, Depth::U8);
        let mut writer = PictureWriter::create(&path, spec(), Existing::Refuse).unwrap();
        writer.rows(0, &[0.0, 0.5]).unwrap();
        let names = entries(folder.path());
        assert!(names.len() == 1 && names[0].starts_with(".a.polyinr-"), "{names:?}");
        assert!(names[0].ends_with(".tmp"), "{names:?}");
        assert!(matches!(writer.rows(0, &[0.0, 0.5]), Err(Error::Parameter { .. })));
        assert!(matches!(writer.rows(1, &[0.0]), Err(Error::Parameter { .. })));
        assert!(matches!(writer.rows(1, &[0.0; 4]), Err(Error::Parameter { .. })));
        assert!(matches!(writer.finish(), Err(Error::Parameter { .. })));
        assert_eq!(entries(folder.path()), Vec::<String>::new());

        let mut writer = PictureWriter::create(&path, spec(), Existing::Refuse).unwrap();
        writer.rows(0, &[0.0, 0.5, 1.0, 1.0]).unwrap();
        std::fs::write(&path, "came first").unwrap();
        assert!(matches!(writer.finish(), Err(Error::Io { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"came first");
        assert!(PictureWriter::create(&path, spec(), Existing::Refuse).is_err());

        let mut writer = PictureWriter::create(&path, spec(), Existing::Replace).unwrap();
        writer.rows(0, &[0.0, 0.5, 1.0, 1.0]).unwrap();
        writer.finish().unwrap();
        assert_eq!(Picture::probe(&path).unwrap().format, format);
        assert_eq!(entries(folder.path()), ["a"]);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn folders_and_devices_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let spec = Spec::new(Format::Png, 1, 1, Channels::Gray, Depth::U8);
    let refused = PictureWriter::create(folder.path(), spec.clone(), Existing::Replace);
    assert!(matches!(refused, Err(Error::Encode { .. })));
    let missing = folder.path().join("none").join("a.png");
    assert!(matches!(
        PictureWriter::create(missing, spec, Existing::Replace),
        Err(Error::Io { .. })
    ));
}

#[test]
fn a_stream_gets_the_bytes_of_the_file() {
    #[derive(Clone, Default)]
    struct Shared(std::sync::Arc<parking_lot::Mutex<Vec<u8>>>);
    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let raster = noise(9, 8, Channels::Rgb, Depth::U8, 6);
        let picture = Picture { raster, metadata: Metadata::default() };
        let shared = Shared::default();
        let spec = Spec::new(format, 9, 8, Channels::Rgb, Depth::U8);
        let stream = Box::new(shared.clone());
        let mut writer = PictureWriter::to_stream(stream, "standard output", spec).unwrap();
        writer.raster(&picture.raster).unwrap();
        writer.finish().unwrap();
        assert_eq!(*shared.0.lock(), picture.encode(format).unwrap());
    }
}

#[test]
fn a_full_disk_is_said() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for format in Format::ALL {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let spec = Spec::new(format, 400, 400, Channels::Rgb, Depth::U8);
        let writer = PictureWriter::to_stream(Box::new(full), "full.png", spec);
        let written = writer.and_then(|mut writer| {
            writer.raster(&noise(400, 400, Channels::Rgb, Depth::U8, 1))?;
            writer.finish()
        });
        let message = written.unwrap_err().to_string();
        assert!(message.contains("full.png") && message.contains("No space"), "{message}");
    }
}
