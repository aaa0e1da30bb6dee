// SPDX-License-Identifier: GPL-2.0-or-later
//! `InnerRevlog`: what Python sees of a revlog. The calls of its index are done
//! in `index_calls`.

use std::panic::{catch_unwind, AssertUnwindSafe};

use bytes::Bytes;
use hg_core::fs::StoreFiles;
use hg_core::revlog::{self as core, Index, RevlogFiles, RevlogNames, SplitError};
use hg_core::types::Revision;
use pyo3::exceptions::PyAssertionError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyTuple};

use super::config::{encoding, Configs};
use super::contexts::{handles, PyFileHandle, ReadingContextManager, WritingContextManager};
use super::texts::{text_tuple, CachedTexts, ListedHeads, Slot};
use super::transaction::Transaction;
use crate::buffer::Buffer;
use crate::cell::Shared;
use crate::errors::{path_of, Raise};
use crate::jobs;
use crate::revision::PyRevision;

/// The header of a new revlog: version 1, and whether data is in the index.
const HEADER: u32 = 1;
const INLINE: u32 = 1 << 16;

/// A revlog: its index, its texts, and its files.
#[pyclass(frozen)]
pub struct InnerRevlog {
    pub revlog: Shared<core::InnerRevlog>,
    pub texts: CachedTexts,
    pub heads: ListedHeads,
    /// Of the nodemap file that was taken up.
    pub docket: Slot<Py<PyAny>>,
}

type Ends = (u64, Option<u64>);
type Handles = (PyFileHandle, Option<PyFileHandle>, Option<PyFileHandle>);

