/* A library for LD_PRELOAD that fails the n-th call of some kind on files below a folder, or the n-th large
 * allocation; for tests. The kinds are numbered as KINDS of tests/faults/driver.py has them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <dirent.h>

enum { OFF, OPEN, READ, WRITE, STAT, LIST, RENAME, REMOVE, MAKE, SYNC, SIZE, MEMORY };
#define LARGE (64 << 10) /* bytes of an allocation that counts */

static _Atomic int armed = OFF; /* the kind */
static long wanted, once;       /* which call fails; 0: all behind it, too */
static int number;              /* errno */
static char below[PATH_MAX];
static size_t below_size;
static _Atomic long *count;     /* shared with the parent of the process that is armed */
static __thread int inside;

/* For the driver: the place of the counter, which a fork shares. */
long *fault_counter(void) {
    if (!count)
        count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return (long *)count;
}

void fault_arm(int kind, long call, int persistent, int error, const char *folder) {
    fault_counter();
    *count = 0;
    wanted = call;
    once = !persistent;
    number = error;
    strncpy(below, folder, sizeof below - 1);
    below_size = strlen(below);
    armed = kind;
}

static int due(void) {
    long now = ++*count;
    if (once ? now != wanted : now < wanted)
        return 0;
    errno = number;
    return 1;
}

static int is_below(const char *path) { return path && !strncmp(path, below, below_size); }

static int path_due(int kind, const char *path) {
    return armed == kind && !inside && is_below(path) && due();
}

static int file_due(int kind, int descriptor) {
    char link[64], path[PATH_MAX];
    if (armed != kind || inside)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    inside = 1;
    ssize_t size = readlink(link, path, sizeof path - 1);
    inside = 0;
    if (size < 0)
        return 0;
    path[size] = 0;
    return is_below(path) && due();
}

/* A path that is relative to a descriptor, or absolute. */
static int at_due(int kind, int folder, const char *path) {
    if (path && path[0] == '/')
        return path_due(kind, path);
    return folder != AT_FDCWD && file_due(kind, folder);
}

static int memory_due(size_t size) {
    return armed == MEMORY && !inside && size > LARGE && due();
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define MODE(last) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, last); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags) REAL(open); return path_due(OPEN, path) ? -1 : real(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) REAL(open64); return path_due(OPEN, path) ? -1 : real(path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) REAL(openat); return at_due(OPEN, at, path) ? -1 : real(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) REAL(openat64); return at_due(OPEN, at, path) ? -1 : real(at, path, flags, mode); }

ssize_t read(int fd, void *to, size_t size) { REAL(read); return file_due(READ, fd) ? -1 : real(fd, to, size); }
ssize_t readv(int fd, const struct iovec *to, int n) { REAL(readv); return file_due(READ, fd) ? -1 : real(fd, to, n); }
ssize_t pread(int fd, void *to, size_t size, off_t at) { REAL(pread); return file_due(READ, fd) ? -1 : real(fd, to, size, at); }
ssize_t pread64(int fd, void *to, size_t size, off64_t at) { REAL(pread64); return file_due(READ, fd) ? -1 : real(fd, to, size, at); }

ssize_t write(int fd, const void *from, size_t size) { REAL(write); return file_due(WRITE, fd) ? -1 : real(fd, from, size); }
ssize_t writev(int fd, const struct iovec *from, int n) { REAL(writev); return file_due(WRITE, fd) ? -1 : real(fd, from, n); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { REAL(pwrite); return file_due(WRITE, fd) ? -1 : real(fd, from, size, at); }
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { REAL(pwrite64); return file_due(WRITE, fd) ? -1 : real(fd, from, size, at); }

int fstat64(int fd, struct stat64 *to) { REAL(fstat64); return file_due(STAT, fd) ? -1 : real(fd, to); }
int fstat(int fd, struct stat *to) { REAL(fstat); return file_due(STAT, fd) ? -1 : real(fd, to); }
int stat64(const char *path, struct stat64 *to) { REAL(stat64); return path_due(STAT, path) ? -1 : real(path, to); }
int stat(const char *path, struct stat *to) { REAL(stat); return path_due(STAT, path) ? -1 : real(path, to); }
int lstat64(const char *path, struct stat64 *to) { REAL(lstat64); return path_due(STAT, path) ? -1 : real(path, to); }
int lstat(const char *path, struct stat *to) { REAL(lstat); return path_due(STAT, path) ? -1 : real(path, to); }

DIR *opendir(const char *path) { REAL(opendir); return path_due(LIST, path) ? NULL : real(path); }
DIR *fdopendir(int fd) { REAL(fdopendir); return file_due(LIST, fd) ? NULL : real(fd); }
struct dirent64 *readdir64(DIR *of) { REAL(readdir64); return file_due(LIST, dirfd(of)) ? NULL : real(of); }
struct dirent *readdir(DIR *of) { REAL(readdir); return file_due(LIST, dirfd(of)) ? NULL : real(of); }

int rename(const char *from, const char *to) { REAL(rename); return path_due(RENAME, to) ? -1 : real(from, to); }
int renameat(int a, const char *from, int b, const char *to) { REAL(renameat); return at_due(RENAME, b, to) ? -1 : real(a, from, b, to); }
int link(const char *from, const char *to) { REAL(link); return path_due(RENAME, to) ? -1 : real(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) { REAL(linkat); return at_due(RENAME, b, to) ? -1 : real(a, from, b, to, flags); }

int unlink(const char *path) { REAL(unlink); return path_due(REMOVE, path) ? -1 : real(path); }
int unlinkat(int at, const char *path, int flags) { REAL(unlinkat); return at_due(REMOVE, at, path) ? -1 : real(at, path, flags); }
int rmdir(const char *path) { REAL(rmdir); return path_due(REMOVE, path) ? -1 : real(path); }

int mkdir(const char *path, mode_t mode) { REAL(mkdir); return path_due(MAKE, path) ? -1 : real(path, mode); }
int mkdirat(int at, const char *path, mode_t mode) { REAL(mkdirat); return at_due(MAKE, at, path) ? -1 : real(at, path, mode); }

int fsync(int fd) { REAL(fsync); return file_due(SYNC, fd) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync); return file_due(SYNC, fd) ? -1 : real(fd); }

int ftruncate(int fd, off_t size) { REAL(ftruncate); return file_due(SIZE, fd) ? -1 : real(fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); return file_due(SIZE, fd) ? -1 : real(fd, size); }
int posix_fallocate(int fd, off_t at, off_t size) { REAL(posix_fallocate); return file_due(SIZE, fd) ? number : real(fd, at, size); }
int posix_fallocate64(int fd, off64_t at, off64_t size) { REAL(posix_fallocate64); return file_due(SIZE, fd) ? number : real(fd, at, size); }

/* glibc's own names: dlsym itself may allocate. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) { return memory_due(size) ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return n && memory_due(n * size) ? NULL : __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { return memory_due(size) ? NULL : __libc_realloc(old, size); }
void *memalign(size_t align, size_t size) { return memory_due(size) ? NULL : __libc_memalign(align, size); }
void *aligned_alloc(size_t align, size_t size) { return memory_due(size) ? NULL : __libc_memalign(align, size); }
int posix_memalign(void **to, size_t align, size_t size) {
    if (memory_due(size))
        return ENOMEM;
    *to = __libc_memalign(align, size);
    return *to ? 0 : ENOMEM;
}
void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    REAL(mmap);
    return flags & MAP_ANONYMOUS && memory_due(size) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset) {
    REAL(mmap64);
    return flags & MAP_ANONYMOUS && memory_due(size) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}
