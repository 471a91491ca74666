/* What of a file's or object's name is random, a number of a process, or of a Python version. Private to audit. */
#ifndef AUDIT_NORMALISE_NAME_H
#define AUDIT_NORMALISE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Copies `path` to `out`, each of its names made stable; returns the length, which is cut to size - 1. `is_temporary`: names that look as if made
 * by mkstemp(3) or tempfile are taken for random ones; elsewhere only those that nothing else looks like. */
size_t normalise_names(const char *path, bool is_temporary, char *out, size_t size);

#endif
