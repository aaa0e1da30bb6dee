// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of a revlog while it is written.
//!
//! A revision's data is written before the index says that it is there, so
//! that whoever reads meanwhile, or after a crash, never finds an entry without
//! its data. A transaction is told how long each file was before anything is
//! added to it, and cuts it back when it is not committed.
//!
//! A changelog hides what is new until the end of its transaction: its entries
//! wait in memory, or go to an index of another name, which hooks are shown.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::record::RECORD_SIZE;
use crate::fs::{bytes_path, remove_if_exists, FileTimes, StoreFiles};

/// What an index is called that holds what is not yet committed, after the
/// name of the one it stands for.
const DIVERTED_SUFFIX: &[u8] = b".a";
/// What an index is called that was split off its data in this transaction.
const SPLIT_SUFFIX: &[u8] = b".s";

/// What was done when the system failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// Reading a file.
    Reading,
    /// Writing a file.
    Writing,
    /// Removing a file.
    Removing,
}

impl std::fmt::Display for FileOperation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Removing => "removing",
        })
    }
}

/// Why a revlog could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The system failed at one of its files.
    #[error("when {operation} {}: {error}", .path.display())]
    Io {
        /// What was done.
        operation: FileOperation,
        /// To which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The files were not opened for writing.
    #[error("adding revision outside of the `with_write` context")]
    NotOpen,
    /// The repository is only to be read.
    #[error("write access in a readonly vfs")]
    ReadOnly,
    /// Nothing was hidden that could be shown.
    #[error("neither delay nor divert found on this revlog")]
    NotDelayed,
    /// With the data in the index neither can be hidden alone.
    #[error("revlog with delayed write should not be inline")]
    InlineDelayed,
    /// The files are open.
    #[error("the files of the revlog are in use")]
    InUse,
}

/// What a transaction has to know before a file is written to.
pub trait WriteTransaction {
    /// The error with which it may refuse.
    type Error: From<WriteError>;

    /// The file `name` has this many bytes that count; it is to be cut back to
    /// them if the transaction is not committed.
    ///
    /// # Errors
    /// Whatever the transaction has to say; nothing is written then.
    fn add(&mut self, name: &[u8], length: u64) -> Result<(), Self::Error>;
}

/// Where a new entry is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Visibility {
    /// In the index, by everybody.
    Everybody,
    /// In these bytes, by this process.
    Buffered(Vec<u8>),
    /// In an index of another name, by those who know it. This is the name of
    /// the one that it will replace.
    Diverted { canonical: Vec<u8> },
}

/// The open files of a revlog.
#[derive(Debug)]
struct Open {
    index: File,
    /// `None` where the data is in the index.
    data: Option<File>,
    /// What the index was, for readers who compare.
    times: Option<FileTimes>,
}

/// A new revision as it is written.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// How many revisions there were before it.
    pub rev: u64,
    /// The entry of the index.
    pub entry: &'a [u8],
    /// What stands before the data: the mark of data that is not compressed.
    pub header: &'a [u8],
    /// The data.
    pub data: &'a [u8],
    /// Bytes of the data of all revisions before.
    pub offset: u64,
}

/// The files of a revlog, by name, and how new entries are seen.
#[derive(Debug)]
pub struct RevlogFiles {
    files: StoreFiles,
    /// Where the file of a name is, relative to the store.
    encode: fn(&[u8]) -> Vec<u8>,
    is_read_only: bool,
    avoids_ambiguity: bool,
    is_inline: bool,
    index_name: Vec<u8>,
    data_name: Vec<u8>,
    visibility: Visibility,
    open: Option<Open>,
}

/// What a [`RevlogFiles`] is made of.
#[derive(Clone, Debug)]
pub struct RevlogNames {
    /// The name of the index, relative to the store.
    pub index: Vec<u8>,
    /// The name of the data file.
    pub data: Vec<u8>,
    /// Where the file of a name is, relative to the store.
    pub encode: fn(&[u8]) -> Vec<u8>,
}

