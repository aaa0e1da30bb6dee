// SPDX-License-Identifier: GPL-2.0-or-later
//! The map from nodes to revisions, as it stands on disk (the "persistent
//! nodemap") and in memory.
//!
//! It is a tree whose edges are the hexadecimal digits of nodes, in blocks of
//! 16 big-endian `i32`: a value of 0 or more is another block, -1 is nothing,
//! `-(rev + 2)` is the only revision with that prefix. The root is the last
//! block, so the file grows at its end: changed blocks are written again, and
//! the old ones are dead.

use bytes::Bytes;
use zerocopy::byteorder::big_endian::I32;
use zerocopy::FromBytes;

use crate::revlog::NodeTreeError;
use crate::types::{InternalError, Node, NodePrefix, Revision};

/// The bytes of a block on disk.
pub const BLOCK_SIZE: usize = 64;
const FANOUT: usize = 16;
const EMPTY: i32 = -1;

type Block = [i32; FANOUT];

/// Where nodes are looked up to confirm what the tree says, which knows
/// only as many digits as it takes to tell them apart.
pub trait NodeSource {
    /// The node of `rev`; `None` if there is no such revision.
    fn node(&self, rev: Revision) -> Option<&Node>;
}

/// The digits of a node or prefix, as positions in blocks.
fn positions(digits: impl Iterator<Item = u8>) -> impl Iterator<Item = usize> {
    digits.map(usize::from)
}

/// What an element of a block stands for.
enum Element {
    Nothing,
    Block(usize),
    Revision(Revision),
}

impl From<i32> for Element {
    fn from(value: i32) -> Self {
        match usize::try_from(value) {
            Ok(block) => Self::Block(block),
            Err(_) if value == EMPTY => Self::Nothing,
            Err(_) => Self::Revision(Revision::new(encode(value))),
        }
    }
}

/// A revision as an element, or an element as a revision: the same function
/// leads both ways.
fn encode(value: i32) -> i32 {
    -(value.wrapping_add(2))
}

/// The tree: blocks on disk, blocks made since, and the root.
#[derive(Clone, Debug)]
pub struct NodeTree {
    on_disk: Bytes,
    added: Vec<Block>,
    root: Block,
    /// Blocks on disk that are no longer reached, and whether the one that
    /// was the root is among them.
    superseded: usize,
    root_changed: bool,
}

impl Default for NodeTree {
    fn default() -> Self {
        Self {
            on_disk: Bytes::new(),
            added: Vec::new(),
            root: [EMPTY; FANOUT],
            superseded: 0,
            root_changed: false,
        }
    }
}

impl NodeTree {
    /// The tree in `data`, which holds whole blocks, the root last.
    pub fn from_bytes(data: Bytes) -> Result<Self, NodeTreeError> {
        if data.len() % BLOCK_SIZE != 0 {
            return Err(NodeTreeError::TruncatedData(data.len()));
        }
        let mut tree = Self {
            on_disk: data,
            ..Self::default()
        };
        if let Some(last) = tree.on_disk_len().checked_sub(1) {
            tree.root = tree.block(last)?;
        }
        Ok(tree)
    }

    /// Forget all revisions, after some of them were stripped. The data on
    /// disk stay where they are, dead.
    pub fn forget_all(&mut self) {
        *self = Self {
            on_disk: std::mem::take(&mut self.on_disk),
            root_changed: true,
            ..Self::default()
        };
        // The old root is counted where the new one is written.
        self.superseded = self.on_disk_len().saturating_sub(1);
    }

    fn on_disk_len(&self) -> usize {
        self.on_disk.len() / BLOCK_SIZE
    }

    fn block(&self, index: usize) -> Result<Block, NodeTreeError> {
        let missing = NodeTreeError::MissingBlock(index);
        if let Some(added) = index.checked_sub(self.on_disk_len()) {
            return self.added.get(added).copied().ok_or(missing);
        }
        let start = index * BLOCK_SIZE;
        let bytes = self.on_disk.get(start..start + BLOCK_SIZE);
        let elements = <[I32; FANOUT]>::ref_from_bytes(bytes.ok_or(missing)?);
        Ok(elements.map_err(|_| missing)?.map(I32::get))
    }

    /// The element `digit` of block `index` (the root is `None`).
    fn element(&self, index: Option<usize>, digit: usize) -> Result<Element, NodeTreeError> {
        let value = match index {
            None => self.root.get(digit).copied(),
            Some(index) => match index.checked_sub(self.on_disk_len()) {
                Some(added) => self.added.get(added).and_then(|b| b.get(digit)).copied(),
                None => {
                    let start = index * BLOCK_SIZE + digit * 4;
                    let bytes = self.on_disk.get(start..start + 4);
                    bytes
                        .and_then(|bytes| bytes.try_into().ok())
                        .map(i32::from_be_bytes)
                }
            },
        };
        match (value, index) {
            (Some(value), _) => Ok(Element::from(value)),
            (None, Some(index)) => Err(NodeTreeError::MissingBlock(index)),
            (None, None) => Err(InternalError::new("node tree: a digit above 15").into()),
        }
    }

    /// Where `prefix` leads: the revision there, if any, and how many digits
    /// it took to get to it.
    fn descend(&self, prefix: &NodePrefix) -> Result<(Option<Revision>, usize), NodeTreeError> {
        let mut block = None;
        for (depth, digit) in positions(prefix.digits()).enumerate() {
            match self.element(block, digit)? {
                Element::Nothing => return Ok((None, depth + 1)),
                Element::Revision(rev) => return Ok((Some(rev), depth + 1)),
                Element::Block(next) => block = Some(next),
            }
        }
        Err(NodeTreeError::AmbiguousPrefix)
    }

