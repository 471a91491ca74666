/* Every function of resource. Limits are changed in children only. */
#include "host_env/resource.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)

CALL(getrlimit)
{
    return host_resource_getrlimit(env, 0, HOST_RESOURCE_DESCRIPTORS, (host_resource_limit *)world->bytes, error);
}
CHECK(getrlimit)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(((host_resource_limit *)world->bytes)->soft, limit.rlim_cur);
    assert_int_equal(((host_resource_limit *)world->bytes)->hard, limit.rlim_max);
}
static void core_limit_set(host_case_world *world)
{
    (void)world;
    struct rlimit limit = {0, 0};
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
}
CALL(setrlimit)
{
    const host_resource_limit limit = {20, 30};
    return host_resource_setrlimit(env, 0, HOST_RESOURCE_DESCRIPTORS, &limit, (host_resource_limit *)world->bytes,
                                   error);
}
CHECK(setrlimit)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(limit.rlim_cur, 20);
    assert_int_equal(limit.rlim_max, 30);
    assert_true(((host_resource_limit *)world->bytes)->hard >= 30); /* what it was */
    int fds[64], count = 0;                                         /* and it holds */
    while (count < 64 && (fds[count] = dup(0)) >= 0) {
        count++;
    }
    assert_true(count < 20);
    assert_int_equal(errno, EMFILE);
    while (count > 0) {
        close(fds[--count]);
    }
}
CALL(setrlimit_upside_down)
{
    (void)world;
    return host_resource_setrlimit(env, 0, HOST_RESOURCE_CORE_BYTES, &(host_resource_limit){2, 1}, NULL, error);
}
CALL(getpagesize)
{
    return host_resource_getpagesize(env, &world->number, error);
}
CHECK(getpagesize)
{
    assert_int_equal(world->number, sysconf(_SC_PAGESIZE));
}

static const host_case cases[] = {
    {.function = HOST_FUNCTION_RESOURCE_GETRLIMIT,
     .call = call_getrlimit,
     .check = check_getrlimit,
     .primitive = HOST_OPERATION_prlimit,
     .fail_code = EINVAL,
     .fail_status = HOST_INVALID_ARGUMENT},
    {.function = HOST_FUNCTION_RESOURCE_SETRLIMIT,
     .call = call_setrlimit,
     .check = check_setrlimit,
     .primitive = HOST_OPERATION_prlimit,
     .fail_code = EPERM,
     .fail_status = HOST_NOT_PERMITTED,
     .flags = HOST_CASE_IN_CHILD},
    {.function = HOST_FUNCTION_RESOURCE_SETRLIMIT,
     .label = "soft above hard",
     .set_up = core_limit_set,
     .call = call_setrlimit_upside_down,
     .primitive = HOST_OPERATION_prlimit,
     .fail_code = ESRCH,
     .fail_status = HOST_NO_SUCH_PROCESS,
     .allowed_status = HOST_INVALID_ARGUMENT,
     .flags = HOST_CASE_IN_CHILD},
    {.function = HOST_FUNCTION_RESOURCE_GETPAGESIZE,
     .call = call_getpagesize,
     .check = check_getpagesize,
     .infallible = "the size is fixed when the program starts"},
};

int main(void)
{
    return host_cases_run("resource", cases, sizeof(cases) / sizeof(cases[0]));
}
