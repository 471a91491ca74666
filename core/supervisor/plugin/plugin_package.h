/* The files of a plugin, as they were read once: from a folder, a zip or a wheel. Whatever the archive says, names are checked and sizes bounded before anything is kept. */
#ifndef CORDON_SUPERVISOR_PLUGIN_PACKAGE_H
#define CORDON_SUPERVISOR_PLUGIN_PACKAGE_H

#include <stdbool.h>

#include "bytes.h"
#include "host_env/host_env.h"
#include "plugin_failure.h"

enum { PLUGIN_DIGEST_DIGITS = 64 };

typedef struct plugin_package {
    cordon_plugin_file *files; /* sorted by path; each path and content is the package's */
    size_t count, capacity;
    uint64_t bytes; /* of all contents */
    uint64_t bytes_max;
    size_t files_max;
    char digest[PLUGIN_DIGEST_DIGITS + 1];
} plugin_package;

/* `env` reads the host's files. On CORDON_PLUGIN_OK the caller releases *package_out. */
cordon_plugin_status plugin_package_read(host_env *env, const char *path, uint64_t bytes_max, size_t files_max, plugin_package *package_out,
                                         cordon_plugin_error *error);
void plugin_package_release(plugin_package *package);
/* NULL: there is no such file. */
const cordon_plugin_file *plugin_package_find(const plugin_package *package, const char *path);

/* ---- For the readers of each kind ---- */

/* Adds a file whose path is checked here. Takes `content`, also on failure. */
cordon_plugin_status plugin_package_add(plugin_package *package, const char *path, bytes *content, cordon_plugin_error *error);
/* Whether a file belongs to the plugin at all: compiled code does not, which Python makes anew. */
bool plugin_package_wants(const char *path);
/* What is left of bytes_max. */
uint64_t plugin_package_room(const plugin_package *package);

cordon_plugin_status plugin_folder_read(host_env *env, const char *path, plugin_package *package, cordon_plugin_error *error);
cordon_plugin_status plugin_archive_read(const bytes *archive, const char *path, plugin_package *package, cordon_plugin_error *error);

/* A regular file of at most `size_max` bytes. `directory`: as host_fs_open has it. */
cordon_plugin_status plugin_file_read(host_env *env, int directory, const char *path, int flags, uint64_t size_max, bytes *content_out,
                                      cordon_plugin_error *error);

#endif
