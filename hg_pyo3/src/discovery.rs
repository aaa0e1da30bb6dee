// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.discovery`: what a peer has in common with us (pyo3 contract
//! section 3).

use hg_core::dag::PartialDiscovery as CoreDiscovery;
use hg_core::types::Revision;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyTuple};

use crate::convert;
use crate::graph::{GraphHandle, Walker};
use crate::revision::PyRevision;
use crate::submodule;

/// What is known so far of what a peer has.
#[pyclass(frozen)]
struct PartialDiscovery(Walker<CoreDiscovery>);

#[pymethods]
impl PartialDiscovery {
    #[new]
    #[pyo3(signature = (repo, targetheads, respectsize, randomize=true))]
    fn new(
        repo: Bound<'_, PyAny>,
        targetheads: Bound<'_, PyAny>,
        respectsize: bool,
        randomize: bool,
    ) -> PyResult<Self> {
        let graph = GraphHandle::new(&repo.getattr("changelog")?.getattr("index")?)?;
        let heads = convert::revisions(&targetheads)?;
        let discovery = CoreDiscovery::new(heads, respectsize, randomize);
        Ok(Self(Walker::new(graph, discovery)))
    }

    fn addcommons(&self, py: Python<'_>, commons: Bound<'_, PyAny>) -> PyResult<()> {
        let revs = convert::revisions(&commons)?;
        self.0
            .walk(py, |discovery, index| discovery.add_common(index, &revs))
    }

    fn addmissings(&self, py: Python<'_>, missings: Bound<'_, PyAny>) -> PyResult<()> {
        let revs = convert::revisions(&missings)?;
        self.0
            .walk(py, |discovery, index| discovery.add_missing(index, revs))
    }

    /// Takes pairs of a revision and whether the peer has it.
    fn addinfo(&self, py: Python<'_>, sample: Bound<'_, PyAny>) -> PyResult<()> {
        let (mut common, mut missing) = (Vec::new(), Vec::new());
        for pair in sample.try_iter()? {
            let (rev, known) = pair?.extract::<(PyRevision, bool)>()?;
            if known { &mut common } else { &mut missing }.push(rev.get());
        }
        self.0.walk(py, |discovery, index| {
            discovery.add_common(index, &common)?;
            discovery.add_missing(index, missing)
        })
    }

    fn hasinfo(&self, py: Python<'_>) -> bool {
        self.0.state(py).has_info()
    }

    fn iscomplete(&self, py: Python<'_>) -> bool {
        self.0.state(py).is_complete()
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let undecided = self.0.state(py).undecided_count();
        let stats = PyDict::new(py);
        stats.set_item("undecided", undecided)?;
        Ok(stats)
    }

    fn commonheads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        let heads = self
            .0
            .walk(py, |discovery, index| discovery.common_heads(index))?;
        convert::revision_set(py, &heads)
    }

    /// Revisions worth asking for. The heads of what is undecided serve, whatever
    /// is given.
    fn takefullsample<'py>(
        &self,
        py: Python<'py>,
        _headrevs: Bound<'py, PyAny>,
        size: usize,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let sample = self.0.walk(py, |discovery, index| {
            discovery.take_full_sample(index, size)
        })?;
        PyTuple::new(py, sample.into_iter().map(Revision::get))
    }

    /// Revisions worth asking for, near the heads.
    fn takequicksample<'py>(
        &self,
        py: Python<'py>,
        headrevs: Bound<'py, PyAny>,
        size: usize,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let heads = convert::revisions(&headrevs)?;
        let sample = self.0.walk(py, |discovery, index| {
            discovery.take_quick_sample(index, heads, size)
        })?;
        PyTuple::new(py, sample.into_iter().map(Revision::get))
    }
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "discovery", "What a peer has in common with us.")?;
    module.add_class::<PartialDiscovery>()
}
