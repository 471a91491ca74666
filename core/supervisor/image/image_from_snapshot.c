/* Hides how the memory of a snapshot becomes the memory of an image: base's own pages with the snapshot's laid over them, the stack aside, on which nothing of a resting sandbox is needed. */
#include "image_from_snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/snapshot.h"
#include "failure.h"
#include "image_host.h"
#include "image_inspect.h"
#include "image_write.h"
#include "snapshot_pages.h"

#define OPERATION "image_from_snapshot"
enum { ADDRESS_BYTES = 8 };

_Static_assert((int)SNAPSHOT_PAGE_BYTES == (int)IMAGE_PAGE_BYTES && (int)CORDON_SNAPSHOT_DIGEST_BYTES == (int)IMAGE_DIGEST_BYTES, "one kind of pages and digests");

typedef struct maker {
    const image_file *base;
    image_pages *pages;
    uint64_t next; /* pages below it were dealt with */
    const char *complaint;
} maker;

/* One page that is not all zeros. */
static bool add_page(maker *maker, uint64_t address, const unsigned char *page)
{
    unsigned char payload[ADDRESS_BYTES + IMAGE_PAGE_BYTES];
    static const unsigned char zeros[IMAGE_PAGE_BYTES];
    if (page == NULL || memcmp(page, zeros, sizeof zeros) == 0)
        return true;
    for (int i = 0; i < ADDRESS_BYTES; i++)
        payload[i] = (unsigned char)(address >> (8 * i));
    memcpy(payload + ADDRESS_BYTES, page, IMAGE_PAGE_BYTES);
    maker->complaint = image_pages_take(maker->pages, payload, sizeof payload);
    return maker->complaint == NULL;
}

/* Base's pages up to there. */
static bool add_base(maker *maker, uint64_t end)
{
    bool is_done = true;
    for (; maker->next < end && is_done; maker->next += IMAGE_PAGE_BYTES)
        is_done = add_page(maker, maker->next, image_file_at(maker->base, maker->next, IMAGE_PAGE_BYTES));
    return is_done;
}

static bool add_difference(maker *maker, uint64_t address, unsigned char *page)
{
    const unsigned char *under = image_file_at(maker->base, address, IMAGE_PAGE_BYTES);
    if (address < maker->pages->first || address >= maker->pages->end) /* the stack */
        return true;
    if (!add_base(maker, address))
        return false;
    for (size_t i = 0; under != NULL && i < IMAGE_PAGE_BYTES; i++)
        page[i] ^= under[i];
    maker->next = address + IMAGE_PAGE_BYTES;
    return add_page(maker, address, page);
}

static bool add_block(void *context, const host_memory_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < pieces[i].size; at += IMAGE_PAGE_BYTES)
            if (!add_difference(context, pieces[i].address + at, (unsigned char *)pieces[i].bytes + at))
                return false;
    return true;
}

static const char *lay_over(maker *maker, const cordon_snapshot *snapshot)
{
    static const char *const complaints[] = {[SNAPSHOT_WALK_DAMAGED] = "a block of the snapshot's pages does not unpack", [SNAPSHOT_WALK_NO_MEMORY] = "there is no memory for it"};
    snapshot_walk walk = snapshot_pages_walk(snapshot, add_block, maker);
    maker->next = maker->next > maker->pages->first ? maker->next : maker->pages->first;
    if (walk == SNAPSHOT_WALK_STOPPED || (walk == SNAPSHOT_WALKED && !add_base(maker, maker->pages->end)))
        return maker->complaint;
    if (walk != SNAPSHOT_WALKED)
        return complaints[walk];
    return image_pages_take(maker->pages, NULL, 0); /* that was all */
}

/* Base's own description, and a line that says what is laid over it. */
static char *describe(const image_file *base)
{
    static const char line[] = "snapshot: its memory is that of a sandbox\n";
    size_t size = 0;
    const char *text = (const char *)image_file_find_section(base, ".cordon.image", &size);
    size_t length = text != NULL ? strnlen(text, size) : 0;
    char *made = malloc(length + sizeof line);
    if (made == NULL)
        return NULL;
    if (length > 0)
        memcpy(made, text, length);
    memcpy(made + length, line, sizeof line);
    return made;
}

