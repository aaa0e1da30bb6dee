// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.ancestor` (contract section 4).

use std::cell::RefCell;

use cpython::{
    py_class, ObjectProtocol, PyBool, PyClone, PyModule, PyObject, PyResult, PySet, Python,
};
use hg_core::dag::{AncestorsWalk, MissingAncestors as CoreMissing, RevisionSet};
use hg_core::types::Revision;

use crate::convert;
use crate::errors::{raise_after, OrRaise};
use crate::gil::borrow_mut;
use crate::graph::GraphHandle;
use crate::revision::PyRevision;
use crate::submodule;

/// The start of every walk: index, initial revisions, where to stop.
fn new_walk(
    py: Python<'_>,
    graph: &GraphHandle,
    initrevs: &[Revision],
    stoprev: Revision,
    inclusive: bool,
) -> PyResult<AncestorsWalk> {
    let initrevs = initrevs.iter().copied();
    graph
        .with(py, |graph| {
            AncestorsWalk::new(graph, initrevs, stoprev, inclusive)
        })
        .or_raise(py)
}

/// Whether `item` is among the ancestors; what is no revision is not.
fn contains(
    py: Python<'_>,
    graph: &GraphHandle,
    walk: &RefCell<AncestorsWalk>,
    item: &PyObject,
) -> PyResult<bool> {
    // Before the borrow: this may run Python code, which may ask us again.
    let target = item.extract::<PyRevision>(py).ok().map(|rev| rev.0);
    raise_after(py, || {
        let mut walk = borrow_mut(py, walk);
        // Whether or not it must go on, the graph must be the one it walked.
        graph.with(py, |_| Ok(()))?;
        let Some(target) = target else {
            return Ok(false);
        };
        match walk.known(target) {
            Some(known) => Ok(known),
            None => {
                let walk: &mut AncestorsWalk = &mut walk;
                graph.walk(py, |graph| walk.contains(graph, target))
            }
        }
    })
}

py_class!(pub class AncestorsIterator |py| {
    data graph: GraphHandle;
    data walk: RefCell<AncestorsWalk>;

    def __new__(
        _cls, index: PyObject, initrevs: PyObject, stoprev: PyRevision, inclusive: PyBool
    ) -> PyResult<AncestorsIterator> {
        let graph = GraphHandle::new(py, &index)?;
        let initrevs = convert::revisions(py, &initrevs)?;
        let walk = new_walk(py, &graph, &initrevs, stoprev.0, inclusive.is_true())?;
        AncestorsIterator::create_instance(py, graph, RefCell::new(walk))
    }

    def __iter__(&self) -> PyResult<AncestorsIterator> {
        Ok(self.clone_ref(py))
    }

    def __next__(&self) -> PyResult<Option<PyRevision>> {
        raise_after(py, || {
            let mut walk = borrow_mut(py, self.walk(py));
            let next = self.graph(py).with(py, |graph| walk.step(graph))?;
            Ok(next.map(PyRevision))
        })
    }

    def __contains__(&self, item: PyObject) -> PyResult<bool> {
        contains(py, self.graph(py), self.walk(py), &item)
    }
});

py_class!(pub class LazyAncestors |py| {
    data graph: GraphHandle;
    data walk: RefCell<AncestorsWalk>;
    // For new iterators, which see the index as it is when they start.
    data index: PyObject;
    data initrevs: Vec<Revision>;
    data stoprev: Revision;
    data inclusive: bool;

    def __new__(
        _cls, index: PyObject, initrevs: PyObject, stoprev: PyRevision, inclusive: PyBool
    ) -> PyResult<LazyAncestors> {
        let graph = GraphHandle::new(py, &index)?;
        let initrevs = convert::revisions(py, &initrevs)?;
        let inclusive = inclusive.is_true();
        let walk = RefCell::new(new_walk(py, &graph, &initrevs, stoprev.0, inclusive)?);
        LazyAncestors::create_instance(py, graph, walk, index, initrevs, stoprev.0, inclusive)
    }

    def __contains__(&self, item: PyObject) -> PyResult<bool> {
        contains(py, self.graph(py), self.walk(py), &item)
    }

    def __iter__(&self) -> PyResult<AncestorsIterator> {
        let graph = GraphHandle::new(py, self.index(py))?;
        let (stoprev, inclusive) = (*self.stoprev(py), *self.inclusive(py));
        let walk = new_walk(py, &graph, self.initrevs(py), stoprev, inclusive)?;
        AncestorsIterator::create_instance(py, graph, RefCell::new(walk))
    }

    def __bool__(&self) -> PyResult<bool> {
        Ok(!borrow_mut(py, self.walk(py)).is_empty())
    }
});

py_class!(pub class MissingAncestors |py| {
    data graph: GraphHandle;
    data missing: RefCell<CoreMissing>;

    def __new__(_cls, index: PyObject, bases: PyObject) -> PyResult<MissingAncestors> {
        let graph = GraphHandle::new(py, &index)?;
        let bases = convert::revisions(py, &bases)?;
        let mut missing = CoreMissing::default();
        graph.with(py, |graph| missing.add_bases(graph, &bases)).or_raise(py)?;
        MissingAncestors::create_instance(py, graph, RefCell::new(missing))
    }

    def hasbases(&self) -> PyResult<bool> {
        Ok(borrow_mut(py, self.missing(py)).has_bases())
    }

    def addbases(&self, bases: PyObject) -> PyResult<PyObject> {
        let bases = convert::revisions(py, &bases)?;
        raise_after(py, || {
            let mut missing = borrow_mut(py, self.missing(py));
            self.graph(py).with(py, |graph| missing.add_bases(graph, &bases))
        })?;
        Ok(py.None())
    }

    def bases(&self) -> PyResult<PySet> {
        let bases = borrow_mut(py, self.missing(py)).bases().clone();
        convert::revision_set(py, &bases)
    }

    def basesheads(&self) -> PyResult<PySet> {
        let heads = self.graph(py).walk_on(py, self.missing(py), |missing, graph| {
            missing.bases_heads(graph)
        })?;
        convert::revision_set(py, &heads)
    }

    def removeancestorsfrom(&self, revs: PyObject) -> PyResult<PyObject> {
        let members = convert::revisions(py, &revs)?;
        let left = self.graph(py).walk_on(py, self.missing(py), |missing, graph| {
            let mut left = RevisionSet::new();
            left.extend_checked(graph, members)?;
            missing.remove_ancestors_from(graph, &mut left)?;
            Ok(left)
        })?;
        let left = convert::revision_list(py, left.iter())?;
        revs.call_method(py, "intersection_update", (left,), None)
    }

    def missingancestors(&self, revs: PyObject) -> PyResult<PyObject> {
        let revs = convert::revisions(py, &revs)?;
        let found = self.graph(py).walk_on(py, self.missing(py), |missing, graph| {
            missing.missing_ancestors(graph, revs)
        })?;
        convert::revision_list(py, found)
    }
});

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let module = submodule::add(py, package, "ancestor", "Ancestors in the revision graph.")?;
    module.add_class::<AncestorsIterator>(py)?;
    module.add_class::<LazyAncestors>(py)?;
    module.add_class::<MissingAncestors>(py)
}
