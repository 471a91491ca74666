/* `cordon run`: a Python program in a sandbox, or with --full in the full interpreter. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "cordon/cordon.h"
#include "host_env/fd.h"
#include "host_env/process.h"
#include "host_env/signal.h"
#include "run_files.h"
#include "run_options.h"
#include "run_paths.h"

/* ---- The full interpreter: this process becomes it ---- */

static int run_full(const command_context *context, const run_options *options)
{
    char interpreter[PATH_MAX];
    host_error error;
    size_t count = 0;
    if (options->files[0] != NULL || options->variables[0] != NULL || options->memory_bytes != 0 || options->has_seed || options->image != NULL) {
        command_complain(context, "--full takes no --file, --env, --memory, --seed or --image: the full interpreter uses this machine's own");
        return CORDON_EXIT_USAGE;
    }
    while (options->arguments[count] != NULL)
        count++;
    char **arguments = calloc(count + 4, sizeof *arguments);
    if (arguments == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    snprintf(interpreter, sizeof interpreter, "%s/cordon-python", context->binaries);
    char **next = arguments;
    *next++ = interpreter;
    if (options->target == RUN_COMMAND || options->target == RUN_MODULE)
        *next++ = options->target == RUN_COMMAND ? "-c" : "-m";
    *next++ = options->text;
    memcpy(next, options->arguments, count * sizeof *next);
    host_process_execve(context->env, interpreter, (const char *const *)arguments, (const char *const *)context->environment, &error);
    command_complain(context, "cannot start the full interpreter %s: %s", interpreter, error.message);
    free(arguments);
    return CORDON_EXIT_SETUP_FAILED;
}

/* ---- The sandbox ---- */

/* What the streams of the program lead to. */
typedef struct run_streams {
    const command_context *context;
    bool is_reader_gone;
    char complaint[256]; /* why a stream failed; empty: it did not */
} run_streams;

static int write_output(void *opaque, int stream, const void *data, size_t size)
{
    run_streams *streams = opaque;
    host_error error;
    size_t done = 0;
    while (done < size) {
        size_t count = 0;
        host_status status = host_fd_write(streams->context->env, stream, (const char *)data + done, size - done, &count, &error);
        if (status != HOST_OK && status != HOST_INTERRUPTED) {
            streams->is_reader_gone = status == HOST_BROKEN_PIPE;
            snprintf(streams->complaint, sizeof streams->complaint, "cannot write the program's output: %.200s", error.message);
            return -1;
        }
        done += count;
    }
    return 0;
}

static long read_input(void *opaque, void *buffer, size_t size)
{
    run_streams *streams = opaque;
    host_error error;
    host_status status;
    size_t count = 0;
    do
        status = host_fd_read(streams->context->env, 0, buffer, size, &count, &error);
    while (status == HOST_INTERRUPTED);
    if (status == HOST_OK)
        return (long)count;
    snprintf(streams->complaint, sizeof streams->complaint, "cannot read standard input: %.200s", error.message);
    return -1;
}

/* A copy of `source` at what `destination` means in the sandbox. */
static host_status copy_in(const command_context *context, const char *source, const char *destination, const char *working_directory,
                           cordon_sandbox *sandbox, host_error *error)
{
    char path[PATH_MAX];
    if (run_path_absolute(working_directory, destination, path, sizeof path) != 0) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "copy_in", .host_code = ENAMETOOLONG, .message = "the path is too long"};
        return HOST_TOO_LARGE;
    }
    return run_copy(context, source, path, sandbox, error);
}

/* --file SOURCE[:DESTINATION]. A source with a colon in its name can be given with a destination: the last colon counts. */
typedef struct file_option {
    char source[PATH_MAX];
    const char *destination;
} file_option;

static bool split_file_option(const char *text, file_option *option_out)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : strlen(text);
    if (length == 0 || length >= sizeof option_out->source || (colon && colon[1] == '\0'))
        return false;
    memcpy(option_out->source, text, length);
    option_out->source[length] = '\0';
    option_out->destination = colon ? colon + 1 : text;
    return true;
}

