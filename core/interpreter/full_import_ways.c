/* Every way by which a module can come to be, in one place: each has a file that stands in it. CPython's own files stay as they are: its tables of built-in
 * modules and of methods, and four slots of its types, are data of this program that Python code can neither see nor change. */
#include "full_import_ways.h"

#include <string.h>

#include "full_import_caller.h"
#include "full_import_internal.h"

bool full_import_ways_guard(void)
{
    full_import_made_guard();
    full_import_run_guard();
    return full_import_table_guard();
}

void full_import_ways_are_late(void) { full_import_run_late(); }
void full_import_ways_end(void) { full_import_made_end(); }

static bool is_extension(PyObject *arguments) { return PyTuple_GET_SIZE(arguments) > 1 && PyUnicode_Check(PyTuple_GET_ITEM(arguments, 1)); }

bool full_import_ways_wants(const char *event) { return event[0] == 'e' || event[0] == 'i' || event[0] == 'c'; }

/* Asked for every event there is, so by its first letters first. */
int full_import_ways_event(const char *event, PyObject *arguments)
{
    if (!full_import_ways_wants(event)) return 0;
    switch (event[0]) {
    case 'e': return strcmp(event, "exec") == 0 && PyTuple_GET_SIZE(arguments) > 0 ? full_import_run_event(PyTuple_GET_ITEM(arguments, 0)) : 0;
    case 'i': /* Python's own `import` has no path here; only where a shared object is about to be loaded is there one. */
        if (strcmp(event, "import") != 0 || !is_extension(arguments)) return 0;
        return full_import_extension_judge(PyTuple_GET_ITEM(arguments, 0), PyTuple_GET_ITEM(arguments, 1)) ? 0 : -1;
    case 'c':
        if (strncmp(event, "cpython.run_", 12) == 0) full_import_run_main_is_next();
        return 0;
    default: return 0;
    }
}

bool full_import_ways_knows(const char *event, PyObject *arguments)
{
    if (strcmp(event, "exec") == 0) return PyTuple_GET_SIZE(arguments) > 0 && full_import_run_knows(PyTuple_GET_ITEM(arguments, 0));
    bool brings_code = strcmp(event, "compile") == 0 || strncmp(event, "marshal.load", 12) == 0;
    /* The import system's own code has no caller yet. */
    return brings_code && (full_import_is_by_import_system() || (full_import_run_is_starting() && !full_import_has_caller()));
}
