//! CutBlur (Yoo et al., CVPR 2020) at the resolution of reduced crops.
//!
//! The original pastes a part of the large picture into the small one that was enlarged to its size. Here
//! a network is shown the small picture as it is, so a rectangle of the crop is free of degradation, or it
//! alone has it: where to clean has to be seen, and what is clean left as it is.

use polyinr::{Channels, Raster, Samples};

use super::draws::Draws;
use crate::data::samples::bytes;

/// Smallest and largest side of the rectangle, as a part of the crop's.
const SIDES: [f64; 2] = [0.25, 0.75];

/// A rectangle of one of two pictures of the same size within the other; which is which is drawn.
pub fn cutblur(clean: &Raster, degraded: &Raster, draws: &mut Draws) -> Raster {
    let (width, height) = (clean.width(), clean.height());
    let mut span = |side: u32| {
        let length = (f64::from(side) * draws.within(SIDES)).round().max(1.0) as u32;
        let from = draws.below(u64::from(side - length) + 1) as usize;
        from..from + length as usize
    };
    let (columns, rows) = (span(width), span(height));
    let [inner, outer] = match draws.below(2) {
        0 => [clean, degraded],
        _ => [degraded, clean],
    };
    let mut samples = bytes(outer).to_vec();
    let line = width as usize * 3;
    for row in rows {
        let part = row * line + columns.start * 3..row * line + columns.end * 3;
        samples[part.clone()].copy_from_slice(&bytes(inner)[part]);
    }
    Raster::new(width, height, Channels::Rgb, Samples::U8(samples)).expect("a picture's samples")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_the_others() {
        let grey =
            |level| Raster::new(20, 16, Channels::Rgb, Samples::U8(vec![level; 960])).unwrap();
        let mut inner = [0; 2];
        for step in 0..60 {
            let mixed = cutblur(&grey(10), &grey(20), &mut Draws::new(4, step));
            let pixels: Vec<u8> = bytes(&mixed).chunks_exact(3).map(|p| p[0]).collect();
            let corners = [0, 19, 300, 319].map(|i| pixels[i]);
            let outer = if corners.iter().filter(|c| **c == 10).count() >= 2 { 10 } else { 20 };
            let others: Vec<usize> = (0..320).filter(|i| pixels[*i] != outer).collect();
            let span = |of: fn(&usize) -> usize| {
                let all = others.iter().map(of);
                all.clone().max().unwrap() - all.min().unwrap() + 1
            };
            assert_eq!(others.len(), span(|i| i % 20) * span(|i| i / 20), "a rectangle");
            assert!((5..=15).contains(&span(|i| i % 20)) && (4..=12).contains(&span(|i| i / 20)));
            inner[usize::from(outer == 10)] += 1;
        }
        assert!(inner.iter().all(|count| *count > 15), "{inner:?}");
    }
}
