/* Texts of Python's as bytes for a ring. For files that include Python.h. */
#ifndef CORE_INTERPRETER_FULL_AUDIT_SITE_H
#define CORE_INTERPRETER_FULL_AUDIT_SITE_H

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

/* The bytes that a str stands for, as os.fsencode would have it, with a NUL; how many. `out` has room for as many as full_audit_unicode_max says. NULL is "". */
uint64_t full_audit_unicode_max(PyObject *text);
uint64_t full_audit_unicode(char *out, PyObject *text);

/* What is known of a file's module, for ever. */
typedef struct full_audit_file {
    const char *module;  /* NUL-terminated, as are the next */
    const char *imports; /* one after the other, outermost first; `imports_size` bytes */
    uint64_t imports_size;
} full_audit_file;

/* NULL: nothing. Needs no GIL. */
const full_audit_file *full_audit_find_file(PyObject *file);
/* Whether code is the standard library's. */
bool full_audit_is_library(const PyCodeObject *code);
/* At any event: what the thread, whose GIL is held, runs is learnt as full_audit_learn promises; and whether a hook of events is the one that does so, for "exec" more. */
void full_audit_learn_here(PyThreadState *thread);
bool full_audit_learn_is_hook(Py_AuditHookFunction function);
/* Names the code object, and no other that ever lies at the same address. */
uint64_t full_audit_code_key(const PyCodeObject *code);

#endif
