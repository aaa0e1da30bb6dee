// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.discovery` (contract section 4).

use std::cell::RefCell;

use cpython::{
    py_class, ObjectProtocol, PyBool, PyDict, PyModule, PyObject, PyResult, PySet, PyTuple, Python,
    PythonObject, ToPyObject,
};
use hg_core::dag::PartialDiscovery as CoreDiscovery;
use hg_core::types::Revision;

use crate::convert;
use crate::gil::borrow_mut;
use crate::graph::{BorrowedGraph, GraphHandle};
use crate::revision::PyRevision;
use crate::submodule;

py_class!(pub class PartialDiscovery |py| {
    data graph: GraphHandle;
    data discovery: RefCell<CoreDiscovery>;

    def __new__(
        _cls,
        repo: PyObject,
        targetheads: PyObject,
        respectsize: bool,
        randomize: bool = true
    ) -> PyResult<PartialDiscovery> {
        let index = repo.getattr(py, "changelog")?.getattr(py, "index")?;
        let graph = GraphHandle::new(py, &index)?;
        let heads = convert::revisions(py, &targetheads)?;
        let discovery = CoreDiscovery::new(heads, respectsize, randomize);
        PartialDiscovery::create_instance(py, graph, RefCell::new(discovery))
    }

    def addcommons(&self, commons: PyObject) -> PyResult<PyObject> {
        let revs = convert::revisions(py, &commons)?;
        self.walk(py, |discovery, graph| discovery.add_common(graph, &revs))?;
        Ok(py.None())
    }

    def addmissings(&self, missings: PyObject) -> PyResult<PyObject> {
        let revs = convert::revisions(py, &missings)?;
        self.walk(py, |discovery, graph| discovery.add_missing(graph, revs))?;
        Ok(py.None())
    }

    def addinfo(&self, sample: PyObject) -> PyResult<PyObject> {
        let (mut common, mut missing) = (Vec::new(), Vec::new());
        for info in sample.iter(py)? {
            let (PyRevision(rev), known): (PyRevision, PyBool) = info?.extract(py)?;
            if known.is_true() { &mut common } else { &mut missing }.push(rev);
        }
        self.walk(py, |discovery, graph| {
            discovery.add_common(graph, &common)?;
            discovery.add_missing(graph, missing)
        })?;
        Ok(py.None())
    }

    def hasinfo(&self) -> PyResult<bool> {
        Ok(borrow_mut(py, self.discovery(py)).has_info())
    }

    def iscomplete(&self) -> PyResult<bool> {
        Ok(borrow_mut(py, self.discovery(py)).is_complete())
    }

    def stats(&self) -> PyResult<PyDict> {
        let undecided = borrow_mut(py, self.discovery(py)).undecided_count();
        let stats = PyDict::new(py);
        stats.set_item(py, "undecided", undecided)?;
        Ok(stats)
    }

    def commonheads(&self) -> PyResult<PySet> {
        let heads = self.walk(py, |discovery, graph| discovery.common_heads(graph))?;
        convert::revision_set(py, &heads)
    }

    def takefullsample(&self, headrevs: PyObject, size: usize) -> PyResult<PyObject> {
        let _ = headrevs; // The heads of what is undecided serve instead.
        let sample = self.walk(py, |discovery, graph| discovery.take_full_sample(graph, size))?;
        Ok(revision_tuple(py, &sample))
    }

    def takequicksample(&self, headrevs: PyObject, size: usize) -> PyResult<PyObject> {
        let heads = convert::revisions(py, &headrevs)?;
        let sample = self.walk(py, |discovery, graph| {
            discovery.take_quick_sample(graph, heads, size)
        })?;
        Ok(revision_tuple(py, &sample))
    }
});

impl PartialDiscovery {
    fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut CoreDiscovery, &BorrowedGraph<'_>) -> Result<T, hg_core::dag::GraphError>
            + Send,
    ) -> PyResult<T> {
        self.graph(py).walk_on(py, self.discovery(py), job)
    }
}

fn revision_tuple(py: Python<'_>, revs: &[Revision]) -> PyObject {
    let revs: Vec<PyObject> = revs
        .iter()
        .map(|rev| PyRevision(*rev).to_py_object(py).into_object())
        .collect();
    PyTuple::new(py, &revs).into_object()
}

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let doc = "What a peer has in common with us.";
    let module = submodule::add(py, package, "discovery", doc)?;
    module.add_class::<PartialDiscovery>(py)
}
