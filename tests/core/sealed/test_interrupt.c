/* The word that is written from outside: who is asked about it, what the first thread is woken from, and what it is not. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sealed/clock.h"
#include "sealed/error.h"
#include "sealed/interrupt.h"
#include "sealed/thread.h"

static const uint64_t second_ns = 1000000000;
static unsigned asked;
static bool answer;
static sealed_semaphore never, gate;
static sealed_mutex mutex;

static bool heed(void)
{
    asked++;
    return answer;
}

static int reset(void **state)
{
    (void)state;
    sealed_interrupt_set(NULL);
    (void)sealed_interrupt_poll(); /* what an earlier test wrote */
    (void)sealed_thread_take_interrupt();
    sealed_interrupt_set(heed);
    asked = 0;
    answer = true;
    never = gate = (sealed_semaphore){0};
    mutex = (sealed_mutex){0};
    return 0;
}

/* Stands for the host: writes while the first thread waits. */
static void *write_word(void *unused)
{
    (void)unused;
    sealed_interrupt_word++;
    return NULL;
}

static sealed_thread *started(void *(*function)(void *))
{
    sealed_thread *thread;
    assert_int_equal(sealed_thread_create(&thread, 0, function, NULL), 0);
    return thread;
}

static void change_is_asked_about_once(void **state)
{
    (void)state;
    assert_false(sealed_interrupt_poll());
    assert_int_equal(asked, 0);
    sealed_interrupt_word++;
    assert_true(sealed_interrupt_poll());
    assert_false(sealed_interrupt_poll());
    assert_int_equal(asked, 1);
}

static void semaphore_is_left(void **state)
{
    (void)state;
    sealed_thread *thread = started(write_word);
    assert_int_equal(sealed_semaphore_wait(&never, SEALED_CLOCK_NEVER), -SEALED_EINTR);
    assert_int_equal(sealed_semaphore_wait(&never, sealed_clock_peek_ns() + second_ns), -SEALED_ETIMEDOUT); /* once */
    assert_int_equal(sealed_thread_join(thread, NULL), 0);
}

static void sleep_is_left_before_its_end(void **state)
{
    uint64_t until_ns = sealed_clock_peek_ns() + 100 * second_ns;
    (void)state;
    sealed_thread *thread = started(write_word);
    assert_int_equal(sealed_thread_sleep_until(until_ns), -SEALED_EINTR);
    assert_true(sealed_clock_peek_ns() < until_ns);
    assert_int_equal(sealed_thread_sleep_until(until_ns), 0);
    assert_int_equal(sealed_thread_join(thread, NULL), 0);
}

static bool is_false(void *context)
{
    (void)context;
    return false;
}

static void condition_is_left(void **state)
{
    (void)state;
    sealed_thread *thread = started(write_word);
    assert_int_equal(sealed_wait_until(is_false, NULL, SEALED_CLOCK_NEVER), -SEALED_EINTR);
    assert_int_equal(sealed_thread_join(thread, NULL), 0);
}

static void who_asks_for_nothing_leaves_nothing(void **state)
{
    (void)state;
    answer = false;
    sealed_thread *thread = started(write_word);
    assert_int_equal(sealed_semaphore_wait(&never, sealed_clock_peek_ns() + second_ns), -SEALED_ETIMEDOUT);
    assert_int_equal(asked, 1);
    assert_int_equal(sealed_thread_join(thread, NULL), 0);
}

static void *hold_and_write(void *unused)
{
    (void)unused;
    assert_int_equal(sealed_mutex_lock(&mutex, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(sealed_semaphore_post(&gate), 0);
    sealed_interrupt_word++;
    assert_int_equal(sealed_thread_sleep_until(sealed_clock_peek_ns() + second_ns), 0); /* not the first thread's */
    assert_false(sealed_thread_take_interrupt());
    assert_int_equal(sealed_mutex_unlock(&mutex), 0);
    return NULL;
}

/* Who waits for a mutex cannot be told that it has not got it: the wait after that one is left instead. */
static void mutex_is_not_left_but_what_follows(void **state)
{
    (void)state;
    sealed_thread *thread = started(hold_and_write);
    assert_int_equal(sealed_semaphore_wait(&gate, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(sealed_mutex_lock(&mutex, SEALED_CLOCK_NEVER), 0);
    assert_int_equal(asked, 1);
    assert_int_equal(sealed_semaphore_wait(&never, SEALED_CLOCK_NEVER), -SEALED_EINTR);
    assert_false(sealed_thread_take_interrupt());
    assert_int_equal(sealed_mutex_unlock(&mutex), 0);
    assert_int_equal(sealed_thread_join(thread, NULL), 0);
}

static void running_thread_is_told_when_it_asks(void **state)
{
    (void)state;
    sealed_interrupt_word++;
    assert_true(sealed_interrupt_poll());
    assert_true(sealed_thread_take_interrupt());
    assert_false(sealed_thread_take_interrupt());
}

int main(void)
{
#define INTERRUPT_TEST(function) cmocka_unit_test_setup(function, reset)
    const struct CMUnitTest tests[] = {
        INTERRUPT_TEST(change_is_asked_about_once),
        INTERRUPT_TEST(semaphore_is_left),
        INTERRUPT_TEST(sleep_is_left_before_its_end),
        INTERRUPT_TEST(condition_is_left),
        INTERRUPT_TEST(who_asks_for_nothing_leaves_nothing),
        INTERRUPT_TEST(mutex_is_not_left_but_what_follows),
        INTERRUPT_TEST(running_thread_is_told_when_it_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
