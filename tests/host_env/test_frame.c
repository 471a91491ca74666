/* The frame of host_env: creation, statuses, error texts, numbering, and the test support itself. */
#include "support/host_cases.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>

#include "host_call.h"
#include "host_env/fs.h"

static void env_create_refuses_bad_configurations(void **state)
{
    (void)state;
    host_env *env = (host_env *)1;
    host_error error = { 0 };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_root relative = { "relative", HOST_ROOT_READ };

    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(NULL, &env, &error), &error);
    assert_null(env);
    assert_string_equal(error.operation, "env_create");
    config.struct_size = 0;
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(&config, &env, &error), &error);
    config = (host_env_config)HOST_ENV_CONFIG_INIT;
    config.root_count = 1;
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(&config, &env, &error), &error);
    config.roots = &relative;
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(&config, &env, &error), &error);
    config.root_count = 0;
    config.path_mode = (host_path_mode)(HOST_PATHS_ANY + 1);
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(&config, &env, &error), &error);
    config.path_mode = HOST_PATHS_ANY;
    config.allowed_always = HOST_CAPABILITY_BIT(HOST_CAPABILITY_COUNT);
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(&config, &env, &error), &error);
    config.allowed_always = HOST_CAPABILITIES_ALL;
    assert_host_ok(host_env_create(&config, &env, &error), &error);
    host_env_destroy(env);
}

static void env_create_closes_roots_when_one_is_missing(void **state)
{
    (void)state;
    host_env *env = NULL;
    host_error error = { 0 };
    host_root roots[] = { { "/tmp", HOST_ROOT_READ }, { "/nonexistent-root", HOST_ROOT_READ } };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.roots = roots;
    config.root_count = 2;
    int before = test_descriptor_count();

    assert_host_status(HOST_MISSING, host_env_create(&config, &env, &error), &error);
    assert_null(env);
    assert_int_equal(error.host_code, ENOENT);
    assert_non_null(strstr(error.message, "/nonexistent-root"));
    assert_int_equal(test_descriptor_count(), before);

    config.root_count = 1;
    assert_host_ok(host_env_create(&config, &env, &error), &error);
    assert_int_equal(test_descriptor_count(), before + 1);
    host_env_destroy(env);
    assert_int_equal(test_descriptor_count(), before);
}

/* A caller built against an older header passes a shorter struct; one against a newer header may use nothing that we lack. */
static void env_create_takes_shorter_and_longer_structs(void **state)
{
    (void)state;
    struct {
        host_env_config config;
        unsigned char later[16];
    } longer = { .config = { .struct_size = sizeof(longer), .path_mode = HOST_PATHS_ANY } };
    host_env_config shorter = { .struct_size = offsetof(host_env_config, record), .path_mode = HOST_PATHS_ANY };
    host_env *env = NULL;
    host_error error = { 0 };

    assert_host_ok(host_env_create(&shorter, &env, &error), &error);
    assert_int_equal(env->path_mode, HOST_PATHS_NONE);
    host_env_destroy(env);
    assert_host_ok(host_env_create(&longer.config, &env, &error), &error);
    host_env_destroy(env);
    longer.later[3] = 1;
    assert_host_status(HOST_INVALID_ARGUMENT, host_env_create(&longer.config, &env, &error), &error);
}

static void statuses_have_names_texts_and_exceptions(void **state)
{
    (void)state;
    for (int status = HOST_OK; status <= HOST_FAILURE; status++) {
        assert_string_not_equal(host_status_name((host_status)status), "UNKNOWN");
        assert_true(strlen(host_status_text((host_status)status)) > 5);
        assert_true((host_status_exception((host_status)status) == NULL) == (status == HOST_OK));
    }
    assert_string_equal(host_status_name((host_status)(HOST_FAILURE + 1)), "UNKNOWN");
    assert_int_equal(host_status_from_errno(0), HOST_OK);
    assert_int_equal(host_status_from_errno(ENOENT), HOST_MISSING);
    assert_int_equal(host_status_from_errno(EXDEV), HOST_FAILURE);
    assert_int_equal(host_status_from_errno(-1), HOST_FAILURE);
}

