/* Hides the command line's syntax from `cordon run`. */
#include "run_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/number.h"
#include "run_numbers.h"

const char run_options_help[] =
    "usage: cordon run [options] FILE [ARGS]      run a script\n"
    "       cordon run [options] -c TEXT [ARGS]   run a program given as text\n"
    "       cordon run [options] -m MODULE [ARGS] run a module as a script\n"
    "       cordon run [options] - [ARGS]         run a program from standard input\n"
    "       cordon run [options] [-i]             talk to Python line by line, at a terminal\n"
    "\n"
    "The program runs in a sandbox: it has Python's standard library, its own file system in memory, its arguments and\n"
    "standard streams, and nothing else of this machine but what these options grant.\n"
    "\n"
    "  --full                  use the full interpreter, which reaches this machine as python does\n"
    "  --file SRC[:DST]        copy a file or folder into the sandbox, at DST or under its own name; may be repeated\n"
    "  --mount SRC:DST[:MODE]  give the sandbox a folder of this machine at DST: rw (the default), ro, or overlay (what the\n"
    "                          program writes is seen by it alone, and told in the report); may be repeated\n"
    "  --env NAME[=VALUE]      give the sandbox an environment variable; without =VALUE the value it has here\n"
    "  --clock MODE[=START]    stepping (the default: virtual time that moves with work and waits), fixed, or real;\n"
    "                          START such as 2026-01-31T12:00:00Z, or seconds since 1970\n"
    "  --seed NUMBER           make everything random in the sandbox follow from NUMBER\n"
    "  --deterministic         same image, program, inputs and seed: same output, byte for byte; files are as old as the clock\n"
    "  --policy FILE[:PROFILE] grant only what this policy allows, within its limits; options may narrow them\n"
    "  --audit FILE            write a record of each access to what was granted of this machine to FILE: docs/audit.md\n"
    "  --call NAME=COMMAND     let the program call NAME of the host: cordon.call(\"NAME\", ...) runs COMMAND by your shell, with the arguments\n"
    "                          as JSON on its standard input; what it prints is the answer, as JSON; may be repeated\n"
    "  --effect NAME           let the program call NAME, which nobody answers now: it is suspended, with exit code 126; may be repeated\n"
    "  --answer ID=JSON, --fail ID=MESSAGE   once it is suspended, answer the effect with that number; may be repeated\n"
    "  --journal FILE          record what the program calls and is answered: docs/journal.md\n"
    "  --replay FILE           answer calls from that journal; with --journal FILE too, go on recording where it ends: into the same file, or\n"
    "                          into a new one, which gets a copy first\n"
    "  --journal-key-file FILE seal journals with the bytes of this file, and believe only what was sealed with them\n"
    "  --on-divergence HOW     if it calls what the journal does not have: stop (the default; exit code 122), or live: go on and call\n"
    "  --snapshot FILE         store the sandbox's state where it is suspended or ends: see cordon snapshot --help\n"
    "  --key-file FILE         seal that with the bytes of this file\n"
    "  --report FILE           write outcome and figures to FILE as JSON\n"
    "  --trace FILE            write each line, call, return, exception and call of the host to FILE as JSON Lines; - is\n"
    "                          standard error\n"
    "  --image FILE            use another sandbox image\n"
    "\n"
    "Limits; reaching one ends the program with exit code 123. Each may be 'none', where it can be.\n"
    "  --memory SIZE           memory, 256M unless said otherwise, at most 1G; K, M and G are understood\n"
    "  --time TIME             from start to end, 60s; us, ms, s, m and h are understood\n"
    "  --cpu TIME              processor time, 30s\n"
    "  --fuel COUNT            calls and backward jumps of Python code, 100G: the same for the same program\n"
    "  --output SIZE           what it writes to standard output and error, 16M\n"
    "  --fs-bytes SIZE, --fs-files COUNT, --fs-offset SIZE   of its file system in memory, 64M, 20K, 1024G\n"
    "  --calls COUNT, --effects COUNT, --brokered-bytes SIZE asked of the host, left open, moved through mounts, 100K, 10K, 1G\n"
    "  --recursion COUNT       depth of calls, 100K\n"
    "  --trace-events COUNT    steps that --trace tells, 100M\n"
    "\n"
    "  --help                  print this\n"
    "\n"
    "Exit codes: the program's own; 120 wrong usage, 121 the sandbox could not be set up, 122 denied, 123 a limit, 124 the\n"
    "sandbox crashed or broke its rules, 125 output, a record, report, trace, journal or snapshot could not be kept,\n"
    "126 suspended until effects are answered.\n";

