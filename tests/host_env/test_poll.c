/* Waiting for descriptors: select, poll, epoll. */
#include "support/host_cases.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "host_env/poll.h"

/* A pipe with one byte in it: fd is readable, fd_other writable. */
static void set_up_pipe(host_case_world *world)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    world->fd = fds[0];
    world->fd_other = fds[1];
    assert_int_equal(write(world->fd_other, "x", 1), 1);
}

static void tear_down_pipe(host_case_world *world)
{
    close(world->fd);
    close(world->fd_other);
}

static host_status call_select(host_case_world *world, host_env *env, host_error *error)
{
    fd_set *set = (fd_set *)(void *)world->bytes;
    int ready = 99;
    FD_ZERO(set);
    FD_SET(world->fd, set);
    host_status status = host_poll_select(env, world->fd + 1, set, NULL, NULL, 1000000000, &ready, error);
    world->number = ready;
    return status;
}

static void check_select(host_case_world *world)
{
    assert_int_equal(world->number, 1);
    assert_true(FD_ISSET(world->fd, (fd_set *)(void *)world->bytes));
}

static host_status call_wait(host_case_world *world, host_env *env, host_error *error)
{
    host_poll_item items[] = { { world->fd, POLLIN, 0 }, { world->fd_other, POLLIN, 0 } };
    int ready = 99;
    host_status status = host_poll_wait(env, items, 2, 1000000000, &ready, error);
    world->number = ready;
    if (status == HOST_OK) {
        assert_int_equal(items[0].returned_events, POLLIN);
        assert_int_equal(items[1].returned_events, 0);
    }
    return status;
}

static void check_one_ready(host_case_world *world)
{
    assert_int_equal(world->number, 1);
}

static host_status call_epoll_create(host_case_world *world, host_env *env, host_error *error)
{
    return host_poll_epoll_create(env, EPOLL_CLOEXEC, &world->fd, error);
}

static void tear_down_fd(host_case_world *world)
{
    if (world->fd >= 0) close(world->fd);
}

/* number: the epoll descriptor */
static void set_up_epoll(host_case_world *world)
{
    set_up_pipe(world);
    world->number = epoll_create1(EPOLL_CLOEXEC);
    assert_true(world->number >= 0);
}

static void tear_down_epoll(host_case_world *world)
{
    tear_down_pipe(world);
    close((int)world->number);
}

static host_status call_epoll_control(host_case_world *world, host_env *env, host_error *error)
{
    host_poll_epoll_event event = { EPOLLIN, 0x123456789abcdef0 };
    return host_poll_epoll_control(env, (int)world->number, EPOLL_CTL_ADD, world->fd, &event, error);
}

static void check_epoll_control(host_case_world *world)
{
    struct epoll_event event;
    assert_int_equal(epoll_wait((int)world->number, &event, 1, 1000), 1);
    assert_true(event.events == EPOLLIN && event.data.u64 == 0x123456789abcdef0);
}

static void set_up_watched(host_case_world *world)
{
    set_up_epoll(world);
    struct epoll_event in = { EPOLLIN, { .u64 = 0x1111111122222222 } }, out = { EPOLLOUT, { .u64 = 0x3333333344444444 } };
    assert_int_equal(epoll_ctl((int)world->number, EPOLL_CTL_ADD, world->fd, &in), 0);
    assert_int_equal(epoll_ctl((int)world->number, EPOLL_CTL_ADD, world->fd_other, &out), 0);
}

static host_status call_epoll_wait(host_case_world *world, host_env *env, host_error *error)
{
    host_poll_epoll_event events[5];
    size_t ready = 99;
    host_status status = host_poll_epoll_wait(env, (int)world->number, events, 5, 1000, &ready, error);
    if (status != HOST_OK) {
        assert_int_equal(ready, 0);
        return status;
    }
    assert_int_equal(ready, 2); /* the events are spread from packed ones; both must be right, in any order */
    size_t in = events[0].events == EPOLLIN ? 0 : 1;
    assert_true(events[in].events == EPOLLIN && events[in].data == 0x1111111122222222);
    assert_true(events[1 - in].events == EPOLLOUT && events[1 - in].data == 0x3333333344444444);
    return status;
}

