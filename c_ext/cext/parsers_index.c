/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index object, its life and its table of methods: contract section 2.8. */
#include "parsers_index_methods.h"

#include <structmember.h>

typedef struct {
	PyObject *data;
	PyObject *is_inline;
	PyObject *uses_generaldelta; /* NULL unless a 7.2 call */
	PyObject *uses_delta_info; /* NULL unless a 7.2 call */
	long format;
	IndexHost host;
} index_arguments;

/* Tell the two constructors apart. 6.9 gives two arguments, and the format by
 * name or as a third; 7.2 gives four at least. */
static bool read_arguments(PyObject *args, PyObject *keywords,
                           index_arguments *given)
{
	static char *names_6[] = {"data", "inlined", "format", NULL};
	static char *names_7[] = {
	    "data",   "inlined", "uses_generaldelta", "uses_delta_info",
	    "format", NULL};
	Py_ssize_t positional = PyTuple_GET_SIZE(args);

	memset(given, 0, sizeof *given);
	given->format = HG_INDEX_V1;
	given->host = INDEX_HOST_6;
	if (positional > 3 ||
	    (keywords != NULL &&
	     (PyDict_GetItemString(keywords, names_7[2]) != NULL ||
	      PyDict_GetItemString(keywords, names_7[3]) != NULL)))
		given->host = INDEX_HOST_7;
	if (given->host == INDEX_HOST_6)
		return PyArg_ParseTupleAndKeywords(
		    args, keywords, "OO|l:parse_index2", names_6, &given->data,
		    &given->is_inline, &given->format);
	return PyArg_ParseTupleAndKeywords(
	    args, keywords, "OOOO|l:parse_index2", names_7, &given->data,
	    &given->is_inline, &given->uses_generaldelta,
	    &given->uses_delta_info, &given->format);
}

/* What `object`, which may be NULL for false, is true for; false on error. */
static bool read_truth(PyObject *object, bool *truth)
{
	int is_true = object == NULL ? 0 : PyObject_IsTrue(object);

	*truth = is_true > 0;
	return is_true >= 0;
}

/*
 * Whether Mercurial shall give the index to rustext. Where there is none nobody
 * asks; where one is loaded it must be ours, which reads a C index through
 * revlog_CAPI: Mercurial's own refuses it. 7.2 has another one, which takes
 * objects of its own alone. False with an exception.
 */
static bool is_rust_compatible(PyTypeObject *type, IndexHost host,
                               long *compatible)
{
	PyObject *modules = PyImport_GetModuleDict(), *rustext;

	*compatible = host == INDEX_HOST_6;
	if (!*compatible || !PyDict_CheckExact(modules))
		return true;
	rustext = PyDict_GetItemWithError(modules,
	                                  parsers_state_of(type)->rustext_name);
	if (rustext == NULL)
		return !PyErr_Occurred();
	Py_INCREF(rustext);
	*compatible = PyObject_HasAttrString(rustext, "core_CAPI");
	Py_DECREF(rustext);
	return true;
}

static bool open_index(IndexObject *self, const index_arguments *given)
{
	enum hg_index_status status;

	if (!PyObject_CheckBuffer(given->data)) {
		PyErr_SetString(PyExc_TypeError,
		                "data does not support buffer interface");
		return false;
	}
	self->host = given->host;
	if (!is_rust_compatible(Py_TYPE(self), given->host,
	                        &self->rust_ext_compat))
		return false;
	if (!read_truth(given->is_inline, &self->is_inline) ||
	    !read_truth(given->uses_generaldelta, &self->uses_generaldelta) ||
	    !read_truth(given->uses_delta_info, &self->uses_delta_info) ||
	    PyObject_GetBuffer(given->data, &self->buffer, PyBUF_SIMPLE) < 0)
		return false;
	Py_INCREF(given->data);
	self->data = given->data;
	status = hg_index_open(&self->core, self->buffer.buf,
	                       (size_t)self->buffer.len, self->is_inline,
	                       given->format);
	if (status != HG_INDEX_OK) {
		parsers_index_raise(self, status);
		return false;
	}
	self->entry_size = (long)self->core.view.layout->record_size;
	return true;
}

static PyObject *index_new(PyTypeObject *type, PyObject *args,
                           PyObject *keywords)
{
	index_arguments given;
	IndexObject *self;

	if (!read_arguments(args, keywords, &given))
		return NULL;
	self = (IndexObject *)type->tp_alloc(type, 0);
	if (self == NULL)
		return NULL;
	/* Until it is whole, the garbage collector shows it to nobody. */
	PyObject_GC_UnTrack(self);
	if (open_index(self, &given))
		PyObject_GC_Track(self);
	else
		Py_CLEAR(self);
	return (PyObject *)self;
}

