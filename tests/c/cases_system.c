/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "osutil.h"

#define FILES 80

static char directory[] = "/tmp/hgamalgam-cases-XXXXXX";
static char names[FILES][64];
static struct directory_listing listing;
static struct file_status statuses[FILES];
static unsigned char found[FILES];

static void make_files(void)
{
	int i;

	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	CHECK(mkdtemp(directory) != NULL);
	memset(&listing, 0, sizeof listing);
	memset(found, 0, sizeof found);
	for (i = 0; i < FILES; i++) {
		int fd;

		snprintf(names[i], sizeof names[i], "%s/file%02d", directory,
		         i);
		fd = open(names[i], O_WRONLY | O_CREAT, 0644);
		CHECK(fd >= 0 && write(fd, names[0], (size_t)i % 16) == i % 16);
		close(fd);
	}
}

static void drop_files(void)
{
	int i;

	directory_free(&listing);
	for (i = 0; i < FILES; i++)
		CHECK(unlink(names[i]) == 0);
	CHECK(rmdir(directory) == 0);
}

static bool read_directory(void)
{
	size_t failed;
	int error;

	directory_free(&listing);
	error = directory_read(directory, 1, NULL, &listing, &failed);
	CHECK(error == 0 || error == ENOMEM);
	CHECK(failed == SIZE_MAX);
	if (error != 0)
		directory_free(&listing);
	return error == 0;
}

/* In whatever order. */
static uint64_t look_at_listing(void)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < listing.count; i++) {
		const struct directory_entry *entry = &listing.entries[i];

		value +=
		    digest((uint64_t)listing.statuses[i].size,
		           listing.names + entry->name, entry->name_length);
	}
	return value;
}

static bool stat_files(void)
{
	const char *paths[FILES];
	int i;

	for (i = 0; i < FILES; i++)
		paths[i] = names[i];
	files_status(paths, FILES, statuses, found);
	return true;
}

static uint64_t look_at_statuses(void)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < FILES; i++)
		if (found[i])
			value = digest(value + 1, &statuses[i].size,
			               sizeof statuses[i].size);
	return value;
}

#ifdef MADV_POPULATE_READ
static void *memory;

static void map_memory(void)
{
	memory =
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
}

/* Only a hint: without memory it is not given. */
static bool populate(void)
{
	populate_in_background(memory, 4096);
	return true;
}

static uint64_t look_at_memory(void)
{
	return digest(0, memory, 4096);
}

static void unmap_memory(void)
{
	CHECK(munmap(memory, 4096) == 0);
}
#endif

const allocation_case system_cases[] = {
    {"directory_read", make_files, read_directory, look_at_listing, drop_files,
     false},
    {"files_status", make_files, stat_files, look_at_statuses, drop_files,
     true},
#ifdef MADV_POPULATE_READ
    {"populate_in_background", map_memory, populate, look_at_memory,
     unmap_memory, true},
#endif
    {NULL, NULL, NULL, NULL, NULL, false},
};
