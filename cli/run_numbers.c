/* Hides from `cordon run` how people write moments. */
#include "run_numbers.h"

#include <stdbool.h>
#include <string.h>

#include "policy/number.h"

/* Exactly `digits` digits. */
static bool take_field(const char **text, int digits, int low, int high, int *number_out)
{
    int number = 0;
    for (int i = 0; i < digits; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return false;
        number = number * 10 + (**text - '0');
    }
    *number_out = number;
    return number >= low && number <= high;
}

static bool take_character(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    ++*text;
    return true;
}

/* Days from 1970-01-01; the months are counted from March, so that a leap day is the last of its year. */
static uint64_t days_of(int year, int month, int day)
{
    unsigned shifted = (unsigned)(month > 2 ? year : year - 1), from_march = (unsigned)(month + 9) % 12;
    return shifted * 365u + shifted / 4 - shifted / 100 + shifted / 400 + (from_march * 306 + 5) / 10 + (unsigned)day - 1 - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

const char *run_parse_moment(const char *text, uint64_t *nanoseconds_out)
{
    static const char wanted[] = "needs a moment such as 2026-01-31T12:00:00Z, or seconds since 1970";
    int year, month, day, hour = 0, minute = 0, second = 0;
    *nanoseconds_out = 0;
    if (strcmp(text, "0") == 0) /* which is no duration */
        return NULL;
    if (text[strspn(text, "0123456789.")] == '\0')
        return policy_parse_duration(text, nanoseconds_out) == NULL ? NULL : wanted;
    if (!take_field(&text, 4, 1970, 2500, &year) || !take_character(&text, '-') || !take_field(&text, 2, 1, 12, &month) ||
        !take_character(&text, '-') || !take_field(&text, 2, 1, 31, &day) || !is_day(year, month, day))
        return wanted;
    if (take_character(&text, 'T') &&
        (!take_field(&text, 2, 0, 23, &hour) || !take_character(&text, ':') || !take_field(&text, 2, 0, 59, &minute) ||
         !take_character(&text, ':') || !take_field(&text, 2, 0, 59, &second)))
        return wanted;
    (void)take_character(&text, 'Z');
    *nanoseconds_out = (((days_of(year, month, day) * 24 + (uint64_t)hour) * 60 + (uint64_t)minute) * 60 + (uint64_t)second) * 1000000000u;
    return *text == '\0' ? NULL : wanted;
}
