//! Bits of compressed data, up to the next marker.

/// Reads bits from compressed data, most significant first. Behind its end there are zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// Where the next byte is that was not taken.
    at: usize,
    /// The next bits, from the top down; below the `count` first ones are bits of bytes that are
    /// still to be taken, or zeros.
    ahead: u64,
    /// How many bits are ahead.
    count: u32,
    /// How many of them are no data but zeros behind its end.
    padding: u32,
    /// The marker that ended the data, and stays until it is taken.
    marker: Option<u8>,
}

/// The marker for the end of a picture, which the end of the file stands for too.
pub(super) const END: u8 = 0xd9;

impl<'a> Bits<'a> {
    /// The bits of `data` from byte `at` on.
    pub fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, ahead: 0, count: 0, padding: 0, marker: None }
    }

    /// Makes sure that 32 bits are ahead.
    #[inline(always)]
    pub fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(&bytes) = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_be_bytes(bytes);
            // No byte is 0xff: none of the complement is 0.
            let inverse = !word;
            let zeros = inverse.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080;
            if zeros == 0 && self.marker.is_none() {
                self.ahead |= word >> self.count;
                let taken = (63 - self.count) / 8;
                self.at += taken as usize;
                self.count += 8 * taken;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count <= 56 && self.marker.is_none() {
            let Some(byte) = self.byte() else { break };
            self.ahead |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        if self.marker.is_some() && self.count <= 56 {
            self.padding += 64 - self.count;
            self.count = 64;
        }
    }

    /// The next byte of data; none when there is a marker or the file's end instead.
    fn byte(&mut self) -> Option<u8> {
        let Some(&byte) = self.data.get(self.at) else {
            self.marker = Some(END);
            return None;
        };
        self.at += 1;
        if byte != 0xff {
            return Some(byte);
        }
        let found = self.data[self.at..].iter().position(|&b| b != 0xff);
        let Some(found) = found else {
            self.at = self.data.len();
            self.marker = Some(END);
            return None;
        };
        let next = self.data[self.at + found];
        self.at += found + 1;
        if next == 0 {
            return Some(0xff);
        }
        self.marker = Some(next);
        None
    }

    /// The next `n` bits, 1 to 32 of those that are ahead.
    #[inline(always)]
    pub fn peek(&self, n: u32) -> u32 {
        (self.ahead >> (64 - n)) as u32
    }

    /// Leaves out `n` of the bits that are ahead.
    #[inline(always)]
    pub fn skip(&mut self, n: u32) {
        self.ahead <<= n;
        self.count -= n;
    }

    /// Takes `n` of the bits that are ahead, up to 16.
    #[inline(always)]
    pub fn take(&mut self, n: u32) -> i32 {
        // Two steps, since nothing is shifted by all 64 bits.
        let value = (self.ahead >> 1 >> (63 - n)) as i32;
        self.skip(n);
        value
    }

    /// Takes a number of `n` bits, 1 to 16, whose first bit says that it is over 0.
    #[inline(always)]
    pub fn number(&mut self, n: u32) -> i32 {
        let value = self.take(n);
        if value < 1 << (n - 1) { value - (1 << n) + 1 } else { value }
    }

    /// Whether more bits were taken than there are.
    #[inline(always)]
    pub fn starved(&self) -> bool {
        self.count < self.padding
    }

    /// Passes over what is left before the next marker, and gives it and where it ends.
    pub fn marker(&mut self) -> (u8, usize) {
        while self.marker.is_none() {
            self.byte();
        }
        (self.marker.unwrap_or(END), self.at)
    }

    /// Begins a new interval at a restart marker numbered `wanted`, as libjpeg does when it is
    /// missing or another is there. Whether data follows.
    pub fn restart(&mut self, wanted: u8) -> bool {
        (self.ahead, self.count, self.padding) = (0, 0, 0);
        loop {
            let (marker, _) = self.marker();
            let number = marker.wrapping_sub(0xd0);
            let after = number.wrapping_sub(wanted) & 7;
            let passed_over = match marker {
                0xd0..=0xd7 => matches!(after, 6 | 7),
                _ => marker < 0xc0,
            };
            let kept = !matches!(marker, 0xd0..=0xd7) || matches!(after, 1 | 2);
            if !passed_over && kept {
                return false;
            }
            self.marker = None;
            if !passed_over {
                return true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_end_at_markers_and_go_on_behind_restarts() {
        let data = b"\xa5\xff\x00\x81\xff\xd0\x12\x34\x56\x78\x9a\xbc\xde\xf0\xff\xff\xd9";
        let mut bits = Bits::new(data, 0);
        bits.fill();
        assert_eq!([bits.take(4), bits.take(4), bits.take(8)], [10, 5, 255]);
        assert_eq!((bits.take(8), bits.starved()), (0x81, false));
        assert_eq!((bits.take(1), bits.starved()), (0, true));
        assert!(bits.restart(0));
        bits.fill();
        assert_eq!((bits.take(12), bits.starved()), (0x123, false));
        assert_eq!(bits.marker(), (END, data.len()));
        assert!(!bits.restart(1));
        bits.fill();
        assert_eq!((bits.take(16), bits.starved()), (0, true));
    }

    #[test]
    fn the_end_of_the_file_is_an_end() {
        for data in [&b""[..], b"\xff", b"\xff\xff"] {
            let mut bits = Bits::new(data, 0);
            bits.fill();
            assert_eq!(bits.take(9), 0);
            assert!(bits.starved());
            assert_eq!(bits.marker(), (END, data.len()));
        }
    }

    #[test]
    fn numbers_have_signs() {
        let mut bits = Bits::new(&[0b0101_1000, 0], 0);
        bits.fill();
        assert_eq!(
            [bits.number(1), bits.number(1), bits.number(2), bits.number(2)],
            [-1, 1, -2, 2]
        );
    }
}
