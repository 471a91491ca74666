/* Exceptions in a RESULT of a worker that lies about their number: the host takes as many as an honest worker tells. */
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "result.h"

/* A RESULT that says "exception", and where the exception's own map goes on. */
static bytes begin(unsigned char keys)
{
    static const char head[] = "\x82\xa6status\xa9"
                               "exception\xa9"
                               "exception";
    bytes text = {0};
    bytes_add(&text, head, sizeof head - 1);
    keys |= 0x80; /* fixmap */
    bytes_add(&text, &keys, 1);
    return text;
}

static void add_list(bytes *text, const char *key, unsigned count, const char *member, size_t member_size)
{
    unsigned char head[] = {0xdd, (unsigned char)(count >> 24), (unsigned char)(count >> 16),
                            (unsigned char)(count >> 8), (unsigned char)count};
    unsigned char key_head = (unsigned char)(0xa0 | strlen(key));
    bytes_add(text, &key_head, 1);
    bytes_add(text, key, strlen(key));
    bytes_add(text, head, sizeof head);
    for (unsigned i = 0; i < count; i++)
        bytes_add(text, member, member_size);
}

static result *read_taken(bytes *text)
{
    int limit;
    uint64_t figure;
    result *made = result_create(0);
    assert_non_null(made);
    assert_false(text->failed);
    assert_null(result_read(made, text->data, text->size, &limit, &figure));
    assert_int_equal(limit, -1);
    bytes_release(text);
    return made;
}

static void lists_of_a_million_are_cut(void **state)
{
    (void)state;
    bytes text = begin(3);
    add_list(&text, "exceptions", 1000000, "\x80", 1);
    add_list(&text, "frames", 1000000, "\x80", 1);
    add_list(&text, "notes", 1000000, "\x80", 1);

    result *made = read_taken(&text);

    const cordon_exception *exception = made->public.exception;
    assert_int_equal(exception->exception_count, 32);
    assert_string_equal(exception->exceptions[31]->type, "?");
    assert_int_equal(exception->frame_count, 128);
    assert_string_equal(exception->frames[127].file, "?");
    assert_int_equal(exception->note_count, 32);
    assert_string_equal(exception->notes[31], "?");
    cordon_result_destroy(result_publish(made));
}

static size_t count(const cordon_exception *exception)
{
    size_t total = 1;
    for (size_t i = 0; i < exception->exception_count; i++)
        total += count(exception->exceptions[i]);
    return total;
}

/* Groups of 32 groups of 32 groups ... */
static void tree_of_exceptions_is_bounded(void **state)
{
    (void)state;
    bytes inner = {0};
    bytes_add(&inner, "\x80", 1);
    for (int depth = 0; depth < 3; depth++) {
        bytes outer = {0};
        bytes_add(&outer, "\x81", 1);
        add_list(&outer, "exceptions", 32, (const char *)inner.data, inner.size);
        bytes_release(&inner);
        inner = outer;
    }
    bytes text = begin(1);
    add_list(&text, "exceptions", 32, (const char *)inner.data, inner.size);
    bytes_release(&inner);

    result *made = read_taken(&text);

    assert_int_equal(count(made->public.exception), 1024);
    cordon_result_destroy(result_publish(made));
}

static void members_that_are_none_are_left_out(void **state)
{
    (void)state;
    bytes text = begin(3);
    add_list(&text, "exceptions", 4, "\x07", 1);
    bytes_add(&text,
              "\xa6"
              "frames\x05\xa5notes\xa1x",
              16);

    result *made = read_taken(&text);

    assert_int_equal(made->public.exception->exception_count, 0);
    assert_int_equal(made->public.exception->frame_count, 0);
    assert_int_equal(made->public.exception->note_count, 0);
    cordon_result_destroy(result_publish(made));
}

/* The body that almost every execution ends with is read by a way of its own: what it gives, and what it leaves to the general one, must be the same. */
#define USUAL_FIGURES                                                                                                  \
    "\xa7"                                                                                                             \
    "figures\x85\xa4"                                                                                                  \
    "fuel\xcd\x01\x00\xac"                                                                                             \
    "memory_bytes\x07\xb1"                                                                                             \
    "memory_peak_bytes\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xa8"                                                        \
    "fs_bytes\xce\x00\x01\x00\x00\xa8"                                                                                 \
    "fs_files\xcc\xff"

