// SPDX-License-Identifier: GPL-2.0-or-later

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::MetadataExt;

use super::*;

#[derive(Debug)]
struct Names;

/// Users and groups below 10 have names.
impl Accounts for Names {
    fn user_name(&self, user: u32) -> Option<Vec<u8>> {
        (user < 10).then(|| format!("user{user}").into_bytes())
    }

    fn group_name(&self, group: u32) -> Option<Vec<u8>> {
        (group < 10).then(|| format!("group{group}").into_bytes())
    }
}

fn trust_of(user: u32) -> Trust {
    Trust {
        user,
        accounts: Arc::new(Names),
    }
}

fn owner(user: u32, group: u32) -> fs::Owner {
    fs::Owner { user, group }
}

/// Without files.
fn invocation(assignments: &[&str]) -> Invocation {
    Invocation {
        environment: Environment::from_iter([("HGRCPATH", "")]),
        assignments: assignments
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect(),
        ..Invocation::default()
    }
}

#[test]
fn the_command_line_stands_above_all_files() {
    let mut config = Config::load(&invocation(&["a.x = one ", "a.y.z=b=c", "a.x=two"])).unwrap();
    let file = b"[a]\nx = file\nw = file\n%unset y.z\n";
    config.parse(Path::new("hgrc"), file).unwrap();
    assert_eq!(config.get(b"a", b"x"), Some(&b"two"[..]));
    assert_eq!(config.get(b"a", b"y.z"), Some(&b"b=c"[..]));
    assert_eq!(config.get(b"a", b"w"), Some(&b"file"[..]));
    assert_eq!(config.item(b"a", b"x").unwrap().origin, Origin::CommandLine);
    assert_eq!(config.item(b"a", b"w").unwrap().origin.line(), Some(3));
    // A next line belongs to the file's value, not to the one above it.
    let file = b"[a]\nx = file\n more\n";
    config.parse(Path::new("hgrc"), file).unwrap();
    assert_eq!(config.get(b"a", b"x"), Some(&b"two"[..]));
    let empty = Config::load(&invocation(&["a.x="])).unwrap();
    assert_eq!(empty.get(b"a", b"x"), Some(&b""[..]));
}

#[test]
fn what_is_no_assignment() {
    for text in ["", "a", "a.b", "ab=c", ".b=c", "a.=c", " .b=c", "=a.b"] {
        let error = Config::load(&invocation(&["a.b=c", text])).unwrap_err();
        let expected =
            format!("malformed --config option: '{text}' (use --config section.name=value)");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn lists() {
    let mut config = Config::default();
    let file = b"[a]\nx = one, two,,three\n  four\ny =\nz = one \"two three\"\n";
    config.parse(Path::new("hgrc"), file).unwrap();
    let words = config.get_list(b"a", b"x").unwrap();
    assert_eq!(words, [&b"one"[..], b"two", b"three", b"four"]);
    assert!(config.get_list(b"a", b"y").unwrap().is_empty());
    assert!(config.get_list(b"a", b"none").unwrap().is_empty());
    let error = config.get_list(b"a", b"z").unwrap_err();
    assert!(matches!(error, ConfigError::QuotedList { .. }));
}

#[test]
fn who_is_believed() {
    let trust = trust_of(1);
    let trusted = |users: &[&str], groups: &[&str]| Trusted {
        users: users.iter().map(|name| name.as_bytes().to_vec()).collect(),
        groups: groups.iter().map(|name| name.as_bytes().to_vec()).collect(),
    };
    let nobody = trusted(&[], &[]);
    assert!(trust.is_believed(owner(1, 2), &nobody));
    assert!(!trust.is_believed(owner(2, 1), &nobody));
    assert!(trust.is_believed(owner(2, 2), &trusted(&["user2"], &[])));
    assert!(!trust.is_believed(owner(2, 2), &trusted(&["group2"], &["user2"])));
    assert!(trust.is_believed(owner(2, 3), &trusted(&[], &["group3"])));
    for everybody in [trusted(&["*"], &[]), trusted(&[], &["*"])] {
        assert!(trust.is_believed(owner(20, 20), &everybody));
    }
    // Those without a name are called by their number.
    assert!(trust.is_believed(owner(20, 2), &trusted(&["20"], &[])));
    assert!(trust.is_believed(owner(2, 21), &trusted(&[], &["21"])));
}

/// A file of whoever runs the tests, and how its owner and group are called.
fn foreign_file(text: &str) -> (tempfile::TempDir, PathBuf, [String; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hgrc");
    std::fs::write(&path, text).unwrap();
    let stat = std::fs::metadata(&path).unwrap();
    let trust = trust_of(0);
    let names = [trust.user_name(stat.uid()), trust.group_name(stat.gid())];
    (
        directory,
        path,
        names.map(|name| String::from_utf8(name).unwrap()),
    )
}

/// Those for whom the file is somebody else's.
fn stranger(assignments: &[&str]) -> Config {
    Config::load(&Invocation {
        trust: Some(trust_of(u32::MAX)),
        ..invocation(assignments)
    })
    .unwrap()
}

#[test]
fn files_of_others_do_not_count() {
    let (_directory, path, [user, group]) = foreign_file("[a]\nx = 1\n");
    let mut config = stranger(&[]);
    config.read_of_repository(&path).unwrap();
    config
        .read_of_repository(&path.with_file_name("missing"))
        .unwrap();
    assert_eq!(config.get(b"a", b"x"), None);
    let expected = UntrustedFile {
        path: path.clone(),
        user: user.clone().into_bytes(),
        group: group.clone().into_bytes(),
    };
    assert_eq!(config.untrusted(), [expected]);
    // Those of the system and of the user always count.
    config.read(&path).unwrap();
    assert_eq!(config.get(b"a", b"x"), Some(&b"1"[..]));

    for name in [format!("users={user}"), format!("groups=none,{group}")] {
        let mut config = stranger(&[&format!("trusted.{name}")]);
        config.read_of_repository(&path).unwrap();
        assert_eq!(config.get(b"a", b"x"), Some(&b"1"[..]));
        assert_eq!(config.untrusted(), []);
    }
    let mut anybody = Config::load(&invocation(&[])).unwrap();
    anybody.read_of_repository(&path).unwrap();
    assert_eq!(anybody.get(b"a", b"x"), Some(&b"1"[..]));
}

#[test]
fn whom_one_file_trusts_the_next_does_too() {
    let (_directory, path, [user, _]) = foreign_file("[trusted]\nusers = *\n[a]\nx = 1\n");
    // A file does not make itself trusted.
    let mut config = stranger(&[]);
    config.read_of_repository(&path).unwrap();
    config.read_of_repository(&path).unwrap();
    assert_eq!(config.untrusted().len(), 2);
    let mut config = stranger(&[]);
    for users in [user.as_str(), "somebody"] {
        let file = format!("[trusted]\nusers = {users}\n");
        config.parse(Path::new("hgrc"), file.as_bytes()).unwrap();
    }
    config.read_of_repository(&path).unwrap();
    assert_eq!(config.get(b"a", b"x"), Some(&b"1"[..]));
}
