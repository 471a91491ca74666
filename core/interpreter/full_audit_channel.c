/* Hides how a process comes to a ring, gets another one after a fork, waits while it is full, and ends when nobody empties it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Python.h> /* its version */

#include "bindings/bind.h"
#include "cordon/exit_code.h"
#include "full_audit_internal.h"
#include "host_env/env.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/memory.h"
#include "host_env/process.h"
#include "host_env/signal.h"
#include "host_env/thread.h"
#include "host_env/time.h"

/* The host's own numbers, from headers that the interpreter does not include. */
enum {
    READ_AND_WRITE = 2,        /* O_RDWR */
    CLOSE_ON_EXEC = 02000000,  /* O_CLOEXEC */
    MAY_READ_AND_WRITE = 1 | 2 /* PROT_READ | PROT_WRITE */,
    SHARED = 1,                /* MAP_SHARED */
    PRIVATE_ANONYMOUS = 2 | 0x20,
    ZEROED_IN_CHILDREN = 18, /* MADV_WIPEONFORK */
    SET_MASK = 2,            /* SIG_SETMASK */
    CLOCK_OF_TICKS = 6,      /* CLOCK_MONOTONIC_COARSE */
    STANDARD_ERROR = 2,
    PAGE_BYTES = 4096,
    SLOTS_MAX = 1 << 16
};
#define RING_BYTES_MAX (UINT64_C(1) << 26)

#define WAIT_NS (50 * 1000)
#define LOOK_NS (100 * 1000 * 1000)

full_audit_state full_audit;

static struct {
    int argument_count;
    char *const *arguments;
    int64_t collector_pid;
    uint64_t collector_start;
    _Atomic uint64_t looked_ns; /* when the collector was last seen to be there */
} origin;

_Thread_local uint64_t full_audit_thread_number;
/* Entries of this thread that are reserved and not committed: more than none, and this is a signal's handler. */
static _Thread_local volatile uint32_t unfinished;

bool full_audit_is_on(void) { return full_audit.is_joined != NULL; }
uint64_t full_audit_entry_max(void) { return full_audit.writer.ring_bytes / AUDIT_ENTRY_PARTS; }

/* ---- Ending --------------------------------------------------------------------------------------------------------------------------- */

void full_audit_fail(const char *why)
{
    char line[256];
    size_t written;
    int length = snprintf(line, sizeof line, "cordon-python: %s; what this program does can no longer be recorded, so it ends\n", why);
    (void)host_fd_write(full_audit.host, STANDARD_ERROR, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1, &written, NULL);
    (void)host_process_exit(full_audit.host, CORDON_EXIT_AUDIT_INCOMPLETE, NULL);
    __builtin_trap();
}

/* Field 22 of /proc/PID/stat; 0 if there is no such process. */
static uint64_t start_of(int64_t pid)
{
    char path[64], text[1024];
    size_t count = 0;
    int fd;
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (host_fs_open(full_audit.host, HOST_AT_CWD, path, CLOSE_ON_EXEC, 0, &fd, NULL) != HOST_OK) return 0;
    (void)host_fd_read(full_audit.host, fd, text, sizeof text - 1, &count, NULL);
    (void)host_fd_close(full_audit.host, fd, NULL);
    text[count] = '\0';
    char *next = strrchr(text, ')');
    if (next == NULL || next[1] != ' ' || next[2] == 'Z' || next[2] == 'X') return 0; /* what has ended collects nothing */
    for (int field = 2; next != NULL && field < 22; field++) next = strchr(next + 1, ' ');
    return next == NULL ? 0 : strtoull(next + 1, NULL, 10);
}

static void look_for_collector(void)
{
    if (start_of(origin.collector_pid) != origin.collector_start) full_audit_fail("the collector of this record has gone");
}

/* ---- Time and thread ------------------------------------------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    host_time now = {0, 0};
    (void)host_time_clock(full_audit.host, CLOCK_OF_TICKS, &now, NULL);
    return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

uint64_t full_audit_ask_thread(void)
{
    int64_t number = 0;
    (void)host_thread_gettid(full_audit.host, &number, NULL);
    return full_audit_thread_number = (uint64_t)number;
}

/* ---- Joining --------------------------------------------------------------------------------------------------------------------------- */

static int64_t claim(audit_channel *channel, int64_t pid)
{
    int64_t slot;
    for (uint64_t waited_ns = 0; (slot = audit_ring_claim(channel, pid)) < 0; waited_ns += WAIT_NS) {
        if (atomic_load(&channel->state) != AUDIT_CHANNEL_OPEN) full_audit_fail("the collector of this record has failed");
        if (waited_ns % LOOK_NS == 0) look_for_collector();
        (void)host_time_sleep_for(full_audit.host, &(host_time){.nanoseconds = WAIT_NS}, NULL, NULL);
    }
    return slot;
}

