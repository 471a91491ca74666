/* Every way by which a module can come to be. */
#ifndef CORE_INTERPRETER_FULL_IMPORT_WAYS_H
#define CORE_INTERPRETER_FULL_IMPORT_WAYS_H

#include <Python.h>
#include <stdbool.h>

/* Stands in all ways that lead through CPython's own tables, before Py_Initialize. False: there are more built-in modules than there is room for. */
bool full_import_ways_guard(void);
/* Nobody has told of events so far, and the program already runs. */
void full_import_ways_are_late(void);
/* Whether full_import_ways_event may do anything for events of such a name; it does nothing for the others. */
bool full_import_ways_wants(const char *event);
/* An event that a way is known by; -1: ImportError is set. */
int full_import_ways_event(const char *event, PyObject *arguments);
/* Whether this event is about code of a module which full_modules.h has been told of, or is about to be. */
bool full_import_ways_knows(const char *event, PyObject *arguments);
/* All modules are gone: those that nobody ever ran code in are told now. */
void full_import_ways_end(void);

#endif
