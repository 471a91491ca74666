/* Keys that people keep in files: --key-file, --journal-key-file. */
#ifndef CORDON_CLI_KEY_FILE_H
#define CORDON_CLI_KEY_FILE_H

#include <stddef.h>

#include "command.h"

/* All bytes of the file, a line feed at its end among them. `path` NULL: no key, *key_out NULL. Returns 0, or the exit code after saying what is wrong; the caller: key_file_release. */
int key_file_read(const command_context *context, const char *option, const char *path, unsigned char **key_out, size_t *size_out);
void key_file_release(unsigned char *key, size_t size); /* accepts NULL */

#endif
