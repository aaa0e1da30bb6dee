// SPDX-License-Identifier: GPL-2.0-or-later
//! The environment of a process.

use std::collections::HashMap;

/// Variables of the environment, as a front read them when it was safe to.
///
/// Nothing in this crate reads the process's own: another thread that sets a
/// variable meanwhile, as Python does on `os.environ[...] = ...`, may free what
/// is being read. The default is an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: HashMap<Vec<u8>, Vec<u8>>,
}

impl Environment {
    /// The value of a variable, which may be empty; `None` if it is not set.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.variables.get(name).map(Vec::as_slice)
    }
}

impl<N: Into<Vec<u8>>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self {
            variables: pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }
}
