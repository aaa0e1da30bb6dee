/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "arguments.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <structmember.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/osutil.h"
#include "hgamalgam_capi.h"

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

/* Signals are looked at, and the GIL is let go, for this many files at a time. */
#define BATCH 1000
/* So many of the first files tell how long the others will take. */
#define PROBE 200
/* Threads are worth it, also on a busy machine, for work of so many nanoseconds. */
#define PARALLEL_PAYS 5000000
/* They get as many files at a time as one thread looks at in this time ... */
#define PARALLEL_TIME 50000000
/* ... but BATCH at least, and at most so many. */
#define PARALLEL_BATCH 16000

/* The index under which os.stat_result has st_mtime; the only one we have. */
#define ST_MTIME 8

struct osutil_state {
	PyTypeObject *stat_type;
};

struct stat_object {
	PyObject_HEAD
	struct file_status status;
};

static PyObject *stat_item(PyObject *self, PyObject *key)
{
	long index = PyLong_AsLong(key);
	if (index == -1 && PyErr_Occurred())
		return NULL;
	if (index != ST_MTIME) {
		PyErr_SetString(
		    PyExc_IndexError,
		    "osutil.stat objects have no item but 8, st_mtime");
		return NULL;
	}
	return PyLong_FromLongLong(((struct stat_object *)self)->status.mtime);
}

static PyObject *stat_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	(void)args;
	(void)kwargs;
	return type->tp_alloc(type, 0);
}

static void stat_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	type->tp_free(self);
	Py_DECREF(type);
}

#define STAT_MEMBER(name, field)                  \
	{name, T_LONGLONG,                        \
	 offsetof(struct stat_object, status) +   \
	     offsetof(struct file_status, field), \
	 READONLY, NULL}

static PyMemberDef stat_members[] = {
    STAT_MEMBER("st_dev", device),  STAT_MEMBER("st_mode", mode),
    STAT_MEMBER("st_nlink", links), STAT_MEMBER("st_size", size),
    STAT_MEMBER("st_mtime", mtime), STAT_MEMBER("st_ctime", ctime),
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot stat_slots[] = {
    {Py_tp_doc, "What lstat tells of a file, times in whole seconds."},
    {Py_tp_new, stat_new},
    {Py_tp_dealloc, stat_dealloc},
    {Py_tp_members, stat_members},
    {Py_mp_subscript, stat_item},
    {0, NULL},
};

#ifndef Py_TPFLAGS_IMMUTABLETYPE /* since Python 3.10 */
#define Py_TPFLAGS_IMMUTABLETYPE 0
#endif

static PyType_Spec stat_spec = {
    .name = "osutil.stat",
    .basicsize = sizeof(struct stat_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = stat_slots,
};

static PyObject *make_stat(PyTypeObject *type, const struct file_status *status)
{
	PyObject *self = type->tp_alloc(type, 0);
	if (self != NULL)
		((struct stat_object *)self)->status = *status;
	return self;
}

/* The entry as (name, kind) or (name, kind, stat). Takes over `kind`. */
static PyObject *entry_tuple(PyTypeObject *stat_type,
                             const struct directory_listing *listing, size_t i,
                             PyObject *kind)
{
	const struct directory_entry *entry = &listing->entries[i];
	PyObject *name, *status = NULL, *tuple = NULL;

	name = PyBytes_FromStringAndSize(listing->names + entry->name,
	                                 (Py_ssize_t)entry->name_length);
	if (listing->statuses != NULL)
		status = make_stat(stat_type, &listing->statuses[i]);
	if (name != NULL && kind != NULL &&
	    (status != NULL || listing->statuses == NULL))
		tuple = PyTuple_New(status != NULL ? 3 : 2);
	if (tuple == NULL) {
		Py_XDECREF(name);
		Py_XDECREF(kind);
		Py_XDECREF(status);
		return NULL;
	}
	PyTuple_SET_ITEM(tuple, 0, name);
	PyTuple_SET_ITEM(tuple, 1, kind);
	if (status != NULL)
		PyTuple_SET_ITEM(tuple, 2, status);
	return tuple;
}

static PyObject *listing_list(PyTypeObject *stat_type,
                              const struct directory_listing *listing)
{
	PyObject *list = PyList_New((Py_ssize_t)listing->count);
	PyObject *kind = NULL;
	uint32_t last_kind = 0;
	size_t i;

	for (i = 0; list && i < listing->count; i++) {
		PyObject *tuple;
		if (kind == NULL || listing->entries[i].kind != last_kind) {
			last_kind = listing->entries[i].kind;
			Py_XDECREF(kind);
			kind = PyLong_FromUnsignedLong(last_kind);
		}
		Py_XINCREF(kind);
		tuple = entry_tuple(stat_type, listing, i, kind);
		if (tuple == NULL) {
			Py_CLEAR(list);
			break;
		}
		PyList_SET_ITEM(list, (Py_ssize_t)i, tuple);
	}
	Py_XDECREF(kind);
	return list;
}

static PyObject *raise_for_path(int error, const char *path, const char *name)
{
	char full[PATH_MAX + NAME_MAX + 2];
	if (name != NULL) {
		snprintf(full, sizeof(full), "%s/%s", path, name);
		path = full;
	}
	errno = error;
	return PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
}

/* The entries of `path`, as entry_tuple makes them. */
static PyObject *list_directory(PyTypeObject *stat_type, const char *path,
                                int want_status, const char *skip)
{
	struct directory_listing listing;
	PyObject *list = NULL;
	size_t failed;
	int error;

	Py_BEGIN_ALLOW_THREADS
	error = directory_read(path, want_status, skip, &listing, &failed);
	Py_END_ALLOW_THREADS
	if (error == 0) {
		list = listing_list(stat_type, &listing);
	} else {
		raise_for_path(error, path,
		               failed == SIZE_MAX ? NULL
		                                  : listing.names + failed);
	}
	directory_free(&listing);
	return list;
}

static PyObject *listdir(PyObject *module, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"path", "stat", "skip", NULL};
	struct osutil_state *state = PyModule_GetState(module);
	PyObject *path_object, *stat = Py_False, *skip_object = Py_None;
	PyObject *list = NULL;
	struct immutable_bytes path;
	const char *skip = NULL;
	int want_status;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO:listdir", names,
	                                 &path_object, &stat, &skip_object) ||
	    take_read_only(path_object, &path) < 0) {
		return NULL;
	}
	want_status = PyObject_IsTrue(stat);
	if (want_status >= 0 &&
	    (skip_object == Py_None ||
	     (skip = PyBytes_AsString(skip_object)) != NULL)) {
		if (path.length >= PATH_MAX)
			raise_for_path(ENAMETOOLONG, path.data, NULL);
		else
			list = list_directory(state->stat_type, path.data,
			                      want_status, skip);
	}
	release_bytes(&path);
	return list;
}

