// SPDX-License-Identifier: GPL-2.0-or-later
//! Files of the user's that stand where files are to be created.

use std::os::fd::{AsFd, BorrowedFd};

use super::place::WorkingDirectory;
use super::plan::PlannedFile;
use super::unsupported;
use super::workers::{HasPath, Workers};
use crate::dirstate::DirstateMap;
use crate::fs::{self, lstat, open_parent, Errno, FileKind, Hindrance};
use crate::history::read_file;
use crate::matchers::{IgnoreFiles, IgnoreMatcher};
use crate::repo::Repo;
use crate::store::Store;
use crate::types::HgPath;
use crate::update::{ConflictPolicies, ConflictPolicy, UpdateError, Warnings};

impl HasPath for PlannedFile<'_> {
    fn path(&self) -> &HgPath {
        self.path
    }
}

/// Files that are to be created.
pub(super) struct Creation<'a, 'm> {
    pub(super) repo: &'a Repo,
    pub(super) store: &'a Store,
    pub(super) working_directory: &'a WorkingDirectory<'a>,
    pub(super) workers: &'a Workers<'a>,
    /// Sorted by path.
    pub(super) files: &'a [PlannedFile<'m>],
}

/// Files of the user's that are unknown to the dirstate, and differ from what
/// is to be written in their places.
pub(super) struct Conflicts<'m> {
    /// Each has to be moved away.
    pub(super) paths: Vec<&'m HgPath>,
    /// Those that the user wants to know of, sorted.
    pub(super) to_warn_of: Vec<&'m HgPath>,
}

impl<'m> Creation<'_, 'm> {
    /// Which of them are there and in conflict.
    ///
    /// # Errors
    /// [`UpdateError::UntrackedFilesDiffer`] where the policy is to abort; the
    /// warnings name the files.
    pub(super) fn conflicts(
        &self,
        map: &DirstateMap,
        policies: ConflictPolicies,
        warnings: &mut Warnings,
    ) -> Result<Conflicts<'m>, UpdateError> {
        let mut unknown = Vec::new();
        for file in self.files {
            if map.get_node(file.path)?.is_none() {
                unknown.push(*file);
            }
        }
        let (store, working_directory) = (self.store, self.working_directory);
        let find = |first: &PlannedFile<'m>, files: &[PlannedFile<'m>]| {
            differing_in(store, working_directory, first, files)
        };
        let paths = self.workers.run(&unknown, find)?;
        let to_warn_of = match paths.is_empty() {
            true => Vec::new(),
            false => judge(self.repo, &paths, policies, warnings)?,
        };
        Ok(Conflicts { paths, to_warn_of })
    }
}

/// Which of some files of one directory are there and differ.
pub(super) fn differing_in<'m>(
    store: &Store,
    working_directory: &WorkingDirectory<'_>,
    first: &PlannedFile<'m>,
    files: &[PlannedFile<'m>],
) -> Result<Vec<&'m HgPath>, UpdateError> {
    let directory = match open_parent(working_directory.root(), first.path) {
        Ok(directory) => directory,
        // Nothing is behind a link, or a file; and what another repository
        // has is not looked at.
        Err(why) => match why.hindrance {
            Hindrance::NestedRepository
            | Hindrance::System(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {
                return Ok(Vec::new());
            }
            // There may be a file of the user's.
            Hindrance::System(_) => {
                return Err(working_directory.not_entered(first.path, why));
            }
        },
    };
    let mut differing = Vec::new();
    for file in files {
        match differs(store, directory.as_fd(), file) {
            Ok(true) => differing.push(file.path),
            Ok(false) => {}
            Err(Trouble::Update(error)) => return Err(error),
            Err(Trouble::System(Errno::NOENT | Errno::NOTDIR)) => {}
            Err(Trouble::System(error)) => {
                return Err(working_directory.error(file.path, error));
            }
        }
    }
    Ok(differing)
}

/// Whether a file or link is there whose content, its target if it is a link,
/// is another.
fn differs(
    store: &Store,
    directory: BorrowedFd<'_>,
    file: &PlannedFile<'_>,
) -> Result<bool, Trouble> {
    let name = file.path.base_name();
    let stat = lstat(directory, name)?;
    let read_stored = || read_file(store, file.path, &file.node).map_err(UpdateError::from);
    Ok(match stat.kind {
        FileKind::Symlink => fs::read_link(directory, name)? != read_stored()?,
        FileKind::File => {
            let stored = read_stored()?;
            let open = || fs::read_file(fs::open_file(directory, name)?);
            stat.size != stored.len() as u64 || open()? != stored
        }
        _ => false,
    })
}

/// What kept a file from being compared.
enum Trouble {
    System(Errno),
    Update(UpdateError),
}

impl From<Errno> for Trouble {
    fn from(error: Errno) -> Self {
        Self::System(error)
    }
}

impl From<UpdateError> for Trouble {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}

/// Of which conflicts to warn, unless one is a reason to abort.
fn judge<'m>(
    repo: &Repo,
    conflicts: &[&'m HgPath],
    policies: ConflictPolicies,
    warnings: &mut Warnings,
) -> Result<Vec<&'m HgPath>, UpdateError> {
    let policy_of: Box<dyn Fn(&HgPath) -> ConflictPolicy> = if policies.ignored == policies.unknown
    {
        Box::new(|_| policies.unknown)
    } else {
        let files = repo.ignore_files()?;
        let ignored = IgnoreFiles::expand(files, &repo.root)
            .and_then(|files| IgnoreMatcher::new(&files.patterns))
            .map_err(|error| unsupported(error.to_string()))?;
        Box::new(move |path| match ignored.matches(path) {
            true => policies.ignored,
            false => policies.unknown,
        })
    };
    let of_policy = |policy| {
        let conflicts = conflicts.iter().copied();
        let mut paths: Vec<&'m HgPath> =
            conflicts.filter(|path| policy_of(path) == policy).collect();
        paths.sort_unstable();
        paths
    };
    let fatal = of_policy(ConflictPolicy::Abort);
    if !fatal.is_empty() {
        for path in fatal {
            warnings.untracked_differs(path);
        }
        return Err(UpdateError::UntrackedFilesDiffer);
    }
    Ok(of_policy(ConflictPolicy::Warn))
}
