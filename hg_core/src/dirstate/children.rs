// SPDX-License-Identifier: GPL-2.0-or-later
//! The list of a directory's children.

use std::cmp::Ordering;

use crate::types::HgPath;

/// A list longer than this is cut into chunks, so that an insertion anywhere
/// in a huge directory moves few elements, and a look-up passes few.
const CHUNK_MAX: usize = 512;

/// A hash of a base name. To find a child by it touches this list alone, where
/// comparing names would fetch the node and the path of each one met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NameHash(u32);

impl NameHash {
    #[inline]
    pub(super) fn of(base_name: &HgPath) -> Self {
        let base_name = base_name.as_bytes();
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut hash = (base_name.len() as u64).wrapping_mul(FACTOR);
        let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR);
        let mut rest = base_name;
        while let Some((word, after)) = rest.split_first_chunk() {
            hash = mix(hash, u64::from_le_bytes(*word));
            rest = after;
        }
        let shifted = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        hash = mix(hash, rest.iter().fold(0, shifted));
        Self((hash >> 32) as u32)
    }
}

/// A node id with the hash of its base name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    hash: NameHash,
    id: u32,
}

/// Node ids, found by their base names, which the caller knows, and listed in
/// the order of these.
#[derive(Debug)]
pub(super) enum ChildIds {
    /// Most directories are small.
    One {
        ids: Vec<Child>,
        /// So many are in order, and the others, which come last in the list,
        /// in any: to find a child takes no order.
        sorted: usize,
    },
    /// In order; no chunk is empty.
    Many(Chunks),
}

/// Chunks of a long list, of which there is always a last one.
#[derive(Debug)]
pub(super) struct Chunks {
    others: Vec<Vec<Child>>,
    last: Vec<Child>,
}

impl Chunks {
    /// The position of the only chunk that can have the id for which `compare`
    /// says `Equal`.
    #[inline]
    fn position(&self, compare: impl Fn(u32) -> Ordering) -> usize {
        // The first chunk whose last id is not before the target; an id after
        // all others goes to the last chunk.
        let before = |child: &Child| compare(child.id) == Ordering::Less;
        self.others
            .partition_point(|ids| ids.last().is_some_and(before))
    }

    #[inline]
    fn get(&self, position: usize) -> &Vec<Child> {
        self.others.get(position).unwrap_or(&self.last)
    }

    #[inline]
    fn get_mut(&mut self, position: usize) -> &mut Vec<Child> {
        self.others.get_mut(position).unwrap_or(&mut self.last)
    }

    fn insert_after(&mut self, position: usize, chunk: Vec<Child>) {
        if position < self.others.len() {
            self.others.insert(position + 1, chunk);
        } else {
            self.others.push(std::mem::replace(&mut self.last, chunk));
        }
    }

    /// Whether there was another, so that one is left.
    fn remove(&mut self, position: usize) -> bool {
        if position < self.others.len() {
            self.others.remove(position);
        } else if let Some(last) = self.others.pop() {
            self.last = last;
        } else {
            return false;
        }
        true
    }
}

