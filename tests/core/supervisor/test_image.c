/* What a worker that saves itself may send, and how a lying one is refused; a foreign or damaged file as a base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "image_stream.h"

enum { PAGE = IMAGE_PAGE_BYTES };
#define FIRST 0x400000ull
#define END (FIRST + 64 * PAGE)

/* A stream that a worker might write, in pieces. */
typedef struct script {
    bytes data;
} script;

static void add_frame(script *script, uint8_t type, const void *payload, size_t size)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE];

    frame_header_encode(&(frame_header){.type = type, .length = (uint32_t)size}, header);
    bytes_add(&script->data, header, sizeof header);
    bytes_add(&script->data, payload, size);
}

static void add_hello(script *script)
{
    add_frame(script, CORDON_FRAME_HELLO, "\x80", 1);
}

static void add_saved(script *script, uint64_t address, size_t size)
{
    unsigned char *payload = calloc(1, 8 + size);

    assert_non_null(payload);
    frame_put_u64(payload, address);
    if (size > 0)
        payload[8] = 1;
    add_frame(script, CORDON_FRAME_SAVED, payload, 8 + size);
    free(payload);
}

static void add_end(script *script)
{
    add_frame(script, CORDON_FRAME_SAVED, "", 0);
}

/* Takes the stream in pieces of `piece` bytes. The complaint, or NULL. */
static const char *take(const script *script, image_pages *pages, size_t piece)
{
    image_stream stream = {.pages = pages};
    const char *complaint = NULL;

    *pages = (image_pages){.first = FIRST, .end = END};
    for (size_t done = 0; done < script->data.size && complaint == NULL; done += piece) {
        size_t left = script->data.size - done;
        complaint = image_stream_take(&stream, script->data.data + done, left < piece ? left : piece);
    }
    image_stream_release(&stream);
    return complaint;
}

static void honest(script *script)
{
    add_hello(script);
    add_frame(script, CORDON_FRAME_OUTPUT, "\001importing", 10);
    add_saved(script, FIRST, PAGE);
    add_saved(script, FIRST + PAGE, 2 * PAGE);
    add_saved(script, END - PAGE, PAGE);
    add_end(script);
}

static void stream_is_the_same_in_any_pieces(void **state)
{
    static const size_t pieces[] = {1, 7, 16, 4096, 1 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        script script = {0};
        image_pages pages;
        honest(&script);
        assert_null(take(&script, &pages, pieces[i]));
        assert_true(pages.is_complete);
        assert_int_equal(pages.run_count, 2); /* neighbours become one */
        assert_int_equal(pages.runs[0].address, FIRST);
        assert_int_equal(pages.runs[0].size, 3 * PAGE);
        assert_int_equal(pages.runs[1].address, END - PAGE);
        assert_int_equal(pages.bytes[0], 1);
        image_pages_release(&pages);
        bytes_release(&script.data);
    }
}

