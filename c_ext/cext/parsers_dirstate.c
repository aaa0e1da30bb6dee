/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dirstate-v1 file and the case-folding map: contract section 2.7. */
#include "parsers_module.h"

#include "../core/charencode.h"

/* How many dict items ahead of the current one to fetch: their keys and values
 * lie all over memory. */
#define ITEMS_AHEAD 6

PyObject *parsers_new_dict(Py_ssize_t count)
{
#if PY_VERSION_HEX < 0x030D0000
	/* a dict is resized when two thirds full */
	return _PyDict_NewPresized(count + count / 2 + 1);
#else
	(void)count;
	return PyDict_New();
#endif
}

/* PyDict_Next, with the items that come next on their way to the cache. */
typedef struct {
	PyObject *dict;
	Py_ssize_t position;
	Py_ssize_t position_ahead;
} dict_walk;

static void fetch_ahead(dict_walk *walk)
{
	PyObject *key, *value;

	if (PyDict_Next(walk->dict, &walk->position_ahead, &key, &value)) {
		__builtin_prefetch(key);
		__builtin_prefetch((char *)key + 64);
		__builtin_prefetch(value);
	}
}

static void start_walk(dict_walk *walk, PyObject *dict)
{
	int i;

	walk->dict = dict;
	walk->position = walk->position_ahead = 0;
	for (i = 0; i < ITEMS_AHEAD; i++)
		fetch_ahead(walk);
}

static bool walk_next(dict_walk *walk, PyObject **key, PyObject **value)
{
	fetch_ahead(walk);
	return PyDict_Next(walk->dict, &walk->position, key, value);
}

static bool check_dict(const char *name, PyObject *object)
{
	if (PyDict_Check(object))
		return true;
	PyErr_Format(PyExc_TypeError, "%s() argument must be dict, not %.80s",
	             name, Py_TYPE(object)->tp_name);
	return false;
}

static PyObject *dict_new_presized(PyObject *module, PyObject *arg)
{
	Py_ssize_t count = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
	(void)module;

	if (count == -1 && PyErr_Occurred())
		return NULL;
	return parsers_new_dict(count < 0 ? 0 : count);
}

/* Items made, but not yet in their dict: a dict's slots are all over memory, and
 * insertions one behind the other overlap their waiting. */
#define BATCH 16

typedef struct {
	PyObject *keys[BATCH];
	PyObject *values[BATCH];
	int count;
} item_batch;

/* Add an item, both of which this takes, to a batch with room. */
static void add_item(item_batch *batch, PyObject *key, PyObject *value)
{
	/* bytes keep their hash, and these always have one */
	if (PyBytes_CheckExact(key))
		(void)PyObject_Hash(key);
	batch->keys[batch->count] = key;
	batch->values[batch->count++] = value;
}

/* Empty the batch, into `map` if `insert`. False if it did not get there. */
static bool insert_batch(item_batch *batch, PyObject *map, bool insert)
{
	int i;

	for (i = 0; i < batch->count; i++) {
		if (insert)
			insert = PyDict_SetItem(map, batch->keys[i],
			                        batch->values[i]) == 0;
		Py_DECREF(batch->keys[i]);
		Py_DECREF(batch->values[i]);
	}
	batch->count = 0;
	return insert;
}

/* Make a record's objects, and record its copy source. */
static bool read_record(ParsersState *state,
                        const hg_dirstate_v1_record *record, item_batch *batch,
                        PyObject *copies)
{
	DirstateItemObject *item =
	    PyObject_New(DirstateItemObject, state->dirstate_item);
	PyObject *path, *source;
	int failed;

	if (item == NULL)
		return false;
	if (!hg_entry_from_v1(&item->entry, record->state, record->mode,
	                      record->size, record->mtime)) {
		Py_DECREF(item);
		PyErr_Format(PyExc_RuntimeError,
		             "unknown state: `%c` (%d, %d, %d)",
		             (unsigned char)record->state, record->mode,
		             record->size, record->mtime);
		return false;
	}
	path = PyBytes_FromStringAndSize(record->path,
	                                 (Py_ssize_t)record->path_length);
	if (path == NULL) {
		Py_DECREF(item);
		return false;
	}
	add_item(batch, path, (PyObject *)item);
	if (record->copy_source == NULL)
		return true;
	source = PyBytes_FromStringAndSize(
	    record->copy_source, (Py_ssize_t)record->copy_source_length);
	failed = source == NULL || PyDict_SetItem(copies, path, source) < 0;
	Py_XDECREF(source);
	return !failed;
}

