// SPDX-License-Identifier: GPL-2.0-or-later
//! The sorted list of a directory's children.

use std::cmp::Ordering;

/// A list longer than this is cut into chunks, so that an insertion anywhere
/// in a huge directory moves few elements.
const CHUNK_MAX: usize = 1024;

/// Node ids in an order that the caller's comparisons define.
#[derive(Debug)]
pub(super) enum SortedIds {
    /// Most directories are small.
    One(Vec<u32>),
    /// Never empty; no chunk is empty.
    Many(Vec<Vec<u32>>),
}

/// Where an id is, or would be inserted: chunk, and index within it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position(usize, usize);

impl Default for SortedIds {
    fn default() -> Self {
        Self::One(Vec::new())
    }
}

impl FromIterator<u32> for SortedIds {
    /// From ids that are in order already.
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        let mut list = Self::default();
        for id in ids {
            list.push(id);
        }
        list
    }
}

impl SortedIds {
    pub fn is_empty(&self) -> bool {
        self.last().is_none()
    }

    pub fn last(&self) -> Option<u32> {
        match self {
            Self::One(ids) => ids.last().copied(),
            Self::Many(chunks) => chunks.last().and_then(|ids| ids.last()).copied(),
        }
    }

    pub fn get(&self, position: Position) -> Option<u32> {
        let Position(chunk, index) = position;
        match self {
            Self::One(ids) => ids.get(index).copied(),
            Self::Many(chunks) => chunks.get(chunk).and_then(|ids| ids.get(index)).copied(),
        }
    }

    /// Add an id that comes after all others.
    pub fn push(&mut self, id: u32) {
        match self {
            Self::One(ids) if ids.len() < CHUNK_MAX => ids.push(id),
            Self::One(ids) => *self = Self::Many(vec![std::mem::take(ids), vec![id]]),
            Self::Many(chunks) => match chunks.last_mut() {
                Some(ids) if ids.len() < CHUNK_MAX => ids.push(id),
                _ => chunks.push(vec![id]),
            },
        }
    }

    /// Where the id for which `compare` says `Equal` is, or where it belongs.
    pub fn search(&self, mut compare: impl FnMut(u32) -> Ordering) -> Result<Position, Position> {
        match self {
            Self::One(ids) => match ids.binary_search_by(|id| compare(*id)) {
                Ok(index) => Ok(Position(0, index)),
                Err(index) => Err(Position(0, index)),
            },
            Self::Many(chunks) => {
                // The first chunk whose last id is not before the target; an
                // id after all others goes to the last chunk.
                let chunk = chunks
                    .partition_point(|ids| {
                        ids.last().is_some_and(|id| compare(*id) == Ordering::Less)
                    })
                    .min(chunks.len().saturating_sub(1));
                let ids = chunks.get(chunk).map_or(&[][..], Vec::as_slice);
                match ids.binary_search_by(|id| compare(*id)) {
                    Ok(index) => Ok(Position(chunk, index)),
                    Err(index) => Err(Position(chunk, index)),
                }
            }
        }
    }

    /// Insert at a position that [`Self::search`] gave.
    pub fn insert(&mut self, position: Position, id: u32) {
        let Position(chunk, index) = position;
        match self {
            Self::One(ids) => {
                ids.insert(index.min(ids.len()), id);
                if ids.len() > CHUNK_MAX {
                    let second = ids.split_off(CHUNK_MAX / 2);
                    *self = Self::Many(vec![std::mem::take(ids), second]);
                }
            }
            Self::Many(chunks) => {
                if let Some(ids) = chunks.get_mut(chunk) {
                    ids.insert(index.min(ids.len()), id);
                    if ids.len() > CHUNK_MAX {
                        let second = ids.split_off(CHUNK_MAX / 2);
                        chunks.insert(chunk + 1, second);
                    }
                }
            }
        }
    }

    /// Remove the id at a position that [`Self::search`] gave.
    pub fn remove(&mut self, position: Position) {
        let Position(chunk, index) = position;
        match self {
            Self::One(ids) => {
                if index < ids.len() {
                    ids.remove(index);
                }
            }
            Self::Many(chunks) => {
                if let Some(ids) = chunks.get_mut(chunk) {
                    if index < ids.len() {
                        ids.remove(index);
                    }
                    if ids.is_empty() {
                        chunks.remove(chunk);
                    }
                }
                if chunks.is_empty() {
                    *self = Self::default();
                }
            }
        }
    }

    pub fn iter(&self) -> Ids<'_> {
        match self {
            Self::One(ids) => Ids {
                current: ids.iter(),
                rest: [].iter(),
            },
            Self::Many(chunks) => Ids {
                current: [].iter(),
                rest: chunks.iter(),
            },
        }
    }
}

/// The ids of a [`SortedIds`], in order.
#[derive(Debug, Clone)]
pub(super) struct Ids<'a> {
    current: std::slice::Iter<'a, u32>,
    rest: std::slice::Iter<'a, Vec<u32>>,
}

impl Iterator for Ids<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            if let Some(id) = self.current.next() {
                return Some(*id);
            }
            self.current = self.rest.next()?.iter();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Insert and remove in a scattered order; the ids are their own keys.
    #[test]
    fn stays_sorted() {
        let count = 5 * CHUNK_MAX as u32;
        let scattered = || (0..count).map(|i| i.wrapping_mul(2_654_435_761) % count);
        let mut ids = SortedIds::default();
        let mut expected = std::collections::BTreeSet::new();
        for id in scattered() {
            let found = ids.search(|other| other.cmp(&id));
            assert_eq!(found.is_ok(), expected.contains(&id));
            if let Err(position) = found {
                ids.insert(position, id);
                expected.insert(id);
            }
        }
        assert!(matches!(ids, SortedIds::Many(_)));
        assert!(ids.iter().eq(expected.iter().copied()));
        for id in scattered().step_by(2) {
            if expected.remove(&id) {
                let position = ids.search(|other| other.cmp(&id)).unwrap();
                assert_eq!(ids.get(position), Some(id));
                ids.remove(position);
            }
        }
        assert!(ids.iter().eq(expected.iter().copied()));
        assert_eq!(ids.last(), expected.last().copied());
        for id in expected {
            ids.remove(ids.search(|other| other.cmp(&id)).unwrap());
        }
        assert!(ids.is_empty());
        assert_eq!(ids.iter().count(), 0);
    }

    #[test]
    fn push_makes_chunks() {
        let count = 3 * CHUNK_MAX as u32 + 7;
        let ids: SortedIds = (0..count).collect();
        assert!(ids.iter().eq(0..count));
        for id in [0, 1, CHUNK_MAX as u32, count - 1] {
            let position = ids.search(|other| other.cmp(&id)).unwrap();
            assert_eq!(ids.get(position), Some(id));
        }
        assert!(ids.search(|other| other.cmp(&count)).is_err());
    }
}
