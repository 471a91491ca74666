/* Numbers with units: what each text means, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/number.h"
#include "run_numbers.h"

typedef const char *(*parser)(const char *text, uint64_t *number_out);

static const struct number_case {
    const char *name;
    parser parse;
    const char *text;
    uint64_t number; /* 0: refused */
} number_cases[] = {
    {"bytes_plain", policy_parse_bytes, "4096", 4096},
    {"bytes_unit", policy_parse_bytes, "64M", 64u << 20},
    {"bytes_fraction", policy_parse_bytes, "1.5K", 1536},
    {"bytes_zero", policy_parse_bytes, "0", 0},
    {"bytes_negative", policy_parse_bytes, "-1", 0},
    {"bytes_unknown_unit", policy_parse_bytes, "1T", 0},
    {"bytes_too_large", policy_parse_bytes, "18446744073709551615G", 0},
    {"bytes_would_mean_none", policy_parse_bytes, "18446744073709551615", 0},
    {"bytes_two_points", policy_parse_bytes, "1.2.3", 0},
    {"bytes_empty", policy_parse_bytes, "", 0},
    {"duration_seconds", policy_parse_duration, "2", 2000000000},
    {"duration_fraction", policy_parse_duration, "1.5s", 1500000000},
    {"duration_milliseconds", policy_parse_duration, "200ms", 200000000},
    {"duration_microseconds", policy_parse_duration, "50us", 50000},
    {"duration_minutes", policy_parse_duration, "2m", 120000000000},
    {"duration_hours", policy_parse_duration, "1h", 3600000000000},
    {"duration_unit_alone", policy_parse_duration, "ms", 0},
    {"duration_zero", policy_parse_duration, "0s", 0},
    {"count_plain", policy_parse_count, "1000", 1000},
    {"count_unit", policy_parse_count, "20M", 20000000},
    {"count_space", policy_parse_count, "20 M", 0},
    {"moment_epoch", run_parse_moment, "1767225600", 1767225600000000000},
    {"moment_day", run_parse_moment, "2026-01-01", 1767225600000000000},
    {"moment_whole", run_parse_moment, "2026-01-01T00:00:01Z", 1767225601000000000},
    {"moment_without_z", run_parse_moment, "2024-02-29T12:30:00", 1709209800000000000},
    {"moment_no_leap_day", run_parse_moment, "2026-02-29", 0},
    {"moment_month_13", run_parse_moment, "2026-13-01", 0},
    {"moment_before_epoch", run_parse_moment, "1969-12-31", 0},
    {"moment_trailing_text", run_parse_moment, "2026-01-01T00:00:01Zx", 0},
    {"moment_words", run_parse_moment, "soon", 0},
};

static void text_means_number(void **state)
{
    const struct number_case *line = *state;
    uint64_t number = 0;

    const char *complaint = line->parse(line->text, &number);

    if (line->number == 0) {
        assert_non_null(complaint);
    } else {
        assert_null(complaint);
        assert_true(number == line->number);
    }
}

int main(void)
{
    enum { LINES = sizeof number_cases / sizeof *number_cases };
    struct CMUnitTest tests[LINES];
    for (int i = 0; i < LINES; i++)
        tests[i] = (struct CMUnitTest){.name = number_cases[i].name, .test_func = text_means_number, .initial_state = (void *)&number_cases[i]};
    return cmocka_run_group_tests_name("run_numbers", tests, NULL, NULL);
}
