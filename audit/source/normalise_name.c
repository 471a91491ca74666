/* Knows how programs make up names: tempfile, mkstemp, multiprocessing, importlib, /proc. */
#include "normalise_name.h"

#include <string.h>

static const char digits[] = "0123456789";

typedef struct sink {
    char *out;
    size_t size, used;
} sink;

static void put(sink *sink, const char *bytes, size_t count)
{
    size_t room = sink->size - 1 - sink->used;
    if (count > room) count = room;
    memcpy(sink->out + sink->used, bytes, count);
    sink->used += count;
    sink->out[sink->used] = '\0';
}

static void put_text(sink *sink, const char *text) { put(sink, text, strlen(text)); }

static bool all_of(const char *name, size_t length, const char *letters)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(letters, name[i]) == NULL) return false;
    return true;
}

static bool is_number(const char *name, size_t length) { return length > 0 && all_of(name, length, digits); }

enum { TEMPFILE_LETTERS = 8, MKSTEMP_LETTERS = 6, SUFFIX_LETTERS_MAX = 6 };

/* Python's tempfile makes names of eight of these. */
static bool is_tempfile(const char *name) { return all_of(name, TEMPFILE_LETTERS, "abcdefghijklmnopqrstuvwxyz0123456789_"); }

/* mkstemp(3) takes letters of both cases and digits; a word of one case is not taken for such. */
static bool is_mkstemp(const char *name)
{
    bool has_upper = false, has_other = false;
    for (size_t i = 0; i < MKSTEMP_LETTERS; i++) {
        bool upper = name[i] >= 'A' && name[i] <= 'Z', lower = name[i] >= 'a' && name[i] <= 'z', digit = name[i] >= '0' && name[i] <= '9';
        if (!upper && !lower && !digit) return false;
        has_upper |= upper;
        has_other |= lower || digit;
    }
    return has_upper && has_other;
}

/* What tempfile makes to see whether a folder can be written bears no more than the random letters. */
static bool is_probe(const char *path, size_t begin, size_t length, bool is_temporary)
{
    return is_temporary && begin == 1 && path[begin + length] == '\0' && length == TEMPFILE_LETTERS && is_tempfile(path + begin);
}

/* tmpab12cd_9 is tempfile's anywhere; other beginnings are a program's own, and only among temporary files is what follows them taken for random. */
static bool ends_random(const char *name, size_t end, bool is_temporary)
{
    if (end < TEMPFILE_LETTERS + 1 || !is_tempfile(name + end - TEMPFILE_LETTERS)) return false;
    size_t begin = end - TEMPFILE_LETTERS;
    if (begin == 3 && memcmp(name, "tmp", 3) == 0) return true;
    return is_temporary && (strchr("-_.", name[begin - 1]) != NULL || (begin >= 3 && memcmp(name + begin - 3, "tmp", 3) == 0));
}

/* Where the random part of a name begins; returns its length, 0: it has none. A suffix after a point is left alone. */
static size_t random_part(const char *name, size_t length, bool is_temporary, size_t *begin_out)
{
    size_t stem = length;
    while (stem > 0 && name[stem - 1] != '.' && length - stem < SUFFIX_LETTERS_MAX) stem--;
    if (stem > 1 && name[stem - 1] == '.') {
        *begin_out = stem - 1 - TEMPFILE_LETTERS;
        if (ends_random(name, stem - 1, is_temporary)) return TEMPFILE_LETTERS;
    }
    *begin_out = length - TEMPFILE_LETTERS;
    if (ends_random(name, length, is_temporary)) return TEMPFILE_LETTERS;
    *begin_out = length - MKSTEMP_LETTERS;
    return is_temporary && length > MKSTEMP_LETTERS && is_mkstemp(name + length - MKSTEMP_LETTERS) ? MKSTEMP_LETTERS : 0;
}

/* x.cpython-313.pyc, also with the optimisation's level and with the number that importlib puts behind what it has not finished writing. */
static bool put_byte_code(sink *sink, const char *name, size_t length)
{
    static const char tag[] = ".cpython-", end[] = ".pyc";
    for (size_t i = 1; i + strlen(tag) < length; i++) {
        if (memcmp(name + i, tag, strlen(tag)) != 0) continue;
        for (size_t j = i + strlen(tag); j + strlen(end) <= length; j++) {
            if (memcmp(name + j, end, strlen(end)) != 0) continue;
            size_t after = j + strlen(end);
            if (after != length && !(name[after] == '.' && is_number(name + after + 1, length - after - 1))) return false;
            put(sink, name, i);
            put_text(sink, end);
            return true;
        }
    }
    return false;
}

/* Folders whose next name is a number that belongs to a process, a user or a terminal. */
static const struct numbered_folder {
    const char *path;
    const char *stands_as;
} numbered_folders[] = { { "/proc/", "<pid>" }, { "/run/user/", "<uid>" }, { "/dev/pts/", "<number>" }, { "/dev/fd/", "<number>" } };

/* Beneath /proc/<pid>: descriptors and threads. */
static bool is_inside_process(const char *path, size_t begin)
{
    static const char *const folders[] = { "/fd/", "/fdinfo/", "/task/" };
    if (strncmp(path, "/proc/", 6) != 0) return false;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        if (begin >= length && memcmp(path + begin - length, folders[i], length) == 0) return true;
    }
    return false;
}

static bool put_numbered(sink *sink, const char *path, size_t begin, size_t length)
{
    if (!is_number(path + begin, length)) return false;
    for (size_t i = 0; i < sizeof numbered_folders / sizeof *numbered_folders; i++) {
        if (strlen(numbered_folders[i].path) != begin || memcmp(path, numbered_folders[i].path, begin) != 0) continue;
        put_text(sink, numbered_folders[i].stands_as);
        return true;
    }
    if (is_inside_process(path, begin)) put_text(sink, "<number>");
    return is_inside_process(path, begin);
}

static void put_name(sink *sink, const char *path, size_t begin, size_t length, bool is_temporary)
{
    const char *name = path + begin;
    size_t random_begin = 0;
    if (put_numbered(sink, path, begin, length) || put_byte_code(sink, name, length)) return;
    if (is_probe(path, begin, length, is_temporary)) {
        put_text(sink, "*");
        return;
    }
    size_t random_length = random_part(name, length, is_temporary, &random_begin);
    if (random_length == 0) {
        put(sink, name, length);
        return;
    }
    put(sink, name, random_begin);
    put_text(sink, "*");
    put(sink, name + random_begin + random_length, length - random_begin - random_length);
}

size_t normalise_names(const char *path, bool is_temporary, char *out, size_t size)
{
    sink sink = { .out = out, .size = size };
    size_t begin = 0;
    if (size == 0) return 0;
    out[0] = '\0';
    while (path[begin] != '\0') {
        size_t length = strcspn(path + begin, "/");
        if (length > 0) put_name(&sink, path, begin, length, is_temporary);
        begin += length;
        if (path[begin] == '/') {
            put_text(&sink, "/");
            begin++;
        }
    }
    return sink.used;
}
