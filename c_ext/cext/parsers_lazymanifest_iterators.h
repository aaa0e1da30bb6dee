/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HGAMALGAM_PARSERS_LAZYMANIFEST_ITERATORS_H
#define HGAMALGAM_PARSERS_LAZYMANIFEST_ITERATORS_H

#include "parsers_lazymanifest_object.h"

/* Iterators over the paths, and over the (path, node, flags). */
PyObject *parsers_manifest_iterkeys(ManifestObject *self, PyObject *unused);
PyObject *parsers_manifest_iterentries(ManifestObject *self, PyObject *unused);

#endif
