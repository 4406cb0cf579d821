// What Linux has and Swift's Glibc does not import, because it is declared for _GNU_SOURCE only.
#pragma once

// Starts writing a file's dirty pages to the disk, without waiting and without promising anything (sync_file_range(2)).
static inline int convene_start_writeback(int descriptor) {
    extern int sync_file_range(int, long long, long long, unsigned);
    return sync_file_range(descriptor, 0, 0, 2 /* SYNC_FILE_RANGE_WRITE */);
}
