/* The C library's calls that change files, put before it by LD_PRELOAD: each asks `fate.c` first. */
#define _GNU_SOURCE
#include "fate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { most = 4096 };

/* One change at a time, so that the journal has their true order. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *names[most]; /* of open files in the folder */
static int changed[most]; /* made, or written to, since it was opened */

/* The absolute path, where it lies in the folder; else null. */
static const char *inside(int folder, const char *path, char *whole) {
    if (!path) return NULL;
    if (path[0] == '/') {
        snprintf(whole, PATH_MAX, "%s", path);
    } else {
        char here[PATH_MAX] = "";
        if (folder >= 0 && folder < most && names[folder]) snprintf(here, sizeof here, "%s", names[folder]);
        else if (folder != AT_FDCWD || !getcwd(here, sizeof here)) return NULL;
        if (snprintf(whole, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) return NULL;
    }
    return is_inside(whole) ? whole : NULL;
}

static ino_t inode_of(int file) {
    struct stat status;
    return fstat(file, &status) == 0 ? status.st_ino : 0;
}

static ino_t inode_at(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_ino : 0;
}

static int opening(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    if (!inside(folder, path, whole)) return syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    ino_t before = inode_at(whole);
    int makes = (flags & O_CREAT) && !before, empties = (flags & O_TRUNC) && before, file = -1;
    if (!(makes || empties) || next(makes, 0) == pass) file = syscall(SYS_openat, folder, path, flags, mode);
    int error = errno;
    if (file >= 0 && file < most) {
        free(names[file]);
        names[file] = strdup(whole);
        changed[file] = makes;
        if (makes) note("create", inode_of(file), 0, NULL, 0, whole, NULL);
        if (empties) note("cut", inode_of(file), 0, NULL, 0, whole, NULL);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return file;
}

#define MODE \
    mode_t mode = 0; \
    if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
        va_list list; \
        va_start(list, flags); \
        mode = va_arg(list, mode_t); \
        va_end(list); \
    }
int open(const char *path, int flags, ...) { MODE return opening(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opening(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return opening(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return opening(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opening(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static int is_ours(int file) { return file >= 0 && file < most && names[file]; }

/* offset -1: where the file stands. */
static ssize_t writing(int file, const void *bytes, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    enum fate fate = next(1, 1);
    ssize_t done = -1;
    int error = errno;
    if (fate != fail) {
        size_t taken = fate == halve ? length / 2 : length;
        struct stat status;
        off_t place = offset >= 0 ? offset : lseek(file, 0, SEEK_CUR);
        if (offset < 0 && (fcntl(file, F_GETFL) & O_APPEND) && fstat(file, &status) == 0) place = status.st_size;
        done = offset >= 0 ? syscall(SYS_pwrite64, file, bytes, taken, offset) : syscall(SYS_write, file, bytes, taken);
        error = errno;
        changed[file] = 1;
        if (done > 0) note("write", inode_of(file), place, bytes, done, names[file], NULL);
        if (fate == halve) after_half();
        if (fate == halve && done == 0) done = -1, error = ENOSPC; /* there was one byte to write */
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t write(int file, const void *bytes, size_t length) {
    return is_ours(file) ? writing(file, bytes, length, -1) : syscall(SYS_write, file, bytes, length);
}
ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    return is_ours(file) ? writing(file, bytes, length, offset) : syscall(SYS_pwrite64, file, bytes, length, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
    return pwrite(file, bytes, length, offset);
}
ssize_t writev(int file, const struct iovec *parts, int number) {
    if (!is_ours(file)) return syscall(SYS_writev, file, parts, number);
    return number > 0 ? writing(file, parts->iov_base, parts->iov_len, -1) : 0;
}

/* A change that is one call: what it needs, the call, and what is noted of it. */
#define CHANGE(room, call, ...) \
    pthread_mutex_lock(&lock); \
    int result = next(room, 0) == pass ? (call) : -1, error = errno; \
    if (result == 0) note(__VA_ARGS__); \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return result

static int syncing(int file, long number) {
    if (!is_ours(file)) return syscall(number, file);
    CHANGE(1, syscall(number, file), "sync", inode_of(file), 0, NULL, 0, names[file], NULL);
}
int fsync(int file) { return syncing(file, SYS_fsync); }
int fdatasync(int file) { return syncing(file, SYS_fdatasync); }

int ftruncate(int file, off_t length) {
    if (!is_ours(file)) return syscall(SYS_ftruncate, file, length);
    CHANGE(0, syscall(SYS_ftruncate, file, length), "cut", inode_of(file), length, NULL, 0, names[file], NULL);
}
int ftruncate64(int file, off_t length) { return ftruncate(file, length); }

int close(int file) {
    if (!is_ours(file)) return syscall(SYS_close, file);
    pthread_mutex_lock(&lock);
    enum fate fate = changed[file] ? next(1, 0) : pass;
    int error = errno;
    free(names[file]);
    names[file] = NULL;
    if (changed[file] && fate == pass) note("close", inode_of(file), 0, NULL, 0, NULL, NULL);
    int result = syscall(SYS_close, file); /* closed, whatever is said */
    pthread_mutex_unlock(&lock);
    if (fate != pass) errno = error;
    return fate == pass ? result : -1;
}

static int renaming(int from, const char *old, int to, const char *new, unsigned flags) {
    char a[PATH_MAX], b[PATH_MAX];
    if (!inside(from, old, a) || !inside(to, new, b)) return syscall(SYS_renameat2, from, old, to, new, flags);
    CHANGE(1, syscall(SYS_renameat2, from, old, to, new, flags), "rename", inode_at(b), 0, NULL, 0, a, b);
}
int rename(const char *old, const char *new) { return renaming(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return renaming(from, old, to, new, 0); }
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    return renaming(from, old, to, new, flags);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    char a[PATH_MAX], b[PATH_MAX];
    if (!inside(from, old, a) || !inside(to, new, b)) return syscall(SYS_linkat, from, old, to, new, flags);
    CHANGE(1, syscall(SYS_linkat, from, old, to, new, flags), "link", inode_at(b), 0, NULL, 0, a, b);
}
int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int unlinkat(int folder, const char *path, int flags) {
    char whole[PATH_MAX];
    if (!inside(folder, path, whole)) return syscall(SYS_unlinkat, folder, path, flags);
    CHANGE(0, syscall(SYS_unlinkat, folder, path, flags), "remove", 0, 0, NULL, 0, whole, NULL);
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    struct stat status;
    return unlinkat(AT_FDCWD, path, lstat(path, &status) == 0 && S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    char whole[PATH_MAX];
    if (!inside(folder, path, whole)) return syscall(SYS_mkdirat, folder, path, mode);
    CHANGE(1, syscall(SYS_mkdirat, folder, path, mode), "folder", inode_at(whole), 0, NULL, 0, whole, NULL);
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
