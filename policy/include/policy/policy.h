/* A policy file, read and decided by: what a program may do to a host. No operating system and no Python in here. docs/policy.md has the language.
 *
 *     version: 1
 *     allow:
 *       - capability: fs.read          # a capability, a group such as fs.*, or *
 *         path: [/srv/data]            # a folder and all beneath it, or a pattern such as /srv/data/ ** / *.csv
 *         reason: the reports live here
 *       - capability: net.connect
 *         address: [127.0.0.0/8, "::1"]
 *         port: [443]
 *     deny:
 *       - capability: env.read
 *         name: ["*SECRET*"]
 *
 * What no rule allows is refused; a deny beats every allow. Patterns of one field are alternatives, fields of one rule must all fit.
 * Threads: a policy that was read never changes but by policy_narrow, which may run beside anything; any number of threads may ask it, and it may be
 * asked in a signal handler. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct policy policy;

/* What a rule can limit a capability by; flags. */
typedef enum policy_field {
    POLICY_FIELD_PATH = 1,        /* an absolute path, lexically normal, without links */
    POLICY_FIELD_NAME = 2,        /* text: a variable, a user, a semaphore, a module ... */
    POLICY_FIELD_HOST = 4,        /* a host name in lower case, without a trailing dot */
    POLICY_FIELD_ADDRESS = 8,     /* 192.0.2.1, 2001:db8::1, unix:/run/x, or of another family such as abstract:name */
    POLICY_FIELD_PORT = 16,       /* a number */
    POLICY_FIELD_PROGRAM = 32,    /* the path of a program */
    POLICY_FIELD_ARGUMENTS = 64,  /* its arguments, a list; its own name is not one of them */
    POLICY_FIELD_SIGNAL = 128,    /* a number */
    POLICY_FIELD_ORIGIN = 256,    /* where a module comes from: a path, or "built-in" or "frozen" */
    POLICY_FIELD_DIGEST = 512     /* SHA-256 of a module's bytes, 64 digits */
} policy_field;

/* Something that is known about an access. */
typedef struct policy_fact {
    policy_field field;
    const char *text; /* borrowed; NULL where the field is a number or a list, and where it is not known, which no pattern fits */
    int64_t number;
    const char *const *list; /* POLICY_FIELD_ARGUMENTS: ended by NULL; borrowed */
} policy_fact;

typedef struct policy_question {
    int capability; /* policy_capability_number() */
    const policy_fact *facts;
    size_t fact_count;
} policy_question;

typedef enum policy_decision { POLICY_DENY = 0, POLICY_ALLOW = 1 } policy_decision;

/* A rule of a file, for people and records. */
typedef struct policy_rule_origin {
    const char *place;  /* "FILE:LINE"; as all texts here it lives as long as the policy */
    const char *reason; /* as the file gives it; NULL: none */
} policy_rule_origin;

/* Where a file is wrong and how: "FILE:LINE:COLUMN: what". */
typedef struct policy_message {
    char text[512];
} policy_message;

/* The number of a capability such as "fs.read", from 0 without gaps; -1 if there is none. */
int policy_capability_number(const char *name);
/* Its name; NULL for a number that is none. Static text. */
const char *policy_capability_name(int number);

/* The number that rules mean by "TERM", "SIGTERM" or "15"; -1 if that is no signal. */
int policy_signal_number(const char *name);

/* Reads a policy from `size` bytes of YAML; `file_name` is for messages and places. `profile`: one of the file's; NULL: its default one, and if it names none
 * the rules outside of profiles alone. On true the caller owns *policy_out (policy_destroy); on false it is NULL and *message says where and why: unknown keys,
 * wrong types, duplicates, unknown capabilities, cycles and patterns that cannot fit are all errors. */
bool policy_read(const char *bytes, size_t size, const char *file_name, const char *profile, policy **policy_out, policy_message *message);
/* Accepts NULL. */
void policy_destroy(policy *policy);

/* Cuts "FILE" or "FILE:PROFILE", as people choose a policy: the last colon counts, unless a slash follows it. *profile_out is NULL without one, and borrowed from
 * `choice`. False if the file's name is empty or does not fit into `size` bytes. */
bool policy_split_choice(const char *choice, char *file_out, size_t size, const char **profile_out);

/* A NULL policy denies. */
policy_decision policy_decide(const policy *policy, const policy_question *question);
/* The same, and which rule decided: NULL where none did, which is a denial. *rule_out lives as long as the policy. */
policy_decision policy_decide_by(const policy *policy, const policy_question *question, const policy_rule_origin **rule_out);