static void functions_and_capabilities_are_described(void **state)
{
    (void)state;
    for (host_function function = HOST_FUNCTION_NONE + 1; function < HOST_FUNCTION_COUNT; function++) {
        const host_function_description *description = host_function_describe(function);
        assert_true(description->capability > HOST_CAPABILITY_NONE && description->capability < HOST_CAPABILITY_COUNT);
        assert_int_equal(host_capability_from_name(host_capability_name(description->capability)), description->capability);
    }
    assert_string_equal(host_function_describe(HOST_FUNCTION_COUNT)->name, "none");
    assert_string_equal(host_function_describe((host_function)-1)->name, "none");
    assert_int_equal(host_capability_from_name("fs.read"), HOST_CAPABILITY_FS_READ);
    assert_int_equal(host_capability_from_name("FS.READ"), HOST_CAPABILITY_NONE);
    assert_int_equal(host_capability_from_name(NULL), HOST_CAPABILITY_NONE);
    assert_string_equal(host_capability_name((host_capability)-1), "none");
}

static void operations_are_listed(void **state)
{
    (void)state;
    for (host_operation_id id = 0; id < HOST_OPERATION_COUNT; id++) {
        assert_non_null(host_operations_name(id));
        for (host_operation_id other = 0; other < id; other++) {
            assert_string_not_equal(host_operations_name(id), host_operations_name(other));
        }
    }
    assert_null(host_operations_name(HOST_OPERATION_COUNT));
}

typedef struct message_case {
    const char *name, *path, *text;
} message_case;

static const message_case message_cases[] = {
    { "error text of a plain path", "/srv/a", "none: path '/srv/a', flags -7, secret (not shown): no such file, directory, process or name (errno 2)" },
    { "error text keeps UTF-8", "/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "none: path '/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80', flags -7, secret (not shown): no such file, directory, process or name (errno 2)" },
    { "error text escapes control characters", "a\n\x1b[", "none: path 'a\\x0a\\x1b[', flags -7, secret (not shown): no such file, directory, process or name (errno 2)" },
    { "error text escapes stray bytes", "\xff\xc3/\xed\xa0\x80\xc0\xaf", "none: path '\\xff\\xc3/\\xed\\xa0\\x80\\xc0\\xaf', flags -7, secret (not shown): no such file, directory, process or name (errno 2)" },
    { "error text of no path", NULL, "none: path none, flags -7, secret (not shown): no such file, directory, process or name (errno 2)" },
};

static void fill_call(host_call *call, host_error *error, const char *path)
{
    *call = (host_call){ .error = error };
    host_call_path(call, "path", path);
    host_call_number(call, "flags", -7);
    host_call_secret(call, "secret", "hunter2");
}

static void message_case_run(void **state)
{
    const message_case *row = *state;
    host_error error = { 0 };
    host_call call;
    fill_call(&call, &error, row->path);
    assert_int_equal(host_call_finish(&call, ENOENT, 5), HOST_MISSING);
    assert_string_equal(error.message, row->text);
}

static void error_text_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t length = 200; length < 300; length++) {
        char path[512] = "";
        host_error error = { 0 };
        host_call call;
        memset(path, 'a', length);
        strcpy(path + length, "\xe2\x82\xac\xe2\x82\xac\xff");
        fill_call(&call, &error, path);
        host_call_finish(&call, ENOENT, 0);
        size_t end = strnlen(error.message, sizeof(error.message));
        assert_true(end < sizeof(error.message));
        assert_true(end > 200);
        for (size_t i = 0; i < end; i++) { /* whole characters only */
            if ((unsigned char)error.message[i] == 0xe2) {
                assert_true(i + 2 < end);
            }
        }
    }
}

static void accesses_are_numbered_and_refused_ones_too(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    for (int i = 0; i < 4; i++) {
        host.watch->policy = i % 2 == 0 ? TEST_POLICY_ALLOW_ALL : TEST_POLICY_DENY_ALL;
        host_call call = { .env = host.env };
        if (host_call_permitted(&call)) {
            assert_int_equal(host_call_finish(&call, 0, 10 + i), HOST_OK);
        }
    }
    assert_int_equal(host.watch->recorded.count, 4);
    for (int i = 0; i < 4; i++) {
        const host_access *access = &host.watch->recorded.kept[i].access;
        assert_int_equal(access->status, i % 2 == 0 ? HOST_OK : HOST_DENIED_BY_POLICY);
        assert_int_equal(access->result, i % 2 == 0 ? 10 + i : 0);
    }
    test_host_destroy(&host);
}

