/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "osutil.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNKNOWN_KIND UINT32_MAX

static void copy_status(struct file_status *out, const struct stat *st)
{
	out->device = (int64_t)st->st_dev;
	out->mode = (int64_t)st->st_mode;
	out->links = (int64_t)st->st_nlink;
	out->size = (int64_t)st->st_size;
	out->mtime = (int64_t)st->st_mtime;
	out->ctime = (int64_t)st->st_ctime;
}

static uint32_t entry_kind(const struct dirent *entry)
{
#ifdef DT_REG
	switch (entry->d_type) {
	case DT_REG:
		return S_IFREG;
	case DT_DIR:
		return S_IFDIR;
	case DT_LNK:
		return S_IFLNK;
	case DT_BLK:
		return S_IFBLK;
	case DT_CHR:
		return S_IFCHR;
	case DT_FIFO:
		return S_IFIFO;
	case DT_SOCK:
		return S_IFSOCK;
	default:
		break;
	}
#else
	(void)entry;
#endif
	return UNKNOWN_KIND;
}

static int is_self_or_parent(const char *name)
{
	return name[0] == '.' &&
	       (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Makes room for one more entry, of a name of `size` bytes. */
static int reserve(struct directory_listing *listing, size_t size,
                   int want_status)
{
	if (listing->names_capacity - listing->names_size < size) {
		size_t larger = listing->names_capacity * 2 + size + 1024;
		char *names = realloc(listing->names, larger);
		if (names == NULL)
			return ENOMEM;
		listing->names = names;
		listing->names_capacity = larger;
	}
	if (listing->count == listing->entries_capacity) {
		size_t larger = listing->entries_capacity * 2 + 64;
		struct directory_entry *entries =
		    realloc(listing->entries, larger * sizeof(*entries));
		if (entries == NULL)
			return ENOMEM;
		listing->entries = entries;
		if (want_status) {
			struct file_status *statuses = realloc(
			    listing->statuses, larger * sizeof(*statuses));
			if (statuses == NULL)
				return ENOMEM;
			listing->statuses = statuses;
		}
		listing->entries_capacity = larger;
	}
	return 0;
}

static int read_entries(DIR *directory, int want_status, const char *skip,
                        struct directory_listing *listing, size_t *failed)
{
	const struct dirent *entry;
	while (errno = 0, (entry = readdir(directory)) != NULL) {
		uint32_t kind = entry_kind(entry);
		struct directory_entry *added;
		size_t size;
		struct stat st;
		int error;
		if (is_self_or_parent(entry->d_name))
			continue;
		size = strlen(entry->d_name) + 1;
		error = reserve(listing, size, want_status);
		if (error)
			return error;
		memcpy(listing->names + listing->names_size, entry->d_name,
		       size);
		if (kind == UNKNOWN_KIND || want_status) {
			if (fstatat(dirfd(directory), entry->d_name, &st,
			            AT_SYMLINK_NOFOLLOW) != 0) {
				if (errno == ENOENT)
					continue; /* gone since */
				*failed = listing->names_size;
				return errno;
			}
			kind = st.st_mode & S_IFMT;
		}
		if (skip != NULL && kind == S_IFDIR &&
		    strcmp(entry->d_name, skip) == 0) {
			listing->count = 0;
			return 0;
		}
		if (want_status)
			copy_status(&listing->statuses[listing->count], &st);
		added = &listing->entries[listing->count++];
		added->name = listing->names_size;
		added->name_length = size - 1;
		added->kind = kind;
		listing->names_size += size;
	}
	return errno;
}

int directory_read(const char *path, int want_status, const char *skip,
                   struct directory_listing *listing, size_t *failed)
{
	DIR *directory = opendir(path);
	int error;
	memset(listing, 0, sizeof(*listing));
	*failed = SIZE_MAX;
	if (directory == NULL)
		return errno;
	error = read_entries(directory, want_status, skip, listing, failed);
	closedir(directory);
	return error;
}

void directory_free(struct directory_listing *listing)
{
	free(listing->names);
	free(listing->entries);
	free(listing->statuses);
	memset(listing, 0, sizeof(*listing));
}

/* What one lookup of the directory costs is worth it for so many files. */
#define LOOKUP_PAYS 6

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

/* The path up to and with its last slash, if a name follows it; else 0. */
static size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? (size_t)(slash - path) + 1 : 0;
}

/* How many paths, from the first on, are in its directory. */
static size_t count_siblings(const char *const *paths, size_t count,
                             size_t length)
{
	size_t n = 1;
	while (n < count && strncmp(paths[0], paths[n], length) == 0 &&
	       paths[n][length] && !strchr(paths[n] + length, '/')) {
		n++;
	}
	return n;
}

/* A descriptor of the first `length` bytes of the path, or -1. */
static int open_directory(const char *path, size_t length)
{
	char *name = malloc(length + 1);
	int fd;
	if (name == NULL)
		return -1;
	memcpy(name, path, length);
	name[length] = '\0';
	fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(name);
	return fd;
}

static void files_status_at(int fd, size_t skipped, const char *const *paths,
                            size_t count, struct file_status *statuses,
                            unsigned char *found)
{
	size_t i;
	for (i = 0; i < count; i++) {
		struct stat st;
		found[i] = fstatat(fd, paths[i] + skipped, &st,
		                   AT_SYMLINK_NOFOLLOW) == 0 &&
		           (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
		if (found[i])
			copy_status(&statuses[i], &st);
	}
}

void files_status(const char *const *paths, size_t count,
                  struct file_status *statuses, unsigned char *found)
{
	size_t i = 0;
	while (i < count) {
		size_t length = directory_length(paths[i]), run = 1;
		int fd = -1;
		if (length)
			run = count_siblings(paths + i, count - i, length);
		if (run >= LOOKUP_PAYS)
			fd = open_directory(paths[i], length);
		if (fd >= 0) {
			files_status_at(fd, length, paths + i, run,
			                statuses + i, found + i);
			close(fd);
		} else {
			files_status_at(AT_FDCWD, 0, paths + i, run,
			                statuses + i, found + i);
		}
		i += run;
	}
}