static const host_case cases[] = {
    { .function = HOST_FUNCTION_POLL_SELECT, .set_up = set_up_pipe, .call = call_select, .check = check_select, .tear_down = tear_down_pipe,
      .primitive = HOST_OPERATION_pselect, .fail_code = EINTR, .fail_status = HOST_INTERRUPTED },
    { .function = HOST_FUNCTION_POLL_WAIT, .set_up = set_up_pipe, .call = call_wait, .check = check_one_ready, .tear_down = tear_down_pipe,
      .primitive = HOST_OPERATION_ppoll, .fail_code = EINTR, .fail_status = HOST_INTERRUPTED },
    { .function = HOST_FUNCTION_POLL_EPOLL_CREATE, .call = call_epoll_create, .tear_down = tear_down_fd,
      .primitive = HOST_OPERATION_epoll_create1, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_POLL_EPOLL_CONTROL, .set_up = set_up_epoll, .call = call_epoll_control, .check = check_epoll_control,
      .tear_down = tear_down_epoll, .primitive = HOST_OPERATION_epoll_ctl, .fail_code = EEXIST, .fail_status = HOST_EXISTS },
    { .function = HOST_FUNCTION_POLL_EPOLL_WAIT, .set_up = set_up_watched, .call = call_epoll_wait, .tear_down = tear_down_epoll,
      .primitive = HOST_OPERATION_epoll_wait, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR },
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void timeouts_are_nanoseconds_and_end_the_wait(void **state)
{
    (void)state;
    test_host host;
    int ready = 9, fds[2];
    test_host_create(&host, NULL);
    assert_int_equal(pipe(fds), 0);
    host_poll_item item = { fds[0], POLLIN, 0 };
    int64_t begin = now_ns();
    assert_host_ok(host_poll_wait(host.env, &item, 1, 20000000, &ready, &host.error), &host.error);
    assert_int_equal(ready, 0);
    assert_true(now_ns() - begin >= 20000000);
    begin = now_ns();
    assert_host_ok(host_poll_select(host.env, 0, NULL, NULL, NULL, 20000000, &ready, &host.error), &host.error);
    assert_int_equal(ready, 0);
    assert_true(now_ns() - begin >= 20000000);
    assert_host_ok(host_poll_wait(host.env, NULL, 0, 0, &ready, &host.error), &host.error);

    assert_int_equal(write(fds[1], "x", 1), 1); /* for ever, but it is ready */
    assert_host_ok(host_poll_wait(host.env, &item, 1, -1, &ready, &host.error), &host.error);
    assert_int_equal(ready, 1);
    close(fds[0]);
    close(fds[1]);
    test_host_destroy(&host);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    test_host host;
    int ready = 9, fd = 9;
    size_t count = 9;
    host_poll_epoll_event event;
    test_host_create(&host, NULL);
    assert_host_status(HOST_INVALID_ARGUMENT, host_poll_select(host.env, 0, NULL, NULL, NULL, 0, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_poll_wait(host.env, NULL, 1, 0, &ready, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_poll_epoll_create(host.env, 0, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_poll_epoll_control(host.env, 0, EPOLL_CTL_ADD, 0, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_poll_epoll_wait(host.env, 0, &event, 0, 0, &count, &host.error), &host.error);
    assert_int_equal(count, 0);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_poll_epoll_wait(host.env, -1, &event, 1, 0, &count, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_poll_epoll_create(host.env, -1, &fd, &host.error), &host.error);
    assert_int_equal(fd, -1);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(timeouts_are_nanoseconds_and_end_the_wait), cmocka_unit_test(arguments_are_checked) };
    int failed = host_cases_run("poll", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("poll timeouts and arguments", tests, NULL, NULL);
}
