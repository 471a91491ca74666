/* Hides how the memory of a worker that rests becomes a snapshot: which pages are looked at, what is left out, and that the worker cannot notice. */
#include <stdlib.h>
#include <string.h>

#include "cordon/snapshot.h"
#include "failure.h"
#include "moment.h"
#include "sandbox_internal.h"
#include "sandbox_state.h"
#include "settings.h"
#include "snapshot_pages.h"
#include "snapshot_take.h"
#include "worker_memory.h"

static const char operation[] = "sandbox_snapshot";

#define TIMEOUT_NS (10 * SECOND_NS)
enum { LOOKED_BYTES = 128 << 10, PIECES_MAX = 256 }; /* that are read at a time */

typedef struct taker {
    cordon_sandbox *sandbox;
    const image_map *map;
    cordon_snapshot *snapshot;
    snapshot_packer *packer;
    unsigned char *looked; /* of LOOKED_BYTES */
    host_memory_piece pieces[PIECES_MAX];
    size_t piece_count, used;
    host_memory_range secret; /* not to be in a snapshot; size 0: nothing is kept from it */
} taker;

static cordon_status no_memory(cordon_error *error)
{
    return failure(error, operation, CORDON_NO_MEMORY, "no memory for a snapshot");
}

/* ---- Pages ---- */

/* What random bytes will be made from, that of this page. */
static void take_out_secret(const taker *taker, uint64_t address, unsigned char *page)
{
    uint64_t first = taker->secret.address, end = first + taker->secret.size;
    first = first > address ? first : address;
    end = least(end, address + SNAPSHOT_PAGE_BYTES);
    if (first < end)
        memset(page + (first - address), 0, end - first);
}

/* Exclusive or, eight bytes at a time. */
static void difference(unsigned char *to, const unsigned char *page, const unsigned char *base)
{
    for (size_t i = 0; i < SNAPSHOT_PAGE_BYTES; i += sizeof(uint64_t)) {
        uint64_t one, other;
        memcpy(&one, page + i, sizeof one);
        memcpy(&other, base + i, sizeof other);
        one ^= other;
        memcpy(to + i, &one, sizeof one);
    }
}

/* A page that was written may be as it was. */
static bool add_page(taker *taker, uint64_t address, unsigned char *page)
{
    static const unsigned char zeros[SNAPSHOT_PAGE_BYTES];
    const unsigned char *base = image_map_page(taker->map, address);
    take_out_secret(taker, address, page);
    if (memcmp(page, base != NULL ? base : zeros, SNAPSHOT_PAGE_BYTES) == 0)
        return true;
    unsigned char *place = snapshot_packer_place(taker->packer, address, 1);
    if (place == NULL)
        return false;
    if (base != NULL)
        difference(place, page, base);
    else
        memcpy(place, page, SNAPSHOT_PAGE_BYTES);
    return true;
}

static cordon_status look(taker *taker, cordon_error *error)
{
    cordon_status status = taker->piece_count > 0 ? worker_memory_read(taker->sandbox->worker, taker->pieces, taker->piece_count, error) : CORDON_OK;
    for (size_t i = 0; i < taker->piece_count && status == CORDON_OK; i++)
        for (size_t at = 0; at < taker->pieces[i].size && status == CORDON_OK; at += SNAPSHOT_PAGE_BYTES)
            if (!add_page(taker, taker->pieces[i].address + at, (unsigned char *)taker->pieces[i].bytes + at))
                status = no_memory(error);
    taker->piece_count = 0;
    taker->used = 0;
    return status;
}

static cordon_status add_range(taker *taker, host_memory_range range, cordon_error *error)
{
    cordon_status status = CORDON_OK;
    while (range.size > 0 && status == CORDON_OK) {
        size_t size = (size_t)least(range.size, LOOKED_BYTES - taker->used);
        taker->pieces[taker->piece_count++] = (host_memory_piece){.bytes = taker->looked + taker->used, .address = range.address, .size = size};
        taker->used += size;
        range.address += size;
        range.size -= size;
        if (taker->used == LOOKED_BYTES || taker->piece_count == PIECES_MAX)
            status = look(taker, error);
    }
    return status;
}

static cordon_status take_pages(taker *taker, cordon_error *error)
{
    memory_ranges written;
    cordon_status status = worker_memory_written(taker->sandbox->worker, taker->map, &written, error);
    for (size_t i = 0; i < written.count && status == CORDON_OK; i++)
        status = add_range(taker, written.items[i], error);
    if (status == CORDON_OK)
        status = look(taker, error);
    if (status == CORDON_OK && !snapshot_packer_finish(taker->packer))
        status = no_memory(error);
    memory_ranges_release(&written);
    return status;
}

/* ---- What is said of them ---- */

