/* cordon-sandbox with a supervisor: frames in both directions, and hosts that break the protocol. */
#include "sandbox_process.h"

#include "cordon/exit_code.h"
#include "cordon/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *image;

/* --- what a host sends --- */

struct conversation {
    unsigned char bytes[256 * 1024];
    size_t size;
};

static void put(struct conversation *to, const void *data, size_t size)
{
    assert_true(to->size + size <= sizeof to->bytes);
    if (size > 0)
        memcpy(to->bytes + to->size, data, size);
    to->size += size;
}

static void put_u32(struct conversation *to, uint32_t value)
{
    put(to, &value, 4); /* the tests run where the image runs: little endian */
}

static void put_header(struct conversation *to, uint32_t magic, uint8_t version, uint8_t type, uint16_t flags,
                       uint32_t id, uint32_t length)
{
    put_u32(to, magic);
    put(to, &version, 1);
    put(to, &type, 1);
    put(to, &flags, 2);
    put_u32(to, id);
    put_u32(to, length);
}

static void put_frame(struct conversation *to, uint8_t type, uint16_t flags, const void *payload, size_t size)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, type, flags, 0, (uint32_t)size);
    put(to, payload, size);
}

/* --- CONFIGURE: MessagePack by hand --- */

static void put_map(struct conversation *to, unsigned count)
{
    put(to, &(unsigned char){(unsigned char)(0x80 | count)}, 1);
}

static void put_array(struct conversation *to, unsigned count)
{
    put(to, &(unsigned char){(unsigned char)(0x90 | count)}, 1);
}

static void put_text(struct conversation *to, const char *text)
{
    unsigned char head[2] = {0xd9, (unsigned char)strlen(text)};

    put(to, head, 2);
    put(to, text, strlen(text));
}

static void put_number(struct conversation *to, uint64_t number)
{
    put(to, &(unsigned char){0xcf}, 1);
    for (int shift = 56; shift >= 0; shift -= 8)
        put(to, &(unsigned char){(unsigned char)(number >> shift)}, 1);
}

static void put_bytes(struct conversation *to, const char *bytes)
{
    unsigned char head[2] = {0xc4, (unsigned char)strlen(bytes)};

    put(to, head, 2);
    put(to, bytes, strlen(bytes));
}

static void put_configure_with_memory(struct conversation *to, uint64_t memory)
{
    struct conversation payload = {.size = 0};

    put_map(&payload, 6);
    put_text(&payload, "limits");
    put_map(&payload, 1);
    put_text(&payload, "memory");
    put_number(&payload, memory);
    put_text(&payload, "clock");
    put_map(&payload, 2);
    put_text(&payload, "mode");
    put_text(&payload, "stepping");
    put_text(&payload, "wall_ns");
    put_number(&payload, 1000000000ull * 86400);
    put_text(&payload, "seed");
    put_bytes(&payload, "seedseedseedseedseedseedseedseed");
    put_text(&payload, "environment");
    put_map(&payload, 1);
    put_text(&payload, "GREETING");
    put_text(&payload, "hello");
    put_text(&payload, "arguments");
    put_array(&payload, 2);
    put_text(&payload, "first");
    put_text(&payload, "second");
    put_text(&payload, "directory");
    put_text(&payload, "/somewhere");
    put_frame(to, CORDON_FRAME_CONFIGURE, 0, payload.bytes, payload.size);
}

static void put_configure(struct conversation *to)
{
    put_configure_with_memory(to, 0);
}

static void put_file(struct conversation *to, const char *path, uint32_t mode, uint16_t flags, const char *content)
{
    struct conversation payload = {.size = 0};
    uint64_t modified_ns = 5000000000ull;

    put_u32(&payload, mode);
    put(&payload, &modified_ns, 8);
    put(&payload, path, strlen(path) + 1);
    put(&payload, content, strlen(content));
    put_frame(to, CORDON_FRAME_FILE, flags, payload.bytes, payload.size);
}

static void put_execute(struct conversation *to, uint8_t how, const char *text)
{
    struct conversation payload = {.size = 0};

    put(&payload, &how, 1);
    put(&payload, text, strlen(text));
    put_frame(to, CORDON_FRAME_PROGRAM, 0, payload.bytes, payload.size);
}

/* --- what a worker answers --- */

struct answer {
    char output[3][16384]; /* by stream */
    int hellos, exits, inputs_wanted, others;
    int exit_code;
    struct sandbox_ending ending;
};

