// SPDX-License-Identifier: GPL-2.0-or-later
//! `DirstateMap`: the dirstate of a working copy (pyo3 contract section 3).

use bytes::Bytes;
use hg_core::dirstate::{
    DirstateEntry, DirstateError, DirstateMap as CoreMap, DirstateParents, EntriesCursor,
    EntryData, Meaningful, ParentFileData, WriteMode,
};
use hg_core::fs::FileIdentity;
use hg_core::types::TruncatedTimestamp;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyList};

use super::copy_map::CopyMap;
use super::errors::{WhileChanging, WhileReading};
use super::item::DirstateItem;
use crate::cell::Shared;
use crate::convert;
use crate::errors::Raise;
use crate::iterators::shared_iterator;
use crate::jobs;

/// `(seconds, nanoseconds, second_ambiguous)`, seconds of any size.
type WideTimestamp = (i64, u32, bool);
/// `(mode, size, mtime)`
type FileTuple = (u32, u32, Option<WideTimestamp>);
/// The nodes of both parents.
type Parents<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// Which file on disk a dirstate was read from. Python cannot look into it.
#[pyclass(frozen)]
pub struct DirstateIdentity(FileIdentity);

#[pymethods]
impl DirstateIdentity {
    #[new]
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn new(
        mode: u32,
        dev: u64,
        ino: u64,
        nlink: u64,
        uid: u32,
        gid: u32,
        size: u64,
        mtime: i64,
        mtime_nsec: i64,
        ctime: i64,
        ctime_nsec: i64,
    ) -> Self {
        Self(FileIdentity {
            mode,
            dev,
            ino,
            nlink,
            uid,
            gid,
            size,
            mtime,
            mtime_nsec,
            ctime,
            ctime_nsec,
        })
    }
}

/// The dirstate of a working copy.
#[pyclass(frozen)]
pub struct DirstateMap(Shared<CoreMap>);

