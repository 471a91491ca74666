/* Hides how a RESULT frame, whose every key is an attacker's, becomes what a caller reads. */
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "frame.h"
#include "json.h"
#include "limit_names.h"
#include "value_internal.h"

/* More than an honest worker tells (docs/protocol.md). What lies beyond is left out: a list costs a worker a byte a
 * member, and the host many times that. */
enum { EXCEPTION_DEPTH_MAX = 16, EXCEPTIONS_MAX = 1024, FRAMES_MAX = 128, NOTES_MAX = 32, MEMBERS_MAX = 32 };

result *result_create(size_t collected_max)
{
    result *made = malloc(sizeof *made); /* not calloc, which gets nothing from what malloc keeps at hand */
    if (made == NULL)
        return NULL;
    *made = (struct result){.collected_max = collected_max};
    return made;
}

void result_collect(result *result, int stream, const void *data, size_t size)
{
    bytes *text = &result->text[stream - 1];
    cordon_collected *told =
        stream == CORDON_OUTPUT_STDOUT ? &result->public.standard_output : &result->public.standard_error;
    size_t room = result->collected_max - text->size;
    told->is_cut |= size > room;
    bytes_add(text, data, size < room ? size : room);
}

void result_set_outcome(result *result, cordon_outcome outcome, const char *message)
{
    result->public.outcome = outcome;
    snprintf(result->public.message, sizeof result->public.message, "%s", message);
}

void result_set_limit(result *result, int limit, uint64_t figure, uint64_t value, const char *where)
{
    result->public.limit_name = limit_name(limit);
    result->public.limit_unit = limit_unit(limit);
    result->public.limit_figure = figure;
    result->public.limit_value = value;
    free(result->where);
    result->where = where[0] != '\0' ? strdup(where) : NULL;
    result->public.limit_where = result->where;
}

/* ---- Exceptions ---- */

static void exception_destroy(const cordon_exception *exception)
{
    if (exception == NULL)
        return;
    exception_destroy(exception->cause);
    exception_destroy(exception->context);
    for (size_t i = 0; i < exception->exception_count; i++)
        exception_destroy(exception->exceptions[i]);
    free((void *)exception->exceptions);
    free((void *)exception->notes);
    free((void *)exception->frames);
    free((void *)exception);
}

static const char *text_or(const cordon_value *map, const char *key, const char *otherwise)
{
    const cordon_value *value = cordon_value_get(map, key);
    return cordon_value_get_kind(value) == CORDON_VALUE_TEXT ? cordon_value_get_text(value, NULL) : otherwise;
}

static uint32_t small_number(const cordon_value *map, const char *key)
{
    uint64_t number;
    return cordon_value_get_unsigned(cordon_value_get(map, key), &number) && number <= UINT32_MAX ? (uint32_t)number
                                                                                                  : 0;
}

/* How many members of a list are read; 0 if there is no list. */
static size_t count_of(const cordon_value *list, size_t most)
{
    size_t count = cordon_value_get_kind(list) == CORDON_VALUE_LIST ? cordon_value_count(list) : 0;
    return count < most ? count : most;
}

static bool read_frames(cordon_exception *exception, const cordon_value *list)
{
    size_t count = count_of(list, FRAMES_MAX);
    cordon_exception_frame *frames = calloc(count + 1, sizeof *frames);
    if (frames == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const cordon_value *map = cordon_value_at(list, i);
        frames[i] = (cordon_exception_frame){
            .file = text_or(map, "file", "?"),
            .function = text_or(map, "function", "?"),
            .source = text_or(map, "source", NULL),
            .line = small_number(map, "line"),
            .end_line = small_number(map, "end_line"),
            .column = small_number(map, "column"),
            .end_column = small_number(map, "end_column"),
        };
    }
    exception->frames = frames;
    exception->frame_count = count;
    return true;
}

static bool read_notes(cordon_exception *exception, const cordon_value *list)
{
    size_t count = count_of(list, NOTES_MAX);
    const char **notes = calloc(count + 1, sizeof *notes);
    if (notes == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *note = cordon_value_get_text(cordon_value_at(list, i), NULL);
        notes[i] = note != NULL ? note : "?";
    }
    exception->notes = notes;
    exception->note_count = count;
    return true;
}