/* What every process tells first: its ids, Python's version, its arguments. */
static void introduce(int64_t pid)
{
    uint64_t size = sizeof(audit_entry_process) + sizeof PY_VERSION, position, reserved;
    int count = 0;
    int64_t parent = 0;
    for (; count < origin.argument_count && size + strlen(origin.arguments[count]) + 1 < full_audit_entry_max(); count++)
        size += strlen(origin.arguments[count]) + 1;
    (void)host_process_getppid(full_audit.host, &parent, NULL);
    audit_entry_process *entry = full_audit_reserve(reserved = size, 0, &position);
    entry->pid = pid;
    entry->parent = parent;
    char *next = memcpy(entry + 1, PY_VERSION, sizeof PY_VERSION);
    next += sizeof PY_VERSION;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(origin.arguments[i]) + 1;
        memcpy(next, origin.arguments[i], length);
        next += length;
    }
    full_audit_commit(entry, position, AUDIT_ENTRY_PROCESS, reserved, size);
}

static void join(void)
{
    audit_channel *channel = full_audit.writer.channel;
    int64_t pid = 0;
    (void)host_process_getpid(full_audit.host, &pid, NULL);
    int64_t slot = claim(channel, pid);
    full_audit.writer.ring = AUDIT_CHANNEL_RING(channel, slot);
    full_audit.writer.data = (unsigned char *)channel + channel->data_offset + (uint64_t)slot * full_audit.writer.ring_bytes;
    full_audit.repeats = AUDIT_CHANNEL_REPEATS(channel, channel->repeat_offset, slot);
    full_audit.generation++;
    full_audit.first_thread = (uint64_t)pid; /* a thread's number is the process's only if it was the first */
    full_audit_thread_number = 0;
    unfinished = 0;
    *full_audit.is_joined = 1;
    introduce(pid);
}

/* In the child of a fork there is one thread; but a signal's handler may want to push as well. */
void full_audit_join_again(void)
{
    const host_signal_set all = ~(host_signal_set)0;
    host_signal_set before = 0;
    (void)host_signal_sigmask(full_audit.host, SET_MASK, &all, &before, NULL);
    if (*full_audit.is_joined == 0) join();
    (void)host_signal_sigmask(full_audit.host, SET_MASK, &before, NULL, NULL);
}

static void tell_exit(int code, void *context)
{
    (void)context;
    full_audit_exit(code & 0xff); /* what a parent gets to see of it */
}

static void join_after_fork(void) { full_audit_be_joined(); }

/* What is wrong with the memory that a stranger has named, or NULL. */
static const char *map_channel(const char *path)
{
    host_file_status status;
    void *memory = NULL;
    int fd;
    if (host_fs_open(full_audit.host, HOST_AT_CWD, path, READ_AND_WRITE | CLOSE_ON_EXEC, 0, &fd, NULL) != HOST_OK)
        return "the collector of this record cannot be reached";
    host_status result = host_fd_fstat(full_audit.host, fd, &status, NULL);
    uint64_t size = result == HOST_OK && status.size_bytes > 0 ? (uint64_t)status.size_bytes : 0;
    if (size >= sizeof(audit_channel)) result = host_memory_map(full_audit.host, NULL, size, MAY_READ_AND_WRITE, SHARED, fd, 0, &memory, NULL);
    (void)host_fd_close(full_audit.host, fd, NULL);
    if (result != HOST_OK || memory == NULL) return "the collector's memory cannot be shared";
    audit_channel *channel = memory;
    uint64_t ring_bytes = channel->ring_bytes, slots = channel->slot_count;
    if (channel->magic != AUDIT_CHANNEL_MAGIC || channel->version != AUDIT_CHANNEL_VERSION) return "the collector of this record is of another version";
    if (slots == 0 || slots > SLOTS_MAX || ring_bytes < PAGE_BYTES || ring_bytes > RING_BYTES_MAX || (ring_bytes & (ring_bytes - 1)) != 0 ||
        channel->repeat_offset < AUDIT_CHANNEL_HEADER_BYTES(slots) || channel->repeat_offset > size ||
        channel->data_offset < channel->repeat_offset + AUDIT_CHANNEL_REPEAT_BYTES(slots) || channel->data_offset > size || (size - channel->data_offset) / ring_bytes < slots)
        return "the collector's memory makes no sense";
    full_audit.writer = (audit_ring_writer){.channel = channel, .ring_bytes = ring_bytes, .nonce = channel->nonce};
    return NULL;
}

