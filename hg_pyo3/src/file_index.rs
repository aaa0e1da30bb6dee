// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.file_index`: all paths in a store, and their tokens.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use hg_core::store::file_index::{
    self as core, AnnounceFile, DebugChild, Docket, FileIndexError, FileIndexOptions, FileToken,
    ReadWhole, VacuumMode,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

use crate::cell::Shared;
use crate::errors::{mercurial_error, path_of, Raise};
use crate::jobs;
use crate::submodule;

/// All paths in a store, and the token of each.
#[pyclass(frozen)]
struct FileIndex {
    index: Shared<core::FileIndex>,
    /// Seconds since 1970, for garbage made from now on; the clock's if unset.
    garbage_timestamp: Option<u32>,
}

/// A transaction, told of new files.
struct Transaction<'py>(Bound<'py, PyAny>);

/// What may go wrong while data files are written.
enum WriteError {
    Python(PyErr),
    Index(FileIndexError),
}

impl From<FileIndexError> for WriteError {
    fn from(error: FileIndexError) -> Self {
        Self::Index(error)
    }
}

impl Raise for WriteError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Python(error) => error,
            Self::Index(error) => error.into_exception(py),
        }
    }
}

impl AnnounceFile for Transaction<'_> {
    type Error = WriteError;

    fn announce(&mut self, name: &str) -> Result<(), WriteError> {
        let name = PyBytes::new(self.0.py(), name.as_bytes());
        let added = self.0.call_method1("add", (name, 0));
        added.map(drop).map_err(WriteError::Python)
    }
}

