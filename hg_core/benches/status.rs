// SPDX-License-Identifier: GPL-2.0-or-later
//! How long a status of 100,000 clean files takes: 1,000 directories of 100
//! files, and as many files in a single directory.
//!
//! `cargo bench -p hg_core --bench status`; `RAYON_NUM_THREADS` has a say.
//! Without `--bench`, as under `cargo test`, the trees are small.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use hg_core::dirstate::{DirstateMap, DirstateParents, EntryData, WriteMode};
use hg_core::matchers::AlwaysMatcher;
use hg_core::status::{status, StatusCounts, StatusOptions};
use hg_core::types::{HgPath, TruncatedTimestamp};

type Failure = Box<dyn std::error::Error>;

const RUNS: usize = 9;

fn main() -> Result<(), Failure> {
    let measuring = std::env::args().any(|argument| argument == "--bench");
    let (directories, files) = if measuring { (1000, 100) } else { (10, 10) };
    measure("many directories", directories, files)?;
    measure("one directory", 1, directories * files)
}

fn measure(title: &str, directories: usize, files: usize) -> Result<(), Failure> {
    let working_directory = tempfile::tempdir()?;
    let root = working_directory.path();
    let v1 = make_tree(root, directories, files)?;
    let options = StatusOptions::default();
    let mut tracked = StatusOptions::default();
    tracked.list_unknown = false;
    println!("{title}: {directories} directories of {files} files");

    let from_v1 = || Ok(DirstateMap::new_v1(v1.clone().into(), None)?.0);
    report("v1", root, &options, from_v1)?;
    report("v1, tracked files only", root, &tracked, from_v1)?;

    let mut dirstate = as_v2(&from_v1()?)?;
    let outcome = status(&dirstate, &AlwaysMatcher, root, vec![], &options)?;
    outcome.updates.apply(&mut dirstate)?;
    let packed = dirstate.pack_v2(WriteMode::ForceNew)?;
    let data = bytes::Bytes::from(packed.data);
    let metadata = packed.tree_metadata;
    let from_v2 = || {
        let uuid = b"uuid".to_vec();
        Ok(DirstateMap::new_v2(
            data.clone(),
            data.len(),
            &metadata,
            uuid,
            None,
        )?)
    };
    report("v2, directories cached", root, &options, from_v2)
}

/// Files of which nothing has changed for long, and their dirstate.
fn make_tree(root: &Path, directories: usize, files: usize) -> Result<Vec<u8>, Failure> {
    let mut dirstate = DirstateMap::new_empty();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    std::fs::create_dir(root.join(".hg"))?;
    for directory in 0..directories {
        let directory = format!("{:02}/{:02}", directory / 50, directory % 50);
        std::fs::create_dir_all(root.join(&directory))?;
        for file in 0..files {
            let name = format!("{directory}/file_{file:05}.txt");
            let path = root.join(&name);
            std::fs::write(&path, &name)?;
            std::fs::File::open(&path)?.set_modified(long_ago)?;
            let stat = path.metadata()?;
            let mtime = TruncatedTimestamp::from_metadata(&stat);
            let clean = EntryData {
                mode_size: Some((stat.mode(), stat.size() as u32)),
                mtime: Some(mtime),
                ..EntryData::TRACKED
            };
            dirstate.reset_state(HgPath::new(&name), clean)?;
        }
        std::fs::File::open(root.join(&directory))?.set_modified(long_ago)?;
    }
    for directory in 0..directories.div_ceil(50) {
        let directory = root.join(format!("{directory:02}"));
        std::fs::File::open(directory)?.set_modified(long_ago)?;
    }
    Ok(dirstate.pack_v1(DirstateParents::NULL)?)
}

fn as_v2(dirstate: &DirstateMap) -> Result<DirstateMap, Failure> {
    let mut copy = DirstateMap::new_v2(vec![].into(), 0, &[0; 44], b"uuid".to_vec(), None)?;
    for entry in dirstate.iter() {
        let (path, entry) = entry?;
        let clean = EntryData {
            mode_size: entry.mode_size(),
            mtime: entry.truncated_mtime(),
            ..EntryData::TRACKED
        };
        copy.reset_state(path, clean)?;
    }
    Ok(copy)
}

fn report(
    title: &str,
    root: &Path,
    options: &StatusOptions,
    read: impl Fn() -> Result<DirstateMap, Failure>,
) -> Result<(), Failure> {
    let mut times = Vec::with_capacity(RUNS);
    let mut counts = StatusCounts::default();
    for _ in 0..RUNS {
        let mut dirstate = read()?;
        let start = Instant::now();
        let outcome = status(&dirstate, &AlwaysMatcher, root, vec![], options)?;
        outcome.updates.apply(&mut dirstate)?;
        times.push(start.elapsed());
        counts = outcome.counts;
        if !outcome.modified.is_empty() || !outcome.unsure.is_empty() {
            return Err("the files are not clean".into());
        }
    }
    times.sort_unstable();
    let median = times.get(RUNS / 2).copied().unwrap_or_default();
    let best = times.first().copied().unwrap_or_default();
    println!("  {title}: median {median:.1?}, best {best:.1?}, {counts:?}");
    Ok(())
}
