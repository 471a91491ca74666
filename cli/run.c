/* `cordon run`: a Python program in a sandbox, or with --full in the full interpreter. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "host_env/process.h"
#include "host_env/random.h"
#include "host_env/signal.h"
#include "host_env/time.h"
#include "run_files.h"
#include "run_options.h"
#include "run_paths.h"
#include "worker.h"

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

static host_status write_output(void *opaque, int stream, const void *data, size_t size, host_error *error)
{
    const command_context *context = opaque;
    size_t done = 0;
    while (done < size) {
        size_t count = 0;
        host_status status = host_fd_write(context->env, stream, (const char *)data + done, size - done, &count, error);
        if (status != HOST_OK && status != HOST_INTERRUPTED)
            return status;
        done += count;
    }
    return HOST_OK;
}

static host_status read_input(void *opaque, void *buffer, size_t size, size_t *size_out, host_error *error)
{
    const command_context *context = opaque;
    host_status status;
    do
        status = host_fd_read(context->env, 0, buffer, size, size_out, error);
    while (status == HOST_INTERRUPTED);
    return status;
}

/* A copy of `source` at what `destination` means in the sandbox. */
static host_status copy_in(const command_context *context, const char *source, const char *destination, const char *working_directory,
                           program *program, host_error *error)
{
    char path[PATH_MAX];
    if (run_path_absolute(working_directory, destination, path, sizeof path) != 0) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "copy_in", .host_code = ENAMETOOLONG, .message = "the path is too long"};
        return HOST_TOO_LARGE;
    }
    return run_copy(context, source, path, program, error);
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

