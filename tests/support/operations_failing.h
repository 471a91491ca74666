/* Hides from tests how a primitive is counted and made to fail: wrappers made from the same table as the real ones. */
#ifndef TESTS_SUPPORT_OPERATIONS_FAILING_H
#define TESTS_SUPPORT_OPERATIONS_FAILING_H

#include <stdbool.h>

#include "host_env/host_env.h"
#include "operations.h"

/* Each of these replaces env's operations by counting ones and sets all counters to zero. Counters are shared with children of a fork.
 * One env at a time. A primitive that releases something (close, munmap ...) still does so when it is made to fail: like the kernel's
 * close, which frees the number whatever it answers. */
void host_operations_watch(host_env *env);
/* The nth call (1 is the first) of one primitive answers its failure value with errno `code`. */
void host_operations_fail(host_env *env, host_operation_id id, unsigned nth, int code);
/* The nth call of any primitive that can fail does. */
void host_operations_fail_any(host_env *env, unsigned nth, int code);
/* Back to the real ones; counters stay readable. */
void host_operations_restore(host_env *env);

unsigned host_operations_calls(host_operation_id id);
unsigned host_operations_calls_total(void);
/* True if the failure that was asked for happened. */
bool host_operations_failed(void);
/* The name of the last primitive that was made to fail, or "none". */
const char *host_operations_failed_name(void);

#endif