static void append(char **list, char *text)
{
    while (*list != NULL)
        list++;
    *list = text;
}

/* Each takes an option's value: NULL, or what is wrong with it. */
typedef const char *(*option_function)(run_options *options, char *value);

static const char *take_file(run_options *options, char *value)
{
    append(options->files, value);
    return NULL;
}

static const char *take_mount(run_options *options, char *value)
{
    append(options->mounts, value);
    return NULL;
}

static const char *take_variable(run_options *options, char *value)
{
    if (value[0] == '=' || value[0] == '\0')
        return "needs NAME or NAME=VALUE";
    append(options->variables, value);
    return NULL;
}

static const char *take_seed(run_options *options, char *value)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 0);
    if (errno != 0 || end == value || *end != '\0' || value[0] == '-')
        return "needs a whole number from 0 to 2**64-1";
    options->has_seed = true;
    options->seed = number;
    return NULL;
}

static const char *take_clock(run_options *options, char *value)
{
    static const struct {
        const char *name;
        cordon_clock_mode mode;
    } modes[] = {{"stepping", CORDON_CLOCK_STEPPING}, {"fixed", CORDON_CLOCK_FIXED}, {"real", CORDON_CLOCK_REAL}};
    size_t length = strcspn(value, "=");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strlen(modes[i].name) != length || strncmp(value, modes[i].name, length) != 0)
            continue;
        options->has_clock = true;
        options->clock = modes[i].mode;
        if (value[length] == '\0')
            return NULL;
        if (modes[i].mode == CORDON_CLOCK_REAL)
            return "the real clock has no start";
        const char *complaint = run_parse_moment(value + length + 1, &options->clock_start_ns);
        if (complaint == NULL && options->clock_start_ns == 0)
            options->clock_start_ns = 1; /* 0 stands for the time of now */
        return complaint;
    }
    return "needs stepping, fixed or real";
}

static const char *take_call(run_options *options, char *value)
{
    append(options->calls, value);
    return NULL;
}

static const char *take_effect(run_options *options, char *value)
{
    append(options->effects, value);
    return NULL;
}

static const char *take_answer(run_options *options, char *value)
{
    append(options->answers, value);
    return NULL;
}

static const char *take_failure(run_options *options, char *value)
{
    append(options->failures, value);
    return NULL;
}

static const char *take_journal(run_options *options, char *value)
{
    options->journal = value;
    return NULL;
}

static const char *take_replay(run_options *options, char *value)
{
    options->replay = value;
    return NULL;
}

static const char *take_journal_key(run_options *options, char *value)
{
    options->journal_key = value;
    return NULL;
}

static const char *take_on_divergence(run_options *options, char *value)
{
    options->goes_live = strcmp(value, "live") == 0;
    return options->goes_live || strcmp(value, "stop") == 0 ? NULL : "needs stop or live";
}

static const char *take_snapshot(run_options *options, char *value)
{
    options->save = value;
    return NULL;
}

static const char *take_snapshot_key(run_options *options, char *value)
{
    options->snapshot_key = value;
    return NULL;
}

static const char *take_report(run_options *options, char *value)
{
    options->report = value;
    return NULL;
}

static const char *take_trace(run_options *options, char *value)
{
    options->trace = value;
    return NULL;
}

static const char *take_policy(run_options *options, char *value)
{
    options->policy = value;
    return NULL;
}

static const char *take_audit(run_options *options, char *value)
{
    options->audit = value;
    return NULL;
}

static const char *take_image(run_options *options, char *value)
{
    options->image = value;
    return NULL;
}

static const struct value_option {
    const char *name;
    option_function take;
} value_options[] = {
    {"--file", take_file}, {"--mount", take_mount},   {"--env", take_variable}, {"--seed", take_seed},
    {"--clock", take_clock}, {"--report", take_report}, {"--image", take_image}, {"--policy", take_policy},
    {"--audit", take_audit}, {"--call", take_call}, {"--effect", take_effect}, {"--answer", take_answer},
    {"--fail", take_failure}, {"--journal", take_journal}, {"--replay", take_replay},
    {"--snapshot", take_snapshot}, {"--key-file", take_snapshot_key}, {"--journal-key-file", take_journal_key},
    {"--on-divergence", take_on_divergence}, {"--trace", take_trace},
};

/* The options that the table of limits makes: --NAME. */
static const struct limit_option {
    const char *name, *unit;
} limit_options[] = {
#define RUN_LIMIT_OPTION(constant, name, initial, unit, outcome, who) {"--" name, unit},
    CORDON_LIMIT_TABLE(RUN_LIMIT_OPTION)
#undef RUN_LIMIT_OPTION
};

