// SPDX-License-Identifier: GPL-2.0-or-later
//! `status`: compare a working copy with its dirstate, in one call.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use hg_core::dirstate::DirstateError;
use hg_core::fs::Threads;
use hg_core::matchers::{PatternError, PatternFileWarning};
use hg_core::status::{
    status as core_status, BadMatch, EmptiedDirectories, StatusError, StatusOptions,
};
use hg_core::types::HgPathBuf;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use super::map::DirstateMap;
use super::matcher;
use crate::convert::{self, bytes_list};
use crate::environment::environment;
use crate::errors::{internal_error, path_of, FallbackError, Raise};
use crate::jobs;

/// What has changed in the working directory at `root_dir` since the dirstate was
/// written: unsure, modified, added, removed, deleted, clean, ignored and unknown
/// files, warnings, what could not be looked at, directories that nothing would be
/// left in, and whether the map changed, so that it is worth writing.
///
/// Paths are in no particular order. Directories are looked for where
/// `collect_traversed_dirs` is set, as nobody else asks for them.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // The contract's.
pub fn status<'py>(
    py: Python<'py>,
    dmap: Bound<'py, DirstateMap>,
    matcher: Bound<'py, PyAny>,
    root_dir: Bound<'py, PyBytes>,
    ignore_files: Bound<'py, PyList>,
    check_exec: bool,
    list_clean: bool,
    list_ignored: bool,
    list_unknown: bool,
    collect_traversed_dirs: bool,
    empty_dirs_keep_files: bool,
) -> PyResult<Bound<'py, PyTuple>> {
    let root_dir = path_of(root_dir.as_bytes());
    let ignore_files = convert::paths(ignore_files.as_any())?;
    let ignore_files = ignore_files
        .iter()
        .map(|path| path_of(path.as_bytes()).into());
    let ignore_files = ignore_files.collect();
    // This runs Python code, so the map is not borrowed yet.
    let matcher = matcher::extract(&matcher, root_dir)?;
    let mut options = StatusOptions::default();
    options.check_exec = check_exec;
    options.list_clean = list_clean;
    options.list_unknown = list_unknown;
    options.list_ignored = list_ignored;
    options.emptied_directories = match (collect_traversed_dirs, empty_dirs_keep_files) {
        (false, _) => EmptiedDirectories::NotListed,
        (true, false) => EmptiedDirectories::FilesRemoved,
        (true, true) => EmptiedDirectories::FilesKept,
    };
    options.threads = Threads::from_environment(&environment(py)?);
    let (outcome, is_dirty) = {
        let mut writing = dmap.get().map().write(py)?;
        let map = writing.state();
        // Whatever comes of it.
        map.end_cursors();
        jobs::run_detached(py, || {
            let outcome = core_status(map, matcher.as_ref(), root_dir, ignore_files, &options)?;
            let is_dirty = outcome.updates.apply(map)?;
            Ok::<_, StatusError>((outcome, is_dirty))
        })?
    };

    let list = |paths: &[HgPathBuf]| bytes_list(py, paths.iter());
    (
        list(&outcome.unsure)?,
        list(&outcome.modified)?,
        list(&outcome.added)?,
        list(&outcome.removed)?,
        list(&outcome.deleted)?,
        list(&outcome.clean)?,
        list(&outcome.ignored)?,
        list(&outcome.unknown)?,
        warnings(py, &outcome.warnings, root_dir)?,
        bad_matches(py, &outcome.bad)?,
        list(&outcome.emptied)?,
        is_dirty,
    )
        .into_pyobject(py)
}

/// What Mercurial shows the user: whole lines.
fn warnings<'py>(
    py: Python<'py>,
    warnings: &[PatternFileWarning],
    root_dir: &Path,
) -> PyResult<Bound<'py, PyList>> {
    let lines = warnings.iter().map(|warning| match warning {
        PatternFileWarning::NoSuchFile(path) => {
            let shown = path.strip_prefix(root_dir).unwrap_or(path);
            let shown = shown.as_os_str().as_bytes();
            let trouble = &b"': No such file or directory\n"[..];
            [b"skipping unreadable pattern file '", shown, trouble].concat()
        }
        PatternFileWarning::InvalidSyntax(path, syntax) => {
            let path = path.as_os_str().as_bytes();
            [path, b": ignoring invalid syntax '", syntax, b"'\n"].concat()
        }
    });
    bytes_list(py, lines)
}

/// `(path, message)`: the message is a `str`.
fn bad_matches<'py>(
    py: Python<'py>,
    bad: &[(HgPathBuf, BadMatch)],
) -> PyResult<Bound<'py, PyList>> {
    let strerror = py.import("os")?.getattr("strerror")?;
    let list = PyList::empty(py);
    for (path, problem) in bad {
        let message = match problem {
            BadMatch::OsError(errno) => strerror.call1((*errno,))?,
            BadMatch::BadType(_) => problem.to_string().into_pyobject(py)?.into_any(),
        };
        list.append((PyBytes::new(py, path.as_bytes()), message))?;
    }
    Ok(list)
}

impl Raise for StatusError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Internal(error)
            | Self::Dirstate(DirstateError::Internal(error))
            | Self::Pattern(PatternError::Internal(error)) => internal_error(error),
            Self::Pattern(error) => error.into_exception(py),
            // Python meets the same trouble, and aborts in its own words.
            Self::System { .. } | Self::Threads(_) => FallbackError::new_err(self.to_string()),
            Self::Dirstate(_)
            | Self::WorkingDirectory { .. }
            | Self::History(_)
            | Self::Cancelled => PyValueError::new_err(self.to_string()),
        }
    }
}
