// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's configuration: what its files say, and where.
//!
//! Values are bytes, as they stand in the files. Nothing is known here of
//! defaults, or of what `HGPLAIN` has Mercurial leave out.
//!
//! # Layers
//!
//! Each stands above those before it:
//!
//! 1. the system's files, beside the program and below `/etc/mercurial`, then
//!    the user's; or in place of both what `HGRCPATH` names;
//! 2. of a repository, unless `HGRCSKIPREPO` is set: the `hgrc` of the one it
//!    shares the store of, if that is shared safely; its own `hgrc`; its
//!    `hgrc-not-shared`;
//! 3. what the command line says, by `--config`.
//!
//! Of the second layer a file counts, with all that it includes, if its owner
//! is who asks, or what was read before it names the owner, the group or everybody
//! (`*`) in `[trusted]`, or nobody asks for trust ([`Invocation::trust`]). No
//! section means more here than another: a front of its own, as Mercurial's
//! `rhg` is with `[rhg]`, reads its section as any.
//!
//! ```
//! use std::path::Path;
//! use hg_core::config::Config;
//!
//! let mut config = Config::default();
//! config.parse(Path::new("hgrc"), b"[ui]\nusername = me\n")?;
//! assert_eq!(config.get(b"ui", b"username"), Some(&b"me"[..]));
//! # Ok::<(), hg_core::config::ConfigError>(())
//! ```

mod error;
mod files;
mod parse;
mod trust;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::ConfigError;
pub use trust::{Accounts, Trust, UntrustedFile};

use crate::fs::{self, Durability};
use crate::types::space::{is_space, trim};
use crate::types::Environment;
use parse::split_once;
use trust::Trusted;

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File {
        /// The file, as it was read or included.
        path: Arc<PathBuf>,
        /// Counted from 1; of a value on several lines, the last.
        line: usize,
    },
    /// On the command line, by `--config`.
    CommandLine,
}

impl Origin {
    /// The line of a file, counted from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::File { line, .. } => Some(*line),
            Self::CommandLine => None,
        }
    }
}

/// A value, and where it was set last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigItem {
    /// Its name, in its section.
    pub name: Vec<u8>,
    /// The value; one of several lines has newlines.
    pub value: Vec<u8>,
    /// Where it was set.
    pub origin: Origin,
}

/// How Mercurial was started: what says, beside files, what its configuration
/// is.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// `HGRCPATH`, `HGRCSKIPREPO`, `HOME`, `XDG_CONFIG_HOME`, and what paths
    /// in the configuration refer to.
    pub environment: Environment,
    /// The path that the program was started as: its installation may have a
    /// configuration too.
    pub program: Option<PathBuf>,
    /// Each `section.name=value` that `--config` was given, in this order:
    /// they stand above all files.
    pub assignments: Vec<Vec<u8>>,
    /// Whose repositories are believed; without it, everybody's.
    pub trust: Option<Trust>,
}

impl Invocation {
    /// Whether Mercurial reads the configurations of repositories.
    pub fn reads_repositories(&self) -> bool {
        self.environment.get(b"HGRCSKIPREPO").is_none()
    }
}

/// What all files read so far say; a later one overrides an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What paths in the files may refer to.
    environment: Arc<Environment>,
    sections: HashMap<Vec<u8>, Vec<ConfigItem>>,
    /// What the command line says, with its sections.
    assigned: Vec<(Vec<u8>, ConfigItem)>,
    trust: Option<Trust>,
    trusted: Trusted,
    untrusted: Vec<UntrustedFile>,
}

impl Config {
    /// The items of a section, in the order in which they were set last.
    pub fn items(&self, section: &[u8]) -> &[ConfigItem] {
        self.sections.get(section).map_or(&[], Vec::as_slice)
    }

    /// An item, unless it is not set.
    pub fn item(&self, section: &[u8], name: &[u8]) -> Option<&ConfigItem> {
        self.items(section).iter().find(|item| item.name == name)
    }

    /// The value of an item, unless it is not set.
    pub fn get(&self, section: &[u8], name: &[u8]) -> Option<&[u8]> {
        self.item(section, name).map(|item| item.value.as_slice())
    }

    /// A value as a boolean, in any of the words Mercurial has for one.
    ///
    /// # Errors
    /// [`ConfigError::NotABoolean`]
    pub fn get_bool(&self, section: &[u8], name: &[u8]) -> Result<Option<bool>, ConfigError> {
        let Some(value) = self.get(section, name) else {
            return Ok(None);
        };
        match value.to_ascii_lowercase().as_slice() {
            b"1" | b"yes" | b"true" | b"on" | b"always" => Ok(Some(true)),
            b"0" | b"no" | b"false" | b"off" | b"never" => Ok(Some(false)),
            _ => {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                Err(ConfigError::NotABoolean {
                    section: text(section),
                    name: text(name),
                    value: text(value),
                })
            }
        }
    }

    /// A value as a list: words, with white space or commas between them.
    ///
    /// # Errors
    /// [`ConfigError::QuotedList`] where one of them may be quoted.
    pub fn get_list(&self, section: &[u8], name: &[u8]) -> Result<Vec<&[u8]>, ConfigError> {
        let Some(value) = self.get(section, name) else {
            return Ok(Vec::new());
        };
        if value.contains(&b'"') {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            return Err(ConfigError::QuotedList {
                section: text(section),
                name: text(name),
                value: text(value),
            });
        }
        let words = value.split(|&byte| byte == b',' || is_space(byte));
        Ok(words.filter(|word| !word.is_empty()).collect())
    }

