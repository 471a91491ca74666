/* Hides how one finds out, at any moment and without the GIL, which Python code a thread is in: by reading its own chain of frames. While a thread is in a
 * host function its own frames do not change, they hold their code objects, and of those only what never changes is read. */
#include <Python.h>

#include "full_audit_here.h"
#include "full_audit_internal.h"
#include "full_audit_site.h"

extern wchar_t *_Py_GetStdlibDir(void);
extern int _PyCode_InitAddressRange(PyCodeObject *code, PyCodeAddressRange *bounds);

enum { PLACES = 1 << 17, TRIES = 64, TURNS = 1 << 19, FRAMES_MAX = 2000, VERDICTS = 4096 /* powers of two */, TEXT_BYTES_MAX = 4096 };

/* A site's number is its place, as with texts (full_audit_text.c). Its key stands for code objects and places in them. */
static _Atomic uint64_t keys[PLACES];
static _Atomic uint32_t generations[PLACES];
static _Atomic uint32_t turn;

/* Whether code is the standard library's: its key, with the answer as the last bit. */
static _Atomic uint64_t verdicts[VERDICTS];

/* ---- Code ------------------------------------------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

/* Another object at the same address has another version, or at least begins elsewhere. */
uint64_t full_audit_code_key(const PyCodeObject *code)
{
    return mix((uintptr_t)code, (uint64_t)code->co_version << 32 | (uint32_t)code->co_firstlineno);
}

static bool begins_with(PyObject *text, const wchar_t *start, Py_ssize_t length)
{
    if (PyUnicode_GET_LENGTH(text) <= length) return false;
    for (Py_ssize_t i = 0; i < length; i++)
        if (PyUnicode_READ_CHAR(text, i) != (Py_UCS4)start[i]) return false;
    return true;
}

static bool has_at(PyObject *text, Py_ssize_t position, const char *what)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    for (; *what != '\0'; what++, position++)
        if (position >= length || PyUnicode_READ_CHAR(text, position) != (Py_UCS4)*what) return false;
    return true;
}

/* What was installed lies in a folder within the library's, and is not of it. */
static bool judge_library(const PyCodeObject *code)
{
    PyObject *file = code->co_filename;
    const wchar_t *folder = _Py_GetStdlibDir();
    if (has_at(file, 0, "<frozen ")) return true;
    Py_ssize_t length = folder == NULL ? 0 : (Py_ssize_t)wcslen(folder);
    if (length == 0 || !begins_with(file, folder, length)) return false;
    return has_at(file, length, "/") && !has_at(file, length, "/site-packages/") && !has_at(file, length, "/dist-packages/");
}

static bool is_library(const PyCodeObject *code, uint64_t key)
{
    _Atomic uint64_t *verdict = &verdicts[key >> 20 & (VERDICTS - 1)];
    uint64_t known = atomic_load_explicit(verdict, memory_order_relaxed);
    if (__builtin_expect((known | 1) == (key | 1) && known != 0, 1)) return known & 1;
    bool result = judge_library(code);
    if (_Py_GetStdlibDir() != NULL) atomic_store_explicit(verdict, (key & ~UINT64_C(1)) | result, memory_order_relaxed);
    return result;
}

bool full_audit_is_library(const PyCodeObject *code) { return is_library(code, full_audit_code_key(code)); }

static int line_of(PyCodeObject *code, int offset)
{
    PyCodeAddressRange bounds;
    _PyCode_InitAddressRange(code, &bounds);
    return _PyCode_CheckLineNumber(offset * (int)sizeof(_Py_CODEUNIT), &bounds);
}

/* ---- Texts ----------------------------------------------------------------------------------------------------------------------------- */

/* The bytes that Python decoded the text from, with a NUL; how many. `out` has room for full_audit_unicode_max(text). */
static uint64_t shown_characters(PyObject *text)
{
    Py_ssize_t length = text == NULL ? 0 : PyUnicode_GET_LENGTH(text);
    return length > TEXT_BYTES_MAX ? TEXT_BYTES_MAX : (uint64_t)length;
}

uint64_t full_audit_unicode_max(PyObject *text) { return shown_characters(text) * (text == NULL || PyUnicode_IS_ASCII(text) ? 1 : 4) + 1; }

static char *put_character(char *out, Py_UCS4 character)
{
    if (character < 0x80) {
        *out++ = (char)character;
    } else if (character >= 0xdc80 && character <= 0xdcff) {
        *out++ = (char)(character & 0xff);
    } else {
        int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
        static const unsigned char firsts[] = {0, 0xc0, 0xe0, 0xf0};
        *out++ = (char)(firsts[more] | character >> 6 * more);
        while (more-- > 0) *out++ = (char)(0x80 | (character >> 6 * more & 0x3f));
    }
    return out;
}

uint64_t full_audit_unicode(char *out, PyObject *text)
{
    char *end = out;
    uint64_t length = shown_characters(text);
    for (uint64_t i = 0; i < length; i++) {
        Py_UCS4 character = PyUnicode_READ_CHAR(text, (Py_ssize_t)i);
        if (character != 0) end = put_character(end, character);
    }
    *end++ = '\0';
    return (uint64_t)(end - out);
}

