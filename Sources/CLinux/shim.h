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
