/* Snapshots that somebody made up: whatever stands in their pages, only the sandbox that gets them is harmed; and what no snapshot holds, looked for in its pages. */
#include "engine_support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_internal.h"
#include "snapshot_internal.h"
#include "snapshot_pages.h"
#include "worker_memory.h"

enum { PAGE = SNAPSHOT_PAGE_BYTES };

static cordon_engine *engine;
static const image_map *map;

/* ---- Making snapshots up ---- */

static cordon_snapshot *snapshot_of(cordon_sandbox *sandbox)
{
    cordon_error error;
    cordon_snapshot *snapshot = NULL;
    check_status(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), &error);
    return snapshot;
}

static cordon_snapshot *honest(void)
{
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result_destroy(test_execute(sandbox, "x = 'honest'"));
    cordon_snapshot *snapshot = snapshot_of(sandbox);
    cordon_sandbox_destroy(sandbox);
    return snapshot;
}

typedef void (*change_function)(void *context, uint64_t address, unsigned char *page);

typedef struct remaking {
    snapshot_packer *packer;
    change_function change;
    void *context;
} remaking;

static bool remake_block(void *context, const host_memory_piece *pieces, size_t count)
{
    remaking *remaking = context;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < pieces[i].size; at += PAGE) {
            unsigned char *place = snapshot_packer_place(remaking->packer, pieces[i].address + at, 1);
            assert_non_null(place);
            memcpy(place, (unsigned char *)pieces[i].bytes + at, PAGE);
            remaking->change(remaking->context, pieces[i].address + at, place);
        }
    return true;
}

/* The same snapshot with its pages changed, which are differences to the image's. */
static cordon_snapshot *remade(const cordon_snapshot *from, change_function change, void *context)
{
    cordon_snapshot *made = calloc(1, sizeof *made);
    made->head = from->head;
    made->head.run_count = made->head.page_count = made->head.block_bytes = 0;
    bytes_add(&made->host_part, from->host_part.data, from->host_part.size);
    remaking remaking = {.packer = snapshot_packer_create(made), .change = change, .context = context};
    assert_int_equal(snapshot_pages_walk(from, remake_block, &remaking), SNAPSHOT_WALKED);
    assert_true(snapshot_packer_finish(remaking.packer));
    snapshot_packer_destroy(remaking.packer);
    return made;
}

static bool status_says(const cordon_sandbox *sandbox, const char *line)
{
    char path[64], text[8192];
    snprintf(path, sizeof path, "/proc/%lld/status", (long long)cordon_sandbox_process_id(sandbox));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, line) != NULL;
}

/* It is restored, and does what it does; the host and a sandbox beside it do not notice, nor does the next one. Returns how it ended. */
static cordon_outcome outcome_of_restored(const cordon_snapshot *snapshot)
{
    cordon_error error;
    cordon_sandbox *beside = test_sandbox(engine), *made = NULL;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "x";
    request.timeout_ns = 300000000;
    cordon_status status = cordon_sandbox_restore(engine, NULL, snapshot, &made, &error);
    cordon_outcome outcome = CORDON_OUTCOME_SETUP_FAILED;
    if (status == CORDON_OK) {
        status = cordon_sandbox_execute(made, &request, &result, &error);
        outcome = status == CORDON_OK ? result->outcome : CORDON_OUTCOME_SETUP_FAILED;
        if (cordon_sandbox_process_id(made) != 0) /* it lives: locked as before, since memory cannot undo that */
            assert_true(status_says(made, "\nSeccomp:\t2\n") && status_says(made, "\nNoNewPrivs:\t1\n"));
    }
    cordon_result_destroy(result);
    cordon_sandbox_destroy(made);
    assert_value(beside, "6 * 7", "42");
    cordon_sandbox_destroy(beside);
    return outcome;
}

static void leave(void *context, uint64_t address, unsigned char *page)
{
    (void)context;
    (void)address;
    (void)page;
}

static void what_was_only_laid_out_anew_continues(void **state)
{
    cordon_snapshot *snapshot = honest(), *made = remade(snapshot, leave, NULL);
    (void)state;
    assert_int_equal(made->head.page_count, snapshot->head.page_count);
    assert_int_equal(outcome_of_restored(made), CORDON_OUTCOME_OK);
    cordon_snapshot_destroy(snapshot);
    cordon_snapshot_destroy(made);
}

/* ---- Pages ---- */

static uint64_t chance = 1;

