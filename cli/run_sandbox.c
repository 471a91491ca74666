/* Hides libcordon from `cordon run`: options become an engine, a sandbox, its files and a program; an outcome becomes an exit code. */
#include "run_sandbox.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/cordon.h"
#include "effect_answers.h"
#include "host_env/signal.h"
#include "run_audit.h"
#include "run_calls.h"
#include "run_files.h"
#include "run_journal.h"
#include "run_mounts.h"
#include "run_paths.h"
#include "run_policy.h"
#include "run_report.h"
#include "run_signals.h"
#include "run_snapshot.h"
#include "run_streams.h"
#include "run_trace.h"

/* Everything that one run makes and releases. */
typedef struct run {
    const command_context *context;
    const run_options *options;
    char image[PATH_MAX], directory[PATH_MAX];
    run_mounts mounts;
    run_trace *trace; /* NULL: none was asked for */
    run_audit *audit; /* NULL: no record was asked for */
    const char **environment;
    policy *policy; /* NULL: none was given */
    unsigned char seed[CORDON_SEED_BYTES];
    cordon_engine *engine;
    cordon_sandbox *sandbox;
    cordon_result *result;
    run_calls *calls;        /* NULL: none are offered */
    cordon_journal *journal; /* NULL: none */
    effect_answers answers;
    cordon_snapshot *restored; /* where the run begins; NULL: at the image */
    run_streams streams;
} run;

/* ---- Files ---- */

/* When a file came to this machine is no input of a deterministic run: there all are as old as the sandbox's clock. 0: as old as they are. */
static uint64_t copied_time_ns(const run_options *options)
{
    static const uint64_t year_2026_ns = 1767225600ull * 1000000000u; /* where that clock starts unless it is told */
    return !options->is_deterministic ? 0 : options->clock_start_ns != 0 ? options->clock_start_ns : year_2026_ns;
}

/* A copy of `source` at what `destination` means in the sandbox. */
static host_status copy_in(run *run, const char *source, const char *destination, host_error *error)
{
    char path[PATH_MAX];
    if (run_path_absolute(run->directory, destination, path, sizeof path) != 0) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "copy_in", .host_code = ENAMETOOLONG, .message = "the path is too long"};
        return HOST_TOO_LARGE;
    }
    return run_copy(run->context, source, path, copied_time_ns(run->options), run->sandbox, error);
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

static int add_files(run *run)
{
    for (char **file = run->options->files; *file != NULL; file++) {
        file_option option;
        host_error error;
        if (!split_file_option(*file, &option)) {
            command_complain(run->context, "--file %s: needs SOURCE or SOURCE:DESTINATION", *file);
            return CORDON_EXIT_USAGE;
        }
        int code = run_policy_copy(run->context, run->policy, option.source);
        if (code != 0)
            return code;
        if (copy_in(run, option.source, option.destination, &error) != HOST_OK) {
            command_complain(run->context, "--file %s: %s", *file, error.message);
            return CORDON_EXIT_USAGE;
        }
    }
    return 0;
}

/* The working directory that every relative path of the command line fits below. */
static int choose_directory(run *run)
{
    size_t rise = run->options->target == RUN_FILE ? run_path_rise(run->options->text) : 0;
    for (char **file = run->options->files; *file != NULL; file++) {
        file_option option;
        if (split_file_option(*file, &option) && run_path_rise(option.destination) > rise)
            rise = run_path_rise(option.destination);
    }
    if (run_path_working_directory(rise, run->directory, sizeof run->directory) == 0)
        return 0;
    command_complain(run->context, "a path leads too far up");
    return CORDON_EXIT_USAGE;
}

/* ---- Settings ---- */

static int choose_environment(run *run)
{
    char **variables = run->options->variables;
    size_t count = 0;
    while (variables[count] != NULL)
        count++;
    run->environment = calloc(count + 1, sizeof *run->environment);
    if (run->environment == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(variables[i]);
        if (strchr(variables[i], '=') != NULL)
            run->environment[i] = variables[i];
        int code = run->environment[i] != NULL ? 0 : run_policy_variable(run->context, run->policy, variables[i]);
        if (code != 0)
            return code;
        for (char **entry = run->context->environment; *entry != NULL && run->environment[i] == NULL; entry++)
            if (strncmp(*entry, variables[i], length) == 0 && (*entry)[length] == '=')
                run->environment[i] = *entry;
        if (run->environment[i] == NULL) {
            command_complain(run->context, "--env %s: there is no such variable here", variables[i]);
            return CORDON_EXIT_USAGE;
        }
    }
    return 0;
}

