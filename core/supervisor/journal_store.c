/* Hides from journals that files are shared, may be something else than a file, and have disks that are full. */
#include "journal_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "failure.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/random.h"

enum { CHUNK_BYTES = 1024 * 1024 };
static const char operation[] = "journal_open";

/* ---- What it may do ---- */

static host_decision decide(void *context, const host_access *access)
{
    static const host_function always[] = {
        HOST_FUNCTION_FD_CLOSE,     HOST_FUNCTION_FD_FDATASYNC, HOST_FUNCTION_FD_FLOCK, HOST_FUNCTION_FD_FSTAT, HOST_FUNCTION_FD_FSYNC,
        HOST_FUNCTION_FD_FTRUNCATE, HOST_FUNCTION_FD_PWRITE,    HOST_FUNCTION_FD_READ,  HOST_FUNCTION_RANDOM_FILL,
    };
    const journal_store *store = context;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (access->function == always[i])
            return HOST_DECISION_ALLOW;
    for (uint32_t i = 0; i < access->argument_count && access->function == HOST_FUNCTION_FS_OPEN; i++)
        if (access->arguments[i].kind == HOST_ARGUMENT_PATH &&
            (strcmp(access->arguments[i].value.text, store->path) == 0 || strcmp(access->arguments[i].value.text, store->folder) == 0))
            return HOST_DECISION_ALLOW;
    return HOST_DECISION_DENY;
}

static cordon_status prepare(journal_store *store, const char *path, cordon_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_error cause;
    config.decide = decide;
    config.decide_context = store;
    config.path_mode = HOST_PATHS_ANY; /* of which decide() leaves two */
    store->fd = -1;
    store->path = strdup(path);
    store->folder = strdup(path);
    if (store->path == NULL || store->folder == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a journal");
    char *slash = strrchr(store->folder, '/');
    if (slash == NULL)
        memcpy(store->folder, ".", path[0] != '\0' ? 2 : 1);
    else
        slash[slash == store->folder] = '\0';
    if (host_env_create(&config, &store->env, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, operation, CORDON_HOST_FAILURE, "a journal", &cause);
}

/* ---- Opening ---- */

static cordon_status read_all(journal_store *store, bytes *content_out, cordon_error *error)
{
    host_error cause;
    size_t count = 1;
    while (count > 0) {
        if (content_out->size > CORDON_JOURNAL_BYTES_MAX)
            return failure(error, operation, CORDON_TOO_LARGE, "the journal %.100s has more than %d bytes", store->path, CORDON_JOURNAL_BYTES_MAX);
        if (!bytes_reserve(content_out, CHUNK_BYTES))
            return failure(error, operation, CORDON_NO_MEMORY, "no memory for the journal %.100s", store->path);
        host_status status = host_fd_read(store->env, store->fd, content_out->data + content_out->size, CHUNK_BYTES, &count, &cause);
        if (status == HOST_INTERRUPTED)
            count = 1;
        else if (status != HOST_OK)
            return failure_of_host(error, operation, CORDON_HOST_FAILURE, store->path, &cause);
        else
            content_out->size += count;
    }
    return CORDON_OK;
}

/* A new file's name is on the disk only when its folder is. */
static cordon_status sync_folder(journal_store *store, cordon_error *error)
{
    host_error cause;
    int folder;
    host_status status = host_fs_open(store->env, HOST_AT_CWD, store->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, &folder, &cause);
    if (status == HOST_OK) {
        status = host_fd_fsync(store->env, folder, &cause);
        (void)host_fd_close(store->env, folder, NULL); /* only synchronised through */
    }
    return status == HOST_OK ? CORDON_OK : failure_of_host(error, operation, CORDON_HOST_FAILURE, store->folder, &cause);
}

static cordon_status check_file(journal_store *store, cordon_journal_mode mode, cordon_error *error)
{
    host_error cause;
    host_file_status found;
    if (host_fd_fstat(store->env, store->fd, &found, &cause) != HOST_OK)
        return failure_of_host(error, operation, CORDON_HOST_FAILURE, store->path, &cause);
    if (!S_ISREG(found.mode))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "%.160s is no regular file, so no journal", store->path);
    if (mode != CORDON_JOURNAL_REPLAY && host_fd_flock(store->env, store->fd, LOCK_EX | LOCK_NB, &cause) != HOST_OK)
        return cause.status == HOST_WOULD_BLOCK ? failure(error, operation, CORDON_BUSY, "the journal %.160s is written by somebody else", store->path)
                                                : failure_of_host(error, operation, CORDON_HOST_FAILURE, store->path, &cause);
    if (host_fd_fstat(store->env, store->fd, &found, &cause) != HOST_OK) /* again: now that nobody else writes */
        return failure_of_host(error, operation, CORDON_HOST_FAILURE, store->path, &cause);
    if (mode == CORDON_JOURNAL_RECORD && found.size_bytes > 0)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "%.160s holds something: a new journal overwrites nothing", store->path);
    return CORDON_OK;
}

