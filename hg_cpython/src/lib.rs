// SPDX-License-Identifier: GPL-2.0-or-later
//! Python bindings of `hg_core`: the extension module `hgamalgam.rustext`,
//! which an unmodified Mercurial imports as `mercurial.rustext`.

// Both lints fire inside the expansion of rust-cpython's `py_class!`.
#![allow(non_local_definitions, clippy::manual_strip)]

use cpython::py_module_initializer;

py_module_initializer!(rustext, |py, m| {
    m.add(py, "__doc__", "Mercurial's core algorithms, in Rust.")?;
    Ok(())
});
