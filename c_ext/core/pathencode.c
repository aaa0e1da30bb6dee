/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pathencode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sha1.h"

/* The hashed form: "dh/", some directories, a piece of the name, the digest. */
#define HASHED_PREFIX "dh/"
#define HASHED_PREFIX_SIZE 3
#define HASHED_DIRECTORY 8 /* bytes kept of each directory's name */
#define HASHED_DIRECTORIES 68 /* bytes kept of all of them */
#define DIGEST_SIZE 20
#define STORE_ROOT_SIZE 5 /* "data/" or "meta/": not part of the hashed form */

/* What becomes of a byte inside a component. */
enum kind {
	PLAIN, /* itself */
	FOLDED, /* '_' and the lower case letter, or "__" */
	LOWERED,
	ESCAPED, /* ~xx */
	SLASH,
	ENDING /* dot and space: escaped where a component begins or ends */
};

#define P PLAIN
#define F FOLDED
#define L LOWERED
#define E ESCAPED
#define S SLASH
#define N ENDING
/* clang-format off */
#define CONTROLS E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E
#define HIGHS    E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, \
                 E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E
#define PLAINS   P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P
static const unsigned char in_store[256] = {
    P, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, CONTROLS,
    /*   ! " # $ % & ' ( ) * + , - . / */
    N, P, E, P, P, P, P, P, P, P, E, P, P, P, N, S,
    /* 0..9 : ; < = > ? */
    P, P, P, P, P, P, P, P, P, P, E, P, E, P, E, E,
    /* @ A.. */
    P, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F,
    /* ..Z [ \ ] ^ _ */
    F, F, F, F, F, F, F, F, F, F, F, P, E, P, P, F,
    PLAINS,
    /* ..z { | } ~ DEL */
    P, P, P, P, P, P, P, P, P, P, P, P, E, P, E, E,
    HIGHS, HIGHS, HIGHS, HIGHS,
};
static const unsigned char in_lower[256] = {
    P, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, CONTROLS,
    P, P, E, P, P, P, P, P, P, P, E, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, E, P, E, P, E, E,
    P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, P, E, P, P, P,
    PLAINS,
    P, P, P, P, P, P, P, P, P, P, P, P, E, P, E, E,
    HIGHS, HIGHS, HIGHS, HIGHS,
};
static const unsigned char in_hashed[256] = {
    PLAINS, PLAINS,
    N, P, P, P, P, P, P, P, P, P, P, P, P, P, N, S,
    PLAINS, PLAINS, PLAINS, PLAINS, PLAINS,
    PLAINS, PLAINS, PLAINS, PLAINS, PLAINS, PLAINS, PLAINS, PLAINS,
};
/* clang-format on */
#undef P
#undef F
#undef L
#undef E
#undef S
#undef N

static const char hex[] = "0123456789abcdef";

static inline char *put_escaped(char *out, char c)
{
	out[0] = '~';
	out[1] = hex[(unsigned char)c >> 4];
	out[2] = hex[(unsigned char)c & 15];
	return out + 3;
}

/* Whether the name that ends at `end` does so in .hg, .i or .d. */
static inline int ends_like_store(const char *start, const char *end)
{
	size_t length = (size_t)(end - start);
	if (length < 2)
		return 0;
	if (end[-2] == '.')
		return end[-1] == 'd' || end[-1] == 'i';
	return length >= 3 && memcmp(end - 3, ".hg", 3) == 0;
}

size_t pathencode_directories(const char *path, size_t length, char *out)
{
	const char *end = path + length, *p = path;
	size_t written = 0;
	while (p < end) {
		const char *slash = memchr(p, '/', (size_t)(end - p));
		size_t piece =
		    slash != NULL ? (size_t)(slash - p) : (size_t)(end - p);
		if (out != NULL)
			memcpy(out + written, p, piece);
		written += piece;
		if (slash == NULL)
			break;
		if (ends_like_store(path, slash)) {
			if (out != NULL)
				memcpy(out + written, ".hg", 3);
			written += 3;
		}
		if (out != NULL)
			out[written] = '/';
		written++;
		p = slash + 1;
	}
	return written;
}

