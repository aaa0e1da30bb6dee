// SPDX-License-Identifier: GPL-2.0-or-later
//! Paths inside a repository.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;

use thiserror::Error;
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// A path inside a repository: bytes, relative to its root, separated by `/`.
/// The root itself is the empty path.
///
/// To make one of bytes costs nothing and asks nothing, as most come from
/// where a format has seen to them, and any bytes may be looked up. What comes
/// from outside to stay is [`HgPath::of_file`].
///
/// Paths compare as their bytes do.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct HgPath {
    bytes: [u8],
}

/// An owned [`HgPath`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HgPathBuf {
    bytes: Vec<u8>,
}

/// Bytes that are no path of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid path {:?}: {problem}", .path.to_string())]
pub struct InvalidPath {
    /// The bytes.
    pub path: HgPathBuf,
    /// What is wrong with them.
    pub problem: &'static str,
}

impl HgPath {
    /// The path that these bytes are, whatever they are.
    #[inline]
    pub fn new<B: AsRef<[u8]> + ?Sized>(bytes: &B) -> &Self {
        zerocopy::transmute_ref!(bytes.as_ref())
    }

    /// The root of the repository.
    #[inline]
    pub fn root() -> &'static Self {
        Self::new(b"")
    }

    /// The path of a file that these bytes are.
    ///
    /// # Errors
    /// When no file can have it: a name in it is empty, or there is a NUL byte.
    pub fn of_file<B: AsRef<[u8]> + ?Sized>(bytes: &B) -> Result<&Self, InvalidPath> {
        let path = Self::new(bytes);
        let problem = if path.bytes.contains(&0) {
            "it contains a NUL byte"
        } else if path.components().any(Self::is_root) {
            "it contains an empty name"
        } else {
            return Ok(path);
        };
        Err(InvalidPath {
            path: path.to_owned(),
            problem,
        })
    }

    /// The bytes of the path.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes the path takes.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// As [`Self::is_root`].
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether this is the root.
    #[inline]
    pub fn is_root(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The path with the letters of ASCII in lower case.
    pub fn to_ascii_lowercase(&self) -> Cow<'_, Self> {
        if self.bytes.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(self.bytes.to_ascii_lowercase().into())
        } else {
            Cow::Borrowed(self)
        }
    }

    /// The names that the path is made of, the outermost first. The root has
    /// one, which is empty.
    #[inline]
    pub fn components(&self) -> impl Iterator<Item = &Self> + Clone {
        self.bytes.split(|byte| *byte == b'/').map(Self::new)
    }

    /// The directory that holds the path, and the path's name in it. The root
    /// holds itself.
    #[inline]
    pub fn split_base_name(&self) -> (&Self, &Self) {
        let slash = self.bytes.iter().rposition(|byte| *byte == b'/');
        let (directory, name) = match slash.and_then(|slash| self.bytes.split_at_checked(slash)) {
            Some((directory, [_slash, name @ ..])) => (directory, name),
            _ => (&[][..], &self.bytes),
        };
        (Self::new(directory), Self::new(name))
    }

    /// The last of the names, which is empty for the root.
    #[inline]
    pub fn base_name(&self) -> &Self {
        self.split_base_name().1
    }

    /// The directory that holds the path. The root holds itself.
    #[inline]
    pub fn parent(&self) -> &Self {
        self.split_base_name().0
    }

    /// The directories above the path, the nearest first and the root last.
    /// The root is above itself, as it is for Mercurial's `finddirs`.
    #[inline]
    pub fn ancestors(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self.parent()), |directory| {
            (!directory.is_root()).then(|| directory.parent())
        })
    }

    /// The components, the innermost first, each with the directory it is in.
    #[inline]
    pub fn steps_up(&self) -> impl Iterator<Item = (&Self, &Self)> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let (directory, name) = rest?.split_base_name();
            rest = (name.len() < rest?.len()).then_some(directory);
            Some((directory, name))
        })
    }
}

impl HgPathBuf {
    /// The root.
    pub fn new() -> Self {
        Self::default()
    }

    /// Become the path `relative` to `directory`, in memory that is there.
    #[inline]
    pub fn assign_join(&mut self, directory: &HgPath, relative: &HgPath) {
        self.bytes.clear();
        if !directory.is_root() {
            self.bytes.extend_from_slice(&directory.bytes);
            self.bytes.push(b'/');
        }
        self.bytes.extend_from_slice(&relative.bytes);
    }

    /// The bytes of the path.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// With replacement characters for what is no UTF-8.
impl fmt::Display for HgPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.bytes).fmt(f)
    }
}

impl fmt::Display for HgPathBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Debug for HgPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.bytes.escape_ascii())
    }
}

impl fmt::Debug for HgPathBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Deref for HgPathBuf {
    type Target = HgPath;

    #[inline]
    fn deref(&self) -> &HgPath {
        HgPath::new(&self.bytes)
    }
}

