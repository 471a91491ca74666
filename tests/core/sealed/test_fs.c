/* What a table of scripts can't say about the sealed file system: memory that runs out, many names, change during
 * iteration, a shadow of the content. */
#include "support/fs_world.h"

#include "sealed/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AT SEALED_AT_CWD

static int open_new(const char *path)
{
    int descriptor = sealed_descriptor_open(AT, path, SEALED_OPEN_READ_WRITE | SEALED_OPEN_CREATE, 0644);
    assert_true(descriptor >= 0);
    return descriptor;
}

static int make_home(void **state)
{
    (void)state;
    return sealed_fs_make_directory(AT, "/tmp/home", 0755) || sealed_fs_change_directory("/tmp/home");
}

static int remove_home(void **state)
{
    (void)state;
    struct sealed_usage usage;
    sealed_descriptor_close_range(3, UINT32_MAX);
    sealed_fs_change_directory("/");
    fs_world_remove_tree("/tmp/home");
    sealed_fs_usage(&usage);
    return usage.descriptors == 3 ? 0 : -1;
}

/* ---- content against a flat copy ---- */

enum { SHADOW_BYTES = 300000 };
static unsigned char shadow[SHADOW_BYTES], seen[SHADOW_BYTES];
static size_t shadow_size;

static size_t below(size_t limit)
{
    return (size_t)rand() % limit;
}

static void write_both(int descriptor)
{
    static unsigned char data[70000];
    size_t offset = below(SHADOW_BYTES), length = below(offset % 3 ? 500 : sizeof data);
    if (length > SHADOW_BYTES - offset)
        length = SHADOW_BYTES - offset;
    for (size_t i = 0; i < length; i++)
        data[i] = (unsigned char)rand();
    assert_int_equal(sealed_descriptor_write_at(descriptor, data, length, (int64_t)offset), length);
    memcpy(shadow + offset, data, length);
    if (length > 0 && offset + length > shadow_size)
        shadow_size = offset + length;
}

static void truncate_both(int descriptor)
{
    size_t size = below(4) ? below(SHADOW_BYTES) : below(200);
    assert_int_equal(sealed_descriptor_truncate(descriptor, (int64_t)size), 0);
    if (size < shadow_size)
        memset(shadow + size, 0, shadow_size - size);
    shadow_size = size;
}

static void compare_both(int descriptor)
{
    size_t offset = below(SHADOW_BYTES), length = below(SHADOW_BYTES);
    size_t expected = offset >= shadow_size ? 0 : shadow_size - offset < length ? shadow_size - offset : length;
    assert_int_equal(sealed_descriptor_read_at(descriptor, seen, length, (int64_t)offset), expected);
    assert_memory_equal(seen, shadow + offset, expected);
}

static void content_is_what_was_written(void **state)
{
    (void)state;
    srand(20260101);
    int descriptor = open_new("f");

    for (int step = 0; step < 3000; step++) {
        size_t what = below(10);
        if (what < 5)
            write_both(descriptor);
        else if (what < 6)
            truncate_both(descriptor);
        else
            compare_both(descriptor);
    }

    struct sealed_status status;
    assert_int_equal(sealed_descriptor_status(descriptor, &status), 0);
    assert_int_equal(status.size_bytes, shadow_size);
}

/* Data and holes partition a file, and holes read zero. */
static void holes_and_data_alternate(void **state)
{
    (void)state;
    int descriptor = open_new("f");
    for (int i = 0; i < 40; i++)
        sealed_descriptor_write_at(descriptor, "x", 1, (int64_t)below(20) * 1000000);
    struct sealed_status status;
    sealed_descriptor_status(descriptor, &status);

    int64_t at = 0, data_bytes = 0;
    while (at < status.size_bytes) {
        int64_t data = sealed_descriptor_seek(descriptor, at, SEALED_SEEK_DATA);
        if (data == -SEALED_ENXIO)
            break;
        assert_true(data >= at);
        int64_t hole = sealed_descriptor_seek(descriptor, data, SEALED_SEEK_HOLE);
        assert_true(hole > data);
        data_bytes += hole - data;
        at = hole;
    }

    assert_true(data_bytes > 0);
    assert_true(data_bytes <= status.blocks * 512);
}

/* ---- directories ---- */

static void name_of(int number, char *name)
{
    sprintf(name, "name-%d", number);
}

