/* Hides from `cordon run` how people write sizes, times and counts. */
#include "run_numbers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Digits with at most one point, in units of 10^-9; false if that is not what is there or it would not fit. */
static bool take_decimal(const char **text, uint64_t *whole_out, uint64_t *billionths_out)
{
    const char *next = *text;
    uint64_t whole = 0, billionths = 0, place = 100000000;
    for (; *next >= '0' && *next <= '9'; next++) {
        if (whole > (UINT64_MAX - 9) / 10)
            return false;
        whole = whole * 10 + (uint64_t)(*next - '0');
    }
    if (next == *text)
        return false;
    if (*next == '.')
        for (next++; *next >= '0' && *next <= '9'; next++, place /= 10)
            billionths += place * (uint64_t)(*next - '0');
    *text = next;
    *whole_out = whole;
    *billionths_out = billionths;
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool take_number(const char *text, const struct unit *units, size_t unit_count, uint64_t *number_out)
{
    uint64_t whole, billionths;
    if (!take_decimal(&text, &whole, &billionths))
        return false;
    for (size_t i = 0; i < unit_count; i++) {
        uint64_t factor = units[i].factor;
        if (strcmp(text, units[i].name) != 0)
            continue;
        if (whole > UINT64_MAX / factor)
            return false;
        uint64_t part = (uint64_t)((__uint128_t)billionths * factor / 1000000000u);
        if (part > UINT64_MAX - whole * factor - 1) /* the largest number means "none" elsewhere */
            return false;
        *number_out = whole * factor + part;
        return *number_out > 0;
    }
    return false;
}

const char *run_parse_bytes(const char *text, uint64_t *bytes_out)
{
    static const struct unit units[] = {{"", 1}, {"K", 1u << 10}, {"M", 1u << 20}, {"G", 1u << 30}};
    return take_number(text, units, sizeof units / sizeof *units, bytes_out) ? NULL : "needs a size such as 64M";
}

const char *run_parse_duration(const char *text, uint64_t *nanoseconds_out)
{
    static const struct unit units[] = {{"", 1000000000}, {"s", 1000000000}, {"ms", 1000000},
                                        {"us", 1000},     {"m", 60000000000}, {"h", 3600000000000}};
    return take_number(text, units, sizeof units / sizeof *units, nanoseconds_out) ? NULL : "needs a time such as 1.5s, 200ms or 2m";
}

const char *run_parse_count(const char *text, uint64_t *count_out)
{
    static const struct unit units[] = {{"", 1}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}};
    return take_number(text, units, sizeof units / sizeof *units, count_out) ? NULL : "needs a number such as 1000 or 20M";
}

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
    static const struct unit seconds[] = {{"", 1000000000}};
    int year, month, day, hour = 0, minute = 0, second = 0;
    if (take_number(text, seconds, 1, nanoseconds_out))
        return NULL;
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
