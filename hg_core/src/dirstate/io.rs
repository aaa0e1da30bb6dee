// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate on disk: loading it while others write it, and writing it
//! back without ever losing what they wrote.
//!
//! ```no_run
//! use hg_core::dirstate::io::{DirstateFile, WriteOptions};
//! use hg_core::dirstate::DirstateVersion;
//! use hg_core::types::HgPath;
//!
//! let file = DirstateFile::new("/repository/.hg".into(), DirstateVersion::V2);
//! let mut dirstate = file.load()?;
//! dirstate.map.set_tracked(HgPath::new("a file"))?;
//! let written = file.write_back(dirstate, &WriteOptions::default())?;
//! println!("{written:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{
    DirstateError, DirstateMap, DirstateParents, DirstateVersion, Docket, PackedV2, WriteMode,
    V2_FORMAT_MARKER,
};
use crate::fs::{
    bytes_path, overwrite_from, random_hex, read_identified, remove_if_exists, write_atomically,
    write_new, Durability, FileIdentity, Lock,
};

#[cfg(test)]
mod tests;

/// How often to look again whether a data file is there: as often as
/// Mercurial. Who replaces one removes it after its docket.
const READ_ATTEMPTS: usize = 5;

/// Why a dirstate could not be loaded or written.
#[derive(Debug, Error)]
pub enum DirstateIoError {
    /// The system failed.
    #[error("{}: {error}", .path.display())]
    System {
        /// Of what.
        path: PathBuf,
        /// How.
        error: io::Error,
    },
    /// What is in a file is no dirstate, or a dirstate fits in no file.
    #[error("{}: {error}", .path.display())]
    Dirstate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: DirstateError,
    },
    /// The repository does not require dirstate-v2, which this file is.
    #[error("{}: dirstate-v2 where the repository requires v1", .0.display())]
    UnexpectedV2(PathBuf),
    /// Others replaced the dirstate each time it was read.
    #[error("{}: replaced {READ_ATTEMPTS} times while it was read", .0.display())]
    Race(PathBuf),
    /// Since the dirstate was loaded somebody has written another, which is
    /// left as it is.
    #[error("{}: changed since it was read", .0.display())]
    Changed(PathBuf),
}

/// The dirstate of a working directory, as a file in its `.hg`.
#[derive(Clone, Debug)]
pub struct DirstateFile {
    dot_hg: PathBuf,
    required: DirstateVersion,
}

/// A dirstate that was loaded. To be written again it is given up: what it
/// knows of its files is true no more then.
#[derive(Debug)]
pub struct LoadedDirstate {
    /// The files.
    pub map: DirstateMap,
    /// The parents of the working directory.
    pub parents: DirstateParents,
    /// Of the file it was read from; `None` if there was none.
    identity: Option<FileIdentity>,
    /// What that said of a data file.
    docket: Option<Docket>,
}

/// How to write a dirstate.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// The permissions of new files. A file that is replaced hands on its own.
    pub mode: u32,
    /// Whether to append to a data file.
    pub data: WriteMode,
    /// What is left after the power has failed.
    pub durability: Durability,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            mode: 0o644,
            data: WriteMode::Auto,
            durability: Durability::default(),
        }
    }
}

/// What has become of a dirstate that would be good, but need not be written.
#[derive(Debug)]
pub enum WrittenBack {
    /// It is written.
    Written,
    /// Somebody holds the lock of the working directory.
    Locked,
    /// Since it was loaded somebody has written another.
    Changed,
    /// The repository is on a read-only file system, or somebody else's.
    NotPermitted(io::Error),
}

impl DirstateFile {
    /// That in `dot_hg`, in the format that the repository requires.
    pub fn new(dot_hg: PathBuf, required: DirstateVersion) -> Self {
        Self { dot_hg, required }
    }

    /// The path of the file that has the parents.
    pub fn path(&self) -> PathBuf {
        self.dot_hg.join("dirstate")
    }

    /// Load the dirstate; one that is not there is empty. Nothing is locked.
    ///
    /// Where v2 is required v1 is taken too, as Mercurial does.
    ///
    /// # Errors
    /// When a file cannot be read, or is no dirstate.
    pub fn load(&self) -> Result<LoadedDirstate, DirstateIoError> {
        self.load_by(read_identified)
    }

