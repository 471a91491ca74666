/* Tells what a sandbox changed in its overlays; hides the broker from the embedding API. */
#include <stdlib.h>
#include <string.h>

#include "cordon/access.h"
#include "failure.h"
#include "sandbox_internal.h"

enum { SIZE_MAX_DEFAULT = 256 << 20, PIECE_BYTES = 1 << 20, TARGET_BYTES = 4096 };

/* The sandbox may have ended: what it changed lies with the host. */
static cordon_status enter(cordon_sandbox *sandbox, size_t mount, const char *operation, cordon_error *error)
{
    if (sandbox == NULL || sandbox->grant == NULL || mount >= broker_mount_count(grant_broker(sandbox->grant)))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no such mount");
    if (__atomic_exchange_n(&sandbox->is_in_use, true, __ATOMIC_ACQUIRE))
        return failure(error, operation, CORDON_BUSY, "the sandbox is in use");
    return CORDON_OK;
}

static void leave(cordon_sandbox *sandbox)
{
    __atomic_store_n(&sandbox->is_in_use, false, __ATOMIC_RELEASE);
}

static cordon_status fail(cordon_error *error, const char *operation, const char *what, const host_error *cause)
{
    bool is_wrong = cause->status == HOST_INVALID_ARGUMENT || cause->status == HOST_MISSING;
    return failure_of_host(error, operation, is_wrong ? CORDON_INVALID_ARGUMENT : CORDON_HOST_FAILURE, what, cause);
}

typedef struct telling {
    bool (*tell)(void *context, const cordon_change *change);
    void *context;
} telling;

static bool pass_on(void *context, const broker_change *change)
{
    const telling *telling = context;
    static const cordon_change_kind kinds[] = {
        [BROKER_ADDED] = CORDON_CHANGE_ADDED, [BROKER_CHANGED] = CORDON_CHANGE_CHANGED, [BROKER_REMOVED] = CORDON_CHANGE_REMOVED};
    const cordon_change told = {
        .kind = kinds[change->kind], .mode = change->mode, .size_bytes = change->size > 0 ? (uint64_t)change->size : 0, .path = change->path};
    return telling->tell(telling->context, &told);
}

cordon_status cordon_sandbox_changes(cordon_sandbox *sandbox, size_t mount, bool (*tell)(void *context, const cordon_change *change), void *context,
                                     cordon_error *error)
{
    static const char operation[] = "sandbox_changes";
    telling telling = {tell, context};
    host_error cause;
    cordon_status status = enter(sandbox, mount, operation, error);
    if (status != CORDON_OK)
        return status;
    if (broker_changes(grant_broker(sandbox->grant), mount, pass_on, &telling, &cause) != HOST_OK)
        status = fail(error, operation, "what changed could not be told", &cause);
    leave(sandbox);
    return status;
}

/* The whole file in pieces. */
static cordon_status read_whole(broker *broker, size_t mount, const char *path, size_t size_max, bytes *content, cordon_error *error)
{
    static const char operation[] = "sandbox_read_change";
    host_error cause;
    size_t count = 1;
    unsigned char *piece = malloc(PIECE_BYTES);
    cordon_status status = piece != NULL ? CORDON_OK : failure(error, operation, CORDON_NO_MEMORY, "no memory for a file");
    while (status == CORDON_OK && count > 0 && !content->failed) {
        if (broker_read_file(broker, mount, path, (int64_t)content->size, piece, PIECE_BYTES, &count, &cause) != HOST_OK)
            status = fail(error, operation, "a file of an overlay could not be read", &cause);
        else if (content->size + count > size_max)
            status = failure(error, operation, CORDON_TOO_LARGE, "the file has more than %zu bytes", size_max);
        else if (count > 0)
            bytes_add(content, piece, count);
    }
    free(piece);
    return status;
}

cordon_status cordon_sandbox_read_change(cordon_sandbox *sandbox, size_t mount, const char *path, size_t size_max, char **content_out, size_t *size_out,
                                         cordon_error *error)
{
    static const char operation[] = "sandbox_read_change";
    char target[TARGET_BYTES];
    bytes content = {0};
    if (content_out == NULL || path == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no path, or no place for the content");
    *content_out = NULL;
    cordon_status status = enter(sandbox, mount, operation, error);
    if (status != CORDON_OK)
        return status;
    broker *broker = grant_broker(sandbox->grant);
    if (broker_read_link(broker, mount, path, target, sizeof target, NULL) == HOST_OK)
        bytes_add(&content, target, strlen(target));
    else
        status = read_whole(broker, mount, path, size_max != 0 ? size_max : SIZE_MAX_DEFAULT, &content, error);
    leave(sandbox);
    size_t size = content.size;
    if (status == CORDON_OK)
        bytes_add(&content, "", 1);
    if (status == CORDON_OK && content.failed)
        status = failure(error, operation, CORDON_NO_MEMORY, "no memory for a file");
    if (status != CORDON_OK) {
        bytes_release(&content);
        return status;
    }
    *content_out = (char *)content.data;
    if (size_out != NULL)
        *size_out = size;
    return CORDON_OK;
}
