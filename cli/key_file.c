/* Hides where a key comes from, and that it does not stay in memory. */
#include "key_file.h"

#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "cordon/journal.h"
#include "run_files.h"

int key_file_read(const command_context *context, const char *option, const char *path, unsigned char **key_out, size_t *size_out)
{
    host_error error;
    *key_out = NULL;
    *size_out = 0;
    if (path == NULL)
        return 0;
    if (run_read_file(context, path, key_out, size_out, &error) != HOST_OK) {
        command_complain(context, "%s %s: %s", option, path, error.message);
        return CORDON_EXIT_USAGE;
    }
    if (*size_out >= CORDON_JOURNAL_KEY_BYTES_MIN)
        return 0;
    command_complain(context, "%s %s: a key has at least %d bytes, this file has %zu", option, path, CORDON_JOURNAL_KEY_BYTES_MIN, *size_out);
    key_file_release(*key_out, *size_out);
    *key_out = NULL;
    return CORDON_EXIT_USAGE;
}

void key_file_release(unsigned char *key, size_t size)
{
    if (key != NULL)
        explicit_bzero(key, size);
    free(key);
}
