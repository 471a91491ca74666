/* The memory of a real worker, seen from outside: against what the kernel's own file of it says. */
#include "engine_support.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sandbox_internal.h"
#include "worker_memory.h"

enum { PAGE = IMAGE_MAP_PAGE_BYTES, REST_NS = 1000000000 };

typedef struct world {
    cordon_engine *engine;
    cordon_sandbox *sandbox;
    image_map *map;
    int memory; /* the kernel's own file */
} world;

static void set_up(world *world)
{
    cordon_error error;
    char path[64];
    world->engine = test_engine(NULL);
    world->sandbox = test_sandbox(world->engine);
    check_status(image_map_create(world->engine->env, test_image, &world->map, &error), &error);
    snprintf(path, sizeof path, "/proc/%lld/mem", (long long)cordon_sandbox_process_id(world->sandbox));
    world->memory = open(path, O_RDWR | O_CLOEXEC);
    assert_true(world->memory >= 0);
}

static void tear_down(world *world)
{
    close(world->memory);
    image_map_destroy(world->map);
    cordon_sandbox_destroy(world->sandbox);
    cordon_engine_destroy(world->engine);
}

static bool is_written(const memory_ranges *ranges, uint64_t page)
{
    for (size_t i = 0; i < ranges->count; i++)
        if (page >= ranges->items[i].address && page - ranges->items[i].address < ranges->items[i].size)
            return true;
    return false;
}

/* What was not written is as the file has it; what was written is read alike by either way. */
static void compare_segment(const world *world, host_memory_range segment, const memory_ranges *ranges)
{
    static unsigned char seen[PAGE], read_back[PAGE];
    static const unsigned char zeros[PAGE];
    for (uint64_t page = segment.address; page < segment.address + segment.size; page += PAGE) {
        assert_int_equal(pread(world->memory, seen, PAGE, (off_t)page), PAGE);
        assert_true(image_map_is_writable(world->map, page));
        if (is_written(ranges, page)) {
            const host_memory_piece piece = {read_back, page, PAGE};
            assert_int_equal(worker_memory_read(world->sandbox->worker, &piece, 1, NULL), CORDON_OK);
            assert_memory_equal(seen, read_back, PAGE);
        } else {
            const unsigned char *image = image_map_page(world->map, page);
            assert_memory_equal(seen, image != NULL ? image : zeros, PAGE);
        }
    }
}

static void written_pages_are_all_that_differs(void **state)
{
    (void)state;
    world world;
    cordon_error error;
    memory_ranges before, ranges;
    size_t count;
    set_up(&world);
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));
    check_status(worker_memory_written(world.sandbox->worker, world.map, &before, &error), &error);
    assert_value(world.sandbox, "kept = [str(n) for n in range(100000)]; len(kept)", "100000");
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));

    check_status(worker_memory_written(world.sandbox->worker, world.map, &ranges, &error), &error);

    const host_memory_range *writable = image_map_writable(world.map, &count);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++)
        compare_segment(&world, writable[i], &ranges);
    assert_true(before.bytes > 20 * PAGE);
    assert_true(ranges.bytes > before.bytes + 4000000);
    memory_ranges_release(&before);
    memory_ranges_release(&ranges);
    tear_down(&world);
}

