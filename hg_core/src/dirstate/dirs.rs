// SPDX-License-Identifier: GPL-2.0-or-later
//! The multiset of directories that hold the paths of a manifest or dirstate.

use indexmap::map::IndexMap;

use crate::dirstate::DirstateError;
use crate::types::{HgPath, HgPathBuf, InvalidPath};

/// How many paths, or known directories, each directory directly leads to.
///
/// The root, `b""`, is a directory too. A directory is counted once a path or
/// subdirectory that is first seen in it, so adding a path below a known
/// directory touches that directory alone.
#[derive(Debug, Clone, Default)]
pub struct Dirs {
    /// In any order, but each at a place that a cursor can name.
    counts: IndexMap<HgPathBuf, u32>,
    /// Counts the changes, for walks that do not hold the set.
    generation: u64,
}

/// A walk over the directories of one [`Dirs`], in no particular order. It does not
/// hold the set, but takes it at each step.
#[derive(Debug, Clone)]
pub struct DirsCursor {
    next: usize,
    generation: u64,
}

impl DirsCursor {
    /// The next directory; `None` once there is no more.
    ///
    /// # Errors
    /// [`DirstateError::Changed`] once the set has changed.
    pub fn step<'a>(&mut self, dirs: &'a Dirs) -> Result<Option<&'a HgPath>, DirstateError> {
        if self.generation != dirs.generation {
            return Err(DirstateError::Changed);
        }
        let Some((directory, _count)) = dirs.counts.get_index(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        Ok(Some(directory))
    }
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
        self.end_cursors();
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
        self.end_cursors();
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
                _ => self.counts.swap_remove(directory),
            };
        }
        Ok(())
    }

    /// Whether `directory` holds a path. It has no trailing slash.
    pub fn contains(&self, directory: &HgPath) -> bool {
        self.counts.contains_key(directory)
    }

    /// The directories, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &HgPath> {
        self.counts.keys().map(|directory| &**directory)
    }

    /// A walk over what [`Self::iter`] gives, which does not hold the set.
    pub fn cursor(&self) -> DirsCursor {
        DirsCursor {
            next: 0,
            generation: self.generation,
        }
    }

    /// How many different directories there are.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// An attempt to change something ends all walks.
    fn end_cursors(&mut self) {
        self.generation = self.generation.wrapping_add(1);
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
    fn a_walk_ends_with_a_change() {
        let mut dirs = Dirs::from_manifest(["a/b/c", "e"].map(HgPath::new)).unwrap();
        let (mut whole, mut cut) = (dirs.cursor(), dirs.cursor());
        let stepped: Vec<_> = std::iter::from_fn(|| whole.step(&dirs).unwrap()).collect();
        assert!(stepped.iter().copied().eq(dirs.iter()));
        assert_eq!(whole.step(&dirs), Ok(None));
        assert!(cut.step(&dirs).unwrap().is_some());
        dirs.add_path(HgPath::new(b"a/b/d")).unwrap();
        assert_eq!(cut.step(&dirs), Err(DirstateError::Changed));
        assert_eq!(cut.step(&dirs), Err(DirstateError::Changed));
    }

    #[test]
    fn errors_change_nothing() {
        let mut dirs = Dirs::from_manifest([HgPath::new("a/b/c")]).unwrap();
        let before = dirs.counts.clone();
        assert_eq!(
            dirs.delete_path(HgPath::new(b"x/y")),
            Err(DirstateError::PathNotFound(b"x/y".to_vec().into()))
        );
        assert!(dirs.add_path(HgPath::new(b"a//b")).is_err());
        assert_eq!(dirs.counts, before);
    }
}