static int choose_limits(const run *run, cordon_limits *limits_out)
{
    int code = run_policy_limits(run->context, run->policy, run->options, limits_out);
    /* Waits for a person cost nobody anything: a conversation has no limit of time unless one was asked for. */
    if (limits_out->value[CORDON_LIMIT_WALL] == 0 && run->options->target == RUN_INTERACTIVE)
        limits_out->value[CORDON_LIMIT_WALL] = CORDON_LIMIT_NONE;
    return code;
}

/* What the options ask of this machine, all but files, which are judged as they are copied, and variables. */
static int check_policy(const run *run)
{
    int code = run->options->clock == CORDON_CLOCK_REAL ? run_policy_clock(run->context, run->policy) : 0;
    for (size_t i = 0; i < run->mounts.count && code == 0; i++)
        code = run_policy_mount(run->context, run->policy, &run->mounts.mounts[i]);
    for (char **call = run->options->calls; *call != NULL && code == 0; call++)
        code = run_policy_command(run->context, run->policy, strchr(*call, '=') + 1); /* run_calls_open has seen that there is one */
    return code;
}

static bool permit(void *context, const cordon_access *access)
{
    const run *run = context;
    return (run->policy == NULL || run_policy_permit(run->policy, access)) && (run->audit == NULL || run_audit_permit(run->audit, access));
}

static void record(void *context, const cordon_access *access)
{
    run_audit_record(((const run *)context)->audit, access);
}

/* Where overlays keep what changes, as the environment says it; NULL: it says nothing. */
static const char *temporary_folder(const command_context *context)
{
    static const char name[] = "TMPDIR=";
    for (char **entry = context->environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, sizeof name - 1) == 0 && (*entry)[sizeof name - 1] == '/')
            return *entry + sizeof name - 1;
    return NULL;
}

static int make_sandbox(run *run)
{
    const run_options *options = run->options;
    cordon_error error;
    cordon_engine_config engine = CORDON_ENGINE_CONFIG_INIT;
    cordon_sandbox_config sandbox = CORDON_SANDBOX_CONFIG_INIT;
    snprintf(run->image, sizeof run->image, "%s/cordon-sandbox", run->context->binaries);
    engine.image = options->image ? options->image : run->image;
    int code = choose_limits(run, &sandbox.limits);
    if (code == 0)
        code = check_policy(run);
    if (code != 0)
        return code;
    sandbox.permit_access = run->policy != NULL || run->audit != NULL ? permit : NULL;
    sandbox.record_access = run->audit != NULL ? record : NULL;
    sandbox.access_context = run;
    sandbox.clock = options->clock;
    sandbox.clock_start_ns = options->clock_start_ns;
    for (int i = 0; i < 8; i++)
        run->seed[i] = (unsigned char)(options->seed >> (8 * i));
    sandbox.seed = options->has_seed ? run->seed : NULL;
    if (run->restored == NULL) {
        sandbox.environment = run->environment;
        sandbox.arguments = (const char *const *)options->arguments;
        sandbox.directory = run->directory;
    }
    sandbox.mounts = run->mounts.mounts;
    sandbox.mount_count = run->mounts.count;
    sandbox.is_deterministic = options->is_deterministic;
    sandbox.overlay_folder = temporary_folder(run->context);
    bool is_made = cordon_engine_create(&engine, &run->engine, &error) == CORDON_OK;
    code = is_made ? run_calls_register(run->calls, run->engine) : 0;
    if (code != 0)
        return code;
    if (is_made)
        is_made = (run->restored != NULL ? cordon_sandbox_restore(run->engine, &sandbox, run->restored, &run->sandbox, &error)
                                         : cordon_sandbox_create(run->engine, &sandbox, &run->sandbox, &error)) == CORDON_OK;
    if (is_made && (run->journal == NULL || cordon_sandbox_set_journal(run->sandbox, run->journal, &error) == CORDON_OK))
        return 0;
    command_complain(run->context, "%s", error.message);
    bool is_usage = error.status == CORDON_INVALID_ARGUMENT || error.status == CORDON_TOO_LARGE || error.status == CORDON_SNAPSHOT_REFUSED;
    return is_usage ? CORDON_EXIT_USAGE : CORDON_EXIT_SETUP_FAILED;
}