static void take(struct answer *answer, unsigned type, const unsigned char *payload, uint32_t length)
{
    switch (type) {
    case CORDON_FRAME_HELLO:
        answer->hellos++;
        break;
    case CORDON_FRAME_OUTPUT:
        assert_in_range(payload[0], 1, 2);
        strncat(answer->output[payload[0]], (const char *)payload + 1, length - 1);
        break;
    case CORDON_FRAME_INPUT_WANTED:
        answer->inputs_wanted++;
        break;
    case CORDON_FRAME_FIGURES:
        assert_int_equal(length, CORDON_FIGURES_SIZE);
        break;
    case CORDON_FRAME_EXIT:
        answer->exits++;
        memcpy(&answer->exit_code, payload, 4);
        break;
    default:
        answer->others++;
    }
}

static void talk(const struct conversation *sent, struct answer *answer)
{
    const unsigned char *next;
    size_t left;

    memset(answer, 0, sizeof *answer);
    answer->ending = sandbox_run(image, sent->bytes, sent->size, NULL);
    next = (const unsigned char *)answer->ending.output;
    left = answer->ending.output_size;
    while (left > 0) {
        uint32_t magic, length;

        assert_true(left >= CORDON_FRAME_HEADER_SIZE);
        memcpy(&magic, next, 4);
        memcpy(&length, next + 12, 4);
        assert_int_equal(magic, CORDON_FRAME_MAGIC);
        assert_int_equal(next[4], CORDON_FRAME_VERSION);
        assert_true(left - CORDON_FRAME_HEADER_SIZE >= length);
        assert_int_equal(answer->exits, 0); /* EXIT is the last */
        take(answer, next[5], next + CORDON_FRAME_HEADER_SIZE, length);
        next += CORDON_FRAME_HEADER_SIZE + length;
        left -= CORDON_FRAME_HEADER_SIZE + length;
    }
    sandbox_ending_release(&answer->ending);
}

/* --- honest hosts --- */

static const struct honest_case {
    const char *name;
    uint8_t how;
    const char *text;
    const char *input; /* NULL: the host sends none */
    const char *output, *errors;
    int exit_code;
} honest_cases[] = {
    {"command", CORDON_PROGRAM_COMMAND, "print('hi')", NULL, "hi\n", "", 0},
    {"arguments", CORDON_PROGRAM_COMMAND, "import sys; print(sys.argv)", NULL, "['-c', 'first', 'second']\n", "", 0},
    {"environment", CORDON_PROGRAM_COMMAND, "import os; print(os.environ['GREETING'])", NULL, "hello\n", "", 0},
    {"directory", CORDON_PROGRAM_COMMAND, "import os; print(os.getcwd())", NULL, "/somewhere\n", "", 0},
    {"clock", CORDON_PROGRAM_COMMAND, "import time; print(time.gmtime()[:3])", NULL, "(1970, 1, 2)\n", "", 0},
    {"file", CORDON_PROGRAM_COMMAND,
     "import os; print(open('/data/x').read(), os.stat('/data/x').st_mtime, oct(os.stat('/data/x').st_mode))", NULL,
     "one two 5.0 0o100640\n", "", 0},
    {"script", CORDON_PROGRAM_SCRIPT, "/data/main.py", NULL, "/data/main.py ['/data/main.py', 'first', 'second'] 42\n",
     "", 0},
    {"script_that_is_missing", CORDON_PROGRAM_SCRIPT, "/data/none.py", NULL, "", "No such file or directory", 2},
    {"module", CORDON_PROGRAM_MODULE, "helper", NULL, "__main__ /somewhere\n", "", 0},
    {"module_that_is_missing", CORDON_PROGRAM_MODULE, "nosuch", NULL, "", "No module named nosuch", 1},
    {"text_from_input", CORDON_PROGRAM_INPUT, "import sys\nprint(sys.argv[0], __name__)\n", "", "- __main__\n", "", 0},
    {"input", CORDON_PROGRAM_COMMAND, "print(input() + '!')", "line\n", "line!\n", "", 0},
    {"input_at_its_end", CORDON_PROGRAM_COMMAND, "input()", "", "", "EOFError", 1},
    {"streams_are_told_apart", CORDON_PROGRAM_COMMAND, "import sys; print('o'); print('e', file=sys.stderr)", NULL,
     "o\n", "e\n", 0},
    {"traceback", CORDON_PROGRAM_SCRIPT, "/data/bad.py", NULL, "",
     "File \"/data/bad.py\", line 1, in <module>\n    1/0\n", 1},
    {"exit_code", CORDON_PROGRAM_COMMAND, "raise SystemExit(300)", NULL, "", "", 300 & 0xff},
    {"os_exit", CORDON_PROGRAM_COMMAND, "import os; os._exit(9)", NULL, "", "", 9},
    {"exit_code_below_zero", CORDON_PROGRAM_COMMAND, "raise SystemExit(-1)", NULL, "", "", 255},
};

