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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_a_million_are_cut),
        cmocka_unit_test(tree_of_exceptions_is_bounded),
        cmocka_unit_test(members_that_are_none_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
