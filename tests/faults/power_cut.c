/*
 * Notes down what a program writes to a folder and what it has synced, so that a test can take away the power.
 *
 * Loaded with LD_PRELOAD. Every write, truncation, creation, renaming and removal under POWER_CUT_FOLDER is appended
 * to the log POWER_CUT_LOG, in one order over all processes; every sync says up to where in that order it reaches.
 * The reader (power_cut.py) builds from the log what a disk holds that lost its power at any point of it.
 *
 * A sync is noted and not carried out: no real power is cut, and the disk that counts is the one in the log.
 *
 * Order. An act is noted after it was done, and a sync reaches as far as the log did before it was asked for. So an
 * act that was not yet noted when a sync began counts as not synced. Whoever is told of an act by the process that did
 * it, is told after the note; nothing that a program may rely on is lost that a disk would keep.
 *
 * The log is shared memory with a robust lock: a process killed while it writes a note leaves no half note, because
 * the end of the log moves last.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define MAX_FDS 65536
#define MAX_OPAQUE 1024
#define BEGINNING 16384

enum kind { WRITE = 1, TRUNCATE, EXTEND, LINK, RENAME, UNLINK, MKDIR, RMDIR, SYNC_FILE, SYNC_FOLDER, SYNC_ALL, MAPPED, CONTENT, MARK, UNSOUND };

struct note {
    uint64_t size; /* of the whole note, a multiple of 8 */
    uint32_t kind;
    uint32_t path_length;
    uint64_t inode;
    uint64_t offset;
    uint64_t length; /* of the bytes that follow the path */
    uint64_t reach;  /* of a sync: the end of the log when it was asked for */
};

struct log {
    uint64_t magic;
    uint64_t capacity;
    _Atomic uint64_t end;
    pthread_mutex_t lock;
    uint64_t n_opaque;
    uint64_t opaque[MAX_OPAQUE]; /* files written through stdio, whose single writes nobody sees */
};

static struct log *shared;
static char folder[PATH_MAX];
static size_t folder_length;
static struct { dev_t device; ino_t inode; } watched[MAX_FDS];

#define REAL(name) \
    static __typeof__(name) *real_##name; \
    if (!real_##name) real_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* The log ------------------------------------------------------------------------------------------------------- */

static struct log *mapped(const char *path, uint64_t capacity) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return NULL;
    struct stat found;
    if (!capacity && fstat(fd, &found) == 0) capacity = (uint64_t)found.st_size;
    void *at = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

static void lock(struct log *log) {
    if (pthread_mutex_lock(&log->lock) == EOWNERDEAD) pthread_mutex_consistent(&log->lock);
}

static void die(const char *why) {
    dprintf(2, "power_cut: %s\n", why);
    abort();
}

static void append(struct log *log, struct note note, const char *path, size_t path_length, const struct iovec *parts, int n_parts) {
    note.path_length = (uint32_t)path_length;
    note.size = (sizeof note + path_length + note.length + 7) / 8 * 8;
    lock(log);
    uint64_t end = atomic_load(&log->end);
    if (end + note.size > log->capacity) die("the log is full");
    char *to = (char *)log + end;
    memcpy(to, &note, sizeof note);
    to += sizeof note;
    memcpy(to, path, path_length);
    to += path_length;
    uint64_t left = note.length;
    for (int i = 0; i < n_parts && left > 0; i++) {
        size_t take = parts[i].iov_len < left ? parts[i].iov_len : left;
        memcpy(to, parts[i].iov_base, take);
        to += take;
        left -= take;
    }
    atomic_store(&log->end, end + note.size);
    pthread_mutex_unlock(&log->lock);
}

/* For the test: an empty log in a file of this size; 0 when it is ready. */
EXPORT int power_cut_prepare(const char *path, uint64_t capacity) {
    struct log *log = mapped(path, capacity);
    if (!log) return -1;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&log->lock, &attributes);
    log->capacity = capacity;
    log->n_opaque = 0;
    atomic_store(&log->end, BEGINNING);
    log->magic = 0x7063757431ULL;
    munmap(log, capacity);
    return 0;
}

/* For the test: its own notes in the same order, such as "the client has heard that this is kept". */
EXPORT void *power_cut_open(const char *path) { return mapped(path, 0); }

EXPORT void power_cut_close(void *log) { munmap(log, ((struct log *)log)->capacity); }

