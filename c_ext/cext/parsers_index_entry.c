/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index's records as tuples and as bytes: contract section 2.8. */
#include "parsers_index_methods.h"

/* offset_flags, compressed length, uncompressed length, base, link, p1, p2,
 * node, sidedata offset, sidedata length, data compression, sidedata
 * compression, rank */
#define ENTRY_FIELDS 13
#define ENTRY_NODE 7

static PyObject *new_entry(const hg_index_entry *entry)
{
	PyObject *tuple = PyTuple_New(ENTRY_FIELDS), *field;
	Py_ssize_t i;

	if (tuple == NULL)
		return NULL;
	for (i = 0; i < ENTRY_FIELDS; i++) {
		switch (i) {
		case 0:
			field =
			    PyLong_FromUnsignedLongLong(entry->offset_flags);
			break;
		case 1:
			field = PyLong_FromLong(entry->compressed_length);
			break;
		case 2:
			field = PyLong_FromLong(entry->uncompressed_length);
			break;
		case 3:
			field = PyLong_FromLong(entry->base);
			break;
		case 4:
			field = PyLong_FromLong(entry->link);
			break;
		case 5:
		case 6:
			field = PyLong_FromLong(entry->parents[i - 5]);
			break;
		case ENTRY_NODE:
			field = PyBytes_FromStringAndSize(
			    (const char *)entry->node, HG_NODE_SIZE);
			break;
		case 8:
			field =
			    PyLong_FromUnsignedLongLong(entry->sidedata_offset);
			break;
		case 9:
			field = PyLong_FromLong(entry->sidedata_length);
			break;
		case 10:
			field = PyLong_FromLong(entry->data_compression);
			break;
		case 11:
			field = PyLong_FromLong(entry->sidedata_compression);
			break;
		default:
			field = PyLong_FromLong(entry->rank);
		}
		if (field == NULL) {
			Py_DECREF(tuple);
			return NULL;
		}
		PyTuple_SET_ITEM(tuple, i, field);
	}
	/* Numbers and bytes are in no cycle; lists of entries are long. */
	PyObject_GC_UnTrack(tuple);
	return tuple;
}

/* The entry of the null revision, made when first asked for. */
static PyObject *null_entry_of(IndexObject *self)
{
	static const hg_index_entry null_entry = {
	    .base = HG_NULL_REV,
	    .link = HG_NULL_REV,
	    .parents = {HG_NULL_REV, HG_NULL_REV},
	    .data_compression = HG_COMPRESSION_MODE_INLINE,
	    .sidedata_compression = HG_COMPRESSION_MODE_INLINE,
	    .rank = HG_RANK_UNKNOWN,
	};

	if (self->null_entry == NULL) {
		PyObject *made = new_entry(&null_entry);

		/* a finalizer may have asked for it meanwhile */
		if (self->null_entry == NULL)
			self->null_entry = made;
		else
			Py_XDECREF(made);
	}
	Py_XINCREF(self->null_entry);
	return self->null_entry;
}

PyObject *parsers_index_entry(IndexObject *self, Py_ssize_t rev)
{
	hg_index_entry entry;

	if (rev == HG_NULL_REV)
		return null_entry_of(self);
	if (rev < 0 || rev >= hg_view_length(&self->core.view)) {
		PyErr_SetString(PyExc_IndexError, OUT_OF_RANGE_TEXT);
		return NULL;
	}
	hg_view_read(&self->core.view, (int32_t)rev, &entry);
	return new_entry(&entry);
}

/* As the formats "k" and "B" of PyArg_Parse do, take the low bits of any int. */
static bool read_bits(PyObject *object, uint64_t *bits)
{
	if (!PyLong_Check(object)) {
		PyErr_SetString(PyExc_TypeError, "expected an int");
		return false;
	}
	*bits = PyLong_AsUnsignedLongLongMask(object);
	return *bits != UINT64_MAX || !PyErr_Occurred();
}

static bool read_entry(PyObject *tuple, hg_index_entry *entry)
{
	int *numbers[ENTRY_FIELDS] = {
	    [1] = &entry->compressed_length,
	    [2] = &entry->uncompressed_length,
	    [3] = &entry->base,
	    [4] = &entry->link,
	    [5] = &entry->parents[0],
	    [6] = &entry->parents[1],
	    [9] = &entry->sidedata_length,
	    [12] = &entry->rank,
	};
	uint64_t data_mode, sidedata_mode;
	Py_ssize_t i;

	for (i = 0; i < ENTRY_FIELDS; i++)
		if (numbers[i] != NULL &&
		    !parsers_as_int(PyTuple_GET_ITEM(tuple, i), numbers[i]))
			return false;
	if (!read_bits(PyTuple_GET_ITEM(tuple, 0), &entry->offset_flags) ||
	    !read_bits(PyTuple_GET_ITEM(tuple, 8), &entry->sidedata_offset) ||
	    !read_bits(PyTuple_GET_ITEM(tuple, 10), &data_mode) ||
	    !read_bits(PyTuple_GET_ITEM(tuple, 11), &sidedata_mode))
		return false;
	entry->data_compression = (uint8_t)data_mode;
	entry->sidedata_compression = (uint8_t)sidedata_mode;
	return PyBytes_Check(PyTuple_GET_ITEM(tuple, ENTRY_NODE));
}

