/* Paths of the host as paths of a sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "run_paths.h"

static const struct path_case {
    const char *name, *path;
    size_t rise;
    const char *absolute; /* below the working directory for that rise */
} path_cases[] = {
    {"plain", "a.py", 0, "/work/a.py"},
    {"below", "a/b.py", 0, "/work/a/b.py"},
    {"dot", "./a.py", 0, "/work/a.py"},
    {"up_once", "../a.py", 1, "/work/a.py"},
    {"up_twice", "../../a.py", 2, "/work/a.py"},
    {"up_inside", "a/../b.py", 0, "/work/b.py"},
    {"up_beyond", "a/../../b/c.py", 1, "/work/b/c.py"},
    {"slashes", "a//b///c.py", 0, "/work/a/b/c.py"},
    {"absolute", "/srv/a.py", 0, "/srv/a.py"},
    {"absolute_up", "/srv/../../a.py", 0, "/a.py"},
    {"three_dots_are_a_name", ".../a.py", 0, "/work/.../a.py"},
    {"here", ".", 0, "/work"},
    {"root", "/", 0, "/"},
    {"trailing_slash", "a/", 0, "/work/a"},
};

static void path_is_placed(void **state)
{
    const struct path_case *path = *state;
    char working_directory[64], absolute[64];

    assert_int_equal(run_path_rise(path->path), path->rise);
    assert_int_equal(run_path_working_directory(path->rise, working_directory, sizeof working_directory), 0);
    assert_int_equal(run_path_absolute(working_directory, path->path, absolute, sizeof absolute), 0);

    assert_string_equal(absolute, path->absolute);
}

static void too_small_a_buffer_is_refused(void **state)
{
    char buffer[8];
    (void)state;

    assert_int_equal(run_path_working_directory(1, buffer, sizeof buffer), 0); /* "/work/1" just fits */
    assert_int_equal(run_path_working_directory(2, buffer, sizeof buffer), -1);
    assert_int_equal(run_path_absolute("/work", "a", buffer, sizeof buffer), 0);
    assert_int_equal(run_path_absolute("/work", "ab", buffer, sizeof buffer), -1);
}

int main(void)
{
    enum { PATHS = sizeof path_cases / sizeof *path_cases };
    struct CMUnitTest tests[PATHS + 1] = {[PATHS] = cmocka_unit_test(too_small_a_buffer_is_refused)};
    for (int i = 0; i < PATHS; i++)
        tests[i] = (struct CMUnitTest){.name = path_cases[i].name, .test_func = path_is_placed, .initial_state = (void *)&path_cases[i]};
    return cmocka_run_group_tests_name("run_paths", tests, NULL, NULL);
}
