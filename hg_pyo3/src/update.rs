// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.update`: a working directory is taken to another revision (pyo3
//! contract section 3).

use hg_core::dirstate::{DirstateError, DirstateMap as CoreMap};
use hg_core::fs::Threads;
use hg_core::history::manifest::Manifest;
use hg_core::repo::Repo;
use hg_core::types::Revision;
use hg_core::update::{
    self as core, ConflictPolicies, ConflictPolicy, EmptyDirectories, MapUpdateOptions, Replacing,
    Step, Until, UpdateError, Warnings,
};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::dirstate::DirstateMap;
use crate::environment::{environment, invocation};
use crate::errors::{internal_error, mercurial_error, os_error, path_of, FallbackError, Raise};
use crate::jobs;
use crate::progress::ProgressBar;
use crate::revision::PyRevision;
use crate::submodule;
use crate::update_caller::check_caller;

/// Fill the empty working directory of the repository at `repo_path` with the
/// files of the revision `to`. Returns how many there are.
#[pyfunction]
#[pyo3(signature = (
    repo_path, to, dirstate, num_cpus, on_warnings, devel_abort_dirstate, ignored_conflict,
    unknown_conflict
))]
#[allow(clippy::too_many_arguments)] // The contract's.
fn update_from_null(
    py: Python<'_>,
    repo_path: Bound<'_, PyBytes>,
    to: PyRevision,
    dirstate: Bound<'_, DirstateMap>,
    num_cpus: Option<usize>,
    on_warnings: Bound<'_, PyAny>,
    devel_abort_dirstate: bool,
    ignored_conflict: Bound<'_, PyBytes>,
    unknown_conflict: Bound<'_, PyBytes>,
) -> PyResult<usize> {
    let mut options = options(py, num_cpus, devel_abort_dirstate)?;
    options.conflicts = policies(&ignored_conflict, &unknown_conflict)?;
    let PyRevision(to) = to;
    let job = |repo: &Repo, map: &mut CoreMap, options: &MapUpdateOptions, _: &mut Warnings| {
        core::update_map_from_null(repo, Revision::new(to), map, options)
    };
    run(py, &repo_path, &dirstate, options, &on_warnings, job)
}

/// Take a working directory whose tracked files are as `wc_manifest` says to
/// what `target_manifest` says. Returns how many files were added, updated,
/// merged, removed and left unresolved.
#[pyfunction]
#[pyo3(signature = (
    repo_path, dirstate, wc_manifest, target_rev, target_manifest, num_cpus, remove_empty_dirs,
    devel_abort_dirstate, orig_backup_path, atomic_file, on_warnings, ignored_conflict,
    unknown_conflict
))]
#[allow(clippy::too_many_arguments)] // The contract's.
fn update_from_clean(
    py: Python<'_>,
    repo_path: Bound<'_, PyBytes>,
    dirstate: Bound<'_, DirstateMap>,
    wc_manifest: Bound<'_, PyAny>,
    target_rev: PyRevision,
    target_manifest: Bound<'_, PyAny>,
    num_cpus: Option<usize>,
    remove_empty_dirs: bool,
    devel_abort_dirstate: bool,
    orig_backup_path: Option<Bound<'_, PyBytes>>,
    atomic_file: bool,
    on_warnings: Bound<'_, PyAny>,
    ignored_conflict: Bound<'_, PyBytes>,
    unknown_conflict: Bound<'_, PyBytes>,
) -> PyResult<(usize, usize, usize, usize, usize)> {
    // The manifest says all of it.
    let PyRevision(_) = target_rev;
    let mut options = options(py, num_cpus, devel_abort_dirstate)?;
    options.conflicts = policies(&ignored_conflict, &unknown_conflict)?;
    if !remove_empty_dirs {
        options.empty_directories = EmptyDirectories::Kept;
    }
    if atomic_file {
        options.replacing = Replacing::Renamed;
    }
    // Set to nothing it is as if it were not set.
    options.backups = orig_backup_path
        .filter(|path| !path.as_bytes().is_empty())
        .map(|path| path_of(path.as_bytes()).to_path_buf());
    let (from, to) = (text(&wc_manifest)?, text(&target_manifest)?);
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let job = |repo: &Repo, map: &mut CoreMap, options: &MapUpdateOptions, warnings: &mut _| {
        let step = Step {
            from: Manifest::new(from),
            to: Manifest::new(to),
        };
        core::update_from_clean(repo, step, map, options, warnings)
    };
    let counts = run(py, &repo_path, &dirstate, options, &on_warnings, job)?;
    Ok((counts.added, counts.updated, 0, counts.removed, 0))
}

