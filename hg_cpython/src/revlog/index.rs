// SPDX-License-Identifier: GPL-2.0-or-later
//! `Index`: a version 1 index (contract sections 2.8 and 4).
//!
//! Results and exceptions are those of the C flavour; where the contract's
//! section 4 describes something else, `docs/differences.md` says why.

use std::cell::RefCell;
use std::sync::Arc;

use cpython::{
    exc, py_class, ObjectProtocol, PyBytes, PyClone, PyDict, PyErr, PyInt, PyList, PyObject,
    PyResult, PySet, PyTuple, Python, PythonObject, ToPyObject, UnsafePyLeaked,
};
use hg_core::dag::{self, RevisionSet};
use hg_core::revlog::{
    Gaps, Index as CoreIndex, NodeSource, RevlogError, RevlogIndex, RECORD_SIZE,
};
use hg_core::types::Revision;

use super::arguments;
use crate::convert;
use crate::errors::{raise_after, Error, OrRaise};
use crate::gil::{borrow_mut, replace, without_gil};
use crate::revision::PyRevision;

/// Adding more revisions than this to the map of nodes takes about a
/// millisecond or longer: other Python threads go on meanwhile.
const LONG_CATCH_UP: usize = 5000;

/// The heads last converted, and the list they became.
type ListedHeads = Option<(Arc<[Revision]>, PyList)>;

