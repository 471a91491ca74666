/* Hides from CPython that its clocks are virtual: readings, resolutions, sleeps. */
#include "clock_convert.h"
#include "interpreter_threads.h"
#include "result.h"

#include "sealed/thread.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

enum { TICKS_PER_S = 100 }; /* sysconf(_SC_CLK_TCK) */

struct clock_row {
    clockid_t clock;
    uint64_t (*read_ns)(void);
    bool may_sleep;
};

static const struct clock_row clock_rows[] = {
    {CLOCK_REALTIME, sealed_clock_now_ns, true},
    {CLOCK_MONOTONIC, sealed_clock_monotonic_ns, true},
    {CLOCK_PROCESS_CPUTIME_ID, sealed_clock_process_cpu_ns, false},
    {CLOCK_THREAD_CPUTIME_ID, sealed_clock_thread_cpu_ns, false},
    {THREAD_CLOCK_OF_SELF, sealed_clock_thread_cpu_ns, false},
    {CLOCK_MONOTONIC_RAW, sealed_clock_monotonic_ns, false},
    {CLOCK_REALTIME_COARSE, sealed_clock_now_ns, false},
    {CLOCK_MONOTONIC_COARSE, sealed_clock_monotonic_ns, false},
    {CLOCK_BOOTTIME, sealed_clock_monotonic_ns, true},
    {CLOCK_TAI, sealed_clock_now_ns, false},
};

static const struct clock_row *row_of(clockid_t clock)
{
    for (size_t i = 0; i < sizeof clock_rows / sizeof clock_rows[0]; i++)
        if (clock_rows[i].clock == clock)
            return &clock_rows[i];
    errno = EINVAL;
    return NULL;
}

int cordon_bind_clock_gettime(clockid_t clock, struct timespec *time_out)
{
    const struct clock_row *row = row_of(clock);

    if (!row)
        return -1;
    sandbox_interpreter_looked_at_clock();
    *time_out = timespec_of_ns(row->read_ns());
    return 0;
}

int cordon_bind_clock_getres(clockid_t clock, struct timespec *resolution_out)
{
    if (!row_of(clock))
        return -1;
    if (resolution_out)
        *resolution_out = timespec_of_ns(SEALED_CLOCK_STEP_NS);
    return 0;
}

/* The wall clock is the host's to set, not the guest's. */
int cordon_bind_clock_settime(clockid_t clock, const struct timespec *time)
{
    (void)time;
    return row_of(clock) ? sandbox_refuse(EPERM) : -1;
}

int cordon_bind_gettimeofday(struct timeval *time_out, void *zone)
{
    uint64_t now_ns = sealed_clock_now_ns();

    (void)zone;
    *time_out = (struct timeval){.tv_sec = (time_t)(now_ns / NS_PER_S),
                                 .tv_usec = (suseconds_t)(now_ns % NS_PER_S / NS_PER_US)};
    return 0;
}

time_t cordon_bind_time(time_t *time_out)
{
    time_t now = (time_t)(sealed_clock_now_ns() / NS_PER_S);

    if (time_out)
        *time_out = now;
    return now;
}

clock_t cordon_bind_clock(void)
{
    return (clock_t)(sealed_clock_process_cpu_ns() / (NS_PER_S / CLOCKS_PER_SEC));
}

clock_t cordon_bind_times(struct tms *times_out)
{
    uint64_t now_ns = sealed_clock_monotonic_ns();

    if (times_out)
        *times_out = (struct tms){.tms_utime = (clock_t)(sealed_clock_process_cpu_ns() / (NS_PER_S / TICKS_PER_S))};
    return (clock_t)(now_ns / (NS_PER_S / TICKS_PER_S));
}

int cordon_bind_getrusage(int who, struct rusage *usage_out)
{
    uint64_t cpu_ns;

    if (who == RUSAGE_SELF)
        cpu_ns = sealed_clock_process_cpu_ns();
    else if (who == RUSAGE_CHILDREN)
        cpu_ns = 0;
    else if (who == 1) /* RUSAGE_THREAD, which headers hide without _GNU_SOURCE */
        cpu_ns = sealed_clock_thread_cpu_ns();
    else
        return sandbox_refuse(EINVAL);
    *usage_out = (struct rusage){
        .ru_utime = {.tv_sec = (time_t)(cpu_ns / NS_PER_S), .tv_usec = (suseconds_t)(cpu_ns % NS_PER_S / NS_PER_US)}};
    return 0;
}

/* As clock_nanosleep: answers an error number. The rest is always zero: who was interrupted (the host interrupts, and nobody else) asks for none. */
int cordon_bind_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *rest_out)
{
    const struct clock_row *row = row_of(clock);
    uint64_t deadline_ns;

    if (!row)
        return EINVAL;
    if (!row->may_sleep)
        return EOPNOTSUPP;
    if (request->tv_sec < 0 || request->tv_nsec < 0 || request->tv_nsec >= NS_PER_S)
        return EINVAL;
    if (flags & TIMER_ABSTIME) {
        deadline_of(clock, request, &deadline_ns);
    } else {
        ns_of_timespec(request, &deadline_ns);
        deadline_ns = deadline_in(deadline_ns);
    }
    if (sealed_thread_sleep_until(deadline_ns) != 0)
        return EINTR; /* CPython sleeps until a moment, and needs no rest */
    if (rest_out && !(flags & TIMER_ABSTIME))
        *rest_out = (struct timespec){0};
    return 0;
}

int cordon_bind_nanosleep(const struct timespec *request, struct timespec *rest_out)
{
    int error_number = cordon_bind_clock_nanosleep(CLOCK_REALTIME, 0, request, rest_out);

    return error_number == 0 ? 0 : sandbox_refuse(error_number);
}
