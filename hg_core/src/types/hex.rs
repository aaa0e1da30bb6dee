// SPDX-License-Identifier: GPL-2.0-or-later
//! Hexadecimal digits.

/// Two lower-case digits a byte.
pub fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(digit).collect()
}

/// The `N` bytes of `2 * N` digits, in either case; `None` for anything else.
pub fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let mut wrong = 0;
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        if let [high, low] = pair {
            let (high, low) = (value(*high), value(*low));
            wrong |= high | low;
            *byte = high << 4 | low & 15;
        }
    }
    (wrong < 16).then_some(bytes)
}

/// What a digit stands for; 255 where it is none.
fn value(digit: u8) -> u8 {
    static VALUES: [u8; 256] = values();
    VALUES.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT)
}

const NO_DIGIT: u8 = 255;

// Evaluated when this is compiled, where a wrong index is an error.
#[allow(clippy::indexing_slicing)]
const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        values[digit as usize] = value;
        values[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let bytes: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        let digits = encode(&bytes);
        assert!(digits.starts_with("000102") && digits.ends_with("fdfeff"));
        assert_eq!(decode(digits.as_bytes()), Some(bytes));
        assert_eq!(decode(digits.to_uppercase().as_bytes()), Some(bytes));
        for byte in 0..=255u8 {
            let is_digit = byte.is_ascii_hexdigit();
            assert_eq!(decode::<1>(&[b'0', byte]).is_some(), is_digit);
            assert_eq!(decode::<1>(&[byte, b'0']).is_some(), is_digit);
        }
        for length in [0, 1, 3, 4] {
            assert_eq!(decode::<1>(&b"0000"[..length]), None);
        }
    }
}