/* The same with numbers of eight bytes, so that each has its place; `form` is the first one's, and the last two are as given. */
#define PACKED_FIGURES(form, one, two)                                                                                 \
    "\xa7"                                                                                                             \
    "figures\x85\xa4"                                                                                                  \
    "fuel" form "\x00\x00\x00\x00\x00\x00\x01\x00\xac"                                                                \
    "memory_bytes\xcf\x00\x00\x00\x00\x00\x00\x00\x07\xb1"                                                              \
    "memory_peak_bytes\xcf\x00\x00\x00\x01\x00\x00\x00\x00" one two
#define FS_BYTES "\xa8" "fs_bytes\xcf\x00\x00\x00\x00\x00\x01\x00\x00"
#define FS_FILES "\xa8" "fs_files\xcf\x00\x00\x00\x00\x00\x00\x00\xff"

static void usual_bodies_are_read_like_others(void **state)
{
    static const struct {
        const char *name, *data;
        size_t size;
        bool is_taken;
    } cases[] = {
#define BODY(name, literal, is_taken) {name, literal, sizeof(literal) - 1, is_taken}
        BODY("usual", "\x83\xa6status\xa2ok\xa5value\x91\x07" USUAL_FIGURES, true),
        BODY("in its places", "\x83\xa6status\xa2ok\xa5value\x91\x07" PACKED_FIGURES("\xcf", FS_BYTES, FS_FILES), true),
        BODY("in others' places", "\x83\xa6status\xa2ok\xa5value\x91\x07" PACKED_FIGURES("\xcf", FS_FILES, FS_BYTES), true),
        BODY("a number of another form", "\x83\xa6status\xa2ok\xa5value\x91\x07" PACKED_FIGURES("\xd3", FS_BYTES, FS_FILES), true),
        BODY("a number that is none", "\x83\xa6status\xa2ok\xa5value\x91\x07" PACKED_FIGURES("\xc1", FS_BYTES, FS_FILES), false),
        BODY("in its places, and bytes behind", "\x83\xa6status\xa2ok\xa5value\x91\x07" PACKED_FIGURES("\xcf", FS_BYTES, FS_FILES) "\x00", false),
        BODY("in another order", "\x83\xa5value\x91\x07\xa6status\xa2ok" USUAL_FIGURES, true),
        BODY("bytes behind it", "\x83\xa6status\xa2ok\xa5value\x91\x07" USUAL_FIGURES "\x00", false),
        BODY("an unknown key", "\x84\xa6status\xa2ok\xa5value\x91\x07" USUAL_FIGURES "\xa1x\x00", false),
        BODY("cut short", "\x83\xa6status\xa2ok\xa5value\x91\x07\xa7"
                          "figures\x81\xa4"
                          "fuel\xcd\x01", false),
        BODY("a value that is cut", "\x83\xa6status\xa2ok\xa5value\x93\x07", false),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int limit;
        uint64_t figure;
        int64_t number = 0;
        result *made = result_create(0);
        const char *complaint = result_read(made, (const unsigned char *)cases[i].data, cases[i].size, &limit, &figure);
        if ((complaint == NULL) != cases[i].is_taken)
            fail_msg("%s: %s", cases[i].name, complaint != NULL ? complaint : "taken");
        if (cases[i].is_taken) {
            assert_int_equal(made->public.outcome, CORDON_OUTCOME_OK);
            assert_true(cordon_value_get_int(cordon_value_at(made->public.value, 0), &number) && number == 7);
            assert_int_equal(made->public.figures.fuel, 256);
            assert_int_equal(made->public.figures.memory_bytes, 7);
            assert_int_equal(made->public.figures.memory_peak_bytes, 1ull << 32);
            assert_int_equal(made->public.figures.fs_bytes, 1u << 16);
            assert_int_equal(made->public.figures.fs_files, 255);
        }
        cordon_result_destroy(result_publish(made));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_bodies_are_read_like_others),
        cmocka_unit_test(lists_of_a_million_are_cut),
        cmocka_unit_test(tree_of_exceptions_is_bounded),
        cmocka_unit_test(members_that_are_none_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
