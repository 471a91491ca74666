/* Hides how it becomes known which file belongs to which module, and whose import led to it: at the interpreter's own events, when the GIL is held and no
 * signal's handler is at work, names are read from where Python keeps them; where accesses are recorded they are only looked up. */
#include <Python.h>

#include <pycore_frame.h>
#include <stdlib.h>

#include "full_audit_internal.h"
#include "full_audit_site.h"

enum { PLACES = 1 << 14, TRIES = 32, SEEN = 4096 /* powers of two */, NAME_BYTES_MAX = 512, IMPORTS_BYTES_MAX = 8192 };

/* Files, by a hash of their names. What is put here stays as it is. */
static struct place {
    _Atomic uint64_t key;
    _Atomic(const full_audit_file *) file;
} places[PLACES];

/* Code whose file is known. */
static _Atomic uint64_t seen[SEEN];

/* ---- Files ----------------------------------------------------------------------------------------------------------------------------- */

static uint64_t key_of(PyObject *file)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(file); i++) hash = (hash ^ PyUnicode_READ_CHAR(file, i)) * UINT64_C(0x100000001b3);
    return hash | 1;
}

static struct place *place_of(PyObject *file)
{
    uint64_t key = key_of(file);
    for (uint32_t i = 0; i < TRIES; i++) {
        struct place *place = &places[((uint32_t)(key >> 32) + i) & (PLACES - 1)];
        uint64_t there = atomic_load_explicit(&place->key, memory_order_relaxed);
        if (there == 0 && !atomic_compare_exchange_strong(&place->key, &there, key) && there != key) continue;
        if (there == 0 || there == key) return place;
    }
    return NULL;
}

const full_audit_file *full_audit_find_file(PyObject *file)
{
    struct place *place = place_of(file);
    return place == NULL ? NULL : atomic_load_explicit(&place->file, memory_order_acquire);
}

/* Takes nothing. What cannot be kept is not known, which the record then says. */
static void keep(PyObject *file, const char *module, const full_audit_file *importer)
{
    struct place *place = place_of(file);
    uint64_t module_size = strlen(module) + 1, importer_size = importer == NULL ? 0 : strlen(importer->module) + 1;
    uint64_t imports_size = importer == NULL || importer->imports_size + importer_size > IMPORTS_BYTES_MAX ? 0 : importer->imports_size + importer_size;
    full_audit_file *kept = place == NULL ? NULL : malloc(sizeof *kept + module_size + imports_size);
    if (kept == NULL) return;
    char *bytes = (char *)(kept + 1);
    memcpy(bytes, module, module_size);
    *kept = (full_audit_file){.module = bytes, .imports = bytes + module_size, .imports_size = imports_size};
    if (imports_size > 0) {
        memcpy(bytes + module_size, importer->imports, importer->imports_size);
        memcpy(bytes + module_size + importer->imports_size, importer->module, importer_size);
    }
    const full_audit_file *nothing = NULL;
    if (!atomic_compare_exchange_strong(&place->file, &nothing, kept)) free(kept);
}

/* ---- Names ----------------------------------------------------------------------------------------------------------------------------- */

/* The `__name__` of a module's dict, short enough to be one. */
static bool name_in(PyObject *dict, char out[NAME_BYTES_MAX])
{
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *name = dict != NULL && PyDict_CheckExact(dict) ? PyDict_GetItemString(dict, "__name__") : NULL;
    bool is_name = name != NULL && PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) > 0 && full_audit_unicode_max(name) <= NAME_BYTES_MAX;
    if (is_name) full_audit_unicode(out, name);
    PyErr_SetRaisedException(raised);
    return is_name;
}

static bool has_text(PyObject *text, const char *what) { return PyUnicode_Check(text) && PyUnicode_CompareWithASCIIString(text, what) == 0; }

static bool is_frozen(PyObject *file)
{
    static const char start[] = "<frozen ";
    for (Py_ssize_t i = 0; start[i] != '\0'; i++)
        if (i >= PyUnicode_GET_LENGTH(file) || PyUnicode_READ_CHAR(file, i) != (Py_UCS4)start[i]) return false;
    return true;
}

/* "<frozen NAME>" says it itself. */
static bool frozen_name(PyObject *file, char out[NAME_BYTES_MAX])
{
    char text[NAME_BYTES_MAX];
    if (!is_frozen(file) || full_audit_unicode_max(file) > sizeof text) return false;
    uint64_t length = full_audit_unicode(text, file) - 1;
    if (length < 10 || text[length - 1] != '>') return false;
    memcpy(out, text + 8, length - 9);
    out[length - 9] = '\0';
    return true;
}