impl RevlogFiles {
    /// The files of a revlog in the store `files`. The data is in the index if
    /// `is_inline`.
    pub fn new(files: StoreFiles, names: RevlogNames, is_inline: bool) -> Self {
        Self {
            files,
            encode: names.encode,
            is_read_only: false,
            avoids_ambiguity: false,
            is_inline,
            index_name: names.index,
            data_name: names.data,
            visibility: Visibility::Everybody,
            open: None,
        }
    }

    /// Refuse to write.
    pub fn set_read_only(&mut self) {
        self.is_read_only = true;
    }

    /// Date an index apart that is written within the second of its last
    /// change, for readers who compare times.
    pub fn avoid_ambiguity(&mut self) {
        self.avoids_ambiguity = true;
    }

    /// The name of the index that is written to and read.
    pub fn index_name(&self) -> &[u8] {
        &self.index_name
    }

    /// The name of the index that everybody will see.
    pub fn canonical_index_name(&self) -> &[u8] {
        match &self.visibility {
            Visibility::Diverted { canonical } => canonical,
            _ => &self.index_name,
        }
    }

    /// The transaction has renamed the index.
    pub fn set_index_name(&mut self, name: Vec<u8>) {
        self.index_name = name;
    }

    /// Whether the data is in the index.
    pub fn is_inline(&self) -> bool {
        self.is_inline
    }

    /// The transaction has put the data back where it was, or taken it out.
    pub fn set_inline(&mut self, is_inline: bool) {
        self.is_inline = is_inline;
    }

    /// Whether new entries are hidden.
    pub fn is_delaying(&self) -> bool {
        self.visibility != Visibility::Everybody
    }

    /// Whether the files are open for writing.
    pub fn is_writing(&self) -> bool {
        self.open.is_some()
    }

    /// Where the file of a name is.
    pub fn path(&self, name: &[u8]) -> PathBuf {
        self.files.path(bytes_path(&(self.encode)(name)))
    }

    /// Open the files, to add to a revlog of `revs` revisions with
    /// `data_length` bytes of data.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`], [`WriteError::Io`], and what the transaction
    /// refuses with; the files are closed then.
    pub fn begin_writing<T: WriteTransaction>(
        &mut self,
        transaction: &mut T,
        revs: u64,
        data_length: u64,
    ) -> Result<(), T::Error> {
        self.check_writable()?;
        let index_length = revs * RECORD_SIZE as u64;
        let mut data = None;
        if !self.is_inline {
            data = Some(self.open_at_end(&self.data_name)?);
            transaction.add(&self.data_name, data_length)?;
        }
        let path = self.path(&self.index_name);
        let times = match self.avoids_ambiguity {
            true => FileTimes::of(&path).map_err(io_error(FileOperation::Reading, &path))?,
            false => None,
        };
        let index = self.open_at_end(&self.index_name)?;
        let inline_length = if self.is_inline { data_length } else { 0 };
        transaction.add(&self.index_name, index_length + inline_length)?;
        self.open = Some(Open { index, data, times });
        Ok(())
    }

