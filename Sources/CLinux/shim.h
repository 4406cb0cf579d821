// What Linux has and Swift's Glibc does not import, because it is declared for _GNU_SOURCE only.
#pragma once

#include <sys/types.h>

// Under a name of its own, so that it never meets the declaration in fcntl.h.
extern int convene_sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned flags) __asm__(
    "sync_file_range");

// Starts writing a file's dirty pages to the disk, without waiting and without promising anything (sync_file_range(2)).
static inline int convene_start_writeback(int descriptor) {
    return convene_sync_file_range(descriptor, 0, 0, 2 /* SYNC_FILE_RANGE_WRITE */);
}

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern long convene_syscall(long number, ...) __asm__("syscall");

// What convene_open_beneath does where the kernel (before 5.6) or a sandbox has no openat2: one folder after the other.
static inline int convene_open_chain(int folder, const char *path, int flags, unsigned mode) {
    char part[256];
    int at = folder;
    for (;;) {
        const char *slash = strchr(path, '/');
        size_t length = slash ? (size_t)(slash - path) : strlen(path);
        int result = -1;
        if (length == 0 || length >= sizeof part) {
            errno = length == 0 ? EINVAL : ENAMETOOLONG;
        } else {
            memcpy(part, path, length);
            part[length] = 0;
            if (!strcmp(part, "..")) errno = EXDEV;
            else if (slash) result = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            else result = openat(at, part, flags | O_NOFOLLOW | O_CLOEXEC, mode);
        }
        int error = errno;
        if (at != folder) close(at);
        errno = error;
        if (result < 0 || !slash) return result;
        at = result;
        path = slash + 1;
    }
}

// Opens `path`, relative to the open folder `folder`, without following any link and never outside of the folder
// (openat2(2)). -1 and errno where it cannot: ELOOP for a link, EXDEV for a way out.
static inline int convene_open_beneath(int folder, const char *path, int flags, unsigned mode) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (unsigned long long)(flags | O_CLOEXEC);
    how.mode = flags & O_CREAT ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    // EAGAIN: somebody renamed a folder on the way meanwhile.
    for (int attempts = 0; attempts < 100; attempts++) {
        long result = convene_syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (result >= 0) return (int)result;
        if (errno == EINTR || errno == EAGAIN) continue;
        if (errno != ENOSYS && errno != EPERM) return -1;
        return convene_open_chain(folder, path, flags, mode);
    }
    return -1;
}
