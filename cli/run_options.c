/* Hides the command line's syntax from `cordon run`. */
#include "run_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char run_options_help[] =
    "usage: cordon run [options] FILE [ARGS]      run a script\n"
    "       cordon run [options] -c TEXT [ARGS]   run a program given as text\n"
    "       cordon run [options] -m MODULE [ARGS] run a module as a script\n"
    "       cordon run [options] - [ARGS]         run a program from standard input\n"
    "\n"
    "The program runs in a sandbox: it has Python's standard library, its own file system in memory, its arguments and\n"
    "standard streams, and nothing else of this machine.\n"
    "\n"
    "  --full               use the full interpreter, which reaches this machine as python does\n"
    "  --file SRC[:DST]     copy a file or folder into the sandbox, at DST or under its own name; may be repeated\n"
    "  --env NAME[=VALUE]   give the sandbox an environment variable; without =VALUE the value it has here\n"
    "  --memory SIZE        limit the sandbox's memory; K, M and G are understood\n"
    "  --seed NUMBER        seed everything random in the sandbox, hash order included\n"
    "  --image FILE         use another sandbox image\n"
    "  --help               print this\n";

static const char *parse_size(const char *text, uint64_t *size_out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || text[0] == '-')
        return "needs a size such as 64M";
    unsigned shift = 0;
    if (*end != '\0') {
        const char *unit = strchr("KMG", *end);
        if (unit == NULL || end[1] != '\0')
            return "needs a size such as 64M";
        shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : 30;
    }
    if (number == 0 || number > UINT64_MAX >> shift)
        return "needs a size between 1 and what 64 bits hold";
    *size_out = (uint64_t)number << shift;
    return NULL;
}

static const char *parse_seed(const char *text, uint64_t *seed_out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-')
        return "needs a whole number from 0 to 2**64-1";
    *seed_out = number;
    return NULL;
}

static void append(char **list, char *text)
{
    while (*list != NULL)
        list++;
    *list = text;
}

typedef const char *(*option_function)(run_options *options, char *value);

static const char *take_file(run_options *options, char *value)
{
    append(options->files, value);
    return NULL;
}

static const char *take_variable(run_options *options, char *value)
{
    if (value[0] == '=' || value[0] == '\0')
        return "needs NAME or NAME=VALUE";
    append(options->variables, value);
    return NULL;
}

static const char *take_memory(run_options *options, char *value)
{
    return parse_size(value, &options->memory_bytes);
}

static const char *take_seed(run_options *options, char *value)
{
    options->has_seed = true;
    return parse_seed(value, &options->seed);
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
    {"--file", take_file}, {"--env", take_variable}, {"--memory", take_memory}, {"--seed", take_seed}, {"--image", take_image},
};

/* Takes arguments[*index] if it is an option with a value, as `--name value` or `--name=value`. */
static bool take_value_option(run_options *options, char **arguments, int *index, const char **complaint_out)
{
    char *argument = arguments[*index];
    for (size_t i = 0; i < sizeof value_options / sizeof *value_options; i++) {
        size_t length = strlen(value_options[i].name);
        if (strncmp(argument, value_options[i].name, length) != 0 || (argument[length] != '\0' && argument[length] != '='))
            continue;
        char *value = argument[length] == '=' ? argument + length + 1 : arguments[++*index];
        *complaint_out = value == NULL ? "needs a value" : value_options[i].take(options, value);
        return true;
    }
    return false;
}

static const char *take_target(run_options *options, char **arguments, int index)
{
    char *argument = arguments[index];
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
                             .variables = calloc((size_t)argument_count + 1, sizeof(char *))};
    *culprit_out = "";
    if (options->files == NULL || options->variables == NULL)
        return "memory ran out";
    for (int i = 0; arguments[i] != NULL; i++) {
        char *argument = arguments[i];
        const char *complaint = NULL;
        *culprit_out = argument;
        if (strcmp(argument, "--full") == 0) {
            options->is_full = true;
        } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            options->wants_help = true;
            return NULL;
        } else if (take_value_option(options, arguments, &i, &complaint)) {
            if (complaint != NULL)
                return complaint;
            if (arguments[i] == NULL)
                break;
        } else if (argument[0] != '-' || strcmp(argument, "-") == 0 || strcmp(argument, "-c") == 0 || strcmp(argument, "-m") == 0) {
            return take_target(options, arguments, i);
        } else {
            return "is not an option of cordon run";
        }
    }
    *culprit_out = "cordon run";
    return "needs a FILE, -c TEXT, -m MODULE or -";
}

void run_options_release(run_options *options)
{
    free(options->files);
    free(options->variables);
    *options = (run_options){0};
}
