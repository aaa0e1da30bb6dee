// SPDX-License-Identifier: GPL-2.0-or-later
//! The paths that a list of patterns matches; Python's `_buildmatch`.

use std::collections::HashSet;

use super::expand::{ExpandedPattern, ExpandedPatterns};
use super::patterns::{GlobEnd, Pattern, PatternSyntax};
use super::regex::{RegexSetBuilder, SharedRegex};
use crate::matchers::PatternError;
use crate::types::{HgPath, HgPathBuf, InternalError};

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
    /// Compiles patterns; their files have been read.
    pub(super) fn new(
        patterns: &ExpandedPatterns,
        glob_end: GlobEnd,
    ) -> Result<Self, PatternError> {
        let mut set = PatternSet::default();
        let mut plain = Vec::with_capacity(patterns.0.len());
        let mut seen = HashSet::new();
        for pattern in &patterns.0 {
            match pattern {
                ExpandedPattern::Plain(pattern) => plain.push(pattern),
                // Of the pattern files for one directory only the first
                // counts, as in Python.
                ExpandedPattern::SubInclude(subinclude) => {
                    if seen.insert(&subinclude.prefix) {
                        let below = Self::new(&subinclude.patterns, GlobEnd::Component)?;
                        set.subincludes.push((subinclude.prefix.clone(), below));
                    }
                }
            }
        }
        set.add_patterns(&plain, glob_end)?;
        Ok(set)
    }

    fn add_patterns(
        &mut self,
        patterns: &[&Pattern],
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
                None if pattern.syntax == PatternSyntax::FilePath => {
                    self.files.insert(pattern.pattern.clone().into());
                }
                None => {
                    let place = "pattern set: a pattern that was not expanded";
                    return Err(InternalError::new(place).into());
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
    use std::path::Path;

    use super::*;
    use crate::matchers::expand_patterns;

    fn subinclude(pattern: &str, source: &Path) -> Pattern {
        Pattern {
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
        let patterns = vec![subinclude("sub/one", &root.join("ignore"))];
        let patterns = expand_patterns(patterns, root).unwrap();
        let set = PatternSet::new(&patterns, GlobEnd::Path).unwrap();
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
        let patterns = vec![
            subinclude("sub/two", &source),
            subinclude("sub/one", &source),
        ];
        let patterns = expand_patterns(patterns, root).unwrap();
        let set = PatternSet::new(&patterns, GlobEnd::Component).unwrap();
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
            let result = expand_patterns(vec![subinclude(pattern, source)], root);
            assert!(matches!(result, Err(PatternError::Path(_))), "{pattern}");
        }
    }

    #[test]
    fn what_was_not_expanded_is_no_file() {
        let pattern = ExpandedPattern::Plain(subinclude("sub/one", Path::new("/ignore")));
        let result = PatternSet::new(&ExpandedPatterns(vec![pattern]), GlobEnd::Path);
        assert!(matches!(result, Err(PatternError::Internal(_))));
    }
}