static const char *take_limit(const struct limit_option *limit, uint64_t *value_out, const char *value)
{
    if (strcmp(value, "none") == 0) {
        *value_out = CORDON_LIMIT_NONE;
        return NULL;
    }
    if (strcmp(limit->unit, "bytes") == 0)
        return policy_parse_bytes(value, value_out);
    return strcmp(limit->unit, "nanoseconds") == 0 ? policy_parse_duration(value, value_out) : policy_parse_count(value, value_out);
}

/* The value of arguments[*index], if that is option `name`, as `--name value` or `--name=value`; false if it is another. */
static bool option_value(const char *name, char **arguments, int *index, char **value_out)
{
    char *argument = arguments[*index];
    size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0 || (argument[length] != '\0' && argument[length] != '='))
        return false;
    *value_out = argument[length] == '=' ? argument + length + 1 : arguments[++*index];
    return true;
}

static bool take_value_option(run_options *options, char **arguments, int *index, const char **complaint_out)
{
    char *value;
    for (size_t i = 0; i < sizeof value_options / sizeof *value_options; i++)
        if (option_value(value_options[i].name, arguments, index, &value)) {
            *complaint_out = value == NULL ? "needs a value" : value_options[i].take(options, value);
            return true;
        }
    for (size_t i = 0; i < CORDON_LIMIT_COUNT; i++)
        if (option_value(limit_options[i].name, arguments, index, &value)) {
            *complaint_out = value == NULL ? "needs a value" : take_limit(&limit_options[i], &options->limits[i], value);
            return true;
        }
    return false;
}

static bool take_flag(run_options *options, const char *argument)
{
    if (strcmp(argument, "--full") == 0)
        options->is_full = true;
    else if (strcmp(argument, "--deterministic") == 0)
        options->is_deterministic = true;
    else if (strcmp(argument, "-i") == 0)
        options->target = RUN_INTERACTIVE;
    else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        options->wants_help = true;
    else
        return false;
    return true;
}

static const char *take_target(run_options *options, char **arguments, int index)
{
    char *argument = arguments[index];
    if (options->target == RUN_INTERACTIVE)
        return "cannot be run together with -i";
    if (strcmp(argument, "-c") == 0 || strcmp(argument, "-m") == 0) {
        options->target = argument[1] == 'c' ? RUN_COMMAND : RUN_MODULE;
        if (arguments[index + 1] == NULL)
            return argument[1] == 'c' ? "needs the program's text" : "needs the module's name";
        options->text = arguments[index + 1];
        options->arguments = arguments + index + 2;
        return NULL;
    }
    options->target = strcmp(argument, "-") == 0 ? RUN_STANDARD_INPUT : RUN_FILE;
    options->text = argument;
    options->arguments = arguments + index + 1;
    return NULL;
}

const char *run_options_parse(int argument_count, char **arguments, run_options *options_out, const char **culprit_out)
{
    run_options *options = options_out;
    *options = (run_options){.files = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .variables = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .mounts = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .calls = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .effects = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .answers = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .failures = calloc((size_t)argument_count + 1, sizeof(char *)),
                             .arguments = arguments + argument_count};
    *culprit_out = "cordon run";
    if (options->files == NULL || options->variables == NULL || options->mounts == NULL || options->calls == NULL || options->effects == NULL ||
        options->answers == NULL || options->failures == NULL)
        return "has no memory left";
    for (int i = 0; arguments[i] != NULL; i++) {
        char *argument = arguments[i];
        const char *complaint = NULL;
        *culprit_out = argument;
        if (take_flag(options, argument)) {
            if (options->wants_help)
                return NULL;
            if (strcmp(argument, "--deterministic") == 0)
                options->sandbox_option = argument;
        } else if (take_value_option(options, arguments, &i, &complaint)) {
            if (strncmp(argument, "--policy", strlen("--policy")) != 0)
                options->sandbox_option = argument;
            if (complaint != NULL)
                return complaint;
        } else if (argument[0] != '-' || strcmp(argument, "-") == 0 || strcmp(argument, "-c") == 0 || strcmp(argument, "-m") == 0) {
            return take_target(options, arguments, i);
        } else {
            return "is not an option of cordon run";
        }
    }
    *culprit_out = "cordon run";
    return NULL;
}

void run_options_release(run_options *options)
{
    free(options->files);
    free(options->variables);
    free(options->mounts);
    free(options->calls);
    free(options->effects);
    free(options->answers);
    free(options->failures);
    *options = (run_options){0};
}