/*
 * The parallel stat of rustext, if that is loaded, under whichever name, and its
 * capsule is what we were built for; else NULL. No exception.
 */
static const HgamalgamCoreCapi *core_capi(void)
{
	static const char *const names[] = {"mercurial.rustext",
	                                    "hgamalgam.rustext"};
	const HgamalgamCoreCapi *capi = NULL;
	size_t i;

	for (i = 0; capi == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		PyObject *name = PyUnicode_FromString(names[i]);
		PyObject *module =
		    name != NULL ? PyImport_GetModule(name) : NULL;
		if (module != NULL) {
			capi = hgamalgam_capsule(
			    module, "core_CAPI", HGAMALGAM_CORE_CAPI_NAME,
			    HGAMALGAM_CORE_CAPI_ABI, sizeof(*capi));
		}
		PyErr_Clear();
		Py_XDECREF(module);
		Py_XDECREF(name);
	}
	return capi;
}

/* What statfiles works on: arrays with room for a batch. */
struct batch {
	PyObject **names; /* owned, the first `count` */
	const char **paths;
	struct file_status *statuses;
	unsigned char *found;
	const HgamalgamCoreCapi *capi; /* may be NULL */
	HgamalgamFileStatus *native; /* for capi */
	size_t threads; /* for capi; 0: one a processor */
	Py_ssize_t count, room;
};

static void batch_clear(struct batch *batch)
{
	while (batch->count > 0)
		Py_DECREF(batch->names[--batch->count]);
}

static void batch_free(struct batch *batch)
{
	batch_clear(batch);
	PyMem_Free(batch->names);
	PyMem_Free((void *)batch->paths);
	PyMem_Free(batch->statuses);
	PyMem_Free(batch->found);
	PyMem_Free(batch->native);
}

/* Makes room for `room` files, for `capi` if not NULL; -1 with an exception. Free
 * the batch either way. */
static int batch_init(struct batch *batch, Py_ssize_t room,
                      const HgamalgamCoreCapi *capi)
{
	memset(batch, 0, sizeof(*batch));
	batch->room = room;
	batch->capi = capi;
	batch->names = PyMem_New(PyObject *, room);
	batch->paths = PyMem_New(const char *, room);
	batch->statuses = PyMem_New(struct file_status, room);
	batch->found = PyMem_New(unsigned char, room);
	if (capi != NULL)
		batch->native = PyMem_New(HgamalgamFileStatus, room);
	if (batch->names == NULL || batch->paths == NULL ||
	    batch->statuses == NULL || batch->found == NULL ||
	    (capi != NULL && batch->native == NULL)) {
		PyErr_NoMemory();
		return -1;
	}
	return 0;
}

