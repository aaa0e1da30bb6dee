// SPDX-License-Identifier: GPL-2.0-or-later
//! A regex that many threads use at once.

use regex::bytes::Regex;

/// As many threads as a walk of the working directory has at most.
const CLONES: usize = 16;

/// A regex of which every thread of a pool has its own clone. What a regex
/// needs for a search it takes from a pool of its own, which is free for the
/// first thread to use it only; a lock per path is more than a search costs.
#[derive(Debug)]
pub(in super::super) struct SharedRegex {
    clones: Vec<Regex>,
}

impl SharedRegex {
    pub(super) fn new(regex: &Regex) -> Self {
        let clones = vec![regex.clone(); CLONES];
        SharedRegex { clones }
    }

    pub(in super::super) fn is_match(&self, path: &[u8]) -> bool {
        let thread = rayon::current_thread_index().unwrap_or(0);
        self.clones
            .get(thread % CLONES)
            .is_some_and(|regex| regex.is_match(path))
    }
}
