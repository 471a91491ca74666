/* Environment variables: every function's row, and that values stay out of records. */
#include "support/host_cases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/env.h"

#define VARIABLE "HOST_ENV_TEST_VARIABLE"

static void define(host_case_world *world)
{
    (void)world;
    setenv(VARIABLE, "value", 1);
}

static void undefine(host_case_world *world)
{
    (void)world;
    unsetenv(VARIABLE);
}

static host_status get(host_case_world *world, host_env *env, host_error *error)
{
    const char *value;
    host_status status = host_env_get(env, VARIABLE, &value, error);
    world->pointer = (void *)value;
    assert_true((status == HOST_OK) == (value != NULL));
    return status;
}

static void got(host_case_world *world)
{
    assert_string_equal(world->pointer, "value");
}

static host_status set(host_case_world *world, host_env *env, host_error *error)
{
    (void)world;
    return host_env_set(env, VARIABLE, "hunter2", HOST_ENV_REPLACE, error);
}

static void was_set(host_case_world *world)
{
    assert_string_equal(getenv(VARIABLE), "hunter2");
    if (!world->is_watched) {
        return;
    }
    assert_int_equal(test_recorded(world->host, HOST_FUNCTION_ENV_SET)->access.arguments[1].kind, HOST_ARGUMENT_SECRET);
}

static host_status unset(host_case_world *world, host_env *env, host_error *error)
{
    (void)world;
    return host_env_unset(env, VARIABLE, error);
}

static void was_unset(host_case_world *world)
{
    (void)world;
    assert_null(getenv(VARIABLE));
}

static host_status list(host_case_world *world, host_env *env, host_error *error)
{
    const char *const *variables;
    host_status status = host_env_list(env, &variables, error);
    world->pointer = (void *)variables;
    assert_true((status == HOST_OK) == (variables != NULL));
    return status;
}

static void is_listed(host_case_world *world)
{
    const char *const *variable = world->pointer;
    while (*variable != NULL && strcmp(*variable, VARIABLE "=value") != 0) {
        variable++;
    }
    assert_non_null(*variable);
}

/* What clearenv() does, in a way that can be undone. */
static void clear(host_case_world *world)
{
    world->data = environ;
    environ = NULL;
}

static void unclear(host_case_world *world)
{
    environ = (char **)world->data;
}

static void lists_nothing(host_case_world *world)
{
    assert_null(*(const char *const *)world->pointer);
}

static const host_case cases[] = {
    { .function = HOST_FUNCTION_ENV_GET, .set_up = define, .call = get, .check = got, .tear_down = undefine,
      .infallible = "getenv cannot fail; a missing variable is tested below" },
    { .function = HOST_FUNCTION_ENV_GET, .label = "missing", .set_up = undefine, .call = get, .allowed_status = HOST_MISSING,
      .infallible = "as above" },
    { .function = HOST_FUNCTION_ENV_SET, .set_up = undefine, .call = set, .check = was_set, .tear_down = undefine,
      .primitive = HOST_OPERATION_setenv, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_ENV_UNSET, .set_up = define, .call = unset, .check = was_unset, .tear_down = undefine,
      .primitive = HOST_OPERATION_unsetenv, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_ENV_LIST, .set_up = define, .call = list, .check = is_listed, .tear_down = undefine,
      .infallible = "reads a pointer" },
    { .function = HOST_FUNCTION_ENV_LIST, .label = "after clearenv", .set_up = clear, .call = list, .check = lists_nothing, .tear_down = unclear,
      .infallible = "reads a pointer" },
};

typedef struct name_case {
    const char *name, *variable;
} name_case;

static const name_case bad_names[] = { { "no name is refused", NULL }, { "an empty name is refused", "" }, { "a name with = is refused", "A=B" } };

static void bad_name_run(void **state)
{
    const name_case *row = *state;
    test_host host;
    const char *value;
    test_host_create(&host, NULL);
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_get(host.env, row->variable, &value, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_set(host.env, row->variable, "", HOST_ENV_KEEP, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_unset(host.env, row->variable, &host.error), &host.error);
    assert_int_equal(host.watch->asked.count, 0);
    assert_int_equal(host.watch->recorded.count, 3);
    test_host_destroy(&host);
}

static void set_keeps_or_replaces_and_hides_the_value(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    assert_host_ok(host_env_set(host.env, VARIABLE, "one", HOST_ENV_REPLACE, &host.error), &host.error);
    assert_host_ok(host_env_set(host.env, VARIABLE, "two", HOST_ENV_KEEP, &host.error), &host.error);
    assert_string_equal(getenv(VARIABLE), "one");
    assert_host_ok(host_env_set(host.env, VARIABLE, "two", HOST_ENV_REPLACE, &host.error), &host.error);
    assert_string_equal(getenv(VARIABLE), "two");
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_set(host.env, VARIABLE, NULL, HOST_ENV_REPLACE, &host.error), &host.error);

    test_host_policy(&host, TEST_POLICY_DENY_ALL, HOST_CAPABILITY_NONE);
    assert_host_status(HOST_DENIED_BY_POLICY, host_env_set(host.env, VARIABLE, "hunter2", HOST_ENV_REPLACE, &host.error), &host.error);
    assert_string_equal(getenv(VARIABLE), "two");
    assert_null(strstr(host.error.message, "hunter2"));
    assert_non_null(strstr(host.error.message, VARIABLE));
    unsetenv(VARIABLE);
    test_host_destroy(&host);
}

int main(void)
{
    enum { BAD_NAMES = sizeof(bad_names) / sizeof(bad_names[0]) };
    struct CMUnitTest tests[BAD_NAMES + 1] = { cmocka_unit_test(set_keeps_or_replaces_and_hides_the_value) };
    for (size_t i = 0; i < BAD_NAMES; i++) {
        tests[i + 1] = (struct CMUnitTest){ .name = bad_names[i].name, .test_func = bad_name_run, .initial_state = (void *)&bad_names[i] };
    }
    int failed = host_cases_run("env", cases, sizeof(cases) / sizeof(cases[0]));
    return failed + cmocka_run_group_tests_name("env arguments", tests, NULL, NULL);
}
