/* Hides from the sealed layer who runs when: ready threads in order, sleepers by deadline, and what happens when nobody
 * can run. */
#include "thread_internal.h"

#include "sealed/arch.h"
#include "sealed/clock.h"
#include "sealed/error.h"
#include "sealed/fatal.h"
#include "sealed/heap.h"
#include "sealed/interrupt.h"
#include "sealed/limit.h"

#include <string.h>

/* More than most frames, so that an overflow leaves a trace. */
enum { GUARD_BYTES = 512, GUARD_FILL = 0xC5 };

sealed_thread sealed_thread_first = {.number = 1, .deadline_ns = SEALED_CLOCK_NEVER};
sealed_thread *sealed_thread_current = &sealed_thread_first;

static sealed_wait_queue ready;  /* can run, longest waiting first */
static sealed_wait_queue askers; /* wait for a condition that only its own function knows */
static sealed_thread *sleepers;  /* all that have a deadline, earliest first */
static sealed_thread *to_free; /* ended and detached: freed by whoever runs next, since it still stands on its stack */
static unsigned thread_count = 1;
static int last_number = 1;
static void (*on_create_function)(sealed_thread *thread);
static sealed_outside_function outside_function;

/* --- queues --- */

static void queue_append(sealed_wait_queue *queue, sealed_thread *thread)
{
    thread->queue = queue;
    thread->next = NULL;
    thread->previous = queue->last;
    if (queue->last)
        queue->last->next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

static uint64_t next_ticket(void)
{
    static uint64_t last_ticket;

    return ++last_ticket;
}

/* A thread that waits in slices (CPython does, for its global lock) would fall back to the end of the queue with each
 * slice, and could starve behind others for ever, since nothing here is random. So it keeps its ticket. */
static void queue_join(sealed_wait_queue *queue, sealed_thread *thread)
{
    sealed_thread *behind = NULL, *ahead = queue->last;

    if (thread->left_in_vain != queue)
        thread->ticket = next_ticket();
    thread->left_in_vain = NULL;
    while (ahead && ahead->ticket > thread->ticket) {
        behind = ahead;
        ahead = ahead->previous;
    }
    thread->queue = queue;
    thread->next = behind;
    thread->previous = ahead;
    if (ahead)
        ahead->next = thread;
    else
        queue->first = thread;
    if (behind)
        behind->previous = thread;
    else
        queue->last = thread;
}

static void queue_remove(sealed_thread *thread)
{
    sealed_wait_queue *queue = thread->queue;

    if (thread->previous)
        thread->previous->next = thread->next;
    else
        queue->first = thread->next;
    if (thread->next)
        thread->next->previous = thread->previous;
    else
        queue->last = thread->previous;
    thread->queue = NULL;
}

static void sleepers_insert(sealed_thread *thread)
{
    sealed_thread *earlier = NULL, *later = sleepers;

    while (later && later->deadline_ns <= thread->deadline_ns) {
        earlier = later;
        later = later->later;
    }
    thread->earlier = earlier;
    thread->later = later;
    if (earlier)
        earlier->later = thread;
    else
        sleepers = thread;
    if (later)
        later->earlier = thread;
}

static void sleepers_remove(sealed_thread *thread)
{
    if (thread->earlier)
        thread->earlier->later = thread->later;
    else
        sleepers = thread->later;
    if (thread->later)
        thread->later->earlier = thread->earlier;
    thread->deadline_ns = SEALED_CLOCK_NEVER;
}

static void make_ready(sealed_thread *thread, int result)
{
    thread->left_in_vain = result == -SEALED_ETIMEDOUT ? thread->queue : NULL;
    queue_remove(thread);
    if (thread->deadline_ns != SEALED_CLOCK_NEVER)
        sleepers_remove(thread);
    thread->wait_result = result;
    queue_append(&ready, thread);
}

/* --- choosing --- */

static void wake_the_due(void)
{
    uint64_t now_ns = sealed_clock_peek_ns();

    while (sleepers && sleepers->deadline_ns <= now_ns)
        make_ready(sleepers, -SEALED_ETIMEDOUT);
}

static void ask_the_askers(void)
{
    sealed_thread *thread = askers.first;

    while (thread) {
        sealed_thread *next = thread->next;
        if (thread->is_true(thread->context))
            make_ready(thread, 0);
        thread = next;
    }
}

static void gather_ready(void)
{
    wake_the_due();
    if (askers.first)
        ask_the_askers();
}

/* Nobody can run and nobody sleeps. Whoever waits for something that only others could do is told so; else this is the
 * end. */
static void resolve_deadlock(void)
{
    if (!askers.first)
        sealed_fatal("deadlock: every thread waits for another one, and none has a time limit", SEALED_EXIT_DEADLOCK);
    make_ready(askers.first, -SEALED_EDEADLK);
}

static bool wait_outside(void)
{
    return outside_function && outside_function(sleepers ? sleepers->deadline_ns : SEALED_CLOCK_NEVER);
}

/* A look at what has come from outside, for threads that keep running. Each may cost a turn of the host, so not every
 * time. */
static void look_outside(void)
{
    enum { LOOKS = 16 };
    static unsigned looks;

    if (++looks % LOOKS != 0)
        return;
    sealed_clock_follow();
    if (outside_function)
        (void)outside_function(sealed_clock_peek_ns());
}

/* Takes the thread that runs next out of the ready queue; lets virtual time pass if need be. */
static sealed_thread *choose_next(void)
{
    gather_ready();
    while (!ready.first) {
        if (sealed_interrupt_poll())
            ; /* somebody outside wants the first thread back */
        else if (wait_outside())
            ; /* something came, or time passed */
        else if (sleepers)
            sealed_clock_wait_until_ns(sleepers->deadline_ns);
        else
            resolve_deadlock();
        gather_ready();
    }
    sealed_thread *next = ready.first;
    queue_remove(next);
    return next;
}

/* --- switching --- */

#if defined(__SANITIZE_ADDRESS__)
void __asan_unpoison_memory_region(void const volatile *address, size_t size);
#endif

static void thread_free(sealed_thread *thread)
{
    if (thread == &sealed_thread_first)
        return;
    thread->previous_of_all->next_of_all = thread->next_of_all;
    if (thread->next_of_all)
        thread->next_of_all->previous_of_all = thread->previous_of_all;
#if defined(__SANITIZE_ADDRESS__)
    /* Frames that were never left keep their marks, and the heap would give these bytes out again. */
    __asan_unpoison_memory_region(thread->stack, thread->stack_bytes);
#endif
    sealed_release(thread->stack);
}

static bool guard_is_whole(const sealed_thread *thread)
{
    static const unsigned char untouched[GUARD_BYTES] = {[0 ... GUARD_BYTES - 1] = GUARD_FILL};

    return memcmp(thread->stack, untouched, GUARD_BYTES) == 0;
}

static void stack_check(const sealed_thread *thread)
{
    const unsigned char *position = sealed_arch_stack_position();

    if (!thread->stack)
        return;
    if (position < thread->stack + GUARD_BYTES || position > thread->stack + thread->stack_bytes ||
        !guard_is_whole(thread))
        sealed_stack_exhausted(thread->stack_bytes, false);
}

/* Nothing stops a thread at the end of its stack: it goes on over whatever lies below. */
void sealed_thread_explain_overflow(const void *stack_pointer)
{
    const sealed_thread *thread = sealed_thread_current;
    const unsigned char *position = stack_pointer;

    if (thread->stack && ((position && position < thread->stack + GUARD_BYTES) || !guard_is_whole(thread)))
        sealed_stack_exhausted(thread->stack_bytes, false);
}

static void explain_damage(void)
{
    sealed_thread_explain_overflow(NULL);
}

/* Runs in the thread that was switched to, each time. */
static void arrive(void)
{
    sealed_thread_locals_load(sealed_thread_current);
    if (to_free) {
        sealed_thread *ended = to_free;
        to_free = NULL;
        thread_free(ended);
    }
}

static void switch_to(sealed_thread *next)
{
    sealed_thread *self = sealed_thread_current;

    if (next == self)
        return;
    sealed_thread_locals_save(self);
    sealed_thread_current = next;
    sealed_arch_switch(&self->position, next->position);
    arrive();
}

/* --- waiting --- */

enum interruption { WAITS_ALL_THE_TIME, CAN_BE_INTERRUPTED };

static int wait_in(sealed_wait_queue *queue, uint64_t deadline_ns, enum interruption interruption)
{
    sealed_thread *self = sealed_thread_current;

    stack_check(self);
    self->is_interruptible = interruption == CAN_BE_INTERRUPTED;
    if (deadline_ns <= sealed_clock_peek_ns())
        look_outside();
    self->deadline_ns = deadline_ns;
    queue_join(queue, self);
    if (deadline_ns != SEALED_CLOCK_NEVER)
        sleepers_insert(self);
    switch_to(choose_next());
    return self->wait_result;
}

int sealed_thread_wait(sealed_wait_queue *queue, uint64_t deadline_ns)
{
    return wait_in(queue, deadline_ns, WAITS_ALL_THE_TIME);
}

static bool owes_interrupt; /* the first thread did not wait when it was to leave its wait */

void sealed_thread_interrupt_first(void)
{
    sealed_thread *first = &sealed_thread_first;

    owes_interrupt = !first->queue || first->queue == &ready || !first->is_interruptible;
    if (!owes_interrupt)
        make_ready(first, -SEALED_EINTR);
}

bool sealed_thread_take_interrupt(void)
{
    bool is_owed = owes_interrupt && sealed_thread_current == &sealed_thread_first;

    if (is_owed)
        owes_interrupt = false;
    return is_owed;
}

int sealed_thread_wait_or_interrupt(sealed_wait_queue *queue, uint64_t deadline_ns)
{
    if (sealed_thread_take_interrupt())
        return -SEALED_EINTR;
    return wait_in(queue, deadline_ns, CAN_BE_INTERRUPTED);
}

unsigned sealed_thread_wake(sealed_wait_queue *queue, unsigned count)
{
    unsigned woken = 0;

    while (queue->first && woken < count) {
        make_ready(queue->first, 0);
        woken++;
    }
    return woken;
}

int sealed_wait_until(bool (*is_true)(void *context), void *context, uint64_t deadline_ns)
{
    sealed_thread *self = sealed_thread_current;

    if (is_true(context))
        return 0;
    self->is_true = is_true;
    self->context = context;
    return sealed_thread_wait_or_interrupt(&askers, deadline_ns);
}

int sealed_thread_sleep_until(uint64_t deadline_ns)
{
    sealed_wait_queue alone = {0};

    return sealed_thread_wait_or_interrupt(&alone, deadline_ns) == -SEALED_EINTR ? -SEALED_EINTR : 0;
}

void sealed_thread_yield(void)
{
    gather_ready();
    if (!ready.first)
        return;
    stack_check(sealed_thread_current);
    queue_append(&ready, sealed_thread_current);
    sealed_thread *next = ready.first;
    queue_remove(next);
    switch_to(next);
}

void sealed_thread_tick(uint64_t ns)
{
    sealed_clock_run_ns(ns);
    look_outside();
    sealed_thread_yield();
}

/* --- lifecycle --- */

static _Noreturn void thread_main(void)
{
    arrive();
    sealed_thread_exit(sealed_thread_current->start(sealed_thread_current->argument));
}

static void remember(sealed_thread *thread)
{
    thread->previous_of_all = &sealed_thread_first;
    thread->next_of_all = sealed_thread_first.next_of_all;
    if (thread->next_of_all)
        thread->next_of_all->previous_of_all = thread;
    sealed_thread_first.next_of_all = thread;
}

int sealed_thread_create(sealed_thread **thread_out, size_t stack_bytes, void *(*start)(void *), void *argument)
{
    if (stack_bytes == 0)
        stack_bytes = SEALED_THREAD_STACK_BYTES;
    if (stack_bytes < SEALED_THREAD_STACK_BYTES_MIN)
        return -SEALED_EINVAL;
    if (stack_bytes > SIZE_MAX / 2)
        return -SEALED_EAGAIN;
    stack_bytes &= ~(size_t)15;
    unsigned char *stack = sealed_allocate(stack_bytes + sizeof(sealed_thread));
    if (!stack)
        return -SEALED_EAGAIN;
    /* The thread's record lies above its stack, where an overflow does not reach. */
    sealed_thread *thread = (sealed_thread *)(stack + stack_bytes);
    memset(thread, 0, sizeof *thread);
    thread->stack = stack;
    thread->stack_bytes = stack_bytes;
    thread->number = ++last_number;
    thread->deadline_ns = SEALED_CLOCK_NEVER;
    thread->start = start;
    thread->argument = argument;
    memset(stack, GUARD_FILL, GUARD_BYTES);
    thread->position = sealed_arch_stack_prepare(stack + stack_bytes, thread_main);
    sealed_fatal_set_explanation(explain_damage);
    remember(thread);
    thread_count++;
    queue_append(&ready, thread);
    *thread_out = thread;
    if (on_create_function)
        on_create_function(thread);
    return 0;
}

int sealed_thread_join(sealed_thread *thread, void **result_out)
{
    sealed_thread *self = sealed_thread_current;

    if (thread == self || thread->joining == self)
        return -SEALED_EDEADLK;
    if (thread->is_detached || thread->has_joiner)
        return -SEALED_EINVAL;
    thread->has_joiner = true;
    self->joining = thread;
    while (!thread->has_ended)
        wait_in(&thread->joiner, SEALED_CLOCK_NEVER, WAITS_ALL_THE_TIME);
    self->joining = NULL;
    if (result_out)
        *result_out = thread->result;
    thread_free(thread);
    return 0;
}

int sealed_thread_detach(sealed_thread *thread)
{
    if (thread->is_detached || thread->has_joiner)
        return -SEALED_EINVAL;
    thread->is_detached = true;
    if (thread->has_ended)
        thread_free(thread);
    return 0;
}

static bool is_last_thread(void *unused)
{
    (void)unused;
    return thread_count == 1;
}

static _Noreturn void first_thread_exit(void)
{
    int result = sealed_wait_until(is_last_thread, NULL, SEALED_CLOCK_NEVER);

    if (result != 0)
        sealed_fatal("deadlock: the first thread ended, and all others wait for each other", SEALED_EXIT_DEADLOCK);
    sealed_exit_now(0);
}

_Noreturn void sealed_thread_exit(void *result)
{
    sealed_thread *self = sealed_thread_current;

    sealed_thread_keys_destroy();
    stack_check(self);
    if (self == &sealed_thread_first)
        first_thread_exit();
    self->result = result;
    self->has_ended = true;
    thread_count--;
    sealed_thread_wake(&self->joiner, 1);
    sealed_thread *next = choose_next();
    if (self->is_detached)
        to_free = self;
    switch_to(next);
    sealed_fatal("a thread that had ended ran again", SEALED_EXIT_DAMAGED);
}

sealed_thread *sealed_thread_self(void)
{
    return sealed_thread_current;
}

int sealed_thread_number(const sealed_thread *thread)
{
    return thread->number;
}

size_t sealed_thread_stack_bytes(const sealed_thread *thread)
{
    return thread->stack_bytes;
}

unsigned sealed_thread_count(void)
{
    return thread_count;
}

void sealed_thread_set_outside(sealed_outside_function wait)
{
    outside_function = wait;
}

void sealed_thread_set_on_create(void (*on_create)(sealed_thread *thread))
{
    on_create_function = on_create;
}
