// SPDX-License-Identifier: GPL-2.0-or-later
//! The kinds of patterns, and the regular expression each one stands for.

use std::path::PathBuf;

use crate::errors::PatternError;

/// How a pattern is read: the `kind` of Mercurial's `kind:pattern`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PatternSyntax {
    /// `re`: a regular expression, tried at the root.
    Regexp,
    /// `relre`: a regular expression that need not match at the root.
    RelRegexp,
    /// `glob`: a glob, by now relative to the root.
    Glob,
    /// `rootglob`: a glob relative to the root.
    RootGlob,
    /// `relglob`: a glob that may match below any directory.
    RelGlob,
    /// `path`: a path and all that is below it.
    Path,
    /// `relpath`: the same, by now relative to the root.
    RelPath,
    /// `filepath`: exactly this file.
    FilePath,
    /// `rootfilesin`: the files directly in this directory.
    RootFilesIn,
    /// `subinclude`: a file of patterns for the directory it lies in.
    SubInclude,
}

/// The syntax called `kind`.
///
/// # Errors
/// For kinds that have no meaning here: filesets, and those that
/// Python expands before it builds a matcher (`include`, `listfile`).
pub fn parse_pattern_syntax_kind(kind: &[u8]) -> Result<PatternSyntax, PatternError> {
    match kind {
        b"re" => Ok(PatternSyntax::Regexp),
        b"relre" => Ok(PatternSyntax::RelRegexp),
        b"glob" => Ok(PatternSyntax::Glob),
        b"rootglob" => Ok(PatternSyntax::RootGlob),
        b"relglob" => Ok(PatternSyntax::RelGlob),
        b"path" => Ok(PatternSyntax::Path),
        b"relpath" => Ok(PatternSyntax::RelPath),
        b"filepath" => Ok(PatternSyntax::FilePath),
        b"rootfilesin" => Ok(PatternSyntax::RootFilesIn),
        b"subinclude" => Ok(PatternSyntax::SubInclude),
        _ => Err(PatternError::UnsupportedKind(
            String::from_utf8_lossy(kind).into_owned(),
        )),
    }
}

/// One pattern as Mercurial's `_donormalize` leaves it: a triple of kind,
/// normalized pattern relative to the root, and the file it was read from
/// (empty if none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnorePattern {
    pub syntax: PatternSyntax,
    pub pattern: Vec<u8>,
    /// As it was written in the including file or configuration; a
    /// `subinclude` is relative to its directory.
    pub source: PathBuf,
}