static void put_set_up(struct conversation *to)
{
    put_configure(to);
    put_file(to, "/data/x", 0100640, 0, "one ");
    put_file(to, "/data/x", 0100640, CORDON_FILE_APPEND, "two");
    put_file(to, "/data/main.py", 0100644, 0, "import sys, other\nprint(__file__, sys.argv, other.value)\n");
    put_file(to, "/data/other.py", 0100644, 0, "value = 42\n");
    put_file(to, "/data/bad.py", 0100644, 0, "1/0\n");
    put_file(to, "/somewhere/helper.py", 0100644, 0, "import os\nprint(__name__, os.getcwd())\n");
}

static void honest_case_run(void **state)
{
    const struct honest_case *row = *state;
    static struct conversation sent;
    static struct answer answer;

    sent.size = 0;
    put_set_up(&sent);
    put_execute(&sent, row->how, row->text);
    if (row->input && row->input[0])
        put_frame(&sent, CORDON_FRAME_INPUT, 0, row->input, strlen(row->input));
    if (row->input)
        put_frame(&sent, CORDON_FRAME_INPUT, 0, "", 0);
    talk(&sent, &answer);

    if (strcmp(answer.output[1], row->output) != 0 || !strstr(answer.output[2], row->errors) ||
        answer.exit_code != row->exit_code || (!row->errors[0] && answer.output[2][0]))
        fail_msg("exit code %d, output: %s, errors: %s", answer.exit_code, answer.output[1], answer.output[2]);
    assert_int_equal(answer.hellos, 1);
    assert_int_equal(answer.exits, 1);
    assert_int_equal(answer.others, 0);
    assert_int_equal(answer.ending.exit_code, row->exit_code);
    if (!row->input)
        assert_int_equal(answer.inputs_wanted, 0);
}

/* --- hosts that break the protocol; each is the honest one with one thing changed --- */

static void lie_magic(struct conversation *to)
{
    put_header(to, 0x11111100, 1, CORDON_FRAME_CONFIGURE, 0, 0, 60);
}
static void lie_version(struct conversation *to)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION + 1, CORDON_FRAME_CONFIGURE, 0, 0, 60);
}
static void lie_type(struct conversation *to)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_OUTPUT, 0, 0, 60);
}
static void lie_unknown_type(struct conversation *to)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, 99, 0, 0, 60);
}
static void lie_flags(struct conversation *to)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_CONFIGURE, 1, 0, 60);
}
static void lie_id(struct conversation *to)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_CONFIGURE, 0, 7, 60);
}
static void lie_length(struct conversation *to)
{
    put_header(to, CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_CONFIGURE, 0, 0, 0xffffffff);
}
static void lie_short_configure(struct conversation *to)
{
    put_frame(to, CORDON_FRAME_CONFIGURE, 0, "", 0);
}
static void lie_no_configure(struct conversation *to)
{
    put_execute(to, CORDON_PROGRAM_COMMAND, "pass");
}
static void lie_two_configures(struct conversation *to)
{
    put_configure(to);
    put_configure(to);
}
static void lie_relative_file(struct conversation *to)
{
    put_configure(to);
    put_file(to, "x", 0100644, 0, "");
}
static void lie_device(struct conversation *to)
{
    put_configure(to);
    put_file(to, "/x", 0020666, 0, "");
}
static void lie_no_type(struct conversation *to)
{
    put_configure(to);
    put_file(to, "/x", 0644, 0, "");
}
static void lie_folder_content(struct conversation *to)
{
    put_configure(to);
    put_file(to, "/x", 0040755, 0, "content");
}
static void lie_how(struct conversation *to)
{
    put_configure(to);
    put_execute(to, 4, "pass");
}
static void lie_nul(struct conversation *to)
{
    put_configure(to);
    put_frame(to, CORDON_FRAME_PROGRAM, 0, "\1pa\0ss", 6);
}