EXPORT void power_cut_mark(void *log, const char *text) {
    struct note note = {.kind = MARK};
    append(log, note, text, strlen(text), NULL, 0);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWER_CUT_LOG"), *where = getenv("POWER_CUT_FOLDER");
    if (!path || !where) return;
    if (strlen(where) >= sizeof folder) die("the name of the folder is too long");
    strcpy(folder, where);
    folder_length = strlen(folder);
    shared = mapped(path, 0);
    if (!shared || shared->magic != 0x7063757431ULL) die("the log is not ready");
}

/* What is watched ----------------------------------------------------------------------------------------------- */

static int is_inside(const char *path) {
    return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* The full name of a path, without doubled slashes and single dots; links are not followed. */
static int named(int at, const char *path, char *out) {
    char raw[PATH_MAX * 2];
    if (path[0] == '/') snprintf(raw, sizeof raw, "%s", path);
    else {
        char base[PATH_MAX], link[64];
        if (at == AT_FDCWD) { if (!getcwd(base, sizeof base)) return 0; }
        else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0) return 0;
            base[length] = 0;
        }
        snprintf(raw, sizeof raw, "%s/%s", base, path);
    }
    size_t to = 0;
    for (size_t from = 0; raw[from] && to < PATH_MAX - 1; from++) {
        if (raw[from] == '/' && raw[from + 1] == '/') continue;
        if (raw[from] == '/' && raw[from + 1] == '.' && (raw[from + 2] == '/' || raw[from + 2] == 0)) { from++; continue; }
        out[to++] = raw[from];
    }
    while (to > 1 && out[to - 1] == '/') to--;
    out[to] = 0;
    return is_inside(out);
}

static int is_watched(int fd, struct stat *found) {
    if (!shared || fd < 0 || fd >= MAX_FDS || !watched[fd].inode) return 0;
    /* The number may belong to something else by now: programs close numbers in ways that nobody is told of. */
    if (fstat(fd, found) == 0 && found->st_ino == watched[fd].inode && found->st_dev == watched[fd].device) return 1;
    watched[fd].inode = 0;
    return 0;
}

static void note_path(enum kind kind, const char *path, ino_t inode, uint64_t offset) {
    struct note note = {.kind = kind, .inode = inode, .offset = offset};
    append(shared, note, path, strlen(path), NULL, 0);
}

static void note_file(enum kind kind, ino_t inode, uint64_t offset) { note_path(kind, "", inode, offset); }

/* Whether opening this will make it: asked before. */
static int is_new(int at, const char *path, int flags) {
    struct stat found;
    return shared && (flags & O_CREAT) && fstatat(at, path, &found, 0) != 0;
}

static void opened(int fd, int flags, int made) {
    if (!shared || fd < 0 || fd >= MAX_FDS) return;
    watched[fd].inode = 0;
    int before = errno;
    char full[PATH_MAX], link[64];
    struct stat found;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, full, sizeof full - 1);
    if (length > 0) {
        full[length] = 0;
        if (is_inside(full) && fstat(fd, &found) == 0) {
            watched[fd].inode = found.st_ino;
            watched[fd].device = found.st_dev;
            if (S_ISREG(found.st_mode)) {
                if (flags & O_CREAT) note_path(LINK, full, found.st_ino, (uint64_t)made);
                if (flags & O_TRUNC) note_file(TRUNCATE, found.st_ino, 0);
            }
        }
    }
    errno = before;
}

static void duplicated(int from, int to) {
    if (shared && from >= 0 && from < MAX_FDS && to >= 0 && to < MAX_FDS) watched[to] = watched[from];
}

static uint64_t log_end(void) { return shared ? atomic_load(&shared->end) : 0; }

static int is_opaque(ino_t inode) {
    for (uint64_t i = 0; i < shared->n_opaque; i++)
        if (shared->opaque[i] == inode) return 1;
    return 0;
}

static void note_content(int fd, ino_t inode) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = open(link, O_RDONLY | O_CLOEXEC);
    struct stat found;
    if (again < 0 || fstat(again, &found) != 0) { note_file(UNSOUND, inode, 0); return; }
    char *bytes = malloc(found.st_size ? (size_t)found.st_size : 1);
    ssize_t length = pread(again, bytes, (size_t)found.st_size, 0);
    struct note note = {.kind = CONTENT, .inode = inode, .length = length > 0 ? (uint64_t)length : 0};
    struct iovec part = {bytes, note.length};
    append(shared, note, "", 0, &part, 1);
    free(bytes);
    close(again);
}