static cordon_status write_image(host_env *env, const image_file *base, const image_pages *pages, const char *output, cordon_error *error)
{
    image_range ranges[IMAGE_RANGES_MAX];
    unsigned char *made = NULL;
    size_t size = 0;
    host_error cause;
    char *text = describe(base);
    const image_content content = {.pages = pages, .description = text, .ranges = ranges, .range_count = image_ranges_read(base, ranges)};
    const char *complaint = text == NULL ? "there is no memory for it" : image_write(base, &content, &made, &size);
    cordon_status status = CORDON_OK;
    free(text);
    if (complaint != NULL)
        return failure(error, OPERATION, CORDON_SETUP_FAILED, "the image cannot be made: %s", complaint);
    if (image_host_write(env, output, made, size, &cause) != HOST_OK)
        status = failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the image cannot be written", &cause);
    free(made);
    return status;
}

static cordon_status check(const image_file *base, const cordon_snapshot *snapshot, cordon_error *error)
{
    unsigned char digest[IMAGE_DIGEST_BYTES];
    if (snapshot->head.state != CORDON_SNAPSHOT_RESTING)
        return failure(error, OPERATION, CORDON_UNSUPPORTED, "the snapshot waits for its host in the middle of an execution: an image starts at rest");
    if ((snapshot->head.flags & SNAPSHOT_HAS_MOUNTS) != 0)
        return failure(error, OPERATION, CORDON_UNSUPPORTED, "the snapshot has mounted folders, which each sandbox is granted anew: an image has none");
    if (!image_digest(base, digest))
        return failure(error, OPERATION, CORDON_HOST_FAILURE, "the library for digests refuses");
    if (memcmp(digest, snapshot->head.image, sizeof digest) != 0)
        return snapshot_refuse(error, OPERATION, CORDON_SNAPSHOT_FOREIGN_IMAGE, "give the one that it was taken of");
    return CORDON_OK;
}

static cordon_status make(host_env *env, const image_file *base, const cordon_snapshot *snapshot, const char *output, cordon_error *error)
{
    image_pages pages = {0};
    cordon_status status = check(base, snapshot, error);
    const char *complaint = status == CORDON_OK ? image_pages_begin(&pages, base) : NULL;
    maker maker = {.base = base, .pages = &pages, .next = pages.first};
    if (status == CORDON_OK && complaint == NULL)
        complaint = lay_over(&maker, snapshot);
    if (complaint != NULL)
        status = failure(error, OPERATION, CORDON_SETUP_FAILED, "the image cannot be made: %s", complaint);
    if (status == CORDON_OK)
        status = write_image(env, base, &pages, output, error);
    image_pages_release(&pages);
    return status;
}

cordon_status image_from_snapshot(host_env *env, const image_snapshot_plan *plan, cordon_error *error)
{
    bytes file = {0}, stored = {0};
    host_error cause;
    image_file base;
    cordon_snapshot *snapshot = NULL;
    cordon_status status = CORDON_OK;
    if (image_host_read(env, plan->base, &file, &cause) != HOST_OK)
        return failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the base image cannot be read", &cause);
    const char *complaint = image_file_read(file.data, file.size, &base);
    if (complaint != NULL)
        status = failure(error, OPERATION, CORDON_INVALID_ARGUMENT, "%.120s is no image: %s", plan->base, complaint);
    if (status == CORDON_OK && image_host_read(env, plan->snapshot, &stored, &cause) != HOST_OK)
        status = failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the snapshot cannot be read", &cause);
    if (status == CORDON_OK)
        status = cordon_snapshot_decode(stored.data, stored.size, plan->key, plan->key_size, &snapshot, error);
    if (status == CORDON_OK)
        status = make(env, &base, snapshot, plan->output, error);
    cordon_snapshot_destroy(snapshot);
    bytes_release(&stored);
    bytes_release(&file);
    return status;
}
