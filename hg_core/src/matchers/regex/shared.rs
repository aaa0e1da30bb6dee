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
    regex: Regex,
    clones: Vec<Regex>,
}

impl SharedRegex {
    pub(super) fn new(regex: &Regex) -> Self {
        SharedRegex {
            regex: regex.clone(),
            clones: vec![regex.clone(); CLONES],
        }
    }

    pub(in super::super) fn is_match(&self, path: &[u8]) -> bool {
        // Any of them has the same answer.
        let thread = rayon::current_thread_index();
        let clone = thread.and_then(|thread| self.clones.get(thread % CLONES));
        clone.unwrap_or(&self.regex).is_match(path)
    }
}
