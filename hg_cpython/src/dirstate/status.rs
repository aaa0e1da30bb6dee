// SPDX-License-Identifier: GPL-2.0-or-later
//! `status`: compare a working copy with its dirstate, in one call.

use cpython::{
    py_fn, PyBytes, PyList, PyObject, PyResult, PyString, Python, PythonObject, ToPyObject,
};
use hg_core::matchers::PatternFileWarning;
use hg_core::status::{status as core_status, BadMatch, StatusError, StatusOptions};
use hg_core::types::HgPathBuf;

use super::map::DirstateMap;
use super::matcher;
use crate::convert;
use crate::environment;
use crate::errors::OrRaise;
use crate::gil::without_gil;

/// The Python function.
pub fn function(py: Python<'_>) -> PyObject {
    py_fn!(
        py,
        status(
            dmap: DirstateMap,
            matcher: PyObject,
            root_dir: PyBytes,
            ignore_files: PyList,
            check_exec: bool,
            list_clean: bool,
            list_ignored: bool,
            list_unknown: bool,
            collect_traversed_dirs: bool
        )
    )
}

/// The twelve results of contract section 4, in its order. Lists of paths are
/// in no particular order.
fn status(
    py: Python<'_>,
    dmap: DirstateMap,
    matcher: PyObject,
    root_dir: PyBytes,
    ignore_files: PyList,
    check_exec: bool,
    list_clean: bool,
    list_ignored: bool,
    list_unknown: bool,
    collect_traversed_dirs: bool,
) -> PyResult<PyObject> {
    let root_dir = convert::os_path(root_dir.data(py));
    let ignore_files = convert::paths(py, ignore_files.as_object())?;
    let ignore_files = ignore_files
        .iter()
        .map(|path| convert::os_path(path.as_bytes()))
        .collect();
    // This runs Python code, so the map is not borrowed yet.
    let matcher = matcher::extract(py, &matcher, &root_dir).or_raise(py)?;
    #[cfg(feature = "panic-injection")]
    let matcher = Box::new(crate::planted_panic::InMatcher::new(matcher));
    let mut options = StatusOptions::default();
    options.check_exec = check_exec;
    options.list_clean = list_clean;
    options.list_unknown = list_unknown;
    options.list_ignored = list_ignored;
    options.collect_traversed_dirs = collect_traversed_dirs;
    options.threads = environment::threads(py)?;
    let (outcome, is_dirty) = dmap.change(py, |map| {
        let job = || {
            #[cfg(feature = "panic-injection")]
            crate::planted_panic::at("status");
            let outcome = core_status(map, matcher.as_ref(), &root_dir, ignore_files, &options)?;
            let is_dirty = outcome.updates.apply(map)?;
            Ok::<_, StatusError>((outcome, is_dirty))
        };
        Ok(without_gil(py, job)?)
    })?;

    convert::tuple(
        py,
        [
            convert::bytes_list(py, &outcome.unsure)?,
            convert::bytes_list(py, &outcome.modified)?,
            convert::bytes_list(py, &outcome.added)?,
            convert::bytes_list(py, &outcome.removed)?,
            convert::bytes_list(py, &outcome.deleted)?,
            convert::bytes_list(py, &outcome.clean)?,
            convert::bytes_list(py, &outcome.ignored)?,
            convert::bytes_list(py, &outcome.unknown)?,
            warnings(py, &outcome.warnings)?,
            bad_matches(py, &outcome.bad)?,
            convert::bytes_list(py, &outcome.traversed)?,
            is_dirty.to_py_object(py).into_object(),
        ],
    )
}

/// The path of a pattern file that is not there, or `(path, syntax)`.
fn warnings(py: Python<'_>, warnings: &[PatternFileWarning]) -> PyResult<PyObject> {
    let warnings = warnings.iter().map(|warning| match warning {
        PatternFileWarning::NoSuchFile(path) => Ok(convert::os_path_bytes(py, path)),
        PatternFileWarning::InvalidSyntax(path, syntax) => convert::tuple(
            py,
            [convert::os_path_bytes(py, path), convert::bytes(py, syntax)],
        ),
    });
    Ok(convert::list(py, warnings)?.into_object())
}

/// `(path, message)`: the message is a `str`.
fn bad_matches(py: Python<'_>, bad: &[(HgPathBuf, BadMatch)]) -> PyResult<PyObject> {
    let bad = bad.iter().map(|(path, problem)| {
        let message = match problem {
            // In the encoding of the user's locale, whichever that is.
            BadMatch::OsError(errno) => py.import("os")?.call(py, "strerror", (*errno,), None)?,
            BadMatch::BadType(_) => PyString::new(py, &problem.to_string()).into_object(),
        };
        convert::tuple(py, [convert::bytes(py, path), message])
    });
    Ok(convert::list(py, bad)?.into_object())
}
