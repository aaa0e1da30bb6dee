// SPDX-License-Identifier: GPL-2.0-or-later
//! The multiset of directories that hold the paths of a manifest or dirstate.

use std::collections::hash_map::{self, HashMap};

use crate::dirstate::DirstateError;
use crate::types::{HgPath, HgPathBuf, InvalidPath};

/// How many paths, or known directories, each directory directly leads to.
///
/// The root, `b""`, is a directory too. A directory is counted once a path or
/// subdirectory that is first seen in it, so adding a path below a known
/// directory touches that directory alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dirs {
    counts: HashMap<HgPathBuf, u32>,
}

impl Dirs {
    /// The directories of all `paths`.
    ///
    /// # Errors
    /// [`DirstateError::InvalidPath`] for a path with consecutive slashes.
    pub fn from_manifest<I>(paths: I) -> Result<Self, DirstateError>
    where
        I: IntoIterator,
        I::Item: AsRef<HgPath>,
    {
        let mut dirs = Self::default();
        for path in paths {
            dirs.add_path(path.as_ref())?;
        }
        Ok(dirs)
    }

    /// Count the directories of one more path.
    ///
    /// # Errors
    /// [`DirstateError::InvalidPath`] for a path with consecutive slashes;
    /// nothing is counted then.
    pub fn add_path(&mut self, path: &HgPath) -> Result<(), DirstateError> {
        for directory in path.ancestors() {
            if directory.as_bytes().last() == Some(&b'/') {
                return Err(DirstateError::InvalidPath(InvalidPath {
                    path: path.to_owned(),
                    problem: "it contains an empty directory name",
                }));
            }
        }
        for directory in path.ancestors() {
            if let Some(count) = self.counts.get_mut(directory) {
                *count = count.saturating_add(1);
                return Ok(());
            }
            self.counts.insert(directory.to_owned(), 1);
        }
        Ok(())
    }

    /// Take back what one `add_path(path)` counted.
    ///
    /// # Errors
    /// [`DirstateError::PathNotFound`] when a directory of `path` is not in
    /// the set; nothing is changed then.
    pub fn delete_path(&mut self, path: &HgPath) -> Result<(), DirstateError> {
        for directory in path.ancestors() {
            match self.counts.get(directory) {
                Some(1) => {}
                Some(_) => break,
                None => return Err(DirstateError::PathNotFound(path.to_owned())),
            }
        }
        for directory in path.ancestors() {
            match self.counts.get_mut(directory) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    break;
                }
                _ => self.counts.remove(directory),
            };
        }
        Ok(())
    }

    /// Whether `directory` holds a path. It has no trailing slash.
    pub fn contains(&self, directory: &HgPath) -> bool {
        self.counts.contains_key(directory)
    }

    /// The directories, in no particular order.
    pub fn iter(&self) -> hash_map::Keys<'_, HgPathBuf, u32> {
        self.counts.keys()
    }

    /// How many different directories there are.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn sorted(dirs: &Dirs) -> Vec<&[u8]> {
        let mut all: Vec<&[u8]> = dirs.iter().map(|dir| dir.as_bytes()).collect();
        all.sort();
        all
    }

    #[test]
    fn counts_up_and_down() {
        let mut dirs = Dirs::from_manifest(["a/b/c", "a/b/d", "e"].map(HgPath::new)).unwrap();
        assert_eq!(sorted(&dirs), [&b""[..], b"a", b"a/b"]);
        assert_eq!(dirs.len(), 3);
        dirs.delete_path(HgPath::new(b"a/b/c")).unwrap();
        assert!(dirs.contains(HgPath::new(b"a/b")));
        dirs.delete_path(HgPath::new(b"a/b/d")).unwrap();
        assert_eq!(sorted(&dirs), [b""]);
        dirs.delete_path(HgPath::new(b"e")).unwrap();
        assert!(dirs.is_empty());
    }

    #[test]
    fn errors_change_nothing() {
        let mut dirs = Dirs::from_manifest([HgPath::new("a/b/c")]).unwrap();
        let before = dirs.clone();
        assert_eq!(
            dirs.delete_path(HgPath::new(b"x/y")),
            Err(DirstateError::PathNotFound(b"x/y".to_vec().into()))
        );
        assert!(dirs.add_path(HgPath::new(b"a//b")).is_err());
        assert_eq!(dirs, before);
    }
}
