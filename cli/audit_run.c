/* `cordon audit run`: a Python program in the full interpreter, under a collector. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "audit/ring.h"
#include "audit_run_options.h"
#include "audit_run_policy.h"
#include "audit_run_report.h"
#include "audited_program.h"
#include "collector.h"
#include "cordon/exit_code.h"
#include "host_env/env.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/memory.h"

enum { CLOSE_ON_EXEC = 1 /* MFD_CLOEXEC */, TEMPORARY_MAX = 4, VARIABLES_ADDED = 2 };

#define POLICY_VARIABLE "CORDON_POLICY"

/* Everything that a run needs and gives back at its end. */
typedef struct audit_run {
    const command_context *context;
    const audit_run_options *options;
    audit_reports reports;
    int record_fd;
    collector *collector;
    audit_run_policy policy;
    audit_verdict verdict;
    char interpreter[PATH_MAX], directory[PATH_MAX], channel[128], policy_variable[2 * PATH_MAX + 32];
    const char *temporary[TEMPORARY_MAX + 1];
    const char **arguments, **environment;
} audit_run;

static void tell(void *context, const char *text)
{
    command_complain(context, "%s", text);
}

/* ---- Before
 * -----------------------------------------------------------------------------------------------------------------------
 */

/* The file that was asked for, as it is, or one without a name. */
static bool open_record(audit_run *run)
{
    host_env *env = run->context->env;
    const char *name = run->options->record;
    bool is_read_back = run->reports.count > 0 || audit_verdict_is_asked(&run->options->verdict);
    int mode = is_read_back ? O_RDWR : O_WRONLY;
    host_error error;
    host_status status = name == NULL
                             ? host_memory_file_create(env, "cordon record", CLOSE_ON_EXEC, &run->record_fd, &error)
                             : host_fs_open(env, HOST_AT_CWD, name, mode | O_CREAT | O_CLOEXEC, 0600,
                                            &run->record_fd, &error);
    if (status != HOST_OK)
        command_complain(run->context, "cannot write the record %s: %s", name == NULL ? "" : name, error.message);
    return status == HOST_OK;
}

/* Once nothing can be wrong any more with what was asked for. What is no file keeps what it has. */
static bool empty_record(audit_run *run)
{
    host_error error;
    host_status status = host_fd_ftruncate(run->context->env, run->record_fd, 0, &error);
    if (status == HOST_OK || status == HOST_INVALID_ARGUMENT)
        return true;
    command_complain(run->context, "cannot write the record %s: %s", run->options->record, error.message);
    return false;
}

static const char *record_name(const audit_run *run)
{
    return run->options->record == NULL ? "the record" : run->options->record;
}

/* Where Python puts temporary files; the record names them so that reports can tell them apart. */
static void find_temporary(audit_run *run)
{
    static const char *const usual[] = {"/tmp", "/var/tmp"};
    const char *own = NULL;
    size_t count = 0;
    if (host_env_get(run->context->env, "TMPDIR", &own, NULL) == HOST_OK && own != NULL && own[0] == '/')
        run->temporary[count++] = own;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (own == NULL || strcmp(own, usual[i]) != 0)
            run->temporary[count++] = usual[i];
}

/* Without --policy the variable says what the program runs under, as without us. */
static int open_policies(audit_run *run)
{
    const char *enforced = run->options->policy;
    if (host_fs_getcwd(run->context->env, run->directory, sizeof run->directory, NULL) != HOST_OK)
        run->directory[0] = '\0';
    if (enforced == NULL && host_env_get(run->context->env, POLICY_VARIABLE, &enforced, NULL) != HOST_OK)
        enforced = NULL;
    return audit_run_policy_open(run->context, enforced, run->options->report_policy, run->directory, &run->policy);
}

static bool make_collector(audit_run *run)
{
    const char *home = NULL;
    char problem[256];
    collector_config config = {
        .env = run->context->env, .record_fd = run->record_fd, .notice = tell, .notice_context = (void *)run->context};
    config.record_name = record_name(run);
    config.judge = audit_run_policy_judge;
    config.judge_context = &run->policy;
    find_temporary(run);
    config.start = (audit_start){.cordon = CORDON_VERSION,
                                 .directory = run->directory,
                                 .command = (const char *const *)run->options->program,
                                 .policy = run->policy.enforced.rules == NULL ? NULL : &run->policy.enforced.told,
                                 .report_policy = run->policy.reported.rules == NULL ? NULL : &run->policy.reported.told,
                                 .temporary = run->temporary};
    config.start.home = host_env_get(run->context->env, "HOME", &home, NULL) == HOST_OK && home != NULL ? home : "";
    if (collector_create(&config, &run->collector, problem))
        return true;
    command_complain(run->context, "cannot collect a record: %s", problem);
    return false;
}

/* NAME=VALUE instead of what the environment has under NAME. */
static void set_variable(const char **environment, const char *assignment)
{
    size_t length = strcspn(assignment, "=") + 1, i = 0;
    while (environment[i] != NULL && strncmp(environment[i], assignment, length) != 0)
        i++;
    environment[i] = assignment;
}

