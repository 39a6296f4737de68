//! What PNG says of its colours in chunks of its own, as an ICC profile for other formats.

/// x and y of white, red, green, blue.
type Chromaticities = [f64; 8];

/// White of D65, and the primaries of sRGB.
const SRGB: Chromaticities = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
/// White of a profile's connection space, D50.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
/// From XYZ to the cones' responses of Bradford.
const BRADFORD: Matrix =
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
/// Exponent times 100000 of `gAMA` chunks that mean sRGB's curve.
const SRGB_GAMMA: u32 = 45455;

type Matrix = [[f64; 3]; 3];

/// From a sample to light.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Curve {
    /// Light is the sample to this power.
    Gamma(f64),
    /// `(a v + b)^g` from `d` on, `c v` below: g, a, b, c, d.
    Linear([f64; 5]),
}

const SRGB_CURVE: Curve = Curve::Linear([2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]);
const BT709_CURVE: Curve =
    Curve::Linear([1.0 / 0.45, 1.0 / 1.0993, 0.0993 / 1.0993, 1.0 / 4.5, 0.0812]);

/// What chunks come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Colours {
    /// What is meant where nothing is said: sRGB.
    Usual,
    /// This profile.
    Profile(Vec<u8>),
    /// No profile says the same.
    Other,
}

/// How PNG chunks outside an ICC profile say which colours the numbers mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PngColour {
    /// The `sRGB` chunk's rendering intent, 0..=3.
    pub srgb_intent: Option<u8>,
    /// The `gAMA` chunk, times 100000.
    pub gamma: Option<u32>,
    /// The `cHRM` chunk: x and y of white, red, green, blue, times 100000.
    pub chromaticities: Option<[u32; 8]>,
    /// The `cICP` chunk: primaries, transfer function, matrix (0), full range (0 or 1).
    pub cicp: Option<[u8; 4]>,
    /// The `mDCV` chunk, of a display on which the picture was mastered, as it is stored.
    pub mastering: Option<[u8; 24]>,
    /// The `cLLI` chunk, of how bright the picture gets, as it is stored.
    pub light: Option<[u8; 8]>,
}

impl PngColour {
    /// What the chunks come to in a file of another format, for grey or colours. A profile beside
    /// them is not looked at; `cICP` comes before it, the others after it.
    pub(super) fn elsewhere(&self, gray: bool) -> Colours {
        let known = match self.cicp {
            Some([primaries, transfer, 0, 1]) => chromaticities(primaries).zip(curve(transfer)),
            Some(_) => None,
            None if self.srgb_intent.is_some() => Some((SRGB, SRGB_CURVE)),
            None => Some(self.plain()),
        };
        let Some((place, curve)) = known else { return Colours::Other };
        let near = place.iter().zip(SRGB).all(|(a, b)| (a - b).abs() < 0.002);
        if (near || gray) && curve == SRGB_CURVE {
            return Colours::Usual;
        }
        profile(&place, curve, gray).map_or(Colours::Other, Colours::Profile)
    }

    /// What `gAMA` and `cHRM` say.
    fn plain(&self) -> (Chromaticities, Curve) {
        let place = self.chromaticities.map_or(SRGB, |c| c.map(|v| f64::from(v) / 1e5));
        let curve = match self.gamma {
            None | Some(0) => SRGB_CURVE,
            Some(gamma) if gamma.abs_diff(SRGB_GAMMA) < 100 => SRGB_CURVE,
            Some(gamma) => Curve::Gamma(1e5 / f64::from(gamma)),
        };
        (place, curve)
    }
}

/// The primaries with that number in ITU-T H.273.
fn chromaticities(number: u8) -> Option<Chromaticities> {
    let d65 = |[rx, ry, gx, gy, bx, by]: [f64; 6]| [0.3127, 0.329, rx, ry, gx, gy, bx, by];
    Some(match number {
        1 => SRGB,
        4 => [0.31, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08],
        5 => d65([0.64, 0.33, 0.29, 0.6, 0.15, 0.06]),
        6 | 7 => d65([0.63, 0.34, 0.31, 0.595, 0.155, 0.07]),
        8 => [0.31, 0.316, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049],
        9 => d65([0.708, 0.292, 0.17, 0.797, 0.131, 0.046]),
        11 => [0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06],
        12 => d65([0.68, 0.32, 0.265, 0.69, 0.15, 0.06]),
        22 => d65([0.63, 0.34, 0.295, 0.605, 0.155, 0.077]),
        _ => return None,
    })
}

