/* Every function of system. */
#include "host_env/system.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <unistd.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)

/* Checks may use host_env too, once the record that counts has been made. */
static host_env *quiet(host_case_world *world)
{
    world->env->record = NULL;
    return world->env;
}

CALL(uname)
{
    return host_system_uname(env, (host_system_names *)world->bytes, error);
}
CHECK(uname)
{
    struct utsname names;
    uname(&names);
    const host_system_names *ours = (const host_system_names *)world->bytes;
    assert_string_equal(ours->system, names.sysname);
    assert_string_equal(ours->node, names.nodename);
    assert_string_equal(ours->release, names.release);
    assert_string_equal(ours->version, names.version);
    assert_string_equal(ours->machine, names.machine);
    assert_string_equal(ours->domain, names.domainname);
}

CALL(sysconf)
{
    return host_system_sysconf(env, _SC_PAGESIZE, &world->number, error);
}
CHECK(sysconf)
{
    assert_int_equal(world->number, sysconf(_SC_PAGESIZE));
}
CALL(sysconf_unlimited)
{
    return host_system_sysconf(env, _SC_CHILD_MAX, &world->number, error);
}
CHECK(sysconf_unlimited)
{
    assert_int_equal(world->number, sysconf(_SC_CHILD_MAX));
}
CALL(sysconf_unknown)
{
    return host_system_sysconf(env, 123456, &world->number, error);
}
CALL(processor_count)
{
    return host_system_processor_count(env, (int *)world->bytes, error);
}
CHECK(processor_count)
{
    assert_int_equal(*(int *)world->bytes, sysconf(_SC_NPROCESSORS_ONLN));
}

CALL(confstr)
{
    size_t size;
    host_status status = host_system_confstr(env, _CS_PATH, (char *)world->bytes, sizeof(world->bytes), &size, error);
    world->number = (int64_t)size;
    return status;
}
CHECK(confstr)
{
    char path[256];
    assert_int_equal(world->number, confstr(_CS_PATH, path, sizeof(path)));
    assert_string_equal((char *)world->bytes, path);
    size_t size;
    assert_int_equal(host_system_confstr(quiet(world), _CS_PATH, NULL, 0, &size, NULL), HOST_OK);
    assert_int_equal(size, world->number);
}
CALL(confstr_unknown)
{
    size_t size;
    (void)world;
    return host_system_confstr(env, 123456, NULL, 0, &size, error);
}

CALL(getloadavg)
{
    return host_system_getloadavg(env, (double *)world->bytes, error);
}
CHECK(getloadavg)
{
    double loads[3];
    assert_int_equal(getloadavg(loads, 3), 3);
    for (int i = 0; i < 3; i++) {
        double difference = loads[i] - ((double *)world->bytes)[i];
        assert_true(difference > -1.0 && difference < 1.0); /* it may have moved in between */
    }
}

CALL(gethostname)
{
    return host_system_gethostname(env, (char *)world->bytes, 256, error);
}
CHECK(gethostname)
{
    char name[256];
    gethostname(name, sizeof(name));
    assert_string_equal((char *)world->bytes, name);
    host_error error;
    assert_host_status(HOST_TOO_LARGE, host_system_gethostname(quiet(world), (char *)world->bytes, 1, &error), &error);
    assert_int_equal(world->bytes[0], 0);
}
/* To what it is already. */
static void name_read(host_case_world *world)
{
    gethostname((char *)world->bytes, 256);
}
CALL(sethostname)
{
    return host_system_sethostname(env, (char *)world->bytes, strlen((char *)world->bytes), error);
}
CHECK(sethostname)
{
    char name[256];
    gethostname(name, sizeof(name));
    assert_string_equal((char *)world->bytes, name);
    if (!world->is_watched) {
        return;
    }
    assert_string_equal(test_argument_text(test_recorded(world->host, HOST_FUNCTION_SYSTEM_SETHOSTNAME), "name"), name);
}

CALL(getauxval)
{
    return host_system_getauxval(env, AT_PAGESZ, (uint64_t *)&world->number, error);
}
CHECK(getauxval)
{
    assert_int_equal(world->number, getauxval(AT_PAGESZ));
}
CALL(getauxval_unknown)
{
    return host_system_getauxval(env, 123456, (uint64_t *)&world->number, error);
}

