/* Threads take turns at waits only, time passes when nobody can run, and a wait that cannot end is reported instead of
 * hanging. */
#include "sealed/thread.h"

#include "sealed/clock.h"
#include "sealed/error.h"
#include "sealed/fatal.h"
#include "sealed/heap.h"
#include "support/fake_gate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fenv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t second_ns = 1000000000ull;

static char trace[256];
static size_t trace_length;

static void note(char letter)
{
    trace[trace_length++] = letter;
    trace[trace_length] = 0;
}

static int reset(void **state)
{
    (void)state;
    trace_length = 0;
    trace[0] = 0;
    return 0;
}

static sealed_thread *started(void *(*start)(void *), void *argument)
{
    sealed_thread *thread = NULL;

    assert_int_equal(sealed_thread_create(&thread, 0, start, argument), 0);
    return thread;
}

static void *joined(sealed_thread *thread)
{
    void *result = NULL;

    assert_int_equal(sealed_thread_join(thread, &result), 0);
    return result;
}

static void *take_turns(void *argument)
{
    for (int i = 0; i < 3; i++) {
        note(*(char *)argument);
        sealed_thread_yield();
    }
    return argument;
}

static void yielding_threads_alternate(void **state)
{
    sealed_thread *first = started(take_turns, "a"), *second = started(take_turns, "b");
    (void)state;

    assert_string_equal(trace, "");
    assert_string_equal(joined(first), "a");
    assert_string_equal(joined(second), "b");
    assert_string_equal(trace, "ababab");
    assert_int_equal(sealed_thread_count(), 1);
}

static void *sleep_and_note(void *argument)
{
    int seconds = *(char *)argument - '0';

    sealed_thread_sleep_until(sealed_clock_peek_ns() + (uint64_t)seconds * second_ns);
    note(*(char *)argument);
    return NULL;
}

static void sleepers_wake_by_deadline_without_waiting(void **state)
{
    uint64_t before = sealed_clock_peek_ns();
    sealed_thread *threads[3] = {started(sleep_and_note, "3"), started(sleep_and_note, "1"),
                                 started(sleep_and_note, "2")};
    (void)state;

    for (int i = 0; i < 3; i++)
        joined(threads[i]);
    assert_string_equal(trace, "123");
    assert_true(sealed_clock_peek_ns() - before >= 3 * second_ns);
    assert_true(sealed_clock_peek_ns() - before < 4 * second_ns);
}

static sealed_semaphore turnstile;

static void *pass_turnstile(void *argument)
{
    assert_int_equal(sealed_semaphore_wait(&turnstile, SEALED_CLOCK_NEVER), 0);
    note(*(char *)argument);
    return NULL;
}

static void semaphore_wakes_in_order(void **state)
{
    sealed_thread *threads[3] = {started(pass_turnstile, "x"), started(pass_turnstile, "y"),
                                 started(pass_turnstile, "z")};
    (void)state;

    sealed_thread_yield();
    assert_string_equal(trace, "");
    for (int i = 0; i < 3; i++)
        assert_int_equal(sealed_semaphore_post(&turnstile), 0);
    assert_int_equal(sealed_semaphore_try_wait(&turnstile), -SEALED_EAGAIN);
    for (int i = 0; i < 3; i++)
        joined(threads[i]);
    assert_string_equal(trace, "xyz");
}

static void semaphore_wait_times_out_in_virtual_time(void **state)
{
    sealed_semaphore semaphore = {0};
    uint64_t deadline = sealed_clock_peek_ns() + 1000 * second_ns;
    (void)state;

    assert_int_equal(sealed_semaphore_wait(&semaphore, deadline), -SEALED_ETIMEDOUT);
    assert_int_equal(sealed_clock_peek_ns(), deadline);
    assert_int_equal(sealed_semaphore_post(&semaphore), 0);
    assert_int_equal(sealed_semaphore_wait(&semaphore, deadline), 0);
    semaphore.value = INT32_MAX;
    assert_int_equal(sealed_semaphore_post(&semaphore), -SEALED_EOVERFLOW);
}

struct counter {
    sealed_mutex mutex;
    sealed_condition changed;
    int value;
};