static cordon_exception *read_exception(const cordon_value *map, unsigned depth, unsigned *left);

static bool read_members(cordon_exception *exception, const cordon_value *list, unsigned depth, unsigned *left)
{
    size_t count = count_of(list, MEMBERS_MAX);
    const cordon_exception **members = calloc(count + 1, sizeof *members);
    if (members == NULL)
        return false;
    exception->exceptions = members;
    for (size_t i = 0; i < count; i++) {
        const cordon_exception *member = read_exception(cordon_value_at(list, i), depth + 1, left);
        if (member != NULL)
            members[exception->exception_count++] = member;
    }
    return true;
}

/* NULL if there is none, if it is no map, or without memory: what an exception tells is for people. */
static cordon_exception *read_exception(const cordon_value *map, unsigned depth, unsigned *left)
{
    if (cordon_value_get_kind(map) != CORDON_VALUE_DICT || depth > EXCEPTION_DEPTH_MAX || *left == 0)
        return NULL;
    cordon_exception *exception = calloc(1, sizeof *exception);
    if (exception == NULL)
        return NULL;
    --*left;
    exception->type = text_or(map, "type", "?");
    exception->module = text_or(map, "module", "?");
    exception->message = text_or(map, "message", "");
    exception->traceback = text_or(map, "traceback", "");
    if (!read_frames(exception, cordon_value_get(map, "frames")) ||
        !read_notes(exception, cordon_value_get(map, "notes")) ||
        !read_members(exception, cordon_value_get(map, "exceptions"), depth, left)) {
        exception_destroy(exception);
        return NULL;
    }
    exception->cause = read_exception(cordon_value_get(map, "cause"), depth + 1, left);
    exception->context = read_exception(cordon_value_get(map, "context"), depth + 1, left);
    return exception;
}

/* ---- The body ---- */

static void read_figures(cordon_figures *figures, const cordon_value *map)
{
#define READ_FIGURE(name) (void)cordon_value_get_unsigned(cordon_value_get(map, #name), &figures->name);
    CORDON_FIGURE_TABLE(READ_FIGURE)
#undef READ_FIGURE
}

void result_take_figures(result *result, const unsigned char *payload)
{
    cordon_figures *figures = &result->public.figures;
#define TAKE_FIGURE(name) figures->name = frame_get_u64(payload), payload += 8;
    CORDON_FIGURE_TABLE(TAKE_FIGURE)
#undef TAKE_FIGURE
}

void result_copy_counted(result *result, const cordon_figures *counted)
{
#define COPY_FIGURE(name) result->public.figures.name = counted->name;
    CORDON_FIGURE_TABLE(COPY_FIGURE)
#undef COPY_FIGURE
}

void result_set_suspension(result *result, suspension *suspension)
{
    result->suspension = suspension_hold(suspension);
    result->public.suspension = suspension_public(suspension);
}

static const char *check_keys(const cordon_value *body)
{
    static const char *const keys[] = {"status", "value", "exception", "exit_code", "figures"};
    if (cordon_value_get_kind(body) != CORDON_VALUE_DICT)
        return "a result is a map";
    for (size_t i = 0; i < cordon_value_count(body); i++) {
        const char *key = cordon_value_get_text(cordon_value_key_at(body, i), NULL);
        size_t at = 0;
        while (at < sizeof keys / sizeof *keys && (key == NULL || strcmp(keys[at], key) != 0))
            at++;
        if (at == sizeof keys / sizeof *keys)
            return "a result has a key that there is not";
    }
    return NULL;
}

static const char *read_end(result *result, const cordon_value *body, int *limit_out)
{
    cordon_result *public = &result->public;
    const char *status = text_or(body, "status", "");
    int64_t code = 0;
    if (strcmp(status, "ok") == 0) {
        public->outcome = CORDON_OUTCOME_OK;
        public->value = cordon_value_get(body, "value");
        return NULL;
    }
    if (strcmp(status, "exit") == 0) {
        if (!cordon_value_get_int(cordon_value_get(body, "exit_code"), &code) || code < INT32_MIN || code > INT32_MAX)
            return "an exit has no code";
        public->outcome = CORDON_OUTCOME_OK;
        public->has_exit_code = true;
        public->exit_code = (int)code;
        return NULL;
    }
    if (strcmp(status, "exception") != 0)
        return "a result has no such status";
    unsigned exceptions_left = EXCEPTIONS_MAX;
    public->exception = read_exception(cordon_value_get(body, "exception"), 0, &exceptions_left);
    if (public->exception == NULL)
        return "an exception is not told";
    const char *limit = text_or(cordon_value_get(body, "exception"), "limit", NULL);
    *limit_out = limit != NULL ? limit_by_name(limit) : -1;
    if (limit != NULL && (*limit_out < 0 || !limit_is_the_workers(*limit_out)))
        return "an exception names a limit that there is not";
    public->outcome = CORDON_OUTCOME_PYTHON_EXCEPTION;
    snprintf(public->message, sizeof public->message, "%s: %s", public->exception->type, public->exception->message);
    return NULL;
}