/* ---- The program ---- */

/* The banner and the prompts are Python's own; input comes by the line, as the terminal gives it. */
static const char conversation[] =
    "import code, sys\n"
    "class Console(code.InteractiveConsole):\n"
    "    def raw_input(self, prompt=''):\n"
    "        line = input(prompt)\n"
    "        if line == '\\3':\n"
    "            raise KeyboardInterrupt\n"
    "        return line\n"
    "console = Console(vars(sys.modules['__main__']))\n"
    "del Console\n"
    "globals().pop('console').interact(f'Python {sys.version.split()[0]} in a Cordon sandbox. Ctrl-D ends it.', '')";

/* What is run: for a file and for standard input, read here, because the sandbox can read neither. *content_out is the caller's. */
static int choose_program(run *run, cordon_program *program, unsigned char **content_out)
{
    static const cordon_program_how how[] = {
        [RUN_FILE] = CORDON_PROGRAM_SCRIPT,          [RUN_COMMAND] = CORDON_PROGRAM_COMMAND,       [RUN_MODULE] = CORDON_PROGRAM_MODULE,
        [RUN_STANDARD_INPUT] = CORDON_PROGRAM_INPUT, [RUN_INTERACTIVE] = CORDON_PROGRAM_COMMAND,
    };
    const run_options *options = run->options;
    host_error error;
    program->how = how[options->target];
    program->text = options->target == RUN_INTERACTIVE ? conversation : options->text;
    if (options->target == RUN_FILE && run_snapshot_is_session(options)) {
        if (run_read_file(run->context, options->text, content_out, &program->text_size, &error) != HOST_OK) {
            command_complain(run->context, "can't open file '%s': %s", options->text, error.message);
            return 2;
        }
        program->text = program->text_size > 0 ? (const char *)*content_out : "";
        return 0;
    }
    if (options->target == RUN_FILE && copy_in(run, options->text, options->text, &error) != HOST_OK) {
        if (error.host_code == 0)
            command_complain(run->context, "%s", error.message);
        else /* as python says it, with its code */
            command_complain(run->context, "can't open file '%s': [Errno %lld] %s", options->text, (long long)error.host_code,
                             strerror((int)error.host_code));
        return 2;
    }
    if (options->target == RUN_STANDARD_INPUT) {
        if (run_read_file(run->context, "/dev/stdin", content_out, &program->text_size, &error) != HOST_OK) {
            command_complain(run->context, "cannot read the program from standard input: %s", error.message);
            return 2;
        }
        program->text = program->text_size > 0 ? (const char *)*content_out : "";
    }
    return 0;
}

static void stop(void *opaque)
{
    run *run = opaque;
    cordon_sandbox_cancel(run->sandbox);
}

/* What --answer and --fail say, once. */
static cordon_status give_answers(run *run, const cordon_streams *streams, cordon_error *error)
{
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    cordon_result *suspended = run->result;
    resumption.answers = run->answers.answers;
    resumption.answer_count = run->answers.count;
    resumption.streams = *streams;
    resumption.on_trace = run->trace != NULL ? run_trace_tell : NULL;
    resumption.trace_context = run->trace;
    cordon_status status = cordon_sandbox_resume(run->sandbox, &resumption, &run->result, error);
    if (status == CORDON_OK)
        cordon_result_destroy(suspended);
    else
        run->result = suspended;
    return status;
}

static const char *name_of(const run_options *options)
{
    return options->target == RUN_FILE ? options->text : options->target == RUN_COMMAND ? "<string>" : "<stdin>";
}