static bool make_lists(audit_run *run)
{
    size_t variables = 0, words = 0;
    while (run->context->environment[variables] != NULL)
        variables++;
    while (run->options->program[words] != NULL)
        words++;
    run->environment = calloc(variables + VARIABLES_ADDED + 1, sizeof *run->environment);
    run->arguments = calloc(words + 3, sizeof *run->arguments);
    if (run->environment == NULL || run->arguments == NULL)
        return false;
    memcpy(run->environment, run->context->environment, variables * sizeof *run->environment);
    snprintf(run->channel, sizeof run->channel, AUDIT_CHANNEL_VARIABLE "=%s", collector_channel(run->collector));
    set_variable(run->environment, run->channel);
    snprintf(run->policy_variable, sizeof run->policy_variable, POLICY_VARIABLE "=%s", run->policy.choice);
    if (run->policy.choice[0] != '\0')
        set_variable(run->environment, run->policy_variable);
    snprintf(run->interpreter, sizeof run->interpreter, "%s/cordon-python", run->context->binaries);
    size_t next = 0;
    run->arguments[next++] = run->interpreter;
    if (run->options->target == RUN_FILE && run->options->program[0][0] == '-')
        run->arguments[next++] = "--";
    memcpy(run->arguments + next, run->options->program, words * sizeof *run->arguments);
    return true;
}

/* ---- After
 * ------------------------------------------------------------------------------------------------------------------------
 */

/* The record comes first: what is not whole must not look as if all were well. */
static int ending_code(audit_run *run, const audited_ending *ending)
{
    collector_result result;
    int code = ending->signal == 0 ? ending->code : 128 + ending->signal;
    collector_finish(run->collector, ending->signal == 0 ? "ended" : "killed", code, &result);
    if (!result.is_complete) {
        if (!collector_has_failed(run->collector))
            command_complain(run->context, "the record is incomplete: %llu entries were lost",
                             (unsigned long long)result.lost);
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    }
    if (!audit_verdict_judge(&run->verdict, run->record_fd, record_name(run)))
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    bool is_reported = audit_run_report_write(run->context, &run->reports, run->record_fd, record_name(run),
                                              audit_verdict_mark, &run->verdict);
    return is_reported ? audit_verdict_tell(&run->verdict, code) : CORDON_EXIT_AUDIT_INCOMPLETE;
}

/* Some file systems tell only now that they had no room. */
static int close_record(audit_run *run, int code)
{
    host_error error;
    int fd = run->record_fd;
    run->record_fd = -1;
    if (host_fd_close(run->context->env, fd, &error) == HOST_OK)
        return code;
    command_complain(run->context, "the record is incomplete: %s: %s", record_name(run), error.message);
    return CORDON_EXIT_AUDIT_INCOMPLETE;
}

static int run_program(audit_run *run)
{
    char problem[256];
    audited_ending ending;
    audited_program program = {run->context->env, run->interpreter, run->arguments, run->environment};
    if (!audited_program_run(&program, run->collector, &ending, problem)) {
        command_complain(run->context, "cannot start the full interpreter %s: %s", run->interpreter, problem);
        return CORDON_EXIT_SETUP_FAILED;
    }
    int code = close_record(run, ending_code(run, &ending));
    return code == 128 + ending.signal && ending.signal != 0
               ? audited_program_end_likewise(run->context->env, ending.signal)
               : code;
}

/* What the run reads and must not write over. */
static bool add_inputs(audit_run *run, file_uses *uses)
{
    const char *const names[] = {run->options->target == RUN_FILE ? run->options->program[0] : NULL, run->options->verdict.baseline,
                                 run->policy.enforced.rules == NULL ? NULL : run->policy.enforced.file, run->policy.reported.rules == NULL ? NULL : run->policy.reported.file};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool is_both = i == 3 && names[2] != NULL && names[3] != NULL && strcmp(names[2], names[3]) == 0; /* two profiles of one file */
        if (names[i] != NULL && !is_both && !file_uses_add_path(run->context, uses, names[i]))
            return false;
    }
    return true;
}

static int run_collected(audit_run *run)
{
    if (!open_record(run))
        return run->options->record == NULL ? CORDON_EXIT_SETUP_FAILED : CORDON_EXIT_AUDIT_INCOMPLETE;
    file_uses uses = {.count = 0};
    if (!add_inputs(run, &uses) || (run->options->record != NULL && !file_uses_add(run->context, &uses, run->record_fd, run->options->record)))
        return CORDON_EXIT_USAGE;
    int code = audit_run_report_open(run->context, &run->reports, run->record_fd, record_name(run), &uses);
    if (code != 0)
        return code;
    code = audit_verdict_open(run->context, &run->options->verdict, run->record_fd, record_name(run), &run->verdict);
    if (code != 0)
        return code;
    if (!empty_record(run))
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    audit_reports_empty(run->context, &run->reports);
    if (!make_collector(run))
        return CORDON_EXIT_SETUP_FAILED;
    if (make_lists(run))
        return run_program(run);
    command_complain(run->context, "there is no memory left");
    return CORDON_EXIT_SETUP_FAILED;
}

static int run_audited(const command_context *context, const audit_run_options *options)
{
    audit_run run = {.context = context, .options = options, .reports = options->reports, .record_fd = -1};
    int code = open_policies(&run);
    if (code == 0)
        code = run_collected(&run);
    collector_destroy(run.collector);
    audit_run_policy_close(&run.policy);
    audit_verdict_close(&run.verdict);
    free(run.environment);
    free(run.arguments);
    audit_reports_close(context, &run.reports);
    if (run.record_fd >= 0)
        (void)host_fd_close(context->env, run.record_fd, NULL);
    return code;
}

int audit_command_run(const command_context *context, int argument_count, char **arguments)
{
    audit_run_options options;
    const char *culprit;
    const char *complaint = audit_run_options_parse(argument_count, arguments, &options, &culprit);
    if (complaint != NULL) {
        command_complain(context, "%s %s; 'cordon audit run --help' tells more", culprit, complaint);
        return CORDON_EXIT_USAGE;
    }
    if (options.wants_help)
        return command_write(context, 1, audit_run_options_help) == 0 && audit_reports_print_formats(context, 1) == 0
                   ? 0
                   : CORDON_EXIT_USAGE;
    return run_audited(context, &options);
}
