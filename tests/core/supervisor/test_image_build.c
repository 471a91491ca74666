/* The time that the making of an image may take, beside an image that is made: a module is a program, and may go on for ever.
 * usage: test_image_build IMAGE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_build.h"

enum { TIMEOUT_NS = 500000000, TOLD_BYTES = 256 };

static const char *base;
static char folder[] = "/tmp/cordon-image-build-XXXXXX";
static host_env *env;
static char told[TOLD_BYTES];

static host_decision allow(void *context, const host_access *wanted)
{
    (void)context, (void)wanted;
    return HOST_DECISION_ALLOW;
}

static const char *path_in(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_module(const char *name, const char *source)
{
    FILE *file = fopen(path_in(name), "w");
    assert_non_null(file);
    assert_true(fputs(source, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int start(void **state)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_error error;
    (void)state;
    config.decide = allow;
    config.path_mode = HOST_PATHS_ANY;
    if (mkdtemp(folder) == NULL || host_env_create(&config, &env, &error) != HOST_OK)
        return -1;
    write_module("silent.py", "while True: pass\n");
    write_module("talking.py", "while True: print('still here')\n");
    write_module("leaving.py", "raise SystemExit(3)\n");
    write_module("done.py", "print('imported')\n");
    return 0;
}

static int stop(void **state)
{
    char command[100];
    (void)state;
    host_env_destroy(env);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void take_told(void *context, const void *data, size_t size)
{
    (void)context;
    snprintf(told, sizeof told, "%.*s", (int)size, (const char *)data);
}

static cordon_status build(const char *module, uint64_t timeout_ns, cordon_error *error)
{
    char output[200];
    const char *folders = folder;
    snprintf(output, sizeof output, "%s", path_in("image"));
    const image_plan plan = {.base = base, .modules = &module, .module_count = 1, .folders = &folders, .folder_count = 1, .output = output, .timeout_ns = timeout_ns};
    told[0] = '\0';
    return image_build(env, &plan, take_told, NULL, error);
}

static void no_module_takes_for_ever(void **state)
{
    static const char *const modules[] = {"silent", "talking"};
    cordon_error error;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(build(modules[i], TIMEOUT_NS, &error), CORDON_TIMED_OUT);
        assert_int_equal(access(path_in("image"), F_OK), -1);
        assert_int_equal(strstr(told, "still here") != NULL, i == 1);
    }
}

static void module_that_leaves_is_told(void **state)
{
    cordon_error error;
    (void)state;
    assert_int_equal(build("leaving", 0, &error), CORDON_SETUP_FAILED);
    assert_string_equal(told, "");
    assert_non_null(strstr(error.message, "code 3")); /* it printed nothing that could say why */
    assert_int_equal(access(path_in("image"), F_OK), -1);
}

static void module_that_is_done_is_in_the_image(void **state)
{
    cordon_error error;
    (void)state;
    assert_int_equal(build("done", 0, &error), CORDON_OK);
    assert_string_equal(told, "imported\n");
    assert_int_equal(access(path_in("image"), X_OK), 0);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_module_takes_for_ever),
        cmocka_unit_test(module_that_leaves_is_told),
        cmocka_unit_test(module_that_is_done_is_in_the_image),
    };
    if (count != 2)
        return 2;
    base = arguments[1];
    return cmocka_run_group_tests(tests, start, stop);
}
