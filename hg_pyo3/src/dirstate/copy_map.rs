// SPDX-License-Identifier: GPL-2.0-or-later
//! `CopyMap`: the copy sources in a `DirstateMap`, as a mapping.

use hg_core::dirstate::CopiesCursor;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::errors::WhileReading;
use super::map::DirstateMap;
use crate::convert;
use crate::errors::Raise;
use crate::iterators::shared_iterator;

/// The copy sources in a map, by path.
#[pyclass(frozen)]
pub struct CopyMap(Py<DirstateMap>);

#[pymethods]
impl CopyMap {
    #[new]
    pub fn new(dsm: Bound<'_, DirstateMap>) -> Self {
        Self(dsm.unbind())
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.0.get().map().read(py)?.copy_map_len())
    }

    fn __contains__(&self, py: Python<'_>, key: Bound<'_, PyBytes>) -> PyResult<bool> {
        Ok(self.source(py, &key)?.is_some())
    }

    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        key: Bound<'py, PyBytes>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let source = self.source(py, &key)?;
        source.ok_or_else(|| PyKeyError::new_err(convert::path(&key).to_string()))
    }

    #[pyo3(signature = (key, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: Bound<'py, PyBytes>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let source = self.source(py, &key)?;
        Ok(source.map(Bound::into_any).or(default))
    }

    #[pyo3(signature = (key, default=None))]
    fn pop<'py>(
        &self,
        py: Python<'py>,
        key: Bound<'py, PyBytes>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let source = self.0.get().change(py, WhileReading, |map| {
            map.copy_map_remove(convert::path(&key))
        })?;
        let source = source.map(|source| PyBytes::new(py, source.as_bytes()).into_any());
        Ok(source.or(default))
    }

    fn __setitem__(
        &self,
        py: Python<'_>,
        key: Bound<'_, PyBytes>,
        value: Bound<'_, PyBytes>,
    ) -> PyResult<()> {
        let set = self.0.get().change(py, WhileReading, |map| {
            map.copy_map_insert(convert::path(&key), convert::path(&value))
        });
        set.map(drop)
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<CopyMapKeysIterator> {
        let owner = self.0.bind(py).clone();
        let cursor = owner.get().map().read(py)?.copies_cursor();
        Ok(CopyMapKeysIterator::new(owner, cursor))
    }

    fn keys(&self, py: Python<'_>) -> PyResult<CopyMapKeysIterator> {
        self.__iter__(py)
    }

    fn items(&self, py: Python<'_>) -> PyResult<CopyMapItemsIterator> {
        let owner = self.0.bind(py).clone();
        let cursor = owner.get().map().read(py)?.copies_cursor();
        Ok(CopyMapItemsIterator::new(owner, cursor))
    }

    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copies = self.0.get().look(py, WhileReading, |map| {
            let copies = map.copy_map_iter();
            let owned =
                copies.map(|copy| copy.map(|(path, source)| (path.to_owned(), source.to_owned())));
            owned.collect::<Result<Vec<_>, _>>()
        })?;
        convert::bytes_dict(py, copies)
    }
}

impl CopyMap {
    fn source<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyBytes>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let map = self.0.get().map().read(py)?;
        let source = map
            .copy_map_get(convert::path(key))
            .map_err(|error| WhileReading(error).into_exception(py))?;
        Ok(source.map(|source| PyBytes::new(py, source.as_bytes())))
    }
}

shared_iterator! {
    /// The paths that have a copy source.
    CopyMapKeysIterator over DirstateMap by CopiesCursor,
    |py, owner, cursor| {
        let map = owner.get().map().read(py)?;
        let copy = cursor.step(&map).map_err(|error| WhileReading(error).into_exception(py))?;
        Ok(copy.map(|(path, _source)| PyBytes::new(py, path.as_bytes())))
    },
    |path| Ok(path.into_any())
}

shared_iterator! {
    /// Pairs of path and copy source.
    CopyMapItemsIterator over DirstateMap by CopiesCursor,
    |py, owner, cursor| {
        let map = owner.get().map().read(py)?;
        let copy = cursor.step(&map).map_err(|error| WhileReading(error).into_exception(py))?;
        Ok(copy.map(|(path, source)| {
            (PyBytes::new(py, path.as_bytes()), PyBytes::new(py, source.as_bytes()))
        }))
    },
    |pair| Ok(pair.into_pyobject(py)?.into_any())
}
