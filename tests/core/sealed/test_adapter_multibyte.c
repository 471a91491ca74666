/* UTF-8 as libc's own C.UTF-8 reads and writes it: both are asked the same questions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

size_t cordon_bind_mbrtowc(wchar_t *character_out, const char *text, size_t size, mbstate_t *state);
size_t cordon_bind_wcrtomb(char *text, wchar_t character, mbstate_t *state);
int cordon_bind_mbtowc(wchar_t *character_out, const char *text, size_t size);
size_t cordon_bind_mbstowcs(wchar_t *target, const char *text, size_t count);
size_t cordon_bind_wcstombs(char *target, const wchar_t *text, size_t size);
size_t cordon_bind_wcsrtombs(char *target, const wchar_t **source, size_t size, mbstate_t *state);

/* libc waits for the third byte of what no third byte can make valid; the sandbox says so at once. */
static int cannot_become_valid(const unsigned char *bytes, size_t size)
{
    unsigned char longer[4] = {0x80, 0x80, 0x80, 0x80};
    mbstate_t fresh = {0};
    wchar_t character;

    memcpy(longer, bytes, size);
    return mbrtowc(&character, (const char *)longer, 4, &fresh) == (size_t)-1;
}

static void compare_decoding(const unsigned char *bytes, size_t size)
{
    mbstate_t ours = {0}, theirs = {0};
    wchar_t our_character = 0, their_character = 0;
    size_t our_length = cordon_bind_mbrtowc(&our_character, (const char *)bytes, size, &ours);
    size_t their_length = mbrtowc(&their_character, (const char *)bytes, size, &theirs);

    if (bytes[0] > 0xf4 ||
        (bytes[0] == 0xf4 && size > 1 && bytes[1] > 0x8f)) { /* beyond Unicode, where some libcs go on */
        assert_int_equal(our_length, (size_t)-1);
        return;
    }
    if (our_length == (size_t)-1 && their_length == (size_t)-2 && cannot_become_valid(bytes, size))
        return;
    if (our_length != their_length || our_character != their_character)
        fail_msg("%02x %02x %02x %02x (%zu bytes): %zd U+%x, libc says %zd U+%x", bytes[0], bytes[1], bytes[2],
                 bytes[3], size, (ssize_t)our_length, (unsigned)our_character, (ssize_t)their_length,
                 (unsigned)their_character);
}

static void every_start_of_a_character_decodes_as_in_libc(void **state)
{
    static const unsigned char interesting[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                                0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff};
    (void)state;

    for (unsigned pair = 0; pair < 65536; pair++) {
        for (size_t third = 0; third < sizeof interesting; third++) {
            unsigned char bytes[4] = {(unsigned char)(pair >> 8), (unsigned char)pair, interesting[third], 0x80};
            for (size_t size = 1; size <= 4; size++)
                compare_decoding(bytes, size);
        }
    }
}

static void every_character_encodes_as_in_libc_and_back(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 0x110000; value++) {
        char ours[MB_LEN_MAX], theirs[MB_LEN_MAX];
        mbstate_t fresh = {0};
        wchar_t back;
        size_t our_length = cordon_bind_wcrtomb(ours, (wchar_t)value, NULL),
               their_length = wcrtomb(theirs, (wchar_t)value, &fresh);
        if (our_length != their_length || (our_length != (size_t)-1 && memcmp(ours, theirs, our_length) != 0))
            fail_msg("U+%x: %zd bytes, libc says %zd", value, (ssize_t)our_length, (ssize_t)their_length);
        if (our_length != (size_t)-1 && value != 0) {
            assert_int_equal(cordon_bind_mbtowc(&back, ours, our_length), our_length);
            assert_int_equal(back, value);
        }
    }
}

static void a_character_may_arrive_byte_by_byte(void **state)
{
    static const char euro[] = "\xe2\x82\xac";
    mbstate_t partial = {0};
    wchar_t character = 0;
    (void)state;

    assert_int_equal(cordon_bind_mbrtowc(&character, euro, 1, &partial), (size_t)-2);
    assert_int_equal(cordon_bind_mbrtowc(&character, euro + 1, 1, &partial), (size_t)-2);
    assert_int_equal(cordon_bind_mbrtowc(&character, euro + 2, 1, &partial), 1);
    assert_int_equal(character, 0x20ac);
    assert_int_equal(cordon_bind_mbrtowc(&character, euro, 2, &partial), (size_t)-2);
    errno = 0;
    assert_int_equal(cordon_bind_mbrtowc(&character, "A", 1, &partial), (size_t)-1);
    assert_int_equal(errno, EILSEQ);
}

static void whole_strings_convert_both_ways(void **state)
{
    static const char text[] = "Gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x8d";
    wchar_t wide[20];
    char back[40];
    const wchar_t *source = wide;
    (void)state;

    assert_int_equal(cordon_bind_mbstowcs(NULL, text, 0), 6);
    assert_int_equal(cordon_bind_mbstowcs(wide, text, 20), 6);
    assert_int_equal(wide[5], 0x1f40d);
    assert_int_equal(wide[6], 0);
    assert_int_equal(cordon_bind_mbstowcs(wide, text, 3), 3);
    assert_int_equal(wide[3], 0xdf);
    assert_int_equal(cordon_bind_wcstombs(NULL, wide, 0), sizeof text - 1);
    assert_int_equal(cordon_bind_wcstombs(back, wide, sizeof back), sizeof text - 1);
    assert_string_equal(back, text);
    assert_int_equal(cordon_bind_wcsrtombs(back, &source, 3, NULL), 2); /* the third character does not fit whole */
    assert_ptr_equal(source, wide + 2);
    assert_int_equal(cordon_bind_mbstowcs(wide, "a\xff", 20), (size_t)-1);
    wide[0] = 0xd800;
    assert_int_equal(cordon_bind_wcstombs(back, wide, sizeof back), (size_t)-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_start_of_a_character_decodes_as_in_libc),
        cmocka_unit_test(every_character_encodes_as_in_libc_and_back),
        cmocka_unit_test(a_character_may_arrive_byte_by_byte),
        cmocka_unit_test(whole_strings_convert_both_ways),
    };

    if (!setlocale(LC_ALL, "C.UTF-8"))
        return fputs("no C.UTF-8 to compare with\n", stderr), 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