impl Borrow<HgPath> for HgPathBuf {
    #[inline]
    fn borrow(&self) -> &HgPath {
        self
    }
}

impl ToOwned for HgPath {
    type Owned = HgPathBuf;

    #[inline]
    fn to_owned(&self) -> HgPathBuf {
        self.bytes.to_vec().into()
    }
}

impl AsRef<HgPath> for HgPath {
    #[inline]
    fn as_ref(&self) -> &HgPath {
        self
    }
}

impl AsRef<HgPath> for HgPathBuf {
    #[inline]
    fn as_ref(&self) -> &HgPath {
        self
    }
}

impl AsRef<[u8]> for HgPath {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for HgPathBuf {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for HgPathBuf {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }
}

impl From<&HgPath> for HgPathBuf {
    fn from(path: &HgPath) -> Self {
        path.to_owned()
    }
}

impl<'a> From<&'a HgPath> for Cow<'a, HgPath> {
    fn from(path: &'a HgPath) -> Self {
        Cow::Borrowed(path)
    }
}

impl PartialEq<[u8]> for HgPath {
    #[inline]
    fn eq(&self, bytes: &[u8]) -> bool {
        self.bytes == *bytes
    }
}

impl<const N: usize> PartialEq<[u8; N]> for HgPath {
    #[inline]
    fn eq(&self, bytes: &[u8; N]) -> bool {
        self.bytes == *bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn texts<'a>(paths: impl Iterator<Item = &'a HgPath>) -> Vec<String> {
        paths.map(HgPath::to_string).collect()
    }

    #[test]
    fn ancestors_of_paths() {
        for (path, ancestors) in [
            ("a/b/c", &["a/b", "a", ""][..]),
            ("a", &[""]),
            ("a/", &["a", ""]),
            ("/a", &[""]),
            ("a//b", &["a/", "a", ""]),
            ("", &[""]),
        ] {
            assert_eq!(texts(HgPath::new(path).ancestors()), ancestors, "{path}");
        }
        let steps: Vec<_> = HgPath::new("a/b/c").steps_up().collect();
        let step = |directory, name| (HgPath::new(directory), HgPath::new(name));
        assert_eq!(steps, [step("a/b", "c"), step("a", "b"), step("", "a")]);
        assert!(HgPath::root().steps_up().eq([step("", "")]));
        let steps: Vec<_> = HgPath::new("/a").steps_up().collect();
        assert_eq!(steps, [step("", "a"), step("", "")]);
    }

    #[test]
    fn names() {
        for (path, components, parent, base_name) in [
            ("a/b/c", &["a", "b", "c"][..], "a/b", "c"),
            ("a", &["a"], "", "a"),
            ("a/", &["a", ""], "a", ""),
            ("", &[""], "", ""),
        ] {
            let path = HgPath::new(path);
            assert_eq!(texts(path.components()), components);
            assert_eq!(path.parent(), HgPath::new(parent));
            assert_eq!(path.base_name(), HgPath::new(base_name));
            if !path.is_root() {
                let mut joined = HgPathBuf::new();
                joined.assign_join(path.parent(), path.base_name());
                assert_eq!(&*joined, path);
            }
        }
    }

    #[test]
    fn files() {
        for path in ["a", "a/b", "a\nb", "..", ".hg/a", "\u{e9}"] {
            assert_eq!(HgPath::of_file(path), Ok(HgPath::new(path)));
        }
        assert_eq!(HgPath::of_file(b"\xff"), Ok(HgPath::new(b"\xff")));
        for path in ["", "/", "/a", "a/", "a//b"] {
            let error = HgPath::of_file(path).unwrap_err();
            assert_eq!(error.problem, "it contains an empty name");
        }
        let error = HgPath::of_file(b"a\0\xff").unwrap_err();
        let text = "invalid path \"a\\0\u{fffd}\": it contains a NUL byte";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn lower_case() {
        for (path, folded) in [("a/b", "a/b"), ("A/bC", "a/bc"), ("\u{c9}T", "\u{c9}t")] {
            assert_eq!(
                *HgPath::new(path).to_ascii_lowercase(),
                *HgPath::new(folded)
            );
        }
    }

    #[test]
    fn bytes_make_the_order() {
        let mut paths = ["b", "a/b", "a", "a-", "\u{e9}", "B"].map(HgPath::new);
        paths.sort();
        assert_eq!(
            paths,
            ["B", "a", "a-", "a/b", "b", "\u{e9}"].map(HgPath::new)
        );
    }

    /// A set of owned paths is asked with borrowed ones.
    #[test]
    fn owned_and_borrowed_hash_alike() {
        let set = std::collections::HashSet::from([HgPath::new("a/b").to_owned()]);
        assert!(set.contains(HgPath::new("a/b")));
        assert!(!set.contains(HgPath::new("a")));
    }
}
