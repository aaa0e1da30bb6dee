// SPDX-License-Identifier: GPL-2.0-or-later
//! Paths as patterns name them: joined, normalized and audited as Python does.

use crate::fs::{bytes_path, kind_if_exists, stat_if_exists, FileKind};
use crate::matchers::PatternError;
use crate::types::HgPath;

/// `os.path.join(directory, path)`.
pub(super) fn join(directory: &[u8], path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") {
        path.to_vec()
    } else if directory.is_empty() || directory.ends_with(b"/") {
        [directory, path].concat()
    } else {
        [directory, b"/", path].concat()
    }
}

/// `os.path.dirname(path)`.
pub(super) fn dirname(path: &[u8]) -> &[u8] {
    let mut head = path;
    while let [before @ .., last] = head {
        if *last == b'/' {
            break;
        }
        head = before;
    }
    let mut directory = head;
    while let [before @ .., b'/'] = directory {
        directory = before;
    }
    match directory {
        // Nothing but slashes: the root.
        [] => head,
        _ => directory,
    }
}

/// `os.path.normpath(path)`.
///
/// # Errors
/// For a path with a NUL, with which some versions of Python are not right.
pub(super) fn normalize(path: &[u8]) -> Result<Vec<u8>, PatternError> {
    if path.contains(&0) {
        return Err(audit_error(path));
    }
    // POSIX lets two leading slashes, but not three, mean something else.
    let leading: &[u8] = match path {
        [b'/', b'/', b'/', ..] => b"/",
        [b'/', b'/', ..] => b"//",
        [b'/', ..] => b"/",
        _ => b"",
    };
    let mut components: Vec<&[u8]> = Vec::new();
    for component in path.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => match components.last() {
                Some(&last) if last != b".." => {
                    components.pop();
                }
                None if !leading.is_empty() => {}
                _ => components.push(component),
            },
            _ => components.push(component),
        }
    }
    let normalized = [leading, &components.join(&b'/')].concat();
    Ok(if normalized.is_empty() {
        b".".to_vec()
    } else {
        normalized
    })
}

/// `path`, relative to `root` or absolute, as a path in the repository; Python's
/// `canonpath(root, root, path)` with its audit.
///
/// # Errors
/// If Python would refuse the path (outside of the root, through a symbolic
/// link, into a nested repository), or if that is not certain.
pub(super) fn canonical_path(root: &[u8], path: &[u8]) -> Result<Vec<u8>, PatternError> {
    let root = match root {
        [start @ .., b'/'] => start,
        _ => root,
    };
    let path = normalize(&join(&[root, b"/"].concat(), path))?;
    if path == root {
        return Ok(Vec::new());
    }
    match path
        .strip_prefix(root)
        .and_then(|rest| rest.strip_prefix(b"/"))
    {
        Some(relative) if !relative.is_empty() => {
            audit(root, relative)?;
            Ok(relative.to_vec())
        }
        _ => Err(audit_error(&path)),
    }
}

/// Stricter than Python's `pathauditor`: what is refused here for no reason
/// only has Python look at it.
fn audit(root: &[u8], path: &[u8]) -> Result<(), PatternError> {
    let lower = path.to_ascii_lowercase();
    let mentions_hg = lower.windows(2).any(|window| window == b"hg");
    // A Windows short name, or code points that HFS+ leaves out of names, may
    // hide a `.hg`.
    let may_hide = mentions_hg && (path.contains(&b'~') || !path.is_ascii());
    let illegal = lower
        .split(|&byte| byte == b'/')
        .any(|component| matches!(component, b".hg" | b".hg." | b".."));
    if may_hide || illegal {
        return Err(audit_error(path));
    }
    let mut parents: Vec<&HgPath> = HgPath::new(path).ancestors().collect();
    parents.reverse();
    for parent in parents.into_iter().filter(|parent| !parent.is_root()) {
        let parent = [root, b"/", parent.as_bytes()].concat();
        let parent = bytes_path(&parent);
        match kind_if_exists(parent) {
            Ok(Some(FileKind::Directory)) => {
                let repository = stat_if_exists(&parent.join(".hg"));
                let is_nested = repository.map(|stat| stat.map(|stat| stat.kind));
                if matches!(is_nested, Ok(Some(FileKind::Directory))) {
                    return Err(audit_error(path));
                }
            }
            Ok(Some(FileKind::Symlink)) | Err(_) => return Err(audit_error(path)),
            Ok(Some(_)) => {}
            Ok(None) => break,
        }
    }
    Ok(())
}

fn audit_error(path: &[u8]) -> PatternError {
    PatternError::Path(String::from_utf8_lossy(path).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::fs::path_bytes;

    #[test]
    fn normalized_as_python_does() {
        let table: &[(&str, &str)] = &[
            ("", "."),
            (".", "."),
            ("a//b/./c/", "a/b/c"),
            ("a/../b", "b"),
            ("a/..", "."),
            ("../a/../../b", "../../b"),
            ("/..", "/"),
            ("/../a", "/a"),
            ("//a", "//a"),
            ("///a", "/a"),
            ("//", "//"),
        ];
        for (path, expected) in table {
            assert_eq!(normalize(path.as_bytes()).unwrap(), expected.as_bytes());
        }
        assert!(normalize(b"a\0b").is_err());
    }

    #[test]
    fn directories_as_python_sees_them() {
        let table: &[(&str, &str)] = &[
            ("", ""),
            ("a", ""),
            ("a/b", "a"),
            ("a//b", "a"),
            ("/a", "/"),
            ("//a", "//"),
            ("a/", "a"),
        ];
        for (path, expected) in table {
            assert_eq!(dirname(path.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn paths_python_would_refuse() {
        let root = tempfile::tempdir().unwrap();
        let make_directory = |path: &str| {
            std::fs::create_dir_all(root.path().join(path)).unwrap();
        };
        make_directory("plain/dir");
        make_directory("nested/.hg");
        make_directory("nested/dir");
        std::os::unix::fs::symlink("plain", root.path().join("link")).unwrap();

        let root_bytes = path_bytes(root.path());
        let canonical = |path: &str| canonical_path(root_bytes, path.as_bytes()).ok();
        assert_eq!(canonical("plain/dir/x").unwrap(), b"plain/dir/x");
        assert_eq!(canonical("a/../b//c").unwrap(), b"b/c");
        assert_eq!(canonical("missing/x").unwrap(), b"missing/x");
        assert_eq!(canonical("").unwrap(), b"");
        assert_eq!(canonical("nested").unwrap(), b"nested");
        assert_eq!(canonical("link").unwrap(), b"link");
        let slash = [root_bytes, b"/"].concat();
        assert_eq!(canonical_path(&slash, root_bytes).unwrap(), b"");
        let refused = [
            "..",
            "/",
            "/elsewhere",
            "a/../../b",
            ".hg",
            "a/.HG/x",
            "nested/x",
            "link/x",
            ".\u{200c}hg",
            "HG~1/x",
        ];
        for path in refused {
            assert_eq!(canonical(path), None, "{path}");
        }
    }
}
