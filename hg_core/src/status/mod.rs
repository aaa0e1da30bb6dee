// SPDX-License-Identifier: GPL-2.0-or-later
//! What has changed in the working directory since the dirstate was written.
//!
//! [`status`] walks directories and dirstate together, on all processors, and
//! returns the paths that differ. Its answers are those of Mercurial's own
//! `dirstate.status` for the same matcher; contract section 4.
//!
//! ```no_run
//! use std::path::Path;
//! use hg_core::dirstate::DirstateMap;
//! use hg_core::matchers::AlwaysMatcher;
//! use hg_core::status::{status, StatusOptions};
//!
//! let mut dirstate = DirstateMap::new_empty();
//! let outcome = status(
//!     &mut dirstate,
//!     &AlwaysMatcher,
//!     Path::new("/repository"),
//!     vec![],
//!     StatusOptions::default(),
//! )?;
//! println!("{} unknown files", outcome.unknown.len());
//! # Ok::<(), hg_core::status::StatusError>(())
//! ```

mod compare;
mod error;
mod explicit;
mod listing;
mod nodes;
mod options;
mod outcome;
mod walk;

use std::borrow::Cow;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

pub use error::StatusError;
pub use options::StatusOptions;
pub use outcome::{BadMatch, StatusCounts, StatusOutcome};

use crate::dirstate::{DirstateError, DirstateMap, DirstateVersion};
use crate::fs::{self, Threads};
use crate::matchers::{get_ignore_function, IgnoreFn, Matcher};
use crate::types::{HgPath, HgPathBuf, TruncatedTimestamp};
use walk::{CachePolicy, Directory, Manner, NewMtimes, Walk};

/// The status of what `matcher` matches in the working directory `root_dir`.
///
/// In a dirstate-v2 the mtimes of directories that need no reading next time,
/// and the hash of the ignore patterns, are brought up to date;
/// [`StatusOutcome::dirty`] tells whether that changed anything.
///
/// # Errors
/// When the dirstate is corrupted, an ignore pattern is unsupported, the
/// working directory cannot be opened, or the system fails ("too many open
/// files"). A file or directory that is not there or may not be looked at is
/// not an error: see [`StatusOutcome::bad`].
pub fn status(
    dmap: &mut DirstateMap,
    matcher: &dyn Matcher,
    root_dir: &Path,
    ignore_files: Vec<PathBuf>,
    options: StatusOptions,
) -> Result<StatusOutcome, StatusError> {
    let root = fs::open_root(root_dir).map_err(|error| StatusError::WorkingDirectory {
        path: root_dir.to_path_buf(),
        error: error.into(),
    })?;
    let now = fs::Clock::read(root.as_fd()).now();

    let never: IgnoreFn = Box::new(|_| false);
    let (ignore, warnings, patterns_hash) = if options.reads_directories() {
        let (ignore, warnings, hash) = get_ignore_function(ignore_files, root_dir)?;
        (ignore, warnings, Some(hash))
    } else {
        (never, Vec::new(), None)
    };
    let new_hash = patterns_hash.filter(|hash| {
        dmap.dirstate_version() == DirstateVersion::V2 && hash != dmap.ignore_patterns_hash()
    });
    let caching = patterns_hash.is_some() && dmap.dirstate_version() == DirstateVersion::V2;
    let valid = caching && new_hash.is_none();

    let threads = Threads::new(options.threads.count());
    let options = StatusOptions { threads, ..options };
    let mut walk = Walk::new(root.as_fd(), matcher, &ignore, options, now);
    walk.cache = CachePolicy {
        valid,
        read: valid && !options.list_ignored,
        write: caching && now.is_some(),
    };
    let (mut outcome, new_mtimes) = run(walk, dmap)?;
    let owned = |(path, mtime): (&HgPath, TruncatedTimestamp)| (path.to_vec(), mtime);
    let new_mtimes: Vec<_> = new_mtimes.into_iter().map(owned).collect();
    outcome.warnings = warnings;
    outcome.counts.threads = threads.count();
    outcome.dirty = update_cache(dmap, new_hash, &new_mtimes)?;
    Ok(outcome)
}

/// Walk on the threads that the options ask for.
fn run<'t>(
    mut walk: Walk<'t>,
    dmap: &'t DirstateMap,
) -> Result<(StatusOutcome, NewMtimes<'t>), StatusError> {
    let pool = walk
        .options
        .threads
        .pool("status")
        .map_err(|error| StatusError::Threads(error.to_string()))?;

    let named = pool.install(|| explicit::look_at_named(&walk, dmap))?;
    let mut traversed = Vec::new();
    if walk.options.collect_traversed_dirs {
        traversed.extend_from_slice(&named.directories);
        traversed.extend_from_slice(&named.lost_directories);
    }
    walk.settled = named.settled;

    let matcher = walk.matcher;
    let mut starts = Vec::new();
    if walk.options.reads_directories() && !matcher.is_exact() {
        for path in &named.directories {
            let ignored = explicit::is_under_ignored(&walk, path);
            if walk.options.list_ignored || !ignored {
                starts.push((path.clone(), Manner::List { ignored }));
            }
        }
    }
    let everywhere = starts.iter().any(|(path, _)| path.is_empty());
    // Mercurial is content with what it was given if that is all that can
    // match.
    let complete =
        matcher.is_prefix() && named.directories.is_empty() && named.lost_directories.is_empty();
    if !everywhere && !complete && !matcher.is_exact() {
        let manner = if walk.options.list_unknown {
            Manner::Audit
        } else {
            Manner::Direct
        };
        walk.starts = starts.iter().map(|(path, _)| path.clone()).collect();
        starts.push((HgPathBuf::new(), manner));
    }

    let mut directories = Vec::with_capacity(starts.len());
    for (path, manner) in starts {
        let (node, children) = if path.is_empty() {
            (None, Some(dmap.root_children()?))
        } else {
            let node = dmap.get_node(&path)?;
            (node, node.map(|node| node.children()).transpose()?)
        };
        directories.push(Directory {
            path: Cow::Owned(path),
            node,
            children,
            manner,
        });
    }
    let shared = &walk;
    pool.scope(|scope| {
        for directory in directories {
            scope.spawn(move |scope| shared.run(scope, directory));
        }
    });
    let (mut outcome, new_mtimes) = walk.finish()?;
    outcome.traversed.append(&mut traversed);
    Ok((outcome, new_mtimes))
}

/// Bring the cached mtimes of directories up to date. The result tells
/// whether the dirstate changed.
fn update_cache(
    dmap: &mut DirstateMap,
    new_hash: Option<[u8; 20]>,
    new_mtimes: &[(HgPathBuf, TruncatedTimestamp)],
) -> Result<bool, DirstateError> {
    if let Some(hash) = new_hash {
        // All of them were right under other patterns only: those of
        // directories that this status had no reason to visit as well.
        for path in cached_directories(dmap)? {
            dmap.clear_cached_directory_mtime(&path)?;
        }
        dmap.set_ignore_patterns_hash(hash);
    }
    let mut dirty = new_hash.is_some();
    for (path, mtime) in new_mtimes {
        dirty |= dmap.set_cached_directory_mtime(path, *mtime)?;
    }
    Ok(dirty)
}

fn cached_directories(dmap: &DirstateMap) -> Result<Vec<HgPathBuf>, DirstateError> {
    let mut paths = Vec::new();
    for node in dmap.nodes() {
        let node = node?;
        if node.cached_directory_mtime()?.is_some() {
            paths.push(node.full_path()?.to_vec());
        }
    }
    Ok(paths)
}
