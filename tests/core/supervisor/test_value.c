/* Values as a host builds and reads them, without a sandbox: bounds, kinds, JSON, MessagePack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cordon/value.h"

static void assert_json(cordon_value *value, const char *expected)
{
    char *text = NULL;
    assert_non_null(value);
    assert_int_equal(cordon_value_to_json(value, &text, NULL, NULL), CORDON_OK);
    assert_string_equal(text, expected);
    cordon_text_release(text);
    cordon_value_destroy(value);
}

static void json_has_a_form_for_each_kind(void **state)
{
    (void)state;
    const cordon_moment moment = {.year = 2024,
                                  .month = 2,
                                  .day = 29,
                                  .hour = 1,
                                  .minute = 2,
                                  .second = 3,
                                  .microsecond = 45,
                                  .has_offset = true,
                                  .offset_seconds = -5430};
    const cordon_duration duration = {.days = -1, .seconds = 86399, .microseconds = 999999};
    assert_json(cordon_value_none(), "null");
    assert_json(cordon_value_bool(true), "true");
    assert_json(cordon_value_int(INT64_MIN), "-9223372036854775808");
    assert_json(cordon_value_unsigned(UINT64_MAX), "18446744073709551615");
    assert_json(cordon_value_big_int("\0\0\0\0\0\0\0\0\0\1", 10), "\"0x1000000000000000000\"");
    assert_json(cordon_value_big_int("\0\0\0\0\0\0\0\0\0\xff", 10), "\"-0x1000000000000000000\"");
    assert_json(cordon_value_big_int("\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9), "-1");
    assert_json(cordon_value_big_int("\xff\xff\xff\xff\xff\xff\xff\xff\0", 9), "18446744073709551615");
    assert_json(cordon_value_float(0.1), "0.1");
    assert_json(cordon_value_float(3), "3.0");
    assert_json(cordon_value_float(1e300), "1e+300");
    assert_json(cordon_value_float(1.0 / 0.0), "null");
    assert_json(cordon_value_complex(1, -2.5), "[1.0,-2.5]");
    assert_json(cordon_value_text("a\"\\\n\x7f\xe2\x82\xac"), "\"a\\\"\\\\\\u000a\\u007f\xe2\x82\xac\"");
    assert_json(cordon_value_text("\xed\xa0\x80"), "\"\\ud800\"");
    assert_json(cordon_value_bytes("\0\xff", 2), "\"AP8=\"");
    assert_json(cordon_value_bytes("", 0), "\"\"");
    assert_json(cordon_value_datetime(&moment), "\"2024-02-29T01:02:03.000045-01:30:30\"");
    assert_json(cordon_value_date(&moment), "\"2024-02-29\"");
    assert_json(cordon_value_time(&moment), "\"01:02:03.000045-01:30:30\"");
    assert_json(cordon_value_duration(&duration), "\"-1d 86399.999999s\"");
    assert_json(cordon_value_list(), "[]");
    assert_json(cordon_value_dict(), "{}");
}

static void dict_keeps_its_order_and_finds_keys(void **state)
{
    int64_t number = 0;
    cordon_value *dict = cordon_value_dict(), *key = cordon_value_tuple();
    (void)state;
    assert_true(cordon_value_dict_set(dict, "b", cordon_value_int(1)));
    assert_true(cordon_value_dict_set(dict, "a", cordon_value_int(2)));
    assert_true(cordon_value_append(key, cordon_value_int(7)));
    assert_true(cordon_value_dict_add(dict, key, cordon_value_text("seven")));

    assert_int_equal(cordon_value_count(dict), 3);
    assert_true(cordon_value_get_int(cordon_value_get(dict, "a"), &number));
    assert_int_equal(number, 2);
    assert_null(cordon_value_get(dict, "c"));
    assert_string_equal(cordon_value_get_text(cordon_value_key_at(dict, 0), NULL), "b");
    assert_json(dict, "{\"b\":1,\"a\":2,\"[7]\":\"seven\"}");
}

static void what_is_no_value_of_python_is_refused(void **state)
{
    (void)state;
    static const cordon_moment bad[] = {
        {.year = 0, .month = 1, .day = 1},     {.year = 10000, .month = 1, .day = 1},
        {.year = 2023, .month = 2, .day = 29}, {.year = 2024, .month = 13, .day = 1},
        {.year = 2024, .month = 4, .day = 31}, {.year = 1900, .month = 2, .day = 29},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(cordon_value_date(&bad[i]));
    assert_null(cordon_value_time(&(cordon_moment){.hour = 24}));
    assert_null(cordon_value_time(&(cordon_moment){.has_offset = true, .offset_seconds = 86400}));
    assert_null(cordon_value_duration(&(cordon_duration){.seconds = 86400}));
    assert_null(cordon_value_duration(&(cordon_duration){.days = 1000000000}));
    assert_null(cordon_value_text("\xff"));
    assert_null(cordon_value_text("\xc0\x80"));
    assert_null(cordon_value_text("\xf4\x90\x80\x80"));
    assert_null(cordon_value_text(NULL));
    cordon_value *leap = cordon_value_date(&(cordon_moment){.year = 2000, .month = 2, .day = 29});
    assert_non_null(leap);
    cordon_value_destroy(leap);
}

static void containers_have_their_bounds(void **state)
{
    (void)state;
    cordon_value *nested = cordon_value_int(1);
    for (unsigned depth = 0; depth < CORDON_VALUE_DEPTH_MAX; depth++) {
        cordon_value *list = cordon_value_list();
        assert_true(cordon_value_append(list, nested));
        nested = list;
    }
    cordon_value *copy = cordon_value_copy(nested), *one_more = cordon_value_list(), *dict = cordon_value_dict(),
                 *set = cordon_value_set();
    assert_true(cordon_value_equal(copy, nested));
    assert_false(cordon_value_append(one_more, nested)); /* which is gone all the same */
    assert_int_equal(cordon_value_count(one_more), 0);
    assert_false(cordon_value_append(one_more, NULL));
    assert_false(cordon_value_append(NULL, cordon_value_int(1)));
    assert_false(cordon_value_append(dict, cordon_value_int(1)));
    assert_false(cordon_value_dict_add(dict, cordon_value_list(), cordon_value_int(1)));
    assert_false(cordon_value_append(set, cordon_value_dict()));
    assert_true(cordon_value_append(set, cordon_value_frozen_set()));
    cordon_value_destroy(copy);
    cordon_value_destroy(one_more);
    cordon_value_destroy(dict);
    cordon_value_destroy(set);
}

