// SPDX-License-Identifier: GPL-2.0-or-later
//! Capsules, in both directions: structs of functions for calls in C, as
//! `c_ext/include/hgamalgam_capi.h` lays them out.
//!
//! From C: indexes, Mercurial's own and ours, through
//! `mercurial.cext.parsers.revlog_CAPI` (contract section 3). To C:
//! `hgamalgam.rustext.core_CAPI`.

use std::ffi::{c_char, c_int, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};

use cpython::{
    exc, ObjectProtocol, PyCapsule, PyClone, PyErr, PyModule, PyObject, PyResult, Python,
    PythonObject,
};
use hg_core::dag::GraphError;
use hg_core::fs::{self, LstatRecord, Threads};
use hg_core::types::{Node, Revision};
use python3_sys as ffi;

use crate::errors;

/// The only version of [`RevlogCapi`] there has been since it has a number.
const REVLOG_ABI: c_int = 3;
const REVLOG_NAME: &CStr = c"mercurial.cext.parsers.revlog_CAPI";
/// Under which names a module with the capsule may have been loaded.
const REVLOG_MODULES: [&str; 2] = ["mercurial.cext.parsers", "hgamalgam.cext.parsers"];
const REVLOG_CONTEXT_ABI: c_int = 1;

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

/// What the context of our own C modules' capsule points to.
#[repr(C)]
struct RevlogContext {
    abi_version: c_int,
    size: usize,
    /// Takes an index, unchecked.
    index_truncations: unsafe extern "C" fn(*mut ffi::PyObject) -> u64,
}

/// A C index, as it was when this was made.
pub struct CIndex {
    index: PyObject,
    capi: &'static RevlogCapi,
    context: Option<&'static RevlogContext>,
    state: State,
}

