/* Hides the command line's syntax from `cordon audit run`. */
#include "audit_run_options.h"

#include <string.h>

const char audit_run_options_help[] =
    "usage: cordon audit run [options] SCRIPT [ARGS]    audit a script\n"
    "       cordon audit run [options] -m MODULE [ARGS] audit a module that is run as a script\n"
    "       cordon audit run [options] -c TEXT [ARGS]   audit a program given as text\n"
    "       cordon audit run [options] - [ARGS]         audit a program from standard input\n"
    "\n"
    "Runs a Python program in the full interpreter, on this machine, and keeps a record of each access to the host "
    "that it\n"
    "and the Python processes it starts make or are refused, and of who asked: docs/audit.md has the format.\n"
    "The program has its own standard streams, terminal, signals and exit code, as with python.\n"
    "\n"
    "  --record FILE                   write the record to FILE\n"
    "  --format NAME[=FILE]            report what was done when it has ended; may be given several times. NAME is one "
    "of those\n"
    "                                  below; without =FILE it goes to standard error, with =- to standard output\n"
    "  --all                           show every row in tables, not the first of each capability\n"
    "  --policy FILE[:PROFILE]         refuse what this policy does not allow\n"
    "  --report-policy FILE[:PROFILE]  mark in the record what this policy would refuse; refuses nothing\n"
    "  --baseline FILE                 end with 122 if there is an access that this file does not have, and show it; "
    "tell\n"
    "                                  what has vanished\n"
    "  --update-baseline               write to that file what was seen instead, and keep its comments\n"
    "  --strict-baseline               end with 122 also if something has vanished\n"
    "  --fail-on CAPABILITY,...        end with 122 if the program made an access of these: fs.write, net.*, ...\n"
    "  --exit-zero                     tell all that, but end with the program's own code\n"
    "  --                              what follows is the script\n"
    "  --help                          print this\n"
    "\n"
    "Exit codes: the program's own, and if a signal ended it, the same signal; 120 wrong usage or policy, 121 the "
    "program\n"
    "could not be started, 122 denied or new access, 125 the record is incomplete: the program was then ended.\n"
    "Without --record, --format, --baseline and --fail-on it is --format table.\n"
    "\n"
    "formats:\n";

/* Each takes an option's value: NULL, or what is wrong with it. */
typedef const char *(*option_function)(audit_run_options *options, const char *value);

static const char *take_record(audit_run_options *options, const char *value)
{
    options->record = value;
    if (strcmp(value, "-") == 0)
        return "is no name of a record: standard output is the program's; /dev/stdout shares it with the program all the same";
    return NULL;
}

static const char *take_policy(audit_run_options *options, const char *value)
{
    options->policy = value;
    return NULL;
}

static const char *take_report_policy(audit_run_options *options, const char *value)
{
    options->report_policy = value;
    return NULL;
}

static const char *take_format(audit_run_options *options, const char *value)
{
    return audit_reports_take(&options->reports, value);
}

static const char *take_baseline(audit_run_options *options, const char *value)
{
    options->verdict.baseline = value;
    return NULL;
}

static const char *take_fail_on(audit_run_options *options, const char *value)
{
    return audit_verdict_take_fail_on(&options->verdict, value);
}

static const struct value_option {
    const char *name;
    option_function take;
} value_options[] = {
    {"--record", take_record},
    {"--format", take_format},
    {"--policy", take_policy},
    {"--report-policy", take_report_policy},
    {"--baseline", take_baseline},
    {"--fail-on", take_fail_on},
};

/* Whether arguments[*index] is an option with a value, as `--name value` or `--name=value`. */
static bool take_value_option(audit_run_options *options, char **arguments, int *index, const char **complaint_out)
{
    char *argument = arguments[*index];
    for (size_t i = 0; i < sizeof value_options / sizeof *value_options; i++) {
        size_t length = strlen(value_options[i].name);
        if (strncmp(argument, value_options[i].name, length) != 0 ||
            (argument[length] != '\0' && argument[length] != '='))
            continue;
        const char *value = argument[length] == '=' ? argument + length + 1 : arguments[++*index];
        *complaint_out = value == NULL || *value == '\0' ? "needs a value" : value_options[i].take(options, value);
        return true;
    }
    return false;
}

static const char *take_target(audit_run_options *options, char **arguments)
{
    options->program = arguments;
    if (strcmp(arguments[0], "-c") == 0 || strcmp(arguments[0], "-m") == 0) {
        options->target = arguments[0][1] == 'c' ? RUN_COMMAND : RUN_MODULE;
        if (arguments[1] == NULL)
            return arguments[0][1] == 'c' ? "needs the program's text" : "needs the module's name";
        return NULL;
    }
    options->target = strcmp(arguments[0], "-") == 0 ? RUN_STANDARD_INPUT : RUN_FILE;
    return NULL;
}

static bool is_target(const char *argument)
{
    return argument[0] != '-' || argument[1] == '\0' || strcmp(argument, "-c") == 0 || strcmp(argument, "-m") == 0;
}

/* Options without a value. */
static bool take_flag(audit_run_options *options, const char *argument)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--all", &options->reports.shows_all},
                 {"--update-baseline", &options->verdict.updates_baseline},
                 {"--strict-baseline", &options->verdict.is_strict},
                 {"--exit-zero", &options->verdict.exits_zero}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(flags[i].name, argument) == 0)
            return *flags[i].flag = true;
    return false;
}

/* The options and the target. */
static const char *parse(int argument_count, char **arguments, audit_run_options *options_out, const char **culprit_out)
{
    static const char needs_target[] = "needs a SCRIPT, -c TEXT, -m MODULE or -";
    *options_out = (audit_run_options){0};
    for (int i = 0; i < argument_count; i++) {
        const char *complaint = NULL;
        *culprit_out = arguments[i];
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            options_out->wants_help = true;
            return NULL;
        }
        if (strcmp(arguments[i], "--") == 0) {
            options_out->target = RUN_FILE;
            options_out->program = arguments + i + 1;
            return arguments[i + 1] == NULL ? needs_target : NULL;
        }
        if (is_target(arguments[i]))
            return take_target(options_out, arguments + i);
        if (take_flag(options_out, arguments[i]))
            continue;
        if (!take_value_option(options_out, arguments, &i, &complaint))
            return "is not an option of cordon audit run";
        if (i < argument_count && arguments[i][0] != '\0')
            *culprit_out = arguments[i]; /* an option's value says more than its name */
        if (complaint != NULL)
            return complaint;
    }
    *culprit_out = "cordon audit run";
    return needs_target;
}

const char *audit_run_options_parse(int argument_count, char **arguments, audit_run_options *options_out,
                                    const char **culprit_out)
{
    const char *complaint = parse(argument_count, arguments, options_out, culprit_out);
    bool is_asked = options_out->wants_help || options_out->record != NULL || options_out->reports.count > 0 ||
                    audit_verdict_is_asked(&options_out->verdict);
    if (complaint == NULL && options_out->verdict.baseline == NULL && !options_out->wants_help &&
        (options_out->verdict.updates_baseline || options_out->verdict.is_strict)) {
        *culprit_out = options_out->verdict.updates_baseline ? "--update-baseline" : "--strict-baseline";
        return "needs --baseline FILE";
    }
    return complaint != NULL || is_asked ? complaint : audit_reports_take(&options_out->reports, "table");
}
