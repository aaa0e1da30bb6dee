// SPDX-License-Identifier: GPL-2.0-or-later
//! The file system: calls relative to open directories, listings, its clock,
//! threads to ask it with, files written whole, names that must not be written.

mod at;
mod audit;
mod clock;
mod create;
mod file_times;
mod files;
mod identity;
mod listing;
mod lock;
mod lstat_files;
mod obstacles;
mod open_file;
mod replace;
mod store_files;
mod system;
mod threads;

pub(crate) use at::{
    fstat, is_about_the_path, is_nested_repository, leads_to_repository, lstat, open_directory,
    open_file, open_root, read_file, read_link, FileKind, FileStat, Purpose,
};
pub(crate) use rustix::io::Errno;

pub(crate) use audit::{audit, inside_nested, oddity, traverses};
pub(crate) use clock::reliable_mtime;
pub use clock::Clock;
pub(crate) use create::{create_directory, create_file, TrackedKind};
pub use file_times::FileTimes;
pub(crate) use files::{
    are_same_file, bytes_path, canonicalize, kind_if_exists, overwrite_from, path_bytes, paths_in,
    random_hex, read, read_owned, remove_if_exists, stat_if_exists, sync_all, write_anew, Owner,
};
pub use files::{read_if_exists, write_atomically, write_new, Durability};
pub(crate) use identity::read_identified;
pub use identity::FileIdentity;
pub(crate) use listing::Listing;
pub use lock::Lock;
pub use lstat_files::{lstat_files, LstatRecord};
pub(crate) use obstacles::{make_way, move_file};
pub(crate) use open_file::OpenFile;
pub use replace::Replacing;
pub(crate) use replace::{
    enter_directory, new_file_mask, open_parent, remove_directory, remove_file, replace_file,
    set_executable, EnterError, Hindrance,
};
pub use store_files::StoreFiles;
#[cfg(test)]
pub(crate) use system::calls;
pub(crate) use system::{error_text, has_current_directory};
pub use threads::{thread_builder, Cancellation, Threads};
