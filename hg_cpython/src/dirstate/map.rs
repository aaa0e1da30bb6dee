// SPDX-License-Identifier: GPL-2.0-or-later
//! `DirstateMap`: the dirstate of a working copy (contract section 4).
//!
//! Every call borrows the Rust map from its `RefCell`, and gives a
//! `RuntimeError` when the map is in the middle of a call of another thread
//! that has released the GIL: reading is possible while the map is being
//! written out, nothing is while `status` runs.

use std::borrow::Cow;
use std::cell::RefCell;

use cpython::{
    py_class, PyBytes, PyClone, PyDict, PyDrop, PyList, PyObject, PyResult, Python, PythonObject,
    ToPyObject,
};
use hg_core::dirstate::{
    DirstateEntry, DirstateMap as CoreMap, DirstateParents, EntriesCursor, EntryData, Meaningful,
    ParentFileData, WriteMode,
};
use hg_core::fs::FileIdentity as CoreIdentity;
use hg_core::types::{HgPath, TruncatedTimestamp};

use super::copymap::{CopyMap, CopyMapItemsIterator, CopyMapKeysIterator};
use super::item::DirstateItem;
use crate::convert;
use crate::errors::{raise_after, Error, OrRaise};
use crate::gil::without_gil;
use crate::iterators::{shared_iterator, SharedIterator};

/// `(seconds, nanoseconds, second_ambiguous)`, seconds of any size.
type WideTimestamp = (i64, u32, bool);
/// `(mode, size, mtime)`
type FileTuple = (u32, u32, Option<WideTimestamp>);

py_class!(pub class DirstateIdentity |py| {
    data identity: CoreIdentity;

    def __new__(
        _cls,
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
        ctime_nsec: i64
    ) -> PyResult<DirstateIdentity> {
        DirstateIdentity::create_instance(py, CoreIdentity {
            mode, dev, ino, nlink, uid, gid, size, mtime, mtime_nsec, ctime, ctime_nsec,
        })
    }
});

