// SPDX-License-Identifier: GPL-2.0-or-later
//! Revision numbers.

use std::fmt;

/// The number of a revision in its revlog, from 0 on;
/// [`NULL`](Self::NULL) stands for "no revision".
///
/// Files and callers may hold any 32-bit number where a revision is meant, and
/// so does this: who reads it asks whether there is such a revision.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Revision(i32);

impl Revision {
    /// The parent of roots, and the second parent of anything but a merge.
    pub const NULL: Self = Self(-1);
    /// The first revision.
    pub const ZERO: Self = Self(0);
    /// The largest number; a revlog has no such revision, but may end there.
    pub const MAX: Self = Self(i32::MAX);

    /// The revision of this number.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// The number of this revision.
    pub const fn get(self) -> i32 {
        self.0
    }

    /// The revision at `position`, from 0 on; `None` beyond [`MAX`](Self::MAX).
    #[inline]
    pub fn at(position: usize) -> Option<Self> {
        i32::try_from(position).ok().map(Self)
    }

    /// Where the revision is among all, from 0 on; `None` for null and for
    /// what is below it.
    #[inline]
    pub fn position(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }

    /// Whether this is [`NULL`](Self::NULL).
    #[inline]
    pub const fn is_null(self) -> bool {
        self.0 == Self::NULL.0
    }

    /// The revision after this one; [`MAX`](Self::MAX) after the last.
    #[inline]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The revision before this one; null before the first.
    #[inline]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The revisions from this one to before `end`, ascending.
    #[inline]
    pub fn until(self, end: Self) -> impl DoubleEndedIterator<Item = Self> + Clone {
        (self.0..end.0).map(Self)
    }
}

impl From<i32> for Revision {
    fn from(number: i32) -> Self {
        Self(number)
    }
}

impl PartialEq<i32> for Revision {
    fn eq(&self, number: &i32) -> bool {
        self.0 == *number
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        assert_eq!(Revision::at(7), Some(Revision::new(7)));
        assert_eq!(Revision::at(i32::MAX as usize), Some(Revision::MAX));
        assert_eq!(Revision::at(i32::MAX as usize + 1), None);
        assert_eq!(Revision::new(7).position(), Some(7));
        for none in [-1, -2, i32::MIN] {
            assert_eq!(Revision::new(none).position(), None);
        }
        assert!(Revision::NULL.is_null() && !Revision::ZERO.is_null());
    }

    #[test]
    fn neighbours() {
        assert_eq!(Revision::NULL.next(), Revision::ZERO);
        assert_eq!(Revision::ZERO.previous(), Revision::NULL);
        assert_eq!(Revision::MAX.next(), Revision::MAX);
        let range = Revision::new(2).until(Revision::new(5));
        assert!(range.clone().eq([2, 3, 4].map(Revision::new)));
        assert!(range.rev().eq([4, 3, 2].map(Revision::new)));
        assert_eq!(Revision::new(5).until(Revision::new(2)).next(), None);
        assert_eq!(format!("{} {:?}", Revision::new(5), Revision::NULL), "5 -1");
    }
}