static void *produce(void *argument)
{
    struct counter *counter = argument;

    for (int i = 0; i < 100; i++) {
        sealed_mutex_lock(&counter->mutex, SEALED_CLOCK_NEVER);
        int seen = counter->value;
        sealed_thread_yield(); /* while holding the mutex: nobody may change the value */
        counter->value = seen + 1;
        sealed_condition_broadcast(&counter->changed);
        sealed_mutex_unlock(&counter->mutex);
    }
    return NULL;
}

static void mutex_excludes_and_condition_tells(void **state)
{
    struct counter counter = {0};
    sealed_thread *threads[4];
    (void)state;

    for (int i = 0; i < 4; i++)
        threads[i] = started(produce, &counter);
    sealed_mutex_lock(&counter.mutex, SEALED_CLOCK_NEVER);
    while (counter.value < 400)
        assert_int_equal(sealed_condition_wait(&counter.changed, &counter.mutex, SEALED_CLOCK_NEVER), 0);
    sealed_mutex_unlock(&counter.mutex);
    for (int i = 0; i < 4; i++)
        joined(threads[i]);
    assert_int_equal(counter.value, 400);
}

static void condition_wait_times_out_and_locks_again(void **state)
{
    struct counter counter = {.mutex.kind = SEALED_MUTEX_ERRORCHECK};
    (void)state;

    assert_int_equal(sealed_condition_wait(&counter.changed, &counter.mutex, SEALED_CLOCK_NEVER), -SEALED_EPERM);
    assert_int_equal(sealed_mutex_lock(&counter.mutex, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(sealed_condition_wait(&counter.changed, &counter.mutex, sealed_clock_peek_ns() + second_ns),
                     -SEALED_ETIMEDOUT);
    assert_int_equal(sealed_mutex_lock(&counter.mutex, SEALED_CLOCK_NEVER), -SEALED_EDEADLK);
    assert_int_equal(sealed_mutex_unlock(&counter.mutex), 0);
}

static void *hold_for_a_second(void *argument)
{
    sealed_mutex_lock(argument, SEALED_CLOCK_NEVER);
    sealed_thread_sleep_until(sealed_clock_peek_ns() + second_ns);
    sealed_mutex_unlock(argument);
    return NULL;
}

static void mutex_kinds_behave(void **state)
{
    sealed_mutex normal = {0}, recursive = {.kind = SEALED_MUTEX_RECURSIVE},
                 checked = {.kind = SEALED_MUTEX_ERRORCHECK};
    sealed_thread *holder = started(hold_for_a_second, &checked), *other = started(hold_for_a_second, &normal);
    (void)state;

    assert_int_equal(sealed_mutex_lock(&recursive, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(sealed_mutex_lock(&recursive, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(sealed_mutex_unlock(&recursive), 0);
    assert_int_equal(sealed_mutex_unlock(&recursive), 0);
    assert_int_equal(sealed_mutex_unlock(&recursive), -SEALED_EPERM);

    sealed_thread_yield();
    assert_int_equal(sealed_mutex_unlock(&checked), -SEALED_EPERM);
    assert_int_equal(sealed_mutex_try_lock(&normal), -SEALED_EBUSY);
    assert_int_equal(sealed_mutex_lock(&normal, sealed_clock_peek_ns() + second_ns / 2), -SEALED_ETIMEDOUT);
    assert_int_equal(sealed_mutex_lock(&normal, sealed_clock_peek_ns() + 2 * second_ns), 0);
    assert_int_equal(sealed_mutex_unlock(&normal), 0);
    joined(holder);
    joined(other);
}

static int thread_own;

static void *change_own(void *argument)
{
    assert_int_equal(thread_own, 0);
    thread_own = *(int *)argument;
    sealed_thread_yield();
    assert_int_equal(thread_own, *(int *)argument);
    return NULL;
}

static void registered_locals_are_a_threads_own(void **state)
{
    int one = 1, two = 2;
    sealed_thread *first, *second;
    (void)state;

    assert_int_equal(sealed_thread_register_local(&thread_own, sizeof thread_own), 0);
    assert_int_equal(sealed_thread_register_local(&thread_own, sizeof thread_own), 0);
    assert_int_equal(sealed_thread_register_local(&thread_own, 1), -SEALED_EINVAL);
    assert_int_equal(sealed_thread_register_local(trace, SEALED_THREAD_LOCAL_BYTES_MAX), -SEALED_ENOSPC);
    thread_own = 77;
    first = started(change_own, &one);
    second = started(change_own, &two);
    joined(first);
    joined(second);
    assert_int_equal(thread_own, 77);
}

static unsigned test_key;

static void destroy_value(void *value)
{
    note(*(char *)value);
}

static void *keep_value(void *argument)
{
    assert_null(sealed_thread_key_get(test_key));
    assert_int_equal(sealed_thread_key_set(test_key, argument), 0);
    sealed_thread_yield();
    assert_ptr_equal(sealed_thread_key_get(test_key), argument);
    return NULL;
}

static void keys_hold_a_value_per_thread_and_destroy_it(void **state)
{
    sealed_thread *first, *second;
    (void)state;

    assert_int_equal(sealed_thread_key_create(&test_key, destroy_value), 0);
    first = started(keep_value, "p");
    second = started(keep_value, "q");
    joined(first);
    joined(second);
    assert_string_equal(trace, "pq");
    assert_int_equal(sealed_thread_key_set(test_key, "r"), 0);
    assert_int_equal(sealed_thread_key_delete(test_key), 0);
    assert_int_equal(sealed_thread_key_set(test_key, "r"), -SEALED_EINVAL);
    assert_int_equal(sealed_thread_key_create(&test_key, NULL), 0);
    assert_null(sealed_thread_key_get(test_key));
    assert_int_equal(sealed_thread_key_delete(test_key), 0);
}

static void *round_up_then_compute(void *argument)
{
    assert_int_equal(fegetround(), FE_TONEAREST);
    fesetround(FE_UPWARD);
    sealed_thread_yield();
    assert_int_equal(fegetround(), FE_UPWARD);
    return argument;
}

static void floating_point_modes_are_a_threads_own(void **state)
{
    sealed_thread *thread = started(round_up_then_compute, NULL);
    (void)state;

    sealed_thread_yield();
    assert_int_equal(fegetround(), FE_TONEAREST);
    joined(thread);
    assert_int_equal(fegetround(), FE_TONEAREST);
}

static bool is_set(void *flag)
{
    return *(bool *)flag;
}

static void *set_flag_later(void *argument)
{
    sealed_thread_sleep_until(sealed_clock_peek_ns() + second_ns);
    *(bool *)argument = true;
    return NULL;
}

static void wait_until_sees_what_another_thread_does(void **state)
{
    bool flag = false;
    sealed_thread *thread = started(set_flag_later, &flag);
    (void)state;

    assert_int_equal(sealed_wait_until(is_set, &flag, sealed_clock_peek_ns() + second_ns / 2), -SEALED_ETIMEDOUT);
    assert_int_equal(sealed_wait_until(is_set, &flag, SEALED_CLOCK_NEVER), 0);
    joined(thread);
    flag = false;
    assert_int_equal(sealed_wait_until(is_set, &flag, SEALED_CLOCK_NEVER), -SEALED_EDEADLK);
}

static void *busy_until_flag(void *argument)
{
    while (!*(volatile bool *)argument)
        sealed_thread_tick(5000000);
    return NULL;
}

/* A thread that never waits, only ticks, must not keep a sleeper from waking. */
static void ticks_let_time_pass_for_sleepers(void **state)
{
    bool flag = false;
    sealed_thread *busy = started(busy_until_flag, &flag), *sleeper = started(set_flag_later, &flag);
    (void)state;

    joined(busy);
    joined(sleeper);
    assert_true(flag);
}

/* --- waiting for what comes from outside --- */

static struct {
    uint64_t deadline_ns; /* of the last wait */
    uint64_t passes_ns;   /* how much time each wait takes, at most; 0: nothing to wait for */
    unsigned waits, waits_until_flag;
    bool flag;
} outside;

static bool fake_outside(uint64_t deadline_ns)
{
    uint64_t now_ns = sealed_clock_peek_ns();

    outside.waits++;
    outside.deadline_ns = deadline_ns;
    if (outside.passes_ns == 0)
        return false;
    if (outside.waits_until_flag > 0 && --outside.waits_until_flag == 0)
        outside.flag = true;
    sealed_clock_wait_until_ns(deadline_ns - now_ns < outside.passes_ns ? deadline_ns : now_ns + outside.passes_ns);
    return true;
}

static int outside_reset(void **state)
{
    memset(&outside, 0, sizeof outside);
    sealed_thread_set_outside(fake_outside);
    return reset(state);
}

static int outside_forget(void **state)
{
    (void)state;
    sealed_thread_set_outside(NULL);
    return 0;
}

/* A sleep is cut into as many waits as the outside wants; a sleep without anything outside is one jump. */
static void sleeping_waits_outside_while_something_is_to_come(void **state)
{
    uint64_t until_ns = sealed_clock_peek_ns() + second_ns;
    (void)state;

    outside.passes_ns = second_ns / 4;
    sealed_thread_sleep_until(until_ns);
    assert_int_equal(sealed_clock_peek_ns(), until_ns);
    assert_int_equal(outside.waits, 4);
    assert_int_equal(outside.deadline_ns, until_ns);

    outside.waits = 0;
    outside.passes_ns = 0;
    sealed_thread_sleep_until(until_ns + second_ns);
    assert_int_equal(sealed_clock_peek_ns(), until_ns + second_ns);
    assert_int_equal(outside.waits, 1);
}

/* What only the outside can bring is no deadlock; with nothing to come it is one. */
static void waiting_for_the_outside_is_no_deadlock(void **state)
{
    (void)state;

    outside.passes_ns = 1;
    outside.waits_until_flag = 3;
    assert_int_equal(sealed_wait_until(is_set, &outside.flag, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(outside.waits, 3);
    assert_true(outside.deadline_ns == SEALED_CLOCK_NEVER);

    outside.flag = false;
    outside.passes_ns = 0;
    assert_int_equal(sealed_wait_until(is_set, &outside.flag, SEALED_CLOCK_NEVER), -SEALED_EDEADLK);
}

/* Neither a look without waiting nor a thread that only ticks keeps the outside from being heard. */
static void who_keeps_running_hears_the_outside(void **state)
{
    int looks = 0;
    sealed_thread *busy;
    (void)state;

    outside.passes_ns = 1;
    outside.waits_until_flag = 1;
    while (sealed_wait_until(is_set, &outside.flag, sealed_clock_peek_ns()) != 0)
        assert_true(++looks < 100);

    outside.flag = false;
    outside.waits_until_flag = 1;
    busy = started(busy_until_flag, &outside.flag);
    joined(busy);
    assert_true(outside.flag);
}

static sealed_wait_queue turn_queue;
static int patient_turns;

static void *wait_in_slices(void *argument)
{
    while (sealed_thread_wait(&turn_queue, sealed_clock_peek_ns() + 1000) == -SEALED_ETIMEDOUT) {}
    patient_turns++;
    return argument;
}

/* Who waits in slices comes back in front of who came later, so being woken one at a time reaches everybody. */
static void waiting_in_slices_keeps_the_place(void **state)
{
    sealed_thread *patient = started(wait_in_slices, NULL), *late;
    (void)state;

    sealed_thread_yield();
    late = started(pass_turnstile, "late");
    sealed_thread_sleep_until(sealed_clock_peek_ns() + 5500); /* the patient one has come back several times */
    sealed_thread *later = started(wait_in_slices, NULL);
    sealed_thread_yield();
    sealed_thread_sleep_until(sealed_clock_peek_ns() + 2000);
    patient_turns = 0;
    assert_int_equal(sealed_thread_wake(&turn_queue, 1), 1);
    joined(patient);
    assert_int_equal(patient_turns, 1);
    assert_int_equal(sealed_thread_wake(&turn_queue, 2), 1);
    joined(later);
    sealed_semaphore_post(&turnstile);
    joined(late);
}

struct served {
    struct counter *counter;
    char letter;
};

/* Notes its letter at each wake-up, and goes on waiting until there is something to take. */
static void *wait_to_be_served(void *argument)
{
    struct served *served = argument;

    sealed_mutex_lock(&served->counter->mutex, SEALED_CLOCK_NEVER);
    while (served->counter->value == 0) {
        sealed_condition_wait(&served->counter->changed, &served->counter->mutex, SEALED_CLOCK_NEVER);
        note(served->letter);
    }
    served->counter->value--;
    sealed_mutex_unlock(&served->counter->mutex);
    return NULL;
}

static void being_woken_for_nothing_keeps_the_place(void **state)
{
    struct counter counter = {0};
    struct served served[2] = {{&counter, 'a'}, {&counter, 'b'}};
    sealed_thread *threads[2];
    (void)state;

    for (int i = 0; i < 2; i++)
        threads[i] = started(wait_to_be_served, &served[i]);
    sealed_thread_yield();
    for (int i = 0; i < 3; i++) {
        sealed_condition_signal(&counter.changed);
        sealed_thread_yield();
    }
    assert_string_equal(trace, "aaa");
    counter.value = 1;
    sealed_condition_signal(&counter.changed);
    joined(threads[0]);
    counter.value = 1;
    sealed_condition_signal(&counter.changed);
    joined(threads[1]);
    assert_string_equal(trace, "aaaab");
}

static void *end_at_once(void *argument)
{
    return argument;
}

static void joining_wrongly_is_refused(void **state)
{
    sealed_thread *thread;
    (void)state;

    assert_int_equal(sealed_thread_join(sealed_thread_self(), NULL), -SEALED_EDEADLK);
    assert_int_equal(sealed_thread_create(&thread, 100, end_at_once, NULL), -SEALED_EINVAL);
    thread = started(end_at_once, NULL);
    assert_int_equal(sealed_thread_detach(thread), 0);
    assert_int_equal(sealed_thread_detach(thread), -SEALED_EINVAL);
    assert_int_equal(sealed_thread_join(thread, NULL), -SEALED_EINVAL);
    sealed_thread_yield();
    assert_int_equal(sealed_thread_count(), 1);
}

static void threads_leave_no_memory_behind(void **state)
{
    struct sealed_heap_figures before, after;
    (void)state;

    sealed_heap_figures(&before);
    for (int round = 0; round < 200; round++) {
        sealed_thread *kept = started(take_turns, "k"), *detached = started(end_at_once, NULL),
                      *late = started(end_at_once, NULL);
        reset(NULL);
        assert_int_equal(sealed_thread_detach(detached), 0);
        joined(kept);
        assert_int_equal(sealed_thread_detach(late), 0);
    }
    sealed_heap_figures(&after);
    assert_int_equal(after.block_count, before.block_count);
    assert_true(sealed_heap_is_sound());
}

static void no_memory_for_a_thread_is_an_error(void **state)
{
    struct sealed_heap_figures before, after;
    sealed_thread *thread;
    (void)state;

    sealed_heap_figures(&before);
    assert_int_equal(sealed_thread_create(&thread, (size_t)SEALED_HEAP_ARENA_BYTES * 2, end_at_once, NULL),
                     -SEALED_EAGAIN);
    sealed_heap_figures(&after);
    assert_int_equal(after.block_count, before.block_count);
    assert_int_equal(sealed_thread_count(), 1);
}

static void *exit_early(void *argument)
{
    (void)argument;
    sealed_thread_exit("early");
}

static void exit_hands_over_the_result(void **state)
{
    (void)state;
    assert_string_equal(joined(started(exit_early, NULL)), "early");
}

/* --- endings, each in a child --- */

static void wait_for_ever(void)
{
    sealed_semaphore semaphore = {0};

    sealed_semaphore_wait(&semaphore, SEALED_CLOCK_NEVER);
}

static sealed_mutex left_mutex, right_mutex;

static void *lock_right_then_left(void *argument)
{
    sealed_mutex_lock(&right_mutex, SEALED_CLOCK_NEVER);
    sealed_thread_yield();
    sealed_mutex_lock(&left_mutex, SEALED_CLOCK_NEVER);
    return argument;
}

static void lock_crosswise(void)
{
    sealed_thread *thread;

    sealed_mutex_lock(&left_mutex, SEALED_CLOCK_NEVER);
    sealed_thread_create(&thread, 0, lock_right_then_left, NULL);
    sealed_thread_yield();
    sealed_mutex_lock(&right_mutex, SEALED_CLOCK_NEVER);
}

static void deadlock_ends_with_its_own_code(void **state)
{
    static void (*const acts[])(void) = {wait_for_ever, lock_crosswise};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct fake_gate_ending ending = fake_gate_run_in_child(acts[i]);
        assert_int_equal(ending.exit_code, SEALED_EXIT_DEADLOCK);
        assert_non_null(strstr(ending.output, "deadlock"));
    }
}

static void *overflow_stack(void *argument)
{
    volatile char frame[4096];

    memset((void *)frame, 1, sizeof frame);
    if (*(int *)argument > 0) {
        --*(int *)argument;
        overflow_stack(argument);
    }
    frame[0] = frame[1];
    sealed_thread_yield();
    return NULL;
}

static int overflow_depth;

static void run_overflow(void)
{
    sealed_thread *thread;

    sealed_release(sealed_allocate(4 * 1024 * 1024));
    void *in_front = sealed_allocate(1024 * 1024); /* what the overflow runs into */
    (void)in_front;
    sealed_thread_create(&thread, 64 * 1024, overflow_stack, &overflow_depth);
    sealed_thread_join(thread, NULL);
}

static void stack_overflow_is_noticed(void **state)
{
    struct fake_gate_ending ending;
    (void)state;

    overflow_depth = 30;
    ending = fake_gate_run_in_child(run_overflow);
    assert_int_equal(ending.exit_code, CORDON_EXIT_LIMIT);
    assert_non_null(strstr(ending.output, "a limit was reached: recursion, 65536 of 65536"));

    overflow_depth = 3;
    ending = fake_gate_run_in_child(run_overflow);
    assert_int_equal(ending.exit_code, 0);
}

static void *note_then_write(void *argument)
{
    sealed_thread_yield();
    sealed_fatal("all others ended", 9);
    return argument;
}

static void exit_first_thread(void)
{
    sealed_thread *thread;

    sealed_thread_create(&thread, 0, note_then_write, NULL);
    sealed_thread_exit(NULL);
}

static void first_threads_exit_waits_for_the_others(void **state)
{
    struct fake_gate_ending ending = fake_gate_run_in_child(exit_first_thread);
    (void)state;

    assert_int_equal(ending.exit_code, 9);
}

int main(void)
{
#define THREAD_TEST(function) cmocka_unit_test_setup(function, reset)
#define OUTSIDE_TEST(function) cmocka_unit_test_setup_teardown(function, outside_reset, outside_forget)
    const struct CMUnitTest tests[] = {
        THREAD_TEST(yielding_threads_alternate),
        THREAD_TEST(sleepers_wake_by_deadline_without_waiting),
        THREAD_TEST(semaphore_wakes_in_order),
        THREAD_TEST(semaphore_wait_times_out_in_virtual_time),
        THREAD_TEST(mutex_excludes_and_condition_tells),
        THREAD_TEST(condition_wait_times_out_and_locks_again),
        THREAD_TEST(mutex_kinds_behave),
        THREAD_TEST(registered_locals_are_a_threads_own),
        THREAD_TEST(keys_hold_a_value_per_thread_and_destroy_it),
        THREAD_TEST(floating_point_modes_are_a_threads_own),
        THREAD_TEST(wait_until_sees_what_another_thread_does),
        THREAD_TEST(ticks_let_time_pass_for_sleepers),
        OUTSIDE_TEST(sleeping_waits_outside_while_something_is_to_come),
        OUTSIDE_TEST(waiting_for_the_outside_is_no_deadlock),
        OUTSIDE_TEST(who_keeps_running_hears_the_outside),
        THREAD_TEST(waiting_in_slices_keeps_the_place),
        THREAD_TEST(being_woken_for_nothing_keeps_the_place),
        THREAD_TEST(joining_wrongly_is_refused),
        THREAD_TEST(threads_leave_no_memory_behind),
        THREAD_TEST(no_memory_for_a_thread_is_an_error),
        THREAD_TEST(exit_hands_over_the_result),
        THREAD_TEST(deadlock_ends_with_its_own_code),
        THREAD_TEST(stack_overflow_is_noticed),
        THREAD_TEST(first_threads_exit_waits_for_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
