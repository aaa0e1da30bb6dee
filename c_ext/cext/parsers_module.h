/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of `parsers` share. The module can be loaded twice in one
 * process, under Mercurial's name and under ours: its types live in the module's
 * state, and objects of either copy are told by a function pointer both have.
 */
#ifndef HGAMALGAM_PARSERS_MODULE_H
#define HGAMALGAM_PARSERS_MODULE_H

#include "arguments.h"

#include <stdbool.h>

#include "../core/dirstate_v1.h"

typedef struct {
	PyTypeObject *dirstate_item;
	PyTypeObject *dirs;
	PyTypeObject *dir_count;
	PyTypeObject *lazymanifest;
	PyTypeObject *manifest_keys;
	PyTypeObject *manifest_entries;
	PyTypeObject *index;
	PyTypeObject *nodetree;
	PyObject *rustext_name; /* in sys.modules */
} ParsersState;

/* for tables of methods and slots that hold several kinds of functions */
#define AS_METHOD(function) ((PyCFunction)(void (*)(void))(function))

#if PY_VERSION_HEX >= 0x030A0000
#define PARSERS_TYPE_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE)
#else
#define PARSERS_TYPE_FLAGS Py_TPFLAGS_DEFAULT
#endif

/* The state of the module that `type`, not a subtype, belongs to. */
static inline ParsersState *parsers_state_of(PyTypeObject *type)
{
	return PyType_GetModuleState(type);
}

/* Free an object of a type without garbage collection. */
static inline void parsers_free(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);

	type->tp_free(self);
	Py_DECREF(type);
}

/* As the format "i" of PyArg_Parse, without parsing a format. */
static inline bool parsers_as_int(PyObject *object, int *value)
{
	long number = PyLong_AsLong(object);

	if (number == -1 && PyErr_Occurred())
		return false;
	if (number < INT_MIN || number > INT_MAX) {
		PyErr_SetString(PyExc_OverflowError,
		                "integer does not fit a C int");
		return false;
	}
	*value = (int)number;
	return true;
}

/* Room for `count` items before the first resize. */
PyObject *parsers_new_dict(Py_ssize_t count);

typedef struct {
	PyObject_HEAD
	hg_dirstate_entry entry;
} DirstateItemObject;

extern PyType_Spec parsers_dirstate_item_spec;
extern PyType_Spec parsers_dirs_spec;
extern PyType_Spec parsers_dir_count_spec;
extern PyType_Spec parsers_lazymanifest_spec;
extern PyType_Spec parsers_manifest_keys_spec;
extern PyType_Spec parsers_manifest_entries_spec;
extern PyType_Spec parsers_index_spec;
extern PyType_Spec parsers_nodetree_spec;

void parsers_dirstate_item_dealloc(PyObject *self);

static inline bool parsers_is_dirstate_item(PyObject *object)
{
	return Py_TYPE(object)->tp_dealloc == parsers_dirstate_item_dealloc;
}

/* parse_dirstate, pack_dirstate, make_file_foldmap, dict_new_presized */
extern PyMethodDef parsers_dirstate_methods[];

PyObject *parsers_fm1readmarkers(PyObject *module, PyObject *const *args,
                                 Py_ssize_t count);
PyObject *parsers_parse_index2(PyObject *module, PyObject *args,
                               PyObject *keywords);
/* A new capsule; see hgamalgam_capi.h. */
PyObject *parsers_new_revlog_capi(void);

#endif