/* ---- Frames ---------------------------------------------------------------------------------------------------------------------------- */

static _PyInterpreterFrame *complete(_PyInterpreterFrame *frame)
{
    while (frame != NULL && _PyFrame_IsIncomplete(frame)) frame = frame->previous;
    return frame;
}

/* Code that imports on behalf of others. */
static bool is_importer(const PyCodeObject *code)
{
    char name[NAME_BYTES_MAX];
    if (frozen_name(code->co_filename, name)) return strncmp(name, "importlib.", 10) == 0 || strcmp(name, "zipimport") == 0 || strcmp(name, "runpy") == 0;
    return has_text(code->co_qualname, "import_module") && full_audit_is_library(code);
}

static const full_audit_file *learn_frame(_PyInterpreterFrame *frame);

/* Who imports: the first frame from here on outwards that is no machinery's. */
static const full_audit_file *importer_of(_PyInterpreterFrame *frame)
{
    while ((frame = complete(frame)) != NULL && is_importer(_PyFrame_GetCode(frame))) frame = frame->previous;
    return frame == NULL ? NULL : learn_frame(frame);
}

/* What runs is known by the names it sees. */
static const full_audit_file *learn_frame(_PyInterpreterFrame *frame)
{
    PyCodeObject *code = _PyFrame_GetCode(frame);
    char name[NAME_BYTES_MAX];
    const full_audit_file *known = full_audit_find_file(code->co_filename);
    if (known != NULL) return known;
    if (frozen_name(code->co_filename, name) || name_in(frame->f_globals, name)) keep(code->co_filename, name, NULL);
    return full_audit_find_file(code->co_filename);
}

/* The loader that is about to run `code`, if it is one of Python's own: what it runs has the name of the module that it was given. */
static bool loaded_name(_PyInterpreterFrame *frame, char out[NAME_BYTES_MAX])
{
    for (int i = 0; i < 3 && (frame = complete(frame)) != NULL; i++, frame = frame->previous) {
        PyCodeObject *code = _PyFrame_GetCode(frame);
        PyObject *module;
        if (!is_frozen(code->co_filename) || !has_text(code->co_name, "exec_module") || code->co_argcount < 1) continue;
        module = frame->localsplus[code->co_argcount - 1];
        return module != NULL && PyModule_Check(module) && name_in(PyModule_GetDict(module), out);
    }
    return false;
}

static void learn_code(_PyInterpreterFrame *frame, PyObject *code)
{
    char name[NAME_BYTES_MAX];
    if (!PyCode_Check(code) || full_audit_find_file(((PyCodeObject *)code)->co_filename) != NULL) return;
    PyObject *file = ((PyCodeObject *)code)->co_filename;
    if (frame == NULL ? (memcpy(name, "__main__", 9), true) : frozen_name(file, name) || loaded_name(frame, name)) keep(file, name, importer_of(frame));
}

void full_audit_learn_here(PyThreadState *thread)
{
    _PyInterpreterFrame *frame = complete(thread->current_frame);
    if (frame == NULL) return;
    uint64_t key = full_audit_code_key(_PyFrame_GetCode(frame));
    _Atomic uint64_t *place = &seen[key >> 20 & (SEEN - 1)];
    if (__builtin_expect(atomic_load_explicit(place, memory_order_relaxed) == key, 1)) return;
    if (learn_frame(frame) != NULL) atomic_store_explicit(place, key, memory_order_relaxed);
}

static int hear(const char *event, PyObject *arguments, void *context)
{
    PyThreadState *thread = PyThreadState_GetUnchecked();
    (void)context;
    if (thread == NULL) return 0;
    if (event[0] == 'e' && strcmp(event, "exec") == 0 && PyTuple_GET_SIZE(arguments) > 0) learn_code(complete(thread->current_frame), PyTuple_GET_ITEM(arguments, 0));
    full_audit_learn_here(thread);
    return 0;
}

bool full_audit_learn_is_hook(Py_AuditHookFunction function) { return function == hear; }

void full_audit_learn(void)
{
    if (PySys_AddAuditHook(hear, NULL) != 0) full_audit_fail("the interpreter's events cannot be heard");
}
