/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module `parsers`: contract section 2.5. */
#include "parsers_module.h"

#include "parsers_text.h"

/* What Mercurial's policy expects of its `parsers`. */
#define PARSERS_VERSION 21

#define VERSION_ERROR_TEXT "Python minor version mismatch"

/* An extension built for one minor version must not run on another. */
static int check_python_version(void)
{
	PyObject *running = PySys_GetObject("hexversion"); /* borrowed */
	unsigned long version = 0;

	if (running != NULL)
		version = PyLong_AsUnsignedLong(running);
	if (PyErr_Occurred())
		PyErr_Clear();
	if (version >> 16 == PY_VERSION_HEX >> 16)
		return 0;
	PyErr_Format(PyExc_ImportError,
	             VERSION_ERROR_TEXT ": built for Python " PY_VERSION
	                                ", running with sys.hexversion=%lu: "
	                                "Python %s at %R",
	             version, Py_GetVersion(), PySys_GetObject("executable"));
	return -1;
}

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec,
                              const char *name)
{
	PyTypeObject *type =
	    (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);

	if (type == NULL || name == NULL)
		return type;
	Py_INCREF(type);
	if (PyModule_AddObject(module, name, (PyObject *)type) < 0) {
		Py_DECREF(type);
		Py_CLEAR(type);
	}
	return type;
}

/* A type whose objects only we make. */
static PyTypeObject *add_inner_type(PyObject *module, PyType_Spec *spec)
{
	PyTypeObject *type = add_type(module, spec, NULL);

	if (type != NULL)
		type->tp_new = NULL;
	return type;
}

static int add_types(PyObject *module)
{
	ParsersState *state = PyModule_GetState(module);

	state->dirstate_item =
	    add_type(module, &parsers_dirstate_item_spec, "DirstateItem");
	state->dirs = add_type(module, &parsers_dirs_spec, "dirs");
	state->dir_count = add_inner_type(module, &parsers_dir_count_spec);
	state->lazymanifest =
	    add_type(module, &parsers_lazymanifest_spec, "lazymanifest");
	state->manifest_keys =
	    add_inner_type(module, &parsers_manifest_keys_spec);
	state->manifest_entries =
	    add_inner_type(module, &parsers_manifest_entries_spec);
	state->index = add_type(module, &parsers_index_spec, "index");
	state->rustext_name = PyUnicode_InternFromString("mercurial.rustext");
	state->nodetree = add_type(module, &parsers_nodetree_spec, "nodetree");
	if (state->dirstate_item == NULL || state->dirs == NULL ||
	    state->dir_count == NULL || state->lazymanifest == NULL ||
	    state->manifest_keys == NULL || state->manifest_entries == NULL ||
	    state->index == NULL || state->nodetree == NULL ||
	    state->rustext_name == NULL)
		return -1;
	/* A type without a module in its name is a builtin to Python; messages
	 * show the bare name. */
	state->dirstate_item->tp_name = "dirstate_tuple";
	return 0;
}

static int parsers_exec(PyObject *module)
{
	PyObject *capi;

	if (check_python_version() < 0 || add_types(module) < 0 ||
	    PyModule_AddFunctions(module, parsers_dirstate_methods) < 0 ||
	    PyModule_AddFunctions(module, hgamalgam_charencode_methods) < 0 ||
	    PyModule_AddFunctions(module, hgamalgam_pathencode_methods) < 0 ||
	    PyModule_AddIntConstant(module, "version", PARSERS_VERSION) < 0 ||
	    PyModule_AddStringConstant(module, "versionerrortext",
	                               VERSION_ERROR_TEXT) < 0)
		return -1;
	capi = parsers_new_revlog_capi();
	if (capi == NULL)
		return -1;
	if (PyModule_AddObject(module, "revlog_CAPI", capi) < 0) {
		Py_DECREF(capi);
		return -1;
	}
	return 0;
}

static int parsers_traverse(PyObject *module, visitproc visit, void *arg)
{
	ParsersState *state = PyModule_GetState(module);

	Py_VISIT(state->dirstate_item);
	Py_VISIT(state->dirs);
	Py_VISIT(state->dir_count);
	Py_VISIT(state->lazymanifest);
	Py_VISIT(state->manifest_keys);
	Py_VISIT(state->manifest_entries);
	Py_VISIT(state->index);
	Py_VISIT(state->nodetree);
	Py_VISIT(state->rustext_name);
	return 0;
}

static int parsers_clear(PyObject *module)
{
	ParsersState *state = PyModule_GetState(module);

	Py_CLEAR(state->dirstate_item);
	Py_CLEAR(state->dirs);
	Py_CLEAR(state->dir_count);
	Py_CLEAR(state->lazymanifest);
	Py_CLEAR(state->manifest_keys);
	Py_CLEAR(state->manifest_entries);
	Py_CLEAR(state->index);
	Py_CLEAR(state->nodetree);
	Py_CLEAR(state->rustext_name);
	return 0;
}

static void parsers_free_module(void *module)
{
	parsers_clear(module);
}

static PyMethodDef parsers_methods[] = {
    {"fm1readmarkers", AS_METHOD(parsers_fm1readmarkers), METH_FASTCALL,
     "fm1readmarkers(data, offset, stop) -> list\n\n"
     "The obsolescence markers of a version-1 store from offset to stop."},
    {"parse_index2", AS_METHOD(parsers_parse_index2),
     METH_VARARGS | METH_KEYWORDS,
     "parse_index2(data, inlined[, format]) -> (index, cache)\n"
     "parse_index2(data, inlined, uses_generaldelta, uses_delta_info[, "
     "format])\n\n"
     "The index of a revlog, and (0, data) if the data are inline, else "
     "None."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot parsers_slots[] = {
    {Py_mod_exec, parsers_exec},
    COMMON_MODULE_SLOTS,
    {0, NULL},
};

static struct PyModuleDef parsers_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "parsers",
    .m_doc = "Mercurial's file formats and data structures.",
    .m_size = sizeof(ParsersState),
    .m_methods = parsers_methods,
    .m_slots = parsers_slots,
    .m_traverse = parsers_traverse,
    .m_clear = parsers_clear,
    .m_free = parsers_free_module,
};

PyMODINIT_FUNC PyInit_parsers(void)
{
	return PyModuleDef_Init(&parsers_definition);
}
