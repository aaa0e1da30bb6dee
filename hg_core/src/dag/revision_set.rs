// SPDX-License-Identifier: GPL-2.0-or-later
//! A set of revisions as a bitmap.

use super::{check_revision, Graph, Revision};
use crate::errors::GraphError;

const WORD: usize = u64::BITS as usize;

/// A set of non-negative revisions, one bit each from 0 to the largest.
///
/// A million revisions take 125 kB, which is less than a hash set of a few
/// thousand, and a descending walk skips 64 absent revisions at a time.
/// Negative revisions are never members; inserting one does nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionSet {
    words: Vec<u64>,
    len: usize,
}

impl RevisionSet {
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set with room for the revisions below `end`.
    pub fn with_capacity(end: Revision) -> Self {
        let words = usize::try_from(end).unwrap_or(0).div_ceil(WORD);
        Self {
            words: vec![0; words],
            len: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn locate(rev: Revision) -> Option<(usize, u64)> {
        let rev = usize::try_from(rev).ok()?;
        Some((rev / WORD, 1 << (rev % WORD)))
    }

    #[inline]
    pub fn contains(&self, rev: Revision) -> bool {
        Self::locate(rev)
            .is_some_and(|(word, bit)| self.words.get(word).is_some_and(|bits| bits & bit != 0))
    }

    /// Add `rev`; whether it was not there yet.
    #[inline]
    pub fn insert(&mut self, rev: Revision) -> bool {
        let Some((word, bit)) = Self::locate(rev) else {
            return false;
        };
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let Some(bits) = self.words.get_mut(word) else {
            return false;
        };
        let added = *bits & bit == 0;
        *bits |= bit;
        self.len += usize::from(added);
        added
    }

    /// Add `revs`, null aside; an error for the first that does not exist.
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
        let Some(bits) = self.words.get_mut(word) else {
            return false;
        };
        let removed = *bits & bit != 0;
        *bits &= !bit;
        self.len -= usize::from(removed);
        removed
    }

    /// The largest member smaller than `end`.
    pub fn last_below(&self, end: Revision) -> Option<Revision> {
        last_below(end, self.words.len(), |word| {
            self.words.get(word).copied().unwrap_or(0)
        })
    }

    /// The largest revision smaller than `end` in this set or in `other`.
    pub fn last_below_in_either(&self, other: &Self, end: Revision) -> Option<Revision> {
        let words = self.words.len().max(other.words.len());
        last_below(end, words, |word| {
            let mine = self.words.get(word).copied().unwrap_or(0);
            mine | other.words.get(word).copied().unwrap_or(0)
        })
    }

    pub fn last(&self) -> Option<Revision> {
        self.last_below(Revision::MAX)
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Revision> + '_ {
        self.words.iter().enumerate().flat_map(|(word, &bits)| {
            let mut left = bits;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Revision::try_from(word * WORD + bit as usize).ok()
            })
        })
    }
}

fn last_below(end: Revision, words: usize, bits_of: impl Fn(usize) -> u64) -> Option<Revision> {
    let end = usize::try_from(end).ok()?.min(words * WORD);
    let (mut word, kept) = (end / WORD, end % WORD);
    let mut bits = bits_of(word) & ((1 << kept) - 1);
    while bits == 0 {
        word = word.checked_sub(1)?;
        bits = bits_of(word);
    }
    let bit = bits.ilog2() as usize;
    Revision::try_from(word * WORD + bit).ok()
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
