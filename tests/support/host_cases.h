/* Hides from tests how a function of host_env is put through its paces: a row says how to call it, the runner does the rest.
 *
 * For each row, each time with a fresh env and after set_up:
 *   allowed      answers OK, was asked for the right capability with the arguments of the table, left a record with status OK
 *   denied       the capability is refused: DENIED_BY_POLICY, no primitive was called, a record was left, `error` NULL is fine
 *   no policy    the same without any policy
 *   host fails   the primitive answers errno: the documented status, host_code, the function's name in the error, and a record
 *   beforehand   the same three where the env was told that everything is allowed (or, to be denied, everything but this capability) and keeps no
 *                record: the policy is not asked about what it has answered, and no record is left
 * and after each: as many descriptors as before, no child, no leaked memory (where the leak checker is built in).
 * host_cases_run() fails if a function of the domain has no row. */
#ifndef TESTS_SUPPORT_HOST_CASES_H
#define TESTS_SUPPORT_HOST_CASES_H

#include "support/test_host.h"

/* What a row's functions share; all fresh for each phase. `data` is the row's own use. */
typedef struct host_case_world {
    test_host *host;
    host_env *env;   /* allows everything during set_up, check and tear_down */
    char folder[64]; /* a fresh empty folder, removed afterwards; without slash at the end */
    char path[128];  /* folder + "/file"; nothing is there yet */
    char other[128]; /* folder + "/other" */
    bool is_watched; /* the policy is asked and a record kept, so that `check` may look at both */
    int fd, fd_other; /* -1; the runner closes neither */
    int64_t number;
    void *pointer;
    unsigned char bytes[4096]; /* zeroed */
    const void *data;          /* the row's data */
} host_case_world;

typedef enum host_case_flags {
    HOST_CASE_IN_CHILD = 1,   /* the phase runs in a child of its own: for what changes or ends the process */
    HOST_CASE_NO_RETURN = 2,  /* on success the function does not return (_exit, exec): child_code is then the exit code; implies the former */
    HOST_CASE_LOOKS_FIRST = 4, /* must call a primitive to learn what to ask for; a refusal then still changes nothing. Say why beside it */
    HOST_CASE_CHANGES_FDS = 8 /* closing descriptors is what it is for (closefrom) */
} host_case_flags;

typedef struct host_case {
    host_function function;
    const char *label;                      /* NULL: the function's name; else put behind it, for a second row */
    void (*set_up)(host_case_world *world); /* each of these may be NULL, but call */
    host_status (*call)(host_case_world *world, host_env *env, host_error *error);
    void (*check)(host_case_world *world); /* after a call that succeeded: did it do what it says? */
    void (*tear_down)(host_case_world *world);
    host_operation_id primitive; /* made to fail at its `primitive_nth` call (0 means 1) with fail_code ... */
    unsigned primitive_nth;
    int fail_code;               /* ... or 0, and `infallible` says why it can't */
    host_status fail_status;
    const char *infallible;
    host_capability capability; /* NONE: the table's */
    host_status allowed_status; /* OK, or what this host may answer instead (UNSUPPORTED ...) when all is allowed */
    unsigned flags;
    int child_code; /* see NO_RETURN */
    const void *data;
} host_case;

/* Runs all rows as one cmocka group and checks that the domain is complete. Returns the number of failed tests, for main. */
int host_cases_run(const char *domain, const host_case *cases, size_t count);

/* Fails the 1st, 2nd, 3rd ... primitive that `call` uses with each of a few errno values, until it succeeds; after each: descriptors,
 * children, memory as before. For functions of several steps. Give one row's worth of functions. */
void host_walk_failures(const host_case *row);

#endif
