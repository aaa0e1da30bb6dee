// SPDX-License-Identifier: GPL-2.0-or-later
//! Files of a working directory that is not empty: written over others,
//! removed, given other permissions.
//!
//! As in an empty one, each is reached below open directories, and through no
//! symbolic link.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::at::{fstat, leads_to_repository, lstat, open_directory, FileStat, Purpose, REPOSITORY};
use super::create::{create_file, TrackedKind, Unfinished};
use super::files::random_hex;
use super::system;
use crate::types::HgPath;

/// Why a directory was not entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EnterError<'p> {
    /// The directory on the way where it ended.
    pub(crate) at: &'p HgPath,
    pub(crate) hindrance: Hindrance,
}

/// What is wrong with a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// It is a link, something else, missing or closed: `lstat` tells which.
    System(Errno),
    /// It has a repository of its own.
    NestedRepository,
}

/// Open the directory that the file `path` is in, or is to be in.
pub(crate) fn open_parent<'p>(
    root: BorrowedFd<'_>,
    path: &'p HgPath,
) -> Result<OwnedFd, EnterError<'p>> {
    walk_to(root, path.parent(), |parent, name| {
        open_directory(parent, name, Purpose::Search)
    })
}

/// As [`open_parent`], of a directory that is made where it is missing.
pub(crate) fn enter_directory<'p>(
    root: BorrowedFd<'_>,
    directory: &'p HgPath,
) -> Result<OwnedFd, EnterError<'p>> {
    walk_to(root, directory, |parent, name| {
        match open_directory(parent, name, Purpose::Search) {
            Err(Errno::NOENT) => {}
            result => return result,
        }
        match system::mkdir_at(parent, name.as_bytes(), 0o777) {
            // Another thread was faster.
            Ok(()) | Err(Errno::EXIST) => open_directory(parent, name, Purpose::Search),
            Err(error) => Err(error),
        }
    })
}

/// Open one directory after the other from `root` to `directory`, none of
/// which may have a repository of its own.
fn walk_to<'p>(
    root: BorrowedFd<'_>,
    directory: &'p HgPath,
    open: impl Fn(BorrowedFd<'_>, &HgPath) -> Result<OwnedFd, Errno>,
) -> Result<OwnedFd, EnterError<'p>> {
    let failed = |at, error| EnterError {
        at,
        hindrance: Hindrance::System(error),
    };
    let here = open_directory(root, HgPath::root(), Purpose::Search);
    let mut here = here.map_err(|error| failed(HgPath::root(), error))?;
    let mut way: Vec<&HgPath> = std::iter::once(directory)
        .chain(directory.ancestors())
        .collect();
    way.reverse();
    for at in way.into_iter().filter(|at| !at.is_root()) {
        here = open(here.as_fd(), at.base_name()).map_err(|error| failed(at, error))?;
        if leads_to_repository(here.as_fd()) {
            let hindrance = Hindrance::NestedRepository;
            return Err(EnterError { at, hindrance });
        }
    }
    Ok(here)
}

/// How a file takes the place of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacing {
    /// The old one is removed, then the new one is written.
    #[default]
    Unlinked,
    /// The new one is written beside it, then renamed: there is always one of
    /// them, and it is whole.
    Renamed,
}

/// Make the file or symbolic link `name`, which replaces a file or link.
/// Where a directory stands, the error is `EISDIR`.
pub(crate) fn replace_file(
    directory: BorrowedFd<'_>,
    name: &HgPath,
    kind: TrackedKind,
    data: &[u8],
    replacing: Replacing,
) -> Result<FileStat, Errno> {
    if replacing == Replacing::Renamed {
        return rename_into_place(directory, name, kind, data);
    }
    match create_file(directory, name, kind, data) {
        Err(Errno::EXIST) => {}
        result => return result,
    }
    remove_file(directory, name)?;
    create_file(directory, name, kind, data)
}

