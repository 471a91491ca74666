/* The ring that an audited process and its collector share: many writers, one reader, nothing lost, nothing twice, nothing torn. Runs by itself and under the
 * thread sanitizer, which sees whether every byte is written before it is read. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include <cmocka.h>

#include "audit/ring.h"

enum { RING_BYTES = 1 << 14, WRITERS = 4, ENTRIES = 20000, NONCE = 0x5eed, WORDS_MAX = 40 };

/* What is pushed: who, its number, and as many words that follow from both. */
typedef struct numbered {
    audit_entry head;
    uint64_t writer, number, count;
    uint64_t words[WORDS_MAX];
} numbered;

typedef struct shared {
    audit_channel channel;
    audit_ring ring;
    _Alignas(8) unsigned char data[RING_BYTES];
} shared;

static uint64_t word_of(uint64_t writer, uint64_t number, uint64_t index) { return (writer * 1000003 + number) * 0x9e3779b97f4a7c15 + index; }

/* Handlers have little to say, so that many of them fit into the spare room while a busy machine lets the reader wait. */
static uint64_t words_of(uint64_t writer, uint64_t number) { return writer == WRITERS ? 0 : (writer + number) % WORDS_MAX; }

static shared *create(void)
{
    shared *shared = aligned_alloc(64, sizeof *shared);
    memset(shared, 0, sizeof *shared);
    shared->channel.slot_count = 1;
    atomic_store(&shared->channel.state, AUDIT_CHANNEL_OPEN);
    return shared;
}

static audit_ring_writer writer_of(shared *shared)
{
    return (audit_ring_writer){&shared->channel, &shared->ring, shared->data, RING_BYTES, NONCE};
}

static _Thread_local volatile int unfinished; /* entries of this thread that are reserved and not committed */

static void demand_patience(audit_patience patience)
{
    if (patience == AUDIT_CANNOT_WAIT) {
        fprintf(stderr, "the spare room is full\n"); /* it is more than all handlers take at once */
        abort();
    }
    sched_yield();
}

static void push(const audit_ring_writer *ring, uint64_t writer, uint64_t number)
{
    uint64_t count = words_of(writer, number), size = offsetof(numbered, words) + count * sizeof(uint64_t), position = 0;
    void *room = NULL;
    audit_patience patience = unfinished == 0 ? AUDIT_CAN_WAIT : AUDIT_CANNOT_WAIT;
    while (unfinished++, audit_ring_reserve(ring, size, patience, &room, &position) == AUDIT_PUSH_FULL) {
        unfinished--;
        demand_patience(patience);
    }
    numbered *entry = room;
    entry->writer = writer;
    entry->number = number;
    entry->count = count;
    for (uint64_t i = 0; i < count; i++) entry->words[i] = word_of(writer, number, i);
    audit_ring_commit(ring, entry, position, AUDIT_ENTRY_EVENT, size);
    unfinished--;
}

/* ---- Reading, as a collector does ---- */

typedef struct reader {
    shared *shared;
    uint64_t position, next[WRITERS + 1], read;
} reader;

/* Readers may run in threads of their own, where cmocka's assertions may not. */
#define demand(holds) ((holds) ? (void)0 : (fprintf(stderr, "line %d: not so: %s\n", __LINE__, #holds), abort()))

/* Whether there was an entry. */
static bool take(reader *reader)
{
    unsigned char *place = reader->shared->data + (reader->position & (RING_BYTES - 1));
    uint64_t word = atomic_load_explicit((_Atomic uint64_t *)(void *)place, memory_order_acquire);
    if (word >> 32 != audit_entry_mark(reader->position, NONCE) >> 32) return false;
    uint64_t size = (word & 0xffffff) * AUDIT_ENTRY_ALIGNMENT;
    if ((word >> 24 & 0xff) == AUDIT_ENTRY_EVENT) {
        const numbered *entry = (const void *)place;
        demand(entry->writer <= WRITERS && entry->number == reader->next[entry->writer]);
        demand(entry->count == words_of(entry->writer, entry->number));
        demand(entry->head.size == offsetof(numbered, words) + entry->count * sizeof(uint64_t));
        for (uint64_t i = 0; i < entry->count; i++) demand(entry->words[i] == word_of(entry->writer, entry->number, i));
        reader->next[entry->writer]++;
        reader->read++;
    } else {
        demand((word >> 24 & 0xff) == AUDIT_ENTRY_SKIP);
    }
    reader->position += size;
    atomic_store_explicit(&reader->shared->ring.drained, reader->position, memory_order_release);
    return true;
}

/* ---- Tests ---- */

typedef struct job {
    shared *shared;
    uint64_t writer;
} job;

static void *write_all(void *context)
{
    const job *job = context;
    audit_ring_writer ring = writer_of(job->shared);
    for (uint64_t number = 0; number < ENTRIES; number++) push(&ring, job->writer, number);
    return NULL;
}

