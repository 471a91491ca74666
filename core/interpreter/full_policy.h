/* The policy of the full interpreter, and the host_env that obeys it. Hides policy files from the rest of the interpreter. */
#ifndef CORE_INTERPRETER_FULL_POLICY_H
#define CORE_INTERPRETER_FULL_POLICY_H

#include <stdbool.h>

#include "host_env/host_env.h"

typedef struct full_policy full_policy;

/* Where it may come from, most important first: `-X cordon-policy=FILE[:PROFILE]` among the arguments, the variable CORDON_POLICY, else everything is
 * allowed. On HOST_OK *policy_out lives until the process ends, which may use it to its last moment. On failure the reason has been written to
 * standard error. */
host_status full_policy_create(int argument_count, char *const *arguments, full_policy **policy_out);

/* Of whoever embeds the interpreter: asked about what rules allow, told of everything. Either may be NULL. Called from any thread and in the child of a fork. */
typedef struct full_policy_hooks {
    host_decide_function decide;
    host_record_function record;
    void *context; /* borrowed for the life of the process */
} full_policy_hooks;

typedef struct full_policy_choice {
    const char *file;    /* FILE or FILE:PROFILE; NULL: no rules */
    const char *library; /* the interpreter's, which is open for reading whatever the rules say */
    full_policy_hooks hooks;
    int argument_count;  /* of this process, for the record's sake */
    char *const *arguments;
} full_policy_choice;

/* For an interpreter in somebody else's process: nothing comes from the command line or the environment. `reader` (full_policy_create_reader) is borrowed for the life of the
 * process, the choice for the call. On failure the reason is in `problem_out`. */
host_status full_policy_create_embedded(host_env *reader, const full_policy_choice *choice, full_policy **policy_out, char problem_out[1024]);
/* A host_env that asks nobody and tells nobody: for what the interpreter does itself. */
host_status full_policy_create_reader(host_env **reader_out, host_error *error);

/* The host_env to run the interpreter with; borrowed from the policy. */
host_env *full_policy_host(const full_policy *policy);
/* The path of this program, without links; "" if the host does not tell. Borrowed from the policy. */
const char *full_policy_program(const full_policy *policy);
/* Whether a capability is granted without any limit; what a library that host_env does not see may do is judged by this. */
bool full_policy_grants_all(const full_policy *policy, const char *capability);

/* Whether there is one at all; one that is may be narrowed while the program runs. */
bool full_policy_is_in_force(const full_policy *policy);
/* Whether there could be a module that it refuses now. */
bool full_policy_limits_import(const full_policy *policy);
/* Whether a rule asks for the digests of modules. */
bool full_policy_wants_digests(const full_policy *policy);
/* Whether this module may come to be. `origin` and `sha256` may be NULL: not known, so no rule that names them fits. *rule_out: FILE:LINE of the rule that
 * decided, or NULL; lives as long as the policy. */
bool full_policy_allows_import(const full_policy *policy, const char *name, const char *origin, const char *sha256, const char **rule_out);

/* FILE:LINE of the rule that refused an access; NULL: no rule did, but nothing allows it, or its path leads out of what is allowed. Lives as long as the
 * policy. Async-signal-safe. */
const char *full_policy_refusal(const full_policy *policy, const host_access *access);

typedef enum full_narrow_result {
    FULL_NARROWED,
    FULL_NARROW_BROKEN, /* the text is no policy */
    FULL_NARROW_REFUSED /* there is no policy in force, or it cannot be held */
} full_narrow_result;

/* From now on only what this text allows, too, is allowed; on anything but FULL_NARROWED nothing has changed and `problem_out` says why. Not while another thread
 * is in here, which the interpreter's lock sees to. */
full_narrow_result full_policy_narrow(full_policy *policy, const char *text, size_t size, const char *profile, char problem_out[512]);

#endif