#[pymethods]
impl DirstateMap {
    /// The map in a dirstate-v1 file, and its two parents.
    #[staticmethod]
    fn new_v1<'py>(
        py: Python<'py>,
        on_disk: Bound<'py, PyBytes>,
        identity: Option<Bound<'py, DirstateIdentity>>,
    ) -> PyResult<(Self, Parents<'py>)> {
        let identity = identity.map(|identity| identity.get().0);
        let data = lend(on_disk);
        let (map, parents) = jobs::run_detached(py, || {
            CoreMap::new_v1(data, identity).map_err(WhileChanging)
        })?;
        let node = |node: &[u8]| PyBytes::new(py, node);
        let parents = (node(parents.p1.as_ref()), node(parents.p2.as_ref()));
        Ok((Self::of(map), parents))
    }

    /// The map in the first `data_size` bytes of a dirstate-v2 data file.
    #[staticmethod]
    fn new_v2(
        py: Python<'_>,
        on_disk: Bound<'_, PyBytes>,
        data_size: usize,
        tree_metadata: Bound<'_, PyBytes>,
        uuid: Bound<'_, PyBytes>,
        identity: Option<Bound<'_, DirstateIdentity>>,
    ) -> PyResult<Self> {
        let identity = identity.map(|identity| identity.get().0);
        let (metadata, uuid) = (tree_metadata.as_bytes(), uuid.as_bytes().to_vec());
        let map = jobs::run(py, || {
            CoreMap::new_v2(lend(on_disk), data_size, metadata, uuid, identity)
                .map_err(WhileChanging)
        })?;
        Ok(Self::of(map))
    }

    #[staticmethod]
    fn new_empty() -> Self {
        Self::of(CoreMap::new_empty())
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.0.read(py)?.len())
    }

    fn __contains__(&self, py: Python<'_>, key: Bound<'_, PyBytes>) -> PyResult<bool> {
        Ok(self.entry(py, &key)?.is_some())
    }

    fn __getitem__(&self, py: Python<'_>, key: Bound<'_, PyBytes>) -> PyResult<DirstateItem> {
        match self.entry(py, &key)? {
            Some(entry) => Ok(DirstateItem::of(entry)),
            None => Err(PyKeyError::new_err(convert::path(&key).to_string())),
        }
    }

    #[pyo3(signature = (key, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: Bound<'py, PyBytes>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.entry(py, &key)? {
            Some(entry) => Ok(Some(Bound::new(py, DirstateItem::of(entry))?.into_any())),
            None => Ok(default),
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> PyResult<DirstateMapKeysIterator> {
        let cursor = slf.get().0.read(slf.py())?.entries_cursor();
        Ok(DirstateMapKeysIterator::new(slf, cursor))
    }

    fn keys(slf: Bound<'_, Self>) -> PyResult<DirstateMapKeysIterator> {
        Self::__iter__(slf)
    }

    fn items(slf: Bound<'_, Self>) -> PyResult<DirstateMapItemsIterator> {
        let cursor = slf.get().0.read(slf.py())?.entries_cursor();
        Ok(DirstateMapItemsIterator::new(slf, cursor))
    }

    fn set_tracked(&self, py: Python<'_>, f: Bound<'_, PyBytes>) -> PyResult<bool> {
        self.change(py, WhileReading, |map| map.set_tracked(convert::path(&f)))
    }

    fn set_untracked(&self, py: Python<'_>, f: Bound<'_, PyBytes>) -> PyResult<bool> {
        self.change(py, WhileChanging, |map| {
            map.set_untracked(convert::path(&f))
        })
    }

    fn set_clean(
        &self,
        py: Python<'_>,
        f: Bound<'_, PyBytes>,
        mode: u32,
        size: u32,
        mtime: WideTimestamp,
    ) -> PyResult<()> {
        let mtime = truncated(py, mtime)?;
        self.change(py, WhileChanging, |map| {
            map.set_clean(convert::path(&f), mode, size, mtime)
        })
    }

    fn set_possibly_dirty(&self, py: Python<'_>, f: Bound<'_, PyBytes>) -> PyResult<()> {
        self.change(py, WhileChanging, |map| {
            map.set_possibly_dirty(convert::path(&f))
        })
    }

    #[pyo3(signature = (
        f, wc_tracked=false, p1_tracked=false, p2_info=false, has_meaningful_mtime=true,
        parentfiledata=None
    ))]
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn reset_state(
        &self,
        py: Python<'_>,
        f: Bound<'_, PyBytes>,
        wc_tracked: bool,
        p1_tracked: bool,
        p2_info: bool,
        has_meaningful_mtime: bool,
        parentfiledata: Option<FileTuple>,
    ) -> PyResult<()> {
        let path = convert::path(&f);
        let mut state = EntryData {
            wc_tracked,
            p1_tracked,
            p2_info,
            ..EntryData::default()
        };
        if let Some((mode, size, mtime)) = parentfiledata {
            let mtime = mtime.map(|mtime| truncated(py, mtime)).transpose()?;
            let meaningful = Meaningful {
                data: true,
                mtime: has_meaningful_mtime,
            };
            state = state.like_parent_file(ParentFileData { mode, size, mtime }, meaningful);
        }
        self.change(py, WhileChanging, |map| map.reset_state(path, state))
    }

    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.change(py, WhileChanging, |map| {
            map.clear();
            Ok(())
        })
    }

    // The next three only read, but end the iterators as a change does, as the
    // contract has it.

    fn hasdir(&self, py: Python<'_>, d: Bound<'_, PyBytes>) -> PyResult<bool> {
        self.change(py, WhileReading, |map| map.has_directory(convert::path(&d)))
    }

    fn hastrackeddir(&self, py: Python<'_>, d: Bound<'_, PyBytes>) -> PyResult<bool> {
        self.change(py, WhileReading, |map| {
            map.has_tracked_directory(convert::path(&d))
        })
    }

    fn tracked_dirs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let directories = self.change_detached(py, WhileReading, |map| {
            let directories = map.tracked_dirs()?;
            Ok(directories
                .into_iter()
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>())
        })?;
        convert::bytes_list(py, directories.iter())
    }

    fn setparents_fixup<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copies = self.change_detached(py, WhileReading, CoreMap::setparents_fixup)?;
        convert::bytes_dict(py, copies)
    }

    fn filefoldmapasdict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let files = self.look(py, WhileReading, |map| {
            let files = map.file_fold_map();
            let files =
                files.map(|file| file.map(|(folded, path)| (folded.into_owned(), path.to_owned())));
            files.collect::<Result<Vec<_>, _>>()
        })?;
        convert::bytes_dict(py, files)
    }

    fn write_v1<'py>(
        &self,
        py: Python<'py>,
        p1: Bound<'py, PyBytes>,
        p2: Bound<'py, PyBytes>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let parents = DirstateParents {
            p1: convert::node(&p1)?,
            p2: convert::node(&p2)?,
        };
        let packed = self.look(py, WhileChanging, |map| map.pack_v1(parents))?;
        Ok(PyBytes::new(py, &packed))
    }

    /// The data file, or what to append to it, the metadata of its tree, and
    /// whether to append.
    fn write_v2<'py>(
        &self,
        py: Python<'py>,
        write_mode: usize,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>, bool)> {
        let mode = WriteMode::of_number(write_mode).unwrap_or(WriteMode::Auto);
        let packed = self.look(py, WhileChanging, |map| map.pack_v2(mode))?;
        let (data, metadata) = (&packed.data, &packed.tree_metadata);
        Ok((
            PyBytes::new(py, data),
            PyBytes::new(py, metadata),
            packed.append,
        ))
    }

    /// Path, state, mode, size and mtime of each file; with `all`, of directories
    /// too.
    fn debug_iter<'py>(&self, py: Python<'py>, all: bool) -> PyResult<Bound<'py, PyList>> {
        let rows = self.look(py, WhileReading, |map| {
            let rows = map.debug_iter(all);
            let rows = rows.map(|row| row.map(|(path, values)| (path.to_owned(), values)));
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        let rows = rows.into_iter().map(|(path, (state, mode, size, mtime))| {
            (PyBytes::new(py, path.as_bytes()), state, mode, size, mtime)
        });
        PyList::new(py, rows)
    }

    fn copymap(slf: Bound<'_, Self>) -> CopyMap {
        CopyMap::new(slf)
    }
}