static const char **text(host_case_world *world)
{
    return (const char **)&world->pointer;
}
CALL(setlocale)
{
    return host_system_setlocale(env, LC_ALL, "C.UTF-8", text(world), error);
}
CHECK(setlocale)
{
    assert_string_equal(*text(world), "C.UTF-8");
    assert_string_equal(setlocale(LC_CTYPE, NULL), "C.UTF-8");
    assert_int_equal(host_system_setlocale(quiet(world), LC_CTYPE, NULL, text(world), NULL), HOST_OK);
    assert_string_equal(*text(world), "C.UTF-8");
}
CALL(setlocale_unknown)
{
    return host_system_setlocale(env, LC_ALL, "xx_XX.nonsense", text(world), error);
}
static void locale_back(host_case_world *world)
{
    (void)world;
    setlocale(LC_ALL, "C");
}

CALL(dcgettext)
{
    return host_system_dcgettext(env, "nothing", "hello", LC_MESSAGES, text(world), error);
}
CHECK(dcgettext)
{
    assert_string_equal(*text(world), "hello");
}
CALL(textdomain)
{
    return host_system_textdomain(env, "cordon-test", text(world), error);
}
CHECK(textdomain)
{
    assert_string_equal(*text(world), "cordon-test");
    assert_string_equal(textdomain(NULL), "cordon-test");
}
CALL(bindtextdomain)
{
    return host_system_bindtextdomain(env, "cordon-test", "/nonexistent/catalogues", text(world), error);
}
CHECK(bindtextdomain)
{
    assert_string_equal(*text(world), bindtextdomain("cordon-test", NULL));
}
CALL(bind_textdomain_codeset)
{
    return host_system_bind_textdomain_codeset(env, "cordon-test", "UTF-8", text(world), error);
}
CHECK(bind_textdomain_codeset)
{
    assert_string_equal(*text(world), "UTF-8");
    assert_string_equal(bind_textdomain_codeset("cordon-test", NULL), "UTF-8");
}

static void bindtextdomain_gives_libc_no_folder_while_paths_are_confined(void **state)
{
    (void)state;
    static const host_path_mode confined[] = {HOST_PATHS_NONE, HOST_PATHS_BENEATH_ROOTS};
    for (size_t i = 0; i < 2; i++) {
        test_host host;
        const char *directory = "";
        host_env_config config = HOST_ENV_CONFIG_INIT;
        config.path_mode = confined[i];
        test_host_create(&host, &config);
        assert_host_status(HOST_OUTSIDE_ROOT,
                           host_system_bindtextdomain(host.env, "x", "/tmp", &directory, &host.error), &host.error);
        assert_null(directory);
        assert_host_ok(host_system_bindtextdomain(host.env, "x", NULL, &directory, &host.error),
                       &host.error); /* reading is fine */
        test_host_destroy(&host);
    }
}

/* Nobody may listen to the log here, so fakes take the lines. */
static char logged[128];
static int logged_priority;
static void log_line(int priority, const char *line)
{
    logged_priority = priority;
    strncpy(logged, line, sizeof(logged) - 1);
}
static void syslog_writes_the_text_and_no_format(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    host.env->operations.syslog_text = log_line;
    assert_host_ok(host_system_syslog(host.env, LOG_WARNING, "100%n %s", &host.error), &host.error);
    assert_string_equal(logged, "100%n %s");
    assert_int_equal(logged_priority, LOG_WARNING);
    test_host_policy(&host, TEST_POLICY_DENY_ALL, HOST_CAPABILITY_NONE);
    logged[0] = '\0';
    assert_host_status(HOST_DENIED_BY_POLICY, host_system_syslog(host.env, LOG_WARNING, "no", &host.error),
                       &host.error);
    assert_string_equal(logged, "");
    host_operations_restore(host.env);
    test_host_destroy(&host);
}

CALL(openlog)
{
    (void)world;
    return host_system_openlog(env, "cordon-test", LOG_NDELAY, LOG_USER, error);
}
static void log_close(host_case_world *world)
{
    (void)world;
    closelog();
}
CALL(syslog)
{
    (void)world;
    return host_system_syslog(env, LOG_DEBUG, "a line of host_env's test", error);
}
CALL(closelog)
{
    (void)world;
    return host_system_closelog(env, error);
}
CALL(setlogmask)
{
    return host_system_setlogmask(env, LOG_MASK(LOG_ERR), (int *)world->bytes, error);
}
CHECK(setlogmask)
{
    assert_int_equal(*(int *)world->bytes, LOG_UPTO(LOG_DEBUG));
    assert_int_equal(setlogmask(LOG_UPTO(LOG_DEBUG)), LOG_MASK(LOG_ERR));
}

