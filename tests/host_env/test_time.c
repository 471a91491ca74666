/* Clocks, sleeping, timers, dates. */
#include "support/host_cases.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "host_call.h"
#include "host_env/time.h"

enum { MILLISECOND = 1000000 };

static host_time *result_of(host_case_world *world)
{
    return (host_time *)(void *)world->bytes;
}

static host_status call_clock(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_clock(env, CLOCK_REALTIME, result_of(world), error);
}

static void check_is_now(host_case_world *world)
{
    struct timespec now; /* time(2) is behind it by up to a tick, and so sometimes in the second before */
    clock_gettime(CLOCK_REALTIME, &now);
    assert_in_range(result_of(world)->seconds, now.tv_sec - 5, now.tv_sec);
    assert_in_range(result_of(world)->nanoseconds, 0, 999999999);
}

static host_status call_resolution(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_clock_resolution(env, CLOCK_MONOTONIC, result_of(world), error);
}

static void check_resolution(host_case_world *world)
{
    struct timespec resolution;
    clock_getres(CLOCK_MONOTONIC, &resolution);
    assert_int_equal(result_of(world)->nanoseconds, resolution.tv_nsec);
}

/* Setting a clock would be felt by the whole machine: the primitive is replaced by one that takes note. */
static struct timespec noted_time;
static int noted_clock;

static int note_clock(clockid_t clock, const struct timespec *time)
{
    noted_clock = clock;
    noted_time = *time;
    return 0;
}

static int note_time_of_day(const struct timeval *time, const struct timezone *zone)
{
    assert_null(zone);
    noted_time = (struct timespec){ time->tv_sec, time->tv_usec };
    return 0;
}

static const host_time set_to = { 1234567890, 123456789 };

static host_status call_set_clock(host_case_world *world, host_env *env, host_error *error)
{
    (void)world;
    host_status status = host_time_set_clock(env, 4711, &set_to, error); /* no such clock: the host refuses, whoever asks */
    return status;
}

static host_status call_set_of_day(host_case_world *world, host_env *env, host_error *error)
{
    (void)world;
    static const host_time never = { 1234567890, -1000 };
    return host_time_set_of_day(env, &never, error); /* microseconds that no host takes */
}

static void setting_passes_the_values_on(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    host.env->operations.clock_settime = note_clock;
    host.env->operations.settimeofday = note_time_of_day;
    assert_host_ok(host_time_set_clock(host.env, CLOCK_REALTIME, &set_to, &host.error), &host.error);
    assert_int_equal(noted_clock, CLOCK_REALTIME);
    assert_true(noted_time.tv_sec == set_to.seconds && noted_time.tv_nsec == set_to.nanoseconds);
    assert_host_ok(host_time_set_of_day(host.env, &set_to, &host.error), &host.error);
    assert_true(noted_time.tv_sec == set_to.seconds && noted_time.tv_nsec == 123456);
    assert_int_equal(test_recorded(&host, HOST_FUNCTION_TIME_SET_OF_DAY)->access.capability, HOST_CAPABILITY_TIME_SET);
    test_host_destroy(&host);
}

static host_status call_of_day(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_of_day(env, result_of(world), error);
}

static host_status call_seconds(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_seconds(env, &result_of(world)->seconds, error);
}

static host_status call_processor_clock(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_processor_clock(env, &world->number, error);
}

static void check_processor_clock(host_case_world *world)
{
    assert_true(world->number > 0);
    assert_true(world->number <= (int64_t)clock());
}

static host_status call_sleep(host_case_world *world, host_env *env, host_error *error)
{
    host_time time = { 0, 2 * MILLISECOND }, rest = { 9, 9 };
    (void)world;
    host_status status = host_time_sleep(env, CLOCK_MONOTONIC, 0, &time, &rest, error);
    assert_int_equal(rest.seconds, 0);
    return status;
}

static host_status call_sleep_for(host_case_world *world, host_env *env, host_error *error)
{
    host_time time = { 0, 2 * MILLISECOND };
    (void)world;
    return host_time_sleep_for(env, &time, NULL, error);
}

static host_status call_timer_create(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_timer_create(env, CLOCK_MONOTONIC, TFD_CLOEXEC, &world->fd, error);
}

static void set_up_timer(host_case_world *world)
{
    struct itimerspec timer = { { 0, 0 }, { 500, 0 } };
    world->fd = timerfd_create(CLOCK_MONOTONIC, 0);
    assert_int_equal(timerfd_settime(world->fd, 0, &timer, NULL), 0);
}

static void tear_down_fd(host_case_world *world)
{
    if (world->fd >= 0) close(world->fd);
}

