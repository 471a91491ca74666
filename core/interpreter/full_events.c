/* Hides from the interpreter that its audit events are listened to: a C hook, put in place before there is an interpreter. Hooks that Python code adds come
 * after it, so they can neither see, stop nor outlive it. */
#include "full_events.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <pycore_runtime.h>

#include "audit_events.h" /* generated: AUDIT_EVENT_TABLE */
#include "full_audit.h"
#include "full_audit_internal.h"
#include "full_audit_site.h"
#include "full_code_digest.h"
#include "full_import_ways.h"
#include "full_modules.h"

typedef enum treatment { AUDIT_EVENT_EACH, AUDIT_EVENT_ONCE, AUDIT_EVENT_COVERED, AUDIT_EVENT_IGNORE } treatment;
typedef enum kind { AUDIT_EVENT_TEXT, AUDIT_EVENT_NUMBER, AUDIT_EVENT_DIGEST, AUDIT_EVENT_CODE, AUDIT_EVENT_TYPE, AUDIT_EVENT_OMIT } kind;

enum { PARTS_MAX = 3, LINES_MAX = AUDIT_EVENT_ARGUMENTS_MAX * PARTS_MAX, TEXT_BYTES_MAX = 256 };

typedef struct argument {
    kind kind;
    const char *labels[1 + PARTS_MAX];
} argument;

static const struct event {
    const char *name;
    treatment treatment;
    int argument_count;
    argument arguments[AUDIT_EVENT_ARGUMENTS_MAX];
} events[] = {
#define EVENT_ROW(name, treatment, count, ...) { name, treatment, count, { __VA_ARGS__ } },
    AUDIT_EVENT_TABLE(EVENT_ROW)
#undef EVENT_ROW
};

/* ---- Lines ----------------------------------------------------------------------------------------------------------------------- */

/* What is told of one event. Texts live as long as this does. */
typedef struct line {
    full_audit_argument arguments[LINES_MAX];
    size_t count;
    char texts[LINES_MAX][TEXT_BYTES_MAX];
} line;

static void add_number(line *line, const char *label, int64_t number)
{
    line->arguments[line->count++] = (full_audit_argument){ .label = label, .kind = FULL_AUDIT_NUMBER, .number = number };
}

/* Cut where it is too long, but never within a character. */
static void add_bytes(line *line, const char *label, const char *bytes, size_t size)
{
    char *text = line->texts[line->count];
    if (size > TEXT_BYTES_MAX - 1) {
        size = TEXT_BYTES_MAX - 1;
        while (size > 0 && ((unsigned char)bytes[size] & 0xc0) == 0x80) size--;
    }
    memcpy(text, bytes, size);
    text[size] = '\0';
    line->arguments[line->count++] = (full_audit_argument){ .label = label, .kind = FULL_AUDIT_TEXT, .text = text };
}

static void add_type(line *line, const char *label, PyObject *object)
{
    const char *name = Py_TYPE(object)->tp_name;
    add_bytes(line, label, name, strlen(name));
}

