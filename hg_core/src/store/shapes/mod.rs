// SPDX-License-Identifier: GPL-2.0-or-later
//! Shapes: the parts of a store that a server hands out by name.
//!
//! An administrator cuts the store into shards, each with paths of its own, in
//! the file `server-shapes`. Some shards are shapes: what a client of one gets
//! are the files of that shard and of all that it requires.

mod error;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

pub use error::ShapesError;
pub use tree::ShapeTree;

use crate::fs::read_if_exists;
use crate::types::InternalError;
use tree::is_plain;

/// The file, relative to the store.
const FILE: &str = "server-shapes";
const VERSION: i64 = 0;

/// The shard of all that is in no other.
const BASE: &str = "base";
/// The shape of everything.
const FULL: &str = "full";
/// The shard of what Mercurial itself needs, which all shards require.
const HG_FILES: &str = ".hg-files";
const HG_FILES_PATHS: [&str; 4] = [".hgignore", ".hgtags", ".hgsub", ".hgsubstate"];

/// The file as it is written.
#[derive(Deserialize)]
struct Config {
    version: i64,
    shards: Vec<ShardConfig>,
}

#[derive(Deserialize)]
struct ShardConfig {
    name: String,
    paths: Option<Vec<String>>,
    requires: Option<Vec<String>>,
    #[serde(default)]
    shape: bool,
}

#[derive(Debug)]
struct Shard {
    paths: Vec<Vec<u8>>,
    requires: Vec<String>,
    is_shape: bool,
}

/// All shards of a store.
#[derive(Debug)]
pub struct StoreShards(BTreeMap<String, Shard>);

/// A part of a store, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What it is called.
    pub name: String,
    /// Which files it has.
    pub tree: ShapeTree,
}

impl StoreShards {
    /// The shards of the store at `store`: without a file, the implicit ones.
    ///
    /// # Errors
    /// Any of [`ShapesError`].
    pub fn read(store: &Path) -> Result<Self, ShapesError> {
        let path = store.join(FILE);
        match read_if_exists(&path) {
            Ok(Some(data)) => Self::parse(&data),
            Ok(None) => Self::with(Vec::new()),
            Err(error) => Err(ShapesError::Io { path, error }),
        }
    }

    /// The shards that the bytes of a file describe.
    ///
    /// # Errors
    /// Any of [`ShapesError`] but [`ShapesError::Io`].
    pub fn parse(data: &[u8]) -> Result<Self, ShapesError> {
        let syntax = |error: &dyn std::fmt::Display| ShapesError::Syntax(error.to_string());
        let text = std::str::from_utf8(data).map_err(|error| syntax(&error))?;
        let config: Config = toml::from_str(text).map_err(|error| syntax(&error))?;
        if config.version != VERSION {
            return Err(ShapesError::UnknownVersion(config.version));
        }
        Self::with(config.shards)
    }

    fn with(configs: Vec<ShardConfig>) -> Result<Self, ShapesError> {
        let base = Shard {
            paths: vec![Vec::new()],
            requires: vec![HG_FILES.to_owned()],
            is_shape: false,
        };
        let hg_files = Shard {
            paths: HG_FILES_PATHS.map(|path| path.as_bytes().to_vec()).into(),
            requires: Vec::new(),
            is_shape: false,
        };
        let mut shards = BTreeMap::from([(BASE.to_owned(), base), (HG_FILES.to_owned(), hg_files)]);
        for config in configs {
            check_name(&config.name)?;
            if config.paths.is_none() && config.requires.is_none() {
                return Err(ShapesError::NothingInIt(config.name));
            }
            let paths = config.paths.unwrap_or_default().into_iter();
            let mut requires = config.requires.unwrap_or_default();
            requires.push(HG_FILES.to_owned());
            let shard = Shard {
                paths: paths.map(parse_path).collect::<Result<_, _>>()?,
                requires,
                is_shape: config.shape,
            };
            if shards.insert(config.name.clone(), shard).is_some() {
                return Err(ShapesError::DuplicateName(config.name));
            }
        }
        let full = Shard {
            paths: Vec::new(),
            requires: shards.keys().cloned().collect(),
            is_shape: true,
        };
        shards.insert(FULL.to_owned(), full);

        let mut seen = BTreeSet::new();
        for path in shards.values().flat_map(|shard| &shard.paths) {
            if !seen.insert(path) {
                return Err(ShapesError::PathInTwoShards(path.clone()));
            }
        }
        let shards = Self(shards);
        shards.check_requires()?;
        Ok(shards)
    }