    fn set(&mut self, section: &[u8], item: ConfigItem) {
        let items = self.sections.entry(section.to_vec()).or_default();
        items.retain(|other| other.name != item.name);
        items.push(item);
    }

    /// Go on with the value of the item that was set last in a section.
    fn continue_last(&mut self, section: &[u8], line: &[u8], origin: Origin) {
        if let Some(item) = self
            .sections
            .get_mut(section)
            .and_then(|items| items.last_mut())
        {
            item.value.push(b'\n');
            item.value.extend_from_slice(line);
            item.origin = origin;
        }
    }

    fn unset(&mut self, section: &[u8], name: &[u8]) {
        if let Some(items) = self.sections.get_mut(section) {
            items.retain(|item| item.name != name);
        }
    }

    /// The configuration of the system and of the user, as `HGRCPATH` has it
    /// or where Mercurial looks for it, and of the command line.
    ///
    /// # Errors
    /// When a file, one it includes, or what the command line says does not
    /// follow the syntax.
    pub fn load(invocation: &Invocation) -> Result<Self, ConfigError> {
        let mut config = Self {
            environment: Arc::new(invocation.environment.clone()),
            trust: invocation.trust.clone(),
            ..Self::default()
        };
        for path in files::of_system_and_user(invocation)? {
            config.read(&path)?;
        }
        let assigned = invocation.assignments.iter().map(|text| assignment(text));
        config.assigned = assigned.collect::<Result<_, _>>()?;
        config.end_layer()?;
        Ok(config)
    }

    /// Read one file and what it includes, if it can be read, whoever owns it.
    ///
    /// # Errors
    /// When it, or a file it includes, does not follow the syntax.
    pub fn read(&mut self, path: &Path) -> Result<(), ConfigError> {
        match fs::read(path) {
            Ok(data) => self.parse(path, &data),
            // As Mercurial does, whatever the reason.
            Err(_) => Ok(()),
        }
    }

    /// Read one file of a repository and what it includes, if it can be read
    /// and its owner is trusted. Of one that is not trusted, in
    /// [`untrusted`](Self::untrusted), nothing counts.
    ///
    /// # Errors
    /// When it, or a file it includes, does not follow the syntax.
    pub fn read_of_repository(&mut self, path: &Path) -> Result<(), ConfigError> {
        let Some(trust) = &self.trust else {
            return self.read(path);
        };
        let Ok((data, owner)) = fs::read_owned(path) else {
            return Ok(());
        };
        if trust.is_believed(owner, &self.trusted) {
            return self.parse(path, &data);
        }
        self.untrusted.push(UntrustedFile {
            path: path.to_path_buf(),
            user: trust.user_name(owner.user),
            group: trust.group_name(owner.group),
        });
        Ok(())
    }

    /// The files that were left out because of who owns them. Mercurial warns
    /// of them, and of what is wrong in them.
    pub fn untrusted(&self) -> &[UntrustedFile] {
        &self.untrusted
    }

    /// After a file: what the command line says stands above it, and whom it
    /// trusts is trusted with the next.
    fn end_layer(&mut self) -> Result<(), ConfigError> {
        for (section, item) in self.assigned.clone() {
            self.set(&section, item);
        }
        if self.trust.is_some() {
            let names = |name| -> Result<Vec<Vec<u8>>, ConfigError> {
                let names = self.get_list(b"trusted", name)?;
                Ok(names.into_iter().map(<[u8]>::to_vec).collect())
            };
            let (users, groups) = (names(b"users")?, names(b"groups")?);
            self.trusted.users.extend(users);
            self.trusted.groups.extend(groups);
        }
        Ok(())
    }

    /// The path that a value is: with variables of the environment and the
    /// user's home directory put in.
    ///
    /// # Errors
    /// [`ConfigError::UnknownUser`] for the home of somebody else.
    pub fn path(&self, value: &[u8]) -> Result<PathBuf, ConfigError> {
        files::expand(value, &self.environment)
    }

    /// How durable writes below `.hg` are to be: `[amalgam] fsync`.
    ///
    /// # Errors
    /// [`ConfigError::UnknownWord`]
    pub fn durability(&self) -> Result<Durability, ConfigError> {
        self.get(DURABILITY_SECTION, DURABILITY_NAME)
            .map_or(Ok(Durability::default()), durability)
    }
}

/// The section and the item that a `section.name=value` stands for.
fn assignment(text: &[u8]) -> Result<(Vec<u8>, ConfigItem), ConfigError> {
    let parts = split_once(text, b'=').and_then(|(item, value)| {
        let (section, name) = split_once(trim(item), b'.')?;
        (!section.is_empty() && !name.is_empty()).then_some((section, name, trim(value)))
    });
    let Some((section, name, value)) = parts else {
        let text = String::from_utf8_lossy(text).into_owned();
        return Err(ConfigError::MalformedAssignment(text));
    };
    let item = ConfigItem {
        name: name.to_vec(),
        value: value.to_vec(),
        origin: Origin::CommandLine,
    };
    Ok((section.to_vec(), item))
}

/// Where a configuration says how durable writes below `.hg` are to be.
pub const DURABILITY_SECTION: &[u8] = b"amalgam";
/// The name of the item in [`DURABILITY_SECTION`].
pub const DURABILITY_NAME: &[u8] = b"fsync";

/// What the value of that item stands for.
///
/// # Errors
/// [`ConfigError::UnknownWord`]
pub fn durability(value: &[u8]) -> Result<Durability, ConfigError> {
    Durability::from_word(value).ok_or_else(|| ConfigError::UnknownWord {
        item: "amalgam.fsync",
        value: String::from_utf8_lossy(value).into_owned(),
        words: "no, file or directory",
    })
}

#[cfg(test)]
mod tests;
