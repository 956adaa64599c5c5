/* What becomes of a program's changes to a folder: they are counted and written down; the n-th fails, or kills the
   program in its place.

   TORTURE_ROOT    the folder; what lies elsewhere is left alone
   TORTURE_AT      the number of the change, from 1
   TORTURE_FAULT   full    from then on there is no room: what needs some fails with ENOSPC
                   short   the same, but the first write still takes half of its bytes
                   enospc  this one change fails with ENOSPC, as a server tells it at fsync or close
                   eio     this one change fails with EIO
                   kill    SIGKILL in its place, a write's first half done
   TORTURE_JOURNAL a file to which each change that was made is added, for `platter.py` to make again:
                   "number verb inode offset length path path2\n" with tabs, and the bytes of a write behind it */
#define _GNU_SOURCE
#include "fate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root, *fault = "";
static long count, at;
static int journal = -1;

__attribute__((constructor)) static void begin(void) {
    root = getenv("TORTURE_ROOT");
    fault = getenv("TORTURE_FAULT") ?: "";
    at = atol(getenv("TORTURE_AT") ?: "0");
    const char *file = getenv("TORTURE_JOURNAL");
    if (file) journal = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

int is_inside(const char *path) {
    size_t length = root ? strlen(root) : 0;
    return length && strncmp(path, root, length) == 0 && (path[length] == '/' || !path[length]);
}

void note(const char *verb, ino_t inode, long offset, const void *bytes, long length, const char *path,
          const char *path2) {
    if (journal < 0) return;
    char line[2 * PATH_MAX + 100];
    int size = snprintf(line, sizeof line, "%ld\t%s\t%lu\t%ld\t%ld\t%s\t%s\n", count, verb, (unsigned long)inode,
                        offset, length, path ?: "", path2 ?: "");
    struct iovec parts[2] = {{line, size}, {(void *)bytes, bytes ? length : 0}};
    syscall(SYS_writev, journal, parts, 2);
}

static void die(void) { kill(getpid(), SIGKILL); }

/* Whether the change fails by the fault that is wished for, which goes on where there is no room. */
static int fails(int needs_room) {
    if (!strcmp(fault, "full") || !strcmp(fault, "short")) return needs_room;
    return count == at && (!strcmp(fault, "enospc") || !strcmp(fault, "eio"));
}

enum fate next(int needs_room, int is_write) {
    count++;
    if (!at || count < at) return pass;
    int kills = !strcmp(fault, "kill") && count == at;
    if (is_write && count == at && (kills || !strcmp(fault, "short"))) return halve;
    if (kills) die();
    if (!fails(needs_room)) return pass;
    note("failed", 0, 0, NULL, 0, NULL, NULL);
    errno = strcmp(fault, "eio") ? ENOSPC : EIO;
    return fail;
}

void after_half(void) {
    if (!strcmp(fault, "kill")) die();
}