    /// See that what shards require is there, and that none requires itself.
    fn check_requires(&self) -> Result<(), ShapesError> {
        let mut checked = BTreeSet::new();
        for name in self.0.keys() {
            // The shards on the way, each with what is left to look at.
            let mut way = vec![(name, self.required_by(name)?)];
            while let Some((shard, rest)) = way.last_mut() {
                let shard = *shard;
                let Some((required, after)) = rest.split_first() else {
                    checked.insert(shard);
                    way.pop();
                    continue;
                };
                *rest = after;
                if checked.contains(required) {
                    continue;
                }
                if let Some(start) = way.iter().position(|(on_way, _)| *on_way == required) {
                    let cycle = way.iter().skip(start).map(|(on_way, _)| (*on_way).clone());
                    return Err(ShapesError::Cycle(
                        cycle.chain([required.clone()]).collect(),
                    ));
                }
                if !self.0.contains_key(required) {
                    return Err(ShapesError::UnknownShard {
                        shard: shard.clone(),
                        required: required.clone(),
                    });
                }
                way.push((required, self.required_by(required)?));
            }
        }
        Ok(())
    }

    /// What the shard `name` requires, which is there.
    fn required_by(&self, name: &str) -> Result<&[String], InternalError> {
        let shard = self.0.get(name);
        let shard = shard.ok_or(InternalError::new("shapes: a shard that is not there"))?;
        Ok(&shard.requires)
    }

    /// The shape of this name, if there is one.
    ///
    /// # Errors
    /// None but of what cannot happen.
    pub fn shape(&self, name: &str) -> Result<Option<Shape>, InternalError> {
        let shard = self.0.get(name).filter(|shard| shard.is_shape);
        shard.map(|_| self.shape_of(name)).transpose()
    }

    /// All shapes, by name.
    ///
    /// # Errors
    /// None but of what cannot happen.
    pub fn shapes(&self) -> Result<Vec<Shape>, InternalError> {
        let shapes = self.0.iter().filter(|(_, shard)| shard.is_shape);
        shapes.map(|(name, _)| self.shape_of(name)).collect()
    }

    fn shape_of(&self, name: &str) -> Result<Shape, InternalError> {
        let mut included = BTreeSet::new();
        let mut pending = vec![name];
        while let Some(name) = pending.pop() {
            if included.insert(name) {
                pending.extend(self.required_by(name)?.iter().map(String::as_str));
            }
        }
        let paths = self.0.iter().flat_map(|(name, shard)| {
            let is_included = included.contains(name.as_str());
            shard
                .paths
                .iter()
                .map(move |path| (path.clone(), is_included))
        });
        Ok(Shape {
            name: name.to_owned(),
            tree: ShapeTree::new(paths),
        })
    }
}

fn check_name(name: &str) -> Result<(), ShapesError> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let name_of = || name.to_owned();
    if name.is_empty() {
        Err(ShapesError::EmptyName)
    } else if [BASE, FULL, HG_FILES].contains(&name) {
        Err(ShapesError::ReservedName(name_of()))
    } else if !name
        .bytes()
        .all(|byte| is_letter(byte) || b".-".contains(&byte))
    {
        Err(ShapesError::InvalidName(name_of()))
    } else if !name.bytes().any(is_letter) {
        Err(ShapesError::NameWithoutLetter(name_of()))
    } else {
        Ok(())
    }
}

/// A path as an administrator writes it, perhaps with a slash at its end.
fn parse_path(written: String) -> Result<Vec<u8>, ShapesError> {
    let path = written.strip_suffix('/').unwrap_or(&written).as_bytes();
    if path.is_empty() && !written.is_empty() || !is_plain(path) {
        return Err(ShapesError::InvalidPath(written));
    }
    Ok(path.to_vec())
}

#[cfg(test)]
mod tests;
