// SPDX-License-Identifier: GPL-2.0-or-later
//! Which paths does the user mean, and which directories may hold them.
//!
//! The answers are those of Mercurial's `mercurial/match.py`, path for path
//! and directory for directory. Where Python's answer cannot be given here (a
//! look-around in a regular expression, a fileset, a broken pattern), building
//! the matcher fails with a [`PatternError`] and the caller lets Python decide:
//! an error is always allowed, a different answer never.
//!
//! Patterns are expanded first: the files that they include are read, within
//! limits, and what was read is told. Compiling them is a second step, which
//! reads nothing.
//!
//! ```
//! use std::path::{Path, PathBuf};
//! use hg_core::matchers::{expand_patterns, IncludeMatcher, Matcher, Pattern, PatternSyntax};
//! use hg_core::types::HgPath;
//!
//! let pattern = Pattern {
//!     syntax: PatternSyntax::RelGlob,
//!     pattern: b"*.pyc".to_vec(),
//!     source: PathBuf::new(),
//! };
//! let patterns = expand_patterns(vec![pattern], Path::new("/repo"))?;
//! let matcher = IncludeMatcher::new(&patterns)?;
//! assert!(matcher.matches(HgPath::new("package/module.pyc")));
//! assert!(!matcher.matches(HgPath::new("package/module.py")));
//! # Ok::<(), hg_core::matchers::PatternError>(())
//! ```

mod basic;
mod combine;
mod error;
mod expand;
mod ignore_files;
mod paths;
mod pattern_lines;
mod pattern_matchers;
mod pattern_set;
mod patterns;
mod regex;

use std::collections::HashSet;
use std::fmt::Debug;

pub use basic::{AlwaysMatcher, ExactMatcher, NeverMatcher};
pub use combine::{DifferenceMatcher, IntersectionMatcher, UnionMatcher};
pub use expand::{expand_patterns, ExpandedPatterns, PatternFile, PatternFileWarning};
pub use ignore_files::{IgnoreFiles, IgnoreMatcher};
pub use pattern_matchers::{IncludeMatcher, PatternMatcher};
pub use patterns::{parse_pattern_syntax_kind, Pattern, PatternSyntax};

use crate::types::{HgPath, HgPathBuf};
pub use error::PatternError;

/// Where a walk has to go from a directory; Python's `visitchildrenset`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitChildrenSet {
    /// Nothing in this directory can match (Python: the empty set).
    Empty,
    /// Look at everything in this directory, and ask again for each
    /// subdirectory (Python: `'this'`).
    This,
    /// Only these children, files or directories, can match or hold a match.
    /// Never empty.
    Set(HashSet<HgPathBuf>),
    /// Everything below matches, there is no need to ask again (Python:
    /// `'all'`).
    Recursive,
}

impl VisitChildrenSet {
    /// [`Set`](Self::Set), or [`Empty`](Self::Empty) if there is nothing in it.
    fn from_set(children: HashSet<HgPathBuf>) -> Self {
        if children.is_empty() {
            VisitChildrenSet::Empty
        } else {
            VisitChildrenSet::Set(children)
        }
    }
}

/// A set of repository paths. Paths have no leading or trailing slash; the
/// root directory is the empty path.
pub trait Matcher: Debug + Send + Sync {
    /// Whether `path` is in the set; Python's `matchfn`.
    fn matches(&self, path: &HgPath) -> bool;

    /// Whether `path` was named explicitly: it is one of
    /// [`files`](Self::files). Python's `exact`.
    fn exact_match(&self, path: &HgPath) -> bool;

    /// The files, directories and roots named explicitly; Python's `files()`,
    /// in its order and with its repetitions.
    fn files(&self) -> &[HgPathBuf];

    /// Where a walk has to go from the directory `dir`.
    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet;

    /// Every path matches; Python's `always()`.
    fn matches_everything(&self) -> bool {
        false
    }

    /// The paths that match are exactly [`files`](Self::files); Python's
    /// `isexact()`.
    fn is_exact(&self) -> bool {
        false
    }

    /// The paths that match are those at or below one of
    /// [`files`](Self::files); Python's `prefix()`.
    fn is_prefix(&self) -> bool {
        false
    }
}
