// SPDX-License-Identifier: GPL-2.0-or-later
//! `Dirs`: the multiset of the directories of some paths.

use std::collections::hash_map;

use cpython::{exc, py_class, PyBytes, PyDict, PyErr, PyObject, PyResult};
use hg_core::dirstate::Dirs as CoreDirs;
use hg_core::types::{HgPath, HgPathBuf};

use crate::convert;
use crate::errors::{Error, OrRaise};
use crate::iterators::{shared_iterator, SharedIterator};

py_class!(pub class Dirs |py| {
    @shared data dirs: CoreDirs;

    def __new__(_cls, map: PyObject) -> PyResult<Dirs> {
        if map.cast_as::<PyDict>(py).is_ok() {
            return Err(PyErr::new::<exc::TypeError, _>(
                py,
                "Dirs takes an iterable of paths, not a dict",
            ));
        }
        let paths = convert::paths(py, &map)?;
        let dirs = CoreDirs::from_manifest(paths).map_err(Error::Dirs).or_raise(py)?;
        Dirs::create_instance(py, dirs)
    }

    def addpath(&self, path: &PyBytes) -> PyResult<PyObject> {
        let path = convert::path(py, path);
        let mut dirs = self.dirs(py).try_borrow_mut().or_raise(py)?;
        dirs.add_path(path).map_err(Error::Dirs).or_raise(py)?;
        Ok(py.None())
    }

    def delpath(&self, path: &PyBytes) -> PyResult<PyObject> {
        let path = convert::path(py, path);
        let mut dirs = self.dirs(py).try_borrow_mut().or_raise(py)?;
        dirs.delete_path(path).map_err(Error::Dirs).or_raise(py)?;
        Ok(py.None())
    }

    def __iter__(&self) -> PyResult<DirsMultisetKeysIterator> {
        let leaked = self.dirs(py).try_leak_immutable().or_raise(py)?;
        // SAFETY: the iterator stays inside the `UnsafePyLeaked`.
        let leaked = unsafe { leaked.map(py, CoreDirs::iter) };
        DirsMultisetKeysIterator::create_instance(py, SharedIterator::new(leaked))
    }

    def __contains__(&self, item: PyObject) -> PyResult<bool> {
        let directory = HgPath::new(convert::content(py, &item)?);
        Ok(self.dirs(py).try_borrow().or_raise(py)?.contains(directory))
    }
});

shared_iterator! {
    DirsMultisetKeysIterator over hash_map::Keys<'static, HgPathBuf, u32>,
    |py, directory| Ok(convert::bytes(py, directory))
}
