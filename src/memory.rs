//! Buffers whose size comes from a file or a caller: when the system gives no memory for one, that
//! is an error and not the end of the program.

use bytemuck::Zeroable;

use crate::error::{Error, Result};

/// An empty buffer with room for `len` values; `what` names the file or parameter they belong to.
///
/// # Errors
/// [`Error::Limits`] when the system gives no memory for it.
pub(crate) fn with_capacity<T>(len: usize, what: &str) -> Result<Vec<T>> {
    let mut buffer = Vec::new();
    reserve(&mut buffer, len, what)?;
    Ok(buffer)
}

/// A buffer of `len` zeros, which take memory only once they are touched.
///
/// # Errors
/// As [`with_capacity`].
pub(crate) fn zeroed<T: Zeroable>(len: usize, what: &str) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(len).map_err(|()| refused::<T>(len, what))
}

/// Makes room for `more` values in `buffer`.
///
/// # Errors
/// As [`with_capacity`].
pub(crate) fn reserve<T>(buffer: &mut Vec<T>, more: usize, what: &str) -> Result<()> {
    buffer.try_reserve_exact(more).map_err(|_| refused::<T>(more, what))
}

/// The error when the system gives no memory for `len` values.
pub(crate) fn refused<T>(len: usize, what: &str) -> Error {
    let bytes = len as u128 * size_of::<T>() as u128;
    Error::limits(
        what,
        format!(
            "{} MB of memory are needed, and the system gives no more; close other programs, or \
             take a smaller picture or size",
            bytes.div_ceil(1_000_000)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_is_an_error() {
        let problem = zeroed::<f32>(1 << 60, "a.png").unwrap_err().to_string();
        assert!(problem.starts_with("a.png: ") && problem.contains("MB of memory"), "{problem}");
        assert!(with_capacity::<u64>(usize::MAX, "a").is_err());
        assert_eq!(zeroed::<u16>(3, "a").unwrap(), [0; 3]);
        assert!(zeroed::<u8>(0, "a").unwrap().is_empty());
    }
}