py_class!(pub class DirstateMap |py| {
    data map: RefCell<CoreMap>;

    @staticmethod
    def new_v1(on_disk: PyBytes, identity: Option<DirstateIdentity>) -> PyResult<PyObject> {
        let identity = identity.map(|identity| *identity.identity(py));
        // Kept here too, so that it dies with the GIL held.
        let data = convert::lend(py, on_disk);
        let lent = data.clone();
        let parse = || {
            #[cfg(feature = "panic-injection")]
            crate::planted_panic::at("parse");
            CoreMap::new_v1(lent, identity)
        };
        let (map, parents) = without_gil(py, parse)
            .map_err(Error::Dirstate)
            .or_raise(py)?;
        let map = DirstateMap::create_instance(py, RefCell::new(map))?.into_object();
        let parents = [convert::bytes(py, parents.p1.as_ref()), convert::bytes(py, parents.p2.as_ref())];
        convert::tuple(py, [map, convert::tuple(py, parents)?])
    }

    @staticmethod
    def new_v2(
        on_disk: PyBytes,
        data_size: usize,
        tree_metadata: PyBytes,
        uuid: PyBytes,
        identity: Option<DirstateIdentity>
    ) -> PyResult<DirstateMap> {
        let map = CoreMap::new_v2(
            convert::lend(py, on_disk),
            data_size,
            tree_metadata.data(py),
            uuid.data(py).to_vec(),
            identity.map(|identity| *identity.identity(py)),
        );
        // A reference that is just dropped asks for the GIL, which we have.
        tree_metadata.release_ref(py);
        uuid.release_ref(py);
        let map = map.map_err(Error::Dirstate).or_raise(py)?;
        DirstateMap::create_instance(py, RefCell::new(map))
    }

    @staticmethod
    def new_empty() -> PyResult<DirstateMap> {
        DirstateMap::create_instance(py, RefCell::default())
    }

    def __len__(&self) -> PyResult<usize> {
        self.read(py, |map| Ok(map.len()))
    }

    def __contains__(&self, key: PyObject) -> PyResult<bool> {
        let path = HgPath::new(convert::content(py, &key)?);
        self.read(py, |map| map.contains_key(path).map_err(Error::DirstateRead))
    }

    def __getitem__(&self, key: &PyBytes) -> PyResult<DirstateItem> {
        let path = convert::path(py, key);
        let entry = self.read(py, |map| {
            entry_of(map, path)?.ok_or_else(|| Error::NoSuchPath(path.to_owned()))
        })?;
        DirstateItem::wrap(py, entry)
    }

    def get(&self, key: &PyBytes, default: Option<PyObject> = None) -> PyResult<Option<PyObject>> {
        let path = convert::path(py, key);
        match self.read(py, |map| entry_of(map, path))? {
            Some(entry) => Ok(Some(DirstateItem::wrap(py, entry)?.into_object())),
            None => Ok(default),
        }
    }

    def __iter__(&self) -> PyResult<DirstateMapKeysIterator> {
        let state = self.walk(py, CoreMap::entries_cursor)?;
        DirstateMapKeysIterator::create_instance(py, state)
    }

    def keys(&self) -> PyResult<DirstateMapKeysIterator> {
        self.__iter__(py)
    }

    def items(&self) -> PyResult<DirstateMapItemsIterator> {
        let state = self.walk(py, CoreMap::entries_cursor)?;
        DirstateMapItemsIterator::create_instance(py, state)
    }

    def set_tracked(&self, f: &PyBytes) -> PyResult<bool> {
        let path = convert::path(py, f);
        self.change(py, |map| map.set_tracked(path).map_err(Error::Dirstate))
    }

    def set_untracked(&self, f: &PyBytes) -> PyResult<bool> {
        let path = convert::path(py, f);
        self.change(py, |map| map.set_untracked(path).map_err(Error::Dirstate))
    }

    def set_clean(
        &self,
        f: &PyBytes,
        mode: u32,
        size: u32,
        mtime: WideTimestamp
    ) -> PyResult<PyObject> {
        let path = convert::path(py, f);
        let mtime = truncated(py, mtime)?;
        self.change(py, |map| {
            map.set_clean(path, mode, size, mtime).map_err(Error::Dirstate)
        })?;
        Ok(py.None())
    }

    def set_possibly_dirty(&self, f: &PyBytes) -> PyResult<PyObject> {
        let path = convert::path(py, f);
        self.change(py, |map| map.set_possibly_dirty(path).map_err(Error::Dirstate))?;
        Ok(py.None())
    }

    def reset_state(
        &self,
        f: &PyBytes,
        wc_tracked: bool,
        p1_tracked: bool,
        p2_info: bool,
        has_meaningful_mtime: bool,
        parentfiledata: Option<FileTuple>
    ) -> PyResult<PyObject> {
        let path = convert::path(py, f);
        let mut state = EntryData { wc_tracked, p1_tracked, p2_info, ..EntryData::default() };
        if let Some((mode, size, mtime)) = parentfiledata {
            let mtime = mtime.map(|mtime| truncated(py, mtime)).transpose()?;
            let file = ParentFileData { mode, size, mtime };
            state = state.like_parent_file(file, Meaningful {
                data: true,
                mtime: has_meaningful_mtime,
            });
        }
        self.change(py, |map| map.reset_state(path, state).map_err(Error::Dirstate))?;
        Ok(py.None())
    }

    def clear(&self) -> PyResult<PyObject> {
        self.change(py, |map| {
            map.clear();
            Ok(())
        })?;
        Ok(py.None())
    }

    // The next four only read, but end the iterators as a change does, as the
    // contract has it.

    def hasdir(&self, d: &PyBytes) -> PyResult<bool> {
        let path = convert::path(py, d);
        self.change(py, |map| map.has_directory(path).map_err(Error::DirstateRead))
    }

    def hastrackeddir(&self, d: &PyBytes) -> PyResult<bool> {
        let path = convert::path(py, d);
        self.change(py, |map| map.has_tracked_directory(path).map_err(Error::DirstateRead))
    }

    def tracked_dirs(&self) -> PyResult<PyObject> {
        let directories = self.change(py, |map| {
            let directories = map.tracked_dirs().map_err(Error::DirstateRead)?;
            Ok(directories.iter().map(|path| Ok(convert::bytes(py, path))).collect::<Vec<_>>())
        })?;
        Ok(convert::list(py, directories.into_iter())?.into_object())
    }

    def filefoldmapasdict(&self) -> PyResult<PyDict> {
        let foldmap = PyDict::new(py);
        self.change(py, |map| {
            for files in map.file_fold_map() {
                let (folded, path) = files.map_err(Error::DirstateRead)?;
                let name = convert::bytes(py, path);
                let key = match folded {
                    Cow::Borrowed(_) => name.clone_ref(py),
                    Cow::Owned(folded) => convert::bytes(py, &folded),
                };
                foldmap.set_item(py, key, name)?;
            }
            Ok(())
        })?;
        Ok(foldmap)
    }

    def setparents_fixup(&self) -> PyResult<PyDict> {
        let copies = self.change(py, |map| map.setparents_fixup().map_err(Error::DirstateRead))?;
        convert::bytes_dict(py, copies)
    }

    def write_v1(&self, p1: PyBytes, p2: PyBytes) -> PyResult<PyBytes> {
        let parents = DirstateParents {
            p1: convert::node(py, &p1).or_raise(py)?,
            p2: convert::node(py, &p2).or_raise(py)?,
        };
        let packed = self.read(py, |map| {
            without_gil(py, || map.pack_v1(parents)).map_err(Error::Dirstate)
        })?;
        Ok(PyBytes::new(py, &packed))
    }

    def write_v2(&self, write_mode: usize) -> PyResult<PyObject> {
        let mode = WriteMode::of_number(write_mode)
            .ok_or(Error::WriteMode(write_mode))
            .or_raise(py)?;
        let packed = self.read(py, |map| {
            without_gil(py, || map.pack_v2(mode)).map_err(Error::Dirstate)
        })?;
        convert::tuple(py, [
            convert::bytes(py, &packed.data),
            convert::bytes(py, &packed.tree_metadata),
            packed.append.to_py_object(py).into_object(),
        ])
    }

    def debug_iter(&self, all: bool) -> PyResult<PyList> {
        let rows = self.read(py, |map| {
            let row = |row| {
                let (path, values) = row?;
                Ok((convert::bytes(py, path), values))
            };
            let rows: Result<Vec<_>, _> = map.debug_iter(all).map(row).collect();
            rows.map_err(Error::DirstateRead)
        })?;
        convert::list(py, rows.into_iter().map(|(path, (state, mode, size, mtime))| {
            convert::tuple(py, [
                path,
                state.to_py_object(py).into_object(),
                mode.to_py_object(py).into_object(),
                size.to_py_object(py).into_object(),
                mtime.to_py_object(py).into_object(),
            ])
        }))
    }

    // Copies: a view, and the same operations flat.

    def copymap(&self) -> PyResult<CopyMap> {
        CopyMap::of(py, self)
    }

    def copymaplen(&self) -> PyResult<usize> {
        self.read(py, |map| Ok(map.copy_map_len()))
    }

    def copymapcontains(&self, key: PyObject) -> PyResult<bool> {
        self.copymap(py)?.__contains__(py, key)
    }

    def copymapgetitem(&self, key: &PyBytes) -> PyResult<PyBytes> {
        self.copymap(py)?.__getitem__(py, key)
    }

    def copymapget(
        &self,
        key: &PyBytes,
        default: Option<PyObject> = None
    ) -> PyResult<Option<PyObject>> {
        self.copymap(py)?.get(py, key, default)
    }

    def copymapsetitem(&self, key: &PyBytes, value: &PyBytes) -> PyResult<PyObject> {
        self.copymap(py)?.__setitem__(py, key, value)?;
        Ok(py.None())
    }

    def copymappop(
        &self,
        key: &PyBytes,
        default: Option<PyObject> = None
    ) -> PyResult<Option<PyObject>> {
        self.copymap(py)?.pop(py, key, default)
    }

    def copymapiter(&self) -> PyResult<CopyMapKeysIterator> {
        self.copymap(py)?.__iter__(py)
    }

    def copymapitemsiter(&self) -> PyResult<CopyMapItemsIterator> {
        self.copymap(py)?.items(py)
    }

    def copymapcopy(&self) -> PyResult<PyDict> {
        self.copymap(py)?.copy(py)
    }
});

