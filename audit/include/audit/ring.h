/* The shared memory between an audited process and its collector: its layout, and how a process pushes into its ring. Header-only, no operating
 * system: whoever maps the memory and waits is the includer. docs/audit.md has the picture.
 *
 * The file is one audit_channel, then `slot_count` audit_ring, then, at `repeat_offset`, AUDIT_REPEATS words for each ring, then, at `data_offset`, `ring_bytes` for each ring. A process claims a ring by
 * audit_ring_claim; each process has its own, also each that was forked. What it pushes stays there when it dies; the collector takes it out.
 *
 * Writers: any number of threads, signal handlers too, push at once, without locks: room is reserved by compare-and-swap, then the entry is written, then its first
 * word is stored with release order. That word bears the entry's position in the ring's life, so that what an earlier round left there is never
 * taken for an entry, and nobody has to wipe it. Entries do not wrap: AUDIT_ENTRY_SKIP fills the ring's end.
 * Reader: one. It trusts nothing that it finds: a ring is written by the process that is looked at. */
#ifndef AUDIT_RING_H
#define AUDIT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AUDIT_CHANNEL_VARIABLE "CORDON_AUDIT_CHANNEL" /* the path of the file; removed from the environment before Python sees it */
#define AUDIT_CHANNEL_MAGIC UINT64_C(0x31474e49524f4443)

enum {
    AUDIT_CHANNEL_VERSION = 3,
    AUDIT_KEY_BYTES = 32,
    AUDIT_ENTRY_ALIGNMENT = 8,
    AUDIT_REPEATS = 4096,    /* of each ring; a power of two */
    AUDIT_SPARE_PARTS = 8,   /* an eighth of a ring is for those that cannot wait */
    AUDIT_ENTRY_PARTS = 4 /* an entry is at most a fourth of its ring: longer texts are cut by who pushes, and marked */
};

/* What the collector is at. */
typedef enum audit_channel_state {
    AUDIT_CHANNEL_OPEN = 1,
    AUDIT_CHANNEL_FAILED = 2 /* the record cannot be written: whoever sees this ends with exit code 125 */
} audit_channel_state;

typedef struct audit_channel {
    uint64_t magic;
    uint32_t version;
    uint32_t slot_count;
    uint64_t ring_bytes;  /* of each ring's data; a power of two */
    uint64_t repeat_offset; /* of the first ring's repeats, from the file's begin; a multiple of 4096 */
    uint64_t data_offset;   /* of the first ring's data, likewise */
    int64_t collector_pid;
    uint64_t collector_start; /* field 22 of /proc/PID/stat: with the pid it names that process and no later one */
    uint64_t start_ns;        /* CLOCK_MONOTONIC when the record began */
    uint32_t nonce;           /* mixed into each entry's mark */
    unsigned char key[AUDIT_KEY_BYTES]; /* for the digests of secrets */
    _Alignas(64) _Atomic uint32_t state; /* audit_channel_state; a writer looks at it whenever it waits, and at each push */
    _Atomic uint32_t slots_used;         /* no slot from this one on was ever claimed */
    _Atomic uint64_t turns;              /* how many rings were claimed */
} audit_channel;

/* One process's ring. */
typedef struct audit_ring {
    _Alignas(64) _Atomic int64_t owner; /* pid; 0: free. Set by audit_ring_claim, cleared by the collector once the process has ended */
    _Atomic uint64_t turn; /* the how-manieth ring that was claimed; 0: it is just being claimed, or free. A process that starts another program claims again, so two may have one pid */
    _Alignas(64) _Atomic uint64_t reserved; /* bytes, from the ring's first use on; never falls */
    _Alignas(64) _Atomic uint64_t drained;  /* likewise: what the collector has taken out */
} audit_ring;

#define AUDIT_CHANNEL_RING(channel, slot) ((audit_ring *)((channel) + 1) + (slot))
#define AUDIT_CHANNEL_HEADER_BYTES(slot_count) (sizeof(audit_channel) + (slot_count) * sizeof(audit_ring))