static cordon_status fill_head(taker *taker, cordon_error *error)
{
    snapshot_head *head = &taker->snapshot->head;
    const cordon_sandbox *sandbox = taker->sandbox;
    const image_rest *rest = image_map_rest(taker->map);
    cordon_figures figures = {0};
    *head = (snapshot_head){.format = SNAPSHOT_FORMAT,
                            .protocol = CORDON_FRAME_VERSION,
                            .flags = (sandbox->is_deterministic ? SNAPSHOT_IS_DETERMINISTIC : 0) | (sandbox->has_mounts ? SNAPSHOT_HAS_MOUNTS : 0) |
                                     (sandbox->run.suspension != NULL && sandbox->run.trace != NULL ? SNAPSHOT_IS_TRACED : 0),
                            .state = taker->sandbox->run.suspension != NULL ? CORDON_SNAPSHOT_WAITING : CORDON_SNAPSHOT_RESTING,
                            .resting_buffer = rest->buffer,
                            .resting_bytes = rest->buffer_bytes};
    if (worker_figures(taker->sandbox->worker, &figures))
        head->memory_bytes = figures.memory_bytes;
    if (rest->registers == 0 || rest->random.size == 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "the image does not say where its registers rest, or where its random bytes come from");
    taker->secret = taker->sandbox->is_deterministic ? (host_memory_range){0} : rest->random;
    if (!engine_image_digest(taker->sandbox->engine, taker->map, head->image))
        return failure(error, operation, CORDON_HOST_FAILURE, "the library for digests failed");
    const host_memory_piece piece = {.bytes = &head->resting_stack, .address = rest->registers, .size = sizeof head->resting_stack};
    cordon_status status = worker_memory_read(taker->sandbox->worker, &piece, 1, error);
    if (status == CORDON_OK && head->resting_stack >= SNAPSHOT_ADDRESS_MAX)
        head->resting_stack = 0; /* a guest may have put anything there; it will find it there again */
    return status;
}

static cordon_status take(taker *taker, cordon_error *error)
{
    cordon_status status = fill_head(taker, error);
    if (status != CORDON_OK)
        return status;
    sandbox_state_pack(taker->sandbox, &taker->snapshot->host_part);
    taker->snapshot->head.host_bytes = taker->snapshot->host_part.size;
    taker->packer = snapshot_packer_create(taker->snapshot);
    taker->looked = malloc(LOOKED_BYTES);
    if (taker->snapshot->host_part.failed || taker->packer == NULL || taker->looked == NULL)
        return no_memory(error);
    return take_pages(taker, error);
}

/* ---- Coming to rest ---- */

/* What was sent to it may still be on its way. */
static cordon_status settle(cordon_sandbox *sandbox, const image_map *map, uint64_t timeout_ns, cordon_error *error)
{
    channel *channel = &sandbox->worker->channel;
    uint64_t now = now_ns(sandbox->env), deadline = after(now, timeout_ns);
    for (; channel_has_unsent(channel) && !channel->has_ended && now < deadline; now = now_ns(sandbox->env))
        if (channel_wait(channel, left_until(deadline, now), error) == CHANNEL_FAILED)
            return CORDON_HOST_FAILURE;
    if (worker_memory_comes_to_rest(sandbox->worker, map, left_until(deadline, now)))
        return CORDON_OK;
    return failure(error, operation, CORDON_TIMED_OUT, "the sandbox does not come to rest: it does not take what it was sent, or has something to say");
}

cordon_status snapshot_take(cordon_sandbox *sandbox, const image_map *map, cordon_snapshot **snapshot_out, cordon_error *error)
{
    taker taker = {.sandbox = sandbox, .map = map, .snapshot = calloc(1, sizeof *taker.snapshot)};
    cordon_status status = taker.snapshot == NULL ? no_memory(error) : take(&taker, error);
    snapshot_packer_destroy(taker.packer);
    free(taker.looked);
    if (status == CORDON_OK)
        *snapshot_out = taker.snapshot;
    else
        cordon_snapshot_destroy(taker.snapshot);
    return status;
}

cordon_status snapshot_take_resting(cordon_sandbox *sandbox, uint64_t timeout_ns, cordon_snapshot **snapshot_out, cordon_error *error)
{
    const image_map *map;
    cordon_status status = engine_image_map(sandbox->engine, &map, error);
    if (status == CORDON_OK)
        status = settle(sandbox, map, timeout_ns, error);
    return status == CORDON_OK ? snapshot_take(sandbox, map, snapshot_out, error) : status;
}

cordon_status cordon_sandbox_snapshot(cordon_sandbox *sandbox, const cordon_snapshot_options *options, cordon_snapshot **snapshot_out, cordon_error *error)
{
    char why[256];
    cordon_snapshot_options taken = CORDON_SNAPSHOT_OPTIONS_INIT;
    if (snapshot_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the snapshot");
    *snapshot_out = NULL;
    if (options != NULL && !SETTINGS_TAKE(&taken, cordon_snapshot_options, timeout_ns, options))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the options were not set up by CORDON_SNAPSHOT_OPTIONS_INIT");
    const uint64_t timeout_ns = taken.timeout_ns != 0 ? taken.timeout_ns : TIMEOUT_NS;
    if (sandbox != NULL && mailbox_is_inside_here(sandbox->mailbox)) /* this thread has the sandbox already */
        return snapshot_take_in_call(sandbox, timeout_ns, snapshot_out, error);
    cordon_status status = sandbox_enter_suspended_too(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    const char *complaint = sandbox_state_complaint(sandbox);
    if (complaint != NULL)
        status = failure(error, operation, CORDON_UNSUPPORTED, "the sandbox cannot be stored now: %s", complaint);
    else if (!grant_can_be_left(sandbox->grant, sandbox->settings, why, sizeof why))
        status = failure(error, operation, CORDON_UNSUPPORTED, "the sandbox cannot be stored now: %s", why);
    else
        status = snapshot_take_resting(sandbox, timeout_ns, snapshot_out, error);
    sandbox_leave(sandbox);
    return status;
}
