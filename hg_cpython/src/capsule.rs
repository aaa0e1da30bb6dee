// SPDX-License-Identifier: GPL-2.0-or-later
//! C indexes, reached through `mercurial.cext.parsers.revlog_CAPI`
//! (contract section 3): Mercurial's own and ours.

use std::ffi::{c_char, c_int, CStr};

use cpython::{exc, ObjectProtocol, PyClone, PyErr, PyObject, PyResult, Python, PythonObject};
use hg_core::dag::{Revision, NULL_REVISION};
use hg_core::errors::GraphError;
use hg_core::revlog::{Node, NODE_LEN};
use python3_sys as ffi;

/// The only version of [`RevlogCapi`] there has been since it has a number.
const ABI_VERSION: c_int = 3;
const CAPSULE_NAME: &CStr = c"mercurial.cext.parsers.revlog_CAPI";
/// Under which names a module with the capsule may have been loaded.
const MODULES: [&str; 2] = ["mercurial.cext.parsers", "hgamalgam.cext.parsers"];

/// What the capsule points to. The GIL must be held for every call.
#[repr(C)]
struct RevlogCapi {
    abi_version: c_int,
    /// Takes an index, unchecked.
    index_length: unsafe extern "C" fn(*const ffi::PyObject) -> ffi::Py_ssize_t,
    /// Takes an index, unchecked. The node of a revision, null from the length
    /// on; valid until the index changes.
    index_node: unsafe extern "C" fn(*mut ffi::PyObject, ffi::Py_ssize_t) -> *const c_char,
    fast_rank: unsafe extern "C" fn(*mut ffi::PyObject, ffi::Py_ssize_t) -> c_int,
    /// Checks its argument; 0, or -1 with an exception.
    index_parents: unsafe extern "C" fn(*mut ffi::PyObject, c_int, *mut c_int) -> c_int,
}

/// A C index, as it was when this was made.
pub struct CIndex {
    index: PyObject,
    capi: &'static RevlogCapi,
    length: ffi::Py_ssize_t,
    tip: Node,
}

impl CIndex {
    /// A `TypeError` unless `index` is a C index that declares itself
    /// compatible; an `ImportError` if its capsule has another ABI.
    pub fn new(py: Python<'_>, index: &PyObject) -> PyResult<Self> {
        let type_error = |text: &str| PyErr::new::<exc::TypeError, _>(py, text);
        let Some(module) = defining_module(py, index)? else {
            return Err(type_error("expected an index of the Rust or C flavour"));
        };
        let capsule = module.getattr(py, "revlog_CAPI")?;
        // SAFETY: the GIL is held; a capsule of another name gives null and an
        // exception.
        let pointer = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), CAPSULE_NAME.as_ptr()) };
        if pointer.is_null() {
            return Err(PyErr::fetch(py));
        }
        // SAFETY: the name promises the first field, and that the struct is
        // static in a module that stays loaded.
        let abi_version = unsafe { *pointer.cast::<c_int>() };
        if abi_version != ABI_VERSION {
            let text = format!("revlog_CAPI has ABI {abi_version}, {ABI_VERSION} is required");
            return Err(PyErr::new::<exc::ImportError, _>(py, text));
        }
        // SAFETY: as above; the version promises the other fields.
        let capi = unsafe { &*pointer.cast::<RevlogCapi>() };
        let compatible: i64 = index.getattr(py, "rust_ext_compat")?.extract(py)?;
        if compatible == 0 {
            return Err(type_error("index object not compatible with Rust"));
        }
        let mut index = Self {
            index: index.clone_ref(py),
            capi,
            length: 0,
            tip: [0; NODE_LEN],
        };
        (index.length, index.tip) = index.state(py);
        Ok(index)
    }

    /// The length, and the node of the last revision.
    fn state(&self, _py: Python<'_>) -> (ffi::Py_ssize_t, Node) {
        let mut tip = [0; NODE_LEN];
        // SAFETY: the GIL is held, and `new` checked the type of `index`.
        unsafe {
            let length = (self.capi.index_length)(self.index.as_ptr());
            let node = (self.capi.index_node)(self.index.as_ptr(), length - 1);
            if !node.is_null() {
                // A node has at least 20 bytes, and stays until the GIL goes.
                tip.copy_from_slice(std::slice::from_raw_parts(node.cast(), NODE_LEN));
            }
            (length, tip)
        }
    }

    /// A `RuntimeError` if revisions came or went. A C index has no generation
    /// number: its length and tip stand for one.
    pub fn check_unchanged(&self, py: Python<'_>) -> PyResult<()> {
        if self.state(py) == (self.length, self.tip) {
            return Ok(());
        }
        Err(PyErr::new::<exc::RuntimeError, _>(
            py,
            "Cannot access to leaked reference after mutation",
        ))
    }

    pub fn parents(&self, py: Python<'_>, rev: Revision) -> Result<[Revision; 2], GraphError> {
        if rev < 0 || rev as ffi::Py_ssize_t >= self.length {
            return Err(GraphError::InvalidRevision(rev));
        }
        let mut parents = [NULL_REVISION; 2];
        // SAFETY: the GIL is held, and the call checks all it is given.
        let status =
            unsafe { (self.capi.index_parents)(self.index.as_ptr(), rev, parents.as_mut_ptr()) };
        if status == 0 {
            return Ok(parents);
        }
        // Which exception it was does not matter: the revision exists.
        drop(PyErr::fetch(py));
        Err(GraphError::ParentOutOfRange(rev))
    }
}

/// The loaded module whose `index` is the type of this object.
fn defining_module(py: Python<'_>, index: &PyObject) -> PyResult<Option<PyObject>> {
    let modules = py.import("sys")?.get(py, "modules")?;
    let class = index.get_type(py).into_object();
    for name in MODULES {
        let Ok(module) = modules.get_item(py, name) else {
            continue;
        };
        if module.getattr(py, "index").is_ok_and(|own| own == class) {
            return Ok(Some(module));
        }
    }
    Ok(None)
}
