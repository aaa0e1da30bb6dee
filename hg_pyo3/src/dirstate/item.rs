// SPDX-License-Identifier: GPL-2.0-or-later
//! `DirstateItem`: what the dirstate knows of one file (contract section 2.6, pyo3
//! contract section 3).

use std::sync::{Mutex, MutexGuard, PoisonError};

use hg_core::dirstate::{DirstateEntry, EntryData, Meaningful, ParentFileData};
use hg_core::types::TruncatedTimestamp;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::WhileChanging;
use crate::errors::Raise;

/// `(seconds, nanoseconds, second_ambiguous)`, seconds below 2**31.
type Timestamp = (u32, u32, bool);
/// `(mode, size, mtime)`
type FileTuple = (u32, u32, Option<Timestamp>);

/// What the dirstate knows of one file: a copy, apart from the map it came from.
#[pyclass(frozen)]
pub struct DirstateItem(Mutex<DirstateEntry>);

#[pymethods]
impl DirstateItem {
    #[new]
    #[pyo3(signature = (
        wc_tracked=false, p1_tracked=false, p2_info=false, has_meaningful_data=true,
        has_meaningful_mtime=true, parentfiledata=None, fallback_exec=None, fallback_symlink=None
    ))]
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn new(
        py: Python<'_>,
        wc_tracked: bool,
        p1_tracked: bool,
        p2_info: bool,
        has_meaningful_data: bool,
        has_meaningful_mtime: bool,
        parentfiledata: Option<FileTuple>,
        fallback_exec: Option<bool>,
        fallback_symlink: Option<bool>,
    ) -> PyResult<Self> {
        let mut data = EntryData {
            wc_tracked,
            p1_tracked,
            p2_info,
            fallback_exec,
            fallback_symlink,
            ..EntryData::default()
        };
        if let Some((mode, size, mtime)) = parentfiledata {
            // A timestamp out of range is an error even when not kept.
            let mtime = mtime.map(|mtime| timestamp(py, mtime)).transpose()?;
            let meaningful = Meaningful {
                data: has_meaningful_data,
                mtime: has_meaningful_mtime,
            };
            data = data.like_parent_file(ParentFileData { mode, size, mtime }, meaningful);
        }
        Ok(Self::of(DirstateEntry::new(data)))
    }

    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &[u8::from(self.entry().state())])
    }

    #[getter]
    fn mode(&self) -> i32 {
        self.entry().mode()
    }

    #[getter]
    fn size(&self) -> i32 {
        self.entry().size()
    }

    #[getter]
    fn mtime(&self) -> i32 {
        self.entry().mtime()
    }

    #[getter]
    fn tracked(&self) -> bool {
        self.entry().tracked()
    }

    #[getter]
    fn p1_tracked(&self) -> bool {
        self.entry().p1_tracked()
    }

    #[getter]
    fn p2_info(&self) -> bool {
        self.entry().p2_info()
    }

    #[getter]
    fn added(&self) -> bool {
        self.entry().added()
    }

    #[getter]
    fn removed(&self) -> bool {
        self.entry().removed()
    }

    #[getter]
    fn modified(&self) -> bool {
        self.entry().modified()
    }

    #[getter]
    fn maybe_clean(&self) -> bool {
        self.entry().maybe_clean()
    }

    #[getter]
    fn any_tracked(&self) -> bool {
        self.entry().any_tracked()
    }

    #[getter]
    fn has_fallback_exec(&self) -> bool {
        self.entry().fallback_exec().is_some()
    }

    #[getter]
    fn fallback_exec(&self) -> Option<bool> {
        self.entry().fallback_exec()
    }

    #[setter]
    fn set_fallback_exec(&self, value: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        // Asked before the lock: that may run Python code.
        let value = value.map(|value| value.is_truthy()).transpose()?;
        self.entry().set_fallback_exec(value);
        Ok(())
    }

    #[getter]
    fn has_fallback_symlink(&self) -> bool {
        self.entry().fallback_symlink().is_some()
    }

    #[getter]
    fn fallback_symlink(&self) -> Option<bool> {
        self.entry().fallback_symlink()
    }

    fn mtime_likely_equal_to(&self, py: Python<'_>, other: Timestamp) -> PyResult<bool> {
        let other = timestamp(py, other)?;
        let mtime = self.entry().truncated_mtime();
        Ok(mtime.is_some_and(|mtime| mtime.likely_equal(other)))
    }

    fn set_possibly_dirty(&self) {
        self.entry().set_possibly_dirty();
    }

    fn set_clean(&self, py: Python<'_>, mode: u32, size: u32, mtime: Timestamp) -> PyResult<()> {
        let mtime = timestamp(py, mtime)?;
        self.entry().set_clean(mode, size, mtime);
        Ok(())
    }

    fn set_tracked(&self) {
        self.entry().set_tracked();
    }

    fn set_untracked(&self) {
        self.entry().set_untracked();
    }

    fn drop_merge_data(&self) {
        self.entry().drop_merge_data();
    }
}

impl DirstateItem {
    pub fn of(entry: DirstateEntry) -> Self {
        Self(Mutex::new(entry))
    }

    /// The entry, held for no longer than a moment, and never while Python runs.
    fn entry(&self) -> MutexGuard<'_, DirstateEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A `ValueError` when out of range.
fn timestamp(
    py: Python<'_>,
    (seconds, nanoseconds, second_ambiguous): Timestamp,
) -> PyResult<TruncatedTimestamp> {
    TruncatedTimestamp::new(seconds, nanoseconds, second_ambiguous)
        .map_err(|error| WhileChanging(error.into()).into_exception(py))
}
