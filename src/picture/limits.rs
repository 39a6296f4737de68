//! How large a picture may be before it is refused.

use crate::error::{Error, Result};
use crate::memory;
use crate::raster::MAX_SIDE;

/// Sizes above which a file is refused before anything of its size is allocated.
///
/// ```
/// use polyinr::Limits;
///
/// let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
/// assert!(limits.check("photo.png", 1000, 1000).is_ok());
/// assert!(limits.check("photo.png", 1000, 1001).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest number of pixels; 2^29 by default (23170 x 23170).
    pub max_pixels: u64,
    /// Largest width or height in pixels; [`MAX_SIDE`] by default and at most.
    pub max_side: u32,
    /// Largest sum in bytes of all that a file holds besides pixels (profiles, texts, tags), as it is
    /// unpacked; 64 MiB by default.
    pub max_metadata: usize,
    /// Most bytes of memory that a picture takes while it is read, or a whole piece of work with it;
    /// no limit by default.
    pub max_memory: u64,
    /// Leaves what [`Metadata::strip`](super::Metadata::strip) drops unread; not by default.
    pub strip: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 1 << 29,
            max_side: MAX_SIDE,
            max_metadata: 64 << 20,
            max_memory: u64::MAX,
            strip: false,
        }
    }
}

impl Limits {
    /// Checks the size that `name`'s header declares.
    ///
    /// # Errors
    /// [`Error::Decode`] when a side is zero, [`Error::Limits`] when the size is over a limit.
    pub fn check(&self, name: &str, width: u32, height: u32) -> Result<()> {
        if width == 0 || height == 0 {
            return Err(Error::decode(
                name,
                format!("the header declares {width}x{height} pixels; the file is damaged"),
            ));
        }
        let max_side = self.max_side.min(MAX_SIDE);
        if width > max_side || height > max_side {
            return Err(Error::limits(
                name,
                format!("{width}x{height} pixels; at most {max_side} a side are allowed"),
            ));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels {
            return Err(Error::limits(
                name,
                format!(
                    "{width}x{height} is {pixels} pixels; at most {} are allowed",
                    self.max_pixels
                ),
            ));
        }
        Ok(())
    }

    /// Checks the memory that a piece of work takes, in bytes; `name` is what it is for.
    ///
    /// # Errors
    /// [`Error::Limits`] when it is over the limit, or the system does not give it.
    pub fn check_memory(&self, name: &str, bytes: u64) -> Result<()> {
        if bytes > self.max_memory {
            let [needed, most] = [bytes, self.max_memory].map(megabytes);
            let problem = format!(
                "about {needed} MB of memory are needed, {most} MB are allowed; take a smaller \
                 picture or size, or allow more"
            );
            return Err(Error::limits(name, problem));
        }
        memory::check(bytes, name)
    }
}

/// Megabytes that `bytes` are about, at least one.
fn megabytes(bytes: u64) -> u64 {
    (bytes.saturating_add(500_000) / 1_000_000).max(1)
}

/// What is left of [`Limits::max_metadata`] for one file. Everything that is read or unpacked
/// besides pixels is taken from it before memory for it is.
#[derive(Debug)]
pub(super) struct Allowance {
    most: usize,
    left: usize,
}

impl Allowance {
    /// The whole allowance of a file.
    pub fn new(limits: &Limits) -> Self {
        Self { most: limits.max_metadata, left: limits.max_metadata }
    }

    /// What is left, in bytes.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes `bytes` for the file `name`.
    ///
    /// # Errors
    /// [`Error::Limits`] when less is left.
    pub fn take(&mut self, name: &str, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            Error::limits(
                name,
                format!("over {} bytes besides the pixels; remove its metadata first", self.most),
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_counts_the_sum() {
        let mut left = Allowance::new(&Limits { max_metadata: 10, ..Limits::default() });
        assert!(left.take("a", 6).is_ok() && left.take("a", 4).is_ok());
        assert_eq!(left.left(), 0);
        let problem = left.take("a.png", 1).unwrap_err().to_string();
        assert!(problem.starts_with("a.png: over 10 bytes"), "{problem}");
    }

    #[test]
    fn sizes_over_a_limit_name_size_and_limit() {
        let limits = Limits::default();
        assert!(limits.check("a", 16384, 32768).is_ok());
        let message = limits.check("a.png", 32768, 32768).unwrap_err().to_string();
        assert!(message.contains("32768x32768") && message.contains("536870912"), "{message}");
        let message = limits.check("a.png", 1, MAX_SIDE + 1).unwrap_err().to_string();
        assert!(message.contains("1048577") && message.contains("1048576"), "{message}");
        assert!(matches!(limits.check("a", 0, 1), Err(Error::Decode { .. })));
    }

    #[test]
    fn memory_over_the_limit_names_both() {
        let limits = Limits { max_memory: 5_000_000, ..Limits::default() };
        assert!(limits.check_memory("a", 5_000_000).is_ok());
        let problem = limits.check_memory("a.png", 7_000_000).unwrap_err().to_string();
        assert!(problem.contains("7 MB") && problem.contains("5 MB"), "{problem}");
        let problem = limits.check_memory("a.png", u64::MAX).unwrap_err().to_string();
        assert!(problem.contains("18446744073709 MB"), "{problem}");
    }

    #[test]
    fn the_side_cannot_be_raised_over_what_a_raster_holds() {
        let limits = Limits { max_side: u32::MAX, ..Limits::default() };
        assert!(limits.check("a", MAX_SIDE + 1, 1).is_err());
    }
}
