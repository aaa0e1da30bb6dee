/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods of an index, by the file that holds them: contract section 2.8. */
#ifndef HGAMALGAM_PARSERS_INDEX_METHODS_H
#define HGAMALGAM_PARSERS_INDEX_METHODS_H

#include "parsers_index_object.h"

/* parsers_index_nodes.c */
int parsers_index_contains(IndexObject *self, PyObject *key);
PyObject *parsers_index_get_rev(IndexObject *self, PyObject *node);
PyObject *parsers_index_rev(IndexObject *self, PyObject *node);
PyObject *parsers_index_has_node(IndexObject *self, PyObject *node);
PyObject *parsers_index_partialmatch(IndexObject *self, PyObject *prefix);
PyObject *parsers_index_shortest(IndexObject *self, PyObject *node);
PyObject *parsers_index_stats(IndexObject *self, PyObject *unused);

/* parsers_index_entry.c */
PyObject *parsers_index_entry(IndexObject *self, Py_ssize_t rev);
PyObject *parsers_index_append(IndexObject *self, PyObject *tuple);
PyObject *parsers_index_entry_binary(IndexObject *self, PyObject *rev);
PyObject *parsers_index_pack_header(IndexObject *self, PyObject *header);
PyObject *parsers_index_replace_sidedata_info(IndexObject *self,
                                              PyObject *const *args,
                                              Py_ssize_t count);

/* parsers_index_dag.c */
PyObject *parsers_index_headrevs(IndexObject *self, PyObject *const *args,
                                 Py_ssize_t count);
PyObject *parsers_index_headrevsdiff(IndexObject *self, PyObject *const *args,
                                     Py_ssize_t count);
PyObject *parsers_index_computephasesmapsets(IndexObject *self,
                                             PyObject *roots);
PyObject *parsers_index_reachableroots2(IndexObject *self,
                                        PyObject *const *args,
                                        Py_ssize_t count);
PyObject *parsers_index_ancestors(IndexObject *self, PyObject *const *args,
                                  Py_ssize_t count);
PyObject *parsers_index_commonancestorsheads(IndexObject *self,
                                             PyObject *const *args,
                                             Py_ssize_t count);

/* parsers_index_delta.c */
PyObject *parsers_index_deltachain(IndexObject *self, PyObject *const *args,
                                   Py_ssize_t count);
PyObject *parsers_index_issnapshot(IndexObject *self, PyObject *rev);
PyObject *parsers_index_findsnapshots(IndexObject *self, PyObject *const *args,
                                      Py_ssize_t count);
PyObject *parsers_index_slicechunktodensity(IndexObject *self,
                                            PyObject *const *args,
                                            Py_ssize_t count);

#endif