size_t pathencode_lower(const char *path, size_t length, char *out)
{
	char *w = out;
	size_t i;
	for (i = 0; i < length; i++) {
		char c = path[i];
		switch (in_lower[(unsigned char)c]) {
		case LOWERED:
			*w++ = (char)(c + ('a' - 'A'));
			break;
		case ESCAPED:
			w = put_escaped(w, c);
			break;
		default:
			*w++ = c;
		}
	}
	return (size_t)(w - out);
}

/*
 * The length of a name that Windows reserves for a device, if a component
 * that begins with one starts at p, and 0 if none does. Such a name ends where
 * the component or its first extension does.
 */
static size_t device_name(const char *p, const char *end)
{
	size_t length = 3;
	if (end - p < 3)
		return 0;
	switch (*p) {
	case 'a':
		if (p[1] != 'u' || p[2] != 'x')
			return 0;
		break;
	case 'c':
		if (p[1] != 'o')
			return 0;
		if (p[2] == 'm')
			length = 4;
		else if (p[2] != 'n')
			return 0;
		break;
	case 'l':
		if (p[1] != 'p' || p[2] != 't')
			return 0;
		length = 4;
		break;
	case 'n':
		if (p[1] != 'u' || p[2] != 'l')
			return 0;
		break;
	case 'p':
		if (p[1] != 'r' || p[2] != 'n')
			return 0;
		break;
	default:
		return 0;
	}
	if (length == 4 && (end - p < 4 || p[3] < '1' || p[3] > '9'))
		return 0;
	p += length;
	return p == end || *p == '.' || *p == '/' || *p == '\0' ? length : 0;
}

/*
 * Encodes the components of a path: bytes by their kind, names that are
 * reserved, dots and spaces at either end, and with `directories` the names
 * that pathencode_directories is about. A NUL ends a component, too.
 */
static char *encode_components(const unsigned char kinds[256], int directories,
                               const char *path, size_t length, char *out)
{
	const char *p = path, *end = path + length;
	int begins = 1;
	while (p < end) {
		char c = *p;
		if (begins && c != '/') {
			size_t device;
			begins = 0;
			if (c == '.' || c == ' ') {
				out = put_escaped(out, c);
				p++;
				continue;
			}
			device = device_name(p, end);
			if (device) {
				memcpy(out, p, 2);
				out = put_escaped(out + 2, p[2]);
				if (device == 4)
					*out++ = p[3];
				p += device;
				continue;
			}
		}
		switch (kinds[(unsigned char)c]) {
		case PLAIN:
			do {
				*out++ = *p++;
			} while (p < end && kinds[(unsigned char)*p] == PLAIN);
			continue;
		case FOLDED:
			*out++ = '_';
			*out++ = (char)(c == '_' ? c : c + ('a' - 'A'));
			break;
		case ESCAPED:
			out = put_escaped(out, c);
			break;
		case SLASH:
			if (directories && ends_like_store(path, p)) {
				memcpy(out, ".hg", 3);
				out += 3;
			}
			*out++ = '/';
			begins = 1;
			break;
		default: /* ENDING */
			if (p + 1 == end || p[1] == '/') {
				out = put_escaped(out, c);
			} else if (p[1] == '\0') {
				out = put_escaped(out, c);
				*out++ = '\0';
				p++;
				begins = 1;
			} else {
				*out++ = c;
			}
		}
		p++;
	}
	return out;
}

/* A name cut short must not end in what Windows drops. */
static void mend_ending(char *name_end)
{
	if (name_end[-1] == '.' || name_end[-1] == ' ')
		name_end[-1] = '_';
}

