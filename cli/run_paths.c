/* Hides the host's folder names from a sandbox while relative paths go on meaning what they meant. */
#include "run_paths.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The next component of a path; false at its end. */
static bool next_component(const char **path, const char **component_out, size_t *length_out)
{
    *component_out = *path + strspn(*path, "/");
    *length_out = strcspn(*component_out, "/");
    *path = *component_out + *length_out;
    return *length_out > 0;
}

static bool is_dots(const char *component, size_t length, size_t dots)
{
    return length == dots && strncmp(component, "..", dots) == 0;
}

size_t run_path_rise(const char *path)
{
    const char *component;
    size_t length, depth = 0, rise = 0;
    if (path[0] == '/')
        return 0;
    while (next_component(&path, &component, &length)) {
        if (is_dots(component, length, 1))
            continue;
        if (!is_dots(component, length, 2))
            depth++;
        else if (depth > 0)
            depth--;
        else
            rise++;
    }
    return rise;
}

int run_path_working_directory(size_t rise, char *path_out, size_t size)
{
    int used = snprintf(path_out, size, "/work");
    for (size_t level = 1; level <= rise && used >= 0 && (size_t)used < size; level++)
        used += snprintf(path_out + used, size - (size_t)used, "/%zu", level);
    return used < 0 || (size_t)used >= size ? -1 : 0;
}

int run_path_absolute(const char *working_directory, const char *path, char *path_out, size_t size)
{
    const char *parts[] = {path[0] == '/' ? "" : working_directory, path};
    size_t used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *component;
        size_t length;
        while (next_component(&parts[i], &component, &length)) {
            if (is_dots(component, length, 1))
                continue;
            if (is_dots(component, length, 2)) {
                while (used > 0 && path_out[--used] != '/')
                    ;
                continue;
            }
            if (used + 1 + length >= size)
                return -1;
            path_out[used++] = '/';
            memcpy(path_out + used, component, length);
            used += length;
        }
    }
    if (used == 0) {
        if (size < 2)
            return -1;
        path_out[used++] = '/';
    }
    path_out[used] = '\0'; /* fits: every component was added with room for it */
    return 0;
}
