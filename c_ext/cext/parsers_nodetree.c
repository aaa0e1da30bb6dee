/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nodetree: some of an index's nodes, to shorten among those. Contract section
 * 2.8. */
#include "parsers_index_object.h"

typedef struct {
	PyObject_HEAD
	IndexObject *index;
	hg_node_prefixes prefixes;
	uint64_t truncations; /* of the index, those taken into account */
} NodeTreeObject;

static PyObject *nodetree_new(PyTypeObject *type, PyObject *args,
                              PyObject *keywords)
{
	NodeTreeObject *self;
	PyObject *index;
	unsigned capacity;

	if (keywords != NULL && PyDict_GET_SIZE(keywords) > 0) {
		PyErr_SetString(PyExc_TypeError,
		                "nodetree() takes no keyword arguments");
		return NULL;
	}
	/* The capacity is a promise nobody needs: the tree grows. */
	if (!PyArg_ParseTuple(args, "OI:nodetree", &index, &capacity))
		return NULL;
	if (!parsers_is_index(index)) {
		PyErr_Format(PyExc_TypeError,
		             "nodetree() argument 1 must be parsers.index, not "
		             "%.80s",
		             Py_TYPE(index)->tp_name);
		return NULL;
	}
	self = (NodeTreeObject *)type->tp_alloc(type, 0);
	if (self != NULL) {
		Py_INCREF(index);
		self->index = (IndexObject *)index;
		self->truncations = self->index->core.truncations;
	}
	return (PyObject *)self;
}

static int nodetree_traverse(NodeTreeObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(self->index);
	return 0;
}

static void nodetree_dealloc(PyObject *object)
{
	NodeTreeObject *self = (NodeTreeObject *)object;

	PyObject_GC_UnTrack(object);
	hg_node_prefixes_clear(&self->prefixes);
	Py_CLEAR(self->index);
	parsers_free(object);
}

/* After a strip, forget what is gone and look at the rest again. */
static bool catch_up(NodeTreeObject *self)
{
	if (self->truncations == self->index->core.truncations)
		return true;
	if (!hg_node_prefixes_truncate(
	        &self->prefixes, hg_view_length(&self->index->core.view))) {
		PyErr_NoMemory();
		return false;
	}
	self->truncations = self->index->core.truncations;
	return true;
}

static PyObject *nodetree_insert(NodeTreeObject *self, PyObject *value)
{
	Py_ssize_t rev = PyNumber_AsSsize_t(value, PyExc_OverflowError);

	if (rev == -1 && PyErr_Occurred())
		return NULL;
	if (rev < 0 || rev >= hg_view_length(&self->index->core.view)) {
		PyErr_SetString(PyExc_ValueError, OUT_OF_RANGE_TEXT);
		return NULL;
	}
	if (!catch_up(self))
		return NULL;
	if (!hg_node_prefixes_add(&self->prefixes, (int32_t)rev))
		return PyErr_NoMemory();
	Py_RETURN_NONE;
}

static PyObject *nodetree_shortest(NodeTreeObject *self, PyObject *object)
{
	const unsigned char *node = parsers_node_of(object);
	int32_t length;

	if (node == NULL || !catch_up(self))
		return NULL;
	length = hg_node_prefixes_shortest(&self->prefixes,
	                                   &self->index->core.view, node);
	if (length == HG_PREFIX_NO_MEMORY)
		return PyErr_NoMemory();
	if (length == HG_PREFIX_UNKNOWN)
		return parsers_raise_revlog_error();
	return PyLong_FromLong(length);
}

static PyMethodDef nodetree_methods[] = {
    {"insert", AS_METHOD(nodetree_insert), METH_O,
     "insert(rev)\n\nAdd a revision of the index."},
    {"shortest", AS_METHOD(nodetree_shortest), METH_O,
     "shortest(node) -> int\n\n"
     "How many digits tell the node from the others that were added. "
     "RevlogError if it was not added itself."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot nodetree_slots[] = {
    {Py_tp_doc, "nodetree(index, capacity)\n\nSome of an index's nodes."},
    {Py_tp_new, nodetree_new},
    {Py_tp_dealloc, nodetree_dealloc},
    {Py_tp_traverse, nodetree_traverse},
    {Py_tp_methods, nodetree_methods},
    {0, NULL},
};

PyType_Spec parsers_nodetree_spec = {
    .name = "parsers.nodetree",
    .basicsize = sizeof(NodeTreeObject),
    .flags = PARSERS_TYPE_FLAGS | Py_TPFLAGS_HAVE_GC,
    .slots = nodetree_slots,
};