#[pymethods]
impl InnerRevlog {
    #[new]
    #[pyo3(signature = (
        vfs_base, vfs_is_readonly, index_data, index_file, data_file, sidedata_file, inline,
        data_config, delta_config, feature_config, chunk_cache, default_compression_header,
        revlog_type, encoding
    ))]
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn new(
        py: Python<'_>,
        vfs_base: Bound<'_, PyBytes>,
        vfs_is_readonly: bool,
        index_data: Buffer,
        index_file: Bound<'_, PyBytes>,
        data_file: Bound<'_, PyBytes>,
        sidedata_file: Option<Bound<'_, PyAny>>,
        inline: bool,
        data_config: Bound<'_, PyAny>,
        delta_config: Bound<'_, PyAny>,
        feature_config: Bound<'_, PyAny>,
        chunk_cache: Option<Bound<'_, PyAny>>,
        default_compression_header: Option<Bound<'_, PyAny>>,
        revlog_type: u32,
        encoding: u32,
    ) -> PyResult<Self> {
        // What other versions of the format have, and what is kept otherwise.
        let _ = (sidedata_file, chunk_cache, default_compression_header);
        let configs = Configs {
            data: &data_config,
            delta: &delta_config,
            feature: &feature_config,
        };
        let options = configs.options(revlog_type)?;
        let names = RevlogNames {
            index: index_file.as_bytes().to_vec(),
            data: data_file.as_bytes().to_vec(),
            encode: self::encoding(encoding)?,
        };
        let header = HEADER | if inline { INLINE } else { 0 };
        let data = Bytes::from_owner(index_data);
        let index = jobs::run(py, || Index::new(data, header))?;
        let store = StoreFiles::new(path_of(vfs_base.as_bytes()));
        let mut files = RevlogFiles::new(store, names, index.header().is_inline());
        if vfs_is_readonly {
            files.set_read_only();
        }
        if configs.checks_ambiguity()? {
            files.avoid_ambiguity();
        }
        Ok(Self {
            revlog: Shared::new("the revlog", core::InnerRevlog::new(index, files, options)),
            texts: CachedTexts::new(),
            heads: ListedHeads::new(),
            docket: Slot::new(),
        })
    }

    // Files.

    #[getter]
    fn canonical_index_file<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let name = self
            .revlog
            .read(py)?
            .files()
            .canonical_index_name()
            .to_vec();
        Ok(PyBytes::new(py, &name))
    }

    #[getter]
    fn index_file<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let name = self.revlog.read(py)?.files().index_name().to_vec();
        Ok(PyBytes::new(py, &name))
    }

    #[setter]
    fn set_index_file(&self, py: Python<'_>, name: Bound<'_, PyBytes>) -> PyResult<()> {
        let name = name.as_bytes().to_vec();
        self.revlog.write(py)?.state().set_index_name(name);
        Ok(())
    }

    #[getter]
    fn inline(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.revlog.read(py)?.files().is_inline())
    }

    #[setter]
    fn set_inline(&self, py: Python<'_>, inline: bool) -> PyResult<()> {
        self.revlog.write(py)?.state().set_inline(inline);
        Ok(())
    }

    #[getter]
    fn is_delaying(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.revlog.read(py)?.files().is_delaying())
    }

    #[getter]
    pub fn is_writing(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.revlog.read(py)?.files().is_writing())
    }

    #[getter]
    fn is_open(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.revlog.read(py)?.is_open())
    }

    #[getter]
    fn has_revdiff_extra(&self) -> bool {
        true
    }

    /// Files that tell where they are written to; `None` if they are closed.
    #[getter]
    fn _writinghandles(&self, py: Python<'_>) -> PyResult<Option<Handles>> {
        let ends = self.read(py, |revlog| revlog.files().ends())?;
        Ok(ends.map(handles))
    }

    // Reading.

    fn reading(slf: Bound<'_, Self>) -> ReadingContextManager {
        ReadingContextManager(slf.unbind())
    }

    /// What is stored for revisions, and where it begins.
    fn get_segment_for_revs<'py>(
        &self,
        py: Python<'py>,
        startrev: PyRevision,
        endrev: PyRevision,
    ) -> PyResult<(u64, Bound<'py, PyBytes>)> {
        let (start, end) = (startrev.get(), endrev.get());
        let (offset, bytes) = self.read(py, |revlog| revlog.segment(start, end))?;
        Ok((offset, PyBytes::new(py, &bytes)))
    }

    /// What is stored for a revision, without its compression.
    fn _chunk<'py>(&self, py: Python<'py>, rev: PyRevision) -> PyResult<Bound<'py, PyBytes>> {
        let chunk = self.read(py, |revlog| revlog.chunk(rev.get()))?;
        Ok(PyBytes::new(py, &chunk))
    }

    /// `(rev, text, whether its hash is known to be right)`
    fn raw_text<'py>(&self, py: Python<'py>, rev: PyRevision) -> PyResult<Bound<'py, PyTuple>> {
        let rev = rev.get();
        if rev.is_null() {
            let (text, right) = (PyBytes::new(py, b""), PyBool::new(py, true));
            return text_tuple(rev, &text, &right);
        }
        if let Some(tuple) = self.texts.tuple_of(py, rev) {
            return Ok(tuple.into_bound(py));
        }
        let known = self.texts.known(py);
        let known = known.as_ref().map(|(rev, text)| (*rev, text.as_bytes(py)));
        let text = self.read_text(py, rev, |revlog| revlog.raw_text(rev, known))?;
        let unknown = PyBool::new(py, false);
        text_tuple(rev, &PyBytes::new(py, &text), &unknown)
    }

    /// The delta between two texts, the second with a delta applied to it.
    fn rev_diff<'py>(
        &self,
        py: Python<'py>,
        rev_1: PyRevision,
        rev_2: PyRevision,
        extra_delta: Option<Buffer>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (from, to) = (rev_1.get(), rev_2.get());
        let extra = extra_delta.as_ref().map(AsRef::as_ref);
        let known = self.texts.known(py);
        let known = known.as_ref().map(|(rev, text)| (*rev, text.as_bytes(py)));
        let delta = self.read_text(py, to, |revlog| revlog.diff(from, to, extra, known))?;
        Ok(PyBytes::new(py, &delta))
    }

    fn get_cached_text(&self, py: Python<'_>, rev: PyRevision) -> Option<Py<PyTuple>> {
        self.texts.tuple_of(py, rev.get())
    }

    fn cache_revision_text(
        &self,
        rev: PyRevision,
        data: Bound<'_, PyBytes>,
        validated: Bound<'_, PyBool>,
    ) -> PyResult<()> {
        self.texts.keep(rev.get(), data, &validated)
    }

    fn clear_cached_text(&self, rev: PyRevision) {
        self.texts.forget(Some(rev.get()));
    }

    fn clear_cache(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_delaying(py)? {
            let text = "the caches of a revlog with delayed writes are in use";
            return Err(PyAssertionError::new_err(text));
        }
        self.texts.forget(None);
        self.revlog.write(py)?.state().forget_chunks();
        Ok(())
    }

    fn seen_file_size(&self, py: Python<'_>, size: u32) -> PyResult<()> {
        self.revlog.read(py)?.seen_text(size as usize);
        Ok(())
    }

    fn record_uncompressed_chunk(
        &self,
        py: Python<'_>,
        rev: PyRevision,
        data: Buffer,
    ) -> PyResult<()> {
        let (rev, data) = (rev.get(), Bytes::copy_from_slice(data.as_ref()));
        let revlog = self.revlog.read(py)?;
        if revlog.index().index().record(rev).is_some() {
            revlog.remember_chunk(rev, data);
        }
        Ok(())
    }

    fn issnapshot(&self, py: Python<'_>, rev: PyRevision) -> PyResult<bool> {
        self.read(py, |revlog| revlog.is_snapshot(rev.get()))
    }

    #[pyo3(signature = (rev, stoprev=None))]
    fn _deltachain<'py>(
        &self,
        py: Python<'py>,
        rev: PyRevision,
        stoprev: Option<PyRevision>,
    ) -> PyResult<(Bound<'py, PyList>, bool)> {
        self._index_deltachain(py, rev, stoprev)
    }

    /// `(mark, data)` as they are to be stored.
    fn compress<'py>(
        &self,
        py: Python<'py>,
        data: Buffer,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let compression = self.revlog.read(py)?.options().compression;
        let data = data.as_ref();
        let (mark, stored) = jobs::run_on_input(py, data.len(), || {
            compression.compress(data).map_err(CompressionError)
        })?;
        Ok((PyBytes::new(py, mark), PyBytes::new(py, &stored)))
    }

    // Writing.

    #[pyo3(signature = (transaction, data_end=None, sidedata_end=None))]
    fn writing(
        slf: Bound<'_, Self>,
        transaction: Bound<'_, PyAny>,
        data_end: Option<Bound<'_, PyAny>>,
        sidedata_end: Option<Bound<'_, PyAny>>,
    ) -> WritingContextManager {
        // Of other versions of the format.
        let _ = (data_end, sidedata_end);
        WritingContextManager::new(slf.unbind(), transaction.unbind())
    }

    /// Write the last entry of the index. Returns where the files end now.
    #[pyo3(signature = (
        transaction, entry, data, _link, offset, _sidedata, _sidedata_offset, index_end, data_end,
        _sidedata_end
    ))]
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn write_entry(
        &self,
        py: Python<'_>,
        transaction: Bound<'_, PyAny>,
        entry: Bound<'_, PyBytes>,
        data: (Bound<'_, PyBytes>, Bound<'_, PyBytes>),
        _link: Bound<'_, PyAny>,
        offset: u64,
        _sidedata: Bound<'_, PyAny>,
        _sidedata_offset: Bound<'_, PyAny>,
        index_end: Option<Bound<'_, PyAny>>,
        data_end: Option<Bound<'_, PyAny>>,
        _sidedata_end: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Ends> {
        // Of other versions of the format.
        let _ = (index_end, data_end);
        let announcement = self.read(py, |revlog| revlog.announce_entry(offset))?;
        let announced = announcement.make(&mut Transaction(&transaction))?;
        let (header, data) = (data.0.as_bytes(), data.1.as_bytes());
        let entry = entry.as_bytes();
        self.write(py, |revlog| {
            revlog.write_entry(&announced, entry, (header, data), offset)
        })
    }

    /// Hide what is written from now on; the name of the file it is in.
    fn delay<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let name = self.write(py, core::InnerRevlog::delay)?;
        Ok(name.map(|name| PyBytes::new(py, &name)))
    }

    /// Show hooks what is hidden: the new name of the index, and whether there
    /// is anything.
    fn write_pending<'py>(&self, py: Python<'py>) -> PyResult<(Option<Bound<'py, PyBytes>>, bool)> {
        let (name, any) = self.write(py, core::InnerRevlog::write_pending)?;
        Ok((name.map(|name| PyBytes::new(py, &name)), any))
    }

    /// Show everybody what was hidden; the name of the index.
    fn finalize_pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let name = self.write(py, core::InnerRevlog::finalize_pending)?;
        Ok(PyBytes::new(py, &name))
    }

    /// Take the data out of the index; the name of the index.
    #[pyo3(signature = (tr, header, new_index_file_path=None))]
    fn split_inline<'py>(
        &self,
        py: Python<'py>,
        tr: Bound<'_, PyAny>,
        header: u32,
        new_index_file_path: Option<Bound<'_, PyBytes>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        // It was told by the caller.
        let _ = tr;
        let name = new_index_file_path.map(|name| name.as_bytes().to_vec());
        let name: Vec<u8> = self.write(py, |revlog| -> Result<_, SplitError> {
            revlog.split_inline(header, name)
        })?;
        Ok(PyBytes::new(py, &name))
    }
}

