//! Tables that a JPEG file defines: Huffman codes and quantisation steps.

use super::bits::Bits;

/// Bits that are looked up at once.
const LOOK: u32 = 10;

/// Where the coefficients of a block belong, in the order in which they come. What is behind the
/// end of a block belongs to its last one.
#[rustfmt::skip]
pub(super) const ZIGZAG: [u8; 80] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

/// A Huffman code.
#[derive(Clone, Debug)]
pub(super) struct Huffman {
    /// Length and symbol of the code that the next bits begin with; 0 when it is longer.
    looked_up: Box<[u16; 1 << LOOK]>,
    /// The same for a run of zeros and the number behind it, where all of it is short: number,
    /// run (4 bits) and length in bits (4 bits); 0 where it is not.
    pub runs: Box<[i16; 1 << LOOK]>,
    /// For each length, the first code that is longer, filled up to 16 bits.
    ends: [u32; 17],
    /// For each length, what to add to a code to have its symbol's place.
    places: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// The code with `counts` codes of 1 to 16 bits for `symbols`; none when that is no code.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            looked_up: Box::new([0; 1 << LOOK]),
            runs: Box::new([0; 1 << LOOK]),
            ends: [0; 17],
            places: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            table.places[length as usize] = place as i32 - code as i32;
            for _ in 0..count {
                if length <= LOOK {
                    let first = (code << (LOOK - length)) as usize;
                    let entry = (length as u16) << 8 | u16::from(*symbols.get(place)?);
                    table.looked_up.get_mut(first..first + (1 << (LOOK - length)))?.fill(entry);
                }
                code += 1;
                place += 1;
            }
            if code > 1 << length {
                return None;
            }
            table.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        if place != symbols.len() || place == 0 {
            return None;
        }
        table.look_up_runs();
        Some(table)
    }

    fn look_up_runs(&mut self) {
        for (bits, &entry) in self.looked_up.iter().enumerate() {
            let (length, run, size) = (u32::from(entry >> 8), entry >> 4 & 15, entry & 15);
            if entry == 0 || size == 0 || length + u32::from(size) > LOOK {
                continue;
            }
            let rest = LOOK - length - u32::from(size);
            let number = (bits >> rest & ((1 << size) - 1)) as i16;
            let number = if number < 1 << (size - 1) { number - (1 << size) + 1 } else { number };
            if let Ok(number) = i8::try_from(number) {
                let length = (LOOK - rest) as i16;
                self.runs[bits] = i16::from(number) << 8 | (run as i16) << 4 | length;
            }
        }
    }

    /// Takes the next symbol of up to 16 bits, which are ahead; none when the bits are no code.
    #[inline(always)]
    pub fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let entry = self.looked_up[bits.peek(LOOK) as usize];
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            return Some(entry as u8);
        }
        self.long_symbol(bits)
    }

    #[inline(never)]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let ahead = bits.peek(16);
        let Some(length) = (LOOK + 1..17).find(|&n| ahead < self.ends[n as usize]) else {
            bits.skip(16);
            return None;
        };
        bits.skip(length);
        let place = (ahead >> (16 - length)) as i32 + self.places[length as usize];
        self.symbols.get(usize::try_from(place).ok()?).copied()
    }

    /// Where `looked_up` has the run at once: number, run and length for the next bits.
    #[inline(always)]
    pub fn run(&self, bits: &Bits<'_>) -> i16 {
        self.runs[bits.peek(LOOK) as usize]
    }

    /// Whether every symbol is a size that a difference of 8-bit samples can have.
    fn is_for_dc(&self) -> bool {
        self.symbols.iter().all(|&symbol| symbol < 16)
    }
}

/// The tables as they are at some place of a file.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub dc: [Option<Huffman>; 4],
    pub ac: [Option<Huffman>; 4],
    /// Steps in the order of coefficients in a block.
    pub steps: [Option<[u16; 64]>; 4],
    /// Blocks or groups of them between restarts; 0 without.
    pub interval: usize,
}

impl Tables {
    /// What a file has that defines none: frames of films leave out the usual Huffman codes.
    pub fn usual() -> Self {
        let code = |counts: &[u8; 16], symbols: &[u8]| Huffman::new(counts, symbols);
        Self {
            dc: [code(&LUMA_DC, &DC_SYMBOLS), code(&CHROMA_DC, &DC_SYMBOLS), None, None],
            ac: [code(&LUMA_AC, &LUMA_RUNS), code(&CHROMA_AC, &CHROMA_RUNS), None, None],
            steps: [None; 4],
            interval: 0,
        }
    }

    /// Takes the Huffman codes in a segment; none when they are none.
    pub fn huffman(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&[place, ref counts @ ..], rest)) = body.split_first_chunk::<17>() {
            let len = counts.iter().map(|&n| usize::from(n)).sum();
            let code = Huffman::new(counts.first_chunk()?, rest.get(..len)?)?;
            match place {
                0..=3 if code.is_for_dc() => self.dc[usize::from(place)] = Some(code),
                16..=19 => self.ac[usize::from(place - 16)] = Some(code),
                _ => return None,
            }
            body = &rest[len..];
        }
        body.is_empty().then_some(())
    }

    /// Takes the quantisation steps in a segment; none when they are none.
    pub fn quantisation(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = body.split_first() {
            let bytes = if head >> 4 == 0 { 1 } else { 2 };
            let values = rest.get(..64 * bytes)?;
            let mut steps = [0; 64];
            for (value, &place) in values.chunks(bytes).zip(&ZIGZAG) {
                steps[usize::from(place)] = value.iter().fold(0, |n, &b| n << 8 | u16::from(b));
            }
            *self.steps.get_mut(usize::from(head & 15))? = Some(steps);
            body = &rest[64 * bytes..];
        }
        Some(())
    }
}

const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const LUMA_DC: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const CHROMA_DC: [u8; 16] = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const LUMA_AC: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125];
const CHROMA_AC: [u8; 16] = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119];
#[rustfmt::skip]
const LUMA_RUNS: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
    0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];
#[rustfmt::skip]
const CHROMA_RUNS: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
    0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
    0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
    0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_is_none() {
        let counts = |first: u8, second: u8| {
            let mut counts = [0; 16];
            (counts[0], counts[1]) = (first, second);
            counts
        };
        assert!(Huffman::new(&counts(1, 2), &[0, 1, 2]).is_some());
        assert!(Huffman::new(&counts(3, 0), &[0, 1, 2]).is_none());
        assert!(Huffman::new(&counts(1, 3), &[0, 1, 2, 3]).is_none());
        assert!(Huffman::new(&counts(1, 1), &[0]).is_none());
        assert!(Huffman::new(&[0; 16], &[]).is_none());
    }

    #[test]
    fn symbols_and_runs_agree() {
        let code = Huffman::new(&LUMA_AC, &LUMA_RUNS).unwrap();
        for ahead in 0..=u16::MAX {
            let data = [ahead.to_be_bytes().to_vec(), vec![0; 8]].concat();
            let mut bits = Bits::new(&data, 0);
            bits.fill();
            let run = code.run(&bits);
            let symbol = code.symbol(&mut bits);
            if run != 0 {
                let symbol = u32::from(symbol.unwrap());
                assert_eq!((run >> 4 & 15) as u32, symbol >> 4);
                assert_eq!(i32::from(run >> 8), bits.number(symbol & 15));
            }
        }
    }
}
