/* Where mounts may lie, how they meet each other and memory, and what the sealed half does with a host that answers nonsense. */
#define _GNU_SOURCE /* nftw, through mount_world */
#include "mount_world.h"

#include "sealed/descriptor.h"
#include "sealed/error.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define AT SEALED_AT_CWD

static broker *both;
enum { FOLDERS = 4 };
static char folders[FOLDERS][64];
static int64_t (*answer)(void *reply);

static int64_t ask(void *request, size_t request_size, void *reply, size_t reply_size_max)
{
    size_t size;
    (void)reply_size_max;
    if (answer)
        return answer(reply);
    assert_int_equal(broker_answer(both, request, request_size, reply, &size), BROKER_ANSWERED);
    return (int64_t)size;
}

/* /m/a and /m/b are read-write, /m/a/inner is read-only; /m/b/far/off/deep is read-write, and its folder is nowhere in that of /m/b. */
static int set_up_all(void **state)
{
    static const char *const paths[] = {"/m/a", "/m/b/", "/m/a/inner", "/m/b//far/off/deep/"};
    broker_mount_config mounts[FOLDERS];
    host_error error;
    (void)state;
    for (int i = 0; i < FOLDERS; i++) {
        strcpy(folders[i], "/tmp/cordon-mount-XXXXXX");
        if (!mkdtemp(folders[i]))
            return -1;
        mounts[i] = (broker_mount_config){folders[i], i == 2 ? BROKER_MOUNT_READ_ONLY : BROKER_MOUNT_READ_WRITE};
    }
    const broker_config config = {.mounts = mounts, .mount_count = FOLDERS};
    if (broker_create(&config, &both, &error) != HOST_OK || sealed_fs_start() != 0)
        return -1;
    sealed_broker_set(ask);
    for (uint32_t i = 0; i < FOLDERS; i++)
        if (sealed_mount_add(i, paths[i], i == 2 ? SEALED_MOUNT_READ_ONLY : SEALED_MOUNT_READ_WRITE) != 0)
            return -1;
    return 0;
}

static int tear_down_all(void **state)
{
    char command[300];
    (void)state;
    broker_destroy(both);
    snprintf(command, sizeof command, "rm -r %s %s %s %s", folders[0], folders[1], folders[2], folders[3]);
    return system(command);
}

static int begin(void **state)
{
    (void)state;
    answer = NULL;
    return sealed_fs_change_directory("/");
}

static int make(const char *path)
{
    int descriptor = sealed_descriptor_open(AT, path, SEALED_OPEN_WRITE | SEALED_OPEN_CREATE, 0644);
    return descriptor < 0 ? descriptor : sealed_descriptor_close(descriptor);
}

static bool host_has(int folder, const char *name)
{
    char path[256];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folders[folder], name);
    return lstat(path, &status) == 0;
}

