// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::fs::calls::{failing_each, recorded, Call, Failures};
use crate::types::{HgPath, Node};
use tempfile::TempDir;

const PARENTS: DirstateParents = DirstateParents {
    p1: Node::new([1; 20]),
    p2: Node::new([2; 20]),
};

/// With a new data file.
const REPLACE: WriteOptions = WriteOptions {
    mode: 0o644,
    data: WriteMode::ForceNew,
    durability: Durability::System,
};

/// A `.hg`, and the dirstate in it.
struct Place {
    directory: TempDir,
    file: DirstateFile,
}

impl Place {
    fn new(required: DirstateVersion) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = DirstateFile::new(directory.path().to_path_buf(), required);
        Self { directory, file }
    }

    /// With these files tracked.
    fn with(required: DirstateVersion, paths: &[&str]) -> Self {
        let place = Self::new(required);
        place.add(paths, &WriteOptions::default());
        place
    }

    fn add(&self, paths: &[&str], options: &WriteOptions) {
        let mut dirstate = self.file.load().unwrap();
        track(&mut dirstate, paths);
        dirstate.parents = PARENTS;
        self.file.write(dirstate, options).unwrap();
    }

    /// What tells a reader who knows whole seconds that the file is another.
    fn times(&self) -> (i64, i64) {
        let now = std::fs::metadata(self.file.path()).unwrap();
        (now.mtime(), now.ctime())
    }

    fn names(&self) -> BTreeSet<String> {
        std::fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn docket(&self) -> Docket {
        Docket::parse(&std::fs::read(self.file.path()).unwrap()).unwrap()
    }

    fn tracked(&self) -> Vec<String> {
        paths(&self.file.load().unwrap().map)
    }
}

fn track(dirstate: &mut LoadedDirstate, paths: &[&str]) {
    for path in paths {
        assert!(dirstate.map.set_tracked(HgPath::new(path)).unwrap());
    }
}

fn paths(map: &DirstateMap) -> Vec<String> {
    map.paths().map(|path| path.unwrap().to_string()).collect()
}

const VERSIONS: [DirstateVersion; 2] = [DirstateVersion::V1, DirstateVersion::V2];

#[test]
fn a_dirstate_is_dated_apart_from_the_one_before() {
    for required in [DirstateVersion::V1, DirstateVersion::V2] {
        let place = Place::with(required, &["a"]);
        let mut before = place.times();
        for name in ["b", "c", "d"] {
            place.add(&[name], &WriteOptions::default());
            assert_ne!(place.times(), before, "{required:?}");
            before = place.times();
        }
    }
}