/// The library that compresses has failed.
struct CompressionError(std::io::Error);

impl Raise for CompressionError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        super::errors::revlog_error(py, &format!("revlog compression error: {}", self.0))
    }
}

impl InnerRevlog {
    pub fn begin_reading(&self, py: Python<'_>) -> PyResult<()> {
        self.read(py, core::InnerRevlog::begin_reading)
    }

    pub fn end_reading(&self, py: Python<'_>) -> PyResult<()> {
        self.revlog.read(py)?.end_reading();
        Ok(())
    }

    pub fn begin_writing(&self, py: Python<'_>, transaction: &Bound<'_, PyAny>) -> PyResult<()> {
        let announcement = self.read(py, core::InnerRevlog::announce_writing)?;
        let announced = announcement.make(&mut Transaction(transaction))?;
        self.write(py, |revlog| revlog.begin_writing(&announced))
    }

    pub fn end_writing(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, core::InnerRevlog::end_writing)
    }

    /// Ask the revlog something that is soon done.
    pub fn read<T, E: Raise>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&core::InnerRevlog) -> Result<T, E>,
    ) -> PyResult<T> {
        let result = {
            let revlog = self.revlog.read(py)?;
            catch_unwind(AssertUnwindSafe(|| job(&revlog)))
        };
        jobs::finish(py, result)
    }

    /// Ask it something that may take long: other Python threads go on.
    pub fn read_detached<T: Send, E: Raise + Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&core::InnerRevlog) -> Result<T, E> + Send,
    ) -> PyResult<T> {
        let result = {
            let revlog = self.revlog.read(py)?;
            let revlog: &core::InnerRevlog = &revlog;
            py.detach(|| catch_unwind(AssertUnwindSafe(|| job(revlog))))
        };
        jobs::finish(py, result)
    }

    /// Change it.
    pub fn write<T, E: Raise>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut core::InnerRevlog) -> Result<T, E>,
    ) -> PyResult<T> {
        let result = {
            let mut revlog = self.revlog.write(py)?;
            catch_unwind(AssertUnwindSafe(|| job(revlog.state())))
        };
        jobs::finish(py, result)
    }

    /// Read a text that takes long if it is long.
    fn read_text<T: Send, E: Raise + Send>(
        &self,
        py: Python<'_>,
        rev: Revision,
        job: impl FnOnce(&core::InnerRevlog) -> Result<T, E> + Send,
    ) -> PyResult<T> {
        let record = self.revlog.read(py)?.index().index().record(rev);
        let size = record.map_or(0, |record| record.uncompressed_len);
        // Nobody knows how long a text of negative length is.
        match usize::try_from(size) {
            Ok(size) if size < jobs::LARGE_INPUT => self.read(py, job),
            _ => self.read_detached(py, job),
        }
    }
}
