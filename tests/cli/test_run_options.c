/* The command line of `cordon run`: what it means, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "run_options.h"

enum { ARGUMENTS_MAX = 8 };

static const struct option_case {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    const char *complaint; /* part of it; NULL: accepted */
    run_target target;
    const char *text;
    int argument_count; /* of the program */
} option_cases[] = {
    {"file", {"a.py"}, NULL, RUN_FILE, "a.py", 0},
    {"file_with_arguments", {"a.py", "-c", "--full"}, NULL, RUN_FILE, "a.py", 2},
    {"command", {"-c", "pass", "x"}, NULL, RUN_COMMAND, "pass", 1},
    {"module", {"-m", "json.tool"}, NULL, RUN_MODULE, "json.tool", 0},
    {"standard_input", {"-", "x", "y"}, NULL, RUN_STANDARD_INPUT, "-", 2},
    {"options_before", {"--full", "--seed", "7", "a.py"}, NULL, RUN_FILE, "a.py", 0},
    {"equals_sign", {"--memory=64M", "-m", "this"}, NULL, RUN_MODULE, "this", 0},
    {"nothing", {0}, NULL, RUN_NOTHING, NULL, 0},
    {"only_options", {"--full"}, NULL, RUN_NOTHING, NULL, 0},
    {"interactive", {"--time", "1h", "-i"}, NULL, RUN_INTERACTIVE, NULL, 0},
    {"interactive_with_a_program", {"-i", "a.py"}, "together with -i", RUN_INTERACTIVE, NULL, 0},
    {"every_limit",
     {"--fuel=1M", "--output=1K", "--fs-bytes=1M", "--fs-files=5", "--recursion=none", "a.py"},
     NULL,
     RUN_FILE,
     "a.py",
     0},
    {"clock_with_start", {"--clock", "fixed=2026-01-31T12:00:00Z", "a.py"}, NULL, RUN_FILE, "a.py", 0},
    {"clock_unknown", {"--clock", "slow", "a.py"}, "needs stepping, fixed or real", RUN_NOTHING, NULL, 0},
    {"clock_real_with_start", {"--clock", "real=5", "a.py"}, "has no start", RUN_NOTHING, NULL, 0},
    {"clock_bad_start", {"--clock", "fixed=soon", "a.py"}, "needs a moment", RUN_NOTHING, NULL, 0},
    {"time_without_number", {"--time", "ms", "a.py"}, "needs a time", RUN_NOTHING, NULL, 0},
    {"fuel_bad_unit", {"--fuel", "5X", "a.py"}, "needs a number", RUN_NOTHING, NULL, 0},
    {"unknown", {"--fool", "a.py"}, "is not an option", RUN_NOTHING, NULL, 0},
    {"prefix_is_no_option", {"--seeds", "7", "a.py"}, "is not an option", RUN_NOTHING, NULL, 0},
    {"command_without_text", {"-c"}, "needs the program's text", RUN_COMMAND, NULL, 0},
    {"module_without_name", {"-m"}, "needs the module's name", RUN_MODULE, NULL, 0},
    {"value_missing", {"--seed"}, "needs a value", RUN_NOTHING, NULL, 0},
    {"seed_not_a_number", {"--seed", "x", "a.py"}, "needs a whole number", RUN_NOTHING, NULL, 0},
    {"seed_negative", {"--seed=-1", "a.py"}, "needs a whole number", RUN_NOTHING, NULL, 0},
    {"memory_without_number", {"--memory", "M", "a.py"}, "needs a size", RUN_NOTHING, NULL, 0},
    {"memory_bad_unit", {"--memory", "5X", "a.py"}, "needs a size", RUN_NOTHING, NULL, 0},
    {"memory_zero", {"--memory", "0", "a.py"}, "needs a size", RUN_NOTHING, NULL, 0},
    {"memory_too_large", {"--memory", "18446744073709551615G", "a.py"}, "needs a size", RUN_NOTHING, NULL, 0},
    {"functions_and_answers", {"--call", "f=cat", "--effect=g", "--answer", "1=2", "--fail=2=no", "a.py"}, NULL, RUN_FILE, "a.py", 0},
    {"journals", {"--journal=j", "--replay", "j", "--journal-key-file", "k", "--on-divergence=live", "a.py"}, NULL, RUN_FILE, "a.py", 0},
    {"journal_without_a_name", {"--journal"}, "needs a value", RUN_NOTHING, NULL, 0},
    {"divergence_unknown", {"--on-divergence", "often", "a.py"}, "needs stop or live", RUN_NOTHING, NULL, 0},
    {"variable_without_name", {"--env", "=x", "a.py"}, "needs NAME", RUN_NOTHING, NULL, 0},
};