static uint64_t next_chance(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

static void fill(void *context, uint64_t address, unsigned char *page)
{
    uint64_t every = *(uint64_t *)context;
    if (address / PAGE % every != 0)
        return;
    for (size_t i = 0; i < PAGE; i += sizeof chance) {
        uint64_t bytes = next_chance();
        memcpy(page + i, &bytes, sizeof bytes);
    }
}

static void flip(void *context, uint64_t address, unsigned char *page)
{
    (void)context;
    (void)address;
    page[next_chance() % PAGE] ^= (unsigned char)(1u << next_chance() % 8);
}

static void pages_of_random_bytes_harm_nobody(void **state)
{
    uint64_t every = 1;
    cordon_snapshot *snapshot = honest();
    (void)state;
    for (chance = 88172645463325252ull; every <= 64; every *= 2)
        for (int i = 0; i < 3; i++) {
            cordon_snapshot *made = remade(snapshot, fill, &every);
            cordon_outcome outcome = outcome_of_restored(made);
            if (every == 1)
                assert_int_not_equal(outcome, CORDON_OUTCOME_OK); /* the change is one */
            cordon_snapshot_destroy(made);
        }
    cordon_snapshot_destroy(snapshot);
}

static void a_bit_in_every_page_harms_nobody(void **state)
{
    cordon_snapshot *snapshot = honest();
    (void)state;
    for (int i = 0; i < 20; i++) {
        cordon_snapshot *made = remade(snapshot, flip, NULL);
        (void)outcome_of_restored(made);
        cordon_snapshot_destroy(made);
    }
    cordon_snapshot_destroy(snapshot);
}

/* ---- Where it goes on ---- */

static uint64_t symbol(const char *name)
{
    uint64_t address = 0;
    assert_true(image_map_find(map, name, &address, NULL));
    return address;
}

typedef struct word {
    uint64_t address, value;
    bool was_there;
} word;

static void put_word(void *context, uint64_t address, unsigned char *page)
{
    word *word = context;
    uint64_t at = word->address - address, base = 0;
    if (word->address < address || at + sizeof base > PAGE)
        return;
    const unsigned char *image = image_map_page(map, address);
    if (image != NULL)
        memcpy(&base, image + at, sizeof base);
    base ^= word->value;
    memcpy(page + at, &base, sizeof base);
    word->was_there = true;
}

static void stack_that_points_anywhere_harms_nobody(void **state)
{
    const uint64_t places[] = {0, 8, 0x1000, symbol("image_system_call"), symbol("image_variables"), symbol("image_heap_guard") + 64, symbol("image_resting_position"), 0x7ffffffff000ull,
                               0xffffffff81000000ull, 0x8000000000000000ull, UINT64_MAX, UINT64_MAX - 7};
    cordon_snapshot *snapshot = honest();
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        word word = {symbol("image_resting_position"), places[i], false};
        cordon_snapshot *made = remade(snapshot, put_word, &word);
        assert_true(word.was_there);
        cordon_outcome outcome = outcome_of_restored(made); /* it crashed, or its own handler told of a stack that is too deep */
        assert_true(outcome == CORDON_OUTCOME_CRASHED || outcome == CORDON_OUTCOME_LIMIT_RECURSION);
        cordon_snapshot_destroy(made);
    }
    cordon_snapshot_destroy(snapshot);
}

/* Every word of the registers that lie on the stack, and of what lies behind them: among these are the addresses that it returns to. */
static void registers_and_return_addresses_of_any_kind_harm_nobody(void **state)
{
    const uint64_t values[] = {0, symbol("image_system_call"), symbol("_start"), symbol("image_variables"), UINT64_MAX};
    cordon_snapshot *snapshot = honest();
    unsigned crashed = 0;
    (void)state;
    for (uint64_t at = 0; at < 24; at++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            word word = {snapshot->head.resting_stack + 8 * at, values[i], false};
            cordon_snapshot *made = remade(snapshot, put_word, &word);
            assert_true(word.was_there);
            cordon_outcome outcome = outcome_of_restored(made);
            assert_int_not_equal(outcome, CORDON_OUTCOME_SETUP_FAILED); /* it was restored, and ran */
            crashed += outcome == CORDON_OUTCOME_CRASHED;
            cordon_snapshot_destroy(made);
        }
    assert_true(crashed >= sizeof values / sizeof *values); /* at least one of these words is where it returns to */
    cordon_snapshot_destroy(snapshot);
}

/* ---- Where pages may lie ---- */

