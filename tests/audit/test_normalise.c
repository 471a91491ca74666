/* What of paths, names and ports is the same in every run, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "audit/normalise.h"

static const char *const temporary[] = { "/tmp", "/var/tmp", NULL };
static const audit_start start = { .directory = "/home/ann/project", .home = "/home/ann", .temporary = temporary };

static const struct path_case {
    const char *path, *expected;
} path_cases[] = {
    { "/home/ann/project", "." },
    { "/home/ann/project/data/a.csv", "./data/a.csv" },
    { "/home/ann/projects/data", "~/projects/data" },
    { "/home/ann", "~" },
    { "/home/anna/x", "/home/anna/x" },
    { "/etc/passwd", "/etc/passwd" },
    { "/", "/" },
    { "/tmp", "<tmp>" },
    { "/tmp/tmpab12cd_9", "<tmp>/tmp*" },
    { "/tmp/tmpab12cd_9/inner.txt", "<tmp>/tmp*/inner.txt" },
    { "/tmp/tmpab12cd_9.json", "<tmp>/tmp*.json" },
    { "/tmp/pip-install-x7k_2abq/setup.py", "<tmp>/pip-install-*/setup.py" },
    { "/tmp/pymp-a1b2c3d4/listener-e5f6g7h8", "<tmp>/pymp-*/listener-*" },
    { "/tmp/report.Xy12Ab", "<tmp>/report.*" },
    { "/tmp/report.finish", "<tmp>/report.finish" },
    { "/tmp/plain/name", "<tmp>/plain/name" },
    { "/tmp/40m6qy1f", "<tmp>/*" }, /* tempfile sees whether it can write */
    { "/tmp/40m6qy1f/settings", "<tmp>/40m6qy1f/settings" },
    { "/opt/x/lib/python313.zip", "<stdlib>" },
    { "/home/ann/project/tmpab12cd_9", "./tmp*" },
    { "/home/ann/project/my-settings", "./my-settings" },
    { "/usr/lib/python3.13/json/__init__.py", "<stdlib>/json/__init__.py" },
    { "/opt/x/lib/python3.13/site-packages/requests/api.py", "<site-packages>/requests/api.py" },
    { "/usr/lib/python3/dist-packages/apt.py", "<site-packages>/apt.py" },
    { "/home/ann/project/venv/lib/python3.13t/os.py", "<stdlib>/os.py" },
    { "/home/ann/project/lib/pythonic/x", "./lib/pythonic/x" },
    { "/home/ann/project/__pycache__/a.cpython-313.pyc", "./__pycache__/a.pyc" },
    { "/home/ann/project/__pycache__/a.cpython-313.opt-1.pyc", "./__pycache__/a.pyc" },
    { "/home/ann/project/__pycache__/a.cpython-313.pyc.140219330016512", "./__pycache__/a.pyc" },
    { "/home/ann/project/a.cpython-313.pyx", "./a.cpython-313.pyx" },
    { "/proc/4242/status", "/proc/<pid>/status" },
    { "/proc/4242/fd/17", "/proc/<pid>/fd/<number>" },
    { "/proc/4242/task/4243/comm", "/proc/<pid>/task/<number>/comm" },
    { "/proc/self/exe", "/proc/self/exe" },
    { "/proc/sys/kernel/1", "/proc/sys/kernel/1" },
    { "/run/user/1000/bus", "/run/user/<uid>/bus" },
    { "/dev/pts/3", "/dev/pts/<number>" },
    { "", "" },
};

static audit_normaliser *normaliser_of(const audit_start *run)
{
    audit_normaliser *normaliser = audit_normaliser_create();
    assert_non_null(normaliser);
    assert_true(audit_normaliser_start(normaliser, run));
    return normaliser;
}

static void test_paths(void **state)
{
    (void)state;
    audit_normaliser *normaliser = normaliser_of(&start);
    for (size_t i = 0; i < sizeof path_cases / sizeof *path_cases; i++)
        assert_string_equal(audit_normaliser_path(normaliser, path_cases[i].path), path_cases[i].expected);
    audit_normaliser_destroy(normaliser);
}

static void test_a_folder_below_a_temporary_one_is_the_nearer(void **state)
{
    (void)state;
    audit_start inside = { .directory = "/tmp/clone", .home = "/", .temporary = temporary };
    audit_normaliser *normaliser = normaliser_of(&inside);
    assert_string_equal(audit_normaliser_path(normaliser, "/tmp/clone/name-abcdefgh"), "./name-abcdefgh");
    assert_string_equal(audit_normaliser_path(normaliser, "/tmp/name-abcdefgh"), "<tmp>/name-*");
    assert_string_equal(audit_normaliser_path(normaliser, "/etc/x"), "/etc/x"); /* a home of "/" stands for nothing */
    audit_normaliser_destroy(normaliser);
}

