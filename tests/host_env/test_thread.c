/* Every function of thread. */
#include "host_env/thread.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)

/* Checks may use host_env too, once the record that counts has been made. */
static host_env *quiet(host_case_world *world)
{
    world->env->record = NULL;
    return world->env;
}

static void *mark(void *argument)
{
    pthread_attr_t attributes;
    size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    __atomic_store_n((int64_t *)argument, (int64_t)size, __ATOMIC_RELEASE);
    return argument;
}
static void *wait_for_number(void *argument)
{
    while (__atomic_load_n((int64_t *)argument, __ATOMIC_ACQUIRE) == 0) {
        usleep(100);
    }
    return argument;
}
static uint64_t thread_of(host_case_world *world)
{
    return *(uint64_t *)world->bytes;
}

CALL(create)
{
    const host_thread_attributes attributes = {.stack_size_bytes = 1 << 20};
    return host_thread_create(env, &attributes, mark, &world->number, (uint64_t *)world->bytes, error);
}
CHECK(create)
{
    void *result;
    assert_int_equal(pthread_join((pthread_t)thread_of(world), &result), 0);
    assert_ptr_equal(result, &world->number);
    assert_int_equal(world->number, 1 << 20);
}
CALL(create_detached)
{
    const host_thread_attributes attributes = {.kind = HOST_THREAD_DETACHED};
    return host_thread_create(env, &attributes, mark, &world->number, (uint64_t *)world->bytes, error);
}
CHECK(create_detached)
{
    wait_for_number(&world->number);
    assert_true(world->number > 0);
}
CALL(create_cramped)
{
    const host_thread_attributes attributes = {.stack_size_bytes = 16};
    return host_thread_create(env, &attributes, mark, &world->number, (uint64_t *)world->bytes, error);
}

static void thread_start(host_case_world *world)
{
    assert_int_equal(pthread_create((pthread_t *)world->bytes, NULL, wait_for_number, &world->number), 0);
}
static void thread_go(host_case_world *world)
{
    __atomic_store_n(&world->number, 1, __ATOMIC_RELEASE);
}
static void thread_start_and_go(host_case_world *world)
{
    thread_start(world);
    thread_go(world);
}
static void thread_end(host_case_world *world)
{
    thread_go(world);
    if (thread_of(world) != 0) {
        pthread_join((pthread_t)thread_of(world), NULL);
    }
}
CALL(join)
{
    return host_thread_join(env, thread_of(world), &world->pointer, error);
}
CHECK(join)
{
    assert_ptr_equal(world->pointer, &world->number);
    *(uint64_t *)world->bytes = 0;
}
CALL(detach)
{
    return host_thread_detach(env, thread_of(world), error);
}
CHECK(detach)
{
    assert_int_equal(pthread_join((pthread_t)thread_of(world), NULL), EINVAL); /* detached threads cannot be joined */
    thread_go(world);
    *(uint64_t *)world->bytes = 0;
    usleep(20000); /* it still looks at the world */
}

/* What the thread does is end; were it refused, it returns something else. */
struct exit_call {
    host_env *env;
    host_error *error;
    host_status status;
};
static void *exit_now(void *argument)
{
    struct exit_call *call = argument;
    call->status = host_thread_exit(call->env, &call->status, call->error);
    return NULL;
}
CALL(exit)
{
    struct exit_call call = {env, error, HOST_OK};
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, exit_now, &call), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    world->number = result == &call.status;
    return call.status;
}
CHECK(exit)
{
    assert_int_equal(world->number, 1);
}

