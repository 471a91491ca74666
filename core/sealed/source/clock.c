/* Hides from the sealed layer that time is a number which only this file moves. */
#include "sealed/clock.h"

#include "sealed/thread.h"

#include <stdbool.h>

static uint64_t monotonic_ns;
static uint64_t wall_start_ns =
    SEALED_CLOCK_DEFAULT_START_NS; /* wall time when monotonic_ns was 0; may wrap, their sum does not */
static uint64_t process_cpu_ns;
static uint64_t thread_cpu_ns; /* of the running thread: the scheduler swaps it */
static bool is_registered;

static uint64_t plus(uint64_t left, uint64_t right)
{
    return left > UINT64_MAX - 1 - right ? UINT64_MAX - 1 : left + right; /* UINT64_MAX means never */
}

void sealed_clock_run_ns(uint64_t ns)
{
    if (!is_registered)
        is_registered = sealed_thread_register_local(&thread_cpu_ns, sizeof thread_cpu_ns) == 0;
    monotonic_ns = plus(monotonic_ns, ns);
    process_cpu_ns = plus(process_cpu_ns, ns);
    thread_cpu_ns = plus(thread_cpu_ns, ns);
}

void sealed_clock_wait_until_ns(uint64_t until_ns)
{
    if (until_ns > monotonic_ns && until_ns != SEALED_CLOCK_NEVER)
        monotonic_ns = until_ns;
}

uint64_t sealed_clock_now_ns(void)
{
    sealed_clock_run_ns(SEALED_CLOCK_STEP_NS);
    return wall_start_ns + monotonic_ns;
}

uint64_t sealed_clock_monotonic_ns(void)
{
    sealed_clock_run_ns(SEALED_CLOCK_STEP_NS);
    return monotonic_ns;
}

uint64_t sealed_clock_process_cpu_ns(void)
{
    sealed_clock_run_ns(SEALED_CLOCK_STEP_NS);
    return process_cpu_ns;
}

uint64_t sealed_clock_thread_cpu_ns(void)
{
    sealed_clock_run_ns(SEALED_CLOCK_STEP_NS);
    return thread_cpu_ns;
}

uint64_t sealed_clock_peek_ns(void)
{
    return monotonic_ns;
}

uint64_t sealed_clock_monotonic_of_wall_ns(uint64_t wall_ns)
{
    uint64_t now_ns = wall_start_ns + monotonic_ns;

    return wall_ns > now_ns ? plus(monotonic_ns, wall_ns - now_ns) : 0;
}

void sealed_clock_set_wall_ns(uint64_t wall_ns)
{
    /* Unsigned wrap-around is meant: a wall clock set before the sandbox's age still adds up. */
    wall_start_ns = wall_ns - monotonic_ns;
}

void sealed_clock_restart(void)
{
    monotonic_ns = process_cpu_ns = thread_cpu_ns = 0;
    wall_start_ns = SEALED_CLOCK_DEFAULT_START_NS;
}
