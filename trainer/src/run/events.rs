//! TensorBoard's event files: scalars and pictures by step.
//!
//! A file is a row of TFRecords, each a length, its checksum, a protocol buffer and its checksum.
//! Messages and field numbers are those of TensorFlow's `event.proto` and `summary.proto`, as far as
//! a run needs them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::error::{Error, Result};

/// What the first record of a file says.
const VERSION: &str = "brain.Event:2";
/// `SessionLog.START`: TensorBoard forgets what other files say of this step and later.
const SESSION_START: i32 = 1;

/// One record.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    session_log: Option<SessionLog>,
}

/// Values of a step.
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// One value: a number or a picture.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "4")]
    image: Option<Image>,
}

/// A picture as a PNG file.
#[derive(Clone, PartialEq, Message)]
struct Image {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
    #[prost(int32, tag = "3")]
    colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    encoded_image_string: Vec<u8>,
}

/// A run's beginning or end.
#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// An event file that is being written.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventFile {
    /// A new file in `folder`, for a run that begins or goes on at `step`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(folder: &Path, step: u64) -> Result<Self> {
        let name = format!("events.out.tfevents.{:.6}.{}.polyinr", now(), std::process::id());
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|e| Error::io(&path, "make the file", e))?;
        let mut events = Self { path, file: BufWriter::new(file) };
        let version = Some(VERSION.to_owned());
        events.write(&Event { wall_time: now(), file_version: version, ..Event::default() })?;
        let start = Some(SessionLog { status: SESSION_START });
        // What was written of `step` itself stays.
        let step = step.cast_signed() + 1;
        events.write(&Event { wall_time: now(), step, session_log: start, ..Event::default() })?;
        Ok(events)
    }

    /// Numbers of a step, by name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn scalars(&mut self, step: u64, numbers: &[(&str, f64)]) -> Result<()> {
        let value = numbers
            .iter()
            .map(|(tag, x)| Value {
                tag: (*tag).to_owned(),
                simple_value: Some(*x as f32),
                image: None,
            })
            .collect();
        self.summary(step, value)
    }

    /// A picture of a step: a PNG file of `width` x `height` RGB pixels.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn picture(
        &mut self,
        step: u64,
        tag: &str,
        (width, height): (u32, u32),
        png: Vec<u8>,
    ) -> Result<()> {
        let image = Image {
            height: height.cast_signed(),
            width: width.cast_signed(),
            colorspace: 3,
            encoded_image_string: png,
        };
        let value = Value { tag: tag.to_owned(), simple_value: None, image: Some(image) };
        self.summary(step, vec![value])
    }

    fn summary(&mut self, step: u64, value: Vec<Value>) -> Result<()> {
        let summary = Some(Summary { value });
        let step = step.cast_signed();
        self.write(&Event { wall_time: now(), step, summary, ..Event::default() })
    }

    fn write(&mut self, event: &Event) -> Result<()> {
        let record = record(&event.encode_to_vec());
        let written = self.file.write_all(&record).and_then(|()| self.file.flush());
        written.map_err(|e| Error::io(&self.path, "write", e))
    }
}

/// `data` as a TFRecord.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let (head, tail) = (masked_crc(&length).to_le_bytes(), masked_crc(data).to_le_bytes());
    [&length[..], &head, data, &tail].concat()
}

/// TFRecord's checksum: CRC-32C, rotated and moved.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records of a file whose checksums are right.
    fn read(path: &Path) -> Vec<Event> {
        let bytes = std::fs::read(path).unwrap();
        let (mut rest, mut events) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let (length, after) = rest.split_at(8);
            let (head, after) = after.split_at(4);
            let n = u64::from_le_bytes(length.try_into().unwrap()) as usize;
            let (data, after) = after.split_at(n);
            let (tail, after) = after.split_at(4);
            assert_eq!(head, masked_crc(length).to_le_bytes());
            assert_eq!(tail, masked_crc(data).to_le_bytes());
            events.push(Event::decode(data).unwrap());
            rest = after;
        }
        events
    }

    #[test]
    fn the_checksum_is_that_of_published_records() {
        // The length field of a 24-byte record, as TensorFlow writes it for `brain.Event:2`.
        assert_eq!(masked_crc(&24u64.to_le_bytes()).to_le_bytes(), [0xa3, 0x7f, 0x4b, 0x22]);
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn scalars_and_pictures_come_back_by_step() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = EventFile::create(folder.path(), 40).unwrap();
        file.scalars(41, &[("loss/d", 0.5), ("loss/g", -2.0)]).unwrap();
        file.picture(41, "samples", (4, 2), vec![1, 2, 3]).unwrap();
        let path = file.path.clone();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("events.out.tfevents."));
        let events = read(&path);
        assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
        assert_eq!(events[1].step, 41);
        assert_eq!(events[1].session_log, Some(SessionLog { status: 1 }));
        let scalars = &events[2].summary.as_ref().unwrap().value;
        let scalars: Vec<_> = scalars.iter().map(|v| (v.tag.as_str(), v.simple_value)).collect();
        assert_eq!(scalars, [("loss/d", Some(0.5)), ("loss/g", Some(-2.0))]);
        let image = events[3].summary.as_ref().unwrap().value[0].image.clone().unwrap();
        assert_eq!((image.width, image.height, image.encoded_image_string.len()), (4, 2, 3));
        assert!(events.iter().all(|e| e.wall_time > 1.6e9));
    }
}