static void directory_of_many_names(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    char name[32];
    assert_int_equal(sealed_fs_make_directory(AT, "many", 0755), 0);
    assert_int_equal(sealed_fs_change_directory("many"), 0);

    for (int i = 0; i < COUNT; i++) {
        name_of(i, name);
        assert_int_equal(sealed_fs_make_node(AT, name, 0644), 0);
    }
    for (int i = 0; i < COUNT; i += 2) {
        name_of(i, name);
        assert_int_equal(sealed_fs_unlink(AT, name, 0), 0);
    }

    struct sealed_status status;
    for (int i = 0; i < COUNT; i++) {
        name_of(i, name);
        assert_int_equal(sealed_fs_status(AT, name, 0, &status), i % 2 ? 0 : -SEALED_ENOENT);
    }
}

static void iteration_survives_change(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    char name[32];
    static int times_seen[COUNT];
    memset(times_seen, 0, sizeof times_seen);
    for (int i = 0; i < COUNT; i++) {
        name_of(i, name);
        assert_int_equal(sealed_fs_make_node(AT, name, 0644), 0);
    }
    int directory = sealed_descriptor_open(AT, ".", SEALED_OPEN_DIRECTORY, 0);
    struct sealed_directory_entry entry;

    /* Each step removes what was just listed when it is even, and adds something new, so that the table is rebuilt many
     * times. */
    int more, step = 0;
    while ((more = sealed_directory_next(directory, &entry)) == 1 && step < 20000) {
        int number;
        if (sscanf(entry.name, "name-%d", &number) != 1)
            continue;
        times_seen[number]++;
        if (number % 2 == 0)
            assert_int_equal(sealed_fs_unlink(AT, entry.name, 0), 0);
        if (step++ < COUNT) {
            sprintf(name, "more-%d", step);
            assert_int_equal(sealed_fs_make_node(AT, name, 0644), 0);
        }
    }

    assert_int_equal(more, 0);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(times_seen[i], 1);
}

static void list_one_remove_one_ends_empty(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    char name[32];
    for (int i = 0; i < COUNT; i++) {
        name_of(i, name);
        assert_int_equal(sealed_fs_make_node(AT, name, 0644), 0);
    }
    int directory = sealed_descriptor_open(AT, ".", SEALED_OPEN_DIRECTORY, 0);
    struct sealed_directory_entry entry;

    int removed = 0;
    for (;;) {
        /* From the start each time: quadratic if removed names were skipped one by one. */
        assert_int_equal(sealed_directory_seek(directory, 2), 0);
        if (sealed_directory_next(directory, &entry) != 1)
            break;
        assert_int_equal(sealed_fs_unlink(AT, entry.name, 0), 0);
        removed++;
    }

    assert_int_equal(removed, COUNT);
}

static void position_after_continues_behind_it(void **state)
{
    (void)state;
    const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++)
        assert_int_equal(sealed_fs_make_node(AT, names[i], 0644), 0);
    int directory = sealed_descriptor_open(AT, ".", SEALED_OPEN_DIRECTORY, 0);
    struct sealed_directory_entry entry;
    for (int i = 0; i < 3; i++)
        assert_int_equal(sealed_directory_next(directory, &entry), 1);
    assert_string_equal(entry.name, "a");

    uint64_t position = entry.position_after;
    sealed_directory_next(directory, &entry);
    sealed_directory_seek(directory, position);

    assert_int_equal(sealed_directory_next(directory, &entry), 1);
    assert_string_equal(entry.name, "b");
}

static void deep_tree_is_built_and_freed(void **state)
{
    (void)state;
    for (int depth = 0; depth < 900; depth++) {
        assert_int_equal(sealed_fs_make_directory(AT, "d", 0755), 0);
        assert_int_equal(sealed_fs_change_directory("d"), 0);
    }
    char path[SEALED_PATH_MAX];

    assert_int_equal(sealed_fs_current_directory(path, sizeof path), 0);
    assert_int_equal(strlen(path), strlen("/tmp/home") + 900 * 2);
    assert_int_equal(sealed_fs_current_directory(path, 10), -SEALED_ERANGE);

    for (int depth = 0; depth < 900; depth++) {
        assert_int_equal(sealed_fs_change_directory(".."), 0);
        assert_int_equal(sealed_fs_unlink(AT, "d", SEALED_AT_REMOVE_DIRECTORY), 0);
    }
}

/* ---- waiting ---- */

static int fifo_writer;

static void open_fifo_for_writing(void)
{
    fifo_writer = sealed_descriptor_open(AT, "p", SEALED_OPEN_WRITE | SEALED_OPEN_NONBLOCK, 0);
}

static void fifo_open_waits_for_the_other_side(void **state)
{
    (void)state;
    assert_int_equal(sealed_fs_make_node(AT, "p", SEALED_MODE_FIFO | 0644), 0);

    fs_world_other_thread = open_fifo_for_writing;
    int reader = sealed_descriptor_open(AT, "p", SEALED_OPEN_READ, 0);

    assert_true(reader >= 0);
    assert_true(fifo_writer >= 0);
    char byte;
    assert_int_equal(sealed_descriptor_write(fifo_writer, "x", 1), 1);
    assert_int_equal(sealed_descriptor_read(reader, &byte, 1), 1);
}

