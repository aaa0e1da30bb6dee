// SPDX-License-Identifier: GPL-2.0-or-later
//! Patterns expanded: what `include` and `subinclude` name is read, so that
//! nothing is left to read when they are compiled. All I/O of this room is in
//! here and in the audit of [`paths`](super::paths).

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::paths::{canonical_path, dirname, join, normalize};
use super::pattern_lines::{parse_lines, Line};
use super::patterns::{Pattern, PatternSyntax};
use crate::fs::{bytes_path, path_bytes, read_if_exists};
use crate::matchers::PatternError;
use crate::types::HgPathBuf;

/// How deep pattern files may include others. Python stops at its own limit,
/// which is higher.
const MAX_DEPTH: usize = 50;
/// How many pattern files may be read for one matcher, and how many bytes of
/// them: a few files that include one another can be read exponentially often.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: usize = 16 << 20;

/// Something in an ignore file that the user should hear of; in the order in
/// which Python would warn. Python is silent about files of `subinclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternFileWarning {
    /// This file, as a full path, does not exist. In the repository its path
    /// is as the including file wrote it.
    NoSuchFile(PathBuf),
    /// This file, as a full path, names an unknown syntax.
    InvalidSyntax(PathBuf, Vec<u8>),
}

/// Patterns of which nothing is left to be read.
#[derive(Debug, Default)]
pub struct ExpandedPatterns(pub(super) Vec<ExpandedPattern>);

/// What a pattern became.
#[derive(Debug)]
pub(super) enum ExpandedPattern {
    /// One that names no file of patterns.
    Plain(Pattern),
    /// A `subinclude`, read.
    SubInclude(SubInclude),
}

/// The patterns of a file for the directory it lies in.
#[derive(Debug)]
pub(super) struct SubInclude {
    /// The directory, with a slash; empty for the root.
    pub(super) prefix: HgPathBuf,
    /// They apply to what follows the prefix.
    pub(super) patterns: ExpandedPatterns,
}

/// A pattern file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternFile {
    /// Where it was read, as its name was joined to the root.
    pub path: PathBuf,
    /// The SHA-1 of what is in it.
    pub sha1: [u8; 20],
}

/// Reads the files of the `subinclude`s among `patterns`, which must lie below
/// `root_dir`, the root of the working directory.
///
/// # Errors
/// [`PatternError`], for files that cannot be read or whose place is unclear.
pub fn expand_patterns(
    patterns: Vec<Pattern>,
    root_dir: &Path,
) -> Result<ExpandedPatterns, PatternError> {
    let place = Place {
        root: path_bytes(root_dir),
        depth: 0,
        is_warned_of: false,
    };
    let mut reader = PatternFileReader::default();
    let mut expanded = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        expanded.push(if pattern.syntax == PatternSyntax::SubInclude {
            let source = path_bytes(&pattern.source);
            let subinclude = reader.subinclude(place, &pattern.pattern, source)?;
            ExpandedPattern::SubInclude(subinclude)
        } else {
            ExpandedPattern::Plain(pattern)
        });
    }
    Ok(ExpandedPatterns(expanded))
}

/// Where and how a pattern file is read.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The directory that paths in it are relative to.
    pub(super) root: &'a [u8],
    /// By how many others it is included, one in the other.
    pub(super) depth: usize,
    /// Whether the user is to hear of what is wrong in it.
    pub(super) is_warned_of: bool,
}