fn rename_into_place(
    directory: BorrowedFd<'_>,
    name: &HgPath,
    kind: TrackedKind,
    data: &[u8],
) -> Result<FileStat, Errno> {
    loop {
        // Short, as the name itself may be as long as names can be.
        let random = random_hex::<8>().map_err(|_| Errno::IO)?;
        let temporary = [b".hg-update-", random.as_bytes(), b"~"].concat();
        let temporary = HgPath::new(&temporary);
        let stat = match create_file(directory, temporary, kind, data) {
            Err(Errno::EXIST) => continue,
            result => result?,
        };
        let unfinished = Unfinished {
            directory,
            name: temporary,
        };
        system::rename_at(directory, temporary.as_bytes(), name.as_bytes())?;
        std::mem::forget(unfinished);
        return Ok(stat);
    }
}

/// Remove a file or symbolic link. Of a directory the error is `EISDIR`,
/// whatever the system calls it.
pub(crate) fn remove_file(directory: BorrowedFd<'_>, name: &HgPath) -> Result<(), Errno> {
    match system::unlink_at(directory, name.as_bytes()) {
        Err(Errno::PERM) if lstat(directory, name).is_ok_and(|stat| is_directory(&stat)) => {
            Err(Errno::ISDIR)
        }
        result => result,
    }
}

fn is_directory(stat: &FileStat) -> bool {
    stat.kind == super::at::FileKind::Directory
}

/// Remove an empty directory.
pub(crate) fn remove_directory(directory: BorrowedFd<'_>, name: &HgPath) -> Result<(), Errno> {
    system::rmdir_at(directory, name.as_bytes())
}

/// Which permissions new files do not get: what the umask takes away, or the
/// default of the directory. It is seen on a file made in `.hg`.
pub(crate) fn new_file_mask(root: BorrowedFd<'_>) -> Result<u32, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    loop {
        let random = random_hex::<4>().map_err(|_| Errno::IO)?;
        let name = [REPOSITORY, b"/update-mode-", random.as_bytes()].concat();
        let name = HgPath::new(&name);
        match system::open_at(root, name.as_bytes(), flags, 0o777) {
            Err(Errno::EXIST) => continue,
            Err(error) => return Err(error),
            Ok(file) => {
                let _temporary = Unfinished {
                    directory: root,
                    name,
                };
                return Ok(0o777 & !fstat(file.as_fd())?.mode);
            }
        }
    }
}

/// Have a regular file be executable or not: who may read it may execute it,
/// but for `mask`. A file that is also known by another name becomes one of
/// its own first. `None` if it is as it should be.
pub(crate) fn set_executable(
    directory: BorrowedFd<'_>,
    name: &HgPath,
    executable: bool,
    mask: u32,
) -> Result<Option<FileStat>, Errno> {
    let file = super::at::open_file(directory, name)?;
    let raw = system::fstat(file.as_fd())?;
    let old = FileStat::new(&raw);
    if (old.mode & OWNER_EXECUTE != 0) == executable {
        return Ok(None);
    }
    let permissions = old.mode & 0o7777;
    let mode = match executable {
        true => permissions | (((permissions & 0o444) >> 2) & !mask),
        false => permissions & 0o666,
    };
    if raw.st_nlink > 1 {
        let data = super::at::read_file(file)?;
        rename_into_place(directory, name, TrackedKind::Regular, &data)?;
        let own = super::at::open_file(directory, name)?;
        system::fchmod(own.as_fd(), mode)?;
        return fstat(own.as_fd()).map(Some);
    }
    system::fchmod(file.as_fd(), mode)?;
    fstat(file.as_fd()).map(Some)
}

