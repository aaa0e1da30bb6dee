// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.shape`: parts of a store that a server hands out by name (pyo3
//! contract section 3).

use std::collections::BTreeSet;

use hg_core::repo::{Repo, RepoError};
use hg_core::store::shapes::{self as core, ShapeTree, ShapesError};
use hg_core::types::hex;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PySet};

use crate::convert::bytes_list;
use crate::environment::invocation;
use crate::errors::{internal_error, mercurial_error, os_error, path_of, FallbackError, Raise};
use crate::jobs;
use crate::matchers::PyMatcher;
use crate::submodule;

/// All shards of a store.
#[pyclass(frozen)]
struct StoreShards(core::StoreShards);

#[pymethods]
impl StoreShards {
    /// The shape of this name, if there is one.
    fn shape(&self, py: Python<'_>, name: &str) -> PyResult<Option<Shape>> {
        let shape = jobs::run(py, || self.0.shape(name).map_err(ShapesError::Internal))?;
        Ok(shape.map(Shape))
    }

    /// All shapes, by name.
    fn all_shapes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let shapes = jobs::run(py, || self.0.shapes().map_err(ShapesError::Internal))?;
        PyList::new(py, shapes.into_iter().map(Shape))
    }
}

/// A part of a store.
#[pyclass(frozen)]
struct Shape(core::Shape);

#[pymethods]
impl Shape {
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What is the same for shapes with the same files: 64 hexadecimal digits.
    fn fingerprint<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        fingerprint(py, &self.0.tree)
    }

    fn matcher(&self) -> PyMatcher {
        PyMatcher::new(self.0.tree.clone())
    }

    /// The paths that are in and those that are not, each but for what is said
    /// of paths below it.
    fn patterns<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        let paths = self.0.tree.paths().into_iter();
        let (included, excluded): (Vec<_>, Vec<_>) = paths.partition(|(_, included)| *included);
        let list = |paths: &[(&[u8], bool)]| bytes_list(py, paths.iter().map(|(path, _)| *path));
        Ok((list(&included)?, list(&excluded)?))
    }
}

/// The shards of the repository at `repo_path`.
#[pyfunction]
fn get_store_shards(py: Python<'_>, repo_path: Bound<'_, PyBytes>) -> PyResult<StoreShards> {
    let invocation = invocation(py)?;
    let root = path_of(repo_path.as_bytes());
    let repo = jobs::run_detached(py, || Repo::open(root, &invocation))?;
    let shards = jobs::run_detached(py, || core::StoreShards::read(&repo.store_root))?;
    Ok(StoreShards(shards))
}

/// The fingerprint of the files that narrow patterns mean: `None` if one of
/// them is no plain path.
#[pyfunction]
fn fingerprint_for_patterns<'py>(
    py: Python<'py>,
    include_pats: Bound<'py, PySet>,
    exclude_pats: Bound<'py, PySet>,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let (include, exclude) = (patterns(&include_pats)?, patterns(&exclude_pats)?);
    let tree = ShapeTree::from_patterns(&include, &exclude);
    Ok(tree.map(|tree| fingerprint(py, &tree)))
}

fn patterns(set: &Bound<'_, PySet>) -> PyResult<BTreeSet<Vec<u8>>> {
    set.try_iter()?
        .map(|pattern| Ok(pattern?.cast::<PyBytes>()?.as_bytes().to_vec()))
        .collect()
}

fn fingerprint<'py>(py: Python<'py>, tree: &ShapeTree) -> Bound<'py, PyBytes> {
    PyBytes::new(py, hex::encode(&tree.fingerprint()).as_bytes())
}

impl Raise for ShapesError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Internal(error) => internal_error(error),
            Self::Io { path, error } => os_error(py, &path, &error),
            Self::Syntax(_) => mercurial_error(py, "Abort", self.to_string().as_bytes()),
            error => mercurial_error(py, "ConfigError", error.to_string().as_bytes()),
        }
    }
}

impl Raise for RepoError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::NotFound(_) => mercurial_error(py, "Abort", format!("abort: {self}").as_bytes()),
            Self::Unreadable { path, error } => os_error(py, &path, &error),
            Self::Config(error) => mercurial_error(py, "ConfigError", error.to_string().as_bytes()),
            // Python may know more, and says in its own words what it does not.
            Self::Bundle(_) | Self::UnsupportedRequirement(_) | Self::ShareMismatch => {
                FallbackError::new_err(self.to_string())
            }
        }
    }
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "shape", "Parts of a store, by name.")?;
    module.add_class::<Shape>()?;
    module.add_class::<StoreShards>()?;
    module.add_function(wrap_pyfunction!(get_store_shards, &module)?)?;
    module.add_function(wrap_pyfunction!(fingerprint_for_patterns, &module)?)
}
