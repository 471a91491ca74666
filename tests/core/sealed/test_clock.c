/* Time is strictly increasing, starts where it was told to, and passes for no other reason than the documented ones. */
#include "sealed/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void wall_clock_starts_at_the_documented_time(void **state)
{
    (void)state;
    assert_int_equal(sealed_clock_now_ns(), SEALED_CLOCK_DEFAULT_START_NS + SEALED_CLOCK_STEP_NS);
}

static void each_reading_moves_time_by_one_step(void **state)
{
    uint64_t first = sealed_clock_monotonic_ns();
    (void)state;

    assert_int_equal(sealed_clock_monotonic_ns() - first, SEALED_CLOCK_STEP_NS);
    assert_int_equal(sealed_clock_peek_ns() - first, SEALED_CLOCK_STEP_NS);
    assert_int_equal(sealed_clock_peek_ns() - first, SEALED_CLOCK_STEP_NS);
}

static void waiting_moves_clocks_but_not_processor_time(void **state)
{
    uint64_t cpu = sealed_clock_process_cpu_ns(), target = sealed_clock_peek_ns() + 5000000000ull;
    (void)state;

    sealed_clock_wait_until_ns(target);
    assert_int_equal(sealed_clock_peek_ns(), target);
    sealed_clock_wait_until_ns(target - 1);
    assert_int_equal(sealed_clock_peek_ns(), target);
    sealed_clock_wait_until_ns(SEALED_CLOCK_NEVER);
    assert_int_equal(sealed_clock_peek_ns(), target);
    assert_int_equal(sealed_clock_process_cpu_ns() - cpu, SEALED_CLOCK_STEP_NS);
    sealed_clock_run_ns(1000000);
    assert_int_equal(sealed_clock_process_cpu_ns() - cpu, 2 * SEALED_CLOCK_STEP_NS + 1000000);
}

static void wall_clock_can_be_set_and_converted(void **state)
{
    uint64_t monotonic = sealed_clock_peek_ns();
    (void)state;

    sealed_clock_set_wall_ns(1000);
    assert_int_equal(sealed_clock_now_ns(), 1000 + SEALED_CLOCK_STEP_NS);
    assert_int_equal(sealed_clock_peek_ns(), monotonic + SEALED_CLOCK_STEP_NS);
    assert_int_equal(sealed_clock_monotonic_of_wall_ns(1000 + SEALED_CLOCK_STEP_NS + 7), sealed_clock_peek_ns() + 7);
    assert_int_equal(sealed_clock_monotonic_of_wall_ns(1), 0);
    sealed_clock_set_wall_ns(SEALED_CLOCK_DEFAULT_START_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_clock_starts_at_the_documented_time),
        cmocka_unit_test(each_reading_moves_time_by_one_step),
        cmocka_unit_test(waiting_moves_clocks_but_not_processor_time),
        cmocka_unit_test(wall_clock_can_be_set_and_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
