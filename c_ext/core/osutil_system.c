/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "osutil.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <sys/vfs.h>
#elif defined(HGAMALGAM_HAVE_FSTYPE)
#include <sys/param.h>
#include <sys/mount.h>
#endif

#ifdef __linux__
/* Magic numbers of statfs(2), under the names that Mercurial gives them. The
 * ext2 family shares one. */
static const struct {
	uint32_t magic;
	const char *name;
} filesystems[] = {
    {0xadf5, "adfs"},         {0xadff, "affs"},
    {0x0187, "autofs"},       {0x62646576, "bdevfs"},
    {0x42465331, "befs"},     {0x1badface, "bfs"},
    {0x42494e4d, "binfmtfs"}, {0x9123683e, "btrfs"},
    {0x0027e0eb, "cgroup"},   {0xff534d42, "cifs"},
    {0x73757245, "coda"},     {0x012ff7b7, "coh"},
    {0x28cd3d45, "cramfs"},   {0x64626720, "debugfs"},
    {0x1373, "devfs"},        {0x1cd1, "devpts"},
    {0xde5e81e4, "efivarfs"}, {0x00414a53, "efs"},
    {0x137d, "ext"},          {0xef51, "ext2"},
    {0xef53, "ext2"},         {0xf2f52010, "f2fs"},
    {0x65735546, "fuse"},     {0x0bad1dea, "futexfs"},
    {0x4244, "hfs"},          {0x00c0ffee, "hostfs"},
    {0xf995e849, "hpfs"},     {0x958458f6, "hugetlbfs"},
    {0x9660, "isofs"},        {0x72b6, "jffs2"},
    {0x3153464a, "jfs"},      {0x137f, "minix"},
    {0x2468, "minix2"},       {0x4d5a, "minix3"},
    {0x19800202, "mqueue"},   {0x4d44, "msdos"},
    {0x564c, "ncp"},          {0x6969, "nfs"},
    {0x3434, "nilfs"},        {0x5346544e, "ntfs-sb"},
    {0x7461636f, "ocfs2"},    {0x9fa1, "openprom"},
    {0x794c7630, "overlay"},  {0x50495045, "pipefs"},
    {0x9fa0, "proc"},         {0x6165676c, "pstorefs"},
    {0x002f, "qnx4"},         {0x68191122, "qnx6"},
    {0x858458f6, "ramfs"},    {0x52654973, "reiserfs"},
    {0x7275, "romfs"},        {0x73636673, "securityfs"},
    {0xf97cff8c, "selinux"},  {0x43415d53, "smack"},
    {0x517b, "smb"},          {0x534f434b, "sockfs"},
    {0x73717368, "squashfs"}, {0x62656572, "sysfs"},
    {0x012ff7b6, "sysv2"},    {0x012ff7b5, "sysv4"},
    {0x01021994, "tmpfs"},    {0x15013346, "udf"},
    {0x00011954, "ufs"},      {0x9fa2, "usbdevice"},
    {0x01021997, "v9fs"},     {0xa501fcf5, "vxfs"},
    {0xabba1974, "xenfs"},    {0x012ff7b4, "xenix"},
    {0x58465342, "xfs"},
};
#endif

#ifdef HGAMALGAM_HAVE_FSTYPE
int filesystem_type(const char *path, char name[FSTYPE_SIZE])
{
	const char *known = "";
	struct statfs status;
	if (statfs(path, &status) != 0)
		return errno;
#ifdef __linux__
	size_t i;
	for (i = 0; i < sizeof(filesystems) / sizeof(*filesystems); i++) {
		if (filesystems[i].magic == (uint32_t)status.f_type) {
			known = filesystems[i].name;
			break;
		}
	}
#else
	known = status.f_fstypename;
#endif
	snprintf(name, FSTYPE_SIZE, "%s", known);
	return 0;
}
#endif

int unblock_signal(int number)
{
	sigset_t set;
	if (sigemptyset(&set) != 0 || sigaddset(&set, number) != 0)
		return errno;
	return pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

#ifdef HGAMALGAM_HAVE_PROCESS_NAME
/* The fields of /proc/self/stat, counted from 1, with where argv lies. */
enum { STATE_FIELD = 3, ARGUMENTS_START_FIELD = 48 };

/* Sets where the process's arguments lie in memory; 0 if that is not known. */
static int find_arguments(char **start, size_t *size)
{
	char line[4096], *p, *end;
	FILE *file = fopen("/proc/self/stat", "re");
	unsigned long from, to;
	size_t length;
	int field;
	if (file == NULL)
		return 0;
	length = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	line[length] = '\0';
	/* the program's name, in parentheses, may hold anything */
	p = strrchr(line, ')');
	if (p == NULL || length == 0 || line[length - 1] != '\n')
		return 0;
	for (field = STATE_FIELD - 1; field < ARGUMENTS_START_FIELD; field++) {
		p = strchr(p + 1, ' ');
		if (p == NULL)
			return 0;
	}
	from = strtoul(p, &end, 10);
	to = strtoul(end, &end, 10);
	if (from == 0 || to <= from)
		return 0;
	*start = (char *)from;
	*size = to - from;
	return 1;
}

void set_process_name(const char *name)
{
	size_t length = strlen(name), size;
	char *start;
	if (!find_arguments(&start, &size))
		return;
	if (length > size - 1)
		length = size - 1;
	memcpy(start, name, length);
	memset(start + length, 0, size - length);
}
#endif

#ifdef MADV_POPULATE_READ
struct memory {
	void *address;
	size_t length;
};

static void *populate(void *argument)
{
	struct memory memory = *(struct memory *)argument;
	free(argument);
	/* the memory may be unmapped by now: then this fails, and no harm done */
	(void)madvise(memory.address, memory.length, MADV_POPULATE_READ);
	return NULL;
}

void populate_in_background(void *address, size_t length)
{
	struct memory *memory = malloc(sizeof(*memory));
	pthread_t thread;
	if (memory == NULL)
		return;
	memory->address = address;
	memory->length = length;
	if (pthread_create(&thread, NULL, populate, memory) != 0) {
		free(memory);
		return;
	}
	pthread_detach(thread);
}
#endif
