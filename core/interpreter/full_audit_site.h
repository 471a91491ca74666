/* Texts of Python's as bytes for a ring. For files that include Python.h. */
#ifndef CORE_INTERPRETER_FULL_AUDIT_SITE_H
#define CORE_INTERPRETER_FULL_AUDIT_SITE_H

#include <Python.h>

#include <stdint.h>

/* The bytes that a str stands for, as os.fsencode would have it, with a NUL; how many. `out` has room for as many as full_audit_unicode_max says. NULL is "". */
uint64_t full_audit_unicode_max(PyObject *text);
uint64_t full_audit_unicode(char *out, PyObject *text);

#endif
