// SPDX-License-Identifier: GPL-2.0-or-later
//! Ignore files: reading, expansion of includes, and the hash that tells
//! whether what they ignore may have changed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::paths::{canonical_path, dirname, join, normalize};
use super::pattern_lines::{parse_lines, Line};
use super::pattern_set::PatternSet;
use super::patterns::{GlobEnd, IgnorePattern, PatternSyntax};
use crate::fs::{bytes_path, path_bytes};
use crate::matchers::PatternError;
use crate::types::{HgPath, HgPathBuf};

/// How deep pattern files may include others. Python stops at its own limit,
/// which is higher.
const MAX_DEPTH: usize = 50;
/// How many pattern files may be read for one matcher, and how many bytes of
/// them: a few files that include one another can be read exponentially often.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: usize = 16 << 20;

/// Whether a path is matched by the ignore files.
pub type IgnoreFn = Box<dyn Fn(&HgPath) -> bool + Send + Sync>;

/// Something in an ignore file that the user should hear of; in the order in
/// which Python would warn. Python is silent about files of `subinclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternFileWarning {
    /// This file, as a full path, does not exist. In the repository its path
    /// is as the including file wrote it.
    NoSuchFile(PathBuf),
    /// This file, as a full path, names an unknown syntax.
    InvalidSyntax(PathBuf, Vec<u8>),
}

/// What [`get_ignore_function`] gives: the function, the warnings, and the
/// SHA-1 that dirstate-v2 keeps beside cached directory mtimes.
pub type IgnoreFunction = (IgnoreFn, Vec<PatternFileWarning>, [u8; 20]);

/// Reads the ignore files (full paths) and all they include.
///
/// The hash is over a line for each file read, in the order of reading, the
/// ignore files themselves in the order of their paths: its path, relative to
/// `root_dir` if it is inside, a space, the SHA-1 of its contents (20 bytes)
/// and a newline.
///
/// # Errors
/// When Python has to decide: patterns that cannot be translated, files that
/// exist and cannot be read, warnings that [`PatternFileWarning`] cannot word
/// as Python does.
pub fn get_ignore_function(
    files: Vec<PathBuf>,
    root_dir: &Path,
) -> Result<IgnoreFunction, PatternError> {
    let root = root_bytes(root_dir);
    let mut reader = PatternFileReader {
        warnings: Some(Vec::new()),
        ..PatternFileReader::default()
    };
    let mut expanded = ExpandedPatterns::default();
    let mut hashed_lines = Vec::with_capacity(files.len());
    for file in &files {
        reader.read(root, path_bytes(file), 0, &mut expanded)?;
        hashed_lines.push((path_bytes(file), std::mem::take(&mut reader.hashed_lines)));
    }
    hashed_lines.sort();
    let mut hash = Sha1::new();
    for (_, lines) in &hashed_lines {
        for (path, contents_hash) in lines {
            let path = bytes_path(path);
            let shown = path.strip_prefix(root_dir).unwrap_or(path);
            hash.update(path_bytes(shown));
            hash.update(b" ");
            hash.update(contents_hash);
            hash.update(b"\n");
        }
    }
    let set = PatternSet::from_expanded(&expanded, GlobEnd::Component)?;
    let ignore: IgnoreFn = Box::new(move |path| set.matches(path));
    let warnings = reader.warnings.unwrap_or_default();
    Ok((ignore, warnings, hash.finalize().into()))
}

/// The root as Mercurial writes it in its own paths: without a final slash.
fn root_bytes(root_dir: &Path) -> &[u8] {
    match path_bytes(root_dir) {
        [start @ .., b'/'] if !start.is_empty() => start,
        root => root,
    }
}

/// Patterns with all `include` and `subinclude` read.
#[derive(Debug, Default)]
pub(super) struct ExpandedPatterns {
    /// No `subinclude` among them.
    pub(super) patterns: Vec<IgnorePattern>,
    pub(super) subincludes: Vec<SubInclude>,
}

/// The patterns of a file for the directory it lies in.
#[derive(Debug)]
pub(super) struct SubInclude {
    /// The directory, with a slash; empty for the root.
    pub(super) prefix: HgPathBuf,
    /// They apply to what follows the prefix.
    pub(super) patterns: ExpandedPatterns,
}

/// Reads pattern files, within limits.
#[derive(Debug, Default)]
pub(super) struct PatternFileReader {
    /// Nothing if nobody is to be warned.
    warnings: Option<Vec<PatternFileWarning>>,
    /// The path of each file read and the SHA-1 of its contents.
    hashed_lines: Vec<(Vec<u8>, [u8; 20])>,
    files_read: usize,
    bytes_read: usize,
}

impl PatternFileReader {
    /// Reads the files of the `subinclude`s among `patterns`.
    pub(super) fn expand_subincludes(
        &mut self,
        root: &[u8],
        patterns: &[IgnorePattern],
    ) -> Result<ExpandedPatterns, PatternError> {
        let mut expanded = ExpandedPatterns::default();
        for pattern in patterns {
            if pattern.syntax == PatternSyntax::SubInclude {
                let source = path_bytes(&pattern.source);
                let subinclude = self.subinclude(root, &pattern.pattern, source, 0)?;
                expanded.subincludes.push(subinclude);
            } else {
                expanded.patterns.push(pattern.clone());
            }
        }
        Ok(expanded)
    }