/* A CONFIGURE of the bytes given. */
#define LIE_CONFIGURE(name, bytes)                                                                                     \
    static void lie_##name(struct conversation *to)                                                                    \
    {                                                                                                                  \
        put_frame(to, CORDON_FRAME_CONFIGURE, 0, bytes, sizeof(bytes) - 1);                                            \
    }
LIE_CONFIGURE(no_message, "\xc1")
LIE_CONFIGURE(half_message, "\x81")
LIE_CONFIGURE(two_messages, "\x80\x80")
LIE_CONFIGURE(no_map, "\x90")
LIE_CONFIGURE(unknown_key, "\x81\xa5nosuc\xc0")
LIE_CONFIGURE(key_that_is_no_text, "\x81\x01\xc0")
LIE_CONFIGURE(key_twice, "\x82\xa6limits\x80\xa6limits\x80")
LIE_CONFIGURE(value_of_another_kind, "\x81\xa6limits\x90")
LIE_CONFIGURE(unknown_limit, "\x81\xa6limits\x81\xa5" "moon!\x01")
LIE_CONFIGURE(limit_below_zero, "\x81\xa6limits\x81\xa4" "fuel\xff")
LIE_CONFIGURE(short_seed, "\x81\xa4seed\xc4\x03" "abc")
LIE_CONFIGURE(nameless_variable, "\x81\xab" "environment\x81\xa0\xa1x")
LIE_CONFIGURE(variable_with_equals, "\x81\xab" "environment\x81\xa3" "a=b\xa1x")
LIE_CONFIGURE(variable_with_nul, "\x81\xab" "environment\x81\xa1" "a\xa2x\0")
LIE_CONFIGURE(number_as_argument, "\x81\xa9" "arguments\x91\x01")
LIE_CONFIGURE(relative_directory, "\x81\xa9" "directory\xa4here")
LIE_CONFIGURE(unknown_clock_key, "\x81\xa5" "clock\x81\xa4tick\x01")

static void lie_unasked_input(struct conversation *to)
{
    put_configure(to);
    put_frame(to, CORDON_FRAME_INPUT, 0, "x", 1);
}

static void lie_answer(struct conversation *to)
{
    put_configure(to);
    put_execute(to, CORDON_PROGRAM_COMMAND, "input()");
    put_execute(to, CORDON_PROGRAM_COMMAND, "pass");
}

static void lie_too_much_input(struct conversation *to)
{
    put_configure(to);
    put_execute(to, CORDON_PROGRAM_COMMAND, "import os; os.read(0, 2)");
    put_frame(to, CORDON_FRAME_INPUT, 0, "abc", 3);
}

#define LIE(name, says)                                                                                                \
    {                                                                                                                  \
#name, lie_##name, says                                                                                        \
    }
static const struct lie_case {
    const char *name;
    void (*lie)(struct conversation *);
    const char *says;
} lie_cases[] = {
    LIE(magic, "magic number"),
    LIE(version, "version"),
    LIE(type, "never sends"),
    LIE(unknown_type, "never sends"),
    LIE(flags, "flags"),
    LIE(id, "id"),
    LIE(length, "length"),
    LIE(short_configure, "length"),
    LIE(no_configure, "first frame"),
    LIE(two_configures, "may not come now"),
    LIE(relative_file, "not absolute"),
    LIE(device, "neither"),
    LIE(no_type, "neither"),
    LIE(folder_content, "directory with content"),
    LIE(how, "way to run"),
    LIE(nul, "NUL"),
    LIE(no_message, "not MessagePack"),
    LIE(half_message, "not MessagePack"),
    LIE(two_messages, "behind its value"),
    LIE(no_map, "CONFIGURE has a key or a value"),
    LIE(unknown_key, "CONFIGURE has a key or a value"),
    LIE(key_that_is_no_text, "CONFIGURE has a key or a value"),
    LIE(key_twice, "CONFIGURE has a key or a value"),
    LIE(value_of_another_kind, "CONFIGURE has a key or a value"),
    LIE(unknown_limit, "limit that there is not"),
    LIE(limit_below_zero, "limit that is no number"),
    LIE(short_seed, "not of 32 bytes"),
    LIE(nameless_variable, "proper name"),
    LIE(variable_with_equals, "proper name"),
    LIE(variable_with_nul, "no text"),
    LIE(number_as_argument, "no text"),
    LIE(relative_directory, "absolute"),
    LIE(unknown_clock_key, "clock"),
    LIE(unasked_input, "may not come now"),
    LIE(answer, "may not come now"),
    LIE(too_much_input, "not the input"),
};