static PyObject *parse_dirstate(PyObject *module, PyObject *const *args,
                                Py_ssize_t count)
{
	ParsersState *state = PyModule_GetState(module);
	struct immutable_bytes data;
	PyObject *parents = NULL;
	size_t position = HG_DIRSTATE_V1_HEADER_SIZE;
	hg_dirstate_v1_record record;
	enum hg_dirstate_read read;
	item_batch batch = {.count = 0};
	bool going = true;

	if (check_count("parse_dirstate", count, 3, 3) < 0 ||
	    !check_dict("parse_dirstate", args[0]) ||
	    !check_dict("parse_dirstate", args[1]) ||
	    take_read_only(args[2], &data) < 0)
		return NULL;
	if (data.length < HG_DIRSTATE_V1_HEADER_SIZE) {
		release_bytes(&data);
		PyErr_SetString(PyExc_ValueError,
		                "too little data for parents");
		return NULL;
	}
	while (going && (read = hg_dirstate_v1_next(
	                     data.data, (size_t)data.length, &position,
	                     &record)) == HG_DIRSTATE_RECORD) {
		going = read_record(state, &record, &batch, args[1]);
		if (going && batch.count == BATCH)
			going = insert_batch(&batch, args[0], true);
	}
	if (!insert_batch(&batch, args[0], going))
		goto done;
	if (read == HG_DIRSTATE_OVERFLOW)
		PyErr_SetString(PyExc_ValueError, "overflow in dirstate");
	else
		parents = Py_BuildValue("y#y#", data.data,
		                        (Py_ssize_t)HG_DIRSTATE_V1_NODE_SIZE,
		                        data.data + HG_DIRSTATE_V1_NODE_SIZE,
		                        (Py_ssize_t)HG_DIRSTATE_V1_NODE_SIZE);
done:
	release_bytes(&data);
	return parents;
}

/* A bytes object that is written from the front and grows. */
typedef struct {
	PyObject *bytes;
	Py_ssize_t used;
} output;

/* Room for `size` more bytes; NULL with MemoryError. */
static char *make_room(output *out, Py_ssize_t size)
{
	Py_ssize_t capacity = PyBytes_GET_SIZE(out->bytes);

	if (size > PY_SSIZE_T_MAX / 4 - out->used) {
		PyErr_NoMemory();
		return NULL;
	}
	if (size > capacity - out->used &&
	    _PyBytes_Resize(&out->bytes, out->used + size + capacity / 2) < 0)
		return NULL;
	return PyBytes_AS_STRING(out->bytes) + out->used;
}

static bool pack_entry(output *out, PyObject *path, PyObject *item,
                       PyObject *copies)
{
	PyObject *source = NULL;
	Py_ssize_t path_length, field_length;
	char *target;

	if (!PyBytes_Check(path)) {
		PyErr_SetString(PyExc_TypeError, "expected string key");
		return false;
	}
	if (!parsers_is_dirstate_item(item)) {
		PyErr_SetString(PyExc_TypeError, "expected a dirstate tuple");
		return false;
	}
	if (copies != NULL) {
		source = PyDict_GetItemWithError(copies, path);
		if (source == NULL && PyErr_Occurred())
			return false;
		if (source != NULL && !PyBytes_Check(source)) {
			PyErr_SetString(PyExc_TypeError, "expected string key");
			return false;
		}
	}
	path_length = field_length = PyBytes_GET_SIZE(path);
	if (source != NULL)
		field_length += 1 + PyBytes_GET_SIZE(source);
	if ((uint64_t)field_length > UINT32_MAX) {
		PyErr_SetString(PyExc_ValueError,
		                "path too long for a dirstate");
		return false;
	}
	target = make_room(out, HG_DIRSTATE_V1_RECORD_SIZE + field_length);
	if (target == NULL)
		return false;
	hg_dirstate_v1_put(target, &((DirstateItemObject *)item)->entry,
	                   (uint32_t)field_length);
	target += HG_DIRSTATE_V1_RECORD_SIZE;
	memcpy(target, PyBytes_AS_STRING(path), (size_t)path_length);
	if (source != NULL) {
		target[path_length] = '\0';
		memcpy(target + path_length + 1, PyBytes_AS_STRING(source),
		       (size_t)PyBytes_GET_SIZE(source));
	}
	out->used += HG_DIRSTATE_V1_RECORD_SIZE + field_length;
	return true;
}