static void without_an_env_everything_is_refused(void **state)
{
    (void)state;
    host_error error = { 0 };
    host_call call = { .error = &error };
    assert_false(host_call_permitted(&call));
    assert_int_equal(call.access.status, HOST_DENIED_BY_POLICY);
    assert_int_equal(error.host_code, EPERM);
}

static void a_second_capability_is_asked_and_the_first_recorded(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    host_call call = { .env = host.env, .access = { .capability = HOST_CAPABILITY_FS_WRITE } };
    assert_true(host_call_permitted(&call));
    assert_true(host_call_permitted_also(&call, HOST_CAPABILITY_FS_READ));
    host_call_finish(&call, 0, 0);
    assert_int_equal(host.watch->asked.count, 2);
    assert_int_equal(host.watch->recorded.count, 1);
    assert_int_equal(host.watch->recorded.kept[0].access.capability, HOST_CAPABILITY_FS_WRITE);

    test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_FS_READ);
    call = (host_call){ .env = host.env, .access = { .capability = HOST_CAPABILITY_FS_WRITE } };
    assert_true(host_call_permitted(&call));
    assert_false(host_call_permitted_also(&call, HOST_CAPABILITY_FS_READ));
    assert_int_equal(host.watch->recorded.kept[0].access.capability, HOST_CAPABILITY_FS_READ);
    test_host_destroy(&host);
}

typedef struct answer_case {
    const char *name;
    uint64_t allowed_always;
    bool has_policy, has_record;
    unsigned asked, recorded;
    host_status status;
} answer_case;

/* host_fs_open of a new file for reading and writing, which takes two capabilities, under a policy that refuses everything it is asked. */
static const answer_case answer_cases[] = {
    { "what is allowed always is not asked", HOST_CAPABILITIES_ALL, true, false, 0, 0, HOST_OK },
    { "the two it takes are enough", HOST_CAPABILITY_BIT(HOST_CAPABILITY_FS_READ) | HOST_CAPABILITY_BIT(HOST_CAPABILITY_FS_WRITE), true, false, 0, 0, HOST_OK },
    { "the first is asked", HOST_CAPABILITY_BIT(HOST_CAPABILITY_FS_READ), true, false, 1, 0, HOST_DENIED_BY_POLICY },
    { "the second is asked", HOST_CAPABILITY_BIT(HOST_CAPABILITY_FS_WRITE), true, false, 1, 0, HOST_DENIED_BY_POLICY },
    { "by default everything is asked", 0, true, false, 1, 0, HOST_DENIED_BY_POLICY },
    { "without a policy nothing is allowed", HOST_CAPABILITIES_ALL, false, false, 0, 0, HOST_DENIED_BY_POLICY },
    { "what is allowed always is told all the same", HOST_CAPABILITIES_ALL, true, true, 0, 1, HOST_OK },
    { "with a record the rest is asked and told", 0, true, true, 1, 1, HOST_DENIED_BY_POLICY },
};

static host_decision count_and_refuse(void *context, const host_access *access)
{
    (void)access;
    ++*(unsigned *)context;
    return HOST_DECISION_DENY;
}

static void count(void *context, const host_access *access)
{
    (void)access;
    ++*(unsigned *)context;
}

