// SPDX-License-Identifier: GPL-2.0-or-later
//! Node identifiers, whole and by their first digits.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::hex;

/// The identifier of a revision: a SHA-1. It is shown as hexadecimal digits.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(transparent)]
pub struct Node([u8; Node::LEN]);

impl Node {
    /// Bytes of a node.
    pub const LEN: usize = 20;
    /// Hexadecimal digits of a node.
    pub const DIGITS: usize = 2 * Self::LEN;
    /// The node of [`Revision::NULL`](super::Revision::NULL).
    pub const NULL: Self = Self([0; Self::LEN]);

    /// The node of these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The node that `bytes` are; `None` unless there are [`LEN`](Self::LEN).
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The node of [`DIGITS`](Self::DIGITS) hexadecimal digits, in either case;
    /// `None` for anything else.
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        hex::decode(digits).map(Self)
    }

    /// The node in binary.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Whether this is [`NULL`](Self::NULL).
    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }

    /// The values of the hexadecimal digits.
    pub fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().flat_map(|byte| [byte >> 4, byte & 15])
    }
}

impl AsRef<[u8]> for Node {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; Node::LEN]> for Node {
    fn from(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The first hexadecimal digits of a node, or all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NodePrefix {
    /// Zero behind the digits that are known.
    node: Node,
    count: usize,
}

impl NodePrefix {
    /// From 1 to [`Node::DIGITS`] hexadecimal digits, in either case; `None`
    /// for anything else.
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        if digits.is_empty() || digits.len() > Node::DIGITS {
            return None;
        }
        let mut all = [b'0'; Node::DIGITS];
        all.get_mut(..digits.len())?.copy_from_slice(digits);
        Some(Self {
            node: Node::from_hex(&all)?,
            count: digits.len(),
        })
    }

    /// How many digits are known.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The values of the digits that are known.
    pub fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.node.digits().take(self.count)
    }

    /// Whether `node` begins with these digits.
    pub fn is_prefix_of(&self, node: &Node) -> bool {
        let (bytes, others) = (self.node.as_bytes(), node.as_bytes());
        let whole = self.count / 2;
        let half = |bytes: &[u8]| bytes.get(whole).map(|byte| byte >> 4);
        bytes.get(..whole) == others.get(..whole)
            && (self.count % 2 == 0 || half(bytes) == half(others))
    }
}

impl From<&Node> for NodePrefix {
    fn from(node: &Node) -> Self {
        Self {
            node: *node,
            count: Node::DIGITS,
        }
    }
}

impl fmt::Display for NodePrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.*}", self.count, self.node)
    }
}

impl fmt::Debug for NodePrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn digits() {
        let node = Node::from_hex(HEX.as_bytes()).unwrap();
        assert_eq!(node.to_string(), HEX);
        assert_eq!(format!("{node:?} {node:.4}"), format!("{HEX} 0123"));
        assert_eq!(Node::from_hex(HEX.to_uppercase().as_bytes()), Some(node));
        assert_eq!(node.as_bytes()[..3], [0x01, 0x23, 0x45]);
        assert!(node.digits().take(17).eq((0..16).chain([0])));
        for wrong in [
            &HEX[1..],
            "",
            &HEX.replace('f', "g"),
            &(HEX.to_owned() + "0"),
        ] {
            assert_eq!(Node::from_hex(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn null() {
        assert!(Node::NULL.is_null());
        assert_eq!(Node::NULL.to_string(), "0".repeat(40));
        assert_eq!(Node::from_slice(&[0; 20]), Some(Node::NULL));
        assert_eq!(Node::from_slice(&[0; 19]), None);
    }

    #[test]
    fn prefixes() {
        let node = Node::from_hex(HEX.as_bytes()).unwrap();
        for count in 1..=Node::DIGITS {
            let prefix = NodePrefix::from_hex(&HEX.as_bytes()[..count]).unwrap();
            assert_eq!(prefix.to_string(), HEX[..count]);
            assert!(prefix.is_prefix_of(&node));
            assert_eq!(prefix.is_prefix_of(&Node::NULL), count == 1);
            assert_eq!(prefix.count(), count);
        }
        assert_eq!(NodePrefix::from(&node).to_string(), HEX);
        for wrong in ["", "g", "0 ", &"0".repeat(41)] {
            assert_eq!(NodePrefix::from_hex(wrong.as_bytes()), None);
        }
    }
}
