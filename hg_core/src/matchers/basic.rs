// SPDX-License-Identifier: GPL-2.0-or-later
//! Matchers without patterns: everything, nothing, a list of files.

use std::collections::{HashMap, HashSet};

use super::{Matcher, VisitChildrenSet};
use crate::types::{HgPath, HgPathBuf};

/// Matches every path. Python's `alwaysmatcher`.
#[derive(Debug, Default, Clone, Copy)]
pub struct AlwaysMatcher;

impl AlwaysMatcher {
    /// There is one such matcher.
    pub fn new() -> Self {
        AlwaysMatcher
    }
}

impl Matcher for AlwaysMatcher {
    fn matches(&self, _path: &HgPath) -> bool {
        true
    }

    fn exact_match(&self, _path: &HgPath) -> bool {
        false
    }

    fn files(&self) -> &[HgPathBuf] {
        &[]
    }

    fn visit_children_set(&self, _dir: &HgPath) -> VisitChildrenSet {
        VisitChildrenSet::Recursive
    }

    fn matches_everything(&self) -> bool {
        true
    }
}

/// Matches no path. Python's `nevermatcher`.
#[derive(Debug, Default, Clone, Copy)]
pub struct NeverMatcher;

impl NeverMatcher {
    /// There is one such matcher.
    pub fn new() -> Self {
        NeverMatcher
    }
}

impl Matcher for NeverMatcher {
    fn matches(&self, _path: &HgPath) -> bool {
        false
    }

    fn exact_match(&self, _path: &HgPath) -> bool {
        false
    }

    fn files(&self) -> &[HgPathBuf] {
        &[]
    }

    fn visit_children_set(&self, _dir: &HgPath) -> VisitChildrenSet {
        VisitChildrenSet::Empty
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn is_prefix(&self) -> bool {
        true
    }
}

/// Matches the listed files and nothing else; they are paths, not patterns.
/// Python's `exactmatcher`.
#[derive(Debug, Clone)]
pub struct ExactMatcher {
    files: Vec<HgPathBuf>,
    file_set: HashSet<HgPathBuf>,
    /// The children to visit of every directory that leads to a file.
    children: HashMap<HgPathBuf, HashSet<HgPathBuf>>,
}

impl ExactMatcher {
    /// Of these files.
    pub fn new(files: Vec<HgPathBuf>) -> Self {
        let mut children: HashMap<HgPathBuf, HashSet<HgPathBuf>> = HashMap::new();
        for file in &files {
            for (parent, name) in file.steps_up() {
                let names = children.entry(parent.to_owned()).or_default();
                names.insert(name.to_owned());
            }
        }
        let file_set = files.iter().cloned().collect();
        ExactMatcher {
            files,
            file_set,
            children,
        }
    }
}

impl Matcher for ExactMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.file_set.contains(path)
    }

    fn exact_match(&self, path: &HgPath) -> bool {
        self.file_set.contains(path)
    }

    fn files(&self) -> &[HgPathBuf] {
        &self.files
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        match self.children.get(dir) {
            Some(names) => VisitChildrenSet::from_set(names.clone()),
            None => VisitChildrenSet::Empty,
        }
    }

    fn is_exact(&self) -> bool {
        true
    }
}
