/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DirstateItem: contract section 2.6. */
#include "parsers_module.h"

void parsers_dirstate_item_dealloc(PyObject *self)
{
	parsers_free(self);
}

typedef struct {
	int seconds;
	int nanoseconds;
	int second_ambiguous;
} mtime_values;

static bool read_mtime(PyObject *tuple, mtime_values *mtime)
{
	if (!PyTuple_Check(tuple) || PyTuple_GET_SIZE(tuple) != 3) {
		PyErr_SetString(PyExc_TypeError,
		                "an mtime must be a tuple (seconds, "
		                "nanoseconds, second_ambiguous)");
		return false;
	}
	return parsers_as_int(PyTuple_GET_ITEM(tuple, 0), &mtime->seconds) &&
	       parsers_as_int(PyTuple_GET_ITEM(tuple, 1),
	                      &mtime->nanoseconds) &&
	       parsers_as_int(PyTuple_GET_ITEM(tuple, 2),
	                      &mtime->second_ambiguous);
}

/* Record what a fallback flag is set to: None or NULL for unset. */
static bool set_fallback(hg_dirstate_entry *entry, PyObject *value,
                         int has_flag, int value_flag)
{
	int is_true;

	if (value == NULL || value == Py_None) {
		entry->flags &= ~has_flag;
		return true;
	}
	is_true = PyObject_IsTrue(value);
	if (is_true < 0)
		return false;
	entry->flags |= has_flag;
	if (is_true)
		entry->flags |= value_flag;
	else
		entry->flags &= ~value_flag;
	return true;
}

/* Fill in mode, size and mtime from `data`, None or (mode, size, mtime). */
static bool set_parent_file_data(hg_dirstate_entry *entry, PyObject *data,
                                 bool use_data, bool use_mtime)
{
	mtime_values mtime = {0, 0, 0};
	int mode, size;

	if (data == Py_None)
		return true;
	if (!PyTuple_Check(data) || PyTuple_GET_SIZE(data) != 3) {
		PyErr_SetString(PyExc_TypeError,
		                "parentfiledata must be a tuple (mode, size, "
		                "mtime)");
		return false;
	}
	if (!parsers_as_int(PyTuple_GET_ITEM(data, 0), &mode) ||
	    !parsers_as_int(PyTuple_GET_ITEM(data, 1), &size))
		return false;
	if (PyTuple_GET_ITEM(data, 2) == Py_None)
		use_mtime = false;
	else if (!read_mtime(PyTuple_GET_ITEM(data, 2), &mtime))
		return false;
	if (use_data) {
		entry->flags |= HG_ENTRY_HAS_MODE_AND_SIZE;
		entry->mode = mode;
		entry->size = size;
		if (mtime.second_ambiguous)
			entry->flags |= HG_ENTRY_MTIME_SECOND_AMBIGUOUS;
	}
	if (use_mtime) {
		entry->flags |= HG_ENTRY_HAS_MTIME;
		entry->mtime_s = mtime.seconds;
		entry->mtime_ns = mtime.nanoseconds;
	}
	return true;
}

static PyObject *item_new(PyTypeObject *type, PyObject *args,
                          PyObject *keywords)
{
	static char *names[] = {
	    "wc_tracked",          "p1_tracked",           "p2_info",
	    "has_meaningful_data", "has_meaningful_mtime", "parentfiledata",
	    "fallback_exec",       "fallback_symlink",     NULL,
	};
	int wc_tracked = 0, p1_tracked = 0, p2_info = 0;
	int use_data = 1, use_mtime = 1;
	PyObject *data = Py_None, *exec = Py_None, *symlink = Py_None;
	DirstateItemObject *self;

	if (!PyArg_ParseTupleAndKeywords(
	        args, keywords, "|iiiiiOOO:DirstateItem", names, &wc_tracked,
	        &p1_tracked, &p2_info, &use_data, &use_mtime, &data, &exec,
	        &symlink))
		return NULL;
	self = (DirstateItemObject *)type->tp_alloc(type, 0);
	if (self == NULL)
		return NULL;
	self->entry.flags = (wc_tracked ? HG_ENTRY_WC_TRACKED : 0) |
	                    (p1_tracked ? HG_ENTRY_P1_TRACKED : 0) |
	                    (p2_info ? HG_ENTRY_P2_INFO : 0);
	if (!set_fallback(&self->entry, exec, HG_ENTRY_HAS_FALLBACK_EXEC,
	                  HG_ENTRY_FALLBACK_EXEC) ||
	    !set_fallback(&self->entry, symlink, HG_ENTRY_HAS_FALLBACK_SYMLINK,
	                  HG_ENTRY_FALLBACK_SYMLINK) ||
	    !set_parent_file_data(&self->entry, data, use_data, use_mtime)) {
		Py_DECREF(self);
		return NULL;
	}
	return (PyObject *)self;
}

