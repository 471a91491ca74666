/* The heap keeps its promises: contents survive, limits hold, overflow is refused, damage ends the process with a
 * message. */
#include "sealed/heap.h"

#include "sealed/fatal.h"
#include "support/fake_gate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SHADOW_MAX = 600, STEPS = 60000 };

struct shadow {
    unsigned char *block;
    size_t size;
    unsigned char fill;
};

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

/* Small sizes mostly, some large: as an interpreter asks. */
static size_t random_size(void)
{
    switch (next_random() % 16) {
    case 0:
        return next_random() % (256 * 1024);
    case 1:
    case 2:
        return next_random() % 8192;
    default:
        return next_random() % 600;
    }
}

static void assert_filled(const struct shadow *shadow, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (shadow->block[i] != shadow->fill)
            fail_msg("byte %zu of %zu changed", i, shadow->size);
}

static void shadow_fill(struct shadow *shadow, size_t size)
{
    shadow->size = size;
    shadow->fill = (unsigned char)next_random();
    memset(shadow->block, shadow->fill, size);
}

static void shadow_step(struct shadow *shadow)
{
    size_t size = random_size();
    unsigned char *moved;

    if (!shadow->block) {
        size_t alignment = (size_t)16 << next_random() % 10;
        shadow->block = next_random() % 4 ? sealed_allocate(size) : sealed_allocate_aligned(alignment, size);
        if (shadow->block)
            shadow_fill(shadow, size);
        return;
    }
    assert_filled(shadow, shadow->size);
    if (next_random() % 3) {
        sealed_release(shadow->block);
        shadow->block = NULL;
        return;
    }
    moved = sealed_reallocate(shadow->block, size);
    if (!moved)
        return;
    shadow->block = moved;
    assert_filled(shadow, size < shadow->size ? size : shadow->size);
    shadow_fill(shadow, size);
}

static void heap_agrees_with_a_shadow_model(void **state)
{
    static struct shadow shadows[SHADOW_MAX];
    struct sealed_heap_figures before, after;
    (void)state;

    sealed_heap_figures(&before);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        random_state = seed;
        for (int step = 0; step < STEPS; step++) {
            shadow_step(&shadows[next_random() % SHADOW_MAX]);
            if (step % 5000 == 0)
                assert_true(sealed_heap_is_sound());
        }
        for (int i = 0; i < SHADOW_MAX; i++) {
            if (shadows[i].block)
                assert_filled(&shadows[i], shadows[i].size);
            sealed_release(shadows[i].block);
            shadows[i].block = NULL;
        }
        assert_true(sealed_heap_is_sound());
    }
    assert_true(sealed_heap_limit_set(0)); /* small blocks that wait are put together with the rest */
    sealed_heap_figures(&after);
    assert_int_equal(after.current_bytes, before.current_bytes);
    assert_int_equal(after.block_count, before.block_count);
    assert_int_equal(after.largest_bytes, before.largest_bytes);
}

static void blocks_are_aligned(void **state)
{
    (void)state;
    for (size_t size = 0; size < 200; size++) {
        void *block = sealed_allocate(size);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 16, 0);
        assert_true(sealed_usable_size(block) >= size);
        sealed_release(block);
    }
    for (size_t alignment = 1; alignment <= 1024 * 1024; alignment *= 2) {
        void *block = sealed_allocate_aligned(alignment, 100);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % alignment, 0);
        assert_true(sealed_heap_is_sound());
        sealed_release(block);
    }
    assert_null(sealed_allocate_aligned(24, 100));
    assert_null(sealed_allocate_aligned(0, 100));
}

static void zeroed_blocks_are_zero(void **state)
{
    (void)state;
    random_state = 99;
    for (int round = 0; round < 3000; round++) {
        size_t size = random_size();
        unsigned char *dirty = sealed_allocate(random_size()), *block;
        if (dirty)
            memset(dirty, 0xa5, sealed_usable_size(dirty));
        if (round % 2)
            sealed_release(dirty);
        block = sealed_allocate_zeroed(1, size);
        assert_non_null(block);
        for (size_t i = 0; i < size; i++)
            if (block[i] != 0)
                fail_msg("byte %zu of %zu is not zero", i, size);
        memset(block, 0x5a, sealed_usable_size(block));
        sealed_release(block);
        if (round % 2 == 0)
            sealed_release(dirty);
    }
}

