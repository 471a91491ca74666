/* Pipes, event counters and semaphores. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "host_env/ipc.h"

static host_status call_pipe(host_case_world *world, host_env *env, host_error *error)
{
    int fds[2] = { 7, 7 };
    host_status status = host_ipc_pipe(env, O_CLOEXEC, fds, error);
    world->fd = fds[0];
    world->fd_other = fds[1];
    return status;
}

static void check_pipe(host_case_world *world)
{
    char byte = 0;
    assert_int_equal(write(world->fd_other, "x", 1), 1);
    assert_int_equal(read(world->fd, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(fcntl(world->fd, F_GETFD), FD_CLOEXEC);
}

static void tear_down_fds(host_case_world *world)
{
    if (world->fd >= 0) close(world->fd);
    if (world->fd_other >= 0) close(world->fd_other);
}

static host_status call_event_create(host_case_world *world, host_env *env, host_error *error)
{
    return host_ipc_event_create(env, 3, EFD_CLOEXEC, &world->fd, error);
}

static void check_event_is_three(host_case_world *world)
{
    eventfd_t value = 0;
    assert_int_equal(eventfd_read(world->fd, &value), 0);
    assert_int_equal(value, 3);
}

static void set_up_event(host_case_world *world)
{
    world->fd = eventfd(3, EFD_NONBLOCK);
    assert_true(world->fd >= 0);
}

static host_status call_event_read(host_case_world *world, host_env *env, host_error *error)
{
    uint64_t value = 99;
    host_status status = host_ipc_event_read(env, world->fd, &value, error);
    world->number = (int64_t)value;
    return status;
}

static void check_three(host_case_world *world)
{
    assert_int_equal(world->number, 3);
}

static void set_up_empty_event(host_case_world *world)
{
    world->fd = eventfd(0, EFD_NONBLOCK);
}

static host_status call_event_write(host_case_world *world, host_env *env, host_error *error)
{
    return host_ipc_event_write(env, world->fd, 3, error);
}

static void name_of(const host_case_world *world, char name[64])
{
    snprintf(name, 64, "/cordon-test-%d-%s", (int)getpid(), strrchr(world->folder, '/') + 1);
}

static void set_up_semaphore(host_case_world *world)
{
    char name[64];
    name_of(world, name);
    world->pointer = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    assert_ptr_not_equal(world->pointer, SEM_FAILED);
}

static void tear_down_semaphore(host_case_world *world)
{
    char name[64];
    name_of(world, name);
    if (world->pointer != NULL) sem_close(world->pointer);
    sem_unlink(name);
}

static host_status call_semaphore_open(host_case_world *world, host_env *env, host_error *error)
{
    char name[64];
    host_ipc_semaphore *semaphore = NULL;
    name_of(world, name);
    host_status status = host_ipc_semaphore_open(env, name, O_CREAT | O_EXCL, 0600, 1, &semaphore, error);
    world->pointer = semaphore;
    return status;
}

static int value_of(host_case_world *world)
{
    int value = -1;
    assert_int_equal(sem_getvalue(world->pointer, &value), 0);
    return value;
}

static void check_value_is_one(host_case_world *world)
{
    assert_int_equal(value_of(world), 1);
}

static void check_value_is_zero(host_case_world *world)
{
    assert_int_equal(value_of(world), 0);
}

static void check_value_is_two(host_case_world *world)
{
    assert_int_equal(value_of(world), 2);
}

static host_status call_semaphore_close(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_ipc_semaphore_close(env, world->pointer, error);
    if (status != HOST_DENIED_BY_POLICY) world->pointer = NULL; /* a failing one still closes, in the tests' frame */
    return status;
}

static host_status call_semaphore_remove(host_case_world *world, host_env *env, host_error *error)
{
    char name[64];
    name_of(world, name);
    return host_ipc_semaphore_remove(env, name, error);
}

static void check_semaphore_removed(host_case_world *world)
{
    char name[64];
    name_of(world, name);
    assert_ptr_equal(sem_open(name, 0), SEM_FAILED);
    assert_int_equal(errno, ENOENT);
}

static host_status call_semaphore_wait(host_case_world *world, host_env *env, host_error *error)
{
    return host_ipc_semaphore_wait(env, world->pointer, error);
}

static host_status call_semaphore_try_wait(host_case_world *world, host_env *env, host_error *error)
{
    return host_ipc_semaphore_try_wait(env, world->pointer, error);
}

static host_status call_semaphore_post(host_case_world *world, host_env *env, host_error *error)
{
    return host_ipc_semaphore_post(env, world->pointer, error);
}

static host_status call_semaphore_value(host_case_world *world, host_env *env, host_error *error)
{
    int value = 99;
    host_status status = host_ipc_semaphore_value(env, world->pointer, &value, error);
    world->number = value;
    return status;
}

