// SPDX-License-Identifier: GPL-2.0-or-later
//! Python's syntax for regular expressions on bytes.
//!
//! The rules are those that CPython 3.9 to 3.12 share; a pattern that they
//! read differently, or refuse, is refused.

use std::collections::HashSet;

use super::ast::{ByteSet, Expression};
use super::byte_sets::fold_case;

/// How deep groups may nest: everything here is recursive.
const MAX_DEPTH: usize = 100;
/// CPython's `MAXREPEAT`, which counts must stay below.
const MAX_REPEAT: u32 = u32::MAX;

/// Why a pattern was refused.
pub(super) type Reason = &'static str;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
}

impl Flags {
    /// Sets the flag `letter`; false if it cannot be set in a pattern of bytes
    /// or has no counterpart here (`x`, `L`).
    fn set(&mut self, letter: u8, value: bool) -> bool {
        match letter {
            b'i' => self.ignore_case = value,
            b'm' => self.multi_line = value,
            b's' => self.dot_all = value,
            // What bytes have anyway, and cannot do without.
            b'a' => return value,
            _ => return false,
        }
        true
    }
}

/// What a repetition operator needs to know about the item before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    Atom,
    Assertion,
    Repetition,
}

/// Parses `pattern`. `group_names` are those in use in the whole matcher, as
/// Python makes one expression of all its patterns. `global_flags` allows
/// flags such as `(?i)` at the start: they hold for that whole expression, so
/// they are clear only if the pattern stands alone.
pub(super) fn parse(
    pattern: &[u8],
    global_flags: bool,
    group_names: &mut HashSet<Vec<u8>>,
) -> Result<Expression, Reason> {
    let mut parser = Parser {
        rest: pattern,
        depth: 0,
        group_names,
    };
    let flags = if global_flags {
        parser.global_flags()
    } else {
        Flags::default()
    };
    let node = parser.alternation(flags)?;
    if parser.rest.is_empty() {
        Ok(node)
    } else {
        Err("unbalanced parenthesis")
    }
}

