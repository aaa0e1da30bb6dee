// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.ancestor`: ancestors in the revision graph (pyo3 contract section
//! 3).

use hg_core::dag::{AncestorsWalk, MissingAncestors as CoreMissing, RevisionSet};
use hg_core::types::Revision;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySet, PyTuple};

use crate::convert;
use crate::graph::{GraphHandle, Walker};
use crate::revision::PyRevision;
use crate::submodule;

/// What every walk to ancestors starts with.
struct Start {
    initrevs: Vec<Revision>,
    stoprev: Revision,
    inclusive: bool,
}

impl Start {
    fn new(initrevs: &Bound<'_, PyAny>, stoprev: PyRevision, inclusive: bool) -> PyResult<Self> {
        Ok(Self {
            initrevs: convert::revisions(initrevs)?,
            stoprev: stoprev.get(),
            inclusive,
        })
    }

    fn walker(&self, index_proxy: &Bound<'_, PyAny>) -> PyResult<Walker<AncestorsWalk>> {
        let graph = GraphHandle::new(index_proxy)?;
        let initrevs = self.initrevs.iter().copied();
        let walk = graph.with(index_proxy.py(), |index| {
            AncestorsWalk::new(index, initrevs, self.stoprev, self.inclusive)
        })?;
        Ok(Walker::new(graph, walk))
    }
}

/// Ancestors, the highest first.
#[pyclass(frozen)]
struct AncestorsIterator(Walker<AncestorsWalk>);

#[pymethods]
impl AncestorsIterator {
    #[new]
    fn new(
        index_proxy: Bound<'_, PyAny>,
        initrevs: Bound<'_, PyAny>,
        stoprev: PyRevision,
        inclusive: bool,
    ) -> PyResult<Self> {
        let start = Start::new(&initrevs, stoprev, inclusive)?;
        Ok(Self(start.walker(&index_proxy)?))
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<i32>> {
        let next = self.0.step(py, |walk, index| walk.step(index))?;
        Ok(next.map(Revision::get))
    }
}

/// A set of ancestors, of which no more is found than is asked for.
#[pyclass(frozen)]
struct LazyAncestors {
    walker: Walker<AncestorsWalk>,
    /// For new iterators, which see the index as it is when they start.
    index_proxy: Py<PyAny>,
    start: Start,
}

#[pymethods]
impl LazyAncestors {
    #[new]
    fn new(
        index_proxy: Bound<'_, PyAny>,
        initrevs: Bound<'_, PyAny>,
        stoprev: PyRevision,
        inclusive: bool,
    ) -> PyResult<Self> {
        let start = Start::new(&initrevs, stoprev, inclusive)?;
        Ok(Self {
            walker: start.walker(&index_proxy)?,
            index_proxy: index_proxy.unbind(),
            start,
        })
    }

    /// What is no revision is not in it.
    fn __contains__(&self, py: Python<'_>, obj: Bound<'_, PyAny>) -> PyResult<bool> {
        // Before anything is held: this may run Python code, which may ask us again.
        let target = obj.extract::<PyRevision>().ok().map(PyRevision::get);
        // Whether or not it must go on, the graph must be the one it walked.
        let known = self.walker.step(py, |walk, _| {
            Ok(target.map_or(Some(false), |target| walk.known(target)))
        })?;
        match (known, target) {
            (Some(known), _) => Ok(known),
            (None, Some(target)) => self
                .walker
                .walk(py, |walk, index| walk.contains(index, target)),
            (None, None) => Ok(false),
        }
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<AncestorsIterator> {
        let walker = self.start.walker(self.index_proxy.bind(py))?;
        Ok(AncestorsIterator(walker))
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        self.walker.step(py, |walk, _| Ok(!walk.is_empty()))
    }
}

/// What revisions have that others, the bases, have not.
#[pyclass(frozen)]
struct MissingAncestors {
    walker: Walker<CoreMissing>,
    /// Kept alive for as long.
    _index_proxy: Py<PyAny>,
}

#[pymethods]
impl MissingAncestors {
    #[new]
    fn new(index_proxy: Bound<'_, PyAny>, bases: Bound<'_, PyAny>) -> PyResult<Self> {
        let bases = convert::revisions(&bases)?;
        let walker = Walker::new(GraphHandle::new(&index_proxy)?, CoreMissing::default());
        walker.step(index_proxy.py(), |missing, index| {
            missing.add_bases(index, &bases)
        })?;
        Ok(Self {
            walker,
            _index_proxy: index_proxy.unbind(),
        })
    }

    fn hasbases(&self, py: Python<'_>) -> bool {
        self.walker.state(py).has_bases()
    }

    fn addbases(&self, py: Python<'_>, bases: Bound<'_, PyAny>) -> PyResult<()> {
        let bases = convert::revisions(&bases)?;
        self.walker
            .step(py, |missing, index| missing.add_bases(index, &bases))
    }

    fn bases<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        let bases = self.walker.state(py).bases().clone();
        convert::revision_set(py, &bases)
    }

    fn basesheads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        let heads = self
            .walker
            .walk(py, |missing, index| missing.bases_heads(index))?;
        convert::revision_set(py, &heads)
    }

    /// Leaves in the set `revs` what is no ancestor of the bases.
    fn removeancestorsfrom(&self, py: Python<'_>, revs: Bound<'_, PyAny>) -> PyResult<()> {
        let members = convert::revisions(&revs)?;
        let left = self.walker.walk(py, |missing, index| {
            let mut left = RevisionSet::new();
            left.extend_checked(index, members)?;
            missing.remove_ancestors_from(index, &mut left)?;
            Ok(left.iter().map(Revision::get).collect::<Vec<_>>())
        })?;
        revs.call_method1("intersection_update", (PyTuple::new(py, left)?,))?;
        Ok(())
    }

    /// The ancestors of `bases`, themselves included, that the bases have not.
    fn missingancestors<'py>(
        &self,
        py: Python<'py>,
        bases: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let revs = convert::revisions(&bases)?;
        let found = self
            .walker
            .walk(py, |missing, index| missing.missing_ancestors(index, revs))?;
        PyList::new(py, found.into_iter().map(Revision::get))
    }
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "ancestor", "Ancestors in the revision graph.")?;
    module.add_class::<AncestorsIterator>()?;
    module.add_class::<LazyAncestors>()?;
    module.add_class::<MissingAncestors>()
}
