// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const EXAMPLE: &str = r#"
version = 0
[[shards]]
name = "default"
requires = ["base"]
shape = true
[[shards]]
name = "secrets"
requires = ["other-secret"]
paths = ["secret"]
[[shards]]
name = "full-manual"
requires = ["base", "secrets"]
shape = true
[[shards]]
name = "other-secret"
paths = ["foo/bar/other-secret/"]
shape = true
"#;

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fingerprints are those that Mercurial's test-shapes.t shows.
#[test]
fn fingerprints() {
    let shards = StoreShards::parse(EXAMPLE.as_bytes()).unwrap();
    let shapes = shards.shapes().unwrap().into_iter();
    let fingerprints: Vec<_> = shapes
        .map(|shape| (shape.name, hex(shape.tree.fingerprint())))
        .collect();
    let full = "00dfe7451b0897c077166f360d431a57ea09a5279863b00cfe9d60cefa657dea";
    let expected = [
        (
            "default",
            "a51b6c5dbfb838215a64a972c8c297233be7731e12f566dee567fd17ef0cd5c5",
        ),
        ("full", full),
        ("full-manual", full),
        (
            "other-secret",
            "3b2691b22939f5b98ef0f44ca96c5b5a6fa22b1173b4f5fff7044789e2b9dde6",
        ),
    ];
    let expected = expected.map(|(name, fingerprint)| (name.to_owned(), fingerprint.to_owned()));
    assert_eq!(fingerprints, expected);
    assert_eq!(shards.shape("secrets"), Ok(None));
    assert_eq!(shards.shape("none"), Ok(None));
}

#[test]
fn paths_and_matches() {
    let shards = StoreShards::parse(EXAMPLE.as_bytes()).unwrap();
    let tree = |name: &str| shards.shape(name).unwrap().unwrap().tree;
    let default = tree("default");
    assert_eq!(
        default.paths(),
        [
            (&b""[..], true),
            (b"foo/bar/other-secret", false),
            (b"secret", false)
        ]
    );
    for (path, included) in [
        ("file", true),
        ("secret", false),
        ("secret/file", false),
        ("secrets", true),
        ("foo/bar/other", true),
        ("foo/bar/other-secret/a/b", false),
    ] {
        assert_eq!(default.matches(path.as_bytes()), included, "{path}");
    }
    let other = tree("other-secret");
    assert_eq!(other.paths().len(), 6);
    assert!(other.matches(b".hgtags") && !other.matches(b"file"));
    assert!(other.matches(b"foo/bar/other-secret/file") && !other.matches(b"foo/bar"));
    assert!(tree("full").matches_everything() && !default.matches_everything());
}

#[test]
fn nested_and_in_order() {
    let said = [
        ("foo", true),
        ("foo/x", false),
        ("foo/x/y", true),
        ("foo-bar", false),
        ("foo/x/z", false),
    ];
    let tree = ShapeTree::new(said.map(|(path, included)| (path.as_bytes().to_vec(), included)));
    let paths: Vec<_> = tree.paths().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [&b""[..], b"foo", b"foo/x", b"foo/x/y"]);
    assert!(tree.matches(b"foo/x/y/z") && !tree.matches(b"foo/x/w"));

    let set = |patterns: &[&str]| {
        patterns
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect()
    };
    let from = |includes: &[&str], excludes: &[&str]| {
        ShapeTree::from_patterns(&set(includes), &set(excludes))
    };
    assert_eq!(from(&["path:."], &[]), from(&[], &[]));
    assert_eq!(from(&["path:"], &["path:a"]), from(&[], &["path:a"]));
    assert!(from(&["rootfilesin:a"], &[]).is_none() && from(&[], &["a"]).is_none());
    assert!(from(&["path:a/../b"], &[]).is_none());
    // A path that is both is included.
    assert!(from(&["path:a"], &["path:a"]).unwrap().matches(b"a"));
}

#[test]
fn without_a_file() {
    let store = tempfile::tempdir().unwrap();
    let shards = StoreShards::read(store.path()).unwrap();
    let names: Vec<_> = shards
        .shapes()
        .unwrap()
        .into_iter()
        .map(|shape| shape.name)
        .collect();
    assert_eq!(names, ["full"]);
    std::fs::write(store.path().join("server-shapes"), EXAMPLE).unwrap();
    assert_eq!(
        StoreShards::read(store.path())
            .unwrap()
            .shapes()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn what_is_wrong() {
    let error = |shards: &str| {
        let text = format!("version = 0\n{shards}");
        StoreShards::parse(text.as_bytes()).unwrap_err().to_string()
    };
    let shard = |name: &str, rest: &str| format!("[[shards]]\nname = \"{name}\"\n{rest}\n");
    for reserved in ["base", "full", ".hg-files"] {
        let expected = format!("shard name '{reserved}' is reserved");
        assert_eq!(error(&shard(reserved, "paths = [\"a\"]")), expected);
    }
    assert_eq!(
        error(&shard("", "paths = [\"a\"]")),
        "shard names must not be empty"
    );
    assert_eq!(
        error(&shard("Babar", "paths = [\"a\"]")),
        "invalid shard name 'Babar': only lowercase alphanumeric, hyphen or dot are accepted"
    );
    assert_eq!(
        error(&shard("-.-", "paths = [\"a\"]")),
        "invalid shard name '-.-': missing lowercase alphanumeric character"
    );
    assert_eq!(
        error(&shard("x", "")),
        "shard 'x' needs one of `paths` or `requires`"
    );
    let twice = shard("x", "paths = [\"a\"]") + &shard("x", "paths = [\"b\"]");
    assert_eq!(error(&twice), "shard 'x' defined multiple times");
    let shared = shard("x", "paths = [\"a\"]") + &shard("y", "paths = [\"a/\"]");
    assert_eq!(error(&shared), "path is found in multiple shards: a");
    let cycle = shard("a", "requires = [\"b\"]") + &shard("b", "requires = [\"a\"]");
    assert_eq!(error(&cycle), "shards form a cycle: a->b->a");
    assert_eq!(
        error(&shard("x", "requires = [\"none\"]")),
        "shard 'x' requires 'none', which is not defined"
    );
    for path in ["/", "/a", "a//b", "a/../b", "."] {
        let expected = format!("`server-shapes` contains an invalid path: {path}");
        assert_eq!(
            error(&shard("x", &format!("paths = [\"{path}\"]"))),
            expected
        );
    }
    let version = StoreShards::parse(b"version = 1\nshards = []")
        .unwrap_err()
        .to_string();
    assert_eq!(version, "unknown `server-shapes` version '1'");
    for broken in [
        &b"version"[..],
        b"\xff",
        b"version = 0",
        b"version = 0\nshards = 3",
    ] {
        let error = StoreShards::parse(broken).unwrap_err().to_string();
        assert!(
            error.starts_with("error parsing `server-shapes`:\n"),
            "{error}"
        );
    }
}
