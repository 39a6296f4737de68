//! Colours of decoded pictures.

/// Which colours a picture is decoded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::picture) enum Colours {
    /// Grey or red, green and blue, as the file's markers have them.
    Shown,
    /// Those of its components.
    Stored,
}