/* ---- The usual body: ok, a value, the figures in their order; without a tree of keys for what is always the same ---- */

typedef struct cursor {
    const unsigned char *next, *end;
} cursor;

static bool take_exactly(cursor *from, const void *expected, size_t size)
{
    if ((size_t)(from->end - from->next) < size || memcmp(from->next, expected, size) != 0)
        return false;
    from->next += size;
    return true;
}

static bool take_unsigned(cursor *from, uint64_t *number_out)
{
    if (from->next == from->end)
        return false;
    unsigned first = *from->next++;
    size_t size = first >= 0xcc && first <= 0xcf ? (size_t)1 << (first - 0xcc) : 0;
    if ((size == 0 && first > 0x7f) || (size_t)(from->end - from->next) < size)
        return false;
    *number_out = size == 0 ? first : 0;
    for (size_t i = 0; i < size; i++)
        *number_out = *number_out << 8 | *from->next++;
    return true;
}

/* As today's workers pack them: numbers of eight bytes, so everything has its place. Bytes alone: no gaps. */
struct packed_figures {
    unsigned char head[9];
#define PACKED_FIGURE(name)                                                                                            \
    struct {                                                                                                           \
        unsigned char head;                                                                                            \
        char key[sizeof #name - 1];                                                                                    \
        unsigned char form, number[8];                                                                                 \
    } name;
    CORDON_FIGURE_TABLE(PACKED_FIGURE)
#undef PACKED_FIGURE
};

static uint64_t number_at(const unsigned char *bytes)
{
    return (uint64_t)bytes[0] << 56 | (uint64_t)bytes[1] << 48 | (uint64_t)bytes[2] << 40 | (uint64_t)bytes[3] << 32 | (uint64_t)bytes[4] << 24 | (uint64_t)bytes[5] << 16 |
           (uint64_t)bytes[6] << 8 | bytes[7]; /* written out, it becomes one instruction */
}

static bool take_packed_figures(const cursor *from, cordon_figures *figures)
{
    struct packed_figures packed;
    if ((size_t)(from->end - from->next) != sizeof packed)
        return false;
    memcpy(&packed, from->next, sizeof packed);
    static const unsigned char head[] = {0xa7, 'f', 'i', 'g', 'u', 'r', 'e', 's', 0x80 | CORDON_FIGURE_COUNT};
    bool are_there = memcmp(packed.head, head, sizeof head) == 0;
#define CHECK_FIGURE(name)                                                                                             \
    are_there = are_there && packed.name.head == (0xa0 | (sizeof #name - 1)) &&                                        \
                memcmp(packed.name.key, #name, sizeof #name - 1) == 0 && packed.name.form == 0xcf;
    CORDON_FIGURE_TABLE(CHECK_FIGURE)
#undef CHECK_FIGURE
    if (!are_there)
        return false;
#define READ_PACKED(name) figures->name = number_at(packed.name.number);
    CORDON_FIGURE_TABLE(READ_PACKED)
#undef READ_PACKED
    return true;
}

static bool take_usual_figures(cursor *from, cordon_figures *figures)
{
    static const unsigned char head[] = {0xa7, 'f', 'i', 'g', 'u', 'r', 'e', 's', 0x80 | CORDON_FIGURE_COUNT};
    bool are_there = take_exactly(from, head, sizeof head);
#define TAKE_USUAL_FIGURE(name)                                                                                        \
    {                                                                                                                  \
        static const unsigned char key[] = {0xa0 | (sizeof #name - 1)};                                                \
        are_there = are_there && sizeof #name - 1 < 32 && take_exactly(from, key, 1) &&                                \
                    take_exactly(from, #name, sizeof #name - 1) && take_unsigned(from, &figures->name);                \
    }
    CORDON_FIGURE_TABLE(TAKE_USUAL_FIGURE)
#undef TAKE_USUAL_FIGURE
    return are_there && from->next == from->end;
}

/* False: it is another one, or none, and nothing was taken. */
static bool take_usual(result *result, const unsigned char *payload, size_t size)
{
    static const unsigned char head[] = "\x83\xa6status\xa2ok\xa5value";
    cursor from = {.next = payload, .end = payload + size};
    cordon_figures figures = result->public.figures;
    size_t used;
    if (!take_exactly(&from, head, sizeof head - 1))
        return false;
    if (!value_decode_first(from.next, (size_t)(from.end - from.next), CORDON_VALUE_DEPTH_MAX, &result->root, &used))
        return false;
    from.next += used;
    if (!take_packed_figures(&from, &figures) && !take_usual_figures(&from, &figures)) {
        value_release(&result->root);
        return false;
    }
    result->public.outcome = CORDON_OUTCOME_OK;
    result->public.figures = figures;
    result->public.value = &result->root;
    return true;
}

const char *result_read(result *result, const unsigned char *payload, size_t size, int *limit_out, uint64_t *figure_out)
{
    cordon_error error;
    cordon_value *body;
    *limit_out = -1;
    *figure_out = 0;
    if (take_usual(result, payload, size))
        return NULL;
    /* A value lies one level below; an exception's frames lie deeper, but never as deep as a value may. */
    if (value_decode(payload, size, CORDON_VALUE_DEPTH_MAX + 1, &body, &error) != CORDON_OK)
        return "its payload is no value in MessagePack";
    return result_take_body(result, body, limit_out, figure_out);
}

void result_take_value(result *result, cordon_value *value)
{
    result->body = value;
    result->public.outcome = CORDON_OUTCOME_OK;
    result->public.value = value;
}

const char *result_take_body(result *result, cordon_value *body, int *limit_out, uint64_t *figure_out)
{
    *limit_out = -1;
    result->body = body;
    const char *complaint = check_keys(result->body);
    if (complaint == NULL)
        complaint = read_end(result, result->body, limit_out);
    if (complaint == NULL)
        read_figures(&result->public.figures, cordon_value_get(result->body, "figures"));
    *figure_out = result->public.figures.memory_peak_bytes; /* memory is the one limit that an exception stands for */
    (void)cordon_value_get_unsigned(cordon_value_get(cordon_value_get(result->body, "exception"), "limit_figure"),
                                    figure_out);
    return complaint;
}

/* ---- To the caller ---- */

static void publish_text(cordon_collected *told, bytes *text)
{
    told->size = text->size;
    told->is_cut |= text->failed;
    told->data = "";
    if (text->size == 0)
        return;
    bytes_add(text, "", 1);
    told->data = text->data != NULL && text->size > told->size ? (const char *)text->data : "";
    if (told->data != (const char *)text->data)
        told->size = 0;
}

cordon_result *result_publish(result *result)
{
    publish_text(&result->public.standard_output, &result->text[0]);
    publish_text(&result->public.standard_error, &result->text[1]);
    return &result->public;
}

void cordon_result_destroy(cordon_result *public)
{
    result *whole = (result *)public;
    if (whole == NULL)
        return;
    exception_destroy(public->exception);
    cordon_value_destroy(whole->body);
    value_release(&whole->root);
    suspension_release(whole->suspension);
    free(whole->where);
    bytes_release(&whole->text[0]);
    bytes_release(&whole->text[1]);
    free(whole);
}

/* ---- As a report ---- */

static void json_key(bytes *to, const char *key)
{
    bytes_add(to, to->size > 1 && to->data[to->size - 1] != '{' ? "," : "",
              to->size > 1 && to->data[to->size - 1] != '{');
    json_text(to, key, strlen(key));
    bytes_add(to, ":", 1);
}

static void json_member(bytes *to, const char *key, const char *text)
{
    json_key(to, key);
    if (text == NULL)
        bytes_add(to, "null", 4);
    else
        json_text(to, text, strlen(text));
}

static void json_figure(bytes *to, const char *key, uint64_t number)
{
    json_key(to, key);
    json_number(to, number);
}

static void json_limit(bytes *to, const cordon_result *result)
{
    json_key(to, "limit");
    if (result->limit_name == NULL) {
        bytes_add(to, "null", 4);
        return;
    }
    bytes_add(to, "{", 1);
    json_member(to, "name", result->limit_name);
    json_member(to, "unit", result->limit_unit);
    json_figure(to, "figure", result->limit_figure);
    json_figure(to, "limit", result->limit_value);
    json_member(to, "where", result->limit_where);
    bytes_add(to, "}", 1);
}

static void json_exception(bytes *to, const cordon_exception *exception)
{
    json_key(to, "exception");
    if (exception == NULL) {
        bytes_add(to, "null", 4);
        return;
    }
    bytes_add(to, "{", 1);
    json_member(to, "type", exception->type);
    json_member(to, "module", exception->module);
    json_member(to, "message", exception->message);
    json_member(to, "traceback", exception->traceback);
    bytes_add(to, "}", 1);
}

static void json_figures(bytes *to, const cordon_figures *figures)
{
    json_key(to, "figures");
    bytes_add(to, "{", 1);
    json_figure(to, "wall_ns", figures->wall_ns);
    json_figure(to, "cpu_ns", figures->cpu_ns);
    json_figure(to, "start_ns", figures->start_ns);
    json_figure(to, "output_bytes", figures->output_bytes);
    json_figure(to, "calls", figures->calls);
    json_figure(to, "effects", figures->effects);
    json_figure(to, "brokered_bytes", figures->brokered_bytes);
    json_figure(to, "resident_bytes_peak", figures->resident_bytes_peak);
    json_figure(to, "fuel", figures->fuel);
    json_figure(to, "memory_bytes", figures->memory_bytes);
    json_figure(to, "memory_peak_bytes", figures->memory_peak_bytes);
    json_figure(to, "fs_bytes", figures->fs_bytes);
    json_figure(to, "fs_files", figures->fs_files);
    json_figure(to, "trace_events", figures->trace_events);
    bytes_add(to, "}", 1);
}

static void json_effect(bytes *to, const cordon_effect *effect)
{
    bytes_add(to, "{", 1);
    json_figure(to, "id", effect->id);
    json_member(to, "name", effect->name);
    json_key(to, "positional");
    json_value(to, effect->positional);
    json_key(to, "named");
    json_value(to, effect->named);
    bytes_add(to, "}", 1);
}

static void json_suspension(bytes *to, const cordon_suspension *suspension)
{
    json_key(to, "suspension");
    if (suspension == NULL) {
        bytes_add(to, "null", 4);
        return;
    }
    bytes_add(to, "{", 1);
    json_key(to, "wake_ns");
    if (suspension->wake_ns == UINT64_MAX)
        bytes_add(to, "null", 4);
    else
        json_number(to, suspension->wake_ns);
    json_key(to, "effects");
    bytes_add(to, "[", 1);
    for (size_t i = 0; i < suspension->effect_count; i++) {
        bytes_add(to, ",", i > 0);
        json_effect(to, &suspension->effects[i]);
    }
    bytes_add(to, "]}", 2);
}

cordon_status cordon_result_to_json(const cordon_result *result, char **text_out, size_t *size_out, cordon_error *error)
{
    bytes text = {0};
    *text_out = NULL;
    bytes_add(&text, "{", 1);
    json_member(&text, "outcome", cordon_outcome_name(result->outcome));
    json_member(&text, "message", result->message);
    json_key(&text, "exit_code");
    if (result->has_exit_code) {
        cordon_value code = {.kind = CORDON_VALUE_INT, .as.number = result->exit_code};
        json_value(&text, &code);
    } else {
        bytes_add(&text, "null", 4);
    }
    json_figure(&text, "signal", (uint64_t)result->signal);
    json_limit(&text, result);
    json_exception(&text, result->exception);
    json_key(&text, "value");
    json_value(&text, result->value);
    json_suspension(&text, result->suspension);
    json_member(&text, "journal_divergence", result->journal_divergence);
    json_figures(&text, &result->figures);
    bytes_add(&text, "}", 1);
    return text_from_bytes(&text, text_out, size_out, "result_to_json", error);
}
