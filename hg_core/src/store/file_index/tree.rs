// SPDX-License-Identifier: GPL-2.0-or-later
//! Adding paths to the prefix tree.
//!
//! The file is only appended to: nodes on the way to what is new are written
//! again, and lead to those below that stay as they are.

use std::ops::Range;

use super::error::FileIndexError;
use super::view::{Child, FileToken, TreeNode, View, CHILD_SIZE, LEAF, NODE_SIZE};
use crate::types::InternalError;

/// The most bytes a label may have; what is longer is several nodes.
const LONGEST_LABEL: usize = 255;

/// Bytes of the offset or token of a child.
const POINTER_SIZE: usize = 4;

/// The root's place in [`Growth::nodes`].
const ROOT: usize = 0;

const NO_NODE: InternalError = InternalError::new("file index: a node that is not there");
const NO_LABEL: InternalError = InternalError::new("file index: a label that is not there");

/// A node that is to be written, or a leaf.
#[derive(Debug)]
struct GrownNode {
    token: FileToken,
    /// Where in [`Growth::text`] its label is.
    label: Range<usize>,
    children: Vec<(u8, Link)>,
}

/// What a child is.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// One of [`Growth::nodes`].
    New(usize),
    /// A node on disk, that stays.
    Old(u32),
}

/// What is added to a tree.
#[derive(Debug)]
pub(super) struct Growth<'v> {
    base: &'v View,
    /// The root is the first.
    nodes: Vec<GrownNode>,
    /// All labels are parts of it.
    text: Vec<u8>,
    /// Bytes of nodes on disk that others replace.
    replaced: usize,
    is_changed: bool,
}

/// The nodes of a [`Growth`], to be appended to the tree file.
#[derive(Debug)]
pub(super) struct NewNodes {
    pub(super) data: Vec<u8>,
    /// The offset of the new root.
    pub(super) root: u32,
    /// Bytes on disk that nothing leads to any more.
    pub(super) replaced: u32,
}

impl<'v> Growth<'v> {
    pub(super) fn new(base: &'v View) -> Result<Self, FileIndexError> {
        let mut growth = Self {
            base,
            nodes: Vec::new(),
            text: Vec::new(),
            replaced: 0,
            is_changed: false,
        };
        growth.take_over(base.root()?, &[], 0)?;
        Ok(growth)
    }

    /// Have a node of the disk written again: it and the leaves below it can
    /// then be changed. Its label ends at `position` of paths.
    fn take_over(
        &mut self,
        node: TreeNode<'v>,
        label: &[u8],
        position: usize,
    ) -> Result<usize, FileIndexError> {
        let index = self.add_node(node.token, label);
        let mut children = Vec::with_capacity(node.children().len());
        for (first_byte, child) in node.children() {
            let link = match child {
                Child::Node(offset) => Link::Old(offset),
                Child::Leaf(token) => {
                    let label = self.base.leaf_label(token, position)?;
                    Link::New(self.add_node(token, label))
                }
            };
            children.push((first_byte, link));
        }
        if !children.is_empty() {
            self.replaced += NODE_SIZE + children.len() * CHILD_SIZE;
        }
        self.node_mut(index)?.children = children;
        Ok(index)
    }

