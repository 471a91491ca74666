/* Hides the records of TRACE frames, and the tables of what their numbers stand for. Both tables have a bound, and texts too, so a worker cannot make them grow. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "cordon/protocol.h"
#include "frame.h"
#include "utf8.h"

enum { BATCH = 512, HEAD_BYTES = 8, NAMED_BYTES = 8, NUMBER_SHIFT = 8 };
/* What has a second word: a name's number and a call's. */
#define NAMED (CORDON_TRACE_EXCEPTION | CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END)
#define OF_CALLS (CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END)

struct code {
    char *file; /* NULL: the number stands for nothing; its allocation holds both texts */
    const char *function;
};

struct trace {
    uint32_t wanted;
    cordon_trace_function tell;
    void *context;
    uint32_t thread;
    size_t count; /* of events that wait */
    struct code codes[CORDON_TRACE_CODES];
    char *names[CORDON_TRACE_NAMES];
    cordon_trace_event events[BATCH];
};

trace *trace_create(uint32_t wanted)
{
    trace *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->wanted = wanted;
    made->thread = 1;
    return made;
}

uint32_t trace_wanted(const trace *trace)
{
    return trace->wanted;
}

void trace_tell_to(trace *trace, cordon_trace_function tell, void *context)
{
    trace->tell = tell;
    trace->context = context;
}

void trace_destroy(trace *trace)
{
    if (trace == NULL)
        return;
    for (size_t i = 0; i < CORDON_TRACE_CODES; i++)
        free(trace->codes[i].file);
    for (size_t i = 0; i < CORDON_TRACE_NAMES; i++)
        free(trace->names[i]);
    free(trace);
}

/* ---- One frame ---- */

typedef struct reading {
    trace *trace;
    const unsigned char *next;
    size_t left;
    uint64_t most, count;
    trace_verdict verdict;
    const char *complaint;
} reading;

static bool broken(reading *reading, const char *complaint)
{
    reading->verdict = TRACE_BROKEN;
    reading->complaint = complaint;
    return false;
}

static bool flush(reading *reading)
{
    trace *trace = reading->trace;
    size_t count = trace->count;
    trace->count = 0;
    if (count == 0 || trace->tell == NULL || trace->tell(trace->context, trace->events, count) == 0)
        return true;
    reading->verdict = TRACE_STOPPED;
    return false;
}

/* NULL, and nothing taken, if there are not so many bytes. */
static const unsigned char *take(reading *reading, size_t size)
{
    const unsigned char *start = reading->next;
    if (size > reading->left)
        return NULL;
    reading->next += size;
    reading->left -= size;
    return start;
}

static bool is_text(const unsigned char *text, size_t size)
{
    return memchr(text, '\0', size) == NULL && utf8_check((const char *)text, size) == UTF8_PLAIN;
}

/* Two texts, each with a NUL behind it. */
static char *copy_texts(const unsigned char *texts, size_t first, size_t second)
{
    char *copy = malloc(first + second + 2);
    if (copy == NULL)
        return NULL;
    memcpy(copy, texts, first);
    copy[first] = '\0';
    memcpy(copy + first + 1, texts + first, second);
    copy[first + 1 + second] = '\0';
    return copy;
}

/* Events that wait may still point to what the number stood for. */
static bool take_code(reading *reading, uint32_t number, uint32_t sizes)
{
    size_t file = sizes & 0xffff, function = sizes >> 16;
    if (number == 0 || number >= CORDON_TRACE_CODES)
        return broken(reading, "it numbers code that it may not");
    if (file > CORDON_TRACE_FILE_MAX || function > CORDON_TRACE_FUNCTION_MAX)
        return broken(reading, "it names code too long");
    const unsigned char *texts = take(reading, file + function);
    if (texts == NULL || !is_text(texts, file) || !is_text(texts + file, function))
        return broken(reading, "it names code by what is no text");
    struct code *code = &reading->trace->codes[number];
    if (code->file != NULL && !flush(reading))
        return false;
    free(code->file);
    code->file = copy_texts(texts, file, function);
    code->function = code->file != NULL ? code->file + file + 1 : NULL;
    if (code->file == NULL)
        reading->verdict = TRACE_NO_MEMORY;
    return code->file != NULL;
}