static bool pack_parents(output *out, PyObject *parents)
{
	Py_ssize_t i;

	if (PyTuple_GET_SIZE(parents) != 2) {
		PyErr_SetString(PyExc_TypeError, "expected 2-element tuple");
		return false;
	}
	for (i = 0; i < 2; i++) {
		PyObject *node = PyTuple_GET_ITEM(parents, i);

		if (!PyBytes_Check(node) ||
		    PyBytes_GET_SIZE(node) != HG_DIRSTATE_V1_NODE_SIZE) {
			PyErr_SetString(PyExc_TypeError,
			                "expected a 20-byte hash");
			return false;
		}
		memcpy(PyBytes_AS_STRING(out->bytes) + out->used,
		       PyBytes_AS_STRING(node), HG_DIRSTATE_V1_NODE_SIZE);
		out->used += HG_DIRSTATE_V1_NODE_SIZE;
	}
	return true;
}

/* The bytes that the records take, but for what a lookup in the copies may still
 * change. Something that is no path is found later. */
static Py_ssize_t packed_size(PyObject *map, PyObject *copies)
{
	Py_ssize_t size = HG_DIRSTATE_V1_HEADER_SIZE, position = 0;
	PyObject *path, *source;
	dict_walk walk;

	start_walk(&walk, map);
	while (walk_next(&walk, &path, &source))
		if (PyBytes_Check(path))
			size +=
			    HG_DIRSTATE_V1_RECORD_SIZE + PyBytes_GET_SIZE(path);
	while (PyDict_Next(copies, &position, &path, &source))
		if (PyBytes_Check(source))
			size += 1 + PyBytes_GET_SIZE(source);
	return size;
}

static PyObject *pack_dirstate(PyObject *module, PyObject *const *args,
                               Py_ssize_t count)
{
	PyObject *map, *copies, *path, *item;
	output out = {NULL, 0};
	dict_walk walk;
	(void)module;

	if (check_count("pack_dirstate", count, 3, 3) < 0 ||
	    !check_dict("pack_dirstate", args[0]) ||
	    !check_dict("pack_dirstate", args[1]))
		return NULL;
	if (!PyTuple_Check(args[2])) {
		PyErr_SetString(PyExc_TypeError,
		                "pack_dirstate() parents must be a tuple");
		return NULL;
	}
	map = args[0];
	copies = PyDict_GET_SIZE(args[1]) > 0 ? args[1] : NULL;
	out.bytes = PyBytes_FromStringAndSize(NULL, packed_size(map, args[1]));
	if (out.bytes == NULL || !pack_parents(&out, args[2]))
		goto failed;
	start_walk(&walk, map);
	while (walk_next(&walk, &path, &item)) {
		bool packed;

		/* a lookup in the copies can call Python code */
		Py_INCREF(path);
		Py_INCREF(item);
		packed = pack_entry(&out, path, item, copies);
		Py_DECREF(path);
		Py_DECREF(item);
		if (!packed)
			goto failed;
	}
	_PyBytes_Resize(&out.bytes, out.used);
	return out.bytes;
failed:
	Py_XDECREF(out.bytes);
	return NULL;
}

/* How a file system folds case, as encoding.normcasespecs numbers it. */
enum { FOLD_LOWER = -1, FOLD_OTHER = 0, FOLD_UPPER = 1 };

typedef struct {
	/* the start of a text that folding leaves as it is */
	size_t (*unchanged)(const char *text, size_t length);
	size_t (*fold)(const char *text, size_t length, char *out);
} ascii_fold;

static const ascii_fold fold_lower = {charencode_lower_prefix,
                                      charencode_lower};
static const ascii_fold fold_upper = {charencode_upper_prefix,
                                      charencode_upper};