static cordon_status open_file(journal_store *store, cordon_journal_mode mode, bytes *content_out, cordon_error *error)
{
    static const int flags[] = {
        [CORDON_JOURNAL_REPLAY] = O_RDONLY, [CORDON_JOURNAL_RECORD] = O_RDWR | O_CREAT, [CORDON_JOURNAL_CONTINUE] = O_RDWR};
    host_error cause;
    /* NONBLOCK: a pipe of that name is not waited for, only refused. */
    if (host_fs_open(store->env, HOST_AT_CWD, store->path, flags[mode] | O_CLOEXEC | O_NONBLOCK, 0600, &store->fd, &cause) != HOST_OK)
        return failure_of_host(error, operation, CORDON_HOST_FAILURE, "the journal cannot be opened", &cause);
    cordon_status status = check_file(store, mode, error);
    if (status == CORDON_OK)
        status = read_all(store, content_out, error);
    if (status == CORDON_OK && mode == CORDON_JOURNAL_RECORD && store->syncs)
        status = sync_folder(store, error);
    return status;
}

cordon_status journal_store_open(journal_store *store_out, const char *path, cordon_journal_mode mode, cordon_journal_sync sync, uint64_t size_max, bytes *content_out, cordon_error *error)
{
    *store_out = (journal_store){.fd = -1, .syncs = sync == CORDON_JOURNAL_SYNC_EACH, .size_max = size_max};
    *content_out = (bytes){0};
    cordon_status status = prepare(store_out, path, error);
    if (status == CORDON_OK)
        status = open_file(store_out, mode, content_out, error);
    if (status == CORDON_OK)
        return CORDON_OK;
    bytes_release(content_out);
    journal_store_close(store_out);
    return status;
}

void journal_store_close(journal_store *store)
{
    if (store->env != NULL && store->fd >= 0)
        (void)host_fd_close(store->env, store->fd, NULL); /* each entry was written and, where wanted, synchronised before */
    host_env_destroy(store->env);
    free(store->path);
    free(store->folder);
    *store = (journal_store){.fd = -1};
}

/* ---- Writing ---- */

cordon_status journal_store_cut(journal_store *store, uint64_t size, cordon_error *error)
{
    host_error cause;
    store->size = size;
    if (host_fd_ftruncate(store->env, store->fd, (int64_t)size, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, operation, CORDON_HOST_FAILURE, "the journal cannot be cut", &cause);
}

static uint64_t least_of(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

cordon_status journal_store_append(journal_store *store, const bytes *written, cordon_error *error)
{
    host_error cause;
    host_status status = HOST_OK;
    size_t done = 0;
    if (written->size > store->size_max - least_of(store->size, store->size_max))
        return failure(error, "journal_append", CORDON_TOO_LARGE, "the journal cannot be written: it would have more than %llu bytes", (unsigned long long)store->size_max);
    while (done < written->size && (status == HOST_OK || status == HOST_INTERRUPTED)) {
        size_t count = 0;
        status = host_fd_pwrite(store->env, store->fd, written->data + done, written->size - done, (int64_t)(store->size + done), &count, &cause);
        done += count;
    }
    if (status == HOST_OK && store->syncs)
        status = host_fd_fdatasync(store->env, store->fd, &cause);
    if (status == HOST_OK) {
        store->size += written->size;
        return CORDON_OK;
    }
    cordon_status told = failure_of_host(error, "journal_append", CORDON_HOST_FAILURE, "the journal cannot be written", &cause);
    (void)journal_store_cut(store, store->size, NULL); /* a reader leaves out what is cut off, if this fails too */
    return told;
}

cordon_status journal_store_identity(journal_store *store, void *bytes_out, size_t size, cordon_error *error)
{
    host_error cause;
    if (host_random_fill(store->env, bytes_out, size, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, operation, CORDON_HOST_FAILURE, "random bytes for a journal", &cause);
}