PyObject *parsers_parse_index2(PyObject *module, PyObject *args,
                               PyObject *keywords)
{
	ParsersState *state = PyModule_GetState(module);
	PyObject *index = index_new(state->index, args, keywords);

	if (index == NULL)
		return NULL;
	if (((IndexObject *)index)->is_inline)
		return Py_BuildValue("N(iO)", index, 0,
		                     ((IndexObject *)index)->data);
	return Py_BuildValue("NO", index, Py_None);
}

static Py_ssize_t index_length(IndexObject *self)
{
	return hg_view_length(&self->core.view);
}

static PyObject *index_getitem(IndexObject *self, PyObject *key)
{
	int64_t rev;

	if (!PyLong_Check(key))
		return parsers_index_rev(self, key);
	if (!parsers_as_rev(key, &rev))
		return NULL;
	return parsers_index_entry(self, (Py_ssize_t)rev);
}

/* Forget the revisions of a slice that must reach to the end. The last place of
 * an index is null's, as index[a:-1] shows: so a strip ends one before it. */
static int delete_slice(IndexObject *self, PyObject *slice)
{
	Py_ssize_t start, stop, step, count, places;

	if (PySlice_Unpack(slice, &start, &stop, &step) < 0)
		return -1;
	/* only now: the slice's ends may be asked, in Python, for ints */
	places = (Py_ssize_t)hg_view_length(&self->core.view) + 1;
	count = PySlice_AdjustIndices(places, &start, &stop, step);
	if (count <= 0)
		return 0;
	if (step < 0) {
		/* the same places, counted upwards */
		stop = start + 1;
		start += step * (count - 1);
		step = -step;
	}
	if (step != 1) {
		PyErr_SetString(PyExc_ValueError,
		                "revlog index delete requires step size of 1");
		return -1;
	}
	if (stop != places - 1) {
		PyErr_SetString(PyExc_IndexError,
		                "revlog index deletion indices are invalid");
		return -1;
	}
	hg_index_truncate(&self->core, (int32_t)start);
	parsers_index_keep_heads(self, NULL, NULL);
	return 0;
}

static int index_setitem(IndexObject *self, PyObject *key, PyObject *value)
{
	const unsigned char *node;
	long rev;

	if (value == NULL && PySlice_Check(key))
		return delete_slice(self, key);
	node = parsers_node_of(key);
	if (node == NULL)
		return -1;
	if (value == NULL) {
		hg_index_forget(&self->core, node);
		return 0;
	}
	rev = PyLong_AsLong(value);
	if (rev == -1 && PyErr_Occurred())
		return -1;
	if (rev < 0 || rev > INT_MAX - 1) {
		PyErr_SetString(PyExc_ValueError, "rev out of range");
		return -1;
	}
	if (!hg_index_assign(&self->core, node, (int32_t)rev)) {
		PyErr_NoMemory();
		return -1;
	}
	return 0;
}

static PyObject *index_clearcaches(IndexObject *self, PyObject *unused)
{
	(void)unused;
	hg_index_clear_nodes(&self->core);
	parsers_index_clear(self);
	Py_RETURN_NONE;
}

static PyObject *get_nodemap(IndexObject *self, void *unused)
{
	(void)unused;
	Py_INCREF(self);
	return (PyObject *)self;
}

