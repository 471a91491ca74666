/* Hides from the rules how texts, paths and arguments are compared with patterns. */
#include "text_pattern.h"

#include <string.h>

bool pattern_is_wild(const char *pattern) { return strpbrk(pattern, "*?") != NULL; }

bool pattern_fits(const char *pattern, const char *text)
{
    /* Where to go on if the text after the last star does not fit: one byte further. */
    const char *star = NULL, *retry = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return *pattern == '\0';
}

/* ---- Paths: the same, one component after the other ------------------------------------------------------------------------------ */

/* Components are short: a loop is faster than a call. */
static const char *component_end(const char *text)
{
    while (*text != '/' && *text != '\0') text++;
    return text;
}

path_shape pattern_shape(const char *pattern)
{
    path_shape shape = { NULL, 0 };
    for (const char *next = pattern; (next = strstr(next, "/**")) != NULL; next++) shape.last_deep = next;
    if (shape.last_deep != NULL)
        for (const char *next = component_end(shape.last_deep + 1); *next != '\0'; next++) shape.tail_count += *next == '/';
    return shape;
}

/* What stands behind the last star must be the end of the text. */
static bool ending_fits(const char *pattern, const char *pattern_end, const char *text, const char *text_end)
{
    if (text_end - text < pattern_end - pattern) return false;
    for (text = text_end - (pattern_end - pattern); pattern < pattern_end; pattern++, text++)
        if (*pattern != *text && *pattern != '?') return false;
    return true;
}

static bool has_star(const char *pattern, const char *pattern_end)
{
    while (pattern < pattern_end && *pattern != '*') pattern++;
    return pattern < pattern_end;
}

/* One component with another; neither is ended by NUL. */
static bool component_fits(const char *pattern, const char *pattern_end, const char *text, const char *text_end)
{
    const char *star = NULL, *retry = NULL;
    while (text < text_end) {
        if (pattern < pattern_end && *pattern == '*') {
            if (!has_star(pattern + 1, pattern_end)) return ending_fits(pattern + 1, pattern_end, text, text_end);
            star = pattern++;
            retry = text;
        } else if (pattern < pattern_end && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (pattern < pattern_end && *pattern == '*') pattern++;
    return pattern == pattern_end;
}

/* At a slash; a component that begins with ** is nothing else. */
static bool is_any_depth(const char *pattern) { return pattern[1] == '*' && pattern[2] == '*'; }

/* Where the last `count` components of a path begin, at a slash; NULL if it has fewer. */
static const char *last_components(const char *path, const char *path_end, uint32_t count)
{
    for (; count > 0; count--) {
        do {
            if (path_end == path) return NULL;
            path_end--;
        } while (*path_end != '/');
    }
    return path_end;
}

/* What stands behind the last ** of a pattern must be the path's last components. */
static bool tail_fits(const char *tail, uint32_t count, const char *path, const char *path_end)
{
    path = last_components(path, path_end, count);
    for (; path != NULL && count > 0; count--) {
        const char *tail_end = component_end(tail + 1), *end = count == 1 ? path_end : component_end(path + 1);
        if (!component_fits(tail + 1, tail_end, path + 1, end)) return false;
        tail = tail_end;
        path = end;
    }
    return path != NULL;
}

static bool wild_path_fits(const char *pattern, const path_shape *shape, const char *path, const char *path_end)
{
    /* Both point at a slash or at the end. */
    const char *deep = NULL, *retry = NULL;
    for (;;) {
        bool is_pattern_done = *pattern == '\0', is_path_done = *path == '\0';
        if (!is_pattern_done && is_any_depth(pattern)) {
            if (pattern == shape->last_deep) return tail_fits(pattern + 3, shape->tail_count, path, path_end);
            pattern += 3;
            deep = pattern;
            retry = path;
            continue;
        }
        if (is_pattern_done && is_path_done) return true;
        const char *component = is_pattern_done || is_path_done ? NULL : component_end(path + 1), *wanted = component == NULL ? NULL : component_end(pattern + 1);
        if (component != NULL && component_fits(pattern + 1, wanted, path + 1, component)) {
            pattern = wanted;
            path = component;
            continue;
        }
        if (deep == NULL || *retry == '\0') return false;
        retry = component_end(retry + 1);
        pattern = deep;
        path = retry;
    }
}

bool pattern_fits_wild_path(const char *pattern, const path_shape *shape, const char *path, size_t length, size_t letters)
{
    while (letters > 0 && pattern[letters - 1] != '/') letters--;
    if (letters > 0) letters--; /* components are compared from the slash before them */
    return path[0] == '/' && wild_path_fits(pattern + letters, shape, path + letters, path + length);
}

bool pattern_fits_path(const char *pattern, const char *path)
{
    if (path[0] != '/') return false;
    if (pattern_is_wild(pattern)) {
        path_shape shape = pattern_shape(pattern);
        return wild_path_fits(pattern, &shape, path, path + strlen(path));
    }
    if (pattern[1] == '\0') return true;
    size_t length = strlen(pattern);
    return strncmp(pattern, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool pattern_fits_arguments(const char *const *patterns, const char *const *arguments)
{
    for (; *patterns != NULL; patterns++, arguments++) {
        if (strcmp(*patterns, "...") == 0 && patterns[1] == NULL) return true;
        if (*arguments == NULL || !pattern_fits(*patterns, *arguments)) return false;
    }
    return *arguments == NULL;
}