static cordon_snapshot *with_page_at(uint64_t address)
{
    cordon_snapshot *snapshot = honest(), *made = calloc(1, sizeof *made);
    made->head = snapshot->head;
    made->head.run_count = made->head.page_count = made->head.block_bytes = 0;
    bytes_add(&made->host_part, snapshot->host_part.data, snapshot->host_part.size);
    snapshot_packer *packer = snapshot_packer_create(made);
    unsigned char *place = snapshot_packer_place(packer, address / PAGE * PAGE, 1);
    memset(place, 0x5a, PAGE);
    assert_true(snapshot_packer_finish(packer));
    snapshot_packer_destroy(packer);
    cordon_snapshot_destroy(snapshot);
    return made;
}

static uint64_t alive(void)
{
    cordon_engine_figures figures;
    cordon_engine_get_figures(engine, &figures);
    return figures.alive;
}

static void pages_elsewhere_are_refused(void **state)
{
    const struct {
        uint64_t address;
        cordon_status status;
    } rows[] = {
        {0, CORDON_SNAPSHOT_REFUSED},
        {0x1000, CORDON_SNAPSHOT_REFUSED},
        {symbol("image_system_call"), CORDON_SNAPSHOT_REFUSED},             /* code */
        {symbol("image_guard_start"), CORDON_SNAPSHOT_REFUSED},             /* below the stack: nothing is there */
        {symbol("image_variables") - PAGE, CORDON_SNAPSHOT_REFUSED},
        {0x7ffff7fc0000ull, CORDON_SNAPSHOT_REFUSED},                       /* where the kernel puts things */
        {symbol("image_heap_guard"), CORDON_HOST_FAILURE},                  /* read-only in a worker: the kernel refuses */
        {symbol("image_variables"), CORDON_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cordon_error error;
        cordon_sandbox *made = NULL;
        cordon_snapshot *snapshot = with_page_at(rows[i].address);
        uint64_t before = alive();
        cordon_status status = cordon_sandbox_restore(engine, NULL, snapshot, &made, &error);
        if (status != rows[i].status)
            fail_msg("page at %llx: %s: %s", (unsigned long long)rows[i].address, cordon_status_name(status), status != CORDON_OK ? error.message : "");
        assert_int_equal(made != NULL, status == CORDON_OK);
        cordon_sandbox_destroy(made);
        assert_int_equal(alive(), before); /* a worker that got a part of it is gone */
        cordon_snapshot_destroy(snapshot);
    }
}

/* ---- Other numbers ---- */

static void assert_refused(const cordon_snapshot *snapshot, int64_t refusal)
{
    cordon_error error = {0};
    cordon_sandbox *made = NULL;
    uint64_t before = alive();
    assert_int_equal(cordon_sandbox_restore(engine, NULL, snapshot, &made, &error), CORDON_SNAPSHOT_REFUSED);
    assert_int_equal(error.host_code, refusal);
    assert_null(made);
    assert_int_equal(alive(), before);
}

static void what_does_not_fit_the_image_is_refused(void **state)
{
    cordon_snapshot *snapshot = honest();
    (void)state;
    snapshot->head.image[31] ^= 1;
    assert_refused(snapshot, CORDON_SNAPSHOT_FOREIGN_IMAGE);
    snapshot->head.image[31] ^= 1;
    snapshot->head.resting_buffer += 8;
    assert_refused(snapshot, CORDON_SNAPSHOT_DAMAGED);
    snapshot->head.resting_buffer -= 8;
    snapshot->head.resting_bytes++;
    assert_refused(snapshot, CORDON_SNAPSHOT_DAMAGED);
    snapshot->head.resting_bytes--;
    memset(snapshot->blocks.data + SNAPSHOT_BLOCK_HEAD_BYTES, 0xff, 8); /* does not unpack: found when a worker is there already */
    assert_refused(snapshot, CORDON_SNAPSHOT_DAMAGED);
    cordon_snapshot_destroy(snapshot);
}

static void host_part_of_any_kind_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } parts[] = {{"", 0}, {"\xc1", 1}, {"\x80", 1}, {"\x90", 1}, {"\x01", 1}, {"\xdf\xff\xff\xff\xff", 5}, {"\x84\xa9" "execution\xff", 12}};
    cordon_snapshot *snapshot = honest();
    bytes good = snapshot->host_part;
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snapshot->host_part = (bytes){0};
        bytes_add(&snapshot->host_part, parts[i].bytes, parts[i].size);
        assert_refused(snapshot, CORDON_SNAPSHOT_DAMAGED);
        bytes_release(&snapshot->host_part);
    }
    for (size_t size = 0; size < good.size; size++) { /* cut off anywhere */
        snapshot->host_part = (bytes){0};
        bytes_add(&snapshot->host_part, good.data, size);
        assert_refused(snapshot, CORDON_SNAPSHOT_DAMAGED);
        bytes_release(&snapshot->host_part);
    }
    snapshot->host_part = good;
    assert_int_equal(outcome_of_restored(snapshot), CORDON_OUTCOME_OK);
    cordon_snapshot_destroy(snapshot);
}