/* The folded `path`: itself if folding changes nothing. */
static PyObject *fold_path(PyObject *path, const ascii_fold *fold,
                           PyObject *fallback)
{
	const char *text;
	size_t length;
	PyObject *folded;

	if (!PyBytes_Check(path)) {
		PyErr_SetString(PyExc_TypeError, "expected string key");
		return NULL;
	}
	if (fold == NULL)
		return PyObject_CallOneArg(fallback, path);
	text = PyBytes_AS_STRING(path);
	length = (size_t)PyBytes_GET_SIZE(path);
	if (PyBytes_CheckExact(path) &&
	    fold->unchanged(text, length) == length) {
		Py_INCREF(path);
		return path;
	}
	folded = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
	if (folded != NULL &&
	    fold->fold(text, length, PyBytes_AS_STRING(folded)) != length) {
		Py_DECREF(folded);
		return PyObject_CallOneArg(fallback, path);
	}
	return folded;
}

static PyObject *make_file_foldmap(PyObject *module, PyObject *const *args,
                                   Py_ssize_t count)
{
	PyObject *foldmap, *path, *item;
	Py_ssize_t size;
	const ascii_fold *fold;
	dict_walk walk;
	item_batch batch = {.count = 0};
	bool going = true;
	int specification;
	(void)module;

	if (check_count("make_file_foldmap", count, 3, 3) < 0 ||
	    !check_dict("make_file_foldmap", args[0]))
		return NULL;
	if (!PyLong_Check(args[1]) || !PyFunction_Check(args[2])) {
		PyErr_SetString(PyExc_TypeError,
		                "make_file_foldmap() takes a dict, an int and "
		                "a function");
		return NULL;
	}
	if (!parsers_as_int(args[1], &specification)) {
		PyErr_Clear();
		specification = INT_MAX;
	}
	if (specification == FOLD_LOWER) {
		fold = &fold_lower;
	} else if (specification == FOLD_UPPER) {
		fold = &fold_upper;
	} else if (specification == FOLD_OTHER) {
		fold = NULL;
	} else {
		PyErr_SetString(PyExc_TypeError, "invalid normcasespec");
		return NULL;
	}
	/* the caller will add directories */
	size = PyDict_GET_SIZE(args[0]);
	foldmap = parsers_new_dict(size + size / 10);
	if (foldmap == NULL)
		return NULL;
	start_walk(&walk, args[0]);
	while (going && walk_next(&walk, &path, &item)) {
		PyObject *folded;

		if (!parsers_is_dirstate_item(item)) {
			PyErr_SetString(PyExc_TypeError,
			                "expected a dirstate tuple");
			going = false;
			break;
		}
		/* The fallback is Python code: hold what it could take away. */
		Py_INCREF(path);
		folded = fold_path(path, fold, args[2]);
		if (folded == NULL) {
			Py_DECREF(path);
			going = false;
			break;
		}
		add_item(&batch, folded, path);
		if (batch.count == BATCH)
			going = insert_batch(&batch, foldmap, true);
		if (going && PyDict_GET_SIZE(args[0]) != size) {
			PyErr_SetString(PyExc_RuntimeError,
			                "dictionary changed size during "
			                "iteration");
			going = false;
		}
	}
	if (!insert_batch(&batch, foldmap, going))
		Py_CLEAR(foldmap);
	return foldmap;
}

PyMethodDef parsers_dirstate_methods[] = {
    {"dict_new_presized", dict_new_presized, METH_O,
     "dict_new_presized(n) -> dict\n\nAn empty dict with room for n items."},
    {"parse_dirstate", AS_METHOD(parse_dirstate), METH_FASTCALL,
     "parse_dirstate(map, copymap, data) -> (p1, p2)\n\n"
     "Add a dirstate-v1 file's items to map and its copies to copymap. "
     "ValueError if the data is cut short."},
    {"pack_dirstate", AS_METHOD(pack_dirstate), METH_FASTCALL,
     "pack_dirstate(map, copymap, parents) -> bytes\n\n"
     "The dirstate-v1 file that holds these items, in the map's order."},
    {"make_file_foldmap", AS_METHOD(make_file_foldmap), METH_FASTCALL,
     "make_file_foldmap(map, spec, fallback) -> dict\n\n"
     "From each file name of map, case folded, to the name. spec is -1 to fold "
     "to lower case, 1 to upper, 0 to leave it to fallback, a function that "
     "names that are not ASCII go to anyhow."},
    {NULL, NULL, 0, NULL},
};