static void test_a_path_of_any_length_is_cut_not_overrun(void **state)
{
    (void)state;
    static char path[100000];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    audit_normaliser *normaliser = normaliser_of(&start);
    assert_int_equal(strlen(audit_normaliser_path(normaliser, path)), 16383);
    audit_normaliser_destroy(normaliser);
}

#define TEXT(label, value) { .name = label, .text = value }
#define NUMBER(label, value) { .name = label, .number = value }

static const struct target_case {
    const char *capability;
    audit_argument arguments[4];
    const char *expected;
} target_cases[] = {
    { "fs.read", { TEXT("path", "/home/ann/x"), NUMBER("flags", 577) }, "~/x" },
    { "fs.read", { TEXT("path", "/home/ann/x"), TEXT("real", "/etc/shadow") }, "~/x -> /etc/shadow" },
    { "fs.write", { TEXT("path", "/home/ann/x"), TEXT("new_path", "/home/ann/y") }, "~/x, ~/y" },
    { "fs.read", { TEXT("path", "/home/ann") }, "<above>" },
    { "fs.read", { TEXT("path", "/home") }, "<above>" },
    { "fs.read", { TEXT("path", "/") }, "/" },
    { "fs.read", { TEXT("path", "/home/an") }, "/home/an" },
    { "fs.read", { TEXT("path", "/home/ann/project") }, "." },
    { "fs.list", { TEXT("path", "/home/ann") }, "~" },
    { "fs.write", { TEXT("path", "/home/ann") }, "~" },
    { "fs.list", { NUMBER("fd", 3) }, "" },
    { "env.read", { TEXT("name", "HOME") }, "HOME" },
    { "env.write", { TEXT("name", "A"), TEXT("value", "sha256:0011223344556677") }, "A" },
    { "net.connect", { NUMBER("fd", 3), TEXT("address", "192.0.2.1"), NUMBER("port", 443) }, "192.0.2.1 port 443" },
    { "net.listen", { TEXT("address", "127.0.0.1"), NUMBER("port", 45678) }, "127.0.0.1 port <port>" },
    { "net.listen", { TEXT("address", "127.0.0.1"), NUMBER("port", 0) }, "127.0.0.1 port 0" },
    { "net.connect", { TEXT("address", "unix:/tmp/pymp-a1b2c3d4/listener-e5f6g7h8") }, "unix:<tmp>/pymp-*/listener-*" },
    { "net.resolve", { TEXT("host", "example.com"), TEXT("service", "443") }, "example.com service 443" },
    { "net.resolve", { TEXT("host", "127.0.0.1"), TEXT("service", "49635") }, "127.0.0.1 service <port>" },
    { "net.resolve", { TEXT("host", "127.0.0.1"), TEXT("service", "49635x") }, "127.0.0.1 service 49635x" },
    { "net.resolve", { TEXT("host", "127.0.0.1"), TEXT("service", "https") }, "127.0.0.1 service https" },
    { "process.spawn", { TEXT("program", "/home/ann/project/tool") }, "./tool" },
    { "process.signal", { NUMBER("pid", 77), NUMBER("signal", 15) }, "signal 15" },
    { "ipc", { TEXT("name", "/psm_a1b2c3d4") }, "/psm_*" },
    { "import", { TEXT("name", "json"), TEXT("origin", "/x") }, "json" },
    { "fd.use", { NUMBER("fd", 3), NUMBER("size", 10) }, "" },
    { "time.read", { NUMBER("clock", 1) }, "" },
};

static void test_targets(void **state)
{
    (void)state;
    audit_normaliser *normaliser = normaliser_of(&start);
    for (size_t i = 0; i < sizeof target_cases / sizeof *target_cases; i++) {
        const struct target_case *test = &target_cases[i];
        audit_access access = { .capability = test->capability, .arguments = test->arguments };
        while (access.argument_count < 4 && test->arguments[access.argument_count].name != NULL) access.argument_count++;
        assert_string_equal(audit_normaliser_target(normaliser, &access), test->expected);
    }
    audit_access event = { .operation = "compile" };
    assert_string_equal(audit_normaliser_target(normaliser, &event), "");
    audit_normaliser_destroy(normaliser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_a_folder_below_a_temporary_one_is_the_nearer),
        cmocka_unit_test(test_a_path_of_any_length_is_cut_not_overrun),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests_name("normalise", tests, NULL, NULL);
}
