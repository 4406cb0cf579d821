// Loaded into a program (LD_PRELOAD), keeps beside a folder what a power cut would leave of it: the contents of files as they
// were when their last fdatasync or fsync began, under the names that their folders had at their last fsync.
//
//   DURABLE_ROOT    the folder that is watched
//   DURABLE_STATE   an empty folder for the state: inode-N, what is durable of inode N; folder-N, lines "d N name" or
//                   "f N name" of the folder with inode N; root, the inode of DURABLE_ROOT
//
// Each piece of state is replaced whole by renaming, after the real call has returned: killing the program at any moment
// leaves a state that a power cut at that moment could have left.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_watched(int fd) {
    const char *root = getenv("DURABLE_ROOT");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!root || length < 0) return 0;
    path[length] = 0;
    size_t count = strlen(root);
    return strncmp(path, root, count) == 0 && (path[count] == 0 || path[count] == '/');
}

static void state_path(char *out, const char *kind, unsigned long inode, const char *end) {
    snprintf(out, PATH_MAX, "%s/%s-%lu%s", getenv("DURABLE_STATE"), kind, inode, end);
}

static void save_file(int fd, const char *temporary) {
    int out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char buffer[65536];
    off_t offset = 0;
    ssize_t count;
    while ((count = pread(fd, buffer, sizeof buffer, offset)) > 0) {
        if (write(out, buffer, count) != count) abort();
        offset += count;
    }
    close(out);
}

static void save_folder(int fd, const char *temporary) {
    FILE *out = fopen(temporary, "w");
    DIR *folder = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        struct stat status;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) continue;
        fprintf(out, "%c %lu %s\n", S_ISDIR(status.st_mode) ? 'd' : 'f', (unsigned long)status.st_ino, entry->d_name);
    }
    if (folder) closedir(folder);
    fclose(out);
}

static int synchronise(int fd, const char *name) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct stat status;
    if (!is_watched(fd) || fstat(fd, &status)) return real(fd);
    char temporary[PATH_MAX], final[PATH_MAX], end[64];
    const char *kind = S_ISDIR(status.st_mode) ? "folder" : "inode";
    snprintf(end, sizeof end, ".%d", gettid());
    state_path(temporary, kind, status.st_ino, end);
    state_path(final, kind, status.st_ino, "");
    if (S_ISDIR(status.st_mode)) save_folder(fd, temporary);
    else save_file(fd, temporary);
    int result = real(fd);
    if (result == 0) rename(temporary, final);
    return result;
}

int fdatasync(int fd) { return synchronise(fd, "fdatasync"); }
int fsync(int fd) { return synchronise(fd, "fsync"); }