static bool check_mode(const char *what, uint8_t mode)
{
	if (mode == HG_COMPRESSION_MODE_INLINE)
		return true;
	PyErr_Format(PyExc_ValueError, "invalid %s compression mode: %i", what,
	             (int)mode);
	return false;
}

PyObject *parsers_index_append(IndexObject *self, PyObject *tuple)
{
	hg_index_entry entry;
	enum hg_index_status status;
	PyObject *node;

	if (!PyTuple_Check(tuple) || PyTuple_GET_SIZE(tuple) != ENTRY_FIELDS ||
	    !read_entry(tuple, &entry)) {
		/* whatever was wrong, callers know this sentence */
		parsers_blame_argument("12-tuple required");
		return NULL;
	}
	node = PyTuple_GET_ITEM(tuple, ENTRY_NODE);
	if (PyBytes_GET_SIZE(node) != HG_NODE_SIZE) {
		PyErr_SetString(PyExc_TypeError, "invalid node");
		return NULL;
	}
	memcpy(entry.node, PyBytes_AS_STRING(node), HG_NODE_SIZE);
	if (self->core.view.layout->sidedata_offset == 0 &&
	    (!check_mode("data", entry.data_compression) ||
	     !check_mode("sidedata", entry.sidedata_compression)))
		return NULL;

	status = hg_index_append(&self->core, &entry);
	if (status != HG_INDEX_OK)
		return parsers_index_raise(self, status);
	parsers_index_keep_heads(self, NULL, NULL);
	Py_RETURN_NONE;
}

PyObject *parsers_index_entry_binary(IndexObject *self, PyObject *value)
{
	const hg_index_layout *layout = self->core.view.layout;
	char record[HG_INDEX_MAX_RECORD];
	size_t header;
	int64_t rev;

	if (!parsers_as_rev(value, &rev))
		return NULL;
	if (rev < 0 || rev >= hg_view_length(&self->core.view)) {
		PyErr_Format(PyExc_ValueError, OUT_OF_RANGE_TEXT ": %lld",
		             (long long)rev);
		return NULL;
	}
	/* the file's header takes the place of these */
	header = rev == 0 && layout->format == HG_INDEX_V1 ? 4 : 0;
	memcpy(record, hg_view_record(&self->core.view, (int32_t)rev),
	       layout->record_size);
	return PyBytes_FromStringAndSize(
	    record + header, (Py_ssize_t)(layout->record_size - header));
}

PyObject *parsers_index_pack_header(IndexObject *self, PyObject *value)
{
	char packed[4];
	int header;

	if (!parsers_as_int(value, &header))
		return NULL;
	if (self->core.view.layout->format != HG_INDEX_V1) {
		PyErr_Format(PyExc_RuntimeError,
		             "version header should go in the docket, not the "
		             "index: %d",
		             header);
		return NULL;
	}
	hg_store_be32(packed, (uint32_t)header);
	return PyBytes_FromStringAndSize(packed, sizeof packed);
}

PyObject *parsers_index_replace_sidedata_info(IndexObject *self,
                                              PyObject *const *args,
                                              Py_ssize_t count)
{
	const hg_index_view *view = &self->core.view;
	uint64_t offset, offset_flags, mode;
	Py_ssize_t rev;
	int length;

	if (view->layout->sidedata_offset == 0 || self->is_inline)
		return parsers_raise_revlog_error();
	if (check_count("replace_sidedata_info", count, 5, 5) < 0)
		return NULL;
	rev = PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
	if ((rev == -1 && PyErr_Occurred()) || !read_bits(args[1], &offset) ||
	    !parsers_as_int(args[2], &length) ||
	    !read_bits(args[3], &offset_flags) || !read_bits(args[4], &mode))
		return NULL;
	if (rev < 0 || rev >= hg_view_length(view)) {
		PyErr_SetString(PyExc_IndexError, "revision outside index");
		return NULL;
	}
	if (rev < view->disk_count) {
		PyErr_SetString(
		    PyExc_IndexError,
		    "cannot rewrite entries outside of this transaction");
		return NULL;
	}
	hg_view_replace_sidedata(&self->core.view, (int32_t)rev, offset_flags,
	                         offset, length, (uint8_t)mode);
	Py_RETURN_NONE;
}
