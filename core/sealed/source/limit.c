/* Hides from who trips a limit how the host hears of it; holds the fuel counter. */
#include "sealed/limit.h"

#include "sealed/fatal.h"

#include <limits.h>
#include <stdbool.h>

enum { MESSAGE_BYTES_MAX = 400, WHERE_BYTES_MAX = 256, NUMBER_BYTES_MAX = 21 };

/* The patched evaluation loop counts down from here at every entered frame and backward jump, so nothing but a number
 * may stand here. */
int64_t sealed_fuel_left = INT64_MAX;
int sealed_recursion_max = INT_MAX;

static uint64_t maxima[CORDON_LIMIT_COUNT];
static bool is_named[CORDON_LIMIT_COUNT];
static bool guest_runs;
static int64_t fuel_at_begin = INT64_MAX;
static uint64_t fuel_used;
static sealed_limit_report_function report_function;
static sealed_limit_where_function where_function;

static const struct {
    const char *name, *unit;
} texts[] = {
#define TEXT(name, text, initial, unit, outcome, who) [CORDON_LIMIT_##name] = {text, unit},
    CORDON_LIMIT_TABLE(TEXT)
#undef TEXT
};

const char *sealed_limit_name(enum cordon_limit limit)
{
    return texts[limit].name;
}

void sealed_limit_set(enum cordon_limit limit, uint64_t maximum)
{
    maxima[limit] = maximum;
    is_named[limit] = maximum != CORDON_LIMIT_NONE;
    if (limit == CORDON_LIMIT_RECURSION)
        sealed_recursion_max = maximum < INT_MAX ? (int)maximum : INT_MAX;
}

/* --- the guest's time --- */

void sealed_limits_begin(void)
{
    guest_runs = true;
    fuel_at_begin = is_named[CORDON_LIMIT_FUEL] && maxima[CORDON_LIMIT_FUEL] < INT64_MAX
                        ? (int64_t)maxima[CORDON_LIMIT_FUEL]
                        : INT64_MAX;
    sealed_fuel_left = fuel_at_begin;
}

void sealed_limits_renew(void)
{
    uint64_t used = sealed_fuel_used();

    if (!guest_runs)
        return;
    sealed_limits_begin();
    sealed_fuel_left = used < (uint64_t)fuel_at_begin ? fuel_at_begin - (int64_t)used : 0;
}

void sealed_limits_end(void)
{
    fuel_used = sealed_fuel_used();
    guest_runs = false;
    sealed_fuel_left = INT64_MAX; /* the worker's own Python code is not the guest's to pay for */
}

uint64_t sealed_fuel_used(void)
{
    return guest_runs ? (uint64_t)(fuel_at_begin - sealed_fuel_left) : fuel_used;
}

const int64_t *sealed_fuel_given_place(void)
{
    return &fuel_at_begin;
}

/* --- reaching one --- */

static size_t append(char *buffer, size_t used, const char *text)
{
    while (*text && used < MESSAGE_BYTES_MAX - 1)
        buffer[used++] = *text++;
    buffer[used] = '\0';
    return used;
}

static size_t append_number(char *buffer, size_t used, uint64_t number)
{
    char digits[NUMBER_BYTES_MAX], *first = digits + sizeof digits - 1;

    *first = '\0';
    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    return append(buffer, used, first);
}

static _Noreturn void say_and_leave(enum cordon_limit limit, uint64_t figure, uint64_t maximum, const char *where)
{
    static char message[MESSAGE_BYTES_MAX]; /* not on the stack, of which too much may be in use */
    size_t used = append(message, 0, texts[limit].name);

    used = append(message, used, ", ");
    used = append_number(message, used, figure);
    used = append(message, used, " of ");
    used = append_number(message, used, maximum);
    used = append(message, used, " ");
    used = append(message, used, texts[limit].unit);
    if (*where) {
        used = append(message, used, ", at ");
        used = append(message, used, where);
    }
    sealed_fatal_detail("a limit was reached", message, CORDON_EXIT_LIMIT);
}

_Noreturn void sealed_limit_reached(enum cordon_limit limit, uint64_t figure, uint64_t maximum)
{
    static char where[WHERE_BYTES_MAX];
    sealed_limit_report_function report = report_function;

    fuel_used = sealed_fuel_used();
    guest_runs = false; /* what follows must not trip over a limit itself */
    if (where_function)
        where_function(where, sizeof where);
    if (!report)
        say_and_leave(limit, figure, maximum, where);
    report_function = NULL;
    report(limit, figure, maximum, where);
    sealed_exit_set_leave(NULL);
    sealed_exit_now(CORDON_EXIT_LIMIT);
}

_Noreturn void sealed_stack_exhausted(size_t stack_bytes, bool heap_is_whole)
{
    if (!heap_is_whole)
        where_function = NULL;
    sealed_limit_reached(CORDON_LIMIT_RECURSION, stack_bytes, stack_bytes);
}

void sealed_limit_refused(enum cordon_limit limit, uint64_t figure)
{
    if (guest_runs && is_named[limit])
        sealed_limit_reached(limit, figure, maxima[limit]);
}

_Noreturn void sealed_fuel_exhausted(void)
{
    sealed_limit_reached(CORDON_LIMIT_FUEL, (uint64_t)fuel_at_begin + 1, (uint64_t)fuel_at_begin);
}

_Noreturn void sealed_recursion_exhausted(int depth)
{
    uint64_t maximum = is_named[CORDON_LIMIT_RECURSION] ? maxima[CORDON_LIMIT_RECURSION] : (uint64_t)depth;

    sealed_limit_reached(CORDON_LIMIT_RECURSION, (uint64_t)depth, maximum);
}

void sealed_limit_set_report(sealed_limit_report_function report)
{
    report_function = report;
}

void sealed_limit_set_where(sealed_limit_where_function where)
{
    where_function = where;
}