impl Place<'_> {
    /// Of a file that one here includes.
    fn below(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

/// Reads pattern files, within limits.
#[derive(Debug, Default)]
pub(super) struct PatternFileReader {
    pub(super) warnings: Vec<PatternFileWarning>,
    /// In the order of reading.
    pub(super) read: Vec<PatternFile>,
    files_read: usize,
    bytes_read: usize,
}

impl PatternFileReader {
    /// Reads the pattern file `written`, relative to the root of `place`, and
    /// adds what is in it to `expanded`.
    pub(super) fn read(
        &mut self,
        place: Place<'_>,
        written: &[u8],
        expanded: &mut ExpandedPatterns,
    ) -> Result<(), PatternError> {
        let path = join(place.root, written);
        let Some(contents) = self.contents(&path, place.depth)? else {
            if place.is_warned_of {
                check_missing(place.root, written, &path)?;
                let path = bytes_path(&path).into();
                self.warnings.push(PatternFileWarning::NoSuchFile(path));
            }
            return Ok(());
        };
        let lines = parse_lines(&contents);
        // Python parses all of a file before it reads what that includes.
        for line in &lines {
            if let (Line::InvalidSyntax(name), true) = (line, place.is_warned_of) {
                let warning = PatternFileWarning::InvalidSyntax;
                let path = bytes_path(&path).into();
                self.warnings.push(warning(path, name.clone()));
            }
        }
        for line in lines {
            match line {
                Line::InvalidSyntax(_) => {}
                Line::Include(included) => self.read(place.below(), &included, expanded)?,
                Line::Pattern(PatternSyntax::SubInclude, pattern) => {
                    let subinclude = self.subinclude(place.below(), &pattern, written)?;
                    expanded.0.push(ExpandedPattern::SubInclude(subinclude));
                }
                Line::Pattern(syntax, pattern) => {
                    let pattern = match syntax {
                        PatternSyntax::Glob => canonical_path(place.root, &pattern)?,
                        PatternSyntax::RelGlob | PatternSyntax::RootGlob => normalize(&pattern)?,
                        _ => pattern,
                    };
                    expanded.0.push(ExpandedPattern::Plain(Pattern {
                        syntax,
                        pattern,
                        source: bytes_path(written).into(),
                    }));
                }
            }
        }
        Ok(())
    }

    /// Reads the file `pattern`, relative to the directory of `source`, for
    /// its own directory.
    fn subinclude(
        &mut self,
        place: Place<'_>,
        pattern: &[u8],
        source: &[u8],
    ) -> Result<SubInclude, PatternError> {
        let path = join(dirname(&normalize(source)?), pattern);
        let directory = dirname(&path);
        if !directory.starts_with(b"/") {
            // From a file that was included by a relative path: Python fails,
            // once it meets a path that concerns it.
            let path = String::from_utf8_lossy(&path).into_owned();
            return Err(PatternError::Path(path));
        }
        let mut prefix = canonical_path(place.root, directory)?;
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let place = Place {
            root: directory,
            depth: place.depth,
            is_warned_of: false,
        };
        let mut patterns = ExpandedPatterns::default();
        self.read(place, &path, &mut patterns)?;
        Ok(SubInclude {
            prefix: prefix.into(),
            patterns,
        })
    }

    /// The contents of the file, if it exists.
    fn contents(&mut self, path: &[u8], depth: usize) -> Result<Option<Vec<u8>>, PatternError> {
        self.files_read += 1;
        if depth > MAX_DEPTH || self.files_read > MAX_FILES {
            return Err(PatternError::TooLarge("included pattern files".into()));
        }
        let path = bytes_path(path);
        let contents = read_if_exists(path).map_err(|error| PatternError::Unreadable {
            path: path.into(),
            error,
        })?;
        let Some(contents) = contents else {
            return Ok(None);
        };
        self.bytes_read = self.bytes_read.saturating_add(contents.len());
        if self.bytes_read > MAX_BYTES {
            return Err(PatternError::TooLarge("pattern files".into()));
        }
        self.read.push(PatternFile {
            path: path.into(),
            sha1: Sha1::digest(&contents).into(),
        });
        Ok(Some(contents))
    }
}

/// Python names a missing file as it was written; whoever reports a
/// [`PatternFileWarning`] names it relative to the root. Fails unless these
/// are the same.
fn check_missing(root: &[u8], written: &[u8], path: &[u8]) -> Result<(), PatternError> {
    if canonical_path(root, path)? == written {
        return Ok(());
    }
    let path = bytes_path(path).into();
    let error = ErrorKind::NotFound.into();
    Err(PatternError::Unreadable { path, error })
}
