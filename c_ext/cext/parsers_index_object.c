/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parsers_index_object.h"

PyObject *parsers_raise_revlog_error(void)
{
	/* looked up now: an extension, or a test, may have replaced it */
	PyObject *errors = PyImport_ImportModule("mercurial.error");
	PyObject *type = NULL;

	if (errors != NULL)
		type = PyObject_GetAttrString(errors, "RevlogError");
	if (type != NULL)
		PyErr_SetString(type, "RevlogError");
	Py_XDECREF(type);
	Py_XDECREF(errors);
	return NULL;
}

PyObject *parsers_index_raise(const IndexObject *self,
                              enum hg_index_status status)
{
	char text[HG_INDEX_TEXT_SIZE];

	switch (hg_index_explain(&self->core.view, status, text)) {
	case HG_ERROR_MEMORY:
		return PyErr_NoMemory();
	case HG_ERROR_VALUE:
		PyErr_SetString(PyExc_ValueError, text);
		break;
	case HG_ERROR_OVERFLOW:
		PyErr_SetString(PyExc_OverflowError, text);
		break;
	case HG_ERROR_RUNTIME:
		PyErr_SetString(PyExc_RuntimeError, text);
		break;
	case HG_ERROR_REVLOG:
		return parsers_raise_revlog_error();
	case HG_ERROR_NONE:
		break;
	}
	return NULL;
}

void parsers_blame_argument(const char *text)
{
	if (PyErr_Occurred() && (PyErr_ExceptionMatches(PyExc_MemoryError) ||
	                         !PyErr_ExceptionMatches(PyExc_Exception)))
		return;
	PyErr_SetString(PyExc_TypeError, text);
}

const unsigned char *parsers_node_of(PyObject *object)
{
	if (!PyBytes_Check(object)) {
		PyErr_Format(PyExc_TypeError, "expected bytes, %.200s found",
		             Py_TYPE(object)->tp_name);
		return NULL;
	}
	if (PyBytes_GET_SIZE(object) != HG_NODE_SIZE) {
		PyErr_Format(
		    PyExc_ValueError, "node len %zd != expected node len %zd",
		    PyBytes_GET_SIZE(object), (Py_ssize_t)HG_NODE_SIZE);
		return NULL;
	}
	return (const unsigned char *)PyBytes_AS_STRING(object);
}

bool parsers_index_was_stripped(const IndexObject *self, uint64_t truncations)
{
	if (self->core.truncations == truncations)
		return false;
	parsers_index_raise(self, HG_INDEX_STRIPPED);
	return true;
}

void parsers_index_keep_heads(IndexObject *self, PyObject *heads,
                              PyObject *filter)
{
	PyObject *old_heads = self->heads, *old_filter = self->heads_filter;

	self->heads = heads;
	self->heads_filter = filter;
	/* the end of a filter may be a question to the index */
	Py_XDECREF(old_heads);
	Py_XDECREF(old_filter);
}

PyObject *parsers_list_of_revs(const hg_rev_list *revs)
{
	PyObject *list = PyList_New((Py_ssize_t)revs->count);
	size_t i;

	for (i = 0; list != NULL && i < revs->count; i++) {
		PyObject *rev = PyLong_FromLong(revs->revs[i]);

		if (rev == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, (Py_ssize_t)i, rev);
	}
	return list;
}

int parsers_index_traverse(IndexObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(self->data);
	Py_VISIT(self->heads);
	Py_VISIT(self->heads_filter);
	return 0;
}

int parsers_index_clear(IndexObject *self)
{
	/* The data stays: methods may still be called, and it refers to us only
	 * if it is a very odd buffer. The filter is what a cycle goes through. */
	parsers_index_keep_heads(self, NULL, NULL);
	return 0;
}

void parsers_index_dealloc(PyObject *object)
{
	IndexObject *self = (IndexObject *)object;

	PyObject_GC_UnTrack(object);
	parsers_index_clear(self);
	hg_index_close(&self->core);
	PyBuffer_Release(&self->buffer);
	Py_CLEAR(self->data);
	Py_CLEAR(self->null_entry);
	parsers_free(object);
}