/* Whether what its rules refuse is allowed all the same, and only reported: policy_decide then allows everything, policy_judge still tells. */
bool policy_is_report_only(const policy *policy);
/* The profile that is in force; NULL: none. */
const char *policy_profile(const policy *policy);

/* A limit of the sandbox, by its name in CORDON_LIMIT_TABLE, such as "memory". */
typedef struct policy_limit {
    uint64_t value;    /* bytes, nanoseconds or a count; UINT64_MAX: `none`, a sandbox may be given any */
    const char *place; /* "FILE:LINE" */
} policy_limit;
/* False if the policy says nothing about it. */
bool policy_limit_of(const policy *policy, const char *name, policy_limit *limit_out);

/* From now on only what both allow is allowed; takes `narrower`, which dies with `policy`. There is no way back. Beside any number of questions in other threads:
 * each is decided with it or without it. */
void policy_narrow(policy *policy, struct policy *narrower);

/* ---- Judging by names, for records ------------------------------------------------------------------------------------------------ */

/* An argument as a record has it (docs/audit.md). */
typedef struct policy_argument {
    const char *name;
    const char *text;        /* NULL: it is a number or a list */
    const char *const *list; /* ended by NULL; NULL: it is no list */
    int64_t number;
} policy_argument;

typedef struct policy_judgement {
    policy_decision decision; /* what the rules say: `report_only` does not make it an ALLOW */
    const char *rule;         /* "FILE:LINE" of the rule that decided; NULL: none did. Lives as long as the policy, as the reason does */
    const char *reason;       /* NULL: it gives none */
} policy_judgement;

/* What the rules say to an access of which the capability's name and the arguments are known. Paths are judged by where they lead: `real` is taken instead of
 * `path` where both are given, NAME_real instead of NAME. An unknown capability is denied. Takes well below a microsecond; any thread. */
void policy_judge(const policy *policy, const char *capability, const policy_argument *arguments, size_t count, policy_judgement *judgement_out);

/* Tells for people which rule decides about such an access and why; for a denial, what would have to be allowed. The caller frees *text_out; NULL: no memory. */
policy_decision policy_explain(const policy *policy, int capability, const policy_argument *arguments, size_t count, char **text_out);
/* Whether a capability's rules can be limited by an argument of this name. */
bool policy_capability_takes(int capability, const char *argument);

/* ---- Reviewing ------------------------------------------------------------------------------------------------------------------------ */

/* Rules that do nothing, one line each: "FILE:LINE: warning: ...". False if there is none. The caller frees *text_out; NULL: no memory. */
bool policy_warn(const policy *policy, char **text_out);
/* What `to` allows that `from` does not (+) and the other way (-), one line for each rule. False if neither is found. Rules are compared one with one: where
 * several narrow ones together say what a wide one does, they are told as a difference; what allows more is never left out. Frees as above. */
bool policy_diff(const policy *from, const policy *to, char **text_out);
/* What `asked` allows that `granter` (NULL: nothing) does not, or denies; rules separated by "; ". Compared as by policy_diff: what cannot be told is told as exceeding. False: nothing.
 * Frees as above. */
bool policy_exceeds(const policy *asked, const policy *granter, char **text_out);
/* The same policy file, laid out in the one way: keys in their order, two blanks of indentation, quotes where they are needed, comments kept. It must be one that
 * policy_read reads. The caller frees *text_out; false with the message set otherwise. */
bool policy_format(const char *bytes, size_t size, const char *file_name, char **text_out, policy_message *message);

/* ---- What it grants as a whole ------------------------------------------------------------------------------------------------------ */

/* Of a policy that was narrowed, all of these tell what is left, but for policy_folder_at, which tells the policy's own. */

/* A path of a rule about files. */
typedef struct policy_folder {
    const char *path; /* absolute; borrowed from the policy */
    int capability;
    bool is_pattern; /* it has wildcards; else it stands for itself and all beneath it */
    bool is_deny;
    const char *place; /* "FILE:LINE" of its rule */
} policy_folder;

/* Path number `index` of the rules about fs.*, capability by capability; false beyond the last. */
bool policy_folder_at(const policy *policy, size_t index, policy_folder *folder_out);
/* Whether a capability is allowed without any limit of its own (a deny may still narrow it). */
bool policy_allows_anywhere(const policy *policy, int capability);
/* Whether any deny rule names it. */
bool policy_denies(const policy *policy, int capability);
/* Whether it is allowed without any limit and no deny names it: no question about it would ever be refused. */
bool policy_grants_all(const policy *policy, int capability);
/* Whether any rule about it is limited by this field: what costs something to find out need not be, otherwise. */
bool policy_looks_at(const policy *policy, int capability, policy_field field);

#endif