#define ROW(FUNCTION, name, primitive_name, code, status)                                                              \
    .function = HOST_FUNCTION_SYSTEM_##FUNCTION, .call = call_##name, .primitive = HOST_OPERATION_##primitive_name,    \
    .fail_code = code, .fail_status = HOST_##status
#define SILENT(FUNCTION, name)                                                                                         \
    .function = HOST_FUNCTION_SYSTEM_##FUNCTION, .call = call_##name, .infallible = "libc gives it no way to fail"

static host_case cases[] = {
    {ROW(UNAME, uname, uname, EFAULT, INVALID_ARGUMENT), .check = check_uname},
    {ROW(SYSCONF, sysconf, sysconf, EINVAL, INVALID_ARGUMENT), .check = check_sysconf},
    {ROW(SYSCONF, sysconf_unlimited, sysconf, ENOSYS, UNSUPPORTED), .label = "perhaps unlimited",
     .check = check_sysconf_unlimited},
    {ROW(SYSCONF, sysconf_unknown, sysconf, EINVAL, INVALID_ARGUMENT), .label = "unknown",
     .allowed_status = HOST_INVALID_ARGUMENT},
    {ROW(PROCESSOR_COUNT, processor_count, sysconf, ENOSYS, UNSUPPORTED), .check = check_processor_count},
    {ROW(CONFSTR, confstr, confstr, EINVAL, INVALID_ARGUMENT), .check = check_confstr},
    {ROW(CONFSTR, confstr_unknown, confstr, EINVAL, INVALID_ARGUMENT), .label = "unknown",
     .allowed_status = HOST_INVALID_ARGUMENT},
    {ROW(GETLOADAVG, getloadavg, getloadavg, EIO, FAILURE), .check = check_getloadavg},
    {ROW(GETHOSTNAME, gethostname, gethostname, ENAMETOOLONG, TOO_LARGE), .check = check_gethostname},
    {ROW(SETHOSTNAME, sethostname, sethostname, EPERM, NOT_PERMITTED), .set_up = name_read, .check = check_sethostname},
    {ROW(GETAUXVAL, getauxval, getauxval, ENOENT, MISSING), .check = check_getauxval},
    {ROW(GETAUXVAL, getauxval_unknown, getauxval, ENOENT, MISSING), .label = "unknown", .allowed_status = HOST_MISSING},
    {ROW(SETLOCALE, setlocale, setlocale, ENOENT, MISSING), .check = check_setlocale, .tear_down = locale_back},
    {ROW(SETLOCALE, setlocale_unknown, setlocale, ENOENT, MISSING), .label = "unknown", .allowed_status = HOST_MISSING},
    {ROW(DCGETTEXT, dcgettext, message_translate, ENOMEM, NO_MEMORY), .check = check_dcgettext},
    {ROW(TEXTDOMAIN, textdomain, textdomain, ENOMEM, NO_MEMORY), .check = check_textdomain},
    {ROW(BINDTEXTDOMAIN, bindtextdomain, bindtextdomain, ENOMEM, NO_MEMORY), .check = check_bindtextdomain},
    {ROW(BIND_TEXTDOMAIN_CODESET, bind_textdomain_codeset, bind_textdomain_codeset, ENOMEM, NO_MEMORY),
     .check = check_bind_textdomain_codeset},
    {SILENT(OPENLOG, openlog), .tear_down = log_close},
    {SILENT(SYSLOG, syslog), .tear_down = log_close},
    {SILENT(CLOSELOG, closelog)},
    {SILENT(SETLOGMASK, setlogmask), .check = check_setlogmask},
};

/* Whether the name of the host may be changed where this runs. */
static void expect_sethostname(void)
{
    char name[256];
    gethostname(name, sizeof(name));
    int code = sethostname(name, strlen(name)) != 0 ? errno : 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].function == HOST_FUNCTION_SYSTEM_SETHOSTNAME) {
            cases[i].allowed_status = host_status_from_errno(code);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bindtextdomain_gives_libc_no_folder_while_paths_are_confined),
        cmocka_unit_test(syslog_writes_the_text_and_no_format),
    };
    expect_sethostname();
    int failed = host_cases_run("system", cases, sizeof(cases) / sizeof(cases[0]));
    return failed + cmocka_run_group_tests_name("system: texts", tests, NULL, NULL);
}
