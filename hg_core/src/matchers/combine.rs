// SPDX-License-Identifier: GPL-2.0-or-later
//! Union, intersection and difference of matchers.

use std::collections::HashSet;

use super::{Matcher, VisitChildrenSet};
use crate::types::{HgPath, HgPathBuf};

/// Matches what any of its matchers matches. Python's `unionmatcher`.
#[derive(Debug)]
pub struct UnionMatcher {
    matchers: Vec<Box<dyn Matcher>>,
}

impl UnionMatcher {
    /// Of these matchers; of none it matches nothing.
    pub fn new(matchers: Vec<Box<dyn Matcher>>) -> Self {
        UnionMatcher { matchers }
    }
}

impl Matcher for UnionMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.matchers.iter().any(|matcher| matcher.matches(path))
    }

    /// A union forgets which files its parts named, as Python's does.
    fn exact_match(&self, _path: &HgPath) -> bool {
        false
    }

    fn files(&self) -> &[HgPathBuf] {
        &[]
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        let mut children = HashSet::new();
        let mut this = false;
        for matcher in &self.matchers {
            match matcher.visit_children_set(dir) {
                VisitChildrenSet::Empty => {}
                VisitChildrenSet::Recursive => return VisitChildrenSet::Recursive,
                VisitChildrenSet::This => this = true,
                VisitChildrenSet::Set(names) => children.extend(names),
            }
        }
        if this {
            VisitChildrenSet::This
        } else {
            VisitChildrenSet::from_set(children)
        }
    }
}

/// Matches what both of its matchers match. Python's `intersectionmatcher`.
#[derive(Debug)]
pub struct IntersectionMatcher {
    first: Box<dyn Matcher>,
    second: Box<dyn Matcher>,
    files: Vec<HgPathBuf>,
    file_set: HashSet<HgPathBuf>,
}

impl IntersectionMatcher {
    /// Of what both match.
    pub fn new(first: Box<dyn Matcher>, second: Box<dyn Matcher>) -> Self {
        let files = if first.is_exact() {
            matching_files(first.as_ref(), |path| second.matches(path))
        } else if second.is_exact() {
            matching_files(second.as_ref(), |path| first.matches(path))
        } else {
            // Not all that is named is a file, so nothing can be left out.
            [first.files(), second.files()].concat()
        };
        let file_set = files.iter().cloned().collect();
        IntersectionMatcher {
            first,
            second,
            files,
            file_set,
        }
    }
}

/// What `matcher` names and `keep` accepts.
fn matching_files(matcher: &dyn Matcher, keep: impl Fn(&HgPath) -> bool) -> Vec<HgPathBuf> {
    let files = matcher.files().iter();
    files.filter(|file| keep(file)).cloned().collect()
}

impl Matcher for IntersectionMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.first.matches(path) && self.second.matches(path)
    }

    fn exact_match(&self, path: &HgPath) -> bool {
        self.file_set.contains(path)
    }

    fn files(&self) -> &[HgPathBuf] {
        &self.files
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        let first = self.first.visit_children_set(dir);
        if first == VisitChildrenSet::Empty {
            return VisitChildrenSet::Empty;
        }
        match (first, self.second.visit_children_set(dir)) {
            (_, VisitChildrenSet::Empty) => VisitChildrenSet::Empty,
            (VisitChildrenSet::Recursive, other) | (other, VisitChildrenSet::Recursive) => other,
            (VisitChildrenSet::Set(first), VisitChildrenSet::Set(second)) => {
                VisitChildrenSet::from_set(
                    first
                        .into_iter()
                        .filter(|name| second.contains(name))
                        .collect(),
                )
            }
            _ => VisitChildrenSet::This,
        }
    }

    fn matches_everything(&self) -> bool {
        self.first.matches_everything() && self.second.matches_everything()
    }

    fn is_exact(&self) -> bool {
        self.first.is_exact() || self.second.is_exact()
    }
}

/// Matches what the first matcher matches and the second does not. Python's
/// `differencematcher`.
#[derive(Debug)]
pub struct DifferenceMatcher {
    base: Box<dyn Matcher>,
    excluded: Box<dyn Matcher>,
    files: Vec<HgPathBuf>,
    file_set: HashSet<HgPathBuf>,
}

impl DifferenceMatcher {
    /// What `base` matches, but for what is `excluded`.
    pub fn new(base: Box<dyn Matcher>, excluded: Box<dyn Matcher>) -> Self {
        let files = if base.is_exact() {
            matching_files(base.as_ref(), |path| !excluded.matches(path))
        } else {
            base.files().to_vec()
        };
        let file_set = files.iter().cloned().collect();
        DifferenceMatcher {
            base,
            excluded,
            files,
            file_set,
        }
    }
}

impl Matcher for DifferenceMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.base.matches(path) && !self.excluded.matches(path)
    }

    fn exact_match(&self, path: &HgPath) -> bool {
        self.file_set.contains(path)
    }

    fn files(&self) -> &[HgPathBuf] {
        &self.files
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        let excluded = self.excluded.visit_children_set(dir);
        if excluded == VisitChildrenSet::Recursive {
            return VisitChildrenSet::Empty;
        }
        let base = self.base.visit_children_set(dir);
        match base {
            // Something below may be excluded: the walk has to ask again.
            VisitChildrenSet::Recursive if excluded != VisitChildrenSet::Empty => {
                VisitChildrenSet::This
            }
            _ => base,
        }
    }

    fn is_exact(&self) -> bool {
        self.base.is_exact()
    }
}