impl DirstateMap {
    fn of(map: CoreMap) -> Self {
        Self(Shared::new("the dirstate map", map))
    }

    /// The map, to which Python callbacks have no access while it is held.
    pub fn map(&self) -> &Shared<CoreMap> {
        &self.0
    }

    fn entry(&self, py: Python<'_>, key: &Bound<'_, PyBytes>) -> PyResult<Option<DirstateEntry>> {
        let map = self.0.read(py)?;
        jobs::run(py, || map.get(convert::path(key)).map_err(WhileReading))
    }

    /// Ask the map something that may take long; iterators live on.
    pub fn look<T: Send, E: Raise + Send>(
        &self,
        py: Python<'_>,
        met: impl FnOnce(DirstateError) -> E + Send,
        look: impl FnOnce(&CoreMap) -> Result<T, DirstateError> + Send,
    ) -> PyResult<T> {
        let map = self.0.read(py)?;
        let map: &CoreMap = &map;
        jobs::run_detached(py, || look(map).map_err(met))
    }

    /// Change the map in a moment. Iterators over it end here, whatever comes of
    /// it.
    pub fn change<T, E: Raise>(
        &self,
        py: Python<'_>,
        met: impl FnOnce(DirstateError) -> E,
        change: impl FnOnce(&mut CoreMap) -> Result<T, DirstateError>,
    ) -> PyResult<T> {
        let mut writing = self.0.write(py)?;
        let map = writing.state();
        map.end_cursors();
        jobs::run(py, || change(map).map_err(met))
    }

    /// As [`Self::change`], of what may take long.
    fn change_detached<T: Send, E: Raise + Send>(
        &self,
        py: Python<'_>,
        met: impl FnOnce(DirstateError) -> E + Send,
        change: impl FnOnce(&mut CoreMap) -> Result<T, DirstateError> + Send,
    ) -> PyResult<T> {
        let mut writing = self.0.write(py)?;
        let map = writing.state();
        map.end_cursors();
        jobs::run_detached(py, || change(map).map_err(met))
    }
}

/// The content of `bytes`, which live as long.
fn lend(bytes: Bound<'_, PyBytes>) -> Bytes {
    Bytes::from_owner(PyBackedBytes::from(bytes))
}

/// A timestamp whose seconds are cut to 31 bits; a `ValueError` when the
/// nanoseconds make more than a second.
fn truncated(
    py: Python<'_>,
    (seconds, nanoseconds, ambiguous): WideTimestamp,
) -> PyResult<TruncatedTimestamp> {
    TruncatedTimestamp::from_wide(seconds, nanoseconds, ambiguous)
        .map_err(|error| WhileChanging(error.into()).into_exception(py))
}

shared_iterator! {
    /// The paths of all files that have an entry.
    DirstateMapKeysIterator over DirstateMap by EntriesCursor,
    |py, owner, cursor| {
        let map = owner.get().0.read(py)?;
        let path = cursor.step_path(&map).map_err(|error| WhileReading(error).into_exception(py))?;
        Ok(path.map(|path| PyBytes::new(py, path.as_bytes())))
    },
    |path| Ok(path.into_any())
}

shared_iterator! {
    /// Pairs of path and item.
    DirstateMapItemsIterator over DirstateMap by EntriesCursor,
    |py, owner, cursor| {
        let map = owner.get().0.read(py)?;
        let item = cursor.step(&map).map_err(|error| WhileReading(error).into_exception(py))?;
        Ok(item.map(|(path, entry)| (PyBytes::new(py, path.as_bytes()), entry)))
    },
    |(path, entry)| Ok((path, DirstateItem::of(entry)).into_pyobject(py)?.into_any())
}