/* ---- Repeats ----------------------------------------------------------------------------------------------------------------------
 *
 * An access whose arguments are numbers only, and that is like an earlier one in all but its time - from the same thread and site, with the same arguments,
 * result and error - need not have an entry of its own. The first has one, with the number of a repeat; those after it are counted in that word, which survives the
 * process as the ring does. A word is a tag, which stands for all that must be alike, above a count. To use a word for something else a process pushes
 * AUDIT_ENTRY_REPEAT with the count, having reserved room for it before it changed the word: so a count is told, or is seen to be lost. */
#define AUDIT_REPEAT_COUNT_MAX UINT64_C(0xffffff)
/* The lower half of the words is the process's first thread's, which need not lock them; the others share the upper one. */
static inline uint32_t audit_repeat_index(uint64_t hash, bool is_first_thread)
{
    return ((uint32_t)hash & (AUDIT_REPEATS / 2 - 1)) + (is_first_thread ? 0 : AUDIT_REPEATS / 2);
}
#define AUDIT_REPEAT_WORD(tag, count) ((uint64_t)(tag) << 24 | (count))
#define AUDIT_CHANNEL_REPEATS(channel, offset, slot) ((_Atomic uint64_t *)(void *)((unsigned char *)(channel) + (offset)) + (uint64_t)(slot) * AUDIT_REPEATS)
#define AUDIT_CHANNEL_REPEAT_BYTES(slot_count) ((uint64_t)(slot_count) * AUDIT_REPEATS * sizeof(uint64_t))

/* ---- Entries ---------------------------------------------------------------------------------------------------------------------- */

/* Numbers of sites and texts are the process's own, from 1; each is defined in its ring before it is used there, and may be defined again as the
 * same. A forked child starts with none. */
typedef enum audit_entry_kind {
    AUDIT_ENTRY_SKIP = 1, /* nothing up to the ring's end; may be one word long */
    AUDIT_ENTRY_PROCESS,  /* the first entry of a process: audit_entry_process, then Python's version, then its arguments, each ended by NUL */
    AUDIT_ENTRY_TEXT,     /* audit_entry_text, then the text and a NUL: labels of arguments, rules, names of events */
    AUDIT_ENTRY_SITE,     /* audit_entry_site, then file, function, module, distribution, then the imports, each ended by NUL */
    AUDIT_ENTRY_ACCESS,   /* audit_entry_access, then arguments */
    AUDIT_ENTRY_EVENT,    /* audit_entry_event, then arguments */
    AUDIT_ENTRY_MODULE,   /* audit_entry_module, then name, kind, origin, sha256, rule, each ended by NUL; "" is null */
    AUDIT_ENTRY_EXIT,     /* audit_entry_exit: the process is about to end by itself */
    AUDIT_ENTRY_REPEAT    /* audit_entry_repeat: how often the access that had this repeat was repeated */
} audit_entry_kind;

/* What every entry but SKIP begins with. */
typedef struct audit_entry {
    _Atomic uint64_t word; /* audit_entry_word(); written last */
    uint64_t time_ns;      /* CLOCK_MONOTONIC or its coarse sister */
    uint64_t thread;       /* of the operating system */
    uint32_t site;         /* 0: none */
    uint32_t size;         /* of the whole entry without what pads it; at most what the word says */
} audit_entry;

typedef struct audit_entry_process {
    audit_entry head;
    int64_t pid;
    int64_t parent; /* its pid */
} audit_entry_process;

typedef struct audit_entry_text {
    audit_entry head;
    uint32_t id;
    uint32_t unused;
} audit_entry_text;

typedef struct audit_entry_site {
    audit_entry head;
    uint32_t id;
    uint32_t line;   /* 0: not known */
    uint32_t caller; /* a site; 0: none */
    uint32_t unused;
} audit_entry_site;

