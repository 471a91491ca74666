/* The frame codec: what is encoded is decoded; every other header is refused with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
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
    assert_null(frame_header_decode(bytes, FRAME_STATE_RUNNING, &received));
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
            if (frame_header_decode(bytes, FRAME_STATE_RUNNING, &header) == NULL) {
                accepted++;
                assert_true(header.length >= 1 && header.length <= 64 * 1024 + 1);
            }
        }

    /* Each of the 16 places keeps its own good value once; at the type's place OUTPUT, INPUT_WANTED and LIMIT are as good. */
    assert_int_equal(accepted, 16 + 3);
}

/* docs/protocol.md's table of who may send what: the worker's column. */
static const struct type_case {
    const char *name;
    uint8_t type;
    unsigned states;
    uint32_t length; /* one that fits */
    uint32_t id;
} type_cases[] = {
#define BUSY (FRAME_STATE_EXECUTING | FRAME_STATE_RUNNING)
#define GREETED (FRAME_STATE_GREETED | FRAME_STATE_RESTING | FRAME_STATE_ASKED | BUSY)
    {"hello", CORDON_FRAME_HELLO, FRAME_STATE_NEW, 30, 0},
    {"output", CORDON_FRAME_OUTPUT, GREETED, 2, 0},
    {"input_wanted", CORDON_FRAME_INPUT_WANTED, BUSY, 4, 0},
    {"exit", CORDON_FRAME_EXIT, GREETED, 4, 0},
    {"result", CORDON_FRAME_RESULT, FRAME_STATE_EXECUTING, 20, 1},
    {"call", CORDON_FRAME_CALL, BUSY, 20, 1},
    {"wait", CORDON_FRAME_WAIT, BUSY, 8, 0},
    {"broker", CORDON_FRAME_BROKER, BUSY, 20, 1},
    {"files_answer", CORDON_FRAME_FILES_ANSWER, FRAME_STATE_ASKED, 2, 1},
    {"limit", CORDON_FRAME_LIMIT, GREETED, 20, 0},
    {"figures", CORDON_FRAME_FIGURES, BUSY, CORDON_FIGURES_SIZE, 0},
    {"trace", CORDON_FRAME_TRACE, BUSY, 8, 0},
    {"violation", CORDON_FRAME_VIOLATION, FRAME_STATE_NEW | GREETED, 16, 0},
#undef BUSY
#undef GREETED
};

static void type_is_accepted_in_its_states_only(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (unsigned bit = 1; bit <= FRAME_STATE_RUNNING; bit <<= 1) {
            unsigned char bytes[CORDON_FRAME_HEADER_SIZE];
            frame_header header = {.type = (uint8_t)type, .length = 4}, received;
            bool is_due = false;
            for (size_t i = 0; i < sizeof type_cases / sizeof *type_cases; i++)
                if (type_cases[i].type == type) {
                    header.length = type_cases[i].length;
                    header.id = type_cases[i].id;
                    is_due = (type_cases[i].states & bit) != 0;
                }
            frame_header_encode(&header, bytes);
            bool is_accepted = frame_header_decode(bytes, (frame_state)bit, &received) == NULL;
            if (is_accepted != is_due)
                fail_msg("type %u in state %u was %s", type, bit, is_accepted ? "accepted" : "refused");
        }
}

static void type_needs_its_id_and_its_flags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof type_cases / sizeof *type_cases; i++) {
        unsigned char bytes[CORDON_FRAME_HEADER_SIZE];
        frame_header received, header = {.type = type_cases[i].type, .length = type_cases[i].length, .id = !type_cases[i].id};
        frame_state any = (frame_state)(type_cases[i].states & -type_cases[i].states);
        frame_header_encode(&header, bytes);
        assert_non_null(frame_header_decode(bytes, any, &received));
        header.id = type_cases[i].id;
        header.flags = 1;
        frame_header_encode(&header, bytes);
        assert_non_null(frame_header_decode(bytes, any, &received));
        header.flags = 0;
        frame_header_encode(&header, bytes);
        assert_null(frame_header_decode(bytes, any, &received));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_survives_the_way_there_and_back),
        cmocka_unit_test(every_changed_byte_is_judged),
        cmocka_unit_test(type_is_accepted_in_its_states_only),
        cmocka_unit_test(type_needs_its_id_and_its_flags),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
