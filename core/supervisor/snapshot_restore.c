/* Hides how a fresh worker gets the memory of a snapshot. Nothing of a snapshot is believed: its pages go where the image has writable memory and nowhere else, into a process that
 * had locked itself before, and what stands in them is the guest's own affair. */
#include <stdlib.h>
#include <string.h>

#include "configure.h"
#include "cordon/snapshot.h"
#include "failure.h"
#include "moment.h"
#include "sandbox_internal.h"
#include "sandbox_state.h"
#include "settings.h"
#include "snapshot_pages.h"
#include "worker_memory.h"

static const char operation[] = "sandbox_restore";

enum { PIECES_MAX = 256 };

typedef struct restorer {
    cordon_sandbox *sandbox;
    const image_map *map;
    const cordon_snapshot *snapshot;
    sandbox_state state;
    cordon_error *error;
    cordon_status status;
} restorer;

static cordon_status refuse(cordon_error *error, cordon_snapshot_refusal refusal, const char *more)
{
    return snapshot_refuse(error, operation, refusal, more);
}

/* ---- Before a worker is taken ---- */

static cordon_status check_config(const cordon_sandbox_config *config, cordon_error *error)
{
    if (config->environment != NULL || config->arguments != NULL || config->directory != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "variables, arguments and the working directory come with the snapshot: its code has changed them as it liked");
    return CORDON_OK;
}

/* What is said of the host's part beside it must fit. */
static cordon_status read_state(restorer *restorer, cordon_error *error)
{
    const bytes *part = &restorer->snapshot->host_part;
    const char *complaint = sandbox_state_unpack(part->data, part->size, &restorer->state);
    if (complaint == NULL && (restorer->state.doing == FRAME_STATE_RESTING) != (restorer->snapshot->head.state == CORDON_SNAPSHOT_RESTING))
        complaint = "the host's part and its head are of two minds whether it rests";
    if (complaint == NULL && (restorer->state.mount_count > 0) != ((restorer->snapshot->head.flags & SNAPSHOT_HAS_MOUNTS) != 0))
        complaint = "the host's part and its head are of two minds whether folders are mounted";
    if (complaint == NULL && (restorer->state.trace != 0) != ((restorer->snapshot->head.flags & SNAPSHOT_IS_TRACED) != 0))
        complaint = "the host's part and its head are of two minds whether its steps are told";
    return complaint == NULL ? CORDON_OK : refuse(error, CORDON_SNAPSHOT_DAMAGED, complaint);
}

/* The guest has the folders that it had, under the same numbers and with the same rights. Which folders of the host they are is the new configuration's affair. */
static cordon_status check_mounts(const sandbox_state *state, const cordon_sandbox_config *config, cordon_error *error)
{
    if (config->mount_count != state->mount_count)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the snapshot has %zu folder%s mounted%s%.150s, and the configuration %zu", state->mount_count,
                       state->mount_count == 1 ? "" : "s", state->mount_count > 0 ? ", first " : "", state->mount_count > 0 ? state->mounts[0].path : "", config->mount_count);
    for (size_t i = 0; i < state->mount_count; i++) {
        const sandbox_state_mount *had = &state->mounts[i];
        const cordon_mount *given = &config->mounts[i];
        if (given->path == NULL || (unsigned)given->mode > CORDON_MOUNT_OVERLAY || strcmp(given->path, had->path) != 0 || given->mode != had->mode)
            return failure(error, operation, CORDON_INVALID_ARGUMENT, "mounted folder %zu of the snapshot is %.100s (%s), and of the configuration %.100s (%s)", i + 1, had->path,
                           sandbox_state_mount_mode(had->mode), given->path != NULL ? given->path : "none",
                           (unsigned)given->mode <= CORDON_MOUNT_OVERLAY ? sandbox_state_mount_mode(given->mode) : "no mode");
    }
    return CORDON_OK;
}