/* The threads that Mercurial's configuration asks Rust for; 0 if it does not
 * say. The GIL is held, without which Python may change the environment. */
static size_t configured_threads(void)
{
	const char *value = getenv("RAYON_NUM_THREADS");
	long count = value != NULL ? strtol(value, NULL, 10) : 0;
	return count > 0 ? (size_t)count : 0;
}

/* Chooses how to go on with the `left` files, given how long one took; -1 with an
 * exception. */
static int batch_choose(struct batch *batch, Py_ssize_t left, int64_t took)
{
	const HgamalgamCoreCapi *capi = NULL;
	int64_t room = BATCH;

	if (left >= PARALLEL_PAYS / took && (capi = core_capi())) {
		room = PARALLEL_TIME / took;
		room = room < BATCH ? BATCH : room;
		room = room > PARALLEL_BATCH ? PARALLEL_BATCH : room;
	}
	batch_free(batch);
	if (batch_init(batch, left < room ? left : (Py_ssize_t)room, capi) < 0)
		return -1;
	batch->threads = configured_threads();
	return 0;
}

static int64_t nanoseconds(void)
{
	struct timespec now = {0, 0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* As files_status, by threads; 0, or -1 if that did not work. Needs no GIL. */
static int parallel_status(struct batch *batch)
{
	Py_ssize_t i;

	if (batch->capi->stat_files(batch->paths, (size_t)batch->count,
	                            batch->native, batch->threads) != 0) {
		return -1;
	}
	for (i = 0; i < batch->count; i++) {
		const HgamalgamFileStatus *from = &batch->native[i];
		struct file_status *to = &batch->statuses[i];
		batch->found[i] = from->error == 0 &&
		                  (S_ISREG(from->mode) || S_ISLNK(from->mode));
		to->device = (int64_t)from->device;
		to->mode = (int64_t)from->mode;
		to->links = (int64_t)from->links;
		to->size = from->size;
		to->mtime = from->mtime;
		to->ctime = from->ctime;
	}
	return 0;
}

/* Fills list[first..last) with the statuses of names[first..last). */
static int stat_batch(PyTypeObject *type, struct batch *batch, PyObject *names,
                      PyObject *list, Py_ssize_t first, Py_ssize_t last)
{
	Py_ssize_t i;
	for (i = first; i < last; i++) {
		PyObject *name = PySequence_GetItem(names, i);
		if (name == NULL)
			return -1;
		batch->names[batch->count] = name;
		batch->paths[batch->count++] = PyBytes_AsString(name);
		if (batch->paths[batch->count - 1] == NULL) {
			PyErr_SetString(PyExc_TypeError, "not a string");
			return -1;
		}
	}
	Py_BEGIN_ALLOW_THREADS
	if (batch->capi == NULL || parallel_status(batch) < 0) {
		files_status(batch->paths, (size_t)batch->count,
		             batch->statuses, batch->found);
	}
	Py_END_ALLOW_THREADS
	for (i = first; i < last; i++) {
		PyObject *item = Py_None;
		if (batch->found[i - first]) {
			item = make_stat(type, &batch->statuses[i - first]);
			if (item == NULL)
				return -1;
		} else {
			Py_INCREF(item);
		}
		PyList_SET_ITEM(list, i, item);
	}
	return 0;
}

static PyObject *statfiles(PyObject *module, PyObject *names)
{
	struct osutil_state *state = PyModule_GetState(module);
	struct batch batch;
	PyObject *list;
	Py_ssize_t count = PySequence_Size(names), first, last;
	int64_t start = nanoseconds();

	if (count == -1) {
		PyErr_SetString(PyExc_TypeError, "not a sequence");
		return NULL;
	}
	list = PyList_New(count);
	if (batch_init(&batch, count < PROBE ? count : PROBE, NULL) < 0)
		Py_CLEAR(list);
	for (first = 0; list && first < count; first = last) {
		last = count - first > batch.room ? first + batch.room : count;
		if ((first > 0 && PyErr_CheckSignals() < 0) ||
		    stat_batch(state->stat_type, &batch, names, list, first,
		               last) < 0) {
			Py_CLEAR(list);
		}
		batch_clear(&batch);
		if (list != NULL && first == 0 && last < count &&
		    batch_choose(&batch, count - last,
		                 (nanoseconds() - start) / last + 1) < 0) {
			Py_CLEAR(list);
		}
	}
	batch_free(&batch);
	return list;
}

#ifdef HGAMALGAM_HAVE_FSTYPE
static PyObject *getfstype(PyObject *module, PyObject *arg)
{
	char name[FSTYPE_SIZE];
	struct immutable_bytes path;
	int error;
	(void)module;

	if (take_string(arg, &path) < 0)
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	error = filesystem_type(path.data, name);
	Py_END_ALLOW_THREADS
	release_bytes(&path);
	if (error) {
		errno = error;
		return PyErr_SetFromErrno(PyExc_OSError);
	}
	if (name[0] == '\0')
		Py_RETURN_NONE;
	return PyBytes_FromString(name);
}
#endif

static PyObject *unblocksignal(PyObject *module, PyObject *arg)
{
	int number, error;
	(void)module;
	if (!PyArg_Parse(arg, "i", &number))
		return NULL;
	error = unblock_signal(number);
	if (error) {
		errno = error;
		return PyErr_SetFromErrno(PyExc_OSError);
	}
	Py_RETURN_NONE;
}

#ifdef HGAMALGAM_HAVE_PROCESS_NAME
static PyObject *setprocname(PyObject *module, PyObject *arg)
{
	struct immutable_bytes name;
	(void)module;
	if (take_string(arg, &name) < 0)
		return NULL;
	set_process_name(name.data);
	release_bytes(&name);
	Py_RETURN_NONE;
}
#endif

#ifdef MADV_POPULATE_READ
static PyObject *background_mmap_populate(PyObject *module, PyObject *arg)
{
	Py_buffer view;
	(void)module;
	if (PyObject_GetBuffer(arg, &view, PyBUF_CONTIG_RO) < 0)
		return NULL;
	populate_in_background(view.buf, (size_t)view.len);
	/* not kept: the owner may unmap it whenever it likes */
	PyBuffer_Release(&view);
	Py_RETURN_NONE;
}
#endif

static PyMethodDef methods[] = {
    {"listdir", (PyCFunction)(void (*)(void))listdir,
     METH_VARARGS | METH_KEYWORDS,
     "listdir(path, stat=False, skip=None) -> [(name, kind)]\n\n"
     "The entries of a directory, unsorted; with stat, each has its status as "
     "a third item. Empty if there is a directory named skip."},
    {"statfiles", statfiles, METH_O,
     "statfiles(names) -> [stat or None]\n\n"
     "The status of each file; None for what is neither a regular file nor a "
     "symbolic link."},
    {"unblocksignal", unblocksignal, METH_O,
     "unblocksignal(number)\n\nLet the signal through to this thread."},
#ifdef HGAMALGAM_HAVE_FSTYPE
    {"getfstype", getfstype, METH_O,
     "getfstype(path) -> bytes or None\n\n"
     "The name of the file system, if it is known."},
#endif
#ifdef HGAMALGAM_HAVE_PROCESS_NAME
    {"setprocname", setprocname, METH_O,
     "setprocname(name)\n\nSet the name that ps shows, as far as it fits."},
#endif
#ifdef MADV_POPULATE_READ
    {"background_mmap_populate", background_mmap_populate, METH_O,
     "background_mmap_populate(map)\n\nStart to read mapped memory in."},
#endif
    {NULL, NULL, 0, NULL},
};

static int osutil_exec(PyObject *module)
{
	struct osutil_state *state = PyModule_GetState(module);
	state->stat_type = (PyTypeObject *)PyType_FromSpec(&stat_spec);
	if (state->stat_type == NULL)
		return -1;
	return PyModule_AddIntConstant(module, "version", 4);
}

static int osutil_traverse(PyObject *module, visitproc visit, void *arg)
{
	struct osutil_state *state = PyModule_GetState(module);
	if (state != NULL)
		Py_VISIT(state->stat_type);
	return 0;
}

static int osutil_clear(PyObject *module)
{
	struct osutil_state *state = PyModule_GetState(module);
	if (state != NULL)
		Py_CLEAR(state->stat_type);
	return 0;
}

static void osutil_free(void *module)
{
	osutil_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, osutil_exec},
    COMMON_MODULE_SLOTS,
    {0, NULL},
};

static struct PyModuleDef osutil_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "osutil",
    .m_doc = "Files and processes (contract section 2.4).",
    .m_size = sizeof(struct osutil_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = osutil_traverse,
    .m_clear = osutil_clear,
    .m_free = osutil_free,
};

PyMODINIT_FUNC PyInit_osutil(void)
{
	return PyModuleDef_Init(&osutil_module);
}