static void lie_case_run(void **state)
{
    const struct lie_case *row = *state;
    static struct conversation sent;
    static struct answer answer;

    sent.size = 0;
    row->lie(&sent);
    /* What would follow if the lie went unnoticed. */
    put_execute(&sent, CORDON_PROGRAM_COMMAND, "print('believed')");
    talk(&sent, &answer);

    if (!strstr(answer.output[2], "the host broke the protocol") || !strstr(answer.output[2], row->says))
        fail_msg("exit code %d, output: %s, errors: %s", answer.exit_code, answer.output[1], answer.output[2]);
    assert_string_equal(answer.output[1], "");
    assert_int_equal(answer.ending.exit_code, CORDON_EXIT_CRASHED);
}

/* The same program under three limits: one it fits in, one it does not, and one that leaves no room for an interpreter.
 */
static const struct memory_case {
    const char *name;
    uint64_t limit_bytes;
    const char *output;
    int exit_code;
} memory_cases[] = {
    {"memory_is_enough", 256 << 20, "fits\n", 0},
    {"memory_is_too_little_for_the_program", 64 << 20, "MemoryError\n", 0},
    {"memory_is_the_least_that_is_taken", 16 << 20, "MemoryError\n", 0},
    {"memory_is_too_little_for_python", (16 << 20) - 1, "", CORDON_EXIT_SETUP_FAILED},
};

static void memory_case_run(void **state)
{
    static const char program[] =
        "try:\n    x = bytearray(100 << 20)\n    print('fits')\nexcept MemoryError:\n    print('MemoryError')\n";
    const struct memory_case *row = *state;
    static struct conversation sent;
    static struct answer answer;

    sent.size = 0;
    put_configure_with_memory(&sent, row->limit_bytes);
    put_execute(&sent, CORDON_PROGRAM_COMMAND, program);
    talk(&sent, &answer);

    if (strcmp(answer.output[1], row->output) != 0 || answer.ending.exit_code != row->exit_code)
        fail_msg("exit code %d, output: %s, errors: %s", answer.ending.exit_code, answer.output[1], answer.output[2]);
}

/* A host that dies: the worker ends without a word, whatever it was waiting for. */
static void host_that_goes_away_ends_the_worker(void **state)
{
    static struct conversation sent;
    static struct answer answer;

    (void)state;
    sent.size = 0;
    put_set_up(&sent);
    put_execute(&sent, CORDON_PROGRAM_COMMAND, "print('never')");
    for (size_t cut = 1; cut < sent.size - 1; cut += 1 + sent.size / 40) {
        struct conversation part = sent;
        part.size = cut;
        talk(&part, &answer);
        assert_int_equal(answer.ending.exit_code, CORDON_EXIT_CRASHED);
        assert_string_equal(answer.output[1], "");
    }
}

int main(int argument_count, char **arguments)
{
    enum {
        HONEST = sizeof honest_cases / sizeof *honest_cases,
        LIES = sizeof lie_cases / sizeof *lie_cases,
        LIMITS = sizeof memory_cases / sizeof *memory_cases
    };
    struct CMUnitTest tests[HONEST + LIES + LIMITS + 1] = {{0}};

    if (argument_count != 2) {
        fprintf(stderr, "usage: %s IMAGE\n", arguments[0]);
        return 2;
    }
    image = arguments[1];
    for (int i = 0; i < HONEST; i++)
        tests[i] = (struct CMUnitTest){
            .name = honest_cases[i].name, .test_func = honest_case_run, .initial_state = (void *)&honest_cases[i]};
    for (int i = 0; i < LIES; i++)
        tests[HONEST + i] = (struct CMUnitTest){
            .name = lie_cases[i].name, .test_func = lie_case_run, .initial_state = (void *)&lie_cases[i]};
    for (int i = 0; i < LIMITS; i++)
        tests[HONEST + LIES + i] = (struct CMUnitTest){
            .name = memory_cases[i].name, .test_func = memory_case_run, .initial_state = (void *)&memory_cases[i]};
    tests[HONEST + LIES + LIMITS] = (struct CMUnitTest)cmocka_unit_test(host_that_goes_away_ends_the_worker);
    return cmocka_run_group_tests_name("sandbox supervised", tests, NULL, NULL);
}
