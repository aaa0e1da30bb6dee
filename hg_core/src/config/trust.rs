// SPDX-License-Identifier: GPL-2.0-or-later
//! Whose files are believed: a repository of somebody else must not say which
//! programs are run.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use crate::fs::Owner;

/// The names that the system has for users and groups.
pub trait Accounts: Debug + Send + Sync {
    /// The name of a user, if there is one of this number.
    fn user_name(&self, user: u32) -> Option<Vec<u8>>;

    /// The name of a group, if there is one of this number.
    fn group_name(&self, group: u32) -> Option<Vec<u8>>;
}

/// Who asks, and how users and groups are called.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The user that this process is of, whose files are believed.
    pub user: u32,
    /// What users and groups are called in `[trusted]`.
    pub accounts: Arc<dyn Accounts>,
}

impl Trust {
    /// Whether a file of this owner is believed, by what `[trusted]` said so
    /// far.
    pub(super) fn is_believed(&self, owner: Owner, trusted: &Trusted) -> bool {
        if owner.user == self.user || trusted.has_everybody() {
            return true;
        }
        let user = self.user_name(owner.user);
        trusted.users.contains(&user)
            || trusted.groups.contains(&self.group_name(owner.group))
            || user == self.user_name(self.user)
    }

    /// The name, or the number of one without a name.
    pub(super) fn user_name(&self, user: u32) -> Vec<u8> {
        let name = self.accounts.user_name(user);
        name.unwrap_or_else(|| user.to_string().into_bytes())
    }

    /// The name, or the number of one without a name.
    pub(super) fn group_name(&self, group: u32) -> Vec<u8> {
        let name = self.accounts.group_name(group);
        name.unwrap_or_else(|| group.to_string().into_bytes())
    }
}

/// Whom `[trusted]` has named. A later file adds to what earlier ones say, as
/// in Mercurial.
#[derive(Clone, Debug, Default)]
pub(super) struct Trusted {
    pub(super) users: BTreeSet<Vec<u8>>,
    pub(super) groups: BTreeSet<Vec<u8>>,
}

impl Trusted {
    fn has_everybody(&self) -> bool {
        let everybody = &b"*"[..];
        self.users.contains(everybody) || self.groups.contains(everybody)
    }
}

/// A file whose owner is not trusted: nothing in it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntrustedFile {
    /// The file.
    pub path: PathBuf,
    /// Its owner's name, or number.
    pub user: Vec<u8>,
    /// Its group's name, or number.
    pub group: Vec<u8>,
}