impl DirstateMap {
    /// Reads the map, in the middle of a Rust job; the iterators live on.
    ///
    /// `read` runs no Python code: it may make `bytes`, but no object that the
    /// garbage collector knows.
    pub(super) fn look<T>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&CoreMap) -> Result<T, Error>,
    ) -> Result<T, Error> {
        read(&*self.map(py).try_borrow().map_err(busy)?)
    }

    /// As [`Self::look`], for a whole call.
    pub(super) fn read<T>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&CoreMap) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || self.look(py, read))
    }

    /// Changes the map, whose iterators end here. See [`Self::look`] on what
    /// `change` may do.
    pub(super) fn change<T>(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut CoreMap) -> Result<T, Error>,
    ) -> PyResult<T> {
        raise_after(py, || {
            let mut map = self.map(py).try_borrow_mut().map_err(busy)?;
            // Whatever comes of it.
            map.end_cursors();
            change(&mut map)
        })
    }

    /// What an iterator over the map is made of.
    pub(super) fn walk<C>(
        &self,
        py: Python<'_>,
        cursor: impl FnOnce(&CoreMap) -> C,
    ) -> PyResult<SharedIterator<Self, C>> {
        let cursor = self.read(py, |map| Ok(cursor(map)))?;
        Ok(SharedIterator::new(self.clone_ref(py), cursor))
    }
}

