/* Hides from each other what the mechanisms of a lockdown keep between prepare and enter. Private to host_env. */
#ifndef HOST_ENV_LOCKDOWN_LOCKDOWN_INTERNAL_H
#define HOST_ENV_LOCKDOWN_LOCKDOWN_INTERNAL_H

#include <stdbool.h>

#include "host_env/lockdown.h"
#include "operations.h"

struct host_lockdown {
    const struct host_operations *operations; /* those of the host_env that prepared it, copied below */
    struct host_operations operations_copy;   /* so that a lockdown does not depend on how long its host_env lives */
    unsigned int wishes;
    int parent_death_signal;
    host_lockdown_limit limits[HOST_LOCKDOWN_LIMITS_MAX];
    size_t limit_count;
    host_lockdown_descriptors descriptors;
    int kept[HOST_LOCKDOWN_KEPT_MAX]; /* sorted, each once */
    size_t kept_count;
    int ruleset;                 /* Landlock; -1 = none */
    struct sock_filter *program; /* owned; seccomp; NULL = none */
    unsigned short program_length;
};

/* Why prepare said no. `code` is an errno for OSError. */
typedef struct lockdown_refusal {
    host_status status;
    int code;
    const char *why;
} lockdown_refusal;

/* One way of confining. A mechanism that is not asked for prepares nothing and enters at once. */
struct lockdown_mechanism {
    const char *failure; /* what is told if enter fails */
    /* Takes its part of the config over. Returns HOST_OK, or fills the refusal and returns its status; frees nothing
     * itself. */
    host_status (*prepare)(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal);
    /* Async-signal-safe. `ruleset` is the descriptor that stands for lockdown->ruleset now. Returns 0 or an errno. */
    int (*enter)(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset);
};

extern const struct lockdown_mechanism lockdown_group;
extern const struct lockdown_mechanism lockdown_death_signal;
extern const struct lockdown_mechanism lockdown_limits;
extern const struct lockdown_mechanism lockdown_dumpable;
extern const struct lockdown_mechanism lockdown_privileges;
extern const struct lockdown_mechanism lockdown_landlock;
extern const struct lockdown_mechanism lockdown_descriptors;
extern const struct lockdown_mechanism lockdown_seccomp;

/* The mechanisms in the order of entering; each list ends in NULL. The host's own list is lockdown_mechanisms_linux;
 * the other one is for hosts with none of them, and answers UNSUPPORTED to every wish. */
extern const struct lockdown_mechanism *const lockdown_mechanisms_linux[];
extern const struct lockdown_mechanism *const lockdown_mechanisms_none[];

/* host_lockdown_prepare without policy and record, for a chosen list. */
host_status lockdown_prepare_with(const struct lockdown_mechanism *const *mechanisms,
                                  const struct host_operations *operations, const host_lockdown_config *config,
                                  host_lockdown **lockdown_out, lockdown_refusal *refusal);
/* host_lockdown_enter without policy and record, for the child of a spawn. Returns 0, or an errno and which mechanism
 * failed. */
int lockdown_apply(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset,
                   const char **failure_out);
/* Both accept NULL. */
int lockdown_ruleset(const host_lockdown *lockdown);
bool lockdown_closes_descriptors(const host_lockdown *lockdown);

/* Fills a refusal and returns its status, so that a prepare can end in one line. */
host_status lockdown_refuse(lockdown_refusal *refusal, host_status status, int code, const char *why);

#endif