static PyMethodDef index_methods[] = {
    {"get_rev", AS_METHOD(parsers_index_get_rev), METH_O,
     "get_rev(node) -> revision or None"},
    {"get", AS_METHOD(parsers_index_get_rev), METH_O,
     "get(node) -> revision or None"},
    {"rev", AS_METHOD(parsers_index_rev), METH_O,
     "rev(node) -> revision\n\nRevlogError if the node is unknown."},
    {"has_node", AS_METHOD(parsers_index_has_node), METH_O,
     "has_node(node) -> bool"},
    {"partialmatch", AS_METHOD(parsers_index_partialmatch), METH_O,
     "partialmatch(hex) -> node or None\n\n"
     "The node that starts with these digits. RevlogError if several do, "
     "null included."},
    {"shortest", AS_METHOD(parsers_index_shortest), METH_O,
     "shortest(node) -> int\n\n"
     "How many digits tell the node from all others, null included."},
    {"append", AS_METHOD(parsers_index_append), METH_O,
     "append(entry)\n\nAdd a revision, in memory."},
    {"entry_binary", AS_METHOD(parsers_index_entry_binary), METH_O,
     "entry_binary(rev) -> bytes\n\n"
     "The revision's record; of format 1's first, without its header."},
    {"pack_header", AS_METHOD(parsers_index_pack_header), METH_O,
     "pack_header(header) -> bytes\n\nThe header that record 0 begins with."},
    {"replace_sidedata_info", AS_METHOD(parsers_index_replace_sidedata_info),
     METH_FASTCALL,
     "replace_sidedata_info(rev, offset, length, offset_flags, mode)\n\n"
     "Change the sidedata of an appended revision."},
    {"headrevs", AS_METHOD(parsers_index_headrevs), METH_FASTCALL,
     "headrevs(filteredrevs=None, stop_rev=None) -> list\n\n"
     "The heads of the unfiltered revisions below stop_rev, ascending."},
    {"headrevsdiff", AS_METHOD(parsers_index_headrevsdiff), METH_FASTCALL,
     "headrevsdiff(begin, end) -> (removed, added)\n\n"
     "How the revisions from begin to end - 1 changed the heads."},
    {"computephasesmapsets", AS_METHOD(parsers_index_computephasesmapsets),
     METH_O,
     "computephasesmapsets(roots) -> (length, sets)\n\n"
     "The revisions of each phase above public, given the roots of each."},
    {"reachableroots2", AS_METHOD(parsers_index_reachableroots2), METH_FASTCALL,
     "reachableroots2(minroot, heads, roots, includepath) -> list\n\n"
     "The roots that heads descend from and, with includepath, all between."},
    {"ancestors", AS_METHOD(parsers_index_ancestors), METH_FASTCALL,
     "ancestors(*revs) -> list\n\nThe greatest common ancestors, ascending."},
    {"commonancestorsheads", AS_METHOD(parsers_index_commonancestorsheads),
     METH_FASTCALL,
     "commonancestorsheads(*revs) -> list\n\n"
     "The heads of the common ancestors, descending."},
    {"deltachain", AS_METHOD(parsers_index_deltachain), METH_FASTCALL,
     "deltachain(rev, stoprev, generaldelta) -> (list, stopped)\n\n"
     "The revisions whose deltas make up rev, ascending, down to stoprev. An "
     "index made with uses_generaldelta takes the first two arguments."},
    {"issnapshot", AS_METHOD(parsers_index_issnapshot), METH_O,
     "issnapshot(rev) -> bool"},
    {"findsnapshots", AS_METHOD(parsers_index_findsnapshots), METH_FASTCALL,
     "findsnapshots(cache, start, end)\n\n"
     "Add each snapshot from start to end to the set cache[its base]."},
    {"slicechunktodensity", AS_METHOD(parsers_index_slicechunktodensity),
     METH_FASTCALL,
     "slicechunktodensity(revs, density, mingap) -> sequence of lists\n\n"
     "Cut a chain into slices dense enough to read at once."},
    {"stats", AS_METHOD(parsers_index_stats), METH_NOARGS,
     "stats() -> dict of bytes to int"},
    {"clearcaches", AS_METHOD(index_clearcaches), METH_NOARGS,
     "Forget everything that can be computed again."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef index_getset[] = {
    {"nodemap", (getter)get_nodemap, NULL, "the index itself", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef index_members[] = {
    {"entry_size", T_LONG, offsetof(IndexObject, entry_size), 0,
     "bytes of a record"},
    {"rust_ext_compat", T_LONG, offsetof(IndexObject, rust_ext_compat), 0,
     "whether Rust extensions take the index"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot index_slots[] = {
    {Py_tp_doc, "index(data, inlined[, format])\n"
                "index(data, inlined, uses_generaldelta, uses_delta_info"
                "[, format])\n\n"
                "The revisions of a revlog, by number and by node. ValueError "
                "if the data are no index."},
    {Py_tp_new, index_new},
    {Py_tp_dealloc, parsers_index_dealloc},
    {Py_tp_traverse, parsers_index_traverse},
    {Py_tp_clear, parsers_index_clear},
    {Py_tp_methods, index_methods},
    {Py_tp_getset, index_getset},
    {Py_tp_members, index_members},
    {Py_sq_length, index_length},
    {Py_sq_item, parsers_index_entry},
    {Py_sq_contains, parsers_index_contains},
    {Py_mp_length, index_length},
    {Py_mp_subscript, index_getitem},
    {Py_mp_ass_subscript, index_setitem},
    {0, NULL},
};

PyType_Spec parsers_index_spec = {
    .name = "parsers.index",
    .basicsize = sizeof(IndexObject),
    .flags = PARSERS_TYPE_FLAGS | Py_TPFLAGS_HAVE_GC,
    .slots = index_slots,
};