static int ends[2];

static void write_late(void)
{
    sealed_descriptor_write(ends[1], "late", 4);
}

static void close_both_ends(void)
{
    sealed_descriptor_close(ends[0]);
    sealed_descriptor_close(ends[1]);
}

static void pipe_read_waits_for_a_writer(void **state)
{
    (void)state;
    char buffer[8];
    assert_int_equal(sealed_pipe_open(ends, 0), 0);

    fs_world_other_thread = write_late;

    assert_int_equal(sealed_descriptor_read(ends[0], buffer, sizeof buffer), 4);
    assert_memory_equal(buffer, "late", 4);
}

static void pipe_read_survives_close_by_another(void **state)
{
    (void)state;
    char buffer[8];
    assert_int_equal(sealed_pipe_open(ends, 0), 0);

    fs_world_other_thread = close_both_ends;

    assert_int_equal(sealed_descriptor_read(ends[0], buffer, sizeof buffer), 0);
    assert_int_equal(sealed_descriptor_read(ends[0], buffer, sizeof buffer), -SEALED_EBADF);
}

static void drain(void)
{
    static char buffer[65536];
    sealed_descriptor_read(ends[0], buffer, sizeof buffer);
}

static void pipe_write_waits_for_room(void **state)
{
    (void)state;
    static char data[70000];
    assert_int_equal(sealed_pipe_open(ends, 0), 0);

    fs_world_other_thread = drain;

    assert_int_equal(sealed_descriptor_write(ends[1], data, sizeof data), sizeof data);
    assert_int_equal(sealed_descriptor_available(ends[0]), 70000 - 65536);
}

/* ---- spans ---- */

static void spans_move_in_order(void **state)
{
    (void)state;
    int descriptor = open_new("f");
    char one[2], two[3], rest[9] = {0};
    const struct sealed_span out[] = {{"he", 2}, {"llo", 3}, {"", 0}, {"!", 1}};
    const struct sealed_span in[] = {{one, 2}, {two, 3}, {rest, 9}};

    assert_int_equal(sealed_descriptor_write_spans(descriptor, out, 4, -1), 6);
    assert_int_equal(sealed_descriptor_read_spans(descriptor, in, 3, 0), 6);
    assert_memory_equal(one, "he", 2);
    assert_memory_equal(two, "llo", 3);
    assert_memory_equal(rest, "!\0", 2);
    assert_int_equal(sealed_descriptor_read_spans(99, in, 0, -1), -SEALED_EBADF);
}

/* ---- memory that runs out ---- */

static void do_many_things(void)
{
    static char data[40000];
    struct sealed_directory_entry entry;
    sealed_fs_make_directory(AT, "d", 0755);
    sealed_fs_make_symlink("target", AT, "d/l");
    int file = sealed_descriptor_open(AT, "d/f", SEALED_OPEN_READ_WRITE | SEALED_OPEN_CREATE, 0644);
    if (file >= 0) {
        sealed_descriptor_write(file, data, 100);
        sealed_descriptor_write(file, data, sizeof data);
        sealed_descriptor_write_at(file, data, 10, 100000000);
        sealed_descriptor_reserve(file, 0, 200000, false);
        sealed_descriptor_close(file);
    }
    sealed_fs_link(AT, "d/f", AT, "d/g", 0);
    sealed_fs_rename(AT, "d/g", AT, "h", 0);
    sealed_fs_rename(AT, "d", AT, "e", 0);
    int pair[2], event = sealed_event_open(0, false, 0);
    if (event >= 0)
        sealed_descriptor_close(event);
    for (int kind = 0; kind < 2; kind++) {
        if (kind ? sealed_pair_open(pair, 0) : sealed_pipe_open(pair, 0))
            continue;
        sealed_descriptor_write(pair[1], data, 5000);
        sealed_descriptor_close(pair[0]);
        sealed_descriptor_close(pair[1]);
    }
    sealed_fs_install("/tmp/home/x/y", 0644, 0, "text", 4, false);
    int directory = sealed_descriptor_open(AT, "/usr/lib", SEALED_OPEN_DIRECTORY, 0);
    if (directory >= 0) {
        while (sealed_directory_next(directory, &entry) == 1)
            continue;
        sealed_descriptor_close(directory);
    }
    fs_world_remove_tree("/tmp/home");
    sealed_fs_make_directory(AT, "/tmp/home", 0755);
    sealed_fs_change_directory("/tmp/home");
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    do_many_things(); /* what is kept for good, such as directories of the image, is there from now on */
    struct sealed_usage before, after;
    sealed_fs_usage(&before);
    long live = fs_world_live_blocks;

    int failures = 0;
    for (long n = 0; n < 1000; n++) {
        fs_world_fail_after = n;
        do_many_things();
        bool has_failed = fs_world_fail_after == 0;
        fs_world_fail_after = -1;
        fs_world_remove_tree("/tmp/home");
        sealed_fs_make_directory(AT, "/tmp/home", 0755);
        sealed_fs_change_directory("/tmp/home");
        sealed_fs_usage(&after);
        assert_int_equal(after.bytes, before.bytes);
        assert_int_equal(after.inodes, before.inodes);
        assert_int_equal(after.descriptors, before.descriptors);
        assert_int_equal(fs_world_live_blocks, live);
        if (!has_failed)
            break;
        failures++;
    }

    assert_true(failures > 20);
    assert_true(failures < 999);
}