    /// Reads the pattern file `written`, relative to `root`, and adds what is
    /// in it to `expanded`.
    fn read(
        &mut self,
        root: &[u8],
        written: &[u8],
        depth: usize,
        expanded: &mut ExpandedPatterns,
    ) -> Result<(), PatternError> {
        let path = join(root, written);
        let Some(contents) = self.contents(&path, depth)? else {
            if self.warnings.is_some() {
                self.check_missing(root, written, &path)?;
            }
            self.warn(PatternFileWarning::NoSuchFile(bytes_path(&path).into()));
            return Ok(());
        };
        let lines = parse_lines(&contents);
        // Python parses all of a file before it reads what that includes.
        for line in &lines {
            if let Line::InvalidSyntax(name) = line {
                let path = bytes_path(&path).into();
                self.warn(PatternFileWarning::InvalidSyntax(path, name.clone()));
            }
        }
        for line in lines {
            let (syntax, pattern) = match line {
                Line::InvalidSyntax(_) => continue,
                Line::Include(included) => {
                    self.read(root, &included, depth + 1, expanded)?;
                    continue;
                }
                Line::Pattern(PatternSyntax::SubInclude, pattern) => {
                    let subinclude = self.subinclude(root, &pattern, written, depth + 1)?;
                    expanded.subincludes.push(subinclude);
                    continue;
                }
                Line::Pattern(syntax, pattern) => (syntax, pattern),
            };
            let pattern = match syntax {
                PatternSyntax::Glob => canonical_path(root, &pattern)?,
                PatternSyntax::RelGlob | PatternSyntax::RootGlob => normalize(&pattern)?,
                _ => pattern,
            };
            expanded.patterns.push(IgnorePattern {
                syntax,
                pattern,
                source: bytes_path(written).into(),
            });
        }
        Ok(())
    }

    /// Reads the file `pattern`, relative to the directory of `source`, for
    /// its own directory.
    fn subinclude(
        &mut self,
        root: &[u8],
        pattern: &[u8],
        source: &[u8],
        depth: usize,
    ) -> Result<SubInclude, PatternError> {
        let path = join(dirname(&normalize(source)?), pattern);
        let directory = dirname(&path);
        if !directory.starts_with(b"/") {
            // From a file that was included by a relative path: Python fails,
            // once it meets a path that concerns it.
            let path = String::from_utf8_lossy(&path).into_owned();
            return Err(PatternError::Path(path));
        }
        let mut prefix = canonical_path(root, directory)?;
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let warnings = self.warnings.take();
        let mut patterns = ExpandedPatterns::default();
        self.read(directory, &path, depth, &mut patterns)?;
        self.warnings = warnings;
        Ok(SubInclude {
            prefix: prefix.into(),
            patterns,
        })
    }