static void no_hello(script *script)
{
    add_end(script);
}
static void two_hellos(script *script)
{
    add_hello(script);
    add_hello(script);
}
static void below(script *script)
{
    add_hello(script);
    add_saved(script, FIRST - PAGE, PAGE);
}
static void above(script *script)
{
    add_hello(script);
    add_saved(script, END, PAGE);
}
static void across_the_end(script *script)
{
    add_hello(script);
    add_saved(script, END - PAGE, 2 * PAGE);
}
static void around_the_address_space(script *script)
{
    add_hello(script);
    add_saved(script, UINT64_MAX - PAGE + 1, PAGE);
}
static void unaligned(script *script)
{
    add_hello(script);
    add_saved(script, FIRST + 8, PAGE);
}
static void half_a_page(script *script)
{
    add_hello(script);
    add_saved(script, FIRST, PAGE / 2);
}
static void no_page(script *script)
{
    add_hello(script);
    add_saved(script, FIRST, 0);
}
static void short_address(script *script)
{
    add_hello(script);
    add_frame(script, CORDON_FRAME_SAVED, "\0\0\0", 3);
}
static void twice(script *script)
{
    add_hello(script);
    add_saved(script, FIRST, PAGE);
    add_saved(script, FIRST, PAGE);
}
static void backwards(script *script)
{
    add_hello(script);
    add_saved(script, FIRST + PAGE, PAGE);
    add_saved(script, FIRST, PAGE);
}
static void after_the_last(script *script)
{
    add_hello(script);
    add_end(script);
    add_saved(script, FIRST, PAGE);
}
static void after_exit(script *script)
{
    add_hello(script);
    add_frame(script, CORDON_FRAME_EXIT, "\0\0\0", 4);
    add_end(script);
}
static void foreign_type(script *script)
{
    add_hello(script);
    add_frame(script, CORDON_FRAME_RESULT, "\x80", 1);
}
static void unknown_type(script *script)
{
    add_hello(script);
    add_frame(script, 200, "", 0);
}
static void long_output(script *script)
{
    unsigned char *payload = calloc(1, 64 * 1024 + 2);
    assert_non_null(payload);
    add_hello(script);
    add_frame(script, CORDON_FRAME_OUTPUT, payload, 64 * 1024 + 2);
    free(payload);
}
static void not_magic(script *script)
{
    add_hello(script);
    script->data.data[0] = 1;
}
static void with_flags(script *script)
{
    add_hello(script);
    script->data.data[6] = 1;
}
static void with_id(script *script)
{
    add_hello(script);
    script->data.data[8] = 1;
}
static void endless_length(script *script)
{
    add_hello(script);
    add_end(script);
    memset(script->data.data + script->data.size - 4, 0xff, 4);
}

static const struct lie {
    const char *name;
    void (*tell)(script *script);
    const char *complaint; /* a part of it */
} lies[] = {
    {"no_hello", no_hello, "does not belong"},
    {"two_hellos", two_hellos, "does not belong"},
    {"below", below, "outside the memory"},
    {"above", above, "outside the memory"},
    {"across_the_end", across_the_end, "outside the memory"},
    {"around_the_address_space", around_the_address_space, "outside the memory"},
    {"unaligned", unaligned, "not whole pages"},
    {"half_a_page", half_a_page, "not whole pages"},
    {"no_page", no_page, "not whole pages"},
    {"short_address", short_address, "no address"},
    {"twice", twice, "overlaps"},
    {"backwards", backwards, "overlaps"},
    {"after_the_last", after_the_last, "after the last"},
    {"after_exit", after_exit, "after its last frame"},
    {"foreign_type", foreign_type, "does not belong"},
    {"unknown_type", unknown_type, "does not belong"},
    {"long_output", long_output, "length is out of bounds"},
    {"not_magic", not_magic, "no frame of this protocol version"},
    {"with_flags", with_flags, "no frame of this protocol version"},
    {"with_id", with_id, "no frame of this protocol version"},
    {"endless_length", endless_length, "length is out of bounds"},
};

static void lie_is_refused(void **state)
{
    const struct lie *lie = *state;
    script script = {0};
    image_pages pages;
    const char *complaint;

    lie->tell(&script);
    complaint = take(&script, &pages, 4096);
    if (complaint == NULL || strstr(complaint, lie->complaint) == NULL)
        fail_msg("said: %s", complaint ? complaint : "nothing");
    image_pages_release(&pages);
    bytes_release(&script.data);
}

static void half_a_stream_is_not_complete(void **state)
{
    script script = {0};
    image_pages pages;

    (void)state;
    honest(&script);
    script.data.size -= 1;
    assert_null(take(&script, &pages, 4096));
    assert_false(pages.is_complete);
    image_pages_release(&pages);
    bytes_release(&script.data);
}

int main(void)
{
    enum { LIES = sizeof lies / sizeof *lies };
    struct CMUnitTest tests[LIES + 2] = {{0}};

    for (int i = 0; i < LIES; i++)
        tests[i] =
            (struct CMUnitTest){.name = lies[i].name, .test_func = lie_is_refused, .initial_state = (void *)&lies[i]};
    tests[LIES] = (struct CMUnitTest)cmocka_unit_test(stream_is_the_same_in_any_pieces);
    tests[LIES + 1] = (struct CMUnitTest)cmocka_unit_test(half_a_stream_is_not_complete);
    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