#[pymethods]
impl FileIndex {
    #[new]
    #[pyo3(signature = (
        ui, opener, try_pending, vacuum_mode, max_unused_ratio, gc_retention_s, garbage_timestamp
    ))]
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn new(
        py: Python<'_>,
        ui: Bound<'_, PyAny>,
        opener: Bound<'_, PyAny>,
        try_pending: bool,
        vacuum_mode: Bound<'_, PyAny>,
        max_unused_ratio: f64,
        gc_retention_s: u32,
        garbage_timestamp: Option<u32>,
    ) -> PyResult<Self> {
        if !(0.0..=100.0).contains(&max_unused_ratio) {
            return Err(mercurial_error(
                py,
                "ProgrammingError",
                b"invalid max_unused_ratio",
            ));
        }
        let mut options = FileIndexOptions::default();
        options.vacuum = vacuum_mode_of(&vacuum_mode)?;
        options.max_unused_ratio = max_unused_ratio;
        options.retention = gc_retention_s;
        let base = opener.getattr("base")?;
        let store = PathBuf::from(path_of(base.cast::<PyBytes>()?.as_bytes()));
        let opened = |error: FileIndexError| PyValueError::new_err(format!("abort: {error}"));

        let docket = jobs::run(py, || {
            core::read_docket(&store, try_pending).map_err(opened)
        })?;
        py.import("mercurial.testing")?.call_method1(
            "wait_on_cfg",
            (ui, PyBytes::new(py, b"fileindex.pre-read-data-files")),
        )?;
        let index = jobs::run_detached(py, || {
            core::FileIndex::open(&store, docket, options, Box::new(ReadWhole)).map_err(opened)
        })?;
        Ok(Self {
            index: Shared::new("the file index", index),
            garbage_timestamp,
        })
    }

    fn has_token(&self, py: Python<'_>, token: u32) -> PyResult<bool> {
        Ok(self.index.read(py)?.has_token(token))
    }

    fn has_path(&self, py: Python<'_>, path: Bound<'_, PyBytes>) -> PyResult<bool> {
        Ok(self.get_token(py, path)?.is_some())
    }

    fn get_path<'py>(&self, py: Python<'py>, token: u32) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let path = {
            let index = self.index.read(py)?;
            jobs::run(py, || {
                Ok::<_, FileIndexError>(index.path(token)?.map(<[u8]>::to_vec))
            })?
        };
        Ok(path.map(|path| PyBytes::new(py, &path)))
    }

    fn get_token(&self, py: Python<'_>, path: Bound<'_, PyBytes>) -> PyResult<Option<FileToken>> {
        let found = {
            let index = self.index.read(py)?;
            index.token(path.as_bytes())
        };
        jobs::run(py, || found)
    }

    fn __contains__(&self, py: Python<'_>, path: Bound<'_, PyBytes>) -> PyResult<bool> {
        self.has_path(py, path)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.index.read(py)?.len())
    }

    fn __iter__(slf: Bound<'_, Self>) -> FileIndexIterator {
        FileIndexIterator::new(slf, false)
    }

    fn items(slf: Bound<'_, Self>) -> FileIndexIterator {
        FileIndexIterator::new(slf, true)
    }

    fn add(
        slf: Bound<'_, Self>,
        path: Bound<'_, PyBytes>,
        tr: Bound<'_, PyAny>,
    ) -> PyResult<FileToken> {
        let py = slf.py();
        let added = slf.get().index.write(py)?.state().add(path.as_bytes());
        let (token, is_new) = jobs::run(py, || added)?;
        if is_new {
            Self::register(slf, &tr)?;
        }
        Ok(token)
    }

    fn remove(
        slf: Bound<'_, Self>,
        path: Bound<'_, PyBytes>,
        tr: Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        let removed = slf.get().index.write(py)?.state().remove(path.as_bytes());
        if jobs::run(py, || removed)? {
            Self::register(slf, &tr)?;
        }
        Ok(())
    }

    fn vacuum(slf: Bound<'_, Self>, tr: Bound<'_, PyAny>) -> PyResult<()> {
        slf.get().index.write(slf.py())?.state().vacuum();
        Self::register(slf, &tr)
    }

    #[pyo3(signature = (tr, force=false))]
    fn garbage_collect(slf: Bound<'_, Self>, tr: Bound<'_, PyAny>, force: bool) -> PyResult<()> {
        let py = slf.py();
        let collected = {
            let mut index = slf.get().index.write(py)?;
            index.state().collect_garbage(now(), force)
        };
        if jobs::run(py, || collected)? {
            Self::register(slf, &tr)?;
        }
        Ok(())
    }

    fn data_files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let names: Vec<String> = self.index.read(py)?.docket().data_file_names().collect();
        let names = std::iter::once(core::DOCKET_FILE).chain(names.iter().map(String::as_str));
        let names: Vec<_> = names
            .map(|name| PyBytes::new(py, name.as_bytes()))
            .collect();
        PyList::new(py, names)
    }

    fn debug_docket<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let docket = self.index.read(py)?.docket().clone();
        docket_dict(py, &docket)
    }

    fn debug_tree_file_size(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(self.index.read(py)?.docket().tree_size)
    }

    fn debug_tree_unused_bytes(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(self.index.read(py)?.docket().tree_unused)
    }

    fn debug_iter_tree_nodes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let nodes = self.index.read(py)?.debug_nodes();
        let nodes = jobs::run(py, || nodes)?;
        let list = PyList::empty(py);
        for node in nodes {
            let children = PyList::empty(py);
            for (first_byte, child) in node.children {
                let child = match child {
                    DebugChild::Node(offset) => offset.into_pyobject(py)?.into_any(),
                    DebugChild::Leaf { label, token } => (PyBytes::new(py, &label), token)
                        .into_pyobject(py)?
                        .into_any(),
                };
                children.append((PyBytes::new(py, &[first_byte]), child))?;
            }
            list.append((
                node.offset,
                node.token,
                PyBytes::new(py, &node.label),
                children,
            ))?;
        }
        Ok(list.try_iter()?.into_any())
    }
}

impl FileIndex {
    /// Have the transaction write the index when it ends. Every transaction is
    /// told, however often: it keeps one generator.
    fn register(slf: Bound<'_, Self>, transaction: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let name = PyBytes::new(py, core::DOCKET_FILE.as_bytes());
        let generator = Generator {
            index: slf.unbind(),
            transaction: transaction.clone().unbind(),
        };
        let keywords = PyDict::new(py);
        keywords.set_item("genid", &name)?;
        keywords.set_item("filenames", (&name,))?;
        keywords.set_item("genfunc", Bound::new(py, generator)?)?;
        keywords.set_item("location", PyBytes::new(py, b"store"))?;
        // The docket is to tell of the garbage that is collected at the end.
        keywords.set_item("post_finalize", true)?;
        transaction.call_method("addfilegenerator", (), Some(&keywords))?;
        Ok(())
    }
}

