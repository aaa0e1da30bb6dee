// SPDX-License-Identifier: GPL-2.0-or-later
//! Deltas and texts as they were before compression, kept for the next who
//! reads a chain through them.

use bytes::Bytes;
use lru::LruCache;

use crate::types::Revision;

/// Bytes that are kept before any text was seen.
const FIRST_LIMIT: usize = 1 << 16;

/// What was last read, up to a number of bytes that grows with the texts.
#[derive(Debug)]
pub struct ChunkCache {
    chunks: LruCache<Revision, Bytes>,
    size: usize,
    limit: usize,
    /// How many times the largest text may be kept.
    factor: f64,
}

impl ChunkCache {
    /// An empty cache of up to `factor` times the largest text seen.
    pub fn new(factor: f64) -> Self {
        Self {
            chunks: LruCache::unbounded(),
            size: 0,
            limit: FIRST_LIMIT,
            factor,
        }
    }

    /// There is a text of this many bytes.
    pub fn seen_text(&mut self, size: usize) {
        self.limit = self.limit.max((size as f64 * self.factor) as usize);
    }

    /// The chunk of a revision, if it is kept.
    pub fn get(&mut self, rev: Revision) -> Option<Bytes> {
        self.chunks.get(&rev).cloned()
    }

    /// Keep the chunk of a revision; what was used least recently goes.
    pub fn insert(&mut self, rev: Revision, chunk: Bytes) {
        self.size += chunk.len();
        if let Some(old) = self.chunks.put(rev, chunk) {
            self.size -= old.len();
        }
        while self.size > self.limit {
            let Some((_, oldest)) = self.chunks.pop_lru() else {
                break;
            };
            self.size -= oldest.len();
        }
    }

    /// Keep nothing.
    pub fn clear(&mut self) {
        self.chunks.clear();
        self.size = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes() {
        let rev = Revision::new;
        let chunk = |size: usize| Bytes::from(vec![0; size]);
        let mut cache = ChunkCache::new(4.0);
        for number in 0..4 {
            cache.insert(rev(number), chunk(FIRST_LIMIT / 4));
        }
        assert!(cache.get(rev(0)).is_some());
        cache.insert(rev(4), chunk(1));
        assert!(cache.get(rev(1)).is_none() && cache.get(rev(0)).is_some());
        // A new chunk of a revision takes the place of the old.
        cache.insert(rev(0), chunk(1));
        cache.insert(rev(0), chunk(2));
        assert_eq!(cache.get(rev(0)), Some(chunk(2)));
        cache.insert(rev(9), chunk(FIRST_LIMIT + 1));
        assert!(cache.get(rev(9)).is_none() && cache.get(rev(0)).is_none());
        cache.seen_text(FIRST_LIMIT);
        cache.insert(rev(9), chunk(4 * FIRST_LIMIT));
        assert!(cache.get(rev(9)).is_some());
        cache.clear();
        assert!(cache.get(rev(9)).is_none());
    }
}