/// The text of a manifest.
fn text<'py>(manifest: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(manifest.call_method0("text")?.cast_into::<PyBytes>()?)
}

/// What both kinds of update are told.
fn options(
    py: Python<'_>,
    num_cpus: Option<usize>,
    devel_abort_dirstate: bool,
) -> PyResult<MapUpdateOptions> {
    let mut options = MapUpdateOptions::default();
    options.threads = match num_cpus {
        Some(count) => Threads::new(count),
        None => Threads::from_environment(&environment(py)?),
    };
    if devel_abort_dirstate {
        options.until = Until::Written;
    }
    Ok(options)
}

/// What `merge.checkignored` and `merge.checkunknown` say.
fn policies(
    ignored: &Bound<'_, PyBytes>,
    unknown: &Bound<'_, PyBytes>,
) -> PyResult<ConflictPolicies> {
    let policy = |name: &str, word: &Bound<'_, PyBytes>| {
        ConflictPolicy::from_word(word.as_bytes()).ok_or_else(|| {
            let message = format!("{name} not valid, expected 'abort', 'ignore' or 'warn'");
            mercurial_error(word.py(), "ConfigError", message.as_bytes())
        })
    };
    Ok(ConflictPolicies {
        ignored: policy("merge.checkignored", ignored)?,
        unknown: policy("merge.checkunknown", unknown)?,
    })
}

/// Run an update, and hand over what there is to warn of, whatever came of it.
fn run<T: Send>(
    py: Python<'_>,
    root: &Bound<'_, PyBytes>,
    dirstate: &Bound<'_, DirstateMap>,
    mut options: MapUpdateOptions,
    on_warnings: &Bound<'_, PyAny>,
    job: impl FnOnce(&Repo, &mut CoreMap, &MapUpdateOptions, &mut Warnings) -> Result<T, UpdateError>
        + Send,
) -> PyResult<T> {
    let repo = check_caller(py, root)?;
    let mut bar = ProgressBar::new(repo.map(|repo| repo.getattr("ui")).transpose()?);
    options.progress = bar.counts();
    let invocation = invocation(py)?;
    let root = path_of(root.as_bytes());
    let cancellation = options.cancellation.clone();
    let mut warnings = Warnings::default();
    let result = {
        let mut writing = dirstate.get().map().write(py)?;
        let (map, warnings) = (writing.state(), &mut warnings);
        jobs::run_interruptible(
            py,
            &cancellation,
            || bar.show(),
            || {
                let repo = Repo::open(root, &invocation)?;
                job(&repo, map, &options, warnings)
            },
        )
    };
    let completed = bar.complete();
    let result = result.and_then(|value| completed.map(|()| value));
    // Python does all of it again, and warns itself.
    let is_done_again = matches!(&result, Err(error) if error.is_instance_of::<FallbackError>(py));
    let lines = match is_done_again {
        true => &[],
        false => warnings.lines(),
    };
    let lines = lines.iter().map(|line| PyBytes::new(py, line));
    let lines = PyList::new(py, lines.collect::<Vec<_>>())?;
    on_warnings.call1((lines,))?;
    result
}

impl Raise for UpdateError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        let text = self.to_string();
        match self {
            // Python can do without threads.
            Self::Unsupported(_) | Self::Threads(_) => FallbackError::new_err(text),
            Self::Path(message) | Self::Traversal(message) => {
                mercurial_error(py, "InputError", &message)
            }
            Self::UntrackedFilesDiffer => mercurial_error(py, "StateError", text.as_bytes()),
            Self::UnknownDirectory(_) | Self::RecordingSimulated => {
                mercurial_error(py, "Abort", text.as_bytes())
            }
            Self::Config(_) => mercurial_error(py, "ConfigError", text.as_bytes()),
            Self::System { path, error } => os_error(py, &path, &error),
            Self::Interrupted => PyKeyboardInterrupt::new_err(()),
            Self::Internal(error) => internal_error(error),
            Self::Dirstate(DirstateError::Internal(error)) => internal_error(error),
            Self::Dirstate(_) => PyRuntimeError::new_err(text),
        }
    }
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(
        parent,
        "update",
        "A working directory is taken to another revision.",
    )?;
    let py = parent.py();
    module.add("FallbackError", py.get_type::<FallbackError>())?;
    module.add_function(wrap_pyfunction!(update_from_null, &module)?)?;
    module.add_function(wrap_pyfunction!(update_from_clean, &module)?)
}
