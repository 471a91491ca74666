/* CPython's audit events as lines of a record, and as questions to the policy about imports. */
#ifndef CORE_INTERPRETER_FULL_EVENTS_H
#define CORE_INTERPRETER_FULL_EVENTS_H

#include <Python.h>

#include "full_policy.h"

/* From now on, events that core/interpreter/tables/audit_events.tsv says so about go into the record, and each module that comes to be is judged by the
 * policy (borrowed, for the life of the process) and goes into the record as well. Does nothing where there is neither a record nor a policy. Call once,
 * before Py_Initialize and after full_native_guard. False: memory has run out. */
bool full_events_start(const full_policy *policy);

/* For whoever narrows the policy of a running program: from now on `import` is judged everywhere, whatever the policy said at the start. Needs the GIL. False:
 * with an exception set. */
bool full_events_listen(void);

#endif
