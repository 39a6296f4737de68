//! Values of options.

use std::str::FromStr;

use polyinr::ops::{Refine, Size};
use polyinr::{Warp, Window, default_size};

use crate::table::super_resolve::DETAIL_RANGE;

/// `WxH` in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Pixels {
    /// The size asked for of what is meant to be seen at `own` pixels (width, height), or that.
    pub fn of(asked: Option<Size>, own: [u32; 2]) -> polyinr::Result<Self> {
        let (width, height) = match asked {
            Some(size) => size.resolve(own[0], own[1])?,
            None => default_size(own)?.into(),
        };
        Ok(Self { width, height })
    }
}

impl FromStr for Pixels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no size; give WIDTHxHEIGHT in pixels, as 1920x1080");
        let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
        let side = |s: &str| s.parse().ok().filter(|n| *n > 0).ok_or_else(wrong);
        Ok(Self { width: side(width)?, height: side(height)? })
    }
}

/// `WxH`, `Wx` or `xH` in pixels.
pub fn size(text: &str) -> Result<Size, String> {
    let wrong = || {
        format!(
            "{text:?} is no size; give WIDTHxHEIGHT in pixels, as 1920x1080, or one side, as 1920x \
             or x1080"
        )
    };
    let side = |s: &str| s.parse().ok().filter(|n| *n > 0).ok_or_else(wrong);
    match text.split_once(['x', 'X']).ok_or_else(wrong)? {
        ("", "") => Err(wrong()),
        (width, "") => side(width).map(Size::Width),
        ("", height) => side(height).map(Size::Height),
        (width, height) => Ok(Size::Exact(side(width)?, side(height)?)),
    }
}

/// The same, or `N` for a square.
pub fn square_or_size(text: &str) -> Result<Size, String> {
    match text.parse() {
        Ok(side) if side > 0 => Ok(Size::Exact(side, side)),
        Ok(_) => Err("0 pixels hold no picture; give 1 or more".into()),
        Err(_) => size(text).map_err(|_| {
            format!(
                "{text:?} is no size; give N for a square, WIDTHxHEIGHT, or one side, as 512, \
                 640x480, 640x or x480"
            )
        }),
    }
}

/// Seeds as `0-15,20`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u32>);

/// More seeds than this are a slip of the pen.
const MAX_SEEDS: usize = 1_000_000;

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let (first, last) = seed_range(part)?;
            if (last - first) as usize >= MAX_SEEDS - seeds.len() {
                return Err(format!("{text:?} are over {MAX_SEEDS} seeds"));
            }
            seeds.extend(first..=last);
        }
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|w| w[0] == w[1]) {
            Some(twice) => Err(format!("seed {} is in {text:?} twice", twice[0])),
            None => Ok(Self(seeds)),
        }
    }
}

fn seed_range(part: &str) -> Result<(u32, u32), String> {
    let wrong =
        || format!("{part:?} is no seed; give numbers of 0 to {} and ranges, as 0-15,20", u32::MAX);
    let number = |s: &str| s.trim().parse::<u32>().map_err(|_| wrong());
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (number(first)?, number(last)?);
    if first > last { Err(wrong()) } else { Ok((first, last)) }
}

/// `x0,x1,y0,y1`.
pub fn window(text: &str) -> Result<Window, String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[x0, x1, y0, y1]) => Ok(Window::new(x0, x1, y0, y1)),
        _ => Err(format!("{text:?} is no window; give x0,x1,y0,y1, as -0.25,1.25,-0.25,1.25")),
    }
}

/// `right,down`.
pub fn shift(text: &str) -> Result<[f64; 2], String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[right, down]) => Ok([right, down]),
        _ => Err(format!("{text:?} is no shift; give RIGHT,DOWN, as 0.25,-0.1")),
    }
}

/// Cells across a warp has when none are named.
const CELLS: u32 = 4;

/// `amplitude[,cells[,seed]]`.
pub fn elastic(text: &str) -> Result<Warp, String> {
    let wrong = || format!("{text:?} is no warp; give AMPLITUDE[,CELLS[,SEED]], as 0.05,4,7");
    let mut parts = text.split(',').map(str::trim);
    let amplitude = parts.next().and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
    let mut number = |default: u32| match parts.next() {
        Some(n) => n.parse().map_err(|_| wrong()),
        None => Ok(default),
    };
    let (cells, seed) = (number(CELLS)?, number(0)?);
    match parts.next() {
        Some(_) => Err(wrong()),
        None => Warp::elastic(amplitude, cells, seed).map_err(|e| e.to_string()),
    }
}