static void synced(int fd, uint64_t reach) {
    struct stat found;
    if (!is_watched(fd, &found)) return;
    int before = errno;
    struct note note = {.inode = found.st_ino, .reach = reach};
    if (S_ISDIR(found.st_mode)) {
        char full[PATH_MAX], link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, full, sizeof full - 1);
        note.kind = SYNC_FOLDER;
        append(shared, note, full, length > 0 ? (size_t)length : 0, NULL, 0);
    } else {
        if (is_opaque(found.st_ino)) { note_content(fd, found.st_ino); note.reach = log_end(); }
        note.kind = SYNC_FILE;
        append(shared, note, "", 0, NULL, 0);
    }
    errno = before;
}

static void written(int fd, struct stat *found, const struct iovec *parts, int n_parts, off_t offset, ssize_t length) {
    if (length <= 0) return;
    int before = errno;
    int flags = fcntl(fd, F_GETFL);
    if (offset < 0) offset = lseek(fd, 0, SEEK_CUR) - length;
    else if (flags & O_APPEND) offset = lseek(fd, 0, SEEK_END) - length;
    struct note note = {.kind = WRITE, .inode = found->st_ino, .offset = (uint64_t)offset, .length = (uint64_t)length};
    append(shared, note, "", 0, parts, n_parts);
    if (flags & (O_SYNC | O_DSYNC)) synced(fd, log_end());
    errno = before;
}

/* Opening ------------------------------------------------------------------------------------------------------- */

