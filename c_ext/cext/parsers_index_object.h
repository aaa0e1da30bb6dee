/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index object: what it holds, its life, and what every method does with
 * arguments and failures. Each file calls only into those on its right:
 *
 *   parsers_index.c (the type), parsers_index_capi.c (the capsule)
 *     -> parsers_index_{nodes,entry,dag,delta}.c (methods), parsers_nodetree.c
 *       -> parsers_index_object.c
 *         -> ../core
 */
#ifndef HGAMALGAM_PARSERS_INDEX_OBJECT_H
#define HGAMALGAM_PARSERS_INDEX_OBJECT_H

#include "parsers_module.h"

#include "../core/index.h"
#include "../core/index_errors.h"

/*
 * The two Mercurial releases we stand before construct an index differently,
 * and expect a few methods to differ. Which one it is shows in the arguments of
 * the constructor: see read_arguments() in parsers_index.c.
 */
typedef enum {
	/* 6.9: (data, inlined[, format]) */
	INDEX_HOST_6,
	/* 7.2: (data, inlined, uses_generaldelta, uses_delta_info[, format]) */
	INDEX_HOST_7,
} IndexHost;

typedef struct {
	PyObject_HEAD
	PyObject *data; /* what the index was made from */
	Py_buffer buffer;
	hg_index core;
	bool is_inline;
	IndexHost host;
	/* told by the 7.2 constructor only */
	bool uses_generaldelta;
	bool uses_delta_info;

	PyObject *null_entry; /* index[-1], or NULL until that is asked for */

	/* The last answer of headrevs over the whole index, and the filter it was
	 * for: both NULL, or both set. */
	PyObject *heads;
	PyObject *heads_filter;

	/* plain writable attributes */
	long entry_size;
	long rust_ext_compat;
} IndexObject;

int parsers_index_traverse(IndexObject *self, visitproc visit, void *arg);
int parsers_index_clear(IndexObject *self);
void parsers_index_dealloc(PyObject *self);

static inline bool parsers_is_index(PyObject *object)
{
	return Py_TYPE(object)->tp_dealloc == parsers_index_dealloc;
}

/* Raise what a core function's failure stands for; returns NULL. */
PyObject *parsers_index_raise(const IndexObject *self,
                              enum hg_index_status status);
/* Raise mercurial.error.RevlogError; returns NULL. */
PyObject *parsers_raise_revlog_error(void);

/* Raise TypeError with this text, in the place of an exception if there is one;
 * but what is of memory or of no argument, as an interrupt, goes on. */
void parsers_blame_argument(const char *text);

/* What several methods say of a revision, each with its own exception. */
#define OUT_OF_RANGE_TEXT "revlog index out of range"

/* The bytes of a node of 20 bytes, or NULL with an exception. */
const unsigned char *parsers_node_of(PyObject *object);
/* An int as a revision. False with an exception. */
static inline bool parsers_as_rev(PyObject *object, int64_t *rev)
{
	/* Nearly all are ints of one digit, which need no call. */
#if PY_VERSION_HEX >= 0x030c0000
	bool is_small = PyLong_CheckExact(object) &&
	                PyUnstable_Long_IsCompact((PyLongObject *)object);

	*rev = is_small ? PyUnstable_Long_CompactValue((PyLongObject *)object)
	                : PyLong_AsLong(object);
#else
	bool is_small = PyLong_CheckExact(object) && Py_SIZE(object) == 1;

	*rev = is_small ? (int64_t)((PyLongObject *)object)->ob_digit[0]
	                : PyLong_AsLong(object);
#endif
	return is_small || *rev != -1 || !PyErr_Occurred();
}

/* An item of a list as a revision. False with an exception. */
static inline bool parsers_rev_at(PyObject *list, Py_ssize_t place,
                                  int64_t *rev)
{
	PyObject *item = PyList_GET_ITEM(list, place);
	bool is_rev;

	/* what is no int is asked, in Python, for one, and may leave the list */
	Py_INCREF(item);
	is_rev = parsers_as_rev(item, rev);
	Py_DECREF(item);
	return is_rev;
}

/* Whether revisions were stripped since `truncations` was read; if so, raises
 * RuntimeError. For what has called Python code, which may do so. */
bool parsers_index_was_stripped(const IndexObject *self, uint64_t truncations);
/* Keep these as the answer of headrevs, for that filter, and let go of those kept
 * before: both NULL or both references, which are taken over. May run Python. */
void parsers_index_keep_heads(IndexObject *self, PyObject *heads,
                              PyObject *filter);
/* A list of ints; frees nothing. */
PyObject *parsers_list_of_revs(const hg_rev_list *revs);

#endif