    fn add_node(&mut self, token: FileToken, label: &[u8]) -> usize {
        let start = self.text.len();
        self.text.extend_from_slice(label);
        self.nodes.push(GrownNode {
            token,
            label: start..self.text.len(),
            children: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// Add a path that is not in the tree.
    pub(super) fn insert(&mut self, path: &[u8], token: FileToken) -> Result<(), FileIndexError> {
        let mut at = ROOT;
        let mut position = 0;
        while let Some(&first_byte) = path.get(position) {
            let Some(link) = self.link_mut(at, first_byte)?.copied() else {
                break;
            };
            let child = match link {
                Link::New(child) => child,
                Link::Old(offset) => {
                    let node = self.base.node(offset)?;
                    let label = self.base.label(&node, position, offset)?;
                    self.take_over(node, label, position + label.len())?
                }
            };
            let rest = rest_of(path, position)?;
            let label = self.node_mut(child)?.label.clone();
            let label_bytes = self.text.get(label.clone()).ok_or(NO_LABEL)?;
            let shared = label_bytes
                .iter()
                .zip(rest)
                .take_while(|(l, r)| l == r)
                .count();
            let next = match label_bytes.get(shared) {
                None => child,
                // The path leaves the label: what they share is a node between.
                Some(&after) => {
                    self.node_mut(child)?.label.start += shared;
                    self.nodes.push(GrownNode {
                        token,
                        label: label.start..label.start + shared,
                        children: vec![(after, Link::New(child))],
                    });
                    self.nodes.len() - 1
                }
            };
            *self.link_mut(at, first_byte)?.ok_or(NO_NODE)? = Link::New(next);
            at = next;
            position += shared;
            if next != child {
                break;
            }
        }
        for label in rest_of(path, position)?.chunks(LONGEST_LABEL) {
            let node = self.add_node(token, label);
            let &first_byte = label.first().ok_or(NO_LABEL)?;
            self.node_mut(at)?
                .children
                .push((first_byte, Link::New(node)));
            at = node;
        }
        self.node_mut(at)?.token = token;
        self.is_changed = true;
        Ok(())
    }

    /// What is to be appended to the tree file; `None` when no path was added.
    pub(super) fn finish(&self) -> Result<Option<NewNodes>, FileIndexError> {
        if !self.is_changed {
            return Ok(None);
        }
        let too_large = || FileIndexError::TooLarge("the tree file");
        let old_size = self.base.tree_size();
        let mut data = Vec::new();
        let mut pending = vec![(ROOT, None::<usize>)];
        while let Some((index, pointer)) = pending.pop() {
            let offset = u32::try_from(old_size + data.len()).map_err(|_| too_large())?;
            if offset >= LEAF {
                return Err(too_large());
            }
            if let Some(at) = pointer {
                let pointer = data.get_mut(at..at + POINTER_SIZE).ok_or(NO_NODE)?;
                pointer.copy_from_slice(&offset.to_be_bytes());
            }
            let node = self.node(index)?;
            let short = |length: usize| {
                u8::try_from(length).map_err(|_| InternalError::new("file index: a node too large"))
            };
            data.extend_from_slice(&node.token.to_be_bytes());
            data.push(short(node.label.len())?);
            data.push(short(node.children.len())?);
            data.extend(node.children.iter().map(|(first_byte, _)| first_byte));
            for (_, link) in &node.children {
                let value = match *link {
                    Link::Old(offset) => offset,
                    Link::New(child) => {
                        let node = self.node(child)?;
                        if node.children.is_empty() {
                            node.token | LEAF
                        } else {
                            pending.push((child, Some(data.len())));
                            0
                        }
                    }
                };
                data.extend_from_slice(&value.to_be_bytes());
            }
        }
        Ok(Some(NewNodes {
            data,
            root: u32::try_from(old_size).map_err(|_| too_large())?,
            replaced: u32::try_from(self.replaced).map_err(|_| too_large())?,
        }))
    }

    fn node(&self, index: usize) -> Result<&GrownNode, FileIndexError> {
        let node = self.nodes.get(index);
        Ok(node.ok_or(NO_NODE)?)
    }

    fn node_mut(&mut self, index: usize) -> Result<&mut GrownNode, FileIndexError> {
        let node = self.nodes.get_mut(index);
        Ok(node.ok_or(NO_NODE)?)
    }

    /// The child of a node whose label begins with `first_byte`.
    fn link_mut(
        &mut self,
        index: usize,
        first_byte: u8,
    ) -> Result<Option<&mut Link>, FileIndexError> {
        let mut children = self.node_mut(index)?.children.iter_mut();
        Ok(children.find_map(|(byte, link)| (*byte == first_byte).then_some(link)))
    }
}

/// What of a path comes after its first `position` bytes.
fn rest_of(path: &[u8], position: usize) -> Result<&[u8], InternalError> {
    let rest = path.get(position..);
    rest.ok_or(InternalError::new("file index: a place beyond a path"))
}