impl Default for ChildIds {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl ChildIds {
    /// An empty list with room for `count` children.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self::One {
            ids: Vec::with_capacity(count.min(CHUNK_MAX)),
            sorted: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::One { ids, .. } => ids.is_empty(),
            Self::Many(_) => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::One { ids, .. } => ids.len(),
            Self::Many(chunks) => {
                chunks.others.iter().map(Vec::len).sum::<usize>() + chunks.last.len()
            }
        }
    }

    /// Whether all ids are less than `count`.
    pub(super) fn are_below(&self, count: usize) -> bool {
        let all = |ids: &[Child]| ids.iter().all(|child| (child.id as usize) < count);
        match self {
            Self::One { ids, .. } => all(ids),
            Self::Many(chunks) => all(&chunks.last) && chunks.others.iter().all(|ids| all(ids)),
        }
    }

    /// The last id in order, and whether it is known.
    pub(super) fn last(&self) -> (Option<u32>, bool) {
        let (ids, known) = match self {
            Self::One { ids, sorted } => (ids, *sorted == ids.len()),
            Self::Many(chunks) => (&chunks.last, true),
        };
        (ids.last().map(|child| child.id), known)
    }

    /// Add an id that comes after all others, which are in order.
    pub(super) fn push(&mut self, hash: NameHash, id: u32) {
        let child = Child { hash, id };
        match self {
            Self::One { ids, sorted } if ids.len() < CHUNK_MAX => {
                ids.push(child);
                *sorted = ids.len();
            }
            Self::One { ids, .. } => {
                *self = Self::Many(Chunks {
                    others: vec![std::mem::take(ids)],
                    last: vec![child],
                });
            }
            Self::Many(chunks) if chunks.last.len() < CHUNK_MAX => chunks.last.push(child),
            Self::Many(chunks) => chunks.insert_after(chunks.others.len(), vec![child]),
        }
    }

    /// Add an id that is not there, wherever it comes, `name_of` telling the
    /// base name of any id.
    pub(super) fn insert<'a>(
        &mut self,
        hash: NameHash,
        id: u32,
        base_name: &HgPath,
        name_of: impl Fn(u32) -> &'a HgPath,
    ) {
        let child = Child { hash, id };
        match self {
            Self::One { ids, .. } if ids.len() < CHUNK_MAX => ids.push(child),
            Self::One { ids, .. } => {
                let mut all = std::mem::take(ids);
                all.push(child);
                sort(&mut all, &name_of);
                let last = all.split_off(all.len() / 2);
                *self = Self::Many(Chunks {
                    others: vec![all],
                    last,
                });
            }
            Self::Many(chunks) => {
                let position = chunks.position(|id| name_of(id).cmp(base_name));
                let ids = chunks.get_mut(position);
                let index = ids.partition_point(|child| name_of(child.id) < base_name);
                ids.insert(index, child);
                if ids.len() > CHUNK_MAX {
                    let second = ids.split_off(CHUNK_MAX / 2);
                    chunks.insert_after(position, second);
                }
            }
        }
    }

    /// Put all ids in order.
    pub(super) fn sort<'a>(&mut self, name_of: impl Fn(u32) -> &'a HgPath) {
        if let Self::One { ids, sorted } = self {
            if *sorted < ids.len() {
                sort(ids, name_of);
                *sorted = ids.len();
            }
        }
    }

    /// The id of this base name, `name_of` telling that of any id.
    #[inline]
    pub(super) fn find<'a>(
        &self,
        hash: NameHash,
        base_name: &HgPath,
        name_of: impl Fn(u32) -> &'a HgPath,
    ) -> Option<u32> {
        let ids = self.chunk_of(|id| name_of(id).cmp(base_name));
        find_in(ids, hash, |id| name_of(id) == base_name)
    }

    /// An id whose name has this hash: the right one nearly always, and if
    /// there is none at all there is none of this name.
    #[inline]
    pub(super) fn guess<'a>(
        &self,
        hash: NameHash,
        base_name: &HgPath,
        name_of: impl Fn(u32) -> &'a HgPath,
    ) -> Option<u32> {
        let ids = self.chunk_of(|id| name_of(id).cmp(base_name));
        find_in(ids, hash, |_| true)
    }

    /// The only chunk that can have the id for which `compare` says `Equal`.
    #[inline]
    fn chunk_of(&self, compare: impl Fn(u32) -> Ordering) -> &[Child] {
        match self {
            Self::One { ids, .. } => ids,
            Self::Many(chunks) => chunks.get(chunks.position(compare)),
        }
    }

    /// Remove `id`, for which `compare` says `Equal`. Returns whether it was
    /// there.
    #[must_use]
    pub(super) fn remove(&mut self, id: u32, compare: impl Fn(u32) -> Ordering) -> bool {
        let index_in = |ids: &[Child]| ids.iter().position(|child| child.id == id);
        match self {
            Self::One { ids, sorted } => {
                let Some(index) = index_in(ids) else {
                    return false;
                };
                ids.remove(index);
                if index < *sorted {
                    *sorted -= 1;
                }
            }
            Self::Many(chunks) => {
                let position = chunks.position(compare);
                let ids = chunks.get_mut(position);
                let Some(index) = index_in(ids) else {
                    return false;
                };
                ids.remove(index);
                if ids.is_empty() && !chunks.remove(position) {
                    *self = Self::default();
                }
            }
        }
        true
    }

    /// The ids in order, `name_of` telling the base name of any id.
    pub(super) fn iter<'a>(&self, name_of: impl Fn(u32) -> &'a HgPath) -> Ids<'_> {
        let (current, others, last) = match self {
            Self::One { ids, sorted } if *sorted < ids.len() => {
                let mut ids = ids.clone();
                sort(&mut ids, name_of);
                return Ids::Sorted(ids.into_iter());
            }
            Self::One { ids, .. } => (ids.iter(), [].iter(), [].iter()),
            Self::Many(chunks) => ([].iter(), chunks.others.iter(), chunks.last.iter()),
        };
        Ids::Listed {
            current,
            others,
            last,
        }
    }
}

