//! Looking inside a generator: what each of its levels attends to.

use super::viridis::viridis;
use crate::control::Control;
use crate::engine::{Engine, check_heatmaps};
use crate::error::Result;
use crate::field::Field;
use crate::raster::{Channels, Raster, Samples};
use crate::view::View;

/// Heat-map of one level of a generator's field: `H(p) = Σ_c mean_p(h_c) h_c(p)` over the level's
/// features `h_c`, see [`Features::heatmaps`](crate::engine::Features::heatmaps).
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    /// Number of the level, from 0.
    pub level: usize,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `H`, `[height, width]`; its range differs from level to level.
    pub values: Vec<f32>,
}

/// How heat becomes colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourMap {
    /// Black to white.
    Gray,
    /// The standard viridis: dark violet over green to yellow, equal steps looking equal.
    #[default]
    Viridis,
}

/// Heat-maps of `levels` of a generator's `field`, or of all its levels, over the pixels of `view`.
///
/// # Errors
/// As [`Features::heatmaps`](crate::engine::Features::heatmaps).
pub fn heatmaps(
    engine: &dyn Engine,
    field: &Field,
    view: &View,
    levels: Option<&[usize]>,
    control: &Control<'_>,
) -> Result<Vec<Heatmap>> {
    let count = check_heatmaps(field, view, levels.unwrap_or_default())?.network().maps();
    let levels = levels.map_or_else(|| (0..count).collect(), <[usize]>::to_vec);
    let maps = engine.features()?.heatmaps(field, view, &levels, control)?;
    let map =
        |(level, values)| Heatmap { level, width: view.width(), height: view.height(), values };
    Ok(levels.into_iter().zip(maps).map(map).collect())
}

impl Heatmap {
    /// The map with its smallest value at 0 and its largest at 1; a map without differences is 0.
    pub fn normalised(&self) -> Vec<f32> {
        let least = self.values.iter().copied().fold(f32::INFINITY, f32::min);
        let most = self.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let range = most - least;
        let scale = if range > 0.0 { 1.0 / range } else { 0.0 };
        self.values.iter().map(|v| ((v - least) * scale).clamp(0.0, 1.0)).collect()
    }

    /// The normalised map as a picture of floats: grey, or coloured RGB.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when there are not as many values as the size says.
    pub fn raster(&self, colours: ColourMap) -> Result<Raster> {
        let values = self.normalised();
        let (channels, samples) = match colours {
            ColourMap::Gray => (Channels::Gray, values),
            ColourMap::Viridis => (Channels::Rgb, values.into_iter().flat_map(viridis).collect()),
        };
        Raster::new(self.width, self.height, channels, Samples::F32(samples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f32]) -> Heatmap {
        Heatmap { level: 0, width: values.len() as u32, height: 1, values: values.to_vec() }
    }

    #[test]
    fn normalised_to_the_unit_range() {
        assert_eq!(map(&[-3.0, 1.0, 5.0]).normalised(), [0.0, 0.5, 1.0]);
        assert_eq!(map(&[2.0, 2.0]).normalised(), [0.0, 0.0]);
    }

    #[test]
    fn coloured() {
        let gray = map(&[0.0, 4.0]).raster(ColourMap::Gray).unwrap();
        assert_eq!((gray.channels(), gray.samples().get(1)), (Channels::Gray, 1.0));
        let colour = map(&[0.0, 4.0]).raster(ColourMap::Viridis).unwrap();
        assert_eq!(colour.channels(), Channels::Rgb);
        let bytes: Vec<f32> = (0..6).map(|i| (colour.samples().get(i) * 255.0).round()).collect();
        assert_eq!(bytes, [68.0, 1.0, 84.0, 253.0, 231.0, 37.0]);
        let wrong = Heatmap { width: 3, ..map(&[0.0, 4.0]) };
        assert!(wrong.raster(ColourMap::Gray).is_err());
    }
}