static host_status call_timer_arm(host_case_world *world, host_env *env, host_error *error)
{
    host_time_timer timer = { { 7, 0 }, { 100, 0 } }, previous;
    host_status status = host_time_timer_arm(env, world->fd, 0, &timer, &previous, error);
    if (status == HOST_OK) assert_in_range(previous.value.seconds, 400, 500);
    return status;
}

static void check_timer_arm(host_case_world *world)
{
    struct itimerspec timer;
    assert_int_equal(timerfd_gettime(world->fd, &timer), 0);
    assert_int_equal(timer.it_interval.tv_sec, 7);
    assert_in_range(timer.it_value.tv_sec, 90, 100);
}

static host_status call_timer_left(host_case_world *world, host_env *env, host_error *error)
{
    host_time_timer timer;
    host_status status = host_time_timer_left(env, world->fd, &timer, error);
    world->number = timer.value.seconds;
    return status;
}

static void check_timer_left(host_case_world *world)
{
    assert_in_range(world->number, 400, 500);
}

static host_time_calendar *date_of(host_case_world *world)
{
    return (host_time_calendar *)(void *)world->bytes;
}

static void set_up_zone(host_case_world *world)
{
    (void)world;
    setenv("TZ", "CRD-2", 1); /* two hours before UTC, without a database */
    tzset();
}

static void tear_down_zone(host_case_world *world)
{
    (void)world;
    unsetenv("TZ");
    tzset();
}

static host_status call_calendar_local(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_calendar_local(env, 1000000000, date_of(world), error);
}

static void check_calendar_local(host_case_world *world)
{
    const host_time_calendar *date = date_of(world); /* 2001-09-09 01:46:40 UTC */
    assert_true(date->year == 101 && date->month == 8 && date->day == 9 && date->hour == 3 && date->minute == 46 && date->second == 40);
    assert_true(date->weekday == 0 && date->day_of_year == 251 && date->is_summer_time == 0);
    assert_int_equal(date->utc_offset_seconds, 7200);
    assert_string_equal(date->zone, "CRD");
}

static host_status call_calendar_utc(host_case_world *world, host_env *env, host_error *error)
{
    return host_time_calendar_utc(env, 1000000000, date_of(world), error);
}

static void check_calendar_utc(host_case_world *world)
{
    assert_int_equal(date_of(world)->hour, 1);
    assert_int_equal(date_of(world)->utc_offset_seconds, 0);
}

static host_status call_from_calendar(host_case_world *world, host_env *env, host_error *error)
{
    *date_of(world) = (host_time_calendar){ .year = 101, .month = 8, .day = 8, .hour = 27, .minute = 46, .second = 40 };
    return host_time_from_calendar(env, date_of(world), &world->number, error);
}

static void check_from_calendar(host_case_world *world)
{
    assert_int_equal(world->number, 1000000000);
    check_calendar_local(world);
}

static host_status call_format(host_case_world *world, host_env *env, host_error *error)
{
    static const host_time_calendar date = { .year = 101, .month = 8, .day = 9, .hour = 3, .zone = "CRD", .utc_offset_seconds = 7200 };
    size_t length = 99;
    host_status status = host_time_format(env, "%Y-%m-%d %H %z %Z", &date, (char *)world->bytes, 100, &length, error);
    world->number = (int64_t)length;
    return status;
}

static void check_format(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, "2001-09-09 03 +0200 CRD");
    assert_int_equal(world->number, strlen((char *)world->bytes));
}

static host_status call_load_zone(host_case_world *world, host_env *env, host_error *error)
{
    (void)world;
    setenv("TZ", "XYZ-5", 1);
    return host_time_load_zone(env, error);
}

static void check_load_zone(host_case_world *world)
{
    (void)world;
    assert_int_equal(timezone, -5 * 3600);
    assert_string_equal(tzname[0], "XYZ");
}

