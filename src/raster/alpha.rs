//! Colour that is multiplied by alpha.

use super::{Raster, Samples};

impl Raster {
    /// Divides colour by alpha, of a picture that has alpha and premultiplied colour; where alpha is
    /// 0, colour becomes 0. Pictures without alpha stay as they are.
    pub fn unpremultiply(&mut self) {
        if !self.channels().has_alpha() {
            return;
        }
        let count = self.channels().count();
        match self.samples_mut() {
            Samples::U8(v) => unpremultiply_integers(v, count, 255),
            Samples::U16(v) => unpremultiply_integers(v, count, 65535),
            Samples::F32(v) => unpremultiply_floats(v, count),
        }
    }
}

/// Divides colour by alpha, the last of `count` channels, for samples that are full at `full`.
pub(crate) fn unpremultiply_integers<T>(samples: &mut [T], count: usize, full: u32)
where
    T: Copy + Into<u32> + TryFrom<u32>,
{
    for pixel in samples.chunks_exact_mut(count) {
        let Some((&mut alpha, colour)) = pixel.split_last_mut() else { continue };
        let alpha: u32 = alpha.into();
        for value in colour {
            let stored: u32 = (*value).into();
            let straight = (stored * full + alpha / 2).checked_div(alpha).unwrap_or(0).min(full);
            *value = T::try_from(straight).unwrap_or(*value);
        }
    }
}

/// Divides colour by alpha, the last of `count` channels.
pub(crate) fn unpremultiply_floats(samples: &mut [f32], count: usize) {
    for pixel in samples.chunks_exact_mut(count) {
        let Some((&mut alpha, colour)) = pixel.split_last_mut() else { continue };
        let factor = if alpha > 0.0 { alpha.recip() } else { 0.0 };
        colour.iter_mut().for_each(|c| *c *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_divided_by_alpha() {
        let mut bytes = [100, 50, 0, 200, 9, 9, 9, 0, 255, 1, 2, 100u8];
        unpremultiply_integers(&mut bytes, 4, 255);
        assert_eq!(bytes, [128, 64, 0, 200, 0, 0, 0, 0, 255, 3, 5, 100]);
        let mut words = [65535, 65535, 30000, 60000u16];
        unpremultiply_integers(&mut words, 2, 65535);
        assert_eq!(words, [65535, 65535, 32768, 60000]);
    }
}
