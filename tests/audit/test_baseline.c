/* What counts as the same access for a person who reviews, and the lock file that says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/baseline.h"

/* ---- A record ---------------------------------------------------------------------------------------------------------------------- */

static const char *const temporary[] = { "/tmp", NULL };
static const char *const no_imports[] = { NULL };
static const char *const command[] = { "/opt/cordon/bin/cordon-python", "app.py", NULL };
static const audit_process process = { .id = 1, .pid = 77, .arguments = command };

static const audit_site app = { .id = 1, .file = "/home/ann/p/app.py", .line = 7, .function = "main", .module = "__main__", .imports = no_imports };
static const audit_site moved = { .id = 2, .file = "/home/ann/p/app.py", .line = 70, .function = "other", .module = "__main__", .imports = no_imports };
static const audit_site package = { .id = 3, .file = "/home/ann/v/lib/python3.13/site-packages/requests/api.py", .line = 9, .function = "get", .module = "requests.api",
                                    .distribution = "requests 2.31.0", .imports = no_imports };
static const audit_site upgraded = { .id = 4, .file = "/home/ann/v/lib/python3.13/site-packages/requests/api.py", .line = 11, .function = "get", .module = "requests.api",
                                     .distribution = "requests 2.32.1", .imports = no_imports };
static const audit_site importer = { .id = 5, .file = "<frozen importlib._bootstrap_external>", .line = 1, .function = "get_data", .module = "importlib._bootstrap_external",
                                     .imports = no_imports, .caller = &app };
static const audit_site of_site = { .id = 6, .file = "/usr/lib/python3.13/site.py", .line = 1, .function = "main", .module = "site", .imports = no_imports };
static const audit_site of_threading = { .id = 7, .file = "/usr/lib/python3.13/threading.py", .line = 1, .function = "run", .module = "threading", .imports = no_imports };
static const audit_site of_subprocess = { .id = 9, .file = "/usr/lib/python3.13/subprocess.py", .line = 1, .function = "fork", .module = "subprocess", .distribution = "python 3.13.5",
                                          .imports = no_imports };
static const audit_site of_pathlib = { .id = 8, .file = "/usr/lib/python3.13/pathlib.py", .line = 1, .function = "open", .module = "pathlib", .imports = no_imports, .caller = &app };

typedef struct access {
    const char *capability, *argument, *text, *error;
    const audit_site *site;
    const char *expected; /* NULL: none */
    bool is_before;       /* before the program began */
} access;

static bool to_text(void *context, const char *bytes, size_t size)
{
    char *text = context;
    size_t used = strlen(text);
    assert_true(used + size < 65536);
    memcpy(text + used, bytes, size);
    text[used + size] = '\0';
    return true;
}

static void add_access(audit_baseline *baseline, const access *what)
{
    audit_argument arguments[2] = { { .name = what->argument, .text = what->text } };
    audit_line line = { .type = AUDIT_ACCESS };
    line.as.access = (audit_access){ .process = 1, .capability = what->capability, .operation = "x", .arguments = arguments, .argument_count = what->argument != NULL,
                                     .error = what->error, .decision = AUDIT_ALLOWED, .site = what->site };
    assert_true(audit_baseline_add(baseline, &line));
}

static void add_module(audit_baseline *baseline, const char *name, const char *origin)
{
    audit_argument arguments[2] = { { .name = "name", .text = name }, { .name = "origin", .text = origin } };
    audit_line line = { .type = AUDIT_MODULE };
    line.as.access = (audit_access){ .process = 1, .capability = "import", .operation = "source", .arguments = arguments, .argument_count = 2, .decision = AUDIT_ALLOWED, .site = &app };
    assert_true(audit_baseline_add(baseline, &line));
}

static audit_baseline *begin_record(const char *directory, const char *home)
{
    audit_baseline *baseline = audit_baseline_create();
    audit_line line = { .type = AUDIT_START, .as.start = { .cordon = "1", .python = "3.13.5", .time = "", .directory = directory, .home = home, .command = command, .temporary = temporary } };
    assert_non_null(baseline);
    assert_true(audit_baseline_add(baseline, &line));
    line = (audit_line){ .type = AUDIT_PROCESS, .as.process = &process };
    assert_true(audit_baseline_add(baseline, &line));
    return baseline;
}

/* The lock file of what was gathered, without its head. */
static void written(audit_baseline *baseline, const audit_baseline *before, char *text)
{
    text[0] = '\0';
    assert_true(audit_baseline_write(baseline, before, to_text, text));
}

