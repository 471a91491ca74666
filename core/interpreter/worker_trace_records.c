/* Hides how events become the records of TRACE frames, in a buffer that is always there. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pystate.h"

#include "worker_trace_records.h"

#include "worker_frame.h"

#include "cordon/trace.h"

#include <string.h>

/* Small enough that the host reads one part while the next is written. */
#define BUFFER_BYTES (16u * 1024u)
enum { RECORD_BYTES = 8, NAMED_BYTES = 16, NUMBER_SHIFT = 8, SIZE_OF_HEAD = 8 };

_Static_assert(BUFFER_BYTES <= (unsigned)CORDON_TRACE_LENGTH_MAX, "a frame may be that long");
_Static_assert(BUFFER_BYTES > SIZE_OF_HEAD + CORDON_TRACE_FILE_MAX + CORDON_TRACE_FUNCTION_MAX, "a definition fits");

static unsigned char buffer[CORDON_FRAME_HEADER_SIZE + BUFFER_BYTES]; /* the header's room, then records */
static size_t used;

static struct worker_traced *owners[CORDON_TRACE_CODES]; /* of the numbers; the first is nobody's */
static uint32_t last_number;
static struct name {
    bool is_defined;
    unsigned char size;
    char text[CORDON_TRACE_NAME_MAX];
} names[CORDON_TRACE_NAMES];
static uint64_t thread;

/* Sending looks here again, and finds nothing. */
static void send_records(void)
{
    size_t size = used;

    used = 0;
    if (size > 0)
        worker_frame_send_in_place(CORDON_FRAME_TRACE, 0, buffer, size);
}

void worker_trace_records_renumber(void)
{
    used = 0;
    last_number = 0;
    thread = 1;
    memset(owners, 0, sizeof owners);
    for (unsigned i = 0; i < CORDON_TRACE_NAMES; i++)
        names[i].is_defined = false;
}

void worker_trace_records_begin(void)
{
    worker_trace_records_renumber();
    worker_frame_set_before(send_records);
}

void worker_trace_records_end(void)
{
    send_records();
    worker_frame_set_before(NULL);
}

void worker_trace_records_forget(struct worker_traced *traced)
{
    if (owners[traced->number] == traced)
        owners[traced->number] = NULL;
}

/* Room for `size_bytes` in one frame. */
static unsigned char *take_room(size_t size_bytes)
{
    unsigned char *place;

    if (used + size_bytes > BUFFER_BYTES)
        send_records();
    place = buffer + CORDON_FRAME_HEADER_SIZE + used;
    used += size_bytes;
    return place;
}

static void put_head(unsigned char *place, unsigned kind, uint32_t number, uint32_t second)
{
    uint64_t head = kind | (uint64_t)number << NUMBER_SHIFT | (uint64_t)second << 32;

    memcpy(place, &head, sizeof head); /* this processor's order is the protocol's */
}

/* --- texts --- */

static size_t put_character(unsigned char *place, Py_UCS4 character)
{
    if (character == 0 || Py_UNICODE_IS_SURROGATE(character))
        character = '?';
    if (character < 0x80) {
        place[0] = (unsigned char)character;
        return 1;
    }
    if (character < 0x800) {
        place[0] = (unsigned char)(0xc0 | character >> 6);
        place[1] = (unsigned char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        place[0] = (unsigned char)(0xe0 | character >> 12);
        place[1] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
        place[2] = (unsigned char)(0x80 | (character & 0x3f));
        return 3;
    }
    place[0] = (unsigned char)(0xf0 | character >> 18);
    place[1] = (unsigned char)(0x80 | (character >> 12 & 0x3f));
    place[2] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
    place[3] = (unsigned char)(0x80 | (character & 0x3f));
    return 4;
}

/* As UTF-8, cut at `most` bytes; CPython's own way would allocate. */
static size_t put_text(unsigned char *place, PyObject *text, size_t most)
{
    size_t size = 0;

    if (!text || !PyUnicode_Check(text))
        return 0;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text) && size + 4 <= most; i++)
        size += put_character(place + size, PyUnicode_READ_CHAR(text, i));
    return size;
}

/* Of a text that is UTF-8: as many bytes as there is room for, and no half character. */
static size_t cut(const char *text, size_t most)
{
    size_t size = strlen(text);

    if (size <= most)
        return size;
    for (size = most; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80; size--) {}
    return size;
}

/* --- numbers --- */

static void define_code(struct worker_traced *traced, PyCodeObject *code)
{
    unsigned char *place = take_room(SIZE_OF_HEAD + CORDON_TRACE_FILE_MAX + CORDON_TRACE_FUNCTION_MAX);
    size_t file, function;

    last_number = last_number % (CORDON_TRACE_CODES - 1) + 1;
    traced->number = last_number;
    owners[last_number] = traced;
    file = put_text(place + SIZE_OF_HEAD, code->co_filename, CORDON_TRACE_FILE_MAX);
    function = put_text(place + SIZE_OF_HEAD + file, code->co_qualname, CORDON_TRACE_FUNCTION_MAX);
    put_head(place, CORDON_TRACE_RECORD_CODE, last_number, (uint32_t)(file | function << 16));
    used -= CORDON_TRACE_FILE_MAX - file + CORDON_TRACE_FUNCTION_MAX - function;
}

static uint32_t number_of(struct worker_traced *traced, PyCodeObject *code)
{
    if (!traced)
        return 0;
    if (owners[traced->number] != traced || traced->number == 0)
        define_code(traced, code);
    return traced->number;
}

static uint32_t hash(const char *text, size_t size)
{
    uint32_t value = 2166136261u;

    for (size_t i = 0; i < size; i++)
        value = (value ^ (unsigned char)text[i]) * 16777619u;
    return value;
}

/* Each name has one place; another one that belongs there takes it over. */
static uint32_t number_of_name(const char *text)
{
    size_t size = cut(text, CORDON_TRACE_NAME_MAX);
    uint32_t number = hash(text, size) % CORDON_TRACE_NAMES;
    struct name *name = &names[number];
    unsigned char *place;

    if (name->is_defined && name->size == size && memcmp(name->text, text, size) == 0)
        return number;
    name->is_defined = true;
    name->size = (unsigned char)size;
    memcpy(name->text, text, size);
    place = take_room(SIZE_OF_HEAD + size);
    put_head(place, CORDON_TRACE_RECORD_NAME, number, (uint32_t)size);
    memcpy(place + SIZE_OF_HEAD, text, size);
    return number;
}

static void follow_thread(void)
{
    uint64_t now = _PyThreadState_GET()->id;

    if (now == thread)
        return;
    thread = now;
    put_head(take_room(RECORD_BYTES), CORDON_TRACE_RECORD_THREAD, 0, (uint32_t)now);
}

/* --- events --- */

void worker_trace_record(unsigned bit, struct worker_traced *traced, PyCodeObject *code, int line)
{
    uint32_t number = number_of(traced, code);

    follow_thread();
    put_head(take_room(RECORD_BYTES), bit, number, line > 0 ? (uint32_t)line : 0);
}

void worker_trace_record_named(unsigned bit, struct worker_traced *traced, PyCodeObject *code, int line,
                               const char *name, uint32_t call)
{
    uint32_t number = number_of(traced, code), name_number = number_of_name(name);
    unsigned char *place;

    follow_thread();
    place = take_room(NAMED_BYTES);
    put_head(place, bit, number, line > 0 ? (uint32_t)line : 0);
    put_head(place + RECORD_BYTES, 0, 0, call);
    worker_u32_put(place + RECORD_BYTES, name_number);
}