/// The transfer function with that number in ITU-T H.273; those for high dynamic range have no
/// equivalent in a profile.
fn curve(number: u8) -> Option<Curve> {
    Some(match number {
        1 | 6 | 14 | 15 => BT709_CURVE,
        4 => Curve::Gamma(2.2),
        5 => Curve::Gamma(2.8),
        8 => Curve::Gamma(1.0),
        13 => SRGB_CURVE,
        _ => return None,
    })
}

/// A display profile (ICC version 4) of these primaries and curve, or of the curve alone.
fn profile(place: &Chromaticities, curve: Curve, gray: bool) -> Option<Vec<u8>> {
    let white = xyz(place[0], place[1])?;
    let adapt = adaptation(white)?;
    let mut tags = vec![
        (b"desc", words("from PNG")),
        (b"cprt", words("no copyright")),
        (b"wtpt", [b"XYZ \0\0\0\0".to_vec(), fixed(&D50)?].concat()),
        (b"chad", [b"sf32\0\0\0\0".to_vec(), fixed(adapt.as_flattened())?].concat()),
    ];
    if gray {
        tags.push((b"kTRC", curve.bytes()?));
    } else {
        let own = colorants(place, white)?;
        for (tag, colour) in [b"rXYZ", b"gXYZ", b"bXYZ"].into_iter().zip(0..) {
            let seen = times(&adapt, [own[0][colour], own[1][colour], own[2][colour]]);
            tags.push((tag, [b"XYZ \0\0\0\0".to_vec(), fixed(&seen)?].concat()));
        }
        for tag in [b"rTRC", b"gTRC", b"bTRC"] {
            tags.push((tag, curve.bytes()?));
        }
    }
    Some(assembled(if gray { b"GRAY" } else { b"RGB " }, &tags))
}