void full_audit_attach(host_env *host, int argument_count, char *const *arguments)
{
    static char assignment[PATH_MAX]; /* for the programs that this one starts */
    const char *path;
    void *page = NULL;
    if (host_env_get(host, AUDIT_CHANNEL_VARIABLE, &path, NULL) != HOST_OK) return;
    full_audit.host = host;
    bool is_short = snprintf(assignment, sizeof assignment, "%s=%s", AUDIT_CHANNEL_VARIABLE, path) < (int)sizeof assignment;
    const char *problem = is_short ? map_channel(path) : "the collector of this record has too long a name";
    if (problem != NULL) full_audit_fail(problem);
    origin.argument_count = argument_count;
    origin.arguments = arguments;
    origin.collector_pid = full_audit.writer.channel->collector_pid;
    origin.collector_start = full_audit.writer.channel->collector_start;
    if (host_memory_map(host, NULL, PAGE_BYTES, MAY_READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0, &page, NULL) != HOST_OK ||
        host_memory_advise(host, page, PAGE_BYTES, ZEROED_IN_CHILDREN, NULL) != HOST_OK)
        full_audit_fail("this system does not tell the children of forks apart");
    look_for_collector();
    full_audit.is_joined = page;
    join();
    bind_hide_variable(assignment);
    bind_set_child_function(join_after_fork);
    if (on_exit(tell_exit, NULL) != 0) full_audit_fail("there is no memory left");
}

/* ---- Pushing --------------------------------------------------------------------------------------------------------------------------- */

/* A ring that nobody empties would take what is pushed and lose it. */
static void look_sometimes(uint64_t time_ns)
{
    uint64_t looked_ns = atomic_load_explicit(&origin.looked_ns, memory_order_relaxed);
    if (__builtin_expect(time_ns - looked_ns < LOOK_NS, 1) || !atomic_compare_exchange_strong(&origin.looked_ns, &looked_ns, time_ns)) return;
    look_for_collector();
}

/* After an attempt that found no room. */
static void wait_for_room(audit_push_result result, audit_patience patience)
{
    if (result == AUDIT_PUSH_FULL && patience == AUDIT_CANNOT_WAIT) full_audit_fail("too many signals came while the record could not be written");
    if (result == AUDIT_PUSH_FAILED) full_audit_fail("the collector of this record has failed");
    if (result == AUDIT_PUSH_TOO_LONG) full_audit_fail("an entry of the record is too long");
    (void)host_time_sleep_for(full_audit.host, &(host_time){.nanoseconds = WAIT_NS}, NULL, NULL);
    look_sometimes(now_ns());
}

__attribute__((hot)) void *full_audit_reserve(uint64_t size, uint32_t site, uint64_t *position_out)
{
    void *room;
    audit_push_result result;
    uint64_t time_ns = now_ns();
    full_audit_be_joined();
    look_sometimes(time_ns);
    /* No system call between reserving and committing: signals come at its end, and one that kills would leave a hole. */
    uint64_t thread = full_audit_thread();
    audit_patience patience = unfinished == 0 ? AUDIT_CAN_WAIT : AUDIT_CANNOT_WAIT;
    /* Counted before, since a handler that comes between must not wait; but not while this one waits itself. */
    while (unfinished++, (result = audit_ring_reserve(&full_audit.writer, size, patience, &room, position_out)) != AUDIT_PUSH_OK) {
        unfinished--;
        wait_for_room(result, patience);
    }
    audit_entry *head = room;
    head->time_ns = time_ns;
    head->thread = thread;
    head->site = site;
    return room;
}

__attribute__((hot)) void full_audit_commit(void *entry, uint64_t position, audit_entry_kind kind, uint64_t reserved, uint64_t size)
{
    audit_entry *head = entry;
    head->size = (uint32_t)size;
    atomic_store_explicit(&head->word, audit_entry_word(position, full_audit.writer.nonce, kind, audit_entry_padded(reserved)), memory_order_release);
    unfinished--;
    audit_ring_expect(&full_audit.writer, position + audit_entry_padded(reserved));
}

void full_audit_commit_first(void *entry, uint64_t position, audit_entry_kind kind, uint64_t size)
{
    audit_ring_commit(&full_audit.writer, entry, position, kind, size);
}

/* A child that borrows its parent's memory must not speak for the parent. */
void full_audit_exit(int code)
{
    uint64_t position;
    int64_t pid = 0;
    if (!full_audit_is_on()) return;
    (void)host_process_getpid(full_audit.host, &pid, NULL);
    audit_entry_exit *entry = full_audit_reserve(sizeof *entry, 0, &position);
    entry->code = code;
    bool is_own = pid == atomic_load_explicit(&full_audit.writer.ring->owner, memory_order_relaxed);
    full_audit_commit(entry, position, is_own ? AUDIT_ENTRY_EXIT : AUDIT_ENTRY_SKIP, sizeof *entry, sizeof *entry);
}
