/* What the files of the collector share. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_INTERNAL_H
#define CORDON_SUPERVISOR_COLLECTOR_INTERNAL_H

#include "audit/ring.h"
#include "audit/writer.h"
#include "collector.h"
#include "collector_distributions.h"
#include "collector_errno.h"
#include "collector_memory.h"
#include "collector_paths.h"
#include "collector_sites.h"

enum {
    SLOTS_DEFAULT = 512,
    RING_BYTES_DEFAULT = 1 << 20,
    THREADS_MAX = 4096,
    TEXTS_MAX = 1 << 16,
    PROCESS_SITES_MAX = 1 << 20
};

/* A process with a ring. What it defined there has its own numbers. */
typedef struct tracked {
    uint64_t id; /* in the record; 0: it has not told who it is */
    int64_t pid;
    uint64_t turn; /* rings of one process: which it claimed first */
    int handle;         /* readable once it has ended; -1: it had gone before we could look */
    bool is_ending;     /* whatever its ring holds now is its last */
    bool is_superseded; /* its program was replaced: it goes on under another number */
    bool is_corrupt;    /* its ring makes no sense, so nothing more is read from it */
    bool has_code;
    int64_t code;
    uint64_t taken; /* the position in its ring; the shared one is only told, never believed */
    char **texts;   /* by number - 1; NULL: not defined */
    uint32_t text_count;
    const audit_site **sites; /* likewise */
    uint32_t site_count;
    unsigned char **repeats; /* the access that each repeat stands for, as it was pushed; NULL: none was */
    uint64_t *threads; /* of the operating system, in the order they were seen: the record calls them 1, 2, 3 ... */
    uint32_t thread_count, thread_last;
} tracked;

/* Of a process that was told; stays when the process has gone. */
typedef struct known_process {
    int64_t pid;
    bool has_ended;
} known_process;

struct collector {
    collector_config config;
    collector_memory memory;
    collector_paths *paths;
    collector_sites *sites;
    collector_distributions *distributions;
    audit_writer *writer;
    tracked **slots; /* by slot; NULL: not in use */
    uint32_t *order; /* slots in use, in the order they were claimed */
    uint32_t order_count;
    known_process *processes;
    size_t process_count, process_max;
    int64_t expected_pid;
    int expected_status;
    bool is_expected_known; /* it has told who it is */
    bool is_expected_reaped;
    bool has_started; /* the first line is written */
    bool has_failed;
    uint64_t sequence, accesses, events, modules, lost;
    uint64_t now_ns, sealed_ns, looked_ns; /* of this turn; when it was sealed, and looked for ends, last */
    unsigned int idle_turns;
    unsigned char *entry; /* a private copy of the entry in hand: the process may change its ring at any time */
    char *scratch;        /* texts of the line in hand */
    size_t scratch_used, scratch_size;
};

uint64_t collector_now_ns(host_env *env);
/* Takes up to a bounded number of entries out of one ring; how many. */
unsigned int collector_take(collector *collector, uint32_t slot);
/* One entry, copied: `size` bytes, at least sizeof(audit_entry). False: it is none, and counts as lost. */
bool collector_entry(collector *collector, uint32_t slot, audit_entry_kind kind, const unsigned char *bytes,
                     size_t size);
/* Tells what a process has counted and not told, when it tells no more. */
void collector_tell_repeats(collector *collector, uint32_t slot);
/* Writes; after a failure everybody is told to end. */
void collector_write(collector *collector, const audit_line *line);
void collector_fail(collector *collector, const char *format, ...) __attribute__((format(printf, 2, 3)));
void collector_notice(collector *collector, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The line `start`, if it is not written yet. */
void collector_begin(collector *collector, const char *python);

/* Processes. */
bool collector_meet(collector *collector, uint32_t slot, int64_t pid, uint64_t turn);
bool collector_told(collector *collector, uint32_t slot, const audit_entry_process *entry,
                    const char *const *arguments);
uint64_t collector_thread(tracked *tracked, uint64_t thread);
void collector_look_at_ends(collector *collector);
void collector_release(collector *collector, uint32_t slot);

#endif
