// SPDX-License-Identifier: GPL-2.0-or-later
//! Ignore files, and the hash that tells whether what they ignore may have
//! changed.

use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::expand::{ExpandedPatterns, PatternFile, PatternFileReader, PatternFileWarning, Place};
use super::pattern_set::PatternSet;
use super::patterns::GlobEnd;
use crate::fs::path_bytes;
use crate::matchers::PatternError;
use crate::types::HgPath;

/// Ignore files, with all that they include read.
#[derive(Debug, Default)]
pub struct IgnoreFiles {
    /// What they ignore.
    pub patterns: ExpandedPatterns,
    /// What is wrong with them.
    pub warnings: Vec<PatternFileWarning>,
    /// Each by its path, with the files that were read for it: it is the first
    /// of them if it is there.
    pub read: Vec<(PathBuf, Vec<PatternFile>)>,
}

impl IgnoreFiles {
    /// Reads the ignore files (full paths) and all they include.
    ///
    /// # Errors
    /// When Python has to decide: files that exist and cannot be read, warnings
    /// that [`PatternFileWarning`] cannot word as Python does.
    pub fn expand(files: Vec<PathBuf>, root_dir: &Path) -> Result<Self, PatternError> {
        let place = Place {
            root: root_bytes(root_dir),
            depth: 0,
            is_warned_of: true,
        };
        let mut reader = PatternFileReader::default();
        let mut patterns = ExpandedPatterns::default();
        let mut read = Vec::with_capacity(files.len());
        for file in files {
            reader.read(place, path_bytes(&file), &mut patterns)?;
            read.push((file, std::mem::take(&mut reader.read)));
        }
        Ok(Self {
            patterns,
            warnings: reader.warnings,
            read,
        })
    }

    /// The SHA-1 that dirstate-v2 keeps beside cached directory mtimes.
    ///
    /// It is over a line for each file read, in the order of reading, the
    /// ignore files themselves in the order of their paths: its path, relative
    /// to `root_dir` if it is inside, a space, the SHA-1 of its contents (20
    /// bytes) and a newline.
    pub fn hash(&self, root_dir: &Path) -> [u8; 20] {
        let mut read: Vec<_> = self.read.iter().collect();
        read.sort_by_key(|(ignore_file, _)| path_bytes(ignore_file));
        let mut hash = Sha1::new();
        for file in read.into_iter().flat_map(|(_, files)| files) {
            let shown = file.path.strip_prefix(root_dir);
            hash.update(path_bytes(shown.unwrap_or(&file.path)));
            hash.update(b" ");
            hash.update(file.sha1);
            hash.update(b"\n");
        }
        hash.finalize().into()
    }
}

/// The root as Mercurial writes it in its own paths: without a final slash.
fn root_bytes(root_dir: &Path) -> &[u8] {
    match path_bytes(root_dir) {
        [start @ .., b'/'] if !start.is_empty() => start,
        root => root,
    }
}

/// The paths that ignore files match; none by default. It matches files and
/// directories alike, and does not say where to go.
#[derive(Debug, Default)]
pub struct IgnoreMatcher(PatternSet);

impl IgnoreMatcher {
    /// Of the patterns of [`IgnoreFiles`].
    ///
    /// # Errors
    /// For patterns that have no translation: Python has to decide.
    pub fn new(patterns: &ExpandedPatterns) -> Result<Self, PatternError> {
        PatternSet::new(patterns, GlobEnd::Component).map(Self)
    }

    /// Whether `path` is ignored by itself; what is below an ignored directory
    /// need not be.
    pub fn matches(&self, path: &HgPath) -> bool {
        self.0.matches(path)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::fs;

    use super::*;
    use crate::fs::bytes_path;

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

        fn read(&self) -> Result<IgnoreFiles, PatternError> {
            let files = self.ignore_files.iter().map(|name| self.path(name));
            IgnoreFiles::expand(files.collect(), self.directory.path())
        }

        fn hash(&self) -> [u8; 20] {
            self.read().unwrap().hash(self.directory.path())
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
        let root = bytes_path(&slash);
        let files = IgnoreFiles::expand(files.collect(), root).unwrap();
        assert_eq!(hex(&files.hash(root)), upstream);
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
        let files = nested_tree().read().unwrap();
        // By now the tree is gone: nothing is read any more.
        let ignore = IgnoreMatcher::new(&files.patterns).unwrap();
        for path in [
            "a.o",
            "dir1/x",
            "dir1/ax",
            "dir2/b",
            "dir2/deep/a.z",
            "rel/a",
        ] {
            assert!(ignore.matches(HgPath::new(path)), "{path}");
        }
        for path in ["a.z", "x", "b", "dir2/a.z", "dir2/deep/a", ""] {
            assert!(!ignore.matches(HgPath::new(path)), "{path}");
        }
        let [PatternFileWarning::NoSuchFile(path)] = &files.warnings[..] else {
            panic!("{:?}", files.warnings);
        };
        assert!(path.ends_with("missing"));
    }

    #[test]
    fn what_was_read_is_told() {
        let tree = nested_tree();
        let files = tree.read().unwrap();
        let read: Vec<_> = files.read.iter().flat_map(|(_, read)| read).collect();
        let names = [
            ".hgignore",
            "dir1/.hgignore",
            "other",
            "dir2/more",
            "dir2/.hgignore",
            "dir2/deep/.hgignore",
            ".hg/rel",
        ];
        let paths: Vec<_> = read.iter().map(|file| file.path.clone()).collect();
        assert_eq!(paths, names.map(|name| tree.path(name)));
        let last = read.last().unwrap();
        assert_eq!(last.sha1, <[u8; 20]>::from(Sha1::digest(b"rel\n")));
    }

    #[test]
    fn no_ignore_files() {
        let files = Tree::new(&[], &[]).read().unwrap();
        let read = IgnoreMatcher::new(&files.patterns).unwrap();
        for ignore in [read, IgnoreMatcher::default()] {
            assert!(!ignore.matches(HgPath::new(b"a")) && !ignore.matches(HgPath::root()));
        }
        assert_eq!(files.warnings, []);
        let hash = files.hash(Path::new("/no/such/root"));
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
