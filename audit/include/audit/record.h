/* One line of a record, as a reader gives it and reports, baselines and learned policies take it. The format is docs/audit.md.
 *
 * Everything a line holds is borrowed from the reader until it reads the next one, except sites and processes, which live as long as the reader: an
 * access points at its site. Texts are UTF-8; a path's bytes that are none stand as U+DCxx, encoded as Python's "surrogatepass" does. */
#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AUDIT_SEAL_LINES_MAX = 4096,       /* a seal follows at the latest after so many lines */
    AUDIT_LINE_BYTES_MAX = 4 << 20,    /* of any line, its newline included */
    AUDIT_ARGUMENTS_MAX = 32           /* of one access or event */
};

typedef enum audit_line_type {
    AUDIT_START,
    AUDIT_PROCESS,
    AUDIT_SITE,
    AUDIT_ACCESS,
    AUDIT_EVENT,
    AUDIT_MODULE,
    AUDIT_EXIT,
    AUDIT_END,
    AUDIT_SEAL
} audit_line_type;

/* A place in Python code. */
typedef struct audit_site {
    uint64_t id; /* from 1 */
    const char *file;
    uint32_t line; /* 0: not known */
    const char *function;
    const char *module;
    const char *distribution; /* NULL: none */
    const char *const *imports; /* outermost first, ended by NULL */
    const struct audit_site *caller; /* the nearest place outside the standard library; NULL: this one is such, or there is none */
} audit_site;

typedef struct audit_process {
    uint64_t id; /* from 1 */
    uint64_t parent; /* 0: the command itself */
    int64_t pid;
    const char *const *arguments; /* ended by NULL */
} audit_process;

/* An argument of an access or event: a text, a number, or a list of texts. */
typedef struct audit_argument {
    const char *name;
    const char *text; /* NULL: it is a number or a list */
    const char *const *list; /* ended by NULL; NULL: it is no list */
    int64_t number;
} audit_argument;

typedef enum audit_decision { AUDIT_DENIED = 0, AUDIT_ALLOWED = 1 } audit_decision;

/* An access (capability set), an interpreter's event, or a module that came to be. */
typedef struct audit_access {
    uint64_t sequence;
    uint64_t time_us; /* since the start */
    uint64_t process;
    uint64_t thread;
    const char *capability; /* "import" for a module; NULL for an event */
    const char *operation; /* host_env's function without host_; the event's name; the module's kind */
    const audit_argument *arguments; /* of a module: name, origin, sha256; what is null is left out */
    size_t argument_count;
    int64_t result;
    const char *error; /* errno's name; NULL: none */
    audit_decision decision;
    const char *rule; /* FILE:LINE; NULL: none */
    bool report_denies; /* a report policy would have refused */
    const char *report_rule; /* NULL: none */
    const audit_site *site; /* NULL: not from Python code */
    uint64_t count; /* how many accesses this line tells of, alike in all but time; a reader gives at least 1, a writer takes 0 for 1 */
} audit_access;

typedef struct audit_policy {
    const char *file;
    const char *profile; /* NULL: the file's own rules, or its default */
    const char *sha256;  /* of the file */
} audit_policy;

typedef struct audit_start {
    const char *cordon, *python, *time, *directory, *home;
    const char *const *command;
    const char *const *temporary; /* folders for temporary files */
    const audit_policy *policy, *report_policy; /* NULL: none */
} audit_start;

typedef struct audit_end {
    uint64_t accesses, events, modules, lost;
    const char *outcome;
    int64_t code;
} audit_end;

typedef struct audit_exit {
    uint64_t process;
    int64_t code;
    const char *signal; /* NULL: it ended by itself */
} audit_exit;

typedef struct audit_line {
    audit_line_type type;
    uint64_t number; /* of the line, from 1 */
    union {
        audit_start start;
        const audit_process *process;
        const audit_site *site;
        audit_access access; /* AUDIT_ACCESS, AUDIT_EVENT, AUDIT_MODULE */
        audit_exit exit;
        audit_end end;
    } as;
} audit_line;

#endif