static void what_is_written_is_what_python_finds(void **state)
{
    (void)state;
    world world;
    cordon_error error;
    char text[] = "from outside";
    set_up(&world);
    cordon_result *result = test_execute(world.sandbox, "place = bytearray(4096)\nimport _cordon\nid(place)");
    cordon_result_destroy(result);
    assert_value(world.sandbox, "place[:12] = b'from  inside'; place[:12].decode()", "\"from  inside\"");
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));
    /* Where the text lies is looked for, as a debugger would. */
    memory_ranges ranges;
    uint64_t found = 0;
    check_status(worker_memory_written(world.sandbox->worker, world.map, &ranges, &error), &error);
    for (size_t i = 0; i < ranges.count; i++)
        for (uint64_t page = ranges.items[i].address; page < ranges.items[i].address + ranges.items[i].size; page += PAGE) {
            unsigned char bytes[PAGE];
            const host_memory_piece piece = {bytes, page, PAGE};
            check_status(worker_memory_read(world.sandbox->worker, &piece, 1, &error), &error);
            for (unsigned char *at = bytes; (at = memmem(at, (size_t)(bytes + PAGE - at), "from  inside", 12)) != NULL; at++) {
                found++;
                const host_memory_piece changed = {text, page + (uint64_t)(at - bytes), 12};
                check_status(worker_memory_write(world.sandbox->worker, &changed, 1, &error), &error);
            }
        }
    assert_true(found > 0);
    assert_value(world.sandbox, "place[:12].decode()", "\"from outside\"");
    memory_ranges_release(&ranges);
    tear_down(&world);
}

static void read_only_pages_are_not_written(void **state)
{
    (void)state;
    world world;
    uint64_t guard, code;
    char byte = 0;
    set_up(&world);
    assert_true(image_map_find(world.map, "image_heap_guard", &guard, NULL));
    assert_true(image_map_find(world.map, "image_behind_system_call", &code, NULL));
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));
    const host_memory_piece pieces[] = {{&byte, guard, 1}, {&byte, code, 1}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(worker_memory_read(world.sandbox->worker, &pieces[i], 1, NULL), CORDON_OK);
        assert_int_equal(worker_memory_write(world.sandbox->worker, &pieces[i], 1, NULL), CORDON_HOST_FAILURE);
    }
    assert_false(image_map_is_writable(world.map, code));
    tear_down(&world);
}

/* ---- What is remembered ---- */

/* Asks with a descriptor that tells nothing of pages in the place of the one that does: only what is remembered can be told then. */
static bool is_remembered(world *world)
{
    worker *worker = world->sandbox->worker;
    memory_ranges ranges;
    int *view = &worker->process.views[PROCESS_VIEW_PAGEMAP], usual = *view, nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(usual >= 0 && nothing >= 0);
    assert_true(worker_memory_comes_to_rest(worker, world->map, REST_NS));
    *view = nothing;
    cordon_status status = worker_memory_written(worker, world->map, &ranges, NULL);
    *view = usual;
    close(nothing);
    if (status == CORDON_OK)
        memory_ranges_release(&ranges);
    else
        assert_int_equal(status, CORDON_HOST_FAILURE);
    return status == CORDON_OK;
}

/* What is told now and what is told once all was forgotten; the caller owns the latter. */
static memory_ranges find(world *world)
{
    worker *worker = world->sandbox->worker;
    memory_ranges told, walked;
    cordon_error error;
    assert_true(worker_memory_comes_to_rest(worker, world->map, REST_NS));
    check_status(worker_memory_written(worker, world->map, &told, &error), &error);
    worker_memory_forget_written(worker);
    check_status(worker_memory_written(worker, world->map, &walked, &error), &error);
    assert_int_equal(told.bytes, walked.bytes);
    assert_int_equal(told.count, walked.count);
    assert_memory_equal(told.items, walked.items, told.count * sizeof *told.items);
    memory_ranges_release(&told);
    return walked;
}

static void runs_of_its_own(world *world, uint64_t page)
{
    (void)page;
    assert_value(world->sandbox, "kept = bytearray(8 << 20); len(kept)", "8388608");
}

static void writes_from_outside(world *world, uint64_t page)
{
    char byte = 1;
    const host_memory_piece piece = {&byte, page + 77, 1};
    assert_true(worker_memory_comes_to_rest(world->sandbox->worker, world->map, REST_NS));
    assert_int_equal(worker_memory_write(world->sandbox->worker, &piece, 1, NULL), CORDON_OK);
}

/* A worker may name any place for it. */
static void interrupts(world *world, uint64_t page)
{
    worker *worker = world->sandbox->worker;
    worker->has_attention = true;
    worker->attention[0] = page;
    worker->attention[1] = page + 8;
    assert_true(worker_interrupt(worker, 1));
}

