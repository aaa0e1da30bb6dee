// SPDX-License-Identifier: GPL-2.0-or-later
//! `NodeTree`: a map of some nodes of an index (contract section 4).

use std::cell::RefCell;

use cpython::{py_class, PyObject, PyResult, Python, UnsafePyLeaked};
use hg_core::revlog::{Index as CoreIndex, NodeTree as CoreNodeTree};

use super::{arguments, Index};
use crate::errors::{raise_after, Error};
use crate::gil::borrow_mut;
use crate::revision::PyRevision;

py_class!(pub class NodeTree |py| {
    data index: UnsafePyLeaked<&'static CoreIndex>;
    data tree: RefCell<CoreNodeTree>;

    def __new__(_cls, index: Index) -> PyResult<NodeTree> {
        NodeTree::create_instance(py, index.leak(py)?, RefCell::default())
    }

    /// Whether the index has changed, so that nothing else works any more.
    def is_invalidated(&self) -> PyResult<bool> {
        // SAFETY: nothing is read through the reference.
        Ok(unsafe { self.index(py).try_borrow(py) }.is_err())
    }

    def insert(&self, rev: PyRevision) -> PyResult<PyObject> {
        self.with(py, |tree, index| Ok(tree.insert(index, rev.0)?))?;
        Ok(py.None())
    }

    def shortest(&self, node: PyObject) -> PyResult<usize> {
        let node = arguments::node(py, &node)?;
        self.with(py, |tree, index| {
            tree.shortest(index, &node)?.ok_or(Error::NoSuchNode)
        })
    }

    /// The only revision with this prefix; null counts.
    def prefix_rev_lookup(&self, node_prefix: PyObject) -> PyResult<Option<PyRevision>> {
        match arguments::node_prefix(py, &node_prefix)? {
            Some(prefix) => {
                let found = self.with(py, |tree, index| Ok(tree.find(index, &prefix)?))?;
                Ok(found.map(PyRevision))
            }
            None => Ok(None),
        }
    }
});

impl NodeTree {
    fn with<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut CoreNodeTree, &CoreIndex) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || {
            let mut tree = borrow_mut(py, self.tree(py));
            // SAFETY: the reference does not outlive the borrow.
            let index = unsafe { self.index(py).try_borrow(py)? };
            job(&mut tree, *index)
        })
    }
}
