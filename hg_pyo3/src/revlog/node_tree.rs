// SPDX-License-Identifier: GPL-2.0-or-later
//! `NodeTree`: a map of some nodes of an index (pyo3 contract section 4.7).

use std::sync::{Mutex, PoisonError};

use hg_core::revlog::{self as core, NodeTreeError, RevlogError};
use hg_core::types::Revision;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::bare;
use super::inner::InnerRevlog;
use super::{arguments, errors};
use crate::convert;
use crate::jobs;
use crate::revision::PyRevision;

/// A map of some nodes, until the index changes.
#[pyclass(frozen)]
pub struct NodeTree {
    revlog: Py<InnerRevlog>,
    generation: u64,
    tree: Mutex<core::NodeTree>,
}

#[pymethods]
impl NodeTree {
    #[new]
    fn new(index_proxy: Bound<'_, PyAny>) -> PyResult<Self> {
        let revlog = index_proxy.getattr(intern!(index_proxy.py(), "inner"))?;
        let revlog: Py<InnerRevlog> = revlog.cast_into::<InnerRevlog>()?.unbind();
        Ok(Self {
            generation: revlog.get().revlog.generation(),
            revlog,
            tree: Mutex::default(),
        })
    }

    /// Whether the index has changed, so that nothing else works any more.
    fn is_invalidated(&self) -> bool {
        self.revlog.get().revlog.generation() != self.generation
    }

    fn insert(&self, py: Python<'_>, rev: PyRevision) -> PyResult<()> {
        let rev = rev.get();
        self.with(py, |tree, revlog| {
            if rev.is_null() {
                return Err(RevlogError::InvalidRevision(rev));
            }
            Ok(tree.insert(revlog.index().index(), rev)?)
        })
    }

    fn shortest(&self, py: Python<'_>, node: Bound<'_, PyBytes>) -> PyResult<usize> {
        let node = convert::node(&node)?;
        let shortest = self.with(py, |tree, revlog| {
            Ok(tree.shortest(revlog.index().index(), &node)?)
        })?;
        shortest.ok_or_else(|| bare(py))
    }

    /// The only revision with this prefix; null counts.
    fn prefix_rev_lookup(
        &self,
        py: Python<'_>,
        node_prefix: Bound<'_, PyBytes>,
    ) -> PyResult<Option<i32>> {
        let prefix = arguments::node_prefix(&node_prefix)?;
        let found = self.with(py, |tree, revlog| {
            match tree.find(revlog.index().index(), &prefix) {
                Err(NodeTreeError::AmbiguousPrefix) => Ok(Err(())),
                found => Ok(Ok(found?)),
            }
        })?;
        match found {
            Ok(rev) => Ok(rev.map(Revision::get)),
            Err(()) => Err(errors::ambiguous(py, &node_prefix)),
        }
    }
}

impl NodeTree {
    fn with<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut core::NodeTree, &core::InnerRevlog) -> Result<T, RevlogError>,
    ) -> PyResult<T> {
        let revlog = self.revlog.get();
        revlog.revlog.check(self.generation)?;
        let result = {
            let state = revlog.revlog.read(py)?;
            let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
            job(&mut tree, &state)
        };
        jobs::run(py, || result)
    }
}
