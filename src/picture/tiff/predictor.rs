//! Samples that are stored as differences to the ones before them.

/// How samples are made smaller before compression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Predictor {
    None,
    /// Each sample less the one of the pixel before.
    Horizontal,
    /// The bytes of floats apart by their weight, each less the one before.
    Float,
}

/// Turns one row of `bits`-bit samples, `step` from those of the next pixel, into this machine's byte
/// order, without the predictor. `spare` is any buffer.
pub(super) fn restore(
    row: &mut [u8],
    predictor: Predictor,
    (bits, step, big_endian): (u8, usize, bool),
    spare: &mut Vec<u8>,
) {
    let size = usize::from(bits) / 8;
    if predictor == Predictor::Float {
        sums(row, step);
        spare.clear();
        spare.extend_from_slice(row);
        let count = row.len() / size.max(1);
        for (i, sample) in row.chunks_exact_mut(size.max(1)).enumerate() {
            for (byte, value) in sample.iter_mut().enumerate() {
                let weight = if cfg!(target_endian = "big") { byte } else { size - 1 - byte };
                *value = spare[weight * count + i];
            }
        }
        return;
    }
    if big_endian != cfg!(target_endian = "big") && size > 1 {
        row.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    if predictor == Predictor::Horizontal {
        match size {
            1 => sums(row, step),
            2 => sums_of::<2>(row, step, |a, b| {
                u16::from_ne_bytes(a).wrapping_add(u16::from_ne_bytes(b)).to_ne_bytes()
            }),
            4 => sums_of::<4>(row, step, |a, b| {
                u32::from_ne_bytes(a).wrapping_add(u32::from_ne_bytes(b)).to_ne_bytes()
            }),
            _ => sums_of::<8>(row, step, |a, b| {
                u64::from_ne_bytes(a).wrapping_add(u64::from_ne_bytes(b)).to_ne_bytes()
            }),
        }
    }
}

/// Adds to each byte the one `step` before it.
fn sums(row: &mut [u8], step: usize) {
    for i in step..row.len() {
        row[i] = row[i].wrapping_add(row[i - step]);
    }
}

fn sums_of<const N: usize>(row: &mut [u8], step: usize, add: impl Fn([u8; N], [u8; N]) -> [u8; N]) {
    let (samples, _) = row.as_chunks_mut::<N>();
    for i in step..samples.len() {
        samples[i] = add(samples[i], samples[i - step]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_summed_in_either_byte_order() {
        let mut row = [0x01, 0xff, 0x00, 0x02];
        restore(&mut row, Predictor::Horizontal, (16, 1, true), &mut Vec::new());
        assert_eq!(row, *bytemuck::bytes_of(&[0x01ffu16, 0x0201]));
        let mut row = [1, 2, 3, 4, 5, 6];
        restore(&mut row, Predictor::Horizontal, (8, 3, false), &mut Vec::new());
        assert_eq!(row, [1, 2, 3, 5, 7, 9]);
        let mut row = [0x3f, 0x01, 0x40, 0x80, 0, 0, 0, 0];
        restore(&mut row, Predictor::Float, (32, 1, false), &mut Vec::new());
        let floats = [1.0f32.to_ne_bytes(), 2.0f32.to_ne_bytes()].concat();
        assert_eq!(row[..], floats);
    }
}