pub(super) struct Parser<'a> {
    rest: &'a [u8],
    depth: usize,
    group_names: &'a mut HashSet<Vec<u8>>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    pub(super) fn eat(&mut self, expected: &[u8]) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The longest run of bytes that `accept` accepts, at most `limit`.
    pub(super) fn take_while(&mut self, limit: usize, accept: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self
            .rest
            .iter()
            .take(limit)
            .take_while(|&&byte| accept(byte))
            .count();
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// `(?flags)` at the very start; if it is not quite that, it is left for
    /// the group parser to refuse.
    fn global_flags(&mut self) -> Flags {
        let start = self.rest;
        let mut flags = Flags::default();
        if self.eat(b"(?") {
            let letters = self.take_while(usize::MAX, |byte| byte.is_ascii_alphabetic());
            if !letters.is_empty()
                && self.eat(b")")
                && letters.iter().all(|&letter| flags.set(letter, true))
            {
                return flags;
            }
        }
        self.rest = start;
        Flags::default()
    }

    fn alternation(&mut self, flags: Flags) -> Result<Expression, Reason> {
        let mut branches = vec![self.sequence(flags)?];
        while self.eat(b"|") {
            branches.push(self.sequence(flags)?);
        }
        Ok(Expression::alternation(branches))
    }

    fn sequence(&mut self, flags: Flags) -> Result<Expression, Reason> {
        let mut nodes: Vec<Expression> = Vec::new();
        let mut last_kind = None;
        while let Some(byte) = self.peek() {
            if matches!(byte, b'|' | b')') {
                break;
            }
            self.next();
            let repeat = match byte {
                b'*' => Some((0, None)),
                b'+' => Some((1, None)),
                b'?' => Some((0, Some(1))),
                b'{' => self.counts()?,
                _ => None,
            };
            if let Some((min, max)) = repeat {
                match last_kind {
                    None | Some(ItemKind::Assertion) => return Err("nothing to repeat"),
                    Some(ItemKind::Repetition) => return Err("multiple repeat"),
                    Some(ItemKind::Atom) => {}
                }
                // Lazy repetition matches no other paths. Possessive
                // repetition would; it is refused as a multiple repeat below.
                self.eat(b"?");
                let node = nodes.pop().ok_or("nothing to repeat")?;
                let node = Box::new(node);
                nodes.push(Expression::Repeat { node, min, max });
                last_kind = Some(ItemKind::Repetition);
            } else if let Some((node, kind)) = self.item(byte, flags)? {
                nodes.push(node);
                last_kind = Some(kind);
            }
        }
        Ok(Expression::concat(nodes))
    }

    /// The item that starts with `byte`, which has been read. Comments give
    /// none.
    fn item(&mut self, byte: u8, flags: Flags) -> Result<Option<(Expression, ItemKind)>, Reason> {
        let atom = |node| Ok(Some((node, ItemKind::Atom)));
        let assertion = |node| Ok(Some((node, ItemKind::Assertion)));
        match byte {
            b'.' if flags.dot_all => atom(Expression::Byte(ByteSet::ALL)),
            b'.' => atom(Expression::Byte(ByteSet::NOT_NEWLINE)),
            b'^' if flags.multi_line => assertion(Expression::LineStart),
            b'^' => assertion(Expression::TextStart),
            b'$' if flags.multi_line => assertion(Expression::LineEnd),
            b'$' => assertion(Expression::FinalLineEnd),
            b'[' => atom(Expression::Byte(self.class(flags)?)),
            b'(' => Ok(self.group(flags)?.map(|node| (node, ItemKind::Atom))),
            b'\\' => match self.next().ok_or("bad escape (end of pattern)")? {
                b'A' => assertion(Expression::TextStart),
                b'Z' => assertion(Expression::TextEnd),
                b'b' => assertion(Expression::WordBoundary),
                // Whether it matches the empty string depends on the version.
                b'B' => Err("\\B"),
                escaped => {
                    let set = self.escape(escaped, false)?;
                    atom(Expression::Byte(fold_case(set, flags)))
                }
            },
            literal => atom(Expression::Byte(fold_case(ByteSet::single(literal), flags))),
        }
    }

    /// What follows `{`: the counts of a repetition, or nothing if the brace
    /// is a literal.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, Reason> {
        let start = self.rest;
        if self.peek() == Some(b'}') {
            return Ok(None);
        }
        let low = self.take_while(usize::MAX, |byte| byte.is_ascii_digit());
        let high = if self.eat(b",") {
            self.take_while(usize::MAX, |byte| byte.is_ascii_digit())
        } else {
            low
        };
        if !self.eat(b"}") {
            self.rest = start;
            return Ok(None);
        }
        let min = if low.is_empty() { 0 } else { count(low)? };
        let max = if high.is_empty() {
            None
        } else {
            Some(count(high)?)
        };
        if max.is_some_and(|max| max < min) {
            return Err("min repeat greater than max repeat");
        }
        Ok(Some((min, max)))
    }

    /// What follows `(`; nothing if it was a comment.
    fn group(&mut self, mut flags: Flags) -> Result<Option<Expression>, Reason> {
        if self.eat(b"?") {
            match self.next().ok_or("unexpected end of pattern")? {
                b':' => {}
                b'#' => {
                    self.take_while(usize::MAX, |byte| byte != b')');
                    return if self.eat(b")") {
                        Ok(None)
                    } else {
                        Err("missing ), unterminated comment")
                    };
                }
                b'P' => self.group_name()?,
                letter if letter == b'-' || letter.is_ascii_alphabetic() => {
                    flags = self.scoped_flags(letter, flags)?;
                }
                _ => return Err("look-around, atomic or conditional group"),
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("groups are nested too deeply");
        }
        let node = self.alternation(flags)?;
        self.depth -= 1;
        if self.eat(b")") {
            Ok(Some(node))
        } else {
            Err("missing ), unterminated subpattern")
        }
    }

    /// `<name>` of a group; names a group only once.
    fn group_name(&mut self) -> Result<(), Reason> {
        if !self.eat(b"<") {
            return Err("back-reference or unknown extension");
        }
        let name = self.take_while(usize::MAX, |byte| {
            byte == b'_' || byte.is_ascii_alphanumeric()
        });
        let starts_well = name.first().is_some_and(|byte| !byte.is_ascii_digit());
        if !starts_well || !self.eat(b">") {
            return Err("bad group name");
        }
        if self.group_names.insert(name.to_vec()) {
            Ok(())
        } else {
            Err("redefinition of a group name")
        }
    }

    /// The flags of `(?flags-flags:`, of which `first` has been read.
    fn scoped_flags(&mut self, first: u8, outer: Flags) -> Result<Flags, Reason> {
        let mut flags = outer;
        let is_letter = |byte: u8| byte.is_ascii_alphabetic();
        let mut on = Vec::new();
        let mut off: &[u8] = &[];
        let mut minus = first == b'-';
        if !minus {
            on.push(first);
            on.extend(self.take_while(usize::MAX, is_letter));
            minus = self.eat(b"-");
        }
        if minus {
            off = self.take_while(usize::MAX, is_letter);
            if off.is_empty() {
                return Err("missing flag");
            }
        }
        let known = on.iter().all(|&letter| flags.set(letter, true))
            && off.iter().all(|&letter| flags.set(letter, false));
        if !known || on.iter().any(|letter| off.contains(letter)) {
            return Err("inline flags");
        }
        if self.eat(b":") {
            Ok(flags)
        } else {
            Err("global flags not at the start, or not alone")
        }
    }
}

