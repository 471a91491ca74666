/* Hides how a file is read behind the guest's back. */
#include "full_file_digest.h"

#include <stdlib.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/host_env.h"

enum { PIECE_BYTES = 1 << 20, FILE_BYTES_MAX = 1 << 30 };

static host_decision allow_everything(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

static host_env *create_reader(void)
{
    host_env *reader;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = allow_everything;
    config.allowed_always = HOST_CAPABILITIES_ALL;
    config.path_mode = HOST_PATHS_ANY;
    return host_env_create(&config, &reader, NULL) == HOST_OK ? reader : NULL;
}

static bool read_all(host_env *reader, int fd, char **bytes, size_t *size)
{
    size_t room = 0, count = 1;
    for (*size = 0; count > 0; *size += count) {
        if (room - *size < PIECE_BYTES) {
            room = (room + PIECE_BYTES) * 2;
            char *more = room <= FILE_BYTES_MAX ? realloc(*bytes, room) : NULL;
            if (more == NULL) return false;
            *bytes = more;
        }
        if (host_fd_read(reader, fd, *bytes + *size, room - *size, &count, NULL) != HOST_OK) return false;
    }
    return true;
}

bool full_digest_file(const char *path, char digits_out[FULL_DIGEST_DIGITS + 1])
{
    int fd;
    size_t size;
    char *bytes = NULL;
    host_env *reader = create_reader();
    bool is_read = reader != NULL && host_fs_open(reader, HOST_AT_CWD, path, 0, 0, &fd, NULL) == HOST_OK;
    if (is_read) {
        is_read = read_all(reader, fd, &bytes, &size);
        (void)host_fd_close(reader, fd, NULL);
    }
    if (is_read) full_digest_bytes(bytes, size, digits_out);
    free(bytes);
    if (reader != NULL) host_env_destroy(reader);
    return is_read && digits_out[0] != '\0';
}
