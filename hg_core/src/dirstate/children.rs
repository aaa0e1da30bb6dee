// SPDX-License-Identifier: GPL-2.0-or-later
//! The sorted list of a directory's children.

use std::cmp::Ordering;

/// A list longer than this is cut into chunks, so that an insertion anywhere
/// in a huge directory moves few elements, and a look-up passes few.
const CHUNK_MAX: usize = 512;

/// A hash of a base name. To find a child by it touches this list alone, where
/// comparing names would fetch the node and the path of each one met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NameHash(u32);

impl NameHash {
    #[inline]
    pub fn of(base_name: &[u8]) -> Self {
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut hash = (base_name.len() as u64).wrapping_mul(FACTOR);
        let words = base_name.chunks_exact(8);
        let mut last = 0;
        for byte in words.remainder() {
            last = last << 8 | u64::from(*byte);
        }
        let whole = words.map(|word| word.try_into().map_or(0, u64::from_le_bytes));
        for word in whole.chain([last]) {
            hash = (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR);
        }
        Self((hash >> 32) as u32)
    }
}

/// A node id with the hash of its base name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    hash: NameHash,
    id: u32,
}

/// Node ids in the order of their base names, which the caller knows.
#[derive(Debug)]
pub(super) enum SortedIds {
    /// Most directories are small.
    One(Vec<Child>),
    /// Never empty; no chunk is empty.
    Many(Vec<Vec<Child>>),
}

/// Where an id is, or would be inserted: chunk, and index within it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position(usize, usize);

impl Default for SortedIds {
    fn default() -> Self {
        Self::One(Vec::new())
    }
}

impl SortedIds {
    /// An empty list with room for `count` children.
    pub fn with_capacity(count: usize) -> Self {
        Self::One(Vec::with_capacity(count.min(CHUNK_MAX)))
    }

    pub fn is_empty(&self) -> bool {
        self.last().is_none()
    }

    pub fn len(&self) -> usize {
        match self {
            Self::One(ids) => ids.len(),
            Self::Many(chunks) => chunks.iter().map(Vec::len).sum(),
        }
    }

    pub fn last(&self) -> Option<u32> {
        let ids = match self {
            Self::One(ids) => ids,
            Self::Many(chunks) => chunks.last()?,
        };
        ids.last().map(|child| child.id)
    }

    /// Add an id that comes after all others.
    pub fn push(&mut self, hash: NameHash, id: u32) {
        let child = Child { hash, id };
        match self {
            Self::One(ids) if ids.len() < CHUNK_MAX => ids.push(child),
            Self::One(ids) => *self = Self::Many(vec![std::mem::take(ids), vec![child]]),
            Self::Many(chunks) => match chunks.last_mut() {
                Some(ids) if ids.len() < CHUNK_MAX => ids.push(child),
                _ => chunks.push(vec![child]),
            },
        }
    }

