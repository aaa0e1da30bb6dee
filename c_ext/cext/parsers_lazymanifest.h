/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lazymanifest object, shared with its iterators. */
#ifndef HGAMALGAM_PARSERS_LAZYMANIFEST_H
#define HGAMALGAM_PARSERS_LAZYMANIFEST_H

#include "parsers_module.h"

#include "../core/lazymanifest.h"

typedef struct {
	PyObject_HEAD
	PyObject *text; /* bytes; the lines not edited point into it */
	hg_manifest_table *table;
	size_t node_size;
	size_t hint; /* where the next lookup is tried first */
} ManifestObject;

/* A copy, which costs nothing until one of the two is changed. */
ManifestObject *parsers_manifest_copy(ManifestObject *self);

/* The node and flags of a line; false with an exception. */
bool parsers_manifest_decode(const ManifestObject *self,
                             const hg_manifest_line *line, PyObject **node,
                             PyObject **flags);

static inline PyObject *parsers_manifest_path(const hg_manifest_line *line)
{
	return PyBytes_FromStringAndSize(line->start, line->path_length);
}

/* Iterators over the paths, and over the (path, node, flags). */
PyObject *parsers_manifest_iterkeys(ManifestObject *self, PyObject *unused);
PyObject *parsers_manifest_iterentries(ManifestObject *self, PyObject *unused);

#endif
