// SPDX-License-Identifier: GPL-2.0-or-later
//! A file index as it is on disk.

use std::collections::HashSet;

use bytes::Bytes;
use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::error::{FileIndexError, IndexFile};
use super::Docket;
use crate::types::HgPath;

/// The number of a file, from 1. It stays the same until a path is removed.
pub type FileToken = u32;

/// The token of the root of the tree, which is no file.
pub(super) const ROOT_TOKEN: FileToken = 0;
/// Tokens have 31 bits: where a pointer can stand too, the highest tells.
pub(super) const LEAF: u32 = 1 << 31;

/// Bytes of a node in the tree file, without its children.
pub(super) const NODE_SIZE: usize = 6;
/// Bytes of each child of a node.
pub(super) const CHILD_SIZE: usize = 5;

/// Where the path of a token is, on disk.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned, Clone, Copy)]
#[repr(C)]
pub(super) struct RawMeta {
    offset: U32,
    length: U16,
    directory_length: U16,
}

/// Bytes of a [`RawMeta`].
const META_SIZE: u32 = size_of::<RawMeta>() as u32;

impl RawMeta {
    /// Of the root.
    pub(super) const ROOT: Self = Self {
        offset: U32::ZERO,
        length: U16::ZERO,
        directory_length: U16::ZERO,
    };

    /// Of a path that stands at `offset` of the list file.
    pub(super) fn new(path: &[u8], offset: u32) -> Result<Self, FileIndexError> {
        let short = |length: usize| {
            u16::try_from(length).map_err(|_| FileIndexError::TooLarge("a path of 64 kB"))
        };
        let directory = HgPath::new(path).parent().len();
        Ok(Self {
            offset: offset.into(),
            length: short(path.len())?.into(),
            directory_length: short(directory)?.into(),
        })
    }
}

/// What stands at a child of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    /// The offset of a node in the tree file.
    Node(u32),
    /// A file without longer ones: its label is the rest of its path.
    Leaf(FileToken),
}

/// A node of the tree file.
#[derive(Clone, Copy, Debug)]
pub(super) struct TreeNode<'a> {
    pub(super) token: FileToken,
    /// Bytes of its label, a part of the path of its token.
    pub(super) label_length: usize,
    /// The first byte of each child's label.
    first_bytes: &'a [u8],
    pointers: &'a [U32],
}

impl<'a> TreeNode<'a> {
    /// The node of a tree without a file.
    const EMPTY_ROOT: Self = Self {
        token: ROOT_TOKEN,
        label_length: 0,
        first_bytes: &[],
        pointers: &[],
    };

    fn child(&self, first_byte: u8) -> Option<Child> {
        let position = memchr::memchr(first_byte, self.first_bytes)?;
        self.pointers.get(position).map(|&raw| child(raw))
    }

    pub(super) fn children(self) -> impl ExactSizeIterator<Item = (u8, Child)> + 'a {
        let pointers = self.pointers.iter().map(|&raw| child(raw));
        self.first_bytes.iter().copied().zip(pointers)
    }
}

fn child(raw: U32) -> Child {
    match raw.get() {
        offset @ ..LEAF => Child::Node(offset),
        token => Child::Leaf(token - LEAF),
    }
}

/// A node, for those who want to see the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebugNode {
    /// Its offset in the tree file.
    pub offset: u32,
    /// A file below it or at it.
    pub token: FileToken,
    /// What it adds to the path.
    pub label: Vec<u8>,
    /// Its children by the first byte of their label.
    pub children: Vec<(u8, DebugChild)>,
}

/// A child of a [`DebugNode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebugChild {
    /// A node at this offset.
    Node(u32),
    /// A leaf.
    Leaf {
        /// The rest of its path.
        label: Vec<u8>,
        /// Its file.
        token: FileToken,
    },
}

/// The three data files, as far as the docket says they are in use.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    list: Bytes,
    meta: Bytes,
    tree: Bytes,
    root: u32,
    /// Elements of `meta`; none where there is no file.
    meta_count: u32,
}

impl View {
    /// # Errors
    /// When a file is shorter than `docket` says.
    pub(super) fn new(docket: &Docket, files: [Bytes; 3]) -> Result<Self, FileIndexError> {
        let used = |file, bytes: Bytes, size: u32| {
            let size = size as usize;
            if bytes.len() < size {
                return Err(corrupted(file, "it ends early", bytes.len()));
            }
            Ok(bytes.slice(..size))
        };
        let [list, meta, tree] = files;
        let view = Self {
            list: used(IndexFile::List, list, docket.list_size)?,
            meta: used(IndexFile::Meta, meta, docket.meta_size)?,
            tree: used(IndexFile::Tree, tree, docket.tree_size)?,
            root: docket.tree_root,
            meta_count: docket.meta_size / META_SIZE,
        };
        if docket.meta_size % META_SIZE != 0 {
            return Err(corrupted(
                IndexFile::Meta,
                "a part of an element",
                view.meta.len(),
            ));
        }
        Ok(view)
    }

    /// How many tokens there are, that of the root among them: the next token
    /// to give.
    pub(super) fn token_count(&self) -> u32 {
        self.meta_count.max(ROOT_TOKEN + 1)
    }

    /// Bytes of the tree file that are in use.
    pub(super) fn tree_size(&self) -> usize {
        self.tree.len()
    }