fn busy<E>(_: E) -> Error {
    Error::Busy("the dirstate map")
}

fn entry_of(map: &CoreMap, path: &HgPath) -> Result<Option<DirstateEntry>, Error> {
    map.get(path).map_err(Error::DirstateRead)
}

/// A timestamp whose seconds are cut to 31 bits; a `ValueError` when the
/// nanoseconds make more than a second.
fn truncated(
    py: Python<'_>,
    (seconds, nanoseconds, ambiguous): WideTimestamp,
) -> PyResult<TruncatedTimestamp> {
    TruncatedTimestamp::from_wide(seconds, nanoseconds, ambiguous)
        .map_err(|error| Error::Dirstate(error.into()))
        .or_raise(py)
}

shared_iterator! {
    DirstateMapKeysIterator over DirstateMap by EntriesCursor,
    |py, owner, cursor| owner.look(py, |map| {
        let path = cursor.step_path(map).map_err(Error::DirstateRead)?;
        Ok(path.map(|path| convert::bytes(py, path)))
    }),
    |path| Ok(path)
}

shared_iterator! {
    DirstateMapItemsIterator over DirstateMap by EntriesCursor,
    |py, owner, cursor| owner.look(py, |map| {
        let item = cursor.step(map).map_err(Error::DirstateRead)?;
        Ok(item.map(|(path, entry)| (convert::bytes(py, path), entry)))
    }),
    |(path, entry)| {
        let entry = DirstateItem::wrap(py, entry)?.into_object();
        convert::tuple(py, [path, entry])
    }
}