static const access accesses[] = {
    { "fs.read", "path", "/home/ann/p/data.csv", NULL, &app, "fs.read ./data.csv by __main__", false },
    { "fs.read", "path", "/home/ann/p/data.csv", "ENOENT", &moved, "fs.read ./data.csv by __main__", false },
    { "fs.read", "path", "/home/ann/p/data.csv", NULL, &of_pathlib, "fs.read ./data.csv by __main__", false },
    { "net.resolve", "host", "example.com", NULL, &package, "net.resolve example.com by requests.api of requests", false },
    { "net.resolve", "host", "example.com", NULL, &upgraded, "net.resolve example.com by requests.api of requests", false },
    { "process.spawn", "program", "/opt/cordon/bin/cordon-python", NULL, &app, "process.spawn <python> by __main__", false },
    { "process.exit", NULL, NULL, NULL, NULL, "process.exit -", false },
    /* Chance: which module came first, when a clock was read, where memory ran out. */
    { "time.read", NULL, NULL, NULL, &package, "time.read -", false },
    { "fd.use", NULL, NULL, NULL, &app, "fd.use -", false },
    { "fs.list", "path", "/home/ann/p", NULL, &importer, "fs.list .", false },
    /* The library is one thing, its size and version are not the program's. */
    { "fs.read", "path", "/usr/lib/python3.13/json/decoder.py", NULL, &importer, "fs.read <stdlib>", false },
    { "fs.read", "path", "/home/ann/v/lib/python3.13/site-packages/requests/cacert.pem", NULL, &package, "fs.read <site-packages>/requests/* by requests.api of requests", false },
    { "fs.read", "path", "/home/ann/v/lib/python3.13/site-packages/requests-2.31.0.dist-info/METADATA", NULL, &app, "fs.read <site-packages>/requests-* by __main__", false },
    { "fs.write", "path", "/usr/lib/python3.13/json/decoder.py", NULL, &app, "fs.write <stdlib>/json/decoder.py by __main__", false },
    /* What the interpreter reads to start tells about the machine; what it writes, or a program reads, never goes under. */
    { "env.read", "name", "SECRET_OF_THIS_MACHINE", NULL, NULL, "env.read -", true },
    { "fs.read", "path", "/opt/pyvenv.cfg", NULL, &of_site, "fs.read -", true },
    { "fs.write", "path", "/etc/x", NULL, &of_site, "fs.write /etc/x", true },
    { "fs.read", "path", "/etc/shadow", NULL, &package, "fs.read /etc/shadow by requests.api of requests", true },
    /* What it does to start in one environment and not in another. */
    { "env.write", "name", "LC_CTYPE", NULL, NULL, NULL, true },
    { "env.write", "name", "LC_ALL", NULL, NULL, "env.write LC_ALL", true },
    { "env.write", "name", "LC_CTYPE", NULL, &app, "env.write LC_CTYPE by __main__", false },
    { "env.write", "name", "LC_CTYPE", NULL, &package, "env.write LC_CTYPE by requests.api of requests", true },
    { "user.info", NULL, NULL, NULL, &of_site, NULL, true },
    { "user.info", NULL, NULL, NULL, &app, "user.info - by __main__", false },
    { "random", NULL, NULL, NULL, NULL, NULL, true },
    { "random", NULL, NULL, NULL, &package, "random - by requests.api of requests", false },
    { "env.read", "name", "SECRET", NULL, NULL, "env.read SECRET", false },
    { "env.read", "name", "PYTHONINSPECT", NULL, NULL, "env.read -", false },
    { "env.read", "name", "PYTHONINSPECT", NULL, &app, "env.read PYTHONINSPECT by __main__", false },
    { "fs.read", "path", "/etc/shadow", NULL, &of_threading, "fs.read /etc/shadow by threading", false },
    /* Python by itself, with nothing but numbers: told when the process has ended. The library's name is its own. */
    { "fs.list", NULL, NULL, NULL, &of_site, "fs.list -", false },
    { "process.info", NULL, NULL, NULL, &app, "process.info - by __main__", false },
    { "signal.handle", NULL, NULL, NULL, &of_subprocess, "signal.handle -", false },
    /* importlib looks for what is not there; it can be called by hand. */
    { "fs.read", "path", "/home/ann/p/pkg/__init__.abi3.so", "ENOENT", &importer, NULL, false },
    { "fs.read", "path", "/home/ann/p/pkg/__init__.abi3.so", "ENOENT", &app, "fs.read ./pkg/__init__.abi3.so by __main__", false },
    { "fs.read", "path", "/etc/shadow", NULL, &importer, "fs.read /etc/shadow", false },
    /* The cache of a module that was made, and what only looks like one. */
    { "fs.write", "path", "/home/ann/p/__pycache__/conf.cpython-313.pyc", NULL, &importer, NULL, false },
    { "fs.write", "path", "/home/ann/p/__pycache__/conf.cpython-313.pyc.140234", NULL, &importer, NULL, false },
    { "fs.write", "path", "/home/ann/p/__pycache__", NULL, &importer, NULL, false },
    { "fs.write", "path", "/home/ann/p/__pycache__/evil.cpython-313.pyc", NULL, &importer, "fs.write ./__pycache__/evil.pyc", false },
    { "fs.write", "path", "/home/ann/p/__pycache__/conf.cpython-313.pyc", NULL, &app, "fs.write ./__pycache__/conf.pyc by __main__", false },
    { "fs.write", "path", "/home/ann/q/__pycache__", NULL, &importer, "fs.write ~/q/__pycache__", false },
};