    /// The path of a token.
    pub(super) fn path(&self, token: FileToken) -> Result<&[u8], FileIndexError> {
        if token == ROOT_TOKEN {
            return Ok(b"");
        }
        let at = token as usize * size_of::<RawMeta>();
        let element = self.meta.get(at..);
        let meta = element.and_then(|element| RawMeta::ref_from_prefix(element).ok());
        let (meta, _) = meta.ok_or_else(|| corrupted(IndexFile::Meta, "no such token", at))?;
        let start = meta.offset.get() as usize;
        let path = self.list.get(start..start + usize::from(meta.length.get()));
        path.ok_or_else(|| corrupted(IndexFile::Meta, "a path beyond the list file", at))
    }

    /// The token of a path, if it has one.
    pub(super) fn token(&self, path: &[u8]) -> Result<Option<FileToken>, FileIndexError> {
        let mut node = self.root()?;
        let mut rest = path;
        while let Some(found) = rest.first().and_then(|&first_byte| node.child(first_byte)) {
            let offset = match found {
                Child::Leaf(token) => return Ok((self.path(token)? == path).then_some(token)),
                Child::Node(offset) => offset,
            };
            node = self.node(offset)?;
            let label = self.label(&node, path.len() - rest.len(), offset)?;
            let Some(after) = rest.strip_prefix(label) else {
                return Ok(None);
            };
            if after.is_empty() {
                // The node may be there for a longer path alone.
                return Ok((self.path(node.token)? == path).then_some(node.token));
            }
            rest = after;
        }
        Ok(None)
    }

    pub(super) fn root(&self) -> Result<TreeNode<'_>, FileIndexError> {
        if self.tree.is_empty() {
            return Ok(TreeNode::EMPTY_ROOT);
        }
        self.node(self.root)
    }

    pub(super) fn node(&self, offset: u32) -> Result<TreeNode<'_>, FileIndexError> {
        let early = || corrupted(IndexFile::Tree, "it ends within a node", offset as usize);
        let node = self.tree.get(offset as usize..).ok_or_else(early)?;
        let (header, rest) = node.split_first_chunk::<NODE_SIZE>().ok_or_else(early)?;
        let [t0, t1, t2, t3, label_length, child_count] = *header;
        let (first_bytes, rest) = rest
            .split_at_checked(usize::from(child_count))
            .ok_or_else(early)?;
        let (pointers, _) =
            <[U32]>::ref_from_prefix_with_elems(rest, first_bytes.len()).map_err(|_| early())?;
        Ok(TreeNode {
            token: u32::from_be_bytes([t0, t1, t2, t3]),
            label_length: usize::from(label_length),
            first_bytes,
            pointers,
        })
    }

    /// What the node at `offset`, which begins at `position` of paths, adds to
    /// them. Never nothing, so that who goes down gets on.
    pub(super) fn label(
        &self,
        node: &TreeNode<'_>,
        position: usize,
        offset: u32,
    ) -> Result<&[u8], FileIndexError> {
        let path = self.path(node.token)?;
        let label = path.get(position..position + node.label_length);
        label.filter(|label| !label.is_empty()).ok_or_else(|| {
            corrupted(
                IndexFile::Tree,
                "a label that is not there",
                offset as usize,
            )
        })
    }

    /// What a leaf below `position` of paths adds to them.
    pub(super) fn leaf_label(
        &self,
        token: FileToken,
        position: usize,
    ) -> Result<&[u8], FileIndexError> {
        let at = token as usize * size_of::<RawMeta>();
        let label = self.path(token)?.get(position..);
        label
            .filter(|label| !label.is_empty())
            .ok_or_else(|| corrupted(IndexFile::Meta, "a path shorter than its place", at))
    }

    /// All nodes, parents before their children.
    pub(super) fn debug_nodes(&self) -> Result<Vec<DebugNode>, FileIndexError> {
        let mut nodes = Vec::new();
        let mut seen = HashSet::new();
        let mut pending = vec![(self.root, 0)];
        while let Some((offset, position)) = pending.pop() {
            if !seen.insert(offset) {
                let problem = "a node with two parents";
                return Err(corrupted(IndexFile::Tree, problem, offset as usize));
            }
            let is_root = nodes.is_empty();
            let node = if is_root {
                self.root()?
            } else {
                self.node(offset)?
            };
            let label = match is_root {
                true => &[][..],
                false => self.label(&node, position, offset)?,
            };
            let position = position + label.len();
            let mut children = Vec::with_capacity(node.children().len());
            let mut below = Vec::new();
            for (first_byte, child) in node.children() {
                let child = match child {
                    Child::Node(offset) => {
                        below.push((offset, position));
                        DebugChild::Node(offset)
                    }
                    Child::Leaf(token) => DebugChild::Leaf {
                        label: self.leaf_label(token, position)?.to_vec(),
                        token,
                    },
                };
                children.push((first_byte, child));
            }
            pending.extend(below.into_iter().rev());
            nodes.push(DebugNode {
                offset,
                token: node.token,
                label: label.to_vec(),
                children,
            });
        }
        Ok(nodes)
    }
}

pub(super) fn corrupted(file: IndexFile, problem: &'static str, offset: usize) -> FileIndexError {
    FileIndexError::Corrupted {
        file,
        problem,
        offset,
    }
}
