/* Hides the worker that an image is made of from who asks for the image. */
#include "image_build.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "host_env/fd.h"
#include "host_env/poll.h"
#include "image_describe.h"
#include "image_frames.h"
#include "image_host.h"
#include "image_stream.h"
#include "image_write.h"
#include "moment.h"
#include "process.h"

#define OPERATION "image_build"
#define BUILD_NS (120 * SECOND_NS)
enum { CHUNK_BYTES = 256 * 1024, LISTED_MAX = 1000 };

/* ---- what is sent ---- */

/* "/opt/<last part>", without slashes at the end of the folder's name. */
static bool place_of(const char *folder, char *place_out, size_t size)
{
    size_t length = strlen(folder), start;

    while (length > 0 && folder[length - 1] == '/')
        length--;
    for (start = length; start > 0 && folder[start - 1] != '/'; start--)
        ;
    if (length == start || (length - start == 1 && folder[start] == '.') || (length - start == 2 && memcmp(folder + start, "..", 2) == 0))
        return false;
    return snprintf(place_out, size, "/opt/%.*s", (int)(length - start), folder + start) < (int)size;
}

static cordon_status add_folders(host_env *env, const image_plan *plan, char (*places)[PATH_MAX], bytes *frames, cordon_error *error)
{
    host_error cause;

    for (size_t i = 0; i < plan->folder_count; i++) {
        if (!place_of(plan->folders[i], places[i], sizeof places[i]))
            return failure(error, OPERATION, CORDON_INVALID_ARGUMENT, "the folder '%.150s' has no name of its own: give its path", plan->folders[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(places[i], places[k]) == 0)
                return failure(error, OPERATION, CORDON_INVALID_ARGUMENT, "two folders would both be %.150s", places[i]);
        if (image_host_add_folder(env, plan->folders[i], places[i], frames, &cause) != HOST_OK)
            return failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "a folder cannot be read", &cause);
    }
    return CORDON_OK;
}

static cordon_status make_frames(host_env *env, const image_plan *plan, char (*places)[PATH_MAX], bytes *frames, cordon_error *error)
{
    const char **paths = calloc(plan->folder_count + 1, sizeof *paths);
    cordon_status status;

    if (paths == NULL)
        return failure(error, OPERATION, CORDON_NO_MEMORY, "no memory for the list of folders");
    status = add_folders(env, plan, places, frames, error);
    for (size_t i = 0; i < plan->folder_count; i++)
        paths[i] = places[i];
    if (status == CORDON_OK && !image_frames_add_save(frames, plan->modules, plan->module_count, paths, plan->folder_count))
        status = failure(error, OPERATION, CORDON_TOO_LARGE, "the list of modules does not fit a frame");
    free(paths);
    return status;
}

/* ---- the worker ---- */

typedef struct conversation {
    host_env *env;
    process process;
    const bytes *frames;
    size_t sent; /* the first byte of all was sent when the worker was started */
    image_stream stream;
    bool was_looked_at, has_ended;
    uint64_t deadline; /* moment; for all of it, since a module may go on printing for ever */
    unsigned char chunk[CHUNK_BYTES];
} conversation;

static cordon_status send_some(conversation *talk, cordon_error *error)
{
    host_error cause;
    size_t count = 0;
    host_status status = host_fd_write(talk->env, talk->process.to_worker, talk->frames->data + talk->sent, talk->frames->size - talk->sent, &count, &cause);

    talk->sent += count;
    if (status != HOST_OK && status != HOST_WOULD_BLOCK && status != HOST_INTERRUPTED)
        return failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the worker cannot be written to", &cause);
    return CORDON_OK;
}

