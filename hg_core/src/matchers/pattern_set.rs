// SPDX-License-Identifier: GPL-2.0-or-later
//! The paths that a list of patterns matches; Python's `_buildmatch`.

use std::collections::HashSet;
use std::path::Path;

use super::ignore_files::{ExpandedPatterns, PatternFileReader, SubInclude};
use super::patterns::{GlobEnd, IgnorePattern, PatternSyntax};
use super::regex::{RegexSetBuilder, SharedRegex};
use crate::fs::path_bytes;
use crate::matchers::PatternError;
use crate::types::{HgPath, HgPathBuf};

/// The paths that a list of patterns matches.
#[derive(Debug, Default)]
pub(super) struct PatternSet {
    /// Paths named by `filepath`.
    files: HashSet<HgPathBuf>,
    /// Directories named by `rootfilesin`, if there is no other kind.
    files_in: HashSet<HgPathBuf>,
    regex: Option<SharedRegex>,
    /// Prefixes of paths, and what the rest of the path has to match.
    subincludes: Vec<(HgPathBuf, PatternSet)>,
}

impl PatternSet {
    /// `root_dir` is the root of the working directory, of which every
    /// `subinclude` names a part.
    pub(super) fn new(
        patterns: &[IgnorePattern],
        glob_end: GlobEnd,
        root_dir: &Path,
    ) -> Result<Self, PatternError> {
        let mut reader = PatternFileReader::default();
        let expanded = reader.expand_subincludes(path_bytes(root_dir), patterns)?;
        Self::from_expanded(&expanded, glob_end)
    }

    pub(super) fn from_expanded(
        expanded: &ExpandedPatterns,
        glob_end: GlobEnd,
    ) -> Result<Self, PatternError> {
        let mut set = PatternSet::default();
        set.add_patterns(&expanded.patterns, glob_end)?;
        set.add_subincludes(&expanded.subincludes)?;
        Ok(set)
    }

    fn add_patterns(
        &mut self,
        patterns: &[IgnorePattern],
        glob_end: GlobEnd,
    ) -> Result<(), PatternError> {
        if patterns
            .iter()
            .all(|pattern| pattern.syntax == PatternSyntax::RootFilesIn)
        {
            let directories = patterns.iter().map(|each| each.pattern.clone().into());
            self.files_in = directories.collect();
            return Ok(());
        }
        let mut regexes = Vec::new();
        for pattern in patterns {
            match pattern.regex(glob_end) {
                Some(regex) => regexes.push((pattern.syntax, regex)),
                None => {
                    self.files.insert(pattern.pattern.clone().into());
                }
            }
        }
        if regexes.is_empty() {
            return Ok(());
        }
        let mut builder = RegexSetBuilder::new();
        for (syntax, regex) in &regexes {
            // `re` is the only syntax whose flags reach further than itself.
            let alone = regexes.len() == 1 && *syntax == PatternSyntax::Regexp;
            builder.add(regex, alone)?;
        }
        self.regex = Some(builder.build()?);
        Ok(())
    }

    /// Of the pattern files for one directory only the first counts, as in
    /// Python.
    fn add_subincludes(&mut self, subincludes: &[SubInclude]) -> Result<(), PatternError> {
        let mut seen = HashSet::new();
        for subinclude in subincludes {
            if seen.insert(&subinclude.prefix) {
                let set = Self::from_expanded(&subinclude.patterns, GlobEnd::Component)?;
                self.subincludes.push((subinclude.prefix.clone(), set));
            }
        }
        Ok(())
    }

    pub(super) fn matches(&self, path: &HgPath) -> bool {
        self.matches_subinclude(path)
            || self.matches_files_in(path)
            || (!self.files.is_empty() && self.files.contains(path))
            || self
                .regex
                .as_ref()
                .is_some_and(|regex| regex.is_match(path.as_bytes()))
    }

    fn matches_subinclude(&self, path: &HgPath) -> bool {
        self.subincludes.iter().any(|(prefix, set)| {
            path.as_bytes()
                .strip_prefix(prefix.as_bytes())
                .is_some_and(|rest| set.matches(HgPath::new(rest)))
        })
    }

    fn matches_files_in(&self, path: &HgPath) -> bool {
        if self.files_in.is_empty() {
            return false;
        }
        let (directory, base_name) = path.split_base_name();
        let in_root = base_name.len() == path.len();
        let directory = if in_root {
            HgPath::new(b".")
        } else {
            directory
        };
        self.files_in.contains(directory)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::fs;

    use super::*;

    fn subinclude(pattern: &str, source: &Path) -> IgnorePattern {
        IgnorePattern {
            syntax: PatternSyntax::SubInclude,
            pattern: pattern.into(),
            source: source.into(),
        }
    }

    /// A tree with a file of patterns, `sub/one`, and another, `sub/two`.
    fn tree() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let sub = directory.path().join("sub");
        fs::create_dir(&sub).unwrap();
        fs::write(sub.join("one"), "^one$").unwrap();
        fs::write(sub.join("two"), "two").unwrap();
        directory
    }

    #[test]
    fn subincludes_are_for_their_directory() {
        let directory = tree();
        let root = directory.path();
        let patterns = [subinclude("sub/one", &root.join("ignore"))];
        let set = PatternSet::new(&patterns, GlobEnd::Path, root).unwrap();
        assert!(set.matches(HgPath::new(b"sub/one")));
        for path in [
            "one",
            "sub/onetwo",
            "sub/a/one",
            "suba/one",
            "sub",
            "sub/two",
        ] {
            assert!(!set.matches(HgPath::new(path)), "{path}");
        }
    }

    #[test]
    fn only_the_first_subinclude_of_a_directory_counts() {
        let directory = tree();
        let root = directory.path();
        let source = root.join("sub/../ignore");
        let patterns = [
            subinclude("sub/two", &source),
            subinclude("sub/one", &source),
        ];
        let set = PatternSet::new(&patterns, GlobEnd::Component, root).unwrap();
        assert!(set.matches(HgPath::new(b"sub/two")));
        assert!(!set.matches(HgPath::new(b"sub/one")));
    }

    #[test]
    fn subincludes_whose_directory_is_unclear_are_refused() {
        let directory = tree();
        let root = directory.path();
        for (pattern, source) in [
            ("sub/one", Path::new("ignore")),
            ("sub/one", Path::new("")),
            ("../one", &root.join("ignore")),
            ("/elsewhere/one", &root.join("ignore")),
        ] {
            let patterns = [subinclude(pattern, source)];
            let result = PatternSet::new(&patterns, GlobEnd::Path, root);
            assert!(matches!(result, Err(PatternError::Path(_))), "{pattern}");
        }
    }
}