/* The whole arena in one zeroed block: the bytes where free blocks kept their books must be clean as well. */
static void zeroed_block_up_to_the_end_is_zero(void **state)
{
    struct sealed_heap_figures figures;
    unsigned char *block;
    (void)state;

    assert_true(sealed_heap_limit_set(8 * 1024 * 1024));
    sealed_heap_figures(&figures);
    for (size_t cut = 0; cut < 40; cut++) {
        block = sealed_allocate_zeroed(1, figures.largest_bytes - cut);
        assert_non_null(block);
        for (size_t i = 0; i < figures.largest_bytes - cut; i++)
            if (block[i] != 0)
                fail_msg("byte %zu is not zero, cut %zu", i, cut);
        sealed_release(block);
    }
    assert_true(sealed_heap_limit_set(0));
    block = sealed_allocate_zeroed(1, 16 * 1024 * 1024);
    for (size_t i = 0; i < 16 * 1024 * 1024; i++)
        if (block[i] != 0)
            fail_msg("byte %zu is not zero after the limit was raised", i);
    sealed_release(block);
}

static void overflow_and_oversize_are_refused(void **state)
{
    void *block = sealed_allocate(100);
    (void)state;

    assert_null(sealed_allocate(SIZE_MAX));
    assert_null(sealed_allocate(SIZE_MAX - 8));
    assert_null(sealed_allocate((size_t)SEALED_HEAP_ARENA_BYTES));
    assert_null(sealed_allocate_zeroed(SIZE_MAX / 2, 3));
    assert_null(sealed_allocate_aligned(4096, SIZE_MAX - 100));
    assert_null(sealed_reallocate(block, SIZE_MAX - 4));
    assert_true(sealed_usable_size(block) >= 100);
    sealed_release(block);
    block = sealed_allocate_zeroed(3, 5);
    assert_non_null(block);
    sealed_release(block);
}

static void limit_is_a_null_and_not_a_crash(void **state)
{
    struct sealed_heap_figures figures;
    void *blocks[600];
    size_t count = 0;
    (void)state;

    assert_true(sealed_heap_limit_set(4 * 1024 * 1024));
    while (count < 600 && (blocks[count] = sealed_allocate(16 * 1024)) != NULL)
        memset(blocks[count++], 1, 16 * 1024);
    assert_in_range(count, 200, 256);
    sealed_heap_figures(&figures);
    assert_true(figures.current_bytes <= figures.limit_bytes);
    assert_true(figures.peak_bytes >= figures.current_bytes);
    assert_false(sealed_heap_limit_set(1024 * 1024));
    sealed_release(blocks[--count]);
    blocks[count] = sealed_allocate(16 * 1024);
    assert_non_null(blocks[count++]);
    while (count > 0)
        sealed_release(blocks[--count]);
    assert_true(sealed_heap_limit_set(0));
    assert_true(sealed_heap_is_sound());
}

static void growing_the_last_block_stays_in_place(void **state)
{
    unsigned char *block = sealed_allocate(1024), *grown;
    (void)state;

    block[1023] = 7;
    grown = sealed_reallocate(block, 1024 * 1024);
    assert_ptr_equal(grown, block);
    assert_int_equal(grown[1023], 7);
    assert_ptr_equal(sealed_reallocate(grown, 10), block);
    sealed_release(block);
}

/* Every other block released: requests that fit the holes must not push the heap's end further out. */
static void holes_are_used_again(void **state)
{
    enum { COUNT = 2000, SIZE = 1000 };
    static void *blocks[COUNT];
    struct sealed_heap_figures before, after;
    (void)state;

    for (int i = 0; i < COUNT; i++)
        blocks[i] = sealed_allocate(SIZE);
    for (int i = 0; i < COUNT; i += 2)
        sealed_release(blocks[i]);
    sealed_heap_figures(&before);
    for (int i = 0; i < COUNT; i += 2)
        blocks[i] = sealed_allocate(SIZE - 100);
    sealed_heap_figures(&after);
    assert_int_equal(before.touched_bytes, after.touched_bytes);
    for (int i = 0; i < COUNT; i++)
        sealed_release(blocks[i]);
}

