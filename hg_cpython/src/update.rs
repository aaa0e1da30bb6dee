// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.update` (contract section 4).

use std::path::{Path, PathBuf};

use cpython::{
    py_fn, ObjectProtocol, PyBytes, PyList, PyModule, PyObject, PyResult, Python, PythonObject,
};
use hg_core::config::{self, Invocation};
use hg_core::fs::{Cancellation, Durability, Threads};
use hg_core::matchers::Matcher;
use hg_core::repo::Repo;
use hg_core::types::Revision;
use hg_core::update::update_from_null as core_update;
use hg_core::update::{UpdateError, UpdateOptions, EXTENSIONS_THAT_WRITE};

use crate::convert;
use crate::dirstate::matcher;
use crate::environment;
use crate::errors::{Error, FallbackError, OrRaise};
use crate::gil::interruptible;
use crate::revision::PyRevision;
use crate::submodule;

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let module = submodule::add(
        py,
        package,
        "update",
        "Filling an empty working directory with the files of a revision.",
    )?;
    module.add(py, "FallbackError", py.get_type::<FallbackError>())?;
    let function = py_fn!(
        py,
        update_from_null(repo_path: PyBytes, to: PyRevision, num_cpus: Option<i64> = None)
    );
    module.add(py, "update_from_null", function)
}

/// Write the files of the revision `to` and their dirstate. Returns how many
/// files there are.
fn update_from_null(
    py: Python<'_>,
    repo_path: PyBytes,
    to: PyRevision,
    num_cpus: Option<i64>,
) -> PyResult<usize> {
    let PyRevision(to) = to;
    check_extensions(py).or_raise(py)?;
    let root = convert::os_path(repo_path.data(py));
    let (only, durability) = match callers_repository(py, &repo_path)? {
        Some(repo) => {
            check_caller(py, &repo).or_raise(py)?;
            (
                sparse_matcher(py, &repo, to, &root).or_raise(py)?,
                Some(durability(py, &repo).or_raise(py)?),
            )
        }
        None => (None, None),
    };
    let invocation = Invocation {
        environment: environment::environment(py)?,
        program: program(py)?,
        ..Invocation::default()
    };
    let threads = match num_cpus {
        Some(count) => Threads::new(usize::try_from(count).unwrap_or(1)),
        None => Threads::from_environment(&invocation.environment),
    };
    let cancellation = Cancellation::default();
    let job = || {
        #[cfg(feature = "panic-injection")]
        crate::planted_panic::at("update");
        let repo = Repo::open(&root, &invocation)?;
        let mut options = UpdateOptions::default();
        options.only = only.as_deref();
        options.threads = threads;
        options.cancellation = cancellation.clone();
        options.durability = match durability {
            Some(durability) => durability,
            None => repo.config.durability()?,
        };
        core_update(&repo, to, &options)
    };
    match interruptible(py, &cancellation, job).or_raise(py)? {
        // With `--clean` Python refuses it, with its own exit status: Mercurial's
        // test-audit-path.t demands it.
        Err(UpdateError::Traversal(message)) if callers_local(py, "overwrite")?.is_true(py)? => {
            let message = String::from_utf8_lossy(&message).into_owned();
            Err(unsupported(message)).or_raise(py)
        }
        result => result.or_raise(py),
    }
}

fn check_extensions(py: Python<'_>) -> Result<(), Error> {
    let loaded =
        py.import("mercurial.extensions")?
            .call(py, "extensions", cpython::NoArgs, None)?;
    for pair in loaded.iter(py)? {
        let pair = pair?;
        // The name it was configured by, and that of its module.
        let name = pair.get_item(py, 0)?;
        let module: String = pair.get_item(py, 1)?.getattr(py, "__name__")?.extract(py)?;
        let last = module.rsplit('.').next().unwrap_or_default().as_bytes();
        let last = last.strip_prefix(b"hgext_").unwrap_or(last);
        for name in [convert::content(py, &name)?, last] {
            if EXTENSIONS_THAT_WRITE.contains(&name) {
                let name = String::from_utf8_lossy(name);
                return Err(unsupported(format!("the extension {name} is loaded")));
            }
        }
    }
    Ok(())
}

