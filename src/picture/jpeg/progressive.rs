//! The coefficients of blocks besides the first, at once or bit by bit.

use super::bits::Bits;
use super::blocks::Block;
use super::scan::Share;
use super::tables::{Huffman, ZIGZAG};

/// Takes all coefficients of a block but the first; none when the data makes no sense.
#[inline(always)]
pub(super) fn coefficients(bits: &mut Bits<'_>, code: &Huffman, block: &mut Block) -> Option<()> {
    let mut at = 1;
    while at < 64 {
        bits.fill();
        let run = code.run(bits);
        if run != 0 {
            at += (run >> 4 & 15) as usize;
            bits.skip((run & 15) as u32);
            block[usize::from(ZIGZAG[at])] = run >> 8;
            at += 1;
            continue;
        }
        let symbol = code.symbol(bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size > 0 {
            at += run;
            block[usize::from(ZIGZAG[at])] = bits.number(size) as i16;
            at += 1;
        } else if run == 15 {
            at += 16;
        } else {
            break;
        }
    }
    (at <= 64).then_some(())
}

/// Takes the first bits of coefficients `share` of a block. `skipped` counts blocks that have none.
#[inline(always)]
pub(super) fn first(
    bits: &mut Bits<'_>,
    code: &Huffman,
    share: Share,
    skipped: &mut u32,
    block: &mut Block,
) -> Option<()> {
    if *skipped > 0 {
        *skipped -= 1;
        return Some(());
    }
    let mut at = share.first;
    while at <= share.last {
        bits.fill();
        let run = code.run(bits);
        if run != 0 {
            at += (run >> 4 & 15) as usize;
            bits.skip((run & 15) as u32);
            block[usize::from(ZIGZAG[at])] = (run >> 8) << share.low;
            at += 1;
            continue;
        }
        let symbol = code.symbol(bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size > 0 {
            at += run;
            block[usize::from(ZIGZAG[at])] = (bits.number(size) << share.low) as i16;
            at += 1;
        } else if run == 15 {
            at += 16;
        } else {
            *skipped = (1 << run) - 1 + bits.take(run as u32) as u32;
            break;
        }
    }
    (at <= share.last + 1).then_some(())
}

/// Takes the next bit of coefficients `share` of a block.
#[inline(always)]
pub(super) fn refine(
    bits: &mut Bits<'_>,
    code: &Huffman,
    share: Share,
    skipped: &mut u32,
    block: &mut Block,
) -> Option<()> {
    let bit = 1i16 << share.low;
    let mut at = share.first;
    while *skipped == 0 && at <= share.last {
        bits.fill();
        let symbol = code.symbol(bits)?;
        let (mut run, size) = (symbol >> 4, symbol & 15);
        let new = match size {
            0 if run < 15 => {
                *skipped = (1 << run) + bits.take(u32::from(run)) as u32;
                break;
            }
            0 => 0,
            _ if bits.take(1) == 1 => bit,
            _ => -bit,
        };
        // The bits of coefficients that are not zero stand between; `run` counts the zeros.
        while at <= share.last {
            let coefficient = &mut block[usize::from(ZIGZAG[at])];
            if *coefficient != 0 {
                improve(bits, coefficient, bit);
            } else if run == 0 {
                *coefficient = new;
                at += 1;
                break;
            } else {
                run -= 1;
            }
            at += 1;
        }
    }
    if *skipped > 0 {
        for &place in &ZIGZAG[at.min(share.last + 1)..=share.last] {
            let coefficient = &mut block[usize::from(place)];
            if *coefficient != 0 {
                improve(bits, coefficient, bit);
            }
        }
        *skipped -= 1;
    }
    Some(())
}

/// Takes one bit of a coefficient that is not zero.
#[inline(always)]
fn improve(bits: &mut Bits<'_>, coefficient: &mut i16, bit: i16) {
    bits.fill();
    if bits.take(1) == 1 && *coefficient & bit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { -bit });
    }
}
