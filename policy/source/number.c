/* Hides how people write sizes, times and counts. */
#include "policy/number.h"

#include <stdbool.h>
#include <stddef.h>
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

const char *policy_parse_bytes(const char *text, uint64_t *bytes_out)
{
    static const struct unit units[] = {{"", 1}, {"K", 1u << 10}, {"M", 1u << 20}, {"G", 1u << 30}};
    return take_number(text, units, sizeof units / sizeof *units, bytes_out) ? NULL : "needs a size such as 64M";
}

const char *policy_parse_duration(const char *text, uint64_t *nanoseconds_out)
{
    static const struct unit units[] = {{"", 1000000000}, {"s", 1000000000}, {"ms", 1000000},
                                        {"us", 1000},     {"m", 60000000000}, {"h", 3600000000000}};
    return take_number(text, units, sizeof units / sizeof *units, nanoseconds_out) ? NULL : "needs a time such as 1.5s, 200ms or 2m";
}

const char *policy_parse_count(const char *text, uint64_t *count_out)
{
    static const struct unit units[] = {{"", 1}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}};
    return take_number(text, units, sizeof units / sizeof *units, count_out) ? NULL : "needs a number such as 1000 or 20M";
}