static cordon_status receive_some(conversation *talk, cordon_error *error)
{
    host_error cause;
    size_t count = 0;
    const char *complaint;
    host_status status = host_fd_read(talk->env, talk->process.from_worker, talk->chunk, sizeof talk->chunk, &count, &cause);

    if (status == HOST_WOULD_BLOCK || status == HOST_INTERRUPTED)
        return CORDON_OK;
    if (status != HOST_OK)
        return failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the worker cannot be read from", &cause);
    talk->has_ended = count == 0;
    complaint = image_stream_take(&talk->stream, talk->chunk, count);
    if (complaint != NULL)
        return failure(error, OPERATION, CORDON_SETUP_FAILED, "the worker broke the protocol: %s", complaint);
    /* Nothing but the byte that makes it greet was sent before it is known to have locked itself. */
    if (talk->stream.has_greeted && !talk->was_looked_at) {
        if (!process_is_locked(talk->env, &talk->process, process_inherited_filters(talk->env), error))
            return CORDON_SETUP_FAILED;
        talk->was_looked_at = true;
    }
    return CORDON_OK;
}

static cordon_status step(conversation *talk, cordon_error *error)
{
    bool may_send = talk->was_looked_at && talk->sent < talk->frames->size;
    host_poll_item items[] = {{.fd = talk->process.from_worker, .events = POLLIN}, {.fd = talk->process.to_worker, .events = POLLOUT}};
    host_error cause;
    int ready = 0;
    uint64_t left = left_until(talk->deadline, now_ns(talk->env));
    if (left == 0)
        return failure(error, OPERATION, CORDON_TIMED_OUT, "the modules were not imported in time");
    host_status status = host_poll_wait(talk->env, items, may_send ? 2 : 1, (int64_t)left, &ready, &cause);

    if (status == HOST_INTERRUPTED)
        return CORDON_OK;
    if (status != HOST_OK)
        return failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the worker cannot be waited for", &cause);
    if (ready == 0)
        return CORDON_OK; /* the deadline, at the next step */
    if (may_send && items[1].returned_events != 0 && send_some(talk, error) != CORDON_OK)
        return CORDON_HOST_FAILURE;
    return items[0].returned_events != 0 ? receive_some(talk, error) : CORDON_OK;
}

static cordon_status converse(conversation *talk, const image_plan *plan, cordon_error *error)
{
    host_lockdown *lockdown = NULL;
    process_ending ending;
    cordon_status status = process_prepare(talk->env, &lockdown, error);

    talk->deadline = after(now_ns(talk->env), plan->timeout_ns != 0 ? plan->timeout_ns : BUILD_NS);
    if (status == CORDON_OK)
        status = process_start(talk->env, plan->base, lockdown, &talk->process, error);
    host_lockdown_destroy(lockdown);
    if (status != CORDON_OK)
        return status;
    while (status == CORDON_OK && !talk->has_ended)
        status = step(talk, error);
    process_end(talk->env, &talk->process, status == CORDON_OK ? PROCESS_LET_END : PROCESS_KILL, &ending);
    if (status == CORDON_OK && !talk->stream.pages->is_complete)
        return failure(error, OPERATION, CORDON_SETUP_FAILED, talk->stream.output.size > 0 && talk->stream.has_ended
                                                                  ? "the image could not be filled (code %d); what it printed says why"
                                                                  : "the worker ended before it had saved itself (code %d, signal %d)",
                       ending.code, ending.signal);
    return status;
}

/* ---- the file ---- */

/* What the base says of itself, in front of what was added. `text` is cut into lines. */
static void take_lines(char *text, const char *key, const char **values, size_t *count)
{
    size_t length = strlen(key);

    for (char *line = text; *line != '\0' && *count < LISTED_MAX;) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == '\n' ? end + 1 : end;
        if (strncmp(line, key, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            *end = '\0';
            values[(*count)++] = line + length + 2;
        }
        line = next;
    }
}

