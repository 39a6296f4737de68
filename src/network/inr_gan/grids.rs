//! Where an INR-GAN is evaluated: at which places of each resolution's grid, and from which of those
//! the features of the next come.
//!
//! A picture is a function of position. The blocks of the last resolution run at the positions
//! themselves, all others at whole cells of their grids, of which only those are computed that something
//! is taken from. Grids go on outside the picture.

use std::ops::Range;

use super::config::{InrGanConfig, Upsampling};

/// The places of every resolution that some positions need, from the coarsest on.
#[derive(Clone, Debug)]
pub(crate) struct Grids {
    pub(crate) stages: Vec<Stage>,
}

/// The places of one resolution.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// Blocks that run at them.
    pub(crate) blocks: Range<usize>,
    /// Side r of the whole grid.
    resolution: usize,
    /// Column and row, cells of the grid counted from 0; positions lie between cells' centres.
    pub(crate) places: Vec<[f64; 2]>,
    /// What each place takes of those of the stage before; nothing in the first stage.
    pub(crate) taps: Vec<Tap>,
    /// Taps a place.
    pub(crate) per_place: usize,
}

/// A part of what is taken: of which place, and how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tap {
    pub(crate) place: u32,
    pub(crate) weight: f32,
}

impl Grids {
    /// For field coordinates `positions`, x and y, through the blocks up to `last`.
    pub(crate) fn new(
        config: &InrGanConfig,
        last: usize,
        positions: impl IntoIterator<Item = [f64; 2]>,
    ) -> Self {
        let mut blocks = stages(config, last);
        let mut stages = Vec::with_capacity(blocks.len());
        let resolution = |blocks: &Range<usize>| config.resolution_of(blocks.start);
        let mut current = blocks.pop().unwrap_or(0..last + 1);
        let side = resolution(&current) as f64;
        let mut places: Vec<[f64; 2]> =
            positions.into_iter().map(|p| p.map(|v| v * side - 0.5)).collect();
        loop {
            let Some(before) = blocks.pop() else {
                let (taps, resolution) = (Vec::new(), resolution(&current));
                stages.push(Stage { blocks: current, resolution, places, taps, per_place: 0 });
                break;
            };
            let sides = [resolution(&current), resolution(&before)];
            let wanted: Vec<([i64; 2], f32)> =
                places.iter().flat_map(|p| parents(config.upsampling, sides, *p)).collect();
            let mut cells: Vec<[i64; 2]> = wanted.iter().map(|(cell, _)| *cell).collect();
            cells.sort_unstable_by_key(|[column, row]| (*row, *column));
            cells.dedup();
            let find = |cell: &[i64; 2]| {
                let key = |[column, row]: &[i64; 2]| (*row, *column);
                cells.binary_search_by_key(&key(cell), key).unwrap_or_default() as u32
            };
            let taps =
                wanted.iter().map(|(cell, weight)| Tap { place: find(cell), weight: *weight });
            let per_place = per_place(config.upsampling);
            let taps = taps.collect();
            stages.push(Stage { blocks: current, resolution: sides[0], places, taps, per_place });
            places = cells.into_iter().map(|cell| cell.map(|v| v as f64)).collect();
            current = before;
        }
        stages.reverse();
        Self { stages }
    }

    /// For all pixels of the native picture, along its rows.
    pub(crate) fn native(config: &InrGanConfig) -> Self {
        let side = config.resolution();
        let at = move |i: u32| (f64::from(i) + 0.5) / f64::from(side);
        let pixels = (0..side).flat_map(move |k| (0..side).map(move |i| [at(i), at(k)]));
        Self::new(config, config.blocks.len() - 1, pixels)
    }
}

impl Stage {
    /// The coordinates (X, Y) that a place is embedded by: `2 u / r - 1` of its column, and of its row
    /// counted from the last.
    pub(crate) fn coordinates(&self, [column, row]: [f64; 2]) -> [f64; 2] {
        let r = self.resolution as f64;
        [2.0 * column / r - 1.0, 2.0 * (r - 1.0 - row) / r - 1.0]
    }

    /// Cells of the whole grid.
    pub(crate) fn area(&self) -> usize {
        self.resolution * self.resolution
    }

    /// What a place takes of the four constants around it, by index along the rows of a map `[r, r]`;
    /// outside the grid its edge goes on.
    pub(crate) fn constants(&self, place: [f64; 2]) -> [Tap; 4] {
        let last = (self.resolution - 1) as f64;
        let [(x, fx), (y, fy)] = place.map(|v| {
            let v = v.clamp(0.0, last);
            (v.floor(), v - v.floor())
        });
        let next = |v: f64| (v + 1.0).min(last);
        let tap = |x: f64, y: f64, weight: f64| Tap {
            place: (y * self.resolution as f64 + x) as u32,
            weight: weight as f32,
        };
        [
            tap(x, y, (1.0 - fx) * (1.0 - fy)),
            tap(next(x), y, fx * (1.0 - fy)),
            tap(x, next(y), (1.0 - fx) * fy),
            tap(next(x), next(y), fx * fy),
        ]
    }
}