static int add_files(const command_context *context, char **files, const char *working_directory, cordon_sandbox *sandbox)
{
    for (; *files != NULL; files++) {
        file_option option;
        host_error error;
        if (!split_file_option(*files, &option)) {
            command_complain(context, "--file %s: needs SOURCE or SOURCE:DESTINATION", *files);
            return CORDON_EXIT_USAGE;
        }
        if (copy_in(context, option.source, option.destination, working_directory, sandbox, &error) != HOST_OK) {
            command_complain(context, "--file %s: %s", *files, error.message);
            return CORDON_EXIT_USAGE;
        }
    }
    return 0;
}

/* The working directory that every relative path of the command line fits below. */
static int choose_working_directory(const command_context *context, const run_options *options, char *path_out, size_t size)
{
    size_t rise = options->target == RUN_FILE ? run_path_rise(options->text) : 0;
    for (char **file = options->files; *file != NULL; file++) {
        file_option option;
        if (split_file_option(*file, &option) && run_path_rise(option.destination) > rise)
            rise = run_path_rise(option.destination);
    }
    if (run_path_working_directory(rise, path_out, size) == 0)
        return 0;
    command_complain(context, "a path leads too far up");
    return CORDON_EXIT_USAGE;
}

/* "NAME=value" as given, or as this process has it for a NAME alone. *variables_out: NULL-terminated, its texts borrowed; the caller frees it. */
static int find_variables(const command_context *context, char **variables, const char ***variables_out)
{
    size_t count = 0;
    while (variables[count] != NULL)
        count++;
    const char **found = calloc(count + 1, sizeof *found);
    *variables_out = found;
    if (found == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(variables[i]);
        if (strchr(variables[i], '=') != NULL)
            found[i] = variables[i];
        for (char **entry = context->environment; *entry != NULL && found[i] == NULL; entry++)
            if (strncmp(*entry, variables[i], length) == 0 && (*entry)[length] == '=')
                found[i] = *entry;
        if (found[i] == NULL) {
            command_complain(context, "--env %s: there is no such variable here", variables[i]);
            return CORDON_EXIT_USAGE;
        }
    }
    return 0;
}

/* What is run: for a file and for standard input, read here, because the sandbox can read neither. `*content_out`: to be freed after the run. */
static int choose_target(const command_context *context, const run_options *options, const char *working_directory, cordon_sandbox *sandbox,
                         cordon_program *program, unsigned char **content_out)
{
    static const cordon_program_how how[] = {
        [RUN_FILE] = CORDON_PROGRAM_SCRIPT,
        [RUN_COMMAND] = CORDON_PROGRAM_COMMAND,
        [RUN_MODULE] = CORDON_PROGRAM_MODULE,
        [RUN_STANDARD_INPUT] = CORDON_PROGRAM_INPUT,
    };
    host_error error;
    program->how = how[options->target];
    program->text = options->text;
    if (options->target == RUN_STANDARD_INPUT) {
        if (run_read_file(context, "/dev/stdin", content_out, &program->text_size, &error) != HOST_OK) {
            command_complain(context, "cannot read the program from standard input: %s", error.message);
            return 2;
        }
        program->text = program->text_size != 0 ? (const char *)*content_out : "";
    }
    if (options->target == RUN_FILE && copy_in(context, options->text, options->text, working_directory, sandbox, &error) != HOST_OK) {
        if (error.host_code == 0)
            command_complain(context, "%s", error.message);
        else /* as python says it, with its code */
            command_complain(context, "can't open file '%s': [Errno %lld] %s", options->text, (long long)error.host_code,
                             strerror((int)error.host_code));
        return 2;
    }
    return 0;
}

/* Limits that were not asked for are the machine's own, as for any program that is run by hand. */
static void set_limits(cordon_limits *limits, const run_options *options)
{
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        limits->value[i] = CORDON_LIMIT_NONE;
    if (options->memory_bytes != 0)
        limits->value[CORDON_LIMIT_MEMORY] = options->memory_bytes;
}