static char *describe(const image_file *base, const image_plan *plan, char (*places)[PATH_MAX])
{
    const char **modules = calloc(2 * LISTED_MAX, sizeof *modules), **folders = modules ? modules + LISTED_MAX : NULL;
    size_t size = 0;
    const unsigned char *text = image_file_find_section(base, ".cordon.image", &size);
    char *copy = text != NULL ? strndup((const char *)text, size) : strdup(""), *other = copy != NULL ? strdup(copy) : NULL, *result = NULL;
    image_description description = {.modules = modules, .folders = folders};

    if (modules != NULL && other != NULL) {
        take_lines(copy, "module", modules, &description.module_count);
        take_lines(other, "folder", folders, &description.folder_count);
        for (size_t i = 0; i < plan->module_count && description.module_count < LISTED_MAX; i++)
            modules[description.module_count++] = plan->modules[i];
        for (size_t i = 0; i < plan->folder_count && description.folder_count < LISTED_MAX; i++)
            folders[description.folder_count++] = places[i];
        result = image_describe(&description);
    }
    free(copy);
    free(other);
    free(modules);
    return result;
}

static cordon_status write_image(host_env *env, const image_file *base, const image_pages *pages, const image_plan *plan, char (*places)[PATH_MAX], cordon_error *error)
{
    image_range ranges[IMAGE_RANGES_MAX];
    unsigned char *made = NULL;
    size_t size = 0;
    host_error cause;
    char *text = describe(base, plan, places);
    /* What a start of the base writes, a start of what was made of it writes too: saved memory stays where it is. */
    const image_content content = {.pages = pages, .description = text, .ranges = ranges, .range_count = image_ranges_read(base, ranges)};
    const char *complaint = text == NULL ? "there is no memory for it" : image_write(base, &content, &made, &size);
    cordon_status status = CORDON_OK;

    free(text);
    if (complaint != NULL)
        return failure(error, OPERATION, CORDON_SETUP_FAILED, "the image cannot be made: %s", complaint);
    if (image_host_write(env, plan->output, made, size, &cause) != HOST_OK)
        status = failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the image cannot be written", &cause);
    free(made);
    return status;
}

static cordon_status build(conversation *talk, const image_file *base, const image_plan *plan, cordon_error *error)
{
    char(*places)[PATH_MAX] = calloc(plan->folder_count + 1, sizeof *places);
    bytes frames = {0};
    cordon_status status = places == NULL ? failure(error, OPERATION, CORDON_NO_MEMORY, "no memory for the list of folders") : CORDON_OK;

    if (status == CORDON_OK)
        status = make_frames(talk->env, plan, places, &frames, error);
    talk->frames = &frames;
    talk->sent = 1; /* process_start sends the first byte */
    if (status == CORDON_OK)
        status = converse(talk, plan, error);
    if (status == CORDON_OK)
        status = write_image(talk->env, base, talk->stream.pages, plan, places, error);
    bytes_release(&frames);
    free(places);
    return status;
}

cordon_status image_build(host_env *env, const image_plan *plan, void (*tell)(void *context, const void *data, size_t size), void *context, cordon_error *error)
{
    bytes file;
    host_error cause;
    image_file base;
    image_pages pages = {0};
    conversation *talk;
    const char *complaint;
    cordon_status status;

    if (image_host_read(env, plan->base, &file, &cause) != HOST_OK)
        return failure_of_host(error, OPERATION, CORDON_HOST_FAILURE, "the base image cannot be read", &cause);
    complaint = image_file_read(file.data, file.size, &base);
    if (complaint == NULL)
        complaint = image_pages_begin(&pages, &base);
    talk = calloc(1, sizeof *talk);
    if (complaint != NULL) {
        status = failure(error, OPERATION, CORDON_INVALID_ARGUMENT, "%.120s is no image: %s", plan->base, complaint);
    } else if (talk == NULL) {
        status = failure(error, OPERATION, CORDON_NO_MEMORY, "no memory for a worker");
    } else {
        talk->env = env;
        talk->process = (process)PROCESS_NONE;
        talk->stream.pages = &pages;
        status = build(talk, &base, plan, error);
        if (tell != NULL && talk->stream.output.size > 0)
            tell(context, talk->stream.output.data, talk->stream.output.size);
        image_stream_release(&talk->stream);
    }
    free(talk);
    image_pages_release(&pages);
    bytes_release(&file);
    return status;
}