static PyObject *item_from_v2_data(PyObject *type, PyObject *const *args,
                                   Py_ssize_t count)
{
	int flags, size, mtime_s, mtime_ns;
	DirstateItemObject *self;

	if (check_count("from_v2_data", count, 4, 4) < 0 ||
	    !parsers_as_int(args[0], &flags) ||
	    !parsers_as_int(args[1], &size) ||
	    !parsers_as_int(args[2], &mtime_s) ||
	    !parsers_as_int(args[3], &mtime_ns))
		return NULL;
	self = PyObject_New(DirstateItemObject, (PyTypeObject *)type);
	if (self != NULL)
		hg_entry_from_v2(&self->entry, flags, size, mtime_s, mtime_ns);
	return (PyObject *)self;
}

static PyObject *item_v2_data(DirstateItemObject *self, PyObject *unused)
{
	const hg_dirstate_entry *entry = &self->entry;
	const int32_t values[4] = {hg_entry_v2_flags(entry), entry->size,
	                           entry->mtime_s, entry->mtime_ns};
	PyObject *tuple = PyTuple_New(4);
	Py_ssize_t i;
	(void)unused;

	for (i = 0; tuple != NULL && i < 4; i++) {
		PyObject *number = PyLong_FromLong(values[i]);

		if (number == NULL)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, i, number);
	}
	return tuple;
}

static PyObject *item_mtime_likely_equal_to(DirstateItemObject *self,
                                            PyObject *other)
{
	const hg_dirstate_entry *entry = &self->entry;
	mtime_values mtime;

	if (!read_mtime(other, &mtime))
		return NULL;
	if (!hg_entry_has(entry, HG_ENTRY_HAS_MTIME) ||
	    entry->mtime_s != mtime.seconds)
		Py_RETURN_FALSE;
	/* no nanoseconds were recorded on one side: seconds have to do */
	if (entry->mtime_ns == 0 || mtime.nanoseconds == 0)
		return PyBool_FromLong(
		    !hg_entry_has(entry, HG_ENTRY_MTIME_SECOND_AMBIGUOUS));
	return PyBool_FromLong(entry->mtime_ns == mtime.nanoseconds);
}

static PyObject *item_set_possibly_dirty(DirstateItemObject *self,
                                         PyObject *unused)
{
	(void)unused;
	self->entry.flags &= ~HG_ENTRY_HAS_MTIME;
	Py_RETURN_NONE;
}

static PyObject *item_set_clean(DirstateItemObject *self, PyObject *const *args,
                                Py_ssize_t count)
{
	mtime_values mtime = {0, 0, 0};
	int mode, size;

	if (check_count("set_clean", count, 3, 3) < 0 ||
	    !parsers_as_int(args[0], &mode) ||
	    !parsers_as_int(args[1], &size) ||
	    (args[2] != Py_None && !read_mtime(args[2], &mtime)))
		return NULL;
	self->entry.flags = HG_ENTRY_WC_TRACKED | HG_ENTRY_P1_TRACKED |
	                    HG_ENTRY_HAS_MODE_AND_SIZE | HG_ENTRY_HAS_MTIME;
	if (mtime.second_ambiguous)
		self->entry.flags |= HG_ENTRY_MTIME_SECOND_AMBIGUOUS;
	self->entry.mode = mode;
	self->entry.size = size;
	self->entry.mtime_s = mtime.seconds;
	self->entry.mtime_ns = mtime.nanoseconds;
	Py_RETURN_NONE;
}