    /// The id of this base name, `name_of` telling that of any id.
    #[inline]
    pub fn find<'a>(
        &self,
        hash: NameHash,
        base_name: &[u8],
        name_of: impl Fn(u32) -> &'a [u8],
    ) -> Option<u32> {
        let (_, ids) = self.chunk_of(|id| name_of(id).cmp(base_name));
        find_in(ids, hash, |id| name_of(id) == base_name)
    }

    /// An id whose name has this hash: the right one nearly always, and if
    /// there is none at all there is none of this name.
    #[inline]
    pub fn guess<'a>(
        &self,
        hash: NameHash,
        base_name: &[u8],
        name_of: impl Fn(u32) -> &'a [u8],
    ) -> Option<u32> {
        let (_, ids) = self.chunk_of(|id| name_of(id).cmp(base_name));
        find_in(ids, hash, |_| true)
    }

    /// The only chunk that can have the id for which `compare` says `Equal`.
    #[inline]
    fn chunk_of(&self, compare: impl Fn(u32) -> Ordering) -> (usize, &[Child]) {
        match self {
            Self::One(ids) => (0, ids),
            Self::Many(chunks) => {
                // The first chunk whose last id is not before the target; an
                // id after all others goes to the last chunk.
                let before = |child: &Child| compare(child.id) == Ordering::Less;
                let chunk = chunks
                    .partition_point(|ids| ids.last().is_some_and(before))
                    .min(chunks.len().saturating_sub(1));
                (chunk, chunks.get(chunk).map_or(&[][..], Vec::as_slice))
            }
        }
    }

    /// Where the id for which `compare` says `Equal` is, or where it belongs.
    pub fn search(&self, compare: impl Fn(u32) -> Ordering) -> Result<Position, Position> {
        let (chunk, ids) = self.chunk_of(&compare);
        match ids.binary_search_by(|child| compare(child.id)) {
            Ok(index) => Ok(Position(chunk, index)),
            Err(index) => Err(Position(chunk, index)),
        }
    }

    /// Insert at a position that [`Self::search`] gave.
    pub fn insert(&mut self, position: Position, hash: NameHash, id: u32) {
        let child = Child { hash, id };
        let Position(chunk, index) = position;
        match self {
            Self::One(ids) => {
                ids.insert(index.min(ids.len()), child);
                if ids.len() > CHUNK_MAX {
                    let second = ids.split_off(CHUNK_MAX / 2);
                    *self = Self::Many(vec![std::mem::take(ids), second]);
                }
            }
            Self::Many(chunks) => {
                if let Some(ids) = chunks.get_mut(chunk) {
                    ids.insert(index.min(ids.len()), child);
                    if ids.len() > CHUNK_MAX {
                        let second = ids.split_off(CHUNK_MAX / 2);
                        chunks.insert(chunk + 1, second);
                    }
                }
            }
        }
    }

    /// Remove `id`, for which `compare` says `Equal`.
    pub fn remove(&mut self, id: u32, compare: impl Fn(u32) -> Ordering) {
        let (chunk, ids) = self.chunk_of(&compare);
        let Some(index) = ids.iter().position(|child| child.id == id) else {
            return;
        };
        match self {
            Self::One(ids) => {
                ids.remove(index);
            }
            Self::Many(chunks) => {
                if let Some(ids) = chunks.get_mut(chunk) {
                    ids.remove(index);
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

/// The one of `ids` that has this hash and for which `is_it` holds.
#[inline]
fn find_in(ids: &[Child], hash: NameHash, is_it: impl Fn(u32) -> bool) -> Option<u32> {
    for block in ids.chunks(8) {
        // Without a branch for each, which takes the processor half as long.
        let hits = block
            .iter()
            .fold(0_u32, |hits, child| hits | u32::from(child.hash == hash));
        if hits == 0 {
            continue;
        }
        let found = block
            .iter()
            .find(|child| child.hash == hash && is_it(child.id));
        if let Some(child) = found {
            return Some(child.id);
        }
    }
    None
}

/// The ids of a [`SortedIds`], in order.
#[derive(Debug, Clone)]
pub(super) struct Ids<'a> {
    current: std::slice::Iter<'a, Child>,
    rest: std::slice::Iter<'a, Vec<Child>>,
}

impl Iterator for Ids<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            if let Some(child) = self.current.next() {
                return Some(child.id);
            }
            self.current = self.rest.next()?.iter();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn hash(id: u32) -> NameHash {
        // Of few values, so that many ids share one.
        NameHash(id % 7)
    }

    /// The name of an id is the id.
    struct Names(Vec<[u8; 4]>);

    impl Names {
        fn new(count: u32) -> Self {
            Self((0..=count).map(u32::to_be_bytes).collect())
        }

        fn find(&self, ids: &SortedIds, id: u32, hash: NameHash) -> Option<u32> {
            let name_of = |id: u32| &self.0[id as usize][..];
            let guess = ids.guess(hash, name_of(id), name_of);
            let found = ids.find(hash, name_of(id), name_of);
            assert!(found.is_none() || guess.is_some());
            found
        }
    }

    /// Insert and remove in a scattered order; the ids are their own keys.
    #[test]
    fn stays_sorted() {
        let count = 5 * CHUNK_MAX as u32;
        let scattered = || (0..count).map(|i| i.wrapping_mul(2_654_435_761) % count);
        let names = Names::new(count);
        let mut ids = SortedIds::default();
        let mut expected = std::collections::BTreeSet::new();
        for id in scattered() {
            let found = ids.search(|other| other.cmp(&id));
            assert_eq!(found.is_ok(), expected.contains(&id));
            assert_eq!(names.find(&ids, id, hash(id)).is_some(), found.is_ok());
            if let Err(position) = found {
                ids.insert(position, hash(id), id);
                expected.insert(id);
            }
        }
        assert!(matches!(ids, SortedIds::Many(_)));
        assert!(ids.iter().eq(expected.iter().copied()));
        for id in scattered().step_by(2) {
            if expected.remove(&id) {
                assert_eq!(names.find(&ids, id, hash(id)), Some(id));
                ids.remove(id, |other| other.cmp(&id));
            }
        }
        assert!(ids.iter().eq(expected.iter().copied()));
        assert_eq!(ids.last(), expected.last().copied());
        for id in expected {
            ids.remove(id, |other| other.cmp(&id));
        }
        assert!(ids.is_empty());
        assert_eq!(ids.iter().count(), 0);
    }

    #[test]
    fn push_makes_chunks() {
        let count = 3 * CHUNK_MAX as u32 + 7;
        let names = Names::new(count);
        let mut ids = SortedIds::with_capacity(5);
        (0..count).for_each(|id| ids.push(hash(id), id));
        assert!(ids.iter().eq(0..count));
        assert_eq!(ids.len(), count as usize);
        for id in [0, 1, CHUNK_MAX as u32, count - 1] {
            assert_eq!(names.find(&ids, id, hash(id)), Some(id));
            assert_eq!(names.find(&ids, id, hash(id + 1)), None);
        }
        assert_eq!(names.find(&ids, count, hash(count)), None);
    }

    /// Any byte of a name, and its length, make a difference.
    #[test]
    fn hashes_differ() {
        let mut seen = std::collections::HashSet::new();
        for len in 0..40 {
            let mut name = vec![0; len];
            assert!(seen.insert(NameHash::of(&name).0), "{len}");
            for at in 0..len {
                name[at] = 1;
                assert!(seen.insert(NameHash::of(&name).0), "{len} {at}");
                name[at] = 0;
            }
        }
    }
}
