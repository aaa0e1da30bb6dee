// SPDX-License-Identifier: GPL-2.0-or-later
//! Which files the configuration is in.

use std::path::{Path, PathBuf};

use super::parse::without_dots;
use crate::config::{ConfigError, Invocation};
use crate::fs::{self, bytes_path, path_bytes, FileKind};
use crate::types::Environment;

/// The configuration of the system and of the user, to be read in this order.
pub(super) fn of_system_and_user(invocation: &Invocation) -> Result<Vec<PathBuf>, ConfigError> {
    let environment = &invocation.environment;
    if let Some(paths) = environment.get(b"HGRCPATH") {
        let mut files = Vec::new();
        for path in paths.split(|&byte| byte == b':') {
            if path.is_empty() {
                continue;
            }
            let path = expand(path, environment)?;
            let stat = fs::stat_if_exists(&path).ok().flatten();
            if stat.is_some_and(|stat| stat.kind == FileKind::Directory) {
                files.extend(rc_files(&path));
            } else {
                files.push(path);
            }
        }
        return Ok(files);
    }
    let mut files = Vec::new();
    let program = invocation.program.as_deref();
    let installation = program.and_then(Path::parent).and_then(Path::parent);
    if let Some(root) = installation.filter(|root| *root != Path::new("/")) {
        files.extend(of_system(&root.join("etc/mercurial")));
    }
    files.extend(of_system(Path::new("/etc/mercurial")));
    files.push(expand(b"~/.hgrc", environment)?);
    let home = match environment.get(b"XDG_CONFIG_HOME").map(bytes_path) {
        Some(home) if home.is_absolute() => home.to_path_buf(),
        _ => expand(b"~/.config", environment)?,
    };
    files.push(home.join("hg/hgrc"));
    Ok(files.iter().map(|path| without_dots(path)).collect())
}

fn of_system(directory: &Path) -> Vec<PathBuf> {
    let mut files = vec![directory.join("hgrc")];
    files.extend(rc_files(&directory.join("hgrc.d")));
    files
}

/// The `.rc` files of a directory, sorted; none where it cannot be read.
fn rc_files(directory: &Path) -> Vec<PathBuf> {
    let Ok(mut files) = fs::paths_in(directory) else {
        return Vec::new();
    };
    files.retain(|path| path_bytes(path).ends_with(b".rc"));
    files.sort();
    files
}

/// A path with variables of the environment (`$NAME`, `${NAME}`) and the
/// user's home directory (`~`) put in; variables that are not set stay.
pub(super) fn expand(path: &[u8], environment: &Environment) -> Result<PathBuf, ConfigError> {
    let path = with_variables(path, environment);
    let Some(rest) = path.strip_prefix(b"~") else {
        return Ok(bytes_path(&path).to_path_buf());
    };
    match environment.get(b"HOME") {
        Some(home) if matches!(rest.first(), None | Some(b'/')) => {
            let home = home.strip_suffix(b"/").unwrap_or(home);
            Ok(bytes_path(&[home, rest].concat()).to_path_buf())
        }
        _ => {
            let text = String::from_utf8_lossy(&path).into_owned();
            Err(ConfigError::UnknownUser(text))
        }
    }
}

fn with_variables(path: &[u8], environment: &Environment) -> Vec<u8> {
    let mut result = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(dollar) = rest.iter().position(|&byte| byte == b'$') {
        let (before, from_dollar) = rest.split_at(dollar);
        result.extend_from_slice(before);
        let length = reference_length(from_dollar);
        let (reference, after) = from_dollar.split_at(length);
        let name = match reference {
            [b'$', b'{', name @ .., b'}'] => name,
            [b'$', name @ ..] => name,
            name => name,
        };
        // No variable has an empty name.
        result.extend_from_slice(environment.get(name).unwrap_or(reference));
        rest = after;
    }
    result.extend_from_slice(rest);
    result
}

/// The length of the `$NAME` or `${NAME}` that `text` starts with; 1 when it
/// is neither.
fn reference_length(text: &[u8]) -> usize {
    if text.starts_with(b"${") {
        return text
            .iter()
            .position(|&byte| byte == b'}')
            .map_or(1, |end| end + 1);
    }
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    1 + text.iter().skip(1).take_while(is_name).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn expansion() {
        let environment = Environment::from_iter([("HOME", "/home/me/"), ("EMPTY", "")]);
        for (path, expected) in [
            ("~/x", "/home/me/x"),
            ("~", "/home/me"),
            ("$HOME/x", "/home/me//x"),
            ("a${HOME}b", "a/home/me/b"),
            ("a$EMPTY-${EMPTY}b", "a-b"),
            ("$NONE/$/${", "$NONE/$/${"),
            ("${}", "${}"),
        ] {
            let found = expand(path.as_bytes(), &environment).unwrap();
            assert_eq!(found, Path::new(expected));
        }
        for (path, environment) in [
            ("~somebody/x", &environment),
            ("~/x", &Environment::default()),
        ] {
            let error = expand(path.as_bytes(), environment).unwrap_err();
            assert!(matches!(error, ConfigError::UnknownUser(_)), "{error}");
        }
    }

    #[test]
    fn files_by_environment() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let text = |name: &str| path(name).into_os_string().into_encoded_bytes();
        let files = |variables: &[(&str, Vec<u8>)]| {
            let environment = Environment::from_iter(variables.iter().cloned());
            of_system_and_user(&Invocation {
                environment,
                program: Some(path("usr/bin/hg")),
                ..Invocation::default()
            })
            .unwrap()
        };
        for name in [
            "usr/etc/mercurial/hgrc.d/b.rc",
            "usr/etc/mercurial/hgrc.d/a.rc",
        ] {
            std::fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            std::fs::write(path(name), "").unwrap();
        }
        let found = files(&[("HOME", text("home"))]);
        let (installation, rest) = found.split_at(3);
        assert_eq!(
            installation,
            ["hgrc", "hgrc.d/a.rc", "hgrc.d/b.rc"].map(|name| path("usr/etc/mercurial").join(name))
        );
        assert_eq!(rest[0], Path::new("/etc/mercurial/hgrc"));
        let user = rest.get(rest.len() - 2..).unwrap();
        assert_eq!(user, [path("home/.hgrc"), path("home/.config/hg/hgrc")]);
        let found = files(&[("HOME", text("home")), ("XDG_CONFIG_HOME", text("xdg"))]);
        assert_eq!(*found.last().unwrap(), path("xdg/hg/hgrc"));

        let list = [
            b"".to_vec(),
            b"~/rc".to_vec(),
            text("usr/etc/mercurial/hgrc.d"),
        ]
        .join(&b':');
        assert_eq!(
            files(&[("HOME", text("home")), ("HGRCPATH", list)]),
            [
                path("home/rc"),
                path("usr/etc/mercurial/hgrc.d/a.rc"),
                path("usr/etc/mercurial/hgrc.d/b.rc"),
            ]
        );
        assert_eq!(
            files(&[("HGRCPATH", Vec::new())]),
            [""; 0].map(PathBuf::from)
        );
    }
}
