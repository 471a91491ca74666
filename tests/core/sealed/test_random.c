/* Random bytes repeat for a seed, differ between seeds, and are those of ChaCha20. */
#include "sealed/random.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static const unsigned char zero_seed[SEALED_RANDOM_SEED_BYTES];

/* The first block of ChaCha20 for key, nonce and counter 0 (RFC 8439, appendix A.1, vector 1): its first half becomes
 * the next key, the second half is given out. */
static void first_bytes_are_those_of_the_standard(void **state)
{
    static const unsigned char expected[32] = {0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0,
                                               0x3f, 0xb8, 0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18,
                                               0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86};
    unsigned char bytes[32];
    (void)state;

    sealed_random_seed(zero_seed);
    sealed_random_bytes(bytes, sizeof bytes);
    assert_memory_equal(bytes, expected, sizeof bytes);
}

/* The second block (vector 2 has counter 1) follows without a gap in a long request. */
static void long_requests_continue_with_the_next_block(void **state)
{
    static const unsigned char expected[16] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
                                               0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
    unsigned char bytes[48];
    (void)state;

    sealed_random_seed(zero_seed);
    sealed_random_bytes(bytes, sizeof bytes);
    assert_memory_equal(bytes + 32, expected, sizeof expected);
}

/* The 40th block's end, as openssl's chacha20 has it; and a request has the same bytes however much more is asked for. */
static void blocks_follow_each_other(void **state)
{
    static const unsigned char expected[16] = {0x82, 0x2f, 0xc8, 0xb4, 0x27, 0x74, 0xa3, 0xb2, 0x01, 0xef, 0x94, 0x14, 0x84, 0x63, 0x14, 0x06};
    unsigned char bytes[2528], less[700];
    (void)state;

    sealed_random_seed(zero_seed);
    sealed_random_bytes(bytes, sizeof bytes);
    assert_memory_equal(bytes + sizeof bytes - sizeof expected, expected, sizeof expected);
    for (size_t size = 1; size < sizeof less; size++) {
        sealed_random_seed(zero_seed);
        sealed_random_bytes(less, size);
        assert_memory_equal(less, bytes, size);
    }
}

static void same_seed_repeats_and_other_seed_differs(void **state)
{
    unsigned char seed[SEALED_RANDOM_SEED_BYTES] = {0}, first[1000], second[1000];
    (void)state;

    sealed_random_seed(seed);
    sealed_random_bytes(first, sizeof first);
    sealed_random_seed(seed);
    sealed_random_bytes(second, sizeof second);
    assert_memory_equal(first, second, sizeof first);
    sealed_random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    seed[31] = 1;
    sealed_random_seed(seed);
    sealed_random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
}

static void exactly_the_requested_bytes_are_written(void **state)
{
    unsigned char bytes[200];
    (void)state;

    for (size_t size = 0; size < 150; size++) {
        memset(bytes, 0xEE, sizeof bytes);
        sealed_random_bytes(bytes, size);
        for (size_t i = size; i < sizeof bytes; i++)
            assert_int_equal(bytes[i], 0xEE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_bytes_are_those_of_the_standard),
        cmocka_unit_test(long_requests_continue_with_the_next_block),
        cmocka_unit_test(blocks_follow_each_other),
        cmocka_unit_test(same_seed_repeats_and_other_seed_differs),
        cmocka_unit_test(exactly_the_requested_bytes_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
