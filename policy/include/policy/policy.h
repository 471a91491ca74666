/* A policy file, read and decided by: what a program may do to a host. No operating system and no Python in here.
 *
 *     version: 1
 *     allow:
 *       - capability: fs.read          # a capability, a group such as fs.*, or *
 *         path: [/srv/data]            # folders; enforced by host_env's roots, not by comparing text
 *         reason: the reports live here
 *       - capability: net.connect
 *         address: [127.0.0.0/8, "::1"]
 *         port: [443]
 *     deny:
 *       - capability: env.read
 *         name: ["*SECRET*"]
 *
 * What no rule allows is refused; a deny beats every allow. Patterns of one field are alternatives, fields of one rule must all fit.
 * Threads: a policy never changes once it is read; any number of threads may ask it, and it may be asked in a signal handler. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct policy policy;

/* What a rule can limit a capability by; flags. */
typedef enum policy_field {
    POLICY_FIELD_PATH = 1,    /* fs.*: a folder */
    POLICY_FIELD_NAME = 2,    /* text with * and ?: a variable, a user, a semaphore ... */
    POLICY_FIELD_HOST = 4,    /* text with * and ?: a host name in lower case, without a trailing dot */
    POLICY_FIELD_ADDRESS = 8, /* 192.0.2.0/24, 2001:db8::/32, or unix:/run/x with * and ? */
    POLICY_FIELD_PORT = 16    /* a number */
} policy_field;

/* Something that is known about an access. */
typedef struct policy_fact {
    policy_field field;
    const char *text; /* borrowed; NULL for POLICY_FIELD_PORT */
    int64_t number;
} policy_fact;

typedef struct policy_question {
    int capability; /* policy_capability_number() */
    const policy_fact *facts;
    size_t fact_count;
} policy_question;

typedef enum policy_decision { POLICY_DENY = 0, POLICY_ALLOW = 1 } policy_decision;

/* Where a file is wrong and how: "FILE:LINE:COLUMN: what". */
typedef struct policy_message {
    char text[512];
} policy_message;

/* The number of a capability such as "fs.read", from 0 without gaps; -1 if there is none. */
int policy_capability_number(const char *name);
/* Its name; NULL for a number that is none. Static text. */
const char *policy_capability_name(int number);

/* Reads a policy from `size` bytes of YAML; `file_name` is for messages. On true the caller owns *policy_out (policy_destroy); on false it
 * is NULL and *message says where and why: unknown keys, wrong types, unknown capabilities and patterns that cannot fit are all errors. */
bool policy_read(const char *bytes, size_t size, const char *file_name, policy **policy_out, policy_message *message);
/* Accepts NULL. */
void policy_destroy(policy *policy);

/* A NULL policy denies. */
policy_decision policy_decide(const policy *policy, const policy_question *question);

/* A folder that an allow rule names. */
typedef struct policy_folder {
    const char *path; /* absolute; borrowed from the policy */
    int capability;
} policy_folder;

/* Folder number `index`, in the file's order; false beyond the last. */
bool policy_folder_at(const policy *policy, size_t index, policy_folder *folder_out);
/* Whether a capability is allowed without any limit of its own (a deny may still narrow it). */
bool policy_allows_anywhere(const policy *policy, int capability);
/* Whether any deny rule names it. */
bool policy_denies(const policy *policy, int capability);
/* Whether it is allowed without any limit and no deny names it: no question about it would ever be refused. */
bool policy_grants_all(const policy *policy, int capability);

#endif