static const struct {
    const char *name;
    void (*get)(world *world, uint64_t page);
    bool gets_page; /* the one that it is told */
} ways_to_pages[] = {{"of its own", runs_of_its_own, false}, {"written from outside", writes_from_outside, true}, {"an interrupt's word", interrupts, true}};

static void written_pages_are_remembered_until_another_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways_to_pages / sizeof *ways_to_pages; i++) {
        world world;
        size_t count;
        set_up(&world);
        const host_memory_range *writable = image_map_writable(world.map, &count);
        const uint64_t page = writable[count - 1].address + writable[count - 1].size - (64 << 20);
        writes_from_outside(&world, page + PAGE); /* and with it the byte that every writing sets */
        memory_ranges before = find(&world);
        assert_true(is_written(&before, page + PAGE) && !is_written(&before, page));
        assert_true(is_remembered(&world));
        writes_from_outside(&world, page + PAGE); /* it has that page */
        assert_true(is_remembered(&world));

        ways_to_pages[i].get(&world, page);

        if (is_remembered(&world))
            fail_msg("%s: it was not seen", ways_to_pages[i].name);
        memory_ranges after = find(&world);
        assert_true(after.bytes > before.bytes);
        assert_true(is_written(&after, page) == ways_to_pages[i].gets_page);
        assert_true(is_remembered(&world));
        memory_ranges_release(&before);
        memory_ranges_release(&after);
        tear_down(&world);
    }
}

static void execution_that_needs_no_page_is_no_reason_to_look(void **state)
{
    (void)state;
    enum { TRIES = 50 };
    world world;
    set_up(&world);
    for (int i = 0;; i++) {
        memory_ranges ranges = find(&world);
        memory_ranges_release(&ranges);
        assert_value(world.sandbox, "1", "1");
        if (is_remembered(&world))
            break;
        assert_true(i < TRIES);
    }
    tear_down(&world);
}

/* What the kernel says of a process, in its place. */
static void say(world *world, const char *stat)
{
    int *view = &world->sandbox->worker->process.views[PROCESS_VIEW_STAT];
    int fd = memfd_create("stat", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, stat, strlen(stat)) == (ssize_t)strlen(stat));
    if (*view >= 0)
        close(*view);
    *view = fd;
}

#define STAT(faults, threads, blocked) "7 (a b) c) S 1 7 7 0 -1 4194304 " faults " 0 0 0 0 20 0 " threads " 0 6945019 3133440 412 18446744073709551615 1 1 0 0 0 0 " blocked " 0 0 0 0 0 17 1\n"

static const struct {
    const char *stat;
    bool is_plain, is_counted, is_remembered;
} words_of_the_kernel[] = {
    {STAT("1000000 0 0 0", "1", "0"), true, true, true},     /* 1000000 minor faults */
    {STAT("0 0 1000000 0", "1", "0"), true, true, true},     /* as many major ones */
    {STAT("0 1000000 0 1000000", "1", "0"), true, true, false}, /* of children */
    {STAT("1 0 1 0", "1", "0"), true, true, false},          /* fewer than it has pages */
    {STAT("1000000 0 0 0", "2", "0"), false, true, true},    /* threads */
    {STAT("1000000 0 0 0", "1", "1024"), false, true, true}, /* SIGSEGV is blocked */
    {"7 (a) S 1 7 7 0 -1 4194304 1000000 0", false, false, false},
    {"7 (a S 1 7 7 0 -1 4194304 1000000 0 0 0", false, false, false},
    {"", false, false, false},
};