fn sort<'a>(ids: &mut [Child], name_of: impl Fn(u32) -> &'a HgPath) {
    ids.sort_by(|one, other| name_of(one.id).cmp(name_of(other.id)));
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

/// The ids of a [`ChildIds`], in order.
#[derive(Debug, Clone)]
pub(super) enum Ids<'a> {
    Listed {
        current: std::slice::Iter<'a, Child>,
        others: std::slice::Iter<'a, Vec<Child>>,
        last: std::slice::Iter<'a, Child>,
    },
    Sorted(std::vec::IntoIter<Child>),
}

impl Iterator for Ids<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Listed {
                current,
                others,
                last,
            } => loop {
                if let Some(child) = current.next() {
                    return Some(child.id);
                }
                *current = match others.next() {
                    Some(ids) => ids.iter(),
                    None if last.len() > 0 => std::mem::take(last),
                    None => return None,
                };
            },
            Self::Sorted(ids) => Some(ids.next()?.id),
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

        fn of(&self, id: u32) -> &[u8] {
            &self.0[id as usize]
        }

        fn find(&self, ids: &ChildIds, id: u32, hash: NameHash) -> Option<u32> {
            let guess = ids.guess(hash, HgPath::new(self.of(id)), |id| {
                HgPath::new(self.of(id))
            });
            let found = ids.find(hash, HgPath::new(self.of(id)), |id| {
                HgPath::new(self.of(id))
            });
            assert!(found.is_none() || guess.is_some());
            found
        }

        fn listed(&self, ids: &ChildIds) -> Vec<u32> {
            ids.iter(|id| HgPath::new(self.of(id))).collect()
        }
    }

    /// Insert and remove in a scattered order; the ids are their own keys.
    #[test]
    fn lists_in_order() {
        for count in [7, CHUNK_MAX as u32, 5 * CHUNK_MAX as u32] {
            let scattered = || (0..count).map(|i| i.wrapping_mul(2_654_435_761) % count);
            let names = Names::new(count);
            let mut ids = ChildIds::default();
            let mut expected = std::collections::BTreeSet::new();
            for id in scattered() {
                let found = names.find(&ids, id, hash(id));
                assert_eq!(found.is_some(), expected.contains(&id));
                if found.is_none() {
                    ids.insert(hash(id), id, HgPath::new(names.of(id)), |id| {
                        HgPath::new(names.of(id))
                    });
                    expected.insert(id);
                }
            }
            assert_eq!(matches!(ids, ChildIds::Many(_)), count as usize > CHUNK_MAX);
            assert!(names.listed(&ids).iter().eq(&expected));
            for id in scattered().step_by(2) {
                if expected.remove(&id) {
                    assert_eq!(names.find(&ids, id, hash(id)), Some(id));
                    assert!(ids.remove(id, |other| other.cmp(&id)));
                    assert!(!ids.remove(id, |other| other.cmp(&id)));
                }
            }
            assert!(names.listed(&ids).iter().eq(&expected));
            assert_eq!(ids.len(), expected.len());
            ids.sort(|id| HgPath::new(names.of(id)));
            assert_eq!(ids.last(), (expected.last().copied(), true));
            assert!(names.listed(&ids).iter().eq(&expected));
            for id in expected {
                assert!(ids.remove(id, |other| other.cmp(&id)));
            }
            assert!(ids.is_empty());
            assert_eq!(names.listed(&ids), []);
        }
    }

    /// The last is known while all are in order.
    #[test]
    fn last_of_what_was_pushed_and_inserted() {
        let names = Names::new(9);
        let mut ids = ChildIds::default();
        assert_eq!(ids.last(), (None, true));
        ids.push(hash(3), 3);
        ids.push(hash(5), 5);
        assert_eq!(ids.last(), (Some(5), true));
        ids.insert(hash(1), 1, HgPath::new(names.of(1)), |id| {
            HgPath::new(names.of(id))
        });
        assert!(!ids.last().1);
        assert!(ids.remove(3, |other| other.cmp(&3)));
        assert!(!ids.last().1);
        assert_eq!(names.listed(&ids), [1, 5]);
        ids.sort(|id| HgPath::new(names.of(id)));
        assert_eq!(ids.last(), (Some(5), true));
    }

    #[test]
    fn push_makes_chunks() {
        let count = 3 * CHUNK_MAX as u32 + 7;
        let names = Names::new(count);
        let mut ids = ChildIds::with_capacity(5);
        (0..count).for_each(|id| ids.push(hash(id), id));
        assert!(names.listed(&ids).into_iter().eq(0..count));
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
            assert!(seen.insert(NameHash::of(HgPath::new(&name)).0), "{len}");
            for at in 0..len {
                name[at] = 1;
                assert!(
                    seen.insert(NameHash::of(HgPath::new(&name)).0),
                    "{len} {at}"
                );
                name[at] = 0;
            }
        }
    }
}
