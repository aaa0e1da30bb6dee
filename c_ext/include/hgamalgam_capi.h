/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capsules through which extension modules call each other in C.
 *
 * A capsule's struct begins with its ABI number, which rises with every change
 * to the struct or to a function's meaning. Check it before calling anything;
 * a mismatch is an ImportError that names both numbers.
 *
 * revlog_CAPI (contract section 3): C and Rust code that reads a `parsers.index`
 * object. Same name, layout and ABI number as the capsule of Mercurial's own
 * `parsers`, so that one consumer serves both. The GIL must be held for every
 * call. A pointer into an index is valid until the index is appended to,
 * stripped or freed.
 */
#ifndef HGAMALGAM_CAPI_H
#define HGAMALGAM_CAPI_H

#include <Python.h>

#define HGAMALGAM_REVLOG_CAPI_NAME "mercurial.cext.parsers.revlog_CAPI"
#define HGAMALGAM_REVLOG_CAPI_ABI 3

/* The value of an index's `rust_ext_compat`: whether rustext takes it. */
#define HGAMALGAM_RUST_EXT_COMPAT 0

typedef struct {
	int abi_version;
	/* The four functions trust `index` to be an index object, except for
	 * index_parents, which checks. */
	Py_ssize_t (*index_length)(const PyObject *index);
	/* Borrowed: the 20 bytes of the node of `rev`, zeros for -1; NULL, without
	 * an exception, for a revision that is not there. */
	const char *(*index_node)(PyObject *index, Py_ssize_t rev);
	/* The stored rank of `rev`, or -1 if none is stored. */
	int (*fast_rank)(PyObject *index, Py_ssize_t rev);
	/* 0, or -1 with an exception: SystemError for an object that is no index,
	 * IndexError for `rev`, ValueError for a parent out of range. */
	int (*index_parents)(PyObject *index, int rev, int parents[2]);
} HgamalgamRevlogCapi;

#endif