static PyObject *item_set_tracked(DirstateItemObject *self, PyObject *unused)
{
	(void)unused;
	self->entry.flags |= HG_ENTRY_WC_TRACKED;
	self->entry.flags &= ~HG_ENTRY_HAS_MTIME;
	Py_RETURN_NONE;
}

static PyObject *item_set_untracked(DirstateItemObject *self, PyObject *unused)
{
	(void)unused;
	self->entry.flags &= ~HG_ENTRY_WC_TRACKED;
	hg_entry_drop_data(&self->entry);
	Py_RETURN_NONE;
}

static PyObject *item_drop_merge_data(DirstateItemObject *self,
                                      PyObject *unused)
{
	(void)unused;
	if (hg_entry_has(&self->entry, HG_ENTRY_P2_INFO)) {
		self->entry.flags &= ~HG_ENTRY_P2_INFO;
		hg_entry_drop_data(&self->entry);
	}
	Py_RETURN_NONE;
}

static PyMethodDef item_methods[] = {
    {"from_v2_data", AS_METHOD(item_from_v2_data), METH_FASTCALL | METH_CLASS,
     "from_v2_data(flags, size, mtime_s, mtime_ns) -> DirstateItem\n\n"
     "The item that a dirstate-v2 record describes."},
    {"v2_data", AS_METHOD(item_v2_data), METH_NOARGS,
     "v2_data() -> (flags, size, mtime_s, mtime_ns)\n\n"
     "What a dirstate-v2 record of the item holds."},
    {"mtime_likely_equal_to", AS_METHOD(item_mtime_likely_equal_to), METH_O,
     "mtime_likely_equal_to((seconds, nanoseconds, second_ambiguous)) -> bool\n"
     "\nWhether a file of this mtime can be taken as unchanged."},
    {"set_possibly_dirty", AS_METHOD(item_set_possibly_dirty), METH_NOARGS,
     "Forget the mtime, so that the next status reads the file."},
    {"set_clean", AS_METHOD(item_set_clean), METH_FASTCALL,
     "set_clean(mode, size, mtime)\n\n"
     "Record that the file is tracked and unmodified with these values."},
    {"set_tracked", AS_METHOD(item_set_tracked), METH_NOARGS,
     "Record that the working copy tracks the file."},
    {"set_untracked", AS_METHOD(item_set_untracked), METH_NOARGS,
     "Record that the working copy does not track the file."},
    {"drop_merge_data", AS_METHOD(item_drop_merge_data), METH_NOARGS,
     "Forget what a merge recorded."},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_state(DirstateItemObject *self, void *unused)
{
	char state = hg_entry_v1_state(&self->entry);
	(void)unused;

	return PyBytes_FromStringAndSize(&state, 1);
}

static PyObject *get_mode(DirstateItemObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromLong(hg_entry_v1_mode(&self->entry));
}

static PyObject *get_size(DirstateItemObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromLong(hg_entry_v1_size(&self->entry));
}

static PyObject *get_mtime(DirstateItemObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromLong(hg_entry_v1_mtime(&self->entry));
}

#define BOOL_GETTER(name, expression)                                 \
	static PyObject *name(DirstateItemObject *self, void *unused) \
	{                                                             \
		const hg_dirstate_entry *entry = &self->entry;        \
		(void)unused;                                         \
		return PyBool_FromLong(expression);                   \
	}

BOOL_GETTER(get_tracked, hg_entry_has(entry, HG_ENTRY_WC_TRACKED))
BOOL_GETTER(get_p1_tracked, hg_entry_has(entry, HG_ENTRY_P1_TRACKED))
BOOL_GETTER(get_p2_info, hg_entry_has(entry, HG_ENTRY_WC_TRACKED) &&
                             hg_entry_has(entry, HG_ENTRY_P2_INFO))
BOOL_GETTER(get_any_tracked, hg_entry_has(entry, HG_ENTRY_TRACKED_ANYWHERE))
BOOL_GETTER(get_added, hg_entry_added(entry))
BOOL_GETTER(get_modified, hg_entry_modified(entry))
BOOL_GETTER(get_removed, hg_entry_removed(entry))
BOOL_GETTER(get_from_p2, hg_entry_from_p2(entry))
BOOL_GETTER(get_maybe_clean, hg_entry_maybe_clean(entry))
BOOL_GETTER(get_has_fallback_exec,
            hg_entry_has(entry, HG_ENTRY_HAS_FALLBACK_EXEC))
BOOL_GETTER(get_has_fallback_symlink,
            hg_entry_has(entry, HG_ENTRY_HAS_FALLBACK_SYMLINK))

static PyObject *get_fallback_exec(DirstateItemObject *self, void *unused)
{
	(void)unused;
	if (!hg_entry_has(&self->entry, HG_ENTRY_HAS_FALLBACK_EXEC))
		Py_RETURN_NONE;
	return PyBool_FromLong(
	    hg_entry_has(&self->entry, HG_ENTRY_FALLBACK_EXEC));
}

static int set_fallback_exec(DirstateItemObject *self, PyObject *value,
                             void *unused)
{
	(void)unused;
	return set_fallback(&self->entry, value, HG_ENTRY_HAS_FALLBACK_EXEC,
	                    HG_ENTRY_FALLBACK_EXEC)
	           ? 0
	           : -1;
}

static PyObject *get_fallback_symlink(DirstateItemObject *self, void *unused)
{
	(void)unused;
	if (!hg_entry_has(&self->entry, HG_ENTRY_HAS_FALLBACK_SYMLINK))
		Py_RETURN_NONE;
	return PyBool_FromLong(
	    hg_entry_has(&self->entry, HG_ENTRY_FALLBACK_SYMLINK));
}

static int set_fallback_symlink(DirstateItemObject *self, PyObject *value,
                                void *unused)
{
	(void)unused;
	return set_fallback(&self->entry, value, HG_ENTRY_HAS_FALLBACK_SYMLINK,
	                    HG_ENTRY_FALLBACK_SYMLINK)
	           ? 0
	           : -1;
}

static PyGetSetDef item_getset[] = {
    {"state", (getter)get_state, NULL, "the dirstate-v1 state, one byte", NULL},
    {"mode", (getter)get_mode, NULL, "the dirstate-v1 mode", NULL},
    {"size", (getter)get_size, NULL, "the dirstate-v1 size", NULL},
    {"mtime", (getter)get_mtime, NULL, "the dirstate-v1 mtime", NULL},
    {"tracked", (getter)get_tracked, NULL, "in the working copy", NULL},
    {"p1_tracked", (getter)get_p1_tracked, NULL, "in the first parent", NULL},
    {"p2_info", (getter)get_p2_info, NULL,
     "in the working copy, with something from a merge", NULL},
    {"any_tracked", (getter)get_any_tracked, NULL, "tracked anywhere", NULL},
    {"added", (getter)get_added, NULL, "in the working copy only", NULL},
    {"modified", (getter)get_modified, NULL, "merged", NULL},
    {"removed", (getter)get_removed, NULL,
     "in a parent, not in the working copy", NULL},
    {"from_p2", (getter)get_from_p2, NULL,
     "in the working copy, from the second parent only", NULL},
    {"maybe_clean", (getter)get_maybe_clean, NULL,
     "unmodified, unless the file says otherwise", NULL},
    {"has_fallback_exec", (getter)get_has_fallback_exec, NULL,
     "whether fallback_exec is set", NULL},
    {"fallback_exec", (getter)get_fallback_exec, (setter)set_fallback_exec,
     "the exec flag where the file system has none, or None", NULL},
    {"has_fallback_symlink", (getter)get_has_fallback_symlink, NULL,
     "whether fallback_symlink is set", NULL},
    {"fallback_symlink", (getter)get_fallback_symlink,
     (setter)set_fallback_symlink,
     "the symlink flag where the file system has none, or None", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot item_slots[] = {
    {Py_tp_doc, "What the dirstate knows about a file."},
    {Py_tp_new, item_new},
    {Py_tp_dealloc, parsers_dirstate_item_dealloc},
    {Py_tp_methods, item_methods},
    {Py_tp_getset, item_getset},
    {0, NULL},
};

PyType_Spec parsers_dirstate_item_spec = {
    .name = "builtins.dirstate_tuple",
    .basicsize = sizeof(DirstateItemObject),
    .flags = PARSERS_TYPE_FLAGS,
    .slots = item_slots,
};
