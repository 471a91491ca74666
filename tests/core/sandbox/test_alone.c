/* cordon-sandbox alone: a program on standard input, its output, its exit code, and what happens when the lock cannot
 * be had. */
#include "sandbox_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *image;

static const struct program_case {
    const char *name, *program, *output; /* output: a part of it */
    int exit_code;
} program_cases[] = {
    {"expression", "print(1+1)\n", "2\n", 0},
    {"no_line_feed_at_the_end", "print('x')", "x\n", 0},
    {"empty_program", "", "", 0},
    {"exit_code", "import sys; sys.exit(7)\n", "", 7},
    {"exit_text_goes_out_and_is_1", "raise SystemExit('why')\n", "why\n", 1},
    {"traceback", "def f():\n    return 1/0\nf()\n", "ZeroDivisionError: division by zero\n", 1},
    {"syntax_error", "x = = 1\n", "SyntaxError: invalid syntax\n", 1},
    {"argv_is_one_empty_text", "import sys; print(sys.argv)\n", "['']\n", 0},
    {"main_module", "print(__name__, __file__)\n", "__main__ <stdin>\n", 0},
    {"encoding_is_utf8",
     "import sys; print('\xc3\xa9', len('\xc3\xa9'), sys.stdout.encoding, sys.getfilesystemencoding())\n",
     "\xc3\xa9 1 utf-8 utf-8\n", 0},
    {"input_is_at_its_end_after_the_program", "import sys; print(repr(sys.stdin.read()))\n", "''\n", 0},
    {"files_live_in_memory",
     "open('/tmp/a','w').write('hi'); import os; print(open('/tmp/a').read(), os.listdir('/tmp'))\n", "hi ['a']\n", 0},
    {"standard_library_is_inside",
     "import json, decimal, re, datetime; print(json.dumps({'a': [1]}), decimal.Decimal('0.1')*3)\n",
     "{\"a\": [1]} 0.3\n", 0},
    {"home_is_writable", "import os; open('x', 'w').write('hi'); print(os.getcwd(), os.listdir())\n",
     "/home/sandbox ['x']\n", 0},
    {"platform_is_known",
     "import platform, sys, os; print(platform.system(), platform.libc_ver(), os.access(sys.executable, os.X_OK))\n",
     "Linux ('', '') True\n", 0},
    {"no_fork_and_no_exec", "import os; print(hasattr(os, 'fork'), hasattr(os, 'execv'), hasattr(os, 'getpid'))\n",
     "False False True\n", 0},
    {"recursion_ends_in_an_exception", "def f(): f()\ntry:\n    f()\nexcept RecursionError: print('deep')\n", "deep\n",
     0},
    {"recursion_in_c_ends_in_an_exception",
     "x = []\nfor _ in range(200000): x = [x]\ntry:\n    repr(x)\nexcept RecursionError: print('deep')\n", "deep\n", 0},
    {"nested_source_ends_in_an_exception",
     "try:\n    eval('('*150000 + ')'*150000)\nexcept (MemoryError, SyntaxError, RecursionError): print('deep')\n",
     "deep\n", 0},
    {"memory_ends_in_an_exception", "try:\n    x = bytearray(1 << 40)\nexcept MemoryError: print('full')\n", "full\n",
     0},
    {"memory_in_small_pieces_ends_in_an_exception",
     "x = []\ntry:\n    while True: x.append(bytearray(1 << 24))\nexcept MemoryError:\n    n = len(x); del x; "
     "print('full', n > 8)\n",
     "full True\n", 0},
    {"threads",
     "import threading\nr = []\nt = [threading.Thread(target=r.append, args=(i,)) for i in range(3)]\n"
     "[x.start() for x in t]; [x.join() for x in t]\nprint(sorted(r))\n",
     "[0, 1, 2]\n", 0},
    {"standard_error_is_seen", "import sys; print('e', file=sys.stderr)\n", "e\n", 0},
    {"os_exit_skips_the_end", "import os, sys; sys.stdout.write('a'); sys.stdout.flush(); os._exit(5)\n", "a", 5},
};

static void program_case_run(void **state)
{
    const struct program_case *row = *state;
    struct sandbox_ending ending = sandbox_run(image, row->program, strlen(row->program), NULL);

    if (!strstr(ending.output, row->output) || ending.exit_code != row->exit_code)
        fail_msg("exit code %d, output: %.2000s, errors: %s", ending.exit_code, ending.output, ending.errors);
    sandbox_ending_release(&ending);
}

static void much_output_arrives_whole(void **state)
{
    static const char program[] = "import sys\nfor i in range(100000): sys.stdout.write('%06d\\n' % i)\n";
    struct sandbox_ending ending = sandbox_run(image, program, sizeof program - 1, NULL);

    (void)state;
    assert_int_equal(ending.exit_code, 0);
    assert_int_equal(ending.output_size, 700000);
    assert_memory_equal(ending.output + 700000 - 7, "099999\n", 7);
    sandbox_ending_release(&ending);
}

/* A host that refuses the filter: installed in the child before the image starts, it answers EPERM to what the lock
 * asks for. */
static void refuse_lock(unsigned number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        _exit(98);
}

static void refuse_filter(void)
{
    refuse_lock(SYS_seccomp);
}

static void refuse_prctl(void)
{
    refuse_lock(SYS_prctl);
}

/* The twin: a filter that refuses something the image never asks for. */
static void refuse_other(void)
{
    refuse_lock(SYS_sched_yield);
}

static const struct lock_case {
    const char *name;
    void (*before)(void);
    int exit_code;
    const char *output, *errors;
} lock_cases[] = {
    {"lock_refused_by_seccomp_runs_nothing", refuse_filter, 121, "", "lock itself"},
    {"lock_refused_by_prctl_runs_nothing", refuse_prctl, 121, "", "lock itself"},
    {"lock_granted_runs", refuse_other, 0, "ran\n", ""},
};

static void lock_case_run(void **state)
{
    const struct lock_case *row = *state;
    struct sandbox_ending ending = sandbox_run(image, "print('ran')\n", 13, row->before);

    assert_int_equal(ending.exit_code, row->exit_code);
    assert_string_equal(ending.output, row->output);
    if (row->errors[0])
        assert_non_null(strstr(ending.errors, row->errors));
    else
        assert_string_equal(ending.errors, "");
    sandbox_ending_release(&ending);
}

int main(int argument_count, char **arguments)
{
    enum { PROGRAMS = sizeof program_cases / sizeof *program_cases, LOCKS = sizeof lock_cases / sizeof *lock_cases };
    struct CMUnitTest tests[PROGRAMS + LOCKS + 1] = {{0}};

    if (argument_count != 2) {
        fprintf(stderr, "usage: %s IMAGE\n", arguments[0]);
        return 2;
    }
    image = arguments[1];
    for (int i = 0; i < PROGRAMS; i++)
        tests[i] = (struct CMUnitTest){
            .name = program_cases[i].name, .test_func = program_case_run, .initial_state = (void *)&program_cases[i]};
    for (int i = 0; i < LOCKS; i++)
        tests[PROGRAMS + i] = (struct CMUnitTest){
            .name = lock_cases[i].name, .test_func = lock_case_run, .initial_state = (void *)&lock_cases[i]};
    tests[PROGRAMS + LOCKS] = (struct CMUnitTest)cmocka_unit_test(much_output_arrives_whole);
    return cmocka_run_group_tests_name("sandbox alone", tests, NULL, NULL);
}