static void add_text(line *line, const char *label, PyObject *text)
{
    PyObject *bytes = PyUnicode_Check(text) ? PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape") : PyBytes_Check(text) ? Py_NewRef(text) : NULL;
    if (bytes != NULL)
        add_bytes(line, label, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    else if (PyErr_Occurred())
        PyErr_Clear();
    else if (text == Py_None)
        add_bytes(line, label, "", 0);
    else
        add_type(line, label, text);
    Py_XDECREF(bytes);
}

static void add_integer(line *line, const char *label, PyObject *integer)
{
    int overflow;
    if (!PyLong_Check(integer)) {
        add_text(line, label, integer);
        return;
    }
    long long number = PyLong_AsLongLongAndOverflow(integer, &overflow);
    add_number(line, label, overflow > 0 ? LLONG_MAX : overflow < 0 ? LLONG_MIN : number);
}

static void add_digest(line *line, const argument *argument, const void *bytes, size_t size)
{
    char digits[FULL_DIGEST_DIGITS + 1];
    full_digest_bytes(bytes, size, digits);
    add_number(line, argument->labels[1], (int64_t)size);
    add_bytes(line, argument->labels[2], digits, strlen(digits));
}

static void add_digest_of(line *line, const argument *argument, PyObject *object)
{
    Py_buffer buffer;
    if (PyUnicode_Check(object)) {
        PyObject *bytes = PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass");
        if (bytes != NULL) add_digest(line, argument, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
        Py_XDECREF(bytes);
    } else if (PyObject_CheckBuffer(object) && PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) == 0) {
        add_digest(line, argument, buffer.buf, (size_t)buffer.len);
        PyBuffer_Release(&buffer);
    } else if (object != Py_None) {
        add_type(line, argument->labels[0], object);
    }
    PyErr_Clear();
}

static void add_code(line *line, const argument *argument, PyObject *object)
{
    char digits[FULL_DIGEST_DIGITS + 1];
    if (!PyCode_Check(object)) {
        add_type(line, argument->labels[0], object);
        return;
    }
    PyCodeObject *code = (PyCodeObject *)object;
    add_text(line, argument->labels[1], code->co_filename);
    add_text(line, argument->labels[2], code->co_qualname);
    if (full_digest_code(code, digits)) add_bytes(line, argument->labels[3], digits, FULL_DIGEST_DIGITS);
}

static void add(line *line, const argument *argument, PyObject *object)
{
    switch (argument->kind) {
    case AUDIT_EVENT_TEXT: add_text(line, argument->labels[0], object); break;
    case AUDIT_EVENT_NUMBER: add_integer(line, argument->labels[0], object); break;
    case AUDIT_EVENT_DIGEST: add_digest_of(line, argument, object); break;
    case AUDIT_EVENT_CODE: add_code(line, argument, object); break;
    case AUDIT_EVENT_TYPE: add_type(line, argument->labels[0], object); break;
    case AUDIT_EVENT_OMIT: break;
    }
}

/* ---- Once ------------------------------------------------------------------------------------------------------------------------ */

/* What this process has told: a mark for each, 0 where there is none. A full table makes lines that would not be needed; it never leaves one out. */
enum { MARKS = 1 << 16, TRIES = 16 };
static _Atomic uint64_t marks[MARKS];

/* What an event is known by. Compared byte by byte or by SHA-256, since texts that a program makes must not hide one another. */
typedef struct identity {
    const struct event *event;
    uint32_t site, generation; /* a child of a fork tells anew: it has a ring of its own */
    size_t size;
    char bytes[LINES_MAX * (TEXT_BYTES_MAX + sizeof(int64_t))]; /* of all arguments */
} identity;

static void identify(const struct event *event, const line *line, identity *identity)
{
    full_audit_be_joined(); /* before it is asked which process this is */
    identity->event = event;
    identity->site = full_audit_site();
    identity->generation = full_audit.generation;
    identity->size = 0;
    for (size_t i = 0; i < line->count; i++) {
        const full_audit_argument *argument = &line->arguments[i];
        size_t length = argument->text != NULL ? strlen(argument->text) + 1 : sizeof argument->number;
        memcpy(identity->bytes + identity->size, argument->text != NULL ? (const void *)argument->text : &argument->number, length);
        identity->size += length;
    }
}

static uint64_t mark_of(const identity *identity)
{
    struct {
        uint64_t event;
        uint32_t site, generation;
        char digits[FULL_DIGEST_DIGITS + 8]; /* so many that nothing pads them */
    } all = { .event = (uint64_t)(identity->event - events), .site = identity->site, .generation = identity->generation };
    char digits[FULL_DIGEST_DIGITS + 1];
    uint64_t mark = 0;
    full_digest_bytes(identity->bytes, identity->size, all.digits);
    full_digest_bytes(&all, sizeof all, digits);
    for (int i = 0; i < 16; i++) mark = mark << 4 | (uint64_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    return mark | 1;
}

static bool is_unmarked(uint64_t mark)
{
    for (int i = 0; i < TRIES; i++) {
        _Atomic uint64_t *place = &marks[((mark >> 16) + (uint64_t)i) & (MARKS - 1)];
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(place, &there, mark)) return true;
        if (there == mark) return false;
    }
    return true;
}

/* The last ones of this thread: what comes again and again, such as logging's look at frames, is known without a digest. */
enum { RECENT = 32 /* a power of two */, RECENT_BYTES_MAX = 200 };
static _Thread_local struct recent {
    const struct event *event;
    uint32_t site, generation;
    size_t size;
    char bytes[RECENT_BYTES_MAX];
} recents[RECENT];

static bool is_first(const struct event *event, const line *line)
{
    identity now;
    identify(event, line, &now);
    struct recent *recent = &recents[(now.site ^ (uint64_t)(event - events) * 7 ^ now.size) & (RECENT - 1)];
    bool is_recent = recent->event == event && recent->site == now.site && recent->generation == now.generation && recent->size == now.size &&
                     memcmp(recent->bytes, now.bytes, now.size) == 0;
    if (is_recent) return false;
    if (now.size <= RECENT_BYTES_MAX) {
        *recent = (struct recent){ .event = event, .site = now.site, .generation = now.generation, .size = now.size };
        memcpy(recent->bytes, now.bytes, now.size);
    }
    return is_unmarked(mark_of(&now));
}

/* ---- The hook -------------------------------------------------------------------------------------------------------------------- */

static int compare_event(const void *key, const void *element) { return strcmp(key, ((const struct event *)element)->name); }

/* CPython's own names are literals, so where a name lies mostly tells which it is. */
static const struct event *find_event(const char *name)
{
    enum { PLACES = 256 /* a power of two */ };
    static _Atomic(const struct event *) found[PLACES];
    _Atomic(const struct event *) *place = &found[((uintptr_t)name ^ (uintptr_t)name >> 8) & (PLACES - 1)];
    const struct event *event = atomic_load_explicit(place, memory_order_relaxed);
    if (event != NULL && strcmp(event->name, name) == 0) return event;
    event = bsearch(name, events, sizeof events / sizeof *events, sizeof *events, compare_event);
    if (event != NULL) atomic_store_explicit(place, event, memory_order_relaxed);
    return event;
}

static void tell(const struct event *event, PyObject *arguments)
{
    line line;
    line.count = 0;
    for (int i = 0; i < event->argument_count && i < PyTuple_GET_SIZE(arguments); i++) add(&line, &event->arguments[i], PyTuple_GET_ITEM(arguments, i));
    if (event->treatment == AUDIT_EVENT_ONCE && !is_first(event, &line)) return;
    full_audit_push_event(event->name, line.arguments, line.count);
}

/* An event of somebody else's making, by sys.audit(): told by its name and how many arguments it has. */
static void tell_foreign(const char *name, PyObject *arguments)
{
    static const struct event foreign = { .name = "sys.audit", .treatment = AUDIT_EVENT_ONCE };
    line line;
    line.count = 0;
    add_bytes(&line, "event", name, strlen(name));
    add_number(&line, "argument_count", (int64_t)PyTuple_GET_SIZE(arguments));
    if (is_first(&foreign, &line)) full_audit_push_event(foreign.name, line.arguments, line.count);
}

static int hook(const char *name, PyObject *arguments, void *context)
{
    (void)context;
    if (full_import_ways_event(name, arguments) < 0) return -1;
    if (!full_audit_is_on()) return 0;
    const struct event *event = find_event(name);
    if (event == NULL)
        tell_foreign(name, arguments);
    else if (event->treatment <= AUDIT_EVENT_ONCE && !full_import_ways_knows(name, arguments))
        tell(event, arguments);
    if (name[0] == 'c' && strcmp(name, "cpython._PySys_ClearAuditHooks") == 0) full_import_ways_end();
    return 0;
}

/* ---- Before there are arguments -------------------------------------------------------------------------------------------------- */

/* CPython asks it where there are C hooks only, and gathers no arguments for an event that it answers 0 for: stdlib_bindings/patches/full/2_audit_arguments.patch. */
extern int (*cordon_bind_event_is_heard)(PyThreadState *thread, const char *event);

/* By far the most frequent of the covered ones, known without a look at the table. */
static bool is_open(const char *name) { return name[0] == 'o' && name[1] == 'p' && name[2] == 'e' && name[3] == 'n' && name[4] == '\0'; }

/* Whether this file's hook does more for an event than to see that there is nothing to do. */
static bool is_of_interest(const char *name)
{
    if (is_open(name)) return false;
    if (full_import_ways_wants(name)) return true;
    if (!full_audit_is_on()) return false;
    const struct event *event = find_event(name);
    return event == NULL || event->treatment <= AUDIT_EVENT_ONCE;
}

/* Another C hook, of a program that Python is embedded in, hears everything. */
static bool is_alone(void)
{
    const _Py_AuditHookEntry *entry = _PyRuntime.audit_hooks.head;
    while (entry != NULL && (entry->hookCFunction == hook || full_audit_learn_is_hook(entry->hookCFunction))) entry = entry->next;
    return entry == NULL;
}

static int is_heard(PyThreadState *thread, const char *name)
{
    if (is_of_interest(name) || !is_alone()) return 1;
    if (full_audit_is_on()) full_audit_learn_here(thread);
    return 0;
}

bool full_events_listen(void)
{
    static bool is_listening;
    if (!is_listening && Py_IsInitialized()) full_import_ways_are_late();
    if (!is_listening) is_listening = PySys_AddAuditHook(hook, NULL) == 0;
    if (is_listening) cordon_bind_event_is_heard = is_heard;
    return is_listening;
}

bool full_events_start(const full_policy *policy)
{
    if (!full_audit_is_on() && !full_policy_is_in_force(policy)) return true;
    full_modules_start(policy);
    /* With a hook, CPython asks at every event whether somebody wants it. So not where nobody would. */
    return full_import_ways_guard() && ((!full_audit_is_on() && !full_policy_limits_import(policy)) || full_events_listen());
}