#define ZONE .set_up = set_up_zone, .tear_down = tear_down_zone
static const host_case cases[] = {
    { .function = HOST_FUNCTION_TIME_CLOCK, .call = call_clock, .check = check_is_now,
      .primitive = HOST_OPERATION_clock_gettime, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_TIME_CLOCK_RESOLUTION, .call = call_resolution, .check = check_resolution,
      .primitive = HOST_OPERATION_clock_getres, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_TIME_SET_CLOCK, .call = call_set_clock, .allowed_status = HOST_INVALID_ARGUMENT,
      .primitive = HOST_OPERATION_clock_settime, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_TIME_SET_OF_DAY, .call = call_set_of_day, .allowed_status = HOST_INVALID_ARGUMENT,
      .primitive = HOST_OPERATION_settimeofday, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_TIME_OF_DAY, .call = call_of_day, .check = check_is_now,
      .primitive = HOST_OPERATION_gettimeofday, .fail_code = EFAULT, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_TIME_SECONDS, .call = call_seconds, .check = check_is_now,
      .primitive = HOST_OPERATION_time, .fail_code = EOVERFLOW, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_TIME_PROCESSOR_CLOCK, .call = call_processor_clock, .check = check_processor_clock,
      .primitive = HOST_OPERATION_clock, .fail_code = EOVERFLOW, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_TIME_SLEEP, .call = call_sleep,
      .primitive = HOST_OPERATION_clock_nanosleep, .fail_code = EINTR, .fail_status = HOST_INTERRUPTED },
    { .function = HOST_FUNCTION_TIME_SLEEP_FOR, .call = call_sleep_for,
      .primitive = HOST_OPERATION_nanosleep, .fail_code = EINTR, .fail_status = HOST_INTERRUPTED },
    { .function = HOST_FUNCTION_TIME_TIMER_CREATE, .call = call_timer_create, .tear_down = tear_down_fd,
      .primitive = HOST_OPERATION_timerfd_create, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_TIME_TIMER_ARM, .set_up = set_up_timer, .call = call_timer_arm, .check = check_timer_arm,
      .tear_down = tear_down_fd, .primitive = HOST_OPERATION_timerfd_settime, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_TIME_TIMER_LEFT, .set_up = set_up_timer, .call = call_timer_left, .check = check_timer_left,
      .tear_down = tear_down_fd, .primitive = HOST_OPERATION_timerfd_gettime, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_TIME_CALENDAR_LOCAL, ZONE, .call = call_calendar_local, .check = check_calendar_local,
      .primitive = HOST_OPERATION_localtime_r, .fail_code = EOVERFLOW, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_TIME_CALENDAR_UTC, .call = call_calendar_utc, .check = check_calendar_utc,
      .primitive = HOST_OPERATION_gmtime_r, .fail_code = EOVERFLOW, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_TIME_FROM_CALENDAR, ZONE, .call = call_from_calendar, .check = check_from_calendar,
      .primitive = HOST_OPERATION_mktime, .fail_code = EOVERFLOW, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_TIME_FORMAT, .call = call_format, .check = check_format,
      .primitive = HOST_OPERATION_strftime, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_TIME_LOAD_ZONE, .call = call_load_zone, .check = check_load_zone, .tear_down = tear_down_zone,
      .infallible = "tzset(3) tells nothing" },
};

static void the_second_before_1970_is_no_failure(void **state)
{
    (void)state;
    test_host host;
    int64_t seconds = 5;
    host_time_calendar date = { .year = 69, .month = 11, .day = 31, .hour = 23, .minute = 59, .second = 59 };
    test_host_create(&host, NULL);
    setenv("TZ", "UTC0", 1);
    assert_host_ok(host_time_from_calendar(host.env, &date, &seconds, &host.error), &host.error);
    assert_int_equal(seconds, -1);
    date = (host_time_calendar){ .year = INT_MAX, .month = INT_MAX };
    assert_host_status(HOST_TOO_LARGE, host_time_from_calendar(host.env, &date, &seconds, &host.error), &host.error);
    assert_host_status(HOST_TOO_LARGE, host_time_calendar_utc(host.env, INT64_MAX, &date, &host.error), &host.error);
    unsetenv("TZ");
    test_host_destroy(&host);
}

static void text_that_does_not_fit_is_no_failure(void **state)
{
    (void)state;
    test_host host;
    char text[4] = "";
    size_t length = 9;
    host_time_calendar date = { .year = 101 };
    test_host_create(&host, NULL);
    assert_host_ok(host_time_format(host.env, "%Y", &date, text, 4, &length, &host.error), &host.error);
    assert_int_equal(length, 0);
    assert_host_ok(host_time_format(host.env, "", &date, text, 4, &length, &host.error), &host.error);
    assert_int_equal(length, 0);
    test_host_destroy(&host);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    test_host host;
    int fd = 9;
    host_time out;
    test_host_create(&host, NULL);
    assert_host_status(HOST_INVALID_ARGUMENT, host_time_clock(host.env, 4711, &out, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_time_clock(host.env, CLOCK_REALTIME, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_time_sleep_for(host.env, NULL, NULL, &host.error), &host.error);
    out = (host_time){ 0, -1 };
    assert_host_status(HOST_INVALID_ARGUMENT, host_time_sleep_for(host.env, &out, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_time_timer_create(host.env, 4711, 0, &fd, &host.error), &host.error);
    assert_int_equal(fd, -1);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_passes_the_values_on),
        cmocka_unit_test(the_second_before_1970_is_no_failure),
        cmocka_unit_test(text_that_does_not_fit_is_no_failure),
        cmocka_unit_test(arguments_are_checked),
    };
    int failed = host_cases_run("time", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("time details", tests, NULL, NULL);
}
