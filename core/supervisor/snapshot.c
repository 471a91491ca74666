/* Hides what a snapshot is made of from its users: they store, read, describe and release it. */
#include "cordon/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "settings.h"
#include "snapshot_file.h"

static const char *refusal_text(int refusal)
{
    switch ((cordon_snapshot_refusal)refusal) {
#define REFUSAL_TEXT(name, number, text)                                                                               \
    case CORDON_SNAPSHOT_##name:                                                                                       \
        return text;
        CORDON_SNAPSHOT_REFUSAL_TABLE(REFUSAL_TEXT)
#undef REFUSAL_TEXT
    }
    return "it is not acceptable";
}

cordon_status snapshot_refuse(cordon_error *error, const char *operation, cordon_snapshot_refusal refusal, const char *more)
{
    failure(error, operation, CORDON_SNAPSHOT_REFUSED, "the snapshot is refused: %s%s%s", refusal_text(refusal), more != NULL ? ": " : "", more != NULL ? more : "");
    if (error != NULL)
        error->host_code = refusal;
    return CORDON_SNAPSHOT_REFUSED;
}

static bool is_key(snapshot_key key)
{
    return key.bytes == NULL ? key.size == 0 : key.size >= CORDON_SNAPSHOT_KEY_BYTES_MIN && key.size <= INT32_MAX;
}

static cordon_status refuse_key(cordon_error *error, const char *operation)
{
    return failure(error, operation, CORDON_INVALID_ARGUMENT, "a key has %d bytes or more", CORDON_SNAPSHOT_KEY_BYTES_MIN);
}

cordon_status cordon_snapshot_encode(const cordon_snapshot *snapshot, const void *key, size_t key_size, void **bytes_out, size_t *size_out, cordon_error *error)
{
    static const char operation[] = "snapshot_encode";
    const snapshot_key given = {.bytes = key, .size = key_size};
    bytes made = {0};
    if (snapshot == NULL || bytes_out == NULL || size_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no snapshot, or no place for its bytes");
    *bytes_out = NULL;
    *size_out = 0;
    if (!is_key(given))
        return refuse_key(error, operation);
    bool is_sealed = snapshot_file_write(snapshot, given, &made);
    if (is_sealed && !made.failed) {
        *bytes_out = made.data;
        *size_out = made.size;
        return CORDON_OK;
    }
    bytes_release(&made);
    return is_sealed ? failure(error, operation, CORDON_NO_MEMORY, "no memory for the bytes of a snapshot")
                     : failure(error, operation, CORDON_HOST_FAILURE, "the library for seals failed");
}

void cordon_snapshot_bytes_release(void *bytes)
{
    free(bytes);
}

cordon_status cordon_snapshot_decode(const void *bytes, size_t size, const void *key, size_t key_size, cordon_snapshot **snapshot_out, cordon_error *error)
{
    static const char operation[] = "snapshot_decode";
    const snapshot_key given = {.bytes = key, .size = key_size};
    const char *complaint;
    if (snapshot_out == NULL || (bytes == NULL && size > 0))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there are no bytes, or no place for the snapshot");
    *snapshot_out = NULL;
    if (!is_key(given))
        return refuse_key(error, operation);
    int refusal = snapshot_file_read(bytes, size, given, snapshot_out, &complaint);
    if (refusal == 0)
        return CORDON_OK;
    if (refusal == SNAPSHOT_FILE_FAILED)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a snapshot, or the library for seals failed");
    return snapshot_refuse(error, operation, (cordon_snapshot_refusal)refusal, complaint);
}

cordon_status cordon_snapshot_describe(const cordon_snapshot *snapshot, cordon_snapshot_description *description_out, cordon_error *error)
{
    cordon_snapshot_description described = {0};
    if (snapshot == NULL || !SETTINGS_TAKE(&described, cordon_snapshot_description, memory_bytes, description_out))
        return failure(error, "snapshot_describe", CORDON_INVALID_ARGUMENT, "there is no snapshot, or no place set up by CORDON_SNAPSHOT_DESCRIPTION_INIT");
    const snapshot_head *head = &snapshot->head;
    described = (cordon_snapshot_description){.struct_size = description_out->struct_size,
                                              .state = (cordon_snapshot_state)head->state,
                                              .is_deterministic = (head->flags & SNAPSHOT_IS_DETERMINISTIC) != 0,
                                              .format_version = (uint32_t)head->format,
                                              .protocol_version = (uint32_t)head->protocol,
                                              .page_bytes = head->page_count * SNAPSHOT_PAGE_BYTES,
                                              .stored_bytes = head->block_bytes,
                                              .memory_bytes = head->memory_bytes,
                                              .has_mounts = (head->flags & SNAPSHOT_HAS_MOUNTS) != 0,
                                              .is_traced = (head->flags & SNAPSHOT_IS_TRACED) != 0};
    memcpy(described.image, head->image, sizeof described.image);
    memcpy(description_out, &described, description_out->struct_size);
    return CORDON_OK;
}

void cordon_snapshot_destroy(cordon_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    free(snapshot->runs);
    bytes_release(&snapshot->host_part);
    bytes_release(&snapshot->blocks);
    free(snapshot);
}