    fn load_by(
        &self,
        mut read: impl FnMut(&Path) -> io::Result<Option<(Vec<u8>, FileIdentity)>>,
    ) -> Result<LoadedDirstate, DirstateIoError> {
        let path = self.path();
        for _ in 0..READ_ATTEMPTS {
            let (content, identity) = match read(&path).map_err(system(&path))? {
                Some((content, identity)) => (content, Some(identity)),
                None => (Vec::new(), None),
            };
            if !content.starts_with(V2_FORMAT_MARKER) {
                let (map, parents) =
                    DirstateMap::new_v1(content.into(), None).map_err(dirstate(&path))?;
                return Ok(LoadedDirstate {
                    map,
                    parents,
                    identity,
                    docket: None,
                });
            }
            if self.required == DirstateVersion::V1 {
                return Err(DirstateIoError::UnexpectedV2(path));
            }
            let docket = Docket::parse(&content).map_err(dirstate(&path))?;
            let parents = docket.parents;
            if docket.uuid.is_empty() {
                return Ok(LoadedDirstate {
                    map: DirstateMap::new_empty(),
                    parents,
                    identity,
                    docket: None,
                });
            }
            let data_path = self.data_path(&docket);
            let Some((data, _)) = read(&data_path).map_err(system(&data_path))? else {
                // A new docket names another.
                continue;
            };
            let size = docket.data_size as usize;
            let uuid = docket.uuid.clone();
            let map = DirstateMap::new_v2(data.into(), size, &docket.tree_metadata, uuid, None)
                .map_err(dirstate(&data_path))?;
            return Ok(LoadedDirstate {
                map,
                parents,
                identity,
                docket: Some(docket),
            });
        }
        Err(DirstateIoError::Race(path))
    }

    fn data_path(&self, docket: &Docket) -> PathBuf {
        self.dot_hg.join(bytes_path(&docket.data_file_name()))
    }

    /// Write what a command found out on its way and the next one has a use
    /// for, if nothing speaks against it: under the lock of the working
    /// directory, which is not waited for, and over no other dirstate than
    /// the one that was loaded.
    ///
    /// # Errors
    /// When it is allowed, and the system fails. The dirstate is then what it
    /// was.
    pub fn write_back(
        &self,
        dirstate: LoadedDirstate,
        options: &WriteOptions,
    ) -> Result<WrittenBack, DirstateIoError> {
        let path = self.dot_hg.join("wlock");
        let lock = match Lock::try_take(&path) {
            Ok(Some(lock)) => lock,
            Ok(None) => return Ok(WrittenBack::Locked),
            Err(error) if is_denial(&error) => return Ok(WrittenBack::NotPermitted(error)),
            Err(error) => return Err(DirstateIoError::System { path, error }),
        };
        let written = match self.write(dirstate, options) {
            Ok(()) => Ok(WrittenBack::Written),
            Err(DirstateIoError::Changed(_)) => Ok(WrittenBack::Changed),
            Err(DirstateIoError::System { error, .. }) if is_denial(&error) => {
                Ok(WrittenBack::NotPermitted(error))
            }
            Err(error) => Err(error),
        };
        drop(lock);
        written
    }

    /// Write the dirstate. The caller holds the lock of the working directory,
    /// and has since before the dirstate was loaded, or does not mind
    /// [`DirstateIoError::Changed`].
    ///
    /// # Errors
    /// After one the dirstate is what it was.
    pub fn write(
        &self,
        dirstate: LoadedDirstate,
        options: &WriteOptions,
    ) -> Result<(), DirstateIoError> {
        self.check_unchanged(&dirstate)?;
        match self.required {
            DirstateVersion::V1 => {
                let path = self.path();
                let packed = dirstate.map.pack_v1(dirstate.parents);
                self.write_main(&packed.map_err(self::dirstate(&path))?, options)
            }
            DirstateVersion::V2 => self.write_v2(dirstate, options),
        }
    }

    /// Tell programs that watch it that the set of tracked files may be
    /// another (the file `dirstate-tracked-hint`). After the dirstate: who
    /// reads a new key finds a new dirstate.
    ///
    /// # Errors
    /// When the system fails.
    pub fn write_tracked_hint(&self, options: &WriteOptions) -> Result<(), DirstateIoError> {
        let path = self.dot_hg.join("dirstate-tracked-hint");
        let key = random_hex::<16>().map_err(system(&path))?;
        let content = format!("1\n{key}\n");
        write_atomically(&path, content.as_bytes(), options.mode, options.durability)
            .map_err(system(&path))
    }

