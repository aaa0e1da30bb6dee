// SPDX-License-Identifier: GPL-2.0-or-later
//! The calls of a revlog's index (pyo3 contract section 4.4).

use hg_core::dag::{self, RevisionSet};
use hg_core::revlog::{Gaps, NodeSource, NodeTreeError, RevlogError, RevlogIndex, RECORD_SIZE};
use hg_core::types::Revision;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PySet, PyTuple};

use super::arguments::{self, entry_tuple};
use super::errors::{ambiguous, bare, revlog_error};
use super::inner::InnerRevlog;
use crate::buffer::Buffer;
use crate::convert::{self, bytes_list, revision_list, revision_set, revisions};
use crate::errors::Raise;
use crate::revision::PyRevision;

/// Adding more revisions than this to the map of nodes takes about a
/// millisecond or longer: other Python threads go on meanwhile.
const LONG_CATCH_UP: usize = 5000;

/// Walking more revisions than this takes about a tenth of a millisecond.
const LONG_WALK: usize = 10_000;

/// What is wrong with the graph that is asked, not with what is asked.
struct Walked(dag::GraphError);

impl From<dag::GraphError> for Walked {
    fn from(error: dag::GraphError) -> Self {
        Self(error)
    }
}

impl Raise for Walked {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        self.0.into_exception(py)
    }
}

/// A docket, how many bytes die, and what is to be appended.
type MapAddition<'py> = (Py<PyAny>, usize, Bound<'py, PyBytes>);

#[allow(non_snake_case)] // The contract's names.
#[pymethods]
impl InnerRevlog {
    #[getter]
    fn _index_entry_size(&self) -> usize {
        RECORD_SIZE
    }

    #[getter]
    fn _index_rust_ext_compat(&self) -> i32 {
        1
    }

    #[getter]
    fn _index_is_rust(&self) -> bool {
        true
    }