/// Levels as `all` or `0,3,5-7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Levels {
    /// All there are.
    All,
    /// These.
    These(Vec<usize>),
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let wrong =
            |_| format!("{text:?} is no list of levels; give `all`, or each once, as 0,3,5-7");
        let Seeds(levels) = text.parse().map_err(wrong)?;
        Ok(Self::These(levels.into_iter().map(|l| l as usize).collect()))
    }
}

/// `i/n`: the i-th of n shares, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no share; give 1/4 to 4/4 for four machines");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count) = index
            .parse()
            .ok()
            .zip(count.parse().ok())
            .filter(|(i, n)| (1..=*n).contains(i))
            .ok_or_else(wrong)?;
        Ok(Self { index, count })
    }
}

impl Shard {
    /// Whether the picture with this number, counted from 0, is in this share.
    pub fn takes(self, number: usize) -> bool {
        number % self.count == self.index - 1
    }
}

/// Amount of `--detail`.
pub fn detail(text: &str) -> Result<f32, String> {
    let range = DETAIL_RANGE;
    let wrong = || format!("{text:?} is no amount; give {} to {}", range.start(), range.end());
    let amount = text.parse().ok().filter(|amount: &f32| range.contains(amount));
    // Not -0, which would be shown.
    amount.map(|amount| amount + 0.0).ok_or_else(wrong)
}

/// Steps of `--refine`.
pub fn refine(text: &str) -> Result<Refine, String> {
    let wrong = || format!("{text:?} is no number of steps; give 1 to {}", Refine::MAX_STEPS);
    text.parse().ok().and_then(|steps| Refine::new(steps).ok()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!("640x480".parse(), Ok(Pixels { width: 640, height: 480 }));
        assert_eq!(square_or_size("64"), Ok(Size::Exact(64, 64)));
        assert_eq!(square_or_size("64x"), Ok(Size::Width(64)));
        assert_eq!(size("x48"), Ok(Size::Height(48)));
        assert_eq!(size("64X48"), Ok(Size::Exact(64, 48)));
        for wrong in ["", "x", "0x4", "4x0", "4", "-1x4", "4x4x4", "1e3x4"] {
            assert!(wrong.parse::<Pixels>().is_err() && size(wrong).is_err(), "{wrong}");
        }
        assert!(square_or_size("0").is_err() && square_or_size("12 px").is_err());
    }

    #[test]
    fn seeds() {
        assert_eq!("0-3,20".parse(), Ok(Seeds(vec![0, 1, 2, 3, 20])));
        assert_eq!("4294967295".parse(), Ok(Seeds(vec![u32::MAX])));
        for wrong in ["", "a", "3-1", "-1", "4294967296", "1,,2", "0-4294967295", "1,0-3"] {
            assert!(wrong.parse::<Seeds>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn windows() {
        assert_eq!(window("-0.25,1.25, 0,1"), Ok(Window::new(-0.25, 1.25, 0.0, 1.0)));
        assert!(window("0,1,0").is_err() && window("0,1,0,x").is_err());
    }

    #[test]
    fn steps() {
        assert_eq!(refine("3"), Ok(Refine::default()));
        for wrong in ["", "0", "17", "-1", "2.5", "a.png"] {
            assert!(refine(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shifts_and_warps() {
        assert_eq!(shift("0.5, -2"), Ok([0.5, -2.0]));
        assert!(shift("1").is_err() && shift("1,2,3").is_err() && shift("a,b").is_err());
        assert_eq!(elastic("0.1"), Ok(Warp::elastic(0.1, CELLS, 0).unwrap()));
        assert_eq!(elastic("0.1,8"), Ok(Warp::elastic(0.1, 8, 0).unwrap()));
        assert_eq!(elastic("0.1, 8, 3"), Ok(Warp::elastic(0.1, 8, 3).unwrap()));
        for wrong in ["", "x", "0.1,0", "0.1,-1", "0.1,4,1.5", "0.1,4,1,2", "nan", "0.6", "-0.1"] {
            assert!(elastic(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn levels() {
        assert_eq!("all".parse(), Ok(Levels::All));
        assert_eq!("0,3,5-7".parse(), Ok(Levels::These(vec![0, 3, 5, 6, 7])));
        for wrong in ["", "none", "3-1", "1,1", "-1"] {
            assert!(wrong.parse::<Levels>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn shards_partition() {
        let shards: Vec<Shard> = (1..=3).map(|i| format!("{i}/3").parse().unwrap()).collect();
        for number in 0..10 {
            assert_eq!(shards.iter().filter(|s| s.takes(number)).count(), 1);
        }
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
