/* `cordon audit learn`: the smallest policy that allows what records show. */
#include "audit_learn.h"

#include <string.h>

#include "audit.h"
#include "audit_input.h"
#include "audit_sink.h"
#include "cordon/exit_code.h"
#include "file_uses.h"
#include "host_env/fs.h"

static const char help[] =
    "usage: cordon audit learn [options] RECORD...\n"
    "\n"
    "Reads records (- is standard input) and writes the smallest policy that allows what they show, each rule with where\n"
    "it was seen. Run it on the machine of the records: it looks which folders are there. Many files of one folder stand\n"
    "for it, and a temporary file for the folder it was made in. A home or the whole machine is never granted: such\n"
    "things, and names that no policy can hold, stand in it as comments, and are told.\n"
    "\n"
    "  -o, --output FILE  write to FILE, whole or not at all, instead of standard output\n"
    "  --refused          learn what a policy had refused, too\n"
    "  --help             print this\n"
    "\n"
    "Ends with 0; with 120 for wrong usage, with 125 if a record is not whole or the policy could not be "
    "written.\n";

enum { FILE_TYPE_MASK = 0170000, FILE_TYPE_FOLDER = 0040000 /* stat(2): S_IFMT, S_IFDIR */ };

typedef struct learn_options {
    const char *output; /* NULL: standard output */
    bool takes_refused, wants_help;
    char **records;
    int record_count;
} learn_options;

audit_file_kind audit_learn_file_kind(void *context, const char *path)
{
    const command_context *command = context;
    host_file_status status;
    if (host_fs_stat(command->env, HOST_AT_CWD, path, 0, &status, NULL) != HOST_OK)
        return AUDIT_FILE_MISSING;
    return (status.mode & FILE_TYPE_MASK) == FILE_TYPE_FOLDER ? AUDIT_FILE_FOLDER : AUDIT_FILE_OTHER;
}

/* ---- The command line ---- */

/* NULL, or what is wrong with *culprit_out. Records are moved to the front of the arguments. */
static const char *parse(int argument_count, char **arguments, learn_options *options, const char **culprit_out)
{
    bool are_records = false;
    options->records = arguments;
    for (int i = 0; i < argument_count; i++) {
        const char *argument = *culprit_out = arguments[i];
        if (are_records || argument[0] != '-' || argument[1] == '\0') {
            options->records[options->record_count++] = arguments[i];
        } else if (strcmp(argument, "--") == 0) {
            are_records = true;
        } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            options->wants_help = true;
            return NULL;
        } else if (strcmp(argument, "--refused") == 0) {
            options->takes_refused = true;
        } else if (strncmp(argument, "--output=", 9) == 0) {
            options->output = argument + 9;
        } else if (strcmp(argument, "-o") == 0 || strcmp(argument, "--output") == 0) {
            options->output = arguments[++i];
        } else {
            return "is not an option of cordon audit learn";
        }
        if (i >= argument_count || (options->output != NULL && options->output[0] == '\0'))
            return "needs a FILE";
    }
    *culprit_out = "cordon audit learn";
    return options->record_count == 0 ? "needs a RECORD" : NULL;
}

/* ---- Learning ---- */

/* The exit code. A record is not learnt from before all of it was read: only its seals make it worth that, so the learner is thrown away otherwise. */
static int learn_from(const command_context *context, const learn_options *options, const char *name, audit_learner *learner)
{
    audit_input input;
    audit_line line;
    audit_read_result result;
    bool has_memory = true;
    if (!audit_input_open(context, name, &input))
        return CORDON_EXIT_USAGE;
    while (has_memory && (result = audit_reader_next(input.reader, &line)) == AUDIT_READ_LINE) {
        bool is_access = line.type == AUDIT_ACCESS || line.type == AUDIT_MODULE;
        bool is_wanted = is_access && (options->takes_refused || line.as.access.decision == AUDIT_ALLOWED);
        has_memory = audit_learner_add(learner, &line, is_wanted);
    }
    if (!has_memory)
        command_complain(context, "there is no memory left");
    else if (result == AUDIT_READ_BAD)
        command_complain(context, "%s", audit_reader_problem(input.reader));
    int code = !has_memory ? CORDON_EXIT_SETUP_FAILED : result == AUDIT_READ_BAD ? CORDON_EXIT_AUDIT_INCOMPLETE : 0;
    audit_input_close(&input);
    return code;
}

static int write_policy(const command_context *context, const learn_options *options, audit_learner *learner)
{
    static audit_sink sink; /* large */
    if (options->output == NULL)
        audit_sink_use(context, 1, &sink);
    else
        audit_sink_open(context, options->output, &sink);
    bool is_written = audit_learner_write(learner, AUDIT_LEARN_POLICY, audit_sink_write, &sink);
    if (!audit_sink_close(&sink, is_written))
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    if (audit_learner_refused(learner) > 0)
        command_complain(context, "%zu things that were seen are not granted: the policy's comments say which and why", audit_learner_refused(learner));
    return 0;
}

/* A policy in the place of its record would be the last thing that is learnt from it. */
static bool is_output_apart(const command_context *context, const learn_options *options)
{
    for (int i = 0; options->output != NULL && i < options->record_count; i++) {
        file_uses uses = {.count = 0};
        if (!file_uses_add_path(context, &uses, options->records[i]) || !file_uses_add_path(context, &uses, options->output))
            return false;
    }
    return true;
}

int audit_command_learn(const command_context *context, int argument_count, char **arguments)
{
    learn_options options = {0};
    const char *culprit = NULL;
    const char *complaint = parse(argument_count, arguments, &options, &culprit);
    if (complaint != NULL) {
        command_complain(context, "%s %s; 'cordon audit learn --help' tells more", culprit, complaint);
        return CORDON_EXIT_USAGE;
    }
    if (options.wants_help)
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (!is_output_apart(context, &options))
        return CORDON_EXIT_USAGE;
    audit_learner *learner = audit_learner_create(audit_learn_file_kind, (void *)context);
    int code = learner == NULL ? CORDON_EXIT_SETUP_FAILED : 0;
    for (int i = 0; i < options.record_count && code == 0; i++)
        code = learn_from(context, &options, options.records[i], learner);
    if (code == 0)
        code = write_policy(context, &options, learner);
    audit_learner_destroy(learner);
    return code;
}