/* Small blocks wait for requests of their size; when nothing else is left they are room like any other. */
static void waiting_blocks_are_room_for_others(void **state)
{
    enum { COUNT = 64 * 2 };
    static void *blocks[COUNT];
    struct sealed_heap_figures before, after;
    void *large = NULL;
    (void)state;

    assert_true(sealed_heap_limit_set(4 * 1024 * 1024));
    sealed_heap_figures(&before);
    for (int i = 0; i < COUNT; i++)
        blocks[i] = sealed_allocate((size_t)(i / 2 + 1) * 16 - 8);
    for (int i = 0; i < COUNT; i++)
        sealed_release(blocks[i]);
    assert_true(sealed_heap_is_sound());
    sealed_heap_figures(&after);
    assert_int_equal(after.block_count, before.block_count);
    assert_int_equal(after.current_bytes, before.current_bytes);
    assert_ptr_equal(sealed_allocate(64 * 16 - 8), blocks[COUNT - 1]); /* the last one is the first again */
    sealed_release(blocks[COUNT - 1]);
    assert_non_null(large = sealed_allocate(before.largest_bytes - 1024 * 64)); /* so much is in one piece only without them */
    assert_true(sealed_heap_is_sound());
    sealed_release(large);
    assert_true(sealed_heap_limit_set(0));
    assert_true(sealed_heap_is_sound());
}

/* A long random life must not need much more room than what is in use at its worst. */
static void fragmentation_stays_bounded(void **state)
{
    static void *blocks[3000];
    struct sealed_heap_figures start, figures;
    size_t in_use_most = 0;
    (void)state;

    sealed_heap_figures(&start);
    random_state = 4711;
    for (int step = 0; step < 300000; step++) {
        size_t i = next_random() % 3000;
        sealed_release(blocks[i]);
        blocks[i] = sealed_allocate(next_random() % 2 ? next_random() % 1024 : next_random() % 32768);
        assert_non_null(blocks[i]);
        sealed_heap_figures(&figures);
        if (figures.current_bytes > in_use_most)
            in_use_most = figures.current_bytes;
    }
    assert_true(figures.touched_bytes < start.touched_bytes + in_use_most + in_use_most / 4);
    for (int i = 0; i < 3000; i++)
        sealed_release(blocks[i]);
}

/* --- damage: each runs in a child, which must end with the documented code and message --- */

static void release_twice(void)
{
    char *block = sealed_allocate(100);
    sealed_release(block);
    sealed_release(block);
}

static void release_twice_after_merge(void)
{
    sealed_heap_limit_set(0); /* one piece, so that these lie side by side */
    char *front = sealed_allocate(20000), *block = sealed_allocate(20000), *wall = sealed_allocate(20000);
    (void)wall;
    sealed_release(front);
    sealed_release(block);
    sealed_release(block);
}

static void release_inside(void)
{
    char *block = sealed_allocate(100);
    sealed_release(block + 16);
}

static void release_foreign(void)
{
    static _Alignas(16) char foreign[64];
    sealed_release(foreign + 16);
}

static void release_misaligned(void)
{
    char *block = sealed_allocate(100);
    sealed_release(block + 1);
}

static void overrun(void)
{
    char *block = sealed_allocate(24), *wall = sealed_allocate(24);
    (void)wall;
    memset(block, 0x41, 40);
    sealed_release(block);
}

static void write_after_release(void)
{
    char *block = sealed_allocate(20000), *wall = sealed_allocate(24);
    sealed_release(block);
    memset(block - 8, 0x41, 32);
    sealed_release(sealed_allocate(20000));
    sealed_release(wall);
}