#[test]
fn there_and_back() {
    for version in VERSIONS {
        let place = Place::new(version);
        let empty = place.file.load().unwrap();
        assert!(empty.map.is_empty());
        assert_eq!(empty.parents, DirstateParents::NULL);
        place.add(&["a", "d/b"], &WriteOptions::default());
        let again = place.file.load().unwrap();
        assert_eq!(again.map.dirstate_version(), version);
        assert_eq!(again.parents, PARENTS);
        assert_eq!(paths(&again.map), ["a", "d/b"]);
        let mode = place.file.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
}

#[test]
fn version_1_where_version_2_is_required() {
    let place = Place::with(DirstateVersion::V1, &["a"]);
    let file = DirstateFile::new(place.directory.path().into(), DirstateVersion::V2);
    let mut dirstate = file.load().unwrap();
    assert_eq!(paths(&dirstate.map), ["a"]);
    track(&mut dirstate, &["b"]);
    file.write(dirstate, &WriteOptions::default()).unwrap();
    assert_eq!(place.names().len(), 2);
    assert_eq!(paths(&file.load().unwrap().map), ["a", "b"]);
    // The other way round nobody reads it.
    let error = place.file.load().unwrap_err();
    assert!(matches!(error, DirstateIoError::UnexpectedV2(_)), "{error}");
}

#[test]
fn what_is_no_dirstate_is_named() {
    let place = Place::new(DirstateVersion::V2);
    std::fs::write(place.file.path(), "nonsense").unwrap();
    let error = place.file.load().unwrap_err();
    assert!(matches!(error, DirstateIoError::Dirstate { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with(&*place.file.path().to_string_lossy()),
        "{text}"
    );
    // A data file that is cut.
    let place = Place::with(DirstateVersion::V2, &["a"]);
    let data = place.file.data_path(&place.docket());
    std::fs::write(&data, "cut").unwrap();
    let error = place.file.load().unwrap_err();
    assert!(
        error.to_string().starts_with(&*data.to_string_lossy()),
        "{error}"
    );
    // A docket of no data file.
    let docket = Docket {
        uuid: Vec::new(),
        data_size: 0,
        ..place.docket()
    };
    std::fs::write(place.file.path(), docket.serialize().unwrap()).unwrap();
    let dirstate = place.file.load().unwrap();
    assert!(dirstate.map.is_empty());
    assert_eq!(dirstate.parents, PARENTS);
}

/// The name of a data file is removed once another takes its place.
#[test]
fn a_docket_leads_out_of_its_directory_never() {
    let place = Place::with(DirstateVersion::V2, &["a"]);
    let outside = place.directory.path().join("precious");
    let docket = place.docket();
    std::fs::copy(place.file.data_path(&docket), &outside).unwrap();
    std::fs::create_dir(place.directory.path().join("dirstate.")).unwrap();
    let hostile = Docket {
        uuid: b"/../precious".to_vec(),
        ..docket
    };
    std::fs::write(place.file.path(), hostile.serialize().unwrap()).unwrap();
    let error = place.file.load().map(drop).unwrap_err().to_string();
    let path = place.file.path();
    assert!(error.starts_with(&*path.to_string_lossy()), "{error}");
    assert!(outside.exists());
}

#[test]
fn a_data_file_that_is_replaced_between_docket_and_data() {
    let place = Place::with(DirstateVersion::V2, &["a"]);
    let reads = Cell::new(0);
    // Just before the data file is read for the first time, somebody else
    // replaces it.
    let read = |path: &Path| {
        reads.set(reads.get() + 1);
        if reads.get() == 2 {
            place.add(&["b"], &REPLACE);
            assert!(!path.exists());
        }
        read_identified(path)
    };
    let dirstate = place.file.load_by(read).unwrap();
    assert_eq!(paths(&dirstate.map), ["a", "b"]);
    assert_eq!(reads.get(), 4);
    place
        .file
        .write(dirstate, &WriteOptions::default())
        .unwrap();

    // One that nobody ever makes.
    std::fs::remove_file(place.file.data_path(&place.docket())).unwrap();
    let error = place.file.load().unwrap_err();
    assert!(matches!(error, DirstateIoError::Race(_)), "{error}");
}

#[test]
fn data_files_are_appended_to_or_replaced() {
    let place = Place::with(DirstateVersion::V2, &["a/1", "a/2", "a/3", "b"]);
    let first = place.docket();
    // What an append left whose docket was not written.
    let data = place.file.data_path(&first);
    let mut content = std::fs::read(&data).unwrap();
    content.extend_from_slice(&[7; 1000]);
    std::fs::write(&data, content).unwrap();
    place.add(&["c"], &WriteOptions::default());
    let second = place.docket();
    assert_eq!(second.uuid, first.uuid);
    assert!(second.data_size > first.data_size);
    assert_eq!(place.tracked(), ["a/1", "a/2", "a/3", "b", "c"]);

    place.add(&["d"], &REPLACE);
    let third = place.docket();
    assert_ne!(third.uuid, first.uuid);
    assert_eq!(place.tracked(), ["a/1", "a/2", "a/3", "b", "c", "d"]);
    assert_eq!(place.names().len(), 2, "the old data file is left");
}

#[test]
fn who_wrote_meanwhile_is_not_overwritten() {
    for version in VERSIONS {
        let place = Place::with(version, &["a"]);
        let options = WriteOptions::default();
        let loaded = place.file.load().unwrap();
        place.add(&["b"], &options);
        let written = place.file.write_back(loaded, &options).unwrap();
        assert!(matches!(written, WrittenBack::Changed), "{written:?}");
        assert_eq!(place.tracked(), ["a", "b"]);
        // One that came where none was, and one that went.
        let place = Place::new(version);
        let loaded = place.file.load().unwrap();
        place.add(&["b"], &options);
        let error = place.file.write(loaded, &options).unwrap_err();
        assert!(matches!(error, DirstateIoError::Changed(_)), "{error}");
        let loaded = place.file.load().unwrap();
        std::fs::remove_file(place.file.path()).unwrap();
        let error = place.file.write(loaded, &options).unwrap_err();
        assert!(matches!(error, DirstateIoError::Changed(_)), "{error}");
        assert!(!place.file.path().exists());
    }
    // A data file that was cut.
    let place = Place::with(DirstateVersion::V2, &["a"]);
    let loaded = place.file.load().unwrap();
    std::fs::write(place.file.data_path(&place.docket()), "cut").unwrap();
    let error = place.file.write(loaded, &WriteOptions::default());
    assert!(matches!(error, Err(DirstateIoError::Changed(_))));
}

#[test]
fn a_lock_that_is_held_is_respected() {
    for version in VERSIONS {
        let place = Place::with(version, &["a"]);
        let options = WriteOptions::default();
        let lock = place.directory.path().join("wlock");
        std::os::unix::fs::symlink("elsewhere:1", &lock).unwrap();
        let before = place.names();
        let mut loaded = place.file.load().unwrap();
        track(&mut loaded, &["b"]);
        let written = place.file.write_back(loaded, &options).unwrap();
        assert!(matches!(written, WrittenBack::Locked), "{written:?}");
        assert_eq!(place.names(), before);
        assert_eq!(place.tracked(), ["a"]);
        std::fs::remove_file(&lock).unwrap();
        let mut loaded = place.file.load().unwrap();
        track(&mut loaded, &["b"]);
        let written = place.file.write_back(loaded, &options).unwrap();
        assert!(matches!(written, WrittenBack::Written), "{written:?}");
        assert!(!place.names().contains("wlock"));
        assert_eq!(place.tracked(), ["a", "b"]);
    }
}

#[test]
fn where_nobody_may_write_nothing_is_written() {
    if rustix::process::geteuid().is_root() {
        // As root every write is permitted: `is_denial` alone is left to see.
        for errno in [rustix::io::Errno::ROFS, rustix::io::Errno::ACCESS] {
            assert!(is_denial(&errno.into()));
        }
        assert!(!is_denial(&rustix::io::Errno::NOSPC.into()));
        return;
    }
    let place = Place::with(DirstateVersion::V2, &["a"]);
    let loaded = place.file.load().unwrap();
    let directory = place.directory.path();
    std::fs::set_permissions(directory, PermissionsExt::from_mode(0o555)).unwrap();
    let written = place.file.write_back(loaded, &WriteOptions::default());
    std::fs::set_permissions(directory, PermissionsExt::from_mode(0o755)).unwrap();
    assert!(matches!(written.unwrap(), WrittenBack::NotPermitted(_)));
}

/// Whichever call fails, the dirstate is the old one or the new one, whole.
#[test]
fn failures_lose_nothing() {
    for version in VERSIONS {
        for data in [WriteMode::Auto, WriteMode::ForceNew] {
            let set_up = || Place::with(version, &["a/1", "a/2", "a/3", "b"]);
            let job = |place: &Place| {
                let mut loaded = place.file.load().unwrap();
                track(&mut loaded, &["c"]);
                let options = WriteOptions {
                    data,
                    durability: Durability::Directory,
                    ..WriteOptions::default()
                };
                place.file.write_back(loaded, &options)
            };
            let check = |place: &Place, result: Result<WrittenBack, _>, failed: Option<Call>| {
                let tracked = place.tracked();
                match result {
                    Ok(written) => {
                        assert!(matches!(written, WrittenBack::Written));
                        // A lock that can be no link is a file.
                        let harmless = [None, Some(Call::Unlink), Some(Call::Create)];
                        assert!(harmless.contains(&failed), "{failed:?}");
                        assert_eq!(tracked, ["a/1", "a/2", "a/3", "b", "c"]);
                    }
                    // The name was changed, but may not last.
                    Err(_) if failed == Some(Call::SyncDirectory) => {
                        assert!([4, 5].contains(&tracked.len()), "{tracked:?}");
                    }
                    Err(_) => assert_eq!(tracked, ["a/1", "a/2", "a/3", "b"], "{failed:?}"),
                }
                let unlinked = failed == Some(Call::Unlink) || failed == Some(Call::SyncDirectory);
                let expected = match version {
                    DirstateVersion::V1 => 1,
                    DirstateVersion::V2 => 2,
                };
                let names = place.names();
                assert!(unlinked || names.len() == expected, "{failed:?}: {names:?}");
            };
            let calls = failing_each(Failures::Changes, set_up, job, check);
            assert!(calls >= 6, "{calls}");
        }
    }
}

#[test]
fn each_write_is_as_durable_as_wanted() {
    use Call::{Rename, SyncDirectory, SyncFile};
    let calls = |version, data, durability| {
        let place = Place::with(version, &["a"]);
        let options = WriteOptions {
            data,
            durability,
            ..WriteOptions::default()
        };
        let dirstate = place.file.load().unwrap();
        recorded(|| {
            place.file.write(dirstate, &options).unwrap();
            place.file.write_tracked_hint(&options).unwrap();
        })
    };
    let main = [SyncFile, Rename, SyncDirectory];
    let full = Durability::Directory;
    for (version, data, expected) in [
        (DirstateVersion::V1, WriteMode::Auto, vec![]),
        (DirstateVersion::V2, WriteMode::Auto, vec![SyncFile]),
        (
            DirstateVersion::V2,
            WriteMode::ForceNew,
            vec![SyncFile, SyncDirectory],
        ),
    ] {
        let expected = [&expected[..], &main, &main].concat();
        assert_eq!(calls(version, data, full), expected);
        let without = |call: &Call| *call != SyncDirectory;
        let expected: Vec<Call> = expected.into_iter().filter(without).collect();
        assert_eq!(calls(version, data, Durability::File), expected);
        assert_eq!(calls(version, data, Durability::System), [Rename, Rename]);
    }
}

#[test]
fn the_tracked_hint_is_new_each_time() {
    let place = Place::new(DirstateVersion::V2);
    let path = place.directory.path().join("dirstate-tracked-hint");
    let key = || {
        let options = WriteOptions::default();
        place.file.write_tracked_hint(&options).unwrap();
        std::fs::read_to_string(&path).unwrap()
    };
    let (one, other) = (key(), key());
    assert_ne!(one, other);
    assert!(one.starts_with("1\n") && one.ends_with('\n') && one.len() == 2 + 32 + 1);
}
