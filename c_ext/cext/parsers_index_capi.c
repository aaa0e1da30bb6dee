/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other extensions call of an index, through a capsule: see
 * hgamalgam_capi.h. */
#include "parsers_index_object.h"

#include "../include/hgamalgam_capi.h"

static Py_ssize_t capi_length(const PyObject *index)
{
	return hg_view_length(&((const IndexObject *)index)->core.view);
}

static const char *capi_node(PyObject *index, Py_ssize_t rev)
{
	const hg_index_view *view = &((IndexObject *)index)->core.view;

	if (rev < HG_NULL_REV || rev >= hg_view_length(view))
		return NULL;
	return (const char *)hg_view_node(view, (int32_t)rev);
}

static int capi_rank(PyObject *index, Py_ssize_t rev)
{
	const hg_index_view *view = &((IndexObject *)index)->core.view;

	if (rev < HG_NULL_REV || rev >= hg_view_length(view))
		return HG_RANK_UNKNOWN;
	return hg_view_rank(view, (int32_t)rev);
}

static int capi_parents(PyObject *index, int rev, int parents[2])
{
	hg_index_view *view;
	enum hg_index_status status;
	int32_t found[2];

	if (index == NULL || parents == NULL || !parsers_is_index(index)) {
		PyErr_BadInternalCall();
		return -1;
	}
	view = &((IndexObject *)index)->core.view;
	if (!hg_rev_in_range(rev, hg_view_length(view) - 1)) {
		PyErr_Format(PyExc_IndexError, "rev out of range: %d", rev);
		return -1;
	}
	found[0] = found[1] = HG_NULL_REV;
	if (rev != HG_NULL_REV) {
		status =
		    hg_view_parents(view, rev, hg_view_length(view) - 1, found);
		if (status != HG_INDEX_OK) {
			parsers_index_raise((const IndexObject *)index, status);
			return -1;
		}
	}
	parents[0] = found[0];
	parents[1] = found[1];
	return 0;
}

static uint64_t capi_truncations(PyObject *index)
{
	return ((const IndexObject *)index)->core.truncations;
}

PyObject *parsers_new_revlog_capi(void)
{
	static HgamalgamRevlogCapi capi = {
	    HGAMALGAM_REVLOG_CAPI_ABI,
	    capi_length,
	    capi_node,
	    capi_rank,
	    capi_parents,
	};
	static HgamalgamRevlogContext context = {
	    HGAMALGAM_REVLOG_CONTEXT_ABI,
	    sizeof context,
	    capi_truncations,
	};
	PyObject *capsule =
	    PyCapsule_New(&capi, HGAMALGAM_REVLOG_CAPI_NAME, NULL);

	if (capsule != NULL && PyCapsule_SetContext(capsule, &context) < 0)
		Py_CLEAR(capsule);
	return capsule;
}
