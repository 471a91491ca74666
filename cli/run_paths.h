/* Where the host's paths lie in a sandbox. Relative ones keep their text: the sandbox gets a working directory deep enough for every `..` in
 * them, whose name says nothing about this machine. Absolute ones stay as they are. Pure text, no file is looked at. */
#ifndef CORDON_CLI_RUN_PATHS_H
#define CORDON_CLI_RUN_PATHS_H

#include <stddef.h>

/* How many folders above its start a path leads at most: 2 for "../a/../../b", 0 for an absolute path. */
size_t run_path_rise(const char *path);

/* The sandbox's working directory for paths that rise that far: "/work", "/work/1", "/work/1/2" ... Returns 0, or -1 if `size` is too small. */
int run_path_working_directory(size_t rise, char *path_out, size_t size);

/* The absolute path, without dots, that `path` means below `working_directory`. Returns 0, or -1 if `size` is too small. */
int run_path_absolute(const char *working_directory, const char *path, char *path_out, size_t size);

#endif
