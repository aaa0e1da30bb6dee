// SPDX-License-Identifier: GPL-2.0-or-later
//! `Dirs`: the multiset of the directories of some paths.

use hg_core::dirstate::{Dirs as CoreDirs, DirsCursor, DirstateError};
use hg_core::types::HgPath;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::errors::InDirs;
use crate::cell::Shared;
use crate::convert;
use crate::errors::Raise;
use crate::iterators::shared_iterator;
use crate::jobs;

/// The multiset of the directories of some paths.
#[pyclass(frozen)]
pub struct Dirs(Shared<CoreDirs>);

#[pymethods]
impl Dirs {
    #[new]
    fn new(py: Python<'_>, map: Bound<'_, PyAny>) -> PyResult<Self> {
        if map.is_instance_of::<PyDict>() {
            return Err(PyTypeError::new_err(
                "Dirs takes an iterable of paths, not a dict",
            ));
        }
        let paths = convert::paths(&map)?;
        let dirs = jobs::run_detached(py, || CoreDirs::from_manifest(paths).map_err(InDirs))?;
        Ok(Self(Shared::new("the multiset of directories", dirs)))
    }

    fn addpath(&self, py: Python<'_>, path: Bound<'_, PyBytes>) -> PyResult<()> {
        self.change(py, |dirs| dirs.add_path(convert::path(&path)))
    }

    fn delpath(&self, py: Python<'_>, path: Bound<'_, PyBytes>) -> PyResult<()> {
        self.change(py, |dirs| dirs.delete_path(convert::path(&path)))
    }

    fn __iter__(slf: Bound<'_, Self>) -> PyResult<DirsMultisetKeysIterator> {
        let cursor = slf.get().0.read(slf.py())?.cursor();
        Ok(DirsMultisetKeysIterator::new(slf, cursor))
    }

    /// What is no path is not in it.
    fn __contains__(&self, py: Python<'_>, item: Bound<'_, PyAny>) -> PyResult<bool> {
        match item.cast::<PyBytes>() {
            Ok(directory) => Ok(self.0.read(py)?.contains(convert::path(directory))),
            Err(_) => Ok(false),
        }
    }
}

impl Dirs {
    fn change(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut CoreDirs) -> Result<(), DirstateError>,
    ) -> PyResult<()> {
        let mut dirs = self.0.write(py)?;
        jobs::run(py, || change(dirs.state()).map_err(InDirs))
    }
}

shared_iterator! {
    /// The directories, in no particular order.
    DirsMultisetKeysIterator over Dirs by DirsCursor,
    |py, owner, cursor| {
        let dirs = owner.get().0.read(py)?;
        let directory = cursor.step(&dirs).map_err(|error| InDirs(error).into_exception(py))?;
        Ok(directory.map(|directory: &HgPath| PyBytes::new(py, directory.as_bytes())))
    },
    |directory| Ok(directory.into_any())
}
