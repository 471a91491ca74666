/* Clocks, timers, sleeping, and the host's time zone. Clock numbers and flags are the host's own (CLOCK_*, TIMER_ABSTIME, TFD_*).
 * Threads: any, except that host_time_load_zone changes the process's zone for all threads. */
#ifndef HOST_ENV_TIME_H
#define HOST_ENV_TIME_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* A moment or a duration: seconds and 0 to 999,999,999 ns on top. */
typedef struct host_time {
    int64_t seconds;
    int64_t nanoseconds;
} host_time;

/* A broken-down date; fields as struct tm has them (month from 0, year from 1900). */
typedef struct host_time_calendar {
    int second, minute, hour, day, month, year, weekday, day_of_year, is_summer_time;
    int64_t utc_offset_seconds;
    const char *zone; /* static text of the host, valid for the life of the process; may be NULL */
} host_time_calendar;

/* INVALID_ARGUMENT: no such clock. */
host_status host_time_clock(host_env *env, int clock, host_time *time_out, host_error *error);
host_status host_time_clock_resolution(host_env *env, int clock, host_time *resolution_out, host_error *error);
host_status host_time_set_clock(host_env *env, int clock, const host_time *time, host_error *error);
/* The wall clock, in microseconds; set likewise. */
host_status host_time_of_day(host_env *env, host_time *time_out, host_error *error);
host_status host_time_set_of_day(host_env *env, const host_time *time, host_error *error);
host_status host_time_seconds(host_env *env, int64_t *seconds_out, host_error *error);
/* Processor time that this process has used. */
host_status host_time_processor_clock(host_env *env, int64_t *microseconds_out, host_error *error);

/* Waits for `time`, or until it if flags say TIMER_ABSTIME. INTERRUPTED: *remaining_out (may be NULL) holds what is left of a duration. */
host_status host_time_sleep(host_env *env, int clock, int flags, const host_time *time, host_time *remaining_out, host_error *error);
host_status host_time_sleep_for(host_env *env, const host_time *duration, host_time *remaining_out, host_error *error);

typedef struct host_time_timer {
    host_time interval; /* zero: rings once */
    host_time value;    /* zero: stopped */
} host_time_timer;

/* A descriptor that becomes readable when the timer rings; the caller owns *fd_out. */
host_status host_time_timer_create(host_env *env, int clock, int flags, int *fd_out, host_error *error);
/* `previous_out` may be NULL. */
host_status host_time_timer_arm(host_env *env, int fd, int flags, const host_time_timer *timer, host_time_timer *previous_out, host_error *error);
host_status host_time_timer_left(host_env *env, int fd, host_time_timer *timer_out, host_error *error);

/* TOO_LARGE: the year does not fit. The local ones read the host's zone database if the zone has not been read yet. */
host_status host_time_calendar_local(host_env *env, int64_t seconds, host_time_calendar *calendar_out, host_error *error);
host_status host_time_calendar_utc(host_env *env, int64_t seconds, host_time_calendar *calendar_out, host_error *error);
/* Normalises *calendar (fields may be out of range on the way in) and tells its time. TOO_LARGE: no such time. */
host_status host_time_from_calendar(host_env *env, host_time_calendar *calendar, int64_t *seconds_out, host_error *error);
/* Text as strftime makes it. *length_out: bytes without the NUL; 0 if `size` was too small or the text is empty, as strftime has it. */
host_status host_time_format(host_env *env, const char *format, const host_time_calendar *calendar, char *text_out, size_t size, size_t *length_out,
                             host_error *error);
/* Reads the zone again: the variable TZ, and the host's database. */
host_status host_time_load_zone(host_env *env, host_error *error);

#endif
