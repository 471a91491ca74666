/* core/sealed/arch: copying, filling, comparing and finding bytes, each held against the C library's for every size up to a few blocks at every alignment, with
 * pages that cannot be touched right before and right behind what is given. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>

#define memcpy ours_copy
#define memmove ours_move
#define memset ours_set
#define memcmp ours_compare
#define memchr ours_find
#define memrchr ours_find_last
#include "copy.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef memrchr

enum { PAGE = 4096, PAGES = 4, ROOM = PAGES * PAGE, SIZES = 400, ALIGNMENTS = 17 };

/* ROOM bytes between two pages that cannot be read. */
static unsigned char *guarded(void)
{
    unsigned char *memory = mmap(NULL, ROOM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_int_equal(mprotect(memory + PAGE, ROOM, PROT_READ | PROT_WRITE), 0);
    return memory + PAGE;
}

static uint32_t state = 1;

static unsigned char next_byte(void)
{
    state = state * 1664525u + 1013904223u;
    return (unsigned char)(state >> 24);
}

static void fill(unsigned char *memory, size_t size)
{
    for (size_t i = 0; i < size; i++)
        memory[i] = next_byte();
}

static const size_t large[] = {500, 1023, 1024, 2047, 2048, 2049, 4096, 4097, 8000, ROOM - ALIGNMENTS};
#define FOR_SIZES(size)                                                                                                \
    for (size_t index_ = 0, size; index_ < SIZES + sizeof large / sizeof *large; index_++)                             \
        if ((size = index_ < SIZES ? index_ : large[index_ - SIZES], 1))

/* At the start and at the end of what may be touched. */
static unsigned char *place(unsigned char *room, size_t size, size_t shift, int is_at_end)
{
    return is_at_end ? room + ROOM - size - shift : room + shift;
}

static void copies(void **state_)
{
    unsigned char *from = guarded(), *to = guarded(), *expected = guarded();

    (void)state_;
    FOR_SIZES(size)
        for (size_t shift = 0; shift < ALIGNMENTS; shift++)
            for (int where = 0; where < 4; where++) {
                unsigned char *source = place(from, size, shift, where & 1), *target = place(to, size, (shift * 7) % ALIGNMENTS, where & 2);
                fill(from, size < 512 ? 512 : ROOM);
                fill(source, size);
                fill(to, ROOM >= 1024 ? 1024 : ROOM);
                memcpy(expected, to, ROOM);
                memcpy(expected + (target - to), source, size);
                assert_ptr_equal(ours_copy(target, source, size), target);
                assert_memory_equal(to, expected, ROOM);
            }
}

static void moves_onto_itself(void **state_)
{
    static const int distances[] = {-2100, -300, -129, -65, -64, -63, -33, -17, -16, -15, -8, -3, -1, 0, 1, 2, 7, 8, 15, 16, 17, 31, 63, 64, 65, 127, 130, 300, 2100};
    unsigned char *room = guarded(), *expected = guarded();

    (void)state_;
    FOR_SIZES(size)
        for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
            size_t start = 2200;
            if (size > ROOM - 4400)
                continue;
            fill(room, ROOM);
            memcpy(expected, room, ROOM);
            memmove(expected + start + distances[i], expected + start, size);
            assert_ptr_equal(ours_move(room + start + distances[i], room + start, size), room + start + distances[i]);
            assert_memory_equal(room, expected, ROOM);
        }
}

static void fills(void **state_)
{
    unsigned char *room = guarded(), *expected = guarded();

    (void)state_;
    FOR_SIZES(size)
        for (size_t shift = 0; shift < ALIGNMENTS; shift++)
            for (int is_at_end = 0; is_at_end < 2; is_at_end++) {
                unsigned char *target = place(room, size, shift, is_at_end);
                int byte = next_byte() | (shift & 1 ? 0x5500 : 0); /* only the lowest eight bits count */
                memset(room, 0xee, ROOM);
                memset(expected, 0xee, ROOM);
                memset(expected + (target - room), byte, size);
                assert_ptr_equal(ours_set(target, byte, size), target);
                assert_memory_equal(room, expected, ROOM);
            }
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void compares(void **state_)
{
    unsigned char *left_room = guarded(), *right_room = guarded();

    (void)state_;
    FOR_SIZES(size)
        for (size_t shift = 0; shift < ALIGNMENTS; shift++) {
            unsigned char *left = place(left_room, size, shift, size & 1), *right = place(right_room, size, (shift * 5) % ALIGNMENTS, size & 2);
            fill(left, size);
            memcpy(right, left, size);
            assert_int_equal(ours_compare(left, right, size), 0);
            for (size_t at = 0; at < size; at += size > SIZES ? 97 : 1 + size / 40) {
                unsigned char kept = right[at];
                right[at] = (unsigned char)(kept + 1 + next_byte() % 255);
                assert_int_equal(sign(ours_compare(left, right, size)), sign(memcmp(left, right, size)));
                if (at + 1 < size) { /* what comes behind the first difference does not matter */
                    unsigned char behind = right[size - 1];
                    right[size - 1] ^= 0xff;
                    assert_int_equal(sign(ours_compare(left, right, size)), sign(memcmp(left, right, size)));
                    right[size - 1] = behind;
                }
                right[at] = kept;
            }
        }
}

static void finds(void **state_)
{
    unsigned char *room = guarded();

    (void)state_;
    FOR_SIZES(size)
        for (size_t shift = 0; shift < ALIGNMENTS; shift++) {
            unsigned char *start = place(room, size, shift, size & 1);
            memset(room, 'x', ROOM); /* in front and behind */
            memset(start, 'a', size);
            assert_null(ours_find(start, 'x', size));
            assert_null(ours_find_last(start, 'x', size));
            for (size_t at = 0; at < size; at += size > SIZES ? 89 : 1 + size / 40) {
                start[at] = 'x';
                assert_ptr_equal(ours_find(start, 'x' | 0x100, size), memchr(start, 'x', size));
                assert_ptr_equal(ours_find_last(start, 'x', size), memrchr(start, 'x', size));
                start[size / 2] = 'x'; /* a second one */
                assert_ptr_equal(ours_find(start, 'x', size), memchr(start, 'x', size));
                assert_ptr_equal(ours_find_last(start, 'x', size), memrchr(start, 'x', size));
                start[size / 2] = start[at] = 'a';
            }
        }
    room[5] = 0x80;
    assert_ptr_equal(ours_find(room, 0x80, SIZE_MAX), room + 5); /* no end that could be added up */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies), cmocka_unit_test(moves_onto_itself), cmocka_unit_test(fills), cmocka_unit_test(compares), cmocka_unit_test(finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
