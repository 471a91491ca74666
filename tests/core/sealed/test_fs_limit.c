/* A quota that the host named as a limit ends the sandbox where it would refuse; otherwise the refusal is an errno. */
#include "support/fake_gate.h"
#include "support/fs_world.h"

#include "cordon/exit_code.h"
#include "sealed/error.h"
#include "sealed/fs.h"
#include "sealed/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BYTES_MAX = 100000, FILES_MAX = 40, OFFSET_MAX = 50000 };

static int open_new(const char *path)
{
    return sealed_descriptor_open(SEALED_AT_CWD, path, SEALED_OPEN_WRITE | SEALED_OPEN_CREATE, 0644);
}

/* --- what goes beyond, each answering the refusal --- */

static int64_t too_many_bytes(void)
{
    static const char data[20000];
    int64_t result = 0;

    for (int file = 0; file < 10 && result >= 0; file++) {
        char path[20];
        snprintf(path, sizeof path, "/tmp/%d", file);
        result = open_new(path);
        if (result >= 0)
            result = sealed_descriptor_write((int)result, data, sizeof data);
    }
    return result;
}

static int64_t too_many_files(void)
{
    int64_t result = 0;

    for (int file = 0; file < FILES_MAX + 1 && result == 0; file++) {
        char path[20];
        snprintf(path, sizeof path, "/tmp/d%d", file);
        result = sealed_fs_make_directory(SEALED_AT_CWD, path, 0755);
    }
    return result;
}

static int64_t write_too_far(void)
{
    return sealed_descriptor_write_at(open_new("/tmp/f"), "x", 1, OFFSET_MAX);
}

static int64_t truncate_too_far(void)
{
    return sealed_descriptor_truncate(open_new("/tmp/f"), OFFSET_MAX + 7);
}

static int64_t reserve_too_far(void)
{
    return sealed_descriptor_reserve(open_new("/tmp/f"), OFFSET_MAX, 10, false);
}

/* --- and what just fits --- */

static int64_t write_to_the_end(void)
{
    return sealed_descriptor_write_at(open_new("/tmp/f"), "x", 1, OFFSET_MAX - 1);
}

static int64_t truncate_to_the_end(void)
{
    return sealed_descriptor_truncate(open_new("/tmp/f"), OFFSET_MAX);
}

static const struct limit_case {
    const char *name;
    int64_t (*act)(void);
    int64_t answer;      /* where the quota is not a limit */
    const char *message; /* where it is; NULL: nothing trips */
} limit_cases[] = {
    {"too_many_bytes", too_many_bytes, -SEALED_ENOSPC, "fs-bytes, "},
    {"too_many_files", too_many_files, -SEALED_ENOSPC, "fs-files, 41 of 40 files and folders"},
    {"write_too_far", write_too_far, -SEALED_EFBIG, "fs-offset, 50001 of 50000 bytes"},
    {"truncate_too_far", truncate_too_far, -SEALED_EFBIG, "fs-offset, 50007 of 50000 bytes"},
    {"reserve_too_far", reserve_too_far, -SEALED_EFBIG, "fs-offset, 50010 of 50000 bytes"},
    {"write_to_the_end", write_to_the_end, 1, NULL},
    {"truncate_to_the_end", truncate_to_the_end, 0, NULL},
};

static const struct limit_case *current;

static void act(void)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%lld", (long long)current->act());

    fake_gate_write(text, (unsigned long)length);
}

static void act_limited(void)
{
    sealed_limit_set(CORDON_LIMIT_FS_BYTES, BYTES_MAX);
    sealed_limit_set(CORDON_LIMIT_FS_FILES, FILES_MAX);
    sealed_limit_set(CORDON_LIMIT_FS_OFFSET, OFFSET_MAX);
    sealed_limits_begin();
    act();
}

static void run_case(void **state)
{
    char answer[32];
    struct fake_gate_ending ending;

    current = *state;
    snprintf(answer, sizeof answer, "%lld", (long long)current->answer);
    ending = fake_gate_run_in_child(act);
    assert_string_equal(ending.output, answer);
    assert_int_equal(ending.exit_code, 0);

    ending = fake_gate_run_in_child(act_limited);
    if (!current->message) {
        assert_string_equal(ending.output, answer);
        return;
    }
    assert_int_equal(ending.exit_code, CORDON_EXIT_LIMIT);
    assert_memory_equal(ending.output, "cordon: a limit was reached: ", 29);
    if (!strstr(ending.output, current->message))
        fail_msg("%s: %s", current->name, ending.output);
}

static int start(void **state)
{
    const struct sealed_quota quota = {.bytes_max = BYTES_MAX, .inodes_max = FILES_MAX, .file_size_max = OFFSET_MAX};

    sealed_fs_set_quota(&quota);
    return fs_world_start(state);
}

int main(void)
{
    struct CMUnitTest tests[sizeof limit_cases / sizeof *limit_cases];

    for (size_t i = 0; i < sizeof limit_cases / sizeof *limit_cases; i++)
        tests[i] = (struct CMUnitTest){limit_cases[i].name, run_case, NULL, NULL, (void *)&limit_cases[i]};
    return cmocka_run_group_tests(tests, start, NULL);
}