/// A local variable of the Python function that calls us; `None` without it.
fn callers_local(py: Python<'_>, name: &str) -> PyResult<PyObject> {
    let caller = py.import("sys")?.call(py, "_getframe", (0,), None)?;
    let locals = caller.getattr(py, "f_locals")?;
    locals.call_method(py, "get", (name,), None)
}

/// The caller's repository. Mercurial does not hand it over, but calls us
/// where it is `repo`.
fn callers_repository(py: Python<'_>, root: &PyBytes) -> PyResult<Option<PyObject>> {
    let repo = callers_local(py, "repo")?;
    if !repo.hasattr(py, "wwrite")? || !repo.hasattr(py, "ui")? {
        return Ok(None);
    }
    let its_root = repo.getattr(py, "root")?;
    let is_it = convert::content(py, &its_root)? == root.data(py);
    Ok(is_it.then_some(repo))
}

/// Which files a sparse working directory has, by the caller's profile.
fn sparse_matcher(
    py: Python<'_>,
    repo: &PyObject,
    to: Revision,
    root: &Path,
) -> Result<Option<Box<dyn Matcher>>, Error> {
    let module = py.import("mercurial.sparse")?;
    let is_sparse = module.call(py, "use_sparse", (repo,), None)?;
    if !is_sparse.is_true(py)? {
        return Ok(None);
    }
    let temporary = module.call(py, "readtemporaryincludes", (repo,), None)?;
    if temporary.is_true(py)? {
        return Err(unsupported("files are temporarily included".to_owned()));
    }
    // Without those.
    let matcher = module.call(
        py,
        "matcher",
        (repo, [PyRevision(to)].as_slice(), false),
        None,
    )?;
    matcher::extract(py, &matcher, root).map(Some)
}

/// See to what the caller knows that is in no file: `--config`, and what
/// extensions that nobody told us of have changed about its repository.
fn check_caller(py: Python<'_>, repo: &PyObject) -> Result<(), Error> {
    let section = PyBytes::new(py, b"decode");
    let filters = repo
        .getattr(py, "ui")?
        .call_method(py, "configitems", (section,), None)?;
    for filter in filters.iter(py)? {
        let command = filter?.get_item(py, 1)?;
        if convert::content(py, &command)? != b"!" {
            return Err(unsupported("files are to be decoded by filters".to_owned()));
        }
    }
    let writer: String = repo
        .get_type(py)
        .as_object()
        .getattr(py, "wwrite")?
        .getattr(py, "__module__")?
        .extract(py)?;
    if writer != "mercurial.localrepo" {
        return Err(unsupported(format!("{writer} writes files")));
    }
    Ok(())
}

/// How durable the caller wants the dirstate, by its configuration, of which
/// `--config` is part.
fn durability(py: Python<'_>, repo: &PyObject) -> Result<Durability, Error> {
    let section = PyBytes::new(py, config::DURABILITY_SECTION);
    let items = repo
        .getattr(py, "ui")?
        .call_method(py, "configitems", (section,), None)?;
    for item in items.iter(py)? {
        let item = item?;
        let name = item.get_item(py, 0)?;
        if convert::content(py, &name)? == config::DURABILITY_NAME {
            let value = item.get_item(py, 1)?;
            let durability = config::durability(convert::content(py, &value)?);
            return Ok(durability.map_err(UpdateError::from)?);
        }
    }
    Ok(Durability::default())
}

fn unsupported(reason: String) -> Error {
    UpdateError::Unsupported(reason).into()
}

/// What Mercurial was started as, beside which its installation may have a
/// configuration.
fn program(py: Python<'_>) -> PyResult<Option<PathBuf>> {
    let Ok(arguments) = py.import("sys")?.get(py, "argv") else {
        return Ok(None);
    };
    let arguments: PyList = arguments.extract(py)?;
    if arguments.len(py) == 0 {
        return Ok(None);
    }
    let first: PyObject = arguments.get_item(py, 0);
    let bytes = py.import("os")?.call(py, "fsencode", (first,), None)?;
    Ok(Some(convert::os_path(convert::content(py, &bytes)?)))
}