/* ---- the image, added to by the host: last, since it stays ---- */

static void install_adds_to_directories_of_the_image(void **state)
{
    (void)state;
    struct sealed_status status;
    assert_int_equal(sealed_fs_install("/usr/lib/b/three", 0644, 7, "3", 1, false), 0);

    assert_int_equal(sealed_fs_status(AT, "/usr/lib/b/three", 0, &status), 0);
    assert_int_equal(sealed_fs_status(AT, "/usr/lib/b/one", 0, &status), 0);
    assert_int_equal(sealed_fs_status(AT, "/usr/lib/b/two/deep", 0, &status), 0);
    assert_int_equal(sealed_fs_status(AT, "/usr/lib/b/four", 0, &status), -SEALED_ENOENT);
    assert_int_equal(sealed_fs_install("/usr/lib/b/one", 0644, 7, "other", 5, false), -SEALED_EROFS);
    int directory = sealed_descriptor_open(AT, "/usr/lib/b", SEALED_OPEN_DIRECTORY, 0);
    struct sealed_directory_entry entry;
    char names[64] = "";
    while (sealed_directory_next(directory, &entry) == 1)
        strcat(strcat(names, entry.name), ",");
    assert_string_equal(names, ".,..,three,one,two,");
}

static void added_directories_refuse_the_guest(void **state)
{
    (void)state;
    char path[SEALED_PATH_MAX];
    assert_int_equal(sealed_fs_install("/usr/lib/b/three", 0644, 7, "3", 1, false), 0);

    assert_int_equal(sealed_fs_make_node(AT, "/usr/lib/b/mine", 0644), -SEALED_EACCES);
    assert_int_equal(sealed_fs_unlink(AT, "/usr/lib/b/one", 0), -SEALED_EACCES);
    assert_int_equal(sealed_fs_rename(AT, "/usr/lib/b", AT, "b", 0), -SEALED_EACCES);
    assert_int_equal(sealed_fs_make_node(AT, "mine", 0644), 0);
    assert_int_equal(sealed_fs_change_directory("/usr/lib/b/two"), 0);
    assert_int_equal(sealed_fs_current_directory(path, sizeof path), 0);
    assert_string_equal(path, "/usr/lib/b/two");
    assert_int_equal(sealed_fs_change_directory(".."), 0);
    assert_int_equal(sealed_fs_current_directory(path, sizeof path), 0);
    assert_string_equal(path, "/usr/lib/b");
}

static void install_heeds_the_quota(void **state)
{
    (void)state;
    static char data[30000];
    struct sealed_usage usage;
    sealed_fs_usage(&usage);
    sealed_fs_set_quota(&(struct sealed_quota){.bytes_max = usage.bytes + 20000});

    assert_int_equal(sealed_fs_install("/tmp/home/big", 0644, 0, data, sizeof data, false), -SEALED_ENOSPC);

    sealed_fs_set_quota(&(struct sealed_quota){0});
    assert_int_equal(sealed_fs_install("/tmp/home/big", 0644, 0, data, sizeof data, false), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(content_is_what_was_written),
        TEST(holes_and_data_alternate),
        TEST(directory_of_many_names),
        TEST(iteration_survives_change),
        TEST(list_one_remove_one_ends_empty),
        TEST(position_after_continues_behind_it),
        TEST(deep_tree_is_built_and_freed),
        TEST(fifo_open_waits_for_the_other_side),
        TEST(pipe_read_waits_for_a_writer),
        TEST(pipe_read_survives_close_by_another),
        TEST(pipe_write_waits_for_room),
        TEST(spans_move_in_order),
        TEST(every_failed_allocation_is_survived),
        TEST(install_heeds_the_quota),
        TEST(install_adds_to_directories_of_the_image),
        TEST(added_directories_refuse_the_guest),
    };
    return cmocka_run_group_tests_name("fs", tests, fs_world_start, NULL);
}