/// What a transaction calls with the open docket.
#[pyclass(frozen)]
struct Generator {
    index: Py<FileIndex>,
    transaction: Py<PyAny>,
}

#[pymethods]
impl Generator {
    fn __call__(&self, py: Python<'_>, fileobj: Bound<'_, PyAny>) -> PyResult<()> {
        let index = self.index.get();
        let timestamp = index.garbage_timestamp.unwrap_or_else(now);
        let mut transaction = Transaction(self.transaction.bind(py).clone());
        let written = {
            let mut writing = index.index.write(py)?;
            jobs::run(py, || writing.state().write(&mut transaction, timestamp))
        };
        fileobj.call_method1("write", (PyBytes::new(py, &written?),))?;
        Ok(())
    }
}

/// Paths, or pairs of path and token, by ascending token.
#[pyclass(frozen)]
struct FileIndexIterator {
    index: Py<FileIndex>,
    generation: u64,
    with_tokens: bool,
    next: std::sync::atomic::AtomicU32,
}

impl FileIndexIterator {
    fn new(index: Bound<'_, FileIndex>, with_tokens: bool) -> Self {
        Self {
            generation: index.get().index.generation(),
            index: index.unbind(),
            with_tokens,
            next: 1.into(),
        }
    }
}

#[pymethods]
impl FileIndexIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let shared = &self.index.get().index;
        let found = {
            let index = shared.read(py)?;
            shared.check(self.generation)?;
            loop {
                let token = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if token >= index.token_count() {
                    self.next.store(token, std::sync::atomic::Ordering::Relaxed);
                    return Ok(None);
                }
                match index.path(token) {
                    Ok(None) => continue,
                    Ok(Some(path)) => break Ok((path.to_vec(), token)),
                    Err(error) => break Err(error),
                }
            }
        };
        let (path, token) = jobs::run(py, || found)?;
        let path = PyBytes::new(py, &path);
        let item = match self.with_tokens {
            true => {
                PyTuple::new(py, [path.into_any(), token.into_pyobject(py)?.into_any()])?.into_any()
            }
            false => path.into_any(),
        };
        Ok(Some(item))
    }
}

fn vacuum_mode_of(mode: &Bound<'_, PyAny>) -> PyResult<VacuumMode> {
    let value = mode.getattr("value")?;
    match value.cast::<PyBytes>()?.as_bytes() {
        b"auto" => Ok(VacuumMode::Auto),
        b"never" => Ok(VacuumMode::Never),
        b"always" => Ok(VacuumMode::Always),
        _ => Err(mercurial_error(
            mode.py(),
            "ProgrammingError",
            b"invalid file index vacuum mode",
        )),
    }
}

fn docket_dict<'py>(py: Python<'py>, docket: &Docket) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("marker", PyBytes::new(py, Docket::MARKER))?;
    dict.set_item("list_file_size", docket.list_size)?;
    dict.set_item("meta_file_size", docket.meta_size)?;
    dict.set_item("tree_file_size", docket.tree_size)?;
    dict.set_item("list_file_id", PyBytes::new(py, docket.list_id.as_bytes()))?;
    dict.set_item("meta_file_id", PyBytes::new(py, docket.meta_id.as_bytes()))?;
    dict.set_item("tree_file_id", PyBytes::new(py, docket.tree_id.as_bytes()))?;
    dict.set_item("tree_root_pointer", docket.tree_root)?;
    dict.set_item("tree_unused_bytes", docket.tree_unused)?;
    dict.set_item("reserved_flags", u32::from_be_bytes(docket.reserved_flags))?;
    let garbage = PyList::empty(py);
    for entry in &docket.garbage {
        let item = PyDict::new(py);
        item.set_item("ttl", entry.ttl)?;
        item.set_item("timestamp", entry.timestamp)?;
        item.set_item("path", PyBytes::new(py, entry.path.as_bytes()))?;
        garbage.append(item)?;
    }
    dict.set_item("garbage_entries", garbage)?;
    Ok(dict)
}

/// Seconds since 1970, as the format can hold them.
fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
    })
}

pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(
        parent,
        "file_index",
        "All paths in a store, and their tokens.",
    )?;
    module.add_class::<FileIndex>()
}
