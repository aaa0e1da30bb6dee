/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An extension that knows hg-amalgam by hgamalgam_capi.h alone: it reads an
 * index and asks for the status of files, all in C. */
#define PY_SSIZE_T_CLEAN
#include "hgamalgam_capi.h"

static const HgamalgamRevlogCapi *revlog;
static const HgamalgamCoreCapi *core;

/* The struct of a capsule; NULL with an ImportError if it is not the one that
 * the header describes. */
static const void *import_capsule(const char *module_name,
                                  const char *attribute, const char *name,
                                  int abi, size_t size)
{
	PyObject *module = PyImport_ImportModule(module_name);
	const void *capi;

	if (module == NULL)
		return NULL;
	capi = hgamalgam_capsule(module, attribute, name, abi, size);
	Py_DECREF(module);
	return capi;
}

static int capsule_user_exec(PyObject *module)
{
	(void)module;
	revlog = import_capsule("hgamalgam.cext.parsers", "revlog_CAPI",
	                        HGAMALGAM_REVLOG_CAPI_NAME,
	                        HGAMALGAM_REVLOG_CAPI_ABI, 0);
	if (revlog == NULL)
		return -1;
	core = import_capsule("hgamalgam.rustext", "core_CAPI",
	                      HGAMALGAM_CORE_CAPI_NAME,
	                      HGAMALGAM_CORE_CAPI_ABI, sizeof *core);
	return core == NULL ? -1 : 0;
}

/* revisions(index) -> [(node, p1, p2, rank)] */
static PyObject *revisions(PyObject *module, PyObject *index)
{
	PyObject *list;
	Py_ssize_t rev, length;
	int parents[2];

	(void)module;
	/* The others take an index unchecked. */
	if (revlog->index_parents(index, -1, parents) < 0)
		return NULL;
	length = revlog->index_length(index);
	list = PyList_New(length);
	for (rev = 0; list != NULL && rev < length; rev++) {
		PyObject *item = NULL;

		if (revlog->index_parents(index, (int)rev, parents) == 0)
			item = Py_BuildValue("y#iii",
			                     revlog->index_node(index, rev),
			                     (Py_ssize_t)20, parents[0],
			                     parents[1],
			                     revlog->fast_rank(index, rev));
		if (item == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, rev, item);
	}
	return list;
}

static PyObject *status_list(const HgamalgamFileStatus *statuses,
                             Py_ssize_t count)
{
	PyObject *list = PyList_New(count);
	Py_ssize_t i;

	for (i = 0; list != NULL && i < count; i++) {
		const HgamalgamFileStatus *one = &statuses[i];
		PyObject *item = Py_BuildValue(
		    "KKKLLLIIIi", (unsigned long long)one->device,
		    (unsigned long long)one->inode,
		    (unsigned long long)one->links, (long long)one->size,
		    (long long)one->mtime, (long long)one->ctime,
		    one->mtime_nsec, one->ctime_nsec, one->mode, one->error);

		if (item == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	return list;
}

/* lstat(tuple of paths) -> [(device, inode, links, size, mtime, ctime,
 * mtime_nsec, ctime_nsec, mode, error)] */
static PyObject *lstat_files(PyObject *module, PyObject *names)
{
	PyObject *list = NULL;
	Py_ssize_t i, count;
	const char **paths;
	HgamalgamFileStatus *statuses;
	int failed;

	(void)module;
	if (!PyTuple_Check(names)) {
		PyErr_SetString(PyExc_TypeError, "expected a tuple of paths");
		return NULL;
	}
	count = PyTuple_GET_SIZE(names);
	paths = PyMem_New(const char *, count);
	statuses = PyMem_New(HgamalgamFileStatus, count);
	if (paths == NULL || statuses == NULL) {
		PyErr_NoMemory();
		goto done;
	}
	for (i = 0; i < count; i++) {
		paths[i] = PyBytes_AsString(PyTuple_GET_ITEM(names, i));
		if (paths[i] == NULL)
			goto done;
	}
	/* The tuple keeps the paths; the caller keeps the tuple. */
	Py_BEGIN_ALLOW_THREADS
	failed = core->stat_files(paths, (size_t)count, statuses, 0);
	Py_END_ALLOW_THREADS
	if (failed)
		PyErr_SetString(PyExc_OSError, "cannot look at the files");
	else
		list = status_list(statuses, count);
done:
	PyMem_Free((void *)paths);
	PyMem_Free(statuses);
	return list;
}

static PyMethodDef methods[] = {
    {"revisions", revisions, METH_O, "revisions(index) -> list"},
    {"lstat", lstat_files, METH_O, "lstat(paths) -> list"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, capsule_user_exec},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "capsule_user",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_capsule_user(void)
{
	return PyModuleDef_Init(&definition);
}