static void each_access_counts_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        char text[65536], expected[512];
        audit_baseline *baseline = begin_record("/home/ann/p", "/home/ann");
        if (accesses[i].is_before) add_access(baseline, &accesses[i]);
        add_module(baseline, "__main__", "/home/ann/p/app.py");
        add_module(baseline, "conf", "/home/ann/p/conf.py");
        if (!accesses[i].is_before) add_access(baseline, &accesses[i]);
        assert_true(audit_baseline_finish(baseline));
        written(baseline, NULL, text);
        snprintf(expected, sizeof expected, "\n%s\n", accesses[i].expected == NULL ? "import conf from ./conf.py" : accesses[i].expected);
        if (strstr(text, expected) == NULL) fail_msg("row %zu: expected%sin\n%s", i, expected, text);
        assert_int_equal(audit_baseline_count(baseline), accesses[i].expected == NULL ? 2 : 3);
        audit_baseline_destroy(baseline);
    }
}

static void another_user_on_another_machine_makes_the_same_file(void **state)
{
    (void)state;
    char first[65536], second[65536];
    static const access here = { "fs.read", "path", "/home/ann/p/data.csv", NULL, &app, NULL, false }, there = { "fs.read", "path", "/srv/ci/1/data.csv", NULL, &moved, NULL, false };
    audit_baseline *one = begin_record("/home/ann/p", "/home/ann"), *two = begin_record("/srv/ci/1", "/root");
    add_access(one, &here);
    add_access(two, &there);
    add_access(two, &there);
    assert_true(audit_baseline_finish(one) && audit_baseline_finish(two));
    written(one, NULL, first);
    written(two, NULL, second);
    assert_string_equal(first, second);
    assert_int_equal(audit_baseline_compare(one, two, NULL, NULL) + audit_baseline_compare(two, one, NULL, NULL), 0);
    audit_baseline_destroy(one);
    audit_baseline_destroy(two);
}

/* ---- The file ---------------------------------------------------------------------------------------------------------------------- */

static audit_baseline *read_text(const char *text, const char *expected_problem)
{
    audit_baseline *baseline;
    audit_baseline_message message;
    bool is_read = audit_baseline_read(text, strlen(text), "audit.lock", &baseline, &message);
    if (expected_problem == NULL && !is_read) fail_msg("%s", message.text);
    if (expected_problem != NULL) {
        assert_false(is_read);
        assert_null(baseline);
        if (strstr(message.text, expected_problem) == NULL) fail_msg("expected %s, not %s", expected_problem, message.text);
    }
    return baseline;
}

static void names_that_look_like_syntax_come_back_as_they_were(void **state)
{
    (void)state;
    static const char *const names[] = { "a b", "-", "by", "#x", "\"q\"", "back\\slash", "new\nfs.read /etc/shadow", "gr\xc3\xbc\xc3\x9f", "\xe2\x80\xae" "abc", "<<<<<<< x", "\x7f", "x\ty" };
    char text[65536], again[65536];
    audit_baseline *baseline = begin_record("/home/ann/p", "/home/ann");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) add_access(baseline, &(access){ .capability = "env.write", .argument = "name", .text = names[i], .site = &app });
    assert_true(audit_baseline_finish(baseline));
    written(baseline, NULL, text);
    for (const char *next = text; *next != '\0'; next++) assert_true(*next == '\n' || (*next >= ' ' && *next <= '~'));
    audit_baseline *read = read_text(text, NULL);
    assert_int_equal(audit_baseline_count(read), sizeof names / sizeof *names);
    assert_int_equal(audit_baseline_compare(baseline, read, NULL, NULL), 0);
    written(read, read, again);
    assert_string_equal(text, again);
    audit_baseline_destroy(read);
    audit_baseline_destroy(baseline);
}

