// SPDX-License-Identifier: GPL-2.0-or-later
//! What a transaction is told before files are written to.
//!
//! It is told while nobody holds the revlog, for a transaction may run any code
//! of its own; what it was told is the token that writing takes, and is
//! compared with what holds then.

/// What a transaction has to know before a file is written to.
pub trait WriteTransaction {
    /// The error with which it may refuse.
    type Error;

    /// The file `name` has this many bytes that count; it is to be cut back to
    /// them if the transaction is not committed.
    ///
    /// # Errors
    /// Whatever the transaction has to say; nothing is written then.
    fn add(&mut self, name: &[u8], length: u64) -> Result<(), Self::Error>;
}

/// Files that are about to be written to, and how long they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Announcement(pub(super) Vec<(Vec<u8>, u64)>);

/// What a transaction knows.
#[derive(Debug)]
#[must_use]
pub struct Announced(Announcement);

impl Announcement {
    /// Tell `transaction`.
    ///
    /// # Errors
    /// What the transaction refuses with.
    pub fn make<T: WriteTransaction>(self, transaction: &mut T) -> Result<Announced, T::Error> {
        for (name, length) in &self.0 {
            transaction.add(name, *length)?;
        }
        Ok(Announced(self))
    }
}

impl Announced {
    /// Whether this is what would be told now.
    pub(super) fn is(&self, announcement: &Announcement) -> bool {
        self.0 == *announcement
    }
}
