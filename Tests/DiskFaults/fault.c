// Loaded into a program (LD_PRELOAD), makes the disk under a folder fail while a file says so.
//
//   FAULT_ROOT     the folder whose files are on the failing disk
//   FAULT_CONTROL  a file; while it exists, its first word is what happens:
//                  hang     fsync, fdatasync, syncfs and sync_file_range return only when the file is gone
//                  EIO      whatever writes or syncs fails with EIO; files and folders can be made, and stay empty
//                  ENOSPC   whatever writes fails with ENOSPC; files and folders can be made, and stay empty
//                  EROFS    whatever writes, or makes a file or folder, fails with EROFS
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t (*real_read_at)(int, void *, size_t, off_t);

__attribute__((constructor)) static void begin(void) { real_read_at = dlsym(RTLD_NEXT, "pread"); }

enum fault { NONE, HANG, IO, SPACE, READ_ONLY };

static enum fault fault(void) {
    const char *control = getenv("FAULT_CONTROL");
    if (!control || access(control, F_OK)) return NONE;
    char word[8] = "";
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = real_open(control, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NONE;
    real_read_at(file, word, sizeof word - 1, 0);
    close(file);
    if (!strncmp(word, "hang", 4)) return HANG;
    if (!strncmp(word, "EIO", 3)) return IO;
    if (!strncmp(word, "ENOSPC", 6)) return SPACE;
    if (!strncmp(word, "EROFS", 5)) return READ_ONLY;
    return NONE;
}

static int is_below_root(const char *path) {
    const char *root = getenv("FAULT_ROOT");
    return root && !strncmp(path, root, strlen(root));
}

static int is_on_disk(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below_root(path);
}

static int write_fails(int fd) {
    enum fault now = fault();
    if (now == NONE || now == HANG || !is_on_disk(fd)) return 0;
    errno = now == IO ? EIO : now == SPACE ? ENOSPC : EROFS;
    return 1;
}

static int sync_fails(int fd) {
    if (!is_on_disk(fd)) return 0;
    while (fault() == HANG) usleep(10000);
    if (fault() != IO) return 0;
    errno = EIO;
    return 1;
}

static int making_fails(int folder, const char *path) {
    if (fault() != READ_ONLY) return 0;
    if (path[0] == '/' ? !is_below_root(path) : folder == AT_FDCWD || !is_on_disk(folder)) return 0;
    errno = EROFS;
    return 1;
}

#define REAL(name) __typeof__(&name) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t count) { REAL(write); return write_fails(fd) ? -1 : real(fd, bytes, count); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { REAL(pwrite); return write_fails(fd) ? -1 : real(fd, bytes, count, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) { REAL(pwrite64); return write_fails(fd) ? -1 : real(fd, bytes, count, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) { REAL(writev); return write_fails(fd) ? -1 : real(fd, parts, count); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { REAL(pwritev); return write_fails(fd) ? -1 : real(fd, parts, count, at); }
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t at, int flags) { REAL(pwritev2); return write_fails(fd) ? -1 : real(fd, parts, count, at, flags); }
int ftruncate(int fd, off_t length) { REAL(ftruncate); return write_fails(fd) ? -1 : real(fd, length); }
int ftruncate64(int fd, off64_t length) { REAL(ftruncate64); return write_fails(fd) ? -1 : real(fd, length); }
int fsync(int fd) { REAL(fsync); return sync_fails(fd) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync); return sync_fails(fd) ? -1 : real(fd); }
int syncfs(int fd) { REAL(syncfs); return sync_fails(fd) ? -1 : real(fd); }
int sync_file_range(int fd, off64_t from, off64_t count, unsigned flags) { REAL(sync_file_range); return sync_fails(fd) ? -1 : real(fd, from, count, flags); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); return making_fails(AT_FDCWD, path) ? -1 : real(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { REAL(mkdirat); return making_fails(folder, path) ? -1 : real(folder, path, mode); }
int rename(const char *from, const char *to) { REAL(rename); return making_fails(AT_FDCWD, to) ? -1 : real(from, to); }

static mode_t mode_of(int flags, va_list list) { return flags & O_CREAT ? va_arg(list, mode_t) : 0; }

#define OPENING(name)                                                                            \
    int name(const char *path, int flags, ...) {                                                 \
        va_list list;                                                                            \
        va_start(list, flags);                                                                   \
        mode_t mode = mode_of(flags, list);                                                      \
        va_end(list);                                                                            \
        REAL(name);                                                                              \
        return flags & O_CREAT && making_fails(AT_FDCWD, path) ? -1 : real(path, flags, mode);   \
    }
#define OPENING_AT(name)                                                                                 \
    int name(int folder, const char *path, int flags, ...) {                                             \
        va_list list;                                                                                    \
        va_start(list, flags);                                                                           \
        mode_t mode = mode_of(flags, list);                                                              \
        va_end(list);                                                                                    \
        REAL(name);                                                                                      \
        return flags & O_CREAT && making_fails(folder, path) ? -1 : real(folder, path, flags, mode);     \
    }
OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)