#define OPEN(name) \
    EXPORT int name(const char *path, int flags, ...) { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        int made = is_new(AT_FDCWD, path, flags); \
        int fd = real_##name(path, flags, mode); \
        opened(fd, flags, made); \
        return fd; \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    EXPORT int name(int at, const char *path, int flags, ...) { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        int made = is_new(at, path, flags); \
        int fd = real_##name(at, path, flags, mode); \
        opened(fd, flags, made); \
        return fd; \
    }
OPENAT(openat)
OPENAT(openat64)

/* What fortified programs call instead. */
EXPORT int __open_2(const char *path, int flags) { return open(path, flags); }
EXPORT int __open64_2(const char *path, int flags) { return open64(path, flags); }
EXPORT int __openat_2(int at, const char *path, int flags) { return openat(at, path, flags); }
EXPORT int __openat64_2(int at, const char *path, int flags) { return openat64(at, path, flags); }
EXPORT int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
EXPORT int creat64(const char *path, mode_t mode) { return open64(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static void opened_stream(FILE *stream, const char *mode, int made) {
    if (!shared || !stream || (mode[0] == 'r' && !strchr(mode, '+'))) return;
    int fd = fileno(stream);
    struct stat found;
    opened(fd, mode[0] == 'r' ? 0 : O_CREAT | (mode[0] == 'w' ? O_TRUNC : 0), made);
    if (!is_watched(fd, &found)) return;
    lock(shared);
    if (!is_opaque(found.st_ino)) {
        if (shared->n_opaque == MAX_OPAQUE) die("too many files are written through stdio");
        shared->opaque[shared->n_opaque++] = found.st_ino;
    }
    pthread_mutex_unlock(&shared->lock);
}

EXPORT FILE *fopen(const char *path, const char *mode) {
    REAL(fopen);
    int made = is_new(AT_FDCWD, path, mode[0] == 'r' ? 0 : O_CREAT);
    FILE *stream = real_fopen(path, mode);
    opened_stream(stream, mode, made);
    return stream;
}

EXPORT FILE *fopen64(const char *path, const char *mode) {
    REAL(fopen64);
    int made = is_new(AT_FDCWD, path, mode[0] == 'r' ? 0 : O_CREAT);
    FILE *stream = real_fopen64(path, mode);
    opened_stream(stream, mode, made);
    return stream;
}

EXPORT int fclose(FILE *stream) {
    REAL(fclose);
    struct stat found;
    int fd = fileno(stream);
    if (shared && is_watched(fd, &found) && is_opaque(found.st_ino)) {
        fflush(stream);
        note_content(fd, found.st_ino);
    }
    return real_fclose(stream);
}

EXPORT int dup(int fd) {
    REAL(dup);
    int copy = real_dup(fd);
    duplicated(fd, copy);
    return copy;
}

EXPORT int dup2(int fd, int to) {
    REAL(dup2);
    int copy = real_dup2(fd, to);
    duplicated(fd, copy);
    return copy;
}

EXPORT int dup3(int fd, int to, int flags) {
    REAL(dup3);
    int copy = real_dup3(fd, to, flags);
    duplicated(fd, copy);
    return copy;
}

#define FCNTL(name) \
    EXPORT int name(int fd, int command, ...) { \
        REAL(name); \
        va_list rest; \
        va_start(rest, command); \
        void *argument = va_arg(rest, void *); \
        va_end(rest); \
        int done = real_##name(fd, command, argument); \
        if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) duplicated(fd, done); \
        return done; \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

/* Writing ------------------------------------------------------------------------------------------------------- */

EXPORT ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write);
    struct stat found;
    int watch = is_watched(fd, &found);
    ssize_t done = real_write(fd, bytes, length);
    struct iovec part = {(void *)bytes, length};
    if (watch) written(fd, &found, &part, 1, -1, done);
    return done;
}

#define PWRITE(name, offset_type) \
    EXPORT ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) { \
        REAL(name); \
        struct stat found; \
        int watch = is_watched(fd, &found); \
        ssize_t done = real_##name(fd, bytes, length, offset); \
        struct iovec part = {(void *)bytes, length}; \
        if (watch) written(fd, &found, &part, 1, offset, done); \
        return done; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

EXPORT ssize_t writev(int fd, const struct iovec *parts, int n_parts) {
    REAL(writev);
    struct stat found;
    int watch = is_watched(fd, &found);
    ssize_t done = real_writev(fd, parts, n_parts);
    if (watch) written(fd, &found, parts, n_parts, -1, done);
    return done;
}

#define PWRITEV(name, offset_type) \
    EXPORT ssize_t name(int fd, const struct iovec *parts, int n_parts, offset_type offset) { \
        REAL(name); \
        struct stat found; \
        int watch = is_watched(fd, &found); \
        ssize_t done = real_##name(fd, parts, n_parts, offset); \
        if (watch) written(fd, &found, parts, n_parts, offset, done); \
        return done; \
    }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define PWRITEV2(name, offset_type) \
    EXPORT ssize_t name(int fd, const struct iovec *parts, int n_parts, offset_type offset, int flags) { \
        REAL(name); \
        struct stat found; \
        int watch = is_watched(fd, &found); \
        ssize_t done = real_##name(fd, parts, n_parts, offset, flags); \
        if (watch) written(fd, &found, parts, n_parts, offset, done); \
        if (watch && done > 0 && flags & (RWF_SYNC | RWF_DSYNC)) synced(fd, log_end()); \
        return done; \
    }
PWRITEV2(pwritev2, off_t)
PWRITEV2(pwritev64v2, off64_t)

#define FTRUNCATE(name, offset_type) \
    EXPORT int name(int fd, offset_type length) { \
        REAL(name); \
        struct stat found; \
        int done = real_##name(fd, length); \
        if (done == 0 && is_watched(fd, &found)) note_file(TRUNCATE, found.st_ino, (uint64_t)length); \
        return done; \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define TRUNCATE_PATH(name, offset_type) \
    EXPORT int name(const char *path, offset_type length) { \
        REAL(name); \
        char full[PATH_MAX]; \
        struct stat found; \
        int done = real_##name(path, length); \
        if (done == 0 && shared && named(AT_FDCWD, path, full) && stat(path, &found) == 0) \
            note_file(TRUNCATE, found.st_ino, (uint64_t)length); \
        return done; \
    }
TRUNCATE_PATH(truncate, off_t)
TRUNCATE_PATH(truncate64, off64_t)

#define FALLOCATE(name, offset_type) \
    EXPORT int name(int fd, int mode, offset_type offset, offset_type length) { \
        REAL(name); \
        struct stat found; \
        int done = real_##name(fd, mode, offset, length); \
        if (done == 0 && is_watched(fd, &found)) \
            note_file(mode == 0 ? EXTEND : UNSOUND, found.st_ino, (uint64_t)(offset + length)); \
        return done; \
    }
FALLOCATE(fallocate, off_t)
FALLOCATE(fallocate64, off64_t)

#define POSIX_FALLOCATE(name, offset_type) \
    EXPORT int name(int fd, offset_type offset, offset_type length) { \
        REAL(name); \
        struct stat found; \
        int done = real_##name(fd, offset, length); \
        if (done == 0 && is_watched(fd, &found)) note_file(EXTEND, found.st_ino, (uint64_t)(offset + length)); \
        return done; \
    }
POSIX_FALLOCATE(posix_fallocate, off_t)
POSIX_FALLOCATE(posix_fallocate64, off64_t)

/* Ways of writing that the log cannot follow: a test that meets them has proved nothing, and says so. */

static void unseen(int fd) {
    struct stat found;
    if (is_watched(fd, &found)) note_file(UNSOUND, found.st_ino, 0);
}

EXPORT ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    REAL(copy_file_range);
    unseen(to);
    return real_copy_file_range(from, from_at, to, to_at, length, flags);
}

EXPORT ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    REAL(splice);
    unseen(to);
    return real_splice(from, from_at, to, to_at, length, flags);
}

