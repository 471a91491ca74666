/* Hides MessagePack from what reads Python objects: each member becomes bytes as it is told. */
#include "worker_sink.h"

#include "worker_value_types.h"

#include <string.h>

/* No extension has that mark: its bytes lie behind the header's room. */
enum { NO_MARK = 0 };

static struct worker_pack *pack_of(struct session_sink *sink)
{
    return (struct worker_pack *)sink;
}

static msgpack_packer *packer_of(struct session_sink *sink)
{
    return &pack_of(sink)->packer;
}

enum session_sink_failure session_sink_failure(const struct session_sink *sink)
{
    switch (((const struct worker_pack *)sink)->failure) {
    case WORKER_PACK_FITS:
        return SESSION_SINK_FITS;
    case WORKER_PACK_NO_MEMORY:
        return SESSION_SINK_NO_MEMORY;
    default:
        return SESSION_SINK_TOO_LONG;
    }
}

void session_sink_fail(struct session_sink *sink, enum session_sink_failure failure)
{
    pack_of(sink)->failure = failure == SESSION_SINK_NO_MEMORY ? WORKER_PACK_NO_MEMORY : WORKER_PACK_TOO_LONG;
}

size_t session_sink_size(const struct session_sink *sink)
{
    return ((const struct worker_pack *)sink)->size;
}

void session_sink_none(struct session_sink *sink)
{
    msgpack_pack_nil(packer_of(sink));
}

void session_sink_bool(struct session_sink *sink, bool is_true)
{
    if (is_true)
        msgpack_pack_true(packer_of(sink));
    else
        msgpack_pack_false(packer_of(sink));
}

void session_sink_int(struct session_sink *sink, long long number)
{
    msgpack_pack_int64(packer_of(sink), number);
}

void session_sink_unsigned(struct session_sink *sink, unsigned long long number)
{
    msgpack_pack_uint64(packer_of(sink), number);
}

void session_sink_big_int(struct session_sink *sink, const unsigned char *bytes, size_t size)
{
    msgpack_pack_ext_with_body(packer_of(sink), bytes, size, WORKER_EXTENSION_INT);
}

void session_sink_float(struct session_sink *sink, double number)
{
    msgpack_pack_double(packer_of(sink), number);
}

void session_sink_complex(struct session_sink *sink, double real, double imaginary)
{
    size_t mark = worker_pack_extension_begin(pack_of(sink), WORKER_EXTENSION_COMPLEX);

    msgpack_pack_array(packer_of(sink), 2);
    msgpack_pack_double(packer_of(sink), real);
    msgpack_pack_double(packer_of(sink), imaginary);
    worker_pack_extension_end(pack_of(sink), mark);
}

void session_sink_text(struct session_sink *sink, const char *text, size_t size)
{
    msgpack_pack_str_with_body(packer_of(sink), text, size);
}

void session_sink_surrogates(struct session_sink *sink, const char *text, size_t size)
{
    msgpack_pack_ext_with_body(packer_of(sink), text, size, WORKER_EXTENSION_STR);
}

void session_sink_bytes(struct session_sink *sink, const char *bytes, size_t size)
{
    msgpack_pack_bin_with_body(packer_of(sink), bytes, size);
}

static const struct moment_form {
    int8_t type;
    unsigned numbers;
    bool has_offset;
} moment_forms[] = {
    [SESSION_DATETIME] = {WORKER_EXTENSION_DATETIME, 8, true},
    [SESSION_DATE] = {WORKER_EXTENSION_DATE, 3, false},
    [SESSION_TIME] = {WORKER_EXTENSION_TIME, 5, true},
    [SESSION_DURATION] = {WORKER_EXTENSION_TIMEDELTA, 3, false},
};

void session_sink_moment(struct session_sink *sink, enum session_moment kind, const int *numbers, const int *offset)
{
    const struct moment_form *form = &moment_forms[kind];
    size_t mark = worker_pack_extension_begin(pack_of(sink), form->type);

    msgpack_pack_array(packer_of(sink), form->numbers + form->has_offset);
    for (unsigned i = 0; i < form->numbers; i++)
        msgpack_pack_int(packer_of(sink), numbers[i]);
    if (form->has_offset && offset)
        msgpack_pack_int(packer_of(sink), *offset);
    else if (form->has_offset)
        msgpack_pack_nil(packer_of(sink));
    worker_pack_extension_end(pack_of(sink), mark);
}

size_t session_sink_begin(struct session_sink *sink, enum session_container kind, size_t count)
{
    static const int8_t types[] = {
        [SESSION_TUPLE] = WORKER_EXTENSION_TUPLE,
        [SESSION_SET] = WORKER_EXTENSION_SET,
        [SESSION_FROZEN_SET] = WORKER_EXTENSION_FROZENSET,
        [SESSION_OTHER] = WORKER_EXTENSION_OTHER,
    };
    size_t mark = NO_MARK;

    if (kind == SESSION_DICT) {
        msgpack_pack_map(packer_of(sink), count / 2);
        return NO_MARK;
    }
    if (kind != SESSION_LIST)
        mark = worker_pack_extension_begin(pack_of(sink), types[kind]);
    msgpack_pack_array(packer_of(sink), count);
    return mark;
}

void session_sink_end(struct session_sink *sink, size_t mark)
{
    if (mark != NO_MARK)
        worker_pack_extension_end(pack_of(sink), mark);
}