/* A small block waits for a request of its size, and is looked at then. */
static void write_before_waiting_block(void)
{
    char *block = sealed_allocate(100);
    sealed_release(block);
    memset(block - 8, 0x41, 8);
    (void)sealed_allocate(100);
}

static void write_into_waiting_block(void)
{
    char *block = sealed_allocate(100), *other = sealed_allocate(100);
    sealed_release(other);
    sealed_release(block);
    memset(block, 0x41, 8);
    (void)sealed_allocate(100);
    (void)sealed_allocate(100);
}

static void forge_link_of_waiting_block(void)
{
    char *block = sealed_allocate(100), *target = sealed_allocate(100);
    char *in_use = target - 8;
    sealed_release(block);
    memcpy(block, &in_use, sizeof in_use);
    (void)sealed_allocate(100);
    (void)sealed_allocate(100);
}

struct damage_case {
    const char *name;
    void (*act)(void);
    const char *message;
};

static const struct damage_case damage_cases[] = {
    {"double_release_ends_the_sandbox", release_twice, "heap damaged: block was released already"},
    {"double_release_after_merge_ends_the_sandbox", release_twice_after_merge, "heap damaged: bad pointer"},
    {"release_inside_a_block_ends_the_sandbox", release_inside, "heap damaged: bad pointer"},
    {"release_of_a_foreign_pointer_ends_the_sandbox", release_foreign, "heap damaged: pointer is not from this heap"},
    {"release_of_a_misaligned_pointer_ends_the_sandbox", release_misaligned,
     "heap damaged: pointer is not from this heap"},
    {"overrun_is_noticed_at_release", overrun, "heap damaged: bytes behind a block were overwritten"},
    {"write_after_release_is_noticed", write_after_release, "heap damaged"},
    {"write_before_a_waiting_block_is_noticed", write_before_waiting_block, "heap damaged: a released block was written to"},
    {"write_into_a_waiting_block_is_noticed", write_into_waiting_block, "heap damaged: a released block was written to"},
    {"link_of_a_waiting_block_to_one_in_use_is_noticed", forge_link_of_waiting_block, "heap damaged: a released block was written to"},
};

static void damage_case_run(void **state)
{
    const struct damage_case *damage = *state;
    struct fake_gate_ending ending = fake_gate_run_in_child(damage->act);

    assert_int_equal(ending.exit_code, SEALED_EXIT_DAMAGED);
    assert_non_null(strstr(ending.output, damage->message));
}

static void release_properly(void)
{
    sealed_release(sealed_allocate(100));
    sealed_release(NULL);
}

static void proper_release_ends_well(void **state)
{
    struct fake_gate_ending ending = fake_gate_run_in_child(release_properly);
    (void)state;

    assert_int_equal(ending.exit_code, 0);
    assert_string_equal(ending.output, "");
}

int main(void)
{
    enum { DAMAGES = sizeof damage_cases / sizeof damage_cases[0] };
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(heap_agrees_with_a_shadow_model),
        cmocka_unit_test(blocks_are_aligned),
        cmocka_unit_test(zeroed_blocks_are_zero),
        cmocka_unit_test(zeroed_block_up_to_the_end_is_zero),
        cmocka_unit_test(overflow_and_oversize_are_refused),
        cmocka_unit_test(limit_is_a_null_and_not_a_crash),
        cmocka_unit_test(growing_the_last_block_stays_in_place),
        cmocka_unit_test(holes_are_used_again),
        cmocka_unit_test(waiting_blocks_are_room_for_others),
        cmocka_unit_test(fragmentation_stays_bounded),
        cmocka_unit_test(proper_release_ends_well),
    };
    enum { PLAIN = sizeof plain / sizeof plain[0] };
    struct CMUnitTest tests[PLAIN + DAMAGES];

    memcpy(tests, plain, sizeof plain);
    for (size_t i = 0; i < DAMAGES; i++)
        tests[PLAIN + i] = (struct CMUnitTest){
            .name = damage_cases[i].name, .test_func = damage_case_run, .initial_state = (void *)&damage_cases[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