/// Blocks up to `last`, those of one resolution together.
fn stages(config: &InrGanConfig, last: usize) -> Vec<Range<usize>> {
    let first = |block: &usize| config.takes_coordinates(*block);
    let starts: Vec<usize> = (0..=last).filter(first).collect();
    let ends = starts[1..].iter().copied().chain([last + 1]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

fn per_place(upsampling: Upsampling) -> usize {
    match upsampling {
        Upsampling::Nearest => 1,
        Upsampling::Bilinear => 4,
    }
}

/// Cells of the coarser grid that a place takes features from, and how much of each; `sides` are those
/// of its own grid and the coarser.
fn parents(
    upsampling: Upsampling,
    [own, coarse]: [usize; 2],
    place: [f64; 2],
) -> Vec<([i64; 2], f32)> {
    let (own, coarse) = (own as f64, coarse as f64);
    match upsampling {
        Upsampling::Nearest => {
            vec![(place.map(|v| ((v + 0.5) * coarse / own).floor() as i64), 1.0)]
        }
        Upsampling::Bilinear => {
            let [(x, fx), (y, fy)] = place.map(|v| {
                // Corners lie on each other.
                let at = v * (coarse - 1.0) / (own - 1.0);
                (at.floor() as i64, at - at.floor())
            });
            // Where nothing of the next is taken, it need not be computed.
            let next = |v: i64, f: f64| if f > 0.0 { v + 1 } else { v };
            let (right, below) = (next(x, fx), next(y, fy));
            vec![
                ([x, y], ((1.0 - fx) * (1.0 - fy)) as f32),
                ([right, y], (fx * (1.0 - fy)) as f32),
                ([x, below], ((1.0 - fx) * fy) as f32),
                ([right, below], (fx * fy) as f32),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::InrGanBlock;
    use super::*;
    use proptest::prelude::*;

    fn config(blocks: usize, input: usize) -> InrGanConfig {
        let block = InrGanBlock { features: 4, layers: 2, waves: 2, constants: 1 };
        let mut config = InrGanConfig::new(vec![block; blocks], input);
        for b in 0..blocks {
            if !config.takes_coordinates(b) {
                (config.blocks[b].waves, config.blocks[b].constants) = (0, 0);
            }
        }
        config
    }

    #[test]
    fn native_pixels_take_whole_cells() {
        let config = config(4, 8);
        assert_eq!((config.resolution(), config.problem()), (32, None));
        let grids = Grids::native(&config);
        let sides: Vec<_> =
            grids.stages.iter().map(|s| (s.blocks.clone(), s.places.len())).collect();
        assert_eq!(sides, [(0..2, 64), (2..3, 256), (3..4, 1024)]);
        let last = &grids.stages[2];
        assert_eq!(last.places[33], [1.0, 1.0]);
        assert_eq!(last.taps[33], Tap { place: 0, weight: 1.0 });
        assert_eq!(last.coordinates([0.0, 31.0]), [-1.0, -1.0]);
        assert_eq!(last.coordinates([31.0, 0.0]), [0.9375, 0.9375]);
    }

    #[test]
    fn corners_lie_on_each_other() {
        let config = config(3, 4).bilinear();
        let grids = Grids::native(&config);
        // No cell outside the picture.
        assert_eq!(grids.stages.iter().map(|s| s.places.len()).collect::<Vec<_>>(), [16, 64, 256]);
        let last = &grids.stages[2];
        assert_eq!(last.taps[4 * 255].place, 63);
    }

    #[test]
    fn low_resolutions_take_few_blocks() {
        let config = config(4, 8);
        let last = |density| config.last_block(density);
        assert_eq!([1.0, 8.0, 8.5, 16.0, 17.0, 32.0, 1e9].map(last), [1, 1, 2, 2, 3, 3, 3]);
    }

    proptest! {
        #[test]
        fn what_is_taken_adds_up_to_one(
            bilinear: bool,
            positions in proptest::collection::vec([-2.0f64..3.0, -2.0..3.0], 1..40),
        ) {
            let config = if bilinear { config(5, 4).bilinear() } else { config(5, 4) };
            let grids = Grids::new(&config, 4, positions.iter().copied());
            prop_assert_eq!(grids.stages.last().unwrap().places.len(), positions.len());
            for pair in grids.stages.windows(2) {
                let [before, stage] = pair else { unreachable!() };
                prop_assert_eq!(stage.taps.len(), stage.places.len() * stage.per_place);
                for taps in stage.taps.chunks(stage.per_place) {
                    let sum: f32 = taps.iter().map(|t| t.weight).sum();
                    prop_assert!((sum - 1.0).abs() < 1e-6);
                    prop_assert!(taps.iter().all(|t| (t.place as usize) < before.places.len()));
                }
                let constants = stage.constants(stage.places[0]);
                prop_assert!((constants.iter().map(|t| t.weight).sum::<f32>() - 1.0).abs() < 1e-6);
                let side = stage.resolution as u32;
                prop_assert!(constants.iter().all(|t| t.place < side * side));
            }
        }
    }
}
