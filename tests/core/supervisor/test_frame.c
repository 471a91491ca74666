/* The frame codec: what is encoded is decoded; every other header is refused with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "frame.h"

static void header_survives_the_way_there_and_back(void **state)
{
    unsigned char bytes[CORDON_FRAME_HEADER_SIZE];
    const frame_header sent = {.type = CORDON_FRAME_OUTPUT, .length = 0x00010203};
    frame_header received;
    (void)state;

    frame_header_encode(&sent, bytes);

    assert_memory_equal(bytes, "\0CRN\2\5\0\0\0\0\0\0\3\2\1\0", sizeof bytes);
    frame_header_encode(&(frame_header){.type = CORDON_FRAME_OUTPUT, .length = 0x203}, bytes);
    assert_null(frame_header_decode(bytes, &received));
    assert_int_equal(received.type, CORDON_FRAME_OUTPUT);
    assert_int_equal(received.length, 0x203);
}

/* Every single byte of a good header set to every value: accepted only where the result is another good header. */
static void every_changed_byte_is_judged(void **state)
{
    unsigned char good[CORDON_FRAME_HEADER_SIZE], bytes[CORDON_FRAME_HEADER_SIZE];
    frame_header header;
    int accepted = 0;
    (void)state;
    frame_header_encode(&(frame_header){.type = CORDON_FRAME_EXIT, .length = 4}, good);

    for (size_t i = 0; i < sizeof good; i++)
        for (int value = 0; value < 256; value++) {
            memcpy(bytes, good, sizeof bytes);
            bytes[i] = (unsigned char)value;
            if (frame_header_decode(bytes, &header) == NULL) {
                accepted++;
                assert_true(header.length >= 1 && header.length <= 1024 * 1024 + 1);
            }
        }

    /* Each of the 16 places keeps its own good value once; at the type's place HELLO (4 to 256 bytes), OUTPUT and INPUT_WANTED are as good. */
    assert_int_equal(accepted, 16 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_survives_the_way_there_and_back),
        cmocka_unit_test(every_changed_byte_is_judged),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