static void line_is_understood(void **state)
{
    const struct option_case *line = *state;
    char *arguments[ARGUMENTS_MAX + 1] = {0};
    const char *culprit;
    run_options options;
    int count = 0;
    for (; count < ARGUMENTS_MAX && line->arguments[count] != NULL; count++)
        arguments[count] = (char *)line->arguments[count];

    const char *complaint = run_options_parse(count, arguments, &options, &culprit);

    if (line->complaint != NULL) {
        assert_non_null(complaint);
        assert_non_null(strstr(complaint, line->complaint));
    } else {
        int program_arguments = 0;
        assert_null(complaint);
        assert_int_equal(options.target, line->target);
        if (line->text != NULL)
            assert_string_equal(options.text, line->text);
        else
            assert_null(options.text);
        while (options.arguments[program_arguments] != NULL)
            program_arguments++;
        assert_int_equal(program_arguments, line->argument_count);
    }
    run_options_release(&options);
}

static void values_are_taken(void **state)
{
    char *arguments[] = {"--file", "a:b", "--env=X=1", "--file", "c", "--memory", "2K", "--seed", "0x10", "--image", "i",
                         "--mount", "d:/d:ro", "--time=1.5s", "--calls", "none", "--clock=fixed=60", "--report", "r.json", "--deterministic", "p.py", NULL};
    const char *culprit;
    run_options options;
    (void)state;

    assert_null(run_options_parse((int)(sizeof arguments / sizeof *arguments) - 1, arguments, &options, &culprit));

    assert_string_equal(options.files[0], "a:b");
    assert_string_equal(options.files[1], "c");
    assert_null(options.files[2]);
    assert_string_equal(options.variables[0], "X=1");
    assert_string_equal(options.mounts[0], "d:/d:ro");
    assert_null(options.mounts[1]);
    assert_int_equal(options.limits[CORDON_LIMIT_MEMORY], 2048);
    assert_int_equal(options.limits[CORDON_LIMIT_WALL], 1500000000);
    assert_true(options.limits[CORDON_LIMIT_CALLS] == CORDON_LIMIT_NONE);
    assert_int_equal(options.limits[CORDON_LIMIT_FUEL], 0);
    assert_true(options.has_clock);
    assert_int_equal(options.clock, CORDON_CLOCK_FIXED);
    assert_int_equal(options.clock_start_ns, 60000000000);
    assert_string_equal(options.report, "r.json");
    assert_true(options.is_deterministic);
    assert_true(options.has_seed);
    assert_int_equal(options.seed, 16);
    assert_string_equal(options.image, "i");
    run_options_release(&options);
}

int main(void)
{
    enum { LINES = sizeof option_cases / sizeof *option_cases };
    struct CMUnitTest tests[LINES + 1] = {[LINES] = cmocka_unit_test(values_are_taken)};
    for (int i = 0; i < LINES; i++)
        tests[i] = (struct CMUnitTest){.name = option_cases[i].name, .test_func = line_is_understood, .initial_state = (void *)&option_cases[i]};
    return cmocka_run_group_tests_name("run_options", tests, NULL, NULL);
}
