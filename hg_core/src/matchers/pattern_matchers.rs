// SPDX-License-Identifier: GPL-2.0-or-later
//! Matchers built from patterns: those of the command line, and those of
//! `--include`, `--exclude` and ignore files.

use std::collections::{HashMap, HashSet};

use super::expand::{ExpandedPattern, ExpandedPatterns};
use super::pattern_set::PatternSet;
use super::patterns::{GlobEnd, Pattern, PatternSyntax};
use super::{Matcher, VisitChildrenSet};
use crate::matchers::PatternError;
use crate::types::{HgPath, HgPathBuf};

/// What the patterns say about where a walk has to go.
#[derive(Debug, Default)]
struct WalkPlan {
    /// Directories to walk recursively.
    roots: Vec<HgPathBuf>,
    /// Directories to walk without their subdirectories.
    dirs: Vec<HgPathBuf>,
    /// Directories on the way to one of the above.
    parents: HashSet<HgPathBuf>,
}

impl WalkPlan {
    /// # Errors
    /// For paths with an empty component, of which Python's `dirs` wants to
    /// know nothing.
    fn new(patterns: &ExpandedPatterns) -> Result<Self, PatternError> {
        let mut plan = WalkPlan::default();
        for pattern in &patterns.0 {
            match pattern {
                ExpandedPattern::Plain(pattern) if pattern.syntax == PatternSyntax::RootFilesIn => {
                    plan.dirs.push(without_dot(HgPath::new(&pattern.pattern)));
                }
                ExpandedPattern::Plain(pattern) => plan.roots.push(root_of(pattern)),
                // Python does not look what is in it.
                ExpandedPattern::SubInclude(_) => plan.roots.push(HgPathBuf::new()),
            }
        }
        for path in plan.roots.iter().chain(&plan.dirs) {
            if path.as_bytes().windows(2).any(|window| window == b"//") {
                return Err(PatternError::Path(path.to_string()));
            }
            plan.parents.extend(path.ancestors().map(HgPath::to_owned));
        }
        Ok(plan)
    }
}

/// The directory or file below which all that the pattern matches lies.
fn root_of(pattern: &Pattern) -> HgPathBuf {
    match pattern.syntax {
        PatternSyntax::Glob | PatternSyntax::RootGlob => {
            let components = pattern.pattern.split(|&byte| byte == b'/');
            let is_glob = |component: &&[u8]| {
                component
                    .iter()
                    .any(|byte| matches!(byte, b'[' | b'{' | b'*' | b'?'))
            };
            components
                .take_while(|component| !is_glob(component))
                .collect::<Vec<_>>()
                .join(&b'/')
                .into()
        }
        PatternSyntax::Path | PatternSyntax::RelPath | PatternSyntax::FilePath => {
            without_dot(HgPath::new(&pattern.pattern))
        }
        _ => HgPathBuf::new(),
    }
}

/// The path, where `.` means the root.
fn without_dot(path: &HgPath) -> HgPathBuf {
    if path == b"." {
        HgPathBuf::new()
    } else {
        path.to_owned()
    }
}

/// Whether all patterns match recursively what they name.
fn is_prefix(patterns: &ExpandedPatterns) -> bool {
    patterns.0.iter().all(|pattern| match pattern {
        ExpandedPattern::Plain(pattern) => {
            matches!(pattern.syntax, PatternSyntax::Path | PatternSyntax::RelPath)
        }
        ExpandedPattern::SubInclude(_) => false,
    })
}

/// Whether `path` or a directory above it is in `set`.
fn path_or_parents_in_set(path: &HgPath, set: &HashSet<HgPathBuf>) -> bool {
    !set.is_empty() && (set.contains(path) || path.ancestors().any(|parent| set.contains(parent)))
}

/// Matches patterns given on the command line. Python's `patternmatcher`.
#[derive(Debug)]
pub struct PatternMatcher {
    set: PatternSet,
    files: Vec<HgPathBuf>,
    file_set: HashSet<HgPathBuf>,
    dirs: HashSet<HgPathBuf>,
    parents: HashSet<HgPathBuf>,
    prefix: bool,
}

impl PatternMatcher {
    /// Compiles patterns; their files have been read.
    ///
    /// # Errors
    /// For patterns that have no translation: Python has to decide.
    pub fn new(patterns: &ExpandedPatterns) -> Result<Self, PatternError> {
        let set = PatternSet::new(patterns, GlobEnd::Path)?;
        let plan = WalkPlan::new(patterns)?;
        Ok(PatternMatcher {
            set,
            file_set: plan.roots.iter().cloned().collect(),
            files: plan.roots,
            dirs: plan.dirs.into_iter().collect(),
            parents: plan.parents,
            prefix: is_prefix(patterns),
        })
    }
}

impl Matcher for PatternMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.file_set.contains(path) || self.set.matches(path)
    }

    fn exact_match(&self, path: &HgPath) -> bool {
        self.file_set.contains(path)
    }

    fn files(&self) -> &[HgPathBuf] {
        &self.files
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        if self.prefix && self.file_set.contains(dir) {
            VisitChildrenSet::Recursive
        } else if self.parents.contains(dir)
            || path_or_parents_in_set(dir, &self.file_set)
            || path_or_parents_in_set(dir, &self.dirs)
        {
            VisitChildrenSet::This
        } else {
            VisitChildrenSet::Empty
        }
    }

    fn is_prefix(&self) -> bool {
        self.prefix
    }
}

/// Matches patterns and all that is below what they match: `--include`,
/// `--exclude`, ignore files. Python's `includematcher`.
#[derive(Debug)]
pub struct IncludeMatcher {
    set: PatternSet,
    roots: HashSet<HgPathBuf>,
    dirs: HashSet<HgPathBuf>,
    /// For each directory on the way to a root or dir, where to go next.
    parents: HashMap<HgPathBuf, HashSet<HgPathBuf>>,
    prefix: bool,
}

impl IncludeMatcher {
    /// Compiles patterns; their files have been read.
    ///
    /// # Errors
    /// For patterns that have no translation: Python has to decide.
    pub fn new(patterns: &ExpandedPatterns) -> Result<Self, PatternError> {
        let set = PatternSet::new(patterns, GlobEnd::Component)?;
        let plan = WalkPlan::new(patterns)?;
        let mut parents: HashMap<HgPathBuf, HashSet<HgPathBuf>> = HashMap::new();
        for path in plan.roots.iter().chain(&plan.dirs) {
            for (parent, name) in path.steps_up() {
                let names = parents.entry(parent.to_owned()).or_default();
                if !path.is_empty() {
                    names.insert(name.to_owned());
                }
            }
        }
        Ok(IncludeMatcher {
            set,
            roots: plan.roots.into_iter().collect(),
            dirs: plan.dirs.into_iter().collect(),
            parents,
            prefix: is_prefix(patterns),
        })
    }
}

impl Matcher for IncludeMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.set.matches(path)
    }

    fn exact_match(&self, _path: &HgPath) -> bool {
        false
    }

    fn files(&self) -> &[HgPathBuf] {
        &[]
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        if self.prefix && self.roots.contains(dir) {
            return VisitChildrenSet::Recursive;
        }
        if self.dirs.contains(dir)
            || self.roots.contains(HgPath::root())
            || path_or_parents_in_set(dir, &self.roots)
        {
            return VisitChildrenSet::This;
        }
        match self.parents.get(dir) {
            Some(names) => VisitChildrenSet::from_set(names.clone()),
            None => VisitChildrenSet::Empty,
        }
    }
}
