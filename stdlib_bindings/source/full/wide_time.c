/* wcsftime on host_env's byte-wise time_format. Only conversions pass through it; wide text between them is copied as it is, so characters that
 * the locale cannot encode survive. */
#include "bindings/bind.h"
#include "prototypes.h"

/* A conversion such as %_10EY is ASCII: flags, width, modifier, letter. Returns its length, 0 if the format ends within it. */
static size_t conversion_length(const wchar_t *format)
{
    size_t length = 1;
    while (format[length] != L'\0' && wcschr(L"_-0^#+", format[length]) != NULL) length++;
    while (format[length] >= L'0' && format[length] <= L'9') length++;
    while (format[length] == L'E' || format[length] == L'O') length++;
    return format[length] == L'\0' ? 0 : length + 1;
}

/* Writes one conversion; returns how many characters, or SIZE_MAX if it cannot be done in `room`. */
static size_t convert(wchar_t *text, size_t room, const wchar_t *format, size_t length, const struct tm *date)
{
    enum { CONVERSION_MAX = 64, RESULT_MAX = 4096 };
    char narrow[CONVERSION_MAX + 2], result[RESULT_MAX];
    if (length > CONVERSION_MAX) return SIZE_MAX;
    for (size_t i = 0; i < length; i++) {
        if (format[i] > 0x7f) return SIZE_MAX;
        narrow[i] = (char)format[i];
    }
    /* One more character tells an empty result from one that did not fit. */
    narrow[length] = '.';
    narrow[length + 1] = '\0';
    size_t size = cordon_bind_strftime(result, sizeof result, narrow, date);
    if (size == 0) return SIZE_MAX;
    result[size - 1] = '\0';
    size_t count = mbstowcs(NULL, result, 0);
    if (count == SIZE_MAX || count >= room) return SIZE_MAX;
    return mbstowcs(text, result, room);
}

size_t cordon_bind_wcsftime(wchar_t *restrict text, size_t size, const wchar_t *restrict format, const struct tm *restrict date)
{
    size_t used = 0;
    while (*format != L'\0') {
        if (used + 1 >= size) return 0;
        size_t length = *format == L'%' ? conversion_length(format) : 0;
        size_t count = 1;
        if (length == 0) {
            text[used] = *format;
            length = 1;
        } else {
            count = convert(text + used, size - used, format, length, date);
            if (count == SIZE_MAX) return 0;
        }
        used += count;
        format += length;
    }
    if (size == 0) return 0;
    text[used] = L'\0';
    return used;
}
