//! IPTC records (captions, keywords, credits) in the blocks of Photoshop that JPEG and TIFF carry.

/// What an APP13 segment with blocks of Photoshop begins with.
pub(super) const HEAD: &[u8] = b"Photoshop 3.0\0";
/// What each block begins with.
const BLOCK: &[u8] = b"8BIM";
/// The block that holds IPTC records.
const IPTC: [u8; 2] = [0x04, 0x04];

/// The IPTC records in a row of Photoshop's blocks.
pub(super) fn find(mut blocks: &[u8]) -> Option<&[u8]> {
    loop {
        let rest = blocks.strip_prefix(BLOCK)?;
        let (kind, rest) = rest.split_first_chunk::<2>()?;
        // A name of an even length, the byte that counts it included.
        let name = (usize::from(*rest.first()?) + 1).next_multiple_of(2);
        let (&length, rest) = rest.get(name..)?.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(length) as usize;
        let data = rest.get(..length)?;
        if *kind == IPTC {
            return Some(data).filter(|data| !data.is_empty());
        }
        blocks = rest.get(length.next_multiple_of(2)..)?;
    }
}

/// What every IPTC record begins with.
const MARK: u8 = 0x1c;

/// IPTC records as a TIFF's tag holds them: in some files in bytes, in others in numbers of four
/// bytes, in their order or not, with zeros at the end.
pub(super) fn from_tag(mut value: Vec<u8>) -> Option<Vec<u8>> {
    if value.first() != Some(&MARK) {
        value.chunks_exact_mut(4).for_each(<[u8]>::reverse);
    }
    value.truncate(used(&value));
    (!value.is_empty()).then_some(value)
}

/// How many of the bytes are records.
fn used(value: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&[MARK, _, _, high, low]) = value.get(at..).and_then(<[u8]>::first_chunk) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        // A record longer than 32767 bytes counts them otherwise.
        if length >= 1 << 15 {
            return value.len();
        }
        at += 5 + length;
    }
    at.min(value.len())
}

/// IPTC records as the only one of Photoshop's blocks.
pub(super) fn block(records: &[u8]) -> Vec<u8> {
    let length = (records.len() as u32).to_be_bytes();
    let fill: &[u8] = if records.len().is_multiple_of(2) { &[] } else { &[0] };
    [BLOCK, &IPTC, &[0, 0], &length, records, fill].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_among_blocks() {
        let resolution = b"8BIM\x03\xed\x03abc\0\0\0\x03xyz\0";
        for records in [&b"\x1c\x02\x05\0\x01A"[..], b"\x1c\x02\x05\0\x02AB"] {
            let blocks = [resolution, &block(records)[..], resolution].concat();
            assert_eq!(find(&blocks), Some(records));
            for n in 0..blocks.len() {
                let found = find(&blocks[..n]);
                assert!(found.is_none_or(|f| f == records), "{n}");
            }
        }
        assert_eq!(
            from_tag(b"\x01\x05\x02\x1cB\0\0\0".to_vec()),
            Some(b"\x1c\x02\x05\x01\0\0\0B".to_vec())
        );
        assert_eq!(
            from_tag(b"\x1c\x02\x05\0\x01A\0\0".to_vec()),
            Some(b"\x1c\x02\x05\0\x01A".to_vec())
        );
        assert_eq!(from_tag(b"other".to_vec()), None);
        assert_eq!(find(resolution), None);
        assert_eq!(find(&block(b"")), None);
    }
}