    /// The only revision whose node has this prefix, if there is one. The
    /// null node counts, as [`Revision::NULL`].
    pub fn find(
        &self,
        nodes: &impl NodeSource,
        prefix: &NodePrefix,
    ) -> Result<Option<Revision>, NodeTreeError> {
        let null = prefix.is_prefix_of(&Node::NULL);
        if null && prefix.count() == Node::DIGITS {
            return Ok(Some(Revision::NULL));
        }
        let found = match self.descend(prefix)?.0 {
            Some(rev) => {
                let node = nodes
                    .node(rev)
                    .ok_or(NodeTreeError::RevisionNotInIndex(rev))?;
                prefix.is_prefix_of(node).then_some(rev)
            }
            None => None,
        };
        match (found, null) {
            (Some(_), true) => Err(NodeTreeError::AmbiguousPrefix),
            (None, true) => Ok(Some(Revision::NULL)),
            (found, false) => Ok(found),
        }
    }

    /// How many digits tell `node` from all the others, null included. `None`
    /// if it is neither null nor in the tree.
    pub fn shortest(
        &self,
        nodes: &impl NodeSource,
        node: &Node,
    ) -> Result<Option<usize>, NodeTreeError> {
        let (rev, depth) = self.descend(&node.into())?;
        let is_null = node.is_null();
        let Some(rev) = rev else {
            return Ok(is_null.then_some(depth));
        };
        let found = nodes
            .node(rev)
            .ok_or(NodeTreeError::RevisionNotInIndex(rev))?;
        if found != node && !is_null {
            return Ok(None);
        }
        // Null is not in the tree: who comes nearest to it tells.
        let zeros = found.digits().take_while(|&digit| digit == 0).count();
        Ok(Some(depth.max((zeros + 1).min(Node::DIGITS))))
    }

    /// Add the node of `rev`. If another revision had the same node, this
    /// one takes its place.
    ///
    /// The order of the blocks that this makes shows in the file. It is that of
    /// Mercurial's own: a copy of the deepest block met, the new ones below it,
    /// then copies of those above, going up.
    pub fn insert(&mut self, nodes: &impl NodeSource, rev: Revision) -> Result<(), NodeTreeError> {
        let unknown = NodeTreeError::RevisionNotInIndex;
        let node = nodes.node(rev).ok_or(unknown(rev))?;
        let mut digits = positions(node.digits());
        // The blocks met, each with the digit that led on.
        let mut way = Vec::new();
        let (mut block, mut digit, found) = loop {
            // Blocks all the way down to the last digit: no real tree has them.
            let digit = digits.next().ok_or(NodeTreeError::TooDeep)?;
            let block = way.last().map(|&(_, _, next)| next);
            match self.element(block, digit)? {
                Element::Block(next) => way.push((block, digit, next)),
                Element::Nothing => break (block, digit, None),
                Element::Revision(other) => break (block, digit, Some(other)),
            }
        };
        let other_node = |other| nodes.node(other).ok_or(unknown(other));
        let found = match found {
            Some(other) => Some((other, other_node(other)?)),
            None => None,
        };
        let deepest = block.map(|index| self.make_mutable(index)).transpose()?;
        block = deepest;
        if let Some((other, other_node)) = found {
            if other_node != node {
                // A new block for each further digit they share.
                for (mine, theirs) in digits.zip(positions(other_node.digits()).skip(way.len() + 1))
                {
                    let new = self.on_disk_len() + self.added.len();
                    self.added.push([EMPTY; FANOUT]);
                    self.set(block, digit, block_element(new)?)?;
                    (block, digit) = (Some(new), mine);
                    if mine != theirs {
                        self.set(block, theirs, encode(other.get()))?;
                        break;
                    }
                }
            }
        }
        self.set(block, digit, encode(rev.get()))?;
        let mut child = deepest;
        for (parent, digit, was) in way.into_iter().rev() {
            let Some(index) = child.filter(|index| *index != was) else {
                break;
            };
            child = parent.map(|index| self.make_mutable(index)).transpose()?;
            self.set(child, digit, block_element(index)?)?;
        }
        Ok(())
    }

    /// A block that may be changed: `index` itself, or a copy of it.
    fn make_mutable(&mut self, index: usize) -> Result<usize, NodeTreeError> {
        if index >= self.on_disk_len() {
            return Ok(index);
        }
        let copy = self.block(index)?;
        self.added.push(copy);
        self.superseded += 1;
        Ok(self.on_disk_len() + self.added.len() - 1)
    }

    fn set(&mut self, block: Option<usize>, digit: usize, value: i32) -> Result<(), InternalError> {
        let on_disk = self.on_disk_len();
        let block = match block {
            None => {
                self.root_changed = true;
                Some(&mut self.root)
            }
            Some(index) => index
                .checked_sub(on_disk)
                .and_then(|added| self.added.get_mut(added)),
        };
        let element = block.and_then(|block| block.get_mut(digit));
        *element.ok_or(InternalError::new("node tree: no such block to change"))? = value;
        Ok(())
    }

    /// What to append to the data on disk to bring it up to date, and how
    /// many of its bytes die by that.
    pub fn incremental(&self) -> (Vec<u8>, usize) {
        if !self.root_changed && self.added.is_empty() {
            return (Vec::new(), 0);
        }
        let blocks = self.added.iter().chain([&self.root]);
        let data = blocks.flatten().flat_map(|v| v.to_be_bytes()).collect();
        let old_root = usize::from(self.on_disk_len() > 0);
        (data, (self.superseded + old_root) * BLOCK_SIZE)
    }
}

fn block_element(index: usize) -> Result<i32, NodeTreeError> {
    i32::try_from(index).map_err(|_| NodeTreeError::MissingBlock(index))
}
