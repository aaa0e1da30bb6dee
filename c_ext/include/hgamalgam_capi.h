/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capsules through which extension modules call each other in C. This file
 * is all that a third-party extension needs; docs/capsules.md shows one.
 *
 * A capsule's name is package.module.attribute. Its struct is static in a module
 * that is never unloaded: what hgamalgam_capsule() returns may be kept for ever.
 * The struct begins with its ABI number, which rises with every change of a
 * function's meaning or arguments, and (except where Mercurial laid it down
 * without) with its size in bytes. It grows only at the end, which changes the
 * size alone: a consumer that was built for fewer fields takes it. Nothing
 * behind these two may be touched before they are checked.
 */
#ifndef HGAMALGAM_CAPI_H
#define HGAMALGAM_CAPI_H

#include <Python.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * revlog_CAPI (contract section 3), of `hgamalgam.cext.parsers` and of
 * Mercurial's own `mercurial.cext.parsers`: reads a `parsers.index` object.
 * Same name, layout and ABI number in both, so that one consumer serves both;
 * Mercurial's struct has no size.
 *
 * GIL: held for every call. The index is borrowed for the call. A pointer into
 * it is valid until the index is appended to, stripped or freed.
 */
#define HGAMALGAM_REVLOG_CAPI_NAME "mercurial.cext.parsers.revlog_CAPI"
#define HGAMALGAM_REVLOG_CAPI_ABI 3

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

/*
 * What revlog_CAPI of `hgamalgam.cext.parsers` has beyond Mercurial's: the
 * context of the capsule (PyCapsule_GetContext), NULL in Mercurial's own. GIL
 * and lifetimes as above.
 */
#define HGAMALGAM_REVLOG_CONTEXT_ABI 1

typedef struct {
	int abi_version;
	size_t size;
	/* How often revisions were taken off `index`, an index object unchecked.
	 * An index of the same length and truncations is unchanged. */
	uint64_t (*index_truncations)(PyObject *index);
} HgamalgamRevlogContext;

/*
 * core_CAPI, of `hgamalgam.rustext`: what the Rust core does for C.
 *
 * GIL: needed for no call; the caller releases it around a long one. All memory
 * belongs to the caller, and is used during the call alone.
 */
#define HGAMALGAM_CORE_CAPI_NAME "hgamalgam.rustext.core_CAPI"
#define HGAMALGAM_CORE_CAPI_ABI 2

/* What lstat says of a file. */
typedef struct {
	uint64_t device;
	uint64_t inode;
	uint64_t links;
	int64_t size; /* in bytes */
	/* seconds since 1970, and nanoseconds into that second */
	int64_t mtime;
	int64_t ctime;
	uint32_t mtime_nsec;
	uint32_t ctime_nsec;
	uint32_t mode; /* the S_IFMT bits and the permissions */
	int32_t error; /* an errno, and all else is zero; or 0 */
} HgamalgamFileStatus;

typedef struct {
	int abi_version;
	size_t size;
	/* Fill statuses[i] for each of the `count` paths, ended by a NUL; relative
	 * ones start from the current directory. A link is not followed. Starts
	 * `threads` threads (0: one for each processor; 16 at most) that end with
	 * the call: for work of milliseconds, which is a few files on a slow
	 * filesystem and ten thousand in the cache. 0, or -1 if it failed as a
	 * whole and the statuses mean nothing. */
	int (*stat_files)(const char *const *paths, size_t count,
	                  HgamalgamFileStatus *statuses, size_t threads);
} HgamalgamCoreCapi;

/*
 * Whether the struct behind a capsule of that name has this ABI and at least
 * this size; 0 for `size` if the struct has none. Else an ImportError that names
 * both numbers.
 */
static inline int hgamalgam_capi_matches(const void *capi, const char *name,
                                         int abi, size_t size)
{
	int found_abi;
	size_t found_size;

	memcpy(&found_abi, capi, sizeof found_abi);
	if (found_abi != abi) {
		PyErr_Format(PyExc_ImportError, "%s has ABI %d, %d is required",
		             name, found_abi, abi);
		return 0;
	}
	if (size == 0)
		return 1;
	/* at the same place in every struct that has one */
	memcpy(&found_size,
	       (const char *)capi + offsetof(HgamalgamCoreCapi, size),
	       sizeof found_size);
	if (found_size < size) {
		PyErr_Format(PyExc_ImportError,
		             "%s has %zu bytes, %zu are required", name,
		             found_size, size);
		return 0;
	}
	return 1;
}

/*
 * The struct of the capsule `name`, which is the attribute `attribute` of the
 * module, checked; or NULL with an exception.
 */
static inline const void *hgamalgam_capsule(PyObject *module,
                                            const char *attribute,
                                            const char *name, int abi,
                                            size_t size)
{
	PyObject *capsule = PyObject_GetAttrString(module, attribute);
	const void *capi;

	if (capsule == NULL)
		return NULL;
	capi = PyCapsule_GetPointer(capsule, name);
	Py_DECREF(capsule);
	if (capi == NULL || !hgamalgam_capi_matches(capi, name, abi, size))
		return NULL;
	return capi;
}

#endif