static void answer_case_run(void **state)
{
    const answer_case *row = *state;
    unsigned asked = 0, recorded = 0;
    char folder[64], path[128];
    int fd = -1;
    host_error error = { 0 };
    host_env *env;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_ANY;
    config.allowed_always = row->allowed_always;
    config.decide = row->has_policy ? count_and_refuse : NULL;
    config.decide_context = &asked;
    config.record = row->has_record ? count : NULL;
    config.record_context = &recorded;
    test_folder_create(folder);
    snprintf(path, sizeof(path), "%s/new", folder);
    assert_host_ok(host_env_create(&config, &env, &error), &error);

    assert_host_status(row->status, host_fs_open(env, HOST_AT_CWD, path, O_RDWR | O_CREAT, 0600, &fd, &error), &error);

    assert_int_equal(asked, row->asked);
    assert_int_equal(recorded, row->recorded);
    assert_true((access(path, F_OK) == 0) == (row->status == HOST_OK));
    assert_true((fd >= 0) == (row->status == HOST_OK));
    if (fd >= 0) {
        close(fd);
    }
    test_folder_remove(folder);
    host_env_destroy(env);
}

/* A failure of the host is told in full where success tells nothing. */
static void what_is_allowed_always_fails_with_all_details(void **state)
{
    (void)state;
    unsigned asked = 0;
    int fd = 0;
    host_error error = { 0 };
    host_env *env;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_ANY;
    config.allowed_always = HOST_CAPABILITIES_ALL;
    config.decide = count_and_refuse;
    config.decide_context = &asked;
    assert_host_ok(host_env_create(&config, &env, &error), &error);

    assert_host_status(HOST_MISSING, host_fs_open(env, HOST_AT_CWD, "/nonexistent-file", O_RDONLY, 0, &fd, &error), &error);

    assert_int_equal(fd, -1);
    assert_int_equal(asked, 0);
    assert_int_equal(error.host_code, ENOENT);
    assert_string_equal(error.operation, "fs_open");
    assert_non_null(strstr(error.message, "path '/nonexistent-file', flags 0, mode 0: "));
    host_env_destroy(env);
}

static void the_nth_call_of_a_primitive_can_fail(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    int before = test_descriptor_count();
    host_operations_fail(host.env, HOST_OPERATION_openat_mode, 2, EMFILE);
    int first = host.env->operations.openat_mode(AT_FDCWD, "/", O_RDONLY, 0);
    int second = host.env->operations.openat_mode(AT_FDCWD, "/", O_RDONLY, 0);
    assert_int_equal(errno, EMFILE);
    assert_true(first >= 0);
    assert_int_equal(second, -1);
    assert_true(host_operations_failed());
    assert_int_equal(host_operations_calls(HOST_OPERATION_openat_mode), 2);

    host_operations_fail(host.env, HOST_OPERATION_close, 1, EIO); /* still closes */
    assert_int_equal(host.env->operations.close(first), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(test_descriptor_count(), before);
    assert_string_equal(host_operations_failed_name(), "close");
    host_operations_restore(host.env);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(env_create_refuses_bad_configurations),
        cmocka_unit_test(env_create_closes_roots_when_one_is_missing),
        cmocka_unit_test(env_create_takes_shorter_and_longer_structs),
        cmocka_unit_test(statuses_have_names_texts_and_exceptions),
        cmocka_unit_test(functions_and_capabilities_are_described),
        cmocka_unit_test(operations_are_listed),
        cmocka_unit_test(error_text_is_cut_between_characters),
        cmocka_unit_test(accesses_are_numbered_and_refused_ones_too),
        cmocka_unit_test(without_an_env_everything_is_refused),
        cmocka_unit_test(a_second_capability_is_asked_and_the_first_recorded),
        cmocka_unit_test(what_is_allowed_always_fails_with_all_details),
        cmocka_unit_test(the_nth_call_of_a_primitive_can_fail),
    };
    struct CMUnitTest texts[sizeof(message_cases) / sizeof(message_cases[0])];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        texts[i] = (struct CMUnitTest){ .name = message_cases[i].name, .test_func = message_case_run,
                                        .initial_state = (void *)&message_cases[i] };
    }
    struct CMUnitTest answers[sizeof(answer_cases) / sizeof(answer_cases[0])];
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        answers[i] = (struct CMUnitTest){ .name = answer_cases[i].name, .test_func = answer_case_run,
                                          .initial_state = (void *)&answer_cases[i] };
    }
    int failed = cmocka_run_group_tests_name("frame", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("answers beforehand", answers, NULL, NULL);
    return failed + cmocka_run_group_tests_name("error texts", texts, NULL, NULL);
}
