// SPDX-License-Identifier: GPL-2.0-or-later
//! `Index`: a version 1 index (contract sections 2.8 and 4).
//!
//! Results and exceptions are those of the C flavour; where the contract's
//! section 4 describes something else, `docs/differences.md` says why.

use std::cell::RefCell;

use bytes::Bytes;
use cpython::{
    exc, py_class, ObjectProtocol, PyBytes, PyClone, PyDict, PyErr, PyInt, PyList, PyObject,
    PyResult, PySet, PyTuple, Python, PythonObject, ToPyObject, UnsafePyLeaked,
};
use hg_core::dag::{self, RevisionSet};
use hg_core::revlog::{
    Index as CoreIndex, NodeMap, NodeSource, NodeTree, RevlogError, RECORD_SIZE,
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

/// The heads last asked for, and which revisions were hidden then.
type CachedHeads = Option<(RevisionSet, PyList)>;

py_class!(pub class Index |py| {
    @shared data index: CoreIndex;
    // What can be told anew from `index`, so that filling it changes nothing.
    data nodes: RefCell<NodeMap>;
    data heads: RefCell<CachedHeads>;
    // Of the nodemap file that `nodes` came from.
    data docket: RefCell<Option<PyObject>>;

    def __new__(_cls, data: PyObject, default_header: u32) -> PyResult<Index> {
        let data = convert::lend_buffer(py, &data)?;
        let index = CoreIndex::new(data, default_header).map_err(Error::OpenRevlog).or_raise(py)?;
        Index::create_instance(py, index, RefCell::default(), RefCell::default(), RefCell::new(None))
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
        let stripped = raise_after(py, || {
            let mut index = self.index(py).try_borrow_mut()?;
            if start == index.end() {
                return Ok(false); // An empty slice.
            }
            index.strip(start)?;
            Ok(true)
        })?;
        if stripped {
            // The docket stays: what is on disk is to be replaced.
            borrow_mut(py, self.nodes(py)).forget_all();
            replace(py, self.heads(py), None);
        }
        Ok(())
    }

    def append(&self, tup: PyObject) -> PyResult<PyObject> {
        let record = arguments::record(py, &tup)?;
        raise_after(py, || Ok(self.index(py).try_borrow_mut()?.append(&record)?))?;
        replace(py, self.heads(py), None);
        Ok(py.None())
    }

    def clearcaches(&self) -> PyResult<PyObject> {
        self.forget(py)?;
        Ok(py.None())
    }

    def get_rev(&self, node: PyObject) -> PyResult<Option<PyRevision>> {
        let node = arguments::node(py, &node)?;
        let found = self.with_nodes(py, |nodes, index| Ok(nodes.rev(index, &node)?))?;
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
        let node = self.with_nodes(py, |nodes, index| {
            let rev = nodes.tree(index)?.find(index, &prefix)?;
            Ok(rev.and_then(|rev| index.node(rev)).copied())
        })?;
        Ok(node.map(|node| PyBytes::new(py, node.as_bytes())))
    }

    def shortest(&self, node: PyObject) -> PyResult<usize> {
        let node = arguments::node(py, &node)?;
        self.with_nodes(py, |nodes, index| {
            nodes.tree(index)?.shortest(index, &node)?.ok_or(Error::NoSuchNode)
        })
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
        let hidden = self.known_revisions(py, filtered.as_ref())?;
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
        let mut roots = convert::revisions(py, roots.as_object())?;
        let known = self.read(py, |index| {
            roots.retain(|&rev| index.record(rev).is_some());
            Ok(heads.iter().all(|&rev| index.record(rev).is_some()))
        })?;
        if !known {
            return Err(PyErr::new::<exc::IndexError, _>(py, "head out of range"));
        }
        let reached = self.walk(py, |index| {
            Ok(dag::reachable_roots(index, minroot.0, &heads, &roots, includepath)?)
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
            Ok(index.slice_chunk_to_density(&chain, targetdensity, mingapsize)?)
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
        let data = self.walk(py, |index| {
            Ok(NodeMap::default().tree(index)?.incremental().0)
        })?;
        Ok(PyBytes::new(py, &data))
    }

    def nodemap_data_incremental(&self) -> PyResult<PyObject> {
        let docket = match &*borrow_mut(py, self.docket(py)) {
            Some(docket) => docket.clone_ref(py),
            None => return Ok(py.None()),
        };
        let (data, changed) = self.with_nodes(py, |nodes, index| {
            Ok(nodes.tree(index)?.incremental())
        })?;
        let changed = changed.to_py_object(py).into_object();
        convert::tuple(py, [docket, changed, convert::bytes(py, &data)])
    }

    def update_nodemap_data(&self, docket: PyObject, nm_data: PyObject) -> PyResult<PyObject> {
        let PyRevision(tip) = docket.getattr(py, "tip_rev")?.extract(py)?;
        self.read(py, |index| match index.record(tip) {
            Some(_) => Ok(()),
            None => Err(RevlogError::InvalidRevision(tip).into()),
        })?;
        let data: Bytes = convert::lend_buffer(py, &nm_data)?;
        let tree = NodeTree::from_bytes(data).or_raise(py)?;
        replace(py, self.nodes(py), NodeMap::new(tree, tip));
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
        self.index(py).try_leak_immutable().or_raise(py)
    }

    /// Run a short job.
    pub fn read<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&CoreIndex) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || job(&*self.index(py).try_borrow()?))
    }

    /// Run a job that may take long: other Python threads go on meanwhile.
    fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&CoreIndex) -> Result<T, RevlogError> + Send,
    ) -> PyResult<T> {
        raise_after(py, || {
            let borrowed = self.index(py).try_borrow()?;
            let index: &CoreIndex = &borrowed;
            Ok(without_gil(py, || job(index))?)
        })
    }

    fn with_nodes<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut NodeMap, &CoreIndex) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || {
            let mut nodes = borrow_mut(py, self.nodes(py));
            let nodes: &mut NodeMap = &mut nodes;
            let borrowed = self.index(py).try_borrow()?;
            let index: &CoreIndex = &borrowed;
            if nodes.behind(index) > LONG_CATCH_UP {
                without_gil(py, || nodes.tree(index).map(drop))?;
            }
            job(nodes, index)
        })
    }

    fn forget(&self, py: Python<'_>) -> PyResult<()> {
        replace(py, self.nodes(py), NodeMap::default());
        replace(py, self.heads(py), None);
        replace(py, self.docket(py), None);
        Ok(())
    }

    /// Those of the revisions in a Python iterable that exist.
    fn known_revisions(&self, py: Python<'_>, revs: Option<&PyObject>) -> PyResult<RevisionSet> {
        let Some(revs) = revs.filter(|revs| **revs != py.None()) else {
            return Ok(RevisionSet::new());
        };
        let revs = convert::revisions(py, revs)?;
        self.read(py, |index| {
            let known = Revision::ZERO..index.end();
            Ok(revs.into_iter().filter(|rev| known.contains(rev)).collect())
        })
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
        let end = self.read(py, |index| Ok(index.end()))?;
        let stop = stop_rev
            .filter(|stop| (Revision::ZERO..end).contains(stop))
            .unwrap_or(end);
        if stop == Revision::ZERO {
            return Ok(convert::revision_list(py, [Revision::NULL])?.cast_into(py)?);
        }
        if let Some((for_hidden, heads)) = &*borrow_mut(py, self.heads(py)) {
            if stop == end && *for_hidden == hidden {
                return Ok(heads.clone_ref(py));
            }
        }
        let heads = self.walk(py, |index| Ok(index.head_revs(stop, &hidden)?))?;
        let heads: PyList = convert::revision_list(py, heads)?.cast_into(py)?;
        if stop == end {
            replace(py, self.heads(py), Some((hidden, heads.clone_ref(py))));
        }
        Ok(heads)
    }
}