static cordon_status check_image(cordon_engine *engine, const image_map *map, const cordon_snapshot *snapshot, cordon_error *error)
{
    unsigned char digest[CORDON_SNAPSHOT_DIGEST_BYTES];
    const image_rest *rest = image_map_rest(map);
    if (!engine_image_digest(engine, map, digest))
        return failure(error, operation, CORDON_HOST_FAILURE, "the library for digests failed");
    if (memcmp(digest, snapshot->head.image, sizeof digest) != 0)
        return refuse(error, CORDON_SNAPSHOT_FOREIGN_IMAGE, NULL);
    if (snapshot->head.resting_buffer != rest->buffer || snapshot->head.resting_bytes != rest->buffer_bytes)
        return refuse(error, CORDON_SNAPSHOT_DAMAGED, "it does not rest where sandboxes of this image do");
    for (size_t i = 0; i < snapshot->head.run_count; i++)
        for (uint64_t page = 0; page < snapshot->runs[i].pages; page++)
            if (!image_map_is_writable(map, snapshot->runs[i].address + page * SNAPSHOT_PAGE_BYTES))
                return refuse(error, CORDON_SNAPSHOT_DAMAGED, "it has pages where the image has no writable memory");
    return CORDON_OK;
}

/* Memory in use is the sandbox's own count. Pages are what there is, and few bytes may stand for very many: more than would end any sandbox by its resident memory are not even
 * unpacked. */
static cordon_status check_memory(const cordon_sandbox *sandbox, const cordon_snapshot *snapshot, cordon_error *error)
{
    uint64_t limit = sandbox->limits.value[CORDON_LIMIT_MEMORY], pages = snapshot->head.page_count * SNAPSHOT_PAGE_BYTES;
    if (limit == CORDON_LIMIT_NONE || (snapshot->head.memory_bytes <= limit && pages <= after(limit, EXECUTION_RESIDENT_ALLOWANCE)))
        return CORDON_OK;
    if (snapshot->head.memory_bytes <= limit)
        return failure(error, operation, CORDON_TOO_LARGE, "the snapshot has %llu bytes of pages, far more than the limit of %llu bytes of memory", (unsigned long long)pages,
                       (unsigned long long)limit);
    return failure(error, operation, CORDON_TOO_LARGE, "the snapshot has %llu bytes of memory in use, more than the limit of %llu",
                   (unsigned long long)snapshot->head.memory_bytes, (unsigned long long)limit);
}

/* ---- Pages ---- */

/* Exclusive or, eight bytes at a time. */
static void apply_base(unsigned char *page, const unsigned char *base)
{
    for (size_t i = 0; i < SNAPSHOT_PAGE_BYTES; i += sizeof(uint64_t)) {
        uint64_t one, other;
        memcpy(&one, page + i, sizeof one);
        memcpy(&other, base + i, sizeof other);
        one ^= other;
        memcpy(page + i, &one, sizeof one);
    }
}

static bool write_block(void *context, const host_memory_piece *pieces, size_t count)
{
    restorer *restorer = context;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < pieces[i].size; at += SNAPSHOT_PAGE_BYTES) {
            const unsigned char *base = image_map_page(restorer->map, pieces[i].address + at);
            if (base != NULL)
                apply_base((unsigned char *)pieces[i].bytes + at, base);
        }
    restorer->status = worker_memory_write(restorer->sandbox->worker, pieces, count, restorer->error);
    return restorer->status == CORDON_OK;
}

static cordon_status write_pages(restorer *restorer)
{
    switch (snapshot_pages_walk(restorer->snapshot, write_block, restorer)) {
    case SNAPSHOT_WALKED:
        return CORDON_OK;
    case SNAPSHOT_WALK_STOPPED:
        return restorer->status;
    case SNAPSHOT_WALK_NO_MEMORY:
        return failure(restorer->error, operation, CORDON_NO_MEMORY, "no memory for a block of pages");
    case SNAPSHOT_WALK_DAMAGED:
        break;
    }
    return refuse(restorer->error, CORDON_SNAPSHOT_DAMAGED, "a block of its pages does not unpack");
}

/* Pages that the worker's start has written, and that are as the image has them in the snapshot. */
static cordon_status write_base(restorer *restorer)
{
    static unsigned char zeros[SNAPSHOT_PAGE_BYTES]; /* never written: pieces are not const */
    const snapshot_run *run = restorer->snapshot->runs, *end = run + restorer->snapshot->head.run_count;
    host_memory_piece pieces[PIECES_MAX];
    size_t count = 0;
    memory_ranges written;
    cordon_status status = worker_memory_written(restorer->sandbox->worker, restorer->map, &written, restorer->error);
    for (size_t i = 0; i < written.count && status == CORDON_OK; i++) {
        for (uint64_t page = written.items[i].address; page < written.items[i].address + written.items[i].size && status == CORDON_OK; page += SNAPSHOT_PAGE_BYTES) {
            while (run < end && run->address + run->pages * SNAPSHOT_PAGE_BYTES <= page)
                run++;
            if (run < end && run->address <= page)
                continue;
            const unsigned char *base = image_map_page(restorer->map, page);
            pieces[count++] = (host_memory_piece){.bytes = base != NULL ? (void *)base : zeros, .address = page, .size = SNAPSHOT_PAGE_BYTES};
            if (count == PIECES_MAX) {
                status = worker_memory_write(restorer->sandbox->worker, pieces, count, restorer->error);
                count = 0;
            }
        }
    }
    if (status == CORDON_OK && count > 0)
        status = worker_memory_write(restorer->sandbox->worker, pieces, count, restorer->error);
    memory_ranges_release(&written);
    return status;
}