    /// The contents of the file, if it exists.
    fn contents(&mut self, path: &[u8], depth: usize) -> Result<Option<Vec<u8>>, PatternError> {
        self.files_read += 1;
        if depth > MAX_DEPTH || self.files_read > MAX_FILES {
            return Err(PatternError::TooLarge("included pattern files".into()));
        }
        let contents = match std::fs::read(bytes_path(path)) {
            Ok(contents) => contents,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let path = bytes_path(path).into();
                return Err(PatternError::Unreadable { path, error });
            }
        };
        self.bytes_read = self.bytes_read.saturating_add(contents.len());
        if self.bytes_read > MAX_BYTES {
            return Err(PatternError::TooLarge("pattern files".into()));
        }
        let contents_hash = Sha1::digest(&contents).into();
        self.hashed_lines.push((path.to_vec(), contents_hash));
        Ok(Some(contents))
    }

    fn warn(&mut self, warning: PatternFileWarning) {
        if let Some(warnings) = &mut self.warnings {
            warnings.push(warning);
        }
    }

    /// Python names a missing file as it was written; whoever reports a
    /// [`PatternFileWarning`] names it relative to the root. Fails unless
    /// these are the same.
    fn check_missing(&self, root: &[u8], written: &[u8], path: &[u8]) -> Result<(), PatternError> {
        if canonical_path(root, path)? == written {
            return Ok(());
        }
        let path = bytes_path(path).into();
        let error = ErrorKind::NotFound.into();
        Err(PatternError::Unreadable { path, error })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::fs;

    use super::*;

    /// A tree of pattern files, and the ignore files among them.
    struct Tree {
        directory: tempfile::TempDir,
        ignore_files: &'static [&'static str],
    }

    impl Tree {
        fn new(ignore_files: &'static [&'static str], files: &[(&str, &str)]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let tree = Tree {
                directory,
                ignore_files,
            };
            for (name, contents) in files {
                tree.write(name, contents);
            }
            tree
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        fn write(&self, name: &str, contents: &str) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            fs::write(self.path(name), contents).unwrap();
        }

        fn read(&self) -> Result<IgnoreFunction, PatternError> {
            let files = self.ignore_files.iter().map(|name| self.path(name));
            get_ignore_function(files.collect(), self.directory.path())
        }

        fn hash(&self) -> [u8; 20] {
            self.read().unwrap().2
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn nested_tree() -> Tree {
        Tree::new(
            &[".hgignore", ".hg/rel"],
            &[
                (
                    ".hgignore",
                    "syntax: glob\n*.o\nsubinclude:dir1/.hgignore\ninclude:other\n\
                     subinclude:dir2/.hgignore\n",
                ),
                ("dir1/.hgignore", "x\n"),
                ("other", "include:missing\ninclude:dir2/more"),
                ("dir2/.hgignore", "subinclude:deep/.hgignore\nb"),
                ("dir2/more", ""),
                ("dir2/deep/.hgignore", "glob:*.z\n"),
                (".hg/rel", "rel\n"),
            ],
        )
    }

    /// The hash that Mercurial's own Rust wrote for this tree.
    #[test]
    fn hash_is_the_one_of_mercurial() {
        let tree = nested_tree();
        let upstream = "a2813583af280a8771333c3baad972e7c8d772f5";
        assert_eq!(hex(&tree.hash()), upstream);
        let slash = [path_bytes(tree.directory.path()), b"/"].concat();
        let files = tree.ignore_files.iter().map(|name| tree.path(name));
        let result = get_ignore_function(files.collect(), bytes_path(&slash));
        assert_eq!(hex(&result.unwrap().2), upstream);
    }

    #[test]
    fn hash_changes_with_every_file() {
        let names = [
            ".hgignore",
            "dir1/.hgignore",
            "other",
            "dir2/.hgignore",
            "dir2/more",
            "dir2/deep/.hgignore",
            ".hg/rel",
            "missing",
        ];
        for name in names {
            let tree = nested_tree();
            let before = tree.hash();
            let contents = fs::read_to_string(tree.path(name)).unwrap_or_default();
            tree.write(name, &(contents + "\nnew\n"));
            assert_ne!(tree.hash(), before, "{name} changed");
        }
        let tree = nested_tree();
        let before = tree.hash();
        tree.write("unrelated", "*");
        assert_eq!(tree.hash(), before);
    }

    #[test]
    fn hash_depends_on_the_order_of_paths_only() {
        let mut tree = nested_tree();
        let before = tree.hash();
        tree.ignore_files = &[".hg/rel", ".hgignore"];
        assert_eq!(tree.hash(), before);
    }

    #[test]
    fn nested_files_ignore_what_they_should() {
        let (ignore, warnings, _) = nested_tree().read().unwrap();
        for path in [
            "a.o",
            "dir1/x",
            "dir1/ax",
            "dir2/b",
            "dir2/deep/a.z",
            "rel/a",
        ] {
            assert!(ignore(HgPath::new(path)), "{path}");
        }
        for path in ["a.z", "x", "b", "dir2/a.z", "dir2/deep/a", ""] {
            assert!(!ignore(HgPath::new(path)), "{path}");
        }
        let [PatternFileWarning::NoSuchFile(path)] = &warnings[..] else {
            panic!("{warnings:?}");
        };
        assert!(path.ends_with("missing"));
    }

    #[test]
    fn no_ignore_files() {
        let (ignore, warnings, hash) = Tree::new(&[], &[]).read().unwrap();
        assert!(!ignore(HgPath::new(b"a")) && !ignore(HgPath::new(b"")));
        assert_eq!(warnings, []);
        assert_eq!(hash, <[u8; 20]>::from(Sha1::digest(b"")));
    }

    #[test]
    fn what_python_has_to_word_is_refused() {
        // A missing file that is named by its full path, or not normalized.
        assert!(Tree::new(&["missing"], &[]).read().is_err());
        for include in [
            "include:./missing",
            "include:../missing",
            "include:/missing",
        ] {
            assert!(Tree::new(&["i"], &[("i", include)]).read().is_err());
        }
        // A file that cannot be read for another reason.
        assert!(Tree::new(&["dir"], &[("dir/file", "")]).read().is_err());
        let file_as_directory = Tree::new(&["i"], &[("i", "include:i/x")]);
        assert!(file_as_directory.read().is_err());
    }

    #[test]
    fn endless_includes_are_refused() {
        let contents = ["include:i", "include:i\ninclude:i", "subinclude:i"];
        for contents in contents {
            assert!(Tree::new(&["i"], &[("i", contents)]).read().is_err());
        }
        // Exponentially many readings of a few small files.
        let tree = Tree::new(&["0"], &[]);
        for level in 0..30 {
            let next = format!("include:{}\n", level + 1);
            tree.write(&level.to_string(), &next.repeat(10));
        }
        assert!(matches!(tree.read(), Err(PatternError::TooLarge(_))));
    }
}
