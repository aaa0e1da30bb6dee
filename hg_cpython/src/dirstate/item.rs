// SPDX-License-Identifier: GPL-2.0-or-later
//! `DirstateItem`: what the dirstate knows of one file (contract sections 2.6
//! and 4).

use std::cell::Cell;

use cpython::{py_class, PyBytes, PyObject, PyResult, Python};
use hg_core::dirstate::{DirstateEntry, EntryData, Meaningful, ParentFileData};
use hg_core::types::TruncatedTimestamp;

use crate::errors::{Error, OrRaise};

/// `(seconds, nanoseconds, second_ambiguous)`, seconds below 2**31.
pub type Timestamp = (u32, u32, bool);
/// `(mode, size, mtime)`
type FileTuple = (u32, u32, Option<Timestamp>);

py_class!(pub class DirstateItem |py| {
    data entry: Cell<DirstateEntry>;

    def __new__(
        _cls,
        wc_tracked: bool = false,
        p1_tracked: bool = false,
        p2_info: bool = false,
        has_meaningful_data: bool = true,
        has_meaningful_mtime: bool = true,
        parentfiledata: Option<FileTuple> = None,
        fallback_exec: Option<bool> = None,
        fallback_symlink: Option<bool> = None
    ) -> PyResult<DirstateItem> {
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
            let file = ParentFileData { mode, size, mtime };
            data = data.like_parent_file(file, Meaningful {
                data: has_meaningful_data,
                mtime: has_meaningful_mtime,
            });
        }
        DirstateItem::wrap(py, DirstateEntry::new(data))
    }

    @property
    def state(&self) -> PyResult<PyBytes> {
        Ok(PyBytes::new(py, &[u8::from(self.entry(py).get().state())]))
    }

    @property
    def mode(&self) -> PyResult<i32> { Ok(self.entry(py).get().mode()) }

    @property
    def size(&self) -> PyResult<i32> { Ok(self.entry(py).get().size()) }

    @property
    def mtime(&self) -> PyResult<i32> { Ok(self.entry(py).get().mtime()) }

    @property
    def tracked(&self) -> PyResult<bool> { Ok(self.entry(py).get().tracked()) }

    @property
    def p1_tracked(&self) -> PyResult<bool> { Ok(self.entry(py).get().p1_tracked()) }

    @property
    def p2_info(&self) -> PyResult<bool> { Ok(self.entry(py).get().p2_info()) }

    @property
    def added(&self) -> PyResult<bool> { Ok(self.entry(py).get().added()) }

    @property
    def removed(&self) -> PyResult<bool> { Ok(self.entry(py).get().removed()) }

    @property
    def modified(&self) -> PyResult<bool> { Ok(self.entry(py).get().modified()) }

    @property
    def maybe_clean(&self) -> PyResult<bool> { Ok(self.entry(py).get().maybe_clean()) }

    @property
    def any_tracked(&self) -> PyResult<bool> { Ok(self.entry(py).get().any_tracked()) }

    @property
    def has_fallback_exec(&self) -> PyResult<bool> {
        Ok(self.entry(py).get().fallback_exec().is_some())
    }

    @property
    def fallback_exec(&self) -> PyResult<Option<bool>> {
        Ok(self.entry(py).get().fallback_exec())
    }

    @fallback_exec.setter
    def set_fallback_exec(&self, value: Option<Option<bool>>) -> PyResult<()> {
        // Deleting the attribute is setting it to None.
        self.change(py, |entry| entry.set_fallback_exec(value.flatten()))
    }

    @property
    def has_fallback_symlink(&self) -> PyResult<bool> {
        Ok(self.entry(py).get().fallback_symlink().is_some())
    }

    @property
    def fallback_symlink(&self) -> PyResult<Option<bool>> {
        Ok(self.entry(py).get().fallback_symlink())
    }

    @fallback_symlink.setter
    def set_fallback_symlink(&self, value: Option<Option<bool>>) -> PyResult<()> {
        self.change(py, |entry| entry.set_fallback_symlink(value.flatten()))
    }

    def mtime_likely_equal_to(&self, other: Timestamp) -> PyResult<bool> {
        let other = timestamp(py, other)?;
        let mtime = self.entry(py).get().truncated_mtime();
        Ok(mtime.is_some_and(|mtime| mtime.likely_equal(other)))
    }

    def set_possibly_dirty(&self) -> PyResult<PyObject> {
        self.change(py, DirstateEntry::set_possibly_dirty)?;
        Ok(py.None())
    }

    def set_clean(&self, mode: u32, size: u32, mtime: Timestamp) -> PyResult<PyObject> {
        let mtime = timestamp(py, mtime)?;
        self.change(py, |entry| entry.set_clean(mode, size, mtime))?;
        Ok(py.None())
    }

    def set_tracked(&self) -> PyResult<PyObject> {
        self.change(py, DirstateEntry::set_tracked)?;
        Ok(py.None())
    }

    def set_untracked(&self) -> PyResult<PyObject> {
        self.change(py, DirstateEntry::set_untracked)?;
        Ok(py.None())
    }

    def drop_merge_data(&self) -> PyResult<PyObject> {
        self.change(py, DirstateEntry::drop_merge_data)?;
        Ok(py.None())
    }
});

impl DirstateItem {
    /// A Python item of its own, apart from the map that `entry` came from.
    pub fn wrap(py: Python<'_>, entry: DirstateEntry) -> PyResult<Self> {
        Self::create_instance(py, Cell::new(entry))
    }

    fn change(&self, py: Python<'_>, change: impl FnOnce(&mut DirstateEntry)) -> PyResult<()> {
        let mut entry = self.entry(py).get();
        change(&mut entry);
        self.entry(py).set(entry);
        Ok(())
    }
}

/// A `ValueError` when out of range.
pub fn timestamp(
    py: Python<'_>,
    (seconds, nanoseconds, second_ambiguous): Timestamp,
) -> PyResult<TruncatedTimestamp> {
    TruncatedTimestamp::new(seconds, nanoseconds, second_ambiguous)
        .map_err(|error| Error::Dirstate(error.into()))
        .or_raise(py)
}