    /// Whether the files are those that were loaded.
    fn check_unchanged(&self, dirstate: &LoadedDirstate) -> Result<(), DirstateIoError> {
        let path = self.path();
        let identity = FileIdentity::of(&path).map_err(system(&path))?;
        if identity != dirstate.identity {
            return Err(DirstateIoError::Changed(path));
        }
        let Some(docket) = &dirstate.docket else {
            return Ok(());
        };
        let path = self.data_path(docket);
        let identity = FileIdentity::of(&path).map_err(system(&path))?;
        // It may be longer: an append may have ended before its docket.
        match identity {
            Some(identity) if identity.size >= u64::from(docket.data_size) => Ok(()),
            _ => Err(DirstateIoError::Changed(path)),
        }
    }

    fn write_v2(
        &self,
        dirstate: LoadedDirstate,
        options: &WriteOptions,
    ) -> Result<(), DirstateIoError> {
        let LoadedDirstate {
            map,
            parents,
            identity,
            docket,
        } = dirstate;
        let path = self.path();
        let packed = map.pack_v2(options.data).map_err(self::dirstate(&path))?;
        if packed.append {
            // That of this very map.
            let docket = docket.filter(|docket| map.uuid() == Some(&*docket.uuid));
            let docket = docket.ok_or(DirstateError::CannotAppend);
            let docket = docket.map_err(self::dirstate(&path))?;
            return self.append(docket, parents, &packed, options);
        }
        let (data_path, uuid) = self.write_data_file(&packed, options)?;
        let written = Docket::of_new(parents, &packed, uuid)
            .and_then(|docket| docket.serialize())
            .map_err(self::dirstate(&path))
            .and_then(|content| self.write_main(&content, options));
        // What no docket names would stay for ever. After an error that is the
        // new file, if the old docket is seen to be there still.
        let litter = match &written {
            Ok(()) => docket.map(|docket| self.data_path(&docket)),
            Err(_) => FileIdentity::of(&path)
                .is_ok_and(|now| now == identity)
                .then_some(data_path),
        };
        if let Some(litter) = litter {
            let _ = remove_if_exists(&litter);
        }
        written
    }

    fn append(
        &self,
        docket: Docket,
        parents: DirstateParents,
        packed: &PackedV2,
        options: &WriteOptions,
    ) -> Result<(), DirstateIoError> {
        let path = self.path();
        let data_path = self.data_path(&docket);
        let added = u32::try_from(packed.data.len()).ok();
        let data_size = added.and_then(|added| docket.data_size.checked_add(added));
        let data_size = data_size
            .ok_or(DirstateError::TooLarge("the file takes 4 GiB or more"))
            .map_err(dirstate(&data_path))?;
        let end = u64::from(docket.data_size);
        // Nobody looks at what comes after the size that the docket tells.
        overwrite_from(&data_path, end, &packed.data, options.durability)
            .map_err(system(&data_path))?;
        let docket = Docket {
            parents,
            tree_metadata: packed.tree_metadata,
            data_size,
            uuid: docket.uuid,
        };
        self.write_main(&docket.serialize().map_err(dirstate(&path))?, options)
    }

    /// Write a data file under a name that was not there; gives its path and
    /// uuid.
    fn write_data_file(
        &self,
        packed: &PackedV2,
        options: &WriteOptions,
    ) -> Result<(PathBuf, Vec<u8>), DirstateIoError> {
        loop {
            let uuid = random_hex::<4>().map_err(system(&self.dot_hg))?;
            let path = self.dot_hg.join(format!("dirstate.{uuid}"));
            match write_new(&path, &packed.data, options.mode, options.durability) {
                Ok(()) => return Ok((path, uuid.into_bytes())),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(DirstateIoError::System { path, error }),
            }
        }
    }

    fn write_main(&self, content: &[u8], options: &WriteOptions) -> Result<(), DirstateIoError> {
        let path = self.path();
        write_atomically(&path, content, options.mode, options.durability).map_err(system(&path))
    }
}

fn system(path: &Path) -> impl FnOnce(io::Error) -> DirstateIoError + '_ {
    |error| DirstateIoError::System {
        path: path.to_path_buf(),
        error,
    }
}

fn dirstate(path: &Path) -> impl FnOnce(DirstateError) -> DirstateIoError + '_ {
    |error| DirstateIoError::Dirstate {
        path: path.to_path_buf(),
        error,
    }
}

/// Whether an error says that this user may not write here, or nobody may.
fn is_denial(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}
