/* Hides how a tree of values grows from the outside in. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

enum { NODE_BYTES = CORDON_VALUE_BYTES_MAX / VALUE_NODES_MAX, FIRST_CAPACITY = 8 };

struct sink_level {
    cordon_value container;
    bool is_other; /* its members are a type and a repr */
};

void sink_begin(struct session_sink *sink)
{
    *sink = (struct session_sink){.failure = SESSION_SINK_FITS};
}

static void drop(struct session_sink *sink)
{
    while (sink->depth > 0)
        value_release(&sink->levels[--sink->depth].container);
    value_release(&sink->root);
}

void sink_release(struct session_sink *sink)
{
    drop(sink);
    free(sink->levels);
    sink_begin(sink);
}

cordon_value sink_take(struct session_sink *sink)
{
    cordon_value taken = {.kind = CORDON_VALUE_NONE};
    if (sink->failure == SESSION_SINK_FITS && sink->depth == 0) {
        taken = sink->root;
        sink->root = (cordon_value){.kind = CORDON_VALUE_NONE};
    }
    sink_release(sink);
    return taken;
}

enum session_sink_failure session_sink_failure(const struct session_sink *sink)
{
    return sink->failure;
}

void session_sink_fail(struct session_sink *sink, enum session_sink_failure failure)
{
    sink->failure = failure;
}

size_t session_sink_size(const struct session_sink *sink)
{
    return sink->size;
}

/* Whether something of that size is still taken; each value has a cost of its own, so that their number is bounded, too. */
static bool makes_room(struct session_sink *sink, size_t size)
{
    if (sink->failure != SESSION_SINK_FITS)
        return false;
    if (size > CORDON_VALUE_BYTES_MAX || sink->size + size + NODE_BYTES > CORDON_VALUE_BYTES_MAX) {
        sink->failure = SESSION_SINK_TOO_LONG;
        return false;
    }
    sink->size += size + NODE_BYTES;
    return true;
}

/* Adopts what `item` owns. */
static void put(struct session_sink *sink, cordon_value *item)
{
    if (sink->depth == 0)
        sink->root = *item;
    else if (!value_adopt(&sink->levels[sink->depth - 1].container, item))
        sink->failure = SESSION_SINK_NO_MEMORY;
}

static void put_plain(struct session_sink *sink, cordon_value item)
{
    if (makes_room(sink, 0))
        put(sink, &item);
}

/* After a value_set_ function that says whether it could. */
static void put_made(struct session_sink *sink, bool is_made, cordon_value *item)
{
    if (is_made)
        put(sink, item);
    else
        sink->failure = SESSION_SINK_NO_MEMORY;
}

void session_sink_none(struct session_sink *sink)
{
    put_plain(sink, (cordon_value){.kind = CORDON_VALUE_NONE});
}

void session_sink_bool(struct session_sink *sink, bool is_true)
{
    put_plain(sink, (cordon_value){.kind = CORDON_VALUE_BOOL, .as.is_true = is_true});
}

void session_sink_int(struct session_sink *sink, long long number)
{
    put_plain(sink, (cordon_value){.kind = CORDON_VALUE_INT, .as.number = number});
}

void session_sink_unsigned(struct session_sink *sink, unsigned long long number)
{
    put_plain(sink, (cordon_value){.kind = CORDON_VALUE_INT, .is_unsigned = number > INT64_MAX, .as.number = (int64_t)number});
}

void session_sink_float(struct session_sink *sink, double number)
{
    put_plain(sink, (cordon_value){.kind = CORDON_VALUE_FLOAT, .as.real = {number}});
}

void session_sink_complex(struct session_sink *sink, double real, double imaginary)
{
    put_plain(sink, (cordon_value){.kind = CORDON_VALUE_COMPLEX, .as.real = {real, imaginary}});
}

void session_sink_big_int(struct session_sink *sink, const unsigned char *bytes, size_t size)
{
    cordon_value item;
    if (makes_room(sink, size))
        put_made(sink, value_set_big_int(&item, bytes, size), &item);
}

static void put_text(struct session_sink *sink, cordon_value_kind kind, const char *text, size_t size)
{
    cordon_value item;
    if (makes_room(sink, size))
        put_made(sink, value_set_text(&item, kind, text, size), &item);
}

