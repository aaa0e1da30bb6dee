// SPDX-License-Identifier: GPL-2.0-or-later
//! What stands for a set of bytes in Python's syntax: `[...]` and escapes.

use super::ast::ByteSet;
use super::parser::{Flags, Parser, Reason};

impl Parser<'_> {
    /// What follows `[`.
    pub(super) fn class(&mut self, flags: Flags) -> Result<ByteSet, Reason> {
        const UNTERMINATED: Reason = "unterminated character set";
        let negated = self.eat(b"^");
        let mut set = ByteSet::EMPTY;
        let mut first = true;
        loop {
            let byte = self.next().ok_or(UNTERMINATED)?;
            if byte == b']' && !first {
                break;
            }
            first = false;
            let low = self.class_member(byte)?;
            if !self.eat(b"-") {
                set = set.union(low);
                continue;
            }
            let byte = self.next().ok_or(UNTERMINATED)?;
            if byte == b']' {
                set = set.union(low);
                set.insert(b'-');
                break;
            }
            let high = self.class_member(byte)?;
            match (low.as_single(), high.as_single()) {
                (Some(low), Some(high)) if low <= high => set.insert_range(low, high),
                _ => return Err("bad character range"),
            }
        }
        let set = fold_case(set, flags);
        Ok(if negated { set.complement() } else { set })
    }

    fn class_member(&mut self, byte: u8) -> Result<ByteSet, Reason> {
        if byte == b'\\' {
            let escaped = self.next().ok_or("unterminated character set")?;
            self.escape(escaped, true)
        } else {
            Ok(ByteSet::single(byte))
        }
    }

    /// The bytes that `\` and `escaped` stand for.
    pub(super) fn escape(&mut self, escaped: u8, in_class: bool) -> Result<ByteSet, Reason> {
        Ok(match escaped {
            b'd' => digits(),
            b'D' => digits().complement(),
            b's' => spaces(),
            b'S' => spaces().complement(),
            b'w' => word(),
            b'W' => word().complement(),
            b'a' => ByteSet::single(0x07),
            b'b' if in_class => ByteSet::single(0x08),
            b't' => ByteSet::single(b'\t'),
            b'n' => ByteSet::single(b'\n'),
            b'v' => ByteSet::single(0x0b),
            b'f' => ByteSet::single(0x0c),
            b'r' => ByteSet::single(b'\r'),
            b'x' => {
                let digits = self.take_while(2, |byte| byte.is_ascii_hexdigit());
                if digits.len() != 2 {
                    return Err("incomplete escape \\x");
                }
                ByteSet::single(number(digits, 16)?)
            }
            b'0'..=b'9' => ByteSet::single(self.octal(escaped, in_class)?),
            letter if letter.is_ascii_alphabetic() => return Err("bad escape"),
            other => ByteSet::single(other),
        })
    }

    /// `\0`, `\012`, `\123`; outside of a class other digits are references to
    /// groups.
    fn octal(&mut self, first: u8, in_class: bool) -> Result<u8, Reason> {
        let is_octal = |byte: u8| matches!(byte, b'0'..=b'7');
        let mut digits = vec![first];
        digits.extend(self.take_while(2, is_octal));
        let always_octal = first == b'0' || in_class;
        if !is_octal(first) || !(always_octal || digits.len() == 3) {
            return Err("back-reference or bad escape");
        }
        number(&digits, 8)
    }
}

pub(super) fn fold_case(set: ByteSet, flags: Flags) -> ByteSet {
    if flags.ignore_case {
        set.ignore_case()
    } else {
        set
    }
}

fn number(digits: &[u8], radix: u32) -> Result<u8, Reason> {
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| u8::from_str_radix(digits, radix).ok())
        .ok_or("escape outside of the range of a byte")
}

fn digits() -> ByteSet {
    let mut set = ByteSet::EMPTY;
    set.insert_range(b'0', b'9');
    set
}

fn spaces() -> ByteSet {
    let mut set = ByteSet::single(b' ');
    set.insert_range(b'\t', b'\r');
    set
}

fn word() -> ByteSet {
    let mut set = digits();
    set.insert_range(b'a', b'z');
    set.insert_range(b'A', b'Z');
    set.insert(b'_');
    set
}
