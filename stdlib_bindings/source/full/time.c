/* Clocks, sleeping and the time zone: libc's signatures on host_env/time.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "prototypes.h"

BIND_HOT int cordon_bind_clock_gettime(clockid_t clock, struct timespec *time_out)
{
    host_time time;
    if (BIND(time_clock, clock, &time) != 0) return -1;
    *time_out = bind_timespec(&time);
    return 0;
}

int cordon_bind_clock_getres(clockid_t clock, struct timespec *resolution_out)
{
    host_time resolution;
    if (BIND(time_clock_resolution, clock, &resolution) != 0) return -1;
    if (resolution_out != NULL) *resolution_out = bind_timespec(&resolution);
    return 0;
}

int cordon_bind_clock_settime(clockid_t clock, const struct timespec *value)
{
    host_time time = bind_time(value);
    return BIND(time_set_clock, clock, &time);
}

/* Unlike nanosleep it returns the error number. */
int cordon_bind_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *remaining)
{
    host_time time = bind_time(request), left = { 0, 0 };
    int code = BIND_CODE(time_sleep, clock, flags, &time, &left);
    if (code == EINTR && remaining != NULL) *remaining = bind_timespec(&left);
    return code;
}

int cordon_bind_nanosleep(const struct timespec *request, struct timespec *remaining)
{
    host_time time = bind_time(request), left = { 0, 0 };
    int result = BIND(time_sleep_for, &time, &left);
    if (result != 0 && remaining != NULL) *remaining = bind_timespec(&left);
    return result;
}

int cordon_bind_gettimeofday(struct timeval *restrict time_out, void *restrict zone)
{
    (void)zone; /* obsolete; libc leaves it zero as well */
    host_time time;
    if (BIND(time_of_day, &time) != 0) return -1;
    *time_out = (struct timeval){ .tv_sec = (time_t)time.seconds, .tv_usec = (suseconds_t)(time.nanoseconds / 1000) };
    return 0;
}

int cordon_bind_settimeofday(const struct timeval *value, const struct timezone *zone)
{
    if (value == NULL || zone != NULL) {
        errno = EINVAL;
        return -1;
    }
    host_time time = { .seconds = value->tv_sec, .nanoseconds = (int64_t)value->tv_usec * 1000 };
    return BIND(time_set_of_day, &time);
}

time_t cordon_bind_time(time_t *time_out)
{
    int64_t seconds;
    if (BIND(time_seconds, &seconds) != 0) return (time_t)-1;
    if (time_out != NULL) *time_out = (time_t)seconds;
    return (time_t)seconds;
}

clock_t cordon_bind_clock(void)
{
    int64_t microseconds;
    _Static_assert(CLOCKS_PER_SEC == 1000000, "host_env tells processor time in microseconds");
    return BIND(time_processor_clock, &microseconds) == 0 ? (clock_t)microseconds : (clock_t)-1;
}

static struct tm tm_of(const host_time_calendar *calendar)
{
    return (struct tm){
        .tm_sec = calendar->second, .tm_min = calendar->minute, .tm_hour = calendar->hour, .tm_mday = calendar->day,
        .tm_mon = calendar->month, .tm_year = calendar->year, .tm_wday = calendar->weekday, .tm_yday = calendar->day_of_year,
        .tm_isdst = calendar->is_summer_time, .tm_gmtoff = (long)calendar->utc_offset_seconds, .tm_zone = calendar->zone,
    };
}

static host_time_calendar calendar_of(const struct tm *date)
{
    return (host_time_calendar){
        .second = date->tm_sec, .minute = date->tm_min, .hour = date->tm_hour, .day = date->tm_mday,
        .month = date->tm_mon, .year = date->tm_year, .weekday = date->tm_wday, .day_of_year = date->tm_yday,
        .is_summer_time = date->tm_isdst, .utc_offset_seconds = date->tm_gmtoff, .zone = date->tm_zone,
    };
}

struct tm *cordon_bind_localtime_r(const time_t *restrict seconds, struct tm *restrict date_out)
{
    host_time_calendar calendar;
    if (BIND(time_calendar_local, *seconds, &calendar) != 0) return NULL;
    *date_out = tm_of(&calendar);
    return date_out;
}

struct tm *cordon_bind_gmtime_r(const time_t *restrict seconds, struct tm *restrict date_out)
{
    host_time_calendar calendar;
    if (BIND(time_calendar_utc, *seconds, &calendar) != 0) return NULL;
    *date_out = tm_of(&calendar);
    return date_out;
}

time_t cordon_bind_mktime(struct tm *date)
{
    host_time_calendar calendar = calendar_of(date);
    int64_t seconds;
    if (BIND(time_from_calendar, &calendar, &seconds) != 0) return (time_t)-1;
    *date = tm_of(&calendar);
    return (time_t)seconds;
}

void cordon_bind_tzset(void) { (void)BIND_PLAIN(time_load_zone); }

size_t cordon_bind_strftime(char *restrict text, size_t size, const char *restrict format, const struct tm *restrict date)
{
    host_time_calendar calendar = calendar_of(date);
    size_t length;
    return BIND(time_format, format, &calendar, text, size, &length) == 0 ? length : 0;
}

static struct itimerspec itimerspec_of(const host_time_timer *timer)
{
    return (struct itimerspec){ .it_interval = bind_timespec(&timer->interval), .it_value = bind_timespec(&timer->value) };
}

int cordon_bind_timerfd_create(clockid_t clock, int flags)
{
    int fd;
    return BIND(time_timer_create, clock, flags, &fd) == 0 ? fd : -1;
}

int cordon_bind_timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old_out)
{
    host_time_timer timer = { .interval = bind_time(&value->it_interval), .value = bind_time(&value->it_value) }, old;
    if (BIND(time_timer_arm, fd, flags, &timer, &old) != 0) return -1;
    if (old_out != NULL) *old_out = itimerspec_of(&old);
    return 0;
}

int cordon_bind_timerfd_gettime(int fd, struct itimerspec *value_out)
{
    host_time_timer timer;
    if (BIND(time_timer_left, fd, &timer) != 0) return -1;
    *value_out = itimerspec_of(&timer);
    return 0;
}