/* The number of bytes in use is the guest's own; who lies there is found out by the worker. */
static void more_memory_than_it_says_ends_it_at_once(void **state)
{
    cordon_error error;
    cordon_sandbox *sandbox = test_sandbox(engine), *made = NULL;
    cordon_result_destroy(test_execute(sandbox, "kept = bytearray(100 << 20)"));
    cordon_snapshot *snapshot = snapshot_of(sandbox);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    assert_true(snapshot->head.memory_bytes > 100 << 20);
    snapshot->head.memory_bytes = 1000;
    config.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;
    check_status(cordon_sandbox_restore(engine, &config, snapshot, &made, &error), &error);
    cordon_result *result = test_execute(made, "print('went on')");
    assert_outcome(result, CORDON_OUTCOME_LIMIT_MEMORY);
    assert_int_equal(result->standard_output.size, 0);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(made);
    cordon_sandbox_destroy(sandbox);
    cordon_snapshot_destroy(snapshot);
}

/* A few hundred KB of a file that unpack to more than any sandbox with that limit may have. */
static void few_bytes_that_are_many_pages_are_not_unpacked(void **state)
{
    cordon_error error;
    cordon_sandbox *made = NULL;
    cordon_snapshot *snapshot = honest(), *large = calloc(1, sizeof *large);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    uint64_t first = symbol("image_heap_guard_end"), bytes_wanted = (64ull + 128) << 20;
    (void)state;
    large->head = snapshot->head;
    large->head.run_count = large->head.page_count = large->head.block_bytes = 0;
    bytes_add(&large->host_part, snapshot->host_part.data, snapshot->host_part.size);
    snapshot_packer *packer = snapshot_packer_create(large);
    for (uint64_t at = 0; at <= bytes_wanted; at += PAGE)
        memset(snapshot_packer_place(packer, first + at, 1), 'Z', PAGE);
    assert_true(snapshot_packer_finish(packer));
    snapshot_packer_destroy(packer);
    assert_true(large->blocks.size < 1 << 20);
    config.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;
    uint64_t before = alive();
    assert_int_equal(cordon_sandbox_restore(engine, &config, large, &made, &error), CORDON_TOO_LARGE);
    assert_null(made);
    assert_int_equal(alive(), before);
    config.limits.value[CORDON_LIMIT_MEMORY] = 65 << 20; /* the twin: now they fit, and are written */
    check_status(cordon_sandbox_restore(engine, &config, large, &made, &error), &error);
    cordon_sandbox_destroy(made);
    cordon_snapshot_destroy(large);
    cordon_snapshot_destroy(snapshot);
}

/* ---- What is in no snapshot ---- */

static bool collect_block(void *context, const host_memory_piece *pieces, size_t count)
{
    bytes *pages = context;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < pieces[i].size; at += PAGE) {
            unsigned char *page = (unsigned char *)pieces[i].bytes + at;
            const unsigned char *base = image_map_page(map, pieces[i].address + at);
            for (size_t k = 0; base != NULL && k < PAGE; k++)
                page[k] ^= base[k];
            bytes_add(pages, page, PAGE);
        }
    return !pages->failed;
}

/* All pages as they were in memory. */
static bytes pages_of(const cordon_snapshot *snapshot)
{
    bytes pages = {0};
    assert_int_equal(snapshot_pages_walk(snapshot, collect_block, &pages), SNAPSHOT_WALKED);
    return pages;
}

static bool has(const bytes *pages, const void *wanted, size_t size)
{
    return memmem(pages->data, pages->size, wanted, size) != NULL;
}

static const unsigned char seed[CORDON_SEED_BYTES] = "\x8a\x11 a seed that is looked for \xf0";

static cordon_sandbox *seeded(bool is_deterministic)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.seed = seed;
    config.is_deterministic = is_deterministic;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    return sandbox;
}

