/* Hides how steps become lines of a file: buffered, since there are many, and whole, since tools read them. */
#include "run_trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

enum { STANDARD_ERROR = 2, BUFFER_BYTES = 64 * 1024, NUMBERS_BYTES = 160, ESCAPE_BYTES = 6 };
/* The largest line: three texts of which each byte may need an escape. */
enum { LINE_BYTES = NUMBERS_BYTES + ESCAPE_BYTES * (1024 + 512 + 120) };

struct run_trace {
    const command_context *context;
    const char *path;
    int fd;
    bool has_failed;
    size_t used;
    char buffer[BUFFER_BYTES];
};

_Static_assert((size_t)LINE_BYTES < (size_t)BUFFER_BYTES, "a line fits");

run_trace *run_trace_open(const command_context *context, const char *path)
{
    host_error error = {.message = "no memory"};
    run_trace *made = malloc(sizeof *made);
    bool is_open = made != NULL;
    if (is_open) {
        *made = (run_trace){.context = context, .path = path, .fd = STANDARD_ERROR};
        is_open = strcmp(path, "-") == 0 ||
                  host_fs_open(context->env, HOST_AT_CWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666, &made->fd, &error) == HOST_OK;
    }
    if (is_open)
        return made;
    command_complain(context, "--trace %s: %s", path, error.message);
    free(made);
    return NULL;
}

static void write_buffer(run_trace *trace)
{
    host_error error;
    for (size_t done = 0, count = 0; done < trace->used && !trace->has_failed; done += count) {
        host_status status = host_fd_write(trace->context->env, trace->fd, trace->buffer + done, trace->used - done, &count, &error);
        if (status == HOST_INTERRUPTED) {
            count = 0;
        } else if (status != HOST_OK) {
            trace->has_failed = true;
            command_complain(trace->context, "--trace %s: %s", trace->path, error.message); /* once: what comes later is not written */
        }
    }
    trace->used = 0;
}

static void put(run_trace *trace, const char *text)
{
    size_t size = strlen(text);
    memcpy(trace->buffer + trace->used, text, size);
    trace->used += size;
}

static void put_text(run_trace *trace, const char *text)
{
    char *to = trace->buffer + trace->used;
    *to++ = '"';
    for (; *text != '\0'; text++) {
        unsigned char character = (unsigned char)*text;
        if (character == '"' || character == '\\')
            *to++ = '\\';
        if (character < 0x20 || character == 0x7f)
            to += snprintf(to, ESCAPE_BYTES + 1, "\\u%04x", character);
        else
            *to++ = (char)character;
    }
    *to++ = '"';
    trace->used = (size_t)(to - trace->buffer);
}

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case CORDON_TRACE_LINE:
        return "line";
    case CORDON_TRACE_CALL:
        return "call";
    case CORDON_TRACE_RETURN:
        return "return";
    case CORDON_TRACE_EXCEPTION:
        return "exception";
    case CORDON_TRACE_HOST_CALL_START:
        return "host_call_start";
    default:
        return "host_call_end";
    }
}

static void put_event(run_trace *trace, const cordon_trace_event *event)
{
    char numbers[NUMBERS_BYTES];
    put(trace, "{\"event\":\"");
    put(trace, kind_name(event->kind));
    put(trace, "\",\"file\":");
    put_text(trace, event->file);
    put(trace, ",\"function\":");
    put_text(trace, event->function);
    snprintf(numbers, sizeof numbers, ",\"line\":%u,\"thread\":%u", event->line, event->thread);
    put(trace, numbers);
    if (event->name != NULL) {
        put(trace, ",\"name\":");
        put_text(trace, event->name);
    }
    if (event->call != 0) {
        snprintf(numbers, sizeof numbers, ",\"call\":%u", event->call);
        put(trace, numbers);
    }
    put(trace, "}\n");
}

int run_trace_tell(void *context, const cordon_trace_event *events, size_t count)
{
    run_trace *trace = context;
    for (size_t i = 0; i < count && !trace->has_failed; i++) {
        if (trace->used + LINE_BYTES > sizeof trace->buffer)
            write_buffer(trace);
        put_event(trace, &events[i]);
    }
    if (trace->fd == STANDARD_ERROR) /* between what the program writes there */
        write_buffer(trace);
    return trace->has_failed;
}

bool run_trace_close(run_trace *trace)
{
    if (trace == NULL)
        return true;
    write_buffer(trace);
    host_error error;
    bool is_whole = !trace->has_failed;
    if (trace->fd != STANDARD_ERROR && host_fd_close(trace->context->env, trace->fd, &error) != HOST_OK && is_whole) {
        command_complain(trace->context, "--trace %s: %s", trace->path, error.message);
        is_whole = false;
    }
    free(trace);
    return is_whole;
}
