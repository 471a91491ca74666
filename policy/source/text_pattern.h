/* How texts, paths and lists of arguments are compared with what a rule says of them. Private to policy. */
#ifndef POLICY_SOURCE_TEXT_PATTERN_H
#define POLICY_SOURCE_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `*` stands for any text, `?` for one byte; everything else for itself. */
bool pattern_fits(const char *pattern, const char *text);
/* Whether it has a star or question mark. */
bool pattern_is_wild(const char *pattern);
/* Of absolute paths: `*` and `?` stand for no slash, a component that is `**` for any number of components, none too. A pattern without any of them fits
 * itself and all paths beneath it. */
bool pattern_fits_path(const char *pattern, const char *path);
/* Of a path with wildcards. */
typedef struct path_shape {
    const char *last_deep; /* the slash before the last component that is **; NULL: there is none */
    uint32_t tail_count;   /* components behind that one */
} path_shape;
path_shape pattern_shape(const char *pattern);
/* The same of a pattern with a wildcard. The first `letters` of both are known to be the same, none of them a wildcard; `length` is the path's. */
bool pattern_fits_wild_path(const char *pattern, const path_shape *shape, const char *path, size_t length, size_t letters);
/* The first is a list of patterns, one for each argument, ended by NULL; "..." as its last one stands for any number of them. */
bool pattern_fits_arguments(const char *const *patterns, const char *const *arguments);

#endif