typedef struct audit_entry_access {
    audit_entry head;
    int64_t result;
    uint16_t function;  /* host_function */
    uint16_t host_code; /* errno; 0: none */
    uint8_t capability; /* host_capability */
    uint8_t is_allowed;
    uint16_t argument_count;
    uint32_t rule;   /* text; 0: none */
    uint32_t repeat; /* from 1; 0: none */
} audit_entry_access;

typedef struct audit_entry_repeat {
    audit_entry head;
    uint32_t repeat; /* from 1 */
    uint32_t count;
} audit_entry_repeat;

typedef struct audit_entry_event {
    audit_entry head;
    uint32_t name; /* text */
    uint32_t argument_count;
} audit_entry_event;

typedef struct audit_entry_module {
    audit_entry head;
    uint32_t is_allowed;
    uint32_t unused;
} audit_entry_module;

typedef struct audit_entry_exit {
    audit_entry head;
    int64_t code;
} audit_entry_exit;

typedef enum audit_argument_kind {
    AUDIT_ARGUMENT_NUMBER = 1, /* int64_t */
    AUDIT_ARGUMENT_TEXT,       /* bytes, ended by a NUL that `size` counts */
    AUDIT_ARGUMENT_PATH,       /* likewise: absolute and lexically normal, or empty; the collector adds where it leads */
    AUDIT_ARGUMENT_LIST        /* texts, each ended by NUL */
} audit_argument_kind;

/* Followed by its value, padded to AUDIT_ENTRY_ALIGNMENT. */
typedef struct audit_entry_argument {
    uint32_t what; /* audit_argument_kind in the highest byte, the label, a text, below it */
    uint32_t size; /* of the value, in bytes, without what pads it */
} audit_entry_argument;

/* No bit fields: to put one together piece by piece is to read back what was just stored, which waits until the ring's line has come. */
static inline audit_entry_argument audit_entry_argument_of(uint32_t label, audit_argument_kind kind, uint64_t size)
{
    return (audit_entry_argument){label | (uint32_t)kind << 24, (uint32_t)size};
}
static inline uint32_t audit_entry_argument_label(const audit_entry_argument *argument) { return argument->what & 0xffffff; }
static inline audit_argument_kind audit_entry_argument_kind(const audit_entry_argument *argument) { return (audit_argument_kind)(argument->what >> 24); }

/* ---- Pushing ---------------------------------------------------------------------------------------------------------------------- */

static inline uint64_t audit_entry_mark(uint64_t position, uint32_t nonce) { return (uint64_t)((uint32_t)(position / AUDIT_ENTRY_ALIGNMENT) ^ nonce) << 32; }
/* `size` in bytes, a multiple of AUDIT_ENTRY_ALIGNMENT, below 2**27. */
static inline uint64_t audit_entry_word(uint64_t position, uint32_t nonce, audit_entry_kind kind, uint64_t size)
{
    return audit_entry_mark(position, nonce) | (uint64_t)kind << 24 | size / AUDIT_ENTRY_ALIGNMENT;
}
static inline uint64_t audit_entry_padded(uint64_t size) { return (size + AUDIT_ENTRY_ALIGNMENT - 1) / AUDIT_ENTRY_ALIGNMENT * AUDIT_ENTRY_ALIGNMENT; }

/* What a process keeps of its ring. */
typedef struct audit_ring_writer {
    audit_channel *channel;
    audit_ring *ring;
    unsigned char *data;
    uint64_t ring_bytes;
    uint32_t nonce;
} audit_ring_writer;

/* Takes a free ring for process `pid`; its number, or -1 if there is none now. */
static inline int64_t audit_ring_claim(audit_channel *channel, int64_t pid)
{
    for (uint32_t slot = 0; slot < channel->slot_count; slot++) {
        audit_ring *ring = AUDIT_CHANNEL_RING(channel, slot);
        int64_t nobody = 0;
        if (atomic_load_explicit(&ring->owner, memory_order_relaxed) != 0 || !atomic_compare_exchange_strong(&ring->owner, &nobody, pid))
            continue;
        uint32_t used = atomic_load(&channel->slots_used);
        while (used <= slot && !atomic_compare_exchange_weak(&channel->slots_used, &used, slot + 1)) {
        }
        atomic_store(&ring->turn, atomic_fetch_add(&channel->turns, 1) + 1);
        return slot;
    }
    return -1;
}

