/* The collector: takes what audited processes push into shared memory, and writes the record. docs/audit.md has the
 * picture; audit/ring.h is the other side's. One thread at a time for each collector. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_H
#define CORDON_SUPERVISOR_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/record.h"
#include "host_env/host_env.h"

typedef struct collector collector;

/* Says whether a report policy would refuse this access: sets report_denies and report_rule, which must live until the
 * next call. */
typedef void (*collector_judge_function)(void *context, audit_access *access);
/* Told for people, one line without a newline. */
typedef void (*collector_notice_function)(void *context, const char *text);

typedef struct collector_config {
    host_env *env; /* allows what the person at the terminal may do; borrowed for the collector's life, as all here */
    int record_fd; /* the record is written there; stays the caller's */
    const char *record_name;        /* for messages */
    audit_start start;              /* but for `python` and `time` */
    uint32_t slot_count;            /* processes at once; 0: 512 */
    uint64_t ring_bytes;            /* of each; a power of two; 0: 1 MiB */
    collector_judge_function judge; /* NULL: no report policy */
    void *judge_context;
    collector_notice_function notice;
    void *notice_context;
} collector_config;

/* How a record went. */
typedef struct collector_result {
    uint64_t accesses, events, modules, lost;
    bool is_complete; /* the record is written, with its end and seal, and nothing is missing in it */
} collector_result;

/* Makes the shared memory. False with a message if that fails; *collector_out is then NULL. Otherwise it is the
 * caller's (collector_destroy). */
bool collector_create(const collector_config *config, collector **collector_out, char problem_out[256]);
/* The value for AUDIT_CHANNEL_VARIABLE; valid as long as this process lives and the collector does. Borrowed. */
const char *collector_channel(const collector *collector);

/* A child of this process that was started under the collector; its end is told by collector_reaped. */
void collector_expect(collector *collector, int64_t pid);
/* Takes out and writes what there is; whether there was anything. To be called again and again; it also seals. After it
 * could not write it has told why, and every audited process ends at its next access. */
bool collector_turn(collector *collector);
/* Sleeps until there may be something to do: a moment, or until an audited process ends or a signal comes. */
void collector_rest(collector *collector);
/* A child of this process has ended, with this wait status. */
void collector_reaped(collector *collector, int64_t pid, int wait_status);
/* Whether any process holds a ring; *pid_out is one of them. */
bool collector_is_followed(const collector *collector, int64_t *pid_out);
/* Whether the record could not be written. */
bool collector_has_failed(const collector *collector);
/* Kills every process that holds a ring. */
void collector_kill(collector *collector);
/* The last lines and the last seal. `outcome` is static text. */
void collector_finish(collector *collector, const char *outcome, int64_t code, collector_result *result_out);
/* Accepts NULL. */
void collector_destroy(collector *collector);

#endif