/// What tells one state of a C index from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    length: ffi::Py_ssize_t,
    /// How often our own index was stripped. Between two strips it only grows:
    /// with this its length says all.
    truncations: u64,
    /// Stands in for that in Mercurial's own index, which does not count: the
    /// node of the last revision.
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
        let pointer = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), REVLOG_NAME.as_ptr()) };
        if pointer.is_null() {
            return Err(PyErr::fetch(py));
        }
        // SAFETY: the name promises the ABI number, and that the struct is
        // static in a module that stays loaded.
        unsafe { check_abi(py, pointer, "revlog_CAPI", REVLOG_ABI)? };
        // SAFETY: as above; the number promises the other fields.
        let capi = unsafe { &*pointer.cast::<RevlogCapi>() };
        // SAFETY: the GIL is held, and the capsule is one with a pointer.
        let pointer = unsafe { ffi::PyCapsule_GetContext(capsule.as_ptr()) };
        let context = if pointer.is_null() {
            None
        } else {
            // SAFETY: as for the capsule itself; only our own has a context.
            unsafe {
                let name = "the context of revlog_CAPI";
                check_abi(py, pointer, name, REVLOG_CONTEXT_ABI)?;
                check_size::<RevlogContext>(py, pointer, name)?;
                Some(&*pointer.cast::<RevlogContext>())
            }
        };
        let compatible: i64 = index.getattr(py, "rust_ext_compat")?.extract(py)?;
        if compatible == 0 {
            return Err(type_error("index object not compatible with Rust"));
        }
        // SAFETY: the GIL is held, and `index` is an index of that module.
        let state = unsafe { State::of(index, capi, context) };
        Ok(Self {
            index: index.clone_ref(py),
            capi,
            context,
            state,
        })
    }

    /// A `RuntimeError` if revisions came or went.
    #[inline]
    pub fn check_unchanged(&self, py: Python<'_>) -> PyResult<()> {
        // SAFETY: the GIL is held, and `new` checked the type of `index`.
        if unsafe { State::of(&self.index, self.capi, self.context) } == self.state {
            return Ok(());
        }
        Err(errors::changed(py))
    }

    /// How many revisions there were when this was made.
    pub fn len(&self) -> usize {
        usize::try_from(self.state.length).unwrap_or(0)
    }

    /// Whether any of these revisions was taken away since, as far as can be
    /// told; others may have come.
    pub fn was_stripped(&self, _py: Python<'_>) -> bool {
        // SAFETY: the GIL is held, and `new` checked the type of `index`.
        let now = unsafe {
            let length = (self.capi.index_length)(self.index.as_ptr());
            if length < self.state.length {
                return true;
            }
            State::at(&self.index, self.capi, self.context, self.state.length)
        };
        now != self.state
    }

    pub fn parents(&self, py: Python<'_>, rev: Revision) -> Result<[Revision; 2], GraphError> {
        if rev < Revision::ZERO || rev.get() as ffi::Py_ssize_t >= self.state.length {
            return Err(GraphError::InvalidRevision(rev));
        }
        let mut parents = [Revision::NULL.get(); 2];
        // SAFETY: the GIL is held, and the call checks all it is given.
        let status = unsafe {
            (self.capi.index_parents)(self.index.as_ptr(), rev.get(), parents.as_mut_ptr())
        };
        if status == 0 {
            return Ok(parents.map(Revision::new));
        }
        // Which exception it was does not matter: the revision exists.
        drop(PyErr::fetch(py));
        Err(GraphError::ParentOutOfRange(rev))
    }

    /// Have the processor fetch the record of `rev` meanwhile. Of a long history
    /// few are in its caches, and a walk that did not know its way ahead would
    /// wait for most.
    #[inline]
    pub fn prefetch(&self, _py: Python<'_>, rev: Revision) {
        // SAFETY: the GIL is held, and `new` checked the type of `index`.
        let node =
            unsafe { (self.capi.index_node)(self.index.as_ptr(), rev.get() as ffi::Py_ssize_t) };
        // In every format the parents are the 8 bytes before the node.
        let parents = node.wrapping_sub(2 * size_of::<c_int>());
        #[cfg(target_arch = "x86_64")]
        // SAFETY: any address may be given: nothing is read of what is there.
        unsafe {
            use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
            _mm_prefetch::<_MM_HINT_T0>(parents);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = parents;
    }

    /// What the index has on record as the rank of `rev`, if anything.
    pub fn stored_rank(&self, _py: Python<'_>, rev: Revision) -> Option<usize> {
        let rev = rev.get() as ffi::Py_ssize_t;
        if rev < 0 || rev >= self.state.length {
            return None;
        }
        // SAFETY: the GIL is held, and `new` checked the type of `index`.
        let rank = unsafe { (self.capi.fast_rank)(self.index.as_ptr(), rev) };
        usize::try_from(rank).ok()
    }
}

impl State {
    /// # Safety
    ///
    /// The GIL is held, and `index` is of the type that `capi` and `context`
    /// are for.
    #[inline]
    unsafe fn of(index: &PyObject, capi: &RevlogCapi, context: Option<&RevlogContext>) -> Self {
        // SAFETY: the caller promises what the calls need.
        unsafe {
            let length = (capi.index_length)(index.as_ptr());
            Self::at(index, capi, context, length)
        }
    }

    /// The state of the first `length` revisions, of which there are so many.
    ///
    /// # Safety
    ///
    /// As of [`Self::of`].
    #[inline]
    unsafe fn at(
        index: &PyObject,
        capi: &RevlogCapi,
        context: Option<&RevlogContext>,
        length: ffi::Py_ssize_t,
    ) -> Self {
        let index = index.as_ptr();
        let mut state = Self {
            length,
            truncations: 0,
            tip: Node::NULL,
        };
        match context {
            // SAFETY: as above.
            Some(context) => state.truncations = unsafe { (context.index_truncations)(index) },
            None => {
                // SAFETY: as above. A node has at least 20 bytes, and stays as
                // long as nothing changes the index.
                unsafe {
                    let node = (capi.index_node)(index, state.length - 1);
                    if !node.is_null() {
                        state.tip = Node::new(*node.cast());
                    }
                }
            }
        }
        state
    }
}

