/* Hides from the sealed layer that time is a number which only this file moves, or the host's. */
#include "sealed/clock.h"

#include "broker_internal.h"
#include "cordon/exit_code.h"
#include "sealed/fatal.h"
#include "sealed/thread.h"

#include <stdbool.h>

static uint64_t monotonic_ns;
static uint64_t wall_start_ns =
    SEALED_CLOCK_DEFAULT_START_NS; /* wall time when monotonic_ns was 0; may wrap, their sum does not. In fixed mode: always */
static uint64_t process_cpu_ns;
static uint64_t thread_cpu_ns; /* of the running thread: the scheduler swaps it */
static bool is_registered;

static uint64_t plus(uint64_t left, uint64_t right)
{
    return left > UINT64_MAX - 1 - right ? UINT64_MAX - 1 : left + right; /* UINT64_MAX means never */
}

static enum sealed_clock_mode mode;
static uint64_t step_ns = SEALED_CLOCK_STEP_NS;
static uint64_t host_start_ns; /* the host's monotonic clock when monotonic_ns was 0 */
static bool has_host_start;

void sealed_clock_set_mode(enum sealed_clock_mode wanted, uint64_t wanted_step_ns)
{
    mode = wanted;
    step_ns = wanted_step_ns ? wanted_step_ns : SEALED_CLOCK_STEP_NS;
}

bool sealed_clock_is_real(void)
{
    return mode == SEALED_CLOCK_REAL;
}

void sealed_clock_run_ns(uint64_t ns)
{
    if (!is_registered)
        is_registered = sealed_thread_register_local(&thread_cpu_ns, sizeof thread_cpu_ns) == 0;
    if (mode != SEALED_CLOCK_REAL)
        monotonic_ns = plus(monotonic_ns, ns);
    process_cpu_ns = plus(process_cpu_ns, ns);
    thread_cpu_ns = plus(thread_cpu_ns, ns);
}

void sealed_clock_wait_until_ns(uint64_t until_ns)
{
    if (until_ns > monotonic_ns && until_ns != SEALED_CLOCK_NEVER)
        monotonic_ns = until_ns;
}

/* The host's monotonic clock began at another time; a wait that was told in round numbers may be ahead of it for a moment, and time then stands. */
void sealed_clock_follow(void)
{
    if (mode != SEALED_CLOCK_REAL || !broker_is_there())
        return;
    broker_begin(CORDON_BROKER_CLOCK_READ);
    if (broker_ask() != 0)
        sealed_fatal("the host does not tell its clock", CORDON_EXIT_CRASHED);
    uint64_t wall_ns = (uint64_t)broker_take_integer(), host_ns = (uint64_t)broker_take_integer();
    if (!broker_is_complete())
        sealed_fatal("the host does not tell its clock", CORDON_EXIT_CRASHED);
    if (!has_host_start)
        host_start_ns = host_ns - monotonic_ns;
    has_host_start = true;
    sealed_clock_wait_until_ns(host_ns - host_start_ns);
    wall_start_ns = wall_ns - monotonic_ns;
}

static void read_clock(void)
{
    sealed_clock_run_ns(step_ns);
    sealed_clock_follow();
}

static uint64_t wall_ns_now(void)
{
    return mode == SEALED_CLOCK_FIXED ? wall_start_ns : wall_start_ns + monotonic_ns;
}

uint64_t sealed_clock_now_ns(void)
{
    read_clock();
    return wall_ns_now();
}

uint64_t sealed_clock_coarse_ns(void)
{
    sealed_clock_run_ns(step_ns);
    return wall_ns_now();
}

uint64_t sealed_clock_monotonic_ns(void)
{
    read_clock();
    return monotonic_ns;
}

uint64_t sealed_clock_process_cpu_ns(void)
{
    sealed_clock_run_ns(step_ns);
    return process_cpu_ns;
}

uint64_t sealed_clock_thread_cpu_ns(void)
{
    sealed_clock_run_ns(step_ns);
    return thread_cpu_ns;
}

uint64_t sealed_clock_peek_ns(void)
{
    return monotonic_ns;
}

uint64_t sealed_clock_monotonic_of_wall_ns(uint64_t wall_ns)
{
    sealed_clock_follow();
    uint64_t now_ns = wall_ns_now();

    return wall_ns > now_ns ? plus(monotonic_ns, wall_ns - now_ns) : 0;
}

void sealed_clock_set_wall_ns(uint64_t wall_ns)
{
    /* Unsigned wrap-around is meant: a wall clock set before the sandbox's age still adds up. */
    wall_start_ns = mode == SEALED_CLOCK_FIXED ? wall_ns : wall_ns - monotonic_ns;
}

void sealed_clock_restart(void)
{
    has_host_start = false;
    monotonic_ns = process_cpu_ns = thread_cpu_ns = 0;
    wall_start_ns = SEALED_CLOCK_DEFAULT_START_NS;
}
