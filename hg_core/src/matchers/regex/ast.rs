// SPDX-License-Identifier: GPL-2.0-or-later
//! A regular expression as a tree over sets of bytes.

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ByteSet([u128; 2]);

impl ByteSet {
    pub(super) const EMPTY: ByteSet = ByteSet([0; 2]);
    /// What `.` stands for unless it matches everything.
    pub(super) const NOT_NEWLINE: ByteSet = ByteSet([!(1 << b'\n'), u128::MAX]);
    pub(super) const ALL: ByteSet = ByteSet([u128::MAX; 2]);

    pub(super) fn single(byte: u8) -> Self {
        let mut set = Self::EMPTY;
        set.insert(byte);
        set
    }

    pub(super) fn insert(&mut self, byte: u8) {
        let [low, high] = &mut self.0;
        let half = if byte < 128 { low } else { high };
        *half |= 1 << (byte % 128);
    }

    pub(super) fn insert_range(&mut self, first: u8, last: u8) {
        for byte in first..=last {
            self.insert(byte);
        }
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        let [low, high] = self.0;
        let half = if byte < 128 { low } else { high };
        half >> (byte % 128) & 1 != 0
    }

    pub(super) fn union(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        ByteSet([a | c, b | d])
    }

    pub(super) fn complement(self) -> Self {
        let [low, high] = self.0;
        ByteSet([!low, !high])
    }

    /// The set without regard to the case of ASCII letters.
    pub(super) fn ignore_case(mut self) -> Self {
        for (lower, upper) in (b'a'..=b'z').zip(b'A'..=b'Z') {
            if self.contains(lower) || self.contains(upper) {
                self.insert(lower);
                self.insert(upper);
            }
        }
        self
    }

    /// The byte of a set of one.
    pub(super) fn as_single(&self) -> Option<u8> {
        let [low, high] = self.0;
        if low.count_ones() + high.count_ones() != 1 {
            return None;
        }
        let position = if low != 0 {
            low.trailing_zeros()
        } else {
            128 + high.trailing_zeros()
        };
        u8::try_from(position).ok()
    }

    /// The longest ranges of bytes in the set, ascending.
    pub(super) fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=u8::MAX).filter(|&byte| self.contains(byte)) {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(byte) => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }
}

/// A regular expression. Flags have been applied to the leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// One byte of the set.
    Byte(ByteSet),
    /// One after the other; the empty one matches the empty string.
    Concat(Vec<Expression>),
    Alternation(Vec<Expression>),
    Repeat {
        node: Box<Expression>,
        min: u32,
        max: Option<u32>,
    },
    /// The start of the text.
    TextStart,
    /// The end of the text (`\Z`).
    TextEnd,
    /// The end of the text, or before a newline that ends it (`$`).
    FinalLineEnd,
    /// The start of a line.
    LineStart,
    /// The end of a line.
    LineEnd,
    /// Between a word and something else.
    WordBoundary,
}

impl Expression {
    pub(super) fn literal(byte: u8) -> Self {
        Expression::Byte(ByteSet::single(byte))
    }

    /// The concatenation of `nodes`, without concatenations inside.
    pub(super) fn concat(nodes: Vec<Expression>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Expression::Concat(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match <[Expression; 1]>::try_from(flat) {
            Ok([only]) => only,
            Err(flat) => Expression::Concat(flat),
        }
    }

    /// The alternation of `nodes`, without alternations directly inside.
    pub(super) fn alternation(nodes: Vec<Expression>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Expression::Alternation(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match <[Expression; 1]>::try_from(flat) {
            Ok([only]) => only,
            Err(flat) => Expression::Alternation(flat),
        }
    }

    /// `.*`
    pub(super) fn is_any_prefix(&self) -> bool {
        match self {
            Expression::Repeat {
                node,
                min: 0,
                max: None,
            } => **node == Expression::Byte(ByteSet::NOT_NEWLINE),
            _ => false,
        }
    }

    /// `(?:|.*/)` or `(?:.*/)?`: any directory, or none.
    pub(super) fn is_directory_prefix(&self) -> bool {
        let is_any_directory = |node: &Expression| match node {
            Expression::Concat(nodes) => match nodes.as_slice() {
                [any, slash] => any.is_any_prefix() && *slash == Expression::literal(b'/'),
                _ => false,
            },
            _ => false,
        };
        match self {
            Expression::Repeat {
                node,
                min: 0,
                max: Some(1),
            } => is_any_directory(node),
            Expression::Alternation(nodes) => match nodes.as_slice() {
                [Expression::Concat(empty), directory] => {
                    empty.is_empty() && is_any_directory(directory)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// `(?:/|$)`
    pub(super) fn is_component_end(&self) -> bool {
        match self {
            Expression::Alternation(nodes) => {
                nodes.as_slice() == [Expression::literal(b'/'), Expression::FinalLineEnd]
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_sets() {
        let mut set = ByteSet::EMPTY;
        set.insert_range(b'y', b'{');
        set.insert(0);
        set.insert(127);
        set.insert(128);
        set.insert(255);
        let ranges = [(0, 0), (b'y', b'{'), (127, 128), (255, 255)];
        assert_eq!(set.ranges(), ranges);
        assert!(set.ignore_case().contains(b'Z'));
        assert!(!set.ignore_case().contains(b'X'));
        assert!(!set.complement().contains(255));
        assert_eq!(ByteSet::single(200).as_single(), Some(200));
        assert_eq!(ByteSet::ALL.as_single(), None);
        assert_eq!(ByteSet::EMPTY.as_single(), None);
        assert_eq!(ByteSet::ALL.ranges(), [(0, 255)]);
        let all_but_newline = [(0, b'\n' - 1), (b'\n' + 1, 255)];
        assert_eq!(ByteSet::NOT_NEWLINE.ranges(), all_but_newline);
    }
}
