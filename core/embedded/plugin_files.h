/* Where the files of a plugin lie for the interpreter of this process. */
#ifndef CORE_EMBEDDED_PLUGIN_FILES_H
#define CORE_EMBEDDED_PLUGIN_FILES_H

#include "cordon/plugin_home.h"
#include "host_env/host_env.h"

/* Writes them below a new folder, root, readable for this user alone. On failure nothing is left. BUSY: something has that name, and was left alone. */
cordon_status plugin_files_lay_out(host_env *own, const char *root, const cordon_plugin_file *files, size_t count, cordon_error *error);
/* Removes the folder and everything in it, also what came there later; what links there lead to stays, and so does a link in the folder's place. */
void plugin_files_remove(host_env *own, const char *root);

#endif
