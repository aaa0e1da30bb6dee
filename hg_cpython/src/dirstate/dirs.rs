// SPDX-License-Identifier: GPL-2.0-or-later
//! `Dirs`: the multiset of the directories of some paths.

use std::cell::RefCell;

use cpython::{exc, py_class, PyBytes, PyClone, PyDict, PyErr, PyObject, PyResult, Python};
use hg_core::dirstate::{Dirs as CoreDirs, DirsCursor, DirstateError};
use hg_core::types::HgPath;

use crate::convert;
use crate::errors::{raise_after, Error, OrRaise};
use crate::gil::borrow_mut;
use crate::iterators::{shared_iterator, SharedIterator};

py_class!(pub class Dirs |py| {
    data dirs: RefCell<CoreDirs>;

    def __new__(_cls, map: PyObject) -> PyResult<Dirs> {
        if map.cast_as::<PyDict>(py).is_ok() {
            return Err(PyErr::new::<exc::TypeError, _>(
                py,
                "Dirs takes an iterable of paths, not a dict",
            ));
        }
        let paths = convert::paths(py, &map)?;
        let dirs = CoreDirs::from_manifest(paths).map_err(Error::Dirs).or_raise(py)?;
        Dirs::create_instance(py, RefCell::new(dirs))
    }

    def addpath(&self, path: &PyBytes) -> PyResult<PyObject> {
        let path = convert::path(py, path);
        self.change(py, |dirs| dirs.add_path(path))
    }

    def delpath(&self, path: &PyBytes) -> PyResult<PyObject> {
        let path = convert::path(py, path);
        self.change(py, |dirs| dirs.delete_path(path))
    }

    def __iter__(&self) -> PyResult<DirsMultisetKeysIterator> {
        let cursor = borrow_mut(py, self.dirs(py)).cursor();
        let state = SharedIterator::new(self.clone_ref(py), cursor);
        DirsMultisetKeysIterator::create_instance(py, state)
    }

    def __contains__(&self, item: PyObject) -> PyResult<bool> {
        let directory = HgPath::new(convert::content(py, &item)?);
        Ok(borrow_mut(py, self.dirs(py)).contains(directory))
    }
});

impl Dirs {
    fn change(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut CoreDirs) -> Result<(), DirstateError>,
    ) -> PyResult<PyObject> {
        raise_after(py, || {
            change(&mut borrow_mut(py, self.dirs(py))).map_err(Error::Dirs)
        })?;
        Ok(py.None())
    }
}

shared_iterator! {
    DirsMultisetKeysIterator over Dirs by DirsCursor,
    |py, owner, cursor| {
        let dirs = borrow_mut(py, owner.dirs(py));
        let directory = cursor.step(&dirs).map_err(Error::DirstateRead)?;
        Ok(directory.map(|directory| convert::bytes(py, directory)))
    },
    |directory| Ok(directory)
}