/* ---- Sites ----------------------------------------------------------------------------------------------------------------------------- */

/* A place in a frame. */
typedef struct spot {
    PyCodeObject *code;
    int offset; /* in code units */
} spot;

static const char library_distribution[] = "python " PY_VERSION;

static char *put(char *out, const char *bytes, uint64_t size)
{
    memcpy(out, bytes, size);
    return out + size;
}

static void define(uint32_t id, const spot *where, uint32_t caller)
{
    static const full_audit_file nothing = {"", "", 0};
    PyObject *file = where->code->co_filename, *function = where->code->co_qualname;
    const full_audit_file *known = full_audit_find_file(file);
    const char *distribution = full_audit_is_library(where->code) ? library_distribution : "";
    if (known == NULL) known = &nothing;
    uint64_t position, module_size = strlen(known->module) + 1, distribution_size = strlen(distribution) + 1;
    uint64_t size = sizeof(audit_entry_site) + full_audit_unicode_max(file) + full_audit_unicode_max(function) + module_size + distribution_size + known->imports_size;
    audit_entry_site *entry = full_audit_reserve(size, 0, &position);
    int line = line_of(where->code, where->offset);
    entry->id = id;
    entry->line = line > 0 ? (uint32_t)line : 0;
    entry->caller = caller;
    char *next = (char *)(entry + 1);
    next += full_audit_unicode(next, file);
    next += full_audit_unicode(next, function);
    next = put(next, known->module, module_size);
    next = put(next, distribution, distribution_size);
    next = put(next, known->imports, known->imports_size);
    full_audit_commit(entry, position, AUDIT_ENTRY_SITE, size, (uint64_t)(next - (char *)entry));
}

static uint32_t find(uint64_t key, const spot *where, uint32_t (*caller)(const void *context), const void *context)
{
    key |= 1;
    for (uint32_t i = 0; i < TRIES; i++) {
        uint32_t index = ((uint32_t)(key >> 32) + i) & (PLACES - 1);
        uint64_t there = atomic_load_explicit(&keys[index], memory_order_relaxed);
        if (there == 0 && !atomic_compare_exchange_strong(&keys[index], &there, key) && there != key) continue;
        if (there != 0 && there != key) continue;
        if (__builtin_expect(atomic_load_explicit(&generations[index], memory_order_acquire) != full_audit.generation, 0)) {
            define(index + 1, where, caller(context));
            atomic_store_explicit(&generations[index], full_audit.generation, memory_order_release);
        }
        return index + 1;
    }
    uint32_t id = PLACES + 1 + atomic_fetch_add(&turn, 1) % TURNS;
    define(id, where, caller(context));
    return id;
}

/* Keeps what was found, but no number that takes turns: it may have become another place's. */
static uint32_t remember(volatile full_audit_known_site *place, uint64_t key, uint32_t site)
{
    if (site > PLACES) return site;
    uint64_t what = (uint64_t)full_audit.generation << 32 | site;
    place->what = what;
    place->key = key ^ what;
    return site;
}

/* What this thread looked up lately is at hand; the tables above are larger than what a processor keeps near. */
static uint32_t find_again(uint64_t key, const spot *where, uint32_t (*caller)(const void *context), const void *context)
{
    enum { LATELY = 128 /* a power of two */ };
    static _Thread_local volatile full_audit_known_site lately[LATELY];
    volatile full_audit_known_site *place = &lately[key >> 40 & (LATELY - 1)];
    uint32_t site = full_audit_known(place, key);
    return site != 0 ? site : remember(place, key, find(key, where, caller, context));
}

static uint32_t no_caller(const void *context)
{
    (void)context;
    return 0;
}

/* The key of a caller as a site of its own. */
static uint64_t spot_key(const spot *where) { return mix(full_audit_code_key(where->code), (uint64_t)where->offset); }

static uint32_t caller_site(const void *context)
{
    const spot *where = context;
    return where->code == NULL ? 0 : find(spot_key(where), where, no_caller, NULL);
}

_Thread_local volatile full_audit_known_site full_audit_memory[FULL_AUDIT_REMEMBERED];

uint32_t full_audit_find_site(_PyInterpreterFrame *frame)
{
    spot where = {_PyFrame_GetCode(frame), _PyInterpreterFrame_LASTI(frame)}, caller = {NULL, 0};
    uint64_t key = full_audit_code_key(where.code), site_key = mix(key, (uint64_t)where.offset);
    if (!is_library(where.code, key)) {
        uint64_t memory_key = full_audit_memory_key(frame);
        uint32_t site = find(site_key, &where, no_caller, NULL);
        return memory_key == 0 ? site : remember(full_audit_memory_of(frame), memory_key, site);
    }
    for (int i = 0; i < FRAMES_MAX && (frame = full_audit_complete(frame->previous)) != NULL; i++) {
        PyCodeObject *code = _PyFrame_GetCode(frame);
        key = full_audit_code_key(code);
        if (is_library(code, key)) continue;
        caller = (spot){code, _PyInterpreterFrame_LASTI(frame)};
        site_key = mix(site_key, spot_key(&caller));
        break;
    }
    return find_again(site_key, &where, caller_site, &caller);
}

uint32_t full_audit_site(void) { return full_audit_here(); }
