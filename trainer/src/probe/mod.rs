//! How much of what is in pictures a straight line reads from their latents (INR-GAN, section 4.3).
//!
//! Values of pictures, such as where a keypoint lies, are predicted from latents by ridge regression. What
//! is reported are errors on pictures that the regression has not seen.

mod ridge;
mod table;

pub use ridge::{Readout, read_out};
pub use table::Table;