static void accessors_answer_nothing_of_another_kind(void **state)
{
    int64_t number = 5;
    uint64_t unsigned_number = 5;
    double real = 5;
    size_t size = 5;
    cordon_moment moment;
    cordon_value *big = cordon_value_unsigned(UINT64_MAX), *negative = cordon_value_int(-1),
                 *text = cordon_value_text("x");
    (void)state;
    assert_false(cordon_value_get_int(big, &number));
    assert_int_equal(number, 0);
    assert_false(cordon_value_get_unsigned(negative, &unsigned_number));
    assert_false(cordon_value_get_float(text, &real));
    assert_null(cordon_value_get_text(big, &size));
    assert_int_equal(size, 0);
    assert_false(cordon_value_get_moment(text, &moment));
    assert_int_equal(cordon_value_count(text), 0);
    assert_null(cordon_value_at(text, 0));
    assert_int_equal(cordon_value_get_kind(NULL), CORDON_VALUE_NONE);
    cordon_value_destroy(big);
    cordon_value_destroy(negative);
    cordon_value_destroy(text);
}

/* A few bytes shall not buy megabytes. */
static void claims_take_no_memory(void **state)
{
    static const struct {
        const char *data;
        size_t size;
    } claims[] = {{"\xdd\xff\xff\xff\xff", 5},
                  {"\xdf\xff\xff\xff\xff", 5},
                  {"\xdb\xff\xff\xff\xff", 5},
                  {"\xc6\xff\xff\xff\xff", 5},
                  {"\xc9\xff\xff\xff\xff\3", 6}};
    cordon_value *value;
    cordon_error error;
    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        assert_int_equal(cordon_value_from_messagepack(claims[i].data, claims[i].size, &value, &error),
                         CORDON_INVALID_ARGUMENT);
        assert_null(value);
    }
    /* Every member costs 24 bytes here, so their number has a bound of its own. */
    enum { MANY = 5 * 1024 * 1024 };
    unsigned char *many = calloc(1, MANY + 5);
    assert_non_null(many);
    memcpy(many, "\xdd\0\x50\0\0", 5);
    assert_int_equal(cordon_value_from_messagepack(many, MANY + 5, &value, &error), CORDON_INVALID_ARGUMENT);
    memcpy(many, "\xdd\0\x10\0\0", 5);
    assert_int_equal(cordon_value_from_messagepack(many, 1024 * 1024 + 5, &value, &error), CORDON_OK);
    assert_int_equal(cordon_value_count(value), 1024 * 1024);
    cordon_value_destroy(value);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_a_form_for_each_kind),
        cmocka_unit_test(dict_keeps_its_order_and_finds_keys),
        cmocka_unit_test(what_is_no_value_of_python_is_refused),
        cmocka_unit_test(containers_have_their_bounds),
        cmocka_unit_test(accessors_answer_nothing_of_another_kind),
        cmocka_unit_test(claims_take_no_memory),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
