// SPDX-License-Identifier: GPL-2.0-or-later
//! The paths that a list of patterns matches; Python's `_buildmatch`.

use std::path::Path;

use super::patterns::IgnorePattern;
use crate::errors::PatternError;
use crate::HgPath;

/// What has to follow a glob for it to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GlobEnd {
    /// The end of the path.
    Path,
    /// The end of a component of the path.
    Component,
}

/// The paths that a list of patterns matches.
#[derive(Debug)]
pub(super) struct PatternSet {}

impl PatternSet {
    pub(super) fn new(
        patterns: &[IgnorePattern],
        glob_end: GlobEnd,
        root_dir: &Path,
    ) -> Result<Self, PatternError> {
        let _ = (patterns, glob_end, root_dir);
        Err(PatternError::UnsupportedKind("any".into()))
    }

    pub(super) fn matches(&self, _path: &HgPath) -> bool {
        false
    }
}