fn count(digits: &[u8]) -> Result<u32, Reason> {
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .filter(|&count| count < MAX_REPEAT)
        .ok_or("the repetition number is too large")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn parse_alone(pattern: &[u8]) -> Result<Expression, Reason> {
        parse(pattern, true, &mut HashSet::new())
    }

    #[test]
    fn refused() {
        let patterns: &[&[u8]] = &[
            b"(",
            b")",
            b"a)",
            b"(a",
            b"[",
            b"[a",
            b"[]",
            b"[^]",
            b"\\",
            b"a\\",
            b"*",
            b"+a",
            b"?",
            b"{1}",
            b"a**",
            b"a+*",
            b"a++",
            b"a*+",
            b"a???",
            b"a{2}{3}",
            b"^*",
            b"$+",
            b"\\b?",
            b"a{3,2}",
            b"a{4294967295}",
            b"a{99999999999999999999}",
            b"(?=a)",
            b"(?!a)",
            b"(?<=a)",
            b"(?<!a)",
            b"(?>a)",
            b"(a)(?(1)b|c)",
            b"(a)\\1",
            b"\\8",
            b"\\18",
            b"(?P<a>b)(?P=a)",
            b"(?P<a>b)(?P<a>c)",
            b"(?P<1>b)",
            b"(?P<>b)",
            b"(?P>a)",
            b"(?",
            b"(?P",
            b"(?#a",
            b"a(?i)",
            b"(?i)(?s)a",
            b"(?x)a",
            b"(?L)a",
            b"(?u)a",
            b"(?x:a)",
            b"(?i-i:a)",
            b"(?-a:b)",
            b"(?i-:a)",
            b"(?-:a)",
            b"(?i",
            b"\\q",
            b"\\z",
            b"\\u0041",
            b"\\N{SPACE}",
            b"\\x4",
            b"\\xg0",
            b"\\400",
            b"[\\400]",
            b"[\\8]",
            b"[\\q]",
            b"[\\A]",
            b"[z-a]",
            b"[\\d-a]",
            b"[a-\\d]",
            b"\\Ba",
            b"[a-",
        ];
        for pattern in patterns {
            let shown = String::from_utf8_lossy(pattern);
            assert!(parse_alone(pattern).is_err(), "{shown} was accepted");
        }
    }

    #[test]
    fn flags_at_the_start_are_for_patterns_alone() {
        assert!(parse_alone(b"(?i)a").is_ok());
        assert!(parse(b"(?i)a", false, &mut HashSet::new()).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_not_overflowed() {
        let shallow = [b"(".repeat(100), b")".repeat(100)].concat();
        assert!(parse_alone(&shallow).is_ok());
        assert!(parse_alone(&b"(".repeat(1_000_000)).is_err());
    }

    #[test]
    fn braces_that_are_literals() {
        for pattern in [&b"a{}"[..], b"{", b"a{b}", b"a{1", b"a{,b}", b"}", b"{a}"] {
            let expected = pattern
                .iter()
                .map(|&byte| Expression::literal(byte))
                .collect();
            let expected = Expression::concat(expected);
            assert_eq!(parse_alone(pattern).unwrap(), expected);
        }
    }
}
