// SPDX-License-Identifier: GPL-2.0-or-later
//! White space, as Python's `bytes.strip` and `bytes.isspace` see it.

/// Whether a byte is white space.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Without white space at the beginning.
pub fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, after @ ..] = text {
        if !is_space(*first) {
            break;
        }
        text = after;
    }
    text
}

/// Without white space at the end.
pub fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [before @ .., last] = text {
        if !is_space(*last) {
            break;
        }
        text = before;
    }
    text
}

/// Without white space at either end.
pub fn trim(text: &[u8]) -> &[u8] {
    trim_start(trim_end(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_strips() {
        assert_eq!(trim(b" \t\n\x0b\x0c\ra b\x0b "), b"a b");
        assert_eq!(trim_start(b"\x0ba "), b"a ");
        assert_eq!(trim_end(b" a\x0b"), b" a");
        assert_eq!(trim(b" \n"), b"");
        assert_eq!(trim(b"\xa0\x85\x1c"), b"\xa0\x85\x1c");
    }
}