const OWNER_EXECUTE: u32 = 0o100;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::fs::open_root;
    use std::os::unix::fs::{symlink, PermissionsExt};
    use std::path::Path;

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn directories_are_entered_through_no_link() {
        let directory = tempfile::tempdir().unwrap();
        let root = open_root(directory.path()).unwrap();
        let root = root.as_fd();
        enter_directory(root, HgPath::new(b"a/b")).unwrap();
        enter_directory(root, HgPath::new(b"a/b")).unwrap();
        enter_directory(root, HgPath::root()).unwrap();
        assert!(directory.path().join("a/b").is_dir());
        symlink("a", directory.path().join("link")).unwrap();
        let path = HgPath::new(b"link/b/file");
        let error = open_parent(root, path).unwrap_err();
        assert_eq!(error.at.as_bytes(), b"link");
        assert!(enter_directory(root, path).is_err());
        let error = open_parent(root, HgPath::new(b"a/c/file")).unwrap_err();
        assert_eq!(error.at.as_bytes(), b"a/c");
        assert_eq!(error.hindrance, Hindrance::System(Errno::NOENT));
        std::fs::create_dir(directory.path().join("a/.hg")).unwrap();
        let error = enter_directory(root, HgPath::new(b"a/b")).unwrap_err();
        assert_eq!(error.at.as_bytes(), b"a");
        assert_eq!(error.hindrance, Hindrance::NestedRepository);
    }

    #[test]
    fn files_are_replaced_and_their_links_are_not() {
        for replacing in [Replacing::Unlinked, Replacing::Renamed] {
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name);
            let root = open_root(directory.path()).unwrap();
            let write = |name: &str, kind, data: &str| {
                let name = HgPath::new(name);
                replace_file(root.as_fd(), name, kind, data.as_bytes(), replacing)
            };
            std::fs::write(path("old"), "old").unwrap();
            std::fs::hard_link(path("old"), path("other")).unwrap();
            symlink("other", path("link")).unwrap();
            write("old", TrackedKind::Executable, "new").unwrap();
            write("link", TrackedKind::Regular, "file").unwrap();
            assert_eq!(std::fs::read_to_string(path("other")).unwrap(), "old");
            assert_eq!(std::fs::read_to_string(path("old")).unwrap(), "new");
            let mode = std::fs::metadata(path("old")).unwrap().permissions().mode();
            assert_ne!(mode & OWNER_EXECUTE, 0);
            assert!(!path("link").is_symlink());
            write("link", TrackedKind::Symlink, "old").unwrap();
            assert_eq!(std::fs::read_link(path("link")).unwrap(), Path::new("old"));
            std::fs::create_dir(path("directory")).unwrap();
            let error = write("directory", TrackedKind::Regular, "").unwrap_err();
            assert_eq!(error, Errno::ISDIR);
            assert_eq!(
                names(directory.path()),
                ["directory", "link", "old", "other"]
            );
        }
    }

    #[test]
    fn files_become_executable_for_who_may_read_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let root = open_root(directory.path()).unwrap();
        let set = |executable| {
            let name = HgPath::new(b"file");
            let stat = set_executable(root.as_fd(), name, executable, 0o002).unwrap();
            stat.map(|stat| stat.mode & 0o7777)
        };
        std::fs::write(path("file"), "data").unwrap();
        let chmod = |mode| {
            std::fs::set_permissions(path("file"), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        chmod(0o640);
        assert_eq!(set(true), Some(0o750));
        assert_eq!(set(true), None);
        assert_eq!(set(false), Some(0o640));
        chmod(0o604);
        assert_eq!(set(true), Some(0o705));
        std::fs::hard_link(path("file"), path("other")).unwrap();
        assert_eq!(set(false), Some(0o604));
        let mode = std::fs::metadata(path("other"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o705);
        assert_eq!(std::fs::read(path("file")).unwrap(), b"data");
    }

    #[test]
    fn the_mask_of_new_files_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".hg")).unwrap();
        let root = open_root(directory.path()).unwrap();
        let mask = new_file_mask(root.as_fd()).unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o666 & !mask);
        assert_eq!(names(&directory.path().join(".hg")), Vec::<String>::new());
    }
}
