/* Hides from everyone how the host turns times into dates, and that its zone database is read for it. */
#include "errno_guard.h"
#include "host_call.h"
#include "host_env/time.h"

static host_time_calendar calendar_from_host(const struct tm *date)
{
    return (host_time_calendar){
        .second = date->tm_sec, .minute = date->tm_min, .hour = date->tm_hour, .day = date->tm_mday, .month = date->tm_mon,
        .year = date->tm_year, .weekday = date->tm_wday, .day_of_year = date->tm_yday, .is_summer_time = date->tm_isdst,
        .utc_offset_seconds = date->tm_gmtoff, .zone = date->tm_zone,
    };
}

static struct tm calendar_to_host(const host_time_calendar *calendar)
{
    return (struct tm){
        .tm_sec = calendar->second, .tm_min = calendar->minute, .tm_hour = calendar->hour, .tm_mday = calendar->day, .tm_mon = calendar->month,
        .tm_year = calendar->year, .tm_wday = calendar->weekday, .tm_yday = calendar->day_of_year, .tm_isdst = calendar->is_summer_time,
        .tm_gmtoff = calendar->utc_offset_seconds, .tm_zone = calendar->zone,
    };
}

host_status host_time_calendar_local(host_env *env, int64_t seconds, host_time_calendar *calendar_out, host_error *error)
{
    HOST_CALL(call, env, TIME_CALENDAR_LOCAL, error);
    if (calendar_out == NULL) return host_call_invalid(&call, "calendar_out is NULL");
    *calendar_out = (host_time_calendar){ 0 };
    if (!host_call_permitted(&call)) return call.access.status;
    struct tm date;
    time_t time = (time_t)seconds;
    int code = env->operations.localtime_r(&time, &date) == NULL ? errno : 0;
    if (code == 0) *calendar_out = calendar_from_host(&date);
    return host_call_finish(&call, code, 0);
}

host_status host_time_calendar_utc(host_env *env, int64_t seconds, host_time_calendar *calendar_out, host_error *error)
{
    HOST_CALL(call, env, TIME_CALENDAR_UTC, error);
    if (calendar_out == NULL) return host_call_invalid(&call, "calendar_out is NULL");
    *calendar_out = (host_time_calendar){ 0 };
    if (!host_call_permitted(&call)) return call.access.status;
    struct tm date;
    time_t time = (time_t)seconds;
    int code = env->operations.gmtime_r(&time, &date) == NULL ? errno : 0;
    if (code == 0) *calendar_out = calendar_from_host(&date);
    return host_call_finish(&call, code, 0);
}

host_status host_time_from_calendar(host_env *env, host_time_calendar *calendar, int64_t *seconds_out, host_error *error)
{
    HOST_CALL(call, env, TIME_FROM_CALENDAR, error);
    if (calendar == NULL || seconds_out == NULL) return host_call_invalid(&call, "an argument is NULL");
    *seconds_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    struct tm date = calendar_to_host(calendar);
    date.tm_wday = -1; /* -1 is the second before 1970 as well as failure; only success fills in the day of the week */
    int before = errno_guard_begin();
    time_t time = env->operations.mktime(&date);
    int code = errno_guard_end(before);
    bool failed = time == (time_t)-1 && date.tm_wday == -1;
    code = !failed ? 0 : code != 0 ? code : EOVERFLOW;
    if (code == 0) {
        *calendar = calendar_from_host(&date);
        *seconds_out = time;
    }
    return host_call_finish(&call, code, 0);
}

host_status host_time_format(host_env *env, const char *format, const host_time_calendar *calendar, char *text_out, size_t size, size_t *length_out,
                             host_error *error)
{
    HOST_CALL(call, env, TIME_FORMAT, error);
    host_call_name(&call, "format", format);
    if (format == NULL || calendar == NULL || text_out == NULL || length_out == NULL) return host_call_invalid(&call, "an argument is NULL");
    *length_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    struct tm date = calendar_to_host(calendar);
    int before = errno_guard_begin();
    *length_out = env->operations.strftime(text_out, size, format, &date);
    int code = errno_guard_end(before);
    /* Nothing, be it for want of room, is an ordinary answer; and looking for a zone that is not there may have set errno. */
    if (*length_out > 0 || (code != EOVERFLOW && code != ENOMEM && code != EINVAL)) code = 0;
    return host_call_finish(&call, code, (int64_t)*length_out);
}

host_status host_time_load_zone(host_env *env, host_error *error)
{
    HOST_CALL(call, env, TIME_LOAD_ZONE, error);
    if (!host_call_permitted(&call)) return call.access.status;
    env->operations.tzset();
    return host_call_finish(&call, 0, 0);
}
