// SPDX-License-Identifier: GPL-2.0-or-later
//! What it takes to get from the files of one manifest to those of another.

use std::cmp::Ordering;

use super::plan::{self, PlannedFile};
use crate::history::manifest::{Manifest, ManifestEntry};
use crate::types::{HgPath, InternalError};
use crate::update::UpdateError;

/// Each is sorted by path, and no path is in two of them.
#[derive(Debug, Default)]
pub(super) struct Actions<'m> {
    /// Files that the old manifest does not have.
    pub(super) create: Vec<PlannedFile<'m>>,
    /// Files of other content, and maybe another kind.
    pub(super) update: Vec<PlannedFile<'m>>,
    /// Files of another kind and the same content.
    pub(super) change_kind: Vec<PlannedFile<'m>>,
    /// Files that the new manifest does not have.
    pub(super) remove: Vec<&'m HgPath>,
}

impl<'m> Actions<'m> {
    /// # Errors
    /// [`UpdateError::Path`] for a path that must not be touched; when a
    /// manifest is damaged.
    pub(super) fn between(old: Manifest<'m>, new: Manifest<'m>) -> Result<Self, UpdateError> {
        let mut actions = Self::default();
        let (mut olds, mut news) = (old.entries(), new.entries());
        let (mut old, mut new) = (olds.next().transpose()?, news.next().transpose()?);
        loop {
            let order = match (&old, &new) {
                (None, None) => return Ok(actions),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.path.cmp(new.path),
            };
            actions.add(old.filter(|_| order.is_le()), new.filter(|_| order.is_ge()))?;
            if order.is_le() {
                old = olds.next().transpose()?;
            }
            if order.is_ge() {
                new = news.next().transpose()?;
            }
        }
    }

    /// What becomes of a file that both or one of the manifests have.
    fn add(
        &mut self,
        old: Option<ManifestEntry<'m>>,
        new: Option<ManifestEntry<'m>>,
    ) -> Result<(), UpdateError> {
        match (old, new) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) if old.node == new.node => {
                self.change_kind.push(PlannedFile::new(new)?);
            }
            (Some(_), Some(new)) => self.update.push(PlannedFile::new(new)?),
            (None, Some(new)) => self.create.push(PlannedFile::new(new)?),
            (Some(old), None) => {
                plan::audit(old.path)?;
                self.remove.push(old.path);
            }
            (None, None) => return Err(InternalError::new("actions: a file of no manifest").into()),
        }
        Ok(())
    }

    /// How many files are concerned.
    pub(super) fn len(&self) -> usize {
        self.create.len() + self.update.len() + self.change_kind.len() + self.remove.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn manifest(lines: &[(&str, u8, &str)]) -> String {
        let line = |(path, node, flag): &(&str, u8, &str)| {
            format!("{path}\0{}{flag}\n", format!("{node:02x}").repeat(20))
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn each_file_is_in_one_list() {
        let old = manifest(&[
            ("content", 1, ""),
            ("gone", 1, ""),
            ("kind", 1, ""),
            ("link", 1, "l"),
            ("same", 1, "x"),
            ("z", 1, ""),
        ]);
        let new = manifest(&[
            ("a", 1, ""),
            ("content", 2, ""),
            ("kind", 1, "x"),
            ("link", 2, ""),
            ("same", 1, "x"),
        ]);
        let actions =
            Actions::between(Manifest::new(old.as_bytes()), Manifest::new(new.as_bytes())).unwrap();
        let paths = |files: &[PlannedFile<'_>]| -> Vec<String> {
            files.iter().map(|file| file.path.to_string()).collect()
        };
        assert_eq!(paths(&actions.create), ["a"]);
        assert_eq!(paths(&actions.update), ["content", "link"]);
        assert_eq!(paths(&actions.change_kind), ["kind"]);
        let removed: Vec<_> = actions.remove.iter().map(|path| path.to_string()).collect();
        assert_eq!(removed, ["gone", "z"]);
        assert_eq!(actions.len(), 6);
    }

    #[test]
    fn paths_are_audited_and_manifests_are_read_to_the_end() {
        let nothing = Manifest::new(b"");
        let evil = manifest(&[(".hg/hgrc", 1, "")]);
        let evil = Manifest::new(evil.as_bytes());
        for (old, new) in [(nothing, evil), (evil, nothing)] {
            let error = Actions::between(old, new).unwrap_err();
            assert!(matches!(error, UpdateError::Path(_)), "{error}");
        }
        let damaged = Manifest::new(b"a\0");
        assert!(Actions::between(damaged, nothing).is_err());
        assert!(Actions::between(nothing, damaged).is_err());
    }
}