typedef enum audit_push_result { AUDIT_PUSH_OK, AUDIT_PUSH_FULL, AUDIT_PUSH_FAILED /* the channel has */, AUDIT_PUSH_TOO_LONG } audit_push_result;

/* Whether one may wait. A signal's handler may not if the thread that it interrupted has room reserved and not committed: the reader would wait for that entry, and the
 * handler for the reader. Such a one may use the spare room, which the others leave free. */
typedef enum audit_patience { AUDIT_CAN_WAIT, AUDIT_CANNOT_WAIT } audit_patience;

/* Room for an entry of `size` bytes; on OK *entry_out is to be filled, all but its word, and given to audit_ring_commit with the same size, kind and position.
 * FULL: wait a little, see whether the collector is still there, and ask again. */
static inline audit_push_result audit_ring_reserve(const audit_ring_writer *writer, uint64_t size, audit_patience patience, void **entry_out, uint64_t *position_out)
{
    const uint64_t mask = writer->ring_bytes - 1;
    const uint64_t usable = patience == AUDIT_CAN_WAIT ? writer->ring_bytes - writer->ring_bytes / AUDIT_SPARE_PARTS : writer->ring_bytes;
    size = audit_entry_padded(size);
    if (size > writer->ring_bytes / AUDIT_ENTRY_PARTS) return AUDIT_PUSH_TOO_LONG;
    if (atomic_load_explicit(&writer->channel->state, memory_order_relaxed) != AUDIT_CHANNEL_OPEN) return AUDIT_PUSH_FAILED;
    uint64_t reserved = atomic_load_explicit(&writer->ring->reserved, memory_order_relaxed), skip;
    do {
        uint64_t to_end = writer->ring_bytes - (reserved & mask);
        skip = to_end < size ? to_end : 0;
        if (reserved + skip + size - atomic_load_explicit(&writer->ring->drained, memory_order_acquire) > usable) return AUDIT_PUSH_FULL;
    } while (!atomic_compare_exchange_weak_explicit(&writer->ring->reserved, &reserved, reserved + skip + size, memory_order_relaxed, memory_order_relaxed));
    if (skip > 0) {
        _Atomic uint64_t *word = (_Atomic uint64_t *)(void *)(writer->data + (reserved & mask));
        atomic_store_explicit(word, audit_entry_word(reserved, writer->nonce, AUDIT_ENTRY_SKIP, skip), memory_order_release);
    }
    *position_out = reserved + skip;
    *entry_out = writer->data + (*position_out & mask);
    return AUDIT_PUSH_OK;
}

/* Lets the processor fetch, while the program goes on, what the next entry will be written to. The collector has read these lines a round ago: without this, the first
 * store to each that something must wait for waits until another processor has given it up. */
static inline void audit_ring_expect(const audit_ring_writer *writer, uint64_t position)
{
    enum { LINE_BYTES = 64, LINES = 4 /* a path's entry has some 200 bytes */ };
    for (uint64_t i = 0; i < LINES; i++) {
        const unsigned char *line = writer->data + ((position + i * LINE_BYTES) & (writer->ring_bytes - 1));
#if defined(__x86_64__)
        __asm__ volatile("prefetchw %0" : : "m"(*line)); /* __builtin_prefetch takes another processor's share only, without -mprfchw */
#else
        __builtin_prefetch(line, 1);
#endif
    }
}

static inline void audit_ring_commit(const audit_ring_writer *writer, void *entry, uint64_t position, audit_entry_kind kind, uint64_t size)
{
    audit_entry *head = entry;
    head->size = (uint32_t)size;
    atomic_store_explicit(&head->word, audit_entry_word(position, writer->nonce, kind, audit_entry_padded(size)), memory_order_release);
}

#endif