static void seed_is_in_no_page(void **state)
{
    (void)state;
    for (int is_deterministic = 0; is_deterministic < 2; is_deterministic++) {
        cordon_sandbox *sandbox = seeded(is_deterministic);
        cordon_snapshot *snapshot = snapshot_of(sandbox);
        bytes pages = pages_of(snapshot);
        assert_true(pages.size > 0);
        for (size_t at = 0; at + 8 <= sizeof seed; at += 8)
            assert_false(has(&pages, seed + at, 8));
        bytes_release(&pages);
        cordon_snapshot_destroy(snapshot);
        cordon_sandbox_destroy(sandbox);
    }
}

/* Whoever had what the next random bytes are made from could tell them. Only where they shall continue it is in the snapshot. */
static void what_random_bytes_are_made_from_is_in_deterministic_ones_only(void **state)
{
    static const char marker[] = "a marker that must be found";
    (void)state;
    for (int is_deterministic = 0; is_deterministic < 2; is_deterministic++) {
        cordon_error error;
        unsigned char next[32] = {0};
        cordon_sandbox *sandbox = seeded(is_deterministic);
        cordon_result_destroy(test_execute(sandbox, "import os\nkept = 'a marker ' + 'that must ' + 'be found'\nos.urandom(100)"));
        cordon_snapshot *snapshot = snapshot_of(sandbox);
        const host_memory_piece piece = {.bytes = next, .address = symbol("sealed_random_state"), .size = sizeof next};
        check_status(worker_memory_read(sandbox->worker, &piece, 1, &error), &error);
        bytes pages = pages_of(snapshot);
        assert_true(has(&pages, marker, sizeof marker - 1)); /* what is there is found */
        for (size_t at = 0; at + 8 <= sizeof next; at += 8)
            assert_int_equal(has(&pages, next + at, 8), is_deterministic);
        bytes_release(&pages);
        cordon_snapshot_destroy(snapshot);
        cordon_sandbox_destroy(sandbox);
    }
}

static void random_bytes_of_the_host_that_were_not_given_out_are_in_no_page(void **state)
{
    enum { STATE_BYTES = 32 + 1024, GIVEN_OUT = 64 };
    static unsigned char random[STATE_BYTES];
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    unsigned found_in_memory = 0;
    (void)state;
    config.random = CORDON_RANDOM_HOST;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    cordon_result_destroy(test_execute(sandbox, "import os\nx = os.urandom(8)"));
    cordon_snapshot *snapshot = snapshot_of(sandbox);
    const host_memory_piece piece = {.bytes = random, .address = symbol("sealed_random_state"), .size = sizeof random};
    check_status(worker_memory_read(sandbox->worker, &piece, 1, &error), &error);
    bytes pages = pages_of(snapshot);
    for (size_t at = 32 + GIVEN_OUT; at + 8 <= sizeof random; at += 8) {
        uint64_t word;
        memcpy(&word, random + at, sizeof word);
        found_in_memory += word != 0;
        assert_false(word != 0 && has(&pages, random + at, 8));
    }
    assert_true(found_in_memory > 100); /* there were some that might have been found */
    bytes_release(&pages);
    cordon_snapshot_destroy(snapshot);
    cordon_sandbox_destroy(sandbox);
}

static int set_up(void **state)
{
    cordon_error error;
    (void)state;
    engine = test_engine(NULL);
    check_status(engine_image_map(engine, &map, &error), &error);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cordon_engine_destroy(engine);
    return 0;
}

int main(int count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_only_laid_out_anew_continues),
        cmocka_unit_test(pages_of_random_bytes_harm_nobody),
        cmocka_unit_test(a_bit_in_every_page_harms_nobody),
        cmocka_unit_test(stack_that_points_anywhere_harms_nobody),
        cmocka_unit_test(registers_and_return_addresses_of_any_kind_harm_nobody),
        cmocka_unit_test(pages_elsewhere_are_refused),
        cmocka_unit_test(what_does_not_fit_the_image_is_refused),
        cmocka_unit_test(host_part_of_any_kind_is_refused),
        cmocka_unit_test(more_memory_than_it_says_ends_it_at_once),
        cmocka_unit_test(few_bytes_that_are_many_pages_are_not_unpacked),
        cmocka_unit_test(seed_is_in_no_page),
        cmocka_unit_test(what_random_bytes_are_made_from_is_in_deterministic_ones_only),
        cmocka_unit_test(random_bytes_of_the_host_that_were_not_given_out_are_in_no_page),
    };
    test_image = count > 1 ? arguments[1] : "bin/cordon-sandbox";
    return cmocka_run_group_tests_name("snapshot_hostile", tests, set_up, tear_down);
}
