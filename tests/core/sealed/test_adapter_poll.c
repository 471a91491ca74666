/* poll and select say what the sealed descriptors say, and waiting costs virtual time only. */
#include "sealed/clock.h"
#include "sealed/descriptor.h"
#include "sealed/thread.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>

int cordon_bind_poll(struct pollfd *entries, nfds_t count, int timeout_ms);
int cordon_bind_select(int limit, fd_set *readable, fd_set *writable, fd_set *exceptional, struct timeval *timeout);

static int ends[2];

static int open_pipe(void **state)
{
    (void)state;
    return sealed_pipe_open(ends, 0);
}

static int close_pipe(void **state)
{
    (void)state;
    sealed_descriptor_close(ends[0]);
    sealed_descriptor_close(ends[1]);
    return 0;
}

static void *write_after_a_second(void *unused)
{
    sealed_thread_sleep_until(sealed_clock_peek_ns() + 1000000000ull);
    sealed_descriptor_write(ends[1], "x", 1);
    return unused;
}

static void empty_pipe_can_be_written_but_not_read(void **state)
{
    struct pollfd entries[3] = {
        {.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLOUT}, {.fd = -1, .events = POLLIN}};
    (void)state;

    assert_int_equal(cordon_bind_poll(entries, 3, 0), 1);
    assert_int_equal(entries[0].revents, 0);
    assert_int_equal(entries[1].revents, POLLOUT);
    assert_int_equal(entries[2].revents, 0);
    assert_int_equal(sealed_descriptor_write(ends[1], "x", 1), 1);
    assert_int_equal(cordon_bind_poll(entries, 3, -1), 2);
    assert_int_equal(entries[0].revents, POLLIN);
}

static void closed_number_is_invalid_and_closed_end_hangs_up(void **state)
{
    struct pollfd entry = {.fd = 999, .events = POLLIN};
    (void)state;

    assert_int_equal(cordon_bind_poll(&entry, 1, -1), 1);
    assert_int_equal(entry.revents, POLLNVAL);
    sealed_descriptor_close(ends[1]);
    entry.fd = ends[0];
    assert_int_equal(cordon_bind_poll(&entry, 1, -1), 1);
    assert_true(entry.revents & POLLHUP);
}

static void timeout_passes_in_virtual_time(void **state)
{
    struct pollfd entry = {.fd = ends[0], .events = POLLIN};
    uint64_t before = sealed_clock_peek_ns();
    (void)state;

    assert_int_equal(cordon_bind_poll(&entry, 1, 60000), 0);
    assert_int_equal(sealed_clock_peek_ns() - before, 60000000000ull);
}

static void waiting_ends_when_another_thread_writes(void **state)
{
    struct pollfd entry = {.fd = ends[0], .events = POLLIN};
    sealed_thread *thread;
    (void)state;

    assert_int_equal(sealed_thread_create(&thread, 0, write_after_a_second, NULL), 0);
    assert_int_equal(cordon_bind_poll(&entry, 1, 500), 0);
    assert_int_equal(cordon_bind_poll(&entry, 1, -1), 1);
    assert_int_equal(entry.revents, POLLIN);
    assert_int_equal(sealed_thread_join(thread, NULL), 0);
}

static void waiting_for_nobody_is_refused(void **state)
{
    struct pollfd entry = {.fd = ends[0], .events = POLLIN};
    (void)state;

    assert_int_equal(cordon_bind_poll(&entry, 1, -1), -1);
    assert_int_equal(errno, EDEADLK);
}

static void select_keeps_only_what_is_ready(void **state)
{
    fd_set readable, writable;
    struct timeval second = {.tv_sec = 1}, none = {0};
    (void)state;

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(ends[0], &readable);
    FD_SET(ends[1], &writable);
    assert_int_equal(cordon_bind_select(ends[1] + 1, &readable, &writable, NULL, &none), 1);
    assert_false(FD_ISSET(ends[0], &readable));
    assert_true(FD_ISSET(ends[1], &writable));
    FD_SET(ends[0], &readable);
    assert_int_equal(cordon_bind_select(ends[1] + 1, &readable, NULL, NULL, &second), 0);
    FD_SET(ends[0], &readable);
    sealed_descriptor_write(ends[1], "x", 1);
    assert_int_equal(cordon_bind_select(ends[1] + 1, &readable, NULL, NULL, NULL), 1);
    assert_true(FD_ISSET(ends[0], &readable));
}

static void select_refuses_what_is_not_open(void **state)
{
    fd_set readable;
    struct timeval none = {0}, backwards = {.tv_sec = -1};
    (void)state;

    FD_ZERO(&readable);
    FD_SET(999, &readable);
    assert_int_equal(cordon_bind_select(1000, &readable, NULL, NULL, &none), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(cordon_bind_select(FD_SETSIZE + 1, NULL, NULL, NULL, &none), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(cordon_bind_select(0, NULL, NULL, NULL, &backwards), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(cordon_bind_select(0, NULL, NULL, NULL, &none), 0);
}

int main(void)
{
#define POLL_TEST(function) cmocka_unit_test_setup_teardown(function, open_pipe, close_pipe)
    const struct CMUnitTest tests[] = {
        POLL_TEST(empty_pipe_can_be_written_but_not_read), POLL_TEST(closed_number_is_invalid_and_closed_end_hangs_up),
        POLL_TEST(timeout_passes_in_virtual_time),         POLL_TEST(waiting_ends_when_another_thread_writes),
        POLL_TEST(waiting_for_nobody_is_refused),          POLL_TEST(select_keeps_only_what_is_ready),
        POLL_TEST(select_refuses_what_is_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