static void what_the_kernel_says_of_a_process_is_read(void **state)
{
    (void)state;
    world world;
    cordon_error error;
    set_up(&world);
    worker *worker = world.sandbox->worker;
    assert_true(process_is_plain(worker->env, &worker->process));
    for (size_t i = 0; i < sizeof words_of_the_kernel / sizeof *words_of_the_kernel; i++) {
        uint64_t faults = 0;
        memory_ranges ranges;
        say(&world, words_of_the_kernel[i].stat);
        worker_memory_forget_written(worker);
        assert_true(process_is_plain(worker->env, &worker->process) == words_of_the_kernel[i].is_plain);
        assert_true(process_faults(worker->env, &worker->process, &faults) == words_of_the_kernel[i].is_counted);
        check_status(worker_memory_written(worker, world.map, &ranges, &error), &error);
        memory_ranges_release(&ranges);
        if (is_remembered(&world) != words_of_the_kernel[i].is_remembered)
            fail_msg("row %zu", i);
    }
    tear_down(&world);
}

/* All of what can be written, and nothing else: the kernel says "nh" of a mapping that has small pages only. */
static void writable_memory_has_small_pages(void **state)
{
    (void)state;
    world world;
    char path[64], line[512];
    unsigned long long start = 0, end = 0;
    uint64_t seen = 0, writable_bytes = 0;
    char rights[8] = "";
    unsigned others = 0;
    size_t count;
    set_up(&world);
    assert_true(image_map_rest(world.map)->has_small_pages);
    const host_memory_range *writable = image_map_writable(world.map, &count);
    for (size_t i = 0; i < count; i++)
        writable_bytes += writable[i].size;
    snprintf(path, sizeof path, "/proc/%lld/smaps", (long long)cordon_sandbox_process_id(world.sandbox));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strchr(line, '-') != NULL && sscanf(line, "%llx-%llx %7s", &start, &end, rights) == 3)
            continue;
        if (strncmp(line, "VmFlags:", 8) != 0)
            continue;
        if (image_map_is_writable(world.map, start)) {
            assert_non_null(strstr(line, " nh"));
            seen += end - start;
        } else {
            assert_null(strstr(line, " nh"));
            assert_null(strchr(rights, 'w'));
            others++;
        }
    }
    fclose(file);
    assert_int_equal(seen, writable_bytes);
    assert_true(others >= 2); /* code and constants */
    tear_down(&world);
}

/* ---- At rest, and not ---- */

static void *execute_for_ever(void *context)
{
    cordon_result_destroy(test_execute(context, "while True: pass"));
    return NULL;
}

static void busy_worker_is_not_at_rest(void **state)
{
    (void)state;
    world world;
    pthread_t thread;
    set_up(&world);
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));
    assert_int_equal(pthread_create(&thread, NULL, execute_for_ever, world.sandbox), 0);
    test_sleep_ms(100);
    assert_false(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS / 20));
    cordon_sandbox_cancel(world.sandbox);
    pthread_join(thread, NULL);
    assert_false(worker_memory_is_at_rest(world.sandbox->worker, world.map)); /* it is dead */
    tear_down(&world);
}

typedef struct look {
    world *world;
    cordon_call *call;
    pthread_t thread;
    bool is_at_rest;
} look;

/* The thread that executes sleeps in its wait meanwhile, so nobody else touches the channel. */
static void *look_and_answer(void *context)
{
    look *look = context;
    test_sleep_ms(100);
    look->is_at_rest = worker_memory_comes_to_rest(look->world->sandbox->worker, look->world->map, REST_NS);
    cordon_call_answer(look->call, NULL);
    return NULL;
}

static void begin_look(void *context, cordon_call *call)
{
    look *look = context;
    look->call = call;
    assert_int_equal(pthread_create(&look->thread, NULL, look_and_answer, look), 0);
}

static void worker_that_waits_for_an_answer_is_at_rest(void **state)
{
    (void)state;
    world world;
    cordon_error error;
    look look = {.world = &world};
    set_up(&world);
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = "look";
    callback.function = begin_look;
    callback.context = &look;
    check_status(cordon_sandbox_register(world.sandbox, &callback, &error), &error);
    assert_value(world.sandbox, "import cordon; cordon.call('look')", "null");
    pthread_join(look.thread, NULL);
    assert_true(look.is_at_rest);
    tear_down(&world);
}