static void mounts_refuse_places_that_cannot_be(void **state)
{
    static const struct {
        const char *path;
        int error;
    } rows[] = {
        {"/", -SEALED_EINVAL},        {"//", -SEALED_EINVAL},           {"relative", -SEALED_EINVAL},         {"", -SEALED_EINVAL}, {"/m/a", -SEALED_EBUSY},
        {"/m/a/", -SEALED_EBUSY},     {"/m/a/inner", -SEALED_EBUSY},    {"/m/a/../b/x", -SEALED_EINVAL},       {"/m/a/./x", -SEALED_EINVAL},
        {"/m/b/far/off/deep", -SEALED_EBUSY}, {"/m/b/far", -SEALED_EBUSY}, {"/dev/null", -SEALED_ENOTDIR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (sealed_mount_add(0, rows[i].path, SEALED_MOUNT_READ_ONLY) != rows[i].error)
            fail_msg("%s was not refused as it should be", rows[i].path);
    assert_true(sealed_mount_covers("/m/a/x") && sealed_mount_covers("/m/b") && !sealed_mount_covers("/m/bc") && !sealed_mount_covers("/m"));
}

static void moving_between_mounts_is_between_volumes(void **state)
{
    (void)state;
    assert_int_equal(make("/m/a/f"), 0);
    assert_int_equal(make("/tmp/memory"), 0);
    assert_int_equal(sealed_fs_rename(AT, "/m/a/f", AT, "/m/b/f", 0), -SEALED_EXDEV);
    assert_int_equal(sealed_fs_rename(AT, "/m/a/f", AT, "/tmp/f", 0), -SEALED_EXDEV);
    assert_int_equal(sealed_fs_rename(AT, "/tmp/memory", AT, "/m/a/memory", 0), -SEALED_EXDEV);
    assert_int_equal(sealed_fs_link(AT, "/m/a/f", AT, "/m/b/f", 0), -SEALED_EXDEV);
    assert_int_equal(sealed_fs_link(AT, "/tmp/memory", AT, "/m/a/memory", 0), -SEALED_EXDEV);
    assert_int_equal(sealed_fs_rename(AT, "/m/a/f", AT, "/m/a/g", 0), 0);
    assert_true(host_has(0, "g") && !host_has(0, "f"));
    assert_int_equal(sealed_fs_unlink(AT, "/m/a/g", 0), 0);
}

static void mounts_cannot_be_taken_away(void **state)
{
    (void)state;
    static const char *const paths[] = {"/m/a", "/m/b", "/m/a/inner"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_not_equal(sealed_fs_unlink(AT, paths[i], SEALED_AT_REMOVE_DIRECTORY), 0);
        assert_int_not_equal(sealed_fs_rename(AT, paths[i], AT, "/tmp/elsewhere", 0), 0);
        assert_int_not_equal(sealed_fs_rename(AT, paths[i], AT, "/m/a/elsewhere", 0), 0);
    }
    assert_int_equal(sealed_fs_make_directory(AT, "/m/b/empty", 0755), 0);
    assert_int_equal(sealed_fs_unlink(AT, "/m/b/empty", SEALED_AT_REMOVE_DIRECTORY), 0);
}

static void mount_in_a_mount_is_found_and_listed(void **state)
{
    (void)state;
    struct sealed_directory_entry entry;
    struct sealed_status outer, inner;
    char path[SEALED_PATH_MAX];
    int inner_count = 0;
    int descriptor = sealed_descriptor_open(AT, "/m/a", SEALED_OPEN_DIRECTORY, 0);
    while (sealed_directory_next(descriptor, &entry) == 1)
        inner_count += strcmp(entry.name, "inner") == 0;
    sealed_descriptor_close(descriptor);
    assert_int_equal(inner_count, 1);
    assert_int_equal(sealed_fs_status(AT, "/m/a", 0, &outer), 0);
    assert_int_equal(sealed_fs_status(AT, "/m/a/inner", 0, &inner), 0);
    assert_true(outer.device != inner.device);
    assert_int_equal(make("/m/a/inner/f"), -SEALED_EROFS);
    assert_int_equal(sealed_fs_change_directory("/m/a/inner"), 0);
    assert_int_equal(sealed_fs_current_directory(path, sizeof path), 0);
    assert_string_equal(path, "/m/a/inner");
    assert_int_equal(make("../beside"), 0);
    assert_true(host_has(0, "beside"));
    assert_int_equal(sealed_fs_unlink(AT, "../beside", 0), 0);
}

/* What lies between is shown as the host has it, and cannot be taken away; the mount is there in any case. */
static void mount_deep_in_a_mount_is_found_and_stays(void **state)
{
    struct sealed_status status;
    char path[300], moved[300];
    (void)state;
    assert_int_equal(make("/m/b/far/off/deep/f"), 0);
    assert_true(host_has(3, "f"));
    assert_int_equal(sealed_fs_unlink(AT, "/m/b/far/off/deep/f", 0), 0);
    assert_int_equal(sealed_fs_status(AT, "/m/b/far", 0, &status), -SEALED_ENOENT); /* the host has none */
    assert_int_equal(make("/m/b/far/f"), -SEALED_ENOENT);

    snprintf(path, sizeof path, "%s/far", folders[1]);
    assert_int_equal(mkdir(path, 0750), 0);
    assert_int_equal(sealed_fs_status(AT, "/m/b/far", 0, &status), 0);
    assert_int_equal(status.mode & 07777, 0750);
    assert_int_equal(make("/m/b/far/f"), 0);
    assert_true(host_has(1, "far/f"));
    assert_int_equal(sealed_fs_unlink(AT, "/m/b/far/f", 0), 0);
    assert_int_equal(sealed_fs_unlink(AT, "/m/b/far", SEALED_AT_REMOVE_DIRECTORY), -SEALED_EBUSY);
    assert_int_equal(sealed_fs_rename(AT, "/m/b/far", AT, "/m/b/near", 0), -SEALED_EBUSY);
    assert_int_equal(sealed_fs_make_directory(AT, "/m/b/far", 0755), -SEALED_EEXIST);

    snprintf(moved, sizeof moved, "%s/near", folders[1]);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(symlink("near", path), 0); /* another thing of the same name */
    assert_int_equal(make("/m/b/far/off/deep/f"), 0);
    assert_int_equal(sealed_fs_unlink(AT, "/m/b/far/off/deep/f", 0), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(moved), 0);
    assert_int_equal(sealed_fs_change_directory("/m/b/far/off/deep"), 0);
    assert_int_equal(sealed_fs_current_directory(path, sizeof path), 0);
    assert_string_equal(path, "/m/b/far/off/deep");
}

static void host_changes_are_seen(void **state)
{
    char path[256];
    struct sealed_status status;
    (void)state;
    snprintf(path, sizeof path, "%s/by-the-host", folders[0]);
    assert_int_equal(sealed_fs_status(AT, "/m/a/by-the-host", 0, &status), -SEALED_ENOENT);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(sealed_fs_change_directory("/m/a/by-the-host"), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(make("f"), -SEALED_ENOENT);
    FILE *file = fopen(path, "w"); /* now it is another thing of the same name */
    fclose(file);
    assert_int_equal(sealed_fs_status(AT, "/m/a/by-the-host", 0, &status), 0);
    assert_int_equal(status.mode & SEALED_MODE_TYPE, SEALED_MODE_FILE);
    assert_int_equal(make("f"), -SEALED_ENOENT);
    assert_int_equal(unlink(path), 0);
}

/* ---- A host that answers nonsense ---- */

static int64_t bytes_of(void *reply, const void *bytes, size_t size)
{
    memcpy(reply, bytes, size);
    return (int64_t)size;
}

#define ANSWER(name, ...)                                                                                                                          \
    static int64_t name(void *reply)                                                                                                               \
    {                                                                                                                                              \
        static const unsigned char bytes[] = {__VA_ARGS__};                                                                                        \
        return bytes_of(reply, bytes, sizeof bytes);                                                                                               \
    }
ANSWER(no_array, 0x00)
ANSWER(empty_array, 0x90)
ANSWER(success_without_results, 0x91, 0x00)
ANSWER(positive_error, 0x91, 0x05)
ANSWER(error_beyond_all, 0x91, 0xd2, 0x80, 0x00, 0x00, 0x00)
ANSWER(text_for_a_number, 0x92, 0x00, 0xa1, 'x')
ANSWER(claims_too_many, 0xdc, 0xff, 0xff, 0x00)
ANSWER(bytes_cut, 0x92, 0x00, 0xc6, 0xff, 0xff, 0xff, 0xff)

static int64_t nothing(void *reply)
{
    (void)reply;
    return 0;
}

static int64_t far_too_long(void *reply)
{
    (void)reply;
    return INT64_MAX;
}

static int64_t refuses(void *reply)
{
    (void)reply;
    return -SEALED_EACCES;
}

static void nonsense_is_an_error_and_nothing_worse(void **state)
{
    static int64_t (*const answers[])(void *) = {no_array,          empty_array,     success_without_results, positive_error, error_beyond_all,
                                                 text_for_a_number, claims_too_many, bytes_cut,               nothing,        far_too_long};
    struct sealed_status status;
    struct sealed_volume volume;
    struct sealed_directory_entry entry;
    char buffer[16];
    (void)state;
    assert_int_equal(make("/m/b/f"), 0);
    int file = sealed_descriptor_open(AT, "/m/b/f", SEALED_OPEN_READ_WRITE, 0), folder = sealed_descriptor_open(AT, "/m/b", SEALED_OPEN_DIRECTORY, 0);
    assert_true(file >= 0 && folder >= 0);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        answer = answers[i];
        assert_int_equal(sealed_fs_status(AT, "/m/b/f", 0, &status), -SEALED_EIO);
        assert_int_equal(sealed_descriptor_status(file, &status), -SEALED_EIO);
        assert_int_equal(sealed_descriptor_read(file, buffer, sizeof buffer), -SEALED_EIO);
        assert_int_equal(sealed_descriptor_write(file, "x", 1), -SEALED_EIO);
        assert_int_equal(sealed_descriptor_open(AT, "/m/b/f", SEALED_OPEN_READ, 0), -SEALED_EIO);
        assert_int_equal(sealed_fs_volume("/m/b", &volume), -SEALED_EIO);
        assert_int_equal(sealed_directory_seek(folder, 2), 0);
        assert_int_equal(sealed_directory_next(folder, &entry), -SEALED_EIO);
    }
    answer = refuses;
    assert_int_equal(sealed_fs_status(AT, "/m/b/f", 0, &status), -SEALED_EACCES);
    answer = NULL;
    assert_int_equal(sealed_descriptor_write(file, "x", 1), 1);
    assert_int_equal(sealed_descriptor_close(file), 0);
    assert_int_equal(sealed_descriptor_close(folder), 0);
    assert_int_equal(sealed_fs_unlink(AT, "/m/b/f", 0), 0);
}

static void nobody_to_ask_is_an_error(void **state)
{
    struct sealed_status status;
    (void)state;
    sealed_broker_set(NULL);
    assert_int_equal(sealed_fs_status(AT, "/m/b/f", 0, &status), -SEALED_EIO);
    sealed_broker_set(ask);
    assert_int_equal(sealed_fs_status(AT, "/m/b/f", 0, &status), -SEALED_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(mounts_refuse_places_that_cannot_be, begin),
        cmocka_unit_test_setup(moving_between_mounts_is_between_volumes, begin),
        cmocka_unit_test_setup(mounts_cannot_be_taken_away, begin),
        cmocka_unit_test_setup(mount_in_a_mount_is_found_and_listed, begin),
        cmocka_unit_test_setup(mount_deep_in_a_mount_is_found_and_stays, begin),
        cmocka_unit_test_setup(host_changes_are_seen, begin),
        cmocka_unit_test_setup(nonsense_is_an_error_and_nothing_worse, begin),
        cmocka_unit_test_setup(nobody_to_ask_is_an_error, begin),
    };
    return cmocka_run_group_tests_name("mount", tests, set_up_all, tear_down_all);
}
