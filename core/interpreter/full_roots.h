/* Which folders a policy opens to the full interpreter, and how. Hides roots from full_policy. */
#ifndef CORE_INTERPRETER_FULL_ROOTS_H
#define CORE_INTERPRETER_FULL_ROOTS_H

#include <stdbool.h>

#include "host_env/host_env.h"
#include "policy/policy.h"

enum { FULL_ROOTS_MAX = 256, FULL_ROOT_BYTES_MAX = 4096 };

typedef struct full_roots {
    host_root roots[FULL_ROOTS_MAX];
    size_t count;
    char texts[FULL_ROOTS_MAX][FULL_ROOT_BYTES_MAX]; /* what they point to */
    char problem[1024];
} full_roots;

/* What roots must hold of these rules; `library` is always open for reading ("": there is none). `reader` looks at folders. False if they cannot hold it: `problem`
 * says what. */
bool full_roots_collect(host_env *reader, const policy *rules, const char *library, full_roots *roots_out);
/* For roots with HOST_ROOT_BY_NAME: what the rules say to a path. */
host_decision full_roots_decide_name(const policy *rules, const char *path, unsigned int rights);

#endif