/// An `ImportError` unless the struct has this ABI number.
///
/// # Safety
///
/// `capi` points to a struct that begins with an ABI number.
unsafe fn check_abi(
    py: Python<'_>,
    capi: *const c_void,
    name: &str,
    required: c_int,
) -> PyResult<()> {
    // SAFETY: the caller's promise.
    let abi_version = unsafe { *capi.cast::<c_int>() };
    if abi_version == required {
        return Ok(());
    }
    let text = format!("{name} has ABI {abi_version}, {required} is required");
    Err(PyErr::new::<exc::ImportError, _>(py, text))
}

/// An `ImportError` unless the struct is as large as `T` at least.
///
/// # Safety
///
/// `capi` points to a struct that begins with an ABI number and its size.
unsafe fn check_size<T>(py: Python<'_>, capi: *const c_void, name: &str) -> PyResult<()> {
    #[repr(C)]
    struct Start {
        abi_version: c_int,
        size: usize,
    }
    // SAFETY: the caller's promise.
    let size = unsafe { (*capi.cast::<Start>()).size };
    let required = size_of::<T>();
    if size >= required {
        return Ok(());
    }
    let text = format!("{name} has {size} bytes, {required} are required");
    Err(PyErr::new::<exc::ImportError, _>(py, text))
}

/// The loaded module whose `index` is the type of this object.
fn defining_module(py: Python<'_>, index: &PyObject) -> PyResult<Option<PyObject>> {
    let modules = py.import("sys")?.get(py, "modules")?;
    let class = index.get_type(py).into_object();
    for name in REVLOG_MODULES {
        let Ok(module) = modules.get_item(py, name) else {
            continue;
        };
        if module.getattr(py, "index").is_ok_and(|own| own == class) {
            return Ok(Some(module));
        }
    }
    Ok(None)
}

/// What `core_CAPI` points to: `HgamalgamCoreCapi`.
#[repr(C)]
struct CoreCapi {
    abi_version: c_int,
    size: usize,
    stat_files: unsafe extern "C" fn(*const *const c_char, usize, *mut LstatRecord, usize) -> c_int,
}

static CORE_CAPI: CoreCapi = CoreCapi {
    abi_version: 2,
    size: size_of::<CoreCapi>(),
    stat_files,
};

/// Fills `statuses` with what `lstat` says of `paths`, on so many threads; 0: one
/// for each processor. 0, or -1 after a panic or without an array. Needs no GIL.
///
/// # Safety
///
/// `paths` has `count` strings that end with a NUL, `statuses` has room for
/// `count` statuses, and nobody changes either meanwhile.
unsafe extern "C" fn stat_files(
    paths: *const *const c_char,
    count: usize,
    statuses: *mut LstatRecord,
    threads: usize,
) -> c_int {
    if count == 0 {
        return 0;
    }
    if paths.is_null() || statuses.is_null() {
        return -1;
    }
    let job = || {
        #[cfg(feature = "panic-injection")]
        crate::planted_panic::at("stat");
        // SAFETY: the caller promises that there are so many.
        let paths = unsafe { std::slice::from_raw_parts(paths, count) };
        let paths: Vec<&CStr> = paths
            .iter()
            // SAFETY: the caller promises strings.
            .map(|path| unsafe { CStr::from_ptr(*path) })
            .collect();
        // SAFETY: the caller promises the room; zeros are a status.
        let statuses = unsafe {
            statuses.write_bytes(0, count);
            std::slice::from_raw_parts_mut(statuses, count)
        };
        let threads = match threads {
            0 => Threads::default(),
            count => Threads::new(count),
        };
        fs::lstat_files(&paths, statuses, threads);
    };
    // A panic must not unwind into C.
    match catch_unwind(AssertUnwindSafe(job)) {
        Ok(()) => 0,
        Err(_) => -1,
    }
}

/// Adds `core_CAPI`. Its name is ours whatever name the module was loaded
/// under: consumers know but one.
pub fn add_core_capi(py: Python<'_>, module: &PyModule) -> PyResult<()> {
    let name = "hgamalgam.rustext.core_CAPI";
    let capsule = PyCapsule::new_data(py, &CORE_CAPI, name)
        .map_err(|error| PyErr::new::<exc::ValueError, _>(py, error.to_string()))?;
    module.add(py, "core_CAPI", capsule)
}