py_class!(pub class Index |py| {
    @shared data index: RevlogIndex;
    data heads: RefCell<ListedHeads>;
    // Of the nodemap file that was taken up.
    data docket: RefCell<Option<PyObject>>;

    def __new__(_cls, data: PyObject, default_header: u32) -> PyResult<Index> {
        let data = convert::lend_buffer(py, &data)?;
        let index = CoreIndex::new(data, default_header).map_err(Error::OpenRevlog).or_raise(py)?;
        Index::create_instance(py, index.into(), RefCell::default(), RefCell::new(None))
    }

    def __len__(&self) -> PyResult<usize> {
        self.read(py, |index| Ok(index.len()))
    }

    def __getitem__(&self, key: PyObject) -> PyResult<PyObject> {
        if key.cast_as::<PyBytes>(py).is_ok() {
            return Ok(self.rev(py, key)?.to_py_object(py).into_object());
        }
        let Ok(rev) = key.cast_as::<PyInt>(py) else {
            let text = format!("expected bytes, {} found", key.get_type(py).name(py));
            return Err(PyErr::new::<exc::TypeError, _>(py, text));
        };
        let rev = rev.as_object().extract::<i64>(py)?;
        let record = self.read(py, |index| {
            Ok(i32::try_from(rev).ok().and_then(|rev| index.record(rev.into())))
        })?;
        match record {
            Some(record) => Ok(arguments::entry_tuple(py, &record)),
            None => Err(PyErr::new::<exc::IndexError, _>(py, "revlog index out of range")),
        }
    }

    def __contains__(&self, item: PyObject) -> PyResult<bool> {
        self.has_node(py, item)
    }

    def __delitem__(&self, key: PyObject) -> PyResult<()> {
        let PyRevision(start) = match key.cast_as::<PyInt>(py) {
            Ok(_) => key.extract(py)?,
            Err(_) => match key.getattr(py, "start") {
                Ok(start) => start.extract(py)?,
                Err(_) => {
                    let text = "an index takes a slice or a revision to delete";
                    return Err(PyErr::new::<exc::TypeError, _>(py, text));
                }
            },
        };
        raise_after(py, || Ok(self.index(py).try_borrow_mut()?.strip(start)?))
    }

    def append(&self, tup: PyObject) -> PyResult<PyObject> {
        let record = arguments::record(py, &tup)?;
        raise_after(py, || Ok(self.index(py).try_borrow_mut()?.append(&record)?))?;
        Ok(py.None())
    }

    def clearcaches(&self) -> PyResult<PyObject> {
        let dropped = raise_after(py, || Ok(self.index(py).try_borrow()?.clear_caches()))?;
        drop(dropped);
        replace(py, self.heads(py), None);
        replace(py, self.docket(py), None);
        Ok(py.None())
    }

    def get_rev(&self, node: PyObject) -> PyResult<Option<PyRevision>> {
        let node = arguments::node(py, &node)?;
        let found = self.look_up(py, |index| Ok(index.rev(&node)?))?;
        Ok(found.map(PyRevision))
    }

    def get(&self, node: PyObject) -> PyResult<Option<PyRevision>> {
        self.get_rev(py, node)
    }

    def rev(&self, node: PyObject) -> PyResult<PyRevision> {
        self.get_rev(py, node)?.ok_or(Error::NoSuchNode).or_raise(py)
    }

    def has_node(&self, node: PyObject) -> PyResult<bool> {
        if node.cast_as::<PyInt>(py).is_ok() {
            let rev: i64 = node.extract(py)?;
            return self.read(py, |index| Ok((-1..i64::from(index.end().get())).contains(&rev)));
        }
        Ok(self.get_rev(py, node)?.is_some())
    }

    def partialmatch(&self, hex: PyObject) -> PyResult<Option<PyBytes>> {
        let Some(prefix) = arguments::node_prefix(py, &hex)? else {
            return Ok(None);
        };
        let node = self.look_up(py, |index| Ok(index.complete(&prefix)?))?;
        Ok(node.map(|node| PyBytes::new(py, node.as_bytes())))
    }

    def shortest(&self, node: PyObject) -> PyResult<usize> {
        let node = arguments::node(py, &node)?;
        self.look_up(py, |index| index.shortest(&node)?.ok_or(Error::NoSuchNode))
    }

    def entry_binary(&self, rev: PyRevision) -> PyResult<PyBytes> {
        let mut entry = [0; RECORD_SIZE];
        let length = self.read(py, |index| {
            let bytes = index.entry_binary(rev.0).ok_or(RevlogError::InvalidRevision(rev.0))?;
            entry[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        })?;
        Ok(PyBytes::new(py, &entry[..length]))
    }

    def pack_header(&self, header: i32) -> PyResult<PyBytes> {
        Ok(PyBytes::new(py, &header.to_be_bytes()))
    }

    def headrevs(
        &self, filtered: Option<PyObject> = None, stop_rev: Option<PyRevision> = None
    ) -> PyResult<PyObject> {
        let hidden = self.existing_revisions(py, filtered.as_ref())?;
        // A copy: the caller may change it.
        convert::copy_of_list(py, &self.heads_of(py, hidden, stop_rev.map(|rev| rev.0))?)
    }

    def head_node_ids(&self) -> PyResult<PyObject> {
        let heads = self.heads_of(py, RevisionSet::new(), None)?;
        let heads = convert::revisions(py, heads.as_object())?;
        let nodes: Vec<_> = self.read(py, |index| {
            Ok(heads.iter().filter_map(|&rev| index.node(rev).copied()).collect())
        })?;
        convert::bytes_list(py, &nodes)
    }

    def headrevsdiff(&self, begin: PyRevision, end: PyRevision) -> PyResult<PyObject> {
        let (removed, added) = self.walk(py, |index| Ok(dag::heads_diff(index, begin.0, end.0)?))?;
        let lists = [convert::revision_list(py, removed)?, convert::revision_list(py, added)?];
        convert::tuple(py, lists)
    }

    def computephasesmapsets(&self, roots: PyObject) -> PyResult<PyObject> {
        let Ok(roots) = roots.cast_into::<PyDict>(py) else {
            return Err(PyErr::new::<exc::TypeError, _>(py, "roots must be a dictionary"));
        };
        let mut root_sets = <[RevisionSet; 4]>::default();
        for (set, phase) in root_sets.iter_mut().zip(dag::TRACKED_PHASES) {
            if let Some(revs) = roots.get_item(py, phase) {
                if revs.cast_as::<PySet>(py).is_err() {
                    let text = "roots must be a set of nodes";
                    return Err(PyErr::new::<exc::TypeError, _>(py, text));
                }
                let revs = convert::revisions(py, &revs)?;
                self.read(py, |index| Ok(set.extend_checked(index, revs).map_err(RevlogError::from)?))?;
            }
        }
        let (end, sets) = self.walk(py, |index| {
            let end = index.end();
            Ok((end, dag::phase_sets(index, end, &root_sets)?))
        })?;
        let phases = PyDict::new(py);
        for (set, phase) in sets.iter().zip(dag::TRACKED_PHASES) {
            phases.set_item(py, phase, convert::revision_set(py, set)?)?;
        }
        convert::tuple(py, [PyRevision(end).to_py_object(py).into_object(), phases.into_object()])
    }

    def reachableroots2(
        &self, minroot: PyRevision, heads: PyList, roots: PyList, includepath: bool
    ) -> PyResult<PyObject> {
        let heads = convert::revisions(py, heads.as_object())?;
        let roots = convert::revisions(py, roots.as_object())?;
        let reached = self.walk_all(py, |index| {
            index.reachable_roots(minroot.0, &heads, &roots, includepath)
        })?;
        convert::revision_list(py, reached)
    }

    def ancestors(&self, *args, **_kwargs) -> PyResult<PyObject> {
        let revs = self.common_arguments(py, args)?;
        let found = self.walk(py, |index| Ok(dag::deepest_common_ancestors(index, &revs)?))?;
        convert::revision_list(py, found)
    }

    def commonancestorsheads(&self, *args, **_kwargs) -> PyResult<PyObject> {
        let revs = self.common_arguments(py, args)?;
        let found = self.walk(py, |index| Ok(dag::common_ancestors_heads(index, &revs)?))?;
        convert::revision_list(py, found)
    }

    def issnapshot(&self, rev: PyRevision) -> PyResult<bool> {
        self.read(py, |index| Ok(index.is_snapshot(rev.0)?))
    }

    def findsnapshots(
        &self, cache: PyDict, start_rev: PyRevision, end_rev: PyRevision
    ) -> PyResult<PyObject> {
        let snapshots = self.walk(py, |index| index.snapshots(start_rev.0, end_rev.0))?;
        for (base, rev) in snapshots {
            let (base, rev) = (PyRevision(base), PyRevision(rev));
            match cache.get_item(py, base) {
                Some(revs) => {
                    revs.call_method(py, "add", (rev,), None)?;
                }
                None => {
                    let revs = PySet::empty(py)?;
                    revs.add(py, rev)?;
                    cache.set_item(py, base, revs)?;
                }
            }
        }
        Ok(py.None())
    }

    def deltachain(
        &self, rev: PyRevision, stoprev: PyObject, generaldelta: i32
    ) -> PyResult<PyObject> {
        let stop = arguments::optional_revision(py, &stoprev)?;
        let chain = self.read(py, |index| Ok(index.delta_chain(rev.0, stop, generaldelta != 0)?))?;
        let stopped = chain.stopped.to_py_object(py).into_object();
        convert::tuple(py, [convert::revision_list(py, chain.revs)?, stopped])
    }

    def slicechunktodensity(
        &self, revs: PyList, targetdensity: f64, mingapsize: i64
    ) -> PyResult<PyObject> {
        let chain = convert::revisions(py, revs.as_object())?;
        let chunks = self.read(py, |index| {
            Ok(index.slice_chunk_to_density(&chain, targetdensity, mingapsize, Gaps::Data)?)
        })?;
        match chunks {
            None => convert::tuple(py, [revs.into_object()]),
            Some(chunks) => {
                let chunks = chunks.into_iter().map(|chunk| convert::revision_list(py, chunk));
                Ok(convert::list(py, chunks)?.into_object())
            }
        }
    }

    def nodemap_data_all(&self) -> PyResult<PyBytes> {
        let data = self.walk_all(py, |index| Ok(index.map_to_save()?))?;
        Ok(PyBytes::new(py, &data))
    }

    def nodemap_data_incremental(&self) -> PyResult<PyObject> {
        let docket = match &*borrow_mut(py, self.docket(py)) {
            Some(docket) => docket.clone_ref(py),
            None => return Ok(py.None()),
        };
        let (data, changed) = self.look_up(py, |index| Ok(index.map_to_append()?))?;
        let changed = changed.to_py_object(py).into_object();
        convert::tuple(py, [docket, changed, convert::bytes(py, &data)])
    }

    def update_nodemap_data(&self, docket: PyObject, nm_data: PyObject) -> PyResult<PyObject> {
        let PyRevision(tip) = docket.getattr(py, "tip_rev")?.extract(py)?;
        let data = convert::lend_buffer(py, &nm_data)?;
        // Where it is refused, it is let go here, after the borrow.
        let lent = data.clone();
        let replaced = raise_after(py, || Ok(self.index(py).try_borrow()?.use_saved_map(data, tip)?));
        drop(lent);
        drop(replaced?);
        replace(py, self.docket(py), Some(docket));
        Ok(py.None())
    }

    @property def entry_size(&self) -> PyResult<usize> {
        Ok(RECORD_SIZE)
    }

    @property def rust_ext_compat(&self) -> PyResult<i32> {
        Ok(1)
    }

    /// Asked for by callers that would hand the index to `NodeTree`.
    @property def is_rust(&self) -> PyResult<bool> {
        Ok(false)
    }
});

impl Index {
    /// A reference that dies with the next change.
    pub fn leak(&self, py: Python<'_>) -> PyResult<UnsafePyLeaked<&'static CoreIndex>> {
        let whole = self.index(py).try_leak_immutable().or_raise(py)?;
        // SAFETY: what is borrowed from the reference is handed on, to die when it does.
        Ok(unsafe { whole.map(py, |whole| whole.index()) })
    }

    /// Run a short job.
    pub fn read<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&CoreIndex) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || job(self.index(py).try_borrow()?.index()))
    }

    /// Run a job that may take long: other Python threads go on meanwhile.
    fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&CoreIndex) -> Result<T, RevlogError> + Send,
    ) -> PyResult<T> {
        self.walk_all(py, |whole| job(whole.index()))
    }

    /// As [`walk`](Self::walk), over what is remembered of the index, too.
    fn walk_all<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&RevlogIndex) -> Result<T, RevlogError> + Send,
    ) -> PyResult<T> {
        raise_after(py, || {
            let borrowed = self.index(py).try_borrow()?;
            let index: &RevlogIndex = &borrowed;
            Ok(without_gil(py, || job(index))?)
        })
    }

    /// Run a job that is short once all nodes are in the map.
    fn look_up<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&RevlogIndex) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || {
            let borrowed = self.index(py).try_borrow()?;
            let index: &RevlogIndex = &borrowed;
            if index.unmapped() > LONG_CATCH_UP {
                without_gil(py, || index.map_all())?;
            }
            job(index)
        })
    }

    /// Those of the revisions in a Python iterable that exist.
    fn existing_revisions(&self, py: Python<'_>, revs: Option<&PyObject>) -> PyResult<RevisionSet> {
        let Some(revs) = revs.filter(|revs| **revs != py.None()) else {
            return Ok(RevisionSet::new());
        };
        let revs = convert::revisions(py, revs)?;
        raise_after(py, || Ok(self.index(py).try_borrow()?.existing(revs)))
    }

    /// The revisions of which common ancestors are asked.
    fn common_arguments(&self, py: Python<'_>, revs: &PyTuple) -> PyResult<Vec<Revision>> {
        let mut result = Vec::with_capacity(revs.len(py));
        let end = self.read(py, |index| Ok(index.end()))?;
        for rev in revs.iter(py) {
            if rev.cast_as::<PyInt>(py).is_err() {
                let text = "arguments must all be ints";
                return Err(PyErr::new::<exc::TypeError, _>(py, text));
            }
            let rev = i32::try_from(rev.extract::<i64>(py)?).map(Revision::new);
            match rev {
                Ok(rev) if (Revision::NULL..end).contains(&rev) => result.push(rev),
                _ => return Err(PyErr::new::<exc::IndexError, _>(py, "index out of range")),
            }
        }
        Ok(result)
    }

    /// The heads below `stop_rev`; the list may be the one that is kept.
    fn heads_of(
        &self,
        py: Python<'_>,
        hidden: RevisionSet,
        stop_rev: Option<Revision>,
    ) -> PyResult<PyList> {
        let known = raise_after(py, || match stop_rev {
            None => Ok(self.index(py).try_borrow()?.known_heads(&hidden)),
            Some(_) => Ok(None),
        })?;
        let heads = match known {
            Some(heads) => heads,
            None => self.walk_all(py, |index| Ok(index.heads(hidden, stop_rev)?))?,
        };
        if let Some((listed, list)) = &*borrow_mut(py, self.heads(py)) {
            if Arc::ptr_eq(listed, &heads) {
                return Ok(list.clone_ref(py));
            }
        }
        let list = match (stop_rev, &*heads) {
            (Some(Revision::ZERO), []) => convert::revision_list(py, [Revision::NULL]),
            (_, heads) => convert::revision_list(py, heads.iter().copied()),
        };
        let list: PyList = list?.cast_into(py)?;
        if stop_rev.is_none() {
            replace(py, self.heads(py), Some((heads, list.clone_ref(py))));
        }
        Ok(list)
    }
}