static void comments_stay_with_what_they_speak_about(void **state)
{
    (void)state;
    char text[65536];
    audit_baseline *before = read_text("cordon-audit-baseline 1\n# of the file\n\n# why a\nenv.write a by __main__\n# why b\n# and more\nenv.write b by __main__\n\n# last\n", NULL);
    audit_baseline *now = begin_record("/home/ann/p", "/home/ann");
    add_access(now, &(access){ .capability = "env.write", .argument = "name", .text = "b", .site = &app });
    add_access(now, &(access){ .capability = "env.write", .argument = "name", .text = "aa", .site = &app });
    assert_true(audit_baseline_finish(now));
    written(now, before, text);
    assert_string_equal(text, "cordon-audit-baseline 1\n# of the file\n\nenv.write aa by __main__\n# why b\n# and more\nenv.write b by __main__\n\n# last\n");
    assert_int_equal(audit_baseline_compare(now, before, NULL, NULL), 1);
    assert_int_equal(audit_baseline_compare(before, now, NULL, NULL), 1);
    audit_baseline_destroy(now);
    audit_baseline_destroy(before);
}

static const struct broken {
    const char *text, *expected;
} broken[] = {
    { "", "audit.lock:1: this is no baseline but an empty file" },
    { "{\"a\": 1}\n", "audit.lock:1: this is no baseline: expected cordon-audit-baseline 1" },
    { "cordon-audit-baseline 2\n", "audit.lock:1: a baseline of version 2: expected 1" },
    { "cordon-audit-baseline 12\n", "a baseline of version 12" },
    { "cordon-audit-baseline 1\n\n# x\nfs.raed /x\n", "audit.lock:4: there is no capability fs.raed" },
    { "cordon-audit-baseline 1\nfs.read\n", "audit.lock:2: the line ends here: expected a target" },
    { "cordon-audit-baseline 1\nfs.read /x of y\n", "'of' without 'by'" },
    { "cordon-audit-baseline 1\nfs.read /x by\n", "expected a module's name after 'by'" },
    { "cordon-audit-baseline 1\nfs.read /x by a from b\n", "unexpected from" },
    { "cordon-audit-baseline 1\nfs.read /x y\n", "unexpected y: expected CAPABILITY TARGET" },
    { "cordon-audit-baseline 1\nfs.read \"/x\n", "a quoted word that does not end" },
    { "cordon-audit-baseline 1\nfs.read \"\\n\"\n", "an escape in a quoted word that is none" },
    { "cordon-audit-baseline 1\nfs.read \"\\x00\"\n", "an escape in a quoted word that is none" },
    { "cordon-audit-baseline 1\nfs.read \"a\"b\n", "something right after a quoted word" },
    { "cordon-audit-baseline 1\nfs.read \xc3\xbc\n", "must stand in quotes" },
    { "cordon-audit-baseline 1\n<<<<<<< HEAD\nfs.read /x\n", "audit.lock:2: a conflict of a merge is left here" },
};

static void broken_files_are_refused_with_their_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) assert_null(read_text(broken[i].text, broken[i].expected));
    audit_baseline *whole = read_text("cordon-audit-baseline 1\r\n\r\n  fs.read   -   by a of b\r\nfs.read - by a of b", NULL); /* spaces, line ends of Windows, twice the same */
    assert_int_equal(audit_baseline_count(whole), 1);
    audit_baseline_destroy(whole);
}

static void second_pass_tells_lines_that_are_new(void **state)
{
    (void)state;
    audit_baseline *known = read_text("cordon-audit-baseline 1\nfs.read ./a by __main__\n", NULL), *now = begin_record("/home/ann/p", "/home/ann");
    static const access old = { "fs.read", "path", "/home/ann/p/a", NULL, &app, NULL, false }, new = { "fs.read", "path", "/home/ann/p/b", NULL, &app, NULL, false };
    add_access(now, &old);
    add_access(now, &new);
    assert_true(audit_baseline_finish(now));
    audit_baseline_pass *pass = audit_baseline_pass_create(now, known);
    audit_line line = { .type = AUDIT_START, .as.start = { .directory = "/home/ann/p", .home = "/home/ann", .temporary = temporary } };
    bool is_new = true;
    assert_true(audit_baseline_pass_is_new(pass, &line, &is_new));
    assert_false(is_new);
    for (int i = 0; i < 2; i++) {
        audit_argument path = { .name = "path", .text = i == 0 ? "/home/ann/p/a" : "/home/ann/p/b" };
        line = (audit_line){ .type = AUDIT_ACCESS, .as.access = { .process = 1, .capability = "fs.read", .operation = "x", .arguments = &path, .argument_count = 1, .site = &moved } };
        assert_true(audit_baseline_pass_is_new(pass, &line, &is_new));
        assert_int_equal(is_new, i);
    }
    audit_baseline_pass_destroy(pass);
    audit_baseline_destroy(now);
    audit_baseline_destroy(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_access_counts_as_it_should),
        cmocka_unit_test(another_user_on_another_machine_makes_the_same_file),
        cmocka_unit_test(names_that_look_like_syntax_come_back_as_they_were),
        cmocka_unit_test(comments_stay_with_what_they_speak_about),
        cmocka_unit_test(broken_files_are_refused_with_their_line),
        cmocka_unit_test(second_pass_tells_lines_that_are_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