    /// Close the files, that of the index last: what it tells of is there.
    ///
    /// # Errors
    /// [`WriteError::Io`] where the index could not be dated apart.
    pub fn end_writing(&mut self) -> Result<(), WriteError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        drop(open.data);
        drop(open.index);
        let path = self.path(&self.index_name);
        let dated = open
            .times
            .map_or(Ok(()), |times| times.avoid_ambiguity(&path));
        dated.map_err(io_error(FileOperation::Writing, &path))
    }

    /// Add a revision. Returns where the index and the data file end now; the
    /// latter is `None` where the data is in the index.
    ///
    /// # Errors
    /// [`WriteError::NotOpen`], [`WriteError::Io`], and what the transaction
    /// refuses with.
    pub fn write_entry<T: WriteTransaction>(
        &mut self,
        transaction: &mut T,
        new: &NewEntry<'_>,
    ) -> Result<(u64, Option<u64>), T::Error> {
        self.check_writable()?;
        if self.open.is_none() {
            return Err(WriteError::NotOpen.into());
        }
        let index_length = new.rev * RECORD_SIZE as u64;
        let canonical = self.canonical_index_name();
        if self.is_inline {
            if let Visibility::Buffered(_) = self.visibility {
                return Err(WriteError::InlineDelayed.into());
            }
            transaction.add(canonical, new.offset + index_length)?;
            let bytes = [new.entry, new.header, new.data].concat();
            return Ok((self.append_to_index(&bytes)?, None));
        }
        transaction.add(&self.data_name, new.offset)?;
        transaction.add(canonical, index_length)?;
        let data_end = self.append_to_data(new.header, new.data)?;
        let index_end = match &mut self.visibility {
            Visibility::Buffered(entries) => {
                entries.extend_from_slice(new.entry);
                index_length + new.entry.len() as u64
            }
            _ => self.append_to_index(new.entry)?,
        };
        Ok((index_end, Some(data_end)))
    }

    /// Hide what is added from now on. An empty revlog goes to an index of
    /// another name, which is returned, for the transaction to remove.
    ///
    /// # Errors
    /// [`WriteError::InlineDelayed`], [`WriteError::InUse`],
    /// [`WriteError::ReadOnly`], [`WriteError::Io`]
    pub fn delay(&mut self, is_empty: bool) -> Result<Option<Vec<u8>>, WriteError> {
        self.check_delay()?;
        if self.is_delaying() {
            return Ok(None);
        }
        if !is_empty {
            self.visibility = Visibility::Buffered(Vec::new());
            return Ok(None);
        }
        let name = self.diverted_name();
        self.remove(&name)?;
        self.divert_to(name.clone());
        Ok(Some(name))
    }

    /// Show what is hidden to those who know where, as hooks do. Returns the
    /// name of the index they read, if it is a new one, and whether it has
    /// anything that the canonical one has not.
    ///
    /// # Errors
    /// As [`delay`](Self::delay), and [`WriteError::NotDelayed`]
    pub fn write_pending(&mut self) -> Result<(Option<Vec<u8>>, bool), WriteError> {
        self.check_delay()?;
        let entries = match &self.visibility {
            Visibility::Everybody => return Err(WriteError::NotDelayed),
            Visibility::Diverted { .. } => return Ok((None, true)),
            Visibility::Buffered(entries) => entries,
        };
        let has_entries = !entries.is_empty();
        let name = self.diverted_name();
        let (index, pending) = (self.path(&self.index_name), self.path(&name));
        let copy = || {
            let mut source = File::open(&index)?;
            let mut copied = self.files.create(&pending)?;
            io::copy(&mut source, &mut copied)?;
            copied.write_all(entries)
        };
        copy().map_err(io_error(FileOperation::Writing, &pending))?;
        self.divert_to(name.clone());
        Ok((Some(name), has_entries))
    }

    /// Show everybody what was hidden. Returns the name of the index.
    ///
    /// # Errors
    /// As [`write_pending`](Self::write_pending); what was hidden still is
    /// then.
    pub fn finalize_pending(&mut self) -> Result<Vec<u8>, WriteError> {
        self.check_delay()?;
        match &self.visibility {
            Visibility::Everybody => return Err(WriteError::NotDelayed),
            Visibility::Buffered(entries) if entries.is_empty() => (),
            Visibility::Buffered(entries) => {
                let mut index = self.open_at_end(&self.index_name)?;
                let path = self.path(&self.index_name);
                let written = index.write_all(entries);
                written.map_err(io_error(FileOperation::Writing, &path))?;
            }
            Visibility::Diverted { canonical } => {
                let (from, to) = (self.path(&self.index_name), self.path(canonical));
                match self.files.replace(&from, &to) {
                    // Nothing was added.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => (),
                    result => result.map_err(io_error(FileOperation::Writing, &to))?,
                }
                self.index_name = canonical.clone();
            }
        }
        self.visibility = Visibility::Everybody;
        Ok(self.index_name.clone())
    }

    /// Take the data out of the index: write `data` to a file of its own, then
    /// `index` under `new_name`, where there is one. Files that were open are
    /// open again.
    ///
    /// # Errors
    /// [`WriteError::InlineDelayed`], [`WriteError::ReadOnly`],
    /// [`WriteError::Io`]; the files are closed then.
    pub fn split_inline(
        &mut self,
        index: &[u8],
        data: &[u8],
        new_name: Option<Vec<u8>>,
    ) -> Result<(), WriteError> {
        self.check_writable()?;
        if let Visibility::Buffered(_) = self.visibility {
            return Err(WriteError::InlineDelayed);
        }
        let was_open = self.open.take();
        let data_file = self.create_with(&self.data_name, data)?;
        if let Some(name) = new_name {
            self.index_name = name;
        }
        let index_file = self.create_with(&self.index_name, index)?;
        self.is_inline = false;
        self.open = was_open.map(|open| Open {
            index: index_file,
            data: Some(data_file),
            times: open.times,
        });
        Ok(())
    }

    fn check_writable(&self) -> Result<(), WriteError> {
        match self.is_read_only {
            true => Err(WriteError::ReadOnly),
            false => Ok(()),
        }
    }

    fn check_delay(&self) -> Result<(), WriteError> {
        self.check_writable()?;
        if self.is_inline {
            return Err(WriteError::InlineDelayed);
        }
        if self.is_writing() {
            return Err(WriteError::InUse);
        }
        Ok(())
    }

    /// The name that hooks know: that of the index as it was before it was
    /// split, with a suffix.
    fn diverted_name(&self) -> Vec<u8> {
        let name = &self.index_name[..];
        let name = name.strip_suffix(SPLIT_SUFFIX).unwrap_or(name);
        [name, DIVERTED_SUFFIX].concat()
    }

    fn divert_to(&mut self, name: Vec<u8>) {
        let canonical = std::mem::replace(&mut self.index_name, name);
        self.visibility = Visibility::Diverted { canonical };
    }

    fn remove(&self, name: &[u8]) -> Result<(), WriteError> {
        let path = self.path(name);
        remove_if_exists(&path).map_err(io_error(FileOperation::Removing, &path))
    }

    fn open_at_end(&self, name: &[u8]) -> Result<File, WriteError> {
        let path = self.path(name);
        let open = || {
            let mut file = self.files.open_to_write(&path)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        open().map_err(io_error(FileOperation::Writing, &path))
    }

    fn create_with(&self, name: &[u8], content: &[u8]) -> Result<File, WriteError> {
        let path = self.path(name);
        let create = || {
            let mut file = self.files.create(&path)?;
            file.write_all(content)?;
            Ok(file)
        };
        create().map_err(io_error(FileOperation::Writing, &path))
    }

    fn append_to_index(&mut self, bytes: &[u8]) -> Result<u64, WriteError> {
        let path = self.path(&self.index_name);
        let file = self.open.as_mut().map(|open| &mut open.index);
        append(file, bytes)?.map_err(io_error(FileOperation::Writing, &path))
    }

    fn append_to_data(&mut self, header: &[u8], data: &[u8]) -> Result<u64, WriteError> {
        let path = self.path(&self.data_name);
        let joined;
        let bytes = match header {
            [] => data,
            header => {
                joined = [header, data].concat();
                &joined
            }
        };
        let file = self.open.as_mut().and_then(|open| open.data.as_mut());
        append(file, bytes)?.map_err(io_error(FileOperation::Writing, &path))
    }
}

