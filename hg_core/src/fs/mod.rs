// SPDX-License-Identifier: GPL-2.0-or-later
//! The file system: calls relative to open directories, listings, its clock,
//! files written whole, names that must not be written.

mod at;
mod audit;
mod files;
mod listing;
mod stat_files;
mod threads;

pub(crate) use at::{
    filesystem_now, fstat, is_about_the_path, is_nested_repository, leads_to_repository, lstat,
    open_directory, open_root, FileKind, FileStat, Purpose,
};
pub(crate) use audit::{audit, oddity, traverses};
pub(crate) use files::{bytes_path, path_bytes, random_hex};
pub use files::{read_if_exists, write_atomically, write_new};
pub(crate) use listing::Listing;
pub use stat_files::{stat_files, FileStatus};
pub(crate) use threads::{thread_count, MAXIMUM_THREADS};