static bool take_name(reading *reading, uint32_t number, uint32_t size)
{
    if (number >= CORDON_TRACE_NAMES || size > CORDON_TRACE_NAME_MAX)
        return broken(reading, "it gives a name that it may not");
    const unsigned char *text = take(reading, size);
    if (text == NULL || !is_text(text, size))
        return broken(reading, "it gives a name that is no text");
    char **name = &reading->trace->names[number];
    if (*name != NULL && !flush(reading))
        return false;
    free(*name);
    *name = copy_texts(text, size, 0);
    if (*name == NULL)
        reading->verdict = TRACE_NO_MEMORY;
    return *name != NULL;
}

static bool take_thread(reading *reading, uint32_t number, uint32_t thread)
{
    if (number != 0 || thread == 0)
        return broken(reading, "it names a thread that there is not");
    reading->trace->thread = thread;
    return true;
}

static bool read_name(reading *reading, cordon_trace_event *event)
{
    const unsigned char *second = take(reading, NAMED_BYTES);
    if (second == NULL)
        return broken(reading, "it ends in the middle of an event");
    uint32_t name = frame_get_u32(second);
    event->call = frame_get_u32(second + 4);
    if (name >= CORDON_TRACE_NAMES || reading->trace->names[name] == NULL)
        return broken(reading, "it names what it has not told");
    if (((event->kind & OF_CALLS) != 0) != (event->call != 0))
        return broken(reading, "it tells of a call without a number, or of another event with one");
    event->name = reading->trace->names[name];
    return true;
}

static bool take_event(reading *reading, unsigned bit, uint32_t number, uint32_t line)
{
    trace *trace = reading->trace;
    uint32_t kind = bit < CORDON_TRACE_KINDS ? 1u << bit : 0;
    if ((kind & trace->wanted) == 0)
        return broken(reading, "it tells what was not asked for");
    cordon_trace_event event = {.kind = kind, .line = line, .thread = trace->thread, .file = "", .function = ""};
    if (number >= CORDON_TRACE_CODES || (number == 0 ? (kind & OF_CALLS) == 0 : trace->codes[number].file == NULL))
        return broken(reading, "it tells of code that it has not named");
    if (number != 0) {
        event.file = trace->codes[number].file;
        event.function = trace->codes[number].function;
    }
    if ((kind & NAMED) != 0 && !read_name(reading, &event))
        return false;
    if (++reading->count > reading->most)
        return true; /* counted, and not told */
    if (trace->count == BATCH && !flush(reading))
        return false;
    trace->events[trace->count++] = event;
    return true;
}

static bool take_record(reading *reading)
{
    const unsigned char *head = take(reading, HEAD_BYTES);
    if (head == NULL)
        return broken(reading, "it ends in the middle of a record");
    uint32_t number = frame_get_u32(head) >> NUMBER_SHIFT, second = frame_get_u32(head + 4);
    switch (head[0]) {
    case CORDON_TRACE_RECORD_CODE:
        return take_code(reading, number, second);
    case CORDON_TRACE_RECORD_NAME:
        return take_name(reading, number, second);
    case CORDON_TRACE_RECORD_THREAD:
        return take_thread(reading, number, second);
    default:
        return take_event(reading, head[0], number, second);
    }
}

trace_verdict trace_take(trace *trace, const unsigned char *payload, size_t size, uint64_t most, uint64_t *count_out,
                         const char **complaint_out)
{
    reading reading = {.trace = trace, .next = payload, .left = size, .most = most};
    bool goes_on = true;
    while (goes_on && reading.left > 0)
        goes_on = take_record(&reading);
    if (reading.verdict != TRACE_STOPPED) {
        trace_verdict verdict = reading.verdict;
        if (flush(&reading))
            reading.verdict = verdict;
    }
    *count_out = reading.count;
    *complaint_out = reading.complaint;
    return reading.verdict;
}