static void many_writers_lose_nothing(void **state)
{
    shared *shared = create();
    reader reader = {.shared = shared};
    pthread_t threads[WRITERS];
    job jobs[WRITERS];
    (void)state;

    for (uint64_t i = 0; i < WRITERS; i++) {
        jobs[i] = (job){shared, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_all, &jobs[i]), 0);
    }
    while (reader.read < WRITERS * ENTRIES)
        if (!take(&reader)) sched_yield();
    for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);

    assert_false(take(&reader));
    for (int i = 0; i < WRITERS; i++) assert_int_equal(reader.next[i], ENTRIES);
    assert_int_equal(atomic_load(&shared->ring.reserved), reader.position);
    free(shared);
}

/* A handler that pushes while the thread it interrupts is about to push. */
static audit_ring_writer handler_ring;
static volatile uint64_t handler_number;

static void push_from_handler(int signal)
{
    (void)signal;
    push(&handler_ring, WRITERS, handler_number++);
}

static void *read_all(void *context)
{
    reader *reader = context;
    while (atomic_load(&reader->shared->channel.slots_used) == 0 || reader->position != atomic_load(&reader->shared->ring.reserved))
        if (!take(reader)) sched_yield();
    return NULL;
}

static void handlers_may_push(void **state)
{
    shared *shared = create();
    reader reader = {.shared = shared};
    pthread_t thread;
    sigset_t alarm;
    uint64_t number;
    (void)state;
    handler_ring = writer_of(shared);
    handler_number = 0;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL); /* the reader's thread gets none */
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    signal(SIGALRM, push_from_handler);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);

    /* Seldom, since what handlers push while their thread stands still must fit into the spare room; the thread sanitizer lets them run there only. */
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 20000}, {0, 20000}}, NULL);
    for (number = 0; number < ENTRIES || handler_number < 8; number++) push(&handler_ring, 0, number);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    signal(SIGALRM, SIG_DFL);
    atomic_store(&shared->channel.slots_used, 1);
    pthread_join(thread, NULL);

    assert_int_equal(reader.next[0], number);
    assert_int_equal(reader.next[WRITERS], handler_number);
    free(shared);
}

static void entries_that_do_not_fit_are_told_apart(void **state)
{
    shared *shared = create();
    audit_ring_writer ring = writer_of(shared);
    void *entry;
    uint64_t position;
    (void)state;

    assert_int_equal(audit_ring_reserve(&ring, RING_BYTES / AUDIT_ENTRY_PARTS + 1, AUDIT_CAN_WAIT, &entry, &position), AUDIT_PUSH_TOO_LONG);
    for (int i = 0; i < 3; i++)
        assert_int_equal(audit_ring_reserve(&ring, RING_BYTES / AUDIT_ENTRY_PARTS, AUDIT_CAN_WAIT, &entry, &position), AUDIT_PUSH_OK);
    assert_int_equal(audit_ring_reserve(&ring, RING_BYTES / AUDIT_ENTRY_PARTS, AUDIT_CAN_WAIT, &entry, &position), AUDIT_PUSH_FULL);
    assert_int_equal(audit_ring_reserve(&ring, RING_BYTES / AUDIT_ENTRY_PARTS, AUDIT_CANNOT_WAIT, &entry, &position), AUDIT_PUSH_OK);
    assert_int_equal(audit_ring_reserve(&ring, 8, AUDIT_CANNOT_WAIT, &entry, &position), AUDIT_PUSH_FULL);
    atomic_store(&shared->ring.drained, 8);
    assert_int_equal(audit_ring_reserve(&ring, 8, AUDIT_CANNOT_WAIT, &entry, &position), AUDIT_PUSH_OK);
    atomic_store(&shared->channel.state, AUDIT_CHANNEL_FAILED);
    assert_int_equal(audit_ring_reserve(&ring, 8, AUDIT_CANNOT_WAIT, &entry, &position), AUDIT_PUSH_FAILED);
    free(shared);
}

static void a_ring_has_one_owner(void **state)
{
    unsigned char memory[AUDIT_CHANNEL_HEADER_BYTES(2) + 64];
    audit_channel *channel = (void *)(memory + 64 - (uintptr_t)memory % 64);
    (void)state;
    memset(memory, 0, sizeof memory);
    channel->slot_count = 2;

    assert_int_equal(audit_ring_claim(channel, 10), 0);
    assert_int_equal(audit_ring_claim(channel, 11), 1);
    assert_int_equal(audit_ring_claim(channel, 12), -1);
    assert_int_equal(atomic_load(&channel->slots_used), 2);
    atomic_store(&AUDIT_CHANNEL_RING(channel, 0)->owner, 0);
    assert_int_equal(audit_ring_claim(channel, 12), 0);
    assert_int_equal(atomic_load(&AUDIT_CHANNEL_RING(channel, 0)->owner), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_writers_lose_nothing),
        cmocka_unit_test(handlers_may_push),
        cmocka_unit_test(entries_that_do_not_fit_are_told_apart),
        cmocka_unit_test(a_ring_has_one_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