void session_sink_text(struct session_sink *sink, const char *text, size_t size)
{
    put_text(sink, CORDON_VALUE_TEXT, text, size);
}

void session_sink_surrogates(struct session_sink *sink, const char *text, size_t size)
{
    put_text(sink, CORDON_VALUE_TEXT, text, size);
}

void session_sink_bytes(struct session_sink *sink, const char *bytes, size_t size)
{
    put_text(sink, CORDON_VALUE_BYTES, bytes, size);
}

void sink_word(struct session_sink *sink, const char *word)
{
    session_sink_text(sink, word, strlen(word));
}

/* ---- Dates ---- */

static cordon_moment moment_of(enum session_moment kind, const int *n, const int *offset)
{
    cordon_moment moment = {.has_offset = offset != NULL, .offset_seconds = offset != NULL ? *offset : 0};
    if (kind != SESSION_TIME) {
        moment.year = n[0];
        moment.month = n[1];
        moment.day = n[2];
        n += 3;
    }
    if (kind != SESSION_DATE) {
        moment.hour = n[0];
        moment.minute = n[1];
        moment.second = n[2];
        moment.microsecond = n[3];
        moment.fold = n[4];
    }
    return moment;
}

void session_sink_moment(struct session_sink *sink, enum session_moment kind, const int *numbers, const int *offset)
{
    static const cordon_value_kind kinds[] = {
        [SESSION_DATETIME] = CORDON_VALUE_DATETIME, [SESSION_DATE] = CORDON_VALUE_DATE, [SESSION_TIME] = CORDON_VALUE_TIME};
    cordon_value item;
    if (!makes_room(sink, sizeof(cordon_moment)))
        return;
    if (kind == SESSION_DURATION) {
        const cordon_duration duration = {.days = numbers[0], .seconds = numbers[1], .microseconds = numbers[2]};
        put_made(sink, value_set_duration(&item, &duration), &item);
    } else {
        const cordon_moment moment = moment_of(kind, numbers, offset);
        put_made(sink, value_set_moment(&item, kinds[kind], &moment), &item);
    }
}

/* ---- Containers ---- */

static bool make_level(struct session_sink *sink)
{
    if (sink->depth < sink->capacity)
        return true;
    unsigned capacity = sink->capacity == 0 ? FIRST_CAPACITY : 2 * sink->capacity;
    sink_level *levels = realloc(sink->levels, capacity * sizeof *levels);
    if (levels == NULL) {
        sink->failure = SESSION_SINK_NO_MEMORY;
        return false;
    }
    sink->levels = levels;
    sink->capacity = capacity;
    return true;
}

size_t session_sink_begin(struct session_sink *sink, enum session_container kind, size_t count)
{
    static const cordon_value_kind kinds[] = {
        [SESSION_LIST] = CORDON_VALUE_LIST, [SESSION_TUPLE] = CORDON_VALUE_TUPLE, [SESSION_SET] = CORDON_VALUE_SET,
        [SESSION_FROZEN_SET] = CORDON_VALUE_FROZEN_SET, [SESSION_DICT] = CORDON_VALUE_DICT, [SESSION_OTHER] = CORDON_VALUE_LIST};
    (void)count;
    if (makes_room(sink, 0) && make_level(sink))
        sink->levels[sink->depth++] = (sink_level){.container = {.kind = (uint8_t)kinds[kind], .depth = 1}, .is_other = kind == SESSION_OTHER};
    return 0;
}

static bool make_other(cordon_value *value_out, const cordon_value *texts)
{
    size_t type_size = 0, repr_size = 0;
    const char *type = cordon_value_get_text(cordon_value_at(texts, 0), &type_size);
    const char *repr = cordon_value_get_text(cordon_value_at(texts, 1), &repr_size);
    return value_set_other(value_out, type != NULL ? type : "", type_size, repr != NULL ? repr : "", repr_size);
}

void session_sink_end(struct session_sink *sink, size_t mark)
{
    (void)mark;
    if (sink->failure != SESSION_SINK_FITS)
        return;
    sink_level closed = sink->levels[--sink->depth];
    if (closed.is_other) {
        cordon_value other;
        bool is_made = make_other(&other, &closed.container);
        value_release(&closed.container);
        put_made(sink, is_made, &other);
    } else {
        put(sink, &closed.container);
    }
}