/* Inside a frame's payload it waits at another place, and what it is in the middle of is not in its memory alone. */
static void worker_in_the_middle_of_a_frame_is_not_at_rest(void **state)
{
    (void)state;
    world world;
    unsigned char header[CORDON_FRAME_HEADER_SIZE];
    set_up(&world);
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));
    frame_header_encode(&(frame_header){.type = CORDON_FRAME_CALLBACKS, .length = 1000000}, header);
    assert_int_equal(write(world.sandbox->worker->process.to_worker, header, sizeof header), sizeof header);
    test_sleep_ms(50);
    assert_false(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS / 20));
    tear_down(&world);
}

static void output_that_was_not_taken_is_no_rest(void **state)
{
    (void)state;
    world world;
    set_up(&world);
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));
    assert_true(bytes_reserve(&world.sandbox->worker->channel.incoming, 1));
    bytes_add(&world.sandbox->worker->channel.incoming, "x", 1);
    assert_false(worker_memory_is_at_rest(world.sandbox->worker, world.map));
    world.sandbox->worker->channel.incoming.size = 0;
    world.sandbox->worker->channel.incoming_start = 0;
    assert_true(worker_memory_is_at_rest(world.sandbox->worker, world.map));
    tear_down(&world);
}

/* ---- Which file ---- */

static void map_of_another_file_fits_no_worker(void **state)
{
    (void)state;
    world world;
    cordon_error error;
    image_map *other;
    char path[] = "/tmp/cordon-image-XXXXXX", command[256];
    int fd = mkstemp(path);
    set_up(&world);
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command, "cp %s %s && chmod 755 %s", test_image, path, path);
    assert_int_equal(system(command), 0);
    const char *usual = test_image;
    test_image = path;
    cordon_engine *engine = test_engine(NULL);
    test_image = usual;
    check_status(image_map_create(engine->env, path, &other, &error), &error);
    assert_true(worker_memory_comes_to_rest(world.sandbox->worker, world.map, REST_NS));

    assert_false(worker_memory_is_at_rest(world.sandbox->worker, other));

    image_map_destroy(other);
    cordon_engine_destroy(engine);
    unlink(path);
    tear_down(&world);
}

static void file_that_is_no_image_is_refused(void **state)
{
    (void)state;
    cordon_error error;
    image_map *map;
    host_error cause;
    host_env *env;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_ANY;
    assert_int_equal(host_env_create(&config, &env, &cause), HOST_OK); /* which allows nothing */
    assert_int_equal(image_map_create(env, test_image, &map, &error), CORDON_HOST_FAILURE);
    assert_null(map);
    host_env_destroy(env);

    const char *usual = test_image;
    test_image = "/bin/true";
    cordon_engine *engine = test_engine(NULL);
    test_image = usual;
    assert_int_equal(image_map_create(engine->env, "/bin/true", &map, &error), CORDON_SETUP_FAILED);
    assert_null(map);
    cordon_engine_destroy(engine);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_pages_are_all_that_differs),
        cmocka_unit_test(what_is_written_is_what_python_finds),
        cmocka_unit_test(read_only_pages_are_not_written),
        cmocka_unit_test(written_pages_are_remembered_until_another_comes),
        cmocka_unit_test(execution_that_needs_no_page_is_no_reason_to_look),
        cmocka_unit_test(what_the_kernel_says_of_a_process_is_read),
        cmocka_unit_test(writable_memory_has_small_pages),
        cmocka_unit_test(busy_worker_is_not_at_rest),
        cmocka_unit_test(worker_that_waits_for_an_answer_is_at_rest),
        cmocka_unit_test(worker_in_the_middle_of_a_frame_is_not_at_rest),
        cmocka_unit_test(output_that_was_not_taken_is_no_rest),
        cmocka_unit_test(map_of_another_file_fits_no_worker),
        cmocka_unit_test(file_that_is_no_image_is_refused),
    };
    assert_true(count == 2);
    test_image = arguments[1];
    return cmocka_run_group_tests_name("worker memory", tests, NULL, NULL);
}