/* ---- The sandbox ---- */

#define REST_TIMEOUT_NS (10 * SECOND_NS)

static cordon_status renew(restorer *restorer, const cordon_sandbox_config *config)
{
    cordon_sandbox_config renewed = *config;
    bool goes_on = config->is_deterministic && (restorer->snapshot->head.flags & SNAPSHOT_IS_DETERMINISTIC) != 0;
    if (restorer->state.doing != FRAME_STATE_RESTING && renewed.clock_start_ns == 0 && !config->is_deterministic)
        renewed.clock_start_ns = restorer->state.suspended_at_ns; /* what passed since is told by a TICK when it is resumed */
    return configure_renew(restorer->sandbox, &renewed, goes_on ? CONFIGURE_KEEPS_TIME_AND_RANDOM : CONFIGURE_ANEW, restorer->error);
}

/* The worker has greeted, was found locked, and knows nothing yet. */
static cordon_status set_up(cordon_sandbox *sandbox, const cordon_sandbox_config *config, void *context, cordon_error *error)
{
    restorer *restorer = context;
    restorer->sandbox = sandbox;
    restorer->error = error;
    cordon_status status = check_memory(sandbox, restorer->snapshot, error);
    if (status == CORDON_OK && !worker_memory_comes_to_rest(sandbox->worker, restorer->map, REST_TIMEOUT_NS))
        status = failure(error, operation, CORDON_TIMED_OUT, "the new sandbox does not come to rest");
    if (status == CORDON_OK)
        status = write_base(restorer);
    if (status == CORDON_OK)
        status = write_pages(restorer);
    if (status != CORDON_OK)
        return status;
    sandbox->worker->channel.head_sent = 0; /* a fresh worker has got the first byte of its first frame; this memory knows nothing of it */
    status = renew(restorer, config);
    if (status == CORDON_OK && !sandbox_state_install(&restorer->state, sandbox))
        status = failure(error, operation, CORDON_NO_MEMORY, "no memory for what the sandbox waits for");
    return status;
}

cordon_status snapshot_bring_back(cordon_sandbox *sandbox, const cordon_snapshot *snapshot, cordon_error *error)
{
    restorer restorer = {.snapshot = snapshot};
    cordon_status status = engine_image_map(sandbox->engine, &restorer.map, error);
    if (status == CORDON_OK)
        status = read_state(&restorer, error);
    if (status == CORDON_OK)
        status = set_up(sandbox, sandbox->settings, &restorer, error);
    sandbox_state_release(&restorer.state);
    return status;
}

cordon_status cordon_sandbox_restore(cordon_engine *engine, const cordon_sandbox_config *config, const cordon_snapshot *snapshot, cordon_sandbox **sandbox_out,
                                     cordon_error *error)
{
    restorer restorer = {.snapshot = snapshot};
    if (engine == NULL || snapshot == NULL || sandbox_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no engine, no snapshot, or no place for the sandbox");
    *sandbox_out = NULL;
    cordon_sandbox_config taken = CORDON_SANDBOX_CONFIG_INIT;
    if (config != NULL && !SETTINGS_TAKE(&taken, cordon_sandbox_config, is_deterministic, config))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration was not set up by CORDON_SANDBOX_CONFIG_INIT");
    cordon_status status = check_config(&taken, error);
    if (status == CORDON_OK)
        status = engine_image_map(engine, &restorer.map, error);
    if (status == CORDON_OK)
        status = check_image(engine, restorer.map, snapshot, error);
    if (status == CORDON_OK)
        status = read_state(&restorer, error);
    if (status == CORDON_OK)
        status = check_mounts(&restorer.state, &taken, error);
    if (status == CORDON_OK)
        status = sandbox_make(engine, &taken, set_up, &restorer, operation, sandbox_out, error);
    sandbox_state_release(&restorer.state);
    return status;
}