fn assembled(space: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut values = Vec::new();
    let first = 128 + 4 + 12 * tags.len();
    for (tag, value) in tags {
        table.extend_from_slice(*tag);
        table.extend_from_slice(&((first + values.len()) as u32).to_be_bytes());
        table.extend_from_slice(&(value.len() as u32).to_be_bytes());
        values.extend_from_slice(value);
        values.resize(values.len().next_multiple_of(4), 0);
    }
    let mut out = vec![0; 128];
    out[..4].copy_from_slice(&((first + values.len()) as u32).to_be_bytes());
    out[8..12].copy_from_slice(&[4, 0x20, 0, 0]);
    out[12..16].copy_from_slice(b"mntr");
    out[16..20].copy_from_slice(space);
    out[20..24].copy_from_slice(b"XYZ ");
    // The first day of the century: a profile of the same colours is the same, bit by bit.
    out[24..36].copy_from_slice(&[7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    out[36..40].copy_from_slice(b"acsp");
    out[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    [out, table, values].concat()
}

impl Curve {
    fn bytes(self) -> Option<Vec<u8>> {
        let (kind, values): (u8, &[f64]) = match &self {
            Self::Gamma(gamma) => (0, std::slice::from_ref(gamma)),
            Self::Linear(values) => (3, values),
        };
        let head = [b'p', b'a', b'r', b'a', 0, 0, 0, 0, 0, kind, 0, 0];
        Some([head.to_vec(), fixed(values)?].concat())
    }
}

/// An English text.
fn words(text: &str) -> Vec<u8> {
    let mut out = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS".to_vec();
    out.extend_from_slice(&(2 * text.len() as u32).to_be_bytes());
    out.extend_from_slice(&28u32.to_be_bytes());
    out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    out
}

/// Numbers with 16 binary places; nothing when one has too many before the point.
fn fixed(values: &[f64]) -> Option<Vec<u8>> {
    if values.iter().any(|v| !(-32768.0..32768.0).contains(v)) {
        return None;
    }
    let fixed = |v: &f64| ((v * 65536.0).round() as i32).to_be_bytes();
    Some(values.iter().flat_map(fixed).collect())
}

/// XYZ of a chromaticity, Y being 1.
fn xyz(x: f64, y: f64) -> Option<[f64; 3]> {
    (y > 0.0).then(|| [x / y, 1.0, (1.0 - x - y) / y])
}

/// Red, green and blue as the columns of a matrix to XYZ, which together are `white`.
fn colorants(c: &Chromaticities, white: [f64; 3]) -> Option<Matrix> {
    let column = |i: usize| [c[2 * i], c[2 * i + 1], 1.0 - c[2 * i] - c[2 * i + 1]];
    let columns = [column(1), column(2), column(3)];
    let plain: Matrix = std::array::from_fn(|row| columns.map(|column| column[row]));
    let shares = times(&inverse(&plain)?, white);
    Some(plain.map(|row| [row[0] * shares[0], row[1] * shares[1], row[2] * shares[2]]))
}

/// From XYZ under `white` to XYZ under D50.
fn adaptation(white: [f64; 3]) -> Option<Matrix> {
    let (from, to) = (times(&BRADFORD, white), times(&BRADFORD, D50));
    let scaled: Matrix = std::array::from_fn(|row| BRADFORD[row].map(|v| v * to[row] / from[row]));
    let back = inverse(&BRADFORD)?;
    Some(std::array::from_fn(|row| {
        std::array::from_fn(|column| (0..3).map(|k| back[row][k] * scaled[k][column]).sum())
    }))
}

fn times(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

fn inverse(m: &Matrix) -> Option<Matrix> {
    let minor = |row: usize, column: usize| {
        let at = |r: usize, c: usize| m[(row + r) % 3][(column + c) % 3];
        at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
    };
    let determinant: f64 = (0..3).map(|column| m[0][column] * minor(0, column)).sum();
    (determinant.abs() > 1e-9).then(|| {
        std::array::from_fn(|row| std::array::from_fn(|column| minor(column, row) / determinant))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(profile: &[u8], tag: &[u8; 4]) -> Vec<f64> {
        let entry = profile[132..].chunks(12).find(|e| e[..4] == tag[..]).unwrap();
        let number = |b: &[u8]| u32::from_be_bytes(b.try_into().unwrap()) as usize;
        let (start, len) = (number(&entry[4..8]), number(&entry[8..12]));
        let skip = if profile[start..].starts_with(b"para") { 12 } else { 8 };
        let values = profile[start + skip..start + len].chunks(4);
        values.map(|b| f64::from(number(b) as u32 as i32) / 65536.0).collect()
    }

    #[test]
    fn srgb_needs_no_profile() {
        let srgb = PngColour { srgb_intent: Some(0), ..PngColour::default() };
        let gamma = PngColour { gamma: Some(45455), ..PngColour::default() };
        let cicp = PngColour { cicp: Some([1, 13, 0, 1]), ..PngColour::default() };
        for colour in [PngColour::default(), srgb, gamma, cicp] {
            assert_eq!(colour.elsewhere(false), Colours::Usual);
            assert_eq!(colour.elsewhere(true), Colours::Usual);
        }
    }

    #[test]
    fn primaries_and_gamma_become_a_profile() {
        // Display P3's are known under D50.
        let colour =
            PngColour { cicp: Some([12, 13, 0, 1]), gamma: Some(1), ..PngColour::default() };
        let Colours::Profile(profile) = colour.elsewhere(false) else { panic!("a profile") };
        let known = [
            (b"rXYZ", [0.51512, 0.24120, -0.00105]),
            (b"gXYZ", [0.29198, 0.69225, 0.04189]),
            (b"bXYZ", [0.15710, 0.06657, 0.78407]),
        ];
        for (tag, right) in known {
            let found = at(&profile, tag);
            assert!(found.iter().zip(right).all(|(a, b)| (a - b).abs() < 4e-4), "{found:?}");
        }
        assert_eq!(profile.len(), u32::from_be_bytes(profile[..4].try_into().unwrap()) as usize);
        let linear = PngColour { gamma: Some(100_000), ..PngColour::default() };
        for gray in [false, true] {
            let Colours::Profile(profile) = linear.elsewhere(gray) else { panic!("a profile") };
            assert_eq!(at(&profile, if gray { b"kTRC" } else { b"gTRC" }), [1.0]);
        }
    }

    #[test]
    fn high_dynamic_range_and_nonsense_have_none() {
        for cicp in [[9, 16, 0, 1], [9, 18, 0, 1], [1, 13, 0, 0], [1, 13, 5, 1], [2, 2, 0, 1]] {
            let colour = PngColour { cicp: Some(cicp), ..PngColour::default() };
            assert_eq!(colour.elsewhere(false), Colours::Other, "{cicp:?}");
        }
        let flat = PngColour { chromaticities: Some([0; 8]), ..PngColour::default() };
        assert_eq!(flat.elsewhere(false), Colours::Other);
        let line = PngColour { chromaticities: Some([31270, 32900, 1, 1, 2, 2, 3, 3]), ..flat };
        assert_eq!(line.elsewhere(false), Colours::Other);
    }
}