static int add_files(const command_context *context, char **files, const char *working_directory, program *program)
{
    for (; *files != NULL; files++) {
        file_option option;
        host_error error;
        if (!split_file_option(*files, &option)) {
            command_complain(context, "--file %s: needs SOURCE or SOURCE:DESTINATION", *files);
            return CORDON_EXIT_USAGE;
        }
        if (copy_in(context, option.source, option.destination, working_directory, program, &error) != HOST_OK) {
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

static int add_variables(const command_context *context, char **variables, program *program)
{
    for (; *variables != NULL; variables++) {
        const char *assignment = *variables;
        size_t length = strlen(*variables);
        if (strchr(*variables, '=') == NULL) {
            assignment = NULL;
            for (char **entry = context->environment; *entry != NULL && assignment == NULL; entry++)
                if (strncmp(*entry, *variables, length) == 0 && (*entry)[length] == '=')
                    assignment = *entry;
        }
        if (assignment == NULL) {
            command_complain(context, "--env %s: there is no such variable here", *variables);
            return CORDON_EXIT_USAGE;
        }
        if (program_add_variable(program, assignment) != 0)
            return CORDON_EXIT_SETUP_FAILED;
    }
    return 0;
}

/* What is run: for a file and for standard input, read here, because the sandbox can read neither. */
static int add_target(const command_context *context, const run_options *options, const char *working_directory, program *program)
{
    static const cordon_program_how how[] = {
        [RUN_FILE] = CORDON_PROGRAM_SCRIPT,
        [RUN_COMMAND] = CORDON_PROGRAM_COMMAND,
        [RUN_MODULE] = CORDON_PROGRAM_MODULE,
        [RUN_STANDARD_INPUT] = CORDON_PROGRAM_INPUT,
    };
    host_error error;
    unsigned char *content = NULL;
    size_t size = 0;
    int failed;
    if (options->target == RUN_FILE) {
        if (copy_in(context, options->text, options->text, working_directory, program, &error) != HOST_OK) {
            /* As python says it, with its code. */
            command_complain(context, "can't open file '%s': [Errno %lld] %s", options->text, (long long)error.host_code,
                             strerror((int)error.host_code));
            return 2;
        }
    } else if (options->target == RUN_STANDARD_INPUT) {
        if (run_read_file(context, "/dev/stdin", &content, &size, &error) != HOST_OK) {
            command_complain(context, "cannot read the program from standard input: %s", error.message);
            return 2;
        }
        failed = program_set_text(program, how[options->target], (const char *)content, size);
        free(content);
        goto check;
    }
    failed = program_set_text(program, how[options->target], options->text, strlen(options->text));
check:
    if (failed != 0) {
        command_complain(context, "the program is larger than a frame can hold (%u bytes)", CORDON_FRAME_LENGTH_MAX);
        return CORDON_EXIT_USAGE;
    }
    return 0;
}

static int make_settings(const command_context *context, const run_options *options, program_settings *settings_out)
{
    host_time now;
    host_error error;
    *settings_out = (program_settings){.memory_limit_bytes = options->memory_bytes};
    if (host_time_clock(context->env, CLOCK_REALTIME, &now, &error) != HOST_OK) {
        command_complain(context, "cannot read the clock: %s", error.message);
        return CORDON_EXIT_SETUP_FAILED;
    }
    settings_out->wall_clock_ns = (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
    if (options->has_seed) {
        for (int i = 0; i < 8; i++)
            settings_out->seed[i] = (unsigned char)(options->seed >> (8 * i));
    } else if (host_random_fill(context->env, settings_out->seed, sizeof settings_out->seed, &error) != HOST_OK) {
        command_complain(context, "cannot get random bytes: %s", error.message);
        return CORDON_EXIT_SETUP_FAILED;
    }
    return 0;
}

static const int exit_codes[] = {
    [WORKER_SETUP_FAILED] = CORDON_EXIT_SETUP_FAILED, [WORKER_VIOLATION] = CORDON_EXIT_CRASHED, [WORKER_CRASHED] = CORDON_EXIT_CRASHED,
    [WORKER_BAD_FRAME] = CORDON_EXIT_CRASHED,         [WORKER_OUTPUT_CLOSED] = 128 + SIGPIPE,   [WORKER_HOST_FAILURE] = CORDON_EXIT_SETUP_FAILED,
};

static int run_sandbox(const command_context *context, const run_options *options)
{
    char image[PATH_MAX], working_directory[PATH_MAX];
    program_settings settings;
    worker_result result;
    size_t size = 0;
    program *program = program_create();
    int code = program == NULL ? CORDON_EXIT_SETUP_FAILED : 0;
    if (code == 0)
        code = choose_working_directory(context, options, working_directory, sizeof working_directory);
    if (code == 0 && program_add_folder(program, working_directory, 0755, 0) != 0)
        code = CORDON_EXIT_SETUP_FAILED;
    if (code == 0)
        code = add_files(context, options->files, working_directory, program);
    if (code == 0)
        code = add_variables(context, options->variables, program);
    if (code == 0)
        code = add_target(context, options, working_directory, program);
    for (char **argument = options->arguments; code == 0 && *argument != NULL; argument++)
        if (program_add_argument(program, *argument) != 0)
            code = CORDON_EXIT_SETUP_FAILED;
    if (code == 0)
        code = make_settings(context, options, &settings);
    settings.working_directory = working_directory;
    if (code != 0) {
        program_destroy(program);
        return code;
    }
    unsigned char *frames = program_to_frames(program, &settings, &size);
    program_destroy(program);
    if (frames == NULL) {
        command_complain(context, "no memory for the program, or its arguments and variables are larger than a frame can hold");
        return CORDON_EXIT_SETUP_FAILED;
    }
    snprintf(image, sizeof image, "%s/cordon-sandbox", context->binaries);
    /* A reader that goes away is an answer (HOST_BROKEN_PIPE), not the end of this process: the sandbox has to be reaped. */
    const host_signal_action ignore = {.handler.simple = SIG_IGN};
    (void)host_signal_sigaction(context->env, SIGPIPE, &ignore, NULL, NULL);
    const worker_streams streams = {.write_output = write_output, .read_input = read_input, .context = (void *)context};
    worker_run(context->env, options->image ? options->image : image, frames, size, &streams, &result);
    free(frames);
    if (result.outcome == WORKER_EXITED)
        return result.exit_code;
    if (result.outcome != WORKER_OUTPUT_CLOSED)
        command_complain(context, "%s", result.message);
    return exit_codes[result.outcome];
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
