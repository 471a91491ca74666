/* Under the rules of a file, and a function that is asked besides: both must allow. Each refusal beside a twin that succeeds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "interpreter_support.h"

static char granted[512], other[512];
static bool refuses_all_files; /* the function */
static unsigned asked;

static bool permit(void *context, const cordon_access *access)
{
    (void)context;
    asked++;
    return !(refuses_all_files && access->path != NULL && strncmp(access->path, granted, strlen(granted)) == 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static int create(void **state)
{
    char path[600], rules[4096];
    cordon_error error;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    (void)state;
    snprintf(granted, sizeof granted, "%.400s/granted", work);
    snprintf(other, sizeof other, "%.400s/other", work);
    mkdir(granted, 0700);
    mkdir(other, 0700);
    snprintf(path, sizeof path, "%s/note.txt", granted);
    write_file(path, "granted");
    snprintf(path, sizeof path, "%s/note.txt", other);
    write_file(path, "not granted");
    snprintf(rules, sizeof rules,
             "version: 1\nprofiles:\n  - name: work\n    allow:\n      - capability: fs.read, fs.list\n        path: [\"%s\"]\n"
             "      - capability: fd.use, import, process.info, process.exit, system.info, signal.handle, time.read, random, memory.map, thread.start\n"
             "    deny:\n      - capability: import\n        name: [wave]\n", granted);
    snprintf(path, sizeof path, "%.400s/policy.yaml:work", work);
    *strrchr(path, ':') = '\0';
    write_file(path, rules);
    snprintf(path, sizeof path, "%.400s/policy.yaml:nobody", work);
    config.home = home;
    config.policy = path;
    config.permit_access = permit;
    assert_int_equal(cordon_interpreter_create(&config, &interpreter, &error), CORDON_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "nobody"));
    snprintf(path, sizeof path, "%.400s/policy.yaml:work", work);
    assert_done(cordon_interpreter_create(&config, &interpreter, &error), &error);
    return 0;
}

static const char *reading(const char *folder)
{
    static char source[700];
    snprintf(source, sizeof source, "open('%s/note.txt').read()", folder);
    return source;
}

static void rules_say_what_may_be_read(void **state)
{
    (void)state;
    assert_string_equal(value_of(reading(granted)), "\"granted\"");
    exception_of(reading(other), "PermissionError");
    exception_of("open('/etc/hostname')", "PermissionError");
    assert_string_equal(value_of("import json, decimal; json.dumps([1])"), "\"[1]\""); /* the library is open */
}

static void rules_say_what_may_be_written(void **state)
{
    char source[700];
    (void)state;
    snprintf(source, sizeof source, "open('%s/new.txt', 'w')", granted);
    exception_of(source, "PermissionError");
    exception_of("import subprocess; subprocess.run(['/bin/true'])", "PermissionError");
    exception_of("import socket; socket.create_connection(('127.0.0.1', 1))", "PermissionError");
}

static void rules_say_what_may_be_imported(void **state)
{
    (void)state;
    exception_of("import wave", "ImportError");
    assert_string_equal(value_of("import colorsys; colorsys.__name__"), "\"colorsys\"");
}

static void function_is_asked_besides(void **state)
{
    (void)state;
    unsigned before = asked;
    assert_string_equal(value_of(reading(granted)), "\"granted\"");
    assert_true(asked > before);
    refuses_all_files = true;
    exception_of(reading(granted), "PermissionError");
    refuses_all_files = false;
    assert_string_equal(value_of(reading(granted)), "\"granted\"");
    exception_of(reading(other), "PermissionError"); /* which the function would allow */
}

static void code_may_give_up_rights(void **state)
{
    (void)state;
    exception_of("import _cordon_policy; _cordon_policy.narrow('nonsense')", "ValueError");
    assert_string_equal(value_of(reading(granted)), "\"granted\"");
    value_of("import cordon\ncordon.narrow('version: 1\\nallow:\\n  - capability: fd.use, import, process.info, system.info, time.read, random, memory.map\\n')");
    exception_of(reading(granted), "PermissionError");
    assert_string_equal(value_of("1 + 1"), "2");
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_say_what_may_be_read),
        cmocka_unit_test(rules_say_what_may_be_written),
        cmocka_unit_test(rules_say_what_may_be_imported),
        cmocka_unit_test(function_is_asked_besides),
        cmocka_unit_test(code_may_give_up_rights),
    };
    take_arguments(argument_count, arguments);
    return cmocka_run_group_tests(tests, create, NULL);
}