static cordon_status perform(run *run, const cordon_program *program, cordon_error *error)
{
    if (run->options->target == RUN_NOTHING) /* half-way, and restored: run_snapshot_check */
        return give_answers(run, &program->streams, error);
    cordon_status status = run_snapshot_is_session(run->options) ? run_snapshot_execute(run->sandbox, program, name_of(run->options), &run->result, error)
                                                                 : cordon_sandbox_run_program(run->sandbox, program, &run->result, error);
    if (status == CORDON_OK && run->result->outcome == CORDON_OUTCOME_SUSPENDED && run->answers.count > 0)
        status = give_answers(run, &program->streams, error);
    return status;
}

static int run_program(run *run)
{
    cordon_program program = CORDON_PROGRAM_INIT;
    cordon_error error;
    unsigned char *content = NULL;
    int code = run->options->target == RUN_NOTHING ? 0 : choose_program(run, &program, &content);
    run->streams = (run_streams){.context = run->context, .sandbox = run->sandbox, .is_conversation = run->options->target == RUN_INTERACTIVE};
    program.streams = (cordon_streams){
        .output = run_streams_write, .input = run_streams_read, .context = &run->streams, .collected_bytes_max = CORDON_COLLECT_NOTHING};
    program.trace = run->trace != NULL ? RUN_TRACE_EVENTS : 0;
    program.on_trace = run_trace_tell;
    program.trace_context = run->trace;
    if (code == 0 && run_signals_begin(run->context, stop, run) != 0)
        command_complain(run->context, "a signal will end this at once, without a report: no descriptor or thread for more");
    if (code == 0 && perform(run, &program, &error) != CORDON_OK) {
        command_complain(run->context, "%s", error.message);
        code = error.status == CORDON_TOO_LARGE || error.status == CORDON_INVALID_ARGUMENT ? CORDON_EXIT_USAGE : CORDON_EXIT_SETUP_FAILED;
    }
    run_signals_end(run->context);
    free(content);
    return code;
}

/* ---- The end ---- */

static int exit_code_of(const run *run)
{
    switch (run->result->outcome) {
    case CORDON_OUTCOME_OK:
    case CORDON_OUTCOME_PYTHON_EXCEPTION:
        return run_snapshot_is_session(run->options) ? run_snapshot_exit_code(run->context, run->result) : run->result->exit_code;
    case CORDON_OUTCOME_DENIED:
        return CORDON_EXIT_DENIED;
    case CORDON_OUTCOME_CANCELLED:
        return run->streams.is_output_closed ? 128 + SIGPIPE : CORDON_EXIT_AUDIT_INCOMPLETE; /* a stream or the trace failed, or a signal came, which is passed on */
    case CORDON_OUTCOME_SETUP_FAILED:
        return CORDON_EXIT_SETUP_FAILED;
    case CORDON_OUTCOME_SUSPENDED:
        return CORDON_EXIT_SUSPENDED;
    case CORDON_OUTCOME_VIOLATION:
    case CORDON_OUTCOME_CRASHED: /* by its own signal: as a shell shows it */
        return run->result->has_exit_code && run->result->signal != 0 ? run->result->exit_code : CORDON_EXIT_CRASHED;
    default: /* every other outcome is a limit */
        return CORDON_EXIT_LIMIT;
    }
}

static void explain(const run *run)
{
    const cordon_result *result = run->result;
    if (result->outcome == CORDON_OUTCOME_OK || result->outcome == CORDON_OUTCOME_PYTHON_EXCEPTION || run->streams.is_output_closed ||
        run_signals_received() != 0)
        return;
    if (result->suspension != NULL)
        effect_answers_tell_pending(run->context, result->suspension);
    else if (result->limit_name != NULL)
        command_complain(run->context, "%s: %s%s%s; --%s sets the limit", cordon_outcome_name(result->outcome), result->message,
                         result->limit_where ? ", at " : "", result->limit_where ? result->limit_where : "", result->limit_name);
    else
        command_complain(run->context, "%s: %s", cordon_outcome_name(result->outcome), result->message);
}

