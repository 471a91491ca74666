/* Hides from the rules how texts, paths and arguments are compared with patterns. */
#include "text_pattern.h"

#include <stddef.h>
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

static const char *component_end(const char *text) { return text + strcspn(text, "/"); }

/* One component with another; neither is ended by NUL. */
static bool component_fits(const char *pattern, const char *pattern_end, const char *text, const char *text_end)
{
    const char *star = NULL, *retry = NULL;
    while (text < text_end) {
        if (pattern < pattern_end && *pattern == '*') {
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

static bool is_any_depth(const char *pattern, const char *end) { return end - pattern == 2 && pattern[0] == '*' && pattern[1] == '*'; }

static bool wild_path_fits(const char *pattern, const char *path)
{
    /* Both point at a slash or at the end. */
    const char *deep = NULL, *retry = NULL;
    for (;;) {
        bool is_pattern_done = *pattern == '\0', is_path_done = *path == '\0';
        if (!is_pattern_done && is_any_depth(pattern + 1, component_end(pattern + 1))) {
            pattern = component_end(pattern + 1);
            deep = pattern;
            retry = path;
            continue;
        }
        if (is_pattern_done && is_path_done) return true;
        if (!is_pattern_done && !is_path_done &&
            component_fits(pattern + 1, component_end(pattern + 1), path + 1, component_end(path + 1))) {
            pattern = component_end(pattern + 1);
            path = component_end(path + 1);
            continue;
        }
        if (deep == NULL || *retry == '\0') return false;
        retry = component_end(retry + 1);
        pattern = deep;
        path = retry;
    }
}

bool pattern_fits_path(const char *pattern, const char *path)
{
    if (path[0] != '/') return false;
    if (pattern_is_wild(pattern)) return wild_path_fits(pattern, path);
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