CALL(gettid)
{
    return host_thread_gettid(env, &world->number, error);
}
CHECK(gettid)
{
    assert_int_equal(world->number, gettid());
}
CALL(getcpuclockid)
{
    return host_thread_getcpuclockid(env, (uint64_t)pthread_self(), &world->number, error);
}
CHECK(getcpuclockid)
{
    struct timespec time;
    assert_int_equal(clock_gettime((clockid_t)world->number, &time), 0);
    assert_true(time.tv_sec > 0 || time.tv_nsec > 0);
}
CALL(setname)
{
    (void)world;
    return host_thread_setname(env, (uint64_t)pthread_self(), "fifteen-letters", error);
}
CHECK(setname)
{
    char name[16];
    pthread_getname_np(pthread_self(), name, sizeof(name));
    assert_string_equal(name, "fifteen-letters");
    host_error error;
    assert_host_status(HOST_TOO_LARGE,
                       host_thread_setname(quiet(world), (uint64_t)pthread_self(), "sixteen-letters-", &error), &error);
}
CALL(getname)
{
    return host_thread_getname(env, (uint64_t)pthread_self(), (char *)world->bytes, 16, error);
}
CHECK(getname)
{
    char name[16];
    pthread_getname_np(pthread_self(), name, sizeof(name));
    assert_string_equal((char *)world->bytes, name);
}
CALL(yield)
{
    (void)world;
    return host_thread_yield(env, error);
}

#define ROW(FUNCTION, name, primitive_name, code, status)                                                              \
    .function = HOST_FUNCTION_THREAD_##FUNCTION, .call = call_##name, .primitive = HOST_OPERATION_##primitive_name,    \
    .fail_code = code, .fail_status = HOST_##status

static const host_case cases[] = {
    {ROW(CREATE, create, pthread_create, EAGAIN, WOULD_BLOCK), .check = check_create},
    {ROW(CREATE, create_detached, pthread_create, EPERM, NOT_PERMITTED), .label = "detached",
     .check = check_create_detached},
    {.function = HOST_FUNCTION_THREAD_CREATE,
     .label = "stack too small",
     .call = call_create_cramped,
     .infallible = "it fails before the primitive",
     .allowed_status = HOST_INVALID_ARGUMENT},
    {ROW(JOIN, join, pthread_join, EDEADLK, FAILURE), .set_up = thread_start_and_go, .check = check_join,
     .tear_down = thread_end},
    {ROW(DETACH, detach, pthread_detach, ESRCH, NO_SUCH_PROCESS), .set_up = thread_start, .check = check_detach,
     .tear_down = thread_end},
    {.function = HOST_FUNCTION_THREAD_EXIT, .call = call_exit, .infallible = "it does not return"},
    {.function = HOST_FUNCTION_THREAD_GETTID,
     .call = call_gettid,
     .check = check_gettid,
     .infallible = "gettid(2) always succeeds"},
    {ROW(GETCPUCLOCKID, getcpuclockid, pthread_getcpuclockid, ENOENT, MISSING), .check = check_getcpuclockid},
    {ROW(SETNAME, setname, pthread_setname_np, ERANGE, TOO_LARGE), .check = check_setname, .flags = HOST_CASE_IN_CHILD},
    {ROW(GETNAME, getname, pthread_getname_np, ERANGE, TOO_LARGE), .check = check_getname},
    {ROW(YIELD, yield, sched_yield, ENOSYS, UNSUPPORTED)},
};

/* The thread of an exit that is allowed does not come back to say so: that is seen from its result. */
static void exit_ends_the_thread_only_if_allowed(void **state)
{
    (void)state;
    test_host host;
    host_case_world world = {0};
    test_host_create(&host, NULL);
    assert_host_ok(call_exit(&world, host.env, &host.error), &host.error);
    check_exit(&world);
    test_host_policy(&host, TEST_POLICY_DENY_ALL, HOST_CAPABILITY_NONE);
    assert_host_status(HOST_DENIED_BY_POLICY, call_exit(&world, host.env, &host.error), &host.error);
    assert_int_equal(world.number, 0);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exit_ends_the_thread_only_if_allowed)};
    int failed = host_cases_run("thread", cases, sizeof(cases) / sizeof(cases[0]));
    return failed + cmocka_run_group_tests_name("thread: exit", tests, NULL, NULL);
}