/// Write at the end of a file; the new end.
fn append(file: Option<&mut File>, bytes: &[u8]) -> Result<io::Result<u64>, WriteError> {
    let file = file.ok_or(WriteError::NotOpen)?;
    let mut write = || {
        let end = file.seek(SeekFrom::End(0))?;
        file.write_all(bytes)?;
        Ok(end + bytes.len() as u64)
    };
    Ok(write())
}

fn io_error(operation: FileOperation, path: &Path) -> impl FnOnce(io::Error) -> WriteError + '_ {
    move |error| WriteError::Io {
        operation,
        path: path.to_path_buf(),
        error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Keeps what it hears, and refuses the n-th.
    #[derive(Default)]
    struct Transaction {
        heard: Vec<(String, u64)>,
        refuses: Option<usize>,
    }

    impl WriteTransaction for Transaction {
        type Error = WriteError;

        fn add(&mut self, name: &[u8], length: u64) -> Result<(), WriteError> {
            if self.refuses == Some(self.heard.len()) {
                return Err(WriteError::InUse);
            }
            let name = String::from_utf8_lossy(name).into_owned();
            self.heard.push((name, length));
            Ok(())
        }
    }

    fn revlog(store: &Path, is_inline: bool) -> RevlogFiles {
        let names = RevlogNames {
            index: b"x.i".to_vec(),
            data: b"x.d".to_vec(),
            encode: |name| [b"_", name].concat(),
        };
        RevlogFiles::new(StoreFiles::new(store).unwrap(), names, is_inline)
    }

    fn entry(rev: u64) -> NewEntry<'static> {
        NewEntry {
            rev,
            entry: &[b'e'; RECORD_SIZE],
            header: b"u",
            data: b"data",
            offset: rev * 5,
        }
    }

    fn write(files: &mut RevlogFiles, revs: std::ops::Range<u64>) -> Transaction {
        let mut transaction = Transaction::default();
        files
            .begin_writing(&mut transaction, revs.start, revs.start * 5)
            .unwrap();
        for rev in revs {
            let ends = files.write_entry(&mut transaction, &entry(rev)).unwrap();
            let end = (rev + 1) * RECORD_SIZE as u64;
            match files.is_inline() {
                true => assert_eq!(ends, (end + (rev + 1) * 5, None)),
                false => assert_eq!(ends, (end, Some((rev + 1) * 5))),
            }
        }
        files.end_writing().unwrap();
        assert!(!files.is_writing());
        transaction
    }

    fn length(store: &Path, name: &str) -> Option<u64> {
        std::fs::metadata(store.join(name))
            .ok()
            .map(|metadata| metadata.len())
    }

    fn heard(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
        pairs
            .iter()
            .map(|&(name, length)| (name.to_owned(), length))
            .collect()
    }

    #[test]
    fn apart_and_inline() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        let mut files = revlog(store, false);
        let transaction = write(&mut files, 0..2);
        let expected = [
            ("x.d", 0),
            ("x.i", 0),
            ("x.d", 0),
            ("x.i", 0),
            ("x.d", 5),
            ("x.i", 64),
        ];
        assert_eq!(transaction.heard, heard(&expected));
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.d")),
            (Some(128), Some(10))
        );

        std::fs::remove_file(store.join("_x.i")).unwrap();
        let mut files = revlog(store, true);
        assert_eq!(
            write(&mut files, 0..1).heard,
            heard(&[("x.i", 0), ("x.i", 0)])
        );
        assert_eq!(
            write(&mut files, 1..2).heard,
            heard(&[("x.i", 69), ("x.i", 69)])
        );
        assert_eq!(length(store, "_x.i"), Some(138));
    }

    #[test]
    fn a_refusal_leaves_the_files_as_they_were() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        let mut files = revlog(store, false);
        write(&mut files, 0..1);
        for refuses in 0..4 {
            let mut transaction = Transaction {
                refuses: Some(refuses),
                ..Transaction::default()
            };
            let begun = files.begin_writing(&mut transaction, 1, 5);
            assert_eq!(begun.is_err(), refuses < 2);
            assert_eq!(files.is_writing(), refuses >= 2);
            let error = files.write_entry(&mut transaction, &entry(1)).unwrap_err();
            assert_eq!(matches!(error, WriteError::NotOpen), refuses < 2);
            files.end_writing().unwrap();
            assert_eq!(
                (length(store, "_x.i"), length(store, "_x.d")),
                (Some(64), Some(5))
            );
        }
        files.set_read_only();
        let error = files
            .begin_writing(&mut Transaction::default(), 1, 5)
            .unwrap_err();
        assert_eq!(error.to_string(), "write access in a readonly vfs");
    }

    #[test]
    fn hidden_in_memory() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        let mut files = revlog(store, false);
        write(&mut files, 0..1);
        assert!(matches!(files.write_pending(), Err(WriteError::NotDelayed)));
        assert_eq!(files.delay(false).unwrap(), None);
        assert_eq!(files.delay(false).unwrap(), None);
        write(&mut files, 1..3);
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.d")),
            (Some(64), Some(15))
        );

        let pending = files.write_pending().unwrap();
        assert_eq!(pending, (Some(b"x.i.a".to_vec()), true));
        assert_eq!(
            (files.index_name(), files.canonical_index_name()),
            (&b"x.i.a"[..], &b"x.i"[..])
        );
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.i.a")),
            (Some(64), Some(192))
        );
        assert_eq!(files.write_pending().unwrap(), (None, true));
        // More of it goes where the rest is.
        let transaction = write(&mut files, 3..4);
        assert_eq!(transaction.heard[1], ("x.i.a".to_owned(), 192));
        assert_eq!(transaction.heard[3], ("x.i".to_owned(), 192));
        assert_eq!(files.finalize_pending().unwrap(), b"x.i");
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.i.a")),
            (Some(256), None)
        );
        assert!(!files.is_delaying());

        files.delay(false).unwrap();
        write(&mut files, 4..5);
        files.finalize_pending().unwrap();
        assert_eq!(length(store, "_x.i"), Some(320));
        files.delay(false).unwrap();
        assert_eq!(
            files.write_pending().unwrap(),
            (Some(b"x.i.a".to_vec()), false)
        );
    }

    #[test]
    fn a_new_one_is_hidden_beside() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        std::fs::write(store.join("_x.i.a"), "left behind").unwrap();
        let mut files = revlog(store, false);
        assert_eq!(files.delay(true).unwrap(), Some(b"x.i.a".to_vec()));
        assert_eq!(length(store, "_x.i.a"), None);
        write(&mut files, 0..1);
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.i.a")),
            (None, Some(64))
        );
        assert_eq!(files.finalize_pending().unwrap(), b"x.i");
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.i.a")),
            (Some(64), None)
        );
        assert!(matches!(
            files.finalize_pending(),
            Err(WriteError::NotDelayed)
        ));
        // Nothing was added.
        let mut files = revlog(store, false);
        std::fs::remove_file(store.join("_x.i")).unwrap();
        files.delay(true).unwrap();
        assert_eq!(files.finalize_pending().unwrap(), b"x.i");
    }

    #[test]
    fn splitting() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        let mut files = revlog(store, true);
        assert!(matches!(files.delay(false), Err(WriteError::InlineDelayed)));
        write(&mut files, 0..1);
        let mut transaction = Transaction::default();
        files.begin_writing(&mut transaction, 1, 5).unwrap();
        assert!(matches!(files.delay(false), Err(WriteError::InlineDelayed)));
        files
            .split_inline(&[b'e'; 64], b"udata", Some(b"x.i.s".to_vec()))
            .unwrap();
        assert!(!files.is_inline() && files.is_writing());
        let ends = files.write_entry(&mut transaction, &entry(1)).unwrap();
        assert_eq!(ends, (128, Some(10)));
        files.end_writing().unwrap();
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.i.s")),
            (Some(69), Some(128))
        );
        // What hooks read is named after the index itself.
        files.delay(false).unwrap();
        assert_eq!(files.write_pending().unwrap().0, Some(b"x.i.a".to_vec()));
    }

    #[test]
    fn failures_name_the_file() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        std::fs::create_dir(store.join("_x.d")).unwrap();
        let mut files = revlog(store, false);
        let error = files
            .begin_writing(&mut Transaction::default(), 0, 0)
            .unwrap_err();
        let expected = format!("when writing {}: ", store.join("_x.d").display());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