/* A state that an exception or a limit left behind is not what was wanted. */
static int store(run *run, int code)
{
    cordon_outcome outcome = run->result->outcome;
    if (run->options->save == NULL)
        return code;
    if (outcome != CORDON_OUTCOME_OK && outcome != CORDON_OUTCOME_SUSPENDED) {
        command_complain(run->context, "nothing is stored in %s", run->options->save);
        return code;
    }
    int stored = run_snapshot_write(run->context, run->options, run->sandbox);
    return stored != 0 ? stored : code;
}

/* What means something beside another option only. Alone it is a mistake, and one that can leave unsealed what was to be sealed. */
static int check_companions(const command_context *context, const run_options *options)
{
    const char *complaint = NULL;
    if (options->snapshot_key != NULL && options->save == NULL && options->restore == NULL)
        complaint = "--key-file is for a --snapshot, and there is none; a journal has --journal-key-file";
    else if (options->journal_key != NULL && options->journal == NULL && options->replay == NULL)
        complaint = "--journal-key-file is for --journal or --replay, and there is neither; a snapshot has --key-file";
    else if (options->goes_live && options->replay == NULL)
        complaint = "--on-divergence is for --replay, and there is none";
    if (complaint == NULL)
        return 0;
    command_complain(context, "%s", complaint);
    return CORDON_EXIT_USAGE;
}

int run_in_sandbox(const command_context *context, const run_options *options)
{
    run run = {.context = context, .options = options};
    /* A reader that goes away is an answer (HOST_BROKEN_PIPE), not the end of this process: the sandbox has to be reaped. */
    const host_signal_action ignore = {.handler.simple = SIG_IGN};
    (void)host_signal_sigaction(context->env, SIGPIPE, &ignore, NULL, NULL);
    int code = check_companions(context, options);
    if (code == 0 && options->restore != NULL)
        code = run_snapshot_read(context, options->restore, options->snapshot_key, &run.restored);
    if (code == 0 && run_snapshot_is_session(options))
        code = run_snapshot_check(context, options, run.restored);
    if (code == 0)
        code = run_policy_read(context, options, &run.policy);
    if (code == 0)
        code = choose_directory(&run);
    if (code == 0)
        code = run_mounts_parse(context, options->mounts, run.directory, &run.mounts);
    if (code == 0)
        code = choose_environment(&run);
    if (code == 0 && options->audit != NULL)
        code = run_audit_open(context, options, run.environment, &run.audit);
    if (code == 0)
        code = effect_answers_parse(context, options->answers, options->failures, &run.answers);
    if (code == 0)
        code = run_journal_open(context, options, &run.journal);
    if (code == 0)
        code = run_calls_open(context, options->calls, options->effects, run.journal, &run.calls);
    if (code == 0)
        code = make_sandbox(&run);
    if (code == 0)
        code = add_files(&run);
    if (code == 0 && options->trace != NULL && (run.trace = run_trace_open(context, options->trace)) == NULL)
        code = CORDON_EXIT_USAGE;
    if (code == 0)
        code = run_program(&run);
    if (!run_trace_close(run.trace) && code == 0)
        code = CORDON_EXIT_AUDIT_INCOMPLETE;
    if (code == 0) {
        code = exit_code_of(&run);
        explain(&run);
        code = store(&run, code);
        code = run_journal_conclude(context, options, run.journal, run.result, code);
        if (options->report != NULL && run_report_write(context, options->report, run.sandbox, &run.mounts, run.result) != 0)
            code = CORDON_EXIT_AUDIT_INCOMPLETE;
    }
    bool is_recorded = run_audit_close(run.audit, code, run_signals_received());
    if (!is_recorded)
        code = CORDON_EXIT_AUDIT_INCOMPLETE;
    cordon_result_destroy(run.result);
    cordon_sandbox_destroy(run.sandbox);
    run_calls_close(run.calls);
    cordon_journal_close(run.journal);
    effect_answers_release(&run.answers);
    cordon_snapshot_destroy(run.restored);
    cordon_engine_destroy(run.engine);
    free(run.environment);
    run_mounts_release(&run.mounts);
    policy_destroy(run.policy);
    if (is_recorded)
        run_signals_pass_on(context);
    return code;
}