static void check_number_is_one(host_case_world *world)
{
    assert_int_equal(world->number, 1);
}

static host_status call_semaphore_wait_until(host_case_world *world, host_env *env, host_error *error)
{
    host_time deadline = { time(NULL) + 10, 0 };
    return host_ipc_semaphore_wait_until(env, world->pointer, &deadline, error);
}

#define SEMAPHORE .set_up = set_up_semaphore, .tear_down = tear_down_semaphore
static const host_case cases[] = {
    { .function = HOST_FUNCTION_IPC_PIPE, .call = call_pipe, .check = check_pipe, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_pipe2, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_IPC_EVENT_CREATE, .call = call_event_create, .check = check_event_is_three, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_eventfd, .fail_code = ENFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_IPC_EVENT_READ, .set_up = set_up_event, .call = call_event_read, .check = check_three, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_eventfd_read, .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_IPC_EVENT_WRITE, .set_up = set_up_empty_event, .call = call_event_write, .check = check_event_is_three,
      .tear_down = tear_down_fds, .primitive = HOST_OPERATION_eventfd_write, .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_OPEN, .call = call_semaphore_open, .check = check_value_is_one, .tear_down = tear_down_semaphore,
      .primitive = HOST_OPERATION_sem_open_value, .fail_code = EEXIST, .fail_status = HOST_EXISTS },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_CLOSE, SEMAPHORE, .call = call_semaphore_close,
      .primitive = HOST_OPERATION_sem_close, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_REMOVE, SEMAPHORE, .call = call_semaphore_remove, .check = check_semaphore_removed,
      .primitive = HOST_OPERATION_sem_unlink, .fail_code = EACCES, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_WAIT, SEMAPHORE, .call = call_semaphore_wait, .check = check_value_is_zero,
      .primitive = HOST_OPERATION_sem_wait, .fail_code = EINTR, .fail_status = HOST_INTERRUPTED },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_TRY_WAIT, SEMAPHORE, .call = call_semaphore_try_wait, .check = check_value_is_zero,
      .primitive = HOST_OPERATION_sem_trywait, .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_WAIT_UNTIL, SEMAPHORE, .call = call_semaphore_wait_until, .check = check_value_is_zero,
      .primitive = HOST_OPERATION_sem_timedwait, .fail_code = ETIMEDOUT, .fail_status = HOST_TIMED_OUT },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_POST, SEMAPHORE, .call = call_semaphore_post, .check = check_value_is_two,
      .primitive = HOST_OPERATION_sem_post, .fail_code = EOVERFLOW, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_IPC_SEMAPHORE_VALUE, SEMAPHORE, .call = call_semaphore_value, .check = check_number_is_one,
      .primitive = HOST_OPERATION_sem_getvalue, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
};

static void semaphores_time_out_and_would_block(void **state)
{
    (void)state;
    test_host host;
    sem_t semaphore;
    host_time past = { time(NULL) - 1, 0 };
    test_host_create(&host, NULL);
    assert_int_equal(sem_init(&semaphore, 0, 0), 0);
    host_ipc_semaphore *ours = (host_ipc_semaphore *)&semaphore;
    assert_host_status(HOST_TIMED_OUT, host_ipc_semaphore_wait_until(host.env, ours, &past, &host.error), &host.error);
    assert_host_status(HOST_WOULD_BLOCK, host_ipc_semaphore_try_wait(host.env, ours, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_ipc_semaphore_wait_until(host.env, ours, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_ipc_semaphore_post(host.env, NULL, &host.error), &host.error);
    assert_host_ok(host_ipc_semaphore_post(host.env, ours, &host.error), &host.error);
    assert_host_ok(host_ipc_semaphore_try_wait(host.env, ours, &host.error), &host.error);
    sem_destroy(&semaphore);
    test_host_destroy(&host);
}

static void an_event_of_another_descriptor_fails_with_a_code(void **state)
{
    (void)state;
    test_host host;
    int fds[2];
    uint64_t value = 9;
    test_host_create(&host, NULL);
    assert_host_ok(host_ipc_pipe(host.env, 0, fds, &host.error), &host.error);
    assert_int_equal(write(fds[1], "xyz", 3), 3);
    assert_host_status(HOST_INVALID_ARGUMENT, host_ipc_event_read(host.env, fds[0], &value, &host.error), &host.error);
    assert_int_equal(value, 0);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_ipc_event_write(host.env, -1, 1, &host.error), &host.error);
    close(fds[0]);
    close(fds[1]);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semaphores_time_out_and_would_block),
        cmocka_unit_test(an_event_of_another_descriptor_fails_with_a_code),
    };
    int failed = host_cases_run("ipc", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("ipc details", tests, NULL, NULL);
}
