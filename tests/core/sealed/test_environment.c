/* The guest's variables: set, replaced, removed, listed in order, refused when they can't be. */
#include "sealed/environment.h"

#include "sealed/error.h"
#include "support/fs_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int clear(void **state)
{
    (void)state;
    sealed_environment_clear();
    return fs_world_live_blocks == 0 ? 0 : -1;
}

static void variables_are_kept_in_order(void **state)
{
    (void)state;
    assert_int_equal(sealed_environment_set("A", "1", true), 0);
    assert_int_equal(sealed_environment_set("AB", "", true), 0);
    assert_int_equal(sealed_environment_set("C", "x=y", true), 0);

    assert_string_equal(sealed_environment_get("A"), "1");
    assert_string_equal(sealed_environment_get("AB"), "");
    assert_string_equal(sealed_environment_get("C"), "x=y");
    assert_null(sealed_environment_get("B"));
    assert_string_equal(sealed_environment[0], "A=1");
    assert_string_equal(sealed_environment[2], "C=x=y");
    assert_null(sealed_environment[3]);
}

static void variables_are_replaced_and_removed(void **state)
{
    (void)state;
    sealed_environment_set("A", "1", true);
    sealed_environment_set("B", "2", true);

    assert_int_equal(sealed_environment_set("A", "3", false), 0);
    assert_string_equal(sealed_environment_get("A"), "1");
    assert_int_equal(sealed_environment_set("A", sealed_environment_get("A"), true), 0);
    assert_string_equal(sealed_environment_get("A"), "1");
    assert_int_equal(sealed_environment_unset("A"), 0);
    assert_null(sealed_environment_get("A"));
    assert_string_equal(sealed_environment_get("B"), "2");
    assert_int_equal(sealed_environment_unset("A"), 0);
}

static void bad_names_are_refused(void **state)
{
    (void)state;
    assert_int_equal(sealed_environment_set("", "1", true), -SEALED_EINVAL);
    assert_int_equal(sealed_environment_set("A=B", "1", true), -SEALED_EINVAL);
    assert_int_equal(sealed_environment_unset("A=B"), -SEALED_EINVAL);
    assert_null(sealed_environment_get("A=B"));
    assert_int_equal(sealed_environment_set("A", "1", true), 0);
}

static void too_many_or_no_memory_is_reported(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < SEALED_ENVIRONMENT_MAX; i++) {
        sprintf(name, "V%d", i);
        assert_int_equal(sealed_environment_set(name, "", true), 0);
    }
    assert_int_equal(sealed_environment_set("MORE", "", true), -SEALED_ENOMEM);
    assert_int_equal(sealed_environment_unset("V7"), 0);

    fs_world_fail_after = 0;
    assert_int_equal(sealed_environment_set("MORE", "", true), -SEALED_ENOMEM);
    fs_world_fail_after = -1;
    assert_int_equal(sealed_environment_set("MORE", "", true), 0);
}

static void defaults_keep_what_is_set(void **state)
{
    (void)state;
    sealed_environment_set("HOME", "/elsewhere", true);

    assert_int_equal(sealed_environment_set_defaults(), 0);

    assert_string_equal(sealed_environment_get("HOME"), "/elsewhere");
    assert_string_equal(sealed_environment_get("LANG"), "C.UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(variables_are_kept_in_order, clear),
        cmocka_unit_test_teardown(variables_are_replaced_and_removed, clear),
        cmocka_unit_test_teardown(bad_names_are_refused, clear),
        cmocka_unit_test_teardown(too_many_or_no_memory_is_reported, clear),
        cmocka_unit_test_teardown(defaults_keep_what_is_set, clear),
    };
    return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
