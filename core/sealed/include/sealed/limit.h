/* The limits that the sandbox holds itself to: fuel, memory, files, depth of recursion. Hides from who trips one how
 * the host is told and how the sandbox ends.
 *
 * A limit that the host named is no error that a program could catch: who reaches it never runs again. A limit that
 * nobody named leaves the ordinary error (MemoryError, ENOSPC, EFBIG, RecursionError). Limits trip only between
 * sealed_limits_begin and sealed_limits_end, so while the guest's code runs; what the worker does for the host in
 * between gets ordinary errors. Names, units and defaults: cordon/limits.h. Nothing here allocates. One thread. */
#ifndef SEALED_LIMIT_H
#define SEALED_LIMIT_H

#include "cordon/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes `limit` one that ends the sandbox. CORDON_LIMIT_NONE takes that back. For fuel and recursion this is all that
 * is needed; memory and files also have to be told to who counts them (sealed/heap.h, sealed/fs.h). */
void sealed_limit_set(enum cordon_limit limit, uint64_t maximum);

/* The guest's code begins to run: limits count, and the fuel of one execution is there. */
void sealed_limits_begin(void);

/* The limits were set anew while the guest's code runs: what it has used of its fuel stays used. Nothing, if it does not run. */
void sealed_limits_renew(void);

/* It has ended, for now. sealed_fuel_used keeps its answer until the next beginning. */
void sealed_limits_end(void);

/* Units used since sealed_limits_begin. */
uint64_t sealed_fuel_used(void);

/* Where the units given at the last beginning stand; less sealed_fuel_left they are those used, while the guest runs. */
const int64_t *sealed_fuel_given_place(void);

/* To be called where more than `limit` allows was asked for, before the ordinary error is returned: `figure` is what
 * there would be. Returns if the host did not name the limit or the guest is not running. */
void sealed_limit_refused(enum cordon_limit limit, uint64_t figure);

/* Ends the sandbox because of `limit`, whether or not the host named it. */
_Noreturn void sealed_limit_reached(enum cordon_limit limit, uint64_t figure, uint64_t maximum);

/* As above for a C stack that overflowed where CPython does not count: it has no number of frames, so the figures are
 * the stack's bytes. May be called on any stack. With `heap_is_whole` false nothing is read that an overflow may have
 * overwritten: the report then does not say where. */
_Noreturn void sealed_stack_exhausted(size_t stack_bytes, bool heap_is_whole);

/* Says how the host is told; `where` is "file:line" of the guest's code, or empty. NULL (the default): a message where
 * last messages go, and exit code CORDON_EXIT_LIMIT. The function is called once, may not allocate, and returns; the
 * sandbox then leaves without a further word. */
typedef void (*sealed_limit_report_function)(enum cordon_limit limit, uint64_t figure, uint64_t maximum,
                                             const char *where);
void sealed_limit_set_report(sealed_limit_report_function report);

/* Says who knows where the guest's code is. Writes a NUL-terminated text of at most `size_bytes`, allocates nothing. */
typedef void (*sealed_limit_where_function)(char *buffer, size_t size_bytes);
void sealed_limit_set_where(sealed_limit_where_function where);

/* Text of a limit as in frames and options, such as "fuel". */
const char *sealed_limit_name(enum cordon_limit limit);

/* --- for the interpreter's evaluation loop (stdlib_bindings/patches/sandbox/), which knows them by these names --- */

extern int64_t sealed_fuel_left; /* below zero: exhausted */
_Noreturn void sealed_fuel_exhausted(void);
extern int sealed_recursion_max; /* frames */
_Noreturn void sealed_recursion_exhausted(int depth);

#endif
