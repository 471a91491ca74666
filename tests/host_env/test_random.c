/* Random bytes: the three functions, and the order of the sources behind host_random_fill. */
#include "support/host_cases.h"

#include <errno.h>
#include <string.h>

#include "host_call.h"
#include "host_env/random.h"

static bool is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0) return false;
    return true;
}

static host_status call_bytes(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_random_bytes(env, world->bytes, 64, 0, &count, error);
    world->number = (int64_t)count;
    return status;
}

static host_status call_entropy(host_case_world *world, host_env *env, host_error *error)
{
    world->number = 64;
    return host_random_entropy(env, world->bytes, 64, error);
}

static host_status call_fill(host_case_world *world, host_env *env, host_error *error)
{
    world->number = 64;
    return host_random_fill(env, world->bytes, 64, error);
}

static void check_bytes(host_case_world *world)
{
    assert_int_equal(world->number, 64);
    assert_false(is_zero(world->bytes, 64));
    assert_true(is_zero(world->bytes + 64, 64));
}

static const host_case cases[] = {
    { .function = HOST_FUNCTION_RANDOM_BYTES, .call = call_bytes, .check = check_bytes, .primitive = HOST_OPERATION_getrandom,
      .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_RANDOM_BYTES, .label = "no such system call", .call = call_bytes, .check = check_bytes,
      .primitive = HOST_OPERATION_getrandom, .fail_code = ENOSYS, .fail_status = HOST_UNSUPPORTED },
    { .function = HOST_FUNCTION_RANDOM_ENTROPY, .call = call_entropy, .check = check_bytes, .primitive = HOST_OPERATION_getentropy,
      .fail_code = EIO, .fail_status = HOST_FAILURE },
    { .function = HOST_FUNCTION_RANDOM_FILL, .call = call_fill, .check = check_bytes, .primitive = HOST_OPERATION_getrandom,
      .fail_code = EIO, .fail_status = HOST_FAILURE },
};

static void fill_falls_back_to_the_device(void **state)
{
    (void)state;
    static const int codes[] = { ENOSYS, EPERM };
    for (size_t i = 0; i < 2; i++) {
        test_host host;
        unsigned char bytes[64] = { 0 };
        test_host_create(&host, NULL);
        int before = test_descriptor_count();
        host_operations_fail(host.env, HOST_OPERATION_getrandom, 1, codes[i]);
        assert_host_ok(host_random_fill(host.env, bytes, sizeof bytes, &host.error), &host.error);
        assert_true(host_operations_failed());
        assert_int_equal(host_operations_calls(HOST_OPERATION_openat_mode), 1);
        assert_false(is_zero(bytes, sizeof bytes));
        assert_int_equal(test_descriptor_count(), before);
        host_operations_restore(host.env);
        test_host_destroy(&host);
    }
}

static ssize_t no_getrandom(void *buffer, size_t size, unsigned int flags)
{
    (void)buffer, (void)size, (void)flags;
    errno = ENOSYS;
    return -1;
}

static ssize_t three_bytes(void *buffer, size_t size, unsigned int flags)
{
    (void)flags;
    size_t count = size < 3 ? size : 3;
    memset(buffer, 0x5a, count);
    return (ssize_t)count;
}

static int open_plain_file(int fd, const char *path, int flags, mode_t mode)
{
    (void)path, (void)mode;
    return host_operations_real.openat_mode(fd, "/proc/self/status", flags, 0);
}

static int open_nothing(int fd, const char *path, int flags, mode_t mode)
{
    (void)fd, (void)path, (void)flags, (void)mode;
    errno = ENOENT;
    return -1;
}

static void fill_takes_no_plain_file_for_the_device(void **state)
{
    (void)state;
    test_host host;
    unsigned char bytes[64];
    memset(bytes, 0xff, sizeof bytes);
    test_host_create(&host, NULL);
    int before = test_descriptor_count();
    host.env->operations.getrandom = no_getrandom;
    host.env->operations.openat_mode = open_plain_file;
    assert_host_status(HOST_UNSUPPORTED, host_random_fill(host.env, bytes, sizeof bytes, &host.error), &host.error);
    assert_true(is_zero(bytes, sizeof bytes));
    host.env->operations.openat_mode = open_nothing;
    assert_host_status(HOST_UNSUPPORTED, host_random_fill(host.env, bytes, sizeof bytes, &host.error), &host.error);
    host.env->operations.openat_mode = host_operations_real.openat_mode;
    assert_host_ok(host_random_fill(host.env, bytes, sizeof bytes, &host.error), &host.error);
    assert_int_equal(test_descriptor_count(), before);
    test_host_destroy(&host);
}

static void fill_goes_on_after_short_answers(void **state)
{
    (void)state;
    test_host host;
    unsigned char bytes[64] = { 0 };
    test_host_create(&host, NULL);
    host.env->operations.getrandom = three_bytes;
    assert_host_ok(host_random_fill(host.env, bytes, sizeof bytes, &host.error), &host.error);
    for (size_t i = 0; i < sizeof bytes; i++) assert_int_equal(bytes[i], 0x5a);
    assert_host_ok(host_random_fill(host.env, NULL, 0, &host.error), &host.error);
    test_host_destroy(&host);
}

static host_status call_fill_from_device(host_case_world *world, host_env *env, host_error *error)
{
    env->operations.getrandom = no_getrandom;
    return host_random_fill(env, world->bytes, 64, error);
}

static void fill_leaves_nothing_behind(void **state)
{
    (void)state;
    host_walk_failures(&(host_case){ .function = HOST_FUNCTION_RANDOM_FILL, .call = call_fill });
    host_walk_failures(&(host_case){ .function = HOST_FUNCTION_RANDOM_FILL, .call = call_fill_from_device });
}

static void arguments_are_checked(void **state)
{
    (void)state;
    test_host host;
    unsigned char bytes[512];
    test_host_create(&host, NULL);
    assert_host_status(HOST_INVALID_ARGUMENT, host_random_bytes(host.env, bytes, 4, 0, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_random_entropy(host.env, NULL, 4, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_random_fill(host.env, NULL, 4, &host.error), &host.error);
    assert_host_status(HOST_FAILURE, host_random_entropy(host.env, bytes, 257, &host.error), &host.error);
    assert_int_equal(host.error.host_code, EIO);
    assert_host_ok(host_random_entropy(host.env, bytes, 256, &host.error), &host.error);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill_falls_back_to_the_device),
        cmocka_unit_test(fill_takes_no_plain_file_for_the_device),
        cmocka_unit_test(fill_goes_on_after_short_answers),
        cmocka_unit_test(fill_leaves_nothing_behind),
        cmocka_unit_test(arguments_are_checked),
    };
    int failed = host_cases_run("random", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("random sources", tests, NULL, NULL);
}
