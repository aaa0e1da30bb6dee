// SPDX-License-Identifier: GPL-2.0-or-later
//! Hexadecimal digits.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// What a digit stands for; 255 where it is none.
static VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        values[DIGITS[value].to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    values
};

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

fn value(digit: u8) -> u8 {
    // Every byte is a position in the table.
    VALUES[usize::from(digit)]
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
