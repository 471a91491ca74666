/* The audited process's side of a record: what this process does to the host, and what happens in its interpreter, goes into a ring that a collector
 * empties. docs/audit.md has the picture. Hides from the rest of the interpreter who the collector is and how it is reached.
 *
 * Where the program was not started under a collector, nothing here does anything. Everything may be called from any thread, in a signal handler and
 * in the child of a fork, with the GIL or without, unless it says otherwise. None of it fails: a process that cannot tell ends with CORDON_EXIT_AUDIT_INCOMPLETE. */
#ifndef CORE_INTERPRETER_FULL_AUDIT_H
#define CORE_INTERPRETER_FULL_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* Joins the collector that AUDIT_CHANNEL_VARIABLE names, if there is one, and says who this process is. `host` allows everything and keeps no record; it
 * and the arguments are borrowed for the life of the process. Call once, while there is one thread and no interpreter. Does not return if there is a
 * collector that cannot be joined. */
void full_audit_attach(host_env *host, int argument_count, char *const *arguments);
bool full_audit_is_on(void);
/* For host_env_config.record; the context is the full_policy whose refusals are recorded, or NULL. */
void full_audit_record(void *context, const host_access *access);
/* From now on it is learnt which file belongs to which module and who imported it. Before Py_Initialize. */
void full_audit_learn(void);

/* ---- For interpreter events ---------------------------------------------------------------------------------------------------------- */

typedef enum full_audit_argument_kind {
    FULL_AUDIT_NUMBER,
    FULL_AUDIT_TEXT, /* UTF-8; bytes that are none are shown as Python shows them */
    FULL_AUDIT_PATH  /* made absolute and lexically normal; where it leads is added by the collector */
} full_audit_argument_kind;

typedef struct full_audit_argument {
    const char *label; /* static text */
    full_audit_argument_kind kind;
    const char *text; /* NULL is shown as "" */
    int64_t number;
} full_audit_argument;

/* `event` need not live longer than the call; there should be few different ones. At most 32 arguments. */
void full_audit_push_event(const char *event, const full_audit_argument *arguments, size_t argument_count);

typedef struct full_audit_module {
    const char *name, *kind;              /* docs/audit.md, `module` */
    const char *origin, *sha256, *rule;   /* NULL: none */
    bool is_allowed;
} full_audit_module;

void full_audit_push_module(const full_audit_module *module);

#endif
