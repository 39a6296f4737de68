//! Bilevel pictures compressed by CCITT T.4 and T.6.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

use super::packing::Fax;

/// How much of a strip could be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    All,
    /// All rows, but of damaged ones only a part.
    Part,
    /// Not all rows.
    TooFew,
}

/// Fills `out` with `rows` rows of `width` pixels, a bit each, 1 for black, each row from a new byte
/// on.
pub(super) fn unpack(packed: &[u8], fax: Fax, (width, rows): (u32, u32), out: &mut [u8]) -> Found {
    let mut decode = |strict| {
        let encoding = match fax {
            Fax::Huffman | Fax::Group3 => EncodingMode::Group3_1D,
            Fax::Group3TwoDimensional => EncodingMode::Group3_2D,
            Fax::Group4 => EncodingMode::Group4,
        };
        let settings = DecodeSettings {
            columns: width,
            rows,
            end_of_block: fax != Fax::Huffman,
            end_of_line: false,
            rows_are_byte_aligned: fax == Fax::Huffman,
            encoding,
            strict,
        };
        let row_bytes = width.div_ceil(8) as usize;
        let mut found = Rows { out: &mut *out, row_bytes, width, done: 0 };
        // What it says of the end does not matter once all rows are there.
        let _ = hayro_ccitt::decode(packed, &mut found, &mut DecoderContext::new(settings));
        found.done >= rows
    };
    if decode(true) {
        Found::All
    } else if decode(false) {
        Found::Part
    } else {
        Found::TooFew
    }
}

struct Rows<'a> {
    out: &'a mut [u8],
    row_bytes: usize,
    width: u32,
    done: u32,
}

impl Decoder for Rows<'_> {
    fn push_row(&mut self, changes: &[u32]) {
        let start = self.done as usize * self.row_bytes;
        self.done += 1;
        let Some(row) = self.out.get_mut(start..start + self.row_bytes) else { return };
        row.fill(0);
        for run in changes.chunks(2) {
            let end = run.get(1).copied().unwrap_or(self.width).min(self.width);
            blacken(row, run[0].min(end) as usize, end as usize);
        }
    }
}

/// Sets the bits from `start` up to `end`.
fn blacken(row: &mut [u8], start: usize, end: usize) {
    let (first, last) = (start / 8, end / 8);
    let (head, tail) = (0xff >> (start % 8), !(0xff >> (end % 8)));
    if first == last {
        if tail != 0 {
            row[first] |= head & tail;
        }
        return;
    }
    row[first] |= head;
    row[first + 1..last].fill(0xff);
    if tail != 0 {
        row[last] |= tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_bits() {
        for start in 0..24 {
            for end in start..=24 {
                let mut row = [0; 3];
                blacken(&mut row, start, end);
                let bit = |i: usize| row[i / 8] >> (7 - i % 8) & 1 == 1;
                assert!((0..24).all(|i| bit(i) == (start..end).contains(&i)), "{start} {end}");
            }
        }
    }

    #[test]
    fn white_lines_of_group_4_have_one_bit() {
        let mut out = [0xff; 16];
        assert_eq!(unpack(&[0xff], Fax::Group4, (12, 8), &mut out), Found::All);
        assert_eq!(out, [0; 16]);
        assert_eq!(unpack(&[], Fax::Group4, (12, 8), &mut out), Found::TooFew);
    }
}
