/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fm1readmarkers: contract section 2.11. */
#include "parsers_module.h"

#include "../core/obsmarkers.h"

/* The metadata of the marker read last. Runs of markers tend to repeat it. */
typedef struct {
	PyObject *tuple; /* NULL at first */
	const unsigned char *sizes;
	size_t count;
	const unsigned char *text;
	size_t length;
} metadata_memory;

static PyObject *read_nodes(const unsigned char *nodes, size_t count,
                            size_t node_size)
{
	PyObject *tuple = PyTuple_New((Py_ssize_t)count);
	size_t i;

	for (i = 0; tuple != NULL && i < count; i++) {
		PyObject *node = PyBytes_FromStringAndSize(
		    (const char *)nodes + i * node_size, (Py_ssize_t)node_size);

		if (node == NULL)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, node);
	}
	return tuple;
}

static PyObject *new_metadata(const hg_obsmarker *marker)
{
	PyObject *tuple = PyTuple_New((Py_ssize_t)marker->metadata_count);
	const char *text = (const char *)marker->metadata;
	const unsigned char *sizes = marker->metadata_sizes;
	size_t i;

	for (i = 0; tuple != NULL && i < marker->metadata_count; i++) {
		PyObject *pair =
		    Py_BuildValue("(y#y#)", text, (Py_ssize_t)sizes[0],
		                  text + sizes[0], (Py_ssize_t)sizes[1]);

		text += sizes[0] + sizes[1];
		sizes += 2;
		if (pair == NULL)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, pair);
	}
	return tuple;
}

static PyObject *read_metadata(const hg_obsmarker *marker,
                               metadata_memory *memory)
{
	if (memory->tuple == NULL || memory->count != marker->metadata_count ||
	    memory->length != marker->metadata_length ||
	    memcmp(memory->sizes, marker->metadata_sizes, 2 * memory->count) !=
	        0 ||
	    memcmp(memory->text, marker->metadata, memory->length) != 0) {
		PyObject *tuple = new_metadata(marker);

		if (tuple == NULL)
			return NULL;
		Py_XSETREF(memory->tuple, tuple);
		memory->sizes = marker->metadata_sizes;
		memory->count = marker->metadata_count;
		memory->text = marker->metadata;
		memory->length = marker->metadata_length;
	}
	Py_INCREF(memory->tuple);
	return memory->tuple;
}

static PyObject *read_date(const hg_obsmarker *marker)
{
	PyObject *date = PyFloat_FromDouble(marker->date);
	PyObject *timezone = PyLong_FromLong(marker->timezone);
	PyObject *pair = NULL;

	if (date != NULL && timezone != NULL)
		pair = PyTuple_Pack(2, date, timezone);
	Py_XDECREF(date);
	Py_XDECREF(timezone);
	return pair;
}

/* (predecessor, successors, flags, metadata, date, parents) */
static PyObject *new_marker(const hg_obsmarker *marker, metadata_memory *memory)
{
	PyObject *fields[6] = {
	    PyBytes_FromStringAndSize((const char *)marker->predecessor,
	                              (Py_ssize_t)marker->node_size),
	    read_nodes(marker->successors, marker->successor_count,
	               marker->node_size),
	    PyLong_FromLong(marker->flags),
	    read_metadata(marker, memory),
	    read_date(marker),
	    NULL,
	};
	PyObject *tuple = PyTuple_New(6);
	bool complete = tuple != NULL;
	Py_ssize_t i;

	if (marker->has_parents) {
		fields[5] = read_nodes(marker->parents, marker->parent_count,
		                       marker->node_size);
	} else {
		Py_INCREF(Py_None);
		fields[5] = Py_None;
	}
	for (i = 0; i < 6; i++) {
		complete = complete && fields[i] != NULL;
		if (tuple != NULL)
			PyTuple_SET_ITEM(tuple, i, fields[i]);
		else
			Py_XDECREF(fields[i]);
	}
	if (!complete)
		Py_CLEAR(tuple);
	return tuple;
}

static PyObject *read_markers(const struct immutable_bytes *data,
                              PyObject *first, PyObject *end)
{
	metadata_memory memory = {0};
	Py_ssize_t offset, stop;
	PyObject *markers;

	offset = PyNumber_AsSsize_t(first, PyExc_OverflowError);
	if (offset == -1 && PyErr_Occurred())
		return NULL;
	stop = PyNumber_AsSsize_t(end, PyExc_OverflowError);
	if (stop == -1 && PyErr_Occurred())
		return NULL;
	if (offset < 0) {
		PyErr_SetString(PyExc_ValueError,
		                "invalid negative offset in fm1readmarkers");
		return NULL;
	}
	if (stop > data->length) {
		PyErr_SetString(PyExc_ValueError,
		                "stop longer than data length "
		                "in fm1readmarkers");
		return NULL;
	}
	markers = PyList_New(0);
	while (markers != NULL && offset < stop) {
		hg_obsmarker marker;
		PyObject *tuple;

		if (!hg_obsmarker_read(
		        (const unsigned char *)data->data + offset,
		        (size_t)(data->length - offset), &marker)) {
			PyErr_SetString(PyExc_ValueError,
			                "overflow in obsstore");
			Py_CLEAR(markers);
			break;
		}
		tuple = new_marker(&marker, &memory);
		if (tuple == NULL || PyList_Append(markers, tuple) < 0)
			Py_CLEAR(markers);
		Py_XDECREF(tuple);
		offset += marker.size;
	}
	Py_XDECREF(memory.tuple);
	return markers;
}

PyObject *parsers_fm1readmarkers(PyObject *module, PyObject *const *args,
                                 Py_ssize_t count)
{
	struct immutable_bytes data;
	PyObject *markers;
	(void)module;

	if (check_count("fm1readmarkers", count, 3, 3) < 0 ||
	    take_read_only(args[0], &data) < 0)
		return NULL;
	markers = read_markers(&data, args[1], args[2]);
	release_bytes(&data);
	return markers;
}
