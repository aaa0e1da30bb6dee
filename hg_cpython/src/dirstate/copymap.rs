// SPDX-License-Identifier: GPL-2.0-or-later
//! `CopyMap`: the copy sources in a `DirstateMap`, as a mapping.

use cpython::{py_class, PyBytes, PyClone, PyDict, PyObject, PyResult, Python};
use hg_core::dirstate::{CopiesCursor, DirstateMap as CoreMap};
use hg_core::types::HgPath;

use super::map::DirstateMap;
use crate::convert;
use crate::errors::Error;
use crate::iterators::{shared_iterator, SharedIterator};

py_class!(pub class CopyMap |py| {
    data owner: DirstateMap;

    def __len__(&self) -> PyResult<usize> {
        self.owner(py).read(py, |map| Ok(map.copy_map_len()))
    }

    def __contains__(&self, key: PyObject) -> PyResult<bool> {
        let path = HgPath::new(convert::content(py, &key)?);
        self.owner(py).read(py, |map| {
            map.copy_map_contains_key(path).map_err(Error::DirstateRead)
        })
    }

    def __getitem__(&self, key: &PyBytes) -> PyResult<PyBytes> {
        let path = convert::path(py, key);
        self.owner(py).read(py, |map| {
            let source = map.copy_map_get(path).map_err(Error::DirstateRead)?;
            let source = source.ok_or_else(|| Error::NoSuchPath(path.to_owned()))?;
            Ok(PyBytes::new(py, source.as_bytes()))
        })
    }

    def get(&self, key: &PyBytes, default: Option<PyObject> = None) -> PyResult<Option<PyObject>> {
        let path = convert::path(py, key);
        let source = self.owner(py).read(py, |map| {
            let source = map.copy_map_get(path).map_err(Error::DirstateRead)?;
            Ok(source.map(|source| convert::bytes(py, source)))
        })?;
        Ok(source.or(default))
    }

    def pop(&self, key: &PyBytes, default: Option<PyObject> = None) -> PyResult<Option<PyObject>> {
        let path = convert::path(py, key);
        let source = self.owner(py).change(py, |map| {
            map.copy_map_remove(path).map_err(Error::DirstateRead)
        })?;
        Ok(source.map(|source| convert::bytes(py, &source)).or(default))
    }

    def __setitem__(&self, key: &PyBytes, item: &PyBytes) -> PyResult<()> {
        let path = convert::path(py, key);
        let source = convert::path(py, item);
        self.owner(py).change(py, |map| {
            map.copy_map_insert(path, source).map_err(Error::DirstateRead)?;
            Ok(())
        })
    }

    def __iter__(&self) -> PyResult<CopyMapKeysIterator> {
        CopyMapKeysIterator::create_instance(py, self.walk(py)?)
    }

    def keys(&self) -> PyResult<CopyMapKeysIterator> {
        self.__iter__(py)
    }

    def items(&self) -> PyResult<CopyMapItemsIterator> {
        CopyMapItemsIterator::create_instance(py, self.walk(py)?)
    }

    def iteritems(&self) -> PyResult<CopyMapItemsIterator> {
        self.items(py)
    }

    def copy(&self) -> PyResult<PyDict> {
        let dict = PyDict::new(py);
        self.owner(py).read(py, |map| {
            for item in map.copy_map_iter() {
                let (path, source) = item.map_err(Error::DirstateRead)?;
                dict.set_item(py, convert::bytes(py, path), convert::bytes(py, source))?;
            }
            Ok(())
        })?;
        Ok(dict)
    }
});

impl CopyMap {
    /// A new view of the copies in `owner`.
    pub fn of(py: Python<'_>, owner: &DirstateMap) -> PyResult<Self> {
        Self::create_instance(py, owner.clone_ref(py))
    }

    fn walk(&self, py: Python<'_>) -> PyResult<SharedIterator<DirstateMap, CopiesCursor>> {
        self.owner(py).walk(py, CoreMap::copies_cursor)
    }
}

shared_iterator! {
    CopyMapKeysIterator over DirstateMap by CopiesCursor,
    |py, owner, cursor| owner.look(py, |map| {
        let copy = cursor.step(map).map_err(Error::DirstateRead)?;
        Ok(copy.map(|(path, _source)| convert::bytes(py, path)))
    }),
    |path| Ok(path)
}

shared_iterator! {
    CopyMapItemsIterator over DirstateMap by CopiesCursor,
    |py, owner, cursor| owner.look(py, |map| {
        let copy = cursor.step(map).map_err(Error::DirstateRead)?;
        Ok(copy.map(|(path, source)| [convert::bytes(py, path), convert::bytes(py, source)]))
    }),
    |path_and_source| convert::tuple(py, path_and_source)
}
