/* Hides how a path as the program gave it becomes absolute and lexically normal. */
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "full_audit_internal.h"
#include "host_env/fs.h"
#include "host_env/thread.h"

enum { DIRECTORY_BYTES = 4096 };

/* The working directory as it was last asked for. Whoever finds the flag taken, perhaps by the very thread that a signal has interrupted, asks the
 * system instead of waiting. */
static struct {
    atomic_flag is_taken;
    _Atomic uint32_t moves; /* how often it may have changed */
    uint32_t known_moves;   /* what `text` belongs to; behind the flag, as is what follows */
    uint32_t generation;
    uint32_t length;
    char text[DIRECTORY_BYTES];
} working = {.is_taken = ATOMIC_FLAG_INIT, .moves = 1};

/* A child that borrows its parent's memory may change its own directory; then the parent's is what is remembered, and this thread's is asked for. */
static _Thread_local bool is_elsewhere;

static bool is_borrowing(void)
{
    int64_t number = 0;
    (void)host_thread_gettid(full_audit.host, &number, NULL);
    return (uint64_t)number != full_audit_thread();
}

void full_audit_path_moved(void)
{
    if (is_borrowing())
        is_elsewhere = true;
    else
        atomic_fetch_add(&working.moves, 1);
}

static uint64_t ask_system(char out[DIRECTORY_BYTES])
{
    if (host_fs_getcwd(full_audit.host, out, DIRECTORY_BYTES, NULL) != HOST_OK || out[0] != '/') return 0;
    return strlen(out);
}

/* Without a NUL and without a slash at its end; 0: none, or "/". */
static uint64_t working_directory(char out[DIRECTORY_BYTES])
{
    uint64_t length;
    if (is_elsewhere && !(is_elsewhere = is_borrowing())) is_elsewhere = false;
    if (is_elsewhere || atomic_flag_test_and_set_explicit(&working.is_taken, memory_order_acquire)) {
        length = ask_system(out);
        return length == 1 ? 0 : length;
    }
    uint32_t moves = atomic_load(&working.moves);
    if (working.known_moves != moves || working.generation != full_audit.generation) {
        working.length = (uint32_t)ask_system(working.text);
        working.known_moves = moves;
        working.generation = full_audit.generation;
    }
    memcpy(out, working.text, length = working.length == 1 ? 0 : working.length);
    atomic_flag_clear_explicit(&working.is_taken, memory_order_release);
    return length;
}

static uint64_t directory_of(int directory, char out[DIRECTORY_BYTES])
{
    char link[64];
    size_t length = 0;
    if (directory == HOST_AT_CWD) return working_directory(out);
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    if (host_fs_readlink(full_audit.host, HOST_AT_CWD, link, out, DIRECTORY_BYTES, &length, NULL) != HOST_OK || length >= DIRECTORY_BYTES || out[0] != '/') return 0;
    return length == 1 ? 0 : length;
}

uint64_t full_audit_path_max(const char *path, uint64_t length) { return (path[0] == '/' ? 0 : DIRECTORY_BYTES) + length + 2; }

/* ---- Whether there is nothing to do, as is nearly always so ---- */

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The highest bit of each byte of `word` that is 0, and no other. */
static inline uint64_t zero_bytes(uint64_t word) { return ~(((word & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | word | EACH_BYTE(0x7f)); }

static inline uint64_t word_at(const char *bytes)
{
    uint64_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

/* Whether one of eight bytes is a slash with another one or a dot behind it; those differ in one bit. Reads nine bytes. */
static inline bool has_odd_name(const char *bytes)
{
    _Static_assert(('.' | 1) == '/', "a slash and a dot differ in the lowest bit");
    return (zero_bytes(word_at(bytes) ^ EACH_BYTE('/')) & zero_bytes((word_at(bytes + 1) | EACH_BYTE(1)) ^ EACH_BYTE('/'))) != 0;
}

/* As many bytes at once as a processor compares in one instruction. */
typedef unsigned char block __attribute__((vector_size(16)));
typedef uint64_t block_words __attribute__((vector_size(16)));

/* Copies a block; whether none of its bytes begins an odd name. Reads one byte more. */
static inline bool copy_block(char *out, const char *bytes)
{
    block these, next;
    __builtin_memcpy(&these, bytes, sizeof these);
    __builtin_memcpy(&next, bytes + 1, sizeof next);
    __builtin_memcpy(out, &these, sizeof these);
    block_words odd = (block_words)((these == '/') & ((next | 1) == '/'));
    return (odd[0] | odd[1]) == 0;
}

static inline bool copy_word(char *out, const char *bytes)
{
    uint64_t word = word_at(bytes);
    __builtin_memcpy(out, &word, sizeof word);
    return !has_odd_name(bytes);
}

/* Copies a path up to where it turns out not to be normal; whether it was. There is a byte behind the last, be it the NUL. A rest is copied with some of what came
 * before it. */
static inline bool copy_normal(char *out, const char *path, uint64_t length)
{
    if (length >= sizeof(block)) {
        for (uint64_t i = 0; i + sizeof(block) <= length; i += sizeof(block))
            if (!copy_block(out + i, path + i)) return false;
        if (!copy_block(out + length - sizeof(block), path + length - sizeof(block))) return false;
    } else if (length >= sizeof(uint64_t)) {
        if (!copy_word(out, path) || !copy_word(out + length - sizeof(uint64_t), path + length - sizeof(uint64_t))) return false;
    } else {
        for (uint64_t i = 0; i < length; i++) {
            if (path[i] == '/' && (path[i + 1] == '/' || path[i + 1] == '.')) return false;
            out[i] = path[i];
        }
    }
    return length == 1 || path[length - 1] != '/';
}

/* ---- Where there is ---- */

/* Appends the names of `path` to the `used` bytes at `out`, which have no slash at their end. */
static uint64_t append_names(char *out, uint64_t used, const char *path, const char *end)
{
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *name_end = slash == NULL ? end : slash;
        uint64_t length = (uint64_t)(name_end - path);
        if (length == 2 && path[0] == '.' && path[1] == '.') {
            while (used > 0 && out[--used] != '/') {
            }
        } else if (length > 0 && !(length == 1 && path[0] == '.')) {
            out[used++] = '/';
            memcpy(out + used, path, length);
            used += length;
        }
        path = name_end + 1;
    }
    return used;
}

uint64_t full_audit_path(char *out, int directory, const char *path, uint64_t length)
{
    uint64_t used = length;
    if (path[0] != '/' || !copy_normal(out, path, length)) {
        used = path[0] == '/' ? 0 : directory_of(directory, out);
        used = append_names(out, used, path, path + length);
        if (used == 0) out[used++] = '/';
    }
    out[used] = '\0';
    return used;
}

uint64_t full_audit_path_here(char *out, uint64_t room, const char *path, uint64_t length)
{
    if (is_elsewhere || atomic_flag_test_and_set_explicit(&working.is_taken, memory_order_acquire)) return 0;
    bool is_known = working.known_moves == atomic_load(&working.moves) && working.generation == full_audit.generation && working.length > 0;
    bool fits = is_known && working.length + length + 2 <= room;
    uint64_t used = fits && working.length > 1 ? working.length : 0;
    if (fits) memcpy(out, working.text, used);
    atomic_flag_clear_explicit(&working.is_taken, memory_order_release);
    if (!fits) return 0;
    used = append_names(out, used, path, path + length);
    if (used == 0) out[used++] = '/';
    out[used] = '\0';
    return used;
}