#define MMAP(name, offset_type) \
    EXPORT void *name(void *at, size_t length, int protection, int flags, int fd, offset_type offset) { \
        REAL(name); \
        struct stat found; \
        if ((flags & MAP_SHARED) && (protection & PROT_WRITE) && is_watched(fd, &found)) note_file(MAPPED, found.st_ino, 0); \
        return real_##name(at, length, protection, flags, fd, offset); \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

/* Names --------------------------------------------------------------------------------------------------------- */

static int renamed(int done, int from_at, const char *from, int to_at, const char *to) {
    char pair[PATH_MAX * 2], second[PATH_MAX];
    if (done != 0 || !shared) return done;
    int before = errno;
    int is_from = named(from_at, from, pair), is_to = named(to_at, to, second);
    if (is_from || is_to) {
        struct stat found = {0};
        fstatat(to_at, to, &found, AT_SYMLINK_NOFOLLOW);
        size_t first = strlen(pair);
        strcpy(pair + first + 1, second);
        struct note note = {.kind = is_from && is_to ? RENAME : UNSOUND, .inode = found.st_ino};
        append(shared, note, pair, first + 1 + strlen(second), NULL, 0);
    }
    errno = before;
    return done;
}

EXPORT int rename(const char *from, const char *to) {
    REAL(rename);
    return renamed(real_rename(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int renameat(int from_at, const char *from, int to_at, const char *to) {
    REAL(renameat);
    return renamed(real_renameat(from_at, from, to_at, to), from_at, from, to_at, to);
}

EXPORT int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    REAL(renameat2);
    return renamed(real_renameat2(from_at, from, to_at, to, flags), from_at, from, to_at, to);
}

static int noted(int done, enum kind kind, int at, const char *path) {
    char full[PATH_MAX];
    if (done != 0 || !shared) return done;
    int before = errno;
    if (named(at, path, full)) {
        struct stat found = {0};
        fstatat(at, path, &found, AT_SYMLINK_NOFOLLOW);
        note_path(kind, full, found.st_ino, 0);
    }
    errno = before;
    return done;
}

EXPORT int link(const char *from, const char *to) {
    REAL(link);
    return noted(real_link(from, to), LINK, AT_FDCWD, to);
}

EXPORT int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    REAL(linkat);
    return noted(real_linkat(from_at, from, to_at, to, flags), LINK, to_at, to);
}

EXPORT int symlink(const char *from, const char *to) {
    REAL(symlink);
    return noted(real_symlink(from, to), UNSOUND, AT_FDCWD, to);
}

EXPORT int unlink(const char *path) {
    REAL(unlink);
    return noted(real_unlink(path), UNLINK, AT_FDCWD, path);
}

EXPORT int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    return noted(real_unlinkat(at, path, flags), flags & AT_REMOVEDIR ? RMDIR : UNLINK, at, path);
}

EXPORT int remove(const char *path) {
    struct stat found;
    if (lstat(path, &found) != 0) return -1;
    return S_ISDIR(found.st_mode) ? rmdir(path) : unlink(path);
}

EXPORT int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return noted(real_mkdir(path, mode), MKDIR, AT_FDCWD, path);
}

EXPORT int mkdirat(int at, const char *path, mode_t mode) {
    REAL(mkdirat);
    return noted(real_mkdirat(at, path, mode), MKDIR, at, path);
}

EXPORT int rmdir(const char *path) {
    REAL(rmdir);
    return noted(real_rmdir(path), RMDIR, AT_FDCWD, path);
}

/* Syncing ------------------------------------------------------------------------------------------------------- */

#define SYNC(name) \
    EXPORT int name(int fd) { \
        REAL(name); \
        struct stat found; \
        uint64_t reach = log_end(); \
        if (!is_watched(fd, &found)) return real_##name(fd); \
        synced(fd, reach); \
        return 0; \
    }
SYNC(fsync)
SYNC(fdatasync)

EXPORT void sync(void) {
    struct note note = {.kind = SYNC_ALL, .reach = log_end()};
    if (shared) append(shared, note, "", 0, NULL, 0);
}

EXPORT int syncfs(int fd) {
    REAL(syncfs);
    struct stat found;
    if (!is_watched(fd, &found)) return real_syncfs(fd);
    sync();
    return 0;
}

/* sync_file_range and msync are left alone: the first promises nothing (no metadata, no flush of the disk's cache),
 * and what is mapped is not in the log at all. */
