/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operating system knows of files: see contract section 2.4. */
#ifndef HGAMALGAM_OSUTIL_H
#define HGAMALGAM_OSUTIL_H

#include <stddef.h>
#include <stdint.h>

/* Times in whole seconds. */
struct file_status {
	int64_t device, mode, links, size, mtime, ctime;
};

struct directory_entry {
	size_t name; /* where it begins in `names`; it ends with a NUL */
	size_t name_length;
	uint32_t kind; /* the S_IFMT bits */
};

struct directory_listing {
	char *names;
	struct directory_entry *entries;
	struct file_status *statuses; /* one an entry, if asked for */
	size_t count;
	size_t names_size, names_capacity, entries_capacity;
};

/*
 * Reads a directory, in its own order, without "." and "..". If it has a
 * directory named `skip` (may be NULL), the listing is empty. Returns 0 or an
 * errno; then, if a file was the reason, its name is the last of `names`, at
 * *failed, else *failed is SIZE_MAX. Free the listing either way.
 */
int directory_read(const char *path, int want_status, const char *skip,
                   struct directory_listing *listing, size_t *failed);
void directory_free(struct directory_listing *listing);

/*
 * The status of each path, itself if it is a symbolic link. found[i] tells
 * whether it is there and a regular file or a symbolic link.
 */
void files_status(const char *const *paths, size_t count,
                  struct file_status *statuses, unsigned char *found);

#if defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__) || \
    defined(__OpenBSD__) || defined(__DragonFly__)
#define HGAMALGAM_HAVE_FSTYPE 1
/* `name` has this much room. */
#define FSTYPE_SIZE 256
/* The name of the file system at `path`, "" if unknown. 0, or an errno. */
int filesystem_type(const char *path, char name[FSTYPE_SIZE]);
#endif

/* 0, or an errno. */
int unblock_signal(int number);

#ifdef __linux__
#define HGAMALGAM_HAVE_PROCESS_NAME 1
/* Overwrites the arguments that `ps` shows, as far as they give room. */
void set_process_name(const char *name);
#endif

#include <sys/mman.h>
#ifdef MADV_POPULATE_READ
/* Reads mapped memory in, in a thread; a hint, and failure is no error. */
void populate_in_background(void *address, size_t length);
#endif

#endif