static int create_sandbox(const command_context *context, const run_options *options, const char *working_directory, cordon_engine **engine_out,
                          cordon_sandbox **sandbox_out)
{
    char image[PATH_MAX];
    const char **variables = NULL;
    unsigned char seed[CORDON_SEED_BYTES] = {0};
    cordon_error error;
    cordon_engine_config engine_config = CORDON_ENGINE_CONFIG_INIT;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    snprintf(image, sizeof image, "%s/cordon-sandbox", context->binaries);
    engine_config.image = options->image ? options->image : image;
    for (size_t i = 0; i < sizeof options->seed; i++)
        seed[i] = (unsigned char)(options->seed >> (8 * i));
    config.seed = options->has_seed ? seed : NULL;
    config.directory = working_directory;
    config.arguments = (const char *const *)options->arguments;
    set_limits(&config.limits, options);
    int code = find_variables(context, options->variables, &variables);
    config.environment = (const char *const *)variables;
    if (code == 0 && (cordon_engine_create(&engine_config, engine_out, &error) != CORDON_OK ||
                      cordon_sandbox_create(*engine_out, &config, sandbox_out, &error) != CORDON_OK)) {
        command_complain(context, "%s", error.message);
        code = error.status == CORDON_INVALID_ARGUMENT || error.status == CORDON_TOO_LARGE ? CORDON_EXIT_USAGE : CORDON_EXIT_SETUP_FAILED;
    }
    free(variables);
    return code;
}

static int exit_code_of(const command_context *context, const cordon_result *result, const run_streams *streams)
{
    if (result->outcome == CORDON_OUTCOME_OK)
        return result->exit_code;
    if (streams->is_reader_gone)
        return 128 + SIGPIPE;
    command_complain(context, "%s", streams->complaint[0] != '\0' ? streams->complaint : result->message);
    if (result->limit_name != NULL)
        return CORDON_EXIT_LIMIT;
    bool is_bad = result->outcome == CORDON_OUTCOME_VIOLATION || result->outcome == CORDON_OUTCOME_CRASHED;
    return is_bad ? CORDON_EXIT_CRASHED : CORDON_EXIT_SETUP_FAILED;
}

static int run_program(const command_context *context, const cordon_program *program, cordon_sandbox *sandbox, const run_streams *streams)
{
    cordon_error error;
    cordon_result *result;
    /* A reader that goes away is an answer (HOST_BROKEN_PIPE), not the end of this process: the sandbox has to be reaped. */
    const host_signal_action ignore = {.handler.simple = SIG_IGN};
    (void)host_signal_sigaction(context->env, SIGPIPE, &ignore, NULL, NULL);
    if (cordon_sandbox_run_program(sandbox, program, &result, &error) != CORDON_OK) {
        command_complain(context, "%s", error.message);
        return error.status == CORDON_TOO_LARGE ? CORDON_EXIT_USAGE : CORDON_EXIT_SETUP_FAILED;
    }
    int code = exit_code_of(context, result, streams);
    cordon_result_destroy(result);
    return code;
}

static int run_sandbox(const command_context *context, const run_options *options)
{
    char working_directory[PATH_MAX];
    cordon_engine *engine = NULL;
    cordon_sandbox *sandbox = NULL;
    unsigned char *content = NULL;
    run_streams streams = {.context = context};
    cordon_program program = CORDON_PROGRAM_INIT;
    program.streams = (cordon_streams){
        .output = write_output, .input = read_input, .context = &streams, .collected_bytes_max = CORDON_COLLECT_NOTHING};
    int code = choose_working_directory(context, options, working_directory, sizeof working_directory);
    if (code == 0)
        code = create_sandbox(context, options, working_directory, &engine, &sandbox);
    if (code == 0)
        code = add_files(context, options->files, working_directory, sandbox);
    if (code == 0)
        code = choose_target(context, options, working_directory, sandbox, &program, &content);
    if (code == 0)
        code = run_program(context, &program, sandbox, &streams);
    free(content);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return code;
}

int command_run(const command_context *context, int argument_count, char **arguments)
{
    run_options options;
    const char *culprit;
    const char *complaint = run_options_parse(argument_count, arguments, &options, &culprit);
    int code;
    if (complaint != NULL) {
        command_complain(context, "%s %s; 'cordon run --help' tells more", culprit, complaint);
        code = CORDON_EXIT_USAGE;
    } else if (options.wants_help) {
        code = command_write(context, 1, run_options_help) == 0 ? 0 : CORDON_EXIT_USAGE;
    } else {
        code = options.is_full ? run_full(context, &options) : run_sandbox(context, &options);
    }
    run_options_release(&options);
    return code;
}
