/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lazymanifest object: what it holds and its life. The type, in
 * parsers_lazymanifest.c, calls its iterators, and both call this.
 */
#ifndef HGAMALGAM_PARSERS_LAZYMANIFEST_OBJECT_H
#define HGAMALGAM_PARSERS_LAZYMANIFEST_OBJECT_H

#include "parsers_module.h"

#include "../core/lazymanifest.h"

typedef struct {
	PyObject_HEAD
	PyObject *text; /* bytes; the lines not edited point into it */
	hg_manifest_table *table;
	size_t node_size;
	size_t hint; /* where the next lookup is tried first */
} ManifestObject;

void parsers_manifest_dealloc(PyObject *self);

static inline bool parsers_is_manifest(PyObject *object)
{
	return Py_TYPE(object)->tp_dealloc == parsers_manifest_dealloc;
}

/* Raise what a core function's failure stands for. */
void parsers_manifest_raise(enum hg_manifest_status status);

/* A manifest of a table, which it takes over, whose lines lie in `text`. */
ManifestObject *parsers_manifest_new(PyTypeObject *type, PyObject *text,
                                     hg_manifest_table *table,
                                     size_t node_size);
/* Turn edits into a new text, so that the table can be shared. */
bool parsers_manifest_compact(ManifestObject *self);
/* As a copy, but edits are not made part of the text: for the time of a call. */
ManifestObject *parsers_manifest_snapshot(ManifestObject *self);
/* A copy, which costs nothing until one of the two is changed. */
ManifestObject *parsers_manifest_copy(ManifestObject *self);

/* The node and flags of a line; false with an exception. Here, for whoever lists
 * entries calls it for each. */
static inline bool parsers_manifest_decode(const ManifestObject *self,
                                           const hg_manifest_line *line,
                                           PyObject **node, PyObject **flags)
{
	hg_manifest_value value;
	enum hg_manifest_status status =
	    hg_manifest_decode(line, self->node_size, &value);

	if (status != HG_MANIFEST_OK) {
		parsers_manifest_raise(status);
		return false;
	}
	*node = PyBytes_FromStringAndSize((const char *)value.node,
	                                  (Py_ssize_t)self->node_size);
	*flags = PyBytes_FromStringAndSize(&value.flag, value.flag != '\0');
	if (*node != NULL && *flags != NULL)
		return true;
	Py_CLEAR(*node);
	Py_CLEAR(*flags);
	return false;
}

static inline PyObject *parsers_manifest_path(const hg_manifest_line *line)
{
	return PyBytes_FromStringAndSize(line->start, line->path_length);
}

#endif