/* The directories of the hashed form; returns where they end. */
static char *put_hashed_directories(const char *path, const char *last_slash,
                                    char *out)
{
	char *start = out;
	const char *p, *name = path;
	for (p = path; p < last_slash; p++) {
		if (*p != '/') {
			if (p - name < HASHED_DIRECTORY)
				*out++ = *p;
			continue;
		}
		mend_ending(out);
		if (out - start > HASHED_DIRECTORIES)
			break;
		*out++ = '/';
		name = p + 1;
	}
	if (out - start > HASHED_DIRECTORIES) {
		/* without the directory that went too far */
		do {
			out--;
		} while (*out != '/');
	}
	if (out > start) {
		if (last_slash > path)
			mend_ending(out);
		*out++ = '/';
	}
	return out;
}

/* `path` is encoded, without its root; `digest` is that of the whole path. */
static size_t put_hashed(const char *path, size_t length,
                         const unsigned char digest[DIGEST_SIZE], char *out)
{
	const char *end = path + length, *name = end, *suffix;
	char *w = out;
	size_t suffix_size, used, i;

	while (name > path && name[-1] != '/')
		name--;
	for (suffix = end; suffix > name && suffix[-1] != '.'; suffix--) {
	}
	suffix = suffix > name ? suffix - 1 : end;
	suffix_size = (size_t)(end - suffix);

	memcpy(w, HASHED_PREFIX, HASHED_PREFIX_SIZE);
	w += HASHED_PREFIX_SIZE;
	if (name > path)
		w = put_hashed_directories(path, name - 1, w);
	used = (size_t)(w - out) + 2 * DIGEST_SIZE + suffix_size;
	if (used < PATHENCODE_LONGEST) {
		size_t room = PATHENCODE_LONGEST - used;
		size_t piece = (size_t)(end - name);
		if (piece > room)
			piece = room;
		memcpy(w, name, piece);
		w += piece;
	}
	for (i = 0; i < DIGEST_SIZE; i++) {
		*w++ = hex[digest[i] >> 4];
		*w++ = hex[digest[i] & 15];
	}
	memcpy(w, suffix, suffix_size);
	return (size_t)(w - out) + suffix_size;
}

static int store_hashed(const char *path, size_t length, char *out,
                        size_t *size)
{
	/* ".d/" to ".d.hg/" doubles at most; each byte may then become three */
	size_t directories_size = 2 * length;
	size_t encoded_size = PATHENCODE_GROWTH * directories_size;
	unsigned char digest[DIGEST_SIZE];
	char *directories, *lowered, *encoded, *encoded_end;
	size_t directories_length, lowered_length;

	if (length >= PATHENCODE_TOO_LONG)
		return PATHENCODE_REFUSED;
	directories = malloc(directories_size + encoded_size +
	                     PATHENCODE_GROWTH * encoded_size);
	if (directories == NULL)
		return PATHENCODE_NO_MEMORY;
	lowered = directories + directories_size;
	encoded = lowered + encoded_size;
	directories_length = pathencode_directories(path, length, directories);
	sha1_digest(directories, directories_length, digest);
	lowered_length =
	    pathencode_lower(directories + STORE_ROOT_SIZE,
	                     directories_length - STORE_ROOT_SIZE, lowered);
	encoded_end =
	    encode_components(in_hashed, 0, lowered, lowered_length, encoded);
	*size =
	    put_hashed(encoded, (size_t)(encoded_end - encoded), digest, out);
	free(directories);
	return PATHENCODE_OK;
}

int pathencode_store(const char *path, size_t length, char *out, size_t *size)
{
	if (length <= PATHENCODE_LONGEST) {
		char *end = encode_components(in_store, 1, path, length, out);
		*size = (size_t)(end - out);
		if (*size <= PATHENCODE_LONGEST) {
			/* no byte is replaced by another one byte */
			return *size == length ? PATHENCODE_UNCHANGED
			                       : PATHENCODE_OK;
		}
	}
	return store_hashed(path, length, out, size);
}

const char *pathencode_message(int status)
{
	return status == PATHENCODE_REFUSED ? "string too long" : NULL;
}
