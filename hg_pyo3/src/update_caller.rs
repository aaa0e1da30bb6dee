// SPDX-License-Identifier: GPL-2.0-or-later
//! What the caller of an update knows that is in no file: `--config`, and what
//! extensions have changed about its repository.

use hg_core::update::EXTENSIONS_THAT_WRITE;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::FallbackError;

/// Leave it to Python where files go through filters or extensions. Returns
/// the caller's repository, where it can be found.
pub fn check_caller<'py>(
    py: Python<'py>,
    root: &Bound<'py, PyBytes>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    check_extensions(py)?;
    let Some(repo) = callers_repository(py, root)? else {
        return Ok(None);
    };
    for section in [b"encode", b"decode"] {
        let section = PyBytes::new(py, section);
        let filters = repo
            .getattr("ui")?
            .call_method1("configitems", (section,))?;
        for filter in filters.try_iter()? {
            let command = filter?.get_item(1)?;
            if command.cast::<PyBytes>()?.as_bytes() != b"!" {
                return Err(FallbackError::new_err("files go through filters"));
            }
        }
    }
    let writer = repo.get_type().getattr("wwrite")?.getattr("__module__")?;
    let writer: String = writer.extract()?;
    match writer.as_str() {
        "mercurial.localrepo" => Ok(Some(repo)),
        _ => Err(FallbackError::new_err(format!("{writer} writes files"))),
    }
}

fn check_extensions(py: Python<'_>) -> PyResult<()> {
    let loaded = py
        .import("mercurial.extensions")?
        .call_method0("extensions")?;
    for pair in loaded.try_iter()? {
        // The name it was configured by, and its module.
        let (name, module): (Bound<'_, PyBytes>, Bound<'_, PyAny>) = pair?.extract()?;
        let module: String = module.getattr("__name__")?.extract()?;
        let last = module.rsplit('.').next().unwrap_or(&module).as_bytes();
        let last = last.strip_prefix(b"hgext_").unwrap_or(last);
        for name in [name.as_bytes(), last] {
            if EXTENSIONS_THAT_WRITE.contains(&name) {
                let name = String::from_utf8_lossy(name);
                let message = format!("the extension {name} is loaded");
                return Err(FallbackError::new_err(message));
            }
        }
    }
    Ok(())
}

/// The caller's repository. Mercurial does not hand it over, but calls where
/// it is `repo`.
fn callers_repository<'py>(
    py: Python<'py>,
    root: &Bound<'py, PyBytes>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let frame = py.import("sys")?.call_method1("_getframe", (0,))?;
    let repo = frame.getattr("f_locals")?.call_method1("get", ("repo",))?;
    if !repo.hasattr("wwrite")? || !repo.hasattr("ui")? {
        return Ok(None);
    }
    let is_it = repo.getattr("root")?.eq(root)?;
    Ok(is_it.then_some(repo))
}
