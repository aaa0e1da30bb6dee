// SPDX-License-Identifier: GPL-2.0-or-later
//! A set of revisions as a bitmap.

use super::{check_revision, Graph, Revision};
use crate::dag::GraphError;

const WORD: usize = u64::BITS as usize;

/// A set of non-negative revisions, one bit each from the smallest to the
/// largest.
///
/// A million revisions take 125 kB, which is less than a hash set of a few
/// thousand, and a descending walk skips 64 absent revisions at a time. A walk
/// that stays near the tip of a long history costs nothing for the rest of it.
/// Negative revisions are never members; inserting one does nothing.
#[derive(Clone, Debug, Default)]
pub struct RevisionSet {
    /// What `words` begins with: the revisions from 64 times this on.
    first: usize,
    words: Vec<u64>,
    len: usize,
}

impl PartialEq for RevisionSet {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for RevisionSet {}

impl RevisionSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set with room for the revisions below `end`.
    pub fn with_capacity(end: Revision) -> Self {
        let words = end.position().unwrap_or(0).div_ceil(WORD);
        Self {
            first: 0,
            words: vec![0; words],
            len: 0,
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn locate(rev: Revision) -> Option<(usize, u64)> {
        let rev = rev.position()?;
        Some((rev / WORD, 1 << (rev % WORD)))
    }

    /// The word at this position, counted from revision 0.
    #[inline]
    fn word(&self, position: usize) -> u64 {
        let word = self.words.get(position.wrapping_sub(self.first));
        word.copied().unwrap_or(0)
    }

    /// Whether `rev` is a member.
    #[inline]
    pub fn contains(&self, rev: Revision) -> bool {
        Self::locate(rev).is_some_and(|(word, bit)| self.word(word) & bit != 0)
    }

    /// Add `rev`; whether it was not there yet.
    #[inline]
    pub fn insert(&mut self, rev: Revision) -> bool {
        let Some((word, bit)) = Self::locate(rev) else {
            return false;
        };
        if word.wrapping_sub(self.first) >= self.words.len() {
            self.make_room(word);
        }
        let Some(bits) = self.words.get_mut(word - self.first) else {
            return false;
        };
        let added = *bits & bit == 0;
        *bits |= bit;
        self.len += usize::from(added);
        added
    }

    /// Have a word at `position`.
    #[cold]
    fn make_room(&mut self, position: usize) {
        if self.words.is_empty() {
            self.first = position;
            self.words.push(0);
        } else if position >= self.first {
            self.words.resize(position - self.first + 1, 0);
        } else {
            // At least twice the room, so that a walk down to 0 moves each
            // word but a few times.
            let added = (self.first - position).max(self.first.min(self.words.len()));
            self.words.splice(0..0, std::iter::repeat_n(0, added));
            self.first -= added;
        }
    }

    /// Add `revs`, null aside, up to the first that does not exist.
    ///
    /// # Errors
    /// [`GraphError::InvalidRevision`] for that one.
    pub fn extend_checked(
        &mut self,
        graph: &impl Graph,
        revs: impl IntoIterator<Item = Revision>,
    ) -> Result<(), GraphError> {
        for rev in revs {
            if check_revision(graph, rev)? {
                self.insert(rev);
            }
        }
        Ok(())
    }

    /// Take `rev` out; whether it was there.
    #[inline]
    pub fn remove(&mut self, rev: Revision) -> bool {
        let Some((word, bit)) = Self::locate(rev) else {
            return false;
        };
        let Some(bits) = self.words.get_mut(word.wrapping_sub(self.first)) else {
            return false;
        };
        let removed = *bits & bit != 0;
        *bits &= !bit;
        self.len -= usize::from(removed);
        removed
    }

    /// The positions of the words there are.
    fn positions(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.words.len()
    }

    /// The largest member smaller than `end`.
    #[inline]
    pub fn last_below(&self, end: Revision) -> Option<Revision> {
        last_below(end, self.positions(), |position| self.word(position))
    }

    /// The largest revision smaller than `end` in this set or in `other`.
    #[inline]
    pub fn last_below_in_either(&self, other: &Self, end: Revision) -> Option<Revision> {
        let (mine, others) = (self.positions(), other.positions());
        let positions = if mine.is_empty() {
            others
        } else if others.is_empty() {
            mine
        } else {
            mine.start.min(others.start)..mine.end.max(others.end)
        };
        last_below(end, positions, |position| {
            self.word(position) | other.word(position)
        })
    }

    /// The largest member.
    pub fn last(&self) -> Option<Revision> {
        self.last_below(Revision::MAX)
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Revision> + '_ {
        self.positions().zip(&self.words).flat_map(|(word, &bits)| {
            let mut left = bits;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Revision::at(word * WORD + bit as usize)
            })
        })
    }
}

#[inline]
fn last_below(
    end: Revision,
    positions: std::ops::Range<usize>,
    bits_of: impl Fn(usize) -> u64,
) -> Option<Revision> {
    let end = end.position()?.min(positions.end * WORD);
    let (mut word, kept) = (end / WORD, end % WORD);
    let mut bits = bits_of(word) & ((1 << kept) - 1);
    while bits == 0 {
        if word <= positions.start {
            return None;
        }
        word -= 1;
        bits = bits_of(word);
    }
    let bit = bits.ilog2() as usize;
    Revision::at(word * WORD + bit)
}

impl FromIterator<Revision> for RevisionSet {
    fn from_iter<I: IntoIterator<Item = Revision>>(revs: I) -> Self {
        let mut set = Self::new();
        set.extend(revs);
        set
    }
}

impl Extend<Revision> for RevisionSet {
    fn extend<I: IntoIterator<Item = Revision>>(&mut self, revs: I) {
        for rev in revs {
            self.insert(rev);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_of(revs: &[i32]) -> RevisionSet {
        revs.iter().copied().map(Revision::new).collect()
    }

    /// From the middle up, then down in steps of all sizes.
    #[test]
    fn grows_both_ways() {
        let mut set = RevisionSet::new();
        let mut expected = std::collections::BTreeSet::new();
        let up = (0..300).map(|i| 50_000 + i * i);
        let down = (0..220).map(|i| 49_999 - i * i);
        for rev in up.chain(down).chain([-1, 0]).map(Revision::new) {
            let real = !rev.is_null();
            assert_eq!(set.insert(rev), real && expected.insert(rev), "{rev}");
            assert!(!set.insert(rev));
            assert_eq!(set.contains(rev), real);
            assert_eq!(set.last_below(rev), expected.range(..rev).last().copied());
        }
        assert!(set.iter().eq(expected.iter().copied()));
        assert_eq!(set, expected.iter().rev().copied().collect());
        assert_eq!(set.len(), expected.len());
        assert_eq!(set.last_below(Revision::ZERO), None);
        let absent = Revision::new(1_000_000);
        assert!(!set.contains(absent) && !set.remove(absent));
        let low = set_of(&[70]);
        let rev = Revision::new;
        for (one, other) in [(&set, &low), (&low, &set)] {
            assert_eq!(one.last_below_in_either(other, rev(71)), Some(rev(70)));
            assert_eq!(one.last_below_in_either(other, rev(70)), Some(rev(0)));
            let all = one.last_below_in_either(other, Revision::MAX);
            assert_eq!(all, expected.last().copied());
        }
        let none = RevisionSet::new();
        assert_eq!(low.last_below_in_either(&none, rev(90)), Some(rev(70)));
        for rev in expected {
            assert!(set.remove(rev) && !set.remove(rev));
        }
        assert!(set.is_empty() && set == RevisionSet::with_capacity(rev(9)));
    }
}