    fn _index___len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.revlog.read(py)?.index().index().len())
    }

    fn _index___getitem__<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(node) = key.cast::<PyBytes>() {
            return Ok(self._index_get_rev(py, node)?.into_pyobject(py)?.into_any());
        }
        let rev = key.extract::<PyRevision>()?.get();
        let record = self.revlog.read(py)?.index().index().record(rev);
        match record {
            Some(record) => Ok(entry_tuple(py, &record)?.into_any()),
            None => Err(PyIndexError::new_err("revlog index out of range")),
        }
    }

    /// Whether there is a revision of this number or node.
    fn _index___contains__(&self, py: Python<'_>, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        if let Ok(node) = item.cast::<PyBytes>() {
            return Ok(self._index_get_rev(py, node)?.is_some());
        }
        let rev = item.extract::<PyRevision>()?.get();
        Ok(self.revlog.read(py)?.index().index().record(rev).is_some())
    }

    /// Strip from a revision, or from the start of a slice, on.
    fn _index___delitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<()> {
        let start: PyRevision = match key.cast::<PyInt>() {
            Ok(rev) => rev.extract()?,
            Err(_) => key.getattr(intern!(py, "start"))?.extract()?,
        };
        let rev = start.get();
        if rev.is_null() {
            return Ok(());
        }
        let stripped = self.write(py, |revlog| match revlog.strip(rev) {
            Err(RevlogError::InvalidRevision(_)) => Ok(false),
            result => result.map(|()| true),
        })?;
        if !stripped {
            let text = format!(
                "Inconsistency: Revision {} found in nodemap is not in revlog index",
                start.0
            );
            return Err(PyValueError::new_err(text));
        }
        Ok(())
    }

    fn _index_append(&self, py: Python<'_>, tup: &Bound<'_, PyTuple>) -> PyResult<()> {
        let record = arguments::record(tup)?;
        self.write(py, |revlog| revlog.append(&record))
    }

    fn _index_clearcaches(&self, py: Python<'_>) -> PyResult<()> {
        let dropped = self.revlog.write(py)?.state().index().clear_caches();
        drop(dropped);
        self.heads.forget();
        drop(self.docket.replace(None));
        Ok(())
    }

    fn _index_get_rev(&self, py: Python<'_>, node: &Bound<'_, PyBytes>) -> PyResult<Option<i32>> {
        let node = convert::node(node)?;
        let rev = self.look_up(py, |index| index.rev(&node))?;
        Ok(rev.map(Revision::get))
    }

    fn _index_rev(&self, py: Python<'_>, node: &Bound<'_, PyBytes>) -> PyResult<i32> {
        self._index_get_rev(py, node)?.ok_or_else(|| bare(py))
    }

    fn _index_has_node(&self, py: Python<'_>, node: &Bound<'_, PyBytes>) -> PyResult<bool> {
        Ok(self._index_get_rev(py, node)?.is_some())
    }

    fn _index_shortest(&self, py: Python<'_>, node: &Bound<'_, PyBytes>) -> PyResult<usize> {
        let node = convert::node(node)?;
        let shortest = self.look_up(py, |index| index.shortest(&node))?;
        shortest.ok_or_else(|| bare(py))
    }

    fn _index_partialmatch<'py>(
        &self,
        py: Python<'py>,
        hex: &Bound<'py, PyBytes>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let prefix = arguments::node_prefix(hex)?;
        let found = self.look_up(py, |index| match index.complete(&prefix) {
            Err(NodeTreeError::AmbiguousPrefix) => Ok(Err(())),
            found => found.map(Ok),
        })?;
        match found {
            Ok(node) => Ok(node.map(|node| PyBytes::new(py, node.as_bytes()))),
            Err(()) => Err(ambiguous(py, hex)),
        }
    }

    fn _index_pack_header<'py>(&self, py: Python<'py>, header: i32) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &header.to_be_bytes())
    }

    fn _index_entry_binary<'py>(
        &self,
        py: Python<'py>,
        rev: PyRevision,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let entry = self.read(py, |revlog| {
            let entry = revlog.index().index().entry_binary(rev.get());
            let entry = entry.ok_or(RevlogError::InvalidRevision(rev.get()))?;
            Ok::<_, RevlogError>(entry.to_vec())
        })?;
        Ok(PyBytes::new(py, &entry))
    }

    /// The heads; one list, as long as they are the same.
    #[pyo3(signature = (filtered_revs=None, stop_rev=None))]
    fn _index_headrevs<'py>(
        &self,
        py: Python<'py>,
        filtered_revs: Option<&Bound<'py, PyAny>>,
        stop_rev: Option<PyRevision>,
    ) -> PyResult<Bound<'py, PyList>> {
        let revs = match filtered_revs {
            Some(revs) if !revs.is_none() => revisions(revs)?,
            _ => Vec::new(),
        };
        let stop = stop_rev.map(PyRevision::get);
        let (hidden, known) = self.read(py, |revlog| {
            let mut hidden = RevisionSet::new();
            hidden.extend_checked(revlog.index(), revs)?;
            let known = match stop {
                None => revlog.index().known_heads(&hidden),
                Some(_) => None,
            };
            Ok::<_, Walked>((hidden, known))
        })?;
        if let Some(heads) = known {
            return self.heads.list(py, heads);
        }
        let heads = self.walk(py, |index| index.heads(hidden, stop))?;
        match stop {
            None => self.heads.list(py, heads),
            Some(_) => revision_list(py, heads.iter().copied()),
        }
    }

    fn _index_head_node_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let nodes = self.walk(py, |index| {
            let heads = index.heads(RevisionSet::new(), None)?;
            let nodes = heads.iter().filter_map(|&rev| index.index().node(rev));
            Ok(nodes.copied().collect::<Vec<_>>())
        })?;
        bytes_list(py, nodes.iter())
    }

    fn _index_headrevsdiff<'py>(
        &self,
        py: Python<'py>,
        begin: PyRevision,
        end: PyRevision,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        let length = self.revlog.read(py)?.index().index().end();
        for rev in [begin.get(), end.get()] {
            if rev < Revision::ZERO || rev > length {
                let text = format!("revlog index out of range: {}", rev.get());
                return Err(PyValueError::new_err(text));
            }
        }
        let (begin, end) = (begin.get(), end.get());
        let (removed, added) = match begin < end {
            true => self.walk(py, |index| dag::heads_diff(index, begin, end))?,
            false => Default::default(),
        };
        Ok((revision_list(py, removed)?, revision_list(py, added)?))
    }

    fn _index_computephasesmapsets<'py>(
        &self,
        py: Python<'py>,
        roots: &Bound<'py, PyDict>,
    ) -> PyResult<(i32, Bound<'py, PyDict>)> {
        const PUBLIC: i64 = 0;
        let mut sets = <[RevisionSet; 4]>::default();
        // A copy: to read a revision may run any code, which may change it.
        for (phase, revs) in roots.copy()?.iter() {
            let phase: i64 = phase.extract()?;
            if phase == PUBLIC {
                continue;
            }
            let tracked = dag::TRACKED_PHASES.into_iter().zip(&mut sets);
            let mut tracked = tracked.filter(|(number, _)| i64::from(*number) == phase);
            let Some((_, set)) = tracked.next() else {
                let text = format!("abort: corrupted revlog, invalid phase value {phase}");
                return Err(revlog_error(py, &text));
            };
            let revs = revisions(&revs)?;
            self.read(py, |revlog| {
                Ok::<_, Walked>(set.extend_checked(revlog.index(), revs)?)
            })?;
        }
        let (end, sets) = self.walk(py, |index| {
            let end = index.index().end();
            Ok((end, dag::phase_sets(index, end, &sets)?))
        })?;
        let phases = PyDict::new(py);
        for (set, phase) in sets.iter().zip(dag::TRACKED_PHASES) {
            phases.set_item(phase, revision_set(py, set)?)?;
        }
        Ok((end.get(), phases))
    }

    fn _index_reachableroots2<'py>(
        &self,
        py: Python<'py>,
        minroot: i32,
        heads: &Bound<'py, PyAny>,
        roots: &Bound<'py, PyAny>,
        includepath: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let (heads, roots) = (revisions(heads)?, revisions(roots)?);
        let min_root = Revision::new(minroot);
        let reached = self.read_detached(py, |revlog| {
            let index = revlog.index();
            index.reachable_roots(min_root, &heads, &roots, includepath)
        })?;
        revision_list(py, reached)
    }

    #[pyo3(signature = (*revs))]
    fn _index_ancestors<'py>(
        &self,
        py: Python<'py>,
        revs: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        let revs = revisions(revs.as_any())?;
        let found = self.walk(py, |index| dag::deepest_common_ancestors(index, &revs))?;
        revision_list(py, found)
    }

    #[pyo3(signature = (*revs))]
    fn _index_commonancestorsheads<'py>(
        &self,
        py: Python<'py>,
        revs: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        let revs = revisions(revs.as_any())?;
        let found = self.walk(py, |index| dag::common_ancestors_heads(index, &revs))?;
        revision_list(py, found)
    }

    fn _index_issnapshot(&self, py: Python<'_>, rev: PyRevision) -> PyResult<bool> {
        self.read(py, |revlog| revlog.is_snapshot(rev.get()))
    }

    fn _index_findsnapshots(
        &self,
        py: Python<'_>,
        cache: &Bound<'_, PyDict>,
        start_rev: PyRevision,
        end_rev: PyRevision,
    ) -> PyResult<()> {
        let (start, end) = (start_rev.get(), end_rev.get());
        let snapshots = self.read_detached(py, |revlog| revlog.snapshots(start, end))?;
        for (base, rev) in snapshots {
            let (base, rev) = (base.get(), rev.get());
            match cache.get_item(base)? {
                Some(revs) => {
                    revs.call_method1(intern!(py, "add"), (rev,))?;
                }
                None => cache.set_item(base, PySet::new(py, [rev])?)?,
            }
        }
        Ok(())
    }

    pub fn _index_deltachain<'py>(
        &self,
        py: Python<'py>,
        rev: PyRevision,
        stop_rev: Option<PyRevision>,
    ) -> PyResult<(Bound<'py, PyList>, bool)> {
        let stop = stop_rev.map(PyRevision::get);
        let chain = self.read(py, |revlog| revlog.delta_chain(rev.get(), stop))?;
        Ok((revision_list(py, chain.revs)?, chain.stopped))
    }

    fn _index_slicechunktodensity<'py>(
        &self,
        py: Python<'py>,
        revs: &Bound<'py, PyAny>,
        targetdensity: f64,
        mingapsize: i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let revs = revisions(revs)?;
        if revs.is_empty() {
            return Ok(PyList::empty(py).into_any());
        }
        let chunks = self.read(py, |revlog| {
            let index = revlog.index().index();
            index.slice_chunk_to_density(&revs, targetdensity, mingapsize, Gaps::File)
        })?;
        match chunks {
            None => Ok(PyTuple::new(py, [revision_list(py, revs)?])?.into_any()),
            Some(chunks) => {
                let chunks = chunks.into_iter().map(|chunk| revision_list(py, chunk));
                let chunks: Vec<_> = chunks.collect::<PyResult<_>>()?;
                Ok(PyList::new(py, chunks)?.into_any())
            }
        }
    }

    fn _index_nodemap_data_all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let data = self.read_detached(py, |revlog| revlog.index().map_to_save())?;
        Ok(PyBytes::new(py, &data))
    }

    /// The docket is given back once: what it tells of is appended to now.
    fn _index_nodemap_data_incremental<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<MapAddition<'py>>> {
        if self.docket.read(|_| Some(())).is_none() {
            return Ok(None);
        }
        let (data, changed) = self.look_up(py, RevlogIndex::map_to_append)?;
        let Some(docket) = self.docket.replace(None) else {
            return Ok(None);
        };
        Ok(Some((docket, changed, PyBytes::new(py, &data))))
    }

    fn _index_update_nodemap_data(
        &self,
        py: Python<'_>,
        docket: Bound<'_, PyAny>,
        nm_data: Buffer,
    ) -> PyResult<()> {
        let tip = docket.getattr(intern!(py, "tip_rev"))?;
        let tip = tip.extract::<PyRevision>()?.get();
        let data = bytes::Bytes::from_owner(nm_data);
        // Where it is refused, it is let go here, when nothing is borrowed.
        let lent = data.clone();
        let replaced = self.read(py, |revlog| revlog.index().use_saved_map(data, tip));
        drop(lent);
        drop(replaced?);
        drop(self.docket.replace(Some(docket.unbind())));
        Ok(())
    }
}

impl InnerRevlog {
    /// Walk the graph; other Python threads go on where it may be long.
    fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&RevlogIndex) -> Result<T, dag::GraphError> + Send,
    ) -> PyResult<T> {
        let length = self.revlog.read(py)?.index().index().len();
        let job = |revlog: &hg_core::revlog::InnerRevlog| job(revlog.index()).map_err(Walked);
        match length > LONG_WALK {
            true => self.read_detached(py, job),
            false => self.read(py, job),
        }
    }

    /// Run a job that is short once all nodes are in the map.
    fn look_up<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&RevlogIndex) -> Result<T, NodeTreeError>,
    ) -> PyResult<T> {
        if self.revlog.read(py)?.index().unmapped() > LONG_CATCH_UP {
            self.read_detached(py, |revlog| revlog.index().map_all())?;
        }
        self.read(py, |revlog| job(revlog.index()))
    }
}
